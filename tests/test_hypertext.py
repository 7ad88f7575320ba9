from __future__ import annotations

import lxml.html
import pytest
from hypothesis import given
from hypothesis import strategies as st
from web_pages import Written, wordpress

from stance.extraction.html import comment_thread
from stance.extraction.html.comment_thread import CommentThread

FORM = '<div id="respond"><h3>Leave a comment</h3><form><textarea name="comment" id="comment"></textarea></form></div>'
DEFINITIONS = "".join(
    f'<dt class="comment" id="comment-{number}"><span class="comment_author">{name}</span> <span class="comment_time">'
    f'May {number}, 2022</span></dt><dd class="comment{" alt" * (number % 2)}"><p>{text}</p></dd>'
    for number, name, text in ((1, "Ann", "Yes."), (2, "Ben", "No."), (3, "Cem", "Perhaps."))
)
# What each comment of these pages is: author, date, text.
THREE = [("Ann", "May 1, 2022", "Yes."), ("Ben", "May 2, 2022", "No."), ("Cem", "May 3, 2022", "Perhaps.")]
PAGES = {
    "terms and definitions": f'<dl id="comments">{DEFINITIONS}</dl>{FORM}',
    "elements of one class": "<section>"
    + "".join(f'<div class="userComment"><b>{who}</b> <i>{when}</i><p>{text}</p></div>' for who, when, text in THREE)
    + f"</section>{FORM}",
    "parts of the only element of that name": '<div class="comment"><p>3 comments</p>'
    + "".join(
        f'<div class="comment__detail"><b class="author">{who}</b> <i>{when}</i><p>{text}</p></div>'
        for who, when, text in THREE
    )
    + f"</div>{FORM}",
    "the text beside an anchor": '<div class="x">'
    + "".join(
        f'<a id="comment-{n}"></a><p>{text}</p><p class="posted">Posted by {who} | {when}</p>'
        for n, (who, when, text) in enumerate(THREE)
    )
    + f"</div>{FORM}",
    "microdata": "".join(
        '<div itemprop="comment" itemscope itemtype="https://schema.org/Comment"><span itemprop="author">'
        f'{who}</span><time itemprop="dateCreated">{when}</time><div itemprop="text">{text}</div></div>'
        for who, when, text in THREE
    ),
    "names for scripts": "".join(
        f'<div data-testid="comment"><a data-testid="comment-author">{who}</a><i data-testid="comment-date">{when}</i>'
        f'<p data-testid="comment-body">{text}</p></div>'
        for who, when, text in THREE
    ),
    "its own comments as the latest": '<p>The article.</p><div id="comments"><h3>Latest comments</h3>'
    + "".join(f'<div class="comment"><b>{who}</b> <i>{when}</i><p>{text}</p></div>' for who, when, text in THREE)
    + "</div><p>"
    + "The article. " * 40
    + "</p>",
    "a role": "".join(
        f'<div role="comment"><b>{who}</b> <i>{when}</i><p>{text}</p></div>' for who, when, text in THREE
    ),
    "names without meaning": '<h2>Comments</h2><div class="css-1x">'
    + "".join(
        f'<div class="css-2y"><p><b>{who}</b><i class="css-3z">{when}</i></p><div>{text}</div></div>'
        for who, when, text in THREE
    )
    + "</div>",
    "no names at all, but a heading": "<div><h2>3 Comments</h2>"
    + "".join(f"<p>{text}</p><p>{who}, {when}</p>" for who, when, text in THREE)
    + "</div>",
    "in a form around all of the page": f"<form><input><p>{'The article. ' * 200}</p>"
    + "".join(f'<li class="comment"><b>{who}</b> <i>{when}</i><p>{text}</p></li>' for who, when, text in THREE)
    + "<textarea></textarea></form>",
    "no names but the place": '<div id="comments"><div>'
    + "".join(f"<div><div><b>{who}</b></div><div>{when}</div><div>{text}</div></div>" for who, when, text in THREE)
    + "</div></div>",
}
WITHOUT = {
    "an article": "<p>Comments by the minister were published on 3 May 2022.</p><p>Another paragraph.</p>",
    "a form": FORM + '<p class="comment-notes">Your comment will be checked on 3 May 2022.</p>',
    "recent comments": '<div class="widget"><h3>Recent comments</h3><ul class="recent-comments">'
    + "".join(f'<li class="comment">{who} on <a>{text}</a> {when}</li>' for who, when, text in THREE)
    + "</ul></div><p>" + "The article. " * 40 + "</p>",
    "recent comments that only a heading tells": "<div><h4>Latest comments</h4>"
    + "".join(f'<div class="comment"><b>{who}</b> <i>{when}</i><p>{text}</p></div>' for who, when, text in THREE)
    + "</div><p>" + "The article. " * 40 + "</p>",
    "a kind of article": "".join(
        f'<li class="item--type-comment"><b class="author">{who}</b> {text}</li>' for who, _, text in THREE
    ),
    "links to comments": "".join(f'<p>Article</p><a class="comments-link">{n} comments</a>' for n in range(5)),
    "dated lines where many comments are announced": "<div><h2>88 Comments</h2>"
    + "".join(f"<p>{text}</p><p>{who}, {when}</p>" for who, when, text in THREE)
    + "</div>",
    "an interview": "<h2>Interview</h2>" + "".join(f"<p><b>{who} says:</b> {text}</p>" for who, _, text in THREE),
    "what other pages say": "".join(
        '<div class="comment-enabled"><h3><a href="/another">A minister resigns over the flood</a></h3>'
        f'<b class="author">{who}</b> <i>{when}</i><p>{text}</p></div>'
        for who, when, text in THREE
    ),
    "links to other pages": "<ul>"
    + "".join(
        f'<li class="comment"><b class="author">{who}</b> on <a href="/x">The strike enters its second week</a></li>'
        for who, _, _ in THREE
    )
    + "</ul>",
    "what a script fills in": '<div class="comment"><b class="author">{{author}}</b><p>{{text}}</p></div>',
    "days without authors": '<div id="comment-rules"><h2>3 comments</h2>'
    + "".join(f"<p>{when}</p><p>{text}</p>" for _, when, text in THREE)
    + "</div>",
    "an article that is called a comment": f'<div id="comment-1"><b class="author">Ann</b>{"Yes, no. " * 99}</div>',
    "a template": "<template>"
    + "".join(f'<li class="comment"><b>{who}</b> <i>{when}</i><p>{text}</p></li>' for who, when, text in THREE)
    + "</template>",
    "pingbacks alone": '<ol><li id="comment-1"><cite>A site</cite> <p>[...] as they say [...]</p></li></ol>',
}  # fmt: skip


def _read(body: str) -> CommentThread | None:
    return comment_thread.extract_thread(lxml.html.document_fromstring(f"<html><body>{body}</body></html>"))


@pytest.mark.parametrize("body", PAGES.values(), ids=PAGES)
def test_comments_are_told_apart(body: str) -> None:
    thread = _read(body)
    assert thread is not None
    assert [(post.author, post.date, post.text) for post in thread.comments] == THREE


@pytest.mark.parametrize("body", WITHOUT.values(), ids=WITHOUT)
def test_what_is_no_comment(body: str) -> None:
    thread = _read(body)
    assert thread is None or not thread.comments


def test_one_long_comment_below_a_picture() -> None:
    comment = Written("Ann", "May 3, 2022", "So many words about one picture, " * 30 + "and more.")
    thread = _read(f'<img><ol class="commentlist"><li id="comment-1"><cite>Ann</cite><p>{comment.text}</p></li></ol>')
    assert thread is not None
    assert [post.text for post in thread.comments] == [comment.text]


def test_what_the_page_writes_into_each_comment_is_left_out() -> None:
    comments = "".join(f'<li id="comment-{n}"><p>{n} times.</p><p>You must log in first</p></li>' for n in range(6))
    thread = _read(f"<ul>{comments}</ul>")
    assert thread is not None
    assert [post.text for post in thread.comments] == [f"{n} times." for n in range(6)]


def test_a_page_tells_how_its_dates_are_written() -> None:
    comments = "".join(
        f'<li id="comment-{n}"><cite>Ann</cite><span class="date">{date}</span><p>Yes, {n}.</p></li>'
        for n, date in enumerate(("05/06/2022", "05/25/2022"))
    )
    thread = _read(f"<ul>{comments}</ul>")
    assert thread is not None
    assert [post.date_iso for post in thread.comments] == ["2022-05-06", "2022-05-25"]


NAMES = st.text("abcdefgабвгд", min_size=4, max_size=12)
TEXTS = st.lists(NAMES, min_size=1, max_size=30).map(" ".join)


@st.composite
def threads(draw: st.DrawFn) -> list[Written]:
    """Draw comments that answer one another."""
    comments: list[Written] = []
    for number in range(draw(st.integers(1, 12))):
        depth = draw(st.integers(0, comments[-1].depth + 1)) if comments else 0
        date = f"March {number + 1}, 2022 at 4:05 pm"
        # The number keeps texts apart: what more than half of all comments say is taken for the page's.
        comments.append(Written(draw(NAMES), date, f"{draw(TEXTS)} {number}", depth))
    return comments


@given(threads())
def test_any_thread_is_read_back(comments: list[Written]) -> None:
    thread = comment_thread.extract_thread(lxml.html.document_fromstring(wordpress(comments)))
    assert thread is not None
    assert thread.announced == len(comments)
    assert [(post.author, post.date, post.text) for post in thread.comments] == [
        (comment.author, comment.date, comment.text) for comment in comments
    ]
    above = [
        max((other for other in range(place) if comments[other].depth < comment.depth), default=None)
        for place, comment in enumerate(comments)
    ]
    assert list(thread.reply_parents) == above


@given(st.text("<>/='\" abcdcommentlidvp-123#", max_size=300))
def test_any_markup_is_read(html: str) -> None:
    thread = _read(html)
    assert thread is None or len(thread.comments) == len(thread.reply_parents)
