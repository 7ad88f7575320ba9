"""Arguments that several operations share, and their defaults."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

from stance.errors import UsageError

PathInput = str | os.PathLike[str]
PathInputs = PathInput | Iterable[PathInput]

DEFAULT_MODEL = Path("models/stance.joblib")
"""Where the model is written and read unless another path is given."""

STANDARD_STREAM = "-"


def as_path(path: PathInput | None) -> Path | None:
    """Return a path, or None."""
    return None if path is None else Path(path)


def as_paths(paths: PathInputs) -> list[Path]:
    """Return one path, or several, as a list."""
    return [Path(paths)] if isinstance(paths, str | os.PathLike) else [Path(path) for path in paths]


def as_names(inputs: PathInputs) -> tuple[str, ...]:
    """Return one input, or several, as names; '-' is standard input."""
    return (os.fspath(inputs),) if isinstance(inputs, str | os.PathLike) else tuple(os.fspath(name) for name in inputs)


def find_sheets(sheets: PathInputs | None) -> list[Path]:
    """Return the sheets that were named, or else those in `labels/`.

    Raises
    ------
    UsageError
        The list of sheets is empty, or no sheet was named and `labels/` holds none.
    """
    if sheets is not None:
        paths = as_paths(sheets)
        if not paths:
            raise UsageError("the list of sheets is empty", "name sheets, or leave it out to use those in labels/")
        return paths
    in_folder = sorted(Path("labels").glob("*.csv"))
    if not in_folder:
        raise UsageError(
            "no labelling sheet named, and none in labels/", "name one, or create one with 'stance collect'"
        )
    return in_folder


def check_number(name: str, value: float, low: float, high: float = float("inf"), *, whole: bool = True) -> None:
    """Raise if a number is outside its range, or not whole where it must be.

    Raises
    ------
    UsageError
        Names the argument and its range.

    Examples
    --------
    >>> check_number("min_confidence", 60, 0, 1, whole=False)
    Traceback (most recent call last):
    ...
    stance.errors.UsageError: min_confidence is 60: use a number from 0 to 1
    """
    is_number = isinstance(value, int) or (not whole and isinstance(value, float))
    if not is_number or isinstance(value, bool) or not low <= value <= high:
        kind = "a whole number" if whole else "a number"
        limits = f"from {low} up" if high == float("inf") else f"from {low} to {high}"
        raise UsageError(f"{name} is {value!r}", f"use {kind} {limits}")


def check_exclusive(first: str, second: str, *, both: bool) -> None:
    """Raise if two options that exclude each other are both given.

    Raises
    ------
    UsageError
        Names both options.
    """
    if both:
        raise UsageError(f"{first} and {second} exclude each other", "leave one of them out")
