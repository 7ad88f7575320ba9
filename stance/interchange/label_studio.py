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
from stance.interchange.row_records import RECORD_KEY, VERSIONS_KEY, ImportedRow, LabelContent, SheetItem
from stance.interchange.timestamps import normalise_timestamp, parse_timestamp
from stance.io.json_objects import JsonNumber, format_json, json_to_cell

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

    from stance.io.json_objects import JsonRecord
    from stance.labels.codebook import Codebook

COLUMN_PREFIX = "label_studio"
_CONTROL_NAMES = ("also", "unsure", "note")
# What JSON-MIN and CSV add to the data of a task: label_studio_sdk/converter/converter.py, exports/csv2.py.
FLAT_EXPORT_COLUMNS = frozenset({"annotator", "annotation_id", "created_at", "updated_at", "lead_time"})


def is_label_studio_task(value: Mapping[str, Any]) -> bool:
    """Tell a task of the JSON export or import; older files call annotations completions."""
    return isinstance(value.get("data"), dict) and not value.keys().isdisjoint(
        {"annotations", "predictions", "completions", "meta"}
    )


def is_flat_export(names: Iterable[str]) -> bool:
    """Tell a row of JSON-MIN or CSV by its columns."""
    return set(names) >= FLAT_EXPORT_COLUMNS


def format_label_studio_tasks(
    items: Sequence[SheetItem], columns: Sequence[str], codebook: Codebook | None
) -> Iterator[str]:
    """Write comments as one list of tasks, piece by piece."""
    stated = row_records.get_stance_versions(codebook)
    names = [name for name in columns if name == "target" or name not in tables.LABEL_COLUMNS]
    for number, comment in enumerate(items):
        # Every task needs the keys that the interface shows, and Label Studio offers only those that all of them have.
        data = {name: comment.cells.get(name, "") for name in dict.fromkeys(["text", *names])}
        meta: dict[str, Any] = {RECORD_KEY: comment.row_records} | ({VERSIONS_KEY: stated} if stated else {})
        annotations = [_make_annotation(row, cells) for row, cells in comment.current_labels.items()]
        yield ("[\n" if number == 0 else ",\n") + format_json({"data": data, "meta": meta, "annotations": annotations})
    yield "\n]\n" if items else "[]\n"


def _make_annotation(number: int, row: Mapping[str, str]) -> dict[str, Any]:
    said = row_records.parse_label(row)
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
    } | ({"created_at": time} if parse_timestamp(time) else {})


@dataclass(frozen=True)
class _TaskFormat:
    """How a file is read: the key of the texts, the control with the stances, and who is who."""

    path: Path
    text_key: str
    stance_control: str
    user_emails: dict[str, str]

    def get_annotator_name(self, user: Any) -> str:
        """Name an annotator: by the address, or else by the number that the tool gave."""
        if isinstance(user, dict):
            address = json_to_cell(user.get("email"))
            names = " ".join(filter(None, (json_to_cell(user.get("first_name")), json_to_cell(user.get("last_name")))))
            return address or names or self.get_annotator_name(user.get("id"))
        number = json_to_cell(user)
        return self.user_emails.get(number, f"label-studio:{number}" if number.isdecimal() else number)


def read_label_studio_tasks(
    records: Iterable[JsonRecord], path: Path, text_key: str, stance_control: str
) -> Iterator[ImportedRow]:
    """Read tasks of the JSON export, or of an import file.

    Raises
    ------
    UnreadableFileError, MissingColumnError
        A task is none, has no text by that name, or several questions may be the one about the stance.
    """
    tasks = [(entry.row, _require_task(entry, path)) for entry in records]
    asked = _TaskFormat(path, text_key, _find_stance_control(tasks, path, stance_control), _collect_user_emails(tasks))
    for row, task in tasks:
        data = {str(name): json_to_cell(value) for name, value in task["data"].items()}
        if text_key not in data:
            remedy = "name the key of the texts by --text-column"
            raise MissingColumnError(text_key, data, path, remedy)
        data = {"text" if name == text_key else name: value for name, value in data.items()}
        yield from _read_task(task, data, row, asked)


def _require_task(entry: JsonRecord, path: Path) -> dict[str, Any]:
    task = entry.value
    annotations = _get_annotations(task)
    parts = [result for each in annotations if isinstance(each, dict) for result in _get_results(each)]
    if not isinstance(task.get("data"), dict) or not all(isinstance(part, dict) for part in [*annotations, *parts]):
        raise UnreadableFileError(path, "no task of Label Studio", "export the project as JSON", row=entry.row)
    return task


def _get_annotations(task: Mapping[str, Any]) -> list[Any]:
    given = task.get("annotations") or task.get("completions") or []
    return given if isinstance(given, list) else [given]


def _get_results(annotation: Mapping[str, Any]) -> list[Any]:
    given = annotation.get("result") or []
    return given if isinstance(given, list) else [given]


def _find_stance_control(tasks: Sequence[tuple[int, dict[str, Any]]], path: Path, stance: str) -> str:
    """Find the control that the stances are chosen by: the one of that name, else the only one."""
    asked: Counter[str] = Counter()
    for _, task in tasks:
        for annotation in _get_annotations(task):
            asked.update(
                json_to_cell(part.get("from_name"))
                for part in _get_results(annotation)
                if part.get("type") == "choices"
            )
    if stance in asked or asked.keys() <= {*_CONTROL_NAMES}:
        return stance
    if len(asked) > 1:
        reason = f"several questions with choices: {', '.join(sorted(asked))}"
        raise UnreadableFileError(path, reason, "name the one about the stance by --stance-column")
    return next(iter(asked))


def _collect_user_emails(tasks: Sequence[tuple[int, dict[str, Any]]]) -> dict[str, str]:
    """Collect the addresses of users that the file tells anywhere."""
    users = {}
    for _, task in tasks:
        for annotation in _get_annotations(task):
            user = annotation.get("completed_by")
            if isinstance(user, dict) and isinstance(user.get("email"), str) and user["email"]:
                users[json_to_cell(user.get("id"))] = user["email"]
            # "First Last name@example.org, 3", as the list of tasks has it
            told, _, number = json_to_cell(annotation.get("created_username")).rpartition(", ")
            if "@" in told and number.isdecimal():
                users.setdefault(number, told.split()[-1])
    return users


def _read_task(task: Mapping[str, Any], data: dict[str, str], place: int, asked: _TaskFormat) -> Iterator[ImportedRow]:
    meta = task["meta"] if isinstance(task.get("meta"), dict) else {}
    carried = row_records.restore_rows(data, meta.get(RECORD_KEY, []))
    comment = f"task {json_to_cell(task.get('id')) or place}"
    for number, row in carried.items():
        yield ImportedRow(row, asked.path, place, number)
    known = row_records.prefix_label_columns(data, COLUMN_PREFIX) | {
        f"meta.{name}": json_to_cell(value) for name, value in meta.items() if name not in (RECORD_KEY, VERSIONS_KEY)
    }
    known |= _prefix_extra_cells(task, {"id": "id", "predictions": "predictions"})
    annotations = sorted(_get_annotations(task), key=lambda each: json_to_cell(each.get("created_at")))
    for annotation in annotations:
        said, rest = _parse_annotation(annotation, asked.stance_control)
        own = json_to_cell(annotation["import_id"] if "import_id" in annotation else annotation.get("id"))
        number = int(own) if own.isdecimal() and own.isascii() and len(own) < 18 else -1  # noqa: PLR2004 - a bigint
        if number in carried:
            was = carried[number]
            if said == row_records.parse_label(was):
                continue
            user = asked.get_annotator_name(annotation.get("updated_by") or annotation.get("completed_by")) or was.get(
                "annotator", ""
            )
            kept = was | {"pass": was.get("pass", "") if user == was.get("annotator", "") else ""}
        else:
            user, kept = asked.get_annotator_name(annotation.get("completed_by")), known
        cells = said.to_cells() | {
            "annotator": user,
            "labelled_at": normalise_timestamp(
                json_to_cell(annotation.get("updated_at") or annotation.get("created_at"))
            ),
            "codebook": row_records.look_up_version(said.stance, meta.get(VERSIONS_KEY)),
        }
        names = {"id": "annotation_id", "lead_time": "lead_time", "ground_truth": "ground_truth"}
        extra = rest | _prefix_extra_cells(annotation, names)
        yield ImportedRow(kept | cells | extra, asked.path, place, None, comment)
    if not carried and not annotations:
        yield ImportedRow(known, asked.path, place, None, comment)


def _prefix_extra_cells(given: Mapping[str, Any], names: Mapping[str, str]) -> dict[str, str]:
    """Keep what the sheet has no column for, under names that say where it is from."""
    return {f"{COLUMN_PREFIX}_{name}": json_to_cell(given[key]) for key, name in names.items() if given.get(key)}


def _parse_annotation(annotation: Mapping[str, Any], question: str) -> tuple[LabelContent, dict[str, str]]:
    """Read what an annotation says, and the answers to other questions."""
    answers: dict[str, list[str]] = {}
    rest: dict[str, Any] = {}
    for part in _get_results(annotation):
        name, value = json_to_cell(part.get("from_name")), part.get("value")
        chosen = _parse_choices(value)
        if name == question or (name in _CONTROL_NAMES and chosen is not None):
            answers.setdefault(name, []).extend(chosen or [])
        else:
            rest.setdefault(name, []).append(value)
    skipped = bool(annotation.get("was_cancelled") or annotation.get("skipped"))
    others = {
        f"{COLUMN_PREFIX}.{name}": json_to_cell(values[0] if len(values) == 1 else values)
        for name, values in rest.items()
    }
    return _label_from_choices(answers, question, skipped=skipped), others


def _parse_choices(value: Any) -> list[str] | None:
    """Give what was chosen or written: `value.choices` or `value.text`, a text or a list of texts."""
    if isinstance(value, dict):
        value = value.get("choices", value.get("text"))
    if isinstance(value, str) and not isinstance(value, JsonNumber):
        return [value]
    return [json_to_cell(each) for each in value] if isinstance(value, list) else None


def _label_from_choices(answers: Mapping[str, list[str]], question: str, *, skipped: bool) -> LabelContent:
    chosen = [answer.strip() for answer in answers.get(question, []) if answer.strip()]
    also = [answer.strip() for answer in answers.get("also", []) if answer.strip()]
    note = "\n".join(answers.get("note", [])).strip()
    unsure = any(map(str.strip, answers.get("unsure", [])))
    stance = chosen[0] if chosen else ""
    return LabelContent(stance, (*chosen[1:], *also), unsure and bool(stance), skipped and not stance, note)


def read_flat_export(
    rows: Sequence[tuple[int, Mapping[str, Any]]], path: Path, text_column: str, stance_column: str
) -> Iterator[ImportedRow]:
    """Read JSON-MIN or the CSV export: an annotation a row, its answers beside the data of the task.

    Raises
    ------
    MissingColumnError
        There is no column with the texts, or none with the stances.
    """
    asked = _TaskFormat(path, text_column, stance_column, {})
    if not any(stance_column in row for _, row in rows):  # JSON-MIN leaves out what was not answered
        columns = dict.fromkeys(name for _, row in rows for name in row)
        raise MissingColumnError(stance_column, columns, path, "name the one with the stances by --stance-column")
    for place, row in rows:
        if text_column not in row:
            raise MissingColumnError(text_column, row, path, "name the column of the texts by --text-column")
        answers = {name: _parse_flat_choices(row[name]) for name in (stance_column, *_CONTROL_NAMES) if name in row}
        said = _label_from_choices(answers, stance_column, skipped=False)
        data = {
            "text" if name == text_column else name: json_to_cell(value)
            for name, value in row.items()
            if name not in FLAT_EXPORT_COLUMNS and name not in answers and name != "id"
        }
        cells = row_records.prefix_label_columns(data, COLUMN_PREFIX) | _prefix_extra_cells(
            row, {key: key for key in ("id", "annotation_id", "lead_time")}
        )
        if said.stance:
            user = row.get("annotator")
            cells |= said.to_cells() | {
                "annotator": asked.get_annotator_name(user),
                "labelled_at": normalise_timestamp(json_to_cell(row.get("updated_at") or row.get("created_at"))),
            }
        yield ImportedRow(cells, path, place, None, f"task {json_to_cell(row.get('id')) or place}")


def _parse_flat_choices(value: Any) -> list[str]:
    if isinstance(value, str) and value[:1] in ("{", "["):
        try:
            value = json.loads(value)
        except (ValueError, RecursionError):
            return [value]
    if isinstance(value, list):
        return [answer for each in value for answer in _parse_choices(each) or []]
    return _parse_choices(value) or []
