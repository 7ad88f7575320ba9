"""Labelled comments and examples -> models; their n-grams are counted once, however many parts of them are fitted."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from stance.features import corpus
from stance.models.logistic import regression
from stance.models.model import Model

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from numpy.typing import NDArray

    from stance.features.corpus import Corpus
    from stance.labels.codebook import Codebook
    from stance.models.settings import ModelSettings

MIN_LABELS_FOR_TARGET_CLASSIFIER = 20
"""A target with fewer labels has no classifier of its own: it would never answer with a stance it has not met."""


class LabelledText(NamedTuple):
    """One label to learn from: a text, what it is toward, and its stance."""

    text: str
    target: str
    stance: str


@dataclass(frozen=True, eq=False)
class TrainingData:
    """All that models can learn from, counted.

    Attributes
    ----------
    corpus
        The texts: those of labels first, each once, then those of a codebook's examples.
    text_indices, target_codes, stance_codes
        Of each label: the numbers of its text, its target and its stance, of shape (n_labels,).
    example_text_indices, example_stance_codes
        The same of each example, of shape (n_examples,); an example is toward every target.
    is_evaluable
        Which labels settings may be judged by, of shape (n_labels,): not those of comments that a model chose.
    weights
        How many comments each label stands for, of shape (n_labels,); they matter to how often stances are predicted.
    target_names
        The targets in the order of first mention.
    codebook
        The stances by number, and what they mean.
    """

    corpus: Corpus
    text_indices: NDArray[np.int64]
    target_codes: NDArray[np.int64]
    stance_codes: NDArray[np.int64]
    example_text_indices: NDArray[np.int64]
    example_stance_codes: NDArray[np.int64]
    is_evaluable: NDArray[np.bool_]
    weights: NDArray[np.float64]
    target_names: tuple[str, ...]
    codebook: Codebook


@dataclass(frozen=True, eq=False)
class ClassifierData:
    """One classifier to fit.

    Attributes
    ----------
    text_indices, classes, weights
        The texts by number, the class of each, and how much each counts.
    class_stances
        Which stance each class is, by number; only those that occur.
    intercept_shift
        Added to the intercepts, of shape (n_classes,), so that the prior is that of the labels.
    """

    text_indices: NDArray[np.int64]
    classes: NDArray[np.int64]
    weights: NDArray[np.float64]
    class_stances: NDArray[np.int64]
    intercept_shift: NDArray[np.float64]

    def expand_intercepts(
        self, intercept: NDArray[np.float64], model_stances: NDArray[np.int64]
    ) -> NDArray[np.float64]:
        """Shift the intercepts, and give those of all stances met; minus infinity for one that is not in here."""
        shifted = np.full(len(model_stances), -np.inf)
        own = intercept + self.intercept_shift
        shifted[np.searchsorted(model_stances, self.class_stances)] = own - own.mean()
        return shifted


def prepare_training_data(
    labels: Sequence[LabelledText],
    examples: Sequence[tuple[str, str]],
    codebook: Codebook,
    settings: ModelSettings,
    is_evaluable: NDArray[np.bool_] | None = None,
    weights: NDArray[np.float64] | None = None,
) -> TrainingData:
    """Count the n-grams of labelled comments, and of examples given as pairs of text and stance.

    By default all labels may be judged by, and weigh the same.
    """
    text_of = {text: number for number, text in enumerate(dict.fromkeys(label.text for label in labels))}
    target_of = {name: number for number, name in enumerate(dict.fromkeys(label.target for label in labels))}
    stance_of = {name: number for number, name in enumerate(codebook.stance_names)}
    return TrainingData(
        corpus=corpus.count_ngrams([*text_of, *(text for text, _ in examples)], settings.features),
        text_indices=_int_array(text_of[label.text] for label in labels),
        target_codes=_int_array(target_of[label.target] for label in labels),
        stance_codes=_int_array(stance_of[label.stance] for label in labels),
        example_text_indices=len(text_of) + np.arange(len(examples)),
        example_stance_codes=_int_array(stance_of[stance] for _, stance in examples),
        is_evaluable=np.ones(len(labels), np.bool_) if is_evaluable is None else is_evaluable,
        weights=np.ones(len(labels)) if weights is None else weights,
        target_names=tuple(target_of) or ("",),
        codebook=codebook,
    )


def fit_model(data: TrainingData, label_indices: NDArray[np.int64], settings: ModelSettings) -> Model:
    """Fit a model on some labels, and on the examples if the settings give them a mass; nothing is learnt from others.

    Parameters
    ----------
    data
        All there is to learn from.
    label_indices
        The numbers of the labels to learn from; none where the examples alone are to teach.
    settings
        Every hyperparameter; `features` within what `data` was counted for.
    """
    problems, parts = plan_classifiers(data, label_indices, settings)
    texts = np.unique(np.concatenate([problem.text_indices for problem in problems]))
    met = np.unique(np.concatenate([problem.class_stances for problem in problems]))
    fitted = data.corpus.fit(texts, settings.features)
    features = fitted.transform(texts, settings.word_weight)
    coef = np.zeros((len(parts), len(met), features.shape[1]))
    intercept = np.zeros((len(parts), len(met)))
    for problem, part in zip(problems, parts.T, strict=True):
        rows = np.searchsorted(texts, problem.text_indices)
        weights = regression.fit_logistic_regression(features[rows], problem.classes, problem.weights, settings.c)
        of_problem = np.searchsorted(met, problem.class_stances)
        for target in np.flatnonzero(part):
            coef[target, of_problem] += part[target] * weights.coef
            intercept[target] += part[target] * problem.expand_intercepts(weights.intercept, met)
    coef[..., : fitted.n_word_terms] *= np.sqrt(
        settings.word_weight
    )  # so that they are of the features as they are counted
    return Model(
        targets=data.target_names,
        stances=tuple(data.codebook.stance_names[stance] for stance in met),
        vocabulary=fitted.vocabulary,
        coef=coef,
        intercept=intercept,
        multipliers=np.ones(intercept.shape),
        costs=np.zeros(intercept.shape),
        settings=settings,
        codebook=data.codebook,
    )


def plan_classifiers(
    data: TrainingData, label_indices: NDArray[np.int64], settings: ModelSettings
) -> tuple[list[ClassifierData], NDArray[np.float64]]:
    """Say which classifiers make up a model, and the part of each in the weights toward each target.

    One target has one classifier. Of several targets each has its own, and one of the labels toward all of them is
    mixed in, which is all there is where a target has too few labels to have shown its stances.

    Returns
    -------
    tuple of (list of Problem, Array of shape (n_targets, n_problems))
    """
    n_targets = len(data.target_names)
    if n_targets == 1:
        return [_build_classifier_data(data, label_indices, settings)], np.ones((1, 1))
    own = [label_indices[data.target_codes[label_indices] == target] for target in range(n_targets)]
    shared = np.array(
        [settings.shared if len(of_target) >= MIN_LABELS_FOR_TARGET_CLASSIFIER else 1.0 for of_target in own]
    )
    parts = np.column_stack([np.diag(1 - shared), shared])
    used = np.flatnonzero(parts.any(axis=0))
    problems = [_build_classifier_data(data, [*own, label_indices][number], settings) for number in used.tolist()]
    return problems, parts[:, used]


def _build_classifier_data(
    data: TrainingData, label_indices: NDArray[np.int64], settings: ModelSettings
) -> ClassifierData:
    """Set up one classifier.

    The examples of each stance weigh `example_mass` comments together, however many they are. They teach what a stance
    sounds like and not how common it is, and so does a balance: the intercepts are shifted so that the prior is that of
    the labels alone (Saerens, Latinne and Decaestecker 2002), or even where there are no labels.
    """
    n_stances = len(data.codebook.stance_names)
    of_labels = data.stance_codes[label_indices]
    n_labels = np.bincount(of_labels, minlength=n_stances)
    weight: NDArray[np.float64] = np.power(n_labels[of_labels].astype(np.float64), -settings.balance)
    weight *= len(weight) / weight.sum() if len(weight) else 1
    texts, stances, prior = data.text_indices[label_indices], of_labels, n_labels.astype(np.float64)
    if settings.example_mass and len(data.example_text_indices):
        of_examples = data.example_stance_codes
        n_examples = np.bincount(of_examples, minlength=n_stances)
        weight = np.concatenate([weight, settings.example_mass / n_examples[of_examples]])
        texts, stances = np.concatenate([texts, data.example_text_indices]), np.concatenate([stances, of_examples])
        prior += settings.prior_count
    met, classes = np.unique(stances, return_inverse=True)
    shift = np.log(prior[met] / np.bincount(classes, weights=weight))
    return ClassifierData(texts, classes, weight, met, shift)


def _int_array(values: Iterable[int]) -> NDArray[np.int64]:
    return np.fromiter(values, np.int64)
