"""Write and read Prodigy tasks, as JSON lines that every recipe reads and `prodigy db-out` writes.

The fields are those of https://prodi.gy/docs/api-interfaces (`text`, `meta`, `options`, `accept`, `label`, `answer`),
https://prodi.gy/docs/api-web-app (accept, reject, ignore, flag) and https://prodi.gy/docs/api-database. `_timestamp`
is in seconds since 1970; `_annotator_id` and `_session_id` are `DATASET-NAME` for a named session. Prodigy keeps all
other keys of a task.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from stance import tables
from stance.errors import MissingColumnError
from stance.interchange import row_records
from stance.interchange.row_records import VERSIONS_KEY, ImportedRow, LabelContent, SheetItem
from stance.io.json_objects import JsonNumber, format_json, json_to_cell, parse_json_number
from stance.labels.sheets.timestamps import iso_to_unix_time, unix_to_iso_time

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

    from stance.io.json_objects import JsonRecord
    from stance.labels.codebook import Codebook

COLUMN_PREFIX = "prodigy"
ROW_RECORD_KEY = "stance_row"
"""Key of the row of the sheet that a task was exported from."""

_PRODIGY_KEYS = frozenset(
    {"_input_hash", "_task_hash", "_view_id", "_session_id", "_annotator_id", "answer", ROW_RECORD_KEY}
)
_META_COLUMNS = ("article_title", "author", "date", "target")
_DECISION_KEYS = ("answer", "accept", "flagged", "user_input", "_timestamp", "_annotator_id", "_session_id")


def is_prodigy_task(value: Mapping[str, Any]) -> bool:
    """Return whether an object is a Prodigy task."""
    return not value.keys().isdisjoint(_PRODIGY_KEYS)


def format_prodigy_tasks(items: Sequence[SheetItem], codebook: Codebook) -> Iterator[str]:
    """Yield one line of JSON per row, in the order of the sheet; the task of an unlabelled row has no answer.

    Parameters
    ----------
    items
        The comments to label.
    codebook
        Its stances are the options; its versions become the versions of labels given in Prodigy.
    """
    versions = row_records.get_stance_versions(codebook)
    options = [{"id": name, "text": name} for name in codebook.stance_names]
    numbered_items = sorted((number, item) for item in items for number in item.rows)
    for number, item in numbered_items:
        row = item.rows[number]
        task: dict[str, Any] = {"text": item.text, "meta": _make_meta(item.cells), "options": options}
        task |= {"_view_id": "choice"} | _restore_hashes(row) | _make_decision(row)
        cells = {name: cell for name, cell in row.items() if name != "text"}
        if row.get("text", "") != item.text:
            cells["text"] = row.get("text", "")
        yield format_json(task | {ROW_RECORD_KEY: {"row": number, "cells": cells}, VERSIONS_KEY: versions}) + "\n"


def _make_meta(cells: Mapping[str, str]) -> dict[str, str]:
    """Return what Prodigy shows below the text, and the metadata of an earlier task."""
    shown = {name: cells[name] for name in _META_COLUMNS if name in cells}
    return shown | {name.removeprefix("meta."): cell for name, cell in cells.items() if name.startswith("meta.")}


def _restore_hashes(row: Mapping[str, str]) -> dict[str, Any]:
    """Return the hashes by which Prodigy recognises a text and a question."""
    return {name: parse_json_number(row[name]) for name in ("_input_hash", "_task_hash") if name in row}


def _make_decision(row: Mapping[str, str]) -> dict[str, Any]:
    """Return the label of a row as Prodigy writes it, empty if the row has none."""
    label = row_records.parse_label(row)
    if not label.is_labelled:
        return {}
    annotator, time = row.get("annotator", ""), iso_to_unix_time(row.get("labelled_at", ""))
    decision: dict[str, Any] = {"accept": [label.stance, *label.also] if label.stance else []}
    decision["answer"] = "ignore" if label.skipped else "accept"
    if label.unsure:
        decision["flagged"] = True
    if label.note:
        decision["user_input"] = label.note
    if time is not None:
        decision["_timestamp"] = time
    if annotator:
        decision |= {"_annotator_id": annotator, "_session_id": row.get("_session_id", annotator)}
    return decision


def read_prodigy_tasks(records: Iterable[JsonRecord], path: Path, text_key: str) -> Iterator[ImportedRow]:
    """Yield the rows carried by tasks, and the labels given in Prodigy.

    Parameters
    ----------
    records
        The objects of a file.
    path
        The file, for messages.
    text_key
        The key of the text.

    Raises
    ------
    MissingColumnError
        A task has no text.
    """
    for record in records:
        task = record.value
        if text_key not in task:
            raise MissingColumnError(text_key, task, path, "name the key of the text with --text-column")
        exported = _restore_exported_row(task, text_key)
        if exported:
            number, row = exported
            yield ImportedRow(row, path, record.row, number)
            if _is_unchanged(_make_decision(row), task):
                continue
            item_cells = {
                name: cell for name, cell in row.items() if name not in tables.LABEL_COLUMNS or name == "target"
            }
        else:
            item_cells = _read_item_cells(task, text_key)
        label, extra_cells = _parse_decision(task)
        cells = item_cells | extra_cells
        if label.is_labelled or extra_cells:
            cells |= label.to_cells() | {
                "annotator": json_to_cell(task.get("_annotator_id")) or json_to_cell(task.get("_session_id")),
                "labelled_at": unix_to_iso_time(json_to_cell(task.get("_timestamp"))),
                "codebook": row_records.look_up_version(label.stance, task.get(VERSIONS_KEY)),
            }
        cells = {name: cell for name, cell in cells.items() if cell}
        yield ImportedRow(cells, path, record.row, item_key=f"text {item_cells.get('text', '')}")


def _restore_exported_row(task: Mapping[str, Any], text_key: str) -> tuple[int, dict[str, str]] | None:
    """Return the number and the cells of the row that a task was exported from, None if it is not from a sheet."""
    rows = row_records.restore_rows({"text": json_to_cell(task[text_key])}, task.get(ROW_RECORD_KEY, []))
    return next(iter(rows.items()), None)


def _is_unchanged(exported: Mapping[str, Any], task: Mapping[str, Any]) -> bool:
    """Return whether the decision in a task is still the exported one.

    `prodigy db-in` sets the answer of tasks without one to "accept"; without a choice this is not a decision.
    """
    decision = _normalise_decision({key: task.get(key) for key in _DECISION_KEYS})
    if decision.get("answer") == "accept" and "accept" not in decision:
        decision = {}
    return decision == _normalise_decision(exported)


def _normalise_decision(decision: Mapping[str, Any]) -> dict[str, str | list[str]]:
    """Return the non-empty values of a decision as strings."""
    return {
        key: [*map(json_to_cell, value)] if isinstance(value, list) else json_to_cell(value)
        for key, value in decision.items()
        if value
    }


def _read_item_cells(task: Mapping[str, Any], text_key: str) -> dict[str, str]:
    """Return the cells of a task that was not exported from a sheet; other keys keep their names."""
    meta = task["meta"] if isinstance(task.get("meta"), dict) else {}
    known_keys = {*_DECISION_KEYS, "options", "meta", "label", ROW_RECORD_KEY, VERSIONS_KEY, text_key}
    cells = {name: json_to_cell(value) for name, value in task.items() if name not in known_keys}
    if task.get("_annotator_id") and task.get("_session_id") != task["_annotator_id"]:
        cells["_session_id"] = json_to_cell(task.get("_session_id"))
    cells |= {f"meta.{name}": json_to_cell(value) for name, value in meta.items()}
    return row_records.prefix_label_columns(cells, COLUMN_PREFIX) | {"text": json_to_cell(task[text_key])}


def _parse_decision(task: Mapping[str, Any]) -> tuple[LabelContent, dict[str, str]]:
    """Return the label of a task, and a rejected label as cells: it says which stance the text does not have."""
    answer = json_to_cell(task.get("answer"))
    choices = _read_choices(task)
    note = json_to_cell(task.get("user_input")).strip()
    if answer == "reject":
        rejected = {f"{COLUMN_PREFIX}_answer": answer}
        if choices:
            rejected[f"{COLUMN_PREFIX}_label"] = "; ".join(choices)
        return LabelContent(note=note), rejected
    if answer == "ignore" or (not choices and note):
        return LabelContent(skipped=answer == "ignore", note=note), {}
    if not choices or (not answer and "accept" not in task):
        return LabelContent(), {}
    return LabelContent(choices[0], tuple(choices[1:]), bool(task.get("flagged")), note=note), {}


def _read_choices(task: Mapping[str, Any]) -> list[str]:
    """Return the stances chosen in a task: the accepted options, or the label of a binary question."""
    if "accept" not in task and task.get("label"):
        choices = [json_to_cell(task["label"])]
    else:
        options, accepted = task.get("options"), task.get("accept")
        names = {
            json_to_cell(option.get("id")): json_to_cell(option.get("text"))
            for option in (options if isinstance(options, list) else [])
            if isinstance(option, dict) and isinstance(option.get("id"), JsonNumber)
        }
        option_ids = map(json_to_cell, accepted if isinstance(accepted, list) else [])
        choices = [names.get(option_id, option_id) for option_id in option_ids]
    return [choice.strip() for choice in choices if choice.strip()]
