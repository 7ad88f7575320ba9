"""Every page of docs/ is listed, its links lead somewhere, its commands parse, and the example of a layout works."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

import command_reference
import pandas as pd
import pytest
from conftest import ROOT, Project, run
from markdown_it import MarkdownIt

from stance.cli import command_line
from stance.extraction.textdump import layouts

if TYPE_CHECKING:
    from collections.abc import Iterator

    from markdown_it.token import Token

DOCS = ROOT / "docs"
PAGES = sorted(path for path in DOCS.rglob("*.md") if "_build" not in path.parts)
TEXTS = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", ROOT / "CHANGELOG.md", ROOT / "labels" / "README.md", *PAGES]
EXAMPLE = (DOCS / "how-to" / "layouts.md").read_text(encoding="utf-8")
LAYOUTS = (DOCS / "reference" / "layouts.md").read_text(encoding="utf-8")
COMMANDS = command_line.build_group().commands


@cache
def _parse(path: Path) -> list[Token]:
    text = path.read_text(encoding="utf-8").replace(command_reference.PLACE, command_reference.render_commands())
    return MarkdownIt("commonmark").enable("table").parse(text)


def _inline(path: Path) -> Iterator[Token]:
    for token in _parse(path):
        yield from token.children or []


def _links(path: Path) -> list[str]:
    """Return the targets of the links of a page that do not lead to other sites."""
    hrefs = [str(token.attrs["href"]) for token in _inline(path) if token.type == "link_open"]
    return [href for href in hrefs if not re.match(r"\w+:", href)]


@cache
def _anchors(path: Path) -> set[str]:
    """Return the anchors of the headings of a page, as GitHub makes them."""
    titles = [
        "".join(part.content for part in inline.children or [])
        for opening, inline in pairwise(_parse(path))
        if opening.type == "heading_open"
    ]
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}


def _leads_somewhere(page: Path, link: str) -> bool:
    name, _, anchor = link.partition("#")
    target = (page.parent / name).resolve() if name else page
    return target.exists() and (not anchor or anchor in _anchors(target))


def _listed(page: Path) -> list[Path]:
    """Return the pages in the toctree of a page."""
    blocks = re.findall(r"^```\{toctree\}\n(.*?)^```", page.read_text(encoding="utf-8"), flags=re.DOTALL | re.MULTILINE)
    entries = [line for block in blocks for line in block.splitlines() if line and not line.startswith(":")]
    return [page.parent / f"{entry}.md" for entry in entries]


def _commands(path: Path) -> list[str]:
    blocks = [token.content for token in _parse(path) if token.type == "fence" and token.info == "console"]
    lines = [line[2:] for block in blocks for line in block.splitlines() if line.startswith("$ stance ")]
    return [line for line in lines if "--help" not in line]


def _options(command: Any) -> set[str]:
    return {option for parameter in command.params for option in (*parameter.opts, *parameter.secondary_opts)}


def test_every_page_is_in_one_table_of_contents() -> None:
    reached = [DOCS / "index.md"]
    for page in reached:
        reached += _listed(page)
    assert sorted(reached) == PAGES


@pytest.mark.parametrize(
    "index", [page for page in PAGES if _listed(page)], ids=lambda page: str(page.relative_to(DOCS))
)
def test_an_index_has_a_line_for_each_of_its_pages(index: Path) -> None:
    linked = {(index.parent / link).resolve() for link in _links(index)}
    assert [page for page in _listed(index) if page not in linked] == []


@pytest.mark.parametrize("page", TEXTS, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_somewhere(page: Path) -> None:
    assert [link for link in _links(page) if not _leads_somewhere(page, link)] == []


def test_a_broken_link_is_recognised() -> None:
    page = DOCS / "index.md"
    assert _leads_somewhere(page, "reference/metrics.md#oofcsv")
    assert not _leads_somewhere(page, "reference/metrics.md#oof.csv")
    assert not _leads_somewhere(page, "metrics.md")


@pytest.mark.parametrize("line", sorted({line for page in PAGES for line in _commands(page)}))
def test_commands_use_options_that_they_have(line: str) -> None:
    name, *arguments = shlex.split(line.split(" > ", maxsplit=1)[0])[1:]
    assert COMMANDS[name].make_context(name, arguments).command is COMMANDS[name]


def test_sentences_name_options_that_commands_have() -> None:
    code = [token.content for page in PAGES for token in _inline(page) if token.type == "code_inline"]
    named = {
        (match[1], option)
        for text in code
        if (match := re.match(r"stance (\w+) .*--", text)) and match[1] in COMMANDS
        for option in re.findall(r"(?<!\S)--[\w-]+", text)
    }
    assert len(named) >= 4
    assert [(name, option) for name, option in sorted(named) if option not in _options(COMMANDS[name])] == []


def _python_blocks() -> list[str]:
    tokens = [token for page in PAGES if page.parent.name == "how-to" for token in _parse(page)]
    return [token.content for token in tokens if token.type == "fence" and token.info == "python"]


@pytest.mark.slow
def test_python_code_runs(project: Project) -> None:
    blocks = _python_blocks()
    assert len(blocks) >= 2
    command = [sys.executable, "-c", "\n".join(blocks)]
    ran = subprocess.run(command, cwd=project.folder, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stderr


def _block(kind: str) -> str:
    (block,) = re.findall(rf"^```{kind}\n(.*?)^```", EXAMPLE, flags=re.DOTALL | re.MULTILINE)
    return str(block)


def test_the_example_finds_the_comments_of_its_page(tmp_path: Path) -> None:
    (tmp_path / "letter.txt").write_text(_block("text"), encoding="utf-8")
    (tmp_path / "mine.toml").write_text(_block("toml"), encoding="utf-8")
    command, expected = _block("console").splitlines()
    ran = run(*shlex.split(command)[2:], cwd=tmp_path)
    assert ran.code == 0, ran.err
    assert expected in ran.err.splitlines()
    table = pd.read_csv(tmp_path / "letters.csv")
    assert list(zip(table["author"], table["date"], table["text"], strict=True)) == [
        ("Ola", "12 March 2022", "At last.\n\nI have waited for it for years."),
        ("a neighbour", "11 March 2022", "And who is going to pay?"),
    ]


def test_every_key_is_described() -> None:
    cells = set(re.findall(r"^\| (`.*?) \|", LAYOUTS, flags=re.MULTILINE))
    keys = {key for cell in cells for key in re.findall(r"`(\w+)`", cell)}
    assert keys == layouts._REQUIRED_KEYS | layouts._OPTIONAL_KEYS


def test_every_mentioned_part_exists() -> None:
    parts = (ROOT / "stance" / "extraction" / "textdump" / "footer_parts.toml").read_text(encoding="utf-8")
    mentioned = set(re.findall(r"\{\{(\w+)\}\}", LAYOUTS))
    assert mentioned <= set(re.findall(r"^(\w+) = ", parts, flags=re.MULTILINE))
