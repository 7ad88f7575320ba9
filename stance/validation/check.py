"""Run all checks on labelling sheets, in the order in which people should read the findings."""

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
from stance.io.paths import check_input_path
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
    linked_labels,
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
    provenance.find_unreadable_openings,
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
    linked_labels.find_linked_labels,
    linked_labels.find_repeated_examples,
    columns.find_differing_columns,
    damaged_cells.find_formulas,
)


_UNREAD_RULES = {"unreadable-sheet", "missing-column"}
_TOO_FEW_LABELS_RULES = {"no-labels", "one-stance", "one-text", "nothing-to-test-by"}


@dataclass(frozen=True)
class CheckOptions:
    """What to check.

    Attributes
    ----------
    sheets
        The labelling sheets.
    model_path
        The model; its out-of-fold predictions beside it are compared with the labels.
    codebook_path
        The codebook; None means the one beside the sheets, if there is one.
    use_codebook
        Whether to compare stances with a codebook at all.
    columns
        Names of the columns of sheets without a header.
    delimiter
        The delimiter of the sheets; None means auto-detected.
    column_names
        The names that columns such as `text` have in the sheets.
    """

    sheets: tuple[Path, ...]
    model_path: Path
    codebook_path: Path | None = None
    use_codebook: bool = True
    columns: tuple[str, ...] | None = None
    delimiter: str | None = None
    column_names: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class CheckResult:
    """The findings, and what was checked.

    Attributes
    ----------
    findings
        Errors first, then warnings, then notes.
    sheets
        The sheets that were read.
    codebook
        The codebook that was read; None without one.
    n_rows
        The number of rows of the sheets.
    n_comments
        The number of comments in them.
    n_labels
        The number of labels that count.
    texts
        The text of each comment, by comment_id.
    """

    findings: tuple[Finding, ...]
    sheets: tuple[str, ...]
    codebook: str | None
    n_rows: int
    n_comments: int
    n_labels: int
    texts: Mapping[str, str]

    def count_findings(self, severity: Severity) -> int:
        """Return the number of findings of a severity."""
        return sum(finding.severity == severity for finding in self.findings)


def check(options: CheckOptions) -> CheckResult:
    """Check labelling sheets, their codebook, and their agreement with a model.

    Raises
    ------
    MissingFileError, UnreadableFileError
        A sheet or the codebook does not exist, or is a folder.

    Examples
    --------
    >>> from pathlib import Path
    >>> result = check(CheckOptions((Path("labels/csto.csv"),), Path("models/stance.joblib")))  # doctest: +SKIP
    >>> [finding.message for finding in result.findings]  # doctest: +SKIP
    """
    sheets, findings = _read_sheets(options)
    codebook_path, codebook, codebook_findings = _read_codebook_if_any(options)
    findings += codebook_findings
    context = build_check_context(sheets, codebook)
    for find in _CHECKS:
        findings += find(context)
    findings += label_issues.find_suspect_labels(context, options.model_path)
    # What seems to be missing may be in a file that could not be read.
    uncertain_rules = {"unknown-stance"} if codebook_findings else set()
    if any(finding.rule_id in _UNREAD_RULES for finding in findings):
        uncertain_rules |= _TOO_FEW_LABELS_RULES
    findings = [finding for finding in findings if finding.rule_id not in uncertain_rules]
    severities, rule_ids = list(Severity), list(dict.fromkeys(finding.rule_id for finding in findings))
    findings.sort(key=lambda finding: (severities.index(finding.severity), rule_ids.index(finding.rule_id)))
    return CheckResult(
        findings=tuple(findings),
        sheets=tuple(map(str, options.sheets)),
        codebook=str(codebook_path) if codebook_path else None,
        n_rows=len(context.rows),
        n_comments=int(context.rows["comment_id"].nunique()),
        n_labels=len(context.last_rows),
        texts=context.texts,
    )


def _read_sheets(options: CheckOptions) -> tuple[list[Sheet], list[Finding]]:
    """Read the sheets; an unreadable one is replaced by an empty sheet, so that the others are still checked."""
    sheets, findings = [], []
    for path in options.sheets:
        location = (Location(str(path)),)
        check_input_path(path)
        try:
            sheet = read_sheet_with_journal(path, options.columns, options.delimiter)
            sheet = sheet_file.rename_columns(sheet, options.column_names)
        except (ColumnExistsError, EmptyTableError, MissingColumnError, UnreadableFileError) as error:
            rule_id = "missing-column" if isinstance(error, MissingColumnError) else "unreadable-sheet"
            findings.append(Finding(rule_id, str(error), location))
            sheet = Sheet(path, pd.DataFrame(columns=list(tables.SHEET_COLUMNS), dtype="str"), SheetDialect())
        findings += [Finding("guessed-encoding", message, location) for message in sheet.encoding_warnings]
        findings += [Finding("rows-in-a-cell", message, location) for message in sheet.parse_warnings]
        findings += [Finding("labels-in-journal", message, location) for message in sheet.journal_warnings]
        sheets.append(sheet)
    return sheets, findings


def _read_codebook_if_any(options: CheckOptions) -> tuple[Path | None, Codebook | None, list[Finding]]:
    if not options.use_codebook:
        return None, None, []
    try:
        path = options.codebook_path or find_codebook(options.sheets)
        return path, read_codebook(path) if path else None, []
    except CodebookError as error:
        return None, None, [Finding("unreadable-codebook", str(error))]
