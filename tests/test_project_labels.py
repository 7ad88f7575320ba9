"""The project's own labels are as labels/README.md describes them."""

from __future__ import annotations

from conftest import ROOT

from stance.extraction.collection import collect
from stance.labels.codebook import read_codebook
from stance.labels.resolution import combine_labels, resolve_labels
from stance.labels.sheets.sheet_file import read_sheet

SHEET = read_sheet(ROOT / "labels" / "csto.csv")
CODEBOOK = read_codebook(ROOT / "labels" / "codebook.toml")
ROWS = SHEET.frame


def test_every_comment_is_labelled_in_two_passes() -> None:
    ids = list(collect(sorted((ROOT / "seeds").iterdir())).comments["comment_id"])
    passes = {number: list(rows["comment_id"]) for number, rows in ROWS.groupby("pass")}
    assert sorted(passes["1"]) == sorted(passes["2"]) == sorted(ids)
    assert passes["1"] != passes["2"]


def test_every_label_has_annotator_note_and_codebook_version() -> None:
    readme = (ROOT / "labels" / "README.md").read_text(encoding="utf-8")
    assert all(f"`{annotator}`" in readme for annotator in ROWS["annotator"].unique())
    assert ROWS["note"].ne("").all()
    assert ROWS["codebook"].tolist() == [CODEBOOK.stance_version(stance) for stance in ROWS["stance"]]


def test_labels_resolve_to_one_stance_per_comment() -> None:
    resolved = resolve_labels(combine_labels([SHEET], CODEBOOK)[0])
    assert len(resolved) == 24
