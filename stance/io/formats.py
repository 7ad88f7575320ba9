"""The registry of tabular formats: their names, suffixes, options, and the modules that read and write them.

A new format is a module in `stance/io/tabular/` with the functions of `FormatModule`, and one line in `FORMATS`.
"""

from __future__ import annotations

import importlib
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, Protocol, cast

from stance.errors import StanceError, UsageError, WorkbookError

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pyarrow as pa

    from stance.io.row_batches import ColumnSelection, RowBatch
    from stance.io.writers import AddedColumns, BatchWriter


class FormatModule(Protocol):
    """The functions that the module of a format has; those of a format that is not written are left out."""

    def read_batches(
        self, stream: BinaryIO, name: str, selection: ColumnSelection, *, partial_batches: bool
    ) -> Iterator[RowBatch]:
        """Yield the rows of a stream in batches."""

    def format_columns(self, table: pa.Table) -> AddedColumns:
        """Return the columns to add to rows, in the form in which the writer takes them."""

    def open_writer(self, stream: BinaryIO, name: str, *, write_bom: bool) -> BatchWriter:
        """Return a writer of rows with added columns."""


@dataclass(frozen=True)
class TableFormat:
    """A tabular format.

    Attributes
    ----------
    name
        Its name in the options `--input-format` and `--format`.
    module_name
        Its module in `stance/io/tabular/`.
    suffixes
        The endings of the names of its files, in lower case.
    options
        The reading options that apply to it, without dashes, such as `columns`.
    is_readable, is_writable
        Whether it can be read, and written.
    has_fixed_columns
        Whether its columns are known before its first row; those of JSON lines depend on the rows.
    needs_seek
        Whether it can only be read from a file or from memory, not from a pipe.
    """

    name: str
    module_name: str
    suffixes: tuple[str, ...]
    options: tuple[str, ...] = ()
    is_readable: bool = True
    is_writable: bool = True
    has_fixed_columns: bool = True
    needs_seek: bool = False

    def load_module(self) -> FormatModule:
        """Import the module of this format; some take longer to import than a text to score."""
        return cast("FormatModule", importlib.import_module(f"stance.io.tabular.{self.module_name}"))


FORMATS = {
    table_format.name: table_format
    for table_format in (
        TableFormat("csv", "csv_tables", (".csv",), options=("columns",)),
        TableFormat("tsv", "tsv_tables", (".tsv", ".tab"), options=("columns",), is_writable=False),
        TableFormat("jsonl", "json_lines", (".jsonl", ".ndjson"), has_fixed_columns=False),
        TableFormat("parquet", "parquet_files", (".parquet", ".pq"), needs_seek=True),
        TableFormat("text", "text_lines", (".txt",), is_writable=False),
    )
}
READABLE_FORMATS = tuple(name for name, table_format in FORMATS.items() if table_format.is_readable)
WRITABLE_FORMATS = tuple(name for name, table_format in FORMATS.items() if table_format.is_writable)
DEFAULT_OUTPUT_FORMAT = "csv"

_WORKBOOK_SUFFIXES = (".xlsx", ".xls", ".ods")


def resolve_input_format(path: Path | str, requested: str | None = None) -> TableFormat:
    """Return the format that was requested, else the one that the suffix of an input says.

    Raises
    ------
    StanceError
        The format or the suffix is unknown, or the file is a workbook.

    Examples
    --------
    >>> resolve_input_format("comments.tab").name
    'tsv'
    """
    name = requested or _find_by_suffix(path, READABLE_FORMATS)
    remedy = f"add --input-format {'|'.join(READABLE_FORMATS)}"
    if name is None and Path(path).suffix.lower() in _WORKBOOK_SUFFIXES:
        raise WorkbookError(path)
    if name is None:
        raise StanceError(f"unknown file type {Path(path).suffix!r}", remedy, path=path)
    if name not in READABLE_FORMATS:
        raise UsageError(f"unknown input format {name!r}", remedy, path=path)
    return FORMATS[name]


def resolve_output_format(path: Path | str, requested: str | None = None) -> TableFormat:
    """Return the format that was requested, else the one that the suffix of an output says, else CSV.

    Raises
    ------
    StanceError
        The requested format is unknown or cannot be written.

    Examples
    --------
    >>> resolve_output_format("scores.pq").name, resolve_output_format("-").name
    ('parquet', 'csv')
    """
    name = requested or _find_by_suffix(path, WRITABLE_FORMATS) or DEFAULT_OUTPUT_FORMAT
    if name not in WRITABLE_FORMATS:
        raise UsageError(f"unknown output format {name!r}", f"add --format {'|'.join(WRITABLE_FORMATS)}", path=path)
    return FORMATS[name]


def read_batches(
    stream: BinaryIO, input_format: str, name: str, selection: ColumnSelection, *, partial_batches: bool = False
) -> Iterator[RowBatch]:
    """Yield the rows of a stream in batches.

    Parameters
    ----------
    stream
        The open input, in binary mode; for Parquet it must be seekable.
    input_format
        The name of its format.
    name
        The name of the input in messages.
    selection
        The columns to read.
    partial_batches
        Whether to yield a partial batch when the stream would have to be waited for. The columns of a batch of JSON
        lines depend on where it ends, so that they differ from run to run with this.

    Raises
    ------
    UnreadableFileError, MissingColumnError
        The input is not of that format, or has no text column.
    """
    table_format = resolve_input_format(name, input_format)
    if selection.column_names and "columns" not in table_format.options:
        _raise_option_error("columns", table_format, name)
    return table_format.load_module().read_batches(stream, name, selection, partial_batches=partial_batches)


def _raise_option_error(option: str, table_format: TableFormat, name: str) -> None:
    formats = " and ".join(name for name, candidate in FORMATS.items() if option in candidate.options)
    raise StanceError(f"--{option} is for {formats}, not for {table_format.name}", f"leave --{option} out", path=name)


def find_format(path: Path | str) -> TableFormat | None:
    """Return the format that the suffix of a file says, or None."""
    name = _find_by_suffix(path, tuple(FORMATS))
    return None if name is None else FORMATS[name]


def _find_by_suffix(path: Path | str, names: tuple[str, ...]) -> str | None:
    suffix = Path(path).suffix.lower()
    return next((name for name in names if suffix in FORMATS[name].suffixes), None)
