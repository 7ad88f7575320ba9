"""Random keys and shuffles that depend only on a seed and the names themselves, on every machine."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

ORDER_PURPOSE, DRAW_PURPOSE, TEST_PURPOSE = "order", "draw", "test"
"""What the keys are used for: with the same keys for both, comments with the smallest draw keys would come first."""

_KEY_BYTES = 8


def compute_random_keys(names: Iterable[str], seed: int, purpose: str = ORDER_PURPOSE) -> NDArray[np.uint64]:
    """Return a pseudo-random key for each name, of shape (n_names,), whichever other names there are.

    A key is the first 64 bits of SHA-256 of purpose, seed and name.
    """
    prefix = f"{purpose}\x1f{seed}\x1f".encode()
    # surrogatepass: a lone surrogate must not stop a run.
    digests = (hashlib.sha256(prefix + name.encode("utf-8", "surrogatepass")).digest()[:_KEY_BYTES] for name in names)
    return np.frombuffer(b"".join(digests), ">u8").astype(np.uint64)


def shuffle_ids(ids: Iterable[str], seed: int, purpose: str = ORDER_PURPOSE) -> list[str]:
    """Return ids in random order; two ids keep their order if others are added or removed.

    >>> shuffle_ids(["c1", "c2", "c3", "c4"], seed=0)
    ['c3', 'c2', 'c4', 'c1']
    >>> shuffle_ids(["c4", "c2", "c3"], seed=0)
    ['c3', 'c2', 'c4']
    """
    names = list(ids)
    keys = compute_random_keys(names, seed, purpose).tolist()
    return [name for _, name in sorted(zip(keys, names, strict=True))]
