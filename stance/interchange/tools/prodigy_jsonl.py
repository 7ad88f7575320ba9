"""Files of Prodigy: its JSON lines."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from stance.interchange import labelling_interfaces, prodigy, row_records
from stance.interchange.input_files import refuse_zip
from stance.io.json_objects import read_json_records
from stance.labels.codebook import codebook_from_names

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from stance.interchange.load_sheets import LoadedSheets
    from stance.interchange.registry import ImportOptions
    from stance.interchange.row_records import ImportedRow
    from stance.labels.codebook import Codebook


def recognises(values: Sequence[Mapping[str, Any]]) -> bool:
    """Return whether some object is a task of Prodigy."""
    return any(map(prodigy.is_prodigy_task, values))


def read_file(path: Path, options: ImportOptions) -> Iterator[ImportedRow]:
    """Yield the rows of an export by `prodigy db-out`."""
    refuse_zip(path)
    yield from prodigy.read_prodigy_tasks(read_json_records(path), path, options.text_column)


def format_file(loaded: LoadedSheets, codebook: Codebook | None, *, resolved: bool) -> Iterator[str]:
    """Yield one line per row of the sheets."""
    del resolved
    labels = (row_records.parse_label(row) for item in loaded.items for row in item.current_labels.values())
    yield from prodigy.format_prodigy_tasks(
        loaded.items, codebook or codebook_from_names(label.stance for label in labels)
    )


def format_config(loaded: LoadedSheets, codebook: Codebook) -> str:
    """Return the settings of a recipe."""
    del loaded, codebook
    return labelling_interfaces.format_prodigy_config()
