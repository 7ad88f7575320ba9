"""Write and read doccano examples, in the JSON lines of its text classification projects.

The fields are those of doccano 1.8: `data_export/models.py`, `data_export/pipeline/` and `data_import/pipeline/` of its
backend. An example keeps all other keys as metadata and returns them beside its `id`, `text`, `label` and `Comments`.
A project whose annotators do not share labels exports a zip with one file per user; the file of a user has no labels of
the others. Versions before 1.5 write `labels` or `annotations` with the numbers of labels and users, and some of them
`data` for the text.
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
"""Name, without suffix, of the file with the labels that all annotators of a project share."""

_LABEL_KEYS = ("label", "labels", "annotations", "cats")
_NOTE_KEYS = ("Comments", "comments")
_TEXT_KEYS = ("text", "data")
# The import of doccano interprets these keys itself; columns of these names are only in the row records.
_RESERVED_KEYS = frozenset(
    {*_LABEL_KEYS, *_NOTE_KEYS, "data", "id", "meta", "filename", "upload_name", "example_uuid", "uuid"}
)
_RESERVED_KEYS |= {"#line_number", "entities", "relations", "annotation_approver"}


def is_doccano_example(value: Mapping[str, Any]) -> bool:
    """Return whether an object is an exported example."""
    return not value.keys().isdisjoint(_TEXT_KEYS) and not value.keys().isdisjoint(_LABEL_KEYS)


def format_doccano_examples(
    items: Sequence[SheetItem], columns: Sequence[str], codebook: Codebook | None
) -> Iterator[str]:
    """Yield one line of JSON per item.

    Characters beyond ASCII are escaped, because doccano guesses the encoding of a file and takes one with a single "é"
    for Latin-1. All lines have the same keys, because its import stores NaN for a missing one.

    Parameters
    ----------
    items
        The comments to label.
    columns
        The columns of their sheets; those that do not belong to a label become metadata.
    codebook
        Its versions become the versions of labels given in doccano.
    """
    versions = row_records.get_stance_versions(codebook)
    names = [
        name
        for name in columns
        if name != "text" and name not in _RESERVED_KEYS and (name == "target" or name not in tables.LABEL_COLUMNS)
    ]
    for item in items:
        example: dict[str, Any] = {"text": item.text, "label": list_label_stances(item)}
        example |= {name: item.cells.get(name, "") for name in names}
        example |= {RECORD_KEY: _make_row_records(item), VERSIONS_KEY: versions}
        yield format_json(example, ascii_only=True) + "\n"


def _make_row_records(item: SheetItem) -> list[dict[str, Any]]:
    """Return the records of an item's rows, with the cells that have no key of their own."""
    reserved_cells = {name: cell for name, cell in item.cells.items() if name in _RESERVED_KEYS}
    return [record | {"cells": reserved_cells | record["cells"]} for record in item.row_records]


def list_label_stances(item: SheetItem) -> list[str]:
    """Return all stances in the current labels of an item, in the order that doccano exports."""
    labels = [row_records.parse_label(row) for row in item.current_labels.values()]
    return sorted({stance for label in labels for stance in (label.stance, *label.also) if stance})


def read_doccano_examples(
    records: Iterable[JsonRecord], path: Path, text_key: str, label_key: str, annotator: str = ""
) -> Iterator[ImportedRow]:
    """Yield the rows carried by examples, and the labels given in doccano.

    Parameters
    ----------
    records
        The objects of an export.
    path
        The file, for messages.
    text_key, label_key
        The keys of the text and the labels; if an example lacks them, those that doccano uses are taken.
    annotator
        Who gave the labels; empty if the file does not say.

    Raises
    ------
    UnreadableFileError, MissingColumnError
        An example has no text, or has labels of text spans.
    """
    for record in records:
        value = record.value
        present_text_key = text_key if text_key in value else next((key for key in _TEXT_KEYS if key in value), None)
        if present_text_key is None:
            raise MissingColumnError(text_key, value, path, "name the key of the text with --text-column")
        present_label_key = label_key if label_key in value else next((key for key in _LABEL_KEYS if key in value), "")
        known_keys = {present_text_key, present_label_key, *_NOTE_KEYS, RECORD_KEY, VERSIONS_KEY}
        known_keys |= {"id", "meta", "annotation_approver"}
        data = {name: json_to_cell(cell) for name, cell in value.items() if name not in known_keys}
        data["text"] = json_to_cell(value[present_text_key])
        sheet_rows = row_records.restore_rows(data, value.get(RECORD_KEY, []))
        for number, row in sheet_rows.items():
            yield ImportedRow(row, path, record.row, number)
        item = SheetItem(data, sheet_rows)
        notes = _read_notes(value)
        stances_by_annotator = _group_labels_by_annotator(value.get(present_label_key), annotator, path, record.row)
        for name, stances in (stances_by_annotator or {annotator: []}).items():
            label_cells = _make_label_cells(item, stances, notes, name, value.get(VERSIONS_KEY))
            if label_cells is not None:
                cells = label_cells if sheet_rows else _make_example_cells(value, data) | label_cells
                cells = {column: cell for column, cell in cells.items() if cell}
                item_key = f"example {json_to_cell(value.get('id')) or record.row}"
                yield ImportedRow(cells, path, record.row, item_key=item_key)


def _make_example_cells(value: Mapping[str, Any], data: dict[str, str]) -> dict[str, str]:
    """Return the cells of an example that was not exported from a sheet."""
    meta = value["meta"] if isinstance(value.get("meta"), dict) else {}
    cells = row_records.prefix_label_columns(data, COLUMN_PREFIX)
    cells |= {f"meta.{name}": json_to_cell(cell) for name, cell in meta.items()}
    return cells | {
        f"{COLUMN_PREFIX}_{name}": json_to_cell(value[name])
        for name in ("id", "annotation_approver")
        if value.get(name)
    }


def _make_label_cells(
    item: SheetItem, stances: list[str], notes: str, annotator: str, stance_versions: Any
) -> dict[str, str] | None:
    """Return the row that an example adds to those of its sheet, None if nothing was changed in doccano."""
    base_cells = item.cells if item.rows else {}
    if item.rows and (not stances or sorted(set(stances)) == list_label_stances(item)):
        labels = list(item.current_labels.values())
        if not notes or any(row_records.parse_label(row).note == notes for row in labels):
            return None
        own_labels = [row for row in labels if row.get("annotator", "") == annotator] or labels
        if len(own_labels) == 1:
            own_note = row_records.parse_label(own_labels[0]).note
            return own_labels[0] | {"note": "\n".join(filter(None, (own_note, notes)))}
        return base_cells | {"annotator": annotator, "note": notes}
    if not stances:
        return {"note": notes} | ({"annotator": annotator} if notes else {})
    label = LabelContent(stances[0], tuple(stances[1:]), note=notes)
    version = row_records.look_up_version(stances[0], stance_versions)
    return base_cells | label.to_cells() | {"annotator": annotator, "codebook": version}


def _read_notes(value: Mapping[str, Any]) -> str:
    notes: Any = next((value[key] for key in _NOTE_KEYS if value.get(key)), [])
    texts = [note.get("comment", note.get("text")) if isinstance(note, dict) else note for note in _as_list(notes)]
    return "\n".join(json_to_cell(text) for text in texts if json_to_cell(text))


def _as_list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _group_labels_by_annotator(labels: Any, annotator: str, path: Path, row: int) -> dict[str, list[str]]:
    """Return the names of an example's labels by annotator; labels without one are those of `annotator`."""
    names_by_annotator: dict[str, list[str]] = {}
    for label in [] if labels is None else _as_list(labels):
        if isinstance(label, list) or (isinstance(label, dict) and "start_offset" in label):
            reason = "the labels are of text spans, not of whole comments"
            raise UnreadableFileError(path, reason, "export a text classification project", row=row)
        if isinstance(label, dict):
            text = label.get("label", label.get("text"))
            name = f"label {text}" if isinstance(text, JsonNumber) else json_to_cell(text)
            user = label.get("user")
            label_annotator = f"{COLUMN_PREFIX}:{json_to_cell(user)}" if user else annotator
        else:
            name, label_annotator = json_to_cell(label), annotator
        if name.strip():
            names_by_annotator.setdefault(label_annotator, []).append(name.strip())
    return names_by_annotator
