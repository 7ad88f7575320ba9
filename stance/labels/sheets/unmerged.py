"""Which rows of a journal a sheet lacks."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING, NamedTuple

import pandas as pd

from stance import tables
from stance.errors import StanceError
from stance.labels.sheets import cell_values
from stance.labels.sheets.journal import compute_sheet_digest, journal_path, read_journal
from stance.labels.sheets.sheet_file import add_missing_columns, read_sheet

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

    from stance.labels.sheets.journal import JournalRow
    from stance.labels.sheets.sheet_file import Sheet

LABEL_ROW_COLUMNS = ("comment_id", *tables.LABEL_COLUMNS)
"""What a sheet must have so that a label can be added to it."""

KEY_COLUMNS = ("comment_id", "target", "annotator", "pass")
_CONTENT_COLUMNS = ("stance", "also", "note", "unsure")


class LabelKey(NamedTuple):
    """What tells a label from others; the last row of a key counts."""

    comment_id: str
    target: str
    annotator: str
    pass_number: str


class SheetRow(NamedTuple):
    """A row of a sheet: its number, time, and what it says."""

    row_number: int
    labelled_at: str
    content: tuple[str, ...]

    @property
    def stance(self) -> str:
        """The stance, "" for none."""
        return self.content[0]


@dataclass(frozen=True)
class UnmergedRows:
    """What a sheet lacks of a journal.

    Attributes
    ----------
    indexes
        The rows to add, by their places in the journal, in order.
    conflicts
        A sentence for each label that another program has changed in the sheet while it was given.
    """

    indexes: tuple[int, ...] = ()
    conflicts: tuple[str, ...] = ()


def find_unmerged_rows(
    frame: pd.DataFrame,
    rows: Sequence[JournalRow],
    prior_row_counts: Sequence[int],
    frame_before: pd.DataFrame | None = None,
) -> UnmergedRows:
    """Find the rows of a journal that a sheet lacks.

    A row of the sheet is a row of the journal if both have the same key and time; what else a person has changed in it
    stays changed. From the first row of a key that is missing on, all of that key are added, so that their order holds.

    Parameters
    ----------
    frame
        The rows of the sheet, all strings, with the columns of a label and an id in every row with a text.
    rows, prior_row_counts
        As in `JournalContents`.
    frame_before
        The sheet as it was before the labels were given, in the same form, if that is known.
    """
    comments = {row["comment_id"].strip() for row in rows}
    written = group_rows_by_key(frame, comments)
    written_before = {} if frame_before is None else group_rows_by_key(frame_before, comments)
    places: defaultdict[LabelKey, list[int]] = defaultdict(list)
    for index, row in enumerate(rows):
        places[get_label_key(row)].append(index)
    missing: list[int] = []
    conflicts: list[str] = []
    for key, indexes in places.items():
        last = rows[indexes[-1]]
        unmatched = list(written.get(key, ()))[prior_row_counts[indexes[0]] :]
        first = next((place for place, index in enumerate(indexes) if not _pop_match(unmatched, rows[index])), None)
        if first is None:
            continue
        missing += indexes[first:]
        known = [row[1:] for row in written_before.get(key, ())]
        other = unmatched[-1] if unmatched else None
        if (
            other
            and other.stance not in {"", last["stance"]}
            and other[1:] not in known
            and not _is_earlier(other.labelled_at, last["labelled_at"])
        ):
            conflicts.append(_format_conflict(key, other, last["stance"]))
    return UnmergedRows(tuple(sorted(missing)), tuple(conflicts))


def count_labels(rows: Iterable[JournalRow]) -> int:
    """Return how many labels rows leave: the last row of a key counts."""
    return sum(bool(stance.strip()) for stance in {get_label_key(row): row["stance"] for row in rows}.values())


def format_label_count(rows: Iterable[JournalRow]) -> str:
    """Return how many labels rows leave, in words."""
    count = count_labels(rows)
    return "1 label" if count == 1 else f"{count} labels"


def group_rows_by_key(frame: pd.DataFrame, comment_ids: Iterable[str]) -> dict[LabelKey, list[SheetRow]]:
    """Return the rows of some comments of a sheet by their key, in the order of the sheet."""
    columns = [*KEY_COLUMNS, "labelled_at", *_CONTENT_COLUMNS]
    some = frame.loc[frame["comment_id"].str.strip().isin(set(comment_ids)), columns]
    found: defaultdict[LabelKey, list[SheetRow]] = defaultdict(list)
    for number, cells in zip(some.index.tolist(), some.itertuples(index=False), strict=True):
        row = dict(zip(columns, map(str, cells), strict=True))
        found[get_label_key(row)].append(SheetRow(number, row["labelled_at"].strip(), _get_content(row)))
    return dict(found)


def read_sheet_with_journal(path: Path, columns: Sequence[str] | None = None, delimiter: str | None = None) -> Sheet:
    """Read a sheet together with the labels that are in its journal only, as `read_sheet` does else.

    Raises
    ------
    StanceError
        The sheet or its journal cannot be read.
    """
    sheet = read_sheet(path, columns, delimiter)
    contents = read_journal(journal_path(path)) if columns is None else None
    if contents is None or not contents.rows or contents.is_merged_into(compute_sheet_digest(path.read_bytes())):
        return sheet
    frame = add_missing_columns(sheet.frame, LABEL_ROW_COLUMNS)
    unmerged = find_unmerged_rows(frame, contents.rows, contents.prior_row_counts)
    if not unmerged.indexes:
        return sheet
    rows = [contents.rows[index] for index in unmerged.indexes]
    added = pd.DataFrame(rows, dtype="str").fillna("").reindex(columns=frame.columns, fill_value="")
    first = int(frame.index.max()) + 1 if len(frame) else 2
    added.index = pd.RangeIndex(first, first + len(added))
    sentence = (
        f"{format_label_count(rows)} in {journal_path(path).name} that the sheet lacks, since a session was cut "
        "short or "
        "another program saved an older copy of it: used here, and 'stance label' writes them into the sheet (delete "
        "the journal if you removed them on purpose)"
    )
    return replace(sheet, frame=pd.concat([frame, added]), journal_warnings=(sentence, *unmerged.conflicts))


def require_empty_journal(path: Path) -> None:
    """Stop before a sheet is replaced whose journal has labels.

    Raises
    ------
    StanceError
        There are some.
    """
    journal = journal_path(path)
    if read_journal(journal).rows:
        remedy = "name another file, or move the sheet and its journal away"
        raise StanceError(f"somebody has labelled this sheet, see {journal.name}", remedy, path=path)


def _format_conflict(key: LabelKey, other: SheetRow, stance: str) -> str:
    who = f" by {key.annotator}" if key.annotator else ""
    labelled = f"as {stance}" if stance else "as withdrawn"
    return (
        f"comment {key.comment_id!r} has the stance {other.stance} in row {other.row_number} of the sheet, which "
        f"another "
        f"program saved, and was recorded {labelled} in a session{who}: both rows are kept and the later one counts, "
        "look at them"
    )


def _pop_match(written: list[SheetRow], row: JournalRow) -> bool:
    """Remove the row of a sheet that is a row of a journal, and return whether there was one."""
    time, content = row.get("labelled_at", "").strip(), _get_content(row)
    is_same = (
        lambda other: other[1:] == (time, content),
        lambda other: other.labelled_at == time,  # a person has changed it
        lambda other: (
            other.content == content and not _is_timestamp(other.labelled_at)
        ),  # a spreadsheet changed its time
    )
    for test in is_same:
        if match := next(filter(test, written), None):
            written.remove(match)
            return True
    return False


def _is_timestamp(text: str) -> bool:
    """Return whether a cell holds a time, and not what a spreadsheet has made of it."""
    try:
        return datetime.fromisoformat(text).tzinfo is not None
    except ValueError:
        return False


def _is_earlier(time: str, other: str) -> bool:
    return _is_timestamp(time) and _is_timestamp(other) and datetime.fromisoformat(time) < datetime.fromisoformat(other)


def get_label_key(row: Mapping[str, str]) -> LabelKey:
    """Return the key of a row as sheets compare it."""
    comment_id, target, annotator, number = (row.get(name, "").strip() for name in KEY_COLUMNS)
    return LabelKey(comment_id, target, annotator, cell_values.normalise_whole_number(number).lower() or "1")


def _get_content(row: JournalRow) -> tuple[str, ...]:
    stance, also, note, unsure = (row.get(name, "").strip() for name in _CONTENT_COLUMNS)
    return stance, also, note, cell_values.normalise_unsure(unsure)
