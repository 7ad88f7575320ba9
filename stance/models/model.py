"""The model: predict, explain."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

from stance import tables
from stance.arrow_arrays import arrow_to_numpy, float_array, string_array
from stance.errors import UnknownTargetError
from stance.features.linear_scorer import LinearScorer
from stance.texts import as_texts, series_index

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import TypeAlias

    import pandas as pd
    from numpy.typing import NDArray
    from sklearn.pipeline import Pipeline

    from stance.features.ngrams import Vocabulary
    from stance.labels.codebook import Codebook
    from stance.models.settings import ModelSettings
    from stance.texts import Texts

    Targets: TypeAlias = Texts | str | None


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
    multipliers, costs
        A text is answered with the stance whose gain times its probability less its cost is highest, of shape
        (n_targets, n_stances). The gain is the multiplier of each stance; costs are 0, but in older model files.
    settings, codebook, metrics
        How it came about, what its stances mean, and how good it is.
    """

    targets: tuple[str, ...]
    stances: tuple[str, ...]
    vocabulary: Vocabulary
    coef: NDArray[np.float64]
    intercept: NDArray[np.float64]
    multipliers: NDArray[np.float64]
    costs: NDArray[np.float64]
    settings: ModelSettings
    codebook: Codebook
    metrics: dict[str, Any] = field(default_factory=dict)

    def predict_proba(self, texts: Texts, targets: Targets = None) -> NDArray[np.float64]:
        """Return the probability of each stance, of shape (n_texts, n_stances), in the order of `stances`.

        Texts and targets are those of `predict_arrow`; a missing text gets the probabilities of a text without known
        terms.
        """
        checked = as_texts(texts)
        margins, _ = self._compute_margins(checked, self._target_codes(_check_same_index(targets, texts), len(checked)))
        return softmax(margins)

    def predict(
        self, texts: Texts, targets: Targets = None, *, explain: int = 0, min_confidence: float = 0.0
    ) -> pd.DataFrame:
        """Predict the stance of each text: a DataFrame of what `predict_arrow` returns; a Series keeps its index.

        Examples
        --------
        >>> model = stance.load("models/stance.joblib")  # doctest: +SKIP
        >>> english = comments[comments["lang"] == "en"]  # doctest: +SKIP
        >>> english.join(model.predict(english["text"]))  # doctest: +SKIP
        """
        answered = self.predict_arrow(texts, targets, explain=explain, min_confidence=min_confidence)
        frame: pd.DataFrame = answered.to_pandas()
        index = series_index(texts)
        return frame if index is None else frame.set_axis(index, axis="index")

    def predict_arrow(
        self, texts: Texts, targets: Targets = None, *, explain: int = 0, min_confidence: float = 0.0
    ) -> pa.Table:
        """Answer each text with a stance.

        Parameters
        ----------
        texts
            A list, NumPy array, pandas Series or Arrow array of texts. One that is missing (None, NaN, `pandas.NA`, an
            Arrow null) is `cannot-tell`.
        targets
            The target of all texts, or one per text in the same order; not needed where the model has but one.
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
        NotTextsError
            A TypeError: the texts are something else, such as a single string or a DataFrame.
        UnknownTargetError
            The model knows no stance toward a target, or needs to be told which one.
        ValueError
            There are not as many targets as texts, or both are Series with different indexes.
        """
        targets = _check_same_index(targets, texts)
        texts = as_texts(texts)
        codes = self._target_codes(targets, len(texts))
        margins, known = self._compute_margins(texts, codes)
        probabilities = softmax(margins)
        best = (self.multipliers[codes] * probabilities - self.costs[codes]).argmax(axis=1)
        confidence = probabilities[np.arange(len(best)), best]
        named = np.where(known & (confidence >= min_confidence), best, len(self.stances))
        columns = {
            "predicted": _names_of_codes(named, [*self.stances, tables.CANNOT_TELL]),
            "confidence": float_array(confidence, ~known),
        }
        for stance, column in zip(self.stances, probabilities.T, strict=True):
            columns[tables.probability_column(stance)] = float_array(column, ~known)
        if groups := self.codebook.groups:
            of_stances = [groups[stance] for stance in self.stances]
            columns["predicted_group"] = _names_of_codes(named, [*of_stances, tables.CANNOT_TELL])
            for group in dict.fromkeys(groups.values()):
                members = [probabilities[:, code] for code, of in enumerate(of_stances) if of == group]
                total = np.sum(members, axis=0) if members else np.zeros(len(best))  # a group may never be met
                columns[tables.probability_column(f"group_{group}")] = float_array(total, ~known)
        if explain:
            pulls = self.top_contributions(texts, codes, best, explain)
            told = ["; ".join(f"{term} {pull:+.2f}" for term, pull in each) for each in pulls]
            answered = [each if is_known else "" for each, is_known in zip(told, known, strict=True)]
            columns["terms"] = string_array(answered)
        return pa.table(columns)

    def to_sklearn(self, target: str | None = None) -> Pipeline:
        """Build a fitted scikit-learn Pipeline that gives the same probabilities; its classes are in sorted order.

        Raises
        ------
        UnknownTargetError
            The model knows no stance toward a target, or needs to be told which one.
        """
        from stance.models.sklearn_pipeline import build_sklearn_pipeline

        code = self._target_codes(target, 1)[0]
        return build_sklearn_pipeline(
            self.vocabulary,
            self.settings.features,
            self.settings.c,
            self.stances,
            self.coef[code],
            self.intercept[code],
        )

    def __getstate__(self) -> dict[str, Any]:
        # The scorer remembers words in arrays that are made for more; another process makes its own.
        return {name: value for name, value in self.__dict__.items() if name not in {"scorer", "_term_labels"}}

    @cached_property
    def scorer(self) -> LinearScorer:
        """What scores texts by this model, and remembers their words."""
        coef = self.coef.reshape(self.intercept.size, -1) if self.coef.size else self.coef[0]
        return LinearScorer(self.vocabulary, self.settings.features, coef, self.intercept.ravel())

    @cached_property
    def _term_labels(self) -> list[str]:
        return self.vocabulary.display_names

    def top_contributions(
        self,
        texts: Sequence[str] | pa.Array,
        target_codes: NDArray[np.int64],
        stance_codes: NDArray[np.int64],
        n_terms: int,
    ) -> list[list[tuple[str, float]]]:
        """Name the terms of each text that spoke most for a stance against the others, with their weight.

        Targets and stances are given by number, of shape (n_texts,).
        """
        from stance.features import tfidf

        matrix = tfidf.vectorise_texts(texts, self.scorer.counter, self.vocabulary.idf)
        named = []
        for target, stance, start, stop in zip(
            target_codes, stance_codes, matrix.indptr, matrix.indptr[1:], strict=False
        ):
            terms = matrix.indices[start:stop]
            weights = self.coef[target][:, terms]
            pull = matrix.data[start:stop] * (weights[stance] - weights.mean(axis=0))
            order = [place for place in np.argsort(-pull, kind="stable")[:n_terms] if pull[place] > 0]
            named.append([(self._term_labels[terms[place]], float(pull[place])) for place in order])
        return named

    def _target_codes(self, targets: Targets, n_texts: int) -> NDArray[np.int64]:
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
            place = 0 if targets is None else self._target_code(targets)
            return np.full(n_texts, place, np.int64)
        if not isinstance(targets, pa.Array):
            targets = as_texts(targets, "targets")
        if len(targets) != n_texts:
            raise ValueError(f"{len(targets)} targets for {n_texts} texts")
        if not isinstance(targets, pa.Array):
            place_of = {name: self._target_code(name) for name in dict.fromkeys(targets)}
            return np.array([place_of[name] for name in targets], np.int64)
        if targets.null_count:
            raise UnknownTargetError("", self.targets)
        encoded = targets if pa.types.is_dictionary(targets.type) else targets.dictionary_encode()
        used, number = np.unique(
            arrow_to_numpy(encoded.indices), return_inverse=True
        )  # others may be left in a dictionary
        places = [self._target_code(encoded.dictionary[name].as_py()) for name in used.tolist()]
        return np.array(places, np.int64)[number]

    def _target_code(self, target: str) -> int:
        if target not in self.targets:
            raise UnknownTargetError(target, self.targets)
        return self.targets.index(target)

    def _compute_margins(
        self, texts: Sequence[str] | pa.Array, target_codes: NDArray[np.int64]
    ) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
        """Give the margins of texts toward their targets, (n_texts, n_stances), and whether a term in each is known."""
        scores = self.scorer.score_texts(texts)
        if len(self.targets) == 1:
            return scores.margins, scores.is_known
        by_target = scores.margins.reshape(-1, len(self.targets), len(self.stances))
        return by_target[np.arange(len(target_codes)), target_codes], scores.is_known


def softmax(margins: NDArray[np.float64]) -> NDArray[np.float64]:
    """Turn margins of shape (n_texts, n_stances) into probabilities."""
    powers = np.exp(margins - margins.max(axis=1, keepdims=True))  # at most 1, whatever the margins
    probabilities: NDArray[np.float64] = powers / powers.sum(axis=1, keepdims=True)
    return probabilities


def _check_same_index(targets: Targets, texts: Texts) -> Targets:
    """Return targets unless they are a Series with another index than the texts, which would be matched wrongly."""
    index, of_texts = series_index(targets), series_index(texts)
    if index is not None and of_texts is not None and not index.equals(of_texts):
        raise ValueError("the targets have another index than the texts: take both from the same rows, or pass a list")
    return targets


def _names_of_codes(codes: NDArray[np.int64], names: list[str]) -> pa.Array:
    """Turn codes into names, of the type that pandas has for text."""
    return string_array(np.array(names, dtype=object)[codes])
