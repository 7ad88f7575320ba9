"""The lines of a stream of bytes, read in blocks: long files take little memory, and pipes are not waited for."""

from __future__ import annotations

import codecs
import io
import os
import select
import stat
from contextlib import contextmanager
from itertools import chain
from operator import length_hint
from typing import TYPE_CHECKING, Any, BinaryIO, cast

from stance.errors import UnreadableFileError
from stance.io.csv_rows import has_cr_line_ends
from stance.io.decoding import detect_encoding

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from typing import TypeVar

    Row = TypeVar("Row")

SAMPLE_BYTES = 1 << 20
"""How many bytes at the beginning of a stream its encoding and dialect are detected from."""
BLOCK_BYTES = 1 << 20
POLL_SECONDS = 0.05
"""How long to wait for more input: too short to be noticed when typing, long enough for a program that writes."""


class LineReader:
    """The lines of a stream, ends included, and batches of rows that end where no more input has to be waited for.

    Parameters
    ----------
    stream
        The bytes.
    encoding
        Their encoding; bytes that do not fit it are an error.
    cr_line_ends
        Whether lines end in carriage returns, as on old Macs; else they end in line feeds only.
    partial_batches
        Whether to yield a partial batch when the stream would have to be waited for, as when someone types.
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
        """The fraction of a file that has been read, from 0 to 1; None for a pipe, whose length is unknown."""
        return self._bytes_read / self._file_size if self._file_size else None

    def split_batches(self, rows: Iterable[Row], max_rows: int, max_bytes: int) -> Iterator[list[Row]]:
        """Split the rows parsed from these lines into batches.

        Without any row there is one empty batch, so that an empty table still has its columns.
        """
        batch: list[Row] = []
        is_empty = True
        for row in rows:
            batch.append(row)
            # The row that used up a block is the last one for which no more input had to be read.
            if len(batch) == max_rows or (not length_hint(self._block) and self._is_batch_due(max_bytes)):
                yield batch
                batch, is_empty, self._bytes_in_batches = [], False, self._bytes_read
        if batch or is_empty:
            yield batch

    def _is_batch_due(self, max_bytes: int) -> bool:
        return self._bytes_read - self._bytes_in_batches >= max_bytes or (
            self._partial_batches and not _is_readable(self._stream)
        )

    def _iter_blocks(self) -> Iterator[Iterator[str]]:
        # A pipe is split into the same batches each time only if every block is read in full.
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


@contextmanager
def open_line_reader(stream: BinaryIO, name: str, *, partial_batches: bool = False) -> Iterator[tuple[LineReader, str]]:
    """Yield the lines of a stream in its detected encoding, and a sample of the text at its beginning.

    Raises
    ------
    UnreadableFileError
        While the lines are read: the encoding of the sample is not that of the rest.
    """
    buffered = stream if isinstance(stream, io.BufferedReader) else io.BufferedReader(cast("Any", stream), SAMPLE_BYTES)
    data = buffered.peek(SAMPLE_BYTES)
    encoding, _ = detect_encoding(data, is_complete=False)
    sample = data.decode(encoding, "replace")
    reader = LineReader(buffered, encoding, cr_line_ends=has_cr_line_ends(sample), partial_batches=partial_batches)
    try:
        yield reader, sample
    except UnicodeDecodeError:
        reason = f"the file begins as {encoding}, but has other bytes later"
        raise UnreadableFileError(name, reason, "save it as UTF-8") from None


def _split_lines(text: str) -> list[str]:
    """Split text at line feeds; str.splitlines would also split at form feeds and the like."""
    return io.StringIO(text, newline="\n").readlines()


def _is_readable(stream: io.BufferedReader) -> bool:
    """Return whether a stream has more data, or ends, within `POLL_SECONDS`; always False for a pipe on Windows."""
    try:
        return bool(select.select([stream], [], [], POLL_SECONDS)[0])
    except (OSError, ValueError):
        return False


def _file_size(stream: io.BufferedReader) -> int | None:
    """Return the size of a regular file in bytes, None for anything else."""
    try:
        status = os.fstat(stream.fileno())
    except OSError:
        return None
    return status.st_size if stat.S_ISREG(status.st_mode) else None
