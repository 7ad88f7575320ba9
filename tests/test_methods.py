"""The methods text says what metrics.json records, cites what exists, and shows untrusted names literally."""

from __future__ import annotations

import copy
import re
from typing import Any

import html_reader
import pytest
import sample_metrics
from conftest import ROOT
from html_reader import Node
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from stance.errors import StanceError
from stance.reports.methods.latex import escape_latex
from stance.reports.methods.references import read_references
from stance.reports.methods.text import render_methods
from stance.reports.text_format import format_score, replace_unprintable

SMALL, LARGE = sample_metrics.small(), sample_metrics.large()
TEXTS = {"small": render_methods(SMALL), "large": render_methods(LARGE)}
HOSTILE = [
    "\\end{document}", "50 % & more", "{", "}", "}{", "$x_1^2$", "#1", "~", "a--b", "''", ",,", "``", "<<", ">>", "|",
    '"a"', "\\input{/etc/passwd}", "[x]", "*", "^^41", "a\nb", "\n\n", "%\n", "[@cohen1960]", "{name}", "`a`", "**a**",
    "a | b", "<script>", "\x00", "\u202e", "\ud800", "\u2212", "\u2026", "\u201c", "Фрунзе", "\ufffd", "[a](b)", "- a",
]  # fmt: skip
untrusted_texts = st.one_of(st.sampled_from(HOSTILE), st.text(min_size=1)).filter(
    lambda text: replace_unprintable(text).strip()
)
_MARKDOWN = MarkdownIt("commonmark").enable(["table", "strikethrough"])


def _read_markdown(source: str) -> Node:
    return html_reader.parse_html(_MARKDOWN.render(source))


def _rename(names: dict[str, str]) -> dict[str, str]:
    return render_methods(sample_metrics.renamed(copy.deepcopy(LARGE), names))


# What each command prints that `escape_latex` may write.
_PRINTED = {
    "textbackslash": "\\", "textasciitilde": "~", "textasciicircum": "^", "textless": "<", "textgreater": ">",
    "textbar": "|", "textquotedblleft": "\u201c", "textquotedblright": "\u201d", "textquoteleft": "`",
    "dots": "\u2026",
}  # fmt: skip
_TOKEN = re.compile(r"\\(?P<command>[a-z]+)\{\}|\\(?P<symbol>[{}$&#%_])|(?P<minus>\$-\$)|(?P<empty>\{\})|(?P<plain>.)")


def _print_latex(source: str) -> str:
    """Return what LaTeX prints for an escaped text; a special character that is not escaped is an error."""
    printed = ""
    for match in _TOKEN.finditer(source):
        if match["command"]:
            printed += _PRINTED[match["command"]]
        elif match["minus"]:
            printed += "\u2212"
        elif not match["empty"]:
            assert (match["plain"] or "") not in set('\\{}$&#%_~^<>|"`'), source
            printed += match["symbol"] or match["plain"]
    return printed


@given(untrusted_texts)
def test_latex_prints_an_untrusted_text_literally(text: str) -> None:
    expected = " ".join(replace_unprintable(text).split())
    expected = expected.replace("\ufffd", "?").replace('"', "\u201d")
    escaped = escape_latex(text)
    assert _print_latex(escaped) == expected
    assert "\n" not in escaped
    assert not re.search(r"--|''|,,", escaped)


def _latex_structure(source: str) -> list[str]:
    """Return the commands of a LaTeX text that arrange it, and check that its braces are balanced."""
    body = "\n".join(line for line in source.splitlines() if not line.startswith("%"))
    depth = 0
    for match in re.finditer(r"\\[{}]|[{}]", body):
        depth += {"{": 1, "}": -1}.get(match[0], 0)
        assert depth >= 0
    assert depth == 0
    without_escapes = re.sub(r"\\[{}$&#%_]", "", body)
    pattern = r"\\(?:(?:subsection\*|begin|end|cite)\{[^{}]*\}|(?:item|hline|caption|textbf)\b|\\)|&"
    return re.findall(pattern, without_escapes)


@pytest.mark.slow
@given(untrusted_texts, untrusted_texts, untrusted_texts, untrusted_texts, untrusted_texts)
def test_untrusted_names_change_no_structure(stance: str, target: str, host: str, title: str, annotator: str) -> None:
    names = {
        "FAVOR": stance, sample_metrics.TARGETS[0]: target, "news.example": host, "A title of an article": title,
        "Carla": annotator, "The definition of NONE.": title, "A title of a codebook": host,
    }  # fmt: skip
    renamed = _rename(names)
    assert _latex_structure(renamed["tex"]) == _latex_structure(TEXTS["large"]["tex"])
    root = _read_markdown(renamed["md"])
    assert [element.tag for element in root.walk()] == [
        element.tag for element in _read_markdown(TEXTS["large"]["md"]).walk()
    ]
    for name in names.values():
        assert " ".join(replace_unprintable(name).split()) in root.line
    assert renamed["bib"] == TEXTS["large"]["bib"]


@pytest.mark.parametrize("name", TEXTS)
def test_every_citation_is_an_entry_of_the_bibliography(name: str) -> None:
    text = TEXTS[name]
    in_markdown = {key for group in re.findall(r"\[(@\w+(?:; @\w+)*)\]", text["md"].split("\n## ", 1)[1])
                   for key in re.findall(r"@(\w+)", group)}  # fmt: skip
    in_latex = {key for group in re.findall(r"\\cite\{([\w,]+)\}", text["tex"]) for key in group.split(",")}
    entries = re.findall(r"^@\w+\{(\w+),$", text["bib"], re.MULTILINE)
    listed = re.findall(r"^- `(\w+)`: ", text["md"], re.MULTILINE)
    assert in_markdown == in_latex == set(entries)
    assert listed == entries == sorted(entries)


def test_the_bibliography_is_complete_and_ascii() -> None:
    for reference in read_references().values():
        assert reference.bibtex.isascii()
        assert reference.bibtex.count("{") == reference.bibtex.count("}")
        assert {"article": "journal", "inproceedings": "booktitle", "book": "publisher", "techreport": "institution",
                "misc": "howpublished"}[reference.type] in reference.fields  # fmt: skip
        assert all("," in author or author.startswith("{") for author in reference.authors)
        assert str(reference.year) in reference.key or reference.key == "stance"


def test_a_reference_is_listed_with_all_that_identifies_it() -> None:
    assert read_references()["nadeau2003"].line == (
        "Nadeau, Claude; Bengio, Yoshua (2003). Inference for the generalization error. Machine Learning 52(3), "
        "239-281. doi:10.1023/A:1024068626366"
    )


def test_every_reference_is_named_where_its_method_is_applied() -> None:
    sources = [path.read_text(encoding="utf-8") for path in (ROOT / "stance").rglob("*.py")]
    code = " ".join(" ".join(sources).split())
    for reference in read_references().values():
        if reference.key != "stance":
            start = " ".join(reference.title.split()[:4])
            assert re.search(rf"{reference.year}\)?, {re.escape(start)}", code), reference.key


def test_the_program_is_cited_as_in_its_citation_file() -> None:
    citation = (ROOT / "CITATION.cff").read_text(encoding="utf-8")
    own = read_references()["stance"]
    assert f'title: "{own.title}"' in citation
    assert f"date-released: {own.year}-" in citation
    assert f"  - name: {own.authors[0].strip('{}')}\n" in citation


@pytest.mark.parametrize(
    "expected",
    [
        "4,200 labelled comments under 60 articles", "5,000 different comments, labelled or not",
        "news.example (3,000 comments) and daily.example (900 comments)",
        "The outlets of 100 comments are not recorded", "The sources of 200 comments are not recorded.",
        "The comments were written from 2023-02-01 to 2024-01-31 (a date is recorded for 3,900 of 4,200 comments).",
        "3,900 comments were drawn at random (random seed 7), with unequal inclusion probabilities, from 0.01 to 0.25",
        "; by the sum of the inverse probabilities, they represent 40,000 comments. Whether the sample was",
        "Whether the sample was stratified, and by what, is not recorded.",
        "300 comments were selected because a model was uncertain",
        "the codebook “A title of a codebook”", "1 general rule and 3 rules for single stances",
        "FAVOR: The definition of FAVOR. (1,020 labels, version 01234567)",
        "Under the versions listed here: 4,100 labels; under others: 60 labels; not recorded: 40 labels.",
        "A (2,500 labels; from 2024-02-01 to 2024-02-20)", "Marked as unsure: 31 labels.",
        "The first labels of A and B were compared on 400 comments that at least two of them labelled",
        "observed agreement 0.81 [0.77, 0.85], Cohen's kappa 0.70 [0.64, 0.76],",
        "Krippendorff's alpha 0.69 [0.63, 0.75].",
        "A labelled 50 comments again (pass 2)", "76 pairs of a comment and a target have labels that differ.",
        "76 pairs of a comment and a target were adjudicated, by Carla (76).",
        "The stance of a comment is that of its last adjudication or, without one, the stance of all its labels.",
        "word n-grams of length 1-3 and of character n-grams of length 2-5", "with C = 10",
        "All hyperparameters were fixed in advance; none was chosen by these labels.",
        "with prior variances of 0.25 and 0.75 [@evgeniou2004].",
        "N-grams that occur in fewer than 2 training texts are left out.",
        "log loss is 0.91 before and 0.80 after calibration",
        "so that each stance is predicted as often as it is expected to occur.",
        "10-fold cross-validation, stratified by stance, repeated 2 times; each of 4,200 labels",
        "Intervals are for the scores of the final model on further comments like these, and on no others.",
        "Its directions and their stances: favour (FAVOR); against (AGAINST).",
        "Stratified k-fold, 4,200 tested labels: F_avg is",
        "stance [@stance], version 0.1.0, and Python 3.11.2, numpy 2.4.6.",
        "Random seed: 0.",
        "rules with multipliers give accuracy 0.63 [0.62, 0.64] instead of 0.66 [0.65, 0.67], macro F1 0.61",
        "made-up.csv, SHA-256 beginning with 0123456789abcdef.",
    ],
)  # fmt: skip
def test_the_text_says_what_is_recorded(expected: str) -> None:
    assert expected in _read_markdown(TEXTS["large"]["md"]).line


def test_the_text_says_how_often_a_closed_test_set_was_opened() -> None:
    closed_test = {"n": 50, "left_out": 2, "unlabelled": 1, "openings": 3, "scored": True, "rows_sha256": "0" * 64}
    scheme = {**LARGE["schemes"][-1], "scheme": "closed test set", "n": 50, "folds": 1}
    text = _read_markdown(
        render_methods({**LARGE, "closed_test": closed_test, "schemes": [*LARGE["schemes"], scheme]})["md"]
    ).line
    assert "A closed test set of 50 labels was neither trained on" in text
    assert "Not trained on either: 2 labels of comments that nearly repeat one in it." in text
    assert "Its comments without a label: 1." in text
    assert "It was opened 3 times. Its score is no longer that of a closed test" in text
    assert "Closed test set: 50 labels, which were set aside before, were predicted by the final model" in text


@pytest.mark.parametrize("name", TEXTS)
def test_the_tables_contain_the_scores_of_the_metrics(name: str) -> None:
    metrics = SMALL if name == "small" else LARGE
    scheme = metrics["schemes"][0]
    rows = [[cell.text for cell in row.children if isinstance(cell, Node)]
            for row in _read_markdown(TEXTS[name]["md"]).find("tr")]  # fmt: skip
    measures = [key for key in ("accuracy", "macro_f1", "f_avg") if scheme["systems"][-1][key]]
    for system in scheme["systems"]:
        assert [system["system"], *(format_score(system[key]) for key in measures)] in rows
    for stance in scheme["systems"][-1]["stances"]:
        if stance["n"]:
            assert [stance["stance"], format_score(stance["recall"])] in [[row[0], row[3]] for row in rows if row[4:]]
    for difference in scheme["differences"]:
        assert [difference["system"], *(format_score(difference[key], sign=True) for key in measures[:2])] in rows


@pytest.mark.parametrize(
    "expected",
    [
        "The outlets are not recorded.", "The dates of the comments are not recorded.",
        "How the comments were selected is not recorded.", "definition not recorded.",
        "Under which version of the codebook the labels were given is not recorded.",
        "The annotators are not recorded.",
        "The settings of the model are not recorded.",
        "How and when articles were selected and comments collected is not recorded.",
    ],
)  # fmt: skip
def test_the_text_says_what_is_not_recorded(expected: str) -> None:
    assert expected in _read_markdown(TEXTS["small"]["md"]).line
    assert expected in TEXTS["small"]["tex"]


@pytest.mark.slow
@pytest.mark.parametrize("missing", sorted(set(LARGE) - {"schema", "stances", "labels", "schemes"}))
@pytest.mark.parametrize("metrics", [SMALL, LARGE], ids=["small", "large"])
@pytest.mark.parametrize("is_absent", [True, False], ids=["missing", "null"])
def test_missing_parts_of_the_metrics_are_stated(metrics: dict[str, Any], missing: str, *, is_absent: bool) -> None:
    partial = {**metrics, missing: None}
    if is_absent:
        partial.pop(missing)
    for text in render_methods(partial).values():
        assert not re.search(r"\b(None|nan)\b", text)


@pytest.mark.parametrize("name", TEXTS)
def test_annotators_are_only_named(name: str) -> None:
    for text in TEXTS[name].values():
        assert not re.search(r"language model|person|human", text)
    assert "adjudicated, by gpt (76)" in _rename({"Carla": "gpt"})["md"]


def test_another_schema_is_refused() -> None:
    with pytest.raises(StanceError, match="schema 1, not 3"):
        render_methods({**LARGE, "schema": 1})


@pytest.mark.parametrize("name", TEXTS)
def test_the_same_metrics_give_the_same_text(name: str) -> None:
    assert render_methods(copy.deepcopy(SMALL if name == "small" else LARGE)) == TEXTS[name]
    for text in TEXTS[name].values():
        assert text.endswith("\n")
        assert "\n\n\n" not in text
