"""The public functions do what docs/reference/python.md shows, and are the ones that `stance` exports."""

from __future__ import annotations

import ast
import doctest
import inspect
import re
import shutil
from pathlib import Path

import pytest
from conftest import ROOT, count_examples
from hypothesis import given, settings
from hypothesis import strategies as st

import stance
from stance import tables

pytestmark = pytest.mark.slow

PAGE = ROOT / "docs" / "reference" / "python.md"
PIECES = [
    '<li class="comment">', "</li>", '<cite class="fn">Ann</cite>', "<p>At last, a good idea.</p>",
    "<div id='comments'>", "</div>", "3 comments", "<iframe srcdoc='<p>frame</p>'>", "12 March 2022, 10:15",
    "<script>", "\ud800", "<!--",
]  # fmt: skip
FUNCTIONS = sorted(name for name in stance.__all__ if inspect.isfunction(getattr(stance, name)))


def test_examples_of_the_page_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("seeds", "labels"):
        shutil.copytree(ROOT / name, tmp_path / name)
    monkeypatch.chdir(tmp_path)
    examples = re.sub(r"^```.*$", "", PAGE.read_text(encoding="utf-8"), flags=re.MULTILINE)
    test = doctest.DocTestParser().get_doctest(examples, {}, PAGE.name, str(PAGE), 0)
    outcome = doctest.DocTestRunner(optionflags=doctest.ELLIPSIS).run(test)
    assert outcome.failed == 0
    assert outcome.attempted > 20


def test_every_public_name_is_documented_on_the_page() -> None:
    text = PAGE.read_text(encoding="utf-8")
    described = re.findall(r"^\.\. auto\w+:: stance\.(\w+)$", text, flags=re.MULTILINE)
    assert sorted(described) == sorted(stance.__all__)


def test_type_checkers_and_python_see_the_same_names() -> None:
    tree = ast.parse((ROOT / "stance" / "__init__.py").read_text(encoding="utf-8"))
    imported = {
        alias.asname: f"{node.module}.{alias.name}"
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("stance.")
        for alias in node.names
    }
    assert imported == {name: f"stance.{module}.{name}" for name, module in stance._MODULES.items()}


@pytest.mark.parametrize("name", FUNCTIONS)
def test_public_functions_describe_their_parameters(name: str) -> None:
    function = getattr(stance, name)
    text = inspect.getdoc(function) or ""
    sections = {"Parameters", "Raises", "Examples"}
    assert sections <= {line for line in text.splitlines() if line in sections}
    described = {part.strip() for line in text.splitlines() for part in line.split(",")}
    assert [parameter for parameter in inspect.signature(function).parameters if parameter not in described] == []


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("agreement", {"sheets": "s.csv", "codebook": "c.toml", "no_codebook": True}), "--no-codebook exclude"),
        (("check", {"sheets": "s.csv", "codebook": "c.toml", "no_codebook": True}), "--no-codebook exclude"),
        (("train", {"sheets": "s.csv", "codebook": "c.toml", "no_codebook": True}), "--no-codebook exclude"),
        (("predict_file", {"inputs": "a.csv", "target": "a", "target_column": "b"}), "--target-column exclude"),
        (("sample", {"inputs": "a.csv", "output": "-"}), "a file, not standard output"),
        (("sample", {"inputs": "a.csv", "output": "b.csv", "allocate": "most"}), "unknown allocation 'most'"),
        (("label", {"sheet": "a.csv", "order": "best"}), "unknown order 'best'"),
        (("label", {"sheet": "a.csv", "order": "uncertain", "second": 0.5}), "combined with --order random"),
        (("export_labels", {"sheets": "a.csv", "output": "a.xyz"}), "cannot tell the tool from"),
        (("export_labels", {"sheets": "a.csv", "output": "a.json", "tool": "doccano", "settled": True}), "--settled"),
        (("export_labels", {"sheets": "a.csv", "output": "b.csv", "config": "c.xml"}), "no labelling interface"),
    ],
)
def test_arguments_that_do_not_fit_are_usage_errors(arguments: tuple[str, dict[str, object]], message: str) -> None:
    name, values = arguments
    with pytest.raises(stance.UsageError, match=message):
        getattr(stance, name)(**values)


def test_extracted_comments_do_not_depend_on_files_beside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "page_files").mkdir()
    (tmp_path / "page_files" / "frame.html").write_text("<p>secret</p>" * 50, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    page = '<h1>Title</h1><iframe src="page_files/frame.html"></iframe><p>Some text of the article.</p>'
    assert not stance.extract_comments(page)["text"].str.contains("secret").any()


def test_the_address_identifies_the_article() -> None:
    page = '<ol class="commentlist"><li class="comment"><cite class="fn">Ann</cite><p>At last.</p></li></ol>'
    ids = [
        stance.extract_comments(page, url=url)["article_id"].to_list()
        for url in ("https://a.example/1", "https://a.example/2")
    ]
    assert ids[0] != ids[1]


@pytest.mark.parametrize("page", [PAGE.name, "Привет", b"\xcf\xf0\xe8\xe2\xe5\xf2", "<p>\ud800 one half of a pair</p>"])
def test_pages_without_comments_give_an_empty_table(page: str | bytes) -> None:
    assert len(stance.extract_comments(page)) == 0


def test_an_empty_page_is_an_error() -> None:
    with pytest.raises(stance.StanceError, match="the page is empty"):
        stance.extract_comments("")


@given(st.text(max_size=200) | st.binary(max_size=200) | st.lists(st.sampled_from(PIECES), max_size=12).map("".join))
@settings(max_examples=count_examples(40))
def test_any_page_gives_comments_or_an_error(page: str | bytes) -> None:
    try:
        comments = stance.extract_comments(page)
    except stance.StanceError:
        return
    assert list(comments.columns) == list(tables.COMMENT_COLUMNS)
    assert comments["comment_id"].is_unique
    assert not comments["text"].str.strip().eq("").any()
