"""Counts -> TF-IDF: 1 + log tf, times idf, each row of length 1; words and characters apart, then side by side."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from scipy.sparse import csr_matrix, hstack, vstack

from stance.features.sparse_kernels import CsrParts

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from stance.features.ngram_counter import NgramCounter


def smooth_idf(df: NDArray[np.int64], n_texts: int) -> NDArray[np.float64]:
    """Give the idf of terms from how many of some texts they occur in, as scikit-learn does with `smooth_idf`."""
    idf: NDArray[np.float64] = np.log((n_texts + 1) / (df + 1)) + 1
    return idf


def compute_tfidf(counts: csr_matrix, idf: NDArray[np.float64]) -> csr_matrix:
    """Turn counts of shape (n_texts, n_terms) into TF-IDF; each place must be given once."""
    # There are few different counts, so their logarithms are taken once each.
    damped = 1 + np.log(np.arange(1, counts.data.max(initial=1) + 1, dtype=np.float64))
    values = damped[counts.data - 1]
    values *= idf[counts.indices]
    lengths = np.diff(counts.indptr)
    squares = np.add.reduceat(values * values, counts.indptr[:-1][lengths > 0]) if len(values) else np.zeros(0)
    values /= np.repeat(np.sqrt(squares), lengths[lengths > 0])
    return csr_matrix((values, counts.indices, counts.indptr), counts.shape)


def vectorise_texts(texts: Any, counter: NgramCounter, idf: NDArray[np.float64]) -> csr_matrix:
    """Give the TF-IDF of texts, of shape (n_texts, n_terms), by the terms that a counter knows."""
    words, chars = [], []
    for batch in counter.encode_batches(texts):
        words.append(to_csr_matrix(counter.count_word_ngrams(batch), len(counter.word_order)))
        chars += [to_csr_matrix(counts, len(counter.char_order)) for _, _, counts in counter.count_char_ngrams(batch)]
    if not chars:  # there are none where there are no texts
        chars.append(
            to_csr_matrix(CsrParts(np.zeros(1, np.int32), *np.zeros((2, 0), np.int32)), len(counter.char_order))
        )
    blocks = ((words, counter.word_order), (chars, counter.char_order))
    by_frequency: csr_matrix = hstack(
        [compute_tfidf(vstack(parts, format="csr"), idf[order]) for parts, order in blocks], format="csr"
    )
    order = np.concatenate([counter.word_order, counter.char_order]).astype(np.int32)
    features = csr_matrix((by_frequency.data, order[by_frequency.indices], by_frequency.indptr), by_frequency.shape)
    features.sort_indices()
    return features


def to_csr_matrix(counts: CsrParts, n_terms: int) -> csr_matrix:
    """Make a matrix of its parts."""
    return csr_matrix((counts.data, counts.indices, counts.indptr), (len(counts.indptr) - 1, n_terms))
