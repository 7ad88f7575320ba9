"""Which labels are compared between annotators, and on which comments they disagree."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from stance.labels import resolution
from stance.labels.comparisons import (
    AnnotatorComparison,
    compare_annotators,
    compare_pairs,
    find_annotator_disagreements,
)
from stance.labels.sheets.sheet_file import Sheet, SheetDialect
from stance.reports.agreement_notes import describe_agreement
from stance.reports.agreement_report import build_adjudication_sheet

pytestmark = pytest.mark.slow

COLUMNS = ["comment_id", "target", "annotator", "pass", "stance", "sampled"]


def _rows(*sheets: tuple[str, ...]) -> pd.DataFrame:
    """Read sheets of rows "comment target annotator pass stance sampled", with - for an empty cell."""
    read = []
    for number, sheet in enumerate(sheets):
        cells = [["" if cell == "-" else cell for cell in (*label.split(), "-")][: len(COLUMNS)] for label in sheet]
        frame = pd.DataFrame(cells, columns=COLUMNS, index=range(2, len(cells) + 2), dtype="str")
        frame["text"] = "text of " + frame["comment_id"]
        read.append(Sheet(Path(f"{number}.csv"), frame, SheetDialect()))
    return resolution.combine_labels(read, None)[0]


def _used_stances(rows: pd.DataFrame) -> list[str]:
    return sorted(set(rows["stance"]) - {""})


def _item_rows(comparison: AnnotatorComparison) -> list[str]:
    return [" ".join(row) for row in comparison.items.fillna("-").to_numpy(object).tolist()]


PAIR = ("1 - A 1 x", "2 - A 1 y", "1 - B 1 x", "2 - B 1 x")


@pytest.mark.parametrize(
    ("sheet", "expected"),
    [
        (PAIR, {"A B": ["x x", "y x"]}),
        (PAIR[:3], {}),
        (PAIR[:2], {}),
        ((), {}),
        (("1 - A 1 x", "2 - A 1 y", "1 - A 2 x", "2 - A 2 x"), {}),
        ((*PAIR, "1 - B 2 y", "2 - A 2 z"), {"A B": ["x x", "y x"]}),
        (("1 - A 10 z", "1 - A 2 x", "2 - A 1 y", *PAIR[2:]), {"A B": ["x x", "y x"]}),
        (("1 - A adjudicated z", *PAIR), {"A B": ["x x", "y x"]}),
        ((*PAIR[:2], "1 - B adjudicated x", "2 - B adjudicated x"), {}),
        (("1 - - 1 x", "2 - - 1 x", *PAIR[:2]), {}),
        ((*PAIR, "2 - B 1 z"), {"A B": ["x x", "y z"]}),
        ((*PAIR, "2 - B 1 -"), {}),
        (("1 - A - x", "2 - A - y", *PAIR[2:]), {"A B": ["x x", "y x"]}),
        (("1 p A 1 x", "1 q A 1 y", "1 p B 1 x", "1 q B 1 z", "1 r B 1 z"), {"A B": ["x x", "y z"]}),
        (
            ("1 - C 1 x", *PAIR, "2 - C 1 x", "3 - C 1 x"),
            {"A B": ["x x", "y x"], "A C": ["x x", "y x"], "B C": ["x x", "x x"]},
        ),
    ],
    ids=["two", "one in common", "one annotator", "nobody", "own passes", "first pass", "pass 2 before 10",
         "adjudication", "adjudications only", "no name", "last row", "withdrawn", "no pass", "targets", "three"],
)  # fmt: skip
def test_first_passes_of_pairs_are_compared(sheet: tuple[str, ...], expected: dict[str, list[str]]) -> None:
    rows = _rows(sheet)
    assert {
        " ".join(pair.annotators): _item_rows(pair) for pair in compare_pairs(rows, _used_stances(rows))
    } == expected


@pytest.mark.parametrize(
    ("second", "expected"),
    [
        (("1 - A 1 -", "2 - B 1 -"), ["x x", "y x"]),  # an empty row of one sheet withdraws no label of another
        (("1 - A 1 z",), ["z x", "y x"]),  # an annotator may have rows in two sheets, the last one counts
    ],
)
def test_annotator_with_labels_in_two_sheets(second: tuple[str, ...], expected: list[str]) -> None:
    rows = _rows(PAIR, second)
    (pair,) = compare_pairs(rows, _used_stances(rows))
    assert _item_rows(pair) == expected


def test_order_of_rows_and_annotators_has_no_effect() -> None:
    sheet = ("1 - A 1 x", "2 - A 1 y", "3 - A 1 z", "4 - A 1 x", "1 - B 1 x", "2 - B 1 x", "3 - B 1 z", "4 - B 1 y")
    swapped = tuple(label.replace("A", "C") for label in reversed(sheet))
    (one,), (other,) = (compare_pairs(_rows(labels), ["x", "y", "z"]) for labels in (sheet, swapped))
    assert (one.annotators, other.annotators) == (("A", "B"), ("B", "C"))
    for figures in zip(
        (one.agreement.observed, one.agreement.kappa), (other.agreement.observed, other.agreement.kappa), strict=True
    ):
        first, second = ((figure.value, figure.interval.low, figure.interval.high) for figure in figures if figure)
        assert first == pytest.approx(second)


def test_overall_covers_annotators_who_share_an_item() -> None:
    rows = _rows((*PAIR, "1 - C 1 y", "9 - D 1 y", "8 - D 1 y"))
    results = compare_annotators(rows, ["x", "y"])
    assert results.items_per_annotator == {"A": 2, "B": 2, "C": 1, "D": 2}
    assert [pair.annotators for pair in results.pairs] == [("A", "B")]
    assert results.overall is not None
    assert (results.overall.annotators, results.overall.agreement.n_items) == (("A", "B", "C"), 2)
    assert results.overall.agreement.kappa is None
    # Five labels have another label of the same item; only the two x of comment 1 agree, with half of the reindexed.
    assert results.overall.agreement.observed.value == pytest.approx((0.5 + 0.5) / 5)


def test_overall_of_two_annotators_is_their_pair() -> None:
    results = compare_annotators(_rows((*PAIR, "9 - C 1 x")), ["x", "y"])
    assert results.overall is results.pairs[0]


def test_targets_are_also_compared_separately() -> None:
    sheet = tuple(f"{comment} {target} {who} 1 x" for comment in "12" for target in "pq" for who in "AB")
    results = compare_annotators(_rows((*sheet, "3 p A 1 x")), ["x"])
    assert results.overall is not None
    assert (results.overall.agreement.n_items, results.overall.n_comments) == (4, 2)
    assert {
        target: [comparison.agreement.n_items for comparison in comparisons]
        for target, comparisons in results.by_target.items()
    } == {
        "p": [2],
        "q": [2],
    }


def test_later_pass_is_compared_with_the_first() -> None:
    sheet = (
        "1 - A 1 x",
        "2 - A 1 y",
        "3 - A 2 x",
        "1 - A 2 x",
        "2 - A 2 x",
        "3 - A 3 x",
        "1 - A 3 x",
        *PAIR[2:],
    )
    results = compare_annotators(_rows(sheet), ["x", "y"])
    assert [
        (comparison.annotators, comparison.later_pass, _item_rows(comparison))
        for comparison in results.self_consistency
    ] == [
        (("A",), "2", ["x x", "y x"]),
        (("A",), "3", ["x x", "x x"]),
    ]


@pytest.mark.parametrize("index", ["equal", "backwards"])
def test_index_of_rows_has_no_effect(index: str) -> None:
    rows = _rows((*PAIR, "1 - A 2 x", "2 - A 2 x", "2 - C adjudicated y", "3 - A 1 x", "3 - B 1 y"))
    reindexed = rows.set_axis([0] * len(rows) if index == "equal" else range(len(rows))[::-1])
    stances = _used_stances(rows)
    (before,), (after,) = (compare_annotators(frame, stances).self_consistency for frame in (rows, reindexed))
    assert after.items.equals(before.items)
    assert list(map(_item_rows, compare_pairs(reindexed, stances))) == list(
        map(_item_rows, compare_pairs(rows, stances))
    )
    assert find_annotator_disagreements(reindexed).equals(find_annotator_disagreements(rows))
    assert (
        resolution.select_latest_labels(reindexed)
        .reset_index(drop=True)
        .equals(resolution.select_latest_labels(rows).reset_index(drop=True))
    )
    assert resolution.find_conflicts(reindexed)["row"].tolist() == resolution.find_conflicts(rows)["row"].tolist()
    without_conflict = (frame[frame["comment_id"] != "3"] for frame in (rows, reindexed))
    resolved, resolved_of_reindexed = map(resolution.resolve_labels, without_conflict)
    assert resolved_of_reindexed.equals(resolved)


def test_confusion_matrix_of_a_pair() -> None:
    rows = _rows((*PAIR, "3 - A 1 y", "3 - B 1 z"))
    (pair,) = compare_pairs(rows, ["w", "x", "y", "z"])
    assert pair.confusion.to_dict("index") == {
        "x": {"x": 1, "y": 0, "z": 0},
        "y": {"x": 1, "y": 0, "z": 1},
        "z": {"x": 0, "y": 0, "z": 0},
    }
    assert pair.label_counts == {"w": 0, "x": 3, "y": 2, "z": 1}
    assert pair.by_stance["w"] is None


def test_disagreements_are_in_the_order_of_the_sheet() -> None:
    sheet = (
        "9 - A 1 x",
        *PAIR,
        "9 - B 1 y",
        "9 - C 1 z",
        "9 - D adjudicated x",
        "9 - D adjudicated y",
        "2 - B 2 y",
    )
    disagreements = find_annotator_disagreements(_rows(sheet))
    assert disagreements[["comment_id", "text", "adjudicated", "labels"]].to_dict("records") == [
        {
            "comment_id": "9",
            "text": "text of 9",
            "adjudicated": "y",
            "labels": {"A": "x", "B": "y", "C": "z"},
        },
        {"comment_id": "2", "text": "text of 2", "adjudicated": "", "labels": {"A": "y", "B": "x"}},
    ]
    assert find_annotator_disagreements(_rows(())).empty


def test_filled_in_disagreement_sheet_resolves_conflicts() -> None:
    rows = _rows((*PAIR, "3 - A 1 x", "3 - C 1 y", "3 - A adjudicated y"))
    sheet = build_adjudication_sheet(find_annotator_disagreements(rows), ["A", "B", "C"])
    assert sheet[["comment_id", "label by A", "label by B", "label by C", "stance", "pass"]].to_numpy().tolist() == [
        ["2", "y", "x", "", "", "adjudicated"],
        ["3", "x", "", "y", "y", "adjudicated"],
    ]
    first = Sheet(Path("0.csv"), rows.drop(columns=["path", "row"]), SheetDialect())
    filled = Sheet(Path("1.csv"), sheet.assign(stance=["x", "y"]), SheetDialect())
    resolved = resolution.resolve_labels(resolution.combine_labels([first, filled], None)[0])
    assert dict(zip(resolved["comment_id"], resolved["stance"], strict=True)) == {"1": "x", "2": "x", "3": "y"}


SURE = "It is assumed that nobody saw another's labels before labelling: the sheet does not show it."
NO_CHANCE = "all labels are 'x'. This would happen by chance, too, so kappa and alpha are undefined."


@pytest.mark.parametrize(
    ("sheet", "expected_notes"),
    [
        (PAIR, []),
        (
            (*PAIR, "1 - - 1 x", "5 - - 1 x"),
            ["2 labels without an annotator's name left out: anyone may have given"],
        ),
        (
            (*PAIR, "1 - - adjudicated x"),
            ["1 adjudication left out: the adjudicator saw the labels of the annotators."],
        ),
        (("7 - b 1 x", *PAIR), ["'B' and 'b' are counted as two annotators."]),
        ((PAIR[0], "2 - A 1 x", *PAIR[2:]), [f"A and B: {NO_CHANCE}"]),
        (
            ("1 - A 1 x", "1 - A 2 x", "2 - A 1 x", "2 - A 2 x", "3 - A 1 y", *PAIR[2:], "3 - B 1 y"),
            [f"A with pass 2: {NO_CHANCE}"],
        ),
        (
            ("1 - A 1 x disagree", *PAIR[1:]),
            ["1 of these 2 comments were selected because a model was uncertain or because"],
        ),
        (
            ("1 p A 1 x", "1 q A 1 y", "1 p B 1 x", "1 q B 1 z"),
            ["Labels of a comment for several targets are separate items in the coefficients, and one case in the"],
        ),
    ],
    ids=["nothing", "nameless", "adjudicated", "two spellings", "one stance", "one stance again", "chosen", "targets"],
)
def test_notes_on_the_comparison(sheet: tuple[str, ...], expected_notes: list[str]) -> None:
    rows = _rows(sheet)
    notes = [
        note
        for note in describe_agreement(rows, compare_annotators(rows, _used_stances(rows)))
        if "alpha is" not in note and not note.startswith("Alpha")
    ]
    assert [note[: len(expected)] for note, expected in zip(notes, [*expected_notes, SURE], strict=True)] == [
        *expected_notes,
        SURE,
    ]


TENTATIVE = "Krippendorff's minimum for tentative conclusions"


@pytest.mark.parametrize(
    ("same", "other", "verdict"),
    [
        (400, 2, "The whole interval of alpha is above .80, Krippendorff's minimum for reliable data."),
        (
            800,
            110,
            f"The whole interval of alpha is above .67, {TENTATIVE}; alpha does not reach .80.",
        ),
        (
            300,
            34,
            f"The whole interval of alpha is above .67, {TENTATIVE}; alpha may reach .80.",
        ),
        (
            30,
            60,
            f"The whole interval of alpha is below .67, {TENTATIVE}: improve the codebook.",
        ),
        (8, 1, f"Alpha may be below .67, {TENTATIVE}, or above .80: label more"),
        (
            90,
            20,
            f"Alpha may be below .67, {TENTATIVE}, but is unlikely to be above .80: label more",
        ),
    ],
)
def test_alpha_is_set_beside_what_is_asked_of_it(same: int, other: int, verdict: str) -> None:
    sheet = [f"{n:04} - {who} 1 {'xy'[n % 2]}" for n in range(same) for who in "AB"]
    sheet += [f"t{n:04} - {who} 1 {'xy'[(n + turn) % 2]}" for n in range(other) for turn, who in enumerate("AB")]
    rows = _rows(tuple(sheet))
    assert describe_agreement(rows, compare_annotators(rows, ["x", "y"]))[-1].startswith(verdict)
