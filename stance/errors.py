"""What can go wrong, said in one line: the cause, where, and what to do next."""

from __future__ import annotations

from difflib import get_close_matches
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path


class StanceError(Exception):
    """A run cannot go on for a reason that the user can mend."""

    def __init__(self, cause: str, remedy: str, *, path: Path | str | None = None, row: int | None = None) -> None:
        place = "" if path is None else f" ({path})" if row is None else f" ({path}:{row})"
        super().__init__(f"{cause}{place}: {remedy}")

    def __reduce__(self) -> tuple[Any, ...]:
        return _unpickle_error, (type(self), str(self))


def _unpickle_error(kind: type[StanceError], message: str) -> StanceError:
    """Make an error of its message, whatever else its class wants to be made of."""
    return kind.__new__(kind, message)


class UsageError(StanceError, ValueError):
    """Arguments exclude each other, or one has a value that is not among its choices."""


class MissingFileError(StanceError):
    """A file or folder that was named is not there."""

    def __init__(self, path: Path | str) -> None:
        super().__init__("no such file", "check the path, or leave it out to use the default", path=path)


class MissingModelError(StanceError):
    """There is no trained model yet."""

    def __init__(self, path: Path | str) -> None:
        super().__init__("no model there", "train one with 'stance train', or name another by --model", path=path)


class UnreadableFileError(StanceError):
    """A file is there but cannot be read as what it should be."""

    def __init__(self, path: Path | str, reason: str, remedy: str, *, row: int | None = None) -> None:
        super().__init__(reason, remedy, path=path, row=row)


class MergeConflictError(UnreadableFileError):
    """A file holds two versions of some lines, as git leaves them when it cannot merge them."""

    def __init__(self, path: Path | str, lines: Sequence[int]) -> None:
        numbers = ", ".join(f":{line}" for line in lines)
        super().__init__(
            f"{path}{numbers}", "git has left two versions of some lines", "keep one, and remove its marks"
        )


class UnwritableFileError(StanceError):
    """An output cannot be written where it was asked for."""

    def __init__(self, path: Path | str, reason: str) -> None:
        super().__init__(f"cannot be written, {reason.lower()}", "name another place", path=path)


class SheetInUseError(StanceError):
    """Another process writes to the same sheet."""

    def __init__(self, path: Path | str) -> None:
        super().__init__(
            "another 'stance' is writing to this sheet",
            "end it first, or label a copy: commands take several sheets and bring their labels together",
            path=path,
        )


class UnmergedLabelsError(StanceError):
    """Labels are in the journal of a sheet and cannot be written into the sheet."""

    def __init__(self, problem: StanceError | OSError, n_labels: int, path: Path, journal: Path) -> None:
        reason = str(problem)
        if isinstance(problem, OSError):
            reason = f"{(problem.strerror or reason).lower()} ({path}): close other programs that have it open"
        counted = "1 label is" if n_labels == 1 else f"{n_labels} labels are"
        super().__init__(
            f"{counted} kept in {journal.name}, since the sheet cannot take them", f"{reason}, then run this again"
        )


class OutputIsInputError(StanceError):
    """An output would overwrite what it is made from, or another output."""

    def __init__(self, path: Path | str) -> None:
        super().__init__("this output is also an input or another output", "name another file for it", path=path)


class EmptyTableError(StanceError):
    """A table has no rows to work on."""

    def __init__(self, path: Path | str, what: str = "rows") -> None:
        super().__init__(f"no {what} in it", "add some rows, or name another file", path=path)


class MissingColumnError(StanceError):
    """A table lacks a column that is needed."""

    def __init__(self, column: str, present: Iterable[str], path: Path | str, remedy: str | None = None) -> None:
        columns = ", ".join(present) or "none"
        advice = remedy or f"rename a column to {column!r}"
        super().__init__(f"no column {column!r}, there are: {columns}", advice, path=path, row=1)


class ColumnExistsError(StanceError):
    """The input has a column by the name of one that is to be added."""

    def __init__(self, column: str, path: Path | str) -> None:
        super().__init__(f"the input already has a column {column!r}", "rename or remove it", path=path, row=1)


class UnknownStanceError(StanceError):
    """A label is not one of the codebook's stances."""

    def __init__(self, stance: str, known: Sequence[str], path: Path | str, row: int | None) -> None:
        near = get_close_matches(stance.casefold(), known, n=1, cutoff=0.5)
        hint = f"did you mean {near[0]!r}?" if near else f"use one of {', '.join(known)}"
        super().__init__(f"unknown stance {stance!r}", f"{hint} (or train with --no-codebook)", path=path, row=row)


class UnknownCommentError(StanceError):
    """A label names a comment whose text no given sheet holds."""

    def __init__(self, comment_id: str, path: Path | str, row: int | None) -> None:
        super().__init__(
            f"no text for comment {comment_id!r} in the sheets given",
            "name the sheet that holds its text as well, or fill in its text",
            path=path,
            row=row,
        )


class TextMismatchError(StanceError):
    """One comment id stands beside two different texts."""

    def __init__(self, comment_id: str, path: Path | str, row: int | None) -> None:
        super().__init__(
            f"comment {comment_id!r} has another text here than in an earlier row",
            "give each comment an id of its own, or leave out the column comment_id",
            path=path,
            row=row,
        )


class InvalidPassError(StanceError):
    """The pass of a label is neither a number nor an adjudication."""

    def __init__(self, value: str, path: Path | str, row: int | None) -> None:
        super().__init__(f"unknown pass {value!r}", "write 1, 2, ... or adjudicated", path=path, row=row)


class InvalidSamplingInfoError(StanceError):
    """It is not said in the known words how a comment was chosen, or with which probability."""

    def __init__(self, column: str, value: str, remedy: str, path: Path | str, row: int | None) -> None:
        super().__init__(f"unknown {column} {value!r}", remedy, path=path, row=row)


class ConflictingLabelsError(StanceError):
    """Annotations of one comment disagree and nobody has adjudicated."""

    def __init__(
        self, comment_id: str, stances: Sequence[str], n_others: int, path: Path | str, row: int | None
    ) -> None:
        more = f" (and {n_others} more such comments)" if n_others else ""
        super().__init__(
            f"comment {comment_id!r} is labelled {' and '.join(stances)}{more}",
            "decide by 'stance adjudicate', or add a row with its comment_id, a stance, and pass = adjudicated",
            path=path,
            row=row,
        )


class SingleStanceError(StanceError):
    """There is nothing to tell apart."""

    def __init__(self, stance: str) -> None:
        super().__init__(f"only the stance {stance!r} has labels", "label comments of at least two stances")


class CodebookError(StanceError):
    """A codebook is not written as it should be."""

    def __init__(self, path: Path | str, reason: str, remedy: str = "see labels/codebook.toml for the form") -> None:
        super().__init__(f"codebook: {reason}", remedy, path=path)


class LayoutError(StanceError):
    """A declared footer layout is not written as it should be."""

    def __init__(
        self,
        name: str | None,
        reason: str,
        path: Path | str | None = None,
        remedy: str = "see docs/layouts.md for the form",
    ) -> None:
        what = "footer layouts" if name is None else f"footer layout {name!r}"
        super().__init__(f"{what}: {reason}", remedy, path=path)


class InvalidModelFileError(StanceError):
    """A file is no model of this program, or was tampered with; nothing of it was run."""

    def __init__(self, path: Path | str, reason: str) -> None:
        super().__init__(f"not a stance model, {reason}", "make one with 'stance train'", path=path)


class OutputExistsError(StanceError):
    """An output would overwrite a file that is not the command's own."""

    def __init__(self, path: Path | str) -> None:
        super().__init__("the file is there already", "name another one, or overwrite it with --force", path=path)


class UnknownTargetError(StanceError):
    """A model knows no stance toward a target, or has to be told toward which of several."""

    def __init__(
        self, target: str | None, known: Sequence[str], path: Path | str | None = None, row: int | None = None
    ) -> None:
        if target is None:
            cause = "the model has several targets"
            remedy = f"name one by --target, or the column that does by --target-column: {', '.join(known)}"
        elif known == ("",):
            cause = f"the model has no targets, {target!r} is none of them"
            remedy = "leave --target out, or train on labels with a target column"
        else:
            cause = f"the model has no target {target!r}" if target else "no target is named"
            remedy = f"the model has {', '.join(known)}"
        super().__init__(cause, remedy, path=path, row=row)
