"""Pictures as a reader meets them: each with a title, how to read it, and the same figures as a table.

What cannot be drawn is said in words; there is never an empty picture.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from stance.reports import charts
from stance.reports.summary import MEASURES, answers, headline, model
from stance.reports.text_format import LEVEL, NOT_GIVEN, count, has_interval, number, percent, recall, score

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    Figures = Mapping[str, Any]

MOST_TERMS = 10


@dataclass(frozen=True)
class Exhibit:
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
        return tuple(place == 0 or any(_words(row[place]) for row in self.rows) for place in range(len(self.columns)))


def compared(scheme: Figures, measure: str, title: str = "The model beside simple rules") -> Exhibit:
    """Show how the systems of a scheme compare."""
    systems, name = scheme["systems"], MEASURES[measure][0]
    lead = ""
    reading = f"Each dot is a system's {name}, the line through it its {LEVEL} interval; further right is better."
    if not any(has_interval(system.get(measure)) for system in systems):
        lead = "There is no interval for these figures."
        reading = f"Each dot is a system's {name}; further right is better."
    given = [each for each in MEASURES if any(system.get(each) is not None for system in systems)]
    columns = ("system", *(MEASURES[each][0] for each in given))
    rows = tuple((system["system"], *(score(system.get(each)) for each in given)) for system in systems)
    return Exhibit(title, lead, reading, charts.systems(systems, measure, title, reading), columns, rows)


def by_stance(scheme: Figures, title: str = "Stance by stance") -> Exhibit:
    """Show how well each stance is found."""
    stances = model(scheme).get("stances") or ()
    if not stances:
        return Exhibit(title, "There are no figures by stance.")
    reading = f"A bar is the share of a stance's comments that were found (recall); the line is its {LEVEL} interval."
    rows = tuple(
        (
            each["stance"],
            count(each["n"]),
            count(each.get("hits")) if each["n"] else NOT_GIVEN,
            recall(each),
            number(each.get("precision")),
            number(each.get("f1")),
        )
        for each in stances
    )
    columns = ("stance", "labels", "found", "recall", "precision", "F1")
    return Exhibit(title, "", reading, charts.stances(stances, title, reading), columns, rows)


def confused(scheme: Figures, stances: Sequence[str], title: str = "What is taken for what") -> Exhibit:
    """Show which stance is answered for which."""
    matrix, columns = model(scheme).get("confusion") or {}, answers(scheme, stances)
    if not columns:
        return Exhibit(title, "There is no table of answers.")
    reading = (
        "Each row holds the comments of one true stance, counted by what the model answered; framed are the right "
        "answers, and the stronger a field's colour, the larger its share of the row."
    )
    if (scheme.get("repeats") or 1) > 1:
        reading += f" Counts are means over {scheme['repeats']} repeats, so they need not be whole."
    ordered = {stance: matrix.get(stance, {}) for stance in columns if stance in matrix or stance in stances}
    rows = tuple((stance, *(count(row.get(column, 0.0)) for column in columns)) for stance, row in ordered.items())
    drawing = charts.confusion(ordered, columns, title, reading)
    return Exhibit(title, "", reading, drawing, ("true stance", *columns), rows)


def articles(scheme: Figures) -> Exhibit | None:
    """Show the comments under each article that were answered right, where the scheme speaks of articles."""
    found = model(scheme).get("articles") or ()
    if not found:
        return None
    lead = "How many comments under each article were answered right by models that saw none of them."
    rows = tuple((each["article_id"], count(each["hits"]), count(each["n"])) for each in found)
    return Exhibit("Article by article", lead, columns=("article", "right", "comments"), rows=rows)


def reliable(metrics: Figures) -> Exhibit:
    """Show whether a confidence can be taken at its word."""
    title, calibration = "Can its confidence be believed?", metrics.get("calibration") or {}
    reason, done = calibration.get("reason"), bool(calibration.get("calibrated"))
    bins, before = calibration.get("reliability") or (), calibration.get("reliability_before") or ()
    because = f": {reason}" if reason else ""
    lead = "" if done else f"The model's confidence is not calibrated{because}. Do not read it as a probability."
    if not bins:
        return Exhibit(title, lead or "Its confidence is calibrated, but too few answers were tested to show how well.")
    reading = (
        "Of the answers given with confidence 0.7, seven in ten should be right: then the dots lie on the diagonal. "
        "Below it the model is too sure of itself, above it too modest."
    )
    before, name = (before, "calibrated") if done else ((), "not calibrated")
    drawing = charts.reliability(bins, before, title, reading, name)
    rows = [_bin(each, name) for each in bins] + [_bin(each, "before") for each in before]
    columns = ("calibration", "confidence from", "to", "answers", "mean confidence", "share right")
    return Exhibit(title, lead, reading, drawing, columns, tuple(rows))


def answered(metrics: Figures) -> Exhibit:
    """Show what is won by leaving unsure comments unanswered."""
    title, points = "What if unsure comments stay unanswered?", metrics.get("risk_coverage") or ()
    if not points:
        return Exhibit(title, "It cannot be said what leaving out unsure comments would bring.")
    lead = "With --min-confidence, predict answers cannot-tell where the model is less sure than that."
    reading = (
        "From right to left, ever more of the comments that the model is least sure of are left out; "
        "a line that rises to the left means that the rest is answered better."
    )
    rows = tuple(
        (percent(each["coverage"]), number(each["confidence"]), number(each["accuracy"]))
        for each in charts.at_coverages(points, [place / 10 for place in range(10, 0, -1)])
    )
    columns = ("comments answered", "at a confidence from", "accuracy")
    return Exhibit(title, lead, reading, charts.risk_coverage(points, title, reading), columns, rows)


def learning(metrics: Figures) -> Exhibit:
    """Show how the headline figure grew with the labels, and say whether more of them would help."""
    title, curve, first = "Would more labels help?", metrics.get("learning_curve") or {}, headline(metrics)
    lead = curve.get("sentence") or "It cannot be told whether more labels would help."
    points, measure = curve.get("points") or (), first.measure if first else "macro_f1"
    if any(each.get(measure) is None for each in points):
        measure = "macro_f1"
    if len(points) < 2:  # noqa: PLR2004 - a line needs two
        return Exhibit(title, lead)
    name = MEASURES[measure][0]
    reading = (
        f"The line is the {name} reached with so many labels, the band its interval; a line still rising wants more."
    )
    drawing = charts.learning(points, measure, title, reading, name)
    rows = tuple(
        (count(each["n"]), score({**each, "value": each[measure]}), number(each.get("accuracy"))) for each in points
    )
    return Exhibit(title, lead, reading, drawing, ("labels", name, "accuracy"), rows)


def top_terms(metrics: Figures) -> list[Exhibit]:
    """Show the terms that pull most toward each stance."""
    return [_terms(each) for each in metrics.get("top_terms") or ()]


def _terms(entry: Figures) -> Exhibit:
    title = f"{entry['stance']} ({entry['target']})" if entry.get("target") else entry["stance"]
    terms = (entry.get("terms") or ())[:MOST_TERMS]
    if not terms:
        return Exhibit(title, "No term pulls toward this stance.")
    # How to read a bar is said once, above all of these; those who only hear the page hear it with each.
    description = "The longer the bar, the more the term pulls an answer toward this stance."
    away = any(each["weight"] < 0 for each in terms)
    rows = tuple((each["term"], number(each["weight"], sign=True)) for each in terms)
    drawing = charts.terms(terms, title, description)
    return Exhibit(
        title, "", "Bars in the second colour push away from it." if away else "", drawing, ("term", "pull"), rows
    )


def _words(cell: str) -> bool:
    return not cell.startswith(NOT_GIVEN) and any(map(str.isalpha, cell))


def _bin(each: Figures, when: str) -> tuple[str, ...]:
    low, high, mean = (number(each[key]) for key in ("low", "high", "confidence"))
    return (when, low, high, count(each["n"]), mean, score(each["right"]))
