"""Some rows of an input: their texts, what these are toward, and the columns they stand in."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pyarrow as pa

from stance import tables
from stance.arrow_arrays import string_array
from stance.io.formatting import text_cells

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

LONE_SURROGATE = re.compile("[\ud800-\udfff]")
"""Half of a letter, which JSON can hold and no file can."""


@dataclass(frozen=True)
class Columns:
    """Which columns of an input to read.

    Attributes
    ----------
    text
        The one with the texts; a table of one column needs none of that name.
    target
        The one with what they are toward, read where there is one of that name.
    names
        The names of all columns of CSV or TSV whose first row names none.
    """

    text: str = "text"
    target: str | None = None
    names: tuple[str, ...] | None = None

    def text_among(self, columns: Sequence[str], name: str) -> str:
        """Choose the column with the texts.

        Raises
        ------
        MissingColumnError
            There is none of its name.
        """
        if len(columns) == 1 and self.text == "text" and columns[0].isidentifier():
            return columns[0]
        tables.require(columns, (self.text,), name, "name the column with the texts by --text-column")
        return self.text

    def places(self, columns: Sequence[str], name: str) -> tuple[int, int | None]:
        """Find the column with the texts, and the one with the targets if it is there."""
        text = columns.index(self.text_among(columns, name))
        return text, columns.index(self.target) if self.target in columns else None


@dataclass(frozen=True)
class Chunk:
    """Some rows of an input.

    Attributes
    ----------
    texts
        The text of each, an Arrow array of strings without nulls.
    names
        The names of all their columns.
    table
        Makes these columns.
    targets
        What the stance in each text is toward, an Arrow array of strings, where a column tells; null in a JSON line
        without it.
    numbers
        The number of each row in its input, by which an error names it.
    lines
        The lines they came in if these were JSON.
    share
        How much of the input has been read with them, from 0 to 1, if its length is known.
    warnings
        What the user should know of how they were read.
    """

    texts: pa.Array
    names: Sequence[str]
    table: Callable[[], pa.Table]
    targets: pa.Array | None = None
    numbers: Sequence[int] = ()
    lines: pa.Array | None = None
    share: float | None = None
    warnings: tuple[str, ...] = ()

    @property
    def batch(self) -> pa.RecordBatch:
        """What a model needs of them: the texts, and the targets if they are told."""
        columns = {"text": self.texts} if self.targets is None else {"text": self.texts, "target": self.targets}
        return pa.record_batch(columns)


def from_texts(texts: Sequence[str], share: float | None = None) -> Chunk:
    """Make a chunk of texts that stand in no table."""
    return from_table(pa.table({"text": strings(texts)}), (0, None), (), share)


def from_table(
    table: pa.Table, places: tuple[int, int | None], numbers: Sequence[int], share: float | None = None
) -> Chunk:
    """Make a chunk of a table; `places` are those of its columns with texts and, if there is one, with targets."""
    text, target = places
    targets = None if target is None else _texts(table.column(target))
    return Chunk(_texts(table.column(text)), table.column_names, lambda: table, targets, numbers, share=share)


def strings(texts: Sequence[str | None]) -> pa.Array:
    """Make an Arrow array of strings."""
    try:
        return string_array(texts, pa.string())
    except UnicodeEncodeError:
        return string_array((text and encodable(text) for text in texts), pa.string())


def encodable(text: str) -> str:
    """Replace halves of letters, which no file can hold."""
    return LONE_SURROGATE.sub("\N{REPLACEMENT CHARACTER}", text)


def _texts(column: pa.ChunkedArray) -> pa.Array:
    texts = column.combine_chunks()
    is_plain = (pa.types.is_string(texts.type) or pa.types.is_large_string(texts.type)) and not texts.null_count
    return texts if is_plain else text_cells(texts)
