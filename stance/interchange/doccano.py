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
from stance.interchange.row_records import RECORD, VERSIONS, Comment, Found, Said
from stance.io.json_objects import Number, cell, written

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

    from stance.io.json_objects import Entry
    from stance.labels.codebook import Codebook

TOOL = "doccano"
ALL = "all"
"""The name of the file with what all annotators of a project labelled together."""

_LABELS = ("label", "labels", "annotations", "cats")
_NOTES = ("Comments", "comments")
_TEXTS = ("text", "data")
# Its import gives these keys a meaning of their own; the record carries a sheet's columns of these names.
_TAKEN = frozenset({*_LABELS, *_NOTES, "data", "id", "meta", "filename", "upload_name", "example_uuid", "uuid"})
_TAKEN |= {"#line_number", "entities", "relations", "annotation_approver"}


def is_example(value: Mapping[str, Any]) -> bool:
    """Tell an example of an export by its keys."""
    return not value.keys().isdisjoint(_TEXTS) and not value.keys().isdisjoint(_LABELS)


def written_examples(comments: Sequence[Comment], columns: Sequence[str], codebook: Codebook | None) -> Iterator[str]:
    """Write a line a comment.

    Letters beyond ASCII stand as escapes: doccano guesses the encoding of a file, and takes one with a single "é" for
    Latin-1. Every line has the same keys, since its import puts a missing one down as a number that is none.
    """
    stated = row_records.versions(codebook)
    names = [
        name
        for name in columns
        if name != "text" and name not in _TAKEN and (name == "target" or name not in tables.LABEL_COLUMNS)
    ]
    for comment in comments:
        example: dict[str, Any] = {"text": comment.text, "label": labels_of(comment)}
        example |= {name: comment.cells.get(name, "") for name in names}
        yield written(example | {RECORD: _record(comment), VERSIONS: stated}, ascii_only=True) + "\n"


def _record(comment: Comment) -> list[dict[str, Any]]:
    hidden = {name: cell for name, cell in comment.cells.items() if name in _TAKEN}
    return [each | {"cells": hidden | each["cells"]} for each in comment.record]


def labels_of(comment: Comment) -> list[str]:
    """Name all stances that the labels of a comment hold, sorted as doccano sorts them."""
    said = [row_records.said_in(row) for row in comment.labels.values()]
    return sorted({stance for each in said for stance in (each.stance, *each.also) if stance})


def read_examples(entries: Iterable[Entry], path: Path, text: str, stance: str, user: str = "") -> Iterator[Found]:
    """Read an export, all of it or that of one user.

    Parameters
    ----------
    entries
        Its objects.
    path
        What messages call it.
    text, stance
        The keys of the texts and of the labels; `text` and `stance` stand for those that doccano has.
    user
        Whose labels these are; empty where the file does not say so.

    Raises
    ------
    UnreadableFileError, MissingColumnError
        An example has no text, or labels of passages.
    """
    for entry in entries:
        value = entry.value
        own_text = text if text in value else next((name for name in _TEXTS if name in value), None)
        if own_text is None:
            raise MissingColumnError(text, value, path, "name the key of the texts by --text-column")
        own_labels = stance if stance in value else next((name for name in _LABELS if name in value), "")
        keys = {own_text, own_labels, *_NOTES, RECORD, VERSIONS, "id", "meta", "annotation_approver"}
        data = {name: cell(each) for name, each in value.items() if name not in keys}
        data["text"] = cell(value[own_text])
        carried = row_records.unpack(data, value.get(RECORD, []))
        for number, row in carried.items():
            yield Found(row, path, entry.row, number)
        meta = value["meta"] if isinstance(value.get("meta"), dict) else {}
        known = row_records.own_columns(data, TOOL) | {f"meta.{name}": cell(each) for name, each in meta.items()}
        known |= {f"{TOOL}_{name}": cell(value[name]) for name in ("id", "annotation_approver") if value.get(name)}
        comment = f"example {cell(value.get('id')) or entry.row}"
        notes = _notes(value)
        groups = _labels(value.get(own_labels), user, path, entry.row)
        for who, names in (groups or {user: []}).items():
            added = _row(Comment(data, carried), names, notes, who, value.get(VERSIONS))
            if added is not None:
                cells = added if carried else known | added
                yield Found({name: held for name, held in cells.items() if held}, path, entry.row, None, comment)


def _row(comment: Comment, names: list[str], notes: str, who: str, versions: Any) -> dict[str, str] | None:
    """Make the row that an example adds to those it carried along: None where nothing was said in the tool."""
    current = list(comment.labels.values())
    base = comment.cells if comment.rows else {}
    if comment.rows and (not names or sorted(set(names)) == labels_of(comment)):
        if not notes or any(row_records.said_in(row).note == notes for row in current):
            return None
        own = [row for row in current if row.get("annotator", "") == who] or current
        if len(own) == 1:
            return own[0] | {"note": "\n".join(filter(None, (row_records.said_in(own[0]).note, notes)))}
        return base | {"annotator": who, "note": notes}
    if not names:
        return {"note": notes} | ({"annotator": who} if notes else {})
    said = Said(names[0], tuple(names[1:]), note=notes)
    return base | said.cells() | {"annotator": who, "codebook": row_records.version_of(names[0], versions)}


def _notes(value: Mapping[str, Any]) -> str:
    given: Any = next((value[name] for name in _NOTES if value.get(name)), [])
    said = [each.get("comment", each.get("text")) if isinstance(each, dict) else each for each in _list(given)]
    return "\n".join(cell(each) for each in said if cell(each))


def _list(given: Any) -> list[Any]:
    return given if isinstance(given, list) else [given]


def _labels(given: Any, user: str, path: Path, row: int) -> dict[str, list[str]]:
    """Name the labels by who gave them."""
    groups: dict[str, list[str]] = {}
    for each in [] if given is None else _list(given):
        if isinstance(each, list) or (isinstance(each, dict) and "start_offset" in each):
            reason = "labels of passages, not of comments"
            raise UnreadableFileError(path, reason, "export a text classification project", row=row)
        label = each.get("label", each.get("text")) if isinstance(each, dict) else each
        who = f"{TOOL}:{cell(each['user'])}" if isinstance(each, dict) and each.get("user") else user
        name = f"label {label}" if isinstance(label, Number) and isinstance(each, dict) else cell(label)
        if name.strip():
            groups.setdefault(who, []).append(name.strip())
    return groups
