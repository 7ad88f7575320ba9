"""What every command shares at the terminal: its streams, its exit codes, and errors in one line."""

from __future__ import annotations

import contextlib
import errno
import io
import os
import signal
import sys
import threading
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

from stance.errors import StanceError

if TYPE_CHECKING:
    from collections.abc import Iterator

MODEL = Path("models/stance.joblib")
"""Where the model lies unless another is named."""

INTERRUPTED = 130
TERMINATED = 143


@contextlib.contextmanager
def prepared() -> Iterator[None]:
    """Prepare the streams and signals of this process while the block runs."""
    with contextlib.ExitStack() as stack:
        stack.callback(setattr, sys, "excepthook", sys.excepthook)  # which typer replaces by its own
        for stream in (sys.stdout, sys.stderr):
            if isinstance(stream, io.TextIOWrapper):  # Windows writes pipes in a code page that lacks most characters
                stack.callback(_restore, stream, stream.encoding, stream.errors)
                stream.reconfigure(encoding="utf-8", errors="replace")
        is_default = signal.getsignal(signal.SIGTERM) == signal.SIG_DFL
        if is_default and threading.current_thread() is threading.main_thread():
            # By default it ends Python at once, with half of an output left behind.
            stack.callback(signal.signal, signal.SIGTERM, signal.signal(signal.SIGTERM, _terminate))
        yield


def _restore(stream: io.TextIOWrapper, encoding: str, errors: str | None) -> None:
    with contextlib.suppress(OSError, ValueError):  # the stream is closed, or its reader has gone
        stream.reconfigure(encoding=encoding, errors=errors)


def _terminate(*_: object) -> NoReturn:
    raise SystemExit(TERMINATED)


@contextlib.contextmanager
def errors_in_one_line(*, debug: bool) -> Iterator[None]:
    """Turn whatever goes wrong into one line on stderr and an exit code; a traceback could show a comment."""
    try:
        yield
    except KeyboardInterrupt:
        raise SystemExit(INTERRUPTED) from None
    except OSError as error:
        if not _is_broken_pipe(error):
            fail(_told(error))
        # Whoever read our output has enough. Python would complain once more when it closes stdout.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        raise SystemExit from None
    except Exception as error:
        if debug:
            raise
        fail(_told(error))


def _is_broken_pipe(error: OSError) -> bool:
    """Tell a reader that has gone from other troubles; Windows calls it an invalid argument."""
    return isinstance(error, BrokenPipeError) or (sys.platform == "win32" and error.errno == errno.EINVAL)


def _told(error: Exception) -> str:
    if isinstance(error, StanceError):
        return str(error)
    if isinstance(error, OSError) and error.strerror:
        return f"{error.strerror.lower()} ({error.filename}): check the path and your rights to it"
    return f"unexpected {type(error).__name__}: run again with --debug and report what it prints"


def fail(message: str, code: int = 1) -> NoReturn:
    """End the command with an error."""
    say(f"error: {_printable(message)}")
    raise SystemExit(code)


def warn(*messages: str) -> None:
    """Print warnings."""
    for message in messages:
        say(f"warning: {_printable(message)}")


def say(message: str, *, quiet: bool = False) -> None:
    """Print what is no data, on stderr."""
    if not quiet:
        print(message.rstrip("\n"), file=sys.stderr, flush=True)  # noqa: T201 - this is where printing is done


def _printable(message: str) -> str:
    """Keep a message to one line, and the terminal from obeying what a file says."""
    return "".join(letter if letter.isprintable() else "\N{REPLACEMENT CHARACTER}" for letter in message)
