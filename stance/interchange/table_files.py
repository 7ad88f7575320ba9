"""Tables in the other formats of `stance.io.formats`, read as sheets are and written from a frame."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd
import pyarrow as pa

from stance.errors import EmptyTableError
from stance.io import atomic, formats
from stance.io.formatting import format_text_cells
from stance.io.row_batches import ColumnSelection, batch_from_table
from stance.labels.sheets.sheet_file import Sheet, SheetDialect

if TYPE_CHECKING:
    from pathlib import Path

    from stance.io.formats import TableFormat


def find_table_format(path: Path) -> TableFormat | None:
    """Return the format that the suffix of a file says, if it is not one that sheets are written in, or None."""
    table_format = formats.find_format(path)
    is_sheet_format = table_format is None or "columns" in table_format.options or table_format.name == "text"
    return None if is_sheet_format else table_format


def read_table_file(path: Path, table_format: TableFormat, text_column: str) -> Sheet:
    """Return the rows of a table with all cells as strings, as `read_sheet` does for CSV.

    Raises
    ------
    StanceError
        The file is not of the format, has no rows, or no text column.
    """
    frames: list[pd.DataFrame] = []
    with path.open("rb") as stream:
        for batch in formats.read_batches(stream, table_format.name, str(path), ColumnSelection(text_column)):
            table = batch.make_table()
            cells = {name: format_text_cells(table.column(name)).to_pylist() for name in table.column_names}
            frames.append(pd.DataFrame(cells, index=list(batch.row_numbers), dtype="str"))
    if not sum(map(len, frames)):
        raise EmptyTableError(path)
    return Sheet(path, pd.concat(frames).fillna(""), SheetDialect())


def write_table_file(path: Path, frame: pd.DataFrame, table_format: TableFormat) -> None:
    """Write a frame of strings completely or not at all."""
    module = table_format.load_module()
    table = pa.table({name: pa.array(frame[name].to_list(), pa.string()) for name in frame.columns})
    *own, last = table.column_names
    with atomic.open_atomically(path) as stream:
        writer = module.open_writer(stream, str(path), write_bom=False)
        batch = batch_from_table(table.select(own), (0, None), range(1, len(table) + 1))
        writer.write_batch(batch, module.format_columns(table.select([last])))
        writer.close()
