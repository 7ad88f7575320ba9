"""Draw charts of the scores in metrics.json as inline SVG.

The charts contain no colours: `stance/reports/templates/html_report.css` assigns one to each CSS class, for light and
dark mode. All charts but the confusion matrix fit the screen of a phone, so that their text is hardly scaled down.
"""

from __future__ import annotations

from math import log
from typing import TYPE_CHECKING

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

    from stance.reports.text_format import JsonObject

    AxisScale = Callable[[float], float]

CHART_WIDTH = 380
SHADE_THRESHOLDS = (0.0, 0.1, 0.25, 0.5, 0.75)
"""The bounds between the shades of a confusion matrix, as shares of a row."""

_SIDE_MARGIN = 10
_ROW_HEIGHT = 46
_TICKS = (0.0, 0.25, 0.5, 0.75, 1.0)
_NAME_WIDTH = 122
_CELL_SIZE = 40
_HEADER_HEIGHT_RANGE = (48, 112)
_PLOT_TOP, _PLOT_LEFT, _PLOT_RIGHT, _PLOT_BOTTOM, _PLOT_SIZE = 46, 44, 12, 46, 280


def draw_system_chart(systems: Sequence[JsonObject], measure: str, title: str, description: str) -> str:
    """Draw one dot and interval per system; the last system is the model."""
    height = _ROW_HEIGHT * len(systems) + 26
    canvas = Canvas(CHART_WIDTH, height, title, description)
    _draw_grid(canvas, height)
    for index, system in enumerate(systems):
        y = _ROW_HEIGHT * index
        css_class = "model" if index == len(systems) - 1 else "other"
        score = system.get(measure) or {}
        _draw_row_heading(canvas, y, system["system"], format_score(score), css_class)
        if score.get("value") is None:
            continue
        if has_interval(score):
            canvas.draw_whisker(f"whisker {css_class}", _x_position(score["low"]), _x_position(score["high"]), y + 32)
        canvas.draw_circle(f"dot {css_class}", _x_position(score["value"]), y + 32, 4.5)
    return canvas.to_svg()


def draw_stance_chart(stances: Sequence[JsonObject], title: str, description: str) -> str:
    """Draw the recall of each stance as a bar with its interval, and the F1 as a diamond."""
    height = _ROW_HEIGHT * len(stances) + 52
    canvas = Canvas(CHART_WIDTH, height, title, description)
    canvas.draw_rectangle("bar", _SIDE_MARGIN, 6, 18, 10)
    canvas.draw_text("note", _SIDE_MARGIN + 24, 15, "recall")
    canvas.draw_whisker("whisker ink", _SIDE_MARGIN + 84, _SIDE_MARGIN + 108, 11)
    canvas.draw_text("note", _SIDE_MARGIN + 114, 15, f"{CONFIDENCE_LEVEL} interval")
    canvas.draw_diamond("second", _SIDE_MARGIN + 218, 11)
    canvas.draw_text("note", _SIDE_MARGIN + 230, 15, "F1")
    _draw_grid(canvas, height, top=26)
    for index, stance in enumerate(stances):
        y = 26 + _ROW_HEIGHT * index
        recall_text = format_recall(stance)
        if stance["n"]:
            recall_text = f"{format_count(stance.get('hits'))} of {format_count(stance['n'])} · {recall_text}"
        _draw_row_heading(canvas, y, stance["stance"], recall_text, "other")
        canvas.draw_rectangle("track", _x_position(0), y + 26, _x_position(1) - _x_position(0), 12)
        recall = stance.get("recall") or {}
        if not stance["n"] or recall.get("value") is None:
            continue
        canvas.draw_rectangle("bar", _x_position(0), y + 26, _x_position(recall["value"]) - _x_position(0), 12)
        if has_interval(recall):
            canvas.draw_whisker("whisker ink", _x_position(recall["low"]), _x_position(recall["high"]), y + 32)
        if stance.get("f1") is not None:
            canvas.draw_diamond("second", _x_position(stance["f1"]), y + 32)
    return canvas.to_svg()


def draw_confusion_matrix(
    matrix: Mapping[str, Mapping[str, float]], columns: Sequence[str], title: str, description: str
) -> str:
    """Draw a heat map of counts: true stances in rows, predicted stances in columns, shaded by the share of the row."""
    width = max(CHART_WIDTH, _NAME_WIDTH + _CELL_SIZE * len(columns) + 2)
    cell_width = (width - _NAME_WIDTH - 2) / len(columns)
    min_header, max_header = _HEADER_HEIGHT_RANGE
    name_widths = [estimate_text_width(replace_unprintable(column)) + 12 for column in columns]
    header = min(max(min_header, *name_widths), max_header)
    height = header + _CELL_SIZE * len(matrix) + 46
    canvas = Canvas(width, height, title, description)
    canvas.draw_text("note", 0, header - 8, "true stance ↓")
    canvas.draw_text("note end", _NAME_WIDTH - 8, 12, "predicted →")
    names = _make_distinguishable(columns, min(header, _NAME_WIDTH) - 10)
    for j, column in enumerate(columns):
        x = _NAME_WIDTH + cell_width * (j + 0.5) + 4
        canvas.draw_vertical_text("label", x, header - 8, names[column], header - 10)
    for i, (stance, row) in enumerate(matrix.items()):
        y, n = header + _CELL_SIZE * i, sum(row.values())
        canvas.draw_text("label", 0, y + 17, names[stance], _NAME_WIDTH - 10)
        canvas.draw_text("note", 0, y + 32, f"n = {format_count(n)}" if n else "n/a (n=0)")
        for j, column in enumerate(columns):
            x, count = _NAME_WIDTH + cell_width * j, row.get(column, 0.0)
            shade = _shade_index(count / n) if n else 0
            canvas.draw_rectangle(f"cell heat-{shade}", x + 1, y + 1, cell_width - 2, _CELL_SIZE - 2)
            if count:
                canvas.draw_text(f"figure middle on-{shade}", x + cell_width / 2, y + 25, _format_cell(count))
            if column == stance:
                canvas.draw_rectangle("frame", x + 1, y + 1, cell_width - 2, _CELL_SIZE - 2)
    _draw_shade_legend(canvas, height - 30)
    return canvas.to_svg()


def draw_reliability_diagram(
    bins: Sequence[JsonObject], before: Sequence[JsonObject], title: str, description: str, legend: str = "calibrated"
) -> str:
    """Draw the share of correct predictions by confidence, with the diagonal of perfect calibration.

    Parameters
    ----------
    bins
        The bins of confidence: `confidence`, and `right` with `value`, `low` and `high`.
    before
        The bins before calibration; may be empty.
    title, description
        The texts for screen readers.
    legend
        What the curve of `bins` shows.
    """
    canvas = Canvas(CHART_WIDTH, _PLOT_TOP + _PLOT_SIZE + _PLOT_BOTTOM, title, description)
    x, y = _draw_axes(canvas, "confidence of the model", "share of correct predictions")
    canvas.draw_line("diagonal", x(0), y(0), x(1), y(1))
    canvas.draw_circle("dot model", _PLOT_LEFT + 6, 28)
    canvas.draw_text("note", _PLOT_LEFT + 16, 32, legend)
    if before:
        canvas.draw_diamond("second", _PLOT_LEFT + 122, 28)
        canvas.draw_text("note", _PLOT_LEFT + 134, 32, "before calibration")
        points = [(x(point["confidence"]), y(point["right"]["value"])) for point in before]
        canvas.draw_path("curve second", points)
        for x_point, y_point in points:
            canvas.draw_diamond("second", x_point, y_point, 4.5)
    canvas.draw_path("curve model", [(x(point["confidence"]), y(point["right"]["value"])) for point in bins])
    for point in bins:
        x_point, share_correct = x(point["confidence"]), point["right"]
        if has_interval(share_correct):
            canvas.draw_line("whisker model", x_point, y(share_correct["low"]), x_point, y(share_correct["high"]))
        canvas.draw_circle("dot model", x_point, y(share_correct["value"]), 4)
    return canvas.to_svg()


def draw_risk_coverage_curve(points: Sequence[JsonObject], title: str, description: str) -> str:
    """Draw the accuracy by coverage, the share of the most confident comments that get a prediction."""
    canvas = Canvas(CHART_WIDTH, _PLOT_TOP + _PLOT_SIZE + _PLOT_BOTTOM, title, description)
    x, y = _draw_axes(canvas, "share of comments with a prediction", "accuracy of these predictions")
    canvas.draw_path("curve model", [(x(point["coverage"]), y(point["accuracy"])) for point in points])
    accuracy_of_all = points[0]["accuracy"]
    canvas.draw_line("guide", x(0), y(accuracy_of_all), x(1), y(accuracy_of_all))
    for point in select_coverage_points(points, (1.0, 0.75, 0.5, 0.25)):
        x_point, y_point = x(point["coverage"]), y(point["accuracy"])
        canvas.draw_circle("dot model", x_point, y_point, 4)
        anchor = "end" if point["coverage"] > 0.9 else "middle"  # noqa: PLR2004 - no space to the right of the point
        canvas.draw_text(f"note {anchor}", x_point, y_point - 12, format_number(point["accuracy"]))
    return canvas.to_svg()


def select_coverage_points(points: Sequence[JsonObject], coverages: Sequence[float]) -> list[JsonObject]:
    """Return the points nearest to some coverages, without duplicates."""
    nearest = [min(points, key=lambda point: abs(point["coverage"] - coverage)) for coverage in coverages]
    return [point for index, point in enumerate(nearest) if point not in nearest[:index]]


def draw_learning_curve(
    points: Sequence[JsonObject], measure: str, title: str, description: str, measure_name: str
) -> str:
    """Draw a score by the number of training labels, on a logarithmic axis."""
    canvas = Canvas(CHART_WIDTH, _PLOT_TOP + _PLOT_SIZE + _PLOT_BOTTOM, title, description)
    log_sizes = [log(point["n"]) for point in points]
    x, y = _draw_axes(canvas, "training labels", measure_name, (min(log_sizes) - 0.1, max(log_sizes) + 0.1))
    with_interval = [point for point in points if has_interval(point)]
    if with_interval:
        upper = [(x(log(point["n"])), y(point["high"])) for point in with_interval]
        lower = [(x(log(point["n"])), y(point["low"])) for point in reversed(with_interval)]
        canvas.draw_path("band", upper + lower, closed=True)
    canvas.draw_path("curve model", [(x(log(point["n"])), y(point[measure])) for point in points])
    next_free_x = 0.0
    for point in points:
        x_point = x(log(point["n"]))
        canvas.draw_circle("dot model", x_point, y(point[measure]), 4)
        if x_point >= next_free_x:  # else the tick labels would overlap
            canvas.draw_text("tick middle", x_point, _PLOT_TOP + _PLOT_SIZE + 18, format_count(point["n"]))
            next_free_x = x_point + 44
    return canvas.to_svg()


def draw_term_chart(terms: Sequence[JsonObject], title: str, description: str) -> str:
    """Draw the weight of each term as a bar; negative weights get the second colour."""
    row_height, max_weight = 24, max(abs(term["weight"]) for term in terms)
    name_width = min(_NAME_WIDTH + 40, max(estimate_text_width(replace_unprintable(term["term"])) for term in terms))
    max_bar = CHART_WIDTH - name_width - 70
    canvas = Canvas(CHART_WIDTH, row_height * len(terms) + 4, title, description)
    for index, term in enumerate(terms):
        y, weight = 2 + row_height * index, term["weight"]
        bar = max_bar * abs(weight) / max_weight if max_weight else 0
        canvas.draw_text("label end", name_width, y + 16, term["term"], name_width)
        canvas.draw_rectangle("bar" if weight >= 0 else "bar second", name_width + 10, y + 5, bar, 14)
        canvas.draw_text("figure end", CHART_WIDTH - 2, y + 16, format_number(weight, sign=True))
    return canvas.to_svg()


def _x_position(value: float) -> float:
    return _SIDE_MARGIN + min(1.0, max(0.0, value)) * (CHART_WIDTH - 2 * _SIDE_MARGIN)


def _draw_grid(canvas: Canvas, height: float, top: float = 0) -> None:
    for tick in _TICKS:
        canvas.draw_line("grid", _x_position(tick), top + 20, _x_position(tick), height - 20)
        canvas.draw_text("tick middle", _x_position(tick), height - 6, f"{tick:g}")


def _draw_row_heading(canvas: Canvas, y: float, name: str, score_text: str, css_class: str) -> None:
    # A background hides the grid behind the text.
    canvas.draw_rectangle("paper", 0, y + 4, CHART_WIDTH, 17)
    name_width = CHART_WIDTH - 2 * _SIDE_MARGIN - estimate_text_width(score_text) - 8
    canvas.draw_text(f"label {css_class}", _SIDE_MARGIN, y + 17, name, name_width)
    canvas.draw_text(f"figure end {css_class}", CHART_WIDTH - _SIDE_MARGIN, y + 17, score_text)


def _draw_axes(
    canvas: Canvas, x_title: str, y_title: str, x_range: tuple[float, float] | None = None
) -> tuple[AxisScale, AxisScale]:
    """Draw the axes of a plot; return the functions from values to positions.

    The x axis has ticks from 0 to 1, unless it has a range of its own.
    """
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
    """Return the names, numbered if some would be equal when truncated."""
    if len({truncate_to_width(replace_unprintable(name), width) for name in names}) == len(names):
        return {name: name for name in names}
    return {name: f"{number} {name}" for number, name in enumerate(names, 1)}


def _shade_index(share: float) -> int:
    return sum(share > threshold for threshold in SHADE_THRESHOLDS)


def _format_cell(value: float) -> str:
    return format_count(value) if value >= 0.05 else "<0.1"  # noqa: PLR2004 - smaller values would be formatted as 0.0


def _draw_shade_legend(canvas: Canvas, y: float) -> None:
    canvas.draw_text("note", 0, y + 15, "% of the row")
    for index, threshold in enumerate(SHADE_THRESHOLDS):
        x = _NAME_WIDTH + 46 * index
        canvas.draw_rectangle(f"cell heat-{index + 1}", x + 1, y + 3, 44, 12)
        canvas.draw_text("tick", x + 1, y + 28, f"{100 * threshold:.0f}")
    canvas.draw_text("tick end", _NAME_WIDTH + 46 * len(SHADE_THRESHOLDS), y + 28, "100")
