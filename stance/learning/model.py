"""The model: every hyperparameter in one function; predict, explain."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

from stance import tables
from stance.counting.ngrams import FeatureSettings, Vocabulary
from stance.counting.scorer import Scorer
from stance.errors import UnknownTargetError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import TypeAlias

    import pandas as pd
    from numpy.typing import NDArray
    from sklearn.pipeline import Pipeline

    from stance.labelling.codebook import Codebook

    Targets: TypeAlias = Sequence[str] | pa.Array | str | None


@dataclass(frozen=True)
class Settings:
    """Every hyperparameter of a model.

    Attributes
    ----------
    features
        Which n-grams are counted.
    word_weight
        How much word n-grams count against character n-grams, in the inner product of two texts.
    c
        The inverse penalty as in scikit-learn.
    balance
        How far rare stances are made to weigh as much as common ones: each label by the number of labels of its stance
        to the power of minus this, on average 1; 1 is scikit-learn's "balanced".
    example_mass
        How many labelled comments the codebook's examples of a stance weigh together.
    prior_count
        Added to the number of labels of each stance before their shares become the prior, where examples train.
    shared
        Where there are several targets, the part that a classifier of the labels toward all of them has in the weights
        toward each.
    """

    features: FeatureSettings
    word_weight: float
    c: float
    balance: float
    example_mass: float
    prior_count: float
    shared: float


def default_settings() -> Settings:
    """Give the settings that hold unless enough labels are there to choose better ones.

    `c` is the strongest penalty within one standard error (.02) of the lowest log loss on the codebook's examples,
    under cross-validation that keeps similar examples together; no labelled comment takes part
    (benchmarks/example_settings.py: .99, .85, .80, .80, .82 at c = 30, 100, 300, 1000, 3000). `example_mass`
    and `prior_count` are set by judgement, after a look at the project's 24 comments had shown that they matter little
    there (masses of 5 to 20 and counts of 1 to 5 got 17 to 19 of 24 right under an article left out). The first lets
    the examples of a stance speak about as loudly as the labels of a small study. `shared` is half and
    half, the plainest mixture. `prior_count` is three and not Laplace's one because comments
    come by the article: n of them say less about the next article than n independent ones would.
    """
    return Settings(
        features=FeatureSettings(word_ngrams=(1, 2), char_ngrams=(2, 5), min_df=1),
        word_weight=1.0,
        c=300.0,
        balance=0.0,
        example_mass=20.0,
        prior_count=3.0,
        shared=0.5,
    )


@dataclass(frozen=True, eq=False)
class Model:
    """A fitted model, linear in the TF-IDF of its terms for each stance toward each target.

    Attributes
    ----------
    targets
        What stances are toward; one empty name where the labels name no target.
    stances
        The stances in the codebook's order.
    vocabulary
        The terms and their idf, the same for all targets.
    coef, intercept
        Of shape (n_targets, n_stances, n_terms) and (n_targets, n_stances); an intercept of minus infinity is that of
        a stance never met toward a target.
    gain, cost
        A text is answered with the stance whose gain times its probability less its cost is highest, of shape
        (n_targets, n_stances): ones and zeros, but where that serves the measure of success better.
    settings, codebook, metrics
        How it came about, what its stances mean, and how good it is.
    """

    targets: tuple[str, ...]
    stances: tuple[str, ...]
    vocabulary: Vocabulary
    coef: NDArray[np.float64]
    intercept: NDArray[np.float64]
    gain: NDArray[np.float64]
    cost: NDArray[np.float64]
    settings: Settings
    codebook: Codebook
    metrics: dict[str, Any] = field(default_factory=dict)

    def predict_proba(self, texts: Sequence[str] | pa.Array, targets: Targets = None) -> NDArray[np.float64]:
        """Give the probability of each stance, of shape (n_texts, n_stances), in the order of `stances`."""
        margins, _ = self._margins(texts, self._codes(targets, len(texts)))
        return softmax(margins)

    def predict(
        self, texts: Sequence[str] | pa.Array, targets: Targets = None, *, explain: int = 0, min_confidence: float = 0.0
    ) -> pd.DataFrame:
        """Answer each text with a stance, in a DataFrame; else as `answer`."""
        frame: pd.DataFrame = self.answer(texts, targets, explain=explain, min_confidence=min_confidence).to_pandas()
        return frame

    def answer(
        self, texts: Sequence[str] | pa.Array, targets: Targets = None, *, explain: int = 0, min_confidence: float = 0.0
    ) -> pa.Table:
        """Answer each text with a stance.

        Parameters
        ----------
        texts
            The texts to score; an Arrow array of them holds no null.
        targets
            What the stance is toward: one target for all texts, or one a text; not needed where the model has but one.
        explain
            How many of the terms that pulled most to name in a column `terms`; none by default.
        min_confidence
            A text whose stance is less probable than this is answered `cannot-tell`; its numbers stay.

        Returns
        -------
        Table
            One row a text: `predicted`, `confidence` (its probability), one `p_STANCE` a stance, and where the codebook
            groups its stances, `predicted_group` and the sums `p_group_GROUP`. A text without any known term that holds
            a letter is `cannot-tell`, its numbers null.

        Raises
        ------
        UnknownTargetError
            The model knows no stance toward a target, or needs to be told which one.
        """
        codes = self._codes(targets, len(texts))
        margins, known = self._margins(texts, codes)
        probabilities = softmax(margins)
        best = (self.gain[codes] * probabilities - self.cost[codes]).argmax(axis=1)
        confidence = probabilities[np.arange(len(best)), best]
        named = np.where(known & (confidence >= min_confidence), best, len(self.stances))
        columns = {
            "predicted": _named(named, [*self.stances, tables.CANNOT_TELL]),
            "confidence": pa.array(confidence, mask=~known),
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
            pulls = self.pulls(texts, codes, best, explain)
            told = ["; ".join(f"{term} {pull:+.2f}" for term, pull in each) for each in pulls]
            answered = [each if is_known else "" for each, is_known in zip(told, known, strict=True)]
            columns["terms"] = pa.array(answered, pa.large_string())
        return pa.table(columns)

    def to_sklearn(self, target: str | None = None) -> Pipeline:
        """Build a fitted scikit-learn Pipeline that gives the same probabilities; its classes are in sorted order.

        Raises
        ------
        UnknownTargetError
            The model knows no stance toward a target, or needs to be told which one.
        """
        from sklearn.linear_model import LogisticRegression
        from sklearn.pipeline import Pipeline

        from stance.counting import features

        code = self._codes(target, 1)[0]
        met = np.flatnonzero(np.isfinite(self.intercept[code]))
        order = met[np.argsort(np.array(self.stances)[met])]
        classifier = LogisticRegression(C=self.settings.c)
        classifier.classes_ = np.array(self.stances)[order]
        classifier.coef_, classifier.intercept_ = self.coef[code, order], self.intercept[code, order]
        if len(order) == 2:  # noqa: PLR2004 - scikit-learn keeps one row for two classes, the difference of the two
            classifier.coef_ = classifier.coef_[1:] - classifier.coef_[:1]
            classifier.intercept_ = classifier.intercept_[1:] - classifier.intercept_[:1]
        classifier.n_features_in_ = self.coef.shape[-1]
        vectorizer = features.vectorizer(self.vocabulary, self.settings.features)
        return Pipeline([("features", vectorizer), ("classifier", classifier)])

    def __getstate__(self) -> dict[str, Any]:
        # The scorer remembers words in arrays that are made for more; another process makes its own.
        return {name: value for name, value in self.__dict__.items() if name not in {"scorer", "_term_labels"}}

    @cached_property
    def scorer(self) -> Scorer:
        """What scores texts by this model, and remembers their words."""
        coef = self.coef.reshape(self.intercept.size, -1) if self.coef.size else self.coef[0]
        return Scorer(self.vocabulary, self.settings.features, coef, self.intercept.ravel())

    @cached_property
    def _term_labels(self) -> list[str]:
        return self.vocabulary.labels

    def pulls(
        self, texts: Sequence[str] | pa.Array, targets: NDArray[np.int64], stances: NDArray[np.int64], count: int
    ) -> list[list[tuple[str, float]]]:
        """Name the terms of each text that spoke most for a stance against the others, with their weight.

        Targets and stances are given by number, of shape (n_texts,).
        """
        from stance.counting import tfidf

        matrix = tfidf.transform(texts, self.scorer.counter, self.vocabulary.idf)
        named = []
        for target, stance, start, stop in zip(targets, stances, matrix.indptr, matrix.indptr[1:], strict=False):
            terms = matrix.indices[start:stop]
            weights = self.coef[target][:, terms]
            pull = matrix.data[start:stop] * (weights[stance] - weights.mean(axis=0))
            order = [place for place in np.argsort(-pull, kind="stable")[:count] if pull[place] > 0]
            named.append([(self._term_labels[terms[place]], float(pull[place])) for place in order])
        return named

    def _codes(self, targets: Targets, n: int) -> NDArray[np.int64]:
        """Give the number of the target of each text; what an Arrow array holds is looked up once a distinct name.

        Raises
        ------
        UnknownTargetError
            The model knows no stance toward one of them, or needs to be told which one.
        ValueError
            There are not as many targets as texts.
        """
        if targets is None or isinstance(targets, str):
            if targets is None and len(self.targets) > 1:
                raise UnknownTargetError(None, self.targets)
            place = 0 if targets is None else self._place(targets)
            return np.full(n, place, np.int64)
        if len(targets) != n:
            raise ValueError(f"{len(targets)} targets for {n} texts")
        if not isinstance(targets, pa.Array):
            place_of = {name: self._place(name) for name in dict.fromkeys(targets)}
            return np.array([place_of[name] for name in targets], np.int64)
        if targets.null_count:
            raise UnknownTargetError("", self.targets)
        encoded = targets if pa.types.is_dictionary(targets.type) else targets.dictionary_encode()
        used, number = np.unique(encoded.indices.to_numpy(), return_inverse=True)  # others may be left in a dictionary
        places = [self._place(encoded.dictionary[name].as_py()) for name in used.tolist()]
        return np.array(places, np.int64)[number]

    def _place(self, target: str) -> int:
        if target not in self.targets:
            raise UnknownTargetError(target, self.targets)
        return self.targets.index(target)

    def _margins(
        self, texts: Sequence[str] | pa.Array, codes: NDArray[np.int64]
    ) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
        """Give the margins of texts toward their targets, (n_texts, n_stances), and whether a term in each is known."""
        scores = self.scorer.score(texts)
        if len(self.targets) == 1:
            return scores.margins, scores.known
        by_target = scores.margins.reshape(-1, len(self.targets), len(self.stances))
        return by_target[np.arange(len(codes)), codes], scores.known


def softmax(margins: NDArray[np.float64]) -> NDArray[np.float64]:
    """Turn margins of shape (n_texts, n_stances) into probabilities."""
    powers = np.exp(margins - margins.max(axis=1, keepdims=True))  # at most 1, whatever the margins
    probabilities: NDArray[np.float64] = powers / powers.sum(axis=1, keepdims=True)
    return probabilities


def _named(codes: NDArray[np.int64], names: list[str]) -> pa.Array:
    """Turn codes into names, of the type that pandas has for text."""
    return pa.array(np.array(names, dtype=object)[codes], pa.large_string())
