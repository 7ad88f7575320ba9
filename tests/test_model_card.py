"""The model card contains the scores of metrics.json, and untrusted names are shown literally."""

from __future__ import annotations

import copy
from typing import Any

import html_reader
import pytest
import sample_metrics
from html_reader import Node
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from report_sentences import find_repeated_sentences

from stance.errors import StanceError
from stance.reports.markdown import escape_markdown
from stance.reports.model_card import render_model_card
from stance.reports.text_format import format_score, replace_unprintable

SMALL, LARGE = sample_metrics.small(), sample_metrics.large()
CARDS = {"small": render_model_card(SMALL), "large": render_model_card(LARGE)}
HOSTILE = [
    "<script>alert(1)</script>", "<!-- ", "a | b", "`code`", "``", "*a* **b** __c__ ~~d~~", "[a](javascript:alert)",
    "![a](x)", "[a]: /url", "[a][b]", "# a", "a #", "1. a", "2) a", "- a", "+ a", "> a", "---", "===", "```", "    a",
    "&lt;b&gt; &#60;", "\\", "\\|", "a\n\n# b", "\x00\u202e", "\ud800", "{{ 7 * 7 }}", "$x$", "<http://a.b>", "[ ] a",
]  # fmt: skip
untrusted_texts = st.one_of(st.sampled_from(HOSTILE), st.text(min_size=1)).filter(
    lambda text: replace_unprintable(text).strip()
)
_MARKDOWN = MarkdownIt("commonmark").enable(["table", "strikethrough"])


def _read(source: str) -> Node:
    return html_reader.parse_html(_MARKDOWN.render(source))


def _rows(root: Node) -> list[list[str]]:
    return [[cell.text for cell in row.children if isinstance(cell, Node)] for row in root.find("tr")]


@pytest.mark.parametrize("name", CARDS)
def test_it_has_the_sections_of_a_model_card(name: str) -> None:
    assert [element.text for element in _read(CARDS[name]).find("h2")] == [
        "Model details", "Intended use", "Factors", "Metrics", "Evaluation data", "Training data",
        "Quantitative analyses", "Ethical considerations", "Caveats and recommendations",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("small", [
            "from 24 labels under 2 articles", "on further comments under these 2 articles, and on no others",
            "24 labels are very few", "4,540 examples of the codebook are used for training, too.",
            "24 labels, 112 are needed", "n/a (n=0)",
            "24 labels are too few to tell whether more will help", "No two annotators labelled the same comments",
        ]),
        ("large", [
            "from 4,200 labels under 60 articles for 2 targets", "Targets: Russia and its allies, NATO.",
            "300 labels are used for training only", "Twice the labels would bring about 0.02",
            "All hyperparameters were fixed in advance; none was chosen by these labels.",
        ]),
    ],
)  # fmt: skip
def test_it_says_what_was_measured_and_what_was_not(name: str, expected: list[str]) -> None:
    line, metrics = _read(CARDS[name]).line, SMALL if name == "small" else LARGE
    score = metrics["schemes"][0]["systems"][-1][metrics["headline"]]
    for text in (*expected, format_score(score)):
        assert text in line
    assert "None" not in line


@pytest.mark.parametrize("name", CARDS)
def test_no_sentence_is_repeated(name: str) -> None:
    assert find_repeated_sentences(_read(CARDS[name])) == []


def test_examples_without_weight_are_not_said_to_be_used() -> None:
    metrics = {**SMALL, "examples": {"weight": 0.004, "low": 0.0, "high": 0.02}}
    line = _read(render_model_card(metrics)).line
    assert "The final model gives no weight to 4,540 examples of the codebook." in line
    assert "are used for training, too" not in line
    assert "and the codebook's examples; in the final model, the examples have no weight." in line


def test_the_training_data_are_described() -> None:
    rows, line = _rows(_read(CARDS["large"])), _read(CARDS["large"]).line
    assert ["news.example", "3,000"] in rows
    assert ["drawn at random", "3,900", "0.01 to 0.25", "7"] in rows
    assert ["FAVOR", "The definition of FAVOR.", "A rule on FAVOR.", "01234567"] in rows
    assert ["Carla", "0", "pass 1: 0", "76", "2024-02-01 to 2024-02-20"] in rows
    assert "A title of a codebook" in line


@pytest.mark.parametrize("name", CARDS)
def test_the_tables_contain_the_scores_of_the_metrics(name: str) -> None:
    rows, metrics = _rows(_read(CARDS[name])), SMALL if name == "small" else LARGE
    for scheme in metrics["schemes"]:
        measures = [key for key in ("accuracy", "macro_f1", "f_avg") if scheme["systems"][-1][key]]
        for system in scheme["systems"]:
            assert [system["system"], *(format_score(system[key]) for key in measures)] in rows
    for sheet in metrics["provenance"]["sheets"]:
        assert [sheet["name"], f"SHA-256 {sheet['sha256']}"] in rows


@pytest.mark.slow
@pytest.mark.parametrize(
    "missing",
    ["annotators", "calibration", "risk_coverage", "learning_curve", "examples", "decision", "provenance", "also",
     "notes", "headline", "targets", "top_terms", "corpus",
     "codebook", "labelling"],
)  # fmt: skip
@pytest.mark.parametrize("metrics", [SMALL, LARGE], ids=["small", "large"])
@pytest.mark.parametrize("is_absent", [True, False], ids=["missing", "null"])
def test_missing_parts_of_the_metrics_are_left_out(metrics: dict[str, Any], missing: str, *, is_absent: bool) -> None:
    partial = {**metrics, missing: None}
    if is_absent:
        del partial[missing]
    root = _read(render_model_card(partial))
    assert len(root.find("h2")) == 9
    assert "None" not in root.text


def test_the_card_compares_decision_rules_and_warns_against_counting_predictions() -> None:
    root = _read(CARDS["large"])
    assert ["difference", "−0.03 [−0.04, −0.02]", "+0.06 [+0.04, +0.08]"] in [row[:3] for row in _rows(root)]
    for card in (root, _read(CARDS["small"])):
        assert "a count of predicted is not an estimate of prevalence" in card.line
        assert "counted together" not in card.line
    assert "The model predicts the most probable stance." in _read(CARDS["small"]).line


def test_another_schema_is_refused() -> None:
    with pytest.raises(StanceError, match="schema None, not 3"):
        render_model_card({})


def _structure(root: Node) -> list[tuple[Any, ...]]:
    return [(element.tag, *sorted(element.attributes.items())) for element in root.walk()]


STRUCTURE = _structure(_read(CARDS["large"]))


@pytest.mark.slow
@given(untrusted_texts, untrusted_texts, untrusted_texts, untrusted_texts)
def test_an_untrusted_name_is_shown_literally(stance: str, target: str, sheet: str, note: str) -> None:
    names = {"FAVOR": stance, sample_metrics.TARGETS[0]: target, "made-up.csv": sheet, "Made up for tests.": note}
    root = _read(render_model_card(sample_metrics.renamed(copy.deepcopy(LARGE), names)))
    assert _structure(root) == STRUCTURE
    rows = _rows(root)
    for name in (stance, sheet):
        assert " ".join(replace_unprintable(name).split()) in [" ".join(row[0].split()) for row in rows]
    assert " ".join(replace_unprintable(target).split()) in root.find("h1")[0].line
    assert " ".join(replace_unprintable(note).split()) == root.find("li")[-1].line


@given(untrusted_texts)
@pytest.mark.parametrize("template", ["{}", "- {}", "# a {}", "| a |\n| --- |\n| {} |", "**{}**", "> {}", "a {} b"])
def test_an_untrusted_text_is_shown_literally_at_any_position(template: str, text: str) -> None:
    harmless, hostile = (_read(template.format(content)) for content in ("x", escape_markdown(text)))
    assert _structure(hostile) == _structure(harmless)
    assert " ".join(replace_unprintable(text).split()) in hostile.line


@pytest.mark.parametrize("name", CARDS)
def test_the_same_metrics_give_the_same_card(name: str) -> None:
    assert render_model_card(copy.deepcopy(SMALL if name == "small" else LARGE)) == CARDS[name]
    assert CARDS[name].endswith("\n")
    assert "\n\n\n" not in CARDS[name]
