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

    Row = TypeVar("Row")

BLOCK_BYTES = 1 << 20
POLL_SECONDS = 0.05
"""Seconds to wait for more: no one who types notices, and another program that writes has gone on by then."""


class LineReader:
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

    def __init__(self, stream: io.BufferedReader, encoding: str, *, cr_line_ends: bool, partial_batches: bool) -> None:
        self._stream = stream
        self._decoder = codecs.getincrementaldecoder(encoding)()
        self._cr_line_ends = cr_line_ends
        self._partial_batches = partial_batches
        self._block: Iterator[str] = iter(())
        self._file_size = _file_size(stream)
        self._bytes_read = self._bytes_in_batches = 0

    def __iter__(self) -> Iterator[str]:
        return chain.from_iterable(self._iter_blocks())

    @property
    def fraction_read(self) -> float | None:
        """How much of a file has been read, from 0 to 1; none of a pipe, whose length no one knows."""
        return self._bytes_read / self._file_size if self._file_size else None

    def split_batches(self, rows: Iterable[Row], max_rows: int, max_bytes: int) -> Iterator[list[Row]]:
        """Cut rows made of these lines into chunks; without any there is one empty chunk, so that columns come out."""
        chunk: list[Row] = []
        empty = True
        for row in rows:
            chunk.append(row)
            # The row that used up a block is the last one for which nothing more had to be read.
            if len(chunk) == max_rows or (not length_hint(self._block) and self._is_batch_due(max_bytes)):
                yield chunk
                chunk, empty, self._bytes_in_batches = [], False, self._bytes_read
        if chunk or empty:
            yield chunk

    def _is_batch_due(self, max_bytes: int) -> bool:
        return self._bytes_read - self._bytes_in_batches >= max_bytes or (
            self._partial_batches and not _is_readable(self._stream)
        )

    def _iter_blocks(self) -> Iterator[Iterator[str]]:
        # Only whole blocks make the cuts of a pipe the same each time.
        read = self._stream.read1 if self._partial_batches else self._stream.read
        unfinished: list[str] = []
        while data := read(BLOCK_BYTES):
            self._bytes_read += len(data)
            text = self._decoder.decode(data)
            if self._cr_line_ends:
                text = text.replace("\r", "\n")
            unfinished.append(text)
            if "\n" in text:
                lines = _split_lines("".join(unfinished))
                unfinished = [] if lines[-1].endswith("\n") else [lines.pop()]
                self._block = iter(lines)
                yield self._block
        self._block = iter(_split_lines("".join(unfinished) + self._decoder.decode(b"", final=True)))
        yield self._block


def _split_lines(text: str) -> list[str]:
    """Split at line feeds; str.splitlines would split at form feeds and the like as well."""
    return io.StringIO(text, newline="\n").readlines()


def _is_readable(stream: io.BufferedReader) -> bool:
    """Tell whether a stream has more to give, or ends, within a moment; Windows cannot tell of a pipe."""
    try:
        return bool(select.select([stream], [], [], POLL_SECONDS)[0])
    except (OSError, ValueError):
        return False


def _file_size(stream: io.BufferedReader) -> int | None:
    """Give the length of a file; nothing else has one."""
    try:
        status = os.fstat(stream.fileno())
    except OSError:
        return None
    return status.st_size if stat.S_ISREG(status.st_mode) else None
