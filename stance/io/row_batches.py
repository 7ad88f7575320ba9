"""Some rows of an input: their texts, what these are toward, and the columns they stand in."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pyarrow as pa

from stance import tables
from stance.arrow_arrays import string_array
from stance.io.formatting import format_text_cells

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

LONE_SURROGATE = re.compile("[\ud800-\udfff]")
"""Half of a letter, which JSON can hold and no file can."""


@dataclass(frozen=True)
class ColumnSelection:
    """Which columns of an input to read.

    Attributes
    ----------
    text_column
        The one with the texts; a table of one column needs none of that name.
    target_column
        The one with what they are toward, read where there is one of that name.
    column_names
        The names of all columns of CSV or TSV whose first row names none.
    """

    text_column: str = "text"
    target_column: str | None = None
    column_names: tuple[str, ...] | None = None

    def find_text_column(self, columns: Sequence[str], name: str) -> str:
        """Choose the column with the texts.

        Raises
        ------
        MissingColumnError
            There is none of its name.
        """
        if len(columns) == 1 and self.text_column == "text" and columns[0].isidentifier():
            return columns[0]
        tables.require_columns(columns, (self.text_column,), name, "name the column with the texts by --text-column")
        return self.text_column

    def find_column_indices(self, columns: Sequence[str], name: str) -> tuple[int, int | None]:
        """Find the column with the texts, and the one with the targets if it is there."""
        text = columns.index(self.find_text_column(columns, name))
        return text, columns.index(self.target_column) if self.target_column in columns else None


@dataclass(frozen=True)
class RowBatch:
    """Some rows of an input.

    Attributes
    ----------
    texts
        The text of each, an Arrow array of strings without nulls.
    column_names
        The names of all their columns.
    make_table
        Makes these columns.
    targets
        What the stance in each text is toward, an Arrow array of strings, where a column tells; null in a JSON line
        without it.
    row_numbers
        The number of each row in its input, by which an error names it.
    json_lines
        The lines they came in if these were JSON.
    fraction_read
        How much of the input has been read with them, from 0 to 1, if its length is known.
    warnings
        What the user should know of how they were read.
    """

    texts: pa.Array
    column_names: Sequence[str]
    make_table: Callable[[], pa.Table]
    targets: pa.Array | None = None
    row_numbers: Sequence[int] = ()
    json_lines: pa.Array | None = None
    fraction_read: float | None = None
    warnings: tuple[str, ...] = ()

    @property
    def record_batch(self) -> pa.RecordBatch:
        """What a model needs of them: the texts, and the targets if they are told."""
        columns = {"text": self.texts} if self.targets is None else {"text": self.texts, "target": self.targets}
        return pa.record_batch(columns)


def batch_from_texts(texts: Sequence[str], fraction_read: float | None = None) -> RowBatch:
    """Make a chunk of texts that stand in no table."""
    return batch_from_table(pa.table({"text": to_string_array(texts)}), (0, None), (), fraction_read)


def batch_from_table(
    table: pa.Table,
    column_indices: tuple[int, int | None],
    row_numbers: Sequence[int],
    fraction_read: float | None = None,
) -> RowBatch:
    """Make a batch of a table; `column_indices` are those of its text column and, if there is one, target column."""
    text, target = column_indices
    targets = None if target is None else _column_texts(table.column(target))
    return RowBatch(
        _column_texts(table.column(text)),
        table.column_names,
        lambda: table,
        targets,
        row_numbers,
        fraction_read=fraction_read,
    )


def to_string_array(texts: Sequence[str | None]) -> pa.Array:
    """Make an Arrow array of strings."""
    try:
        return string_array(texts, pa.string())
    except UnicodeEncodeError:
        return string_array((text and replace_lone_surrogates(text) for text in texts), pa.string())


def replace_lone_surrogates(text: str) -> str:
    """Replace halves of letters, which no file can hold."""
    return LONE_SURROGATE.sub("\N{REPLACEMENT CHARACTER}", text)


def _column_texts(column: pa.ChunkedArray) -> pa.Array:
    texts = column.combine_chunks()
    is_plain = (pa.types.is_string(texts.type) or pa.types.is_large_string(texts.type)) and not texts.null_count
    return texts if is_plain else format_text_cells(texts)
