"""Tables without a labelling tool: CSV, and the other formats of `stance.io.formats`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from stance.errors import UsageError
from stance.interchange import plain_csv, table_files
from stance.interchange.input_files import refuse_zip
from stance.io.csv_format import format_csv
from stance.labels.sheets import sheet_file

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from stance.interchange.load_sheets import LoadedSheets
    from stance.interchange.registry import ImportOptions
    from stance.interchange.row_records import ImportedRow
    from stance.labels.codebook import Codebook


def recognises(values: Sequence[Mapping[str, Any]]) -> bool:
    """Return False: a table holds no JSON objects."""
    del values
    return False


def read_file(path: Path, options: ImportOptions) -> Iterator[ImportedRow]:
    """Yield the rows of a table."""
    refuse_zip(path)
    table_format = table_files.find_table_format(path)
    sheet = (
        table_files.read_table_file(path, table_format, options.text_column)
        if table_format
        else sheet_file.read_sheet(path)
    )
    yield from plain_csv.read_table_rows(sheet, options.text_column, options.stance_column)


def format_file(loaded: LoadedSheets, codebook: Codebook | None, *, resolved: bool) -> Iterator[str]:
    """Yield a table with one row per label or, if `resolved`, one row per comment."""
    frame = plain_csv.resolve_labels_to_frame(loaded.sheets, codebook, loaded.items) if resolved else loaded.frame
    rows = frame.to_numpy(dtype=object).tolist()
    yield "\ufeff" + format_csv([list(frame.columns), *rows], ",", "\r\n")


def format_config(loaded: LoadedSheets, codebook: Codebook) -> str:
    """Raise, since a table has no labelling interface.

    Raises
    ------
    UsageError
        Always.
    """
    del loaded, codebook
    raise UsageError("a CSV has no labelling interface", "leave --config out")
