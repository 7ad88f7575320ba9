from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import lxml.html
import pytest

from stance.extraction.html import comment_thread, platforms

# Pages with the markup of comment platforms, and invented people and texts; those without a body go into _page.html.
PAGES = Path(__file__).parent / "platforms"
EXPECTED: dict[str, dict[str, Any]] = tomllib.loads((PAGES / "expected.toml").read_text(encoding="utf-8"))

# Pieces of markup that load comments, by platform.
LOADING: dict[str, list[str]] = tomllib.loads((PAGES / "loading.toml").read_text(encoding="utf-8"))


def _read_page(name: str) -> str:
    page = (PAGES / f"{name}.html").read_text(encoding="utf-8")
    return page if "<body" in page else _make_page(page)


def _make_page(body: str) -> str:
    return (PAGES / "_page.html").read_text(encoding="utf-8").replace("{comments}", body)


def test_every_page_has_an_expected_result() -> None:
    assert sorted(EXPECTED) == sorted(path.stem for path in PAGES.glob("[!_]*.html"))


@pytest.mark.slow
@pytest.mark.parametrize("name", EXPECTED)
def test_comments_of_platforms(name: str) -> None:
    thread = comment_thread.extract_thread(lxml.html.document_fromstring(_read_page(name)))
    assert thread is not None
    parent_numbers = [0 if parent is None else parent + 1 for parent in thread.reply_parents]
    extracted = [
        [comment.author, comment.date, comment.date_iso, comment.likes, comment.text, parent_number]
        for comment, parent_number in zip(thread.comments, parent_numbers, strict=True)
    ]
    assert extracted == EXPECTED[name]["comments"]
    assert thread.layout_name == EXPECTED[name].get("layout", thread.layout_name)


def test_a_page_without_comments_has_none() -> None:
    assert comment_thread.extract_thread(lxml.html.document_fromstring(_make_page(""))) is None


@pytest.mark.parametrize("platform", LOADING)
def test_pages_that_load_comments(platform: str) -> None:
    for html in LOADING[platform]:
        root = lxml.html.document_fromstring(_make_page(html))
        assert platforms.find_loading_platforms(root) == (platform,)
        assert comment_thread.extract_thread(root) is None


def test_every_loading_platform_is_tested() -> None:
    assert sorted(LOADING) == sorted(
        each.name for each in platforms.load_platforms() if each.loader_pattern or each.container_pattern
    )


def test_other_pages_load_no_comments() -> None:
    assert platforms.find_loading_platforms(lxml.html.document_fromstring(_make_page(""))) == ()
