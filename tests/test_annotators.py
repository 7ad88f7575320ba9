from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import accuracy_score, cohen_kappa_score, f1_score

from stance.labelling.annotators import Pair, agreement, pairs


def _rows(*labels: str) -> pd.DataFrame:
    """Make rows of "comment target annotator pass stance", with - for an empty cell."""
    cells = [["" if cell == "-" else cell for cell in label.split()] for label in labels]
    return pd.DataFrame(cells, columns=["comment_id", "target", "annotator", "pass", "stance"], dtype="str")


TWO = ("1 - A 1 x", "2 - A 1 y", "1 - B 1 x", "2 - B 1 x")


@pytest.mark.parametrize(
    ("labels", "found"),
    [
        (TWO, {"A B": ["x x", "y x"]}),
        (TWO[:3], {}),
        (TWO[:2], {}),
        ((), {}),
        (("1 - A 1 x", "2 - A 1 y", "1 - A 2 x", "2 - A 2 x"), {}),
        ((*TWO, "1 - B 2 y", "2 - A 2 z"), {"A B": ["x x", "y x"]}),
        (("1 - A 10 z", "1 - A 2 x", "2 - A 1 y", *TWO[2:]), {"A B": ["x x", "y x"]}),
        (("1 - A adjudicated z", *TWO), {"A B": ["x x", "y x"]}),
        ((*TWO[:2], "1 - B adjudicated x", "2 - B adjudicated x"), {}),
        (("1 - - 1 x", "2 - - 1 x", *TWO[:2]), {}),
        ((*TWO, "2 - B 1 z"), {"A B": ["x x", "y z"]}),
        ((*TWO, "2 - B 1 -"), {}),
        (("1 - A - x", "2 - A - y", *TWO[2:]), {"A B": ["x x", "y x"]}),
        (("1 p A 1 x", "1 q A 1 y", "1 p B 1 x", "1 q B 1 z", "1 r B 1 z"), {"A B": ["x x", "y z"]}),
        (
            ("1 - C 1 x", *TWO, "2 - C 1 x", "3 - C 1 x"),
            {"A B": ["x x", "y x"], "A C": ["x x", "y x"], "B C": ["x x", "x x"]},
        ),
    ],
    ids=["two", "one in common", "one annotator", "nobody", "own passes", "first pass", "pass 2 before 10",
         "adjudication", "adjudications only", "no name", "last row", "withdrawn", "no pass", "targets", "three"],
)  # fmt: skip
def test_who_labelled_the_same(labels: tuple[str, ...], found: dict[str, list[str]]) -> None:
    assert {
        f"{pair.first} {pair.second}": [" ".join(two) for two in zip(pair.of_first, pair.of_second, strict=True)]
        for pair in pairs(_rows(*labels))
    } == found


STANCES = st.lists(st.tuples(st.sampled_from("xyz"), st.sampled_from("xyz")), min_size=2, max_size=40)


@given(STANCES)
def test_agreement_is_scikit_learns_and_symmetric(labels: list[tuple[str, str]]) -> None:
    one, other = (np.array(side, dtype=object) for side in zip(*labels, strict=True))
    found = agreement(Pair("A", "B", one, other))
    assert found.n == len(labels)
    assert found.accuracy == pytest.approx(accuracy_score(one, other))
    assert found.macro_f1 == pytest.approx(f1_score(one, other, average="macro"))
    assert found.macro_f1 == agreement(Pair("B", "A", other, one)).macro_f1
    if len(set(one) | set(other)) == 1:
        assert found.kappa is None
    else:
        assert found.kappa == pytest.approx(cohen_kappa_score(one, other))


def test_a_worked_example() -> None:
    """Of 50 items both call 20 x and 15 y; chance gives .5 * .6 + .5 * .4 = .5, so that kappa is (.7 - .5) / .5."""
    one = np.array(["x"] * 25 + ["y"] * 25, dtype=object)
    other = np.array(["x"] * 20 + ["y"] * 5 + ["x"] * 10 + ["y"] * 15, dtype=object)
    found = agreement(Pair("A", "B", one, other))
    assert (found.n, found.accuracy) == (50, 0.7)
    assert found.kappa == pytest.approx(0.4)
    assert found.macro_f1 == pytest.approx((40 / 55 + 30 / 45) / 2)
