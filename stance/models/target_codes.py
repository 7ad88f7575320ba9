"""Encode the targets that texts are predicted toward as integer codes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from stance.arrow_arrays import arrow_to_numpy
from stance.errors import UnknownTargetError
from stance.texts import as_texts, series_index

if TYPE_CHECKING:
    from typing import TypeAlias

    from numpy.typing import NDArray

    from stance.texts import Texts

    Targets: TypeAlias = Texts | str | None


def encode_targets(targets: Targets, known_targets: tuple[str, ...], n_texts: int) -> NDArray[np.int64]:
    """Return for each text the index of its target in `known_targets`, of shape (n_texts,).

    Parameters
    ----------
    targets
        The target of all texts, one per text, or None if there is a single known target.
    known_targets
        The targets of a model.
    n_texts
        Number of texts.

    Raises
    ------
    UnknownTargetError
        A target is not known, or there are several known targets and none was given.
    ValueError
        The numbers of targets and texts differ.
    """
    code_of = {name: code for code, name in enumerate(known_targets)}

    def encode(name: str) -> int:
        if name not in code_of:
            raise UnknownTargetError(name, known_targets)
        return code_of[name]

    if targets is None or isinstance(targets, str):
        if targets is None and len(known_targets) > 1:
            raise UnknownTargetError(None, known_targets)
        return np.full(n_texts, 0 if targets is None else encode(targets), np.int64)
    if not isinstance(targets, pa.Array):
        targets = as_texts(targets, "targets")
    if len(targets) != n_texts:
        raise ValueError(f"{len(targets)} targets for {n_texts} texts")
    if not isinstance(targets, pa.Array):
        return np.fromiter(map(encode, targets), np.int64, n_texts)
    if targets.null_count:
        raise UnknownTargetError("", known_targets)
    encoded = targets if pa.types.is_dictionary(targets.type) else targets.dictionary_encode()
    # A dictionary may hold names that no row uses; only those in use are looked up.
    used, positions = np.unique(arrow_to_numpy(encoded.indices), return_inverse=True)
    codes = [encode(encoded.dictionary[index].as_py()) for index in used.tolist()]
    return np.array(codes, np.int64)[positions]


def check_same_index(targets: Targets, texts: Texts) -> Targets:
    """Return the targets, unless they are a Series with another index than the texts: rows would be mismatched."""
    target_index, text_index = series_index(targets), series_index(texts)
    if target_index is not None and text_index is not None and not target_index.equals(text_index):
        raise ValueError("the targets have another index than the texts: take both from the same rows, or pass a list")
    return targets
