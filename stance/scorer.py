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

from stance.counts import Counter, with_room
from stance.kernels import Csr, weigh

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from stance.counts import Batch
    from stance.ngrams import FeatureSettings, Vocabulary


@dataclass(frozen=True)
class Scores:
    """The margins of texts, of shape (n_texts, n_classes), and whether each holds a known term with a letter in it."""

    margins: NDArray[np.float64]
    known: NDArray[np.bool_]


class Scorer:
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
        self.counter = Counter(vocabulary, settings)
        # A row a term: its weights for each class, whether it holds a letter, and apart from these its square.
        table = np.column_stack([(coef * vocabulary.idf).T, vocabulary.has_letters])
        squares = vocabulary.idf**2
        words, chars = self.counter.word_order, self.counter.char_order
        self._word_table, self._char_table = table[words], table[chars]
        self._word_squares, self._char_squares = squares[words], squares[chars]
        self._summed = (0, 0)
        self._piece_table = np.empty((1 << 17, table.shape[1]))
        self._piece_squares = np.empty(1 << 17)

    def score(self, texts: Any) -> Scores:
        """Score texts, given as a sequence of strings or an Arrow array of them."""
        margins, known = [], []
        for batch in self.counter.batches(texts):
            parts = (self._word_sums(batch), self._char_sums(batch))
            margins.append(sum((_normalised(sums, squares) for sums, squares in parts), self._intercept))
            known.append(np.logical_or(*(sums[:, -1] > 0 for sums, _ in parts)))
        return Scores(np.concatenate(margins), np.concatenate(known))

    def _word_sums(self, batch: Batch) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        counts = self.counter.word_counts(batch)
        damped = 1 + np.log(counts.data, dtype=np.float64)
        sums = weigh(counts._replace(data=damped), self._word_table)
        return sums, weigh(counts._replace(data=damped * damped), self._word_squares)

    def _char_sums(self, batch: Batch) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        self._sum_pieces()
        once = Csr(batch.offsets, batch.ids, np.ones(len(batch.ids)))
        sums, squares = weigh(once, self._piece_table), weigh(once, self._piece_squares)
        for start, stop, counts in self.counter.char_counts(batch):
            repeated = np.flatnonzero(counts.data > 1)
            tf = counts.data[repeated].astype(np.float64)
            damped = 1 + np.log(tf)
            indptr = np.searchsorted(repeated, counts.indptr).astype(np.int32)
            excess = Csr(indptr, counts.indices[repeated], damped - tf)
            sums[start:stop] += weigh(excess, self._char_table)
            squares[start:stop] += weigh(excess._replace(data=damped * damped - tf), self._char_squares)
        return sums, squares

    def _sum_pieces(self) -> None:
        """Sum the table over the n-grams of each piece that is new since the last batch."""
        indptr, columns = self.counter.ngrams.rows
        generation, first = self._summed
        if generation != self.counter.times_forgotten:
            first = 0
        n = len(indptr) - 1
        self._piece_table = with_room(self._piece_table, n)
        self._piece_squares = with_room(self._piece_squares, n)
        new = columns[indptr[first] :]
        once = Csr(indptr[first:] - indptr[first], new, np.ones(len(new)))
        self._piece_table[first:n] = weigh(once, self._char_table)
        self._piece_squares[first:n] = weigh(once, self._char_squares)
        self._summed = (self.counter.times_forgotten, n)


def _normalised(sums: NDArray[np.float64], squares: NDArray[np.float64]) -> NDArray[np.float64]:
    """Divide the sums of w * tfidf by the length of tfidf; a text without terms has none."""
    return sums[:, :-1] / np.sqrt(np.where(squares > 0, squares, 1))[:, None]
