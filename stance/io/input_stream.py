"""Several inputs as one stream of row batches, and the fraction of all of them that has been read."""

from __future__ import annotations

import gc
import io
import sys
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from stance.errors import StanceError
from stance.io import formats
from stance.io.line_reader import SAMPLE_BYTES
from stance.io.paths import check_input_path

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

    from stance.io.formats import TableFormat
    from stance.io.row_batches import ColumnSelection, RowBatch

STANDARD_STREAM = "-"
"""The name that stands for standard input or output."""


def check_inputs(names: Sequence[str]) -> None:
    """Check that every input is a file or standard input.

    Raises
    ------
    MissingFileError, UnreadableFileError
        An input does not exist, or is a folder.
    """
    for name in names:
        if name != STANDARD_STREAM:
            check_input_path(name)


def read_inputs(
    names: Sequence[str],
    input_format: str | None,
    selection: ColumnSelection,
    *,
    partial_formats: Collection[str] = (),
) -> Iterator[tuple[str, RowBatch]]:
    """Read inputs one after another; `fraction_read` of a batch is the fraction of all of them.

    Parameters
    ----------
    names
        Files, or '-' for standard input.
    input_format
        The format of all inputs; by default that of each is found by its suffix, and standard input is lines of text.
    selection
        The columns to read.
    partial_formats
        The formats of which standard input yields a partial batch when it would have to be waited for.

    Yields
    ------
    tuple of (str, RowBatch)
        The name of the input, and a batch of its rows.
    """
    sizes = [0 if name == STANDARD_STREAM else Path(name).stat().st_size for name in names]
    total_size = 0 if STANDARD_STREAM in names else sum(sizes)
    size_before = 0
    for name, size in zip(names, sizes, strict=True):
        is_stdin = name == STANDARD_STREAM
        resolved = formats.resolve_input_format(name, input_format or ("text" if is_stdin else None))
        partial_batches = is_stdin and resolved.name in partial_formats
        with _open_input(name, resolved) as stream:
            for batch in formats.read_batches(stream, resolved.name, name, selection, partial_batches=partial_batches):
                is_known = batch.fraction_read is not None and total_size > 0
                fraction = (size_before + size * (batch.fraction_read or 0.0)) / total_size if is_known else None
                yield name, replace(batch, fraction_read=fraction)
        size_before += size


@contextmanager
def _open_input(name: str, table_format: TableFormat) -> Iterator[BinaryIO]:
    if name != STANDARD_STREAM:
        with Path(name).open("rb", buffering=SAMPLE_BYTES) as stream:
            yield stream
    elif sys.stdin is None:
        raise StanceError("standard input is closed", "name a file")
    elif table_format.needs_seek:
        yield io.BytesIO(sys.stdin.buffer.read())
    else:
        yield sys.stdin.buffer


@contextmanager
def gc_disabled() -> Iterator[None]:
    """Disable cyclic garbage collection: rows contain no cycles, and it took 20 % of the time of reading them."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()
