from __future__ import annotations

from pathlib import Path

import pytest

from stance.extraction import sections
from stance.extraction.html.web_pages import read_web_page

ARTICLE = (
    "<article>" + "<p>The government said on Monday that the budget would be revised after weeks of talks.</p>" * 12
)
SIGNED_COMMENT = "<p>Ann Lee says:</p><p>They were never asked about it.</p>"
NO_COMMENTS = {
    "count only": "<h3>0 Comments</h3><div>There are no comments yet. Be the first to share what you think!</div>",
    "closed section": "<div>Comments are closed. Those from before 3 May 2021 were removed from our archive.</div>",
    "rules": "<p>Please read our policy, of 3 May 2021, by which we remove what is off-topic or abusive, first.</p>",
    "box": "<h3>Most commented</h3><div>Nothing here.</div>",
}


def _extract(html: str) -> sections.CommentSection:
    page = f'<html><body>{ARTICLE}</article><div class="comments">{html}</div></body></html>'
    return sections.extract_from_web_page(read_web_page(page.encode(), Path("page.html")), ())


def test_inseparable_comments_become_one_comment() -> None:
    section = _extract(SIGNED_COMMENT)
    assert not section.segmented
    assert "They were never asked about it." in section.comments[0].text


@pytest.mark.parametrize("html", NO_COMMENTS.values(), ids=NO_COMMENTS)
def test_section_without_comments(html: str) -> None:
    assert _extract(html).comments == ()
