"""Write a small sheet, label it in a session, and read its labels; for tests."""

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
    """Write a sheet of unlabelled comments c0, c1, ... and further lines, and a codebook beside it."""
    (folder / "codebook.toml").write_text(SMALL_CODEBOOK, encoding="utf-8")
    todo = [f"c{number},The plan,comment number {number},,,,," for number in range(comments)]
    sheet = folder / "sheet.csv"
    sheet.write_text("\n".join([HEADER, *todo, *lines]) + "\n", encoding="utf-8")
    return sheet


@contextmanager
def open_session(sheet: Path, annotator: str = "aida", **options: object) -> Iterator[OpenSheet]:
    """Open a labelling session on the sheet."""
    with session_setup.open_labelling_session(sheet, None, SessionOptions(annotator, **options)) as sheet_in_use:  # type: ignore[arg-type]
        yield sheet_in_use


def read_labels(sheet: Path) -> dict[tuple[str, str, str], str]:
    """Return the stances that count, by comment, annotator and pass; those in the journal included."""
    rows, _ = combine_labels([read_sheet_with_journal(sheet)], None)
    labels = rows[rows["stance"] != ""]
    return {(row["comment_id"], row["annotator"], row["pass"]): row["stance"] for row in labels.to_dict("records")}


def read_stances_without_journal(sheet: Path) -> dict[str, str]:
    """Return the stances in the sheet file, by comment; the journal is ignored."""
    rows, _ = combine_labels([sheet_file.read_sheet(sheet)], None)
    labels = rows[rows["stance"] != ""]
    return dict(zip(labels["comment_id"], labels["stance"], strict=True))


def label_next(sheet: Path, count: int, stance: str = "for", *, crash: bool = False) -> dict[str, str]:
    """Label the next comments and return their stances; a crash leaves the labels in the journal."""
    labelled = {}
    if crash:
        with lock_sheet(sheet):
            writer = SheetWriter(sheet)
            for _ in range(count):
                labels = read_labels(sheet)
                comment = next(f"c{n}" for n in range(99) if (f"c{n}", "aida", "1") not in labels)
                writer.append(label_row(comment, stance, f"2026-01-01T00:00:{len(labels):02}+00:00"))
                labelled[comment] = stance
            writer._journal.close()
        return labelled
    with open_session(sheet) as sheet_in_use:
        for _ in range(count):
            if sheet_in_use.session.current_item:
                labelled[sheet_in_use.session.current_item.key.comment_id] = stance
                sheet_in_use.session.label(stance)
    return labelled


def label_row(comment: str, stance: str, time: str) -> dict[str, str]:
    """Return the row of a label by the annotator aida."""
    return {
        "comment_id": comment, "text": f"comment number {comment[1:]}", "stance": stance, "annotator": "aida",
        "pass": "1", "labelled_at": time,
    }  # fmt: skip


def save_by_renaming(sheet: Path, data: bytes) -> None:
    """Save a sheet like an editor that writes a temporary file and renames it."""
    temporary = sheet.with_suffix(".tmp")
    temporary.write_bytes(data)
    temporary.replace(sheet)
