"""Orders of labelling that were tried besides `uncertain`, for benchmarks/active.py.

Their results are in docs/decisions/uncertainty-sampling.md.
"""

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
    """What an order may use to select comments.

    Attributes
    ----------
    probabilities
        The predicted probabilities for the pool, of shape (n_pool, n_stances).
    pool, labelled
        TF-IDF of the pool and of the labelled comments, rows of length 1.
    counts
        The number of labels of each stance.
    n
        The number of comments to select.
    rng
        The random number generator.
    """

    probabilities: NDArray[np.float64]
    pool: csr_matrix
    labelled: csr_matrix
    counts: NDArray[np.int64]
    n: int
    rng: np.random.Generator


def compute_entropy(probabilities: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the entropy of each row."""
    entropy: NDArray[np.float64] = -(probabilities * np.log(np.maximum(probabilities, TINY))).sum(axis=1)
    return entropy


def find_largest(values: NDArray[np.float64], n: int) -> NDArray[np.int64]:
    """Return the indices of the n largest values."""
    return np.argsort(-values, kind="stable")[:n]


def select_by_density(state: State) -> NDArray[np.int64]:
    """Select by entropy times the mean cosine to the pool."""
    mean = np.asarray(state.pool.mean(axis=0)).ravel()
    return find_largest(compute_entropy(state.probabilities) * (state.pool @ mean), state.n)


def select_by_relevance(state: State, weight: float = 0.5, n_candidates: int | None = None) -> NDArray[np.int64]:
    """Select by uncertainty minus the highest cosine to a selected or labelled comment (marginal relevance).

    The comments are selected among all of the pool, or among the `n_candidates` most uncertain ones.
    """
    uncertainty = compute_uncertainty(state.probabilities)
    candidates = find_largest(uncertainty, n_candidates or len(uncertainty))
    features = state.pool[candidates]
    similarity = np.zeros(len(candidates))
    if state.labelled.shape[0]:
        similarity = (features @ state.labelled.T).max(axis=1).toarray().ravel()
    scores, selected = uncertainty[candidates], []
    for _ in range(min(state.n, len(candidates))):
        best = int((scores - weight * similarity).argmax())
        selected.append(best)
        scores[best] = -np.inf
        similarity = np.maximum(similarity, (features @ features[best].T).toarray().ravel())
    return candidates[selected]


def select_k_centres(state: State) -> NDArray[np.int64]:
    """Among the most uncertain, select again and again the farthest from all selected or labelled (k-center)."""
    candidates = find_largest(compute_uncertainty(state.probabilities), 5 * state.n)
    equal = np.full((len(candidates), 2), 1 / 2)
    return candidates[select_by_relevance(replace(state, probabilities=equal, pool=state.pool[candidates]))]


def select_cluster_centres(state: State) -> NDArray[np.int64]:
    """Among the most uncertain, select the comment nearest to the centre of each of n clusters."""
    candidates = find_largest(compute_uncertainty(state.probabilities), 10 * state.n)
    seed = int(state.rng.integers(1 << 30))
    reduced = TruncatedSVD(50, random_state=seed).fit_transform(state.pool[candidates])
    clusters = KMeans(min(state.n, len(candidates)), n_init=1, random_state=seed).fit(reduced)
    centres = np.unique(clusters.transform(reduced).argmin(axis=0))
    order = np.concatenate([centres, np.setdiff1d(np.arange(len(candidates)), centres)])
    selected: NDArray[np.int64] = candidates[order[: state.n]]
    return selected


def select_by_gradients(state: State) -> NDArray[np.int64]:
    """Select by k-means++ on the gradients that the most probable stances would have as labels (BADGE).

    Ash, Zhang, Krishnamurthy, Langford and Agarwal (2020), Deep batch active learning by diverse, uncertain gradient
    lower bounds, ICLR. The gradient of a text is the outer product of (p - label) and its features, so that the inner
    product of two gradients is the product of the inner products of these parts.
    """
    residuals = state.probabilities.copy()
    residuals[np.arange(len(residuals)), residuals.argmax(axis=1)] -= 1
    squares, features = (residuals**2).sum(axis=1), state.pool
    selected = [int(squares.argmax())]
    distance = np.full(len(residuals), np.inf)
    while len(selected) < min(state.n, len(residuals)):
        last = selected[-1]
        cosines = (features @ features[last].T).toarray().ravel()
        to_last = squares + squares[last] - 2 * (residuals @ residuals[last]) * cosines
        distance = np.minimum(distance, np.maximum(to_last, 0))
        distance[selected] = 0
        selected.append(int(state.rng.choice(len(residuals), p=distance / distance.sum())))
    return np.array(selected)


def make_round_robin(
    measure: Callable[[NDArray[np.float64]], NDArray[np.float64]], power: float
) -> Callable[[State], NDArray[np.int64]]:
    """Return an order in which predicted stances take turns, by a measure times a power of the mean cosine."""

    def select(state: State) -> NDArray[np.int64]:
        mean = np.asarray(state.pool.mean(axis=0)).ravel()
        scores = measure(state.probabilities) * (state.pool @ mean) ** power
        tie_breakers = np.arange(len(scores), dtype=np.uint64)
        return order_round_robin(scores, state.probabilities.argmax(axis=1), tie_breakers)[: state.n]

    return select


def select_by_evened_probabilities(state: State) -> NDArray[np.int64]:
    """Select by uncertainty after dividing the probability of each stance by its number of labels."""
    evened = state.probabilities / (state.counts + 1)
    return find_largest(compute_uncertainty(evened / evened.sum(axis=1, keepdims=True)), state.n)


def select_by_variance(state: State) -> NDArray[np.int64]:
    """Select by the sum of p (1 - p) over stances, each divided by its number of labels."""
    p = state.probabilities
    return find_largest((p * (1 - p) / (state.counts + 1)).sum(axis=1), state.n)


def draw_by_uncertainty(state: State) -> NDArray[np.int64]:
    """Draw at random with the cube of uncertainty as weights."""
    weights = np.maximum(compute_uncertainty(state.probabilities) ** 3, 1e-9)
    return find_largest(np.log(state.rng.random(len(weights))) / weights, state.n)


def mix_with_random(
    order: Callable[[State], NDArray[np.int64]], fraction: float
) -> Callable[[State], NDArray[np.int64]]:
    """Return an order that fills a fraction of each batch at random."""

    def select(state: State) -> NDArray[np.int64]:
        first = order(state)[: round((1 - fraction) * state.n)]
        rest = state.rng.permutation(np.setdiff1d(np.arange(state.pool.shape[0]), first))
        return np.concatenate([first, rest])[: state.n]

    return select


ORDERS: dict[str, Callable[[State], NDArray[np.int64]]] = {
    "least-sure": lambda state: find_largest(1 - state.probabilities.max(axis=1), state.n),
    "margin": lambda state: find_largest(compute_uncertainty(state.probabilities), state.n),
    "entropy": lambda state: find_largest(compute_entropy(state.probabilities), state.n),
    "density": select_by_density,
    "relevance": select_by_relevance,
    "relevance-of-close": lambda state: select_by_relevance(state, n_candidates=6 * state.n),
    "k-center": select_k_centres,
    "clusters": select_cluster_centres,
    "gradients": select_by_gradients,
    "turns": make_round_robin(compute_uncertainty, 0),
    "turns-entropy-dense": make_round_robin(compute_entropy, 1.0),
    "turns-margin-dense": make_round_robin(compute_uncertainty, 1.0),
    "turns-margin-half-dense": make_round_robin(compute_uncertainty, 0.5),
    "evened": select_by_evened_probabilities,
    "variance": select_by_variance,
    "drawn": draw_by_uncertainty,
    "margin-mixed": mix_with_random(
        lambda state: find_largest(compute_uncertainty(state.probabilities), state.n), 0.25
    ),
    "turns-mixed": mix_with_random(make_round_robin(compute_uncertainty, 0), 0.2),
}
"""The orders by the names that the option --orders of benchmarks/active.py takes."""
