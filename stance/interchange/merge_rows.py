"""Merge imported rows into a sheet: new ones are appended, none twice, and none over a later label."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import pandas as pd

from stance import tables
from stance.interchange import row_records
from stance.interchange.row_records import ImportedRow, LabelContent, parse_label
from stance.interchange.text_repair import has_only_allowed_characters, repair_text
from stance.labels.sheets import edits, sheet_file
from stance.labels.sheets.label_keys import LabelKey, get_label_key
from stance.labels.sheets.timestamps import parse_timestamp
from stance.labels.sheets.updates import update_sheet
from stance.labels.sheets.writer import merge_journal

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from stance.labels.sheets.sheet_file import Sheet

_SAMPLING_COLUMNS = ("sampled", "seed", "probability")
_KEPT_COLUMNS = ("comment_id", "text", "stance")

RowCells = dict[str, str]


@dataclass(frozen=True)
class MergeResult:
    """The result of a merge.

    Attributes
    ----------
    n_comments, n_labels
        Number of new comments and of new labels.
    n_known_rows
        Number of rows that the sheet already had.
    warnings
        Rows that were left out, and other problems.
    """

    n_comments: int
    n_labels: int
    n_known_rows: int
    warnings: tuple[str, ...] = ()


def merge_into_sheet(path: Path, imported: Sequence[ImportedRow]) -> MergeResult:
    """Append imported rows to a sheet, or write a new sheet if there is none.

    Existing rows are not changed. A row that was exported from a sheet is added if this sheet has no label of its key
    (comment, target, annotator and pass). A label given in a tool is added unless the last label of its key in the
    sheet is equal or later.

    Parameters
    ----------
    path
        The sheet.
    imported
        The rows, as `read_tool_files` returns them.

    Returns
    -------
    MergeResult
    """
    if not path.exists() or not path.read_bytes().strip():
        rows = _copy_sampling_columns(list(row_records.number_passes(_assign_comment_ids(imported, []))), [])
        _write_new_sheet(path, rows)
        return MergeResult(len({row["comment_id"] for row in rows}), sum(bool(row.get("stance")) for row in rows), 0)
    journal_messages = merge_journal(path)
    result = MergeResult(0, 0, 0)

    def add_rows(sheet: Sheet, data: bytes) -> bytes:
        nonlocal result
        rows, result = _find_new_rows(sheet, imported)
        return _append_rows(sheet, data, rows) if rows else data

    update_sheet(path, add_rows)
    return replace(result, warnings=journal_messages + result.warnings)


def _find_new_rows(sheet: Sheet, imported: Sequence[ImportedRow]) -> tuple[list[RowCells], MergeResult]:
    """Return the rows that are new to a sheet, and the result of adding them."""
    sheet_rows = row_records.frame_to_rows(row_records.fill_ids(sheet.frame))
    numbered = list(row_records.number_passes(_assign_comment_ids(imported, sheet_rows)))
    row_filter = _NewRowFilter(sheet_rows)
    new = [row for row in numbered if row_filter.is_new(row)]
    rows = [row_filter.fill_from_sheet(cells) for cells in _copy_sampling_columns(new, sheet_rows)]
    n_comments = len({row["comment_id"] for row in rows} - row_filter.known_comments.keys())
    n_labels = sum(bool(row.get("stance", "").strip()) for row in rows)
    warnings = sheet.encoding_warnings + row_filter.warnings
    return rows, MergeResult(n_comments, n_labels, len(numbered) - len(rows), warnings)


class _NewRowFilter:
    """Decides which rows are new to a sheet, and counts those left out.

    Parameters
    ----------
    sheet_rows
        The non-empty cells of the rows of the sheet.
    """

    def __init__(self, sheet_rows: Sequence[RowCells]) -> None:
        self.known_comments: dict[str, RowCells] = {}
        self._rows_by_key: dict[LabelKey, list[RowCells]] = {}
        self._item_keys = set()
        self._started_keys: set[LabelKey] = set()
        for row in sheet_rows:
            # Imported rows have been repaired, so compare them with repaired rows of the sheet.
            is_repaired = has_only_allowed_characters(row.values())
            repaired = row if is_repaired else {name: repair_text(cell) for name, cell in row.items()}
            key = get_label_key(repaired)
            self._rows_by_key.setdefault(key, []).append(repaired)
            self._item_keys.add(key[:2])
            row_records.add_comment_cells(self.known_comments, key[0], row)
        self._n_older = 0
        self._n_emptied = 0
        self._changed_texts: dict[str, None] = {}

    @property
    def warnings(self) -> tuple[str, ...]:
        """The numbers of rows that were left out or that differ from the sheet."""
        counts = (
            ("labels older than the sheet's label of the same annotator and pass, left out", self._n_older),
            ("labels without a stance in the file, their labels in the sheet are kept", self._n_emptied),
            ("comments with a different text in the file, the sheet's text is kept", len(self._changed_texts)),
        )
        return tuple(f"{description}: {count}" for description, count in counts if count)

    def is_new(self, row: ImportedRow) -> bool:
        """Return whether a row is to be added to the sheet."""
        cells, key, label = row.cells, get_label_key(row.cells), parse_label(row.cells)
        rows_of_key = self._rows_by_key.get(key, [])
        self._note_changed_text(cells)
        if not rows_of_key:
            return label != LabelContent() or bool(key.annotator) or key[:2] not in self._item_keys
        if all(parse_label(sheet_row) == LabelContent() for sheet_row in rows_of_key):
            # The sheet has no label yet, so that all labels of the file are new, whatever their times.
            if label != LabelContent():
                self._started_keys.add(key)
            return key in self._started_keys
        if row.sheet_row is not None or label == parse_label(rows_of_key[-1]):
            return False
        if any(label == parse_label(sheet_row) and _is_same_time(cells, sheet_row) for sheet_row in rows_of_key):
            return False
        if not label.stance:
            has_stance = any(parse_label(sheet_row).stance for sheet_row in rows_of_key)
            self._n_emptied += has_stance and bool(key.annotator)
            return not has_stance
        return not self._is_outdated(cells, rows_of_key, is_hand_edited=row.from_table)

    def _is_outdated(self, cells: RowCells, rows_of_key: list[RowCells], *, is_hand_edited: bool) -> bool:
        """Return whether the sheet has a later label than the one in some cells."""
        time = parse_timestamp(cells.get("labelled_at", ""))
        sheet_times = [sheet_time for row in rows_of_key if (sheet_time := parse_timestamp(row.get("labelled_at", "")))]
        if time is None or not sheet_times or time > max(sheet_times):
            return False
        # Of two different labels with equal times, one was corrected by hand: a tool would have changed the time. The
        # correction is in the file if that is a table, else in the sheet.
        is_correction = time == max(sheet_times) and is_hand_edited
        self._n_older += not is_correction
        return not is_correction

    def _note_changed_text(self, cells: RowCells) -> None:
        sheet_text = self.known_comments.get(cells.get("comment_id", ""), {}).get("text", "")
        text = cells.get("text", "")
        if not sheet_text or not text.strip() or text == sheet_text:
            return
        if tables.normalise_text(repair_text(sheet_text)) != tables.normalise_text(text):
            self._changed_texts[cells["comment_id"]] = None

    def fill_from_sheet(self, cells: RowCells) -> RowCells:
        """Return cells with those of the comment taken from the sheet, so that a comment has one text there."""
        return cells | self.known_comments.get(cells["comment_id"], {})


def _is_same_time(first: RowCells, second: RowCells) -> bool:
    first_time, second_time = first.get("labelled_at", "").strip(), second.get("labelled_at", "").strip()
    if first_time == second_time:
        return True
    return (parse_timestamp(first_time) or first_time) == (parse_timestamp(second_time) or second_time)


def _assign_comment_ids(imported: Sequence[ImportedRow], sheet_rows: Iterable[RowCells]) -> list[ImportedRow]:
    """Return the rows with a comment id each.

    A row without one gets the id of the only comment in the sheet with its text, else a new one.
    """
    ids_by_text: dict[str, set[str]] = {}
    for row in sheet_rows:
        if row.get("text", "").strip():
            ids_by_text.setdefault(tables.normalise_text(row["text"]), set()).add(row["comment_id"].strip())
    texts_without_id: dict[tuple[Path, str], str] = {}
    for imported_row in imported:
        if not imported_row.cells.get("comment_id", "").strip():
            item = imported_row.path, imported_row.item_key
            texts_without_id.setdefault(item, imported_row.cells.get("text", ""))
    new_ids = tables.fill_comment_ids([""] * len(texts_without_id), texts_without_id.values())
    comment_ids = {}
    for (item, text), new_id in zip(texts_without_id.items(), new_ids, strict=True):
        known_ids = ids_by_text.get(tables.normalise_text(text), set())
        comment_ids[item] = next(iter(known_ids)) if len(known_ids) == 1 else new_id
    return [
        row
        if row.cells.get("comment_id", "").strip()
        else replace(row, cells=row.cells | {"comment_id": comment_ids[row.path, row.item_key]})
        for row in imported
    ]


def _copy_sampling_columns(imported: Sequence[ImportedRow], sheet_rows: Iterable[RowCells]) -> list[RowCells]:
    """Return the cells of the rows; labels given in a tool get the sampling columns of their comment."""
    sampling_cells: dict[tuple[str, str], RowCells] = {}
    for cells in [*sheet_rows, *(row.cells for row in imported)]:
        if cells.get("sampled", "").strip():
            own_cells = {name: cells[name] for name in _SAMPLING_COLUMNS if name in cells}
            sampling_cells.setdefault(get_label_key(cells)[:2], own_cells)
    return [
        sampling_cells.get(get_label_key(row.cells)[:2], {}) | row.cells
        if row.sheet_row is None and not row.from_table
        else row.cells
        for row in imported
    ]


def _write_new_sheet(path: Path, rows: Sequence[RowCells]) -> None:
    columns = dict.fromkeys([*tables.SHEET_COLUMNS, *(name for row in rows for name in row)])
    sheet_file.write_sheet(path, _make_frame(rows, list(columns)))


def _append_rows(sheet: Sheet, data: bytes, rows: Sequence[RowCells]) -> bytes:
    """Return the bytes of a sheet with rows at its end, and with a column for each of their non-empty cells."""
    frame = _make_frame(rows, list(dict.fromkeys([*_KEPT_COLUMNS, *(name for row in rows for name in row)])))
    columns = [name for name in frame.columns if name in _KEPT_COLUMNS or frame[name].ne("").any()]
    sheet, data = edits.write_missing_columns(sheet, data, edits.sort_columns(columns))
    return edits.append_rows(sheet, data, frame[columns])


def _make_frame(rows: Sequence[RowCells], columns: list[str]) -> pd.DataFrame:
    cells = [[row.get(name, "") for name in columns] for row in rows]
    return pd.DataFrame(cells, columns=columns, dtype="str")
