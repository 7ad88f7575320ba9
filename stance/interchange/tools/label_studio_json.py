"""Files of Label Studio: its JSON, JSON-MIN and CSV."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from stance.interchange import label_studio, label_studio_flat, labelling_interfaces
from stance.interchange.input_files import refuse_zip
from stance.io.json_objects import read_json_records

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from stance.interchange.load_sheets import LoadedSheets
    from stance.interchange.registry import ImportOptions
    from stance.interchange.row_records import ImportedRow
    from stance.labels.codebook import Codebook


def recognises(values: Sequence[Mapping[str, Any]]) -> bool:
    """Return whether all objects are tasks, or rows of JSON-MIN."""
    return all(label_studio.is_label_studio_task(value) or label_studio_flat.is_flat_export(value) for value in values)


def read_file(path: Path, options: ImportOptions) -> Iterator[ImportedRow]:
    """Yield the rows of a JSON or JSON-MIN export."""
    refuse_zip(path)
    records = list(read_json_records(path))
    if all(label_studio_flat.is_flat_export(record.value) for record in records):
        rows = [(record.row, record.value) for record in records]
        yield from label_studio_flat.read_flat_export(rows, path, options.text_column, options.stance_column)
    else:
        yield from label_studio.read_label_studio_tasks(records, path, options.text_column, options.stance_column)


def format_file(loaded: LoadedSheets, codebook: Codebook | None, *, resolved: bool) -> Iterator[str]:
    """Yield the parts of a list of tasks."""
    del resolved
    yield from label_studio.format_label_studio_tasks(loaded.items, list(loaded.frame.columns), codebook)


def format_config(loaded: LoadedSheets, codebook: Codebook) -> str:
    """Return the labelling interface in XML."""
    return labelling_interfaces.format_label_studio_config(codebook, list(loaded.frame.columns))
