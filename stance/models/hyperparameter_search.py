"""Labels -> the settings that suit them best, found by cross-validation among these labels alone.

What there is to choose from came about on 9,600 labels of 4,800 tweets toward two targets (RUW, training and validation
part), by 5-fold log loss and the mean over targets of F_avg with the best thresholds of the other folds. Words 1-2 with
characters 2-5 have .937 and 53.9 %, words 1-3 that count twice .925 and 55.4 %. That was kept; these were not:

- words 1-3 that count three times, .924 and 55.3; words 1-4, .933 and 54.3; characters 2-8, .929 and 54.7;
- characters 3-8 across words instead of inside them, .926 and 54.6;
- pairs of words up to four apart added, .926 and 54.7; the words around the names of the targets added, .918 and 55.0;
  both, .918 and 54.9; words marked as negated instead of plain words, .939 and 54.2 (plain then .935 and 54.9);
- 300 latent semantic dimensions of the same tweets added, .940 and 54.0 (then .927 and 54.8 without);
- averages of models by four kinds of features, .923 and 55.2, and such models stacked, .914 and 55.2;
- the margins toward the other target stacked, .921 and 54.9;
- naive-Bayes log-count ratios of words 1-2 (Wang and Manning 2012), 1.067 and 53.1; averaged with the rest, .998 and
  55.2 (then .920 and 55.7 without);
- hashtags split into words and drawn-out letters cut, .920 and 55.7 (then .920 and 55.7 without).

Differences of half a percent are within the noise of the folds.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import groupby
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy.special import logsumexp

from stance.features.ngrams import FeatureSettings
from stance.metrics import folds
from stance.models import fitting
from stance.models.logistic import regression
from stance.models.logistic.inner_products import InnerProductCache

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    from stance.models.fitting import TrainingData
    from stance.models.settings import ModelSettings

MIN_LABELS_TO_SEARCH = 100
"""Below this many labels nothing is chosen by them."""

MIN_LABELS_PER_STANCE_AND_FOLD = 5
"""Every stance must have this many labels in each inner fold, or nothing is chosen."""

_MIN_FOLDS, _MAX_FOLDS = 2, 4

MIN_LABELS_PER_STANCE = MIN_LABELS_PER_STANCE_AND_FOLD * _MIN_FOLDS
"""A stance with fewer labels stands in the way of all choices."""

# Inner products of more texts than this take too much memory; settings are then chosen by a random part of the labels.
_MAX_TEXTS = 8_000

_C_GRID = (0.3, 1.0, 3.0, 10.0, 30.0, 100.0, 300.0)
# A stance's probability below this costs no more, as one text with an unlucky word must not decide.
_MIN_PROBABILITY = 1e-6


@dataclass(frozen=True)
class SearchAxis:
    """What is chosen: fields of the settings, and their candidates from the preferred one on."""

    name: str
    fields: tuple[str, ...]
    candidates: tuple[tuple[Any, ...], ...]

    def candidate_settings(self, settings: ModelSettings) -> list[ModelSettings]:
        """Give the settings with each candidate in turn."""
        return [replace(settings, **dict(zip(self.fields, values, strict=True))) for values in self.candidates]

    def current_value(self, settings: ModelSettings) -> tuple[Any, ...]:
        """Give what settings have in these fields."""
        return tuple(getattr(settings, field) for field in self.fields)


def _ngram_settings(max_words: int, min_df: int) -> FeatureSettings:
    return FeatureSettings((1, max_words), (2, 5), min_df)


C_AXIS = SearchAxis("C", ("c",), tuple((c,) for c in _C_GRID))
EXAMPLE_MASS_AXIS = SearchAxis(
    "mass of the examples of a stance", ("example_mass",), ((0.0,), (5.0,), (20.0,), (80.0,))
)
# The lower n first, and what leaves no term out before what does: fewer terms are no simpler where all are shrunk.
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
# What holds where nothing is chosen comes first.
SHARED_AXIS = SearchAxis("part of the classifier of all targets", ("shared",), ((0.5,), (0.0,), (1.0,)))
BALANCE_AXIS = SearchAxis("balance of the stances", ("balance",), ((0.0,), (0.5,), (1.0,)))

WIDEST_NGRAMS = FeatureSettings((1, 3), (2, 5), 1)
"""What has to be counted so that all candidates are there."""


@dataclass(frozen=True, eq=False)
class SearchResult:
    """What was chosen.

    Attributes
    ----------
    settings
        The settings, the given ones where nothing could be chosen.
    label_indices
        The labels that were answered, by number.
    margins
        The margins that models of these settings gave them without having learnt from them, of shape (n_labels,
        n_stances of the codebook); minus infinity for a stance never met.
    axes
        What there was to choose from.
    skip_reason
        Why nothing was chosen, or empty.
    """

    settings: ModelSettings
    label_indices: NDArray[np.int64]
    margins: NDArray[np.float64]
    axes: tuple[SearchAxis, ...] = ()
    skip_reason: str = ""


def format_axis_value(value: tuple[Any, ...]) -> str:
    """Write the value of an axis for people."""
    parts = []
    for each in value:
        if isinstance(each, FeatureSettings):
            (_, words), (shortest, longest) = each.word_ngrams, each.char_ngrams
            parts.append(f"words 1-{words}, characters {shortest}-{longest}, in {each.min_df} texts or more")
        elif len(value) > 1:
            parts.append(f"words count {each:g} times")
        else:
            parts.append(f"{each:g}")
    return ", ".join(parts)


def search_axes(data: TrainingData) -> tuple[SearchAxis, ...]:
    """List what is chosen for some labels beside C, one after another."""
    return (
        *((EXAMPLE_MASS_AXIS,) if len(data.example_text_indices) else ()),
        NGRAM_AXIS,
        *((SHARED_AXIS,) if len(data.target_names) > 1 else ()),
        BALANCE_AXIS,
    )


def why_not_searchable(data: TrainingData, label_indices: NDArray[np.int64], groups: NDArray[np.int64]) -> str:
    """Say why nothing can be chosen by some labels; nothing if it can."""
    judges = label_indices[data.is_evaluable[label_indices]]
    if len(judges) < MIN_LABELS_TO_SEARCH:
        return f"{_format_label_count(len(judges))}, {MIN_LABELS_TO_SEARCH} are needed"
    counts = np.bincount(data.stance_codes[judges], minlength=len(data.codebook.stance_names))
    # A stance without a label here is none that could be missed, unless others have some: then it is out by chance.
    missing = np.bincount(data.stance_codes, minlength=len(counts)) > 0
    rarest = int(np.where(missing, counts, counts.max()).argmin())
    if counts[rarest] < MIN_LABELS_PER_STANCE:
        name = data.codebook.stance_names[rarest]
        return f"{_format_label_count(int(counts[rarest]))} of {name}, {MIN_LABELS_PER_STANCE} are needed"
    if len(np.unique(groups[judges])) < _MIN_FOLDS:
        return "all labels are of one group"
    return ""


def _format_label_count(count: int) -> str:
    return "1 label" if count == 1 else f"{count} labels"


def search_hyperparameters(
    data: TrainingData, label_indices: NDArray[np.int64], groups: NDArray[np.int64], settings: ModelSettings, seed: int
) -> SearchResult:
    """Choose settings by the log loss of cross-validation among some labels; no other label has a part in it.

    C is chosen first, then one thing after another, and C once more among its neighbours: of all candidates whose log
    loss is within one standard error of the lowest, the one that is preferred. The error is that of the difference on
    the same labels (Breiman, Friedman, Olshen and Stone 1984, Classification and regression trees). Labels of comments
    that a model chose are learnt from, and nothing is judged by them.

    Parameters
    ----------
    data
        All there is to learn from.
    label_indices
        The labels to choose by, by number.
    groups
        The group of every label of `data`; a group is never parted by a fold.
    settings
        What holds where nothing better is found.
    seed
        Lays out the folds.
    """
    if reason := why_not_searchable(data, label_indices, groups):
        return SearchResult(
            settings, label_indices[:0], np.zeros((0, len(data.codebook.stance_names))), skip_reason=reason
        )
    rng = np.random.default_rng([seed, len(label_indices)])
    room = max(MIN_LABELS_TO_SEARCH, _MAX_TEXTS - len(data.example_text_indices))
    shuffled = rng.permutation(label_indices)
    # Of each stance some come first, so that none is lost where only a part has room.
    turn = [
        np.flatnonzero(data.stance_codes[shuffled] == stance) for stance in np.unique(data.stance_codes[label_indices])
    ]
    first = np.sort(np.concatenate([places[: MIN_LABELS_PER_STANCE_AND_FOLD * _MAX_FOLDS] for places in turn]))
    chosen = np.sort(np.concatenate([shuffled[first], np.delete(shuffled, first)])[:room])
    trial = _CrossValidator(data, chosen, groups[chosen], rng)
    best = trial.choose_best([replace(settings, c=c, shared=0.0) for c in _C_GRID])
    for axis in search_axes(data):
        best = trial.choose_best(axis.candidate_settings(best))
    best = trial.choose_best([replace(best, c=c) for c in _C_GRID if best.c / 4 < c < best.c * 4])
    judges = data.is_evaluable[chosen]
    return SearchResult(best, chosen[judges], trial.margins[best][judges], (C_AXIS, *search_axes(data)))


class _CrossValidator:
    """Cross-validation among some labels, of whatever settings are asked for."""

    def __init__(
        self, data: TrainingData, label_indices: NDArray[np.int64], groups: NDArray[np.int64], rng: np.random.Generator
    ) -> None:
        self._data, self._label_indices = data, label_indices
        self._is_evaluable = data.is_evaluable[label_indices]
        counts = np.bincount(data.stance_codes[label_indices][self._is_evaluable])
        dense = np.unique(groups, return_inverse=True)[1]
        k = max(
            _MIN_FOLDS,
            min(_MAX_FOLDS, int(counts[counts > 0].min()) // MIN_LABELS_PER_STANCE_AND_FOLD, int(dense.max()) + 1),
        )
        strata = (
            data.target_codes[label_indices] * len(data.codebook.stance_names) + data.stance_codes[label_indices]
        ).tolist()
        dealt = folds.stratified_group_kfold(strata, dense, k, rng)
        self._folds = [label_indices[dealt == fold] for fold in range(k)]
        texts = np.unique(np.concatenate([data.text_indices[label_indices], data.example_text_indices]))
        self._inner_products = InnerProductCache(data.corpus, texts)
        self.margins: dict[ModelSettings, NDArray[np.float64]] = {}
        self._losses: dict[ModelSettings, NDArray[np.float64]] = {}

    def choose_best(self, candidates: Sequence[ModelSettings]) -> ModelSettings:
        """Choose from candidates, the preferred first; those that differ in C only stand together, C rising."""
        for same, path in groupby(candidates, key=lambda each: replace(each, c=1.0)):
            self._cross_validate_path(same, [each.c for each in path])
        tried = [each for each in candidates if each in self._losses]
        lowest = min(tried, key=lambda each: float(self._losses[each][self._is_evaluable].mean()))
        return next(each for each in tried if self._is_within_one_standard_error(each, lowest))

    def _is_within_one_standard_error(self, candidate: ModelSettings, lowest: ModelSettings) -> bool:
        excess = (self._losses[candidate] - self._losses[lowest])[self._is_evaluable]
        return bool(excess.mean() <= excess.std(ddof=1) / np.sqrt(len(excess)))

    def _cross_validate_path(self, settings: ModelSettings, cs: Sequence[float]) -> None:
        """Answer the labels of each fold by models of the others, for each C until it is plain that more is worse."""
        candidates = [replace(settings, c=c) for c in cs if replace(settings, c=c) not in self.margins]
        if not candidates:
            return
        truth = self._data.stance_codes[self._label_indices]
        for number, fold in enumerate(self._folds):
            places = np.searchsorted(self._label_indices, fold)
            losses: list[NDArray[np.float64]] = []
            for each, margins in zip(
                candidates, self._predict_fold(fold, settings, [e.c for e in candidates]), strict=True
            ):
                losses.append(_log_loss_per_label(margins, truth[places]))
                self.margins.setdefault(each, np.empty((len(truth), margins.shape[1])))[places] = margins
                self._losses.setdefault(each, np.empty(len(truth)))[places] = losses[-1]
                if number == 0 and _is_clearly_worse(losses):
                    candidates = candidates[: len(losses)]
                    break

    def _predict_fold(
        self, test_indices: NDArray[np.int64], settings: ModelSettings, cs: Sequence[float]
    ) -> Iterator[NDArray[np.float64]]:
        """Give the margins of some labels by models of the others, of shape (n_asked, n_stances), for each C."""
        training, names = self._data, np.arange(len(self._data.codebook.stance_names))
        problems, shares = fitting.plan_classifiers(training, np.setdiff1d(self._label_indices, test_indices), settings)
        known = np.unique(np.concatenate([problem.text_indices for problem in problems]))
        products = self._inner_products.compute_train_test(settings, known, training.text_indices[test_indices])
        parts = []
        for problem, share in zip(problems, shares.T, strict=True):
            rows = np.searchsorted(known, problem.text_indices)
            path = regression.fit_path_from_gram(
                products.train[np.ix_(rows, rows)], problem.classes, problem.weights, cs
            )
            answered = np.flatnonzero(share[training.target_codes[test_indices]])
            of_asked = share[training.target_codes[test_indices[answered]]]
            parts.append((problem, path, answered, of_asked, products.test[np.ix_(rows, answered)]))
        for _ in cs:
            margins = np.zeros((len(test_indices), len(names)))
            for problem, path, answered, share, with_asked in parts:
                pull, intercept = next(path)
                scores = np.tile(problem.expand_intercepts(intercept, names), (len(answered), 1))
                scores[:, problem.class_stances] += (pull @ with_asked).T
                margins[answered] += share[:, None] * scores
            yield margins


def _is_clearly_worse(losses: Sequence[NDArray[np.float64]]) -> bool:
    """Tell whether the last of some rising Cs is worse than the best by more than three standard errors."""
    lowest = min(losses, key=lambda each: float(each.mean()))
    excess = losses[-1] - lowest
    return bool(excess.mean() > 3 * excess.std() / np.sqrt(len(excess)))


def _log_loss_per_label(margins: NDArray[np.float64], truth: NDArray[np.int64]) -> NDArray[np.float64]:
    """Give what each answer costs, of shape (n_labels,)."""
    right = margins[np.arange(len(truth)), truth] - logsumexp(margins, axis=1)
    return -np.maximum(right, np.log(_MIN_PROBABILITY))
