"""Run a program in a pseudo-terminal and drive it with keys; not on Windows, where Python has no pseudo-terminals."""

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

TIMEOUT_SECONDS = 60.0


class Terminal:
    """A process in a terminal of 80 columns and 24 lines.

    Attributes
    ----------
    shown
        Everything that the process has written to the terminal.
    """

    def __init__(self, command: list[str]) -> None:
        """Start a command."""
        self._master, slave = pty.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
        environment = {**os.environ, "TERM": "xterm-256color", "LANG": "C.UTF-8"}
        self._process = subprocess.Popen(
            command, stdin=slave, stdout=slave, stderr=slave, env=environment, start_new_session=True
        )
        os.close(slave)
        self.output = ""

    def press(self, keys: str) -> None:
        """Send keys to the process."""
        os.write(self._master, keys.encode())

    def read_output(self, seconds: float) -> bool:
        """Read output for at most some seconds; return whether there was any."""
        if not select.select([self._master], [], [], seconds)[0]:
            return False
        try:
            data = os.read(self._master, 65536)
        except OSError:  # the process has ended
            return False
        self.output += data.decode("utf-8", errors="replace")
        return bool(data)

    def wait_for(self, pattern: re.Pattern[str], start: int = 0) -> re.Match[str]:
        """Wait until a pattern occurs in the output after the position `start`.

        Raises
        ------
        TimeoutError
            It did not occur in time.
        """
        deadline = time.monotonic() + TIMEOUT_SECONDS
        while time.monotonic() < deadline:
            if match := pattern.search(self.output, start):
                return match
            self.read_output(0.05)
        raise TimeoutError(self.output[-2000:])

    def kill(self) -> None:
        """Kill the process, and read the rest of its output."""
        os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()
        while self.read_output(0):
            pass
        os.close(self._master)

    def wait_for_exit(self) -> int:
        """Wait for the process to end; return its exit code."""
        while self._process.poll() is None:
            self.read_output(0.05)
        while self.read_output(0):
            pass
        os.close(self._master)
        return self._process.returncode
