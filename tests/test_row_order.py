"""The figures of a training run do not depend on the order of rows in a sheet."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from conftest import count_examples
from hypothesis import given, settings
from hypothesis import strategies as st

import stance

if TYPE_CHECKING:
    from pathlib import Path

# With and without ids, equal texts with different stances, several annotators and targets of one comment.
HEADER = "comment_id,article_id,author,text,stance,also,annotator"
ROWS = [
    "c1,x,Aida,leave the bloc now,for,,a",
    "c1,x,Aida,leave the bloc now,for,against,b",
    "c2,x,Timur,stay in the bloc,against,,a",
    "c3,y,Guest,we must leave it,for,,a",
    "c4,y,Guest,we must stay in it,against,,a",
    ",,,it was good,for,,a",
    ",,,it was good,against,,a",
    ",,,it was good,,,",
    ",y,Olga,leave it to them,for,,a",
    ",y,Olga,it is good to stay,against,,a",
    ",x,,nobody leaves,against,,a",
    ",x,,everybody leaves,for,,b",
]


def _train(folder: Path, rows: list[str]) -> tuple[object, str]:
    """Train on rows in a folder; return metrics.json without the hash of the sheet, and oof.csv."""
    sheet = folder / "labels.csv"
    sheet.write_text("\n".join([HEADER, *rows]), encoding="utf-8")
    stance.train(sheet, folder / "m.joblib", quick=True, jobs=1)
    metrics = json.loads((folder / "metrics.json").read_text(encoding="utf-8"))
    metrics["provenance"]["sheets"] = None
    return metrics, (folder / "oof.csv").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def in_order(tmp_path_factory: pytest.TempPathFactory) -> tuple[object, str]:
    return _train(tmp_path_factory.mktemp("order"), ROWS)


@pytest.mark.slow
@settings(max_examples=count_examples(10))
@given(rows=st.permutations(ROWS))
def test_any_order_of_rows_gives_the_same_figures(
    rows: list[str], in_order: tuple[object, str], tmp_path_factory: pytest.TempPathFactory
) -> None:
    assert _train(tmp_path_factory.mktemp("order"), rows) == in_order
