"""Populations of made comments, known in full: what a procedure's expected score is can be computed.

A comment is a bag of words, drawn by Zipf and Mandelbrot's law tilted by its stance, and by its article where there are
articles: each word's frequency is multiplied by a log-normal factor a stance, one an article, and one a stance under an
article, since what is for and against is said in other words there. How common a stance is varies by article, too.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.sparse import csr_matrix

if TYPE_CHECKING:
    from numpy.typing import NDArray

WORDS = 4_000
OFFSET = 2.7
MEAN_WORDS = 12  # of a comment; at least one, the others Poisson
SPREAD_OF_SHARES = 0.5  # standard deviation of the logarithm of a stance's share under an article
EVENNESS = 3.0  # of the articles' sizes: the parameter of a Dirichlet distribution


@dataclass(frozen=True)
class Kind:
    """What the comments of a population are like: the shares of stances, and how strongly words lean.

    `lean`, `topic` and `turn` are the standard deviations of the logarithms of a word's factor a stance, an article and
    a stance under an article; there are no articles where `topic` is 0. `language` is the seed of which words lean to
    which stance.
    """

    shares: tuple[float, ...]
    lean: float
    topic: float = 0.0
    turn: float = 0.0
    language: int = 0


@dataclass(frozen=True, eq=False)
class Population:
    """Comments under some articles: `chances` of shape (articles, stances), and the words that are drawn in each."""

    chances: NDArray[np.float64]
    reached: NDArray[np.float64]

    def draw(self, n: int, rng: np.random.Generator) -> tuple[csr_matrix, NDArray[np.int64]]:
        """Draw n comments: the counts of their words, of shape (n, WORDS), and their stances."""
        return self._comments(rng.choice(self.chances.size, n, p=self.chances.ravel()), rng)

    def whole(self, n: int, rng: np.random.Generator) -> tuple[csr_matrix, NDArray[np.int64]]:
        """Draw about n comments to stand for the population, of each stance under each article its share of them."""
        ends = np.round(np.cumsum(self.chances) * n).astype(np.int64)
        return self._comments(np.repeat(np.arange(self.chances.size), np.diff(ends, prepend=0)), rng)

    def _comments(self, cells: NDArray[np.int64], rng: np.random.Generator) -> tuple[csr_matrix, NDArray[np.int64]]:
        lengths = 1 + rng.poisson(MEAN_WORDS - 1, len(cells))
        cell = np.repeat(cells, lengths)
        words = np.searchsorted(self.reached, cell + rng.random(len(cell)), side="right") - cell * WORDS
        ends = np.concatenate([[0], np.cumsum(lengths)])
        counts = csr_matrix((np.ones(len(words), np.int64), words.clip(0, WORDS - 1), ends), (len(cells), WORDS))
        counts.sum_duplicates()
        return counts, cells % self.chances.shape[1]


def population(kind: Kind, articles: int, seed: int) -> Population:
    """Make a population; another seed gives other articles in the same language."""
    language, rng = np.random.default_rng([0, kind.language]), np.random.default_rng([1, seed])
    n_stances = len(kind.shares)
    by_stance = kind.lean * language.standard_normal((n_stances, WORDS))
    by_article = kind.topic * rng.standard_normal((articles, 1, WORDS))
    by_both = kind.turn * rng.standard_normal((articles, n_stances, WORDS))
    frequency = np.exp(by_stance + by_article + by_both) / (np.arange(WORDS) + OFFSET)
    shares = np.array(kind.shares) * np.exp(
        SPREAD_OF_SHARES * (kind.topic > 0) * rng.standard_normal((articles, n_stances))
    )
    sizes = rng.dirichlet(np.full(articles, EVENNESS))
    reached = np.cumsum(frequency.reshape(-1, WORDS), axis=1)
    reached = reached / reached[:, -1:] + np.arange(len(reached))[:, None]
    return Population(shares / shares.sum(axis=1, keepdims=True) * sizes[:, None], reached.ravel())
