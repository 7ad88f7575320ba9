"""Every score equals the one that scikit-learn computes from the same table."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from numpy.typing import NDArray
from sklearn.metrics import accuracy_score, confusion_matrix, f1_score, precision_score, recall_score

from stance.evaluation.predictions import read_oof
from stance.evaluation.scheme_scores import SchemeScores
from stance.evaluation.scores import compute_scores
from stance.evaluation.splits import LEAVE_ONE_ARTICLE_OUT, STRATIFIED_KFOLD
from stance.metrics import score_intervals

STANCES = ["a", "b", "c", "d"]
REPEATS, FOLDS = 3, 4


def _oof(n: int = 40, articles: int = 5, seed: int = 0) -> pd.DataFrame:
    """Make predictions of two systems; no comment has the stance d, which the second system sometimes predicts."""
    rng = np.random.default_rng(seed)
    truth = rng.choice(STANCES[:3], size=n, p=[0.6, 0.3, 0.1])
    rows = []
    for scheme, repeats in ((STRATIFIED_KFOLD, REPEATS), (LEAVE_ONE_ARTICLE_OUT, 1)):
        for repeat in range(repeats):
            for system, skill in (("majority", 0.0), ("labels", 0.7)):
                for number in rng.permutation(n):
                    guess = rng.choice([*STANCES, "cannot-tell"])
                    rows.append({
                        "comment_id": f"c{number}", "article_id": f"a{number % articles}", "target": "",
                        "group": number, "scheme": scheme, "repeat": repeat, "fold": number % FOLDS, "weight": 1.0,
                        "system": system, "stance": truth[number],
                        "predicted": "a" if not skill else truth[number] if rng.random() < skill else guess,
                    })  # fmt: skip
    return pd.DataFrame(rows)


OOF = _oof()


def _scheme(name: str, oof: pd.DataFrame = OOF, groups: dict[str, str] | None = None) -> SchemeScores:
    return next(scheme for scheme in compute_scores(oof, STANCES, groups=groups) if scheme.scheme == name)


def _model_rows() -> pd.DataFrame:
    return OOF[(OOF["scheme"] == STRATIFIED_KFOLD) & (OOF["system"] == "labels")]


def _average_correct(rows: pd.DataFrame) -> NDArray[np.float64]:
    """Return the share of repeats in which each comment was predicted correctly."""
    correct = (rows["stance"] == rows["predicted"]).astype(np.float64)
    shares: NDArray[np.float64] = rows.assign(correct=correct).groupby("comment_id")["correct"].mean().to_numpy()
    return shares


def test_accuracy_and_its_interval() -> None:
    rows = _model_rows()
    accuracy = _scheme(STRATIFIED_KFOLD).systems[-1].accuracy
    assert accuracy.value == pytest.approx(accuracy_score(rows["stance"], rows["predicted"]))
    # Of comments, not of comments times repeats.
    expected = score_intervals.accuracy_interval(_average_correct(rows), np.ones(40), np.arange(40))
    assert accuracy.interval is not None
    assert (accuracy.interval.low, accuracy.interval.high) == pytest.approx((expected.low, expected.high))


def test_macro_f1_is_the_mean_over_repeats_of_the_stances_with_labels() -> None:
    expected = [
        f1_score(rows["stance"], rows["predicted"], labels=["a", "b", "c"], average="macro", zero_division=0)
        for _, rows in _model_rows().groupby("repeat")
    ]
    macro = _scheme(STRATIFIED_KFOLD).systems[-1].macro_f1
    assert macro.value == pytest.approx(np.mean(expected))
    assert macro.interval is not None
    assert macro.interval.low < macro.value < macro.interval.high


def test_scores_of_a_stance() -> None:
    rows = _model_rows()
    for stance in _scheme(STRATIFIED_KFOLD).systems[-1].stances:
        options = {"labels": [stance.stance], "average": "macro", "zero_division": 0}
        if stance.stance == "d":
            assert (stance.n, stance.recall, stance.f1) == (0, None, None)
            continue
        assert stance.recall is not None
        assert stance.recall.value == pytest.approx(recall_score(rows["stance"], rows["predicted"], **options))
        assert stance.precision == pytest.approx(precision_score(rows["stance"], rows["predicted"], **options))
        assert stance.f1 == pytest.approx(f1_score(rows["stance"], rows["predicted"], **options))
        assert stance.hits == pytest.approx(stance.recall.value * stance.n)
        of_stance = rows[rows["stance"] == stance.stance]
        expected = score_intervals.recall_interval(_average_correct(of_stance), np.ones(stance.n), np.arange(stance.n))
        assert stance.recall.interval is not None
        assert (stance.recall.interval.low, stance.recall.interval.high) == pytest.approx((expected.low, expected.high))


def test_a_stance_without_labels_has_a_column_and_no_row() -> None:
    confusion = _scheme(STRATIFIED_KFOLD).systems[-1].confusion
    assert list(confusion.index) == ["a", "b", "c"]
    assert list(confusion.columns) == [*STANCES, "cannot-tell"]


def test_confusion() -> None:
    rows = _model_rows()
    labels = [*STANCES, "cannot-tell"]
    expected = confusion_matrix(rows["stance"], rows["predicted"], labels=labels)[:3] / REPEATS
    assert _scheme(STRATIFIED_KFOLD).systems[-1].confusion.to_numpy() == pytest.approx(expected)


def test_differences_are_paired() -> None:
    scheme = _scheme(STRATIFIED_KFOLD)
    majority, model = scheme.systems
    (difference,) = scheme.differences
    assert difference.accuracy.value == pytest.approx(model.accuracy.value - majority.accuracy.value)
    assert difference.macro_f1.value == pytest.approx(model.macro_f1.value - majority.macro_f1.value)
    interval = difference.accuracy.interval
    assert interval is not None
    assert interval.low < difference.accuracy.value < interval.high


def test_five_articles_have_an_interval_over_articles() -> None:
    model = _scheme(LEAVE_ONE_ARTICLE_OUT).systems[-1]
    rows = OOF[(OOF["scheme"] == LEAVE_ONE_ARTICLE_OUT) & (OOF["system"] == "labels")].sort_values("comment_id")
    expected = score_intervals.new_groups_interval(
        _average_correct(rows), np.ones(40), pd.factorize(rows["article_id"])[0]
    )
    assert model.accuracy.interval is not None
    assert (model.accuracy.interval.low, model.accuracy.interval.high) == pytest.approx((expected.low, expected.high))
    assert sum(article.n for article in model.articles) == 40


def test_four_articles_have_no_interval() -> None:
    scheme = _scheme(LEAVE_ONE_ARTICLE_OUT, _oof(articles=4))
    assert scheme.systems[-1].accuracy.interval is None
    assert scheme.differences[0].accuracy.interval is None


def test_scores_of_groups() -> None:
    groups = {"a": "x", "b": "y", "c": "y", "d": "y"}
    rows = _model_rows()
    mapped = {**groups, "cannot-tell": "cannot-tell"}
    model = _scheme(STRATIFIED_KFOLD, groups=groups).systems[-1]
    assert model.accuracy.value == pytest.approx((rows["stance"].map(mapped) == rows["predicted"].map(mapped)).mean())
    assert [stance.stance for stance in model.stances] == ["x", "y"]


def test_the_order_of_rows_does_not_matter() -> None:
    shuffled = OOF.sample(frac=1, random_state=1)
    assert _scheme(STRATIFIED_KFOLD, shuffled).systems[-1].macro_f1 == _scheme(STRATIFIED_KFOLD).systems[-1].macro_f1


def test_reading_a_table_returns_what_was_written(tmp_path: Path) -> None:
    oof = OOF.assign(stance=OOF["stance"].replace("a", "NA"), p_a=0.5)
    oof.loc[0, "p_a"] = np.nan
    oof.to_csv(tmp_path / "oof.csv", index=False)
    pd.testing.assert_frame_equal(read_oof(tmp_path / "oof.csv"), oof, check_dtype=False)
