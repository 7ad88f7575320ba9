"""Write and read Label Studio tasks in the JSON format of its import and export.

The fields are those of Label Studio 1.23: `tasks/serializers.py` and `data_export/serializers.py` of label-studio, and
https://labelstud.io/guide/task_format. Its import keeps `data`, `meta` and the `result` of annotations, and an
annotation's `id` as `import_id`; it replaces times and unknown annotators by its own.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from stance import tables
from stance.errors import MissingColumnError, UnreadableFileError
from stance.interchange import row_records
from stance.interchange.label_studio_results import (
    COLUMN_PREFIX,
    CONTROL_NAMES,
    get_annotator_name,
    label_from_choices,
    parse_choices,
    prefix_extra_cells,
)
from stance.interchange.row_records import RECORD_KEY, VERSIONS_KEY, ImportedRow, LabelContent, SheetItem
from stance.io.json_objects import format_json, json_to_cell
from stance.labels.sheets.timestamps import normalise_timestamp, parse_timestamp

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

    from stance.io.json_objects import JsonRecord
    from stance.labels.codebook import Codebook

_MAX_ID_DIGITS = 17  # annotation ids are 64-bit integers


def is_label_studio_task(value: Mapping[str, Any]) -> bool:
    """Return whether an object is a task; older versions call annotations completions."""
    return isinstance(value.get("data"), dict) and not value.keys().isdisjoint(
        {"annotations", "predictions", "completions", "meta"}
    )


def format_label_studio_tasks(
    items: Sequence[SheetItem], columns: Sequence[str], codebook: Codebook | None
) -> Iterator[str]:
    """Yield the parts of a JSON list with one task per item.

    Parameters
    ----------
    items
        The comments to label.
    columns
        The columns of their sheets; those that do not belong to a label become data of the tasks.
    codebook
        Its versions become the versions of labels given in Label Studio.
    """
    versions = row_records.get_stance_versions(codebook)
    names = [name for name in columns if name == "target" or name not in tables.LABEL_COLUMNS]
    for index, item in enumerate(items):
        # Each task has all keys: Label Studio can only show data that every task has.
        data = {name: item.cells.get(name, "") for name in dict.fromkeys(["text", *names])}
        meta: dict[str, Any] = {RECORD_KEY: item.row_records} | ({VERSIONS_KEY: versions} if versions else {})
        annotations = [_make_annotation(number, row) for number, row in item.current_labels.items()]
        yield ("[\n" if index == 0 else ",\n") + format_json({"data": data, "meta": meta, "annotations": annotations})
    yield "\n]\n" if items else "[]\n"


def _make_annotation(row_number: int, row: Mapping[str, str]) -> dict[str, Any]:
    label = row_records.parse_label(row)
    results = [
        ("stance", "choices", [label.stance] if label.stance else []),
        ("also", "choices", list(label.also)),
        ("unsure", "choices", ["yes"] if label.unsure else []),
        ("note", "text", [label.note] if label.note else []),
    ]
    time = row.get("labelled_at", "")
    return {
        "id": row_number,
        "was_cancelled": label.skipped,
        # If this key is missing, the import marks every annotation as ground truth.
        "ground_truth": row_records.is_adjudicated(row),
        "result": [
            {
                "id": f"{name}-{row_number}",
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
class _TaskFile:
    """A file of tasks: the control with the stance, and the addresses of users by their numbers."""

    path: Path
    stance_control: str
    user_emails: dict[str, str]


def read_label_studio_tasks(
    records: Iterable[JsonRecord], path: Path, text_key: str, stance_control: str
) -> Iterator[ImportedRow]:
    """Yield the rows carried by tasks, and the labels given in Label Studio.

    Parameters
    ----------
    records
        The objects of a JSON export, or of an import file.
    path
        The file, for messages.
    text_key
        The key of the text in the data of a task.
    stance_control
        The control with the stance; if the file does not have it, its only control with choices is taken.

    Raises
    ------
    UnreadableFileError, MissingColumnError
        An object is not a task, a task has no text, or several controls may be the one with the stance.
    """
    tasks = [(record.row, _require_task(record, path)) for record in records]
    file = _TaskFile(path, _find_stance_control(tasks, path, stance_control), _collect_user_emails(tasks))
    for row_number, task in tasks:
        data = {str(name): json_to_cell(value) for name, value in task["data"].items()}
        if text_key not in data:
            raise MissingColumnError(text_key, data, path, "name the key of the text with --text-column")
        data = {"text" if name == text_key else name: cell for name, cell in data.items()}
        yield from _read_task(task, data, row_number, file)


def _require_task(record: JsonRecord, path: Path) -> dict[str, Any]:
    task = record.value
    annotations = _get_annotations(task)
    results = [
        result for annotation in annotations if isinstance(annotation, dict) for result in _get_results(annotation)
    ]
    if not isinstance(task.get("data"), dict) or not all(isinstance(part, dict) for part in [*annotations, *results]):
        raise UnreadableFileError(path, "not a Label Studio task", "export the project as JSON", row=record.row)
    return task


def _get_annotations(task: Mapping[str, Any]) -> list[Any]:
    annotations = task.get("annotations") or task.get("completions") or []
    return annotations if isinstance(annotations, list) else [annotations]


def _get_results(annotation: Mapping[str, Any]) -> list[Any]:
    results = annotation.get("result") or []
    return results if isinstance(results, list) else [results]


def _find_stance_control(tasks: Sequence[tuple[int, dict[str, Any]]], path: Path, stance_control: str) -> str:
    """Return the control with the stance: the one of the given name, else the only one with choices."""
    n_uses: Counter[str] = Counter()
    for _, task in tasks:
        for annotation in _get_annotations(task):
            n_uses.update(
                json_to_cell(result.get("from_name"))
                for result in _get_results(annotation)
                if result.get("type") == "choices"
            )
    if stance_control in n_uses or n_uses.keys() <= {*CONTROL_NAMES}:
        return stance_control
    if len(n_uses) > 1:
        reason = f"several questions with choices: {', '.join(sorted(n_uses))}"
        raise UnreadableFileError(path, reason, "name the question about the stance with --stance-column")
    return next(iter(n_uses))


def _collect_user_emails(tasks: Sequence[tuple[int, dict[str, Any]]]) -> dict[str, str]:
    """Return the addresses of users by their numbers, as far as any annotation has them."""
    emails = {}
    for _, task in tasks:
        for annotation in _get_annotations(task):
            user = annotation.get("completed_by")
            if isinstance(user, dict) and isinstance(user.get("email"), str) and user["email"]:
                emails[json_to_cell(user.get("id"))] = user["email"]
            # "First Last name@example.org, 3", in exports of the list of tasks
            name_and_email, _, number = json_to_cell(annotation.get("created_username")).rpartition(", ")
            if "@" in name_and_email and number.isdecimal():
                emails.setdefault(number, name_and_email.split()[-1])
    return emails


def _read_task(
    task: Mapping[str, Any], data: dict[str, str], row_number: int, file: _TaskFile
) -> Iterator[ImportedRow]:
    meta = task["meta"] if isinstance(task.get("meta"), dict) else {}
    sheet_rows = row_records.restore_rows(data, meta.get(RECORD_KEY, []))
    for number, row in sheet_rows.items():
        yield ImportedRow(row, file.path, row_number, number)
    item_key = f"task {json_to_cell(task.get('id')) or row_number}"
    task_cells = row_records.prefix_label_columns(data, COLUMN_PREFIX)
    task_cells |= {
        f"meta.{name}": json_to_cell(value) for name, value in meta.items() if name not in (RECORD_KEY, VERSIONS_KEY)
    }
    task_cells |= prefix_extra_cells(task, {"id": "id", "predictions": "predictions"})
    annotations = sorted(_get_annotations(task), key=lambda annotation: json_to_cell(annotation.get("created_at")))
    for annotation in annotations:
        label, extra_cells = _parse_annotation(annotation, file.stance_control)
        sheet_row = sheet_rows.get(_get_sheet_row_number(annotation))
        annotator = get_annotator_name(annotation.get("completed_by"), file.user_emails)
        base_cells = task_cells
        if sheet_row is not None:
            if label == row_records.parse_label(sheet_row):
                continue
            user = annotation.get("updated_by") or annotation.get("completed_by")
            sheet_annotator = sheet_row.get("annotator", "")
            annotator = get_annotator_name(user, file.user_emails) or sheet_annotator
            base_cells = sheet_row | {"pass": sheet_row.get("pass", "") if annotator == sheet_annotator else ""}
        time = json_to_cell(annotation.get("updated_at") or annotation.get("created_at"))
        label_cells = label.to_cells() | {
            "annotator": annotator,
            "labelled_at": normalise_timestamp(time),
            "codebook": row_records.look_up_version(label.stance, meta.get(VERSIONS_KEY)),
        }
        extra_cells |= prefix_extra_cells(
            annotation, {"id": "annotation_id", "lead_time": "lead_time", "ground_truth": "ground_truth"}
        )
        yield ImportedRow(base_cells | label_cells | extra_cells, file.path, row_number, item_key=item_key)
    if not sheet_rows and not annotations:
        yield ImportedRow(task_cells, file.path, row_number, item_key=item_key)


def _get_sheet_row_number(annotation: Mapping[str, Any]) -> int:
    """Return the number of the exported row that an annotation was imported from, -1 if there is none."""
    cell = json_to_cell(annotation["import_id"] if "import_id" in annotation else annotation.get("id"))
    is_number = cell.isdecimal() and cell.isascii() and len(cell) <= _MAX_ID_DIGITS
    return int(cell) if is_number else -1


def _parse_annotation(annotation: Mapping[str, Any], stance_control: str) -> tuple[LabelContent, dict[str, str]]:
    """Return the label of an annotation, and the answers to other questions as cells."""
    choices_by_control: dict[str, list[str]] = {}
    other_values: dict[str, Any] = {}
    for result in _get_results(annotation):
        name, value = json_to_cell(result.get("from_name")), result.get("value")
        choices = parse_choices(value)
        if name == stance_control or (name in CONTROL_NAMES and choices is not None):
            choices_by_control.setdefault(name, []).extend(choices or [])
        else:
            other_values.setdefault(name, []).append(value)
    skipped = bool(annotation.get("was_cancelled") or annotation.get("skipped"))
    other_cells = {
        f"{COLUMN_PREFIX}.{name}": json_to_cell(values[0] if len(values) == 1 else values)
        for name, values in other_values.items()
    }
    return label_from_choices(choices_by_control, stance_control, skipped=skipped), other_cells
