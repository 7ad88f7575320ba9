"""Several inputs as one stream of rows, and how far through all of them it is."""

from __future__ import annotations

import gc
import io
import sys
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from stance.errors import MissingFileError, StanceError, UnreadableFileError
from stance.io import readers

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

    from stance.io.readers import InputFormat
    from stance.io.row_batches import ColumnSelection, RowBatch

STANDARD_STREAM = "-"


def check_inputs(names: Sequence[str]) -> None:
    """Stop before anything is done if an input is no file; '-' is standard input.

    Raises
    ------
    MissingFileError, UnreadableFileError
    """
    for name in names:
        if name != STANDARD_STREAM and not Path(name).exists():
            raise MissingFileError(name)
        if Path(name).is_dir():
            raise UnreadableFileError(name, "a folder, not a file", "name the files in it")


def read_inputs(
    names: Sequence[str],
    input_format: InputFormat | None,
    selection: ColumnSelection,
    *,
    partial_formats: Collection[InputFormat] = (),
) -> Iterator[tuple[str, RowBatch]]:
    """Read inputs one after another; the share of a chunk is then one of them all.

    Parameters
    ----------
    names
        Files, or '-' for standard input.
    input_format
        The format of all; else that of each is told by its name, and standard input is lines of text.
    selection
        The columns to read.
    partial_formats
        The formats of which standard input hands over what there is when it has to be waited for.

    Yields
    ------
    tuple of (str, Chunk)
        The name of the input, and some of its rows.
    """
    sizes = [0 if name == STANDARD_STREAM else Path(name).stat().st_size for name in names]
    whole = 0 if STANDARD_STREAM in names else sum(sizes)
    before = 0
    for name, size in zip(names, sizes, strict=True):
        standard = name == STANDARD_STREAM
        kind = readers.resolve_input_format(Path(name), input_format or ("text" if standard else None))
        with _open_input(name, kind) as stream:
            for chunk in readers.read_batches(
                stream, kind, name, selection, partial_batches=standard and kind in partial_formats
            ):
                share = (
                    None if chunk.fraction_read is None or not whole else (before + size * chunk.fraction_read) / whole
                )
                yield name, replace(chunk, fraction_read=share)
        before += size


@contextmanager
def _open_input(name: str, input_format: InputFormat) -> Iterator[BinaryIO]:
    if name != STANDARD_STREAM:
        with Path(name).open("rb", buffering=readers.SAMPLE_BYTES) as stream:
            yield stream
    elif sys.stdin is None:
        raise StanceError("standard input is closed", "name a file")
    elif input_format == "parquet":  # its index is at its end
        yield io.BytesIO(sys.stdin.buffer.read())
    else:
        yield sys.stdin.buffer


@contextmanager
def gc_disabled() -> Iterator[None]:
    """Look for no cycles, of which rows have none: it took a fifth of the time of reading them."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()
