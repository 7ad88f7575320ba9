"""One model twice: as a plain scikit-learn Pipeline that scikit-learn made itself, and as a stance Model."""

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

PLAIN = FeatureSettings(word_ngrams=(1, 2), char_ngrams=(2, 5), min_df=1)

SHARPNESS = 30.0  # spreads the probabilities about as a fit at c = 300 does


@dataclass(frozen=True)
class Twins:
    """Two models with the same coefficients; both give their stances in alphabetical order."""

    model: Model
    pipeline: Pipeline


def plain_features() -> FeatureUnion:
    """Give scikit-learn's transformer of the plain configuration."""
    words = TfidfVectorizer(ngram_range=PLAIN.word_ngrams, min_df=PLAIN.min_df, sublinear_tf=True)
    chars = TfidfVectorizer(analyzer="char_wb", ngram_range=PLAIN.char_ngrams, min_df=PLAIN.min_df, sublinear_tf=True)
    return FeatureUnion([("words", words), ("chars", chars)])


def twins(texts: Sequence[str], stances: Sequence[str]) -> Twins:
    """Learn the terms of the texts twice, by scikit-learn and by stance, and give both the same coefficients.

    The coefficients are the distance of each stance's mean comment from the mean of those means: a multinomial fit
    would take minutes to give as many, and scoring takes as long whatever they are.
    """
    names, codes = np.unique(np.array(stances, dtype=object), return_inverse=True)
    union = plain_features()
    matrix = union.fit_transform(texts)
    members = np.eye(len(names))[codes] / np.bincount(codes)
    means = (matrix.T @ members).T
    coef, intercept = SHARPNESS * (means - means.mean(axis=0)), np.zeros(len(names))

    classifier = LogisticRegression()
    classifier.classes_, classifier.n_features_in_ = names, coef.shape[1]
    classifier.coef_, classifier.intercept_ = coef, intercept
    vocabulary = corpus.count_ngrams(texts, PLAIN).fit(np.arange(len(texts)), PLAIN).vocabulary
    settings = replace(default_settings(), features=PLAIN)
    model = Model(
        targets=("",),
        stances=tuple(names),
        vocabulary=vocabulary,
        coef=coef[None],
        intercept=intercept[None],
        multipliers=np.ones((1, len(names))),
        costs=np.zeros((1, len(names))),
        settings=settings,
        codebook=codebook.codebook_from_names(names),
    )
    return Twins(model, Pipeline([("features", union), ("classifier", classifier)]))
