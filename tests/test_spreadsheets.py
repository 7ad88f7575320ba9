"""Sheets saved by LibreOffice and Excel; the files in exchange/ were written by LibreOffice 7.4, locale ru-RU."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import pytest
from conftest import ROOT, run, small_sheet

from stance.errors import UnreadableFileError
from stance.labels.resolution import combine_labels
from stance.labels.sheets.sheet_file import read_sheet

FILES = ROOT / "tests" / "exchange"
LABELS = ["comment_id", "stance", "annotator", "pass", "unsure", "sampled", "seed", "probability"]


@pytest.mark.parametrize("name", ["utf8_comma", "utf8_quoted", "utf16_tab", "cp1251"])
def test_sheet_saved_by_libreoffice_has_the_same_labels(name: str) -> None:
    before = read_sheet(FILES / "before_libreoffice.csv")
    after = read_sheet(FILES / f"libreoffice_{name}.csv")
    assert list(after.frame.columns) == list(before.frame.columns)
    # LibreOffice takes a text that starts with "=" for a formula.
    assert list(after.frame["text"]) == [before.frame["text"].iloc[0], "Err:509", before.frame["text"].iloc[2]]
    assert after.frame.drop(columns="text").to_dict("list") == before.frame.drop(columns="text").to_dict("list")
    combined = [combine_labels([sheet], None)[0][LABELS].to_dict("list") for sheet in (before, after)]
    assert combined[0] == combined[1]
    assert combined[0]["unsure"] == ["yes", "yes", "skipped"]


HEADER = "comment_id,text,stance,pass,unsure,labelled_at,sampled,seed,probability"
REFORMATTED_CELLS = {
    "numbers with a point": ("1.0", "yes", "Random ", "7.0", "0.05"),
    "numbers with a comma": ("1,0", "yes", "random", "7,0", "0,05"),
    "truth values": ("1", "TRUE", "RANDOM", "7", "0.05"),
    "truth values in Russian": (" 1 ", "ИСТИНА", " random", "7", " 0.05 "),
    "a percentage": ("1.", "Yes", "random", "7", "5%"),
    "a percentage with a comma": ("1", "да", "random", "7", "5,00 %"),
    "exponents": ("1E+00", "1", "random", "7.00E+00", "5E-02"),
}


@pytest.mark.parametrize("cells", REFORMATTED_CELLS.values(), ids=REFORMATTED_CELLS)
def test_reformatted_cells_are_normalised(tmp_path: Path, cells: tuple[str, ...]) -> None:
    sheet = tmp_path / "sheet.csv"
    number, unsure, *drawn = cells
    line = ";".join(["c1", '"Да;\r\nнет"', "for", number, unsure, "22.11.2026 10:15", *drawn])
    sheet.write_bytes(f"{HEADER.replace(',', ';')};;\r\n{line};;\r\n;;;;;;;;;;\r\n;\r\n".encode("cp1251"))
    rows, _ = combine_labels([read_sheet(sheet)], None)
    assert rows[["pass", "unsure", "sampled", "seed", "probability"]].to_numpy().tolist() == [
        ["1", "yes", "random", "7", "0.05"]
    ]


@pytest.mark.parametrize(
    ("unsure", "read"), [("FALSE", ""), ("ЛОЖЬ", ""), ("нет", ""), ("0", ""), ("Skipped", "skipped")]
)
def test_cells_that_mean_not_unsure(tmp_path: Path, unsure: str, read: str) -> None:
    sheet = tmp_path / "sheet.csv"
    sheet.write_text(f"text,stance,unsure\nA,for,{unsure}\n", encoding="utf-8")
    assert list(combine_labels([read_sheet(sheet)], None)[0]["unsure"]) == [read]


def _zip_file(member: str) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr(member, "")
    return buffer.getvalue()


WORKBOOKS = {
    "sheet.xlsx": _zip_file("[Content_Types].xml"),
    "sheet.ods": _zip_file("mimetype"),
    "sheet.xls": b"\xd0\xcf\x11\xe0\xa1",
}


@pytest.mark.parametrize("name", WORKBOOKS)
def test_workbook_raises_error_with_remedy(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    path.write_bytes(WORKBOOKS[name])
    with pytest.raises(
        UnreadableFileError, match=r"a workbook, not a CSV file \(.*\): save it in the spreadsheet as CSV"
    ):
        read_sheet(path)


@pytest.mark.slow
def test_train_on_sheet_saved_by_a_spreadsheet(tmp_path: Path) -> None:
    sheet = small_sheet(tmp_path)
    lines = sheet.read_text(encoding="utf-8").splitlines()
    lines = [f"{line},pass,probability" if number == 0 else f'{line},1.0,"0,05"' for number, line in enumerate(lines)]
    sheet.write_bytes("\r\n".join(["sep=,", *lines, ",,,,,", ""]).encode("utf-8-sig"))
    ran = run("train", sheet, "--model", tmp_path / "m.joblib", "-j", "1", "--quick")
    assert ran.code == 0, ran.err
