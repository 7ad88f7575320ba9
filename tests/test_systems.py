from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import lxml.html
import pytest

from stance.extraction.html import comment_thread, platforms

# Pages as comment systems write them, with invented people and texts; those without a body stand in _page.html.
PAGES = Path(__file__).parent / "systems"
EXPECTED: dict[str, dict[str, Any]] = tomllib.loads((PAGES / "expected.toml").read_text(encoding="utf-8"))

# What pages say that load their comments, by the system.
LOADING: dict[str, list[str]] = tomllib.loads((PAGES / "loading.toml").read_text(encoding="utf-8"))


def _page(name: str) -> str:
    page = (PAGES / f"{name}.html").read_text(encoding="utf-8")
    return page if "<body" in page else _page_with(page)


def _page_with(part: str) -> str:
    return (PAGES / "_page.html").read_text(encoding="utf-8").replace("{comments}", part)


def test_every_page_is_expected() -> None:
    assert sorted(EXPECTED) == sorted(path.stem for path in PAGES.glob("[!_]*.html"))


@pytest.mark.parametrize("name", EXPECTED)
def test_pages_of_systems(name: str) -> None:
    thread = comment_thread.extract_thread(lxml.html.document_fromstring(_page(name)))
    assert thread is not None
    places = [0 if answered is None else answered + 1 for answered in thread.reply_parents]
    read = [
        [post.author, post.date, post.date_iso, post.likes, post.text, place]
        for post, place in zip(thread.comments, places, strict=True)
    ]
    assert read == EXPECTED[name]["posts"]
    assert thread.layout == EXPECTED[name].get("layout", thread.layout)


def test_a_page_without_comments_has_none() -> None:
    assert comment_thread.extract_thread(lxml.html.document_fromstring(_page_with(""))) is None


@pytest.mark.parametrize("system", LOADING)
def test_pages_say_where_they_load_comments_from(system: str) -> None:
    for said in LOADING[system]:
        root = lxml.html.document_fromstring(_page_with(said))
        assert platforms.find_loading_platforms(root) == (system,)
        assert comment_thread.extract_thread(root) is None


def test_every_loading_system_is_tried() -> None:
    assert sorted(LOADING) == sorted(
        each.name for each in platforms.load_platforms() if each.loader_pattern or each.container_pattern
    )


def test_other_pages_load_none() -> None:
    assert platforms.find_loading_platforms(lxml.html.document_fromstring(_page_with(""))) == ()
