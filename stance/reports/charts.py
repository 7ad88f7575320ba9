"""Pictures of figures: pure functions of parts of metrics.json to inline SVG.

Nothing in them has a colour of its own; the page gives one to each class (`stance/reports/templates/page.css`), by
light and by dark.
All but the confusion matrix are as wide as a telephone's screen, so that their letters are never shrunk much.
"""

from __future__ import annotations

from math import log
from typing import TYPE_CHECKING, Any

from stance.reports.svg import Canvas, fitted, width_of
from stance.reports.text_format import LEVEL, count, has_interval, number, recall, score, shown

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    Figures = Mapping[str, Any]
    Scale = Callable[[float], float]

WIDTH = 380
STEPS = (0.0, 0.1, 0.25, 0.5, 0.75)
"""Where one shade of a confusion matrix ends and the next begins, as shares of a row."""

_EDGE = 10
_ROW = 46
_TICKS = (0.0, 0.25, 0.5, 0.75, 1.0)
_NAMES = 122
_CELL = 40
_HEADS = (48, 112)
_TOP, _LEFT, _RIGHT, _BOTTOM, _SQUARE = 46, 44, 12, 46, 280


def systems(systems: Sequence[Figures], measure: str, title: str, description: str) -> str:
    """Draw a dot and an interval a system, the last one being the model."""
    height = _ROW * len(systems) + 26
    canvas = Canvas(WIDTH, height, title, description)
    _grid(canvas, height)
    for place, system in enumerate(systems):
        y = _ROW * place
        kind = "model" if place == len(systems) - 1 else "other"
        figure = system.get(measure) or {}
        _heading(canvas, y, system["system"], score(figure), kind)
        if figure.get("value") is None:
            continue
        if has_interval(figure):
            canvas.whisker(f"whisker {kind}", _across(figure["low"]), _across(figure["high"]), y + 32)
        canvas.dot(f"dot {kind}", _across(figure["value"]), y + 32, 4.5)
    return canvas.markup()


def stances(stances: Sequence[Figures], title: str, description: str) -> str:
    """Draw a bar of recall with its interval a stance, and a diamond at its F1."""
    height = _ROW * len(stances) + 52
    canvas = Canvas(WIDTH, height, title, description)
    canvas.box("bar", _EDGE, 6, 18, 10)
    canvas.text("note", _EDGE + 24, 15, "recall")
    canvas.whisker("whisker ink", _EDGE + 84, _EDGE + 108, 11)
    canvas.text("note", _EDGE + 114, 15, f"{LEVEL} interval")
    canvas.diamond("second", _EDGE + 218, 11)
    canvas.text("note", _EDGE + 230, 15, "F1")
    _grid(canvas, height, top=26)
    for place, stance in enumerate(stances):
        y = 26 + _ROW * place
        found = (
            f"{count(stance.get('hits'))} of {count(stance['n'])} · {recall(stance)}" if stance["n"] else recall(stance)
        )
        _heading(canvas, y, stance["stance"], found, "other")
        canvas.box("track", _across(0), y + 26, _across(1) - _across(0), 12)
        figure = stance.get("recall") or {}
        if not stance["n"] or figure.get("value") is None:
            continue
        canvas.box("bar", _across(0), y + 26, _across(figure["value"]) - _across(0), 12)
        if has_interval(figure):
            canvas.whisker("whisker ink", _across(figure["low"]), _across(figure["high"]), y + 32)
        if stance.get("f1") is not None:
            canvas.diamond("second", _across(stance["f1"]), y + 32)
    return canvas.markup()


def confusion(matrix: Mapping[str, Mapping[str, float]], columns: Sequence[str], title: str, description: str) -> str:
    """Draw a heat map of counts: a row a true stance, shaded by the share of the row, a column an answer."""
    width = max(WIDTH, _NAMES + _CELL * len(columns) + 2)
    cell = (width - _NAMES - 2) / len(columns)
    heads = min(max(_HEADS[0], *(width_of(shown(column)) + 12 for column in columns)), _HEADS[1])
    height = heads + _CELL * len(matrix) + 46
    canvas = Canvas(width, height, title, description)
    canvas.text("note", 0, heads - 8, "true stance ↓")
    canvas.text("note end", _NAMES - 8, 12, "answered →")
    names = _told_apart(columns, min(heads, _NAMES) - 10)
    for place, column in enumerate(columns):
        canvas.upright("label", _NAMES + cell * (place + 0.5) + 4, heads - 8, names[column], heads - 10)
    for line, (stance, row) in enumerate(matrix.items()):
        y, n = heads + _CELL * line, sum(row.values())
        canvas.text("label", 0, y + 17, names[stance], _NAMES - 10)
        canvas.text("note", 0, y + 32, f"n = {count(n)}" if n else "n/a (n=0)")
        for place, column in enumerate(columns):
            x, value = _NAMES + cell * place, row.get(column, 0.0)
            step = _step(value / n) if n else 0
            canvas.box(f"cell heat-{step}", x + 1, y + 1, cell - 2, _CELL - 2)
            if value:
                canvas.text(f"figure middle on-{step}", x + cell / 2, y + 25, _short(value))
            if column == stance:
                canvas.box("frame", x + 1, y + 1, cell - 2, _CELL - 2)
    _shades(canvas, height - 30)
    return canvas.markup()


def reliability(
    bins: Sequence[Figures], before: Sequence[Figures], title: str, description: str, name: str = "calibrated"
) -> str:
    """Draw how often answers of each confidence were right, beside the diagonal on which a calibrated model lies."""
    canvas = Canvas(WIDTH, _TOP + _SQUARE + _BOTTOM, title, description)
    x, y = _plot(canvas, "confidence of the model", "share of answers that were right")
    canvas.line("diagonal", x(0), y(0), x(1), y(1))
    canvas.dot("dot model", _LEFT + 6, 28)
    canvas.text("note", _LEFT + 16, 32, name)
    if before:
        canvas.diamond("second", _LEFT + 122, 28)
        canvas.text("note", _LEFT + 134, 32, "before calibration")
        canvas.path("curve second", [(x(each["confidence"]), y(each["right"]["value"])) for each in before])
        for each in before:
            canvas.diamond("second", x(each["confidence"]), y(each["right"]["value"]), 4.5)
    canvas.path("curve model", [(x(each["confidence"]), y(each["right"]["value"])) for each in bins])
    for each in bins:
        at, right = x(each["confidence"]), each["right"]
        if has_interval(right):
            canvas.line("whisker model", at, y(right["low"]), at, y(right["high"]))
        canvas.dot("dot model", at, y(right["value"]), 4)
    return canvas.markup()


def risk_coverage(points: Sequence[Figures], title: str, description: str) -> str:
    """Draw the accuracy among the comments that are still answered as the unsure ones are left out."""
    canvas = Canvas(WIDTH, _TOP + _SQUARE + _BOTTOM, title, description)
    x, y = _plot(canvas, "share of comments that get an answer", "accuracy among those answered")
    canvas.path("curve model", [(x(each["coverage"]), y(each["accuracy"])) for each in points])
    whole = points[0]
    canvas.line("guide", x(0), y(whole["accuracy"]), x(1), y(whole["accuracy"]))
    for each in at_coverages(points, (1.0, 0.75, 0.5, 0.25)):
        canvas.dot("dot model", x(each["coverage"]), y(each["accuracy"]), 4)
        end = " end" if each["coverage"] > 0.9 else " middle"  # noqa: PLR2004 - no room to its right
        canvas.text(f"note{end}", x(each["coverage"]), y(each["accuracy"]) - 12, number(each["accuracy"]))
    return canvas.markup()


def at_coverages(points: Sequence[Figures], coverages: Sequence[float]) -> list[Figures]:
    """Pick the points that come nearest to some coverages, each point once."""
    nearest = [min(points, key=lambda point: abs(point["coverage"] - coverage)) for coverage in coverages]
    return [point for place, point in enumerate(nearest) if point not in nearest[:place]]


def learning(points: Sequence[Figures], measure: str, title: str, description: str, name: str) -> str:
    """Draw a figure by the number of labels that were learnt from, which doubles at equal steps."""
    canvas = Canvas(WIDTH, _TOP + _SQUARE + _BOTTOM, title, description)
    sizes = [log(each["n"]) for each in points]
    x, y = _plot(canvas, "labels to learn from", name, (min(sizes) - 0.1, max(sizes) + 0.1))
    known = [each for each in points if has_interval(each)]
    if known:
        upper = [(x(log(each["n"])), y(each["high"])) for each in known]
        lower = [(x(log(each["n"])), y(each["low"])) for each in reversed(known)]
        canvas.path("band", upper + lower, closed=True)
    canvas.path("curve model", [(x(log(each["n"])), y(each[measure])) for each in points])
    free = 0.0
    for each in points:
        at = x(log(each["n"]))
        canvas.dot("dot model", at, y(each[measure]), 4)
        if at >= free:  # else the sizes would run into each other
            canvas.text("tick middle", at, _TOP + _SQUARE + 18, count(each["n"]))
            free = at + 44
    return canvas.markup()


def terms(terms: Sequence[Figures], title: str, description: str) -> str:
    """Draw a bar a term, as long as its pull, in the second colour where it pulls away from the stance."""
    height, most = 24, max(abs(each["weight"]) for each in terms)
    room = min(_NAMES + 40, max(width_of(shown(each["term"])) for each in terms))
    span = WIDTH - room - 70
    canvas = Canvas(WIDTH, height * len(terms) + 4, title, description)
    for place, each in enumerate(terms):
        y, pull = 2 + height * place, each["weight"]
        canvas.text("label end", room, y + 16, each["term"], room)
        canvas.box("bar" if pull >= 0 else "bar second", room + 10, y + 5, span * abs(pull) / most if most else 0, 14)
        canvas.text("figure end", WIDTH - 2, y + 16, number(pull, sign=True))
    return canvas.markup()


def _across(value: float) -> float:
    return _EDGE + min(1.0, max(0.0, value)) * (WIDTH - 2 * _EDGE)


def _grid(canvas: Canvas, height: float, top: float = 0) -> None:
    for tick in _TICKS:
        canvas.line("grid", _across(tick), top + 20, _across(tick), height - 20)
        canvas.text("tick middle", _across(tick), height - 6, f"{tick:g}")


def _heading(canvas: Canvas, y: float, name: str, figure: str, kind: str) -> None:
    # The grid must not run through the words.
    canvas.box("paper", 0, y + 4, WIDTH, 17)
    canvas.text(f"label {kind}", _EDGE, y + 17, name, WIDTH - 2 * _EDGE - width_of(figure) - 8)
    canvas.text(f"figure end {kind}", WIDTH - _EDGE, y + 17, figure)


def _plot(canvas: Canvas, x_title: str, y_title: str, span: tuple[float, float] | None = None) -> tuple[Scale, Scale]:
    """Draw the axes of a plot and give what places a value; the lower axis has ticks unless it has its own span."""
    low, high = span or (0, 1)

    def x(value: float) -> float:
        return _LEFT + (value - low) / (high - low) * (WIDTH - _LEFT - _RIGHT)

    def y(value: float) -> float:
        return _TOP + _SQUARE * (1 - value)

    canvas.text("note", 0, 12, f"↑ {y_title}")
    canvas.text("note end", WIDTH - _RIGHT, _TOP + _SQUARE + 38, f"{x_title} →")
    for tick in _TICKS:
        canvas.line("grid", _LEFT, y(tick), WIDTH - _RIGHT, y(tick))
        canvas.text("tick end", _LEFT - 8, y(tick) + 4, f"{tick:g}")
        if span is None:
            canvas.line("grid", x(tick), _TOP, x(tick), _TOP + _SQUARE)
            canvas.text("tick middle", x(tick), _TOP + _SQUARE + 18, f"{tick:g}")
    return x, y


def _told_apart(names: Sequence[str], width: float) -> dict[str, str]:
    """Put numbers before names that would look the same when they are shortened."""
    if len({fitted(shown(name), width) for name in names}) == len(names):
        return {name: name for name in names}
    return {name: f"{place} {name}" for place, name in enumerate(names, 1)}


def _step(share: float) -> int:
    return sum(share > step for step in STEPS)


def _short(value: float) -> str:
    return count(value) if value >= 0.05 else "<0.1"  # noqa: PLR2004 - would be written as 0.0


def _shades(canvas: Canvas, y: float) -> None:
    canvas.text("note", 0, y + 15, "% of the row")
    for place, step in enumerate(STEPS):
        x = _NAMES + 46 * place
        canvas.box(f"cell heat-{place + 1}", x + 1, y + 3, 44, 12)
        canvas.text("tick", x + 1, y + 28, f"{100 * step:.0f}")
    canvas.text("tick end", _NAMES + 46 * len(STEPS), y + 28, "100")
