"""The model: every hyperparameter in one function; predict, explain."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

from stance import tables
from stance.ngrams import FeatureSettings, Vocabulary
from stance.scorer import Scorer

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd
    from numpy.typing import NDArray
    from sklearn.pipeline import Pipeline

    from stance.codebook import Codebook


@dataclass(frozen=True)
class Settings:
    """Every hyperparameter of a model.

    `c` is the inverse penalty as in scikit-learn. `example_mass` is how many labelled comments the codebook's
    examples of a stance weigh together. `prior_count` is added to the number of labels of each stance before their
    shares become the prior.
    """

    features: FeatureSettings
    c: float
    example_mass: float
    prior_count: float


def default_settings() -> Settings:
    """Give the settings that hold unless enough labels are there to choose better ones.

    `c` is the strongest penalty within one standard error (.02) of the lowest log loss on the codebook's examples,
    under cross-validation that keeps similar examples together; no labelled comment takes part
    (benchmarks/example_settings.py: .99, .85, .80, .80, .82 at c = 30, 100, 300, 1000, 3000). The other two are set by
    judgement, after a look at the project's 24 comments had shown that they matter little there (masses of 5 to 20 and
    counts of 1 to 5 got 17 to 19 of 24 right under an article left out). `example_mass` lets the examples of a stance
    speak about as loudly as the labels of a small study. `prior_count` is three and not Laplace's one because comments
    come by the article: n of them say less about the next article than n independent ones would.
    """
    return Settings(
        features=FeatureSettings(word_ngrams=(1, 2), char_ngrams=(2, 5), min_df=1),
        c=300.0,
        example_mass=20.0,
        prior_count=3.0,
    )


@dataclass(frozen=True, eq=False)
class Model:
    """A fitted model: `coef` of shape (n_stances, n_terms), `intercept` of shape (n_stances,)."""

    stances: tuple[str, ...]
    vocabulary: Vocabulary
    coef: NDArray[np.float64]
    intercept: NDArray[np.float64]
    settings: Settings
    codebook: Codebook
    metrics: dict[str, Any] = field(default_factory=dict)

    def predict_proba(self, texts: Sequence[str] | pa.Array) -> NDArray[np.float64]:
        """Give the probability of each stance, of shape (n_texts, n_stances), in the order of `stances`."""
        return _softmax(self.scorer.score(texts).margins)

    def predict(self, texts: Sequence[str] | pa.Array, explain: int = 0) -> pd.DataFrame:
        """Answer each text with a stance, in a DataFrame; else as `answer`."""
        frame: pd.DataFrame = self.answer(texts, explain).to_pandas()
        return frame

    def answer(self, texts: Sequence[str] | pa.Array, explain: int = 0) -> pa.Table:
        """Answer each text with a stance.

        Parameters
        ----------
        texts
            The texts to score; an Arrow array of them holds no null.
        explain
            How many of the terms that pulled most to name in a column `terms`; none by default.

        Returns
        -------
        Table
            One row a text: `predicted`, `confidence` (its probability), one `p_STANCE` a stance, and where the codebook
            groups its stances, `predicted_group` and the sums `p_group_GROUP`. A text without any known term that holds
            a letter is `cannot-tell`, its numbers null.
        """
        scores = self.scorer.score(texts)
        probabilities, known = _softmax(scores.margins), scores.known
        best = probabilities.argmax(axis=1)
        named = np.where(known, best, len(self.stances))
        columns = {
            "predicted": _named(named, [*self.stances, tables.CANNOT_TELL]),
            "confidence": pa.array(probabilities[np.arange(len(best)), best], mask=~known),
        }
        for stance, column in zip(self.stances, probabilities.T, strict=True):
            columns[tables.probability_column(stance)] = pa.array(column, mask=~known)
        if groups := self.codebook.groups:
            of_stances = [groups[stance] for stance in self.stances]
            columns["predicted_group"] = _named(named, [*of_stances, tables.CANNOT_TELL])
            for group in dict.fromkeys(groups.values()):
                members = [probabilities[:, code] for code, of in enumerate(of_stances) if of == group]
                total = np.sum(members, axis=0) if members else np.zeros(len(best))  # a group may never be met
                columns[tables.probability_column(f"group_{group}")] = pa.array(total, mask=~known)
        if explain:
            pulls = self._pulls(texts, best, explain)
            told = [terms if answered else "" for terms, answered in zip(pulls, known, strict=True)]
            columns["terms"] = pa.array(told, pa.large_string())
        return pa.table(columns)

    def to_sklearn(self) -> Pipeline:
        """Build a fitted scikit-learn Pipeline that gives the same probabilities; its classes are in sorted order."""
        from sklearn.linear_model import LogisticRegression
        from sklearn.pipeline import Pipeline

        from stance import features

        order = np.argsort(np.array(self.stances))
        classifier = LogisticRegression(C=self.settings.c)
        classifier.classes_ = np.array(self.stances)[order]
        classifier.coef_, classifier.intercept_ = self.coef[order], self.intercept[order]
        if len(order) == 2:  # noqa: PLR2004 - scikit-learn keeps one row for two classes, the difference of the two
            classifier.coef_ = classifier.coef_[1:] - classifier.coef_[:1]
            classifier.intercept_ = classifier.intercept_[1:] - classifier.intercept_[:1]
        classifier.n_features_in_ = self.coef.shape[1]
        vectorizer = features.vectorizer(self.vocabulary, self.settings.features)
        return Pipeline([("features", vectorizer), ("classifier", classifier)])

    def __getstate__(self) -> dict[str, Any]:
        # The scorer remembers words in arrays that are made for more; another process makes its own.
        return {name: value for name, value in self.__dict__.items() if name not in {"scorer", "_term_labels"}}

    @cached_property
    def scorer(self) -> Scorer:
        """What scores texts by this model, and remembers their words."""
        return Scorer(self.vocabulary, self.settings.features, self.coef, self.intercept)

    @cached_property
    def _term_labels(self) -> list[str]:
        return self.vocabulary.labels

    def _pulls(self, texts: Sequence[str] | pa.Array, stances: NDArray[np.int64], count: int) -> list[str]:
        """Name the terms of each text that spoke most for a stance against the others, with their weight."""
        from stance import tfidf

        matrix = tfidf.transform(texts, self.scorer.counter, self.vocabulary.idf)
        told = []
        for stance, start, stop in zip(stances, matrix.indptr, matrix.indptr[1:], strict=False):
            terms = matrix.indices[start:stop]
            pull = matrix.data[start:stop] * (self.coef[stance, terms] - self.coef[:, terms].mean(axis=0))
            order = [place for place in np.argsort(-pull, kind="stable")[:count] if pull[place] > 0]
            told.append("; ".join(f"{self._term_labels[terms[place]]} {pull[place]:+.2f}" for place in order))
        return told


def _softmax(margins: NDArray[np.float64]) -> NDArray[np.float64]:
    powers = np.exp(margins - margins.max(axis=1, keepdims=True))  # at most 1, whatever the margins
    probabilities: NDArray[np.float64] = powers / powers.sum(axis=1, keepdims=True)
    return probabilities


def _named(codes: NDArray[np.int64], names: list[str]) -> pa.Array:
    """Turn codes into names, of the type that pandas has for text."""
    return pa.array(np.array(names, dtype=object)[codes], pa.large_string())
