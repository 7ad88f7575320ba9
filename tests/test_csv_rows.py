"""Parsing CSV as programs write it: quoted or not, with all line ends, and with merge conflicts of git."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import pandas as pd
import pytest
from conftest import run, small_sheet
from hypothesis import given
from hypothesis import strategies as st

from stance.errors import MergeConflictError, StanceError, UnreadableFileError
from stance.io import formats
from stance.io.csv_rows import is_unquoted, parse_csv_rows, split_lines, strip_line_end
from stance.io.row_batches import ColumnSelection
from stance.labels.codebook import read_codebook
from stance.labels.sheets.sheet_file import parse_sheet


def _parse(text: str, delimiter: str = ",", **options: bool) -> list[list[str]]:
    quoted = options.pop("quoted", not is_unquoted(text, delimiter))
    return list(parse_csv_rows(split_lines(text), delimiter, "t.csv", quoted=quoted))


TABLES = {
    "quoted cells": ('a,"b, c"\n"d""e",\n', ",", [["a", "b, c"], ['d"e', ""]]),
    "a line break in a quoted cell": ('a,"b\nc"\nd,e\n', ",", [["a", "b\nc"], ["d", "e"]]),
    "two quoted cells of several lines": ('"a\nb","c\n\nd"\ne,f', ",", [["a\nb", "c\n\nd"], ["e", "f"]]),
    "Windows line ends in a quoted cell": ('a,"b\r\nc"\r\nd,e\r\n', ",", [["a", "b\r\nc"], ["d", "e"]]),
    "a quote inside a cell": ('5" wide,a\nb,c\n', ",", [['5" wide', "a"], ["b", "c"]]),
    "a quote after a blank": (' "a",b\n', ",", [[' "a"', "b"]]),
    "doubled quotes at the end of a line": ('"a""\nb",c\n', ",", [['a"\nb', "c"]]),
    "only quotes": ('"","""",""""""\n', ",", [["", '"', '""']]),
    "empty lines": ("a,b\n\nc,d\n", ",", [["a", "b"], [], ["c", "d"]]),
    "no line end": ('a,"b"', ",", [["a", "b"]]),
    "a sep= line": ("sep=;\na;b\n", ";", [[], ["a", "b"]]),
    "a carriage return does not end a row": ("a,b\rc\nd,e\n", ",", [["a", "b\rc"], ["d", "e"]]),
    "a carriage return at the start of a row": ("a,b\n\rc,d\n", ",", [["a", "b"], ["\rc", "d"]]),
    "a carriage return in a quoted cell": ('a,"b\rc"\nd,e\n', ",", [["a", "b\rc"], ["d", "e"]]),
    "mixed line ends": ("a,b\r\nc,d\ne,f\r\n", ",", [["a", "b"], ["c", "d"], ["e", "f"]]),
    "doubled carriage returns": ("a,b\r\r\nc,d\r\r\n", ",", [["a", "b"], ["c", "d"]]),
    "old Mac line ends": ('a,b\rc,"d\re"\r', ",", [["a", "b"], ["c", "d\ne"]]),
    "other line separators of Unicode": ("a\u2028b,c\x85\n\x0b,\x1c\n", ",", [["a\u2028b", "c\x85"], ["\x0b", "\x1c"]]),
    "TSV, quoted cells": ('a\t"b\tc"\n"d\ne"\tf\n', "\t", [["a", "b\tc"], ["d\ne", "f"]]),
    "TSV, doubled quotes": ('a\t"b ""c"""\nd\t"e"\n', "\t", [["a", 'b "c"'], ["d", "e"]]),
    "TSV, an unclosed quote": ('a\tb\nc\t"d\ne\tf\n', "\t", [["a", "b"], ["c", '"d'], ["e", "f"]]),
    "TSV, rows between two quotes": (
        'a\tb\nc\t"d\ne\tf\ng\th"\n', "\t", [["a", "b"], ["c", '"d'], ["e", "f"], ["g", 'h"']]
    ),
    "TSV, quoted words": (
        'a\tb\nc\t"d" e\nf\t"g"\n', "\t", [["a", "b"], ["c", '"d" e'], ["f", '"g"']]
    ),
    "TSV, inches": ('a\tb\nc\t5" d\nf\t"g"\n', "\t", [["a", "b"], ["c", '5" d'], ["f", '"g"']]),
    "TSV, a quote at the end": ('a\tb\nc\t"', "\t", [["a", "b"], ["c", '"']]),
}  # fmt: skip


@pytest.mark.parametrize(("text", "delimiter", "expected"), TABLES.values(), ids=TABLES)
def test_rows_are_parsed(text: str, delimiter: str, expected: list[list[str]]) -> None:
    assert _parse(text, delimiter) == expected


UNCLOSED = {
    "never closed": ('a,b\nc,"d\ne,f\n', "a quoted cell is never closed \\(t.csv:2\\): close the quote"),
    "text after a quote": (
        'a,b\nc,"d"e\n',
        "text follows the closing quote of a cell .* \\(t.csv:2\\): close the quote",
    ),
    "an extra quote": ('a,"b""\n', "a quoted cell is never closed \\(t.csv:1\\)"),
}


@pytest.mark.parametrize(("text", "message"), UNCLOSED.values(), ids=UNCLOSED)
def test_an_unclosed_quote_is_an_error_with_its_row(text: str, message: str) -> None:
    with pytest.raises(UnreadableFileError, match=message):
        _parse(text)


IDS = "id,text,stance,annotator\n"
ABSORBED = {
    "rows in a cell": (IDS + 'k1,Yes it is,for,lea\nk2,"No,for,lea\nk3,No,against,lea\nk4,Ask",for,lea\n', [(3, 5)]),
    "Windows": ((IDS + 'k1,Yes it is,for,lea\nk2,"No,for,lea\nk3,Ask it",for,lea\n').replace("\n", "\r\n"), [(3, 4)]),
    "a comment of two lines": (IDS + 'k1,Yes it is,for,lea\nk2,"No room,\nnone, at all, ever",for,lea\n', []),
    "a list in a comment": (IDS + 'k1,Yes it is,for,lea\nk2,"Vote:\none,two,three,four\nfive",for,lea\n', []),
    "a quoted table of other columns": (IDS + 'k1,Yes it is,for,lea\nk2,"Look:\n2020,12,against,x\nso",for,lea\n', []),
    "text first": ('text,stance\n"One, two",for\n"Three,\nfour, five\nsix,seven",against\n', []),
}  # fmt: skip


@pytest.mark.parametrize(("text", "line_ranges"), ABSORBED.values(), ids=ABSORBED)
def test_a_cell_that_may_have_absorbed_rows_is_reported(text: str, line_ranges: list[tuple[int, int]]) -> None:
    warnings: list[str] = []
    list(parse_csv_rows(split_lines(text), ",", "t.csv", warn=warnings.append))
    assert len(warnings) == len(line_ranges)
    assert all(
        f"(t.csv:{first} to {last})" in warning for warning, (first, last) in zip(warnings, line_ranges, strict=True)
    )


WORDS = st.lists(
    st.sampled_from(["yes", "Нет", "the bus", "2022", "a, b", "so; it", '"quoted"', "for", "-"]), max_size=8
)
COMMENTS = st.lists(st.builds(" ".join, WORDS), min_size=1, max_size=4).map("\n".join)


@given(comments=st.lists(COMMENTS, min_size=3, max_size=12))
def test_comments_of_several_lines_cause_no_false_warning(comments: list[str]) -> None:
    buffer = io.StringIO(newline="")
    csv.writer(buffer).writerows(
        [["comment_id", "text", "stance"], *([f"c{number:04}", text, "for"] for number, text in enumerate(comments))]
    )
    warnings: list[str] = []
    rows = list(parse_csv_rows(split_lines(buffer.getvalue()), ",", "t.csv", warn=warnings.append))
    assert [row[1] for row in rows[1:]] == comments
    assert warnings == []


CONFLICT = "<<<<<<< HEAD\nc2,A,for\n=======\nc2,A,against\n>>>>>>> bek\n"
THREE_WAYS = "<<<<<<< HEAD\nc2,A,for\n||||||| 1234567\nc2,A,\n=======\nc2,A,against\n>>>>>>> bek\n"


@pytest.mark.parametrize(("conflict", "lines"), [(CONFLICT, ":2, :4, :6"), (THREE_WAYS, ":2, :4, :6, :8")])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_a_merge_conflict_is_an_error_with_its_lines(conflict: str, lines: str, end: str) -> None:
    with pytest.raises(MergeConflictError, match=rf"two versions of some lines \(t\.csv{lines}\): keep one"):
        _parse(("id,text,stance\n" + conflict + "c3,B,for\n").replace("\n", end))


NO_CONFLICTS = {
    "in a cell": 'id,text\n1,"<<<<<<< HEAD\n=======\n>>>>>>> bek"\n',
    "a middle marker first": "id,text\n=======\n1,A\n>>>>>>> no\n",
    "an arrow": "text\n<<<<<<< this\n",
    "longer": "text\n<<<<<<<<<<\n==========\n>>>>>>>>>>\n",
}


@pytest.mark.parametrize("text", NO_CONFLICTS.values(), ids=NO_CONFLICTS)
def test_markers_alone_are_not_a_conflict(text: str) -> None:
    assert _parse(text)


def _read_texts(text: str, input_format: str) -> list[str | None]:
    batches = formats.read_batches(io.BytesIO(text.encode()), input_format, "t", ColumnSelection("text"))
    return [value for batch in batches for value in batch.texts.to_pylist()]


@pytest.mark.parametrize("input_format", ["text", "jsonl", "csv", "tsv"])
def test_a_merge_conflict_is_an_error_in_every_format(input_format: str) -> None:
    line = {"jsonl": '{"text": "a"}\n', "text": "a\n"}.get(input_format, "text\n")
    with pytest.raises(StanceError, match=r"t:2"):
        _read_texts(line + CONFLICT, input_format)


def test_a_merge_conflict_in_a_codebook_is_an_error_with_its_lines(tmp_path: Path) -> None:
    path = tmp_path / "codebook.toml"
    path.write_text("[stances.for]\n" + CONFLICT, encoding="utf-8")
    with pytest.raises(MergeConflictError, match=r"codebook\.toml:2, :4, :6"):
        read_codebook(path)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("one\rtwo\nthree\r\n", ["one\rtwo", "three"]),
        ("one\rtwo\r", ["one", "two"]),
        ("one\r\r\ntwo\u2028three\x85\n", ["one", "two\u2028three\x85"]),
    ],
)
def test_lines_of_text_files_end_like_those_of_tables(text: str, expected: list[str]) -> None:
    assert _read_texts(text, "text") == expected


CELLS = st.text(st.sampled_from("ab1 ,;\t\"\n\r'=ж"), max_size=7)
ROWS = st.lists(st.lists(CELLS, min_size=2, max_size=2), min_size=1, max_size=6)


def _write_table(table: list[list[str]], dialect: str) -> tuple[str, str]:
    """Return a table as a program writes it, and its delimiter."""
    buffer = io.StringIO(newline="")
    if dialect == "pandas":
        pd.DataFrame(table[1:], columns=table[0]).to_csv(buffer, index=False)
        return buffer.getvalue(), ","
    delimiter = {"excel": ",", "semicolon": ";", "excel-tab": "\t", "unix": ",", "all quoted tab": "\t"}[dialect]
    csv.writer(
        buffer,
        delimiter=delimiter,
        lineterminator="\n" if dialect == "unix" else "\r\n",
        quoting=csv.QUOTE_ALL if dialect in {"unix", "all quoted tab"} else csv.QUOTE_MINIMAL,
    ).writerows(table)
    return buffer.getvalue(), delimiter


@given(cells=ROWS, dialect=st.sampled_from(["excel", "semicolon", "unix", "pandas"]))
def test_every_dialect_is_read_back_by_every_reader(cells: list[list[str]], dialect: str) -> None:
    table = [["text", "note"], *([text + ".", note] for text, note in cells)]
    written, delimiter = _write_table(table, dialect)
    if "\r" in written.replace("\r\n", "") and dialect == "excel":
        return  # Python before 3.13 does not quote a carriage return, not even at the end of a row
    expected = table
    if dialect in {"semicolon", "pandas"}:
        expected = [[*row[:-1], row[-1].rstrip("\r")] for row in expected]
        if any(row[-1].endswith("\r") for row in table):
            return
    assert [row for row in _parse(written, delimiter) if row] == expected
    sheet = parse_sheet(written.encode(), Path("t.csv"), delimiter=delimiter)
    assert sheet.frame.to_numpy().tolist() == expected[1:]
    assert _read_texts(written, "csv") == [row[0] for row in expected[1:]]


TAB_CELLS = st.text(st.sampled_from("ab1 ,;\"'=ж"), max_size=7)


@given(cells=st.lists(st.lists(TAB_CELLS, min_size=2, max_size=2), min_size=1, max_size=6))
def test_an_unquoted_tsv_file_keeps_all_rows(cells: list[list[str]]) -> None:
    table = [["text", "note"], *([f"{text}.", f"{note}."] for text, note in cells)]
    written = "".join("\t".join(row) + "\n" for row in table)
    rows = _parse(written, "\t")
    assert len(rows) == len(table)
    if is_unquoted(written, "\t"):
        assert rows == table


@given(cells=ROWS)
def test_a_quoted_tsv_file_is_read_back(cells: list[list[str]]) -> None:
    table = [["text", "note"], *([f"{text}.", note] for text, note in cells)]
    written, delimiter = _write_table(table, "all quoted tab")
    if any(strip_line_end(part).count("\t") == 1 for row in table for cell in row for part in cell.split("\n")):
        return  # a line inside a cell that has as many tabs as a row
    assert _parse(written, delimiter, quoted=True) == table


def test_commands_warn_about_a_cell_that_may_have_absorbed_rows(small_model: Path, tmp_path: Path) -> None:
    sheet = small_sheet(tmp_path, 3)
    lines = sheet.read_text(encoding="utf-8").splitlines()
    lines[2], lines[4] = lines[2].replace(",bad", ',"bad'), lines[4].replace("mayor 1", 'mayor 1"')
    sheet.write_text("\n".join(lines) + "\n", encoding="utf-8")
    result = run("predict", sheet, "--model", small_model)
    assert result.code == 0
    assert "warning: a quoted cell has lines that look like rows" in result.err
    assert "sheet.csv:3 to 5)" in result.err
    result = run("sample", sheet, "--n", "5", "-o", tmp_path / "drawn.csv")
    assert "sheet.csv:3 to 5)" in result.err
    assert "rows-in-a-cell" in run("check", sheet, "--model", small_model).out


def test_a_quote_late_in_a_long_tsv_file_is_not_special(small_model: Path, tmp_path: Path) -> None:
    path = tmp_path / "late.tsv"
    last_rows = ['2001\t"open', "2002\tgood", "2003\tbad"]
    path.write_text(
        "\n".join(["id\ttext", *(f"{n}\tgood road {n}" for n in range(2001)), *last_rows]) + "\n", encoding="utf-8"
    )
    result = run("predict", path, "--model", small_model, "-o", tmp_path / "out.csv")
    assert result.code == 0, result.err
    out = pd.read_csv(tmp_path / "out.csv")
    assert len(out) == 2004
    assert out["text"].tolist()[-3:] == ['"open', "good", "bad"]
