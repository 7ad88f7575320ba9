"""A sample that was drawn, and its strata."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from stance.sampling.reservoir import CandidateComment


@dataclass(frozen=True)
class Stratum:
    """One of the groups that are sampled separately.

    Attributes
    ----------
    name
        The value that its comments share.
    size
        The number of its comments; an estimate if comments occur in several rows.
    n_drawn
        How many of them were drawn.
    """

    name: str
    size: float
    n_drawn: int

    @property
    def probability(self) -> float:
        """The inclusion probability of each of its comments."""
        return min(1.0, self.n_drawn / self.size)


@dataclass(frozen=True)
class DrawnSample:
    """A sample that was drawn.

    Attributes
    ----------
    comments
        The comments, in the order of the input.
    strata
        All strata, sorted by name; a single one without a name if the sample is not stratified.
    n_without_text
        The number of rows without text.
    n_excluded
        The number of rows with an excluded comment.
    parse_warnings
        Warnings about rows of the input that may have been misread.
    """

    comments: tuple[CandidateComment, ...]
    strata: tuple[Stratum, ...]
    n_without_text: int
    n_excluded: int
    parse_warnings: tuple[str, ...] = ()

    @property
    def n_repeated(self) -> int:
        """The number of comments that occur in several rows, which makes probabilities estimates."""
        return sum(comment.n_rows > 1 for comment in self.comments)
