"""A fitted model: predict stances, explain predictions, export to scikit-learn."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

from stance import tables
from stance.arrow_arrays import float_array, string_array
from stance.features.linear_scorer import LinearScorer
from stance.models.probabilities import build_group_columns, is_below_limit, names_of_codes, softmax
from stance.models.target_codes import check_same_index, encode_targets
from stance.texts import as_texts, series_index

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    import pandas as pd
    from numpy.typing import NDArray
    from sklearn.pipeline import Pipeline

    from stance.features.linear_scorer import ScoredTexts
    from stance.features.ngrams import Vocabulary
    from stance.labels.codebook import Codebook
    from stance.models.settings import ModelSettings
    from stance.models.target_codes import Targets
    from stance.texts import Texts


@dataclass(frozen=True, eq=False)
class Model:
    """A fitted model: a linear function of TF-IDF features for each stance toward each target.

    Attributes
    ----------
    targets
        The targets; one empty name if the labels name no target.
    stances
        The stances in the codebook's order.
    vocabulary
        The terms and their idf, the same for all targets.
    coef
        The coefficients, of shape (n_targets, n_stances, n_terms).
    intercept
        The intercepts, of shape (n_targets, n_stances); minus infinity for a stance that has no label toward a target.
    multipliers
        The predicted stance is the one with the highest multiplier * probability - cost. Of shape (n_targets,
        n_stances).
    costs
        Of the same shape; 0 except in models of earlier versions.
    settings
        The hyperparameters.
    codebook
        The definitions of the stances.
    min_known
        A text of whose words the model knows a smaller share is `cannot-tell`; 0 in models of earlier versions.
    metrics
        The content of metrics.json.
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
    min_known: float = 0.0
    metrics: dict[str, Any] = field(default_factory=dict)

    def predict_proba(self, texts: Texts, targets: Targets = None) -> NDArray[np.float64]:
        """Return the probability of each stance, of shape (n_texts, n_stances), in the order of `stances`.

        Texts and targets are as for `predict`. A missing text gets the probabilities of a text without known terms.

        Examples
        --------
        >>> model = stance.load("models/stance.joblib")  # doctest: +SKIP
        >>> model.predict_proba(["We should leave the CSTO."])  # doctest: +SKIP
        """
        text_list = as_texts(texts)
        target_codes = encode_targets(check_same_index(targets, texts), self.targets, len(text_list))
        return softmax(self._compute_margins(text_list, target_codes).margins)

    def predict(
        self,
        texts: Texts,
        targets: Targets = None,
        *,
        explain: int = 0,
        min_confidence: float = 0.0,
        min_known: float | None = None,
    ) -> pd.DataFrame:
        """Predict the stance of each text.

        Parameters
        ----------
        texts
            A list, NumPy array, pandas Series or Arrow array of texts. A missing text (None, NaN, `pandas.NA`, Arrow
            null) is predicted as `cannot-tell`.
        targets
            The target of all texts, or one per text in the same order. Not needed if the model has a single target.
        explain
            Number of terms to list in a column `terms`, those that contributed most to the predicted stance.
        min_confidence
            Predict `cannot-tell` if the predicted stance is less probable than this; the probabilities are kept.
        min_known
            Predict `cannot-tell` if the model knows a smaller share of the words; by default that of the model.

        Returns
        -------
        pandas.DataFrame
            One row per text, with the index of `texts` if that is a Series. Columns: `predicted`, `confidence` (the
            probability of the predicted stance), `known` (the share of its words that the model knows), one `p_STANCE`
            per stance and, if the codebook groups its stances,
            `predicted_group` and the sums `p_group_GROUP`. A text without any known term that contains a letter is
            `cannot-tell`, with missing probabilities.

        Raises
        ------
        TypeError
            `texts` is something else, such as a single string or a DataFrame. The error is a `UsageError`, too.
        ModelError
            The model does not know a target, or has several targets and none was given.
        ValueError
            The numbers of targets and texts differ, or both are Series with different indexes.

        Examples
        --------
        >>> model = stance.load("models/stance.joblib")  # doctest: +SKIP
        >>> english = comments[comments["lang"] == "en"]  # doctest: +SKIP
        >>> english.join(model.predict(english["text"]))  # doctest: +SKIP
        """
        table = self.predict_arrow(texts, targets, explain=explain, min_confidence=min_confidence, min_known=min_known)
        frame: pd.DataFrame = table.to_pandas()
        index = series_index(texts)
        return frame if index is None else frame.set_axis(index, axis="index")

    def predict_arrow(
        self,
        texts: Texts,
        targets: Targets = None,
        *,
        explain: int = 0,
        min_confidence: float = 0.0,
        min_known: float | None = None,
    ) -> pa.Table:
        """Predict as `predict` does, returning an Arrow table; pandas is not imported."""
        targets = check_same_index(targets, texts)
        texts = as_texts(texts)
        target_codes = encode_targets(targets, self.targets, len(texts))
        scores = self._compute_margins(texts, target_codes)
        probabilities, predicted = self._predict_codes(scores.margins, target_codes)
        confidence, is_known = probabilities[np.arange(len(predicted)), predicted], scores.is_known
        limit = self.min_known if min_known is None else min_known
        is_withheld = ~is_known | (confidence < min_confidence) | is_below_limit(scores.known_share, limit)
        shown_codes = np.where(is_withheld, len(self.stances), predicted)
        columns = {
            "predicted": names_of_codes(shown_codes, [*self.stances, tables.CANNOT_TELL]),
            "confidence": float_array(confidence, ~is_known),
            tables.KNOWN_COLUMN: float_array(scores.known_share, np.isnan(scores.known_share)),
        }
        for stance, column in zip(self.stances, probabilities.T, strict=True):
            columns[tables.probability_column(stance)] = float_array(column, ~is_known)
        if groups := self.codebook.groups:
            columns |= build_group_columns(self.stances, groups, probabilities, shown_codes, is_known)
        if explain:
            contributions = self._top_contributions(texts, target_codes, predicted, explain)
            columns["terms"] = string_array(
                [
                    "; ".join(f"{term} {contribution:+.2f}" for term, contribution in terms) if known else ""
                    for terms, known in zip(contributions, is_known, strict=True)
                ]
            )
        return pa.table(columns)

    def explain(self, texts: Texts, targets: Targets = None, *, n_terms: int = 10) -> list[list[tuple[str, float]]]:
        """Return the terms that contribute most to the predicted stance of each text, with their contributions.

        The contribution of a term is its TF-IDF times the difference between its coefficient for the predicted stance
        and the mean of its coefficients for all stances. Only positive contributions are listed, the largest first; a
        text that is `cannot-tell` for lack of known terms has none.

        Parameters
        ----------
        texts, targets
            As for `predict`.
        n_terms
            Largest number of terms per text.

        Examples
        --------
        >>> model = stance.load("models/stance.joblib")  # doctest: +SKIP
        >>> model.explain(["We should leave the CSTO."], n_terms=3)  # doctest: +SKIP
        """
        targets = check_same_index(targets, texts)
        texts = as_texts(texts)
        target_codes = encode_targets(targets, self.targets, len(texts))
        scores = self._compute_margins(texts, target_codes)
        _, predicted = self._predict_codes(scores.margins, target_codes)
        contributions = self._top_contributions(texts, target_codes, predicted, n_terms)
        return [terms if known else [] for terms, known in zip(contributions, scores.is_known, strict=True)]

    def to_sklearn(self, target: str | None = None) -> Pipeline:
        """Return a fitted scikit-learn Pipeline with the same probabilities; its classes are in sorted order.

        Its `predict` always takes the most probable stance.

        Raises
        ------
        ModelError
            The model does not know the target, or has several targets and none was given.
        """
        from stance.models.sklearn_pipeline import build_sklearn_pipeline

        target_code = encode_targets(target, self.targets, 1)[0]
        return build_sklearn_pipeline(
            self.vocabulary,
            self.settings.features,
            self.settings.c,
            self.stances,
            self.coef[target_code],
            self.intercept[target_code],
        )

    def save(self, path: str | Path) -> None:
        """Write the model to a file, which `stance.load` reads.

        Raises
        ------
        FileError
            The file cannot be written.
        """
        from pathlib import Path

        from stance.models.model_file import save_model

        save_model(self, Path(path))

    def __getstate__(self) -> dict[str, Any]:
        # The scorer caches words; another process fills its own cache.
        return {name: value for name, value in self.__dict__.items() if name not in {"scorer", "_term_names"}}

    @cached_property
    def scorer(self) -> LinearScorer:
        """Computes the margins of texts toward all targets, and caches their words."""
        coef = self.coef.reshape(self.intercept.size, -1) if self.coef.size else self.coef[0]
        return LinearScorer(self.vocabulary, self.settings.features, coef, self.intercept.ravel())

    @cached_property
    def _term_names(self) -> list[str]:
        return self.vocabulary.display_names

    def _top_contributions(
        self,
        texts: Sequence[str] | pa.Array,
        target_codes: NDArray[np.int64],
        stance_codes: NDArray[np.int64],
        n_terms: int,
    ) -> list[list[tuple[str, float]]]:
        """Return the terms that contribute most to a given stance of each text; see `explain`.

        `target_codes` and `stance_codes` have shape (n_texts,).
        """
        from stance.features import tfidf

        matrix = tfidf.vectorise_texts(texts, self.scorer.counter, self.vocabulary.idf)
        top_terms = []
        for target, stance, start, stop in zip(
            target_codes, stance_codes, matrix.indptr, matrix.indptr[1:], strict=False
        ):
            terms = matrix.indices[start:stop]
            coef = self.coef[target][:, terms]
            contributions = matrix.data[start:stop] * (coef[stance] - coef.mean(axis=0))
            order = [index for index in np.argsort(-contributions, kind="stable")[:n_terms] if contributions[index] > 0]
            top_terms.append([(self._term_names[terms[index]], float(contributions[index])) for index in order])
        return top_terms

    def _predict_codes(
        self, margins: NDArray[np.float64], target_codes: NDArray[np.int64]
    ) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
        """Return the probabilities of margins, and the codes of the predicted stances."""
        probabilities = softmax(margins)
        predicted = (self.multipliers[target_codes] * probabilities - self.costs[target_codes]).argmax(axis=1)
        return probabilities, predicted

    def _compute_margins(self, texts: Sequence[str] | pa.Array, target_codes: NDArray[np.int64]) -> ScoredTexts:
        """Score texts; the margins are those toward each text's target, of shape (n_texts, n_stances)."""
        scores = self.scorer.score_texts(texts)
        if len(self.targets) == 1:
            return scores
        by_target = scores.margins.reshape(-1, len(self.targets), len(self.stances))
        return replace(scores, margins=by_target[np.arange(len(target_codes)), target_codes])
