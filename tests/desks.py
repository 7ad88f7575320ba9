"""A small sheet to label, and a session over it, for tests."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from conftest import SMALL_CODEBOOK

from stance.annotation import session_setup
from stance.annotation.session_setup import OpenSheet, SessionOptions
from stance.labels.resolution import combine_labels
from stance.labels.sheets import sheet_file
from stance.labels.sheets.lock import lock_sheet
from stance.labels.sheets.unmerged import read_sheet_with_journal
from stance.labels.sheets.writer import SheetWriter

HEADER = "comment_id,article_title,text,stance,annotator,pass,sampled,unsure"


def write_sheet(folder: Path, comments: int = 6, *lines: str) -> Path:
    """Write a sheet of comments c0, c1, ... to do, with further lines of it, and a codebook beside it."""
    (folder / "codebook.toml").write_text(SMALL_CODEBOOK, encoding="utf-8")
    todo = [f"c{number},The plan,comment number {number},,,,," for number in range(comments)]
    sheet = folder / "sheet.csv"
    sheet.write_text("\n".join([HEADER, *todo, *lines]) + "\n", encoding="utf-8")
    return sheet


@contextmanager
def opened(sheet: Path, annotator: str = "aida", **wish: object) -> Iterator[OpenSheet]:
    """Open it for an annotator."""
    with session_setup.open_labelling_session(sheet, None, SessionOptions(annotator, **wish)) as found:  # type: ignore[arg-type]
        yield found


def labels_in(sheet: Path) -> dict[tuple[str, str, str], str]:
    """Read which labels count, by comment, annotator and pass."""
    found, _ = combine_labels([read_sheet_with_journal(sheet)], None)
    given = found[found["stance"] != ""]
    return {(row["comment_id"], row["annotator"], row["pass"]): row["stance"] for row in given.to_dict("records")}


def in_sheet_alone(sheet: Path) -> dict[str, str]:
    """Return the stances that the sheet alone gives its comments, whatever its journal holds."""
    labelled, _ = combine_labels([sheet_file.read_sheet(sheet)], None)
    given = labelled[labelled["stance"] != ""]
    return dict(zip(given["comment_id"], given["stance"], strict=True))


def label_some(sheet: Path, count: int, stance: str = "for", *, crash: bool = False) -> dict[str, str]:
    """Label some comments and return their stances; in a crash nothing is done after the last label."""
    given = {}
    if crash:
        with lock_sheet(sheet):
            writer = SheetWriter(sheet)
            for _ in range(count):
                labels = labels_in(sheet)
                comment = next(f"c{n}" for n in range(99) if (f"c{n}", "aida", "1") not in labels)
                writer.append(label_row(comment, stance, f"2026-01-01T00:00:{len(labels):02}+00:00"))
                given[comment] = stance
            writer._journal.close()
        return given
    with opened(sheet) as found:
        for _ in range(count):
            if found.session.current_item:
                given[found.session.current_item.key.comment_id] = stance
                found.session.label(stance)
    return given


def label_row(comment: str, stance: str, time: str) -> dict[str, str]:
    """Return the row of a label by aida."""
    return {
        "comment_id": comment, "text": f"comment number {comment[1:]}", "stance": stance, "annotator": "aida",
        "pass": "1", "labelled_at": time,
    }  # fmt: skip


def save_by_renaming(sheet: Path, data: bytes) -> None:
    """Save a sheet as editors do that write another file first."""
    other = sheet.with_suffix(".tmp")
    other.write_bytes(data)
    other.replace(sheet)
