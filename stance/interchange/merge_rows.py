"""Rows from other people's files into a sheet: appended, none twice, and none over a later word."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import pandas as pd

from stance import tables
from stance.interchange import row_records
from stance.interchange.row_records import ImportedRow, LabelContent, get_label_key, parse_label
from stance.interchange.text_repair import has_only_allowed_characters, repair_text
from stance.interchange.timestamps import parse_timestamp
from stance.labels.sheets import edits, sheet_file
from stance.labels.sheets.updates import update_sheet
from stance.labels.sheets.writer import merge_journal

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from stance.labels.sheets.sheet_file import Sheet

_SAMPLING_COLUMNS = ("sampled", "seed", "probability")
_LABEL_ONLY_COLUMNS = frozenset(tables.LABEL_COLUMNS) - {"target"}

RowCells = dict[str, str]
ImportKey = tuple[str, str, str, str]


@dataclass(frozen=True)
class MergeResult:
    """What came into a sheet: new comments, new labels, rows that stood there already, and what to tell the user."""

    n_comments: int
    n_labels: int
    n_known_rows: int
    warnings: tuple[str, ...] = ()


def merge_into_sheet(path: Path, imported: Sequence[ImportedRow]) -> MergeResult:
    """Bring rows into a sheet, a new one if there is none.

    Of a sheet with labels nothing is changed: rows are added at its end. A row that a file only carried along comes in
    where the sheet has no label of its key. What was said in a tool comes in unless the sheet's last word on that key
    says the same, or is later.

    Returns
    -------
    Merged
    """
    if not path.exists() or not path.read_bytes().strip():
        rows = _copy_sampling_columns(list(row_records.number_passes(_assign_comment_ids(imported, []))), [])
        _write_new_sheet(path, rows)
        return MergeResult(len({row["comment_id"] for row in rows}), sum(bool(row.get("stance")) for row in rows), 0)
    messages = merge_journal(path)
    merged = MergeResult(0, 0, 0)

    def change(sheet: Sheet, data: bytes) -> bytes:
        nonlocal merged
        rows, merged = _find_new_rows(sheet, imported)
        return _append_rows(sheet, data, rows) if rows else data

    update_sheet(path, change)
    return replace(merged, warnings=messages + merged.warnings)


def _find_new_rows(sheet: Sheet, imported: Sequence[ImportedRow]) -> tuple[list[RowCells], MergeResult]:
    """Return the rows that are new to a sheet, and what comes into it by them."""
    known = _read_sheet_rows(sheet)
    named = list(row_records.number_passes(_assign_comment_ids(imported, known)))
    news = _NewRowFilter(known)
    rows = [
        news.fill_from_sheet(row)
        for row in _copy_sampling_columns([each for each in named if news.is_new(each)], known)
    ]
    comments = {row["comment_id"] for row in rows} - news.known_comments.keys()
    labels = sum(bool(row.get("stance", "").strip()) for row in rows)
    return rows, MergeResult(len(comments), labels, len(named) - len(rows), sheet.encoding_warnings + news.warnings)


class _NewRowFilter:
    """Tells which rows are new to a sheet.

    Parameters
    ----------
    rows
        The rows of the sheet, which may begin as empty cells left out.
    """

    def __init__(self, rows: Sequence[RowCells]) -> None:
        self.known_comments: dict[str, RowCells] = {}
        self._rows_by_key: dict[ImportKey, list[RowCells]] = {}
        self._item_keys = set()
        self._started_keys: set[ImportKey] = set()
        for row in rows:
            # What comes back from a file has been repaired.
            sound = (
                row
                if has_only_allowed_characters(row.values())
                else {name: repair_text(cell) for name, cell in row.items()}
            )
            key = get_label_key(sound)
            self._rows_by_key.setdefault(key, []).append(sound)
            self._item_keys.add(key[:2])
            told = self.known_comments.setdefault(sound.get("comment_id", "").strip(), {})
            for name, cell in row.items():
                if name not in _LABEL_ONLY_COLUMNS and name != "target" and cell.strip():
                    told.setdefault(name, cell)
        self._n_older = 0
        self._n_emptied = 0
        self._changed_texts: dict[str, None] = {}

    @property
    def warnings(self) -> tuple[str, ...]:
        """What was left out, or told otherwise by the file."""
        counts = (
            (self._n_older, "labels are older than what the sheet holds of the same annotator and pass: left out"),
            (self._n_emptied, "labels have no stance in the file any more: the sheet keeps those it has"),
            (len(self._changed_texts), "comments have another text in the file: the sheet keeps its own"),
        )
        return tuple(f"{count} {what}" for count, what in counts if count)

    def is_new(self, found: ImportedRow) -> bool:
        """Tell whether a row is to be added."""
        row, key, said = found.cells, get_label_key(found.cells), parse_label(found.cells)
        rows = self._rows_by_key.get(key, [])
        self._note_changed_text(row)
        if not rows:
            return said != LabelContent() or bool(key[2]) or key[:2] not in self._item_keys
        if all(
            parse_label(each) == LabelContent() for each in rows
        ):  # to do, so that no word of the file can be an earlier one
            if said != LabelContent():
                self._started_keys.add(key)
            return key in self._started_keys
        if found.sheet_row is not None or said == parse_label(rows[-1]):
            return False
        if any(said == parse_label(each) and _is_same_time(row, each) for each in rows):
            return False
        if not said.stance:
            held = any(parse_label(each).stance for each in rows)
            self._n_emptied += held and bool(key[2])
            return not held
        return not self._is_outdated(row, rows, is_hand_edited=found.from_table)

    def _is_outdated(self, row: RowCells, rows: list[RowCells], *, is_hand_edited: bool) -> bool:
        """Tell a label that the sheet has a later word than."""
        given = parse_timestamp(row.get("labelled_at", ""))
        times = [time for each in rows if (time := parse_timestamp(each.get("labelled_at", "")))]
        if given is None or not times or given > max(times):
            return False
        # The same label, mended in one of the two places: a tool sets the time, so that it was not there; whoever mends
        # a table by hand leaves the time as it is.
        mended = given == max(times) and is_hand_edited
        self._n_older += not mended
        return not mended

    def _note_changed_text(self, row: RowCells) -> None:
        own = self.known_comments.get(row.get("comment_id", ""), {}).get("text", "")
        text = row.get("text", "")
        if (
            own
            and text != own
            and text.strip()
            and tables.normalise_text(repair_text(own)) != tables.normalise_text(text)
        ):
            self._changed_texts[row["comment_id"]] = None

    def fill_from_sheet(self, row: RowCells) -> RowCells:
        """Take what is known of a comment from the sheet, so that it has one text there."""
        return row | self.known_comments.get(row["comment_id"], {})


def _is_same_time(one: RowCells, other: RowCells) -> bool:
    first, second = one.get("labelled_at", "").strip(), other.get("labelled_at", "").strip()
    return first == second or (parse_timestamp(first) or first) == (parse_timestamp(second) or second)


def _read_sheet_rows(sheet: Sheet) -> list[RowCells]:
    """Give the rows of a sheet with the ids that its comments are known by."""
    frame = sheet.frame.reindex(
        columns=list(dict.fromkeys([*sheet.frame.columns, "comment_id", "text"])), fill_value=""
    )
    frame["comment_id"] = tables.fill_comment_ids(frame["comment_id"], frame["text"])
    return row_records.frame_to_rows(frame)


def _assign_comment_ids(found: Sequence[ImportedRow], known: Iterable[RowCells]) -> list[ImportedRow]:
    """Give each row the id of its comment: its own, else that of the one comment with its text, else a new one."""
    of_text: dict[str, set[str]] = {}
    for row in known:
        if row.get("text", "").strip():
            of_text.setdefault(tables.normalise_text(row["text"]), set()).add(row["comment_id"].strip())
    unnamed: dict[tuple[Path, str], str] = {}
    for each in found:
        if not each.cells.get("comment_id", "").strip():
            unnamed.setdefault((each.path, each.item_key), each.cells.get("text", ""))
    ids = {}
    for place, own in zip(unnamed, tables.fill_comment_ids([""] * len(unnamed), unnamed.values()), strict=True):
        same = of_text.get(tables.normalise_text(unnamed[place]), set())
        ids[place] = next(iter(same)) if len(same) == 1 else own
    return [
        each
        if each.cells.get("comment_id", "").strip()
        else replace(each, cells=each.cells | {"comment_id": ids[each.path, each.item_key]})
        for each in found
    ]


def _copy_sampling_columns(found: Sequence[ImportedRow], known: Iterable[RowCells]) -> list[RowCells]:
    """Let what was said in a tool repeat how its comment was drawn."""
    drawn: dict[tuple[str, str], RowCells] = {}
    for row in [*known, *(each.cells for each in found)]:
        if row.get("sampled", "").strip():
            drawn.setdefault(get_label_key(row)[:2], {name: row[name] for name in _SAMPLING_COLUMNS if name in row})
    return [
        drawn.get(get_label_key(each.cells)[:2], {}) | each.cells
        if each.sheet_row is None and not each.from_table
        else each.cells
        for each in found
    ]


def _write_new_sheet(path: Path, rows: Sequence[RowCells]) -> None:
    columns = dict.fromkeys([*tables.SHEET_COLUMNS, *(name for row in rows for name in row)])
    sheet_file.write_sheet(path, _make_frame(rows, list(columns)))


def _append_rows(sheet: Sheet, data: bytes, rows: Sequence[RowCells]) -> bytes:
    """Return the bytes of a sheet with rows at its end, and with a column for all that they say."""
    needed = dict.fromkeys(["comment_id", "text", "stance", *(name for row in rows for name in row)])
    frame = _make_frame(rows, list(needed))
    held = [name for name in frame.columns if frame[name].ne("").any() or name in ("comment_id", "text", "stance")]
    sheet, data = edits.write_missing_columns(sheet, data, edits.sort_columns(held))
    return edits.append_rows(sheet, data, frame[held])


def _make_frame(rows: Sequence[RowCells], columns: list[str]) -> pd.DataFrame:
    cells = [[row.get(name, "") for name in columns] for row in rows]
    return pd.DataFrame(cells, columns=columns, dtype="str")
