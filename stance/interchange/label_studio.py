"""Label Studio: its tasks, as its JSON export writes them and its import reads them.

The fields are those of Label Studio 1.23: `tasks/serializers.py` and `data_export/serializers.py` of label-studio, and
https://labelstud.io/guide/task_format. Its import keeps `data`, `meta` and the `result` of annotations, and an
annotation's `id` as `import_id`; times and unknown annotators it replaces by its own.
"""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from stance import tables
from stance.errors import MissingColumnError, UnreadableFileError
from stance.interchange import row_records
from stance.interchange.row_records import RECORD, VERSIONS, Comment, Found, Said
from stance.interchange.timestamps import from_iso, moment
from stance.io.json_objects import Number, cell, written

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

    from stance.io.json_objects import Entry
    from stance.labels.codebook import Codebook

TOOL = "label_studio"
_CONTROLS = ("also", "unsure", "note")
# What JSON-MIN and CSV add to the data of a task: label_studio_sdk/converter/converter.py, exports/csv2.py.
FLAT = frozenset({"annotator", "annotation_id", "created_at", "updated_at", "lead_time"})


def is_task(value: Mapping[str, Any]) -> bool:
    """Tell a task of the JSON export or import; older files call annotations completions."""
    return isinstance(value.get("data"), dict) and not value.keys().isdisjoint(
        {"annotations", "predictions", "completions", "meta"}
    )


def is_flat(names: Iterable[str]) -> bool:
    """Tell a row of JSON-MIN or CSV by its columns."""
    return set(names) >= FLAT


def written_tasks(comments: Sequence[Comment], columns: Sequence[str], codebook: Codebook | None) -> Iterator[str]:
    """Write comments as one list of tasks, piece by piece."""
    stated = row_records.versions(codebook)
    names = [name for name in columns if name == "target" or name not in tables.LABEL_COLUMNS]
    for number, comment in enumerate(comments):
        # Every task needs the keys that the interface shows, and Label Studio offers only those that all of them have.
        data = {name: comment.cells.get(name, "") for name in dict.fromkeys(["text", *names])}
        meta: dict[str, Any] = {RECORD: comment.record} | ({VERSIONS: stated} if stated else {})
        annotations = [_annotation(row, cells) for row, cells in comment.labels.items()]
        yield ("[\n" if number == 0 else ",\n") + written({"data": data, "meta": meta, "annotations": annotations})
    yield "\n]\n" if comments else "[]\n"


def _annotation(number: int, row: Mapping[str, str]) -> dict[str, Any]:
    said = row_records.said_in(row)
    results = [
        ("stance", "choices", [said.stance] if said.stance else []),
        ("also", "choices", list(said.also)),
        ("unsure", "choices", ["yes"] if said.unsure else []),
        ("note", "text", [said.note] if said.note else []),
    ]
    time = row.get("labelled_at", "")
    return {
        "id": number,
        "was_cancelled": said.skipped,
        # Where this is not said, the import takes every annotation for the truth.
        "ground_truth": row_records.is_adjudicated(row),
        "result": [
            {
                "id": f"{name}-{number}",
                "from_name": name,
                "to_name": "text",
                "type": "choices" if kind == "choices" else "textarea",
                "value": {kind: values},
            }
            for name, kind, values in results
            if values
        ],
    } | ({"created_at": time} if moment(time) else {})


@dataclass(frozen=True)
class _Asked:
    """How a file is read: the key of the texts, the control with the stances, and who is who."""

    path: Path
    text: str
    stance: str
    users: dict[str, str]

    def name(self, user: Any) -> str:
        """Name an annotator: by the address, or else by the number that the tool gave."""
        if isinstance(user, dict):
            address = cell(user.get("email"))
            names = " ".join(filter(None, (cell(user.get("first_name")), cell(user.get("last_name")))))
            return address or names or self.name(user.get("id"))
        number = cell(user)
        return self.users.get(number, f"label-studio:{number}" if number.isdecimal() else number)


def read_tasks(entries: Iterable[Entry], path: Path, text: str, stance: str) -> Iterator[Found]:
    """Read tasks of the JSON export, or of an import file.

    Raises
    ------
    UnreadableFileError, MissingColumnError
        A task is none, has no text by that name, or several questions may be the one about the stance.
    """
    tasks = [(entry.row, _checked(entry, path)) for entry in entries]
    asked = _Asked(path, text, _question(tasks, path, stance), _users(tasks))
    for row, task in tasks:
        data = {str(name): cell(value) for name, value in task["data"].items()}
        if text not in data:
            remedy = "name the key of the texts by --text-column"
            raise MissingColumnError(text, data, path, remedy)
        data = {"text" if name == text else name: value for name, value in data.items()}
        yield from _of_task(task, data, row, asked)


def _checked(entry: Entry, path: Path) -> dict[str, Any]:
    task = entry.value
    annotations = _annotations(task)
    parts = [result for each in annotations if isinstance(each, dict) for result in _results(each)]
    if not isinstance(task.get("data"), dict) or not all(isinstance(part, dict) for part in [*annotations, *parts]):
        raise UnreadableFileError(path, "no task of Label Studio", "export the project as JSON", row=entry.row)
    return task


def _annotations(task: Mapping[str, Any]) -> list[Any]:
    given = task.get("annotations") or task.get("completions") or []
    return given if isinstance(given, list) else [given]


def _results(annotation: Mapping[str, Any]) -> list[Any]:
    given = annotation.get("result") or []
    return given if isinstance(given, list) else [given]


def _question(tasks: Sequence[tuple[int, dict[str, Any]]], path: Path, stance: str) -> str:
    """Find the control that the stances are chosen by: the one of that name, else the only one."""
    asked: Counter[str] = Counter()
    for _, task in tasks:
        for annotation in _annotations(task):
            asked.update(cell(part.get("from_name")) for part in _results(annotation) if part.get("type") == "choices")
    if stance in asked or asked.keys() <= {*_CONTROLS}:
        return stance
    if len(asked) > 1:
        reason = f"several questions with choices: {', '.join(sorted(asked))}"
        raise UnreadableFileError(path, reason, "name the one about the stance by --stance-column")
    return next(iter(asked))


def _users(tasks: Sequence[tuple[int, dict[str, Any]]]) -> dict[str, str]:
    """Collect the addresses of users that the file tells anywhere."""
    users = {}
    for _, task in tasks:
        for annotation in _annotations(task):
            user = annotation.get("completed_by")
            if isinstance(user, dict) and isinstance(user.get("email"), str) and user["email"]:
                users[cell(user.get("id"))] = user["email"]
            # "First Last name@example.org, 3", as the list of tasks has it
            told, _, number = cell(annotation.get("created_username")).rpartition(", ")
            if "@" in told and number.isdecimal():
                users.setdefault(number, told.split()[-1])
    return users


def _of_task(task: Mapping[str, Any], data: dict[str, str], place: int, asked: _Asked) -> Iterator[Found]:
    meta = task["meta"] if isinstance(task.get("meta"), dict) else {}
    carried = row_records.unpack(data, meta.get(RECORD, []))
    comment = f"task {cell(task.get('id')) or place}"
    for number, row in carried.items():
        yield Found(row, asked.path, place, number)
    known = row_records.own_columns(data, TOOL) | {
        f"meta.{name}": cell(value) for name, value in meta.items() if name not in (RECORD, VERSIONS)
    }
    known |= _kept(task, {"id": "id", "predictions": "predictions"})
    annotations = sorted(_annotations(task), key=lambda each: cell(each.get("created_at")))
    for annotation in annotations:
        said, rest = _said(annotation, asked.stance)
        own = cell(annotation["import_id"] if "import_id" in annotation else annotation.get("id"))
        number = int(own) if own.isdecimal() and own.isascii() and len(own) < 18 else -1  # noqa: PLR2004 - a bigint
        if number in carried:
            was = carried[number]
            if said == row_records.said_in(was):
                continue
            user = asked.name(annotation.get("updated_by") or annotation.get("completed_by")) or was.get(
                "annotator", ""
            )
            kept = was | {"pass": was.get("pass", "") if user == was.get("annotator", "") else ""}
        else:
            user, kept = asked.name(annotation.get("completed_by")), known
        cells = said.cells() | {
            "annotator": user,
            "labelled_at": from_iso(cell(annotation.get("updated_at") or annotation.get("created_at"))),
            "codebook": row_records.version_of(said.stance, meta.get(VERSIONS)),
        }
        names = {"id": "annotation_id", "lead_time": "lead_time", "ground_truth": "ground_truth"}
        extra = rest | _kept(annotation, names)
        yield Found(kept | cells | extra, asked.path, place, None, comment)
    if not carried and not annotations:
        yield Found(known, asked.path, place, None, comment)


def _kept(given: Mapping[str, Any], names: Mapping[str, str]) -> dict[str, str]:
    """Keep what the sheet has no column for, under names that say where it is from."""
    return {f"{TOOL}_{name}": cell(given[key]) for key, name in names.items() if given.get(key)}


def _said(annotation: Mapping[str, Any], question: str) -> tuple[Said, dict[str, str]]:
    """Read what an annotation says, and the answers to other questions."""
    answers: dict[str, list[str]] = {}
    rest: dict[str, Any] = {}
    for part in _results(annotation):
        name, value = cell(part.get("from_name")), part.get("value")
        chosen = _answers(value)
        if name == question or (name in _CONTROLS and chosen is not None):
            answers.setdefault(name, []).extend(chosen or [])
        else:
            rest.setdefault(name, []).append(value)
    skipped = bool(annotation.get("was_cancelled") or annotation.get("skipped"))
    others = {f"{TOOL}.{name}": cell(values[0] if len(values) == 1 else values) for name, values in rest.items()}
    return _of_answers(answers, question, skipped=skipped), others


def _answers(value: Any) -> list[str] | None:
    """Give what was chosen or written: `value.choices` or `value.text`, a text or a list of texts."""
    if isinstance(value, dict):
        value = value.get("choices", value.get("text"))
    if isinstance(value, str) and not isinstance(value, Number):
        return [value]
    return [cell(each) for each in value] if isinstance(value, list) else None


def _of_answers(answers: Mapping[str, list[str]], question: str, *, skipped: bool) -> Said:
    chosen = [answer.strip() for answer in answers.get(question, []) if answer.strip()]
    also = [answer.strip() for answer in answers.get("also", []) if answer.strip()]
    note = "\n".join(answers.get("note", [])).strip()
    unsure = any(map(str.strip, answers.get("unsure", [])))
    stance = chosen[0] if chosen else ""
    return Said(stance, (*chosen[1:], *also), unsure and bool(stance), skipped and not stance, note)


def read_flat(rows: Sequence[tuple[int, Mapping[str, Any]]], path: Path, text: str, stance: str) -> Iterator[Found]:
    """Read JSON-MIN or the CSV export: an annotation a row, its answers beside the data of the task.

    Raises
    ------
    MissingColumnError
        There is no column with the texts, or none with the stances.
    """
    asked = _Asked(path, text, stance, {})
    if not any(stance in row for _, row in rows):  # JSON-MIN leaves out what was not answered
        columns = dict.fromkeys(name for _, row in rows for name in row)
        raise MissingColumnError(stance, columns, path, "name the one with the stances by --stance-column")
    for place, row in rows:
        if text not in row:
            raise MissingColumnError(text, row, path, "name the column of the texts by --text-column")
        answers = {name: _flat_answers(row[name]) for name in (stance, *_CONTROLS) if name in row}
        said = _of_answers(answers, stance, skipped=False)
        data = {
            "text" if name == text else name: cell(value)
            for name, value in row.items()
            if name not in FLAT and name not in answers and name != "id"
        }
        cells = row_records.own_columns(data, TOOL) | _kept(
            row, {key: key for key in ("id", "annotation_id", "lead_time")}
        )
        if said.stance:
            user = row.get("annotator")
            cells |= said.cells() | {
                "annotator": asked.name(user),
                "labelled_at": from_iso(cell(row.get("updated_at") or row.get("created_at"))),
            }
        yield Found(cells, path, place, None, f"task {cell(row.get('id')) or place}")


def _flat_answers(value: Any) -> list[str]:
    if isinstance(value, str) and value[:1] in ("{", "["):
        try:
            value = json.loads(value)
        except (ValueError, RecursionError):
            return [value]
    if isinstance(value, list):
        return [answer for each in value for answer in _answers(each) or []]
    return _answers(value) or []
