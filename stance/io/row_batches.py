"""A batch of rows of an input: their texts, the targets of these, and all of their columns."""

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

BATCH_ROWS = 8_192
"""How many rows are scored together: smaller batches are slower, larger ones take more memory."""
BATCH_BYTES = 1 << 24
"""About how many bytes of an input make a batch even if they hold fewer rows."""

LONE_SURROGATE = re.compile("[\ud800-\udfff]")
"""Half of a surrogate pair, which JSON escapes can spell and UTF-8 cannot encode."""


@dataclass(frozen=True)
class ColumnSelection:
    """Which columns of an input to read.

    Attributes
    ----------
    text_column
        The column with the texts; the only column of a table may have any name.
    target_column
        The column with the target of each row; read if the table has it.
    column_names
        The names of all columns of a CSV or TSV table without a header.
    """

    text_column: str = "text"
    target_column: str | None = None
    column_names: tuple[str, ...] | None = None

    def find_text_column(self, column_names: Sequence[str], name: str) -> str:
        """Return the name of the text column of a table with these columns; `name` is the table's in messages.

        Raises
        ------
        MissingColumnError
            The table has no such column.
        """
        if len(column_names) == 1 and self.text_column == "text" and column_names[0].isidentifier():
            return column_names[0]
        remedy = "name the text column with --text-column"
        tables.require_columns(column_names, (self.text_column,), name, remedy)
        return self.text_column

    def find_column_indices(self, column_names: Sequence[str], name: str) -> tuple[int, int | None]:
        """Return the index of the text column, and that of the target column or None."""
        text_index = column_names.index(self.find_text_column(column_names, name))
        return text_index, column_names.index(self.target_column) if self.target_column in column_names else None


@dataclass(frozen=True)
class RowBatch:
    """A batch of rows of an input.

    Attributes
    ----------
    texts
        The text of each row, an Arrow array of strings without nulls, of shape (n_rows,).
    column_names
        The names of all columns.
    make_table
        Returns a table of all columns.
    targets
        The target of each row, an Arrow array of strings, if a column has it; null in a JSON line without it.
    row_numbers
        The number of each row in its input, for messages.
    json_lines
        The lines of JSON that the rows were read from, if they were.
    fraction_read
        The fraction of the input that has been read up to these rows, from 0 to 1, if its length is known.
    warnings
        What the user should know about how the rows were read.
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
        """The columns that a model needs: the texts, and the targets if there are any."""
        columns = {"text": self.texts} if self.targets is None else {"text": self.texts, "target": self.targets}
        return pa.record_batch(columns)


def batch_from_texts(texts: Sequence[str], fraction_read: float | None = None) -> RowBatch:
    """Return a batch of texts that have no other columns."""
    return batch_from_table(pa.table({"text": to_string_array(texts)}), (0, None), (), fraction_read)


def batch_from_table(
    table: pa.Table,
    column_indices: tuple[int, int | None],
    row_numbers: Sequence[int],
    fraction_read: float | None = None,
) -> RowBatch:
    """Return a batch of a table; `column_indices` are those of its text column and, unless None, target column."""
    text_index, target_index = column_indices
    targets = None if target_index is None else _column_texts(table.column(target_index))
    return RowBatch(
        _column_texts(table.column(text_index)),
        table.column_names,
        lambda: table,
        targets,
        row_numbers,
        fraction_read=fraction_read,
    )


def to_string_array(texts: Sequence[str | None]) -> pa.Array:
    """Return an Arrow array of strings, with lone surrogates replaced."""
    try:
        return string_array(texts, pa.string())
    except UnicodeEncodeError:
        return string_array((text and replace_lone_surrogates(text) for text in texts), pa.string())


def replace_lone_surrogates(text: str) -> str:
    """Replace halves of surrogate pairs, which UTF-8 cannot encode."""
    return LONE_SURROGATE.sub("\N{REPLACEMENT CHARACTER}", text)


def _column_texts(column: pa.ChunkedArray) -> pa.Array:
    """Return a column of any type as strings without nulls."""
    texts = column.combine_chunks()
    is_plain = (pa.types.is_string(texts.type) or pa.types.is_large_string(texts.type)) and not texts.null_count
    return texts if is_plain else format_text_cells(texts)
