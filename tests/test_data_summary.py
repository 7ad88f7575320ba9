"""What metrics.json says of the comments, their sampling, the codebook and the annotators is what the sheet holds."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from conftest import SMALL_CODEBOOK

from stance.evaluation.data_summary import find_host, summarise_codebook, summarise_corpus, summarise_labelling
from stance.labels.codebook import Codebook, read_codebook
from stance.labels.comparisons import compare_annotators
from stance.labels.resolution import combine_labels, resolve_labels
from stance.labels.sheets.sheet_file import Sheet, SheetDialect

HEADER = (
    *("comment_id", "source", "date_iso", "annotator", "pass", "stance", "sampled", "seed", "probability", "unsure"),
    *("labelled_at", "codebook"),
)


def _combine(*lines: str, codebook: Codebook | None = None) -> tuple[pd.DataFrame, Codebook]:
    """Combine rows of the columns of the header, with - for an empty cell; further cells are empty."""
    cells = [["" if cell == "-" else cell for cell in (*line.split(), *["-"] * len(HEADER))] for line in lines]
    frame = pd.DataFrame([row[: len(HEADER)] for row in cells], columns=HEADER, index=range(2, len(lines) + 2))
    frame["text"] = "text of " + frame["comment_id"]
    return combine_labels([Sheet(Path("sheet.csv"), frame.astype("str"), SheetDialect())], codebook)


def _summarise(*lines: str) -> dict[str, Any]:
    rows, _ = _combine(*lines)
    return summarise_corpus(rows, resolve_labels(rows))


def test_sources_are_counted_by_host() -> None:
    corpus = _summarise(
        "1 https://www.news.example/a - A 1 x",
        "2 http://news.example/b - A 1 y",
        "3 https://daily.example/ - A 1 y",
        "4 page.html - A 1 y",
        "4 page.html - B 1 y",
        "5 - - A 1 y",
        "6 https://daily.example/ - - - -",
    )
    assert (corpus["comments"], corpus["comments_in_sheets"]) == (5, 6)
    assert corpus["outlets"] == [{"host": "news.example", "comments": 2}, {"host": "daily.example", "comments": 1}]
    assert corpus["other_sources"] == {"sources": 1, "comments": 1}
    assert corpus["without_source"] == 1


@pytest.mark.parametrize(
    ("source", "host"),
    [("HTTPS://WWW.News.Example:8080/a", "news.example"), ("C:\\pages\\a.html", ""), ("http://[", ""), ("", "")],
)
def test_only_addresses_have_a_host(source: str, host: str) -> None:
    assert find_host(source) == host


def test_dates_are_those_of_labelled_comments() -> None:
    corpus = _summarise(
        "1 - 2024-03-05T10:11+01:00 A 1 x", "2 - 2023-12-31 A 1 y", "3 - - A 1 y", "4 - 5.3.2024 A 1 y",
        "5 - 2020-01-01 - - -",
    )  # fmt: skip
    assert corpus["dates"] == {"first": "2023-12-31", "last": "2024-03-05", "comments": 2}
    assert _summarise("1 - - A 1 x")["dates"] == {"first": None, "last": None, "comments": 0}


def test_sampling_is_summarised_by_method() -> None:
    corpus = _summarise(
        "1 - - A 1 x random 7 0.5", "2 - - A 1 y random 7 0.01", "3 - - A 1 y random 8 -", "4 - - A 1 y uncertain",
        "5 - - A 1 y",
    )  # fmt: skip
    nothing = {"low": None, "high": None, "comments": 0, "represented": None}
    assert corpus["sampling"] == [
        {"method": None, "comments": 1, "seeds": [], "probability": nothing},
        {"method": "random", "comments": 3, "seeds": ["7", "8"],
         "probability": {"low": 0.01, "high": 0.5, "comments": 2, "represented": 102.0}},
        {"method": "uncertain", "comments": 1, "seeds": [], "probability": nothing},
    ]  # fmt: skip


def test_annotators_are_counted_with_their_adjudications() -> None:
    rows, _ = _combine(
        "1 - - A 1 x - - - yes 2026-11-20", "2 - - A 1 x", "3 - - A 1 y", "1 - - A 2 x - - - - 2026-11-22T10:00",
        "1 - - B 1 y", "2 - - B 1 x", "3 - - B 1 y", "1 - - C adjudicated x",
        "1 - - C adjudicated y - - - - 2026-11-23", "4 - - - 1 x",
    )  # fmt: skip
    labelling = summarise_labelling(rows, compare_annotators(rows, ["x", "y"]))
    by_name = {annotator["annotator"]: annotator for annotator in labelling["annotators"]}
    assert {name: (annotator["labels"], annotator["adjudications"]) for name, annotator in by_name.items()} == {
        "A": (4, 0), "B": (3, 0), "C": (0, 1), None: (1, 0)
    }  # fmt: skip
    assert by_name["A"]["passes"] == {"1": 3, "2": 1}
    assert (by_name["A"]["first_date"], by_name["A"]["last_date"]) == ("2026-11-20", "2026-11-22")
    assert (by_name["C"]["first_date"], by_name["C"]["last_date"]) == ("2026-11-23", "2026-11-23")
    assert (labelling["unsure"], labelling["disagreements"], labelling["adjudicated"]) == (1, 1, 1)
    assert labelling["overall"]["annotators"] == ["A", "B"]
    assert labelling["overall"]["observed"]["value"] == pytest.approx(2 / 3)
    # Cohen: A says x, x, y and B says y, x, y; chance agreement is 2/3 1/3 + 1/3 2/3 = 4/9.
    assert labelling["overall"]["kappa"]["value"] == pytest.approx((2 / 3 - 4 / 9) / (1 - 4 / 9))
    assert labelling["overall"]["alpha"]["low"] < labelling["overall"]["alpha"]["value"]


def test_the_codebook_is_summarised_with_the_versions_of_the_labels(tmp_path: Path) -> None:
    path = tmp_path / "codebook.toml"
    path.write_text(SMALL_CODEBOOK, encoding="utf-8")
    codebook = read_codebook(path)
    first, second = codebook.stance_names[:2]
    version = codebook.stance_version(first)
    rows, _ = _combine(
        f"1 - - A 1 {first} - - - - - {version}", f"2 - - A 1 {second} - - - - - {version}", f"3 - - A 1 {first}",
        codebook=codebook,
    )  # fmt: skip
    summary = summarise_codebook(codebook, resolve_labels(rows))
    assert summary["labels_by_version"] == {"current": 1, "other": 1, "not_recorded": 1}
    assert [stance["stance"] for stance in summary["stances"]] == list(codebook.stance_names)
    assert [stance["definition"] for stance in summary["stances"]] == [
        stance.definition or None for stance in codebook.stances
    ]
