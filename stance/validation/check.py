"""All checks of labels, in the order in which people should read them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pandas as pd

from stance import tables
from stance.errors import (
    CodebookError,
    ColumnTakenError,
    EmptyTableError,
    MissingColumnError,
    UnreadableFileError,
)
from stance.labels.codebook import find_codebook, read_codebook
from stance.labels.sheets import sheet_file
from stance.labels.sheets.sheet_file import Sheet, SheetDialect
from stance.labels.sheets.unmerged import read_sheet_with_journal
from stance.validation import (
    columns,
    contradictions,
    damaged_cells,
    label_counts,
    label_issues,
    provenance,
    unknown_values,
)
from stance.validation.context import material
from stance.validation.findings import Finding, Place
from stance.validation.rules import Severity

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from stance.labels.codebook import Codebook

_CHECKS = (
    columns.missing,
    unknown_values.unknown_stances,
    unknown_values.unknown_words,
    contradictions.missing_targets,
    contradictions.two_texts,
    contradictions.missing_texts,
    contradictions.conflicts,
    label_counts.enough_to_train,
    contradictions.adjudications,
    contradictions.sheets_differ,
    contradictions.changed,
    contradictions.equal_texts,
    provenance.codebook_versions,
    provenance.missing_names,
    provenance.draws,
    damaged_cells.spreadsheet_errors,
    damaged_cells.damaged_ids,
    damaged_cells.cut_texts,
    damaged_cells.garbled_texts,
    damaged_cells.control_characters,
    damaged_cells.apostrophes,
    columns.misspelt,
    columns.similar_ids,
    columns.similar_names,
    columns.equal_rows,
    label_counts.of_stances,
    label_counts.of_targets,
    label_counts.to_choose_by,
    columns.differing,
    damaged_cells.formulas,
)


_UNREAD = {"unreadable-sheet", "missing-column"}
_MISSING = {"no-labels", "one-stance", "one-text", "nothing-to-test-by"}


@dataclass(frozen=True)
class Request:
    """What to check; `codebook` None means the one beside the sheets, if there is one."""

    sheets: tuple[Path, ...]
    model: Path
    codebook: Path | None = None
    use_codebook: bool = True
    columns: tuple[str, ...] | None = None
    delimiter: str | None = None
    called: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Checked:
    """What was checked and found.

    Attributes
    ----------
    findings
        Errors first, then warnings, then notes.
    sheets, codebook
        The files that were read.
    rows, comments, labels
        How many there are: rows of sheets, comments in them, and labels that count.
    texts
        The text of each comment.
    """

    findings: tuple[Finding, ...]
    sheets: tuple[str, ...]
    codebook: str | None
    rows: int
    comments: int
    labels: int
    texts: Mapping[str, str]

    def count(self, severity: Severity) -> int:
        """Count the findings that are so bad."""
        return sum(finding.severity == severity for finding in self.findings)


def check(request: Request) -> Checked:
    """Read sheets and codebook, and look for all that may be wrong with them.

    Raises
    ------
    MissingFileError
        A sheet or the codebook that was named is not there.
    """
    read, found = _read(request)
    source, codebook, unreadable = _codebook(request)
    found += unreadable
    gathered = material(read, codebook)
    for each in _CHECKS:
        found += each(gathered)
    found += label_issues.suspects(gathered, request.model)
    # What could not be read may hold what seems to be missing.
    unsure = {"unknown-stance"} if unreadable else set()
    if any(finding.kind in _UNREAD for finding in found):
        unsure |= _MISSING
    found = [finding for finding in found if finding.kind not in unsure]
    worst, order = list(Severity), list(dict.fromkeys(finding.kind for finding in found))
    return Checked(
        findings=tuple(sorted(found, key=lambda each: (worst.index(each.severity), order.index(each.kind)))),
        sheets=tuple(map(str, request.sheets)),
        codebook=str(source) if source else None,
        rows=len(gathered.rows),
        comments=int(gathered.rows["comment_id"].nunique()),
        labels=len(gathered.last),
        texts=gathered.texts,
    )


def _read(request: Request) -> tuple[list[Sheet], list[Finding]]:
    """Read the sheets; one that cannot be read is empty, so that it does not hide what is wrong with others."""
    read, found = [], []
    for path in request.sheets:
        try:
            sheet = read_sheet_with_journal(path, request.columns, request.delimiter)
            sheet = sheet_file.rename_columns(sheet, request.called)
        except (ColumnTakenError, EmptyTableError, MissingColumnError, UnreadableFileError) as error:
            kind = "missing-column" if isinstance(error, MissingColumnError) else "unreadable-sheet"
            found.append(Finding(kind, str(error), (Place(str(path)),)))
            sheet = Sheet(path, pd.DataFrame(columns=list(tables.SHEET_COLUMNS), dtype="str"), SheetDialect())
        found += [Finding("guessed-encoding", warning, (Place(str(path)),)) for warning in sheet.encoding_warnings]
        found += [Finding("rows-in-a-cell", message, (Place(str(path)),)) for message in sheet.parse_warnings]
        found += [Finding("labels-in-journal", message, (Place(str(path)),)) for message in sheet.journal_warnings]
        read.append(sheet)
    return read, found


def _codebook(request: Request) -> tuple[Path | None, Codebook | None, list[Finding]]:
    if not request.use_codebook:
        return None, None, []
    try:
        source = request.codebook or find_codebook(request.sheets)
        return source, read_codebook(source) if source else None, []
    except CodebookError as error:
        return None, None, [Finding("unreadable-codebook", str(error))]
