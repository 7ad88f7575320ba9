"""TF-IDF of word and character n-grams as a scikit-learn transformer."""

from __future__ import annotations

from operator import index
from typing import TYPE_CHECKING, Any, Self

import numpy as np
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.pipeline import FeatureUnion
from sklearn.preprocessing import FunctionTransformer
from sklearn.utils.validation import check_is_fitted

from stance.features import corpus, tfidf
from stance.features.ngram_counter import NgramCounter
from stance.features.ngrams import FeatureSettings, Vocabulary
from stance.texts import require_texts

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray
    from scipy.sparse import csr_matrix


class NgramVectorizer(TransformerMixin, BaseEstimator, auto_wrap_output_keys=None):  # type: ignore[call-arg, misc]  # scikit-learn has no types
    """Texts -> TF-IDF of their n-grams: the same matrix as scikit-learn's, several times sooner.

    The same as a FeatureUnion of two TfidfVectorizers with `sublinear_tf=True`, one of words and one with
    `analyzer="char_wb"`: each column, each value, and the error for texts without any word.

    Parameters
    ----------
    word_ngrams, char_ngrams
        The shortest and the longest n-gram, as `ngram_range` in scikit-learn.
    min_df
        In how many texts a term must occur; a number of texts, not a share of them.
    """

    def __init__(
        self, *, word_ngrams: tuple[int, int] = (1, 2), char_ngrams: tuple[int, int] = (2, 5), min_df: int = 1
    ) -> None:
        self.word_ngrams = word_ngrams
        self.char_ngrams = char_ngrams
        self.min_df = min_df

    def fit(self, texts: Iterable[str], y: object = None) -> Self:  # noqa: ARG002 - scikit-learn passes it
        """Learn the terms and their idf.

        Raises
        ------
        ValueError
            The settings are none, the texts are no list of strings, or no word or character n-gram is left.
        """
        self._fit_texts(require_texts(texts))
        return self

    def fit_transform(self, texts: Iterable[str], y: object = None) -> csr_matrix:  # noqa: ARG002 - as above
        """Learn the terms and give the features of the same texts, of shape (n_texts, n_terms)."""
        checked = require_texts(texts)
        return self._fit_texts(checked).transform(np.arange(len(checked)))

    def transform(self, texts: Iterable[str]) -> csr_matrix:
        """Give the features of texts, of shape (n_texts, n_terms)."""
        check_is_fitted(self)
        return tfidf.vectorise_texts(require_texts(texts), self._get_counter(), self.vocabulary_.idf)

    def get_feature_names_out(self, input_features: object = None) -> NDArray[np.object_]:  # noqa: ARG002 - as above
        """Name the columns as a FeatureUnion of "words" and "chars" does."""
        check_is_fitted(self)
        words = (f"words__{term}" for term in self.vocabulary_.word_terms)
        return np.array([*words, *(f"chars__{term}" for term in self.vocabulary_.char_terms)], dtype=object)

    def set_output(self, *, transform: str | None = None) -> Self:
        """Refuse anything but scikit-learn's default, a sparse matrix: as a frame it would not fit into memory."""
        if transform not in (None, "default"):
            raise ValueError(
                f"set_output(transform={transform!r}) is not possible: the features are sparse, and a frame of them "
                "would hold millions of zeros; leave it at 'default', and name columns by get_feature_names_out()"
            )
        return self

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.string = True
        tags.input_tags.two_d_array = False
        return tags

    def _fit_texts(self, texts: list[str]) -> corpus.FittedFeatures:
        settings = self._feature_settings()
        counted = corpus.count_ngrams(texts, settings)
        if not counted.word_counts.terms or not counted.char_counts.terms:
            raise ValueError("empty vocabulary; no text holds a word of two letters or more")
        fitted = counted.fit(np.arange(len(texts)), settings)
        self.vocabulary_ = fitted.vocabulary
        self.__dict__.pop("_remembering", None)
        if not self.vocabulary_.word_terms or not self.vocabulary_.char_terms:
            raise ValueError("After pruning, no terms remain. Try a lower min_df.")
        return fitted

    def _feature_settings(self) -> FeatureSettings:
        if isinstance(self.min_df, bool) or _check_whole_number("min_df", self.min_df) < 1:
            raise ValueError("min_df must be a number of texts, 1 or more")
        return FeatureSettings(
            _check_ngram_range("word_ngrams", self.word_ngrams),
            _check_ngram_range("char_ngrams", self.char_ngrams),
            self.min_df,
        )

    def _get_counter(self) -> NgramCounter:
        if "_remembering" not in self.__dict__:
            self._remembering = NgramCounter(self.vocabulary_, self._feature_settings())
        return self._remembering


class TextValidator(FunctionTransformer):  # type: ignore[misc]  # scikit-learn has no types
    """Refuse missing texts as `NgramVectorizer` does; pickled, it is scikit-learn's transformer that does nothing.

    So a pickled pipeline does not need stance to be loaded.
    """

    def __init__(self) -> None:
        super().__init__(require_texts)

    def __reduce__(self) -> tuple[type[FunctionTransformer], tuple[()]]:
        return FunctionTransformer, ()


def build_feature_union(vocabulary: Vocabulary, settings: FeatureSettings) -> FeatureUnion:
    """Build scikit-learn's own transformer with these terms and idf."""
    split = len(vocabulary.word_terms)
    words = TfidfVectorizer(ngram_range=settings.word_ngrams, min_df=settings.min_df, sublinear_tf=True)
    chars = TfidfVectorizer(
        analyzer="char_wb", ngram_range=settings.char_ngrams, min_df=settings.min_df, sublinear_tf=True
    )
    steps = []
    for name, part, terms, idf in (
        ("words", words, vocabulary.word_terms, vocabulary.idf[:split]),
        ("chars", chars, vocabulary.char_terms, vocabulary.idf[split:]),
    ):
        if terms:  # scikit-learn refuses an empty vocabulary
            part.vocabulary = {term: column for column, term in enumerate(terms)}
            part.idf_ = idf
            steps.append((name, part))
    return FeatureUnion(steps)


def _check_ngram_range(name: str, ngram_range: tuple[int, int]) -> tuple[int, int]:
    shortest, longest = (_check_whole_number(name, n) for n in ngram_range)
    if not 1 <= shortest <= longest:
        raise ValueError(f"{name} must be two whole numbers, the first at least 1 and at most the second")
    return shortest, longest


def _check_whole_number(name: str, value: Any) -> int:
    try:
        return index(value)
    except TypeError:
        raise ValueError(f"{name} must be whole, not {value!r}") from None
