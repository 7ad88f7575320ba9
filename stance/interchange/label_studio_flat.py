"""Read the JSON-MIN and CSV exports of Label Studio: one row per annotation, with its choices beside the task's data.

The columns that these exports add are those of `label_studio_sdk/converter/converter.py` and `exports/csv2.py`.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from stance.errors import MissingColumnError
from stance.interchange import row_records
from stance.interchange.label_studio_results import (
    COLUMN_PREFIX,
    CONTROL_NAMES,
    get_annotator_name,
    label_from_choices,
    parse_choices,
    prefix_extra_cells,
)
from stance.interchange.row_records import ImportedRow
from stance.io.json_objects import json_to_cell
from stance.labels.sheets.timestamps import normalise_timestamp

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

FLAT_EXPORT_COLUMNS = frozenset({"annotator", "annotation_id", "created_at", "updated_at", "lead_time"})


def is_flat_export(names: Iterable[str]) -> bool:
    """Return whether columns or keys are those of a JSON-MIN or CSV export."""
    return set(names) >= FLAT_EXPORT_COLUMNS


def read_flat_export(
    rows: Sequence[tuple[int, Mapping[str, Any]]], path: Path, text_column: str, stance_column: str
) -> Iterator[ImportedRow]:
    """Yield the annotations of a JSON-MIN or CSV export.

    Parameters
    ----------
    rows
        The rows with their row numbers.
    path
        The file, for messages.
    text_column, stance_column
        The columns with the text and the stance.

    Raises
    ------
    MissingColumnError
        The text or stance column is missing.
    """
    if not any(stance_column in row for _, row in rows):  # JSON-MIN leaves out unanswered questions
        columns = dict.fromkeys(name for _, row in rows for name in row)
        raise MissingColumnError(stance_column, columns, path, "name the stance column with --stance-column")
    for row_number, row in rows:
        if text_column not in row:
            raise MissingColumnError(text_column, row, path, "name the text column with --text-column")
        choices = {name: _parse_flat_choices(row[name]) for name in (stance_column, *CONTROL_NAMES) if name in row}
        label = label_from_choices(choices, stance_column, skipped=False)
        data = {
            "text" if name == text_column else name: json_to_cell(value)
            for name, value in row.items()
            if name not in FLAT_EXPORT_COLUMNS and name not in choices and name != "id"
        }
        cells = row_records.prefix_label_columns(data, COLUMN_PREFIX)
        cells |= prefix_extra_cells(row, {name: name for name in ("id", "annotation_id", "lead_time")})
        if label.stance:
            cells |= label.to_cells() | {
                "annotator": get_annotator_name(row.get("annotator"), {}),
                "labelled_at": normalise_timestamp(json_to_cell(row.get("updated_at") or row.get("created_at"))),
            }
        item_key = f"task {json_to_cell(row.get('id')) or row_number}"
        yield ImportedRow(cells, path, row_number, item_key=item_key)


def _parse_flat_choices(value: Any) -> list[str]:
    """Return the choices in a cell: a string, or JSON."""
    if isinstance(value, str) and value[:1] in ("{", "["):
        try:
            value = json.loads(value)
        except (ValueError, RecursionError):
            return [value]
    if isinstance(value, list):
        return [choice for part in value for choice in parse_choices(part) or []]
    return parse_choices(value) or []
