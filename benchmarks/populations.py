"""Synthetic populations of comments that are known in full, so that a procedure's expected score can be computed.

A comment is a bag of words drawn from the Zipf-Mandelbrot law. Each word's frequency is multiplied by a log-normal
factor per stance, one per article (if there are articles), and one per stance and article, since arguments use other
words under other articles. The shares of stances vary by article, too.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.sparse import csr_matrix

if TYPE_CHECKING:
    from numpy.typing import NDArray

N_WORDS = 4_000
ZIPF_OFFSET = 2.7
MEAN_LENGTH = 12  # words of a comment: one, and a Poisson number of others
SHARE_SPREAD = 0.5  # standard deviation of the logarithm of a stance's share under an article
ARTICLE_EVENNESS = 3.0  # parameter of the Dirichlet distribution of the articles' shares of comments


@dataclass(frozen=True)
class PopulationKind:
    """The parameters of a population.

    Attributes
    ----------
    shares
        The share of each stance.
    stance_effect, article_effect, interaction
        Standard deviations of the logarithm of a word's factor per stance, per article, and per stance and article.
        There are no articles if `article_effect` is 0.
    language
        Random seed of the words that each stance prefers.
    """

    shares: tuple[float, ...]
    stance_effect: float
    article_effect: float = 0.0
    interaction: float = 0.0
    language: int = 0


@dataclass(frozen=True, eq=False)
class Population:
    """Comments under some articles.

    Attributes
    ----------
    probabilities
        The probability of each article and stance, of shape (n_articles, n_stances).
    cumulative
        The cumulative word frequencies of all cells one after another, each ending at the number of its cell, of shape
        (n_articles * n_stances * N_WORDS,).
    """

    probabilities: NDArray[np.float64]
    cumulative: NDArray[np.float64]

    def sample(self, n: int, rng: np.random.Generator) -> tuple[csr_matrix, NDArray[np.int64]]:
        """Draw n comments at random: their word counts, of shape (n, N_WORDS), and their stances."""
        cells = rng.choice(self.probabilities.size, n, p=self.probabilities.ravel())
        return self._write_comments(cells, rng)

    def sample_proportionally(self, n: int, rng: np.random.Generator) -> tuple[csr_matrix, NDArray[np.int64]]:
        """Draw about n comments to represent the population, with the exact share of each article and stance."""
        ends = np.round(np.cumsum(self.probabilities) * n).astype(np.int64)
        cells = np.repeat(np.arange(self.probabilities.size), np.diff(ends, prepend=0))
        return self._write_comments(cells, rng)

    def _write_comments(
        self, cells: NDArray[np.int64], rng: np.random.Generator
    ) -> tuple[csr_matrix, NDArray[np.int64]]:
        lengths = 1 + rng.poisson(MEAN_LENGTH - 1, len(cells))
        cell = np.repeat(cells, lengths)
        words = np.searchsorted(self.cumulative, cell + rng.random(len(cell)), side="right") - cell * N_WORDS
        ends = np.concatenate([[0], np.cumsum(lengths)])
        counts = csr_matrix((np.ones(len(words), np.int64), words.clip(0, N_WORDS - 1), ends), (len(cells), N_WORDS))
        counts.sum_duplicates()
        return counts, cells % self.probabilities.shape[1]


def make_population(kind: PopulationKind, n_articles: int, seed: int) -> Population:
    """Make a population; another seed gives other articles in the same language."""
    language_rng, rng = np.random.default_rng([0, kind.language]), np.random.default_rng([1, seed])
    n_stances = len(kind.shares)
    by_stance = kind.stance_effect * language_rng.standard_normal((n_stances, N_WORDS))
    by_article = kind.article_effect * rng.standard_normal((n_articles, 1, N_WORDS))
    by_both = kind.interaction * rng.standard_normal((n_articles, n_stances, N_WORDS))
    frequencies = np.exp(by_stance + by_article + by_both) / (np.arange(N_WORDS) + ZIPF_OFFSET)
    share_spread = SHARE_SPREAD if kind.article_effect > 0 else 0.0
    shares = np.array(kind.shares) * np.exp(share_spread * rng.standard_normal((n_articles, n_stances)))
    article_shares = rng.dirichlet(np.full(n_articles, ARTICLE_EVENNESS))
    cumulative = np.cumsum(frequencies.reshape(-1, N_WORDS), axis=1)
    cumulative = cumulative / cumulative[:, -1:] + np.arange(len(cumulative))[:, None]
    return Population(shares / shares.sum(axis=1, keepdims=True) * article_shares[:, None], cumulative.ravel())
