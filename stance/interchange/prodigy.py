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
from stance.interchange.row_records import VERSIONS, Comment, Found, Said
from stance.interchange.timestamps import from_seconds, to_seconds
from stance.io.json_objects import Number, cell, number, written

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

    from stance.io.json_objects import Entry
    from stance.labels.codebook import Codebook

TOOL = "prodigy"
RECORD = "stance_row"
"""Under this name a line carries the row of the sheet that it came from."""

_MARKS = frozenset({"_input_hash", "_task_hash", "_view_id", "_session_id", "_annotator_id", "answer", RECORD})
_SHOWN = ("article_title", "author", "date", "target")
_DECISION = ("answer", "accept", "flagged", "user_input", "_timestamp", "_annotator_id", "_session_id")


def is_line(value: Mapping[str, Any]) -> bool:
    """Tell a task of Prodigy by its keys."""
    return not value.keys().isdisjoint(_MARKS)


def written_lines(comments: Sequence[Comment], codebook: Codebook) -> Iterator[str]:
    """Write a line a row, in the order of the sheet; a comment to do is a task without an answer."""
    stated = row_records.versions(codebook)
    options = [{"id": name, "text": name} for name in codebook.names]
    rows = sorted((place, comment) for comment in comments for place in comment.rows)
    for place, comment in rows:
        row = comment.rows[place]
        line: dict[str, Any] = {"text": comment.text, "meta": _meta(comment.cells), "options": options}
        line |= {"_view_id": "choice"} | _hashes(row) | _decision(row)
        cells = {name: cell for name, cell in row.items() if name != "text"}
        if row.get("text", "") != comment.text:
            cells["text"] = row.get("text", "")
        yield written(line | {RECORD: {"row": place, "cells": cells}, VERSIONS: stated}) + "\n"


def _meta(cells: Mapping[str, str]) -> dict[str, str]:
    """Choose what is shown beside the text, and what an earlier task showed."""
    shown = {name: cells[name] for name in _SHOWN if name in cells}
    return shown | {name.removeprefix("meta."): cell for name, cell in cells.items() if name.startswith("meta.")}


def _hashes(row: Mapping[str, str]) -> dict[str, Any]:
    """Give back the hashes by which Prodigy knows a text and a question."""
    return {name: number(row[name]) for name in ("_input_hash", "_task_hash") if name in row}


def _decision(row: Mapping[str, str]) -> dict[str, Any]:
    said = row_records.said_in(row)
    if not said.anything:
        return {}
    who, time = row.get("annotator", ""), to_seconds(row.get("labelled_at", ""))
    decision: dict[str, Any] = {"accept": [said.stance, *said.also] if said.stance else []}
    decision["answer"] = "ignore" if said.skipped else "accept"
    decision |= {"flagged": True} if said.unsure else {}
    decision |= {"user_input": said.note} if said.note else {}
    decision |= {"_timestamp": time} if time is not None else {}
    return decision | ({"_annotator_id": who, "_session_id": row.get("_session_id", who)} if who else {})


def read_lines(entries: Iterable[Entry], path: Path, text: str) -> Iterator[Found]:
    """Read decisions; a line that is as it was exported is a row that was only carried along.

    Raises
    ------
    MissingColumnError
        A line has no text.
    """
    for entry in entries:
        value = entry.value
        if text not in value:
            raise MissingColumnError(text, value, path, "name the key of the texts by --text-column")
        carried = _carried(value, text)
        if carried:
            place, row = carried
            yield Found(row, path, entry.row, place)
            if _same(_decision(row), value):
                continue
            known = {name: cell for name, cell in row.items() if name not in tables.LABEL_COLUMNS or name == "target"}
        else:
            known = _known(value, text)
        said, rest = _said(value)
        who = cell(value.get("_annotator_id")) or cell(value.get("_session_id"))
        cells = known | rest
        if said.anything or rest:
            time = from_seconds(cell(value.get("_timestamp")))
            version = row_records.version_of(said.stance, value.get(VERSIONS))
            cells |= said.cells() | {"annotator": who, "labelled_at": time, "codebook": version}
        cells = {name: cell for name, cell in cells.items() if cell}
        yield Found(cells, path, entry.row, None, f"text {known.get('text', '')}")


def _carried(value: Mapping[str, Any], text: str) -> tuple[int, dict[str, str]] | None:
    rows = row_records.unpack({"text": cell(value[text])}, value.get(RECORD, []))
    return next(iter(rows.items()), None)


def _same(exported: Mapping[str, Any], value: Mapping[str, Any]) -> bool:
    """Tell a line that nobody has answered since it was exported.

    `prodigy db-in` writes "accept" where there is no answer; without anything chosen it is none.
    """
    now = _told({name: value.get(name) for name in _DECISION})
    if now.get("answer") == "accept" and "accept" not in now:
        now = {}
    return now == _told(exported)


def _told(decision: Mapping[str, Any]) -> dict[str, str | list[str]]:
    return {
        name: [*map(cell, each)] if isinstance(each, list) else cell(each) for name, each in decision.items() if each
    }


def _known(value: Mapping[str, Any], text: str) -> dict[str, str]:
    """Give what a line says of its comment, unknown keys under their own names."""
    meta = value["meta"] if isinstance(value.get("meta"), dict) else {}
    read = {*_DECISION, "options", "meta", "label", RECORD, VERSIONS, text}
    cells = {name: cell(each) for name, each in value.items() if name not in read}
    if value.get("_annotator_id") and value.get("_session_id") != value["_annotator_id"]:
        cells["_session_id"] = cell(value.get("_session_id"))
    cells |= {f"meta.{name}": cell(each) for name, each in meta.items()}
    return row_records.own_columns(cells, TOOL) | {"text": cell(value[text])}


def _said(value: Mapping[str, Any]) -> tuple[Said, dict[str, str]]:
    """Read a decision: options chosen, or a label accepted; and what is no stance of the text."""
    answer, options = cell(value.get("answer")), value.get("options")
    names = {
        cell(each.get("id")): cell(each.get("text"))
        for each in (options if isinstance(options, list) else [])
        if isinstance(each, dict) and isinstance(each.get("id"), Number)
    }
    accepted = value.get("accept")
    chosen = [names.get(cell(each), cell(each)) for each in (accepted if isinstance(accepted, list) else [])]
    if "accept" not in value and value.get("label"):
        chosen = [cell(value["label"])]
    chosen = [each.strip() for each in chosen if each.strip()]
    note = cell(value.get("user_input")).strip()
    if answer == "reject":
        rest = {f"{TOOL}_answer": answer} | ({f"{TOOL}_label": "; ".join(chosen)} if chosen else {})
        return Said(note=note), rest
    if answer == "ignore" or (not chosen and note):
        return Said(skipped=answer == "ignore", note=note), {}
    if not chosen or (not answer and "accept" not in value):
        return Said(), {}
    return Said(chosen[0], tuple(chosen[1:]), bool(value.get("flagged")), note=note), {}
