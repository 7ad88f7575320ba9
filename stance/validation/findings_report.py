"""Format the findings of `stance check` as text for the terminal, and as JSON."""

from __future__ import annotations

import textwrap
from itertools import groupby
from typing import TYPE_CHECKING, Any

from stance.reports.terminal_tables import MAX_LISTED
from stance.reports.text_format import replace_unprintable
from stance.validation.rules import CHECK_RULES, Severity
from stance.wording import pluralise

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from stance.validation.check import CheckResult
    from stance.validation.findings import Finding, Location

_MAX_LENGTH = 600  # characters of a sentence, which may quote a long name
_MIN_TEXT_WIDTH = 20  # fewer characters of a comment say nothing

_SEVERITY_MEANINGS = {
    Severity.ERROR: "training stops until these are corrected",
    Severity.WARNING: "look at this",
    Severity.NOTE: "good to know",
}


def format_findings(result: CheckResult, width: int, *, errors_only: bool = False, verbose: bool = False) -> str:
    """Return the findings as text, the most severe first, each with what to do and the first of its locations."""
    lines: list[str] = []
    for severity, of_severity in groupby(result.findings, key=lambda finding: finding.severity):
        if errors_only and severity != Severity.ERROR:
            break
        lines += [f"{severity.upper()}S: {_SEVERITY_MEANINGS[severity]}", ""]
        for rule_id, of_rule in groupby(of_severity, key=lambda finding: finding.rule_id):
            lines.append(f"  {rule_id}")
            for finding in of_rule:
                lines += _format_finding(finding, result.texts, width, verbose=verbose)
            lines += [*_wrap_text(f"-> {CHECK_RULES[rule_id].remedy}", width, "    ", "       "), ""]
    return "\n".join(lines)


def summarise_check(result: CheckResult) -> str:
    """Return a sentence with the numbers of what was checked and of the findings."""
    counts = (pluralise(result.n_labels, "label"), pluralise(result.n_comments, "comment"))
    rows = f"{pluralise(result.n_rows, 'row')} of {pluralise(len(result.sheets), 'sheet')}"
    codebook = f"with {result.codebook}" if result.codebook else "without a codebook"
    counts_by_severity = {severity: result.count_findings(severity) for severity in Severity}
    findings = ", ".join(pluralise(count, severity) for severity, count in counts_by_severity.items() if count)
    return f"checked {', '.join(counts)}, {rows} {codebook}: {findings or 'nothing found'}"


def findings_to_json(result: CheckResult) -> dict[str, Any]:
    """Return the findings for JSON, with all locations and without the texts of comments."""
    return {
        "sheets": list(result.sheets),
        "codebook": result.codebook,
        "rows": result.n_rows,
        "comments": result.n_comments,
        "labels": result.n_labels,
        "errors": result.count_findings(Severity.ERROR),
        "warnings": result.count_findings(Severity.WARNING),
        "notes": result.count_findings(Severity.NOTE),
        "findings": [
            {
                "severity": str(finding.severity),
                "kind": finding.rule_id,
                "what": finding.message,
                "do": finding.remedy,
                "where": [
                    {
                        "file": location.path,
                        "row": location.row,
                        "comment_id": location.comment_id,
                        "detail": location.detail,
                    }
                    for location in finding.locations
                ],
            }
            for finding in result.findings
        ],
    }


def _format_finding(finding: Finding, texts: Mapping[str, str], width: int, *, verbose: bool) -> Iterator[str]:
    n_rows = sum(location.row is not None for location in finding.locations)
    row_count = f" ({pluralise(n_rows, 'row')})" if n_rows > 1 else ""
    yield from _wrap_text(f"{finding.message}{row_count}", width, "    ", "    ")
    shown = finding.locations if verbose else finding.locations[:MAX_LISTED]
    for location in shown:
        yield _format_finding_location(location, texts.get(location.comment_id, ""), width)
    if n_more := len(finding.locations) - len(shown):
        yield f"      ... and {pluralise(n_more, 'more row')}, --verbose prints all"


def _format_finding_location(location: Location, text: str, width: int) -> str:
    """Return a location as one line, with the beginning of the comment if there is space for it."""
    file_and_row = location.path if location.row is None else f"{location.path}:{location.row}"
    parts = (file_and_row, location.comment_id, location.detail)
    line = "  ".join(_to_single_line(part)[:_MAX_LENGTH] for part in parts if part)
    text_width = width - len(line) - len("        ''")
    if not text or text_width < _MIN_TEXT_WIDTH or location.detail.startswith("text: "):
        return f"      {line}"
    text = _to_single_line(text)
    return f"      {line}  '{text if len(text) <= text_width else text[: text_width - 1] + '…'}'"


def _wrap_text(text: str, width: int, first_indent: str, indent: str) -> Iterable[str]:
    return textwrap.wrap(
        _to_single_line(text)[:_MAX_LENGTH],
        width,
        initial_indent=first_indent,
        subsequent_indent=indent,
        break_long_words=False,
        break_on_hyphens=False,
    )


def _to_single_line(text: str) -> str:
    return " ".join(replace_unprintable(text).split())
