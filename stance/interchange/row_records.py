"""Rows of a sheet as what other tools have places for, and as a record of the rest that they carry along."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from stance import tables
from stance.labels.resolution import ADJUDICATED
from stance.labels.sheets import cell_values
from stance.labels.sheets.cell_values import SKIPPED

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    import pandas as pd

    from stance.labels.codebook import Codebook

RECORD_KEY = "stance_rows"
"""Under this name a comment carries the rows of the sheet that it came from."""
VERSIONS_KEY = "stance_codebook"
"""Under this name a comment carries the version of each stance, by which it is labelled in the tool."""

_LABEL_ONLY_COLUMNS = frozenset(tables.LABEL_COLUMNS) - {"target"}


@dataclass(frozen=True)
class SheetItem:
    """A comment (toward one target) with its rows.

    Attributes
    ----------
    cells
        What is known of it, whichever row says so, without what belongs to a label; empty cells are left out.
    rows
        All cells that are not empty of each of its rows, by the number of the row.
    """

    cells: dict[str, str]
    rows: dict[int, dict[str, str]] = field(default_factory=dict)

    @property
    def text(self) -> str:
        """Its text."""
        return self.cells.get("text", "")

    @property
    def row_records(self) -> list[dict[str, Any]]:
        """Its rows: where a cell is not what is known of the comment, an empty one too."""
        return [self.make_row_record(number) for number in self.rows]

    def make_row_record(self, number: int) -> dict[str, Any]:
        """Record one of its rows."""
        row = self.rows[number]
        names = [*row, *(name for name in self.cells if name not in row)]
        return {
            "row": number,
            "cells": {name: row.get(name, "") for name in names if row.get(name, "") != self.cells.get(name, "")},
        }

    @property
    def current_labels(self) -> dict[int, dict[str, str]]:
        """The rows that are the last word of their annotator and pass, and say something: a stance, or skipped."""
        last = {get_label_key(row): number for number, row in self.rows.items()}
        return {number: self.rows[number] for number in last.values() if parse_label(self.rows[number]).is_labelled}


@dataclass(frozen=True)
class LabelContent:
    """What a person says of a comment, in a row or in a tool."""

    stance: str = ""
    also: tuple[str, ...] = ()
    unsure: bool = False
    skipped: bool = False
    note: str = ""

    @property
    def is_labelled(self) -> bool:
        """Whether there is more than a comment to do."""
        return bool(self.stance or self.skipped)

    def to_cells(self) -> dict[str, str]:
        """Give it as cells of a row."""
        unsure = SKIPPED if self.skipped else "yes" if self.unsure else ""
        return {"stance": self.stance, "also": "; ".join(self.also), "unsure": unsure, "note": self.note}


@dataclass(frozen=True)
class ImportedRow:
    """A row that a file holds.

    Attributes
    ----------
    cells
        Its cells; empty ones may be left out.
    path, line_number
        The file, and the line or object.
    sheet_row
        The number of the row that the file only carried along, as it stood in the sheet; None of what was said in the
        tool.
    item_key
        What tells the comment from the others of the file where it has no id of ours.
    from_table
        Whether the file is a table with the columns of a sheet, written by whomever.
    """

    cells: dict[str, str]
    path: Path
    line_number: int
    sheet_row: int | None = None
    item_key: str = ""
    from_table: bool = False


def parse_label(row: Mapping[str, str]) -> LabelContent:
    """Read what a row of a sheet says."""
    stance = row.get("stance", "").strip()
    unsure = cell_values.normalise_unsure(row.get("unsure", ""))
    also = tuple(part.strip() for part in row.get("also", "").split(";") if part.strip())
    skipped = not stance and unsure == SKIPPED
    return LabelContent(stance, also, bool(unsure) and not skipped, skipped, row.get("note", "").strip())


def get_label_key(row: Mapping[str, str]) -> tuple[str, str, str, str]:
    """Give the key of a label: comment, target, annotator and pass."""
    told = row.get("pass", "")
    number = told if told in ("1", ADJUDICATED) else cell_values.normalise_whole_number(told).lower() or "1"
    return row.get("comment_id", "").strip(), row.get("target", "").strip(), row.get("annotator", "").strip(), number


def is_adjudicated(row: Mapping[str, str]) -> bool:
    """Tell whether a row is an adjudication."""
    return get_label_key(row)[-1] == ADJUDICATED


def frame_to_rows(frame: pd.DataFrame) -> list[dict[str, str]]:
    """Give the rows of a frame of strings as cells by their names, the empty ones left out."""
    names = list(frame.columns)
    # As objects at once: to iterate over an Arrow column takes ten times as long.
    cells = frame.to_numpy(dtype=object).tolist()
    return [{name: cell for name, cell in zip(names, row, strict=True) if cell} for row in cells]


def group_rows_by_item(frame: pd.DataFrame) -> list[SheetItem]:
    """Bring together the rows of each comment (toward each target), in the order of first mention.

    Parameters
    ----------
    frame
        Rows of sheets, all cells strings, with ids; the number of a row is its place, from 1 on.
    """
    of_comment = [name for name in frame.columns if name not in _LABEL_ONLY_COLUMNS and name != "target"]
    rows = frame_to_rows(frame)
    known: dict[str, dict[str, str]] = {}
    for row in rows:
        told = known.setdefault(row.get("comment_id", "").strip(), {})
        for name in of_comment:
            if name not in told and row.get(name, "").strip():
                told[name] = row[name]
    comments: dict[tuple[str, str], SheetItem] = {}
    for number, row in enumerate(rows, start=1):
        own, target = row.get("comment_id", "").strip(), row.get("target", "")
        cells = known[own] | ({"target": target} if target else {})
        comments.setdefault((own, target.strip()), SheetItem(cells)).rows[number] = row
    return list(comments.values())


def restore_rows(cells: dict[str, str], record: Any) -> dict[int, dict[str, str]]:
    """Give the rows that a comment carried along, by their numbers; a damaged record holds none."""
    rows = {}
    for each in record if isinstance(record, list) else [record]:
        if (
            isinstance(each, dict)
            and isinstance(own := each.get("cells"), dict)
            and str(each.get("row", "")).isdecimal()
        ):
            strings = {str(name): str(value) for name, value in own.items() if isinstance(value, str)}
            rows[int(str(each["row"])[:18])] = {name: cell for name, cell in (cells | strings).items() if cell}
    return rows


def get_stance_versions(codebook: Codebook | None) -> dict[str, str]:
    """Give the version of each stance."""
    return {name: codebook.stance_version(name) for name in codebook.stance_names} if codebook else {}


def look_up_version(stance: str, stance_versions: Any) -> str:
    """Look up by which version of a stance a label was given."""
    version = stance_versions.get(stance, "") if isinstance(stance_versions, dict) else ""
    return version if isinstance(version, str) else ""


def prefix_label_columns(cells: Mapping[str, str], prefix: str) -> dict[str, str]:
    """Keep what a tool knows of a comment from being taken for a label: such names begin with the tool's."""
    return {f"{prefix}.{name}" if name in _LABEL_ONLY_COLUMNS else name: cell for name, cell in cells.items()}


def number_passes(imported: Sequence[ImportedRow]) -> Iterator[ImportedRow]:
    """Count the passes of what was said in a tool: the second label that a person gives a comment is the second."""
    highest: dict[tuple[str, ...], int] = {}
    for each in imported:
        if (
            each.sheet_row is not None
            and (number := get_label_key(each.cells)[-1]).isdecimal()
            and each.cells.get("stance")
        ):
            whose = _annotator_key(each)
            highest[whose] = max(highest.get(whose, 0), int(number[:9]))
    for each in imported:
        if each.sheet_row is not None or each.from_table or each.cells.get("pass") or not each.cells.get("stance"):
            yield each
            continue
        whose = _annotator_key(each)
        highest[whose] = highest.get(whose, 0) + 1
        yield replace(each, cells=each.cells | {"pass": str(highest[whose])})


def _annotator_key(found: ImportedRow) -> tuple[str, ...]:
    return found.cells.get("comment_id", "") or found.item_key, *get_label_key(found.cells)[1:3]
