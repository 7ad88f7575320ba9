"""Findings as people read them on a terminal, and as JSON."""

from __future__ import annotations

import textwrap
from itertools import groupby
from typing import TYPE_CHECKING, Any

from stance.reports.text_format import counted, shown
from stance.validation.rules import KINDS, Severity

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from stance.validation.check import Checked
    from stance.validation.findings import Finding, Place

_MOST_PLACES = 24
_LONGEST = 600  # letters of a sentence, which a foreign name may make long
_LEAST_TEXT = 20  # letters of a comment that say anything


def findings_text(checked: Checked, width: int, *, errors_only: bool = False) -> str:
    """Write the findings, the worst first, each with what to do and where; of many rows the first ones."""
    lines: list[str] = []
    for severity, findings in groupby(checked.findings, key=lambda finding: finding.severity):
        if errors_only and severity != Severity.ERROR:
            break
        lines += [f"{severity.upper()}S: {_MEANING[severity]}", ""]
        for kind, alike in groupby(findings, key=lambda finding: finding.kind):
            lines += [f"  {kind}", *(line for finding in alike for line in _finding(finding, checked.texts, width))]
            lines += [*_filled(f"-> {KINDS[kind].remedy}", width, "    ", "       "), ""]
    return "\n".join(lines)


_MEANING = {
    Severity.ERROR: "training refuses these labels until this is mended",
    Severity.WARNING: "look at this",
    Severity.NOTE: "good to know",
}


def summary(checked: Checked) -> str:
    """Say in a sentence what was checked, and how much was found."""
    what = ", ".join(
        (counted(checked.labels, "label"), counted(checked.comments, "comment"), counted(checked.rows, "row"))
    )
    by = f"by {checked.codebook}" if checked.codebook else "without a codebook"
    found = ", ".join(counted(checked.count(severity), severity) for severity in Severity if checked.count(severity))
    return f"checked {what} of {counted(len(checked.sheets), 'sheet')} {by}: {found or 'nothing found'}"


def findings_json(checked: Checked) -> dict[str, Any]:
    """Give the findings, with all rows and no text of a comment, for JSON."""
    return {
        "sheets": list(checked.sheets),
        "codebook": checked.codebook,
        "rows": checked.rows,
        "comments": checked.comments,
        "labels": checked.labels,
        "errors": checked.count(Severity.ERROR),
        "warnings": checked.count(Severity.WARNING),
        "notes": checked.count(Severity.NOTE),
        "findings": [
            {
                "severity": str(finding.severity),
                "kind": finding.kind,
                "what": finding.what,
                "do": finding.remedy,
                "where": [
                    {"file": place.path, "row": place.row, "comment_id": place.comment_id, "detail": place.detail}
                    for place in finding.places
                ],
            }
            for finding in checked.findings
        ],
    }


def _finding(finding: Finding, texts: Mapping[str, str], width: int) -> Iterator[str]:
    rows = sum(place.row is not None for place in finding.places)
    of_rows = f" ({counted(rows, 'row')})" if rows > 1 else ""
    yield from _filled(f"{finding.what}{of_rows}", width, "    ", "    ")
    first = finding.places[:_MOST_PLACES]
    for place in first:
        yield _place(place, texts.get(place.comment_id, ""), width)
    if rest := len(finding.places) - len(first):
        yield f"      ... and {counted(rest, 'more row')}, --json lists all"


def _place(place: Place, text: str, width: int) -> str:
    where = place.path if place.row is None else f"{place.path}:{place.row}"
    told = "  ".join(_line(part)[:_LONGEST] for part in (where, place.comment_id, place.detail) if part)
    room = width - len(told) - len("        ''")
    if not text or room < _LEAST_TEXT or place.detail.startswith("text: "):
        return f"      {told}"
    line = _line(text)
    return f"      {told}  '{line if len(line) <= room else line[: room - 1] + '…'}'"


def _filled(text: str, width: int, first: str, further: str) -> Iterable[str]:
    return textwrap.wrap(
        _line(text)[:_LONGEST],
        width,
        initial_indent=first,
        subsequent_indent=further,
        break_long_words=False,
        break_on_hyphens=False,
    )


def _line(text: str) -> str:
    return " ".join(shown(text).split())
