"""The target of each text to score: from a column, from an option, or the only target of the model."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from stance.arrow_arrays import arrow_to_numpy, int32_array, string_array
from stance.errors import MissingColumnError, StanceError, UnknownTargetError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from stance.io.row_batches import RowBatch

DEFAULT_TARGET_COLUMN = "target"
"""The target column unless another one is named."""

_NOT_FOUND = -1


@dataclass(frozen=True)
class TargetSource:
    """Where the targets of the texts come from.

    Attributes
    ----------
    known_targets
        The targets of the model.
    target
        The target of all texts, if one was requested.
    column
        The column with the target of each row, if it is read.
    is_column_required
        Whether an input without this column is an error.
    """

    known_targets: tuple[str, ...]
    target: str | None = None
    column: str | None = None
    is_column_required: bool = False

    def find_batch_targets(self, batch: RowBatch, name: str) -> pa.Array | None:
        """Return the targets of a batch, spelled as in the model, of shape (n_rows,); None if all have the same.

        Raises
        ------
        MissingColumnError
            The requested column does not exist.
        UnknownTargetError
            The model does not have the target of a row, or a row has none and the model has several.
        """
        if self.column is None:
            return None
        if batch.targets is None:
            if self.is_column_required:
                remedy = "name the right one with --target-column, or one target for all rows with --target"
                raise MissingColumnError(self.column, batch.column_names, name, remedy)
            if len(self.known_targets) > 1:
                raise UnknownTargetError(None, self.known_targets, name)
            return None
        encoded = batch.targets.dictionary_encode()  # so that Python compares each name once
        names = encoded.dictionary.to_pylist()
        code_if_null = _NOT_FOUND if self.is_column_required or len(self.known_targets) > 1 else 0
        name_codes = np.array([*(_find_target(name, self.known_targets) for name in names), code_if_null], np.int32)
        codes = name_codes[arrow_to_numpy(encoded.indices.fill_null(len(names)))]
        unknown_rows = np.flatnonzero(codes == _NOT_FOUND).tolist()
        if unknown_rows:
            unknown_target = (batch.targets[unknown_rows[0]].as_py() or "").strip()
            raise UnknownTargetError(unknown_target, self.known_targets, name, batch.row_numbers[unknown_rows[0]])
        return pa.DictionaryArray.from_arrays(int32_array(codes), string_array(self.known_targets, pa.string()))


def resolve_target_source(known_targets: tuple[str, ...], target: str | None, column: str | None) -> TargetSource:
    """Return where the targets of the texts come from.

    Parameters
    ----------
    known_targets
        The targets of the model.
    target, column
        The requested target of all texts, or the requested column with that of each row; not both.

    Raises
    ------
    StanceError
        The model has no targets, or not this one.

    Examples
    --------
    >>> resolve_target_source(("NATO", "CSTO"), "nato", None).target
    'NATO'
    """
    if target is not None:
        if (index := _find_target(target, known_targets)) == _NOT_FOUND:
            raise UnknownTargetError(target, known_targets)
        return TargetSource(known_targets, known_targets[index])
    if known_targets != ("",):
        return TargetSource(
            known_targets, column=column or DEFAULT_TARGET_COLUMN, is_column_required=column is not None
        )
    if column is not None:
        raise StanceError("the model has no targets", "leave --target-column out, or train on labels that name targets")
    return TargetSource(known_targets)


def _find_target(target: str, known_targets: Sequence[str]) -> int:
    """Return the index of a target, else of the only one that equals it but for case; `_NOT_FOUND` if there is none."""
    target = target.strip()
    if target in known_targets:
        return known_targets.index(target)
    folded = [name.casefold() for name in known_targets]
    return folded.index(target.casefold()) if folded.count(target.casefold()) == 1 else _NOT_FOUND
