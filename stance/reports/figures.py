"""Build the figures of the reports: a chart with a title, a caption, and the same numbers as a table.

Where there is nothing to draw, a figure has a sentence that says so instead of an empty chart.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

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
    from collections.abc import Sequence

    from stance.reports.text_format import JsonObject

MAX_TERMS = 10


@dataclass(frozen=True)
class Figure:
    """A chart, a table or both.

    Attributes
    ----------
    title
        The title.
    statement
        A sentence that holds with and without the chart, and is all that there is if there is no data.
    caption
        How to read the chart.
    svg
        The chart, "" for a table without a chart.
    columns
        The column names of the table.
    rows
        The cells of the table.
    """

    title: str
    statement: str = ""
    caption: str = ""
    svg: str = ""
    columns: tuple[str, ...] = ()
    rows: tuple[tuple[str, ...], ...] = ()

    @property
    def is_text_column(self) -> tuple[bool, ...]:
        """Whether each column holds text; the others hold numbers."""
        return tuple(index == 0 or any(_is_text(row[index]) for row in self.rows) for index in range(len(self.columns)))


def build_system_figure(scheme: JsonObject, measure: str, title: str = "The model compared with baselines") -> Figure:
    """Compare the systems of a scheme."""
    systems, measure_name = scheme["systems"], MEASURES[measure][0]
    caption = f"Each dot is the {measure_name} of a system, the line its {CONFIDENCE_LEVEL} interval; right is better."
    if not any(has_interval(system.get(measure)) for system in systems):
        caption = f"Each dot is the {measure_name} of a system; right is better."
    measures = [key for key in MEASURES if any(system.get(key) is not None for system in systems)]
    columns = ("system", *(MEASURES[key][0] for key in measures))
    rows = tuple((system["system"], *(format_score(system.get(key)) for key in measures)) for system in systems)
    return Figure(title, "", caption, charts.draw_system_chart(systems, measure, title, caption), columns, rows)


def build_stance_figure(scheme: JsonObject, title: str = "Scores by stance") -> Figure:
    """Show the recall, precision and F1 of each stance."""
    stances = get_model_system(scheme).get("stances") or ()
    if not stances:
        return Figure(title, "There are no scores by stance.")
    caption = (
        "A bar is the share of the comments of a stance that were recognised (recall); "
        f"the line is its {CONFIDENCE_LEVEL} interval."
    )
    rows = tuple(
        (
            stance["stance"],
            format_count(stance["n"]),
            format_count(stance.get("hits")) if stance["n"] else NOT_AVAILABLE,
            format_recall(stance),
            format_number(stance.get("precision")),
            format_number(stance.get("f1")),
        )
        for stance in stances
    )
    columns = ("stance", "labels", "recognised", "recall", "precision", "F1")
    return Figure(title, "", caption, charts.draw_stance_chart(stances, title, caption), columns, rows)


def build_confusion_figure(scheme: JsonObject, stances: Sequence[str], title: str = "Confusion matrix") -> Figure:
    """Show which stances are predicted for the comments of each true stance."""
    matrix, columns = get_model_system(scheme).get("confusion") or {}, list_confusion_stances(scheme, stances)
    if not columns:
        return Figure(title, "There is no confusion matrix.")
    caption = (
        "Each row holds the comments of one true stance, counted by predicted stance. Correct predictions are framed; "
        "the stronger the colour of a cell, the larger its share of the row."
    )
    if (scheme.get("repeats") or 1) > 1:
        caption += f" Counts are means over {scheme['repeats']} repeats, so they may have decimals."
    ordered = {stance: matrix.get(stance, {}) for stance in columns if stance in matrix or stance in stances}
    rows = tuple(
        (stance, *(format_count(row.get(column, 0.0)) for column in columns)) for stance, row in ordered.items()
    )
    svg = charts.draw_confusion_matrix(ordered, columns, title, caption)
    return Figure(title, "", caption, svg, ("true stance", *columns), rows)


def tabulate_articles(scheme: JsonObject, titles: JsonObject) -> Figure | None:
    """Return the correct predictions per article; None if the scheme is not by article."""
    articles = get_model_system(scheme).get("articles") or ()
    if not articles:
        return None
    statement = "Correct predictions per article, by models that were trained without the comments of the article."
    names = [titles.get(article["article_id"]) or article["article_id"] for article in articles]
    counts = [(format_count(article["hits"]), format_count(article["n"])) for article in articles]
    rows = tuple((name, *cells) for name, cells in zip(names, counts, strict=True))
    return Figure("Scores by article", statement, columns=("article", "correct", "comments"), rows=rows)


def build_reliability_figure(metrics: JsonObject) -> Figure:
    """Show whether the confidence of predictions equals the share of correct ones."""
    title, calibration = "Is its confidence reliable?", metrics.get("calibration") or {}
    is_calibrated = bool(calibration.get("calibrated"))
    bins, bins_before = calibration.get("reliability") or (), calibration.get("reliability_before") or ()
    reason = f": {calibration['reason']}" if calibration.get("reason") else ""
    statement = ""
    if not is_calibrated:
        statement = f"The model's confidence is not calibrated{reason}. Do not interpret it as a probability."
    if not bins:
        return Figure(
            title, statement or "Its confidence is calibrated, but too few comments were tested to show how well."
        )
    caption = (
        "Of the predictions with a confidence of 0.7, seven in ten should be correct: then the dots lie on the "
        "diagonal. Below the diagonal the model is overconfident, above it underconfident."
    )
    bins_before, state = (bins_before, "calibrated") if is_calibrated else ((), "not calibrated")
    svg = charts.draw_reliability_diagram(bins, bins_before, title, caption, state)
    rows = [_format_bin(scores, state) for scores in bins] + [_format_bin(scores, "before") for scores in bins_before]
    columns = ("calibration", "confidence from", "to", "predictions", "mean confidence", "share correct")
    return Figure(title, statement, caption, svg, columns, tuple(rows))


def build_risk_coverage_figure(metrics: JsonObject) -> Figure:
    """Show how the accuracy grows if uncertain comments get no prediction."""
    title, points = "What if uncertain comments get no prediction?", metrics.get("risk_coverage") or ()
    if not points:
        return Figure(title, "It is unknown what leaving out uncertain comments would change.")
    statement = "With --min-confidence, stance predict writes cannot-tell where the model is less confident."
    caption = (
        "From right to left, more and more of the least confident predictions are left out; "
        "if the line rises to the left, the remaining predictions are more often correct."
    )
    coverages = [tenths / 10 for tenths in range(10, 0, -1)]
    rows = tuple(
        (format_percent(point["coverage"]), format_number(point["confidence"]), format_number(point["accuracy"]))
        for point in charts.select_coverage_points(points, coverages)
    )
    columns = ("comments predicted", "minimum confidence", "accuracy")
    return Figure(title, statement, caption, charts.draw_risk_coverage_curve(points, title, caption), columns, rows)


def build_learning_curve_figure(metrics: JsonObject) -> Figure:
    """Show how the headline score grew with the number of labels, and whether more labels would help."""
    title, curve, headline = "Would more labels help?", metrics.get("learning_curve") or {}, find_headline(metrics)
    statement = curve.get("sentence") or "It is unknown whether more labels would help."
    points, measure = curve.get("points") or (), headline.measure if headline else "macro_f1"
    if any(point.get(measure) is None for point in points):
        measure = "macro_f1"
    if len(points) < 2:  # noqa: PLR2004 - a line needs two points
        return Figure(title, statement)
    name = MEASURES[measure][0]
    caption = (
        f"The line is the {name} by the number of training labels, the band its interval; "
        "if the line still rises at its end, more labels will help."
    )
    svg = charts.draw_learning_curve(points, measure, title, caption, name)
    rows = tuple(
        (
            format_count(point["n"]),
            format_score({**point, "value": point[measure]}),
            format_number(point.get("accuracy")),
        )
        for point in points
    )
    return Figure(title, statement, caption, svg, ("labels", name, "accuracy"), rows)


def build_term_figures(metrics: JsonObject) -> list[Figure]:
    """Show the terms with the largest weights for each stance."""
    return [_build_term_figure(entry) for entry in metrics.get("top_terms") or ()]


def _build_term_figure(entry: JsonObject) -> Figure:
    title = f"{entry['stance']} ({entry['target']})" if entry.get("target") else entry["stance"]
    terms = (entry.get("terms") or ())[:MAX_TERMS]
    if not terms:
        return Figure(title, "No term has a weight for this stance.")
    # The page explains the bars once above all term charts; a screen reader needs the explanation with each.
    description = "The longer the bar, the more the term speaks for this stance."
    has_negative = any(term["weight"] < 0 for term in terms)
    caption = "Bars in the second colour speak against it." if has_negative else ""
    rows = tuple((term["term"], format_number(term["weight"], sign=True)) for term in terms)
    return Figure(title, "", caption, charts.draw_term_chart(terms, title, description), ("term", "weight"), rows)


def _is_text(cell: str) -> bool:
    return not cell.startswith(NOT_AVAILABLE) and any(map(str.isalpha, cell))


def _format_bin(bin_scores: JsonObject, calibration_state: str) -> tuple[str, ...]:
    low, high, mean = (format_number(bin_scores[key]) for key in ("low", "high", "confidence"))
    return (calibration_state, low, high, format_count(bin_scores["n"]), mean, format_score(bin_scores["right"]))
