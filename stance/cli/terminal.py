"""Streams, exit codes, messages and errors on one line, for every command."""

from __future__ import annotations

import contextlib
import errno
import io
import os
import signal
import sys
import threading
from typing import TYPE_CHECKING, Any, NoReturn

import typer

from stance.errors import StanceError, UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

WRONG_USAGE = 2
INTERRUPTED = 130
TERMINATED = 143

MAX_WARNINGS = 40


@contextlib.contextmanager
def prepare_process() -> Iterator[None]:
    """Prepare the streams and signals of this process while the block runs."""
    with contextlib.ExitStack() as stack:
        stack.callback(setattr, sys, "excepthook", sys.excepthook)  # typer replaces it
        for stream in (sys.stdout, sys.stderr):
            if isinstance(stream, io.TextIOWrapper):  # Windows writes pipes in a code page that lacks most characters
                stack.callback(_restore, stream, stream.encoding, stream.errors)
                stream.reconfigure(encoding="utf-8", errors="replace")
        is_default = signal.getsignal(signal.SIGTERM) == signal.SIG_DFL
        if is_default and threading.current_thread() is threading.main_thread():
            # The default handler ends Python at once and leaves half of an output behind.
            stack.callback(signal.signal, signal.SIGTERM, signal.signal(signal.SIGTERM, _terminate))
        yield


def _restore(stream: io.TextIOWrapper, encoding: str, errors: str | None) -> None:
    with contextlib.suppress(OSError, ValueError):  # the stream is closed, or its reader has gone
        stream.reconfigure(encoding=encoding, errors=errors)


def _terminate(*_: object) -> NoReturn:
    raise SystemExit(TERMINATED)


@contextlib.contextmanager
def errors_on_one_line(*, debug: bool) -> Iterator[None]:
    """Turn any error into one line on stderr and an exit code; a traceback could show a comment.

    Raises
    ------
    SystemExit
        The command has failed; with 2 if its options are wrong.
    """
    try:
        yield
    except KeyboardInterrupt:
        raise SystemExit(INTERRUPTED) from None
    except UsageError as error:
        exit_with_error(str(error), code=WRONG_USAGE)
    except OSError as error:
        if not _is_broken_pipe(error):
            exit_with_error(_describe_error(error))
        # The reader of our output has closed it. Python would complain again when it closes stdout.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        raise SystemExit from None
    except Exception as error:
        if debug:
            raise
        exit_with_error(_describe_error(error))


def _is_broken_pipe(error: OSError) -> bool:
    """Return whether the reader of our output has closed it; Windows calls that an invalid argument."""
    return isinstance(error, BrokenPipeError) or (sys.platform == "win32" and error.errno == errno.EINVAL)


def _describe_error(error: Exception) -> str:
    if isinstance(error, StanceError):
        return str(error)
    if isinstance(error, OSError) and error.strerror:
        return f"{error.strerror.lower()} ({error.filename}): check the path and your rights to it"
    return f"unexpected {type(error).__name__}: run again with --debug and report what it prints"


def exit_with_error(message: str, code: int = 1) -> NoReturn:
    """Print an error and end the command."""
    print_message(f"error: {_make_printable(message)}")
    raise SystemExit(code)


def print_warnings(warnings: Sequence[str], remainder: str = "more of this kind", *, verbose: bool = False) -> None:
    """Print warnings, all or at most `MAX_WARNINGS`, and the number of the others."""
    shown = warnings if verbose else warnings[:MAX_WARNINGS]
    for warning in shown:
        print_message(f"warning: {_make_printable(warning)}")
    if n_hidden := len(warnings) - len(shown):
        print_message(f"warning: {n_hidden} {remainder}")


def print_message(message: str, *, quiet: bool = False) -> None:
    """Print on stderr what is not data."""
    if not quiet:
        print(message.rstrip("\n"), file=sys.stderr, flush=True)  # noqa: T201 - this is where printing is done


def print_report(text: str, *, quiet: bool = False) -> None:
    """Print on stdout the tables that a command is asked for."""
    if not quiet and text:
        print(text.rstrip("\n"), flush=True)  # noqa: T201 - this is where printing is done


def print_json(value: Any) -> None:
    """Print a value as JSON on stdout."""
    import json

    typer.echo(json.dumps(value, ensure_ascii=False, indent=2))


def table_width() -> int:
    """Return the width to draw tables in; a pipe or file gets space for every column."""
    return max(80, os.get_terminal_size(sys.stdout.fileno()).columns) if sys.stdout.isatty() else 120


def _make_printable(message: str) -> str:
    """Keep a message to one line, and the terminal from obeying what a file says."""
    return "".join(character if character.isprintable() else "\N{REPLACEMENT CHARACTER}" for character in message)
