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
    from stance.io.row_batches import Chunk, Columns

STANDARD = "-"


def check(names: Sequence[str]) -> None:
    """Stop before anything is done if an input is no file; '-' is standard input.

    Raises
    ------
    MissingFileError, UnreadableFileError
    """
    for name in names:
        if name != STANDARD and not Path(name).exists():
            raise MissingFileError(name)
        if Path(name).is_dir():
            raise UnreadableFileError(name, "a folder, not a file", "name the files in it")


def read(
    names: Sequence[str], named: InputFormat | None, wanted: Columns, *, prompt: Collection[InputFormat] = ()
) -> Iterator[tuple[str, Chunk]]:
    """Read inputs one after another; the share of a chunk is then one of them all.

    Parameters
    ----------
    names
        Files, or '-' for standard input.
    named
        The format of all; else that of each is told by its name, and standard input is lines of text.
    wanted
        The columns to read.
    prompt
        The formats of which standard input hands over what there is when it has to be waited for.

    Yields
    ------
    tuple of (str, Chunk)
        The name of the input, and some of its rows.
    """
    sizes = [0 if name == STANDARD else Path(name).stat().st_size for name in names]
    whole = 0 if STANDARD in names else sum(sizes)
    before = 0
    for name, size in zip(names, sizes, strict=True):
        standard = name == STANDARD
        kind = readers.format_of(Path(name), named or ("text" if standard else None))
        with _opened(name, kind) as stream:
            for chunk in readers.read(stream, kind, name, wanted, prompt=standard and kind in prompt):
                share = None if chunk.share is None or not whole else (before + size * chunk.share) / whole
                yield name, replace(chunk, share=share)
        before += size


@contextmanager
def _opened(name: str, kind: InputFormat) -> Iterator[BinaryIO]:
    if name != STANDARD:
        with Path(name).open("rb", buffering=readers.SAMPLE_BYTES) as stream:
            yield stream
    elif sys.stdin is None:
        raise StanceError("standard input is closed", "name a file")
    elif kind == "parquet":  # its index is at its end
        yield io.BytesIO(sys.stdin.buffer.read())
    else:
        yield sys.stdin.buffer


@contextmanager
def uncollected() -> Iterator[None]:
    """Look for no cycles, of which rows have none: it took a fifth of the time of reading them."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()
