from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from stance.evaluation.label_issues import (
    find_misclassified,
    is_stance_present,
    matches_any_stance,
    rank_suspect_labels,
)
from stance.evaluation.splits import LEAVE_ONE_ARTICLE_OUT, STRATIFIED_KFOLD

STANCES = ["a", "b", "c"]
COLUMNS = ["p_a", "p_b", "p_c"]
SHOWN = ["comment_id", "article_id", "article_title", "target", "text", "stance"]

# By comment and stance, for three repeats: the prediction, and the probabilities of a, b and c.
PREDICTIONS = {
    ("c1", "a"): [("a", 0.7, 0.2, 0.1), ("a", 0.6, 0.3, 0.1), ("a", 0.8, 0.1, 0.1)],
    ("c2", "a"): [("b", 0.2, 0.7, 0.1), ("b", 0.1, 0.8, 0.1), ("a", 0.6, 0.3, 0.1)],
    ("c3", "b"): [("c", 0.0, 0.1, 0.9), ("c", 0.1, 0.1, 0.8), ("c", 0.0, 0.1, 0.9)],
    ("c4", "c"): [("cannot-tell", np.nan, np.nan, np.nan)] * 3,
    ("c5", "b"): [("a", 0.5, 0.1, 0.4), ("c", 0.3, 0.1, 0.6), ("b", 0.1, 0.8, 0.1)],
    ("c6", "b"): [("a", 0.5, 0.4, 0.1), ("b", 0.3, 0.6, 0.1), ("b", 0.3, 0.6, 0.1)],
    ("c7", "b"): [("cannot-tell", np.nan, np.nan, np.nan), ("cannot-tell", np.nan, np.nan, np.nan),
                  ("a", 0.6, 0.3, 0.1)],
}  # fmt: skip

LABELS = pd.DataFrame([
    {"comment_id": comment, "article_id": "x", "article_title": "X", "target": "", "text": f"text of {comment}",
     "stance": stance, "also": ""}
    for comment, stance in [*PREDICTIONS, ("only trained on", "a")]
])  # fmt: skip


def _oof(predictions: dict[tuple[str, str], list[tuple[str, float, float, float]]] = PREDICTIONS) -> pd.DataFrame:
    rows = []
    for (comment, stance), repeats in predictions.items():
        for repeat, (predicted, *probabilities) in enumerate(repeats):
            key = {
                "comment_id": comment,
                "article_id": "x",
                "target": "",
                "stance": stance,
                "repeat": repeat,
                "fold": 0,
            }
            model_columns = dict(zip(("predicted", *COLUMNS), (predicted, *probabilities), strict=True))
            rows.append(
                {**key, "scheme": STRATIFIED_KFOLD, "system": "labels+examples", "terms": f"t{repeat}", **model_columns}
            )
            wrong = "b" if stance == "a" else "a"
            wrong_columns = dict(zip(("predicted", *COLUMNS), (wrong, *np.eye(3)[STANCES.index(wrong)]), strict=True))
            rows.append({**key, "scheme": STRATIFIED_KFOLD, "system": "majority", "terms": "", **wrong_columns})
            rows.append(
                {**key, "scheme": LEAVE_ONE_ARTICLE_OUT, "system": "labels+examples", "terms": "", **wrong_columns}
            )
    return pd.DataFrame(rows)


def test_suspects_are_ranked_by_the_probability_of_their_own_stance() -> None:
    suspects = rank_suspect_labels(_oof(), LABELS)
    assert list(suspects.columns) == [*SHOWN, "suggested", "probability"]
    assert suspects[["comment_id", "stance", "suggested"]].to_numpy().tolist() == [
        ["c3", "b", "c"],
        ["c2", "a", "b"],
        ["c7", "b", "a"],
        ["c5", "b", "c"],
    ]
    assert suspects["probability"].to_list() == pytest.approx([0.1, 0.3, 0.3, 1 / 3], abs=1e-6)
    assert suspects["text"].iloc[0] == "text of c3"


def test_the_number_of_suspects_is_limited() -> None:
    assert rank_suspect_labels(_oof(), LABELS, limit=1)["comment_id"].to_list() == ["c3"]


def test_misclassified_are_wrong_in_most_repeats() -> None:
    misclassified = find_misclassified(_oof(), LABELS)
    assert list(misclassified.columns) == [*SHOWN, "predicted", "share", "probability", "terms"]
    assert misclassified[["comment_id", "predicted"]].to_numpy().tolist() == [
        ["c3", "c"],
        ["c2", "b"],
        ["c5", "c"],
        ["c4", "cannot-tell"],
        ["c7", "cannot-tell"],
    ]
    assert misclassified["share"].to_list() == pytest.approx([1, 2 / 3, 2 / 3, 1, 1])
    assert misclassified["probability"].to_list() == pytest.approx(
        [0.8667, 0.75, 0.6, np.nan, np.nan], abs=1e-4, nan_ok=True
    )


def test_targets_are_separate_items() -> None:
    both = [_oof({("c1", stance): [("a", 0.9, 0.05, 0.05)]}).assign(target=target) for target, stance in
            (("x", "a"), ("y", "b"))]  # fmt: skip
    labels = LABELS.iloc[[0, 0]].assign(target=["x", "y"], stance=["a", "b"])
    for issues in (rank_suspect_labels(pd.concat(both), labels), find_misclassified(pd.concat(both), labels)):
        assert issues["target"].to_list() == ["y"]


def test_the_order_of_rows_does_not_matter() -> None:
    shuffled = _oof().sample(frac=1, random_state=3)
    pd.testing.assert_frame_equal(find_misclassified(shuffled, LABELS), find_misclassified(_oof(), LABELS))
    pd.testing.assert_frame_equal(rank_suspect_labels(shuffled, LABELS), rank_suspect_labels(_oof(), LABELS))


def test_no_issues() -> None:
    oof = _oof({("c1", "a"): PREDICTIONS["c1", "a"]})
    for empty in (oof, oof.iloc[:0]):
        assert rank_suspect_labels(empty, LABELS).empty
        assert find_misclassified(empty, LABELS).empty


@pytest.mark.parametrize(
    ("stance", "also", "prediction", "correct"),
    [
        ("a", "", "a", True),
        ("a", "", "b", False),
        ("a", "b", "b", True),
        ("a", "b", "a", True),
        ("a", " c ;B; ", "b", True),
        ("a", "b;c", "d", False),
        ("a", ";", "", False),
        ("a", "cannot-tell", "cannot-tell", False),
        ("Яблоко", "ГРУША", "груша", True),
    ],
)
def test_a_further_stance_counts_as_correct(stance: str, also: str, prediction: str, *, correct: bool) -> None:
    predicted = np.array([[prediction, "never"]], dtype=object)
    assert matches_any_stance([stance], [also], predicted).tolist() == [[correct, False]]


@pytest.mark.parametrize(
    ("stance", "present"),
    [("a", [1, 0, 1, 1]), ("b", [1, 1, 0, 1]), ("c", [0, 0, 0, 1]), ("d", [0, 0, 0, 0])],
)
def test_a_stance_is_present_as_the_resolved_or_a_further_one(stance: str, present: list[bool]) -> None:
    assert is_stance_present(["a", "b", "a", "b"], ["b", "", "a", "C; a"], stance).tolist() == present
