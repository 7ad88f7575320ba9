"""All checks of labels, in the order in which people should read them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pandas as pd

from stance import tables
from stance.errors import (
    CodebookError,
    ColumnExistsError,
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
from stance.validation.context import build_check_context
from stance.validation.findings import Finding, Location
from stance.validation.rules import Severity

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from stance.labels.codebook import Codebook

_CHECKS = (
    columns.find_missing_columns,
    unknown_values.find_unknown_stances,
    unknown_values.find_unknown_values,
    contradictions.find_missing_targets,
    contradictions.find_conflicting_texts,
    contradictions.find_missing_texts,
    contradictions.find_label_conflicts,
    label_counts.find_training_blockers,
    contradictions.find_differing_adjudications,
    contradictions.find_differing_sheets,
    contradictions.find_changed_labels,
    contradictions.find_inconsistent_duplicates,
    provenance.find_outdated_labels,
    provenance.find_missing_provenance,
    provenance.find_incomplete_samples,
    damaged_cells.find_spreadsheet_errors,
    damaged_cells.find_damaged_ids,
    damaged_cells.find_truncated_texts,
    damaged_cells.find_garbled_texts,
    damaged_cells.find_control_characters,
    damaged_cells.find_apostrophes,
    columns.find_misspelt_columns,
    columns.find_similar_ids,
    columns.find_similar_names,
    columns.find_equal_rows,
    label_counts.find_scarce_stances,
    label_counts.find_scarce_targets,
    label_counts.find_search_blockers,
    columns.find_differing_columns,
    damaged_cells.find_formulas,
)


_UNREAD_RULES = {"unreadable-sheet", "missing-column"}
_TOO_FEW_LABELS_RULES = {"no-labels", "one-stance", "one-text", "nothing-to-test-by"}


@dataclass(frozen=True)
class CheckOptions:
    """What to check; `codebook_path` None means the one beside the sheets, if there is one."""

    sheets: tuple[Path, ...]
    model_path: Path
    codebook_path: Path | None = None
    use_codebook: bool = True
    columns: tuple[str, ...] | None = None
    delimiter: str | None = None
    column_names: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class CheckResult:
    """What was checked and found.

    Attributes
    ----------
    findings
        Errors first, then warnings, then notes.
    sheets, codebook
        The files that were read.
    n_rows, n_comments, n_labels
        How many there are: rows of sheets, comments in them, and labels that count.
    texts
        The text of each comment.
    """

    findings: tuple[Finding, ...]
    sheets: tuple[str, ...]
    codebook: str | None
    n_rows: int
    n_comments: int
    n_labels: int
    texts: Mapping[str, str]

    def count_findings(self, severity: Severity) -> int:
        """Count the findings that are so bad."""
        return sum(finding.severity == severity for finding in self.findings)


def check(options: CheckOptions) -> CheckResult:
    """Read sheets and codebook, and look for all that may be wrong with them.

    Raises
    ------
    MissingFileError
        A sheet or the codebook that was named is not there.
    """
    read, found = _read_sheets(options)
    source, codebook, unreadable = _read_codebook_if_any(options)
    found += unreadable
    gathered = build_check_context(read, codebook)
    for each in _CHECKS:
        found += each(gathered)
    found += label_issues.find_suspect_labels(gathered, options.model_path)
    # What could not be read may hold what seems to be missing.
    unsure = {"unknown-stance"} if unreadable else set()
    if any(finding.rule_id in _UNREAD_RULES for finding in found):
        unsure |= _TOO_FEW_LABELS_RULES
    found = [finding for finding in found if finding.rule_id not in unsure]
    worst, order = list(Severity), list(dict.fromkeys(finding.rule_id for finding in found))
    return CheckResult(
        findings=tuple(sorted(found, key=lambda each: (worst.index(each.severity), order.index(each.rule_id)))),
        sheets=tuple(map(str, options.sheets)),
        codebook=str(source) if source else None,
        n_rows=len(gathered.rows),
        n_comments=int(gathered.rows["comment_id"].nunique()),
        n_labels=len(gathered.last_rows),
        texts=gathered.texts,
    )


def _read_sheets(options: CheckOptions) -> tuple[list[Sheet], list[Finding]]:
    """Read the sheets; one that cannot be read is empty, so that it does not hide what is wrong with others."""
    read, found = [], []
    for path in options.sheets:
        try:
            sheet = read_sheet_with_journal(path, options.columns, options.delimiter)
            sheet = sheet_file.rename_columns(sheet, options.column_names)
        except (ColumnExistsError, EmptyTableError, MissingColumnError, UnreadableFileError) as error:
            kind = "missing-column" if isinstance(error, MissingColumnError) else "unreadable-sheet"
            found.append(Finding(kind, str(error), (Location(str(path)),)))
            sheet = Sheet(path, pd.DataFrame(columns=list(tables.SHEET_COLUMNS), dtype="str"), SheetDialect())
        found += [Finding("guessed-encoding", warning, (Location(str(path)),)) for warning in sheet.encoding_warnings]
        found += [Finding("rows-in-a-cell", message, (Location(str(path)),)) for message in sheet.parse_warnings]
        found += [Finding("labels-in-journal", message, (Location(str(path)),)) for message in sheet.journal_warnings]
        read.append(sheet)
    return read, found


def _read_codebook_if_any(options: CheckOptions) -> tuple[Path | None, Codebook | None, list[Finding]]:
    if not options.use_codebook:
        return None, None, []
    try:
        source = options.codebook_path or find_codebook(options.sheets)
        return source, read_codebook(source) if source else None, []
    except CodebookError as error:
        return None, None, [Finding("unreadable-codebook", str(error))]
