"""A model and unlabelled comments -> those whose label teaches it most, spread over different ones."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from stance.counting import corpus
from stance.counting.ngrams import FeatureSettings
from stance.sampling.shuffle import keys

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray
    from scipy.sparse import csr_matrix

    from stance.learning.model import Model

ALIKE = 0.2
"""From this cosine of their TF-IDF on, a comment is passed over for one that says other things."""

_CANDIDATES = 6  # times as many as are asked for are compared with each other
_BLOCK = 512
_TERMS = FeatureSettings(word_ngrams=(1, 2), char_ngrams=(2, 5), min_df=1)


def by_uncertainty(
    model: Model,
    texts: Sequence[str],
    labelled: Sequence[str],
    targets: Sequence[str] | str | None,
    most: int,
    seed: int,
) -> NDArray[np.int64]:
    """Choose the comments to label next, the first first.

    The stances take turns: of the comments that the model answers with each, the one is next in which its two most
    probable stances are closest to each other. A comment that is much like one that is labelled or chosen already is
    passed over, unless there are no others left.

    Parameters
    ----------
    model
        Learnt from the labels so far, or from the examples of a codebook alone.
    texts
        The comments to choose from, of length n.
    labelled
        The texts that are labelled already.
    targets
        What the stance in each is toward, as for `Model.predict`; those toward several targets take turns, too.
    most
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
    between the two most probable answers).
    """
    if not len(texts) or most < 1:
        return np.zeros(0, np.int64)
    probabilities = model.predict_proba(texts, targets)
    toward = np.zeros(len(texts), np.int64)
    if targets is not None and not isinstance(targets, str):
        toward = np.unique(np.asarray(targets, dtype=object), return_inverse=True)[1]
    order = in_turns(probabilities, toward, keys(texts, seed))[: _CANDIDATES * most]
    return order[spread([texts[place] for place in order.tolist()], labelled, most)]


def in_turns(
    probabilities: NDArray[np.float64], toward: NDArray[np.int64], chance: NDArray[np.uint64]
) -> NDArray[np.int64]:
    """Order comments by how close the two most probable stances are, the answers taking turns.

    Parameters
    ----------
    probabilities
        Of each stance, of shape (n, n_stances).
    toward
        The number of the target of each, of shape (n,).
    chance
        Decides between equals, of shape (n,).
    """
    highest = np.sort(probabilities, axis=1)[:, ::-1]
    margin = highest[:, 0] - highest[:, 1] if highest.shape[1] > 1 else np.zeros(len(highest))
    group = toward * probabilities.shape[1] + probabilities.argmax(axis=1)
    by_group = np.lexsort((chance, margin, group))
    begins = np.searchsorted(group[by_group], group[by_group])
    turn = np.empty(len(group), np.int64)
    turn[by_group] = np.arange(len(group)) - begins
    return np.lexsort((chance, margin, turn))


def spread(texts: Sequence[str], labelled: Sequence[str], most: int) -> NDArray[np.int64]:
    """Choose texts in their order, first those unlike each other and the labelled ones, then others.

    Returns
    -------
    ndarray of shape (min(n, most),)
        Places in `texts`.
    """
    n = len(texts)
    counted = corpus.count([*texts, *labelled], _TERMS)
    features = counted.fit(np.arange(n), _TERMS).transform(np.arange(n + len(labelled))) / np.sqrt(2)  # of length 1
    own, others = features[:n], features[n:]
    nearest = np.zeros(n)
    for start in range(0, len(labelled), _BLOCK):
        nearest = np.maximum(nearest, _cosines(own, others[start : start + _BLOCK]).max(axis=1))
    chosen: list[int] = []
    for place in range(n):
        if len(chosen) == most:
            break
        if nearest[place] < ALIKE:
            chosen.append(place)
            nearest = np.maximum(nearest, _cosines(own, own[place])[:, 0])
    rest = np.setdiff1d(np.arange(n), chosen)
    return np.concatenate([np.array(chosen, np.int64), rest])[:most]


def _cosines(ones: csr_matrix, others: csr_matrix) -> NDArray[np.float64]:
    cosines: NDArray[np.float64] = (ones @ others.T).toarray()
    return cosines
