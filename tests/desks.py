"""A small sheet to label, and a session over it, for tests."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from conftest import SMALL_CODEBOOK

from stance.annotating import desk
from stance.annotating.desk import Desk, Wish
from stance.labelling.labels import rows
from stance.labelling.unmerged import read_sheet_with_journal

HEADER = "comment_id,article_title,text,stance,annotator,pass,sampled,unsure"


def write_sheet(folder: Path, comments: int = 6, *lines: str) -> Path:
    """Write a sheet of comments c0, c1, ... to do, with further lines of it, and a codebook beside it."""
    (folder / "codebook.toml").write_text(SMALL_CODEBOOK, encoding="utf-8")
    todo = [f"c{number},The plan,comment number {number},,,,," for number in range(comments)]
    sheet = folder / "sheet.csv"
    sheet.write_text("\n".join([HEADER, *todo, *lines]) + "\n", encoding="utf-8")
    return sheet


@contextmanager
def opened(sheet: Path, annotator: str = "aida", **wish: object) -> Iterator[Desk]:
    """Open it for an annotator."""
    with desk.labelling(sheet, None, Wish(annotator, **wish)) as found:  # type: ignore[arg-type]
        yield found


def labels_in(sheet: Path) -> dict[tuple[str, str, str], str]:
    """Read which labels count, by comment, annotator and pass."""
    found, _ = rows([read_sheet_with_journal(sheet)], None)
    given = found[found["stance"] != ""]
    return {(row["comment_id"], row["annotator"], row["pass"]): row["stance"] for row in given.to_dict("records")}
