"""The shapes of the cells in each column of a table, by which a line inside a quoted cell is recognised as a row."""

from __future__ import annotations

import re

_CHARACTER_CLASSES = ((re.compile(r"\d+"), "9"), (re.compile(r"[^\W\d_]+"), "a"))
_FREE_TEXT = "*"
_MAX_SHAPES = 40
_MAX_SHAPE_LENGTH = 30


class ColumnShapes:
    """The shapes that the cells of each column have had so far; a column with too many of them is free text."""

    def __init__(self) -> None:
        self.n_columns = 0
        self._column_shapes: list[set[str]] = []

    def add_row(self, row: list[str]) -> None:
        """Record the shapes of a row; the first one has the names of the columns."""
        if not self.n_columns:
            self.n_columns = len(row)
            self._column_shapes = [set() for _ in row]
        elif len(row) == self.n_columns:
            for cell, shapes in zip(row, self._column_shapes, strict=True):
                if _FREE_TEXT not in shapes:
                    shapes.add(_cell_shape(cell))
                    if len(shapes) > _MAX_SHAPES:
                        shapes.add(_FREE_TEXT)

    def matches_row(self, row: list[str]) -> bool:
        """Return whether cells have the shapes of the columns; never if all columns hold free text."""
        row = [*row[:-1], row[-1].rstrip("\r")]
        return (
            len(row) == self.n_columns > 1
            and any(_FREE_TEXT not in shapes for shapes in self._column_shapes)
            and all(
                _FREE_TEXT in shapes or _cell_shape(cell) in shapes
                for cell, shapes in zip(row, self._column_shapes, strict=True)
            )
        )


def _cell_shape(cell: str) -> str:
    """Return the shape of a cell: runs of digits as 9, of letters as a; text with blanks as free text.

    >>> [_cell_shape(cell) for cell in ("k12", "2026-11-27", "Yes, please", "")]
    ['a9', '9-9-9', '*', '']
    """
    if len(cell) > _MAX_SHAPE_LENGTH or any(map(str.isspace, cell)):
        return _FREE_TEXT
    for run, sign in _CHARACTER_CLASSES:
        cell = run.sub(sign, cell)
    return cell
