"""Find the labels that are in the journal of a sheet and not in the sheet."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, NamedTuple

import pandas as pd

from stance import tables
from stance.errors import StanceError
from stance.labels.sheets import cell_values
from stance.labels.sheets.journal import compute_sheet_digest, journal_path, read_journal
from stance.labels.sheets.label_keys import KEY_COLUMNS, get_label_key
from stance.labels.sheets.sheet_file import add_missing_columns, read_sheet
from stance.labels.sheets.timestamps import parse_timestamp
from stance.wording import pluralise

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from stance.labels.sheets.journal import JournalRow
    from stance.labels.sheets.label_keys import LabelKey
    from stance.labels.sheets.sheet_file import Sheet

LABEL_ROW_COLUMNS = ("comment_id", *tables.LABEL_COLUMNS)
"""The columns that a sheet needs before a label can be added to it."""

_CONTENT_COLUMNS = ("stance", "also", "note", "unsure")


class SheetRow(NamedTuple):
    """The number, time and content of a row of a sheet; the content is the cells of `_CONTENT_COLUMNS`."""

    row_number: int
    labelled_at: str
    content: tuple[str, ...]

    @property
    def stance(self) -> str:
        """The stance, "" for none."""
        return self.content[0]


@dataclass(frozen=True)
class UnmergedRows:
    """The rows of a journal that a sheet lacks.

    Attributes
    ----------
    indexes
        The indices of these rows in the journal, in order.
    conflicts
        One sentence for each label that another program changed in the sheet during the session.
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

    A row of the sheet is the same as a row of the journal if both have the same key and time. Other cells that a person
    has changed in it since stay changed. From the first missing row of a key on, all journal rows of that key are
    unmerged, so that their order is kept.

    Parameters
    ----------
    frame
        The rows of the sheet, as strings, with `LABEL_ROW_COLUMNS` and an id in every row with a text.
    rows, prior_row_counts
        As in `JournalContents`.
    frame_before
        The rows of the sheet before the session, in the same form, if known.
    """
    comment_ids = {row["comment_id"].strip() for row in rows}
    sheet_rows = group_rows_by_key(frame, comment_ids)
    sheet_rows_before = {} if frame_before is None else group_rows_by_key(frame_before, comment_ids)
    indexes_by_key: defaultdict[LabelKey, list[int]] = defaultdict(list)
    for index, row in enumerate(rows):
        indexes_by_key[get_label_key(row)].append(index)
    unmerged: list[int] = []
    conflicts: list[str] = []
    for key, indexes in indexes_by_key.items():
        unmatched = list(sheet_rows.get(key, ()))[prior_row_counts[indexes[0]] :]
        n_found = next((n for n, index in enumerate(indexes) if not _pop_match(unmatched, rows[index])), None)
        if n_found is None:
            continue
        unmerged += indexes[n_found:]
        latest = rows[indexes[-1]]
        contents_before = [row[1:] for row in sheet_rows_before.get(key, ())]
        if (
            unmatched
            and unmatched[-1].stance not in {"", latest["stance"]}
            and unmatched[-1][1:] not in contents_before
            and not _is_earlier(unmatched[-1].labelled_at, latest["labelled_at"])
        ):
            conflicts.append(_format_conflict(key, unmatched[-1], latest["stance"]))
    return UnmergedRows(tuple(sorted(unmerged)), tuple(conflicts))


def count_labels(rows: Iterable[JournalRow]) -> int:
    """Return the number of labels in rows; only the last row of a key counts."""
    return sum(bool(stance.strip()) for stance in {get_label_key(row): row["stance"] for row in rows}.values())


def format_label_count(rows: Iterable[JournalRow]) -> str:
    """Return the number of labels in rows as words, such as "1 label"."""
    return pluralise(count_labels(rows), "label")


def group_rows_by_key(frame: pd.DataFrame, comment_ids: Iterable[str]) -> dict[LabelKey, list[SheetRow]]:
    """Return the rows of some comments of a sheet by label key, in the order of the sheet."""
    columns = [*KEY_COLUMNS, "labelled_at", *_CONTENT_COLUMNS]
    selected = frame.loc[frame["comment_id"].str.strip().isin(set(comment_ids)), columns]
    groups: defaultdict[LabelKey, list[SheetRow]] = defaultdict(list)
    for number, cells in zip(selected.index.tolist(), selected.itertuples(index=False), strict=True):
        row = dict(zip(columns, map(str, cells), strict=True))
        groups[get_label_key(row)].append(SheetRow(number, row["labelled_at"].strip(), _get_content(row)))
    return dict(groups)


def read_sheet_with_journal(path: Path, columns: Sequence[str] | None = None, delimiter: str | None = None) -> Sheet:
    """Read a sheet as `read_sheet` does, and add the labels that only its journal has.

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
    first_number = int(frame.index.max()) + 1 if len(frame) else 2
    added.index = pd.RangeIndex(first_number, first_number + len(added))
    warning = (
        f"{format_label_count(rows)} in {journal_path(path).name} missing from the sheet, because a session was cut "
        "short or another program saved an older copy: included here; 'stance label' writes them into the sheet "
        "(delete the journal if you removed them on purpose)"
    )
    return replace(sheet, frame=pd.concat([frame, added]), journal_warnings=(warning, *unmerged.conflicts))


def require_empty_journal(path: Path) -> None:
    """Raise an error if the journal of a sheet that is to be replaced holds labels.

    Raises
    ------
    StanceError
    """
    journal = journal_path(path)
    if read_journal(journal).rows:
        remedy = "choose another file, or move the sheet and its journal away"
        raise StanceError(f"this sheet has labels in {journal.name}", remedy, path=path)


def _format_conflict(key: LabelKey, sheet_row: SheetRow, journal_stance: str) -> str:
    annotator = f" by {key.annotator}" if key.annotator else ""
    recorded = f"labelled {journal_stance}" if journal_stance else "withdrawn"
    return (
        f"comment {key.comment_id!r} was {recorded} in a session{annotator}, but row {sheet_row.row_number} of the "
        f"sheet, saved by another program, says {sheet_row.stance}: both rows are kept and the later one counts, "
        "please check them"
    )


def _pop_match(sheet_rows: list[SheetRow], row: JournalRow) -> bool:
    """Remove the row of a sheet that is the same as a row of a journal; return whether there was one."""
    time, content = row.get("labelled_at", "").strip(), _get_content(row)
    best_first = (
        lambda other: other[1:] == (time, content),
        lambda other: other.labelled_at == time,  # a person has changed its content
        lambda other: (
            other.content == content and parse_timestamp(other.labelled_at) is None
        ),  # reformatted by a spreadsheet
    )
    for is_same in best_first:
        if match := next(filter(is_same, sheet_rows), None):
            sheet_rows.remove(match)
            return True
    return False


def _is_earlier(time: str, other: str) -> bool:
    first, second = parse_timestamp(time), parse_timestamp(other)
    return first is not None and second is not None and first < second


def _get_content(row: JournalRow) -> tuple[str, ...]:
    stance, also, note, unsure = (row.get(name, "").strip() for name in _CONTENT_COLUMNS)
    return stance, also, note, cell_values.normalise_unsure(unsure)
