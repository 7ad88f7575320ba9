"""Texts -> TF-IDF features: word n-grams, and character n-grams inside words."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.sparse import csr_matrix, hstack
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.pipeline import FeatureUnion

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray


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
    words, chars = (_fit_transform(part, texts) for part in _vectorizers(settings))
    vocabulary = Vocabulary(words[0], chars[0], np.concatenate([words[1], chars[1]]))
    return vocabulary, hstack([words[2], chars[2]], format="csr")


def vectorizer(vocabulary: Vocabulary, settings: FeatureSettings) -> FeatureUnion:
    """Build scikit-learn's own transformer with these terms and idf."""
    split = len(vocabulary.words)
    parts = ((vocabulary.words, vocabulary.idf[:split]), (vocabulary.chars, vocabulary.idf[split:]))
    steps = []
    for name, part, (terms, idf) in zip(("words", "chars"), _vectorizers(settings), parts, strict=True):
        if terms:  # scikit-learn refuses an empty vocabulary
            part.vocabulary = {term: column for column, term in enumerate(terms)}
            part.idf_ = idf
            steps.append((name, part))
    return FeatureUnion(steps)


def _vectorizers(settings: FeatureSettings) -> tuple[TfidfVectorizer, TfidfVectorizer]:
    words = TfidfVectorizer(ngram_range=settings.word_ngrams, min_df=settings.min_df, sublinear_tf=True)
    chars = TfidfVectorizer(
        analyzer="char_wb", ngram_range=settings.char_ngrams, min_df=settings.min_df, sublinear_tf=True
    )
    return words, chars


def _fit_transform(
    part: TfidfVectorizer, texts: Sequence[str]
) -> tuple[tuple[str, ...], NDArray[np.float64], csr_matrix]:
    """Learn one block: its terms, their idf, and its features; all empty where no text holds a term."""
    try:
        matrix = part.fit_transform(texts)
    except ValueError as error:
        if "empty vocabulary" not in str(error):
            raise
        return (), np.zeros(0), csr_matrix((len(texts), 0))
    return tuple(part.get_feature_names_out()), part.idf_, matrix
