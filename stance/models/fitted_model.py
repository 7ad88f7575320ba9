"""A model as it comes out of a fit: on the n-gram counts of a corpus, and without calibration.

In cross-validation it predicts the texts of that corpus without counting their n-grams again.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from stance.models.model import Model
from stance.models.probabilities import softmax
from stance.tables import CANNOT_TELL

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from scipy.sparse import csr_matrix

    from stance.features.corpus import FittedFeatures
    from stance.labels.codebook import Codebook
    from stance.models.settings import ModelSettings


@dataclass(frozen=True, eq=False)
class FittedModel:
    """The parameters of a model, and the terms of a corpus that they belong to.

    Attributes
    ----------
    targets, stances
        The names of the targets and stances.
    features
        The selected terms.
    coef, intercept
        Of shape (n_targets, n_stances, n_terms) and (n_targets, n_stances).
    example_weight
        The weight of the classifier of the codebook's examples, from 0 to 1; None without examples.
    settings, codebook
        How the model was fitted, and the definitions of the stances.
    """

    targets: tuple[str, ...]
    stances: tuple[str, ...]
    features: FittedFeatures
    coef: NDArray[np.float64]
    intercept: NDArray[np.float64]
    example_weight: float | None
    settings: ModelSettings
    codebook: Codebook

    def to_model(self) -> Model:
        """Return the model that scores any text."""
        return Model(
            targets=self.targets,
            stances=self.stances,
            vocabulary=self.features.vocabulary,
            coef=self.coef,
            intercept=self.intercept,
            multipliers=np.ones(self.intercept.shape),
            costs=np.zeros(self.intercept.shape),
            settings=self.settings,
            codebook=self.codebook,
        )

    def predict(self, text_indices: NDArray[np.int64], target_codes: NDArray[np.int64]) -> CorpusPredictions:
        """Predict texts of the corpus as `Model.predict` does.

        Parameters
        ----------
        text_indices, target_codes
            The index of each text in the corpus, and of its target, of shape (n_texts,).
        """
        matrix = self.features.transform(text_indices)
        margins = np.empty((len(text_indices), len(self.stances)))
        for target in np.unique(target_codes):
            rows = np.flatnonzero(target_codes == target)
            margins[rows] = matrix[rows] @ self.coef[target].T + self.intercept[target]
        has_letters = self.features.has_letters.astype(np.float64)
        is_known: NDArray[np.bool_] = matrix.astype(np.bool_).astype(np.float64) @ has_letters > 0
        known_shares = self.features.measure_known_share(text_indices)
        return CorpusPredictions(self, matrix, target_codes, softmax(margins), is_known, known_shares)


@dataclass(frozen=True, eq=False)
class CorpusPredictions:
    """The predictions of some texts of a corpus.

    Attributes
    ----------
    model
        The model that predicted them.
    matrix
        The features, of shape (n_texts, n_terms).
    target_codes
        The target of each text, of shape (n_texts,).
    probabilities
        Of shape (n_texts, n_stances).
    is_known
        Whether a text has a known term that contains a letter, of shape (n_texts,).
    known_shares
        The share of its words that the model knows, of shape (n_texts,); NaN without words.
    """

    model: FittedModel
    matrix: csr_matrix
    target_codes: NDArray[np.int64]
    probabilities: NDArray[np.float64]
    is_known: NDArray[np.bool_]
    known_shares: NDArray[np.float64]

    @property
    def most_probable(self) -> NDArray[np.object_]:
        """The name of the most probable stance of each text, or `cannot-tell`, of shape (n_texts,)."""
        codes = np.where(self.is_known, self.probabilities.argmax(axis=1), len(self.model.stances))
        return np.array([*self.model.stances, CANNOT_TELL], dtype=object)[codes]

    def list_top_terms(self, stance_code: int, n_terms: int) -> list[str]:
        """Return the terms that contribute most to a stance, one string per text; see `Model.explain`."""
        coef_of_targets = self.model.coef[:, stance_code] - self.model.coef.mean(axis=1)
        indptr, listed = self.matrix.indptr, []
        for row, target in enumerate(self.target_codes.tolist()):
            entries = slice(indptr[row], indptr[row + 1])
            terms = self.matrix.indices[entries]
            contributions = self.matrix.data[entries] * coef_of_targets[target, terms]
            order = np.argsort(-contributions, kind="stable")[:n_terms]
            listed.append(
                "; ".join(
                    f"{self.model.features.display_name(int(terms[index]))} {contributions[index]:+.2f}"
                    for index in order
                    if contributions[index] > 0
                )
                if self.is_known[row]
                else ""
            )
        return listed
