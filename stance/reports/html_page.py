"""The record of a training run as one HTML page that loads nothing, for people who know no machine learning."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from stance.reports import figures, provenance, summary
from stance.reports.rendering import render
from stance.reports.text_format import cut, number, shown

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd

    from stance.reports.figures import Exhibit

    Figures = Mapping[str, Any]

MOST_COMMENTS = 50
"""More misread comments than this nobody reads; oof.csv has all of them."""

MOST_LETTERS = 600
"""A comment is cut here, visibly."""


@dataclass(frozen=True)
class _Section:
    """A part of the page: its anchor, its title, sentences, pictures."""

    anchor: str
    title: str
    words: tuple[str, ...]
    exhibits: tuple[Exhibit, ...]


@dataclass(frozen=True)
class _Comment:
    """A comment as the page shows it: what was said of it, and what helps to judge that."""

    label: str
    answer: str
    told: str
    text: str
    title: str
    target: str
    comment_id: str
    terms: str


def page(metrics: Figures, suspects: pd.DataFrame, misread: pd.DataFrame) -> str:
    """Write the report on a model.

    Parameters
    ----------
    metrics
        What `metrics.json` holds.
    suspects
        Labels that may be wrong, the most doubtful first: comment_id, article_title, target, text, stance, suggested,
        probability, and terms where known.
    misread
        Comments that the model answers wrong: the same with predicted and share.

    Raises
    ------
    StanceError
        The record is of another form than this version reads.
    """
    summary.check(metrics)
    first = summary.headline(metrics)
    return render(
        "page.html",
        shown,
        stances=metrics["stances"],
        targets=metrics.get("targets") or (),
        labelled=metrics["labels"]["n"],
        first=first,
        amount=summary.how_much(metrics),
        range=summary.range_of(first.figure) if first else "",
        limits=summary.limits(metrics),
        beside=figures.compared(first.scheme, first.measure) if first else None,
        model=summary.what_it_is(first.scheme) if first else "",
        human=summary.human(metrics, first.measure) if first else "",
        comparisons=summary.comparisons(first.scheme, first.measure) if first else (),
        sections=_sections(metrics),
        labels=_given(provenance.labels(metrics), provenance.annotators(metrics), provenance.second_stances(metrics)),
        terms=figures.top_terms(metrics),
        suspects=_comments(suspects, "suggested", "probability", "probability of the label"),
        misread=_comments(misread, "predicted", "share", "share of runs that answered so"),
        many_misread=max(0, len(misread) - MOST_COMMENTS),
        made=_given(
            provenance.choices(metrics),
            provenance.decision(metrics),
            provenance.calibration(metrics),
            provenance.provenance(metrics),
        ),
    )


def _sections(metrics: Figures) -> list[_Section]:
    stances, targets = metrics["stances"], metrics.get("targets") or ()
    overall = _scheme_sections(metrics, None, "All targets together" if len(targets) > 1 else "Every stance")
    several = [
        section
        for place, target in enumerate(targets if len(targets) > 1 else (), 1)
        for section in _scheme_sections(metrics, target, f"Toward {target}", f"target-{place}")
    ]
    groups = summary.schemes(metrics, groups=True)
    coarse = [
        _Section(
            "groups", "Stances in groups", ("Each stance, true and answered, is replaced by its group.",),
            (figures.by_stance(groups[0]), figures.confused(groups[0], summary.group_names(metrics) or stances)),
        )
    ] if groups else []  # fmt: skip
    trust = _Section(
        "confidence", "How sure it is",
        ("An answer has a confidence between 0 and 1, in the column “confidence” that stance predict writes.",),
        (figures.reliable(metrics), figures.answered(metrics)),
    )  # fmt: skip
    more = _Section("next", "What to do next", tuple(metrics.get("notes") or ()), (figures.learning(metrics),))
    return [*overall, *several, *coarse, trust, more]


def _scheme_sections(metrics: Figures, target: str | None, title: str, anchor: str = "overall") -> list[_Section]:
    """Show the scheme that is spoken of first in full, and of the others how the systems compare."""
    first = summary.headline(metrics, target)
    if first is None:
        return []
    stances = metrics["stances"]
    shown_first = [figures.by_stance(first.scheme), figures.confused(first.scheme, stances)]
    if target is not None:
        shown_first.insert(0, figures.compared(first.scheme, first.measure))
    sections = [_Section(anchor, title, (summary.tested(first.scheme),), tuple(shown_first))]
    for place, scheme in enumerate(summary.schemes(metrics, target), 1):
        if scheme is first.scheme:
            continue
        parts = (figures.compared(scheme, first.measure, "The systems"), figures.articles(scheme))
        sections.append(_Section(f"{anchor}-{place}", summary.named(scheme), (summary.tested(scheme),), _given(*parts)))
    return sections


def _given(*found: Exhibit | None) -> tuple[Exhibit, ...]:
    return tuple(each for each in found if each is not None)


def _comments(frame: pd.DataFrame, answer: str, figure: str, name: str) -> list[_Comment]:
    return [
        _Comment(
            label=row["stance"],
            answer=row[answer],
            told=f"{name} {number(row[figure])}",
            text=cut(shown(row["text"]), MOST_LETTERS),
            title=cut(shown(row["article_title"]), MOST_LETTERS),
            target=row["target"],
            comment_id=row["comment_id"],
            terms=cut(shown(row.get("terms", "")), MOST_LETTERS),
        )
        for row in frame.head(MOST_COMMENTS).to_dict("records")
    ]
