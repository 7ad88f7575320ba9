from __future__ import annotations

import lxml.html
import pytest
from hypothesis import given
from hypothesis import strategies as st
from synthetic_pages import PageComment, render_wordpress_page

from stance.extraction.html import comment_thread
from stance.extraction.html.comment_thread import CommentThread

FORM = '<div id="respond"><h3>Leave a comment</h3><form><textarea name="comment" id="comment"></textarea></form></div>'
DEFINITIONS = "".join(
    f'<dt class="comment" id="comment-{number}"><span class="comment_author">{name}</span> <span class="comment_time">'
    f'May {number}, 2022</span></dt><dd class="comment{" alt" * (number % 2)}"><p>{text}</p></dd>'
    for number, name, text in ((1, "Ann", "Yes."), (2, "Ben", "No."), (3, "Cem", "Perhaps."))
)
# The comments of these pages: author, date, text.
COMMENTS = [("Ann", "May 1, 2022", "Yes."), ("Ben", "May 2, 2022", "No."), ("Cem", "May 3, 2022", "Perhaps.")]
PAGES = {
    "terms and definitions": f'<dl id="comments">{DEFINITIONS}</dl>{FORM}',
    "elements with the same class": "<section>"
    + "".join(f'<div class="userComment"><b>{who}</b> <i>{when}</i><p>{text}</p></div>' for who, when, text in COMMENTS)
    + f"</section>{FORM}",
    "parts of the only element with the class comment": '<div class="comment"><p>3 comments</p>'
    + "".join(
        f'<div class="comment__detail"><b class="author">{who}</b> <i>{when}</i><p>{text}</p></div>'
        for who, when, text in COMMENTS
    )
    + f"</div>{FORM}",
    "the text beside an anchor": '<div class="x">'
    + "".join(
        f'<a id="comment-{n}"></a><p>{text}</p><p class="posted">Posted by {who} | {when}</p>'
        for n, (who, when, text) in enumerate(COMMENTS)
    )
    + f"</div>{FORM}",
    "microdata": "".join(
        '<div itemprop="comment" itemscope itemtype="https://schema.org/Comment"><span itemprop="author">'
        f'{who}</span><time itemprop="dateCreated">{when}</time><div itemprop="text">{text}</div></div>'
        for who, when, text in COMMENTS
    ),
    "names for scripts (data-testid)": "".join(
        f'<div data-testid="comment"><a data-testid="comment-author">{who}</a><i data-testid="comment-date">{when}</i>'
        f'<p data-testid="comment-body">{text}</p></div>'
        for who, when, text in COMMENTS
    ),
    "own comments below Latest comments": '<p>The article.</p><div id="comments"><h3>Latest comments</h3>'
    + "".join(f'<div class="comment"><b>{who}</b> <i>{when}</i><p>{text}</p></div>' for who, when, text in COMMENTS)
    + "</div><p>"
    + "The article. " * 40
    + "</p>",
    "an ARIA role": "".join(
        f'<div role="comment"><b>{who}</b> <i>{when}</i><p>{text}</p></div>' for who, when, text in COMMENTS
    ),
    "names without meaning, below a heading": '<h2>Comments</h2><div class="css-1x">'
    + "".join(
        f'<div class="css-2y"><p><b>{who}</b><i class="css-3z">{when}</i></p><div>{text}</div></div>'
        for who, when, text in COMMENTS
    )
    + "</div>",
    "no names, below a heading": "<div><h2>3 Comments</h2>"
    + "".join(f"<p>{text}</p><p>{who}, {when}</p>" for who, when, text in COMMENTS)
    + "</div>",
    "a form around the whole page": f"<form><input><p>{'The article. ' * 200}</p>"
    + "".join(f'<li class="comment"><b>{who}</b> <i>{when}</i><p>{text}</p></li>' for who, when, text in COMMENTS)
    + "<textarea></textarea></form>",
    "no names in a named container": '<div id="comments"><div>'
    + "".join(f"<div><div><b>{who}</b></div><div>{when}</div><div>{text}</div></div>" for who, when, text in COMMENTS)
    + "</div></div>",
}
PAGES_WITHOUT_COMMENTS = {
    "an article": "<p>Comments by the minister were published on 3 May 2022.</p><p>Another paragraph.</p>",
    "a form": FORM + '<p class="comment-notes">Your comment will be checked on 3 May 2022.</p>',
    "recent comments": '<div class="widget"><h3>Recent comments</h3><ul class="recent-comments">'
    + "".join(f'<li class="comment">{who} on <a>{text}</a> {when}</li>' for who, when, text in COMMENTS)
    + "</ul></div><p>" + "The article. " * 40 + "</p>",
    "recent comments by their heading": "<div><h4>Latest comments</h4>"
    + "".join(f'<div class="comment"><b>{who}</b> <i>{when}</i><p>{text}</p></div>' for who, when, text in COMMENTS)
    + "</div><p>" + "The article. " * 40 + "</p>",
    "articles of a type called comment": "".join(
        f'<li class="item--type-comment"><b class="author">{who}</b> {text}</li>' for who, _, text in COMMENTS
    ),
    "links to comments": "".join(f'<p>Article</p><a class="comments-link">{n} comments</a>' for n in range(5)),
    "dated lines, but far more comments announced": "<div><h2>88 Comments</h2>"
    + "".join(f"<p>{text}</p><p>{who}, {when}</p>" for who, when, text in COMMENTS)
    + "</div>",
    "an interview": "<h2>Interview</h2>" + "".join(f"<p><b>{who} says:</b> {text}</p>" for who, _, text in COMMENTS),
    "teasers of other pages": "".join(
        '<div class="comment-enabled"><h3><a href="/another">A minister resigns over the flood</a></h3>'
        f'<b class="author">{who}</b> <i>{when}</i><p>{text}</p></div>'
        for who, when, text in COMMENTS
    ),
    "links to other pages": "<ul>"
    + "".join(
        f'<li class="comment"><b class="author">{who}</b> on <a href="/x">The strike enters its second week</a></li>'
        for who, _, _ in COMMENTS
    )
    + "</ul>",
    "a template with placeholders": '<div class="comment"><b class="author">{{author}}</b><p>{{text}}</p></div>',
    "dates without authors": '<div id="comment-rules"><h2>3 comments</h2>'
    + "".join(f"<p>{when}</p><p>{text}</p>" for _, when, text in COMMENTS)
    + "</div>",
    "an article with the id of a comment": f'<div id="comment-1"><b class="author">Ann</b>{"Yes, no. " * 99}</div>',
    "a template element": "<template>"
    + "".join(f'<li class="comment"><b>{who}</b> <i>{when}</i><p>{text}</p></li>' for who, when, text in COMMENTS)
    + "</template>",
    "only pingbacks": '<ol><li id="comment-1"><cite>A site</cite> <p>[...] as they say [...]</p></li></ol>',
}  # fmt: skip


def _extract(body: str) -> CommentThread | None:
    return comment_thread.extract_thread(lxml.html.document_fromstring(f"<html><body>{body}</body></html>"))


@pytest.mark.parametrize("body", PAGES.values(), ids=PAGES)
def test_comments_are_separated(body: str) -> None:
    thread = _extract(body)
    assert thread is not None
    assert [(comment.author, comment.date, comment.text) for comment in thread.comments] == COMMENTS


@pytest.mark.parametrize("body", PAGES_WITHOUT_COMMENTS.values(), ids=PAGES_WITHOUT_COMMENTS)
def test_pages_without_comments(body: str) -> None:
    thread = _extract(body)
    assert thread is None or not thread.comments


def test_one_long_comment_below_an_image() -> None:
    text = "So many words about one picture, " * 30 + "and more."
    thread = _extract(f'<img><ol class="commentlist"><li id="comment-1"><cite>Ann</cite><p>{text}</p></li></ol>')
    assert thread is not None
    assert [comment.text for comment in thread.comments] == [text]


def test_lines_common_to_the_comments_are_left_out() -> None:
    comments = "".join(f'<li id="comment-{n}"><p>{n} times.</p><p>You must log in first</p></li>' for n in range(6))
    thread = _extract(f"<ul>{comments}</ul>")
    assert thread is not None
    assert [comment.text for comment in thread.comments] == [f"{n} times." for n in range(6)]


def test_ambiguous_dates_are_resolved_by_others_of_the_page() -> None:
    comments = "".join(
        f'<li id="comment-{n}"><cite>Ann</cite><span class="date">{date}</span><p>Yes, {n}.</p></li>'
        for n, date in enumerate(("05/06/2022", "05/25/2022"))
    )
    thread = _extract(f"<ul>{comments}</ul>")
    assert thread is not None
    assert [comment.date_iso for comment in thread.comments] == ["2022-05-06", "2022-05-25"]


NAMES = st.text("abcdefgабвгд", min_size=4, max_size=12)
TEXTS = st.lists(NAMES, min_size=1, max_size=30).map(" ".join)


@st.composite
def threads(draw: st.DrawFn) -> list[PageComment]:
    """Draw comments that reply to each other."""
    comments: list[PageComment] = []
    for number in range(draw(st.integers(1, 12))):
        depth = draw(st.integers(0, comments[-1].depth + 1)) if comments else 0
        date = f"March {number + 1}, 2022 at 4:05 pm"
        # The number makes texts different: a line in more than half of the comments is taken for the page's.
        comments.append(PageComment(draw(NAMES), date, f"{draw(TEXTS)} {number}", depth))
    return comments


@given(threads())
def test_any_thread_is_extracted_unchanged(comments: list[PageComment]) -> None:
    thread = comment_thread.extract_thread(lxml.html.document_fromstring(render_wordpress_page(comments)))
    assert thread is not None
    assert thread.n_announced == len(comments)
    assert [(comment.author, comment.date, comment.text) for comment in thread.comments] == [
        (comment.author, comment.date, comment.text) for comment in comments
    ]
    parents = [
        max((i for i in range(index) if comments[i].depth < comment.depth), default=None)
        for index, comment in enumerate(comments)
    ]
    assert list(thread.reply_parents) == parents


@given(st.text("<>/='\" abcdcommentlidvp-123#", max_size=300))
def test_any_markup_can_be_parsed(html: str) -> None:
    thread = _extract(html)
    assert thread is None or len(thread.comments) == len(thread.reply_parents)
