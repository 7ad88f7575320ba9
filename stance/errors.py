"""Errors that a user can fix, each described in one line: the cause, where it is, and what to do.

The classes that callers can catch, all of them exported by `stance`:

    StanceError
    ├── UsageError (also a ValueError)   arguments
    ├── FileError                        files that cannot be read, written or replaced
    ├── DataError                        the rows, columns and labels of tables
    ├── ConfigurationError               codebooks and layouts
    └── ModelError                       model files and the targets of a model
"""

from __future__ import annotations

from difflib import get_close_matches
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path


class StanceError(Exception):
    """An error that the user can fix.

    Parameters
    ----------
    cause
        What happened.
    remedy
        What to do.
    path, row
        The file, and the number of the row in it.

    Examples
    --------
    >>> str(StanceError("no rows in it", "add some rows", path="sheet.csv"))
    'no rows in it (sheet.csv): add some rows'
    """

    def __init__(self, cause: str, remedy: str, *, path: Path | str | None = None, row: int | None = None) -> None:
        location = "" if path is None else f" ({path})" if row is None else f" ({path}:{row})"
        super().__init__(f"{cause}{location}: {remedy}")

    def __reduce__(self) -> tuple[Any, ...]:
        return _unpickle_error, (type(self), str(self))


def _unpickle_error(error_class: type[StanceError], message: str) -> StanceError:
    """Return an error with a message, without calling the constructor of its class."""
    return error_class.__new__(error_class, message)


class UsageError(StanceError, ValueError):
    """Arguments exclude each other, or one has a value that is not among its choices."""


class FileError(StanceError):
    """A file or folder cannot be read, written or replaced."""


class DataError(StanceError):
    """The rows, columns or labels of a table must be corrected."""


class ConfigurationError(StanceError):
    """A codebook, or a file of layouts, has an error."""


class ModelError(StanceError):
    """A model cannot be loaded, or cannot be used in this way."""


class MissingFileError(FileError):
    """A file or folder does not exist."""

    def __init__(self, path: Path | str) -> None:
        super().__init__("no such file", "check the path", path=path)


class MissingModelError(ModelError):
    """The model file does not exist."""

    def __init__(self, path: Path | str) -> None:
        super().__init__(
            "no such model file", "train one with 'stance train', or name another one with --model", path=path
        )


class UnreadableFileError(FileError):
    """A file exists but cannot be read in its format."""

    def __init__(self, path: Path | str, reason: str, remedy: str, *, row: int | None = None) -> None:
        super().__init__(reason, remedy, path=path, row=row)


class WorkbookError(UnreadableFileError):
    """A file is a workbook of a spreadsheet program, where a text file is expected."""

    def __init__(self, path: Path | str) -> None:
        remedy = "save it in the spreadsheet as CSV (UTF-8), and use that file"
        super().__init__(path, "this is a workbook, not a CSV file", remedy)


class MergeConflictError(UnreadableFileError):
    """A file contains two versions of some lines, as git leaves them when it cannot merge them."""

    def __init__(self, path: Path | str, lines: Sequence[int]) -> None:
        numbers = ", ".join(f":{line}" for line in lines)
        super().__init__(
            f"{path}{numbers}",
            "git has left two versions of some lines",
            "keep one version, and remove the conflict markers",
        )


class UnwritableFileError(FileError):
    """An output cannot be written at its path."""

    def __init__(self, path: Path | str, reason: str) -> None:
        super().__init__(f"cannot be written, {reason.lower()}", "name another file", path=path)


class SheetInUseError(FileError):
    """Another process is writing to the same sheet."""

    def __init__(self, path: Path | str) -> None:
        super().__init__(
            "another 'stance' is writing to this sheet",
            "end it first, or label a copy: commands read the labels of several sheets together",
            path=path,
        )


class UnmergedLabelsError(FileError):
    """Labels are in the journal of a sheet, since they cannot be written to the sheet."""

    def __init__(self, problem: StanceError | OSError, n_labels: int, path: Path, journal: Path) -> None:
        reason = str(problem)
        if isinstance(problem, OSError):
            reason = f"{(problem.strerror or reason).lower()} ({path}): close other programs that have it open"
        counted = "1 label is" if n_labels == 1 else f"{n_labels} labels are"
        super().__init__(
            f"{counted} kept in {journal.name}, since the sheet cannot be written", f"{reason}, then run this again"
        )


class OutputIsInputError(FileError):
    """An output would overwrite an input or another output."""

    def __init__(self, path: Path | str) -> None:
        super().__init__("this output is also an input or another output", "name another file for it", path=path)


class EmptyTableError(DataError):
    """A table has no rows."""

    def __init__(self, path: Path | str, unit: str = "rows") -> None:
        super().__init__(f"no {unit} in it", "add some rows, or name another file", path=path)


class MissingColumnError(DataError):
    """A table lacks a required column."""

    def __init__(self, column: str, present: Iterable[str], path: Path | str, remedy: str | None = None) -> None:
        columns = ", ".join(present) or "none"
        advice = remedy or f"rename a column to {column!r}"
        super().__init__(f"no column {column!r}, there are: {columns}", advice, path=path, row=1)


class ColumnExistsError(DataError):
    """The input already has a column that is to be added."""

    def __init__(self, column: str, path: Path | str) -> None:
        super().__init__(f"the input already has a column {column!r}", "rename or remove it", path=path, row=1)


class UnknownStanceError(DataError):
    """A label is not a stance of the codebook."""

    def __init__(self, stance: str, known_stances: Sequence[str], path: Path | str, row: int | None) -> None:
        similar = get_close_matches(stance.casefold(), known_stances, n=1, cutoff=0.5)
        hint = f"did you mean {similar[0]!r}? Write that" if similar else f"use one of {', '.join(known_stances)}"
        super().__init__(f"unknown stance {stance!r}", f"{hint}, or add the stance to the codebook", path=path, row=row)


class UnknownCommentError(DataError):
    """No sheet has the text of a labelled comment."""

    def __init__(self, comment_id: str, path: Path | str, row: int | None) -> None:
        super().__init__(
            f"no text for comment {comment_id!r} in these sheets",
            "also name the sheet that has its text, or fill in its text",
            path=path,
            row=row,
        )


class TextMismatchError(DataError):
    """Two rows with the same comment id have different texts."""

    def __init__(self, comment_id: str, path: Path | str, row: int | None) -> None:
        super().__init__(
            f"comment {comment_id!r} has another text here than in an earlier row",
            "give each comment an id of its own, or leave out the column comment_id",
            path=path,
            row=row,
        )


class InvalidPassError(DataError):
    """The pass of a label is neither a number nor `adjudicated`."""

    def __init__(self, value: str, path: Path | str, row: int | None) -> None:
        super().__init__(f"unknown pass {value!r}", "write 1, 2, ... or adjudicated", path=path, row=row)


class InvalidSamplingInfoError(DataError):
    """A cell that says how a comment was sampled has an unknown value."""

    def __init__(self, column: str, value: str, remedy: str, path: Path | str, row: int | None) -> None:
        super().__init__(f"unknown {column} {value!r}", remedy, path=path, row=row)


class ConflictingLabelsError(DataError):
    """Annotators disagree on a comment, and nobody has adjudicated."""

    def __init__(
        self, comment_id: str, stances: Sequence[str], n_others: int, path: Path | str, row: int | None
    ) -> None:
        more = f" (and {n_others} more such comments)" if n_others else ""
        super().__init__(
            f"comment {comment_id!r} is labelled {' and '.join(stances)}{more}",
            "run 'stance adjudicate', or add a row with its comment_id, a stance, and pass = adjudicated",
            path=path,
            row=row,
        )


class SingleStanceError(DataError):
    """All labels are of one stance, so that there is nothing to learn."""

    def __init__(self, stance: str) -> None:
        super().__init__(f"only the stance {stance!r} has labels", "label comments of at least two stances")


class CodebookError(ConfigurationError):
    """A codebook has an error."""

    def __init__(self, path: Path | str, reason: str, remedy: str = "see labels/codebook.toml for the format") -> None:
        super().__init__(f"codebook: {reason}", remedy, path=path)


class LayoutError(ConfigurationError):
    """The declaration of a footer layout has an error."""

    def __init__(
        self,
        name: str | None,
        reason: str,
        path: Path | str | None = None,
        remedy: str = "see docs/reference/layouts.md for the format",
    ) -> None:
        subject = "footer layouts" if name is None else f"footer layout {name!r}"
        super().__init__(f"{subject}: {reason}", remedy, path=path)


class InvalidModelFileError(ModelError):
    """A file is not a model of stance, or was tampered with; nothing in it has been executed."""

    def __init__(self, path: Path | str, reason: str) -> None:
        super().__init__(f"not a stance model, {reason}", "make one with 'stance train'", path=path)


class OutputExistsError(FileError):
    """An output would overwrite an existing file."""

    def __init__(self, path: Path | str) -> None:
        super().__init__("the file already exists", "name another one, or overwrite it with --force", path=path)


class UnknownTargetError(ModelError):
    """A model does not have a target, or has several and none is named."""

    def __init__(
        self, target: str | None, targets: Sequence[str], path: Path | str | None = None, row: int | None = None
    ) -> None:
        if target is None:
            cause = "the model has several targets"
            remedy = f"name one with --target, or the target column with --target-column: {', '.join(targets)}"
        elif targets == ("",):
            cause = f"the model has no targets, so not {target!r}"
            remedy = "leave --target out, or train on labels with a target column"
        else:
            cause = f"the model has no target {target!r}" if target else "the target is empty"
            remedy = f"the model has {', '.join(targets)}"
        super().__init__(cause, remedy, path=path, row=row)
