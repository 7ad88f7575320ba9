"""Fit models to labelled comments and codebook examples; n-grams are counted once for all subsets of the labels."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from stance.features import corpus
from stance.models.classifiers.registry import get_classifier
from stance.models.model import Model

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from numpy.typing import NDArray

    from stance.features.corpus import Corpus
    from stance.labels.codebook import Codebook
    from stance.models.settings import ModelSettings

MIN_LABELS_FOR_TARGET_CLASSIFIER = 20
"""A target with fewer labels has no classifier of its own, which could not predict a stance without a label there."""


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
        The n-gram counts of the texts: first the distinct texts of labels, then those of the codebook's examples.
    text_indices, target_codes, stance_codes
        For each label the index of its text in `corpus`, of its target in `target_names` and of its stance in
        `codebook.stance_names`, of shape (n_labels,).
    example_text_indices, example_stance_codes
        The same for each example, of shape (n_examples,). An example applies to all targets.
    is_evaluable
        Whether a label may be used to evaluate, of shape (n_labels,). Labels of comments that a model selected may not.
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
    example_stance_codes: NDArray[np.int64]
    is_evaluable: NDArray[np.bool_]
    weights: NDArray[np.float64]
    target_names: tuple[str, ...]
    codebook: Codebook


@dataclass(frozen=True, eq=False)
class ClassifierData:
    """Training data of one classifier.

    Attributes
    ----------
    text_indices, classes, weights
        For each training text its index in the corpus, its class and its weight, of shape (n_texts,).
    class_stances
        The stance code of each class, rising, of shape (n_classes,). Only stances that occur are classes.
    intercept_shift
        Added to the fitted intercepts, of shape (n_classes,), so that the prior is that of the labels alone.
    """

    text_indices: NDArray[np.int64]
    classes: NDArray[np.int64]
    weights: NDArray[np.float64]
    class_stances: NDArray[np.int64]
    intercept_shift: NDArray[np.float64]

    def expand_intercepts(
        self, intercept: NDArray[np.float64], model_stances: NDArray[np.int64]
    ) -> NDArray[np.float64]:
        """Return shifted intercepts for all stances of a model, minus infinity for those that are not classes here.

        `model_stances` are stance codes in rising order.
        """
        expanded = np.full(len(model_stances), -np.inf)
        shifted = intercept + self.intercept_shift
        expanded[np.searchsorted(model_stances, self.class_stances)] = shifted - shifted.mean()
        return expanded


def prepare_training_data(
    labels: Sequence[LabelledText],
    examples: Sequence[tuple[str, str]],
    codebook: Codebook,
    settings: ModelSettings,
    is_evaluable: NDArray[np.bool_] | None = None,
    weights: NDArray[np.float64] | None = None,
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
        `features` sets the n-grams that are counted.
    is_evaluable, weights
        See `TrainingData`; by default all labels may be used to evaluate, and each represents one comment.
    """
    text_index = {text: index for index, text in enumerate(dict.fromkeys(label.text for label in labels))}
    target_code = {name: code for code, name in enumerate(sorted({label.target for label in labels}))}
    stance_code = {name: code for code, name in enumerate(codebook.stance_names)}
    return TrainingData(
        corpus=corpus.count_ngrams([*text_index, *(text for text, _ in examples)], settings.features),
        text_indices=_int_array(text_index[label.text] for label in labels),
        target_codes=_int_array(target_code[label.target] for label in labels),
        stance_codes=_int_array(stance_code[label.stance] for label in labels),
        example_text_indices=len(text_index) + np.arange(len(examples)),
        example_stance_codes=_int_array(stance_code[stance] for _, stance in examples),
        is_evaluable=np.ones(len(labels), np.bool_) if is_evaluable is None else is_evaluable,
        weights=np.ones(len(labels)) if weights is None else weights,
        target_names=tuple(target_code) or ("",),
        codebook=codebook,
    )


def fit_model(data: TrainingData, label_indices: NDArray[np.int64], settings: ModelSettings) -> Model:
    """Fit a model to some of the labels, and to the examples unless `example_mass` is 0.

    Parameters
    ----------
    data
        All labels and examples.
    label_indices
        Indices of the labels to fit to; others have no effect. May be empty if there are examples.
    settings
        All hyperparameters; the n-grams of `features` must be among those counted in `data`.
    """
    classifier = get_classifier(settings.classifier)
    parts, target_weights = plan_classifiers(data, label_indices, settings)
    text_indices = np.unique(np.concatenate([part.text_indices for part in parts]))
    model_stances = np.unique(np.concatenate([part.class_stances for part in parts]))
    fitted_features = data.corpus.fit(text_indices, settings.features)
    features = fitted_features.transform(text_indices, settings.word_weight)
    coef = np.zeros((len(target_weights), len(model_stances), features.shape[1]))
    intercept = np.zeros((len(target_weights), len(model_stances)))
    for part, weights_of_part in zip(parts, target_weights.T, strict=True):
        rows = np.searchsorted(text_indices, part.text_indices)
        fitted = classifier.fit(features[rows], part.classes, part.weights, settings.c)
        stance_columns = np.searchsorted(model_stances, part.class_stances)
        for target in np.flatnonzero(weights_of_part):
            coef[target, stance_columns] += weights_of_part[target] * fitted.coef
            intercept[target] += weights_of_part[target] * part.expand_intercepts(fitted.intercept, model_stances)
    # The features were scaled by the word weight; the model applies its coefficients to unscaled TF-IDF.
    coef[..., : fitted_features.n_word_terms] *= np.sqrt(settings.word_weight)
    return Model(
        targets=data.target_names,
        stances=tuple(data.codebook.stance_names[stance] for stance in model_stances),
        vocabulary=fitted_features.vocabulary,
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
    """Return the classifiers that make up a model, and the weight of each in the coefficients of each target.

    With one target there is one classifier. With several, each target has its own, mixed with one trained on the labels
    of all targets. A target with too few labels uses only the latter.

    Returns
    -------
    tuple of (list of ClassifierData, array of shape (n_targets, n_classifiers))
    """
    n_targets = len(data.target_names)
    if n_targets == 1:
        return [_build_classifier_data(data, label_indices, settings)], np.ones((1, 1))
    by_target = [label_indices[data.target_codes[label_indices] == target] for target in range(n_targets)]
    has_enough = np.array([len(labels) >= MIN_LABELS_FOR_TARGET_CLASSIFIER for labels in by_target])
    shared = np.where(has_enough, settings.shared, 1.0)
    target_weights = np.column_stack([np.diag(1 - shared), shared])
    used = np.flatnonzero(target_weights.any(axis=0))
    label_sets = [*by_target, label_indices]
    return [_build_classifier_data(data, label_sets[index], settings) for index in used], target_weights[:, used]


def _build_classifier_data(
    data: TrainingData, label_indices: NDArray[np.int64], settings: ModelSettings
) -> ClassifierData:
    """Weight labels and examples for one classifier.

    The examples of each stance together have the weight of `example_mass` comments. Neither examples nor class weights
    (`balance`) say how common a stance is. So the intercepts are shifted to the prior of the labels alone (Saerens
    et al.), each weighted by the number of comments that it represents. It is uniform if there are no labels.

    References
    ----------
    Saerens, Latinne and Decaestecker (2002), Adjusting the outputs of a classifier to new a priori probabilities: a
    simple procedure, Neural Computation 14, 21-41.
    """
    n_stances = len(data.codebook.stance_names)
    stance_codes, text_indices = data.stance_codes[label_indices], data.text_indices[label_indices]
    n_labels = np.bincount(stance_codes, minlength=n_stances)
    label_weights = data.weights[label_indices]
    weights: NDArray[np.float64] = np.power(n_labels[stance_codes].astype(np.float64), -settings.balance)
    weights *= len(weights) / weights.sum() if len(weights) else 1
    n_comments = np.bincount(stance_codes, weights=label_weights, minlength=n_stances)
    prior = n_comments * len(label_indices) / max(n_comments.sum(), 1e-300)
    if settings.example_mass and len(data.example_text_indices):
        n_examples = np.bincount(data.example_stance_codes, minlength=n_stances)
        example_weights = settings.example_mass / n_examples[data.example_stance_codes]
        weights = np.concatenate([weights, example_weights])
        text_indices = np.concatenate([text_indices, data.example_text_indices])
        stance_codes = np.concatenate([stance_codes, data.example_stance_codes])
        prior += settings.prior_count
    class_stances, classes = np.unique(stance_codes, return_inverse=True)
    intercept_shift = np.log(prior[class_stances] / np.bincount(classes, weights=weights))
    return ClassifierData(text_indices, classes, weights, class_stances, intercept_shift)


def _int_array(values: Iterable[int]) -> NDArray[np.int64]:
    return np.fromiter(values, np.int64)
