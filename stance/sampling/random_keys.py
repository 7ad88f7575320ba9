"""Chance that hangs on nothing but a seed and a name: the same on every machine, whatever stands beside it."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

ORDER_PURPOSE, DRAW_PURPOSE = "order", "draw"
"""What chance is for. Were it the same for both, those comments of a sample would come first that are drawn rarely."""

_KEY_BYTES = 8


def compute_random_keys(names: Iterable[str], seed: int, purpose: str = ORDER_PURPOSE) -> NDArray[np.uint64]:
    """Give each name a number by chance, of shape (n_names,): its own, whichever other names there are.

    They are the first 64 bits of SHA-256, which for names that no one chose to deceive are as good as drawn.
    """
    begin = f"{purpose}\x1f{seed}\x1f".encode()
    # A lone surrogate cannot be encoded strictly, yet must not stop a run.
    digests = (hashlib.sha256(begin + name.encode("utf-8", "surrogatepass")).digest()[:_KEY_BYTES] for name in names)
    return np.frombuffer(b"".join(digests), ">u8").astype(np.uint64)


def shuffle_ids(ids: Iterable[str], seed: int) -> list[str]:
    """Put ids into an order by chance; two of them keep their order when others come or go.

    >>> shuffle_ids(["c1", "c2", "c3", "c4"], seed=0)
    ['c3', 'c2', 'c4', 'c1']
    >>> shuffle_ids(["c4", "c2", "c3"], seed=0)
    ['c3', 'c2', 'c4']
    """
    listed = list(ids)
    key = compute_random_keys(listed, seed).tolist()
    return [listed[place] for place in sorted(range(len(listed)), key=lambda place: (key[place], listed[place]))]
