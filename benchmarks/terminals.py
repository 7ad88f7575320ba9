"""A program in a terminal of its own, driven by keys. Not for Windows, whose Python has no pseudo-terminals."""

from __future__ import annotations

import os
import select
import signal
import struct
import subprocess
import sys
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import re

if sys.platform != "win32":
    import fcntl
    import pty
    import termios

PATIENCE = 60.0


class Terminal:
    """A process in a terminal of 80 by 24."""

    def __init__(self, command: list[str]) -> None:
        """Start it."""
        self._master, slave = pty.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
        environment = {**os.environ, "TERM": "xterm-256color", "LANG": "C.UTF-8"}
        self._process = subprocess.Popen(
            command, stdin=slave, stdout=slave, stderr=slave, env=environment, start_new_session=True
        )
        os.close(slave)
        self.shown = ""

    def press(self, keys: str) -> None:
        """Type."""
        os.write(self._master, keys.encode())

    def read(self, seconds: float) -> bool:
        """Take what is shown within some time; tell whether there was anything."""
        if not select.select([self._master], [], [], seconds)[0]:
            return False
        try:
            data = os.read(self._master, 65536)
        except OSError:  # the process is gone
            return False
        self.shown += data.decode("utf-8", errors="replace")
        return bool(data)

    def wait_for(self, found: re.Pattern[str], start: int = 0) -> re.Match[str]:
        """Wait until something is shown after a place of all that was shown.

        Raises
        ------
        TimeoutError
            It is not.
        """
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            if match := found.search(self.shown, start):
                return match
            self.read(0.05)
        raise TimeoutError(self.shown[-2000:])

    def kill(self) -> None:
        """Kill it, and take the last that it has shown."""
        os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()
        while self.read(0):
            pass
        os.close(self._master)

    def end(self) -> int:
        """Wait for it to end by itself."""
        while self._process.poll() is None:
            self.read(0.05)
        while self.read(0):
            pass
        os.close(self._master)
        return self._process.returncode
