"""Convert a model to a plain scikit-learn Pipeline."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import Pipeline

from stance.features import vectorizer

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from stance.features.ngrams import FeatureSettings, Vocabulary


def build_sklearn_pipeline(
    vocabulary: Vocabulary,
    feature_settings: FeatureSettings,
    c: float,
    stances: Sequence[str],
    coef: NDArray[np.float64],
    intercept: NDArray[np.float64],
) -> Pipeline:
    """Return a fitted Pipeline with the probabilities of a model toward one target.

    Parameters
    ----------
    vocabulary, feature_settings
        The terms, and how n-grams are counted.
    c
        The inverse strength of the penalty that the model was fitted with.
    stances
        The names of the stances.
    coef, intercept
        Of shape (n_stances, n_terms) and (n_stances,). Stances with an intercept of minus infinity are left out.
    """
    possible = np.flatnonzero(np.isfinite(intercept))
    order = possible[np.argsort(np.array(stances)[possible])]
    classifier = LogisticRegression(C=c)
    classifier.classes_ = np.array(stances)[order]
    classifier.coef_, classifier.intercept_ = coef[order], intercept[order]
    if len(order) == 2:  # noqa: PLR2004 - scikit-learn stores one row for two classes, their difference
        classifier.coef_ = classifier.coef_[1:] - classifier.coef_[:1]
        classifier.intercept_ = classifier.intercept_[1:] - classifier.intercept_[:1]
    classifier.n_features_in_ = coef.shape[-1]
    return Pipeline(
        [
            ("texts", vectorizer.TextValidator()),
            ("features", vectorizer.build_feature_union(vocabulary, feature_settings)),
            ("classifier", classifier),
        ]
    )
