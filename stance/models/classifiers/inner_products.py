"""Inner products of training and test texts for cross-validation, cached while settings change."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from stance.models.classifiers.gram_matrix import compute_gram_matrix_float32

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from scipy.sparse import csr_matrix

    from stance.features.corpus import Corpus, NgramCounts
    from stance.models.settings import ModelSettings


class TrainTestProducts(NamedTuple):
    """Inner products of the training texts with each other, and of training texts (rows) with test texts (columns)."""

    train: NDArray[np.float32]
    test: NDArray[np.float32]


class _NgramKindProducts(NamedTuple):
    """Squared features of one kind of n-grams, and the inner products of the texts by these n-grams."""

    squared_features: csr_matrix
    inner_products: NDArray[np.float32]


class InnerProductCache:
    """Inner products of some texts of a corpus, cached for the last settings of word and of character n-grams.

    Terms are weighted by their idf among all of these texts, training and test. But a term in no training text is
    unknown to a fitted model, so it must not count in the norm of a test text: otherwise margins come out about a fifth
    too small, and calibration then corrects for an error that fitted models do not make.
    """

    def __init__(self, corpus: Corpus, text_indices: NDArray[np.int64]) -> None:
        self._corpus, self._text_indices = corpus, text_indices
        self._by_kind: dict[str, tuple[tuple[int, int], _NgramKindProducts]] = {}

    def compute_train_test(
        self, settings: ModelSettings, train: NDArray[np.int64], test: NDArray[np.int64]
    ) -> TrainTestProducts:
        """Return the inner products under some settings.

        `train` and `test` are sorted indices of texts of the corpus, all among `text_indices`.
        """
        rows, columns = np.searchsorted(self._text_indices, train), np.searchsorted(self._text_indices, test)
        ngrams = settings.features
        words = self._compute_kind("words", self._corpus.word_counts, ngrams.word_ngrams[1], ngrams.min_df)
        chars = self._compute_kind("chars", self._corpus.char_counts, ngrams.char_ngrams[1], ngrams.min_df)
        train_products = np.zeros((len(rows), len(rows)), np.float32)
        test_products = np.zeros((len(rows), len(columns)), np.float32)
        for products, weight in ((words, settings.word_weight), (chars, 1.0)):
            train_products += np.float32(weight) * products.inner_products[np.ix_(rows, rows)]
            squared = products.squared_features
            in_training = np.bincount(squared[rows].indices, minlength=squared.shape[1]) > 0
            squared_norms = squared[columns] @ in_training.astype(np.float64)
            norms = np.sqrt(np.where(squared_norms > 0, squared_norms, 1))
            test_products += products.inner_products[np.ix_(rows, columns)] * (weight / norms).astype(np.float32)
        return TrainTestProducts(train_products, test_products)

    def _compute_kind(self, kind: str, ngram_counts: NgramCounts, max_n: int, min_df: int) -> _NgramKindProducts:
        cached_key, products = self._by_kind.get(kind, (None, None))
        if products is None or cached_key != (max_n, min_df):
            features = ngram_counts.fit(self._text_indices, max_n, min_df).transform(self._text_indices)
            products = _NgramKindProducts(features.multiply(features).tocsr(), compute_gram_matrix_float32(features))
            self._by_kind[kind] = ((max_n, min_df), products)
        return products
