"""Orders in which comments could be labelled that were tried beside `uncertain`; benchmarks/active.py runs them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from sklearn.cluster import KMeans
from sklearn.decomposition import TruncatedSVD

from stance.sampling.uncertainty import compute_uncertainty, order_round_robin

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray
    from scipy.sparse import csr_matrix

TINY = 1e-300


@dataclass(frozen=True, eq=False)
class State:
    """What an order may look at.

    Attributes
    ----------
    probabilities
        The model's, of each comment in the pool.
    pool, labelled
        TF-IDF of the pool and of the labelled comments, rows of length 1.
    counts
        How many labels each stance has.
    n
        How many comments to choose.
    rng
        For what is left to chance.
    """

    probabilities: NDArray[np.float64]
    pool: csr_matrix
    labelled: csr_matrix
    counts: NDArray[np.int64]
    n: int
    rng: np.random.Generator


def entropy(probabilities: NDArray[np.float64]) -> NDArray[np.float64]:
    """Give the entropy of each row."""
    of_row: NDArray[np.float64] = -(probabilities * np.log(np.maximum(probabilities, TINY))).sum(axis=1)
    return of_row


def top(values: NDArray[np.float64], n: int) -> NDArray[np.int64]:
    """Give the places of the n highest values."""
    return np.argsort(-values, kind="stable")[:n]


def density(state: State) -> NDArray[np.int64]:
    """Weigh entropy by the mean cosine to the pool."""
    mean = np.asarray(state.pool.mean(axis=0)).ravel()
    return top(entropy(state.probabilities) * (state.pool @ mean), state.n)


def marginal_relevance(state: State, weight: float = 0.5, among: int | None = None) -> NDArray[np.int64]:
    """Take closeness off what is like a comment chosen or labelled already, of all or of the `among` closest."""
    close = compute_uncertainty(state.probabilities)
    places = top(close, among or len(close))
    features = state.pool[places]
    nearest = np.zeros(len(places))
    if state.labelled.shape[0]:
        nearest = (features @ state.labelled.T).max(axis=1).toarray().ravel()
    score, chosen = close[places], []
    for _ in range(min(state.n, len(places))):
        best = int((score - weight * nearest).argmax())
        chosen.append(best)
        score[best] = -np.inf
        nearest = np.maximum(nearest, (features @ features[best].T).toarray().ravel())
    return places[chosen]


def centres(state: State) -> NDArray[np.int64]:
    """Among the closest, take the farthest from all that are chosen or labelled, again and again (k-center)."""
    places = top(compute_uncertainty(state.probabilities), 5 * state.n)
    one = np.full((len(places), 2), 1 / 2)
    return places[marginal_relevance(replace(state, probabilities=one, pool=state.pool[places]))]


def clusters(state: State) -> NDArray[np.int64]:
    """Among the closest, take the middle of each of n clusters."""
    places = top(compute_uncertainty(state.probabilities), 10 * state.n)
    seed = int(state.rng.integers(1 << 30))
    reduced = TruncatedSVD(50, random_state=seed).fit_transform(state.pool[places])
    means = KMeans(min(state.n, len(places)), n_init=1, random_state=seed).fit(reduced)
    chosen = np.unique(means.transform(reduced).argmin(axis=0))
    order = np.concatenate([chosen, np.setdiff1d(np.arange(len(places)), chosen)])
    found: NDArray[np.int64] = places[order[: state.n]]
    return found


def gradients(state: State) -> NDArray[np.int64]:
    """Draw by k-means++ on the gradients that the likeliest answers would have.

    Ash, Zhang, Krishnamurthy, Langford and Agarwal (2020), Deep batch active learning by diverse, uncertain gradient
    lower bounds, ICLR. The gradient of a text is (p - answer) x features: products of two are products of their parts.
    """
    pulls = state.probabilities.copy()
    pulls[np.arange(len(pulls)), pulls.argmax(axis=1)] -= 1
    squares, features = (pulls**2).sum(axis=1), state.pool
    chosen = [int(squares.argmax())]
    nearest = np.full(len(pulls), np.inf)
    while len(chosen) < min(state.n, len(pulls)):
        new = chosen[-1]
        cosines = (features @ features[new].T).toarray().ravel()
        nearest = np.minimum(nearest, np.maximum(squares + squares[new] - 2 * (pulls @ pulls[new]) * cosines, 0))
        nearest[chosen] = 0
        chosen.append(int(state.rng.choice(len(pulls), p=nearest / nearest.sum())))
    return np.array(chosen)


def turns(
    measure: Callable[[NDArray[np.float64]], NDArray[np.float64]], power: float
) -> Callable[[State], NDArray[np.int64]]:
    """Let the answers take turns, the highest measure times a power of the mean cosine to the pool first."""

    def chosen(state: State) -> NDArray[np.int64]:
        mean = np.asarray(state.pool.mean(axis=0)).ravel()
        worth = measure(state.probabilities) * (state.pool @ mean) ** power
        chance = np.arange(len(worth), dtype=np.uint64)
        return order_round_robin(worth, state.probabilities.argmax(axis=1), chance)[: state.n]

    return chosen


def evened(state: State) -> NDArray[np.int64]:
    """Take the closest after each stance's probability is divided by its number of labels."""
    even = state.probabilities / (state.counts + 1)
    return top(compute_uncertainty(even / even.sum(axis=1, keepdims=True)), state.n)


def variance(state: State) -> NDArray[np.int64]:
    """Add up p (1 - p) over stances, each divided by its number of labels."""
    p = state.probabilities
    return top((p * (1 - p) / (state.counts + 1)).sum(axis=1), state.n)


def drawn(state: State) -> NDArray[np.int64]:
    """Draw with weights, the cube of closeness."""
    weight = np.maximum(compute_uncertainty(state.probabilities) ** 3, 1e-9)
    return top(np.log(state.rng.random(len(weight))) / weight, state.n)


def mixed(order: Callable[[State], NDArray[np.int64]], share: float) -> Callable[[State], NDArray[np.int64]]:
    """Fill a share of each batch at random."""

    def chosen(state: State) -> NDArray[np.int64]:
        first = order(state)[: round((1 - share) * state.n)]
        rest = state.rng.permutation(np.setdiff1d(np.arange(state.pool.shape[0]), first))
        return np.concatenate([first, rest])[: state.n]

    return chosen


ORDERS: dict[str, Callable[[State], NDArray[np.int64]]] = {
    "least-sure": lambda state: top(1 - state.probabilities.max(axis=1), state.n),
    "margin": lambda state: top(compute_uncertainty(state.probabilities), state.n),
    "entropy": lambda state: top(entropy(state.probabilities), state.n),
    "density": density,
    "relevance": marginal_relevance,
    "relevance-of-close": lambda state: marginal_relevance(state, among=6 * state.n),
    "k-center": centres,
    "clusters": clusters,
    "gradients": gradients,
    "turns": turns(compute_uncertainty, 0),
    "turns-entropy-dense": turns(entropy, 1.0),
    "turns-margin-dense": turns(compute_uncertainty, 1.0),
    "turns-margin-half-dense": turns(compute_uncertainty, 0.5),
    "evened": evened,
    "variance": variance,
    "drawn": drawn,
    "margin-mixed": mixed(lambda state: top(compute_uncertainty(state.probabilities), state.n), 0.25),
    "turns-mixed": mixed(turns(compute_uncertainty, 0), 0.2),
}
"""By the names that benchmarks/active.py takes."""
