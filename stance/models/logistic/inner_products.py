"""Inner products of the texts that settings are chosen by, for one way after another to count n-grams."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from stance.models.logistic import gram_matrix

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from scipy.sparse import csr_matrix

    from stance.features.corpus import Corpus, NgramCounts
    from stance.models.settings import Settings


class Split(NamedTuple):
    """The inner products of known texts with each other, and with those asked about (one a column)."""

    known: NDArray[np.float32]
    asked: NDArray[np.float32]


class _Kind(NamedTuple):
    """The features of one kind of n-grams, squared, and the inner products of the texts by them."""

    squares: csr_matrix
    products: NDArray[np.float32]


class Products:
    """The inner products of some texts of a corpus, remembered by kind of n-grams.

    Terms are weighed by their idf among all of these texts. But a term that no known text has is unknown to a model,
    and has no part in the length of what it is asked about: with it, margins came out a fifth too small here, and
    calibration made up for what was never there.
    """

    def __init__(self, corpus: Corpus, texts: NDArray[np.int64]) -> None:
        self._corpus, self._texts = corpus, texts
        self._kinds: dict[str, tuple[tuple[int, int], _Kind]] = {}

    def split(self, settings: Settings, known: NDArray[np.int64], asked: NDArray[np.int64]) -> Split:
        """Give the inner products by some settings; texts are given by their number in the corpus."""
        rows, columns = np.searchsorted(self._texts, known), np.searchsorted(self._texts, asked)
        counted, weight = settings.features, settings.word_weight
        parts = (
            (self._kind("words", self._corpus.word_counts, counted.word_ngrams[1], counted.min_df), weight),
            (self._kind("chars", self._corpus.char_counts, counted.char_ngrams[1], counted.min_df), 1.0),
        )
        of_known = np.zeros((len(rows), len(rows)), np.float32)
        of_asked = np.zeros((len(rows), len(columns)), np.float32)
        for kind, times in parts:
            of_known += np.float32(times) * kind.products[np.ix_(rows, rows)]
            is_known = np.bincount(kind.squares[rows].indices, minlength=kind.squares.shape[1]) > 0
            squared = kind.squares[columns] @ is_known.astype(np.float64)
            length = np.sqrt(np.where(squared > 0, squared, 1))
            of_asked += kind.products[np.ix_(rows, columns)] * (times / length).astype(np.float32)
        return Split(of_known, of_asked)

    def _kind(self, name: str, block: NgramCounts, longest: int, min_df: int) -> _Kind:
        key, kind = self._kinds.get(name, (None, None))
        if kind is None or key != (longest, min_df):
            features = block.fit(self._texts, longest, min_df).transform(self._texts)
            kind = _Kind(features.multiply(features).tocsr(), gram_matrix.rough_inner_products(features))
            self._kinds[name] = ((longest, min_df), kind)
        return kind
