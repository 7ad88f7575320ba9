"""How many comments to draw from each stratum."""

from __future__ import annotations

import heapq
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Sequence

AllocationMethod = Literal["equal", "proportional"]


def allocate_draws(sizes: Sequence[int], n: int, method: AllocationMethod = "equal") -> list[int]:
    """Share n draws out among strata, from none of them more than it has.

    Each draw goes to the stratum that has most claim to it, so that more draws take nothing from any stratum. Every
    stratum gets its first one before any gets a second: what cannot be drawn, nothing can be said about. After that,
    under "equal" the one with the fewest is next, and the larger of two; under "proportional" the one with the most
    comments for each draw it would have, half of one allowed (the method of Webster and Sainte-Laguë for seats).

    Parameters
    ----------
    sizes
        How many comments each stratum has, each at least 1.
    n
        How many draws there are, at least as many as strata.

    >>> allocate_draws([1000, 100, 5], 30)
    [13, 12, 5]
    >>> allocate_draws([1000, 100, 5], 30, "proportional")
    [26, 3, 1]
    """

    def claim(stratum: int, drawn: int) -> tuple[float, int, int]:
        by_size = sizes[stratum] / (drawn + 1 / 2) if drawn else float("inf")
        return -by_size if method == "proportional" else drawn, -sizes[stratum], stratum

    shares = [0] * len(sizes)
    claims = [claim(stratum, 0) for stratum in range(len(sizes))]
    heapq.heapify(claims)
    for _ in range(min(n, sum(sizes))):
        _, _, stratum = claims[0]
        shares[stratum] += 1
        if shares[stratum] < sizes[stratum]:
            heapq.heapreplace(claims, claim(stratum, shares[stratum]))
        else:
            heapq.heappop(claims)
    return shares


def max_draws_per_stratum(sizes: Sequence[int], n: int, method: AllocationMethod = "equal") -> int:
    """Tell how many draws any stratum can get at most, whatever comes after the comments that have been seen.

    Under "equal" no share can grow when strata do: what is kept of all strata together is never much more than n.

    >>> max_draws_per_stratum([1000, 100, 5], 30)
    13
    """
    if method == "proportional":
        return n - len(sizes) + 1
    low, high = 0, n
    while high - low > 1:
        middle = (low + high) // 2
        if sum(min(size, middle) for size in sizes) >= n:
            high = middle
        else:
            low = middle
    return high
