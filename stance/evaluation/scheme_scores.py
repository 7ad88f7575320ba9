"""The scores of all systems under one scheme."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd

    from stance.metrics.intervals import Interval


@dataclass(frozen=True)
class Score:
    """A score and its 95 % intervals, if there are any.

    Attributes
    ----------
    value
        The score.
    interval
        That of the model that is written.
    expected
        That of the expected score of models trained in this way on other labels, as many and drawn in the same way.
    """

    value: float
    interval: Interval | None
    expected: Interval | None = None


@dataclass(frozen=True)
class StanceScores:
    """The scores of one stance; `hits` of its `n` labels were predicted correctly, on average over repeats."""

    stance: str
    n: int
    hits: float
    recall: Score | None
    precision: float | None
    f1: float | None


@dataclass(frozen=True)
class ArticleScores:
    """How many of the `n` labels of one article were predicted correctly when the article was left out."""

    article_id: str
    n: int
    hits: float


@dataclass(frozen=True)
class SystemScores:
    """All scores of one system under one scheme; `confusion` has one row per true, one column per predicted stance."""

    system: str
    accuracy: Score
    skill: Score
    macro_f1: Score
    f_avg: Score | None
    f_avg_of_targets: Score | None
    stances: tuple[StanceScores, ...]
    confusion: pd.DataFrame
    articles: tuple[ArticleScores, ...]


@dataclass(frozen=True)
class ScoreDifference:
    """The scores of the model minus those of another system, on the same labels."""

    system: str
    accuracy: Score
    macro_f1: Score
    f_avg: Score | None


@dataclass(frozen=True)
class SchemeScores:
    """All scores under one scheme, of one target or all; the last system is the model, the others its baselines."""

    scheme: str
    target: str | None
    n_folds: int
    n_repeats: int
    n: int
    systems: tuple[SystemScores, ...]
    differences: tuple[ScoreDifference, ...]

    @property
    def model(self) -> SystemScores:
        """The scores of the model."""
        return self.systems[-1]
