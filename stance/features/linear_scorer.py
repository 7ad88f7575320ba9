"""Texts -> the margins of a linear model over TF-IDF features, many times sooner than by way of the features.

The margin of a text is the sum of w * tfidf over its terms, divided by the length of tfidf: once for its word n-grams
and once for its character n-grams. With tfidf = (1 + log tf) * idf, the sum of w * tfidf and that of tfidf * tfidf
would both be linear in the words of a text if every n-gram occurred once in it, and each word's part in them a row of
a table, made once a distinct word. What remains is a correction for the n-grams that occur twice or more: a seventh to
a fifth of those of a comment.
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

# Where an n-gram occurs more often than that in a text, its correction would cancel digits, and all n-grams of the text
# are summed anew.
_MAX_CORRECTED_COUNT = 255


@dataclass(frozen=True)
class ScoredTexts:
    """The margins of texts, of shape (n_texts, n_classes), and whether each holds a known term with a letter in it."""

    margins: NDArray[np.float64]
    is_known: NDArray[np.bool_]


class LinearScorer:
    """A linear model over TF-IDF features, ready to score.

    Sums are taken in an order that a text and the model alone decide, so a text gets the same margins to the last bit
    whatever was scored before or is scored with it.
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
        # A row a term: its weight for each class, whether it holds a letter, and its square.
        table = np.column_stack([(coef * vocabulary.idf).T, vocabulary.has_letters, vocabulary.idf**2])
        self._word_term_table, self._char_term_table = table[self.counter.word_order], table[self.counter.char_order]
        self._word_squared_idf, self._char_squared_idf = (
            self._word_term_table[:, -1].copy(),
            self._char_term_table[:, -1].copy(),
        )
        self._reset_cache()

    def _reset_cache(self) -> None:
        self._table_of_words = np.empty((1 << 17, self._char_term_table.shape[1]))
        self._summed = (0, 0)

    def __getstate__(self) -> dict[str, Any]:
        return {name: value for name, value in vars(self).items() if name not in {"_table_of_words", "_summed"}}

    def __setstate__(self, state: dict[str, Any]) -> None:
        vars(self).update(state)
        self._reset_cache()

    def score_texts(self, texts: Any) -> ScoredTexts:
        """Score texts, given as a sequence of strings or an Arrow array of them."""
        margins, known = [], []
        for batch in self.counter.encode_batches(texts):
            words, chars = self._sum_word_ngrams(batch), self._sum_char_ngrams(batch)
            margins.append(_normalise_sums(words) + _normalise_sums(chars) + self._intercept)
            known.append((words[:, -2] > 0) | (chars[:, -2] > 0))
        return ScoredTexts(np.concatenate(margins), np.concatenate(known))

    def _sum_word_ngrams(self, batch: WordIdBatch) -> NDArray[np.float64]:
        return self._sum_weighted(
            self.counter.count_word_ngrams(batch), self._word_term_table, self._word_squared_idf, times_already_summed=0
        )

    def _sum_char_ngrams(self, batch: WordIdBatch) -> NDArray[np.float64]:
        self._update_word_sums()
        sums = multiply_dense(
            CsrParts(batch.offsets, batch.word_ids, np.ones(len(batch.word_ids))), self._table_of_words
        )
        for start, stop, tf in self.counter.count_char_ngrams(batch):
            repeated = np.flatnonzero(tf.data > 1)
            indptr = np.searchsorted(repeated, tf.indptr).astype(np.int32)
            excess = CsrParts(indptr, tf.indices[repeated], tf.data[repeated])
            sums[start:stop] += self._sum_weighted(
                excess, self._char_term_table, self._char_squared_idf, times_already_summed=1
            )
            for text in np.unique(
                np.searchsorted(tf.indptr, np.flatnonzero(tf.data > _MAX_CORRECTED_COUNT), side="right") - 1
            ):
                entries = slice(*tf.indptr[text : text + 2])
                alone = CsrParts(
                    np.array([0, entries.stop - entries.start], np.int32), tf.indices[entries], tf.data[entries]
                )
                sums[start + text] = self._sum_weighted(
                    alone, self._char_term_table, self._char_squared_idf, times_already_summed=0
                )[0]
        return sums

    def _sum_weighted(
        self,
        ngram_counts: CsrParts,
        table: NDArray[np.float64],
        squared_idf: NDArray[np.float64],
        times_already_summed: int,
    ) -> NDArray[np.float64]:
        """Sum rows of a table by tf times idf; `times_already_summed` 1 leaves out one count of each n-gram."""
        tf = ngram_counts.data.astype(np.float64)
        damped = 1 + np.log(tf)
        sums = multiply_dense(ngram_counts._replace(data=damped - times_already_summed * tf), table)
        sums[:, -1] += multiply_dense(ngram_counts._replace(data=damped * (damped - 1)), squared_idf)
        return sums

    def _update_word_sums(self) -> None:
        """Sum the table over the n-grams of each word that is new since the last batch."""
        indptr, columns = self.counter.ngrams.view
        times_forgotten, first = self._summed
        if times_forgotten != self.counter.times_forgotten:
            first = min(first, ngram_counter.RETAINED_WORDS)
        n = len(indptr) - 1
        self._table_of_words = ensure_capacity(self._table_of_words, n)
        new = CsrParts(indptr[first:] - indptr[first], columns[indptr[first] :], np.ones(len(columns) - indptr[first]))
        self._table_of_words[first:n] = multiply_dense(new, self._char_term_table)
        self._summed = (self.counter.times_forgotten, n)


def _normalise_sums(sums: NDArray[np.float64]) -> NDArray[np.float64]:
    """Divide the sums of w * tfidf by the length of tfidf, whose square stands last; a text without terms has none."""
    squares = sums[:, -1:]
    return sums[:, :-2] / np.sqrt(np.where(squares > 0, squares, 1))
