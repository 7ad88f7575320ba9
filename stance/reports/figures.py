"""Pictures as a reader meets them: each with a title, how to read it, and the same figures as a table.

What cannot be drawn is said in words; there is never an empty picture.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from stance.reports import charts
from stance.reports.summary import MEASURES, find_headline, get_model_system, list_confusion_stances
from stance.reports.text_format import (
    CONFIDENCE_LEVEL,
    NOT_AVAILABLE,
    format_count,
    format_number,
    format_percent,
    format_recall,
    format_score,
    has_interval,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    JsonObject = Mapping[str, Any]

MAX_TERMS = 10


@dataclass(frozen=True)
class Figure:
    """One picture as SVG, how to read it, and its figures as a table; `lead` holds with and without the picture."""

    title: str
    lead: str = ""
    reading: str = ""
    drawing: str = ""
    columns: tuple[str, ...] = ()
    rows: tuple[tuple[str, ...], ...] = ()

    @property
    def lettered(self) -> tuple[bool, ...]:
        """Which columns hold words; the others hold figures."""
        return tuple(place == 0 or any(_is_text(row[place]) for row in self.rows) for place in range(len(self.columns)))


def build_system_figure(scheme: JsonObject, measure: str, title: str = "The model beside simple rules") -> Figure:
    """Show how the systems of a scheme compare."""
    systems, name = scheme["systems"], MEASURES[measure][0]
    lead = ""
    reading = (
        f"Each dot is a system's {name}, the line through it its {CONFIDENCE_LEVEL} interval; further right is better."
    )
    if not any(has_interval(system.get(measure)) for system in systems):
        lead = "There is no interval for these figures."
        reading = f"Each dot is a system's {name}; further right is better."
    given = [each for each in MEASURES if any(system.get(each) is not None for system in systems)]
    columns = ("system", *(MEASURES[each][0] for each in given))
    rows = tuple((system["system"], *(format_score(system.get(each)) for each in given)) for system in systems)
    return Figure(title, lead, reading, charts.draw_system_chart(systems, measure, title, reading), columns, rows)


def build_stance_figure(scheme: JsonObject, title: str = "Stance by stance") -> Figure:
    """Show how well each stance is found."""
    stances = get_model_system(scheme).get("stances") or ()
    if not stances:
        return Figure(title, "There are no figures by stance.")
    reading = (
        "A bar is the share of a stance's comments that were found (recall); "
        f"the line is its {CONFIDENCE_LEVEL} interval."
    )
    rows = tuple(
        (
            each["stance"],
            format_count(each["n"]),
            format_count(each.get("hits")) if each["n"] else NOT_AVAILABLE,
            format_recall(each),
            format_number(each.get("precision")),
            format_number(each.get("f1")),
        )
        for each in stances
    )
    columns = ("stance", "labels", "found", "recall", "precision", "F1")
    return Figure(title, "", reading, charts.draw_stance_chart(stances, title, reading), columns, rows)


def build_confusion_figure(scheme: JsonObject, stances: Sequence[str], title: str = "What is taken for what") -> Figure:
    """Show which stance is answered for which."""
    matrix, columns = get_model_system(scheme).get("confusion") or {}, list_confusion_stances(scheme, stances)
    if not columns:
        return Figure(title, "There is no table of answers.")
    reading = (
        "Each row holds the comments of one true stance, counted by what the model answered; framed are the right "
        "answers, and the stronger a field's colour, the larger its share of the row."
    )
    if (scheme.get("repeats") or 1) > 1:
        reading += f" Counts are means over {scheme['repeats']} repeats, so they need not be whole."
    ordered = {stance: matrix.get(stance, {}) for stance in columns if stance in matrix or stance in stances}
    rows = tuple(
        (stance, *(format_count(row.get(column, 0.0)) for column in columns)) for stance, row in ordered.items()
    )
    drawing = charts.draw_confusion_matrix(ordered, columns, title, reading)
    return Figure(title, "", reading, drawing, ("true stance", *columns), rows)


def tabulate_articles(scheme: JsonObject) -> Figure | None:
    """Show the comments under each article that were answered right, where the scheme speaks of articles."""
    found = get_model_system(scheme).get("articles") or ()
    if not found:
        return None
    lead = "How many comments under each article were answered right by models that saw none of them."
    rows = tuple((each["article_id"], format_count(each["hits"]), format_count(each["n"])) for each in found)
    return Figure("Article by article", lead, columns=("article", "right", "comments"), rows=rows)


def build_reliability_figure(metrics: JsonObject) -> Figure:
    """Show whether a confidence can be taken at its word."""
    title, calibration = "Can its confidence be believed?", metrics.get("calibration") or {}
    reason, done = calibration.get("reason"), bool(calibration.get("calibrated"))
    bins, before = calibration.get("reliability") or (), calibration.get("reliability_before") or ()
    because = f": {reason}" if reason else ""
    lead = "" if done else f"The model's confidence is not calibrated{because}. Do not read it as a probability."
    if not bins:
        return Figure(title, lead or "Its confidence is calibrated, but too few answers were tested to show how well.")
    reading = (
        "Of the answers given with confidence 0.7, seven in ten should be right: then the dots lie on the diagonal. "
        "Below it the model is too sure of itself, above it too modest."
    )
    before, name = (before, "calibrated") if done else ((), "not calibrated")
    drawing = charts.draw_reliability_diagram(bins, before, title, reading, name)
    rows = [_format_bin(each, name) for each in bins] + [_format_bin(each, "before") for each in before]
    columns = ("calibration", "confidence from", "to", "answers", "mean confidence", "share right")
    return Figure(title, lead, reading, drawing, columns, tuple(rows))


def build_risk_coverage_figure(metrics: JsonObject) -> Figure:
    """Show what is won by leaving unsure comments unanswered."""
    title, points = "What if unsure comments stay unanswered?", metrics.get("risk_coverage") or ()
    if not points:
        return Figure(title, "It cannot be said what leaving out unsure comments would bring.")
    lead = "With --min-confidence, predict answers cannot-tell where the model is less sure than that."
    reading = (
        "From right to left, ever more of the comments that the model is least sure of are left out; "
        "a line that rises to the left means that the rest is answered better."
    )
    rows = tuple(
        (format_percent(each["coverage"]), format_number(each["confidence"]), format_number(each["accuracy"]))
        for each in charts.select_coverage_points(points, [place / 10 for place in range(10, 0, -1)])
    )
    columns = ("comments answered", "at a confidence from", "accuracy")
    return Figure(title, lead, reading, charts.draw_risk_coverage_curve(points, title, reading), columns, rows)


def build_learning_curve_figure(metrics: JsonObject) -> Figure:
    """Show how the headline figure grew with the labels, and say whether more of them would help."""
    title, curve, first = "Would more labels help?", metrics.get("learning_curve") or {}, find_headline(metrics)
    lead = curve.get("sentence") or "It cannot be told whether more labels would help."
    points, measure = curve.get("points") or (), first.measure if first else "macro_f1"
    if any(each.get(measure) is None for each in points):
        measure = "macro_f1"
    if len(points) < 2:  # noqa: PLR2004 - a line needs two
        return Figure(title, lead)
    name = MEASURES[measure][0]
    reading = (
        f"The line is the {name} reached with so many labels, the band its interval; a line still rising wants more."
    )
    drawing = charts.draw_learning_curve(points, measure, title, reading, name)
    rows = tuple(
        (format_count(each["n"]), format_score({**each, "value": each[measure]}), format_number(each.get("accuracy")))
        for each in points
    )
    return Figure(title, lead, reading, drawing, ("labels", name, "accuracy"), rows)


def build_term_figures(metrics: JsonObject) -> list[Figure]:
    """Show the terms that pull most toward each stance."""
    return [_build_term_figure(each) for each in metrics.get("top_terms") or ()]


def _build_term_figure(entry: JsonObject) -> Figure:
    title = f"{entry['stance']} ({entry['target']})" if entry.get("target") else entry["stance"]
    terms = (entry.get("terms") or ())[:MAX_TERMS]
    if not terms:
        return Figure(title, "No term pulls toward this stance.")
    # How to read a bar is said once, above all of these; those who only hear the page hear it with each.
    description = "The longer the bar, the more the term pulls an answer toward this stance."
    away = any(each["weight"] < 0 for each in terms)
    rows = tuple((each["term"], format_number(each["weight"], sign=True)) for each in terms)
    drawing = charts.draw_term_chart(terms, title, description)
    return Figure(
        title, "", "Bars in the second colour push away from it." if away else "", drawing, ("term", "pull"), rows
    )


def _is_text(cell: str) -> bool:
    return not cell.startswith(NOT_AVAILABLE) and any(map(str.isalpha, cell))


def _format_bin(bin_scores: JsonObject, calibration_state: str) -> tuple[str, ...]:
    low, high, mean = (format_number(bin_scores[key]) for key in ("low", "high", "confidence"))
    return (calibration_state, low, high, format_count(bin_scores["n"]), mean, format_score(bin_scores["right"]))
