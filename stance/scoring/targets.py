"""What the texts of an input are toward: as a column says, as the run was told, or as the model knows but one."""

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
"""The column with the targets unless another is named."""

_NOT_FOUND = -1


@dataclass(frozen=True)
class TargetSource:
    """Where a run takes targets from.

    Attributes
    ----------
    known_targets
        The targets of the model.
    target
        The one that all texts are toward, if the run was told.
    column
        The column that tells of each row, if one is looked at.
    is_column_required
        Whether this column must be there.
    """

    known_targets: tuple[str, ...]
    target: str | None = None
    column: str | None = None
    is_column_required: bool = False

    def find_batch_targets(self, batch: RowBatch, name: str) -> pa.Array | None:
        """Give the targets of some rows of an input, spelled as the model does; None if they need not be told.

        Raises
        ------
        MissingColumnError
            The column that was asked for is not there.
        UnknownTargetError
            The model knows no stance toward the target of a row, or needs to be told which one.
        """
        if self.column is None:
            return None
        if batch.targets is None:
            if self.is_column_required:
                remedy = "name the right one by --target-column, or one target for all rows by --target"
                raise MissingColumnError(self.column, batch.column_names, name, remedy)
            if len(self.known_targets) > 1:
                raise UnknownTargetError(None, self.known_targets, name)
            return None
        encoded = batch.targets.dictionary_encode()  # so that Python looks at each name once
        names = encoded.dictionary.to_pylist()
        of_no_name = _NOT_FOUND if self.is_column_required or len(self.known_targets) > 1 else 0
        places = np.array([*(_find_target(each, self.known_targets) for each in names), of_no_name], np.int32)
        codes = places[arrow_to_numpy(encoded.indices.fill_null(len(names)))]
        unknown = np.flatnonzero(codes == _NOT_FOUND).tolist()
        if unknown:
            told = (batch.targets[unknown[0]].as_py() or "").strip()
            raise UnknownTargetError(told, self.known_targets, name, batch.row_numbers[unknown[0]])
        return pa.DictionaryArray.from_arrays(int32_array(codes), string_array(self.known_targets, pa.string()))


def resolve_target_source(known_targets: tuple[str, ...], target: str | None, column: str | None) -> TargetSource:
    """Settle where a run takes targets from.

    Parameters
    ----------
    known_targets
        The targets of the model.
    target, column
        What the run was asked for: one target for all texts, or the column that tells, or neither.

    Raises
    ------
    StanceError
        The model has no targets, or not this one.
    """
    if target is not None:
        if (place := _find_target(target, known_targets)) == _NOT_FOUND:
            raise UnknownTargetError(target, known_targets)
        return TargetSource(known_targets, known_targets[place])
    if known_targets != ("",):
        return TargetSource(
            known_targets, column=column or DEFAULT_TARGET_COLUMN, is_column_required=column is not None
        )
    if column is not None:
        raise StanceError("the model has no targets", "leave --target-column out, or train on labels that name targets")
    return TargetSource(known_targets)


def _find_target(target: str, known_targets: Sequence[str]) -> int:
    """Find a target as it is spelled, else the only one that differs but in the case of letters."""
    target = target.strip()
    if target in known_targets:
        return known_targets.index(target)
    folded = [name.casefold() for name in known_targets]
    return folded.index(target.casefold()) if folded.count(target.casefold()) == 1 else _NOT_FOUND
