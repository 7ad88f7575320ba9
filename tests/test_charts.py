"""The pictures are whole, keep within their edges, and stand where the figures say."""

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
names = st.one_of(st.sampled_from(HOSTILE), st.text(min_size=1)).filter(str.split)


def _model(metrics: dict[str, Any]) -> dict[str, Any]:
    model: dict[str, Any] = metrics["schemes"][0]["systems"][-1]
    return model


def _drawings(metrics: dict[str, Any]) -> dict[str, str]:
    told = ("A title", "How to read it.")
    model, calibration = _model(metrics), metrics["calibration"]
    drawings = {
        "systems": charts.draw_system_chart(metrics["schemes"][0]["systems"], "macro_f1", *told),
        "stances": charts.draw_stance_chart(model["stances"], *told),
        "confusion": charts.draw_confusion_matrix(model["confusion"], list(model["confusion"]), *told),
        "risk_coverage": charts.draw_risk_coverage_curve(metrics["risk_coverage"], *told),
        "terms": charts.draw_term_chart(metrics["top_terms"][0]["terms"], *told),
    }
    if calibration["reliability"]:
        drawings["reliability"] = charts.draw_reliability_diagram(
            calibration["reliability"], calibration["reliability_before"], *told
        )
        drawings["learning"] = charts.draw_learning_curve(metrics["learning_curve"]["points"], "f_avg", *told, "F_avg")
    return drawings


DRAWINGS = {f"{name}-{key}": each for name, metrics in (("small", SMALL), ("large", LARGE))
            for key, each in _drawings(metrics).items()}  # fmt: skip


def _read(drawing: str) -> ET.Element:
    return ET.fromstring(drawing.encode())  # noqa: S314 - drawn a moment ago


def _of_kind(drawing: str, tag: str, kind: str) -> list[ET.Element]:
    return [each for each in _read(drawing).iter(tag) if set(kind.split()) <= set(each.get("class", "").split())]


def _texts(drawing: str) -> list[str]:
    return [each.text or "" for each in _read(drawing).iter("text")]


@pytest.mark.parametrize("drawing", DRAWINGS.values(), ids=DRAWINGS)
def test_a_picture_says_what_it_shows_and_loads_nothing(drawing: str) -> None:
    root = _read(drawing)
    assert root.get("role") == "img"
    assert [(each.tag, each.text) for each in root[:2]] == [("title", "A title"), ("desc", "How to read it.")]
    assert {each.tag for each in root.iter()} <= {
        "svg", "title", "desc", "line", "polyline", "polygon", "rect", "circle", "text"
    }  # fmt: skip
    assert "http" not in drawing
    assert "fill=" not in drawing, "a colour that dark mode cannot change"


@pytest.mark.parametrize("drawing", DRAWINGS.values(), ids=DRAWINGS)
def test_a_picture_keeps_within_its_edges(drawing: str) -> None:
    root = _read(drawing)
    _, _, width, height = map(float, root.get("viewBox", "").split())
    for each in root.iter():
        across = [float(each.get(key, 0)) for key in ("x", "x1", "x2", "cx")]
        down = [float(each.get(key, 0)) for key in ("y", "y1", "y2", "cy")]
        for point in each.get("points", "0,0").split():
            across.append(float(point.split(",")[0]))
            down.append(float(point.split(",")[1]))
        across.append(across[0] + float(each.get("width", 0)))
        down.append(down[0] + float(each.get("height", 0)))
        assert 0 <= min(across) <= max(across) <= width
        assert 0 <= min(down) <= max(down) <= height


@pytest.mark.parametrize("value", [0.0, 0.25, 1.0])
def test_a_dot_and_its_interval_stand_where_the_figures_say(value: float) -> None:
    figure = {"value": value, "low": value / 2, "high": (1 + value) / 2}
    drawing = charts.draw_system_chart([{"system": "model", "accuracy": figure}], "accuracy", "", "")
    (dot,), whiskers = _of_kind(drawing, "circle", "dot model"), _of_kind(drawing, "line", "whisker")
    grid = [float(each.get("x1", "")) for each in _of_kind(drawing, "line", "grid")]
    span = grid[-1] - grid[0]
    assert float(dot.get("cx", "")) == pytest.approx(grid[0] + value * span)
    assert float(whiskers[0].get("x1", "")) == pytest.approx(grid[0] + value / 2 * span)
    assert float(whiskers[0].get("x2", "")) == pytest.approx(grid[0] + (1 + value) / 2 * span)


@pytest.mark.parametrize("figure", [None, {"value": None, "low": None, "high": None}])
def test_a_system_without_a_figure_has_no_dot(figure: dict[str, None] | None) -> None:
    drawing = charts.draw_system_chart([{"system": "labels", "f_avg": figure}], "f_avg", "", "")
    assert "n/a" in _texts(drawing)
    assert not _of_kind(drawing, "circle", "dot")


def test_a_figure_without_an_interval_has_no_whisker() -> None:
    drawing = charts.draw_system_chart(
        [{"system": "labels", "f_avg": {"value": 0.5, "low": None, "high": None}}], "f_avg", "", ""
    )
    assert len(_of_kind(drawing, "circle", "dot")) == 1
    assert not _of_kind(drawing, "line", "whisker")


def test_a_stance_without_labels_is_said_to_have_none() -> None:
    drawing = charts.draw_stance_chart(_model(SMALL)["stances"], "", "")
    assert _texts(drawing).count("n/a (n=0)") == 1
    bars = _of_kind(drawing, "rect", "bar")
    assert len(bars) == 1 + 5  # one in the legend


def test_a_confusion_matrix_shades_by_the_share_of_the_row() -> None:
    drawing = charts.draw_confusion_matrix({"a": {"a": 1.0, "b": 3.0}, "b": {"a": 0.0, "b": 0.0}}, ["a", "b"], "", "")
    cells = [each.get("class") for each in _of_kind(drawing, "rect", "cell")][:4]
    assert cells == ["cell heat-2", "cell heat-4", "cell heat-0", "cell heat-0"]
    assert len(_of_kind(drawing, "rect", "frame")) == 2
    assert "n/a (n=0)" in _texts(drawing)


def test_a_confusion_matrix_of_many_stances_grows_instead_of_shrinking() -> None:
    many = {f"stance {place}": {f"stance {place}": 2.0} for place in range(20)}
    root = _read(charts.draw_confusion_matrix(many, list(many), "", ""))
    assert float(root.get("viewBox", "").split()[2]) > 20 * 40


def test_names_that_start_alike_are_told_apart() -> None:
    alike: dict[str, dict[str, float]] = {f"a long stance with number {place}": {} for place in range(3)}
    labels = [
        each.text or "" for each in _of_kind(charts.draw_confusion_matrix(alike, list(alike), "", ""), "text", "label")
    ]
    assert len(set(labels[:3])) == len(set(labels[3:])) == 3


def test_risk_is_drawn_from_the_points() -> None:
    points = [
        {"confidence": 0.2, "coverage": 1.0, "accuracy": 0.5},
        {"confidence": 0.6, "coverage": 0.5, "accuracy": 1.0},
    ]
    drawing = charts.draw_risk_coverage_curve(points, "", "")
    assert {"0.50", "1.00"} <= set(_texts(drawing))
    assert charts.select_coverage_points(points, [1.0, 0.9, 0.4]) == points


def test_a_term_that_pulls_away_has_the_second_colour() -> None:
    drawing = charts.draw_term_chart([{"term": "да", "weight": 2.0}, {"term": "нет", "weight": -1.0}], "", "")
    toward, away = _of_kind(drawing, "rect", "bar")
    assert float(toward.get("width", "")) == 2 * float(away.get("width", ""))
    assert [toward.get("class"), away.get("class")] == ["bar", "bar second"]
    assert {"+2.00", "−1.00"} <= set(_texts(drawing))


def test_terms_without_any_pull_are_drawn() -> None:
    assert "0.00" in "".join(_texts(charts.draw_term_chart([{"term": "a", "weight": 0.0}], "", "")))


@given(names, names, names)
def test_no_foreign_name_can_draw(stance: str, system: str, term: str) -> None:
    metrics = sample_metrics.renamed(copy.deepcopy(SMALL), {"pro-ukraine": stance, "labels": system, "слава": term})
    drawings = _drawings(metrics)
    for foreign, drawing in ((system, "systems"), (stance, "stances"), (stance, "confusion"), (term, "terms")):
        root = _read(drawings[drawing])
        assert {each.tag for each in root.iter()} == {each.tag for each in _read(DRAWINGS[f"small-{drawing}"]).iter()}
        line = " ".join(replace_unprintable(foreign).split())
        written = ["".join(each.itertext()) for each in root.iter("text")]
        assert any(line in " ".join(text.split()) for text in written)


@given(st.text(), st.floats(20, 400))
def test_a_shortened_name_fits_and_says_that_it_was_shortened(name: str, width: float) -> None:
    fitted = svg.truncate_to_width(name, width)
    assert svg.estimate_text_width(fitted) <= width + 1e-9
    assert fitted == " ".join(name.split()) or fitted.endswith("…")


@pytest.mark.parametrize("scheme", SMALL["schemes"] + LARGE["schemes"], ids=lambda scheme: scheme["scheme"])
def test_names_do_not_run_into_figures(scheme: dict[str, Any]) -> None:
    long = dict.fromkeys((*sample_metrics.STANCES, "FAVOR", "labels"), "Ресейге және оның одақтастарына қарсы")
    model = sample_metrics.renamed(scheme, long)["systems"][-1]
    drawing = charts.draw_stance_chart(model["stances"], "", "")
    for label, figure in zip(
        _of_kind(drawing, "text", "label"), _of_kind(drawing, "text", "figure"), strict=True
    ):  # fmt: skip
        end = float(label.get("x", "")) + svg.estimate_text_width(label.text or "")
        assert end < float(figure.get("x", "")) - svg.estimate_text_width(figure.text or "")
