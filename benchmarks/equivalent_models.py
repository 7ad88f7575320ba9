"""Make the same model twice: as a plain scikit-learn Pipeline and as a stance Model, with the same coefficients."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import FeatureUnion, Pipeline

from stance.features import corpus
from stance.features.ngrams import FeatureSettings
from stance.labels import codebook
from stance.models.model import Model
from stance.models.settings import default_settings

if TYPE_CHECKING:
    from collections.abc import Sequence

FEATURES = FeatureSettings(word_ngrams=(1, 2), char_ngrams=(2, 5), min_df=1)

COEF_SCALE = 30.0  # gives the probabilities about the spread of a model fitted with c = 300


@dataclass(frozen=True)
class EquivalentModels:
    """Two models with the same coefficients; their stances are in alphabetical order."""

    model: Model
    pipeline: Pipeline


def sklearn_features() -> FeatureUnion:
    """Return scikit-learn's transformer for `FEATURES`."""
    options = {"min_df": FEATURES.min_df, "sublinear_tf": True}
    words = TfidfVectorizer(ngram_range=FEATURES.word_ngrams, **options)
    chars = TfidfVectorizer(analyzer="char_wb", ngram_range=FEATURES.char_ngrams, **options)
    return FeatureUnion([("words", words), ("chars", chars)])


def make_equivalent_models(texts: Sequence[str], stances: Sequence[str]) -> EquivalentModels:
    """Fit the vocabulary of the texts with scikit-learn and with stance, and give both models the same coefficients.

    The coefficients are the difference of the mean features of each stance from the mean of these means. A multinomial
    fit would take minutes, and the time of scoring does not depend on the values.
    """
    names, codes = np.unique(np.array(stances, dtype=object), return_inverse=True)
    union = sklearn_features()
    matrix = union.fit_transform(texts)
    membership = np.eye(len(names))[codes] / np.bincount(codes)
    means = (matrix.T @ membership).T
    coef, intercept = COEF_SCALE * (means - means.mean(axis=0)), np.zeros(len(names))

    classifier = LogisticRegression()
    classifier.classes_, classifier.n_features_in_ = names, coef.shape[1]
    classifier.coef_, classifier.intercept_ = coef, intercept
    model = Model(
        targets=("",),
        stances=tuple(names),
        vocabulary=corpus.count_ngrams(texts, FEATURES).fit(np.arange(len(texts)), FEATURES).vocabulary,
        coef=coef[None],
        intercept=intercept[None],
        multipliers=np.ones((1, len(names))),
        costs=np.zeros((1, len(names))),
        settings=replace(default_settings(), features=FEATURES),
        codebook=codebook.codebook_from_names(names),
    )
    return EquivalentModels(model, Pipeline([("features", union), ("classifier", classifier)]))
