"""Texts -> TF-IDF features: word n-grams, and character n-grams inside words."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.pipeline import FeatureUnion

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray
    from scipy.sparse import csr_matrix


@dataclass(frozen=True)
class FeatureSettings:
    """Which n-grams are counted."""

    word_ngrams: tuple[int, int]
    char_ngrams: tuple[int, int]
    min_df: int


@dataclass(frozen=True)
class Vocabulary:
    """The terms that are counted, word n-grams first, each block in alphabetical order, and their idf."""

    words: tuple[str, ...]
    chars: tuple[str, ...]
    idf: NDArray[np.float64]

    @property
    def labels(self) -> list[str]:
        """How each term is shown to a person: character n-grams in guillemets, their blanks visible."""
        return [*self.words, *(f"‹{term.replace(' ', '_')}›" for term in self.chars)]

    @property
    def has_letters(self) -> NDArray[np.bool_]:
        """Tell the terms that hold a letter from those of digits, blanks and punctuation only."""
        return np.array([any(map(str.isalpha, term)) for term in (*self.words, *self.chars)], dtype=np.bool_)


def fit_transform(texts: Sequence[str], settings: FeatureSettings) -> tuple[Vocabulary, csr_matrix]:
    """Learn the terms and their idf, and give the features of the same texts, of shape (n_texts, n_terms)."""
    union = _union(settings)
    features = union.fit_transform(texts).tocsr()
    words, chars = (vectorizer for _, vectorizer in union.transformer_list)
    vocabulary = Vocabulary(
        tuple(words.get_feature_names_out()),
        tuple(chars.get_feature_names_out()),
        np.concatenate([words.idf_, chars.idf_]),
    )
    return vocabulary, features


def vectorizer(vocabulary: Vocabulary, settings: FeatureSettings) -> FeatureUnion:
    """Build scikit-learn's own transformer with these terms and idf."""
    union = _union(settings)
    split = len(vocabulary.words)
    parts = ((vocabulary.words, vocabulary.idf[:split]), (vocabulary.chars, vocabulary.idf[split:]))
    for (_, part), (terms, idf) in zip(union.transformer_list, parts, strict=True):
        part.vocabulary = {term: column for column, term in enumerate(terms)}
        part.idf_ = idf
    return union


def _union(settings: FeatureSettings) -> FeatureUnion:
    words = TfidfVectorizer(ngram_range=settings.word_ngrams, min_df=settings.min_df, sublinear_tf=True)
    chars = TfidfVectorizer(
        analyzer="char_wb", ngram_range=settings.char_ngrams, min_df=settings.min_df, sublinear_tf=True
    )
    return FeatureUnion([("words", words), ("chars", chars)])
