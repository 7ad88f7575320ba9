"""Which tool a file is of, and all of its rows; sheets to a file of any tool."""

from __future__ import annotations

import zipfile
import zlib
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from stance.errors import EmptyTableError, MissingFileError, UnreadableFileError
from stance.interchange import doccano, label_studio, labelling_interfaces, plain_csv, prodigy, row_records
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
_WORKBOOK_MEMBERS = ("[Content_Types].xml", "mimetype")
_EXPORT_SUFFIXES = (".jsonl", ".json")


def infer_output_tool(path: Path) -> ToolName | None:
    """Tell the tool that a file is for by its suffix; two read `.jsonl`."""
    return _TOOL_BY_SUFFIX.get(path.suffix.lower())


def detect_input_tool(path: Path) -> ToolName | None:
    """Tell the tool that wrote a file by what is in it; None if that leaves a doubt.

    Raises
    ------
    StanceError
        The file is not there, empty, a workbook of a spreadsheet, or JSON that cannot be read.
    """
    begun = _read_head(path)
    if begun.startswith(b"PK\x03\x04"):
        _read_zip_members(path)
        return "doccano"
    letters = begun.replace(b"\0", b"").lstrip(b"\xef\xbb\xbf\xff\xfe \t\r\n")
    if letters[:1] not in (b"{", b"["):
        return "csv"
    values = [entry.value for entry in islice(read_json_records(path), _N_SNIFFED_RECORDS)]
    if all(label_studio.is_label_studio_task(value) or label_studio.is_flat_export(value) for value in values):
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
        begun = file.read(1 << 12)
    if not begun.strip():
        raise EmptyTableError(path)
    if begun.startswith(b"\xd0\xcf\x11\xe0"):
        raise _make_workbook_error(path)
    return begun


def _make_workbook_error(path: Path) -> UnreadableFileError:
    return UnreadableFileError(
        path, "a workbook, not a CSV", "save it in the spreadsheet as CSV (UTF-8), and name that"
    )


def _read_zip_members(path: Path) -> dict[str, bytes]:
    """Give the files of a doccano export by the names of their users."""
    try:
        with zipfile.ZipFile(path) as archive:
            names = archive.namelist()
            if any(name in _WORKBOOK_MEMBERS for name in names):
                raise _make_workbook_error(path)
            held = {name: archive.read(name) for name in names if name.lower().endswith(_EXPORT_SUFFIXES)}
    except (zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError, OSError, EOFError, ValueError) as error:
        reason = f"a zip that cannot be read ({type(error).__name__})"
        raise UnreadableFileError(path, reason, "download it again, or unpack it and name its files") from None
    if not held:
        raise UnreadableFileError(path, "a zip without JSON lines", "export from doccano as JSONL")
    return held


@dataclass(frozen=True)
class ImportOptions:
    """How files are read: the names of the text and of the stance in them, and of annotators that they call otherwise.

    `annotator_names` maps names of the file to names of the sheet; "" is whoever it does not name.
    """

    text_column: str = "text"
    stance_column: str = "stance"
    annotator_names: tuple[tuple[str, str], ...] = ()


def read_tool_files(
    paths: Sequence[tuple[Path, ToolName]], options: ImportOptions
) -> tuple[list[ImportedRow], tuple[str, ...]]:
    """Read the rows of files, those that were carried along first and in the order of their sheet.

    Returns
    -------
    tuple of (list of Found, tuple of str)
        The rows with sound text, and what was repaired.

    Raises
    ------
    StanceError
        A file cannot be read as one of that tool.
    """
    rows: list[ImportedRow] = []
    warnings: list[str] = []
    seen = set()
    names = dict(options.annotator_names)
    for path, tool in paths:
        carried, said = [], []
        for each in _read_tool_file(path, tool, options):
            cells, told = repair_cells(each.cells, f"{each.path}:{each.line_number}")
            warnings += told
            if each.sheet_row is not None:
                own = (each.sheet_row, tuple(sorted(cells.items())))
                if own not in seen:
                    seen.add(own)
                    carried.append(replace(each, cells=cells))
                continue
            annotator = cells.get("annotator", "")
            if annotator in names and (annotator or cells.get("stance")):
                cells["annotator"] = names[annotator]
            said.append(replace(each, cells=cells))
        rows += sorted(carried, key=lambda each: each.sheet_row or 0) + _drop_superseded_rows(said)
    return rows, tuple(dict.fromkeys(warnings))


def _drop_superseded_rows(said: Sequence[ImportedRow]) -> list[ImportedRow]:
    """Leave out that a comment is to do where somebody says something of it, and let no label be withdrawn.

    A person may skip or reject a comment before or after labelling it; the last row of a key is the one that counts.
    """
    told = {each.item_key for each in said if row_records.parse_label(each.cells) != LabelContent()}
    labelled = {_get_item_and_annotator(each) for each in said if each.cells.get("stance")}
    seen: set[str] = set()
    kept: list[ImportedRow] = []
    first: list[ImportedRow] = []
    for each in said:
        if each.from_table:
            kept.append(each)
        elif (
            row_records.parse_label(each.cells) != LabelContent()
            or each.cells.get("annotator")
            or not (each.item_key in told or each.item_key in seen)
        ):
            beaten = not each.cells.get("stance") and _get_item_and_annotator(each) in labelled
            (first if beaten else kept).append(each)
        seen.add(each.item_key)
    return first + kept


def _get_item_and_annotator(found: ImportedRow) -> tuple[str, str]:
    return found.item_key, found.cells.get("annotator", "")


def _read_tool_file(path: Path, tool: ToolName, options: ImportOptions) -> Iterator[ImportedRow]:
    text, stance = options.text_column, options.stance_column
    begun = _read_head(path)
    is_zip = begun.startswith(b"PK\x03\x04")
    if is_zip and tool != "doccano":
        _read_zip_members(path)
        raise UnreadableFileError(path, "a zip", "unpack it, and name the file in it")
    if tool == "csv":
        yield from plain_csv.read_table_rows(sheet_file.read_sheet(path), text, stance)
    elif tool == "doccano" and is_zip:
        for name, data in _read_zip_members(path).items():
            inner, user = path / name, Path(name).stem
            user = "" if user == doccano.ALL_ANNOTATORS_FILE else user
            if data.strip() not in (b"", b"[]"):
                for each in doccano.read_doccano_examples(read_json_records(inner, data), inner, text, stance, user):
                    yield replace(each, path=path)
    elif tool == "doccano":
        yield from doccano.read_doccano_examples(read_json_records(path), path, text, stance)
    elif tool == "prodigy":
        yield from prodigy.read_prodigy_tasks(read_json_records(path), path, text)
    else:
        entries = list(read_json_records(path))
        if all(label_studio.is_flat_export(entry.value) for entry in entries):
            rows = [(entry.row, entry.value) for entry in entries]
            yield from label_studio.read_flat_export(rows, path, text, stance)
        else:
            yield from label_studio.read_label_studio_tasks(entries, path, text, stance)


def find_unknown_stances(imported: Iterable[ImportedRow], codebook: Codebook) -> tuple[str, ...]:
    """Name the stances that a codebook does not have."""
    known = {name.casefold() for name in codebook.stance_names}
    given = dict.fromkeys(each.cells.get("stance", "").strip() for each in imported)
    return tuple(stance for stance in given if stance and stance.casefold() not in known)


def format_for_tool(
    loaded: LoadedSheets, tool: ToolName, codebook: Codebook | None, *, resolved: bool = False
) -> Iterator[str]:
    """Write sheets as a file of a tool, piece by piece.

    Raises
    ------
    StanceError
        `resolved`, and labels that cannot be settled.
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
        stances = codebook_from_names(
            row_records.parse_label(row).stance for each in loaded.items for row in each.current_labels.values()
        )
        yield from prodigy.format_prodigy_tasks(loaded.items, codebook or stances)


def format_labelling_config(loaded: LoadedSheets, tool: ToolName, codebook: Codebook) -> str:
    """Write the labelling interface of a tool."""
    if tool == "label-studio":
        return labelling_interfaces.format_label_studio_config(codebook, list(loaded.frame.columns))
    return (
        labelling_interfaces.format_doccano_config(codebook)
        if tool == "doccano"
        else labelling_interfaces.format_prodigy_config()
    )


def write_text_file(path: Path, pieces: Iterable[str]) -> None:
    """Write a file whole or not at all."""
    with atomic.open_atomically(path) as stream:
        for piece in pieces:
            stream.write(piece.encode())
