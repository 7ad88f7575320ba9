"""Compute TF-IDF from n-gram counts: (1 + log tf) * idf, rows of length 1, words and characters side by side."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from scipy.sparse import csr_matrix, hstack, vstack

from stance.features.sparse_kernels import CsrParts

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from stance.features.ngram_counter import NgramCounter


def smooth_idf(df: NDArray[np.int64], n_texts: int) -> NDArray[np.float64]:
    """Return the idf of terms, as scikit-learn does with `smooth_idf=True`.

    Parameters
    ----------
    df
        The number of texts that each term occurs in, of shape (n_terms,).
    n_texts
        The number of all texts.

    Examples
    --------
    >>> smooth_idf(np.array([3, 1]), 3)
    array([1.        , 1.69314718])
    """
    idf: NDArray[np.float64] = np.log((n_texts + 1) / (df + 1)) + 1
    return idf


def compute_tfidf(counts: csr_matrix, idf: NDArray[np.float64]) -> csr_matrix:
    """Return the TF-IDF of counts of shape (n_texts, n_terms), which must not store an entry twice.

    References
    ----------
    Manning, Raghavan and Schütze (2008), Introduction to information retrieval, chapter 6 (sublinear term frequencies).
    """
    # Counts take few different values, so each logarithm is computed once.
    damped = 1 + np.log(np.arange(1, counts.data.max(initial=1) + 1, dtype=np.float64))
    values = damped[counts.data - 1]
    values *= idf[counts.indices]
    lengths = np.diff(counts.indptr)
    squares = np.add.reduceat(values * values, counts.indptr[:-1][lengths > 0]) if len(values) else np.zeros(0)
    values /= np.repeat(np.sqrt(squares), lengths[lengths > 0])
    return csr_matrix((values, counts.indices, counts.indptr), counts.shape)


def vectorise_texts(texts: Any, counter: NgramCounter, idf: NDArray[np.float64]) -> csr_matrix:
    """Return the TF-IDF of texts, of shape (n_texts, n_terms).

    Parameters
    ----------
    texts
        A sequence of strings or an Arrow array of strings.
    counter
        A counter of the vocabulary's terms.
    idf
        The idf of the vocabulary's terms, of shape (n_terms,).
    """
    n_word_terms, n_char_terms = len(counter.word_order), len(counter.char_order)
    word_counts, char_counts = [], []
    for batch in counter.encode_batches(texts):
        word_counts.append(to_csr_matrix(counter.count_word_ngrams(batch), n_word_terms))
        char_counts += [to_csr_matrix(counts, n_char_terms) for _, _, counts in counter.count_char_ngrams(batch)]
    if not char_counts:  # without texts there is no block
        no_texts = CsrParts(np.zeros(1, np.int32), np.zeros(0, np.int32), np.zeros(0, np.int32))
        char_counts.append(to_csr_matrix(no_texts, n_char_terms))
    parts = ((word_counts, counter.word_order), (char_counts, counter.char_order))
    by_frequency: csr_matrix = hstack(
        [compute_tfidf(vstack(blocks, format="csr"), idf[order]) for blocks, order in parts], format="csr"
    )
    term_order = np.concatenate([counter.word_order, counter.char_order]).astype(np.int32)
    indices = term_order[by_frequency.indices]
    features = csr_matrix((by_frequency.data, indices, by_frequency.indptr), by_frequency.shape)
    features.sort_indices()
    return features


def to_csr_matrix(counts: CsrParts, n_terms: int) -> csr_matrix:
    """Return the SciPy matrix of shape (n_texts, n_terms) with these arrays."""
    return csr_matrix((counts.data, counts.indices, counts.indptr), (len(counts.indptr) - 1, n_terms))
