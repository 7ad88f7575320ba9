"""The charts are valid SVG, keep within their bounds, and draw the scores at the right positions."""

from __future__ import annotations

import copy
from typing import Any
from xml.etree import ElementTree as ET

import pytest
import sample_metrics
from hypothesis import given
from hypothesis import strategies as st

from stance.reports import charts, svg
from stance.reports.text_format import replace_unprintable

SMALL, LARGE = sample_metrics.small(), sample_metrics.large()
HOSTILE = [
    "<script>alert(1)</script>",
    '"><img src=x>',
    "]]>",
    "&amp;",
    "\x00\x1b[31m",
    "\u202eabc",
    "\ud800",
    "x" * 999,
]
untrusted_names = st.one_of(st.sampled_from(HOSTILE), st.text(min_size=1)).filter(str.split)


def _model(metrics: dict[str, Any]) -> dict[str, Any]:
    model: dict[str, Any] = metrics["schemes"][0]["systems"][-1]
    return model


def _draw_charts(metrics: dict[str, Any]) -> dict[str, str]:
    texts = ("A title", "How to read it.")
    model, calibration = _model(metrics), metrics["calibration"]
    charts_by_name = {
        "systems": charts.draw_system_chart(metrics["schemes"][0]["systems"], "macro_f1", *texts),
        "stances": charts.draw_stance_chart(model["stances"], *texts),
        "confusion": charts.draw_confusion_matrix(model["confusion"], list(model["confusion"]), *texts),
        "risk_coverage": charts.draw_risk_coverage_curve(metrics["risk_coverage"], *texts),
        "terms": charts.draw_term_chart(metrics["top_terms"][0]["terms"], *texts),
    }
    if calibration["reliability"]:
        charts_by_name["reliability"] = charts.draw_reliability_diagram(
            calibration["reliability"], calibration["reliability_before"], *texts
        )
        charts_by_name["learning"] = charts.draw_learning_curve(
            metrics["learning_curve"]["points"], "f_avg", *texts, "F_avg"
        )
    return charts_by_name


CHARTS = {f"{name}-{key}": svg_text for name, metrics in (("small", SMALL), ("large", LARGE))
            for key, svg_text in _draw_charts(metrics).items()}  # fmt: skip


def _read(svg_text: str) -> ET.Element:
    return ET.fromstring(svg_text.encode())  # noqa: S314 - the SVG was drawn by the test


def _find(svg_text: str, tag: str, css_class: str) -> list[ET.Element]:
    classes = set(css_class.split())
    return [element for element in _read(svg_text).iter(tag) if classes <= set(element.get("class", "").split())]


def _texts(svg_text: str) -> list[str]:
    return [element.text or "" for element in _read(svg_text).iter("text")]


@pytest.mark.parametrize("svg_text", CHARTS.values(), ids=CHARTS)
def test_a_chart_has_a_title_and_loads_nothing(svg_text: str) -> None:
    root = _read(svg_text)
    assert root.get("role") == "img"
    assert [(element.tag, element.text) for element in root[:2]] == [("title", "A title"), ("desc", "How to read it.")]
    assert {element.tag for element in root.iter()} <= {
        "svg", "title", "desc", "line", "polyline", "polygon", "rect", "circle", "text"
    }  # fmt: skip
    assert "http" not in svg_text
    assert "fill=" not in svg_text, "colours must come from the style sheet, for dark mode"


@pytest.mark.parametrize("svg_text", CHARTS.values(), ids=CHARTS)
def test_a_chart_keeps_within_its_bounds(svg_text: str) -> None:
    root = _read(svg_text)
    _, _, width, height = map(float, root.get("viewBox", "").split())
    for element in root.iter():
        xs = [float(element.get(key, 0)) for key in ("x", "x1", "x2", "cx")]
        ys = [float(element.get(key, 0)) for key in ("y", "y1", "y2", "cy")]
        for point in element.get("points", "0,0").split():
            xs.append(float(point.split(",")[0]))
            ys.append(float(point.split(",")[1]))
        xs.append(xs[0] + float(element.get("width", 0)))
        ys.append(ys[0] + float(element.get("height", 0)))
        assert 0 <= min(xs) <= max(xs) <= width
        assert 0 <= min(ys) <= max(ys) <= height


@pytest.mark.parametrize("value", [0.0, 0.25, 1.0])
def test_a_dot_and_its_interval_are_at_the_right_positions(value: float) -> None:
    figure = {"value": value, "low": value / 2, "high": (1 + value) / 2}
    svg_text = charts.draw_system_chart([{"system": "model", "accuracy": figure}], "accuracy", "", "")
    (dot,), whiskers = _find(svg_text, "circle", "dot model"), _find(svg_text, "line", "whisker")
    grid = [float(element.get("x1", "")) for element in _find(svg_text, "line", "grid")]
    span = grid[-1] - grid[0]
    assert float(dot.get("cx", "")) == pytest.approx(grid[0] + value * span)
    assert float(whiskers[0].get("x1", "")) == pytest.approx(grid[0] + value / 2 * span)
    assert float(whiskers[0].get("x2", "")) == pytest.approx(grid[0] + (1 + value) / 2 * span)


@pytest.mark.parametrize("figure", [None, {"value": None, "low": None, "high": None}])
def test_a_system_without_a_score_has_no_dot(figure: dict[str, None] | None) -> None:
    svg_text = charts.draw_system_chart([{"system": "labels", "f_avg": figure}], "f_avg", "", "")
    assert "n/a" in _texts(svg_text)
    assert not _find(svg_text, "circle", "dot")


def test_a_score_without_an_interval_has_no_whisker() -> None:
    svg_text = charts.draw_system_chart(
        [{"system": "labels", "f_avg": {"value": 0.5, "low": None, "high": None}}], "f_avg", "", ""
    )
    assert len(_find(svg_text, "circle", "dot")) == 1
    assert not _find(svg_text, "line", "whisker")


def test_a_stance_without_labels_is_marked() -> None:
    svg_text = charts.draw_stance_chart(_model(SMALL)["stances"], "", "")
    assert _texts(svg_text).count("n/a (n=0)") == 1
    bars = _find(svg_text, "rect", "bar")
    assert len(bars) == 1 + 5  # one of them in the legend


def test_a_confusion_matrix_is_shaded_by_the_share_of_the_row() -> None:
    svg_text = charts.draw_confusion_matrix({"a": {"a": 1.0, "b": 3.0}, "b": {"a": 0.0, "b": 0.0}}, ["a", "b"], "", "")
    cells = [element.get("class") for element in _find(svg_text, "rect", "cell")][:4]
    assert cells == ["cell heat-2", "cell heat-4", "cell heat-0", "cell heat-0"]
    assert len(_find(svg_text, "rect", "frame")) == 2
    assert "n/a (n=0)" in _texts(svg_text)


def test_a_confusion_matrix_of_many_stances_gets_wider() -> None:
    many = {f"stance {number}": {f"stance {number}": 2.0} for number in range(20)}
    root = _read(charts.draw_confusion_matrix(many, list(many), "", ""))
    assert float(root.get("viewBox", "").split()[2]) > 20 * 40


def test_names_with_a_common_start_are_distinguishable() -> None:
    alike: dict[str, dict[str, float]] = {f"a long stance with number {number}": {} for number in range(3)}
    labels = [
        element.text or ""
        for element in _find(charts.draw_confusion_matrix(alike, list(alike), "", ""), "text", "label")
    ]
    assert len(set(labels[:3])) == len(set(labels[3:])) == 3


def test_the_risk_coverage_curve_is_drawn_from_the_points() -> None:
    points = [
        {"confidence": 0.2, "coverage": 1.0, "accuracy": 0.5},
        {"confidence": 0.6, "coverage": 0.5, "accuracy": 1.0},
    ]
    svg_text = charts.draw_risk_coverage_curve(points, "", "")
    assert {"0.50", "1.00"} <= set(_texts(svg_text))
    assert charts.select_coverage_points(points, [1.0, 0.9, 0.4]) == points


def test_a_negative_weight_has_the_second_colour() -> None:
    svg_text = charts.draw_term_chart([{"term": "да", "weight": 2.0}, {"term": "нет", "weight": -1.0}], "", "")
    positive, negative = _find(svg_text, "rect", "bar")
    assert float(positive.get("width", "")) == 2 * float(negative.get("width", ""))
    assert [positive.get("class"), negative.get("class")] == ["bar", "bar second"]
    assert {"+2.00", "−1.00"} <= set(_texts(svg_text))


def test_terms_with_zero_weight_are_drawn() -> None:
    assert "0.00" in "".join(_texts(charts.draw_term_chart([{"term": "a", "weight": 0.0}], "", "")))


@given(untrusted_names, untrusted_names, untrusted_names)
def test_an_untrusted_name_adds_no_element(stance: str, system: str, term: str) -> None:
    metrics = sample_metrics.renamed(copy.deepcopy(SMALL), {"pro-ukraine": stance, "labels": system, "слава": term})
    drawn = _draw_charts(metrics)
    for untrusted, chart_name in ((system, "systems"), (stance, "stances"), (stance, "confusion"), (term, "terms")):
        root = _read(drawn[chart_name])
        assert {element.tag for element in root.iter()} == {
            element.tag for element in _read(CHARTS[f"small-{chart_name}"]).iter()
        }
        line = " ".join(replace_unprintable(untrusted).split())
        texts = ["".join(element.itertext()) for element in root.iter("text")]
        assert any(line in " ".join(text.split()) for text in texts)


@given(st.text(), st.floats(20, 400))
def test_a_truncated_name_fits_and_ends_with_an_ellipsis(name: str, width: float) -> None:
    truncated = svg.truncate_to_width(name, width)
    assert svg.estimate_text_width(truncated) <= width + 1e-9
    assert truncated == " ".join(name.split()) or truncated.endswith("…")


@pytest.mark.parametrize("scheme", SMALL["schemes"] + LARGE["schemes"], ids=lambda scheme: scheme["scheme"])
def test_names_do_not_overlap_scores(scheme: dict[str, Any]) -> None:
    long = dict.fromkeys((*sample_metrics.STANCES, "FAVOR", "labels"), "Ресейге және оның одақтастарына қарсы")
    model = sample_metrics.renamed(scheme, long)["systems"][-1]
    svg_text = charts.draw_stance_chart(model["stances"], "", "")
    for label, figure in zip(
        _find(svg_text, "text", "label"), _find(svg_text, "text", "figure"), strict=True
    ):  # fmt: skip
        end = float(label.get("x", "")) + svg.estimate_text_width(label.text or "")
        assert end < float(figure.get("x", "")) - svg.estimate_text_width(figure.text or "")
