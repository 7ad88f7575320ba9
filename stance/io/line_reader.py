"""The lines of a stream of bytes, read in blocks, so that long files take little memory and short waits."""

from __future__ import annotations

import codecs
import io
import os
import select
import stat
from itertools import chain
from operator import length_hint
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from typing import TypeVar

    Item = TypeVar("Item")

BLOCK_BYTES = 1 << 20
MOMENT = 0.05
"""Seconds to wait for more: no one who types notices, and another program that writes has gone on by then."""


class Lines:
    """The lines of a stream, ends included, that know where a chunk of rows may end.

    Parameters
    ----------
    stream
        The bytes.
    encoding
        What they are decoded by, strictly.
    old_line_ends
        Whether lines end in carriage returns; else they end in line feeds, and a carriage return ends none.
    prompt
        Whether to hand over what there is when the stream has to be waited for, as when someone types.
    """

    def __init__(self, stream: io.BufferedReader, encoding: str, *, old_line_ends: bool, prompt: bool) -> None:
        self._stream = stream
        self._decoder = codecs.getincrementaldecoder(encoding)()
        self._old_line_ends = old_line_ends
        self._prompt = prompt
        self._block: Iterator[str] = iter(())
        self._size = _size(stream)
        self._read = self._handed_over = 0

    def __iter__(self) -> Iterator[str]:
        return chain.from_iterable(self._blocks())

    @property
    def share(self) -> float | None:
        """How much of a file has been read, from 0 to 1; none of a pipe, whose length no one knows."""
        return self._read / self._size if self._size else None

    def chunks(self, rows: Iterable[Item], most_rows: int, most_bytes: int) -> Iterator[list[Item]]:
        """Cut rows made of these lines into chunks; without any there is one empty chunk, so that columns come out."""
        chunk: list[Item] = []
        empty = True
        for row in rows:
            chunk.append(row)
            # The row that used up a block is the last one for which nothing more had to be read.
            if len(chunk) == most_rows or (not length_hint(self._block) and self._is_time(most_bytes)):
                yield chunk
                chunk, empty, self._handed_over = [], False, self._read
        if chunk or empty:
            yield chunk

    def _is_time(self, most_bytes: int) -> bool:
        return self._read - self._handed_over >= most_bytes or (self._prompt and not _has_more(self._stream))

    def _blocks(self) -> Iterator[Iterator[str]]:
        # Only whole blocks make the cuts of a pipe the same each time.
        read = self._stream.read1 if self._prompt else self._stream.read
        unfinished: list[str] = []
        while data := read(BLOCK_BYTES):
            self._read += len(data)
            text = self._decoder.decode(data)
            if self._old_line_ends:
                text = text.replace("\r", "\n")
            unfinished.append(text)
            if "\n" in text:
                lines = _split("".join(unfinished))
                unfinished = [] if lines[-1].endswith("\n") else [lines.pop()]
                self._block = iter(lines)
                yield self._block
        self._block = iter(_split("".join(unfinished) + self._decoder.decode(b"", final=True)))
        yield self._block


def _split(text: str) -> list[str]:
    """Split at line feeds; str.splitlines would split at form feeds and the like as well."""
    return io.StringIO(text, newline="\n").readlines()


def _has_more(stream: io.BufferedReader) -> bool:
    """Tell whether a stream has more to give, or ends, within a moment; Windows cannot tell of a pipe."""
    try:
        return bool(select.select([stream], [], [], MOMENT)[0])
    except (OSError, ValueError):
        return False


def _size(stream: io.BufferedReader) -> int | None:
    """Give the length of a file; nothing else has one."""
    try:
        status = os.fstat(stream.fileno())
    except OSError:
        return None
    return status.st_size if stat.S_ISREG(status.st_mode) else None
