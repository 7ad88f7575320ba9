"""Vocabularies fitted on a subset of a corpus equal scikit-learn's; folds share counts and nothing that is fitted."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from conftest import ROOT
from scipy.special import softmax
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import accuracy_score, f1_score, log_loss
from sklearn.model_selection import GridSearchCV, StratifiedKFold
from sklearn.pipeline import FeatureUnion, Pipeline

from stance.features import corpus
from stance.features.ngrams import FeatureSettings
from stance.labels.codebook import read_codebook
from stance.models.classifiers import logistic_regression as regression

SETTINGS = FeatureSettings((1, 2), (2, 5), 1)
EXAMPLES = read_codebook(ROOT / "labels" / "codebook.toml").examples[::40]
TEXTS = [text for text, _ in EXAMPLES]
CLASSES = np.unique([stance for _, stance in EXAMPLES], return_inverse=True)[1]
CS, MIN_DFS = (3.0, 100.0), (1, 2)


def sklearn_union() -> FeatureUnion:
    """Return the scikit-learn transformer that corresponds to SETTINGS."""
    chars = TfidfVectorizer(analyzer="char_wb", ngram_range=(2, 5), sublinear_tf=True)
    return FeatureUnion([("words", TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True)), ("chars", chars)])


@pytest.mark.parametrize(
    "settings",
    [
        SETTINGS,
        replace(SETTINGS, min_df=2),
        replace(SETTINGS, min_df=5),
        replace(SETTINGS, word_ngrams=(1, 1)),
        replace(SETTINGS, word_ngrams=(1, 1), char_ngrams=(2, 3), min_df=2),
    ],
)
def test_terms_and_idf_are_fitted_on_the_training_texts(settings: FeatureSettings) -> None:
    train, test = np.arange(0, len(TEXTS), 2), np.arange(1, len(TEXTS), 2)
    union = sklearn_union().set_params(
        words__min_df=settings.min_df,
        chars__min_df=settings.min_df,
        words__ngram_range=settings.word_ngrams,
        chars__ngram_range=settings.char_ngrams,
    )
    expected = union.fit_transform([TEXTS[row] for row in train])
    fitted = corpus.count_ngrams(TEXTS, SETTINGS).fit(train, settings)
    names = [f"words__{term}" for term in fitted.vocabulary.word_terms]
    names += [f"chars__{term}" for term in fitted.vocabulary.char_terms]
    assert names == list(union.get_feature_names_out())
    assert abs(fitted.transform(train) - expected).max() < 1e-12
    assert abs(fitted.transform(test) - union.transform([TEXTS[row] for row in test])).max() < 1e-12


@pytest.mark.slow
def test_grid_search_scores_equal_scikit_learns() -> None:
    folds = StratifiedKFold(3, shuffle=True, random_state=0)
    search = GridSearchCV(
        Pipeline([("features", sklearn_union()), ("classifier", LogisticRegression(solver="newton-cg", tol=1e-12))]),
        [
            {"features__words__min_df": [min_df], "features__chars__min_df": [min_df], "classifier__C": CS}
            for min_df in MIN_DFS
        ],
        scoring={"accuracy": "accuracy", "macro_f1": "f1_macro", "log_loss": "neg_log_loss"},
        cv=folds,
        refit=False,
    ).fit(TEXTS, CLASSES)
    counts = corpus.count_ngrams(TEXTS, SETTINGS)
    scores = np.zeros((len(MIN_DFS), len(CS), 3))
    for train, test in folds.split(TEXTS, CLASSES):
        for row, min_df in enumerate(MIN_DFS):
            fitted = counts.fit(train, replace(SETTINGS, min_df=min_df))
            path = regression.fit_regularisation_path(fitted.transform(train), CLASSES[train], np.ones(len(train)), CS)
            for column, weights in enumerate(path):
                probabilities = softmax(fitted.transform(test) @ weights.coef.T + weights.intercept, axis=1)
                predicted = probabilities.argmax(axis=1)
                scores[row, column] += (
                    accuracy_score(CLASSES[test], predicted),
                    f1_score(CLASSES[test], predicted, average="macro"),
                    -log_loss(CLASSES[test], probabilities),
                )
    expected = [search.cv_results_[f"mean_test_{name}"] for name in ("accuracy", "macro_f1", "log_loss")]
    assert scores.reshape(-1, 3) / 3 == pytest.approx(np.transpose(expected), abs=1e-9)


def test_texts_without_words_have_no_terms() -> None:
    fitted = corpus.count_ngrams(["", "!"], SETTINGS).fit(np.arange(2), SETTINGS)
    assert fitted.vocabulary.word_terms == ()
    assert fitted.transform(np.arange(2)).shape == (2, len(fitted.vocabulary.char_terms))
