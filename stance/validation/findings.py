"""Findings of `stance check`: what is wrong, where, and what to do."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from stance.validation.rules import CHECK_RULES

if TYPE_CHECKING:
    from collections.abc import Iterable

    import pandas as pd

    from stance.validation.rules import Severity


_MAX_QUOTED_LENGTH = 40


@dataclass(frozen=True)
class Location:
    """Where something is wrong.

    Attributes
    ----------
    path
        The file.
    row
        The number of the row, as a spreadsheet shows it; None if the whole file is meant.
    comment_id
        The comment.
    detail
        More about the place, such as the content of the cell.
    """

    path: str
    row: int | None = None
    comment_id: str = ""
    detail: str = ""


@dataclass(frozen=True)
class Finding:
    """Something that is wrong.

    Attributes
    ----------
    rule_id
        The name of the rule, as in the reference of `stance check`.
    message
        What is wrong, in a sentence.
    locations
        Where it is wrong.
    """

    rule_id: str
    message: str
    locations: tuple[Location, ...] = ()

    @property
    def severity(self) -> Severity:
        """How severe it is."""
        return CHECK_RULES[self.rule_id].severity

    @property
    def remedy(self) -> str:
        """What to do, in one sentence."""
        return CHECK_RULES[self.rule_id].remedy


def locate_rows(rows: pd.DataFrame, details: Iterable[str] = ()) -> tuple[Location, ...]:
    """Return the location of each row, from its columns path, row and comment_id, with its detail."""
    keys = zip(rows["path"], rows["row"], rows["comment_id"], strict=True)
    details = list(details) or [""] * len(rows)
    return tuple(
        Location(path, int(row), comment_id, detail)
        for (path, row, comment_id), detail in zip(keys, details, strict=True)
    )


def quote_cell(cell: str) -> str:
    r"""Quote a cell so that invisible characters can be seen, and cut it if it is long.

    >>> quote_cell("for\u200b")
    "'for\\u200b'"
    """
    return repr(cell if len(cell) <= _MAX_QUOTED_LENGTH else f"{cell[:_MAX_QUOTED_LENGTH]}…")


def format_location(path: str, row: int, relative_to: str = "") -> str:
    """Return the file and row as in error messages, without the file if it is `relative_to`.

    >>> format_location("labels/a.csv", 3), format_location("labels/a.csv", 3, relative_to="labels/a.csv")
    ('labels/a.csv:3', 'row 3')
    """
    return f"row {row}" if path == relative_to else f"{path}:{row}"
