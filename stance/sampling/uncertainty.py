"""A model and unlabelled comments -> those whose label teaches it most, spread over different ones."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from stance.features import corpus
from stance.features.linear_scorer import LinearScorer
from stance.features.ngrams import FeatureSettings
from stance.sampling.random_keys import compute_random_keys

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray
    from scipy.sparse import csr_matrix

    from stance.models.model import Model

MAX_SIMILARITY = 0.5
"""From this cosine of their TF-IDF on, a comment is passed over for one that says other things."""

# How far each order is ahead of random in macro F1, in points, on average from 100 to 300 labels by batches of 50, by
# `benchmarks/active.py TABLE --seed 100 --stop 300 --further 300 --orders ...` with 6 repetitions on "codebook", 5 (the
# second line: 4) on "made", 8 on "ruw --target Russia", first with `--keep NONE=.6 FAVOR=.18`, then as it is. Half the
# length of an interval is 1 to 5 points, mostly 2 or 3, so that only large differences mean anything.
#
#                             codebook   made   uneven   Russia
#     this one                     2.9   14.8      1.2      2.3
#     ALIKE = 0.2                  2.9   14.2      0.2      0.6
#     turns-margin-dense           2.6   14.7      1.3      2.1    the same, whatever is alike
#     turns-entropy-dense          3.1   14.5      1.1      1.0
#     turns-margin-half-dense      2.4   13.8      0.9      2.1    the root of density
#     density                      2.9   15.6      0.9      1.2    entropy times density, no turns
#     turns                        2.1    4.4      0.8      0.5    no density
#     turns-mixed                  1.4    4.7      1.1      0.2    the same with a fifth at random
#     margin                       2.2    3.1      0.7     -0.0
#     entropy                      2.4    3.2      1.2     -0.3
#     variance                     2.7    4.2      1.1     -0.1
#     evened                       1.4    3.0      1.3     -0.3    rare stances made more probable
#     drawn                        2.0   -0.0      1.1      1.0    by chance, the less sure the likelier
#     relevance-of-close           2.0   -1.2      0.3     -0.5    margin less the cosine to what is chosen
#     clusters                     1.2    2.1     -0.6      2.3
#     gradients                    1.1    0.5      0.8      0.1    BADGE
#     k-center                     1.1   -1.8      0.7      0.1
#     least-sure                   2.3    4.5      0.9      0.4
#
# Density prefers long comments: on "made", those chosen have 53 words and random ones 29, on "Ukraine" 41 and 32.
# On labels that had no part in this (--seed 0, 12 repetitions, to 500 labels): "ruw --target Ukraine" -0.5 [-1.7, 0.7],
# with `--keep NONE=.6 AGAINST=.18` +1.5 [0.5, 2.5]; on other draws of "codebook" +2.7 [1.8, 3.5], from its examples
# alone (--start 0) +1.7 [0.7, 2.8]; "made" +14.2 [12.6, 15.7]. On tweets as they are, with no stance rare, no order
# that was tried is shown to be better than random.

_DENSITY_SAMPLE_SIZE = 4_000  # comments by which it is told how typical the others are
_CANDIDATE_FACTOR = 6  # times as many as are asked for are compared with each other
_BLOCK_SIZE = 512
_FEATURE_SETTINGS = FeatureSettings(word_ngrams=(1, 2), char_ngrams=(2, 5), min_df=1)


def select_uncertain(
    model: Model,
    texts: Sequence[str],
    labelled_texts: Sequence[str],
    targets: Sequence[str] | str | None,
    n_selected: int,
    seed: int,
) -> NDArray[np.int64]:
    """Choose the comments to label next, the first first.

    The stances take turns, so that rare ones are asked about as often as common ones. Of the comments that the model
    answers with a stance, the one is next that is worth most: how close its two most probable stances are to each
    other, times how like other comments it is. A comment that is much like one that is labelled or chosen already is
    passed over, unless there are no others left.

    Parameters
    ----------
    model
        Learnt from the labels so far, or from the examples of a codebook alone.
    texts
        The comments to choose from, of length n.
    labelled_texts
        The texts that are labelled already.
    targets
        What the stance in each is toward, as for `Model.predict`; those toward several targets take turns, too.
    n_selected
        How many to choose.
    seed
        Orders comments of which the model is equally unsure.

    Returns
    -------
    ndarray of shape (min(n, most),)
        Places in `texts`.

    References
    ----------
    Scheffer, Decomain and Wrobel (2001), Active hidden Markov models for information extraction, IDA (the margin
    between the two most probable answers). Settles and Craven (2008), An analysis of active learning strategies for
    sequence labeling tasks, EMNLP (weighing uncertainty by the mean similarity to the pool).
    """
    if not len(texts) or n_selected < 1:
        return np.zeros(0, np.int64)
    probabilities = model.predict_proba(texts, targets)
    toward = np.zeros(len(texts), np.int64)
    if targets is not None and not isinstance(targets, str):
        toward = np.unique(np.asarray(targets, dtype=object), return_inverse=True)[1]
    chance = compute_random_keys(texts, seed)
    typical = compute_density(texts, [texts[place] for place in np.argsort(chance)[:_DENSITY_SAMPLE_SIZE].tolist()])
    answers = toward * probabilities.shape[1] + probabilities.argmax(axis=1)
    order = order_round_robin(compute_uncertainty(probabilities) * typical, answers, chance)[
        : _CANDIDATE_FACTOR * n_selected
    ]
    return order[select_diverse([texts[place] for place in order.tolist()], labelled_texts, n_selected)]


def compute_uncertainty(probabilities: NDArray[np.float64]) -> NDArray[np.float64]:
    """Tell how close the two most probable stances are, from 0 to 1 where they are equal; rows are comments."""
    if probabilities.shape[1] == 1:
        return np.zeros(len(probabilities))
    highest = np.sort(probabilities, axis=1)
    close: NDArray[np.float64] = 1 - (highest[:, -1] - highest[:, -2])
    return close


def compute_density(texts: Sequence[str], sample: Sequence[str]) -> NDArray[np.float64]:
    """Give the mean cosine of the TF-IDF of texts to that of a sample of them, at the speed of scoring."""
    n = np.arange(len(sample))
    fitted = corpus.count_ngrams(sample, _FEATURE_SETTINGS).fit(n, _FEATURE_SETTINGS)
    mean = np.asarray(fitted.transform(n).mean(axis=0)) / 2  # words and characters each have length 1
    cosines: NDArray[np.float64] = (
        LinearScorer(fitted.vocabulary, _FEATURE_SETTINGS, mean, np.zeros(1)).score_texts(texts).margins[:, 0]
    )
    return cosines


def order_round_robin(
    scores: NDArray[np.float64], predicted: NDArray[np.int64], tie_breakers: NDArray[np.uint64]
) -> NDArray[np.int64]:
    """Order comments by what they are worth, the answers to them taking turns; chance decides between equals."""
    by_answer = np.lexsort((tie_breakers, -scores, predicted))
    begins = np.searchsorted(predicted[by_answer], predicted[by_answer])
    turn = np.empty(len(predicted), np.int64)
    turn[by_answer] = np.arange(len(predicted)) - begins
    return np.lexsort((tie_breakers, -scores, turn))


def select_diverse(texts: Sequence[str], labelled_texts: Sequence[str], n_selected: int) -> NDArray[np.int64]:
    """Choose texts in their order, first those unlike each other and the labelled ones, then others.

    Returns
    -------
    ndarray of shape (min(n, most),)
        Places in `texts`.
    """
    n = len(texts)
    counted = corpus.count_ngrams([*texts, *labelled_texts], _FEATURE_SETTINGS)
    features = counted.fit(np.arange(n), _FEATURE_SETTINGS).transform(np.arange(n + len(labelled_texts))) / np.sqrt(
        2
    )  # of length 1
    own, others = features[:n], features[n:]
    nearest = np.zeros(n)
    for start in range(0, len(labelled_texts), _BLOCK_SIZE):
        nearest = np.maximum(nearest, _cosine_similarities(own, others[start : start + _BLOCK_SIZE]).max(axis=1))
    chosen: list[int] = []
    for place in range(n):
        if len(chosen) == n_selected:
            break
        if nearest[place] < MAX_SIMILARITY:
            chosen.append(place)
            nearest = np.maximum(nearest, _cosine_similarities(own, own[place])[:, 0])
    rest = np.setdiff1d(np.arange(n), chosen)
    return np.concatenate([np.array(chosen, np.int64), rest])[:n_selected]


def _cosine_similarities(ones: csr_matrix, others: csr_matrix) -> NDArray[np.float64]:
    cosines: NDArray[np.float64] = (ones @ others.T).toarray()
    return cosines
