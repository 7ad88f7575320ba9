"""Labelled comments and examples -> models; their n-grams are counted once, however many parts of them are fitted."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from stance import corpus, logistic
from stance.model import Model

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from stance.codebook import Codebook
    from stance.corpus import Corpus
    from stance.model import Settings


@dataclass(frozen=True, eq=False)
class Training:
    """What models can learn from: labelled comments first, then a codebook's examples, and the stance of each."""

    corpus: Corpus
    stances: tuple[str, ...]
    n_labelled: int
    codebook: Codebook
    settings: Settings


def prepare(
    labelled: Sequence[tuple[str, str]],
    examples: Sequence[tuple[str, str]],
    codebook: Codebook,
    settings: Settings,
) -> Training:
    """Count the n-grams of labelled comments and examples, given as pairs of text and stance."""
    pairs = (*labelled, *examples)
    counted = corpus.count([text for text, _ in pairs], settings.features)
    return Training(counted, tuple(stance for _, stance in pairs), len(labelled), codebook, settings)


def fit(training: Training, labelled: Sequence[int] | None = None, *, use_examples: bool = True) -> Model:
    """Fit a model on labelled comments, on a codebook's examples, or on both; nothing is learnt from the others.

    The examples of each stance weigh `example_mass` comments together, however many they are. They teach what a stance
    sounds like and not how common it is: the intercepts are shifted so that the prior is that of the labels alone
    (Saerens, Latinne and Decaestecker 2002), or even where there are no labels.

    Parameters
    ----------
    training
        All there is to learn from.
    labelled
        The numbers of the labelled comments to learn from; all of them unless given.
    use_examples
        Whether to learn from the examples, too.
    """
    settings = training.settings
    chosen = np.arange(training.n_labelled) if labelled is None else np.array(labelled, dtype=np.int64)
    examples = np.arange(training.n_labelled, len(training.stances) if use_examples else training.n_labelled)
    rows = np.concatenate([chosen, examples])
    named = [training.stances[row] for row in rows.tolist()]
    stances = tuple(name for name in training.codebook.names if name in set(named))
    codes = np.array([stances.index(stance) for stance in named])
    n_labels, n_examples = (
        np.bincount(part, minlength=len(stances)) for part in (codes[: len(chosen)], codes[len(chosen) :])
    )
    weight = np.ones(len(rows))
    weight[len(chosen) :] = settings.example_mass / n_examples[codes[len(chosen) :]]
    fitted = training.corpus.fit(rows, settings.features.min_df)
    weights = logistic.fit(fitted.transform(rows), codes, weight, settings.c)
    intercept = weights.intercept
    if len(examples):
        intercept = _with_prior_of_labels(intercept, codes, weight, n_labels + settings.prior_count)
    return Model(stances, fitted.vocabulary, weights.coef, intercept, settings, training.codebook)


def _with_prior_of_labels(
    intercept: NDArray[np.float64], codes: NDArray[np.int64], weight: NDArray[np.float64], prior: NDArray[Any]
) -> NDArray[np.float64]:
    """Shift intercepts from the shares that were trained on to those of the labels."""
    shifted = intercept + np.log(prior / np.bincount(codes, weights=weight, minlength=len(prior)))
    centred: NDArray[np.float64] = shifted - shifted.mean()
    return centred
