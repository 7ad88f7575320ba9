"""The record of a training run as a Markdown model card."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from markupsafe import Markup

from stance.reports import figures, provenance, summary
from stance.reports.rendering import render
from stance.reports.text_format import LEVEL, shown

if TYPE_CHECKING:
    from collections.abc import Mapping

# What means something to Markdown wherever it stands: emphasis, code, tags, cells, entities, formulas, and what makes
# a link of brackets. An underscore inside a word means nothing.
_MARKS = re.compile(r"[\\`*<>|~$]|(?<!\S)#|(?<![^\W_])_|_(?![^\W_])|&(?=#?\w+;)|(?<=\])[(\[:]")
# What would make a line a list, a heading, a rule or a box to tick.
_LINE_START = re.compile(r"^(\d+(?=[.)](?: |$))|(?=[-+=][-= ]|[-+=]$|\[))")


def card(metrics: Mapping[str, Any]) -> str:
    """Write the model card of a model, in the sections that Mitchell et al. propose.

    Parameters
    ----------
    metrics
        What `metrics.json` holds.

    Raises
    ------
    StanceError
        The record is of another form than this version reads.

    References
    ----------
    Mitchell et al. (2019), Model cards for model reporting, FAT* '19.
    """
    summary.check(metrics)
    first = summary.headline(metrics)
    return render(
        "card.md",
        lambda text: Markup(markdown(text)),  # noqa: S704 - escaped for Markdown, so HTML's escapes would be shown
        stances=metrics["stances"],
        targets=metrics.get("targets") or (),
        notes=metrics.get("notes") or (),
        version=((metrics.get("provenance") or {}).get("versions") or {}).get("stance"),
        first=first,
        amount=summary.how_much(metrics),
        range=summary.range_of(first.figure) if first else "",
        model=summary.what_it_is(first.scheme) if first else "",
        limits=summary.limits(metrics),
        comparisons=summary.comparisons(first.scheme, first.measure) if first else (),
        choices=provenance.choices(metrics),
        decision=provenance.decision(metrics),
        provenance=provenance.provenance(metrics),
        labels=provenance.labels(metrics),
        tested=[summary.tested(scheme) for scheme in metrics["schemes"]],
        analyses=_analyses(metrics),
        learning=figures.learning(metrics).lead,
        measures=summary.MEASURES.values(),
        level=LEVEL,
        told=_told,
    )


def markdown(text: str) -> str:
    r"""Escape a foreign text so that Markdown shows it as it is, in one line.

    >>> print(markdown("*a* | <b>"), markdown("# 1"), markdown("1. b"), markdown("F_avg [0.1, 0.2]"))
    \*a\* \| \<b\> \# 1 1\. b F_avg [0.1, 0.2]
    """
    line = " ".join(shown(text).split())
    return _LINE_START.sub(r"\1\\", _MARKS.sub(r"\\\g<0>", line))


def _analyses(metrics: Mapping[str, Any]) -> list[figures.Exhibit]:
    """Collect the tables, scheme by scheme, then what holds for all."""
    found: list[figures.Exhibit | None] = []
    first = summary.headline(metrics)
    for scheme in metrics["schemes"]:
        where = summary.named(scheme)
        found.append(figures.compared(scheme, first.measure if first else "macro_f1", where))
        if scheme["scheme"] == summary.MAIN_SCHEME:
            stances = summary.group_names(metrics) if scheme.get("groups") else metrics["stances"]
            found.append(figures.by_stance(scheme, f"{where}, stance by stance"))
            found.append(figures.confused(scheme, stances, f"{where}, what is taken for what"))
    found += [
        provenance.annotators(metrics),
        provenance.second_stances(metrics),
        provenance.calibration(metrics),
        figures.reliable(metrics),
        figures.answered(metrics),
    ]
    return [each for each in found if each is not None]


def _told(exhibit: figures.Exhibit) -> Markup:
    """Write what an exhibit says without its picture: its sentence and its table."""
    rule = ["---" if words else "---:" for words in exhibit.lettered]
    cells = [[markdown(cell) for cell in row] for row in (exhibit.columns, *exhibit.rows)]
    lines = [f"| {' | '.join(line)} |" for line in (cells[0], rule, *cells[1:])] if exhibit.rows else []
    return Markup("\n\n".join(filter(None, (markdown(exhibit.lead), "\n".join(lines)))))  # noqa: S704 - as above
