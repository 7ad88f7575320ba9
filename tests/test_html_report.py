"""The HTML report contains the scores of metrics.json, says what is missing, and shows untrusted texts literally."""

from __future__ import annotations

import copy
import re
from pathlib import Path
from typing import Any

import html_reader
import pandas as pd
import pytest
import sample_metrics
from html_reader import Node
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from report_sentences import find_repeated_sentences

from stance.errors import StanceError
from stance.reports.html_page import MAX_COMMENT_LENGTH, MAX_COMMENTS, render_html_report
from stance.reports.text_format import format_count, format_number, format_score, replace_unprintable, truncate

SMALL, LARGE = sample_metrics.small(), sample_metrics.large()
HOSTILE = [
    "<script>alert(1)</script>", '"><img src=x onerror=alert(1)>', "</style></head></html>", "<!-- ", "]]>",
    "{{ 7 * 7 }}", "{% raw %}", "&lt;b&gt;", "\x00\x1b[31m", "\u202eabc\u2069", "\ud800", "x" * 10_000, "a\r\nb\rc",
]  # fmt: skip
untrusted_texts = st.one_of(st.sampled_from(HOSTILE), st.text(min_size=1)).filter(
    lambda text: replace_unprintable(text).strip()
)


def _render(metrics: dict[str, Any], texts: tuple[str, ...] = ("Words of a comment.",)) -> str:
    return render_html_report(metrics, *sample_metrics.frames(metrics, texts))


def _read(metrics: dict[str, Any]) -> Node:
    return html_reader.parse_html(_render(metrics))


def _section(root: Node, anchor: str) -> Node:
    return next(section for section in root.find("section") if section.attributes["id"] == anchor)


def _tables(root: Node, title: str) -> list[list[list[str]]]:
    """Return the rows of each table under a title."""
    figures = [figure for figure in root.find("figure") if figure.find("h3")[0].text == title]
    return [_rows(figure) for figure in figures]


def _rows(root: Node) -> list[list[str]]:
    return [[cell.text for cell in row.children if isinstance(cell, Node)] for row in root.find("tr")][1:]


PAGES = {"small": _read(SMALL), "large": _read(LARGE)}


@pytest.mark.parametrize("name", PAGES)
def test_the_page_loads_nothing_and_has_no_script(name: str) -> None:
    root = PAGES[name]
    policy = next(
        element for element in root.find("meta") if element.attributes.get("http-equiv") == "Content-Security-Policy"
    )
    assert policy.attributes["content"] == (
        "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"
    )
    assert not {"script", "link", "img", "iframe", "object", "embed", "base", "form"} & {
        element.tag for element in root.walk()
    }
    for element in root.walk():
        assert not {"src", "srcset", "data", "action", "background", "xlink:href"} & set(element.attributes)
        assert (element.attributes.get("href") or "#").startswith("#")
        assert not any(attribute.startswith("on") for attribute in element.attributes)
    assert not re.search(r"url\(|@import|https?:", _render(SMALL if name == "small" else LARGE))


@pytest.mark.parametrize("name", PAGES)
def test_every_link_has_a_target(name: str) -> None:
    anchors = [element.attributes["id"] for element in PAGES[name].find("section")]
    assert [(element.attributes["href"] or "")[1:] for element in PAGES[name].find("a")] == anchors
    assert len(set(anchors)) == len(anchors)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("small", [
            "24 labels under 2 articles", "macro F1", "further comments under these 2 articles, and on no others",
            "24 labels are very few", "With 2 articles, nothing is known about comments under other articles.",
            "pro-russia (0)", "Not clearly better or worse than majority", "Better than stratified guess",
        ]),
        ("large", [
            "4,200 labels under 60 articles for 2 targets", "F_avg", "Russia and its allies and NATO",
            "The model is better than always predicting the most common stance. Its agreement with the labels is 0.50",
            "A and B gave the same label to 81 % [77 %, 85 %] of 400 comments; the model predicts",
            "It is behind people by about",
        ]),
    ],
)  # fmt: skip
def test_the_header(name: str, expected: list[str]) -> None:
    (header,), metrics = PAGES[name].find("header"), SMALL if name == "small" else LARGE
    score = metrics["schemes"][0]["systems"][-1][metrics["headline"]]
    interval = f"between {format_number(score['low'])} and {format_number(score['high'])}, with 95 % confidence"
    assert header.find("span", "figure")[0].text == format_number(score["value"])
    for sentence in (*expected, interval):
        assert sentence in header.line


def test_many_labels_give_no_warning() -> None:
    assert "very few" not in PAGES["large"].text
    assert not PAGES["large"].find("div", "caution")


@pytest.mark.parametrize("name", PAGES)
def test_the_tables_contain_the_scores_of_the_metrics(name: str) -> None:
    metrics = SMALL if name == "small" else LARGE
    by_title: dict[str, list[list[list[str]]]] = {}
    for title in ("The model compared with baselines", "The systems", "Scores by stance", "Confusion matrix"):
        by_title[title] = _tables(PAGES[name], title)
    for scheme in metrics["schemes"]:
        measures = [key for key in ("accuracy", "macro_f1", "f_avg") if scheme["systems"][-1][key]]
        systems = [[system["system"], *(format_score(system[key]) for key in measures)] for system in scheme["systems"]]
        assert systems in by_title["The model compared with baselines"] + by_title["The systems"]
        if scheme["scheme"] != "stratified k-fold":
            continue
        model = scheme["systems"][-1]
        stances = [
            [stance["stance"], format_count(stance["n"]), format_count(stance["hits"]), format_score(stance["recall"]),
             *map(format_number, (stance["precision"], stance["f1"]))]
            if stance["n"] else [stance["stance"], "0", "n/a", "n/a (n=0)", "n/a", "n/a"]
            for stance in model["stances"]
        ]  # fmt: skip
        assert stances in by_title["Scores by stance"]
        confusion = [[stance, *map(format_count, row.values())] for stance, row in model["confusion"].items()]
        assert confusion in by_title["Confusion matrix"]


def test_the_other_scores_of_the_metrics_are_on_the_page() -> None:
    root = PAGES["large"]
    (bins,) = _tables(root, "Is its confidence reliable?")
    assert len(bins) == 20
    assert bins[0][1:] == ["0.32", "0.38", "420", "0.35", "0.34 [0.30, 0.38]"]
    (risk_coverage,) = _tables(root, "What if uncertain comments get no prediction?")
    assert risk_coverage[0] == ["100\N{NO-BREAK SPACE}%", "0.34", "0.63"]
    (learning,) = _tables(root, "Would more labels help?")
    assert learning[-1] == ["3,780", "0.64 [0.59, 0.69]", "0.67"]
    labels = _section(root, "labels")
    assert ["AGAINST", "1,980", "900", "1,080"] in _rows(labels)
    assert [
        "A and B",
        "400",
        "0.81 [0.77, 0.85]",
        "0.78 [0.73, 0.83]",
        "0.70 [0.64, 0.76]",
        "0.69 [0.63, 0.75]",
    ] in _rows(labels)
    assert ["A, pass 2", "50", "0.81 [0.77, 0.85]", "n/a", "0.70 [0.64, 0.76]", "0.69 [0.63, 0.75]"] in _rows(labels)
    assert ["Carla", "0", "pass 1: 0", "76", "2024-02-01 to 2024-02-20"] in _rows(labels)
    assert (
        "Pairs of a comment and a target with different labels: 76; adjudicated: 76; labels marked as unsure: 31."
        in labels.line
    )
    one_target = _section(_read({**LARGE, "targets": []}), "labels")
    assert "Comments with different labels: 76; adjudicated: 76;" in one_target.line
    comments = _section(root, "comments")
    assert ["news.example", "3,000"] in _rows(comments)
    assert ["drawn at random", "3,900", "0.01 to 0.25", "7"] in _rows(comments)
    assert "Written from 2023-02-01 to 2024-01-31, a date being recorded for 3,900 of 4,200 comments." in comments.line
    codebook = _section(root, "codebook")
    assert ["FAVOR", "The definition of FAVOR.", "A rule on FAVOR.", "01234567"] in _rows(codebook)
    assert ["1", "A general rule."] in _rows(codebook)
    assert "Codebook: A title of a codebook. Given with these definitions and rules: 4,100 labels" in codebook.line
    provenance = _rows(_section(root, "provenance"))

    assert ["log loss", "0.91", "0.80"] in provenance
    assert ["with multipliers", "0.63 [0.62, 0.64]", "0.61 [0.59, 0.63]", "0.63 [0.61, 0.65]"] in provenance
    assert ["the most probable stance", "0.66 [0.65, 0.67]", "0.55 [0.53, 0.57]", "0.57 [0.55, 0.59]"] in provenance
    assert ["made-up.csv", f"SHA-256 {'0123456789abcdef' * 4}"] in provenance


def test_terms_are_shown_by_stance_and_target() -> None:
    section = _section(PAGES["large"], "terms")
    assert [element.text for element in section.find("h3")][:2] == [
        "FAVOR (Russia and its allies)", "AGAINST (Russia and its allies)"
    ]  # fmt: skip
    assert _rows(section)[0] == ["слава", "+2.40"]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("missing", "expected"),
    [
        ("annotators", "No two annotators labelled the same comments, so it is unknown how hard the task is."),
        ("corpus", "The metrics do not record where the comments are from."),
        ("codebook", "The metrics do not record the codebook."),
        ("labelling", "The metrics do not record who labelled."),
        ("calibration", "The model's confidence is not calibrated. Do not interpret it as a probability."),
        ("risk_coverage", "It is unknown what leaving out uncertain comments would change."),
        ("learning_curve", "It is unknown whether more labels would help."),
        ("top_terms", "The metrics contain no terms."),
        ("examples", "All hyperparameters were fixed in advance"),
        ("provenance", "The metrics do not record the files, versions and seed."),
        ("also", "Labels by stance"),
        ("notes", "What to do next"),
        ("headline", "macro F1"),
        ("targets", "All stances"),
        ("groups_of_stances", "Scores by stance"),
    ],
)
@pytest.mark.parametrize("metrics", [SMALL, LARGE], ids=["small", "large"])
@pytest.mark.parametrize("is_absent", [True, False], ids=["missing", "null"])
def test_missing_parts_of_the_metrics_are_stated(
    metrics: dict[str, Any], missing: str, expected: str, *, is_absent: bool
) -> None:
    partial = {**metrics, missing: None}
    if is_absent:
        del partial[missing]
    text = html_reader.parse_html(render_html_report(partial, *sample_metrics.frames(metrics))).line
    assert expected in text
    assert "None" not in text


def _without(value: Any, keys: frozenset[str]) -> Any:
    """Set keys to None at every level."""
    if isinstance(value, dict):
        return {key: None if key in keys else _without(child, keys) for key, child in value.items()}
    return [_without(child, keys) for child in value] if isinstance(value, list) else value


@pytest.mark.slow
@pytest.mark.parametrize(
    "keys",
    [
        {"low", "high"}, {"f_avg"}, {"precision", "f1"}, {"before", "after"}, {"reason"}, {"confusion"}, {"stances"},
        {"differences"}, {"articles"}, {"says"}, {"by_stance", "by_target"}, {"terms"}, {"repeats"},
    ],
    ids=lambda keys: "-".join(sorted(keys)),
)  # fmt: skip
@pytest.mark.parametrize("metrics", [SMALL, LARGE], ids=["small", "large"])
def test_null_values_are_not_shown(metrics: dict[str, Any], keys: set[str]) -> None:
    # The edges of reliability bins are not an interval and never null.
    partial = {**_without(metrics, frozenset(keys)), "stances": metrics["stances"]}
    if "low" in keys:
        partial["calibration"] = metrics["calibration"]
    text = html_reader.parse_html(render_html_report(partial, *sample_metrics.frames(metrics))).line
    assert not re.search(r"\b(None|nan)\b", text)


def test_scores_without_an_interval_say_so() -> None:
    text = _read({**SMALL, "schemes": _without(SMALL["schemes"], frozenset({"low", "high"}))}).line
    assert "No interval is available" in text
    assert "without an interval this may be due to chance" in text


def test_unknown_agreement_is_stated_once() -> None:
    sentence = "No two annotators labelled the same comments, so it is unknown how hard the task is."
    assert sentence in _section(PAGES["small"], "labels").line
    assert PAGES["small"].line.count("No two annotators labelled the same comments") == 1
    assert "No two annotators" not in PAGES["large"].line


@pytest.mark.parametrize("name", PAGES)
def test_no_sentence_is_repeated(name: str) -> None:
    assert find_repeated_sentences(PAGES[name]) == []


def test_no_sentence_is_repeated_in_the_reports_of_a_training_run(small_model: Path) -> None:
    page = small_model.with_name("report.html").read_text(encoding="utf-8")
    card = MarkdownIt("commonmark").enable("table").render(small_model.with_name("model-card.md").read_text("utf-8"))
    for report in (page, card):
        root = html_reader.parse_html(report)
        assert find_repeated_sentences(root) == []
        assert root.line.count("too few to evaluate") == 1
    twice = html_reader.parse_html("<main><p>It is so. But why?</p><ul><li>It is so.</li></ul></main>")
    assert find_repeated_sentences(twice) == ["It is so"]


def test_only_scores_without_an_interval_are_said_to_have_none() -> None:
    scheme = copy.deepcopy(LARGE["schemes"][-1])
    for system in scheme["systems"]:
        for measure in ("macro_f1", "f_avg"):
            system[measure] |= {"low": None, "high": None}
    section = _section(_read({**LARGE, "schemes": [*LARGE["schemes"][:-1], scheme]}), "overall-2")
    assert "without its group, such as its article; there are no intervals of macro F1 and F_avg;" in section.line
    assert "; that of accuracy is for comments under further articles like these." in section.line
    assert "there are no intervals." not in section.line
    assert format_score(scheme["systems"][-1]["accuracy"]) in section.line


def test_uncalibrated_bins_are_marked() -> None:
    calibration = {**LARGE["calibration"], "calibrated": False, "reason": "24 labels, 112 are needed"}
    root = _read({**LARGE, "calibration": calibration})
    text = _section(root, "confidence").line
    assert (
        "The model's confidence is not calibrated: 24 labels, 112 are needed. Do not interpret it as a probability."
        in text
    )
    (bins,) = _tables(root, "Is its confidence reliable?")
    assert {row[0] for row in bins} == {"not calibrated"}


def test_stances_without_definitions_are_not_tabulated() -> None:
    stances = [{**stance, "definition": None, "rules": []} for stance in LARGE["codebook"]["stances"]]
    section = _section(_read({**LARGE, "codebook": {**LARGE["codebook"], "stances": stances}}), "codebook")
    assert "No definitions of the stances are recorded." in section.line
    assert not section.find("table")


def test_groups_of_stances_have_a_section() -> None:
    groups = {"FAVOR": "sided", "AGAINST": "sided", "NONE": "none"}
    scheme = sample_metrics.renamed({**LARGE["schemes"][0], "groups": True}, {"FAVOR": "sided", "NONE": "none"})
    root = _read({**LARGE, "groups_of_stances": groups, "schemes": [*LARGE["schemes"], scheme]})
    assert "sided" in _section(root, "groups").text


@pytest.mark.parametrize(
    ("change", "cause"),
    [
        ({"schema": 1}, "schema 1, not 3"),
        ({"schemes": []}, "no schemes"),
        ({"labels": None, "stances": None}, "no stances and labels"),
    ],
)
def test_another_schema_is_refused(change: dict[str, Any], cause: str) -> None:
    with pytest.raises(StanceError, match=f"{cause}.*train the model again"):
        render_html_report({**SMALL, **change}, pd.DataFrame(), pd.DataFrame())


def test_empty_lists_of_comments_are_stated() -> None:
    text = html_reader.parse_html(render_html_report(SMALL, pd.DataFrame(), pd.DataFrame())).line
    assert "No label stands out as doubtful." in text
    assert "No comment was predicted wrongly by most models." in text


@pytest.mark.parametrize("skill", [None, {"value": 0.1, "low": -0.1, "high": 0.3}])
def test_without_skill_nothing_is_called_better_and_no_label_doubtful(skill: dict[str, float] | None) -> None:
    metrics = copy.deepcopy(SMALL)
    for scheme in metrics["schemes"]:
        scheme["systems"][-1]["skill"] = skill
    root = html_reader.parse_html(_render(metrics))
    assert "These labels do not show that the model is better" in root.find("header")[0].line
    assert "Better than" not in root.line
    assert "in macro F1, but a model that guesses may be, too." in root.find("header")[0].line
    for anchor in ("label-issues", "misclassified"):
        assert "Not listed" in _section(root, anchor).line
        assert "Words of a comment." not in _section(root, anchor).line


def test_long_comments_and_lists_are_truncated() -> None:
    metrics = {**SMALL, "misread": SMALL["misread"] * 7}
    root = html_reader.parse_html(_render(metrics, ("a" * (MAX_COMMENT_LENGTH + 1_500),)))
    quotes = [element.text for element in _section(root, "misclassified").find("blockquote")]
    assert quotes == [f"{'a' * MAX_COMMENT_LENGTH} … [1,500 more characters]"] * MAX_COMMENTS
    assert f"oof.csv beside the model contains {63 - MAX_COMMENTS} more" in _section(root, "misclassified").line


def _structure(root: Node) -> list[tuple[Any, ...]]:
    """Return the elements of a page with their attributes; a chart only as the set of its elements."""
    structure: list[tuple[Any, ...]] = []
    for child in root.children:
        if isinstance(child, str):
            continue
        if child.tag == "svg":
            structure.append(
                (
                    "svg",
                    frozenset(
                        (element.tag, *sorted(element.attributes)) for element in child.walk() if element.tag != "title"
                    ),
                )
            )
        else:
            structure += [(child.tag, *sorted(child.attributes.items())), *_structure(child)]
    return structure


STRUCTURE = _structure(PAGES["large"])


@pytest.mark.slow
@given(untrusted_texts, untrusted_texts, untrusted_texts, untrusted_texts, untrusted_texts)
def test_an_untrusted_text_is_shown_literally(stance: str, target: str, term: str, text: str, title: str) -> None:
    names = {"FAVOR": stance, sample_metrics.TARGETS[0]: target, "слава": term, "слава +0.4; peace +0.2": term}
    metrics = sample_metrics.renamed(copy.deepcopy(LARGE), names)
    html = render_html_report(metrics, *sample_metrics.frames(metrics, (text,), title))
    root = html_reader.parse_html(html.encode().decode())
    assert _structure(root) == STRUCTURE
    assert {element.text for element in root.find("blockquote")} == {
        truncate(replace_unprintable(text), MAX_COMMENT_LENGTH)
    }
    label_issue = _section(root, "label-issues").find("li")[0]
    assert label_issue.find("strong")[0].text == replace_unprintable(stance)
    assert [element.text for element in label_issue.find("bdi")][3:5] == [
        replace_unprintable(target),
        truncate(replace_unprintable(title), MAX_COMMENT_LENGTH),
    ]
    assert replace_unprintable(term) in [row[0] for row in _rows(_section(root, "terms"))]
    assert replace_unprintable(target) in root.find("h1")[0].text


def test_untrusted_texts_cannot_change_the_direction_of_other_text() -> None:
    root = html_reader.parse_html(_render(SMALL, ("\u202eabc \u2067def",)))
    assert not re.search("[\u202a-\u202e\u2066-\u2069]", root.text)
    for element in (*root.find("blockquote"), *root.find("strong"), *root.find("h2"), *root.find("h3")):
        children = [child for child in element.children if isinstance(child, Node)]
        assert [child.tag for child in children] in (["bdi"], []), element.line
    assert all(element.find("bdi") for element in root.find("blockquote") + root.find("strong") + root.find("th"))


@pytest.mark.parametrize("metrics", [SMALL, LARGE], ids=["small", "large"])
def test_the_same_metrics_give_the_same_page(metrics: dict[str, Any]) -> None:
    assert _render(metrics) == _render(copy.deepcopy(metrics))
    assert "\r" not in _render(metrics)
