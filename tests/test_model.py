"""Predictions, explanations and the scikit-learn pipeline of a fitted model."""

from __future__ import annotations

import pickle
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from conftest import SMALL_CODEBOOK
from hypothesis import given
from hypothesis import strategies as st

import stance
from stance.labels.codebook import Codebook, Stance, read_codebook
from stance.models.fitting import LabelledText, fit_model, prepare_training_data
from stance.models.model import Model
from stance.models.settings import ModelSettings, default_settings

LABELS = [
    ("a good idea of the mayor", "for"),
    ("what a good thing", "for"),
    ("a bad idea indeed", "against"),
    ("the vote is on Monday", "neutral"),
]


def fit(
    labels: Sequence[tuple[str, str]],
    examples: Sequence[tuple[str, str]],
    codebook: Codebook,
    settings: ModelSettings,
) -> Model:
    labelled_texts = [LabelledText(text, "", stance) for text, stance in labels]
    data = prepare_training_data(labelled_texts, examples, codebook, settings)
    return fit_model(data, np.arange(len(labels)), settings).to_model()


@pytest.fixture(scope="module")
def codebook(tmp_path_factory: pytest.TempPathFactory) -> Codebook:
    path = tmp_path_factory.mktemp("codebook") / "codebook.toml"
    path.write_text(SMALL_CODEBOOK, encoding="utf-8")
    return read_codebook(path)


@pytest.fixture(scope="module")
def model(codebook: Codebook) -> Model:
    return fit(LABELS, codebook.examples, codebook, default_settings())


@pytest.mark.slow
@given(st.lists(st.text(st.characters()), max_size=5))
def test_the_sklearn_pipeline_has_the_same_probabilities(small_model: Path, texts: list[str]) -> None:
    model = stance.load(small_model)
    pipeline = model.to_sklearn()
    order = [list(pipeline.classes_).index(name) for name in model.stances]
    texts = [*texts, "a good thing, this bad idea"]
    assert model.predict_proba(texts) == pytest.approx(pipeline.predict_proba(texts)[:, order], abs=1e-12)


def test_the_sklearn_pipeline_of_two_stances(codebook: Codebook) -> None:
    model = fit(LABELS[:3], [], codebook, default_settings())
    pipeline = model.to_sklearn()
    order = [list(pipeline.classes_).index(name) for name in model.stances]
    assert len(order) == 2
    assert model.predict_proba(["a good one"]) == pytest.approx(
        pipeline.predict_proba(["a good one"])[:, order], abs=1e-12
    )


@pytest.mark.parametrize("text", ["", "  \n", "!!!", "2022", "Слава Україні!", "😀"])
def test_a_text_without_known_terms_is_cannot_tell(model: Model, text: str) -> None:
    predictions = model.predict([text, "a good idea"])
    assert list(predictions["predicted"]) == ["cannot-tell", "for"]
    assert predictions.loc[0].drop(["predicted", "predicted_group", "known"]).isna().all()
    assert predictions["known"].fillna(0).tolist()[0] <= 0.5  # one known word is added to each text


def test_a_pickled_model_leaves_out_its_cache_of_words(model: Model) -> None:
    model.predict(["a good idea of the mayor"])
    assert len(pickle.dumps(model)) < 1_000_000
    assert pickle.loads(pickle.dumps(model)).predict(["a good idea"]).equals(model.predict(["a good idea"]))


def test_no_texts_give_an_empty_table(model: Model) -> None:
    table = model.predict_arrow([], explain=1)
    assert len(table) == 0
    assert table.schema == model.predict_arrow(["a good idea"], explain=1).schema


def test_arrow_and_pandas_predictions_are_the_same(model: Model) -> None:
    texts = ["a good idea", "?", "what a bad thing"]
    table, frame = model.predict_arrow(pa.array(texts), explain=1), model.predict(texts, explain=1)
    assert list(frame.columns) == table.column_names
    assert {str(dtype) for dtype in frame.dtypes} == {"str", "float64"}
    assert table.column("confidence").null_count == 1
    assert pa.Table.from_pandas(frame, table.schema, preserve_index=False).equals(table)


@given(st.lists(st.sampled_from(["a good idea", "bad", "!", "", "the vote was good, bad and ugly"]), min_size=2))
def test_a_prediction_does_not_depend_on_other_texts(model: Model, texts: list[str]) -> None:
    together = model.predict_arrow(texts)
    assert together == pa.concat_tables([model.predict_arrow([text]) for text in texts])


def test_extreme_margins_do_not_overflow(model: Model) -> None:
    extreme = replace(model, coef=model.coef * 1e6)
    assert extreme.predict_proba(["a good idea"])[0] == pytest.approx([1, 0, 0])


def test_confidence_and_groups_come_from_the_probabilities(model: Model) -> None:
    prediction = model.predict(["a good idea"]).iloc[0]
    assert prediction["confidence"] == prediction["p_for"]
    assert prediction["p_for"] + prediction["p_against"] == pytest.approx(prediction["p_group_sided"])
    assert prediction["predicted_group"] == "sided"


def test_terms_are_those_with_the_largest_contributions(model: Model) -> None:
    terms = model.predict(["a good idea", "?"], explain=2)["terms"]
    assert terms.iloc[0].split(" +")[0] == "good"
    assert len(terms.iloc[0].split("; ")) == 2
    assert terms.iloc[1] == ""


def test_explain_returns_the_terms_of_predict_as_numbers(model: Model) -> None:
    texts = ["a good idea", "?", "what a bad thing"]
    explained = model.explain(texts, n_terms=2)
    formatted = ["; ".join(f"{term} {contribution:+.2f}" for term, contribution in terms) for terms in explained]
    assert formatted == model.predict(texts, explain=2)["terms"].to_list()
    assert explained[1] == []


def test_a_saved_model_is_loaded_with_the_same_predictions(model: Model, tmp_path: Path) -> None:
    model.save(tmp_path / "again.joblib")
    assert stance.load(tmp_path / "again.joblib").predict(["a good idea"]).equals(model.predict(["a good idea"]))


def test_the_prior_comes_from_labels_alone() -> None:
    # Both stances have the same examples, so only the prior separates them.
    codebook = Codebook((Stance("a", examples=("same words here",) * 9), Stance("b", examples=("same words here",))))
    labels = [("same words here", "a")] + [("same words here", "b")] * 3
    settings = replace(default_settings(), c=1e-6)  # only the prior counts
    model = fit(labels, codebook.examples, codebook, settings)
    count = settings.prior_count
    assert model.predict_proba(["same words here"])[0] == pytest.approx(
        [(1 + count) / (4 + 2 * count), (3 + count) / (4 + 2 * count)], abs=1e-4
    )


def test_the_prior_of_examples_alone_is_uniform() -> None:
    codebook = Codebook((Stance("a", examples=("same words",) * 9), Stance("b", examples=("same words",))))
    model = fit([], codebook.examples, codebook, default_settings())
    assert model.predict_proba(["same words"])[0] == pytest.approx([0.5, 0.5], abs=1e-4)


def test_the_weight_of_examples_does_not_depend_on_their_number(codebook: Codebook) -> None:
    few = fit(LABELS, codebook.examples, codebook, default_settings())
    # Ten copies of each example change idf, but not the weight of all examples together.
    many = fit(LABELS, codebook.examples * 10, codebook, default_settings())
    texts = ["a good plan", "do not like", "ten pages"]
    assert np.abs(few.predict_proba(texts) - many.predict_proba(texts)).max() < 0.1
    heavier = replace(default_settings(), example_mass=200.0)
    assert np.abs(fit(LABELS, codebook.examples, codebook, heavier).coef - few.coef).max() > 0.1


@pytest.mark.parametrize("texts", [["a b", "c d"], ["", " "]])
def test_a_model_of_texts_without_words_predicts_cannot_tell(codebook: Codebook, texts: list[str]) -> None:
    model = fit([(texts[0], "for"), (texts[1], "against")], [], codebook, default_settings())
    assert list(model.predict(["quite other words"])["predicted"]) == ["cannot-tell"]


def test_a_target_with_few_labels_can_be_predicted_a_stance_it_has_no_label_of() -> None:
    labels = [LabelledText(f"good {n}", "one", "FAVOR") for n in range(30)]
    labels += [LabelledText(f"bad {n}", "one", "AGAINST") for n in range(30)]
    labels.append(LabelledText("good again", "other", "FAVOR"))
    settings = default_settings()
    data = prepare_training_data(labels, [], Codebook((Stance("FAVOR"), Stance("AGAINST"))), settings)
    model = fit_model(data, np.arange(len(labels)), settings).to_model()
    prediction = model.predict(["bad, bad"], "other").iloc[0]
    assert (prediction["predicted"], prediction["confidence"] < 1) == ("AGAINST", True)
