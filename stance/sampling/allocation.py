"""Allocate the draws of a stratified sample to the strata."""

from __future__ import annotations

import heapq
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Sequence

AllocationMethod = Literal["equal", "proportional"]


def allocate_draws(sizes: Sequence[int], n: int, method: AllocationMethod = "equal") -> list[int]:
    """Return the number of draws for each stratum; no stratum gets more draws than it has comments.

    Draws are allocated one by one, so that a stratum never gets fewer draws in a larger sample. Every stratum gets one
    draw before any gets a second, since nothing can be said about a stratum that is never drawn from. After that, with
    "equal" the next draw goes to the stratum with the fewest draws (on a tie, the larger stratum), with "proportional"
    to the one with the largest quotient of its size and its number of draws plus 1/2 (the Webster/Sainte-Laguë method).

    Parameters
    ----------
    sizes
        The number of comments in each stratum, each at least 1.
    n
        The number of draws, at least the number of strata.
    method
        "equal" or "proportional".

    >>> allocate_draws([1000, 100, 5], 30)
    [13, 12, 5]
    >>> allocate_draws([1000, 100, 5], 30, "proportional")
    [26, 3, 1]
    """

    def priority(stratum: int, n_drawn: int) -> tuple[float, int, int]:
        quotient = sizes[stratum] / (n_drawn + 1 / 2) if n_drawn else float("inf")
        return -quotient if method == "proportional" else n_drawn, -sizes[stratum], stratum

    draws = [0] * len(sizes)
    queue = [priority(stratum, 0) for stratum in range(len(sizes))]
    heapq.heapify(queue)
    for _ in range(min(n, sum(sizes))):
        _, _, stratum = queue[0]
        draws[stratum] += 1
        if draws[stratum] < sizes[stratum]:
            heapq.heapreplace(queue, priority(stratum, draws[stratum]))
        else:
            heapq.heappop(queue)
    return draws


def max_draws_per_stratum(sizes: Sequence[int], n: int, method: AllocationMethod = "equal") -> int:
    """Return an upper bound for the draws of any stratum, however much the strata still grow.

    With "equal" the bound shrinks as strata grow, so that all reservoirs together hold little more than n comments.

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
