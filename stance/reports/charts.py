"""Pictures of figures: pure functions of parts of metrics.json to inline SVG.

Nothing in them has a colour of its own; the page gives one to each class (`stance/reports/templates/page.css`), by
light and by dark.
All but the confusion matrix are as wide as a telephone's screen, so that their letters are never shrunk much.
"""

from __future__ import annotations

from math import log
from typing import TYPE_CHECKING, Any

from stance.reports.svg import Canvas, estimate_text_width, truncate_to_width
from stance.reports.text_format import (
    CONFIDENCE_LEVEL,
    format_count,
    format_number,
    format_recall,
    format_score,
    has_interval,
    replace_unprintable,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    JsonObject = Mapping[str, Any]
    AxisScale = Callable[[float], float]

CHART_WIDTH = 380
SHADE_THRESHOLDS = (0.0, 0.1, 0.25, 0.5, 0.75)
"""Where one shade of a confusion matrix ends and the next begins, as shares of a row."""

_SIDE_MARGIN = 10
_ROW_HEIGHT = 46
_TICKS = (0.0, 0.25, 0.5, 0.75, 1.0)
_NAME_WIDTH = 122
_CELL_SIZE = 40
_HEADER_HEIGHT_RANGE = (48, 112)
_PLOT_TOP, _PLOT_LEFT, _PLOT_RIGHT, _PLOT_BOTTOM, _PLOT_SIZE = 46, 44, 12, 46, 280


def draw_system_chart(systems: Sequence[JsonObject], measure: str, title: str, description: str) -> str:
    """Draw a dot and an interval a system, the last one being the model."""
    height = _ROW_HEIGHT * len(systems) + 26
    canvas = Canvas(CHART_WIDTH, height, title, description)
    _draw_grid(canvas, height)
    for place, system in enumerate(systems):
        y = _ROW_HEIGHT * place
        kind = "model" if place == len(systems) - 1 else "other"
        figure = system.get(measure) or {}
        _draw_row_heading(canvas, y, system["system"], format_score(figure), kind)
        if figure.get("value") is None:
            continue
        if has_interval(figure):
            canvas.draw_whisker(f"whisker {kind}", _x_position(figure["low"]), _x_position(figure["high"]), y + 32)
        canvas.draw_circle(f"dot {kind}", _x_position(figure["value"]), y + 32, 4.5)
    return canvas.to_svg()


def draw_stance_chart(stances: Sequence[JsonObject], title: str, description: str) -> str:
    """Draw a bar of recall with its interval a stance, and a diamond at its F1."""
    height = _ROW_HEIGHT * len(stances) + 52
    canvas = Canvas(CHART_WIDTH, height, title, description)
    canvas.draw_rectangle("bar", _SIDE_MARGIN, 6, 18, 10)
    canvas.draw_text("note", _SIDE_MARGIN + 24, 15, "recall")
    canvas.draw_whisker("whisker ink", _SIDE_MARGIN + 84, _SIDE_MARGIN + 108, 11)
    canvas.draw_text("note", _SIDE_MARGIN + 114, 15, f"{CONFIDENCE_LEVEL} interval")
    canvas.draw_diamond("second", _SIDE_MARGIN + 218, 11)
    canvas.draw_text("note", _SIDE_MARGIN + 230, 15, "F1")
    _draw_grid(canvas, height, top=26)
    for place, stance in enumerate(stances):
        y = 26 + _ROW_HEIGHT * place
        found = (
            f"{format_count(stance.get('hits'))} of {format_count(stance['n'])} · {format_recall(stance)}"
            if stance["n"]
            else format_recall(stance)
        )
        _draw_row_heading(canvas, y, stance["stance"], found, "other")
        canvas.draw_rectangle("track", _x_position(0), y + 26, _x_position(1) - _x_position(0), 12)
        figure = stance.get("recall") or {}
        if not stance["n"] or figure.get("value") is None:
            continue
        canvas.draw_rectangle("bar", _x_position(0), y + 26, _x_position(figure["value"]) - _x_position(0), 12)
        if has_interval(figure):
            canvas.draw_whisker("whisker ink", _x_position(figure["low"]), _x_position(figure["high"]), y + 32)
        if stance.get("f1") is not None:
            canvas.draw_diamond("second", _x_position(stance["f1"]), y + 32)
    return canvas.to_svg()


def draw_confusion_matrix(
    matrix: Mapping[str, Mapping[str, float]], columns: Sequence[str], title: str, description: str
) -> str:
    """Draw a heat map of counts: a row a true stance, shaded by the share of the row, a column an answer."""
    width = max(CHART_WIDTH, _NAME_WIDTH + _CELL_SIZE * len(columns) + 2)
    cell = (width - _NAME_WIDTH - 2) / len(columns)
    heads = min(
        max(_HEADER_HEIGHT_RANGE[0], *(estimate_text_width(replace_unprintable(column)) + 12 for column in columns)),
        _HEADER_HEIGHT_RANGE[1],
    )
    height = heads + _CELL_SIZE * len(matrix) + 46
    canvas = Canvas(width, height, title, description)
    canvas.draw_text("note", 0, heads - 8, "true stance ↓")
    canvas.draw_text("note end", _NAME_WIDTH - 8, 12, "answered →")
    names = _make_distinguishable(columns, min(heads, _NAME_WIDTH) - 10)
    for place, column in enumerate(columns):
        canvas.draw_vertical_text("label", _NAME_WIDTH + cell * (place + 0.5) + 4, heads - 8, names[column], heads - 10)
    for line, (stance, row) in enumerate(matrix.items()):
        y, n = heads + _CELL_SIZE * line, sum(row.values())
        canvas.draw_text("label", 0, y + 17, names[stance], _NAME_WIDTH - 10)
        canvas.draw_text("note", 0, y + 32, f"n = {format_count(n)}" if n else "n/a (n=0)")
        for place, column in enumerate(columns):
            x, value = _NAME_WIDTH + cell * place, row.get(column, 0.0)
            step = _shade_index(value / n) if n else 0
            canvas.draw_rectangle(f"cell heat-{step}", x + 1, y + 1, cell - 2, _CELL_SIZE - 2)
            if value:
                canvas.draw_text(f"figure middle on-{step}", x + cell / 2, y + 25, _format_cell(value))
            if column == stance:
                canvas.draw_rectangle("frame", x + 1, y + 1, cell - 2, _CELL_SIZE - 2)
    _draw_shade_legend(canvas, height - 30)
    return canvas.to_svg()


def draw_reliability_diagram(
    bins: Sequence[JsonObject], before: Sequence[JsonObject], title: str, description: str, legend: str = "calibrated"
) -> str:
    """Draw how often answers of each confidence were right, beside the diagonal on which a calibrated model lies."""
    canvas = Canvas(CHART_WIDTH, _PLOT_TOP + _PLOT_SIZE + _PLOT_BOTTOM, title, description)
    x, y = _draw_axes(canvas, "confidence of the model", "share of answers that were right")
    canvas.draw_line("diagonal", x(0), y(0), x(1), y(1))
    canvas.draw_circle("dot model", _PLOT_LEFT + 6, 28)
    canvas.draw_text("note", _PLOT_LEFT + 16, 32, legend)
    if before:
        canvas.draw_diamond("second", _PLOT_LEFT + 122, 28)
        canvas.draw_text("note", _PLOT_LEFT + 134, 32, "before calibration")
        canvas.draw_path("curve second", [(x(each["confidence"]), y(each["right"]["value"])) for each in before])
        for each in before:
            canvas.draw_diamond("second", x(each["confidence"]), y(each["right"]["value"]), 4.5)
    canvas.draw_path("curve model", [(x(each["confidence"]), y(each["right"]["value"])) for each in bins])
    for each in bins:
        at, right = x(each["confidence"]), each["right"]
        if has_interval(right):
            canvas.draw_line("whisker model", at, y(right["low"]), at, y(right["high"]))
        canvas.draw_circle("dot model", at, y(right["value"]), 4)
    return canvas.to_svg()


def draw_risk_coverage_curve(points: Sequence[JsonObject], title: str, description: str) -> str:
    """Draw the accuracy among the comments that are still answered as the unsure ones are left out."""
    canvas = Canvas(CHART_WIDTH, _PLOT_TOP + _PLOT_SIZE + _PLOT_BOTTOM, title, description)
    x, y = _draw_axes(canvas, "share of comments that get an answer", "accuracy among those answered")
    canvas.draw_path("curve model", [(x(each["coverage"]), y(each["accuracy"])) for each in points])
    whole = points[0]
    canvas.draw_line("guide", x(0), y(whole["accuracy"]), x(1), y(whole["accuracy"]))
    for each in select_coverage_points(points, (1.0, 0.75, 0.5, 0.25)):
        canvas.draw_circle("dot model", x(each["coverage"]), y(each["accuracy"]), 4)
        end = " end" if each["coverage"] > 0.9 else " middle"  # noqa: PLR2004 - no room to its right
        canvas.draw_text(f"note{end}", x(each["coverage"]), y(each["accuracy"]) - 12, format_number(each["accuracy"]))
    return canvas.to_svg()


def select_coverage_points(points: Sequence[JsonObject], coverages: Sequence[float]) -> list[JsonObject]:
    """Pick the points that come nearest to some coverages, each point once."""
    nearest = [min(points, key=lambda point: abs(point["coverage"] - coverage)) for coverage in coverages]
    return [point for place, point in enumerate(nearest) if point not in nearest[:place]]


def draw_learning_curve(
    points: Sequence[JsonObject], measure: str, title: str, description: str, measure_name: str
) -> str:
    """Draw a figure by the number of labels that were learnt from, which doubles at equal steps."""
    canvas = Canvas(CHART_WIDTH, _PLOT_TOP + _PLOT_SIZE + _PLOT_BOTTOM, title, description)
    sizes = [log(each["n"]) for each in points]
    x, y = _draw_axes(canvas, "labels to learn from", measure_name, (min(sizes) - 0.1, max(sizes) + 0.1))
    known = [each for each in points if has_interval(each)]
    if known:
        upper = [(x(log(each["n"])), y(each["high"])) for each in known]
        lower = [(x(log(each["n"])), y(each["low"])) for each in reversed(known)]
        canvas.draw_path("band", upper + lower, closed=True)
    canvas.draw_path("curve model", [(x(log(each["n"])), y(each[measure])) for each in points])
    free = 0.0
    for each in points:
        at = x(log(each["n"]))
        canvas.draw_circle("dot model", at, y(each[measure]), 4)
        if at >= free:  # else the sizes would run into each other
            canvas.draw_text("tick middle", at, _PLOT_TOP + _PLOT_SIZE + 18, format_count(each["n"]))
            free = at + 44
    return canvas.to_svg()


def draw_term_chart(terms: Sequence[JsonObject], title: str, description: str) -> str:
    """Draw a bar a term, as long as its pull, in the second colour where it pulls away from the stance."""
    height, most = 24, max(abs(each["weight"]) for each in terms)
    room = min(_NAME_WIDTH + 40, max(estimate_text_width(replace_unprintable(each["term"])) for each in terms))
    span = CHART_WIDTH - room - 70
    canvas = Canvas(CHART_WIDTH, height * len(terms) + 4, title, description)
    for place, each in enumerate(terms):
        y, pull = 2 + height * place, each["weight"]
        canvas.draw_text("label end", room, y + 16, each["term"], room)
        canvas.draw_rectangle(
            "bar" if pull >= 0 else "bar second", room + 10, y + 5, span * abs(pull) / most if most else 0, 14
        )
        canvas.draw_text("figure end", CHART_WIDTH - 2, y + 16, format_number(pull, sign=True))
    return canvas.to_svg()


def _x_position(value: float) -> float:
    return _SIDE_MARGIN + min(1.0, max(0.0, value)) * (CHART_WIDTH - 2 * _SIDE_MARGIN)


def _draw_grid(canvas: Canvas, height: float, top: float = 0) -> None:
    for tick in _TICKS:
        canvas.draw_line("grid", _x_position(tick), top + 20, _x_position(tick), height - 20)
        canvas.draw_text("tick middle", _x_position(tick), height - 6, f"{tick:g}")


def _draw_row_heading(canvas: Canvas, y: float, name: str, score_text: str, css_class: str) -> None:
    # The grid must not run through the words.
    canvas.draw_rectangle("paper", 0, y + 4, CHART_WIDTH, 17)
    canvas.draw_text(
        f"label {css_class}",
        _SIDE_MARGIN,
        y + 17,
        name,
        CHART_WIDTH - 2 * _SIDE_MARGIN - estimate_text_width(score_text) - 8,
    )
    canvas.draw_text(f"figure end {css_class}", CHART_WIDTH - _SIDE_MARGIN, y + 17, score_text)


def _draw_axes(
    canvas: Canvas, x_title: str, y_title: str, x_range: tuple[float, float] | None = None
) -> tuple[AxisScale, AxisScale]:
    """Draw the axes of a plot and give what places a value; the lower axis has ticks unless it has its own span."""
    low, high = x_range or (0, 1)

    def x(value: float) -> float:
        return _PLOT_LEFT + (value - low) / (high - low) * (CHART_WIDTH - _PLOT_LEFT - _PLOT_RIGHT)

    def y(value: float) -> float:
        return _PLOT_TOP + _PLOT_SIZE * (1 - value)

    canvas.draw_text("note", 0, 12, f"↑ {y_title}")
    canvas.draw_text("note end", CHART_WIDTH - _PLOT_RIGHT, _PLOT_TOP + _PLOT_SIZE + 38, f"{x_title} →")
    for tick in _TICKS:
        canvas.draw_line("grid", _PLOT_LEFT, y(tick), CHART_WIDTH - _PLOT_RIGHT, y(tick))
        canvas.draw_text("tick end", _PLOT_LEFT - 8, y(tick) + 4, f"{tick:g}")
        if x_range is None:
            canvas.draw_line("grid", x(tick), _PLOT_TOP, x(tick), _PLOT_TOP + _PLOT_SIZE)
            canvas.draw_text("tick middle", x(tick), _PLOT_TOP + _PLOT_SIZE + 18, f"{tick:g}")
    return x, y


def _make_distinguishable(names: Sequence[str], width: float) -> dict[str, str]:
    """Put numbers before names that would look the same when they are shortened."""
    if len({truncate_to_width(replace_unprintable(name), width) for name in names}) == len(names):
        return {name: name for name in names}
    return {name: f"{place} {name}" for place, name in enumerate(names, 1)}


def _shade_index(share: float) -> int:
    return sum(share > step for step in SHADE_THRESHOLDS)


def _format_cell(value: float) -> str:
    return format_count(value) if value >= 0.05 else "<0.1"  # noqa: PLR2004 - would be written as 0.0


def _draw_shade_legend(canvas: Canvas, y: float) -> None:
    canvas.draw_text("note", 0, y + 15, "% of the row")
    for place, step in enumerate(SHADE_THRESHOLDS):
        x = _NAME_WIDTH + 46 * place
        canvas.draw_rectangle(f"cell heat-{place + 1}", x + 1, y + 3, 44, 12)
        canvas.draw_text("tick", x + 1, y + 28, f"{100 * step:.0f}")
    canvas.draw_text("tick end", _NAME_WIDTH + 46 * len(SHADE_THRESHOLDS), y + 28, "100")
