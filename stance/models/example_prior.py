"""The classifier of the codebook's examples, as a prior for the classifier of the labels."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.optimize import minimize
from scipy.special import log_softmax

from stance.models.classifiers.interface import EXACT, FitProblem
from stance.models.classifiers.registry import get_classifier

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from stance.features.corpus import Corpus, FittedFeatures
    from stance.models.settings import ModelSettings

# Before there are labels, the examples have the weight 1; this is the standard deviation around it.
_WEIGHT_DEVIATION = 0.25


@dataclass(frozen=True, eq=False)
class ExamplePrior:
    """A classifier fitted to the examples alone, on all n-grams of a corpus.

    Attributes
    ----------
    stance_codes
        The stances that have examples, rising, of shape (n_stances,).
    word_coef, char_coef
        The coefficients of all word n-grams and of all character n-grams of the corpus, of shape (n_stances, n_terms).
    intercept
        The intercepts that make all stances equally common, of shape (n_stances,).
    """

    stance_codes: NDArray[np.int64]
    word_coef: NDArray[np.float64]
    char_coef: NDArray[np.float64]
    intercept: NDArray[np.float64]

    def align(
        self, features: FittedFeatures, stance_codes: NDArray[np.int64]
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Return the coefficients and intercepts for other stances and for the selected terms of the corpus.

        A stance without examples has coefficients of 0, the mean of the others.
        """
        coef = np.zeros((len(stance_codes), len(features.words.columns) + len(features.chars.columns)))
        intercept = np.zeros(len(stance_codes))
        rows = np.searchsorted(stance_codes, self.stance_codes)
        coef[rows] = np.hstack([self.word_coef[:, features.words.columns], self.char_coef[:, features.chars.columns]])
        intercept[rows] = self.intercept
        return coef, intercept


def fit_example_prior(
    corpus: Corpus, text_indices: NDArray[np.int64], stance_codes: NDArray[np.int64], settings: ModelSettings
) -> ExamplePrior:
    """Fit a classifier to the examples, those of each stance with the same total weight.

    Parameters
    ----------
    corpus
        The n-gram counts of all texts.
    text_indices, stance_codes
        For each example the index of its text in `corpus` and its stance, of shape (n_examples,).
    settings
        `features`, `example_c` and `example_mass` are used.
    """
    features = corpus.fit(text_indices, settings.features)
    present, classes = np.unique(stance_codes, return_inverse=True)
    weights = settings.example_mass / np.bincount(classes)[classes]
    problem = FitProblem.of_one_target(features.transform(text_indices), classes, weights)
    (fitted,) = get_classifier(settings.classifier).fit(problem, settings.example_c, EXACT)
    word_coef = np.zeros((len(present), len(corpus.word_counts.terms)))
    char_coef = np.zeros((len(present), len(corpus.char_counts.terms)))
    word_coef[:, features.words.columns] = fitted.coef[:, : features.n_word_terms]
    char_coef[:, features.chars.columns] = fitted.coef[:, features.n_word_terms :]
    return ExamplePrior(present, word_coef, char_coef, fitted.intercept)


def fit_example_weight(
    margins: NDArray[np.float64],
    classes: NDArray[np.int64],
    target_codes: NDArray[np.int64],
    n_targets: int,
    prior_count: float,
) -> float:
    """Return the factor, from 0 to 1, by which the margins of the examples' classifier predict some labels best.

    Examples that were written for another discussion than the labelled one speak too confidently about it. The factor
    is the posterior mode of a logistic regression on the margins, with intercepts for each target. Its prior is normal
    around 1, so that few labels change it little.

    Parameters
    ----------
    margins
        The margins of the labelled texts, of shape (n_classes, n_labels).
    classes, target_codes
        Class and target of each label, of shape (n_labels,).
    n_targets
        The number of targets.
    prior_count
        The number of content-free texts of each class.

    Examples
    --------
    >>> margins = np.array([[3.0, 3.0, -3.0, -3.0], [-3.0, -3.0, 3.0, 3.0]]).repeat(50, axis=1)
    >>> half_right, right = np.arange(200) % 2, margins.argmax(axis=0)
    >>> targets = np.zeros(200, np.int64)
    >>> [round(fit_example_weight(margins, classes, targets, 1, 3.0), 1) for classes in (half_right, right)]
    [0.0, 1.0]
    """
    n_classes, n_labels = margins.shape
    labels = np.arange(n_labels)
    one_hot = np.equal.outer(np.arange(n_classes), classes)
    target_one_hot = np.equal.outer(target_codes, np.arange(n_targets)).astype(np.float64)

    def loss_and_gradient(parameters: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        weight, intercept = parameters[0], parameters[1:].reshape(n_classes, n_targets)
        log_probabilities = log_softmax(weight * margins + intercept[:, target_codes], axis=0)
        errors = np.exp(log_probabilities) - one_hot
        log_frequencies = log_softmax(intercept, axis=0)
        loss = -log_probabilities[classes, labels].sum() - prior_count * log_frequencies.sum()
        loss += ((weight - 1) / _WEIGHT_DEVIATION) ** 2 / 2
        weight_gradient = np.vdot(errors, margins) + (weight - 1) / _WEIGHT_DEVIATION**2
        intercept_gradient = errors @ target_one_hot + prior_count * (n_classes * np.exp(log_frequencies) - 1)
        return float(loss), np.concatenate([[weight_gradient], intercept_gradient.ravel()])

    start = np.zeros(1 + n_classes * n_targets)
    start[0] = 1.0
    bounds = [(0.0, 1.0), *[(None, None)] * (n_classes * n_targets)]
    fitted = minimize(loss_and_gradient, start, jac=True, method="L-BFGS-B", bounds=bounds, tol=1e-12)
    return float(fitted.x[0])
