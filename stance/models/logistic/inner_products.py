"""Inner products of the texts that settings are chosen by, for one way after another to count n-grams."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from stance.models.logistic import gram_matrix

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from scipy.sparse import csr_matrix

    from stance.features.corpus import Corpus, NgramCounts
    from stance.models.settings import ModelSettings


class TrainTestProducts(NamedTuple):
    """The inner products of known texts with each other, and with those asked about (one a column)."""

    train: NDArray[np.float32]
    test: NDArray[np.float32]


class _NgramKindProducts(NamedTuple):
    """The features of one kind of n-grams, squared, and the inner products of the texts by them."""

    squared_features: csr_matrix
    inner_products: NDArray[np.float32]


class InnerProductCache:
    """The inner products of some texts of a corpus, remembered by kind of n-grams.

    Terms are weighed by their idf among all of these texts. But a term that no known text has is unknown to a model,
    and has no part in the length of what it is asked about: with it, margins came out a fifth too small here, and
    calibration made up for what was never there.
    """

    def __init__(self, corpus: Corpus, text_indices: NDArray[np.int64]) -> None:
        self._corpus, self._text_indices = corpus, text_indices
        self._by_kind: dict[str, tuple[tuple[int, int], _NgramKindProducts]] = {}

    def compute_train_test(
        self, settings: ModelSettings, train: NDArray[np.int64], test: NDArray[np.int64]
    ) -> TrainTestProducts:
        """Give the inner products by some settings; texts are given by their number in the corpus."""
        rows, columns = np.searchsorted(self._text_indices, train), np.searchsorted(self._text_indices, test)
        counted, weight = settings.features, settings.word_weight
        parts = (
            (self._compute_kind("words", self._corpus.word_counts, counted.word_ngrams[1], counted.min_df), weight),
            (self._compute_kind("chars", self._corpus.char_counts, counted.char_ngrams[1], counted.min_df), 1.0),
        )
        of_known = np.zeros((len(rows), len(rows)), np.float32)
        of_asked = np.zeros((len(rows), len(columns)), np.float32)
        for kind, times in parts:
            of_known += np.float32(times) * kind.inner_products[np.ix_(rows, rows)]
            is_known = np.bincount(kind.squared_features[rows].indices, minlength=kind.squared_features.shape[1]) > 0
            squared = kind.squared_features[columns] @ is_known.astype(np.float64)
            length = np.sqrt(np.where(squared > 0, squared, 1))
            of_asked += kind.inner_products[np.ix_(rows, columns)] * (times / length).astype(np.float32)
        return TrainTestProducts(of_known, of_asked)

    def _compute_kind(self, name: str, block: NgramCounts, max_n: int, min_df: int) -> _NgramKindProducts:
        key, kind = self._by_kind.get(name, (None, None))
        if kind is None or key != (max_n, min_df):
            features = block.fit(self._text_indices, max_n, min_df).transform(self._text_indices)
            kind = _NgramKindProducts(
                features.multiply(features).tocsr(), gram_matrix.compute_gram_matrix_float32(features)
            )
            self._by_kind[name] = ((max_n, min_df), kind)
        return kind
