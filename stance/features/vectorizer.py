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
    """Convert texts to TF-IDF features of word and character n-grams, several times faster than scikit-learn.

    The features equal those of a FeatureUnion of two TfidfVectorizers with `sublinear_tf=True`, one of words and one
    with `analyzer="char_wb"`: the same columns, the same values, and the same error for texts without any word.

    Parameters
    ----------
    word_ngrams, char_ngrams
        The smallest and the largest n, like `ngram_range` in scikit-learn.
    min_df
        The number of texts that a term must occur in; unlike scikit-learn's it cannot be a proportion.

    Examples
    --------
    >>> vectorizer = NgramVectorizer(char_ngrams=(3, 3))
    >>> vectorizer.fit_transform(["leave the bloc", "stay in the bloc"]).shape
    (2, 27)
    >>> vectorizer.get_feature_names_out()[:3].tolist()
    ['words__bloc', 'words__in', 'words__in the']
    """

    def __init__(
        self, *, word_ngrams: tuple[int, int] = (1, 2), char_ngrams: tuple[int, int] = (2, 5), min_df: int = 1
    ) -> None:
        self.word_ngrams = word_ngrams
        self.char_ngrams = char_ngrams
        self.min_df = min_df

    def fit(self, texts: Iterable[str], y: object = None) -> Self:  # noqa: ARG002 - scikit-learn passes it
        """Fit the vocabulary and its idf.

        Parameters
        ----------
        texts
            A list, array or Series of texts, or an iterator over texts; no text may be missing.
        y
            Ignored; for compatibility with scikit-learn.

        Raises
        ------
        ValueError
            A parameter is invalid, the texts are not a list of strings, or no word or character n-gram is left.
        """
        self._fit_texts(require_texts(texts))
        return self

    def fit_transform(self, texts: Iterable[str], y: object = None) -> csr_matrix:  # noqa: ARG002 - as above
        """Fit the vocabulary and its idf, and return the features of the texts, of shape (n_texts, n_terms)."""
        checked = require_texts(texts)
        return self._fit_texts(checked).transform(np.arange(len(checked)))

    def transform(self, texts: Iterable[str]) -> csr_matrix:
        """Return the features of texts, of shape (n_texts, n_terms)."""
        check_is_fitted(self)
        return tfidf.vectorise_texts(require_texts(texts), self._get_counter(), self.vocabulary_.idf)

    def get_feature_names_out(self, input_features: object = None) -> NDArray[np.object_]:  # noqa: ARG002 - as above
        """Return the names of the columns, which are those of a FeatureUnion of "words" and "chars"."""
        check_is_fitted(self)
        words = (f"words__{term}" for term in self.vocabulary_.word_terms)
        return np.array([*words, *(f"chars__{term}" for term in self.vocabulary_.char_terms)], dtype=object)

    def set_output(self, *, transform: str | None = None) -> Self:
        """Raise an error for anything but "default", a sparse matrix: a DataFrame of it would not fit into memory."""
        if transform not in (None, "default"):
            raise ValueError(
                f"set_output(transform={transform!r}) is not supported: the features are sparse, and a DataFrame would "
                "hold millions of zeros; use 'default', and get the column names from get_feature_names_out()"
            )
        return self

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.string = True
        tags.input_tags.two_d_array = False
        return tags

    def _fit_texts(self, texts: list[str]) -> corpus.FittedFeatures:
        settings = self._feature_settings()
        counts = corpus.count_ngrams(texts, settings)
        if not counts.word_counts.terms or not counts.char_counts.terms:
            raise ValueError("empty vocabulary: no text contains a word of two or more characters")
        fitted = counts.fit(np.arange(len(texts)), settings)
        self.vocabulary_ = fitted.vocabulary
        self.__dict__.pop("_fitted_counter", None)
        if not self.vocabulary_.word_terms or not self.vocabulary_.char_terms:
            raise ValueError("After pruning, no terms remain. Try a lower min_df.")
        return fitted

    def _feature_settings(self) -> FeatureSettings:
        if isinstance(self.min_df, bool) or _check_whole_number("min_df", self.min_df) < 1:
            raise ValueError("min_df must be a number of texts, at least 1")
        return FeatureSettings(
            _check_ngram_range("word_ngrams", self.word_ngrams),
            _check_ngram_range("char_ngrams", self.char_ngrams),
            self.min_df,
        )

    def _get_counter(self) -> NgramCounter:
        if "_fitted_counter" not in self.__dict__:
            self._fitted_counter = NgramCounter(self.vocabulary_, self._feature_settings())
        return self._fitted_counter


class TextValidator(FunctionTransformer):  # type: ignore[misc]  # scikit-learn has no types
    """Raise an error for missing texts, like `NgramVectorizer`.

    It is pickled as scikit-learn's identity transformer, so that stance is not needed to load a pickled pipeline.
    """

    def __init__(self) -> None:
        super().__init__(require_texts)

    def __reduce__(self) -> tuple[type[FunctionTransformer], tuple[()]]:
        return FunctionTransformer, ()


def build_feature_union(vocabulary: Vocabulary, settings: FeatureSettings) -> FeatureUnion:
    """Return scikit-learn's own transformer, fitted with these terms and their idf."""
    n_word_terms = len(vocabulary.word_terms)
    words = TfidfVectorizer(ngram_range=settings.word_ngrams, min_df=settings.min_df, sublinear_tf=True)
    chars = TfidfVectorizer(
        analyzer="char_wb", ngram_range=settings.char_ngrams, min_df=settings.min_df, sublinear_tf=True
    )
    steps = []
    for name, vectorizer, terms, idf in (
        ("words", words, vocabulary.word_terms, vocabulary.idf[:n_word_terms]),
        ("chars", chars, vocabulary.char_terms, vocabulary.idf[n_word_terms:]),
    ):
        if terms:  # scikit-learn raises an error for an empty vocabulary
            vectorizer.vocabulary = {term: column for column, term in enumerate(terms)}
            vectorizer.idf_ = idf
            steps.append((name, vectorizer))
    return FeatureUnion(steps)


def _check_ngram_range(name: str, ngram_range: tuple[int, int]) -> tuple[int, int]:
    min_n, max_n = (_check_whole_number(name, n) for n in ngram_range)
    if not 1 <= min_n <= max_n:
        raise ValueError(f"{name} must be two whole numbers from 1 up, the smaller one first")
    return min_n, max_n


def _check_whole_number(name: str, value: Any) -> int:
    try:
        return index(value)
    except TypeError:
        raise ValueError(f"{name} must be a whole number, not {value!r}") from None
