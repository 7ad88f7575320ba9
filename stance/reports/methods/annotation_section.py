"""The section of a methods text on the annotators: their labels, their agreement, and adjudication."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stance.reports.figures import Figure
from stance.reports.methods.document import NOT_RECORDED, Section, compose, join_sentences
from stance.reports.text_format import CONFIDENCE_LEVEL, format_count, format_score, join_with_and
from stance.wording import pluralise

if TYPE_CHECKING:
    from collections.abc import Sequence

    from stance.reports.methods.document import Paragraph
    from stance.reports.text_format import JsonObject


def build_annotation_section(metrics: JsonObject) -> Section:
    """Return the section on the annotators: their labels, their agreement, and adjudication."""
    labelling = metrics.get("labelling") or {}
    annotators = labelling.get("annotators") or ()
    if not annotators:
        return Section("Annotation", (compose(f"The annotators are {NOT_RECORDED}."),))
    names = "; ".join(map(_describe_annotator, annotators))
    who = join_sentences(
        compose("Labels by annotator: {names}.", names=names),
        compose("Marked as unsure: {n}.", n=pluralise(labelling.get("unsure") or 0, "label")),
        compose(
            "The annotators are known by these names only: who they are, how they were trained, and whether they saw "
            f"the labels of others is {NOT_RECORDED}."
        ),
    )
    blocks: list[Paragraph | Figure] = [who, join_sentences(*_describe_agreement(labelling))]
    if len(pairs := metrics.get("annotators") or ()) > 1:
        blocks.append(_tabulate_pairs(pairs))
    blocks.append(_describe_adjudication(labelling, annotators, has_targets=len(metrics.get("targets") or ()) > 1))
    return Section("Annotation", tuple(blocks))


def _describe_annotator(annotator: JsonObject) -> str:
    passes = annotator.get("passes") or {}
    by_pass = [f"{format_count(n)} in pass {number}" for number, n in passes.items()]
    details = []
    if annotator["labels"]:
        details.append(
            pluralise(annotator["labels"], "label") + (f", {join_with_and(by_pass)}" if len(by_pass) > 1 else "")
        )
    if annotator.get("adjudications"):
        details.append(pluralise(annotator["adjudications"], "adjudication"))
    first, last = annotator.get("first_date"), annotator.get("last_date")
    when = f"from {first} to {last}" if first != last else f"on {first}"
    details.append(when if first else f"dates {NOT_RECORDED}")
    name = "no name recorded" if annotator["annotator"] is None else annotator["annotator"]
    return f"{name} ({'; '.join(details)})"


def _describe_agreement(labelling: JsonObject) -> list[Paragraph]:
    overall, repeated = labelling.get("overall"), labelling.get("self_consistency") or ()
    if not overall:
        sentences = [compose("No two annotators labelled the same comments, so their agreement is unknown.")]
    else:
        sentences = [
            compose(
                "The first labels of {names} were compared on {n} that at least two of them labelled: {coefficients}.",
                names=join_with_and(overall["annotators"]),
                n=_count_items(overall["n"], has_targets=overall["n"] != overall["comments"]),
                coefficients=_format_coefficients(overall),
            )
        ]
    sentences += [
        compose(
            "{name} labelled {n} again (pass {number}): {coefficients}. This is the consistency of one annotator, not "
            "agreement between annotators.",
            name=comparison["annotators"][0],
            n=_count_items(comparison["n"], has_targets=comparison["n"] != comparison["comments"]),
            number=comparison["pass"],
            coefficients=_format_coefficients(comparison),
        )
        for comparison in repeated
    ]
    if overall or repeated:
        sentences.append(
            compose(
                "Chance-corrected agreement is measured by Cohen's kappa [@cohen1960], for two annotators only, and "
                "Krippendorff's alpha [@krippendorff2011]. Numbers in brackets are {level} intervals for further "
                "comments like those compared, by the Bayesian bootstrap over comments [@rubin1981] with one imaginary "
                "comment added, wherever it changes the coefficient most [@walley1996].",
                level=CONFIDENCE_LEVEL,
            )
        )
    return sentences


def _count_items(n: int, *, has_targets: bool) -> str:
    """Return the number of items with their noun; what has a stance is a comment, or a comment and a target."""
    if not has_targets:
        return pluralise(n, "comment")
    return f"{pluralise(n, 'pair')} of a comment and a target"


def _format_coefficients(comparison: JsonObject) -> str:
    return ", ".join(
        f"{name} {format_score(comparison[key])}"
        for key, name in (
            ("observed", "observed agreement"),
            ("kappa", "Cohen's kappa"),
            ("alpha", "Krippendorff's alpha"),
        )
        if comparison.get(key)
    )


def _tabulate_pairs(pairs: Sequence[JsonObject]) -> Figure:
    rows = tuple(
        (
            f"{pair['first']} and {pair['second']}",
            format_count(pair["n"]),
            *(format_score(pair.get(key)) for key in ("accuracy", "kappa", "alpha")),
        )
        for pair in pairs
    )
    columns = ("annotators", "compared", "observed agreement", "Cohen's kappa", "Krippendorff's alpha")
    return Figure("Agreement of pairs of annotators", columns=columns, rows=rows)


def _describe_adjudication(labelling: JsonObject, annotators: Sequence[JsonObject], *, has_targets: bool) -> Paragraph:
    adjudicators = [
        f"{annotator['annotator'] or 'no name recorded'} ({format_count(annotator['adjudications'])})"
        for annotator in annotators
        if annotator.get("adjudications")
    ]
    n_differing, n_adjudicated = labelling.get("disagreements"), labelling.get("adjudicated") or 0
    if n_differing is None:
        differing = compose(f"How many comments have labels that differ is {NOT_RECORDED}.")
    elif not n_differing:
        differing = compose("No comment has labels that differ.")
    else:
        items = _count_items(n_differing, has_targets=has_targets)
        differing = compose("{n} {verb} labels that differ.", n=items, verb="has" if n_differing == 1 else "have")
    adjudicated = compose("No comment was adjudicated.")
    if adjudicators:
        items = f"{_count_items(n_adjudicated, has_targets=has_targets)} {'was' if n_adjudicated == 1 else 'were'}"
        adjudicated = compose("{n} adjudicated, by {who}.", n=items, who=join_with_and(adjudicators))
    resolved = compose(
        "The stance of a comment is that of its last adjudication or, without one, the stance of all its labels."
    )
    return join_sentences(differing, adjudicated, resolved)
