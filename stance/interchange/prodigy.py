"""Prodigy: a line a decision, as `prodigy db-out` writes it and every recipe reads it.

The fields are those of https://prodi.gy/docs/api-interfaces (`text`, `meta`, `options`, `accept`, `label`, `answer`),
https://prodi.gy/docs/api-web-app (accept, reject, ignore, flag) and https://prodi.gy/docs/api-database; `_timestamp`
counts seconds since 1970, `_annotator_id` and `_session_id` are `DATASET-NAME` where a session has a name. Prodigy
keeps whatever else a task holds.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from stance import tables
from stance.errors import MissingColumnError
from stance.interchange import row_records
from stance.interchange.row_records import VERSIONS_KEY, ImportedRow, LabelContent, SheetItem
from stance.interchange.timestamps import iso_to_unix_time, unix_to_iso_time
from stance.io.json_objects import JsonNumber, format_json, json_to_cell, parse_json_number

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

    from stance.io.json_objects import JsonRecord
    from stance.labels.codebook import Codebook

COLUMN_PREFIX = "prodigy"
ROW_RECORD_KEY = "stance_row"
"""Under this name a line carries the row of the sheet that it came from."""

_PRODIGY_KEYS = frozenset(
    {"_input_hash", "_task_hash", "_view_id", "_session_id", "_annotator_id", "answer", ROW_RECORD_KEY}
)
_META_COLUMNS = ("article_title", "author", "date", "target")
_DECISION_KEYS = ("answer", "accept", "flagged", "user_input", "_timestamp", "_annotator_id", "_session_id")


def is_prodigy_task(value: Mapping[str, Any]) -> bool:
    """Tell a task of Prodigy by its keys."""
    return not value.keys().isdisjoint(_PRODIGY_KEYS)


def format_prodigy_tasks(items: Sequence[SheetItem], codebook: Codebook) -> Iterator[str]:
    """Write a line a row, in the order of the sheet; a comment to do is a task without an answer."""
    stated = row_records.get_stance_versions(codebook)
    options = [{"id": name, "text": name} for name in codebook.stance_names]
    rows = sorted((place, comment) for comment in items for place in comment.rows)
    for place, comment in rows:
        row = comment.rows[place]
        line: dict[str, Any] = {"text": comment.text, "meta": _make_meta(comment.cells), "options": options}
        line |= {"_view_id": "choice"} | _restore_hashes(row) | _make_decision(row)
        cells = {name: cell for name, cell in row.items() if name != "text"}
        if row.get("text", "") != comment.text:
            cells["text"] = row.get("text", "")
        yield format_json(line | {ROW_RECORD_KEY: {"row": place, "cells": cells}, VERSIONS_KEY: stated}) + "\n"


def _make_meta(cells: Mapping[str, str]) -> dict[str, str]:
    """Choose what is shown beside the text, and what an earlier task showed."""
    shown = {name: cells[name] for name in _META_COLUMNS if name in cells}
    return shown | {name.removeprefix("meta."): cell for name, cell in cells.items() if name.startswith("meta.")}


def _restore_hashes(row: Mapping[str, str]) -> dict[str, Any]:
    """Give back the hashes by which Prodigy knows a text and a question."""
    return {name: parse_json_number(row[name]) for name in ("_input_hash", "_task_hash") if name in row}


def _make_decision(row: Mapping[str, str]) -> dict[str, Any]:
    said = row_records.parse_label(row)
    if not said.is_labelled:
        return {}
    who, time = row.get("annotator", ""), iso_to_unix_time(row.get("labelled_at", ""))
    decision: dict[str, Any] = {"accept": [said.stance, *said.also] if said.stance else []}
    decision["answer"] = "ignore" if said.skipped else "accept"
    decision |= {"flagged": True} if said.unsure else {}
    decision |= {"user_input": said.note} if said.note else {}
    decision |= {"_timestamp": time} if time is not None else {}
    return decision | ({"_annotator_id": who, "_session_id": row.get("_session_id", who)} if who else {})


def read_prodigy_tasks(records: Iterable[JsonRecord], path: Path, text_key: str) -> Iterator[ImportedRow]:
    """Read decisions; a line that is as it was exported is a row that was only carried along.

    Raises
    ------
    MissingColumnError
        A line has no text.
    """
    for entry in records:
        value = entry.value
        if text_key not in value:
            raise MissingColumnError(text_key, value, path, "name the key of the texts by --text-column")
        carried = _restore_exported_row(value, text_key)
        if carried:
            place, row = carried
            yield ImportedRow(row, path, entry.row, place)
            if _is_unchanged(_make_decision(row), value):
                continue
            known = {name: cell for name, cell in row.items() if name not in tables.LABEL_COLUMNS or name == "target"}
        else:
            known = _read_item_cells(value, text_key)
        said, rest = _parse_decision(value)
        who = json_to_cell(value.get("_annotator_id")) or json_to_cell(value.get("_session_id"))
        cells = known | rest
        if said.is_labelled or rest:
            time = unix_to_iso_time(json_to_cell(value.get("_timestamp")))
            version = row_records.look_up_version(said.stance, value.get(VERSIONS_KEY))
            cells |= said.to_cells() | {"annotator": who, "labelled_at": time, "codebook": version}
        cells = {name: cell for name, cell in cells.items() if cell}
        yield ImportedRow(cells, path, entry.row, None, f"text {known.get('text', '')}")


def _restore_exported_row(value: Mapping[str, Any], text: str) -> tuple[int, dict[str, str]] | None:
    rows = row_records.restore_rows({"text": json_to_cell(value[text])}, value.get(ROW_RECORD_KEY, []))
    return next(iter(rows.items()), None)


def _is_unchanged(exported: Mapping[str, Any], value: Mapping[str, Any]) -> bool:
    """Tell a line that nobody has answered since it was exported.

    `prodigy db-in` writes "accept" where there is no answer; without anything chosen it is none.
    """
    now = _normalise_decision({name: value.get(name) for name in _DECISION_KEYS})
    if now.get("answer") == "accept" and "accept" not in now:
        now = {}
    return now == _normalise_decision(exported)


def _normalise_decision(decision: Mapping[str, Any]) -> dict[str, str | list[str]]:
    return {
        name: [*map(json_to_cell, each)] if isinstance(each, list) else json_to_cell(each)
        for name, each in decision.items()
        if each
    }


def _read_item_cells(value: Mapping[str, Any], text: str) -> dict[str, str]:
    """Give what a line says of its comment, unknown keys under their own names."""
    meta = value["meta"] if isinstance(value.get("meta"), dict) else {}
    read = {*_DECISION_KEYS, "options", "meta", "label", ROW_RECORD_KEY, VERSIONS_KEY, text}
    cells = {name: json_to_cell(each) for name, each in value.items() if name not in read}
    if value.get("_annotator_id") and value.get("_session_id") != value["_annotator_id"]:
        cells["_session_id"] = json_to_cell(value.get("_session_id"))
    cells |= {f"meta.{name}": json_to_cell(each) for name, each in meta.items()}
    return row_records.prefix_label_columns(cells, COLUMN_PREFIX) | {"text": json_to_cell(value[text])}


def _parse_decision(value: Mapping[str, Any]) -> tuple[LabelContent, dict[str, str]]:
    """Read a decision: options chosen, or a label accepted; and what is no stance of the text."""
    answer, options = json_to_cell(value.get("answer")), value.get("options")
    names = {
        json_to_cell(each.get("id")): json_to_cell(each.get("text"))
        for each in (options if isinstance(options, list) else [])
        if isinstance(each, dict) and isinstance(each.get("id"), JsonNumber)
    }
    accepted = value.get("accept")
    chosen = [
        names.get(json_to_cell(each), json_to_cell(each)) for each in (accepted if isinstance(accepted, list) else [])
    ]
    if "accept" not in value and value.get("label"):
        chosen = [json_to_cell(value["label"])]
    chosen = [each.strip() for each in chosen if each.strip()]
    note = json_to_cell(value.get("user_input")).strip()
    if answer == "reject":
        rest = {f"{COLUMN_PREFIX}_answer": answer} | ({f"{COLUMN_PREFIX}_label": "; ".join(chosen)} if chosen else {})
        return LabelContent(note=note), rest
    if answer == "ignore" or (not chosen and note):
        return LabelContent(skipped=answer == "ignore", note=note), {}
    if not chosen or (not answer and "accept" not in value):
        return LabelContent(), {}
    return LabelContent(chosen[0], tuple(chosen[1:]), bool(value.get("flagged")), note=note), {}
