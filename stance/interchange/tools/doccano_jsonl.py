"""Files of doccano: its JSON lines, and zip files of them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from stance.interchange import doccano, labelling_interfaces, prodigy, row_records
from stance.interchange.input_files import is_zip, read_zip_members
from stance.io.json_objects import read_json_records

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from stance.interchange.load_sheets import LoadedSheets
    from stance.interchange.registry import ImportOptions
    from stance.interchange.row_records import ImportedRow
    from stance.labels.codebook import Codebook


def recognises(values: Sequence[Mapping[str, Any]]) -> bool:
    """Return whether some object was exported to doccano by stance, or all are doccano's own examples."""
    return any(row_records.RECORD_KEY in value for value in values) or (
        all(map(doccano.is_doccano_example, values)) and not any(map(prodigy.is_prodigy_task, values))
    )


def read_file(path: Path, options: ImportOptions) -> Iterator[ImportedRow]:
    """Yield the rows of an export; a zip file has one member per user."""
    if not is_zip(path):
        yield from doccano.read_doccano_examples(
            read_json_records(path), path, options.text_column, options.stance_column
        )
        return
    for name, data in read_zip_members(path).items():
        member_path, user = path / name, Path(name).stem
        annotator = "" if user == doccano.ALL_ANNOTATORS_FILE else user
        if data.strip() not in (b"", b"[]"):
            records = read_json_records(member_path, data)
            rows = doccano.read_doccano_examples(
                records, member_path, options.text_column, options.stance_column, annotator
            )
            for row in rows:
                yield replace(row, path=path)


def format_file(loaded: LoadedSheets, codebook: Codebook | None, *, resolved: bool) -> Iterator[str]:
    """Yield one line per item."""
    del resolved
    yield from doccano.format_doccano_examples(loaded.items, list(loaded.frame.columns), codebook)


def format_config(loaded: LoadedSheets, codebook: Codebook) -> str:
    """Return the labels as doccano imports them."""
    del loaded
    return labelling_interfaces.format_doccano_config(codebook)
