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
from stance.interchange.row_records import Found, Said
from stance.interchange.text_repair import repaired_cells
from stance.io import atomic
from stance.io.csv_format import format_csv
from stance.io.json_objects import read_entries
from stance.labels.codebook import from_names
from stance.labels.sheets import sheet_file

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from stance.interchange.load_sheets import Taken
    from stance.labels.codebook import Codebook

Tool = Literal["label-studio", "doccano", "prodigy", "csv"]

_BY_SUFFIX: dict[str, Tool] = {".csv": "csv", ".json": "label-studio"}
_LINES_TRIED = 20
_WORKBOOKS = ("[Content_Types].xml", "mimetype")
_MEMBERS = (".jsonl", ".json")


def tool_of_output(path: Path) -> Tool | None:
    """Tell the tool that a file is for by its suffix; two read `.jsonl`."""
    return _BY_SUFFIX.get(path.suffix.lower())


def tool_of_input(path: Path) -> Tool | None:
    """Tell the tool that wrote a file by what is in it; None if that leaves a doubt.

    Raises
    ------
    StanceError
        The file is not there, empty, a workbook of a spreadsheet, or JSON that cannot be read.
    """
    begun = _beginning(path)
    if begun.startswith(b"PK\x03\x04"):
        _members(path)
        return "doccano"
    letters = begun.replace(b"\0", b"").lstrip(b"\xef\xbb\xbf\xff\xfe \t\r\n")
    if letters[:1] not in (b"{", b"["):
        return "csv"
    values = [entry.value for entry in islice(read_entries(path), _LINES_TRIED)]
    if all(label_studio.is_task(value) or label_studio.is_flat(value) for value in values):
        return "label-studio"
    if any(row_records.RECORD in value for value in values):
        return "doccano"
    if any(map(prodigy.is_line, values)):
        return "prodigy"
    return "doccano" if all(map(doccano.is_example, values)) else None


def _beginning(path: Path) -> bytes:
    if not path.is_file():
        raise MissingFileError(path)
    with path.open("rb") as file:
        begun = file.read(1 << 12)
    if not begun.strip():
        raise EmptyTableError(path)
    if begun.startswith(b"\xd0\xcf\x11\xe0"):
        raise _workbook(path)
    return begun


def _workbook(path: Path) -> UnreadableFileError:
    return UnreadableFileError(
        path, "a workbook, not a CSV", "save it in the spreadsheet as CSV (UTF-8), and name that"
    )


def _members(path: Path) -> dict[str, bytes]:
    """Give the files of a doccano export by the names of their users."""
    try:
        with zipfile.ZipFile(path) as archive:
            names = archive.namelist()
            if any(name in _WORKBOOKS for name in names):
                raise _workbook(path)
            held = {name: archive.read(name) for name in names if name.lower().endswith(_MEMBERS)}
    except (zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError, OSError, EOFError, ValueError) as error:
        reason = f"a zip that cannot be read ({type(error).__name__})"
        raise UnreadableFileError(path, reason, "download it again, or unpack it and name its files") from None
    if not held:
        raise UnreadableFileError(path, "a zip without JSON lines", "export from doccano as JSONL")
    return held


@dataclass(frozen=True)
class Reading:
    """How files are read: the names of the text and of the stance in them, and of annotators that they call otherwise.

    `annotators` maps names of the file to names of the sheet; "" is whoever it does not name.
    """

    text: str = "text"
    stance: str = "stance"
    annotators: tuple[tuple[str, str], ...] = ()


def read(paths: Sequence[tuple[Path, Tool]], reading: Reading) -> tuple[list[Found], tuple[str, ...]]:
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
    rows: list[Found] = []
    warnings: list[str] = []
    seen = set()
    names = dict(reading.annotators)
    for path, tool in paths:
        carried, said = [], []
        for each in _read_one(path, tool, reading):
            cells, told = repaired_cells(each.cells, f"{each.path}:{each.place}")
            warnings += told
            if each.row is not None:
                own = (each.row, tuple(sorted(cells.items())))
                if own not in seen:
                    seen.add(own)
                    carried.append(replace(each, cells=cells))
                continue
            annotator = cells.get("annotator", "")
            if annotator in names and (annotator or cells.get("stance")):
                cells["annotator"] = names[annotator]
            said.append(replace(each, cells=cells))
        rows += sorted(carried, key=lambda each: each.row or 0) + _without_idle(said)
    return rows, tuple(dict.fromkeys(warnings))


def _without_idle(said: Sequence[Found]) -> list[Found]:
    """Leave out that a comment is to do where somebody says something of it, and let no label be withdrawn.

    A person may skip or reject a comment before or after labelling it; the last row of a key is the one that counts.
    """
    told = {each.comment for each in said if row_records.said_in(each.cells) != Said()}
    labelled = {_whose(each) for each in said if each.cells.get("stance")}
    seen: set[str] = set()
    kept: list[Found] = []
    first: list[Found] = []
    for each in said:
        if each.of_sheet:
            kept.append(each)
        elif (
            row_records.said_in(each.cells) != Said()
            or each.cells.get("annotator")
            or not (each.comment in told or each.comment in seen)
        ):
            beaten = not each.cells.get("stance") and _whose(each) in labelled
            (first if beaten else kept).append(each)
        seen.add(each.comment)
    return first + kept


def _whose(found: Found) -> tuple[str, str]:
    return found.comment, found.cells.get("annotator", "")


def _read_one(path: Path, tool: Tool, reading: Reading) -> Iterator[Found]:
    text, stance = reading.text, reading.stance
    begun = _beginning(path)
    is_zip = begun.startswith(b"PK\x03\x04")
    if is_zip and tool != "doccano":
        _members(path)
        raise UnreadableFileError(path, "a zip", "unpack it, and name the file in it")
    if tool == "csv":
        yield from plain_csv.read(sheet_file.read_sheet(path), text, stance)
    elif tool == "doccano" and is_zip:
        for name, data in _members(path).items():
            inner, user = path / name, Path(name).stem
            user = "" if user == doccano.ALL else user
            if data.strip() not in (b"", b"[]"):
                for each in doccano.read_examples(read_entries(inner, data), inner, text, stance, user):
                    yield replace(each, path=path)
    elif tool == "doccano":
        yield from doccano.read_examples(read_entries(path), path, text, stance)
    elif tool == "prodigy":
        yield from prodigy.read_lines(read_entries(path), path, text)
    else:
        entries = list(read_entries(path))
        if all(label_studio.is_flat(entry.value) for entry in entries):
            rows = [(entry.row, entry.value) for entry in entries]
            yield from label_studio.read_flat(rows, path, text, stance)
        else:
            yield from label_studio.read_tasks(entries, path, text, stance)


def unknown_stances(found: Iterable[Found], codebook: Codebook) -> tuple[str, ...]:
    """Name the stances that a codebook does not have."""
    known = {name.casefold() for name in codebook.names}
    given = dict.fromkeys(each.cells.get("stance", "").strip() for each in found)
    return tuple(stance for stance in given if stance and stance.casefold() not in known)


def export(taken: Taken, tool: Tool, codebook: Codebook | None, *, settled: bool = False) -> Iterator[str]:
    """Write sheets as a file of a tool, piece by piece.

    Raises
    ------
    StanceError
        `settled`, and labels that cannot be settled.
    """
    columns = list(taken.frame.columns)
    if tool == "csv":
        frame = plain_csv.settled(taken.sheets, codebook, taken.comments) if settled else taken.frame
        rows = frame.to_numpy(dtype=object).tolist()
        yield "\ufeff" + format_csv([list(frame.columns), *rows], ",", "\r\n")
    elif tool == "label-studio":
        yield from label_studio.written_tasks(taken.comments, columns, codebook)
    elif tool == "doccano":
        yield from doccano.written_examples(taken.comments, columns, codebook)
    else:
        stances = from_names(row_records.said_in(row).stance for each in taken.comments for row in each.labels.values())
        yield from prodigy.written_lines(taken.comments, codebook or stances)


def interface(taken: Taken, tool: Tool, codebook: Codebook) -> str:
    """Write the labelling interface of a tool."""
    if tool == "label-studio":
        return labelling_interfaces.of_label_studio(codebook, list(taken.frame.columns))
    return labelling_interfaces.of_doccano(codebook) if tool == "doccano" else labelling_interfaces.of_prodigy()


def write(path: Path, pieces: Iterable[str]) -> None:
    """Write a file whole or not at all."""
    with atomic.replacing(path) as stream:
        for piece in pieces:
            stream.write(piece.encode())
