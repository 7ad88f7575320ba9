"""Findings as people read them on a terminal, and as JSON."""

from __future__ import annotations

import textwrap
from itertools import groupby
from typing import TYPE_CHECKING, Any

from stance.reports.text_format import pluralise, replace_unprintable
from stance.validation.rules import CHECK_RULES, Severity

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from stance.validation.check import CheckResult
    from stance.validation.findings import Finding, Location

_MAX_LOCATIONS = 24
_MAX_LENGTH = 600  # letters of a sentence, which a foreign name may make long
_MIN_TEXT_WIDTH = 20  # letters of a comment that say anything


def format_findings(result: CheckResult, width: int, *, errors_only: bool = False) -> str:
    """Write the findings, the worst first, each with what to do and where; of many rows the first ones."""
    lines: list[str] = []
    for severity, findings in groupby(result.findings, key=lambda finding: finding.severity):
        if errors_only and severity != Severity.ERROR:
            break
        lines += [f"{severity.upper()}S: {_SEVERITY_MEANINGS[severity]}", ""]
        for kind, alike in groupby(findings, key=lambda finding: finding.rule_id):
            lines += [
                f"  {kind}",
                *(line for finding in alike for line in _format_finding(finding, result.texts, width)),
            ]
            lines += [*_wrap_text(f"-> {CHECK_RULES[kind].remedy}", width, "    ", "       "), ""]
    return "\n".join(lines)


_SEVERITY_MEANINGS = {
    Severity.ERROR: "training refuses these labels until this is mended",
    Severity.WARNING: "look at this",
    Severity.NOTE: "good to know",
}


def summarise_check(result: CheckResult) -> str:
    """Say in a sentence what was checked, and how much was found."""
    what = ", ".join(
        (pluralise(result.n_labels, "label"), pluralise(result.n_comments, "comment"), pluralise(result.n_rows, "row"))
    )
    by = f"by {result.codebook}" if result.codebook else "without a codebook"
    found = ", ".join(
        pluralise(result.count_findings(severity), severity) for severity in Severity if result.count_findings(severity)
    )
    return f"checked {what} of {pluralise(len(result.sheets), 'sheet')} {by}: {found or 'nothing found'}"


def findings_to_json(result: CheckResult) -> dict[str, Any]:
    """Give the findings, with all rows and no text of a comment, for JSON."""
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
                    {"file": place.path, "row": place.row, "comment_id": place.comment_id, "detail": place.detail}
                    for place in finding.locations
                ],
            }
            for finding in result.findings
        ],
    }


def _format_finding(finding: Finding, texts: Mapping[str, str], width: int) -> Iterator[str]:
    rows = sum(place.row is not None for place in finding.locations)
    of_rows = f" ({pluralise(rows, 'row')})" if rows > 1 else ""
    yield from _wrap_text(f"{finding.message}{of_rows}", width, "    ", "    ")
    first = finding.locations[:_MAX_LOCATIONS]
    for place in first:
        yield _format_finding_location(place, texts.get(place.comment_id, ""), width)
    if rest := len(finding.locations) - len(first):
        yield f"      ... and {pluralise(rest, 'more row')}, --json lists all"


def _format_finding_location(location: Location, text: str, width: int) -> str:
    where = location.path if location.row is None else f"{location.path}:{location.row}"
    told = "  ".join(
        _to_single_line(part)[:_MAX_LENGTH] for part in (where, location.comment_id, location.detail) if part
    )
    room = width - len(told) - len("        ''")
    if not text or room < _MIN_TEXT_WIDTH or location.detail.startswith("text: "):
        return f"      {told}"
    line = _to_single_line(text)
    return f"      {told}  '{line if len(line) <= room else line[: room - 1] + '…'}'"


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
