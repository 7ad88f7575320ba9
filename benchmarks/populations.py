"""Synthetic populations of comments that are known in full, so that a procedure's expected score can be computed.

A comment is a bag of words drawn from the Zipf-Mandelbrot law. Each word's frequency is multiplied by a log-normal
factor per stance, one per article (if there are articles), and one per stance and article, since arguments use other
words under other articles. The shares of stances vary by article, too. Comments can come in clusters: several by one
author, who has a style and prefers a stance, or copies of one text. They can be sampled with unequal probabilities.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
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
LOYALTY = 0.7  # the probability that a comment has the stance that its author prefers
STRATUM_WORDS, OVERSAMPLING = 300, 4.0  # comments with one of these words are drawn that much more often
_CHUNK = 500  # comments written at once, whose word frequencies take 16 MB


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
    author_effect
        Standard deviation of the logarithm of a word's factor per author. There are no authors if it is 0.
    cluster_size
        The mean number of comments of an author, or, without authors, of copies of a text; sizes are geometric.
    is_weighted
        Whether comments with one of the `STRATUM_WORDS` are oversampled.
    """

    shares: tuple[float, ...]
    stance_effect: float
    article_effect: float = 0.0
    interaction: float = 0.0
    language: int = 0
    author_effect: float = 0.0
    cluster_size: float = 1.0
    is_weighted: bool = False


@dataclass(frozen=True, eq=False)
class Sample:
    """Comments: word counts, of shape (n, N_WORDS), and stances, articles, clusters and weights, of shape (n,)."""

    counts: csr_matrix
    stances: NDArray[np.int64]
    articles: NDArray[np.int64]
    clusters: NDArray[np.int64]
    weights: NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Population:
    """Comments under some articles.

    Attributes
    ----------
    kind
        Its parameters.
    probabilities
        The probability of each article and stance, of shape (n_articles, n_stances).
    frequencies
        The word frequencies of each article and stance, of shape (n_articles * n_stances, N_WORDS).
    """

    kind: PopulationKind
    probabilities: NDArray[np.float64]
    frequencies: NDArray[np.float64]

    def sample(self, n: int, rng: np.random.Generator) -> Sample:
        """Draw n comments at random, or with the probabilities of their strata."""
        if not self.kind.is_weighted:
            return self._sample_clusters(n, rng)
        drawn = self._sample_clusters(int(n * OVERSAMPLING * 2), rng)
        is_oversampled = np.asarray(drawn.counts[:, -STRATUM_WORDS:].sum(axis=1)).ravel() > 0
        chance = np.where(is_oversampled, 1.0, 1 / OVERSAMPLING)
        kept = np.flatnonzero(rng.random(len(chance)) < chance)[:n]
        weights = 1 / chance[kept]
        return Sample(
            drawn.counts[kept],
            drawn.stances[kept],
            drawn.articles[kept],
            drawn.clusters[kept],
            weights / weights.mean(),
        )

    def _sample_clusters(self, n: int, rng: np.random.Generator) -> Sample:
        sizes = rng.geometric(1 / self.kind.cluster_size, n)
        clusters = np.repeat(np.arange(n), sizes)[:n]
        n_stances = self.probabilities.shape[1]
        cells = rng.choice(self.probabilities.size, n, p=self.probabilities.ravel())
        if not self.kind.author_effect:
            first = np.unique(clusters, return_index=True)[1]
            written = self._write_comments(cells[first], rng)
            cells = cells[first][clusters]
            return Sample(written[clusters], cells % n_stances, cells // n_stances, clusters, np.ones(n))
        preferred = (cells % n_stances)[clusters]
        # Another stance under the same article, for some comments of the author.
        loyal_cells = cells - cells % n_stances + preferred
        cells = np.where(rng.random(n) < LOYALTY, loyal_cells, cells)
        written = self._write_comments(cells, rng, clusters)
        return Sample(written, cells % n_stances, cells // n_stances, clusters, np.ones(n))

    def sample_proportionally(self, n: int, rng: np.random.Generator) -> tuple[csr_matrix, NDArray[np.int64]]:
        """Draw about n comments to represent the population.

        Each article and stance has its exact share, or, with authors, each comment is by another author.
        """
        if self.kind.author_effect:
            every = replace(self, kind=replace(self.kind, cluster_size=1.0, is_weighted=False)).sample(n, rng)
            return every.counts, every.stances
        ends = np.round(np.cumsum(self.probabilities) * n).astype(np.int64)
        cells = np.repeat(np.arange(self.probabilities.size), np.diff(ends, prepend=0))
        return self._write_comments(cells, rng), cells % self.probabilities.shape[1]

    def _write_comments(
        self, cells: NDArray[np.int64], rng: np.random.Generator, authors: NDArray[np.int64] | None = None
    ) -> csr_matrix:
        """Return the word counts of comments with the given articles and stances, and the style of their authors."""
        lengths = 1 + rng.poisson(MEAN_LENGTH - 1, len(cells))
        words, style_seed = [], int(rng.integers(2**32))
        for start in range(0, len(cells), _CHUNK):
            part = slice(start, start + _CHUNK)
            frequencies = self.frequencies[cells[part]]
            if authors is not None:
                for author in np.unique(authors[part]).tolist():
                    style = np.random.default_rng([style_seed, author]).standard_normal(N_WORDS)
                    frequencies[authors[part] == author] *= np.exp(self.kind.author_effect * style)
            cumulative = np.cumsum(frequencies, axis=1)
            cumulative = cumulative / cumulative[:, -1:] + np.arange(len(cumulative))[:, None]
            row = np.repeat(np.arange(len(cumulative)), lengths[part])
            drawn = np.searchsorted(cumulative.ravel(), row + rng.random(len(row)), side="right")
            words.append((drawn - row * N_WORDS).clip(0, N_WORDS - 1))
        ends = np.concatenate([[0], np.cumsum(lengths)])
        all_words = np.concatenate(words)
        counts = csr_matrix((np.ones(len(all_words), np.int64), all_words, ends), (len(cells), N_WORDS))
        counts.sum_duplicates()
        return counts


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
    probabilities = shares / shares.sum(axis=1, keepdims=True) * article_shares[:, None]
    return Population(kind, probabilities, frequencies.reshape(-1, N_WORDS))
