"""Read files of labelling tools into rows, and write sheets as files of a tool."""

from __future__ import annotations

import zipfile
import zlib
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from stance.errors import EmptyTableError, MissingFileError, UnreadableFileError, WorkbookError
from stance.interchange import (
    doccano,
    label_studio,
    label_studio_flat,
    labelling_interfaces,
    plain_csv,
    prodigy,
    row_records,
)
from stance.interchange.row_records import ImportedRow, LabelContent
from stance.interchange.text_repair import repair_cells
from stance.io import atomic
from stance.io.csv_format import format_csv
from stance.io.json_objects import read_json_records
from stance.labels.codebook import codebook_from_names
from stance.labels.sheets import sheet_file

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from stance.interchange.load_sheets import LoadedSheets
    from stance.labels.codebook import Codebook

ToolName = Literal["label-studio", "doccano", "prodigy", "csv"]

_TOOL_BY_SUFFIX: dict[str, ToolName] = {".csv": "csv", ".json": "label-studio"}
_N_SNIFFED_RECORDS = 20
_SNIFFED_BYTES = 4096
_ZIP_SIGNATURE = b"PK\x03\x04"
_OLD_WORKBOOK_SIGNATURE = b"\xd0\xcf\x11\xe0"
_WORKBOOK_MEMBERS = ("[Content_Types].xml", "mimetype")
_EXPORT_SUFFIXES = (".jsonl", ".json")


def infer_output_tool(path: Path) -> ToolName | None:
    """Return the tool that a file is for by its suffix, None if unknown; two tools read `.jsonl`."""
    return _TOOL_BY_SUFFIX.get(path.suffix.lower())


def detect_input_tool(path: Path) -> ToolName | None:
    """Return the tool that wrote a file by its content, None if that is ambiguous.

    Raises
    ------
    StanceError
        The file is missing, empty, a spreadsheet workbook, or invalid JSON.
    """
    head = _read_head(path)
    if head.startswith(_ZIP_SIGNATURE):
        _read_zip_members(path)
        return "doccano"
    first_characters = head.replace(b"\0", b"").lstrip(b"\xef\xbb\xbf\xff\xfe \t\r\n")
    if first_characters[:1] not in (b"{", b"["):
        return "csv"
    values = [record.value for record in islice(read_json_records(path), _N_SNIFFED_RECORDS)]
    if all(label_studio.is_label_studio_task(value) or label_studio_flat.is_flat_export(value) for value in values):
        return "label-studio"
    if any(row_records.RECORD_KEY in value for value in values):
        return "doccano"
    if any(map(prodigy.is_prodigy_task, values)):
        return "prodigy"
    return "doccano" if all(map(doccano.is_doccano_example, values)) else None


def _read_head(path: Path) -> bytes:
    if not path.is_file():
        raise MissingFileError(path)
    with path.open("rb") as file:
        head = file.read(_SNIFFED_BYTES)
    if not head.strip():
        raise EmptyTableError(path)
    if head.startswith(_OLD_WORKBOOK_SIGNATURE):
        raise WorkbookError(path)
    return head


def _read_zip_members(path: Path) -> dict[str, bytes]:
    """Return the files in a doccano export by name; each has the labels of one user."""
    try:
        with zipfile.ZipFile(path) as archive:
            names = archive.namelist()
            if any(name in _WORKBOOK_MEMBERS for name in names):
                raise WorkbookError(path)
            members = {name: archive.read(name) for name in names if name.lower().endswith(_EXPORT_SUFFIXES)}
    except (zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError, OSError, EOFError, ValueError) as error:
        reason = f"this zip file cannot be read ({type(error).__name__})"
        raise UnreadableFileError(path, reason, "download it again, or unpack it and name its files") from None
    if not members:
        raise UnreadableFileError(path, "this zip file has no JSON lines in it", "export from doccano as JSONL")
    return members


@dataclass(frozen=True)
class ImportOptions:
    """How files are read.

    Attributes
    ----------
    text_column, stance_column
        The columns or keys with the text and the stance.
    annotator_names
        Pairs of an annotator's name in the file and in the sheet; the name "" in the file is an unnamed annotator.
    """

    text_column: str = "text"
    stance_column: str = "stance"
    annotator_names: tuple[tuple[str, str], ...] = ()


def read_tool_files(
    paths: Sequence[tuple[Path, ToolName]], options: ImportOptions
) -> tuple[list[ImportedRow], tuple[str, ...]]:
    """Read files of labelling tools.

    Returns
    -------
    tuple of (list of ImportedRow, tuple of str)
        Of each file, first the rows that were exported from a sheet, in their order there, then the labels given in the
        tool; and warnings about replaced characters.

    Raises
    ------
    StanceError
        A file cannot be read as one of its tool.
    """
    rows: list[ImportedRow] = []
    warnings: list[str] = []
    seen_sheet_rows = set()
    names = dict(options.annotator_names)
    for path, tool in paths:
        sheet_rows, tool_rows = [], []
        for row in _read_tool_file(path, tool, options):
            cells, repair_warnings = repair_cells(row.cells, f"{row.path}:{row.line_number}")
            warnings += repair_warnings
            if row.sheet_row is not None:
                number_and_cells = (row.sheet_row, tuple(sorted(cells.items())))
                if number_and_cells not in seen_sheet_rows:
                    seen_sheet_rows.add(number_and_cells)
                    sheet_rows.append(replace(row, cells=cells))
                continue
            annotator = cells.get("annotator", "")
            if annotator in names and (annotator or cells.get("stance")):
                cells["annotator"] = names[annotator]
            tool_rows.append(replace(row, cells=cells))
        rows += sorted(sheet_rows, key=lambda row: row.sheet_row or 0) + _drop_superseded_rows(tool_rows)
    return rows, tuple(dict.fromkeys(warnings))


def _drop_superseded_rows(tool_rows: Sequence[ImportedRow]) -> list[ImportedRow]:
    """Return the rows without unlabelled ones of labelled comments, and with skips and rejections before labels.

    A person may skip or reject a comment before or after labelling it. As the last row of a key counts, these rows come
    first, so that they do not withdraw the label.
    """
    labelled_items = {row.item_key for row in tool_rows if row_records.parse_label(row.cells) != LabelContent()}
    with_stance = {_get_item_and_annotator(row) for row in tool_rows if row.cells.get("stance")}
    seen_items: set[str] = set()
    superseded: list[ImportedRow] = []
    kept: list[ImportedRow] = []
    for row in tool_rows:
        if row.from_table:
            kept.append(row)
        elif (
            row_records.parse_label(row.cells) != LabelContent()
            or row.cells.get("annotator")
            or not (row.item_key in labelled_items or row.item_key in seen_items)
        ):
            is_superseded = not row.cells.get("stance") and _get_item_and_annotator(row) in with_stance
            (superseded if is_superseded else kept).append(row)
        seen_items.add(row.item_key)
    return superseded + kept


def _get_item_and_annotator(row: ImportedRow) -> tuple[str, str]:
    return row.item_key, row.cells.get("annotator", "")


def _read_tool_file(path: Path, tool: ToolName, options: ImportOptions) -> Iterator[ImportedRow]:
    text_column, stance_column = options.text_column, options.stance_column
    is_zip = _read_head(path).startswith(_ZIP_SIGNATURE)
    if is_zip and tool != "doccano":
        _read_zip_members(path)
        raise UnreadableFileError(path, "this is a zip file", "unpack it, and name the file in it")
    if tool == "csv":
        yield from plain_csv.read_table_rows(sheet_file.read_sheet(path), text_column, stance_column)
    elif tool == "doccano" and is_zip:
        yield from _read_doccano_zip(path, options)
    elif tool == "doccano":
        yield from doccano.read_doccano_examples(read_json_records(path), path, text_column, stance_column)
    elif tool == "prodigy":
        yield from prodigy.read_prodigy_tasks(read_json_records(path), path, text_column)
    else:
        records = list(read_json_records(path))
        if all(label_studio_flat.is_flat_export(record.value) for record in records):
            rows = [(record.row, record.value) for record in records]
            yield from label_studio_flat.read_flat_export(rows, path, text_column, stance_column)
        else:
            yield from label_studio.read_label_studio_tasks(records, path, text_column, stance_column)


def _read_doccano_zip(path: Path, options: ImportOptions) -> Iterator[ImportedRow]:
    for name, data in _read_zip_members(path).items():
        member_path, user = path / name, Path(name).stem
        annotator = "" if user == doccano.ALL_ANNOTATORS_FILE else user
        if data.strip() not in (b"", b"[]"):
            records = read_json_records(member_path, data)
            rows = doccano.read_doccano_examples(
                records, member_path, options.text_column, options.stance_column, annotator
            )
            for row in rows:
                yield replace(row, path=path)


def find_unknown_stances(imported: Iterable[ImportedRow], codebook: Codebook) -> tuple[str, ...]:
    """Return the stances in some rows that a codebook does not have."""
    known_names = {name.casefold() for name in codebook.stance_names}
    stances = dict.fromkeys(row.cells.get("stance", "").strip() for row in imported)
    return tuple(stance for stance in stances if stance and stance.casefold() not in known_names)


def format_for_tool(
    loaded: LoadedSheets, tool: ToolName, codebook: Codebook | None, *, resolved: bool = False
) -> Iterator[str]:
    """Yield the parts of a file of a tool.

    Parameters
    ----------
    loaded
        The sheets to export.
    tool
        The tool that will read the file.
    codebook
        The codebook of the sheets; if None, the stances of the labels are offered to annotators where options are
        needed.
    resolved
        For CSV, write one row per comment with its resolved stance, not one row per label.

    Raises
    ------
    StanceError
        `resolved`, and the labels of a comment cannot be resolved.
    """
    columns = list(loaded.frame.columns)
    if tool == "csv":
        frame = plain_csv.resolve_labels_to_frame(loaded.sheets, codebook, loaded.items) if resolved else loaded.frame
        rows = frame.to_numpy(dtype=object).tolist()
        yield "\ufeff" + format_csv([list(frame.columns), *rows], ",", "\r\n")
    elif tool == "label-studio":
        yield from label_studio.format_label_studio_tasks(loaded.items, columns, codebook)
    elif tool == "doccano":
        yield from doccano.format_doccano_examples(loaded.items, columns, codebook)
    else:
        labels = (row_records.parse_label(row) for item in loaded.items for row in item.current_labels.values())
        yield from prodigy.format_prodigy_tasks(
            loaded.items, codebook or codebook_from_names(label.stance for label in labels)
        )


def format_labelling_config(loaded: LoadedSheets, tool: ToolName, codebook: Codebook) -> str:
    """Return the labelling interface or settings of a tool."""
    if tool == "label-studio":
        return labelling_interfaces.format_label_studio_config(codebook, list(loaded.frame.columns))
    if tool == "doccano":
        return labelling_interfaces.format_doccano_config(codebook)
    return labelling_interfaces.format_prodigy_config()


def write_text_file(path: Path, parts: Iterable[str]) -> None:
    """Write a file atomically: completely or not at all."""
    with atomic.open_atomically(path) as stream:
        for part in parts:
            stream.write(part.encode())
