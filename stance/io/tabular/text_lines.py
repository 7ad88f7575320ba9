"""Reading plain text, one text per line, in batches."""

from __future__ import annotations

from typing import TYPE_CHECKING, BinaryIO

from stance.io.csv_rows import reject_merge_conflicts, strip_line_end
from stance.io.line_reader import open_line_reader
from stance.io.row_batches import BATCH_BYTES, BATCH_ROWS, batch_from_texts

if TYPE_CHECKING:
    from collections.abc import Iterator

    from stance.io.row_batches import ColumnSelection, RowBatch


def read_batches(
    stream: BinaryIO,
    name: str,
    selection: ColumnSelection,  # noqa: ARG001 - part of the interface; lines of text have one column
    *,
    partial_batches: bool = False,
) -> Iterator[RowBatch]:
    """Yield the lines of a text file in batches, an empty line as an empty text.

    Raises
    ------
    UnreadableFileError
        The file changes its encoding, or git has left a merge conflict in it.
    """
    with open_line_reader(stream, name, partial_batches=partial_batches) as (lines, _):
        for batch in lines.split_batches(reject_merge_conflicts(lines, name), BATCH_ROWS, BATCH_BYTES):
            yield batch_from_texts(list(map(strip_line_end, batch)), lines.fraction_read)
