"""Read files of labelling tools into rows, and write sheets as files of a tool."""

from __future__ import annotations

from dataclasses import replace
from itertools import islice
from typing import TYPE_CHECKING

from stance.interchange import input_files, plain_csv, row_records, table_files
from stance.interchange.registry import TOOLS, ImportOptions
from stance.interchange.row_records import ImportedRow, LabelContent
from stance.interchange.text_repair import repair_cells
from stance.io import atomic
from stance.io.json_objects import read_json_records

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

    from stance.interchange.load_sheets import LoadedSheets
    from stance.labels.codebook import Codebook

_N_SNIFFED_RECORDS = 20


def infer_output_tool(path: Path) -> str | None:
    """Return the tool that a file is for by its suffix, None if unknown; two tools read `.jsonl`."""
    suffix = path.suffix.lower()
    return next((tool.name for tool in TOOLS.values() if suffix in tool.output_suffixes), None)


def detect_input_tool(path: Path) -> str | None:
    """Return the tool that wrote a file by its content, None if that is ambiguous.

    Raises
    ------
    StanceError
        The file is missing, empty, a spreadsheet workbook, or invalid JSON.
    """
    if input_files.is_zip(path):
        input_files.read_zip_members(path)  # raises for a workbook
        return "doccano"
    first_characters = input_files.read_head(path).replace(b"\0", b"").lstrip(b"\xef\xbb\xbf\xff\xfe \t\r\n")
    if first_characters[:1] not in (b"{", b"["):
        return "csv"
    values = [record.value for record in islice(read_json_records(path), _N_SNIFFED_RECORDS)]
    return next((tool.name for tool in TOOLS.values() if tool.load_module().recognises(values)), None)


def read_tool_files(
    paths: Sequence[tuple[Path, str]], options: ImportOptions
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
        for row in TOOLS[tool].load_module().read_file(path, options):
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


def find_unknown_stances(imported: Iterable[ImportedRow], codebook: Codebook) -> tuple[str, ...]:
    """Return the stances in some rows that a codebook does not have."""
    known_names = {name.casefold() for name in codebook.stance_names}
    stances = dict.fromkeys(row.cells.get("stance", "").strip() for row in imported)
    return tuple(stance for stance in stances if stance and stance.casefold() not in known_names)


def format_for_tool(
    loaded: LoadedSheets, tool: str, codebook: Codebook | None, *, resolved: bool = False
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
    yield from TOOLS[tool].load_module().format_file(loaded, codebook, resolved=resolved)


def format_labelling_config(loaded: LoadedSheets, tool: str, codebook: Codebook) -> str:
    """Return the labelling interface or settings of a tool."""
    return TOOLS[tool].load_module().format_config(loaded, codebook)


def write_tool_file(
    path: Path, loaded: LoadedSheets, tool: str, codebook: Codebook | None, *, resolved: bool = False
) -> None:
    """Write sheets as a file of a tool, completely or not at all; a table in the format that its suffix says.

    Raises
    ------
    StanceError
        `resolved`, and the labels of a comment cannot be resolved.
    """
    table_format = table_files.find_table_format(path) if TOOLS[tool].has_resolved_rows else None
    if table_format:
        frame = plain_csv.resolve_labels_to_frame(loaded.sheets, codebook, loaded.items) if resolved else loaded.frame
        table_files.write_table_file(path, frame, table_format)
    else:
        write_text_file(path, format_for_tool(loaded, tool, codebook, resolved=resolved))


def write_text_file(path: Path, parts: Iterable[str]) -> None:
    """Write a file atomically: completely or not at all."""
    with atomic.open_atomically(path) as stream:
        for part in parts:
            stream.write(part.encode())
