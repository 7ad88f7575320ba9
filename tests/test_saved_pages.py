from __future__ import annotations

import base64
import contextlib
import plistlib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from synthetic_pages import PageComment, render_wordpress_page

from stance.extraction.collection import collect, find_page_files
from stance.extraction.html import saved_pages

COMMENTS = [PageComment("Ann", "May 3, 2022", "Yes, we should.")]
PAGE = "<!DOCTYPE html><html><head><title>An article of several words</title></head><body>{}</body></html>"
FRAME = render_wordpress_page(COMMENTS).encode()


def _make_mhtml(frame: str) -> bytes:
    page = PAGE.format('<iframe src="cid:frame-1@mhtml.blink"></iframe>')
    return (
        "From: <Saved by Blink>\r\nSnapshot-Content-Location: https://example.org/2022/an-article\r\n"
        'MIME-Version: 1.0\r\nContent-Type: multipart/related;\r\n\ttype="text/html";\r\n\tboundary="----B"\r\n\r\n'
        "------B\r\nContent-Type: text/html\r\nContent-ID: <frame-0@mhtml.blink>\r\nContent-Transfer-Encoding: "
        f"quoted-printable\r\n\r\n{page.replace('=', '=3D')}\r\n------B\r\nContent-Type: text/html\r\nContent-ID: "
        f"<frame-1@mhtml.blink>\r\nContent-Transfer-Encoding: base64\r\n\r\n{frame}\r\n------B--\r\n"
    ).encode()


def _make_webarchive() -> bytes:
    main = {
        "WebResourceData": PAGE.format("<p>Text</p>").encode(),
        "WebResourceURL": "https://example.org/2022/an-article",
    }
    frames = [{"WebMainResource": {"WebResourceData": FRAME}}]
    return plistlib.dumps({"WebMainResource": main, "WebSubframeArchives": frames}, fmt=plistlib.FMT_BINARY)


@pytest.mark.parametrize(
    "data", [_make_mhtml(base64.encodebytes(FRAME).decode()), _make_webarchive()], ids=["mhtml", "webarchive"]
)
def test_archives_contain_the_page_and_its_frames(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "page.saved").write_bytes(data)
    collection = collect([tmp_path / "page.saved"])
    assert list(collection.comments["text"]) == ["Yes, we should."]
    assert collection.pages[0].address == "https://example.org/2022/an-article"
    assert collection.pages[0].title == "An article of several words"


@pytest.mark.parametrize("folder", ["page_files", "page-Dateien", "page_файлы"])
def test_a_resource_folder_contains_the_frames(tmp_path: Path, folder: str) -> None:
    (tmp_path / "page.html").write_text(
        PAGE.format(f'<iframe src="./{folder}/comments.html"></iframe>'), encoding="utf-8"
    )
    (tmp_path / folder).mkdir()
    (tmp_path / folder / "comments.html").write_bytes(FRAME)
    (tmp_path / folder / "notes.txt").write_text("3 Comment(s)\nYes\nReply\n", encoding="utf-8")
    pages = find_page_files([tmp_path])
    assert [page.name for page in pages] == ["page.html"]
    assert list(collect(pages).comments["text"]) == ["Yes, we should."]


@pytest.mark.parametrize("folder", ["page-2022", "page_old", "page.d", "pages"])
def test_a_folder_with_a_similar_name_contains_pages_of_its_own(tmp_path: Path, folder: str) -> None:
    (tmp_path / folder).mkdir()
    for name in ("page.html", f"{folder}/other.html"):
        (tmp_path / name).write_bytes(FRAME)
    assert {page.name for page in find_page_files([tmp_path])} == {"page.html", "other.html"}


@pytest.mark.parametrize(
    "source",
    ["../secret_files/comments.html", "/etc/comments.html", "page_files/../other/comments.html", "https://example.org/x.html",
     "page_files/comments.txt", "page_files", ""],
)  # fmt: skip
def test_files_outside_the_resource_folder_are_not_frames(tmp_path: Path, source: str) -> None:
    for folder in ("secret_files", "web/page_files", "web/other"):
        (tmp_path / folder).mkdir(parents=True)
        for name in ("comments.html", "comments.txt"):
            (tmp_path / folder / name).write_bytes(FRAME)
    page = tmp_path / "web" / "page.html"
    page.write_text(PAGE.format(f'<iframe src="{source}"></iframe>'), encoding="utf-8")
    assert len(collect([page]).comments) == 0


@given(
    st.sampled_from([_make_mhtml("x"), _make_webarchive(), b"bplist00", b"MIME-Version: 1.0\n"]),
    st.binary(max_size=60),
    st.data(),
)
def test_a_damaged_archive_gives_a_page_or_a_value_error(archive: bytes, damage: bytes, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(archive)))
    with contextlib.suppress(ValueError):
        damaged = archive[:start] + damage + archive[start + len(damage) :]
        assert isinstance(saved_pages.unpack_saved_page(damaged).html, bytes)
