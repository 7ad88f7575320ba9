"""Rows from other people's files into a sheet: appended, none twice, and none over a later word."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import pandas as pd

from stance import tables
from stance.interchange import row_records
from stance.interchange.row_records import Found, Said, key_of, said_in
from stance.interchange.text_repair import is_sound, repaired
from stance.interchange.timestamps import moment
from stance.labels.sheets import edits, sheet_file
from stance.labels.sheets.updates import update_sheet
from stance.labels.sheets.writer import merge_journal

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from stance.labels.sheets.sheet_file import Sheet

_DRAWN = ("sampled", "seed", "probability")
_OF_A_LABEL = frozenset(tables.LABEL_COLUMNS) - {"target"}

Row = dict[str, str]
Key = tuple[str, str, str, str]


@dataclass(frozen=True)
class Merged:
    """What came into a sheet: new comments, new labels, rows that stood there already, and what to tell the user."""

    comments: int
    labels: int
    known: int
    warnings: tuple[str, ...] = ()


def merge(path: Path, found: Sequence[Found]) -> Merged:
    """Bring rows into a sheet, a new one if there is none.

    Of a sheet with labels nothing is changed: rows are added at its end. A row that a file only carried along comes in
    where the sheet has no label of its key. What was said in a tool comes in unless the sheet's last word on that key
    says the same, or is later.

    Returns
    -------
    Merged
    """
    if not path.exists() or not path.read_bytes().strip():
        rows = _as_drawn(list(row_records.passes(_named(found, []))), [])
        _write_new(path, rows)
        return Merged(len({row["comment_id"] for row in rows}), sum(bool(row.get("stance")) for row in rows), 0)
    messages = merge_journal(path)
    merged = Merged(0, 0, 0)

    def change(sheet: Sheet, data: bytes) -> bytes:
        nonlocal merged
        rows, merged = _new_rows(sheet, found)
        return _with_rows(sheet, data, rows) if rows else data

    update_sheet(path, change)
    return replace(merged, warnings=messages + merged.warnings)


def _new_rows(sheet: Sheet, found: Sequence[Found]) -> tuple[list[Row], Merged]:
    """Return the rows that are new to a sheet, and what comes into it by them."""
    known = _rows_of(sheet)
    named = list(row_records.passes(_named(found, known)))
    news = _News(known)
    rows = [news.completed(row) for row in _as_drawn([each for each in named if news.is_new(each)], known)]
    comments = {row["comment_id"] for row in rows} - news.comments.keys()
    labels = sum(bool(row.get("stance", "").strip()) for row in rows)
    return rows, Merged(len(comments), labels, len(named) - len(rows), sheet.warnings + news.warnings)


class _News:
    """Tells which rows are new to a sheet.

    Parameters
    ----------
    rows
        The rows of the sheet, which may begin as empty cells left out.
    """

    def __init__(self, rows: Sequence[Row]) -> None:
        self.comments: dict[str, Row] = {}
        self._of_key: dict[Key, list[Row]] = {}
        self._items = set()
        self._begun: set[Key] = set()
        for row in rows:
            # What comes back from a file has been repaired.
            sound = row if is_sound(row.values()) else {name: repaired(cell) for name, cell in row.items()}
            key = key_of(sound)
            self._of_key.setdefault(key, []).append(sound)
            self._items.add(key[:2])
            told = self.comments.setdefault(sound.get("comment_id", "").strip(), {})
            for name, cell in row.items():
                if name not in _OF_A_LABEL and name != "target" and cell.strip():
                    told.setdefault(name, cell)
        self._older = 0
        self._emptied = 0
        self._retold: dict[str, None] = {}

    @property
    def warnings(self) -> tuple[str, ...]:
        """What was left out, or told otherwise by the file."""
        counts = (
            (self._older, "labels are older than what the sheet holds of the same annotator and pass: left out"),
            (self._emptied, "labels have no stance in the file any more: the sheet keeps those it has"),
            (len(self._retold), "comments have another text in the file: the sheet keeps its own"),
        )
        return tuple(f"{count} {what}" for count, what in counts if count)

    def is_new(self, found: Found) -> bool:
        """Tell whether a row is to be added."""
        row, key, said = found.cells, key_of(found.cells), said_in(found.cells)
        rows = self._of_key.get(key, [])
        self._compare_texts(row)
        if not rows:
            return said != Said() or bool(key[2]) or key[:2] not in self._items
        if all(said_in(each) == Said() for each in rows):  # to do, so that no word of the file can be an earlier one
            if said != Said():
                self._begun.add(key)
            return key in self._begun
        if found.row is not None or said == said_in(rows[-1]):
            return False
        if any(said == said_in(each) and _same_time(row, each) for each in rows):
            return False
        if not said.stance:
            held = any(said_in(each).stance for each in rows)
            self._emptied += held and bool(key[2])
            return not held
        return not self._is_late(row, rows, by_hand=found.of_sheet)

    def _is_late(self, row: Row, rows: list[Row], *, by_hand: bool) -> bool:
        """Tell a label that the sheet has a later word than."""
        given = moment(row.get("labelled_at", ""))
        times = [time for each in rows if (time := moment(each.get("labelled_at", "")))]
        if given is None or not times or given > max(times):
            return False
        # The same label, mended in one of the two places: a tool sets the time, so that it was not there; whoever mends
        # a table by hand leaves the time as it is.
        mended = given == max(times) and by_hand
        self._older += not mended
        return not mended

    def _compare_texts(self, row: Row) -> None:
        own = self.comments.get(row.get("comment_id", ""), {}).get("text", "")
        text = row.get("text", "")
        if own and text != own and text.strip() and tables.normalised(repaired(own)) != tables.normalised(text):
            self._retold[row["comment_id"]] = None

    def completed(self, row: Row) -> Row:
        """Take what is known of a comment from the sheet, so that it has one text there."""
        return row | self.comments.get(row["comment_id"], {})


def _same_time(one: Row, other: Row) -> bool:
    first, second = one.get("labelled_at", "").strip(), other.get("labelled_at", "").strip()
    return first == second or (moment(first) or first) == (moment(second) or second)


def _rows_of(sheet: Sheet) -> list[Row]:
    """Give the rows of a sheet with the ids that its comments are known by."""
    frame = sheet.frame.reindex(
        columns=list(dict.fromkeys([*sheet.frame.columns, "comment_id", "text"])), fill_value=""
    )
    frame["comment_id"] = tables.own_ids(frame["comment_id"], frame["text"])
    return row_records.rows_of(frame)


def _named(found: Sequence[Found], known: Iterable[Row]) -> list[Found]:
    """Give each row the id of its comment: its own, else that of the one comment with its text, else a new one."""
    of_text: dict[str, set[str]] = {}
    for row in known:
        if row.get("text", "").strip():
            of_text.setdefault(tables.normalised(row["text"]), set()).add(row["comment_id"].strip())
    unnamed: dict[tuple[Path, str], str] = {}
    for each in found:
        if not each.cells.get("comment_id", "").strip():
            unnamed.setdefault((each.path, each.comment), each.cells.get("text", ""))
    ids = {}
    for place, own in zip(unnamed, tables.own_ids([""] * len(unnamed), unnamed.values()), strict=True):
        same = of_text.get(tables.normalised(unnamed[place]), set())
        ids[place] = next(iter(same)) if len(same) == 1 else own
    return [
        each
        if each.cells.get("comment_id", "").strip()
        else replace(each, cells=each.cells | {"comment_id": ids[each.path, each.comment]})
        for each in found
    ]


def _as_drawn(found: Sequence[Found], known: Iterable[Row]) -> list[Row]:
    """Let what was said in a tool repeat how its comment was drawn."""
    drawn: dict[tuple[str, str], Row] = {}
    for row in [*known, *(each.cells for each in found)]:
        if row.get("sampled", "").strip():
            drawn.setdefault(key_of(row)[:2], {name: row[name] for name in _DRAWN if name in row})
    return [
        drawn.get(key_of(each.cells)[:2], {}) | each.cells if each.row is None and not each.of_sheet else each.cells
        for each in found
    ]


def _write_new(path: Path, rows: Sequence[Row]) -> None:
    columns = dict.fromkeys([*tables.SHEET_COLUMNS, *(name for row in rows for name in row)])
    sheet_file.write_sheet(path, _frame(rows, list(columns)))


def _with_rows(sheet: Sheet, data: bytes, rows: Sequence[Row]) -> bytes:
    """Return the bytes of a sheet with rows at its end, and with a column for all that they say."""
    needed = dict.fromkeys(["comment_id", "text", "stance", *(name for row in rows for name in row)])
    frame = _frame(rows, list(needed))
    held = [name for name in frame.columns if frame[name].ne("").any() or name in ("comment_id", "text", "stance")]
    sheet, data = edits.with_columns(sheet, data, edits.columns_in_order(held))
    return edits.with_rows(sheet, data, frame[held])


def _frame(rows: Sequence[Row], columns: list[str]) -> pd.DataFrame:
    cells = [[row.get(name, "") for name in columns] for row in rows]
    return pd.DataFrame(cells, columns=columns, dtype="str")
