"""Compute the margins of a linear model over TF-IDF features directly from texts, without building the features.

The margin of a text is the sum of w * tfidf over its terms, divided by the norm of tfidf, once for its word n-grams and
once for its character n-grams, where tfidf = (1 + log tf) * idf. If every character n-gram occurred once in a text, the
sums of w * tfidf and of tfidf**2 would be sums over its words, and the share of each word a row of a table, computed
once per distinct word. What remains is a correction for the n-grams that occur twice or more: a seventh to a fifth of
those of a comment.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from stance.features import ngram_counter
from stance.features.ngram_counter import NgramCounter, ensure_capacity
from stance.features.sparse_kernels import CsrParts, multiply_dense

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from stance.features.ngram_counter import WordIdBatch
    from stance.features.ngrams import FeatureSettings, Vocabulary

# The correction of an n-gram that occurs more often than this in a text would lose digits by cancellation. All n-grams
# of such a text are summed without the table.
_MAX_CORRECTED_COUNT = 255

_CACHE_ATTRIBUTES = {"_word_sums", "_summed_until"}


@dataclass(frozen=True)
class ScoredTexts:
    """The margins of texts.

    Attributes
    ----------
    margins
        Of shape (n_texts, n_classes).
    is_known
        Whether each text has a term of the vocabulary that contains a letter, of shape (n_texts,).
    known_share
        The share of each text's words that the vocabulary knows, of shape (n_texts,); NaN for a text without words.
    """

    margins: NDArray[np.float64]
    is_known: NDArray[np.bool_]
    known_share: NDArray[np.float64]


class LinearScorer:
    """A linear model over TF-IDF features.

    The order of all sums depends on the text and the model only, so a text gets bitwise the same margins whatever was
    scored before or is scored with it.

    Parameters
    ----------
    vocabulary, settings
        The terms, and how they are counted.
    coef, intercept
        Of shape (n_classes, n_terms) and (n_classes,).
    """

    def __init__(
        self,
        vocabulary: Vocabulary,
        settings: FeatureSettings,
        coef: NDArray[np.float64],
        intercept: NDArray[np.float64],
    ) -> None:
        self._intercept = intercept
        self.counter = NgramCounter(vocabulary, settings)
        # One row per term: its weight for each class times its idf, whether it contains a letter, and its squared idf.
        table = np.column_stack([(coef * vocabulary.idf).T, vocabulary.has_letters, vocabulary.idf**2])
        self._word_term_table = table[self.counter.word_order]
        self._char_term_table = table[self.counter.char_order]
        self._word_squared_idf = self._word_term_table[:, -1].copy()
        self._char_squared_idf = self._char_term_table[:, -1].copy()
        self._reset_cache()

    def _reset_cache(self) -> None:
        # The sum of the table over the character n-grams of each cached word, and up to which word, and after how many
        # trims of the counter's cache, it has been computed.
        self._word_sums = np.empty((1 << 17, self._char_term_table.shape[1]))
        self._summed_until = (0, 0)

    def __getstate__(self) -> dict[str, Any]:
        return {name: value for name, value in vars(self).items() if name not in _CACHE_ATTRIBUTES}

    def __setstate__(self, state: dict[str, Any]) -> None:
        vars(self).update(state)
        self._reset_cache()

    def score_texts(self, texts: Any) -> ScoredTexts:
        """Compute the margins of texts, passed as a sequence of strings or an Arrow array of strings."""
        margins, is_known, known_share = [], [], []
        for batch in self.counter.encode_batches(texts):
            word_sums, char_sums = self._sum_word_ngrams(batch), self._sum_char_ngrams(batch)
            margins.append(_normalise_sums(word_sums) + _normalise_sums(char_sums) + self._intercept)
            is_known.append((word_sums[:, -2] > 0) | (char_sums[:, -2] > 0))
            known_share.append(self.counter.measure_known_share(batch))
        return ScoredTexts(np.concatenate(margins), np.concatenate(is_known), np.concatenate(known_share))

    def _sum_word_ngrams(self, batch: WordIdBatch) -> NDArray[np.float64]:
        counts = self.counter.count_word_ngrams(batch)
        return _sum_weighted(counts, self._word_term_table, self._word_squared_idf, times_already_summed=0)

    def _sum_char_ngrams(self, batch: WordIdBatch) -> NDArray[np.float64]:
        self._update_word_sums()
        table, squared_idf = self._char_term_table, self._char_squared_idf
        words = CsrParts(batch.offsets, batch.word_ids, np.ones(len(batch.word_ids)))
        sums = multiply_dense(words, self._word_sums)
        for start, stop, tf in self.counter.count_char_ngrams(batch):
            repeated = np.flatnonzero(tf.data > 1)
            indptr = np.searchsorted(repeated, tf.indptr).astype(np.int32)
            repeated_tf = CsrParts(indptr, tf.indices[repeated], tf.data[repeated])
            sums[start:stop] += _sum_weighted(repeated_tf, table, squared_idf, times_already_summed=1)
            too_frequent = np.flatnonzero(tf.data > _MAX_CORRECTED_COUNT)
            for text in np.unique(np.searchsorted(tf.indptr, too_frequent, side="right") - 1):
                entries = slice(*tf.indptr[text : text + 2])
                indptr = np.array([0, entries.stop - entries.start], np.int32)
                tf_of_text = CsrParts(indptr, tf.indices[entries], tf.data[entries])
                sums[start + text] = _sum_weighted(tf_of_text, table, squared_idf, times_already_summed=0)[0]
        return sums

    def _update_word_sums(self) -> None:
        """Sum the table over the character n-grams of each word that was cached since the last batch."""
        indptr, columns = self.counter.char_ngrams.view
        n_trims, first = self._summed_until
        if n_trims != self.counter.n_trims:
            first = min(first, ngram_counter.RETAINED_WORDS)
        n_words = len(indptr) - 1
        self._word_sums = ensure_capacity(self._word_sums, n_words)
        new_columns = columns[indptr[first] :]
        new_words = CsrParts(indptr[first:] - indptr[first], new_columns, np.ones(len(new_columns)))
        self._word_sums[first:n_words] = multiply_dense(new_words, self._char_term_table)
        self._summed_until = (self.counter.n_trims, n_words)


def _sum_weighted(
    ngram_counts: CsrParts,
    table: NDArray[np.float64],
    squared_idf: NDArray[np.float64],
    *,
    times_already_summed: int,
) -> NDArray[np.float64]:
    """Sum the table's rows over the n-grams of each text, weighted by 1 + log tf.

    Parameters
    ----------
    ngram_counts
        How often each n-gram occurs in each text (tf).
    table, squared_idf
        The table of the terms, whose last column is their squared idf, and that column by itself.
    times_already_summed
        How often each occurrence of an n-gram is in the sum already: 1 to return only the correction, 0 for the sum.
    """
    tf = ngram_counts.data.astype(np.float64)
    damped = 1 + np.log(tf)
    sums = multiply_dense(ngram_counts._replace(data=damped - times_already_summed * tf), table)
    sums[:, -1] += multiply_dense(ngram_counts._replace(data=damped * (damped - 1)), squared_idf)
    return sums


def _normalise_sums(sums: NDArray[np.float64]) -> NDArray[np.float64]:
    """Divide the sums of w * tfidf by the norm of tfidf, whose square is the last column; without terms it is 0."""
    squared_norms = sums[:, -1:]
    return sums[:, :-2] / np.sqrt(np.where(squared_norms > 0, squared_norms, 1))
