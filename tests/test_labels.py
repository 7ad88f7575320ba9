"""Combining the rows of sheets and resolving them to one stance per comment."""

from __future__ import annotations

from pathlib import Path

import pytest

from stance.errors import (
    ConflictingLabelsError,
    InvalidPassError,
    MissingColumnError,
    TextMismatchError,
    UnknownCommentError,
    UnknownStanceError,
)
from stance.labels.codebook import Codebook, Stance
from stance.labels.resolution import combine_labels, resolve_labels
from stance.labels.sheets.sheet_file import read_sheet

CODEBOOK = Codebook((Stance("for"), Stance("against")))


def _resolve(folder: Path, *sheets: str, codebook: Codebook | None = CODEBOOK) -> list[tuple[str, str]]:
    paths = []
    for number, text in enumerate(sheets):
        paths.append(folder / f"s{number}.csv")
        paths[-1].write_text(text, encoding="utf-8")
    rows, _ = combine_labels([read_sheet(path) for path in paths], codebook)
    resolved = resolve_labels(rows)
    return list(zip(resolved["text"], resolved["stance"], strict=True))


@pytest.mark.slow
@pytest.mark.parametrize(
    ("sheet", "resolved"),
    [
        ("text,stance\nA,for\nA,against\n", [("A", "for"), ("A", "against")]),
        ("comment_id,text,stance\n1,A,for\n1,A,against\n", [("A", "against")]),
        ("comment_id,text,stance\n1,A,for\n1,,\n2,B,against\n", [("B", "against")]),
        ("comment_id,text,stance,annotator\n1,A,for,x\n1,A,for,y\n", [("A", "for")]),
        ("comment_id,text,stance,pass\n1,A,for,1\n1,,against,2\n1,,against,adjudicated\n", [("A", "against")]),
        ("comment_id,text,stance,pass\n1,A,for,Adjudicated\n1,,against,2\n", [("A", "for")]),
        (
            "comment_id,text,stance,pass,annotator\n1,A,for,adjudicated,x\n1,,against,adjudicated,y\n",
            [("A", "against")],
        ),
        ("comment_id,text,stance\n2,B,\n1,A,for\n2,,against\n", [("B", "against"), ("A", "for")]),
        ("comment_id,text,stance,target\n1,A,for,x\n1,A,against,y\n", [("A", "for"), ("A", "against")]),
        ("text,stance\nA, For \nB,AGAINST\n", [("A", "for"), ("B", "against")]),
    ],
    ids=["own comments", "last row", "withdrawn", "agreed", "adjudicated", "whatever the order", "last adjudication",
         "first mention", "targets", "spelling"],
)  # fmt: skip
def test_labels_resolve_to_one_stance_per_comment(tmp_path: Path, sheet: str, resolved: list[tuple[str, str]]) -> None:
    assert _resolve(tmp_path, sheet) == resolved


def test_text_may_be_in_another_sheet(tmp_path: Path) -> None:
    assert _resolve(tmp_path, "comment_id,stance\n1,for\n", "comment_id,text,stance\n1,A,\n") == [("A", "for")]


def test_without_codebook_any_stance_is_accepted(tmp_path: Path) -> None:
    sheet = "text,stance\nA,Yes\nB,no\nC,yes\n"
    assert _resolve(tmp_path, sheet, codebook=None) == [("A", "Yes"), ("B", "no"), ("C", "yes")]


def test_same_text_in_two_sheets_is_two_comments(tmp_path: Path) -> None:
    assert _resolve(tmp_path, "text,stance\nA,for\n", "text,stance\nA,against\n") == [("A", "for"), ("A", "against")]


@pytest.mark.parametrize(
    ("sheet", "error", "message"),
    [
        ("text,label\nA,for\n", MissingColumnError, r"no column 'stance', there are: text, label \(.*s0\.csv:1\)"),
        ("note,stance\nA,for\n", MissingColumnError, r"no column 'text', there are: note, stance"),
        ("text,stance\nA,fro\n", UnknownStanceError, r"unknown stance 'fro' \(.*s0\.csv:2\): did you mean 'for'\?"),
        ("text,stance\nA,cannot-tell\n", UnknownStanceError, r"unknown stance 'cannot-tell'"),
        ("text,stance\nA,zzz\n", UnknownStanceError, r"unknown stance 'zzz' .*: use one of for, against"),
        (
            "comment_id,stance\n1,for\n",
            UnknownCommentError,
            r"no text for comment '1' .*\(.*s0\.csv:2\): also name the sheet",
        ),
        (
            "comment_id,text,stance,annotator\n1,A,for,x\n1,A,against,y\n2,B,for,x\n2,B,against,y\n",
            ConflictingLabelsError,
            r"comment '1' is labelled for and against \(and 1 more such comments\) \(.*s0\.csv:3\): run 'stance",
        ),
        ("comment_id,text,stance\n1,A,for\n1,B,for\n", TextMismatchError, r"comment '1' has another text .*s0\.csv:3"),
        ("text,stance,pass\nA,for,second\n", InvalidPassError, r"unknown pass 'second' \(.*s0\.csv:2\): write 1, 2"),
    ],
)
def test_unresolvable_labels_raise_errors(tmp_path: Path, sheet: str, error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        _resolve(tmp_path, sheet)


SAMPLING_OF_LABELS = {
    "labelled again because others differ": ([("a", "1", "random"), ("b", "1", "disagree")], "random"),
    "random for one, model-selected for another": ([("a", "1", "uncertain"), ("b", "1", "random")], "random"),
    "model-selected and then adjudicated": ([("a", "1", "uncertain"), ("c", "adjudicated", "")], "uncertain"),
    "not recorded": ([("a", "1", ""), ("c", "adjudicated", "")], ""),
}


@pytest.mark.parametrize(("labels", "sampled"), SAMPLING_OF_LABELS.values(), ids=SAMPLING_OF_LABELS)
def test_sampling_info_is_kept_when_a_comment_is_labelled_again(
    tmp_path: Path, labels: list[tuple[str, str, str]], sampled: str
) -> None:
    sheet = tmp_path / "sheet.csv"
    lines = [f"c1,A,for,{annotator},{number},{method}" for annotator, number, method in labels]
    sheet.write_text("\n".join(["comment_id,text,stance,annotator,pass,sampled", *lines]), encoding="utf-8")
    rows, _ = combine_labels([read_sheet(sheet)], CODEBOOK)
    assert resolve_labels(rows)["sampled"].to_list() == [sampled]
