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

LABELLED = [
    ("a good idea of the mayor", "for"),
    ("what a good thing", "for"),
    ("a bad idea indeed", "against"),
    ("the vote is on Monday", "neutral"),
]


def trained(
    labelled: Sequence[tuple[str, str]],
    examples: Sequence[tuple[str, str]],
    codebook: Codebook,
    settings: ModelSettings,
) -> Model:
    labels = [LabelledText(text, "", stance) for text, stance in labelled]
    return fit_model(prepare_training_data(labels, examples, codebook, settings), np.arange(len(labels)), settings)


@pytest.fixture(scope="module")
def codebook(tmp_path_factory: pytest.TempPathFactory) -> Codebook:
    path = tmp_path_factory.mktemp("codebook") / "codebook.toml"
    path.write_text(SMALL_CODEBOOK, encoding="utf-8")
    return read_codebook(path)


@pytest.fixture(scope="module")
def model(codebook: Codebook) -> Model:
    return trained(LABELLED, codebook.examples, codebook, default_settings())


@given(st.lists(st.text(st.characters()), max_size=5))
def test_to_sklearn_gives_the_same_numbers(small_model: Path, texts: list[str]) -> None:
    model = stance.load(small_model)
    pipeline = model.to_sklearn()
    order = [list(pipeline.classes_).index(name) for name in model.stances]
    texts = [*texts, "a good thing, this bad idea"]
    assert model.predict_proba(texts) == pytest.approx(pipeline.predict_proba(texts)[:, order], abs=1e-12)


def test_to_sklearn_of_two_stances(codebook: Codebook) -> None:
    model = trained(LABELLED[:3], [], codebook, default_settings())
    pipeline = model.to_sklearn()
    order = [list(pipeline.classes_).index(name) for name in model.stances]
    assert len(order) == 2
    assert model.predict_proba(["a good one"]) == pytest.approx(
        pipeline.predict_proba(["a good one"])[:, order], abs=1e-12
    )


@pytest.mark.parametrize("text", ["", "  \n", "!!!", "2022", "Слава Україні!", "😀"])
def test_a_text_without_a_known_term_is_not_answered(model: Model, text: str) -> None:
    answer = model.predict([text, "a good idea"])
    assert list(answer["predicted"]) == ["cannot-tell", "for"]
    assert answer.loc[0].drop(["predicted", "predicted_group"]).isna().all()


def test_a_model_travels_without_what_it_remembers_of_texts(model: Model) -> None:
    model.predict(["a good idea of the mayor"])
    assert len(pickle.dumps(model)) < 1_000_000
    assert pickle.loads(pickle.dumps(model)).predict(["a good idea"]).equals(model.predict(["a good idea"]))


def test_no_texts_no_answers(model: Model) -> None:
    nothing = model.predict_arrow([], explain=1)
    assert len(nothing) == 0
    assert nothing.schema == model.predict_arrow(["a good idea"], explain=1).schema


def test_answers_in_arrow_and_in_a_frame_are_the_same(model: Model) -> None:
    texts = ["a good idea", "?", "what a bad thing"]
    answer, frame = model.predict_arrow(pa.array(texts), explain=1), model.predict(texts, explain=1)
    assert list(frame.columns) == answer.column_names
    assert {str(kind) for kind in frame.dtypes} == {"str", "float64"}
    assert answer.column("confidence").null_count == 1
    assert pa.Table.from_pandas(frame, answer.schema, preserve_index=False).equals(answer)


@given(st.lists(st.sampled_from(["a good idea", "bad", "!", "", "the vote was good, bad and ugly"]), min_size=2))
def test_an_answer_does_not_hang_on_its_neighbours(model: Model, texts: list[str]) -> None:
    together = model.predict_arrow(texts)
    assert together == pa.concat_tables([model.predict_arrow([text]) for text in texts])


def test_probabilities_of_the_most_certain_texts_are_numbers(model: Model) -> None:
    certain = replace(model, coef=model.coef * 1e6)
    assert certain.predict_proba(["a good idea"])[0] == pytest.approx([1, 0, 0])


def test_confidence_and_groups_come_from_the_probabilities(model: Model) -> None:
    answer = model.predict(["a good idea"]).iloc[0]
    assert answer["confidence"] == answer["p_for"]
    assert answer["p_for"] + answer["p_against"] == pytest.approx(answer["p_group_sided"])
    assert answer["predicted_group"] == "sided"


def test_an_explanation_names_what_pulled(model: Model) -> None:
    answer = model.predict(["a good idea", "?"], explain=2)
    assert answer["terms"].iloc[0].split(" +")[0] == "good"
    assert len(answer["terms"].iloc[0].split("; ")) == 2
    assert answer["terms"].iloc[1] == ""


def test_the_prior_comes_from_labels_alone() -> None:
    # Examples say the same of both stances, so that only the prior can tell them apart.
    codebook = Codebook((Stance("a", examples=("same words here",) * 9), Stance("b", examples=("same words here",))))
    labelled = [("same words here", "a")] + [("same words here", "b")] * 3
    settings = default_settings()
    model = trained(labelled, codebook.examples, codebook, settings)
    count = settings.prior_count
    assert model.predict_proba(["same words here"])[0] == pytest.approx(
        [(1 + count) / (4 + 2 * count), (3 + count) / (4 + 2 * count)], abs=1e-4
    )


def test_examples_alone_have_an_even_prior() -> None:
    codebook = Codebook((Stance("a", examples=("same words",) * 9), Stance("b", examples=("same words",))))
    model = trained([], codebook.examples, codebook, default_settings())
    assert model.predict_proba(["same words"])[0] == pytest.approx([0.5, 0.5], abs=1e-4)


def test_the_mass_of_examples_does_not_hang_on_their_number(codebook: Codebook) -> None:
    few = trained(LABELLED, codebook.examples, codebook, default_settings())
    # Each example ten times: other idf, same mass, much the same answers.
    many = trained(LABELLED, codebook.examples * 10, codebook, default_settings())
    texts = ["a good plan", "do not like", "ten pages"]
    assert np.abs(few.predict_proba(texts) - many.predict_proba(texts)).max() < 0.1
    heavier = replace(default_settings(), example_mass=200.0)
    assert np.abs(trained(LABELLED, codebook.examples, codebook, heavier).coef - few.coef).max() > 0.1


@pytest.mark.parametrize("texts", [["a b", "c d"], ["", " "]])
def test_texts_without_words_train_a_model_that_cannot_tell(codebook: Codebook, texts: list[str]) -> None:
    model = trained([(texts[0], "for"), (texts[1], "against")], [], codebook, default_settings())
    assert list(model.predict(["quite other words"])["predicted"]) == ["cannot-tell"]


def test_a_target_of_few_labels_answers_with_stances_it_has_not_met() -> None:
    labels = [LabelledText(f"good {n}", "one", "FAVOR") for n in range(30)] + [
        LabelledText(f"bad {n}", "one", "AGAINST") for n in range(30)
    ]
    labels.append(LabelledText("good again", "other", "FAVOR"))
    settings = default_settings()
    training = prepare_training_data(labels, [], Codebook((Stance("FAVOR"), Stance("AGAINST"))), settings)
    answer = fit_model(training, np.arange(len(labels)), settings).predict(["bad, bad"], "other").iloc[0]
    assert (answer["predicted"], answer["confidence"] < 1) == ("AGAINST", True)
