"""Arguments that several operations share, and their defaults."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

from stance.errors import StanceError, UsageError

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
    StanceError
        No sheet was named and `labels/` holds none.
    """
    if sheets is not None and (paths := as_paths(sheets)):
        return paths
    in_folder = sorted(Path("labels").glob("*.csv"))
    if not in_folder:
        raise StanceError(
            "no labelling sheet named, and none in labels/", "name one, or create one with 'stance collect'"
        )
    return in_folder


def check_exclusive(first: str, second: str, *, both: bool) -> None:
    """Raise if two options that exclude each other are both given.

    Raises
    ------
    UsageError
        Names both options.
    """
    if both:
        raise UsageError(f"{first} and {second} exclude each other", "leave one of them out")
