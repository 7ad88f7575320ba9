"""A finding: what was found in labels, where, and what to do."""

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
    """Where something was found: a row as a spreadsheet numbers it, its comment, and what stands there."""

    path: str
    row: int | None = None
    comment_id: str = ""
    detail: str = ""


@dataclass(frozen=True)
class Finding:
    """Something that was found, in a sentence; its kind says how bad it is and what to do."""

    rule_id: str
    message: str
    locations: tuple[Location, ...] = ()

    @property
    def severity(self) -> Severity:
        """How bad it is."""
        return CHECK_RULES[self.rule_id].severity

    @property
    def remedy(self) -> str:
        """What to do, in one sentence."""
        return CHECK_RULES[self.rule_id].remedy


def locate_rows(rows: pd.DataFrame, details: Iterable[str] = ()) -> tuple[Location, ...]:
    """Say where rows stand, those with the columns path, row and comment_id, and what stands there."""
    where = zip(rows["path"], rows["row"], rows["comment_id"], strict=True)
    told = list(details) or [""] * len(rows)
    return tuple(
        Location(path, int(row), comment, detail) for (path, row, comment), detail in zip(where, told, strict=True)
    )


def quote_cell(cell: str) -> str:
    r"""Quote a cell so that what cannot be seen in it can, and no more than its beginning if it is long.

    >>> quote_cell("for\u200b")
    "'for\\u200b'"
    """
    return repr(cell if len(cell) <= _MAX_QUOTED_LENGTH else f"{cell[:_MAX_QUOTED_LENGTH]}…")


def format_location(path: str, row: int, relative_to: str = "") -> str:
    """Write the place of a row as errors do, without its sheet beside another row of the same one.

    >>> format_location("labels/a.csv", 3), format_location("labels/a.csv", 3, beside="labels/a.csv")
    ('labels/a.csv:3', 'row 3')
    """
    return f"row {row}" if path == relative_to else f"{path}:{row}"
