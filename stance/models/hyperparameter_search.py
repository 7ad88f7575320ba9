"""Choose settings by cross-validation on the labels.

The search space, and features that were tried and rejected: docs/explanation/decisions/hyperparameters.md.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from stance.features.ngrams import FeatureSettings
from stance.models.cross_validation import (
    MAX_FOLDS,
    MIN_FOLDS,
    MIN_LABELS_PER_STANCE,
    MIN_LABELS_PER_STANCE_AND_FOLD,
    CrossValidator,
)
from stance.models.labels_needed import (
    count_labels_needed,
    describe_too_few_labels,
    describe_too_few_labels_of_stance,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from stance.models.fitting import TrainingData
    from stance.models.settings import ModelSettings

MIN_LABELS_TO_SEARCH = 100
"""With fewer labels, the default settings are used."""

# The Gram matrix of more texts than this takes too much memory; settings are then chosen on a random subset of labels.
_MAX_TEXTS = 8_000

_C_GRID = (0.3, 1.0, 3.0, 10.0, 30.0, 100.0, 300.0)


@dataclass(frozen=True)
class SearchAxis:
    """One dimension of the search: a name, the fields of the settings, and their candidates in order of preference."""

    name: str
    fields: tuple[str, ...]
    candidates: tuple[tuple[Any, ...], ...]

    def candidate_settings(self, settings: ModelSettings) -> list[ModelSettings]:
        """Return a copy of the settings for each candidate."""
        return [replace(settings, **dict(zip(self.fields, values, strict=True))) for values in self.candidates]

    def current_value(self, settings: ModelSettings) -> tuple[Any, ...]:
        """Return the values of this axis in some settings."""
        return tuple(getattr(settings, field) for field in self.fields)


def _ngram_settings(max_words: int, min_df: int) -> FeatureSettings:
    return FeatureSettings((1, max_words), (2, 5), min_df)


C_AXIS = SearchAxis("C", ("c",), tuple((c,) for c in _C_GRID))
EXAMPLE_MASS_AXIS = SearchAxis(
    "weight of the examples of a stance", ("example_mass",), ((0.0,), (5.0,), (20.0,), (80.0,))
)
# Shorter n-grams are preferred. A higher min_df is not: leaving out terms makes a penalised model no simpler.
NGRAM_AXIS = SearchAxis(
    "n-grams",
    ("features", "word_weight"),
    (
        (_ngram_settings(1, 1), 1.0),
        (_ngram_settings(2, 1), 1.0),
        (_ngram_settings(2, 2), 1.0),
        (_ngram_settings(3, 1), 2.0),
    ),
)
# The default is preferred.
SHARED_AXIS = SearchAxis("weight of the classifier shared by all targets", ("shared",), ((0.5,), (0.0,), (1.0,)))
BALANCE_AXIS = SearchAxis("class weighting", ("balance",), ((0.0,), (0.5,), (1.0,)))

WIDEST_NGRAMS = FeatureSettings((1, 3), (2, 5), 1)
"""The n-grams to count so that those of all candidates are available."""


@dataclass(frozen=True, eq=False)
class SearchResult:
    """The settings that were chosen.

    Attributes
    ----------
    settings
        The chosen settings; the initial ones if the search was skipped.
    label_indices
        The labels that were predicted in cross-validation, as indices into the training data.
    margins
        Their cross-validated margins under the chosen settings, of shape (n_labels, n_stances of the codebook). Minus
        infinity for a stance that the model did not have.
    axes
        The search space.
    skip_reason
        Why the search was skipped; empty if it was not.
    """

    settings: ModelSettings
    label_indices: NDArray[np.int64]
    margins: NDArray[np.float64]
    axes: tuple[SearchAxis, ...] = ()
    skip_reason: str = ""

    @classmethod
    def skipped(cls, settings: ModelSettings, data: TrainingData, reason: str) -> SearchResult:
        """Return the result of a search that did not take place."""
        no_margins = np.zeros((0, len(data.codebook.stance_names)))
        return cls(settings, np.zeros(0, np.int64), no_margins, skip_reason=reason)


def format_axis_value(values: tuple[Any, ...]) -> str:
    """Format the values of an axis for reports.

    >>> format_axis_value((FeatureSettings((1, 2), (2, 5), 1), 1.0))
    'words 1-2, characters 2-5, minimum document frequency 1, word weight 1'
    """
    parts = []
    for value in values:
        if isinstance(value, FeatureSettings):
            (_, max_words), (min_chars, max_chars) = value.word_ngrams, value.char_ngrams
            parts.append(
                f"words 1-{max_words}, characters {min_chars}-{max_chars}, minimum document frequency {value.min_df}"
            )
        elif len(values) > 1:
            parts.append(f"word weight {value:g}")
        else:
            parts.append(f"{value:g}")
    return ", ".join(parts)


def search_axes(data: TrainingData) -> tuple[SearchAxis, ...]:
    """Return the axes beside C, in the order in which they are searched."""
    return (
        *((EXAMPLE_MASS_AXIS,) if len(data.example_text_indices) else ()),
        NGRAM_AXIS,
        *((SHARED_AXIS,) if len(data.target_names) > 1 else ()),
        BALANCE_AXIS,
    )


def why_not_searchable(
    data: TrainingData,
    label_indices: NDArray[np.int64],
    groups: NDArray[np.int64],
    *,
    min_labels: int = MIN_LABELS_TO_SEARCH,
    min_labels_per_stance: int = MIN_LABELS_PER_STANCE,
) -> str:
    """Return why settings cannot be chosen on some of the labels; an empty string if they can."""
    evaluable = label_indices[data.is_evaluable[label_indices]]
    if len(evaluable) < min_labels:
        return describe_too_few_labels(len(evaluable), min_labels, len(label_indices) - len(evaluable))
    counts = np.bincount(data.stance_codes[evaluable], minlength=len(data.codebook.stance_names))
    # Rarer stances are predicted, but have no part in the choice (`CrossValidator`).
    second = int(np.argsort(-counts, kind="stable")[1])
    if counts[second] < min_labels_per_stance:
        name = data.codebook.stance_names[second]
        return describe_too_few_labels_of_stance(int(counts[second]), name, min_labels_per_stance)
    if len(np.unique(groups[evaluable])) < MIN_FOLDS:
        return "all labels belong to one group"
    return ""


def why_not_searchable_in_all(
    data: TrainingData, label_subsets: Sequence[NDArray[np.int64]], groups: NDArray[np.int64], n_folds: int
) -> str:
    """Return why settings cannot be chosen in all training folds; an empty string if they can.

    The numbers are those of all labels, which users know, wherever these are too few; only if the folds are uneven,
    because many labels must stay in one fold, they are those of the smallest training fold.
    """
    reason = next(filter(None, (why_not_searchable(data, subset, groups) for subset in label_subsets)), "")
    if not reason:
        return ""
    of_all_labels = why_not_searchable(
        data,
        np.arange(len(data.stance_codes)),
        groups,
        min_labels=count_labels_needed(MIN_LABELS_TO_SEARCH, n_folds),
        min_labels_per_stance=count_labels_needed(MIN_LABELS_PER_STANCE, n_folds),
    )
    return of_all_labels or f"in a training fold: {reason}; near-duplicates and groups stay in one fold"


def search_hyperparameters(
    data: TrainingData, label_indices: NDArray[np.int64], groups: NDArray[np.int64], settings: ModelSettings, seed: int
) -> SearchResult:
    """Choose settings by cross-validated log loss on some of the labels; other labels have no effect.

    C is chosen first, then one axis after another, and finally C once more among its neighbours. Of all candidates
    whose log loss is within one standard error of the lowest, the most preferred is taken. The error is that of the
    difference on the same labels (Breiman, Friedman, Olshen and Stone 1984, Classification and regression trees).
    Labels of comments that a model selected, and those of rare stances, are used to fit, but not to evaluate.

    Parameters
    ----------
    data
        All labels and examples.
    label_indices
        Indices of the labels to use.
    groups
        Group code of every label in `data`, of shape (n_labels,). A group is never split between folds.
    settings
        The initial settings, kept where no axis changes them.
    seed
        Random seed for the folds.
    """
    if reason := why_not_searchable(data, label_indices, groups):
        return SearchResult.skipped(settings, data, reason)
    rng = np.random.default_rng([seed, len(label_indices)])
    subset = _draw_subset(data, label_indices, rng)
    validator = CrossValidator(data, subset, groups[subset], rng)
    best = validator.choose_best([replace(settings, c=c, shared=0.0) for c in _C_GRID])
    for axis in search_axes(data):
        best = validator.choose_best(axis.candidate_settings(best))
    best = validator.choose_best([replace(best, c=c) for c in _C_GRID if best.c / 4 < c < best.c * 4])
    evaluable = data.is_evaluable[subset]
    return SearchResult(best, subset[evaluable], validator.margins[best][evaluable], (C_AXIS, *search_axes(data)))


def _draw_subset(data: TrainingData, label_indices: NDArray[np.int64], rng: np.random.Generator) -> NDArray[np.int64]:
    """Draw as many labels at random as fit into memory, in rising order; the first of each stance are always kept."""
    size = max(MIN_LABELS_TO_SEARCH, _MAX_TEXTS - len(data.example_text_indices))
    shuffled = rng.permutation(label_indices)
    stance_codes = data.stance_codes[shuffled]
    first_of_each_stance = [
        np.flatnonzero(stance_codes == stance)[: MIN_LABELS_PER_STANCE_AND_FOLD * MAX_FOLDS]
        for stance in np.unique(stance_codes)
    ]
    kept = np.sort(np.concatenate(first_of_each_stance))
    return np.sort(np.concatenate([shuffled[kept], np.delete(shuffled, kept)])[:size])
