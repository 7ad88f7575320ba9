"""What two annotators who labelled independently reach against each other: how good a model could look."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations
from typing import TYPE_CHECKING

import numpy as np

from stance.labelling.labels import ADJUDICATED

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

FEWEST_IN_COMMON = 2


@dataclass(frozen=True, eq=False)
class Pair:
    """The stances that two annotators gave to the same items, both of shape (n,)."""

    first: str
    second: str
    of_first: NDArray[np.object_]
    of_second: NDArray[np.object_]


@dataclass(frozen=True)
class Agreement:
    """How far two annotators agree on `n` items; `kappa` is None where both gave all of them the same one stance."""

    first: str
    second: str
    n: int
    accuracy: float
    macro_f1: float
    kappa: float | None


def pairs(rows: pd.DataFrame) -> tuple[Pair, ...]:
    """Pair up the annotators who labelled two items or more in common.

    Parameters
    ----------
    rows
        Labels before they are settled, with the columns comment_id, target, annotator, pass and stance. The last row of
        such a key counts, and an empty stance is none. Of an annotator's passes over an item the first counts: the
        later ones know it. An adjudication is not independent, and a label without a name may be anyone's.

    Returns
    -------
    tuple of Pair
        By the names of the annotators; items by their ids.
    """
    item = ["comment_id", "target"]
    labels = rows.drop_duplicates([*item, "annotator", "pass"], keep="last")
    own = labels[(labels["stance"] != "") & (labels["annotator"] != "") & (labels["pass"] != ADJUDICATED)]
    number = own["pass"].replace("", "1").astype("int64")
    first = own.assign(number=number).sort_values("number", kind="stable").drop_duplicates([*item, "annotator"])
    wide = first.pivot(index=item, columns="annotator", values="stance")  # noqa: PD010 - pivot_table hides doubles
    found = []
    for one, other in combinations(wide.columns, 2):
        both = wide[[one, other]].dropna().to_numpy(dtype=object)
        if len(both) >= FEWEST_IN_COMMON:
            found.append(Pair(one, other, both[:, 0], both[:, 1]))
    return tuple(found)


def agreement(pair: Pair) -> Agreement:
    """Measure how far two annotators agree; none of the figures depends on who is first.

    Accuracy is the part of the items that both gave the same stance. Macro F1 is the mean of F1 = 2 both / (first +
    second) over the stances that either gave to an item; a machine's is over those that the truth holds. Kappa is the
    agreement beyond what chance gives two annotators with these habits, as a part of what is possible beyond it.

    References
    ----------
    Cohen (1960), A coefficient of agreement for nominal scales, Educational and Psychological Measurement 20, 37-46.
    """
    n = len(pair.of_first)
    same = pair.of_first == pair.of_second
    stances = np.unique(np.concatenate([pair.of_first, pair.of_second]))
    of_first, of_second = ((given == stances[:, None]).sum(axis=1) for given in (pair.of_first, pair.of_second))
    both = ((pair.of_first == stances[:, None]) & same).sum(axis=1)
    accuracy, chance = float(same.mean()), float(of_first @ of_second) / n**2
    kappa = (accuracy - chance) / (1 - chance) if len(stances) > 1 else None
    return Agreement(pair.first, pair.second, n, accuracy, float((2 * both / (of_first + of_second)).mean()), kappa)
