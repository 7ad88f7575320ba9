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
from stance.labels.sheets.journal import journal_path, read_journal, sheet_digest
from stance.labels.sheets.sheet_file import completed, read_sheet

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

    from stance.labels.sheets.journal import Row
    from stance.labels.sheets.sheet_file import Sheet

LABEL_COLUMNS = ("comment_id", *tables.LABEL_COLUMNS)
"""What a sheet must have so that a label can be added to it."""

KEY_COLUMNS = ("comment_id", "target", "annotator", "pass")
_CONTENT = ("stance", "also", "note", "unsure")


class Key(NamedTuple):
    """What tells a label from others; the last row of a key counts."""

    comment_id: str
    target: str
    annotator: str
    number: str


class WrittenRow(NamedTuple):
    """A row of a sheet: its number, time, and what it says."""

    number: int
    labelled_at: str
    content: tuple[str, ...]

    @property
    def stance(self) -> str:
        """The stance, "" for none."""
        return self.content[0]


@dataclass(frozen=True)
class Unmerged:
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


def find_unmerged(
    frame: pd.DataFrame,
    rows: Sequence[Row],
    skips: Sequence[int],
    before: pd.DataFrame | None = None,
) -> Unmerged:
    """Find the rows of a journal that a sheet lacks.

    A row of the sheet is a row of the journal if both have the same key and time; what else a person has changed in it
    stays changed. From the first row of a key that is missing on, all of that key are added, so that their order holds.

    Parameters
    ----------
    frame
        The rows of the sheet, all strings, with the columns of a label and an id in every row with a text.
    rows, skips
        As in `JournalContents`.
    before
        The sheet as it was before the labels were given, in the same form, if that is known.
    """
    comments = {row["comment_id"].strip() for row in rows}
    written = rows_by_key(frame, comments)
    written_before = {} if before is None else rows_by_key(before, comments)
    places: defaultdict[Key, list[int]] = defaultdict(list)
    for index, row in enumerate(rows):
        places[key_of(row)].append(index)
    missing: list[int] = []
    conflicts: list[str] = []
    for key, indexes in places.items():
        last = rows[indexes[-1]]
        unmatched = list(written.get(key, ()))[skips[indexes[0]] :]
        first = next((place for place, index in enumerate(indexes) if not _take_match(unmatched, rows[index])), None)
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
            conflicts.append(_conflict(key, other, last["stance"]))
    return Unmerged(tuple(sorted(missing)), tuple(conflicts))


def count_labels(rows: Iterable[Row]) -> int:
    """Return how many labels rows leave: the last row of a key counts."""
    return sum(bool(stance.strip()) for stance in {key_of(row): row["stance"] for row in rows}.values())


def counted_labels(rows: Iterable[Row]) -> str:
    """Return how many labels rows leave, in words."""
    count = count_labels(rows)
    return "1 label" if count == 1 else f"{count} labels"


def rows_by_key(frame: pd.DataFrame, comments: Iterable[str]) -> dict[Key, list[WrittenRow]]:
    """Return the rows of some comments of a sheet by their key, in the order of the sheet."""
    columns = [*KEY_COLUMNS, "labelled_at", *_CONTENT]
    some = frame.loc[frame["comment_id"].str.strip().isin(set(comments)), columns]
    found: defaultdict[Key, list[WrittenRow]] = defaultdict(list)
    for number, cells in zip(some.index.tolist(), some.itertuples(index=False), strict=True):
        row = dict(zip(columns, map(str, cells), strict=True))
        found[key_of(row)].append(WrittenRow(number, row["labelled_at"].strip(), _content(row)))
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
    if contents is None or not contents.rows or contents.is_in(sheet_digest(path.read_bytes())):
        return sheet
    frame = completed(sheet.frame, LABEL_COLUMNS)
    unmerged = find_unmerged(frame, contents.rows, contents.skips)
    if not unmerged.indexes:
        return sheet
    rows = [contents.rows[index] for index in unmerged.indexes]
    added = pd.DataFrame(rows, dtype="str").fillna("").reindex(columns=frame.columns, fill_value="")
    first = int(frame.index.max()) + 1 if len(frame) else 2
    added.index = pd.RangeIndex(first, first + len(added))
    sentence = (
        f"{counted_labels(rows)} in {journal_path(path).name} that the sheet lacks, since a session was cut short or "
        "another program saved an older copy of it: used here, and 'stance label' writes them into the sheet (delete "
        "the journal if you removed them on purpose)"
    )
    return replace(sheet, frame=pd.concat([frame, added]), unmerged=(sentence, *unmerged.conflicts))


def refuse_to_lose_labels(path: Path) -> None:
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


def _conflict(key: Key, other: WrittenRow, stance: str) -> str:
    who = f" by {key.annotator}" if key.annotator else ""
    labelled = f"as {stance}" if stance else "as withdrawn"
    return (
        f"comment {key.comment_id!r} has the stance {other.stance} in row {other.number} of the sheet, which another "
        f"program saved, and was recorded {labelled} in a session{who}: both rows are kept and the later one counts, "
        "look at them"
    )


def _take_match(written: list[WrittenRow], row: Row) -> bool:
    """Remove the row of a sheet that is a row of a journal, and return whether there was one."""
    time, content = row.get("labelled_at", "").strip(), _content(row)
    is_same = (
        lambda other: other[1:] == (time, content),
        lambda other: other.labelled_at == time,  # a person has changed it
        lambda other: other.content == content and not _is_time(other.labelled_at),  # a spreadsheet changed its time
    )
    for test in is_same:
        if match := next(filter(test, written), None):
            written.remove(match)
            return True
    return False


def _is_time(text: str) -> bool:
    """Return whether a cell holds a time, and not what a spreadsheet has made of it."""
    try:
        return datetime.fromisoformat(text).tzinfo is not None
    except ValueError:
        return False


def _is_earlier(time: str, other: str) -> bool:
    return _is_time(time) and _is_time(other) and datetime.fromisoformat(time) < datetime.fromisoformat(other)


def key_of(row: Mapping[str, str]) -> Key:
    """Return the key of a row as sheets compare it."""
    comment_id, target, annotator, number = (row.get(name, "").strip() for name in KEY_COLUMNS)
    return Key(comment_id, target, annotator, cell_values.whole_number(number).lower() or "1")


def _content(row: Row) -> tuple[str, ...]:
    stance, also, note, unsure = (row.get(name, "").strip() for name in _CONTENT)
    return stance, also, note, cell_values.unsure(unsure)
