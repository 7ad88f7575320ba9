"""Counts -> TF-IDF: 1 + log tf, times idf, each row of length 1; words and characters apart, then side by side."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from scipy.sparse import csr_matrix, hstack, vstack

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from stance.counts import Counter
    from stance.kernels import Csr


def rarity(df: NDArray[np.int64], n_texts: int) -> NDArray[np.float64]:
    """Give the idf of terms from how many of some texts they occur in, as scikit-learn does with `smooth_idf`."""
    idf: NDArray[np.float64] = np.log((n_texts + 1) / (df + 1)) + 1
    return idf


def weigh(counts: csr_matrix, idf: NDArray[np.float64]) -> csr_matrix:
    """Turn counts of shape (n_texts, n_terms) into TF-IDF; each place must be given once."""
    # There are few different counts, so their logarithms are taken once each.
    damped = 1 + np.log(np.arange(1, counts.data.max(initial=1) + 1, dtype=np.float64))
    values = damped[counts.data - 1]
    values *= idf[counts.indices]
    lengths = np.diff(counts.indptr)
    squares = np.add.reduceat(values * values, counts.indptr[:-1][lengths > 0]) if len(values) else np.zeros(0)
    values /= np.repeat(np.sqrt(squares), lengths[lengths > 0])
    return csr_matrix((values, counts.indices, counts.indptr), counts.shape)


def transform(texts: Any, counter: Counter, idf: NDArray[np.float64]) -> csr_matrix:
    """Give the TF-IDF of texts, of shape (n_texts, n_terms), by the terms that a counter knows."""
    words, chars = [], []
    order = counter.char_order.astype(np.int32)
    for batch in counter.batches(texts):
        words.append(matrix(counter.word_counts(batch), counter.n_words))
        for _, _, counts in counter.char_counts(batch):
            chars.append(matrix(counts._replace(indices=order[counts.indices]), len(order)))
    blocks = [weigh(vstack(words, format="csr"), idf[: counter.n_words])]
    if chars:  # there are none where there are no texts
        blocks.append(weigh(vstack(chars, format="csr"), idf[counter.n_words :]))
    else:
        blocks.append(csr_matrix((0, len(order))))
    features: csr_matrix = hstack(blocks, format="csr")
    features.sort_indices()
    return features


def matrix(counts: Csr, n_terms: int) -> csr_matrix:
    """Make a matrix of its parts."""
    return csr_matrix((counts.data, counts.indices, counts.indptr), (len(counts.indptr) - 1, n_terms))
