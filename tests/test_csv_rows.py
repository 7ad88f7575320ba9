"""Tables as programs write them: in quotes or not, with line ends of every kind, and with what git leaves in them."""

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
from stance.io import readers
from stance.io.csv_rows import is_unquoted, parse_csv_rows, split_lines, strip_line_end
from stance.io.row_batches import ColumnSelection
from stance.labels.codebook import read_codebook
from stance.labels.sheets.sheet_file import parse_sheet


def _read(text: str, delimiter: str = ",", **options: bool) -> list[list[str]]:
    quoted = options.pop("quoted", not is_unquoted(text, delimiter))
    return list(parse_csv_rows(split_lines(text), delimiter, "t.csv", quoted=quoted))


TABLES = {
    "in quotes": ('a,"b, c"\n"d""e",\n', ",", [["a", "b, c"], ['d"e', ""]]),
    "a line break in quotes": ('a,"b\nc"\nd,e\n', ",", [["a", "b\nc"], ["d", "e"]]),
    "two cells in quotes over lines": ('"a\nb","c\n\nd"\ne,f', ",", [["a\nb", "c\n\nd"], ["e", "f"]]),
    "Windows breaks in quotes": ('a,"b\r\nc"\r\nd,e\r\n', ",", [["a", "b\r\nc"], ["d", "e"]]),
    "a quote inside a cell": ('5" wide,a\nb,c\n', ",", [['5" wide', "a"], ["b", "c"]]),
    "a quote after a blank": (' "a",b\n', ",", [[' "a"', "b"]]),
    "doubled quotes at the end of a line": ('"a""\nb",c\n', ",", [['a"\nb', "c"]]),
    "nothing but quotes": ('"","""",""""""\n', ",", [["", '"', '""']]),
    "empty lines": ("a,b\n\nc,d\n", ",", [["a", "b"], [], ["c", "d"]]),
    "no end": ('a,"b"', ",", [["a", "b"]]),
    "a named delimiter": ("sep=;\na;b\n", ";", [[], ["a", "b"]]),
    "a return ends no row": ("a,b\rc\nd,e\n", ",", [["a", "b\rc"], ["d", "e"]]),
    "a return first in a row": ("a,b\n\rc,d\n", ",", [["a", "b"], ["\rc", "d"]]),
    "a return in quotes": ('a,"b\rc"\nd,e\n', ",", [["a", "b\rc"], ["d", "e"]]),
    "ends of both kinds": ("a,b\r\nc,d\ne,f\r\n", ",", [["a", "b"], ["c", "d"], ["e", "f"]]),
    "doubled returns": ("a,b\r\r\nc,d\r\r\n", ",", [["a", "b"], ["c", "d"]]),
    "old Mac": ('a,b\rc,"d\re"\r', ",", [["a", "b"], ["c", "d\ne"]]),
    "what ends no line": ("a\u2028b,c\x85\n\x0b,\x1c\n", ",", [["a\u2028b", "c\x85"], ["\x0b", "\x1c"]]),
    "between tabs, in quotes": ('a\t"b\tc"\n"d\ne"\tf\n', "\t", [["a", "b\tc"], ["d\ne", "f"]]),
    "between tabs, doubled quotes": ('a\t"b ""c"""\nd\t"e"\n', "\t", [["a", 'b "c"'], ["d", "e"]]),
    "between tabs, a quote that opens nothing": ('a\tb\nc\t"d\ne\tf\n', "\t", [["a", "b"], ["c", '"d'], ["e", "f"]]),
    "between tabs, rows between two quotes": (
        'a\tb\nc\t"d\ne\tf\ng\th"\n', "\t", [["a", "b"], ["c", '"d'], ["e", "f"], ["g", 'h"']]
    ),
    "between tabs, words in quotes": (
        'a\tb\nc\t"d" e\nf\t"g"\n', "\t", [["a", "b"], ["c", '"d" e'], ["f", '"g"']]
    ),
    "between tabs, inches": ('a\tb\nc\t5" d\nf\t"g"\n', "\t", [["a", "b"], ["c", '5" d'], ["f", '"g"']]),
    "between tabs, the last quote": ('a\tb\nc\t"', "\t", [["a", "b"], ["c", '"']]),
}  # fmt: skip


@pytest.mark.parametrize(("text", "delimiter", "expected"), TABLES.values(), ids=TABLES)
def test_a_table_has_its_rows(text: str, delimiter: str, expected: list[list[str]]) -> None:
    assert _read(text, delimiter) == expected


NOT_TABLES = {
    "never closed": ('a,b\nc,"d\ne,f\n', "a quoted cell does not end as it should .* \\(t.csv:2\\): close the quote"),
    "text after a quote": (
        'a,b\nc,"d"e\n',
        "a quoted cell does not end as it should .* \\(t.csv:2\\): close the quote",
    ),
    "a quote more": ('a,"b""\n', "a quoted cell does not end as it should .* \\(t.csv:1\\)"),
}


@pytest.mark.parametrize(("text", "message"), NOT_TABLES.values(), ids=NOT_TABLES)
def test_a_quote_that_does_not_end_is_named(text: str, message: str) -> None:
    with pytest.raises(UnreadableFileError, match=message):
        _read(text)


IDS = "id,text,stance,annotator\n"
ABSORBED = {
    "rows in a cell": (IDS + 'k1,Yes it is,for,lea\nk2,"No,for,lea\nk3,No,against,lea\nk4,Ask",for,lea\n', [(3, 5)]),
    "Windows": ((IDS + 'k1,Yes it is,for,lea\nk2,"No,for,lea\nk3,Ask it",for,lea\n').replace("\n", "\r\n"), [(3, 4)]),
    "a comment of two lines": (IDS + 'k1,Yes it is,for,lea\nk2,"No room,\nnone, at all, ever",for,lea\n', []),
    "a list in a comment": (IDS + 'k1,Yes it is,for,lea\nk2,"Vote:\none,two,three,four\nfive",for,lea\n', []),
    "a quoted table of other columns": (IDS + 'k1,Yes it is,for,lea\nk2,"Look:\n2020,12,against,x\nso",for,lea\n', []),
    "text first": ('text,stance\n"One, two",for\n"Three,\nfour, five\nsix,seven",against\n', []),
}  # fmt: skip


@pytest.mark.parametrize(("text", "places"), ABSORBED.values(), ids=ABSORBED)
def test_a_cell_that_may_have_absorbed_rows_is_reported(text: str, places: list[tuple[int, int]]) -> None:
    doubts: list[str] = []
    list(parse_csv_rows(split_lines(text), ",", "t.csv", warn=doubts.append))
    assert len(doubts) == len(places)
    assert all(f"(t.csv:{first} to {last})" in doubt for doubt, (first, last) in zip(doubts, places, strict=True))


WORDS = st.lists(
    st.sampled_from(["yes", "Нет", "the bus", "2022", "a, b", "so; it", '"quoted"', "for", "-"]), max_size=8
)
COMMENTS = st.lists(st.builds(" ".join, WORDS), min_size=1, max_size=4).map("\n".join)


@given(comments=st.lists(COMMENTS, min_size=3, max_size=12))
def test_comments_of_several_lines_give_no_false_alarm(comments: list[str]) -> None:
    buffer = io.StringIO(newline="")
    csv.writer(buffer).writerows(
        [["comment_id", "text", "stance"], *([f"c{number:04}", text, "for"] for number, text in enumerate(comments))]
    )
    doubts: list[str] = []
    read = list(parse_csv_rows(split_lines(buffer.getvalue()), ",", "t.csv", warn=doubts.append))
    assert [row[1] for row in read[1:]] == comments
    assert doubts == []


CONFLICT = "<<<<<<< HEAD\nc2,A,for\n=======\nc2,A,against\n>>>>>>> bek\n"
THREE_WAYS = "<<<<<<< HEAD\nc2,A,for\n||||||| 1234567\nc2,A,\n=======\nc2,A,against\n>>>>>>> bek\n"


@pytest.mark.parametrize(("conflict", "lines"), [(CONFLICT, ":2, :4, :6"), (THREE_WAYS, ":2, :4, :6, :8")])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_a_conflict_is_an_error_with_its_lines(conflict: str, lines: str, end: str) -> None:
    with pytest.raises(MergeConflictError, match=rf"two versions of some lines \(t\.csv{lines}\): keep one"):
        _read(("id,text,stance\n" + conflict + "c3,B,for\n").replace("\n", end))


NO_CONFLICTS = {
    "in a cell": 'id,text\n1,"<<<<<<< HEAD\n=======\n>>>>>>> bek"\n',
    "a line of signs": "id,text\n=======\n1,A\n>>>>>>> no\n",
    "an arrow": "text\n<<<<<<< this\n",
    "longer": "text\n<<<<<<<<<<\n==========\n>>>>>>>>>>\n",
}


@pytest.mark.parametrize("text", NO_CONFLICTS.values(), ids=NO_CONFLICTS)
def test_signs_alone_are_no_conflict(text: str) -> None:
    assert _read(text)


def _scored(text: str, kind: readers.InputFormat) -> list[str | None]:
    chunks = readers.read_batches(io.BytesIO(text.encode()), kind, "t", ColumnSelection("text"))
    return [value for chunk in chunks for value in chunk.texts.to_pylist()]


@pytest.mark.parametrize("kind", ["text", "jsonl", "csv", "tsv"])
def test_a_conflict_is_an_error_in_every_format(kind: readers.InputFormat) -> None:
    line = {"jsonl": '{"text": "a"}\n', "text": "a\n"}.get(kind, "text\n")
    with pytest.raises(StanceError, match=r"t:2"):
        _scored(line + CONFLICT, kind)


def test_a_conflict_in_a_codebook_is_an_error_with_its_lines(tmp_path: Path) -> None:
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
def test_lines_of_text_end_where_those_of_tables_do(text: str, expected: list[str]) -> None:
    assert _scored(text, "text") == expected


CELLS = st.text(st.sampled_from("ab1 ,;\t\"\n\r'=ж"), max_size=7)
ROWS = st.lists(st.lists(CELLS, min_size=2, max_size=2), min_size=1, max_size=6)


def _as_written(table: list[list[str]], dialect: str) -> tuple[str, str]:
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
def test_what_programs_write_is_read_back_by_every_reader(cells: list[list[str]], dialect: str) -> None:
    table = [["text", "note"], *([text + ".", note] for text, note in cells)]
    written, delimiter = _as_written(table, dialect)
    if "\r" in written.replace("\r\n", "") and dialect == "excel":
        return  # Python before 3.13 leaves a return unquoted, at the end of a row as well
    expected = table
    if dialect in {"semicolon", "pandas"}:
        expected = [[*row[:-1], row[-1].rstrip("\r")] for row in expected]
        if any(row[-1].endswith("\r") for row in table):
            return
    assert [row for row in _read(written, delimiter) if row] == expected
    sheet = parse_sheet(written.encode(), Path("t.csv"), delimiter=delimiter)
    assert sheet.frame.to_numpy().tolist() == expected[1:]
    assert _scored(written, "csv") == [row[0] for row in expected[1:]]


TAB_CELLS = st.text(st.sampled_from("ab1 ,;\"'=ж"), max_size=7)


@given(cells=st.lists(st.lists(TAB_CELLS, min_size=2, max_size=2), min_size=1, max_size=6))
def test_a_file_between_tabs_without_quoting_keeps_all_of_its_rows(cells: list[list[str]]) -> None:
    table = [["text", "note"], *([f"{text}.", f"{note}."] for text, note in cells)]
    written = "".join("\t".join(row) + "\n" for row in table)
    read = _read(written, "\t")
    assert len(read) == len(table)
    if is_unquoted(written, "\t"):
        assert read == table


@given(cells=ROWS)
def test_a_file_between_tabs_with_quoting_is_read_back(cells: list[list[str]]) -> None:
    table = [["text", "note"], *([f"{text}.", note] for text, note in cells)]
    written, delimiter = _as_written(table, "all quoted tab")
    if any(strip_line_end(part).count("\t") == 1 for row in table for cell in row for part in cell.split("\n")):
        return  # a line inside a cell that has as many tabs as a row
    assert _read(written, delimiter, quoted=True) == table


def test_predict_and_check_report_a_cell_that_may_have_absorbed_rows(small_model: Path, tmp_path: Path) -> None:
    sheet = small_sheet(tmp_path, 3)
    lines = sheet.read_text(encoding="utf-8").splitlines()
    lines[2], lines[4] = lines[2].replace(",what", ',"what'), lines[4].replace(" no 1", ' no 1"')
    sheet.write_text("\n".join(lines) + "\n", encoding="utf-8")
    ran = run("predict", sheet, "--model", small_model)
    assert ran.code == 0
    assert "warning: a cell in quotes has lines that look like rows" in ran.err
    assert "sheet.csv:3 to 5)" in ran.err
    ran = run("sample", sheet, "--n", "5", "-o", tmp_path / "drawn.csv")
    assert "sheet.csv:3 to 5)" in ran.err
    assert "rows-in-a-cell" in run("check", sheet, "--model", small_model).out


def test_a_quote_late_in_a_long_file_is_a_character(small_model: Path, tmp_path: Path) -> None:
    path = tmp_path / "late.tsv"
    late = ['2001\t"open', "2002\tgood", "2003\tbad"]
    path.write_text(
        "\n".join(["id\ttext", *(f"{n}\tgood road {n}" for n in range(2001)), *late]) + "\n", encoding="utf-8"
    )
    ran = run("predict", path, "--model", small_model, "-o", tmp_path / "out.csv")
    assert ran.code == 0, ran.err
    out = pd.read_csv(tmp_path / "out.csv")
    assert len(out) == 2004
    assert out["text"].tolist()[-3:] == ['"open', "good", "bad"]
