"""Tabulate the comments, the codebook and the annotators that a model was trained with."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stance.reports.figures import Figure
from stance.reports.text_format import NOT_AVAILABLE, format_count, format_score, join_with_and
from stance.wording import pluralise

if TYPE_CHECKING:
    from collections.abc import Mapping

    from stance.reports.text_format import JsonObject

MAX_OUTLETS = 20
"""The number of outlets shown; metrics.json contains all of them."""

SELECTION_METHODS: Mapping[str | None, str] = {
    "random": "drawn at random",
    "given": "given, not drawn at random",
    "uncertain": "selected because a model was uncertain",
    "disagree": "selected because labels, or a model and a label, differed",
    None: "not recorded",
}
"""How comments were selected for labelling, by the value of the column `sampled`."""


def tabulate_comments(metrics: JsonObject) -> list[Figure]:
    """Show from which outlets and from when the labelled comments are, and how they were selected."""
    corpus = metrics.get("corpus")
    if not corpus:
        return [Figure("Outlets, dates and sampling", "The metrics do not record where the comments are from.")]
    outlets = corpus["outlets"]
    rows = tuple((outlet["host"], format_count(outlet["comments"])) for outlet in outlets[:MAX_OUTLETS])
    sources = Figure(
        "Outlets and dates", " ".join(_describe_sources(corpus)), columns=("outlet", "comments"), rows=rows
    )
    sampling = tuple(
        (
            SELECTION_METHODS.get(sample["method"], sample["method"]),
            format_count(sample["comments"]),
            _format_probability(sample),
            ", ".join(sample["seeds"]) or NOT_AVAILABLE,
        )
        for sample in corpus["sampling"]
    )
    statement = f"Of {pluralise(corpus['comments_in_sheets'], 'comment')} in the sheets, {_count(corpus)} labelled."
    columns = ("how the labelled comments were selected", "comments", "inclusion probability", "random seed")
    return [sources, Figure("Sampling", statement, columns=columns, rows=sampling)]


def tabulate_codebook(metrics: JsonObject) -> list[Figure]:
    """Show the title, the definitions and the rules of the codebook."""
    codebook = metrics.get("codebook")
    if not codebook:
        return [Figure("Definitions", "The metrics do not record the codebook.")]
    stances, versions = codebook["stances"] or (), codebook["labels_by_version"]
    if not any(stance["definition"] or stance["rules"] for stance in stances):
        return [Figure("Definitions", "No definitions of the stances are recorded.")]
    statement = f"Codebook: {codebook['title']}. " if codebook["title"] else ""
    statement += (
        f"Given with these definitions and rules: {pluralise(versions['current'], 'label')}; with other ones: "
        f"{format_count(versions['other'])}; not recorded: {format_count(versions['not_recorded'])}."
    )
    rows = tuple(
        (
            stance["stance"],
            stance["definition"] or NOT_AVAILABLE,
            " ".join(stance["rules"]) or "none",
            stance["version"],
        )
        for stance in stances
    )
    definitions = Figure("Definitions", statement, columns=("stance", "definition", "rules", "version"), rows=rows)
    rules = tuple((str(number), rule) for number, rule in enumerate(codebook["rules"], 1))
    return [definitions, *([Figure("Rules for all stances", columns=("number", "rule"), rows=rules)] if rules else [])]


def tabulate_labelling(metrics: JsonObject) -> Figure:
    """Show who labelled and adjudicated how many comments."""
    title, labelling = "Who labelled", metrics.get("labelling")
    if not labelling:
        return Figure(title, "The metrics do not record who labelled.")
    items = "Pairs of a comment and a target" if len(metrics.get("targets") or ()) > 1 else "Comments"
    statement = (
        f"{items} with different labels: {format_count(labelling['disagreements'])}; adjudicated: "
        f"{format_count(labelling['adjudicated'])}; labels marked as unsure: {format_count(labelling['unsure'])}."
    )
    rows = tuple(
        (
            "no name recorded" if annotator["annotator"] is None else annotator["annotator"],
            format_count(annotator["labels"]),
            ", ".join(f"pass {number}: {format_count(n)}" for number, n in annotator["passes"].items())
            or NOT_AVAILABLE,
            format_count(annotator["adjudications"]),
            _format_period(annotator),
        )
        for annotator in labelling["annotators"]
    )
    columns = ("annotator", "labels", "labels by pass", "adjudications", "dates of labelling")
    return Figure(title, statement, columns=columns, rows=rows)


def tabulate_agreement(metrics: JsonObject) -> Figure:
    """Show how well annotators predict each other's labels, which a model can hardly exceed."""
    title, pairs, labelling = "Agreement", metrics.get("annotators") or (), metrics.get("labelling") or {}
    overall, repeated = labelling.get("overall"), labelling.get("self_consistency") or ()
    statement = "One annotator scored against another on the comments labelled by both, to compare with the model."
    if not pairs:
        statement = "No two annotators labelled the same comments, so it is unknown how hard the task is."
    rows = [
        (
            f"{pair['first']} and {pair['second']}",
            format_count(pair["n"]),
            *(format_score(pair.get(key)) for key in ("accuracy", "macro_f1", "kappa", "alpha")),
        )
        for pair in pairs
    ]
    comparisons = [(f"{comparison['annotators'][0]}, pass {comparison['pass']}", comparison) for comparison in repeated]
    if overall and len(pairs) > 1:
        comparisons.insert(0, (f"all: {join_with_and(overall['annotators'])}", overall))
    for name, comparison in comparisons:
        observed, kappa, alpha = (format_score(comparison[key]) for key in ("observed", "kappa", "alpha"))
        rows.append((name, format_count(comparison["n"]), observed, NOT_AVAILABLE, kappa, alpha))
    if rows:
        statement += " Intervals are for further comments like those compared."
    if repeated:
        statement += " A later pass is compared with the first one of the same annotator."
    columns = ("annotators", "comments", "observed agreement", "macro F1", "Cohen's kappa", "Krippendorff's alpha")
    return Figure(title, statement, columns=columns if rows else (), rows=tuple(rows))


def _describe_sources(corpus: JsonObject) -> list[str]:
    outlets, others, dates = corpus["outlets"], corpus["other_sources"], corpus["dates"]
    sentences = []
    if len(outlets) > MAX_OUTLETS:
        sentences.append(f"The first {MAX_OUTLETS} of {pluralise(len(outlets), 'outlet')}.")
    if n_without_outlet := others["comments"] + corpus["without_source"]:
        sentences.append(
            f"Outlet not recorded: {pluralise(n_without_outlet, 'comment')}, whose source is empty or not an address."
        )
    if dates["comments"]:
        n_dated = f"{format_count(dates['comments'])} of {pluralise(corpus['comments'], 'comment')}"
        sentences.append(f"Written from {dates['first']} to {dates['last']}, a date being recorded for {n_dated}.")
    else:
        sentences.append("The dates of the comments are not recorded.")
    return sentences


def _count(corpus: JsonObject) -> str:
    return f"{format_count(corpus['comments'])} {'is' if corpus['comments'] == 1 else 'are'}"


def _format_probability(sample: JsonObject) -> str:
    probability = sample["probability"]
    if probability["low"] is None:
        return NOT_AVAILABLE
    low, high = f"{probability['low']:.4g}", f"{probability['high']:.4g}"
    incomplete = "" if probability["comments"] == sample["comments"] else f" ({format_count(probability['comments'])})"
    return (low if low == high else f"{low} to {high}") + incomplete


def _format_period(annotator: JsonObject) -> str:
    first, last = annotator["first_date"], annotator["last_date"]
    if not first:
        return NOT_AVAILABLE
    return first if first == last else f"{first} to {last}"
