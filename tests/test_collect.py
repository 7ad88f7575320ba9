from __future__ import annotations

from pathlib import Path

import pytest
from conftest import ROOT
from hypothesis import given
from hypothesis import strategies as st

from stance import tables
from stance.errors import MissingFileError, StanceError
from stance.extraction.collection import collect, find_page_files

SEEDS = sorted((ROOT / "seeds").iterdir())

# The ids of the 24 comments. They must never change, since existing labels refer to them.
IDS = [
    "c53468c1197db", "ce74b30fe1bed", "c22d76e130d59", "cd481b45a57c9", "ca5fff97c7c37", "c9b147f489017",
    "cf2cd0d9e08c7", "c9769d4cc9385", "c9c8f68b9c18e", "cc72ba9b1854d", "cb24109839647", "c2bfc3f4e3a59",
    "c0bb5ec664f7f", "c2c624684c186", "cee4d3a518b8b", "c29cc37330b10", "ce8785647882a", "c400d37851a05",
    "ccc455e99dba3", "c185e4e90d72e", "ca66df60b064b", "c03d572d5b777", "cd1928c9cea58", "c5dcf4e84949a",
]  # fmt: skip

PAGE = "A title of several words\n\n{announced} Comment(s)\n\nYes!\n\nReply\n\nNo!\n\nReply\n\nYes!\n\nReply\n"


def _page(folder: Path, name: str, text: str) -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def test_seed_pages_have_24_comments() -> None:
    collection = collect(SEEDS)
    assert [(page.announced, page.found) for page in collection.pages] == [
        (7, 7), (17, 17), (None, 0), (None, 0), (None, 0),
    ]  # fmt: skip
    assert list(collection.comments["comment_id"]) == IDS
    assert list(collection.comments.columns) == list(tables.COMMENT_COLUMNS)
    assert all(page.warnings == () for page in collection.pages)


def test_report_distinguishes_no_section_from_no_comments() -> None:
    assert [page.outcome for page in collect(SEEDS).pages] == [
        "7 comments (caravanserai)",
        "17 comments (caravanserai)",
        "no comment section found",
        "comment section without comments (wix, no comments)",
        "comment section without comments (wordpress, no comments)",
    ]


def test_first_and_last_comment_in_full() -> None:
    texts = list(collect(SEEDS).comments["text"])
    assert texts[5] == "That's right; we should leave the CSTO. It is an organization made for occupying and attacking."
    assert texts[-1] == (
        "The CSTO is a dead organisation where its members only blame each other. They spent just three days in "
        "Kazakhstan doing nothing but guarding facilities. A useless outfit."
    )


def test_different_announced_count_gives_a_warning(tmp_path: Path) -> None:
    collection = collect([_page(tmp_path, "a.txt", PAGE.format(announced=9))])
    assert collection.pages[0].warnings == ("the page announces 9 comments, but 3 were found",)
    assert len(collection.comments) == 3


def test_page_saved_twice_is_collected_once(tmp_path: Path) -> None:
    pages = [_page(tmp_path, name, PAGE.format(announced=3)) for name in ("a.txt", "b.txt")]
    collection = collect(pages)
    assert collection.comments["comment_id"].nunique() == len(collection.comments) == 3
    assert collection.pages[1].warnings == ("same article as a.txt: its comments are added once",)


@pytest.mark.parametrize(
    ("name", "data", "reason"),
    [
        ("empty.txt", b" \n", "the page is empty"),
        ("empty.html", b" \n", "the page is empty"),
        ("page.webarchive", b"bplist00 cut short", "this webarchive cannot be read"),
        (
            "page.mhtml",
            b"MIME-Version: 1.0\nContent-Type: multipart/related; boundary=b\n\n--b",
            "there is no page in this",
        ),
        ("picture.html", b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 9, "not text but binary data"),
        ("folder.html", None, "Is a directory"),
    ],
)
def test_unreadable_page_is_reported_and_the_others_are_read(
    tmp_path: Path, name: str, data: bytes | None, reason: str
) -> None:
    bad = tmp_path / name
    bad.mkdir() if data is None else bad.write_bytes(data)
    collection = collect([bad, _page(tmp_path, "good.txt", PAGE.format(announced=3))])
    assert (collection.pages[0].error or "").startswith(reason)
    assert len(collection.comments) == 3


def test_missing_paths(tmp_path: Path) -> None:
    with pytest.raises(MissingFileError, match="no such file"):
        find_page_files([tmp_path / "gone"])
    with pytest.raises(StanceError, match=r"no pages in this folder \(.*\): save pages there as \.txt"):
        find_page_files([tmp_path])


def test_reply_above_its_parent(tmp_path: Path) -> None:
    comments = "".join(
        f'<li class="comment" id="comment-{number}" data-parent-id="{parent}"><b>Ann</b><p>Text {number}.</p></li>'
        for number, parent in ((9, 7), (8, 0), (7, 0))
    )
    rows = collect([_page(tmp_path, "page.html", f"<html><body><ul>{comments}</ul></body></html>")]).comments
    assert list(rows["reply_to"]) == [rows["comment_id"][2], "", ""]


@given(st.lists(st.sampled_from(["3 Comment(s)", "Reply", "Yes!", "", "By A B"]) | st.text(max_size=30), max_size=20))
def test_arbitrary_pages_give_unique_ids(tmp_path_factory: pytest.TempPathFactory, lines: list[str]) -> None:
    page = tmp_path_factory.mktemp("page") / "page.txt"
    page.write_bytes("\n".join(lines).encode("utf-8", "replace"))
    collection = collect([page])
    assert collection.comments["comment_id"].is_unique
    assert collection.comments["text"].str.strip().ne("").all()
