"""Count how often a closed test set was opened, in a file beside its sheet."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from stance.errors import UnreadableFileError
from stance.io import atomic
from stance.labels.sheets.lock import lock_sheet

if TYPE_CHECKING:
    from pathlib import Path

_FORMAT = "stance openings"
_SUFFIX = ".openings.json"


@dataclass(frozen=True)
class Opening:
    """One scoring of a closed test set.

    Attributes
    ----------
    date
        When, in ISO 8601 with the offset from UTC.
    n
        The number of labels that were scored.
    rows_sha256
        The hash of their ids and stances.
    model_sha256
        The hash of the file of the model that was scored.
    """

    date: str
    n: int
    rows_sha256: str
    model_sha256: str

    @classmethod
    def now(cls, n: int, rows_sha256: str, model_sha256: str) -> Opening:
        """Return an opening that takes place now."""
        return cls(datetime.now(UTC).isoformat(timespec="seconds"), n, rows_sha256, model_sha256)


def openings_path(sheet: Path) -> Path:
    """Return the path of the file that lists the openings of a sheet.

    >>> from pathlib import Path
    >>> openings_path(Path("mine.csv")).name
    'mine.csv.openings.json'
    """
    return sheet.with_name(f"{sheet.name}{_SUFFIX}")


def read_openings(sheet: Path) -> tuple[Opening, ...]:
    """Return the openings of the closed test set of a sheet, in order; none if there is no file beside it.

    Raises
    ------
    UnreadableFileError
        The file beside the sheet is not a list of openings.
    """
    path = openings_path(sheet)
    if not path.exists():
        return ()
    try:
        return tuple(Opening(**_check_types(opening)) for opening in _read_list(path))
    except (OSError, ValueError, TypeError, KeyError, RecursionError) as error:
        reason = f"the openings of the closed test set cannot be read ({type(error).__name__})"
        remedy = "restore the file; without it nobody knows how often the test set was opened"
        raise UnreadableFileError(path, reason, remedy) from None


def record_opening(sheet: Path, opening: Opening) -> None:
    """Add an opening to the file beside a sheet.

    Raises
    ------
    UnreadableFileError
        The file is not a list of openings.
    UnwritableFileError, SheetInUseError
        The file cannot be written, or another process writes to the sheet.
    """
    with lock_sheet(sheet):
        openings = [asdict(entry) for entry in (*read_openings(sheet), opening)]
        text = json.dumps({"format": _FORMAT, "openings": openings}, ensure_ascii=False, indent=2)
        atomic.write_atomically(openings_path(sheet), f"{text}\n".encode())


def _read_list(path: Path) -> list[dict[str, Any]]:
    content = json.loads(path.read_text(encoding="utf-8"))
    if content["format"] != _FORMAT or not isinstance(content["openings"], list):
        raise ValueError(_FORMAT)
    openings: list[dict[str, Any]] = content["openings"]
    return openings


def _check_types(opening: dict[str, Any]) -> dict[str, Any]:
    types = {"date": str, "n": int, "rows_sha256": str, "model_sha256": str}
    if opening.keys() != types.keys() or not all(isinstance(opening[key], kind) for key, kind in types.items()):
        raise ValueError(_FORMAT)
    return opening
