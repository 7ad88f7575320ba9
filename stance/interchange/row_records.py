"""Rows of sheets as other tools see them: items to label, the contents of labels, and the rows that a file returns.

Other tools have no fields for most columns of a sheet. Each exported item therefore carries a record of its rows as
metadata, from which the rows are restored on import.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from stance import tables
from stance.labels.resolution import ADJUDICATED
from stance.labels.sheets import cell_values
from stance.labels.sheets.cell_values import SKIPPED
from stance.labels.sheets.label_keys import get_label_key

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    import pandas as pd

    from stance.labels.codebook import Codebook

RECORD_KEY = "stance_rows"
"""Metadata key of the rows of an exported item."""
VERSIONS_KEY = "stance_codebook"
"""Metadata key of the version of each stance, which becomes the version of labels given in the tool."""

_LABEL_COLUMNS = frozenset(tables.LABEL_COLUMNS)
_LABEL_ONLY_COLUMNS = _LABEL_COLUMNS - {"target"}


@dataclass(frozen=True)
class SheetItem:
    """A comment (and target) to label, with its rows.

    Attributes
    ----------
    cells
        The non-empty cells that belong to the comment and not to a label, taken from any of its rows.
    rows
        The non-empty cells of each row, by row number.
    """

    cells: dict[str, str]
    rows: dict[int, dict[str, str]] = field(default_factory=dict)

    @property
    def text(self) -> str:
        """The text of the comment."""
        return self.cells.get("text", "")

    @property
    def row_records(self) -> list[dict[str, Any]]:
        """A record of each row: its number, and the cells that differ from `cells`, empty ones included."""
        return [self.make_row_record(number) for number in self.rows]

    def make_row_record(self, number: int) -> dict[str, Any]:
        """Return the record of one row."""
        row = self.rows[number]
        names = [*row, *(name for name in self.cells if name not in row)]
        return {
            "row": number,
            "cells": {name: row.get(name, "") for name in names if row.get(name, "") != self.cells.get(name, "")},
        }

    @property
    def current_labels(self) -> dict[int, dict[str, str]]:
        """The last row of each annotator and pass, by row number, if it has a stance or is skipped."""
        last_numbers = {get_label_key(row): number for number, row in self.rows.items()}
        return {
            number: self.rows[number] for number in last_numbers.values() if parse_label(self.rows[number]).is_labelled
        }


@dataclass(frozen=True)
class LabelContent:
    """What an annotator says about a comment."""

    stance: str = ""
    also: tuple[str, ...] = ()
    unsure: bool = False
    skipped: bool = False
    note: str = ""

    @property
    def is_labelled(self) -> bool:
        """Whether the comment has a stance or was skipped."""
        return bool(self.stance or self.skipped)

    def to_cells(self) -> dict[str, str]:
        """Return the content as cells of a sheet."""
        unsure = SKIPPED if self.skipped else "yes" if self.unsure else ""
        return {"stance": self.stance, "also": "; ".join(self.also), "unsure": unsure, "note": self.note}


@dataclass(frozen=True)
class ImportedRow:
    """A row read from a file of another tool.

    Attributes
    ----------
    cells
        The cells by column name; empty ones may be missing.
    path, line_number
        The file, and the line or the object in it.
    sheet_row
        For a row of a sheet that the file returns, its number in that sheet; None for a label given in the tool.
    item_key
        Identifies the comment within the file if it has no `comment_id`.
    from_table
        Whether the file is a table with the columns of a sheet.
    """

    cells: dict[str, str]
    path: Path
    line_number: int
    sheet_row: int | None = None
    item_key: str = ""
    from_table: bool = False


def parse_label(row: Mapping[str, str]) -> LabelContent:
    """Return the content of the label in a row of a sheet."""
    stance = row.get("stance", "").strip()
    unsure = cell_values.normalise_unsure(row.get("unsure", ""))
    also = tuple(part.strip() for part in row.get("also", "").split(";") if part.strip())
    skipped = not stance and unsure == SKIPPED
    return LabelContent(stance, also, bool(unsure) and not skipped, skipped, row.get("note", "").strip())


def is_adjudicated(row: Mapping[str, str]) -> bool:
    """Return whether a row is an adjudication."""
    return get_label_key(row).pass_number == ADJUDICATED


def frame_to_rows(frame: pd.DataFrame) -> list[dict[str, str]]:
    """Return the non-empty cells of each row of a frame of strings."""
    names = list(frame.columns)
    cells = frame.to_numpy(dtype=object).tolist()  # iterating over Arrow columns would take ten times as long
    return [{name: cell for name, cell in zip(names, row, strict=True) if cell} for row in cells]


def fill_ids(frame: pd.DataFrame) -> pd.DataFrame:
    """Return a frame with the columns `comment_id` and `text`, and an id in each row."""
    names = list(dict.fromkeys([*frame.columns, "comment_id", "text"]))
    filled = frame.reindex(columns=names, fill_value="")
    filled["comment_id"] = tables.fill_comment_ids(filled["comment_id"], filled["text"])
    return filled


def add_comment_cells(cells_by_comment: dict[str, dict[str, str]], comment_id: str, row: Mapping[str, str]) -> None:
    """Add the cells of a row that belong to the comment and not to a label, unless the comment already has them."""
    cells = cells_by_comment.setdefault(comment_id, {})
    for name, cell in row.items():
        if name not in _LABEL_COLUMNS and cell.strip():
            cells.setdefault(name, cell)


def group_rows_by_item(frame: pd.DataFrame) -> list[SheetItem]:
    """Group rows by comment and target, in the order of first appearance.

    Parameters
    ----------
    frame
        Rows of sheets with ids, all cells strings; rows are numbered by position, from 1.
    """
    rows = frame_to_rows(frame)
    cells_by_comment: dict[str, dict[str, str]] = {}
    for row in rows:
        add_comment_cells(cells_by_comment, row.get("comment_id", "").strip(), row)
    items: dict[tuple[str, str], SheetItem] = {}
    for number, row in enumerate(rows, start=1):
        comment_id, target = row.get("comment_id", "").strip(), row.get("target", "")
        cells = cells_by_comment[comment_id] | ({"target": target} if target else {})
        items.setdefault((comment_id, target.strip()), SheetItem(cells)).rows[number] = row
    return list(items.values())


def restore_rows(cells: dict[str, str], records: Any) -> dict[int, dict[str, str]]:
    """Return the rows in the metadata of an exported item, by row number.

    Parameters
    ----------
    cells
        The cells of the item itself.
    records
        A row record or a list of them; damaged records are left out.
    """
    rows = {}
    for record in records if isinstance(records, list) else [records]:
        if (
            isinstance(record, dict)
            and isinstance(own_cells := record.get("cells"), dict)
            and str(record.get("row", "")).isdecimal()
        ):
            strings = {str(name): str(value) for name, value in own_cells.items() if isinstance(value, str)}
            rows[int(str(record["row"])[:18])] = {name: cell for name, cell in (cells | strings).items() if cell}
    return rows


def get_stance_versions(codebook: Codebook | None) -> dict[str, str]:
    """Return the version of each stance of a codebook."""
    return {name: codebook.stance_version(name) for name in codebook.stance_names} if codebook else {}


def look_up_version(stance: str, stance_versions: Any) -> str:
    """Return the version of a stance in the metadata of an item, "" if it is missing or damaged."""
    version = stance_versions.get(stance, "") if isinstance(stance_versions, dict) else ""
    return version if isinstance(version, str) else ""


def prefix_label_columns(cells: Mapping[str, str], prefix: str) -> dict[str, str]:
    """Return cells of a tool's item with a prefix to names that are label columns, as they are not labels.

    >>> prefix_label_columns({"text": "Yes.", "note": "page 3"}, "doccano")
    {'text': 'Yes.', 'doccano.note': 'page 3'}
    """
    return {f"{prefix}.{name}" if name in _LABEL_ONLY_COLUMNS else name: cell for name, cell in cells.items()}


def number_passes(imported: Sequence[ImportedRow]) -> Iterator[ImportedRow]:
    """Yield the rows with a pass for labels given in a tool: an annotator's second label of a comment is pass 2."""
    last_pass: dict[tuple[str, ...], int] = {}
    for row in imported:
        pass_number = get_label_key(row.cells).pass_number
        if row.sheet_row is not None and pass_number.isdecimal() and row.cells.get("stance"):
            key = _get_annotator_key(row)
            last_pass[key] = max(last_pass.get(key, 0), int(pass_number[:9]))
    for row in imported:
        if row.sheet_row is not None or row.from_table or row.cells.get("pass") or not row.cells.get("stance"):
            yield row
            continue
        key = _get_annotator_key(row)
        last_pass[key] = last_pass.get(key, 0) + 1
        yield replace(row, cells=row.cells | {"pass": str(last_pass[key])})


def _get_annotator_key(row: ImportedRow) -> tuple[str, ...]:
    """Return the comment, target and annotator of a row."""
    return row.cells.get("comment_id", "") or row.item_key, *get_label_key(row.cells)[1:3]
