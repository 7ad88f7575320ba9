"""doccano: examples with labels, as its text classification projects export and import them.

The fields are those of doccano 1.8: `data_export/models.py`, `data_export/pipeline/` and
`data_import/pipeline/` of its backend. An example keeps every further key as metadata and gives it back beside its
`id`, `text`, `label` and `Comments`. A project whose annotators do not share labels exports a zip with one file a user;
what one user said in it nobody else's file tells. Versions before 1.5 write `labels` or `annotations` with the numbers
of labels and users, and for some time `data` for the text.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from stance import tables
from stance.errors import MissingColumnError, UnreadableFileError
from stance.interchange import row_records
from stance.interchange.row_records import RECORD_KEY, VERSIONS_KEY, ImportedRow, LabelContent, SheetItem
from stance.io.json_objects import JsonNumber, format_json, json_to_cell

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

    from stance.io.json_objects import JsonRecord
    from stance.labels.codebook import Codebook

COLUMN_PREFIX = "doccano"
ALL_ANNOTATORS_FILE = "all"
"""The name of the file with what all annotators of a project labelled together."""

_LABEL_KEYS = ("label", "labels", "annotations", "cats")
_NOTE_KEYS = ("Comments", "comments")
_TEXT_KEYS = ("text", "data")
# Its import gives these keys a meaning of their own; the record carries a sheet's columns of these names.
_RESERVED_KEYS = frozenset(
    {*_LABEL_KEYS, *_NOTE_KEYS, "data", "id", "meta", "filename", "upload_name", "example_uuid", "uuid"}
)
_RESERVED_KEYS |= {"#line_number", "entities", "relations", "annotation_approver"}


def is_doccano_example(value: Mapping[str, Any]) -> bool:
    """Tell an example of an export by its keys."""
    return not value.keys().isdisjoint(_TEXT_KEYS) and not value.keys().isdisjoint(_LABEL_KEYS)


def format_doccano_examples(
    items: Sequence[SheetItem], columns: Sequence[str], codebook: Codebook | None
) -> Iterator[str]:
    """Write a line a comment.

    Letters beyond ASCII stand as escapes: doccano guesses the encoding of a file, and takes one with a single "é" for
    Latin-1. Every line has the same keys, since its import puts a missing one down as a number that is none.
    """
    stated = row_records.get_stance_versions(codebook)
    names = [
        name
        for name in columns
        if name != "text" and name not in _RESERVED_KEYS and (name == "target" or name not in tables.LABEL_COLUMNS)
    ]
    for comment in items:
        example: dict[str, Any] = {"text": comment.text, "label": list_label_stances(comment)}
        example |= {name: comment.cells.get(name, "") for name in names}
        yield format_json(example | {RECORD_KEY: _make_record(comment), VERSIONS_KEY: stated}, ascii_only=True) + "\n"


def _make_record(comment: SheetItem) -> list[dict[str, Any]]:
    hidden = {name: cell for name, cell in comment.cells.items() if name in _RESERVED_KEYS}
    return [each | {"cells": hidden | each["cells"]} for each in comment.row_records]


def list_label_stances(comment: SheetItem) -> list[str]:
    """Name all stances that the labels of a comment hold, sorted as doccano sorts them."""
    said = [row_records.parse_label(row) for row in comment.current_labels.values()]
    return sorted({stance for each in said for stance in (each.stance, *each.also) if stance})


def read_doccano_examples(
    records: Iterable[JsonRecord], path: Path, text_key: str, label_key: str, annotator: str = ""
) -> Iterator[ImportedRow]:
    """Read an export, all of it or that of one user.

    Parameters
    ----------
    records
        Its objects.
    path
        What messages call it.
    text_key, label_key
        The keys of the texts and of the labels; `text_key` and `label_key` stand for those that doccano has.
    annotator
        Whose labels these are; empty where the file does not say so.

    Raises
    ------
    UnreadableFileError, MissingColumnError
        An example has no text, or labels of passages.
    """
    for entry in records:
        value = entry.value
        own_text = text_key if text_key in value else next((name for name in _TEXT_KEYS if name in value), None)
        if own_text is None:
            raise MissingColumnError(text_key, value, path, "name the key of the texts by --text-column")
        own_labels = label_key if label_key in value else next((name for name in _LABEL_KEYS if name in value), "")
        keys = {own_text, own_labels, *_NOTE_KEYS, RECORD_KEY, VERSIONS_KEY, "id", "meta", "annotation_approver"}
        data = {name: json_to_cell(each) for name, each in value.items() if name not in keys}
        data["text"] = json_to_cell(value[own_text])
        carried = row_records.restore_rows(data, value.get(RECORD_KEY, []))
        for number, row in carried.items():
            yield ImportedRow(row, path, entry.row, number)
        meta = value["meta"] if isinstance(value.get("meta"), dict) else {}
        known = row_records.prefix_label_columns(data, COLUMN_PREFIX) | {
            f"meta.{name}": json_to_cell(each) for name, each in meta.items()
        }
        known |= {
            f"{COLUMN_PREFIX}_{name}": json_to_cell(value[name])
            for name in ("id", "annotation_approver")
            if value.get(name)
        }
        comment = f"example {json_to_cell(value.get('id')) or entry.row}"
        notes = _read_notes(value)
        groups = _group_labels_by_annotator(value.get(own_labels), annotator, path, entry.row)
        for who, names in (groups or {annotator: []}).items():
            added = _make_added_row(SheetItem(data, carried), names, notes, who, value.get(VERSIONS_KEY))
            if added is not None:
                cells = added if carried else known | added
                yield ImportedRow({name: held for name, held in cells.items() if held}, path, entry.row, None, comment)


def _make_added_row(comment: SheetItem, names: list[str], notes: str, who: str, versions: Any) -> dict[str, str] | None:
    """Make the row that an example adds to those it carried along: None where nothing was said in the tool."""
    current = list(comment.current_labels.values())
    base = comment.cells if comment.rows else {}
    if comment.rows and (not names or sorted(set(names)) == list_label_stances(comment)):
        if not notes or any(row_records.parse_label(row).note == notes for row in current):
            return None
        own = [row for row in current if row.get("annotator", "") == who] or current
        if len(own) == 1:
            return own[0] | {"note": "\n".join(filter(None, (row_records.parse_label(own[0]).note, notes)))}
        return base | {"annotator": who, "note": notes}
    if not names:
        return {"note": notes} | ({"annotator": who} if notes else {})
    said = LabelContent(names[0], tuple(names[1:]), note=notes)
    return base | said.to_cells() | {"annotator": who, "codebook": row_records.look_up_version(names[0], versions)}


def _read_notes(value: Mapping[str, Any]) -> str:
    given: Any = next((value[name] for name in _NOTE_KEYS if value.get(name)), [])
    said = [each.get("comment", each.get("text")) if isinstance(each, dict) else each for each in _as_list(given)]
    return "\n".join(json_to_cell(each) for each in said if json_to_cell(each))


def _as_list(given: Any) -> list[Any]:
    return given if isinstance(given, list) else [given]


def _group_labels_by_annotator(given: Any, user: str, path: Path, row: int) -> dict[str, list[str]]:
    """Name the labels by who gave them."""
    groups: dict[str, list[str]] = {}
    for each in [] if given is None else _as_list(given):
        if isinstance(each, list) or (isinstance(each, dict) and "start_offset" in each):
            reason = "labels of passages, not of comments"
            raise UnreadableFileError(path, reason, "export a text classification project", row=row)
        label = each.get("label", each.get("text")) if isinstance(each, dict) else each
        who = f"{COLUMN_PREFIX}:{json_to_cell(each['user'])}" if isinstance(each, dict) and each.get("user") else user
        name = f"label {label}" if isinstance(label, JsonNumber) and isinstance(each, dict) else json_to_cell(label)
        if name.strip():
            groups.setdefault(who, []).append(name.strip())
    return groups
