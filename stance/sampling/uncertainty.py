"""Select the comments whose labels are expected to improve a model most (uncertainty sampling).

The methods that were compared, with figures, are in docs/explanation/decisions/uncertainty-sampling.md.
"""

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
"""A comment is skipped if the cosine of its TF-IDF and that of a labelled or selected comment is higher than this."""

_DENSITY_SAMPLE_SIZE = 4_000  # comments that the density of the others is measured against
_CANDIDATE_FACTOR = 6  # so many candidates per comment to select are compared with each other
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
    """Return the comments to label next, the most useful first.

    The predicted stances take turns, so that rare stances are selected about as often as common ones. Among the
    comments with one predicted stance, the one with the highest product of uncertainty and density comes first:
    uncertainty is how close the two most probable stances are, density how similar a comment is to the others. A
    comment that is similar to a labelled or selected one is skipped until no others are left.

    Parameters
    ----------
    model
        Fitted to the labels so far, or only to the examples of a codebook.
    texts
        The comments to select from, of length n.
    labelled_texts
        The comments that are labelled already.
    targets
        The target of each text, as for `Model.predict`; several targets take turns, too.
    n_selected
        The number of comments to select.
    seed
        Random seed for the order of comments with equal scores.

    Returns
    -------
    ndarray of shape (min(n, n_selected),)
        Indices into `texts`.

    References
    ----------
    Scheffer, Decomain and Wrobel (2001), Active hidden Markov models for information extraction, IDA (the margin
    between the two most probable labels). Settles and Craven (2008), An analysis of active learning strategies for
    sequence labeling tasks, EMNLP (weighting uncertainty by the mean similarity to the pool).
    """
    if not len(texts) or n_selected < 1:
        return np.zeros(0, np.int64)
    probabilities = model.predict_proba(texts, targets)
    target_codes = np.zeros(len(texts), np.int64)
    if targets is not None and not isinstance(targets, str):
        target_codes = np.unique(np.asarray(targets, dtype=object), return_inverse=True)[1]
    random_keys = compute_random_keys(texts, seed)
    sample = np.argsort(random_keys)[:_DENSITY_SAMPLE_SIZE]
    scores = compute_uncertainty(probabilities) * compute_density(texts, [texts[index] for index in sample.tolist()])
    predicted = target_codes * probabilities.shape[1] + probabilities.argmax(axis=1)
    candidates = order_round_robin(scores, predicted, random_keys)[: _CANDIDATE_FACTOR * n_selected]
    return candidates[select_diverse([texts[index] for index in candidates.tolist()], labelled_texts, n_selected)]


def compute_uncertainty(probabilities: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return 1 minus the margin between the two most probable stances, of shape (n_texts,).

    >>> compute_uncertainty(np.array([[0.5, 0.5, 0.0], [0.25, 0.75, 0.0]]))
    array([1. , 0.5])
    """
    if probabilities.shape[1] == 1:
        return np.zeros(len(probabilities))
    ascending = np.sort(probabilities, axis=1)
    uncertainty: NDArray[np.float64] = 1 - (ascending[:, -1] - ascending[:, -2])
    return uncertainty


def compute_density(texts: Sequence[str], sample: Sequence[str]) -> NDArray[np.float64]:
    """Return the mean cosine between the TF-IDF of each text and those of a sample, of shape (n_texts,)."""
    indices = np.arange(len(sample))
    features = corpus.count_ngrams(sample, _FEATURE_SETTINGS).fit(indices, _FEATURE_SETTINGS)
    mean = np.asarray(features.transform(indices).mean(axis=0)) / 2  # word and character parts each have length 1
    scorer = LinearScorer(features.vocabulary, _FEATURE_SETTINGS, mean, np.zeros(1))
    cosines: NDArray[np.float64] = scorer.score_texts(texts).margins[:, 0]
    return cosines


def order_round_robin(
    scores: NDArray[np.float64], predicted: NDArray[np.int64], tie_breakers: NDArray[np.uint64]
) -> NDArray[np.int64]:
    """Return the indices of comments by score, predicted classes taking turns.

    >>> scores, predicted = np.array([0.9, 0.8, 0.1]), np.array([0, 0, 1])
    >>> order_round_robin(scores, predicted, np.arange(3, dtype=np.uint64))
    array([0, 2, 1])
    """
    by_class = np.lexsort((tie_breakers, -scores, predicted))
    class_starts = np.searchsorted(predicted[by_class], predicted[by_class])
    turn = np.empty(len(predicted), np.int64)
    turn[by_class] = np.arange(len(predicted)) - class_starts
    return np.lexsort((tie_breakers, -scores, turn))


def select_diverse(texts: Sequence[str], labelled_texts: Sequence[str], n_selected: int) -> NDArray[np.int64]:
    """Return indices of texts in their order, those that are similar to a labelled or selected text last.

    Returns
    -------
    ndarray of shape (min(n_texts, n_selected),)
    """
    n_texts, n_all = len(texts), len(texts) + len(labelled_texts)
    counts = corpus.count_ngrams([*texts, *labelled_texts], _FEATURE_SETTINGS)
    features = counts.fit(np.arange(n_texts), _FEATURE_SETTINGS).transform(np.arange(n_all)) / np.sqrt(2)  # of length 1
    text_features, labelled_features = features[:n_texts], features[n_texts:]
    similarity = np.zeros(n_texts)
    for start in range(0, len(labelled_texts), _BLOCK_SIZE):
        cosines = _cosine_similarities(text_features, labelled_features[start : start + _BLOCK_SIZE])
        similarity = np.maximum(similarity, cosines.max(axis=1))
    selected: list[int] = []
    for index in range(n_texts):
        if len(selected) == n_selected:
            break
        if similarity[index] < MAX_SIMILARITY:
            selected.append(index)
            similarity = np.maximum(similarity, _cosine_similarities(text_features, text_features[index])[:, 0])
    rest = np.setdiff1d(np.arange(n_texts), selected)
    return np.concatenate([np.array(selected, np.int64), rest])[:n_selected]


def _cosine_similarities(features: csr_matrix, other_features: csr_matrix) -> NDArray[np.float64]:
    """Return the cosines of all pairs of rows, which have length 1."""
    cosines: NDArray[np.float64] = (features @ other_features.T).toarray()
    return cosines
