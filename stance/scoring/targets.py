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

    from stance.io.row_batches import Chunk

COLUMN = "target"
"""The column with the targets unless another is named."""

_UNKNOWN = -1


@dataclass(frozen=True)
class Aim:
    """Where a run takes targets from.

    Attributes
    ----------
    known
        The targets of the model.
    target
        The one that all texts are toward, if the run was told.
    column
        The column that tells of each row, if one is looked at.
    required
        Whether this column must be there.
    """

    known: tuple[str, ...]
    target: str | None = None
    column: str | None = None
    required: bool = False

    def of_chunk(self, chunk: Chunk, name: str) -> pa.Array | None:
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
        if chunk.targets is None:
            if self.required:
                remedy = "name the right one by --target-column, or one target for all rows by --target"
                raise MissingColumnError(self.column, chunk.names, name, remedy)
            if len(self.known) > 1:
                raise UnknownTargetError(None, self.known, name)
            return None
        encoded = chunk.targets.dictionary_encode()  # so that Python looks at each name once
        names = encoded.dictionary.to_pylist()
        of_no_name = _UNKNOWN if self.required or len(self.known) > 1 else 0
        places = np.array([*(_place(each, self.known) for each in names), of_no_name], np.int32)
        codes = places[arrow_to_numpy(encoded.indices.fill_null(len(names)))]
        unknown = np.flatnonzero(codes == _UNKNOWN).tolist()
        if unknown:
            told = (chunk.targets[unknown[0]].as_py() or "").strip()
            raise UnknownTargetError(told, self.known, name, chunk.numbers[unknown[0]])
        return pa.DictionaryArray.from_arrays(int32_array(codes), string_array(self.known, pa.string()))


def aim(known: tuple[str, ...], target: str | None, column: str | None) -> Aim:
    """Settle where a run takes targets from.

    Parameters
    ----------
    known
        The targets of the model.
    target, column
        What the run was asked for: one target for all texts, or the column that tells, or neither.

    Raises
    ------
    StanceError
        The model has no targets, or not this one.
    """
    if target is not None:
        if (place := _place(target, known)) == _UNKNOWN:
            raise UnknownTargetError(target, known)
        return Aim(known, known[place])
    if known != ("",):
        return Aim(known, column=column or COLUMN, required=column is not None)
    if column is not None:
        raise StanceError("the model has no targets", "leave --target-column out, or train on labels that name targets")
    return Aim(known)


def _place(target: str, known: Sequence[str]) -> int:
    """Find a target as it is spelled, else the only one that differs but in the case of letters."""
    target = target.strip()
    if target in known:
        return known.index(target)
    folded = [name.casefold() for name in known]
    return folded.index(target.casefold()) if folded.count(target.casefold()) == 1 else _UNKNOWN
