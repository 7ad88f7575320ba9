"""The share of a text's words that a model knows, and `cannot-tell` where it knows too few."""

from __future__ import annotations

import io
from dataclasses import replace
from pathlib import Path

import joblib
import numpy as np
import pytest
from conftest import run, small_sheet
from hypothesis import given
from hypothesis import strategies as st

import stance
from stance.errors import InvalidModelFileError
from stance.features.ngram_counter import NgramCounter
from stance.features.ngrams import FeatureSettings, Vocabulary
from stance.models.calibrated_rule import MAX_LIMIT, MAX_LOSS, find_min_known
from stance.models.model import Model
from stance.models.model_file import serialise_model

SETTINGS = FeatureSettings((1, 2), (2, 3), 1)
VOCABULARY = Vocabulary(("leave", "leave now", "now"), (" l", "le", "lea"), np.ones(6))


def _measure(texts: list[str]) -> list[float]:
    counter = NgramCounter(VOCABULARY, SETTINGS)
    return [float(share) for batch in counter.encode_batches(texts) for share in counter.measure_known_share(batch)]


@pytest.mark.parametrize(
    ("text", "known", "total"),
    [
        ("leave", 1, 1),
        ("Leave, NOW!", 2, 2),
        ("leave it", 1, 2),
        # " lead " has 5 character n-grams of two and 4 of three characters, of which " l", "le" and "lea" are known.
        ("lead", 3 / 9 / 2, 1),
        ("leave lead", 1 + 3 / 9 / 2, 2),
        ("привет", 0, 1),
        ("привет привет привет", 0, 3),
        ("leave a b ! 👍", 1, 5),
        ("now now it", 2, 3),
        ("@someone leave", 1, 1),
        ("leave https://t.co/now www.gizmo.kz", 2, 7),
        ("l", 1 / 3, 1),  # of " l", "l " and " l " the first is known
    ],
)
def test_share_of_known_words_with_one_added(text: str, known: float, total: int) -> None:
    assert _measure([text])[0] == pytest.approx((known + 1) / (total + 1))


@pytest.mark.parametrize("text", ["", " \n", "@leave", "@leave @now"])
def test_a_text_without_words_has_no_share(text: str) -> None:
    assert np.isnan(_measure([text])[0])


WORDS = st.lists(
    st.sampled_from(["leave", "Now", "lead", "it", "привет", "a", "!", "x-leave", "le\u00a0now"]), max_size=9
)


@given(st.lists(WORDS.map(" ".join), max_size=8))
def test_texts_have_the_same_share_alone_and_together(texts: list[str]) -> None:
    together = _measure(texts)
    assert np.array_equal(together, [share for text in texts for share in _measure([text])], equal_nan=True)
    assert all(0 <= share <= 1 for share in together if not np.isnan(share))


@given(st.lists(st.tuples(st.sampled_from([0.0, 0.2, 0.5, 0.8, 1.0]), st.sampled_from([0.5, 1.0, 3.0])), min_size=1))
def test_at_most_three_in_a_hundred_comments_are_below_the_limit(rows: list[tuple[float, float]]) -> None:
    shares, weights = (np.array(column) for column in zip(*rows, strict=True))
    limit = find_min_known(shares, weights)
    assert limit <= MAX_LIMIT
    assert weights[shares < limit].sum() <= MAX_LOSS * weights.sum() + 1e-9
    above = np.unique(shares[shares > limit])
    if len(above) and limit < MAX_LIMIT:
        assert weights[shares < above[0]].sum() > MAX_LOSS * weights.sum()


@pytest.mark.parametrize(
    ("n_without_words", "limit"),
    [(0, 0.2), (1, 0.1), (2, 0.1), (5, 0.1)],  # of 60 comments, one may be below the limit
)
def test_comments_without_words_are_part_of_the_loss(n_without_words: int, limit: float) -> None:
    shares = np.array([np.nan] * n_without_words + [0.1, 0.2] + [0.8] * (58 - n_without_words))
    assert find_min_known(shares, np.ones(60)) == limit
    assert find_min_known(np.full(3, np.nan), np.ones(3)) == 0


@pytest.fixture
def model(small_model: Path) -> Model:
    return stance.load(small_model)


def test_a_text_below_the_limit_is_cannot_tell_and_keeps_its_probabilities(model: Model) -> None:
    texts = ["good idea of mayor", "good unheard of gizmo", "gizmo"]
    strict, lax = (replace(model, min_known=limit).predict(texts) for limit in (0.9, 0.0))
    assert strict["predicted"].tolist()[1:] == ["cannot-tell", "cannot-tell"]
    assert strict["predicted"][0] == lax["predicted"][0] == "for"
    assert lax["predicted"][1] != "cannot-tell"
    assert strict.drop(columns=["predicted", "predicted_group"]).equals(
        lax.drop(columns=["predicted", "predicted_group"])
    )
    assert replace(model, min_known=0.9).predict(texts, min_known=0)["predicted"].equals(lax["predicted"])


@pytest.mark.parametrize("text", ["@mayor", "@good @bad"])
def test_a_text_without_words_is_cannot_tell_unless_there_is_no_limit(model: Model, text: str) -> None:
    assert replace(model, min_known=0.1).predict([text])["predicted"].tolist() == ["cannot-tell"]
    without_limit = replace(model, min_known=0.0).predict([text])
    assert without_limit["predicted"].tolist() != ["cannot-tell"] or without_limit["confidence"].isna().all()


def test_the_limit_is_kept_in_the_file(model: Model, tmp_path: Path) -> None:
    path = tmp_path / "m.joblib"
    replace(model, min_known=0.25).save(path)
    assert stance.load(path).min_known == 0.25


@pytest.mark.parametrize(
    ("limit", "is_valid"), [(None, True), (0.5, True), (2.0, False), ("a", False), (np.nan, False)]
)
def test_a_file_without_a_limit_is_of_an_earlier_version(
    model: Model, tmp_path: Path, limit: object, *, is_valid: bool
) -> None:
    fields = joblib.load(io.BytesIO(serialise_model(model)))
    del fields["min_known"]
    joblib.dump(fields if limit is None else fields | {"min_known": limit}, tmp_path / "m.joblib")
    if is_valid:
        assert stance.load(tmp_path / "m.joblib").min_known == (limit or 0)
    else:
        with pytest.raises(InvalidModelFileError):
            stance.load(tmp_path / "m.joblib")


@pytest.mark.slow
def test_training_sets_a_limit_and_predict_applies_it(tmp_path: Path) -> None:
    sheet = small_sheet(tmp_path, 12)
    assert run("train", sheet, "--model", tmp_path / "m.joblib", "--quick", "-j", "1").code == 0
    limit = stance.load(tmp_path / "m.joblib").min_known
    assert limit == MAX_LIMIT  # all words of these texts are known
    oof = (tmp_path / "oof.csv").read_text(encoding="utf-8")
    assert ",known," in oof.splitlines()[0]
    texts = ("--text", "good idea of mayor", "--text", "Совсем про другое говорят")
    ran = run("predict", *texts, "--text", "the gizmo widget thing", "--model", tmp_path / "m.joblib")
    assert [line.split(",")[1] for line in ran.out.splitlines()[1:]] == ["for", "cannot-tell", "cannot-tell"]
    assert f"1 of 3 texts are unlike the labelled ones, with 'known' below {limit:.2f}: cannot-tell" in ran.err
    every = run("predict", *texts, "--model", tmp_path / "m.joblib", "--min-known", "0")
    assert "unlike" not in every.err
