"""Turn margins into probabilities, and probabilities and codes into columns of predictions."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from stance import tables
from stance.arrow_arrays import float_array, string_array

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import pyarrow as pa
    from numpy.typing import NDArray


def softmax(margins: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the probabilities of margins of shape (n_texts, n_stances)."""
    powers = np.exp(margins - margins.max(axis=1, keepdims=True))  # at most 1, so no overflow
    probabilities: NDArray[np.float64] = powers / powers.sum(axis=1, keepdims=True)
    return probabilities


def is_below_limit(known_shares: NDArray[np.float64], limit: float) -> NDArray[np.bool_]:
    """Return which texts have too few known words; one without words (NaN) has, unless the limit is 0."""
    is_below: NDArray[np.bool_] = np.nan_to_num(known_shares, nan=-1.0 if limit else 0.0) < limit
    return is_below


def names_of_codes(codes: NDArray[np.int64], names: list[str]) -> pa.Array:
    """Return the names of codes, as an array of the type that pandas uses for text."""
    return string_array(np.array(names, dtype=object)[codes])


def build_group_columns(
    stances: Sequence[str],
    groups: Mapping[str, str],
    probabilities: NDArray[np.float64],
    shown_codes: NDArray[np.int64],
    is_known: NDArray[np.bool_],
) -> dict[str, pa.Array]:
    """Return the column `predicted_group`, and the sum of probabilities of each group of stances.

    Parameters
    ----------
    stances, groups
        The stances of the model, and the group of each stance of the codebook.
    probabilities
        The probabilities, of shape (n_texts, n_stances).
    shown_codes
        The code of the predicted stance of each text, or the number of stances for `cannot-tell`.
    is_known
        Whether each text has a known term; the sums of others are missing.
    """
    stance_groups = [groups[stance] for stance in stances]
    columns = {"predicted_group": names_of_codes(shown_codes, [*stance_groups, tables.CANNOT_TELL])}
    for group in dict.fromkeys(groups.values()):
        members = [probabilities[:, code] for code, name in enumerate(stance_groups) if name == group]
        # The model may have no stance of a group.
        total = np.sum(members, axis=0) if members else np.zeros(len(shown_codes))
        columns[tables.probability_column(f"group_{group}")] = float_array(total, ~is_known)
    return columns
