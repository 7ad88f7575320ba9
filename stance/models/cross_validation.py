"""Cross-validated log loss of candidate settings, fitted approximately from inner products of texts."""

from __future__ import annotations

from dataclasses import replace
from itertools import groupby
from typing import TYPE_CHECKING

import numpy as np
from scipy.special import logsumexp

from stance.metrics import folds
from stance.models import fitting
from stance.models.classifiers.inner_products import InnerProductCache
from stance.models.classifiers.registry import get_classifier

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    from stance.models.fitting import TrainingData
    from stance.models.settings import ModelSettings

MIN_LABELS_PER_STANCE_AND_FOLD = 5
"""There are as many folds as leave this many labels of every stance in each, between 2 and 4."""

MIN_FOLDS, MAX_FOLDS = 2, 4

MIN_LABELS_PER_STANCE = MIN_LABELS_PER_STANCE_AND_FOLD * MIN_FOLDS
"""A stance with fewer labels is not evaluated: it would be missing in some folds, and a few labels would decide."""

# Probabilities are clipped here, so that one text with a misleading word cannot decide between settings.
_MIN_PROBABILITY = 1e-6


class CrossValidator:
    """Cross-validates settings on some of the labels; the folds stay the same for all candidates.

    Attributes
    ----------
    margins
        For each candidate that was cross-validated, the margins of the labels given to `__init__`, of shape (n_labels,
        n_stances of the codebook), from models that were not fitted to them. Minus infinity for a stance that the
        model did not have.
    """

    def __init__(
        self, data: TrainingData, label_indices: NDArray[np.int64], groups: NDArray[np.int64], rng: np.random.Generator
    ) -> None:
        """Split the labels `label_indices` into folds that keep each of `groups`, of shape (n_labels,), together."""
        self._data, self._label_indices = data, label_indices
        stance_codes = data.stance_codes[label_indices]
        counts = np.bincount(stance_codes[data.is_evaluable[label_indices]], minlength=len(data.codebook.stance_names))
        is_common = counts >= MIN_LABELS_PER_STANCE
        self._is_evaluable = data.is_evaluable[label_indices] & is_common[stance_codes]
        group_codes = np.unique(groups, return_inverse=True)[1]
        n_folds_by_labels = int(counts[is_common].min()) // MIN_LABELS_PER_STANCE_AND_FOLD
        n_folds = max(MIN_FOLDS, min(MAX_FOLDS, n_folds_by_labels, int(group_codes.max()) + 1))
        strata = (data.target_codes[label_indices] * len(data.codebook.stance_names) + stance_codes).tolist()
        fold_of_label = folds.stratified_group_kfold(strata, group_codes, n_folds, rng)
        self.folds = [label_indices[fold_of_label == fold] for fold in range(n_folds)]
        text_indices = np.unique(np.concatenate([data.text_indices[label_indices], data.example_text_indices]))
        self._inner_products = InnerProductCache(data.corpus, text_indices)
        self.margins: dict[ModelSettings, NDArray[np.float64]] = {}
        self._losses: dict[ModelSettings, NDArray[np.float64]] = {}

    def choose_best(self, candidates: Sequence[ModelSettings]) -> ModelSettings:
        """Return the first candidate whose log loss is within one standard error of the lowest.

        Candidates are given in order of preference. Those that differ only in C stand next to each other, C rising.
        """
        for other_settings, path in groupby(candidates, key=lambda candidate: replace(candidate, c=1.0)):
            self._cross_validate_path(other_settings, [candidate.c for candidate in path])
        evaluated = [candidate for candidate in candidates if candidate in self._losses]
        lowest = min(evaluated, key=lambda candidate: float(self._losses[candidate][self._is_evaluable].mean()))
        return next(candidate for candidate in evaluated if self._is_within_one_standard_error(candidate, lowest))

    def _is_within_one_standard_error(self, candidate: ModelSettings, lowest: ModelSettings) -> bool:
        excess = (self._losses[candidate] - self._losses[lowest])[self._is_evaluable]
        return bool(excess.mean() <= excess.std(ddof=1) / np.sqrt(len(excess)))

    def _cross_validate_path(self, settings: ModelSettings, cs: Sequence[float]) -> None:
        """Compute margins and losses for each C; stop early if the first fold shows that the loss is rising."""
        candidates = [replace(settings, c=c) for c in cs if replace(settings, c=c) not in self.margins]
        if not candidates:
            return
        truth = self._data.stance_codes[self._label_indices]
        for fold_index, test_indices in enumerate(self.folds):
            rows = np.searchsorted(self._label_indices, test_indices)
            losses: list[NDArray[np.float64]] = []
            path = self._predict_fold(test_indices, settings, [candidate.c for candidate in candidates])
            for candidate, margins in zip(candidates, path, strict=True):
                losses.append(_log_loss_per_label(margins, truth[rows]))
                self.margins.setdefault(candidate, np.empty((len(truth), margins.shape[1])))[rows] = margins
                self._losses.setdefault(candidate, np.empty(len(truth)))[rows] = losses[-1]
                if fold_index == 0 and _is_clearly_worse(losses):
                    candidates = candidates[: len(losses)]
                    break

    def _predict_fold(
        self, test_indices: NDArray[np.int64], settings: ModelSettings, cs: Sequence[float]
    ) -> Iterator[NDArray[np.float64]]:
        """Yield for each C the margins of test labels, of shape (n_test, n_stances), by a model of the other labels."""
        data, stance_codes = self._data, np.arange(len(self._data.codebook.stance_names))
        classifier = get_classifier(settings.classifier)
        train_indices = np.setdiff1d(self._label_indices, test_indices)
        parts, target_weights = fitting.plan_classifiers(data, train_indices, settings)
        train_texts = np.unique(np.concatenate([part.text_indices for part in parts]))
        products = self._inner_products.compute_train_test(settings, train_texts, data.text_indices[test_indices])
        fits = []
        for part, weights_of_part in zip(parts, target_weights.T, strict=True):
            rows = np.searchsorted(train_texts, part.text_indices)
            path = classifier.fit_path_from_gram(products.train[np.ix_(rows, rows)], part.classes, part.weights, cs)
            label_weights = weights_of_part[data.target_codes[test_indices]]
            predicted = np.flatnonzero(label_weights)
            fits.append((part, path, predicted, label_weights[predicted], products.test[np.ix_(rows, predicted)]))
        for _ in cs:
            margins = np.zeros((len(test_indices), len(stance_codes)))
            for part, path, predicted, label_weights, test_products in fits:
                fitted = next(path)
                scores = np.tile(part.expand_intercepts(fitted.intercept, stance_codes), (len(predicted), 1))
                scores[:, part.class_stances] += (fitted.dual_coef @ test_products).T
                margins[predicted] += label_weights[:, None] * scores
            yield margins


def _is_clearly_worse(losses: Sequence[NDArray[np.float64]]) -> bool:
    """Return whether the last of several losses, C rising, exceeds the lowest by more than three standard errors."""
    lowest = min(losses, key=lambda loss: float(loss.mean()))
    excess = losses[-1] - lowest
    return bool(excess.mean() > 3 * excess.std() / np.sqrt(len(excess)))


def _log_loss_per_label(margins: NDArray[np.float64], truth: NDArray[np.int64]) -> NDArray[np.float64]:
    """Return the clipped log loss of each label, of shape (n_labels,)."""
    log_probabilities = margins[np.arange(len(truth)), truth] - logsumexp(margins, axis=1)
    return -np.maximum(log_probabilities, np.log(_MIN_PROBABILITY))
