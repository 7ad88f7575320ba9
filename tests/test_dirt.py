"""Damaged pages: wrong encodings, truncated or duplicate files, control characters."""

from __future__ import annotations

import csv
import json
import os
from pathlib import Path
from typing import NoReturn

import pytest
from hypothesis import given
from hypothesis import strategies as st
from synthetic_pages import PageComment, render_wordpress_page
from typer.testing import CliRunner

from stance.cli.command_line import app
from stance.extraction.collection import collect, collect_page
from stance.extraction.textdump.layouts import load_builtin_layouts

RUSSIAN = [
    PageComment("Иван", "12 марта 2022 в 14:05", "ОДКБ никого не защищает, пора выходить."),
    PageComment("Айгүл", "13 марта 2022 в 10:00", "Согласна с вами полностью, нам это не нужно.", 1),
]
CHINESE = [
    PageComment("王先生", "March 3, 2022 at 4:05 pm", "这个组织不保护任何人，我们应该退出。这是我的看法，你们怎么看？")
]
ENGLISH = [PageComment("Zoë", "March 3, 2022 at 4:05 pm", "It’s a “shame” — nobody was helped by the café’s owner.")]
ENCODINGS = [
    ("utf-8", RUSSIAN), ("utf-8-sig", RUSSIAN), ("utf-16", RUSSIAN), ("utf-16-le", RUSSIAN), ("utf-16-be", ENGLISH),
    ("cp1251", RUSSIAN[:1]), ("koi8_r", RUSSIAN[:1]), ("cp1252", ENGLISH), ("gb18030", CHINESE),
]  # fmt: skip


def _run_collect(*arguments: object) -> tuple[int, str, str]:
    result = CliRunner().invoke(app, ["collect", *map(str, arguments)])
    return result.exit_code, result.stdout, result.stderr


def _read_rows(sheet: Path) -> list[dict[str, str]]:
    with sheet.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


@pytest.mark.slow
@pytest.mark.parametrize("declared", ["utf-8", "windows-1252", "x-no-such-thing"])
@pytest.mark.parametrize(("encoding", "comments"), ENCODINGS)
def test_any_encoding(tmp_path: Path, encoding: str, comments: list[PageComment], declared: str) -> None:
    html = render_wordpress_page(comments, heading="Comments").replace("charset='utf-8'", f"charset='{declared}'")
    html = html.replace("\n", "\r\n").replace("“", "").replace("”", "") if encoding == "koi8_r" else html
    (tmp_path / "page.html").write_bytes(html.encode(encoding))
    assert _run_collect(tmp_path, "-o", tmp_path / "sheet.csv")[0] == 0
    assert [(row["author"], row["date"], row["text"]) for row in _read_rows(tmp_path / "sheet.csv")] == [
        (comment.author, comment.date, comment.text) for comment in comments
    ]


@pytest.mark.slow
def test_unreadable_pages_do_not_stop_others(tmp_path: Path) -> None:
    pages = tmp_path / "pages"
    pages.mkdir()
    for number in range(20):
        text = f"Comment number {number} says something of its own."
        html = render_wordpress_page([PageComment("Ann", "May 3, 2022", text)]).replace(
            "2022/an-article", f"2022/article-{number}"
        )
        (pages / f"{number:02}.html").write_text(html, encoding="utf-8")
    (pages / "10.html").write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 9)
    (pages / "15.html").write_bytes(b"")
    code, out, err = _run_collect(pages, "-o", tmp_path / "sheet.csv", "--json", "--jobs", "2")
    assert code == 1
    assert err.splitlines()[-1].startswith("error: 2 of 20 pages could not be read")
    assert len(_read_rows(tmp_path / "sheet.csv")) == 18
    report = json.loads(out)
    assert {page["source"]: page["error"] for page in report if page["error"]} == {
        "10.html": "not text but binary data",
        "15.html": "the page is empty",
    }
    assert {(page["layout"], page["announced"], page["found"]) for page in report if not page["error"]} == {
        ("numbered elements", 1, 1)
    }


class _CrashingPath(type(Path())):  # type: ignore[misc]  # the class of paths depends on the system
    """A path that kills the process that opens it."""

    def open(self, *_: object, **__: object) -> NoReturn:
        os._exit(1)


@pytest.mark.slow
def test_page_that_kills_its_worker_does_not_stop_others(tmp_path: Path) -> None:
    pages = [tmp_path / f"{number:02}.html" for number in range(90)]
    for number, page in enumerate(pages):
        page.write_text(
            render_wordpress_page(RUSSIAN).replace("2022/an-article", f"2022/article-{number}"), encoding="utf-8"
        )
    pages[5] = _CrashingPath(pages[5])
    collection = collect(pages, jobs=2)
    assert len(collection.comments) == 89 * len(RUSSIAN)
    assert [page.source for page in collection.pages] == [page.name for page in pages]
    assert [page.source for page in collection.pages if page.error] == ["05.html"]


@pytest.mark.slow
def test_number_of_processes_has_no_effect(tmp_path: Path) -> None:
    pages = tmp_path / "pages"
    pages.mkdir()
    for number in range(20):
        html = render_wordpress_page(RUSSIAN).replace("2022/an-article", f"2022/article-{number}")
        (pages / f"{number}.html").write_text(html, encoding="utf-8")
    for jobs in ("1", "2"):
        assert _run_collect(pages, "-o", tmp_path / f"{jobs}.csv", "--jobs", jobs)[0] == 0
    assert (tmp_path / "1.csv").read_bytes() == (tmp_path / "2.csv").read_bytes()


@pytest.mark.slow
def test_long_list_of_warnings_is_truncated(tmp_path: Path) -> None:
    for number in range(50):
        (tmp_path / f"{number}.html").write_text(render_wordpress_page(RUSSIAN, heading="9 Comments"), encoding="utf-8")
    code, _, err = _run_collect(tmp_path, "-o", tmp_path / "sheet.csv")
    assert code == 0
    assert err.count("warning: ") == 41
    assert _run_collect(tmp_path, "-o", tmp_path / "other.csv", "--verbose")[2].count("warning: ") == 99
    assert "warning: 59 more about pages, --verbose prints all" in err


def test_two_versions_of_one_page(tmp_path: Path) -> None:
    (tmp_path / "monday.html").write_text(render_wordpress_page(RUSSIAN[:1]), encoding="utf-8")
    (tmp_path / "tuesday.html").write_text(render_wordpress_page(RUSSIAN), encoding="utf-8")
    code, _, err = _run_collect(tmp_path, "-o", tmp_path / "sheet.csv")
    assert code == 0
    assert "same article as monday.html" in err
    rows = _read_rows(tmp_path / "sheet.csv")
    assert [row["text"] for row in rows] == [comment.text for comment in RUSSIAN]
    assert rows[1]["reply_to"] == rows[0]["comment_id"]


def test_control_characters_and_cut_markup(tmp_path: Path) -> None:
    text = "A\0B &amp;lt;b&amp;gt; \x01 C \N{ZERO WIDTH SPACE}&nbsp;D"
    html = render_wordpress_page([PageComment("Ann", "May 3, 2022", "TEXT")]).replace("TEXT", text)
    (tmp_path / "page.html").write_text(html[: html.index("D</p>") + 1], encoding="utf-8")
    assert _run_collect(tmp_path, "-o", tmp_path / "sheet.csv")[0] == 0
    assert [row["text"] for row in _read_rows(tmp_path / "sheet.csv")] == ["AB &lt;b&gt; C \N{ZERO WIDTH SPACE} D"]


@pytest.mark.parametrize(("depth", "warnings"), [(1000, 0), (50_000, 1)])
def test_deeply_nested_page_is_read_or_has_a_warning(tmp_path: Path, depth: int, warnings: int) -> None:
    html = render_wordpress_page(RUSSIAN)
    html = html.replace('<div id="comments">', '<div id="comments">' + "<div>" * depth + "</div>" * depth)
    html = html.replace("<p>", "<p>" + "<b>" * (depth // 2))
    (tmp_path / "page.html").write_text(html, encoding="utf-8")
    page = collect_page(tmp_path / "page.html", load_builtin_layouts())
    assert page.report.error is None
    assert len(page.report.warnings) == warnings
    assert warnings or [row["text"] for row in page.rows] == [comment.text for comment in RUSSIAN]


def test_page_of_html_comments_only(tmp_path: Path) -> None:
    (tmp_path / "page.html").write_text("<!-- -->" * 400, encoding="utf-8")
    assert not collect_page(tmp_path / "page.html", load_builtin_layouts()).rows


@given(
    st.binary(max_size=300) | st.text(max_size=300).map(str.encode),
    st.sampled_from(["page.html", "page.txt", "page.mht"]),
)
def test_any_file_is_read_or_has_an_error(tmp_path_factory: pytest.TempPathFactory, data: bytes, name: str) -> None:
    path = tmp_path_factory.mktemp("page") / name
    path.write_bytes(data)
    page = collect_page(path, load_builtin_layouts())
    assert not (page.report.error or "").startswith("reading it failed")


@given(st.data())
def test_page_cut_anywhere_is_read(tmp_path_factory: pytest.TempPathFactory, data: st.DataObject) -> None:
    html = render_wordpress_page(RUSSIAN).encode()
    path = tmp_path_factory.mktemp("page") / "page.html"
    path.write_bytes(html[: data.draw(st.integers(1, len(html)))])
    page = collect_page(path, load_builtin_layouts())
    assert page.report.error in {None, "the page is empty"}
    assert all(row["text"] for row in page.rows)
