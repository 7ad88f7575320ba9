"""Fit models to labelled comments and codebook examples; n-grams are counted once for all subsets of the labels."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from scipy.sparse import csr_matrix, vstack

from stance.features import corpus
from stance.models import example_prior
from stance.models.classifiers.interface import EXACT, NO_TARGET, FitProblem
from stance.models.classifiers.registry import get_classifier
from stance.models.fitted_model import FittedModel

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from numpy.typing import NDArray

    from stance.features.corpus import Corpus
    from stance.labels.codebook import Codebook
    from stance.models.example_prior import ExamplePrior
    from stance.models.settings import ModelSettings


class LabelledText(NamedTuple):
    """A training label: a text, its target (empty if there is none) and its stance."""

    text: str
    target: str
    stance: str


@dataclass(frozen=True, eq=False)
class TrainingData:
    """Labels and examples, as counts of n-grams and integer codes.

    Attributes
    ----------
    corpus
        The n-gram counts of the texts: the distinct texts of labels, those of the codebook's examples, and others that
        are only predicted.
    text_indices, target_codes, stance_codes
        For each label the index of its text in `corpus`, of its target in `target_names` and of its stance in
        `codebook.stance_names`, of shape (n_labels,).
    example_text_indices
        The index of the text of each example in `corpus`, of shape (n_examples,). An example applies to all targets.
    example_prior
        The classifier of the examples; None without examples.
    other_text_indices
        The indices of the texts that are only predicted, of shape (n_other_texts,).
    weights
        How many comments each label represents, of shape (n_labels,). Used for the prior, the calibration and the
        expected frequencies of stances.
    target_names
        The targets in alphabetical order; one empty name if there are none.
    codebook
        The stances and their definitions.
    """

    corpus: Corpus
    text_indices: NDArray[np.int64]
    target_codes: NDArray[np.int64]
    stance_codes: NDArray[np.int64]
    example_text_indices: NDArray[np.int64]
    example_prior: ExamplePrior | None
    other_text_indices: NDArray[np.int64]
    weights: NDArray[np.float64]
    target_names: tuple[str, ...]
    codebook: Codebook

    def without_examples(self) -> TrainingData:
        """Return the labels alone."""
        return replace(self, example_text_indices=self.example_text_indices[:0], example_prior=None)


def prepare_training_data(
    labels: Sequence[LabelledText],
    examples: Sequence[tuple[str, str]],
    codebook: Codebook,
    settings: ModelSettings,
    weights: NDArray[np.float64] | None = None,
    other_texts: Sequence[str] = (),
) -> TrainingData:
    """Count the n-grams of labelled texts and of examples, and encode their stances and targets.

    Parameters
    ----------
    labels
        The labelled texts.
    examples
        Pairs of text and stance.
    codebook
        Contains all stances of labels and examples.
    settings
        The n-grams to count, and how the classifier of the examples is fitted.
    weights
        How many comments each label represents; by default one.
    other_texts
        Texts to predict that no model is fitted to.
    """
    text_index = {text: index for index, text in enumerate(dict.fromkeys(label.text for label in labels))}
    target_code = {name: code for code, name in enumerate(sorted({label.target for label in labels}))}
    stance_code = {name: code for code, name in enumerate(codebook.stance_names)}
    counts = corpus.count_ngrams([*text_index, *(text for text, _ in examples), *other_texts], settings.features)
    example_text_indices = len(text_index) + np.arange(len(examples))
    prior = None
    if examples:
        example_stance_codes = _int_array(stance_code[stance] for _, stance in examples)
        prior = example_prior.fit_example_prior(counts, example_text_indices, example_stance_codes, settings)
    return TrainingData(
        corpus=counts,
        text_indices=_int_array(text_index[label.text] for label in labels),
        target_codes=_int_array(target_code[label.target] for label in labels),
        stance_codes=_int_array(stance_code[label.stance] for label in labels),
        example_text_indices=example_text_indices,
        example_prior=prior,
        other_text_indices=len(text_index) + len(examples) + np.arange(len(other_texts)),
        weights=np.ones(len(labels)) if weights is None else weights,
        target_names=tuple(target_code) or ("",),
        codebook=codebook,
    )


def fit_model(
    data: TrainingData, label_indices: NDArray[np.int64], settings: ModelSettings, tolerance: float = EXACT
) -> FittedModel:
    """Fit a model to some of the labels, with the classifier of the examples as its prior.

    The coefficients are those of the examples, times a weight that the labels determine, plus a part that is fitted to
    the labels and penalised. Content-free texts, `prior_count` of each stance, keep stances possible that the examples
    show and the labels do not.

    Parameters
    ----------
    data
        All labels, and the classifier of the examples.
    label_indices
        Indices of the labels to fit to; others have no effect. May be empty if there are examples.
    settings
        All hyperparameters; the n-grams of `features` must be among those counted in `data`.
    tolerance
        How far from the optimum the coefficients may be, relative to their norm.
    """
    prior, n_targets = data.example_prior, len(data.target_names)
    label_texts = data.text_indices[label_indices]
    fitted_features = data.corpus.fit(
        np.unique(np.concatenate([label_texts, data.example_text_indices])), settings.features
    )
    stance_codes, target_codes = data.stance_codes[label_indices], data.target_codes[label_indices]
    model_stances = np.unique(np.concatenate([stance_codes, prior.stance_codes if prior else stance_codes[:0]]))
    coef = np.zeros((n_targets, len(model_stances), fitted_features.n_terms))
    intercept = np.zeros((n_targets, len(model_stances)))
    example_weight = 1.0 if prior else None
    if prior:
        prior_coef, prior_intercept = prior.align(fitted_features, model_stances)
        coef += prior_coef
        intercept += prior_intercept
    if len(label_indices):
        features = fitted_features.transform(label_texts)
        classes = np.searchsorted(model_stances, stance_codes)
        offset = np.zeros((len(model_stances), len(classes)))
        prior_count = 0.0
        if prior:
            prior_count = settings.prior_count
            prior_margins = (features @ prior_coef.T + prior_intercept).T
            example_weight = example_prior.fit_example_weight(
                prior_margins, classes, target_codes, n_targets, prior_count
            )
            coef *= example_weight
            intercept *= example_weight
            offset = example_weight * prior_margins
        problem = FitProblem(features, classes, np.ones(len(classes)), target_codes, n_targets, settings.shared, offset)
        if prior_count:
            problem = _add_content_free_texts(problem, prior_count)
        fitted = get_classifier(settings.classifier).fit(problem, settings.c, tolerance)
        coef += [parameters.coef for parameters in fitted]
        intercept += [parameters.intercept for parameters in fitted]
        intercept += _shift_to_weighted_prior(problem, data.weights[label_indices], prior_count)
    return FittedModel(
        targets=data.target_names,
        stances=tuple(data.codebook.stance_names[stance] for stance in model_stances),
        features=fitted_features,
        coef=coef,
        intercept=intercept - intercept.mean(axis=1, keepdims=True),
        example_weight=example_weight,
        settings=settings,
        codebook=data.codebook,
    )


def _add_content_free_texts(problem: FitProblem, weight: float) -> FitProblem:
    """Add one text without any term for each class, with the same margins for all classes."""
    n_classes = problem.n_classes
    empty = csr_matrix((n_classes, problem.features.shape[1]))
    return replace(
        problem,
        features=vstack([problem.features, empty], format="csr"),
        classes=np.concatenate([problem.classes, np.arange(n_classes)]),
        weights=np.concatenate([problem.weights, np.full(n_classes, weight)]),
        target_codes=np.concatenate([problem.target_codes, np.full(n_classes, NO_TARGET)]),
        offset=np.hstack([problem.offset, np.zeros((n_classes, n_classes))]),
    )


def _shift_to_weighted_prior(
    problem: FitProblem, label_weights: NDArray[np.float64], prior_count: float
) -> NDArray[np.float64]:
    """Return what to add to the intercepts so that the prior is that of the comments that the labels represent.

    The classifier counts each label once. Where comments were drawn with unequal probabilities, the stances are more or
    less common among the comments than among the labels (Saerens et al.).

    Returns
    -------
    ndarray of shape (n_targets, n_classes)

    References
    ----------
    Saerens, Latinne and Decaestecker (2002), Adjusting the outputs of a classifier to new a priori probabilities: a
    simple procedure, Neural Computation 14, 21-41.
    """
    n_labels = len(label_weights)
    n_of_class, weight_of_class = (np.zeros((problem.n_targets, problem.n_classes)) for _ in range(2))
    cells = (problem.target_codes[:n_labels], problem.classes[:n_labels])
    np.add.at(n_of_class, cells, 1)
    np.add.at(weight_of_class, cells, label_weights)
    weight_of_class *= n_of_class.sum(axis=1, keepdims=True) / np.maximum(
        weight_of_class.sum(axis=1, keepdims=True), 1e-300
    )
    has_labels = n_of_class + prior_count > 0
    ratio = np.ones(n_of_class.shape)
    np.divide(weight_of_class + prior_count, n_of_class + prior_count, out=ratio, where=has_labels)
    return np.log(ratio)


def _int_array(values: Iterable[int]) -> NDArray[np.int64]:
    return np.fromiter(values, np.int64)
