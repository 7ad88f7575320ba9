"""Reading and writing labelling sheets."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from stance import tables
from stance.errors import EmptyTableError, MissingColumnError, MissingFileError, UnreadableFileError
from stance.labels.collected_comments import merge_comments
from stance.labels.sheets.edits import append_rows, write_missing_columns
from stance.labels.sheets.sheet_file import read_sheet, write_sheet

ROWS = {"text": ["Good.", 'Плохо,\nочень; "плохо"'], "stance": ["for", "against"]}  # fmt: skip


def _write(folder: Path, text: str, encoding: str = "utf-8") -> Path:
    path = folder / "sheet.csv"
    if encoding.endswith(" with BOM"):
        text, encoding = f"\ufeff{text}", encoding.removesuffix(" with BOM")
    path.write_bytes(text.encode(encoding))
    return path


def _comment_rows(*texts: str) -> pd.DataFrame:
    rows = [{"comment_id": tables.make_comment_id("a1", text), "article_id": "a1", "text": text} for text in texts]
    return pd.DataFrame(rows, columns=list(tables.COMMENT_COLUMNS), dtype="str").fillna("")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1251"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_reads_any_encoding_delimiter_and_newline(tmp_path: Path, encoding: str, delimiter: str, newline: str) -> None:
    quoted = '"Плохо,{n}очень; ""плохо"""'.replace("{n}", newline)
    lines = [
        delimiter.join(["text", "stance"]),
        f"Good.{delimiter}for",
        f"{quoted}{delimiter}against",
        "",
        delimiter * 5,
    ]
    sheet = read_sheet(_write(tmp_path, newline.join(lines), encoding))
    assert sheet.frame.map(lambda cell: cell.replace("\r\n", "\n")).to_dict("list") == ROWS


def test_index_is_the_row_number_of_a_spreadsheet(tmp_path: Path) -> None:
    sheet = read_sheet(_write(tmp_path, 'text,stance\n\n"two\nlines",for\nlast,against\n'))
    assert list(sheet.frame.index) == [3, 4]


def test_short_row_is_padded(tmp_path: Path) -> None:
    sheet = read_sheet(_write(tmp_path, "text,stance,note\nGood.,for\n"))
    assert sheet.frame.iloc[0].to_dict() == {"text": "Good.", "stance": "for", "note": ""}


def test_detected_encoding_is_a_warning(tmp_path: Path) -> None:
    assert read_sheet(_write(tmp_path, "text\nПлохо дело господа\n", "cp1251")).encoding_warnings == (
        "not UTF-8: read as cp1251, check the characters",
    )


@pytest.mark.parametrize(
    ("text", "error", "message"),
    [
        ("", EmptyTableError, r"no rows in it"),
        ("\n , \n", EmptyTableError, r"no rows in it"),
        (
            'text,stance\nA,for\n"B,for\nC,for\n',
            UnreadableFileError,
            r"a quoted cell is never closed .*:3\): close the",
        ),
        ("text,text\nx,y\n", UnreadableFileError, r"the column 'text' appears twice \(.*:1\): rename"),
        (
            "text,stance\nOh, no,against\n",
            UnreadableFileError,
            r"the row has 3 cells, .* the table has 2 \(.*:2\): put texts",
        ),
    ],
)
def test_unreadable_sheet_raises_error(tmp_path: Path, text: str, error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        read_sheet(_write(tmp_path, text))


def test_missing_sheet_raises_error(tmp_path: Path) -> None:
    with pytest.raises(MissingFileError, match=r"no such file \(.*gone\.csv\): check the path"):
        read_sheet(tmp_path / "gone.csv")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be with BOM", "cp1251"])
@pytest.mark.parametrize("end", ["", "\r\n"])
def test_append_rows_keeps_existing_bytes(tmp_path: Path, encoding: str, end: str) -> None:
    path = _write(tmp_path, "comment_id;text;stance\r\nc1;Плохое дело;against" + end, encoding)
    before = path.read_bytes()
    path.write_bytes(append_rows(read_sheet(path), before, pd.DataFrame({"comment_id": ["c2"], "text": ["Так; да"]})))
    assert path.read_bytes().startswith(before)
    assert read_sheet(path).frame.to_dict("list") == {
        "comment_id": ["c1", "c2"], "text": ["Плохое дело", "Так; да"], "stance": ["against", ""],
    }  # fmt: skip


@pytest.mark.parametrize(
    ("data", "text"),
    [
        ("text,stance\r\nПлохо дело,against\r\n".encode("cp1251"), "Қазақстан"),
        ("text,stance\r\nХорошая идея мэра,for\r\n".encode() + b"stray \xff,for\r\n", "Да"),
        (b"text,stance\r\nundefined \x81 byte,for\r\n", "yes"),
    ],
    ids=["new character", "damaged UTF-8", "damaged cp1252"],
)
def test_sheet_of_uncertain_encoding_is_not_changed(tmp_path: Path, data: bytes, text: str) -> None:
    path = tmp_path / "sheet.csv"
    path.write_bytes(data)
    with pytest.raises(UnreadableFileError, match=r"cannot add to this sheet, its encoding .*: save it as UTF-8"):
        append_rows(read_sheet(path), data, pd.DataFrame({"text": [text]}))


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "cp1251"])
def test_append_rows_to_sheet_with_carriage_returns(tmp_path: Path, encoding: str) -> None:
    path = _write(tmp_path, "comment_id,text\rc1,Плохое дело\rc2,Хорошее дело\r", encoding)
    data = path.read_bytes()
    rows = pd.DataFrame({"comment_id": ["c3"], "text": ["Так;\nда"]})
    path.write_bytes(append_rows(read_sheet(path), data, rows))
    assert read_sheet(path).frame.to_numpy().tolist() == [
        ["c1", "Плохое дело"], ["c2", "Хорошее дело"], ["c3", "Так;\nда"],
    ]  # fmt: skip


@pytest.mark.parametrize("delimiter", [",", ";", "|"])
def test_sep_line_sets_the_delimiter(tmp_path: Path, delimiter: str) -> None:
    sheet = read_sheet(_write(tmp_path, f"sep={delimiter}\r\ntext{delimiter}stance\r\nGood.{delimiter}for\r\n"))
    assert sheet.frame.to_dict("index") == {3: {"text": "Good.", "stance": "for"}}


def test_merge_comments_adds_only_new_comments(tmp_path: Path) -> None:
    path = tmp_path / "new" / "sheet.csv"
    assert merge_comments(path, _comment_rows("One.", "Two."))[0] == 2
    labelled = path.read_bytes().replace(b"Two.,,", b"Two.,neutral,")
    path.write_bytes(labelled)
    assert merge_comments(path, _comment_rows("Two.", "Three."))[0] == 1
    assert path.read_bytes().startswith(labelled)
    assert list(read_sheet(path).frame["text"]) == ["One.", "Two.", "Three."]


def test_dropped_column_is_a_warning(tmp_path: Path) -> None:
    path = _write(tmp_path, "comment_id,text,stance,mine\nc1,Good.,for,x\n")
    new, warnings = merge_comments(path, _comment_rows("One."))
    assert (new, warnings) == (1, ("sheet.csv has no column for: article_id",))
    assert list(read_sheet(path).frame["mine"]) == ["x", ""]


def test_merge_comments_into_sheet_without_ids_raises_error(tmp_path: Path) -> None:
    path = _write(tmp_path, "text,stance\nGood.,for\n")
    with pytest.raises(
        MissingColumnError, match=r"no column 'comment_id', .* add the column, or collect into a new sheet"
    ):
        merge_comments(path, _comment_rows("One."))
    assert path.read_text(encoding="utf-8") == "text,stance\nGood.,for\n"


NAMES = ["id", "target", "text", "stance"]
TWEETS = [
    ("101", "Atheism", '"God is dead…” it’s said', "AGAINST"),
    ("102", "Atheism", "it’s – plain, and; so", "NONE"),
    ("103", "Feminist Movement", 'he said "wow"', "FAVOR"),
]


@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_headerless_table_with_column_names(tmp_path: Path, newline: str) -> None:
    path = tmp_path / "tweets.txt"
    path.write_bytes(newline.join(map("\t".join, TWEETS)).encode("cp1252"))
    sheet = read_sheet(path, NAMES, "\t")
    assert list(sheet.frame.columns) == ["comment_id", "target", "text", "stance"]
    assert list(sheet.frame.itertuples(name=None)) == [(row, *cells) for row, cells in enumerate(TWEETS, start=1)]
    assert sheet.encoding_warnings == ("not UTF-8: read as cp1252, check the characters",)


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_headerless_csv_is_unquoted_and_its_delimiter_detected(tmp_path: Path, delimiter: str) -> None:
    texts = ['one, "two"; three, four, five', "six\tand;\nseven"]
    written = io.StringIO(newline="")
    csv.writer(written, delimiter=delimiter).writerows((str(n), "x", text, "for") for n, text in enumerate(texts))
    assert list(read_sheet(_write(tmp_path, written.getvalue()), NAMES).frame["text"]) == texts


@pytest.mark.parametrize(
    ("columns", "message"),
    [
        (["text"], r"the row has 4 cells, but the table has 1 \(.*:1\): put texts"),
        (["id", "comment_id", "text", "stance"], "the column 'comment_id' appears twice"),
    ],
)
def test_wrong_column_names_raise_error(tmp_path: Path, columns: list[str], message: str) -> None:
    path = _write(tmp_path, "\n".join(map("\t".join, TWEETS)))
    with pytest.raises(UnreadableFileError, match=message):
        read_sheet(path, columns, "\t")


@given(st.lists(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0\t\r\n")), min_size=1))
def test_headerless_table_round_trip(tmp_path_factory: pytest.TempPathFactory, texts: list[str]) -> None:
    path = tmp_path_factory.mktemp("table") / "table.tsv"
    path.write_bytes("".join(f"i{row}\t{text}\tfor\n" for row, text in enumerate(texts)).encode())
    assert list(read_sheet(path, ["id", "text", "stance"], "\t").frame["text"]) == texts


@given(st.lists(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=1), min_size=1))
def test_sheet_round_trip(tmp_path_factory: pytest.TempPathFactory, texts: list[str]) -> None:
    path = tmp_path_factory.mktemp("sheet") / "sheet.csv"
    write_sheet(path, pd.DataFrame({"comment_id": "c", "text": texts}, dtype="str"))
    assert list(read_sheet(path).frame["text"]) == texts


SHEETS_WITHOUT_LABEL_COLUMNS = {
    "without ids": b'text,stance\nA,for\nA,\n"B, too",\n',
    "excel": '\ufeffcomment_id;text;stance\r\nc1;"Ә; «ө»\r\nb";\r\n;Б;for\r\n'.encode(),
    "windows": "comment_id;text\nc1;Мы за мир и за вступление, они против\n".encode("cp1251"),
    "two bytes per character": "comment_id\ttext\r\nc1\tМы за мир\r\n".encode("utf-16"),
    "no line end": b"comment_id,text,mine\nc1,A,",
    "empty": b"comment_id,text\n",
}


@pytest.mark.parametrize("data", SHEETS_WITHOUT_LABEL_COLUMNS.values(), ids=SHEETS_WITHOUT_LABEL_COLUMNS)
def test_write_missing_columns_keeps_every_cell(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "sheet.csv"
    path.write_bytes(data)
    before = read_sheet(path)
    after, written = write_missing_columns(before, data, tables.SHEET_COLUMNS)
    path.write_bytes(written)
    assert after.dialect == read_sheet(path).dialect == before.dialect
    assert {*tables.SHEET_COLUMNS, *before.frame.columns} == set(after.frame.columns)
    assert list(after.frame.columns)[: before.frame.shape[1]] == list(before.frame.columns)
    columns = [name for name in before.frame.columns if name != "comment_id"]
    assert after.frame[columns].to_numpy().tolist() == before.frame[columns].to_numpy().tolist()
    assert all(after.frame["comment_id"])
    assert write_missing_columns(after, written, tables.SHEET_COLUMNS) == (after, written)


def test_write_missing_columns_to_damaged_sheet_raises_error(tmp_path: Path) -> None:
    path = tmp_path / "sheet.csv"
    data = "text\nсразу видно что пишет человек\n".encode() + b"\xff\xfe\n"
    path.write_bytes(data)
    with pytest.raises(UnreadableFileError, match="encoding"):
        write_missing_columns(read_sheet(path), data, tables.SHEET_COLUMNS)
