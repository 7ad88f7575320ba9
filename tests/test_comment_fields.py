from __future__ import annotations

import lxml.html
import pytest
from hypothesis import given
from hypothesis import strategies as st

from stance.extraction.html import comment_fields
from stance.extraction.html.comment_fields import CommentFields

WORDPRESS = """
<li id="comment-1" class="comment"><div class="comment-author vcard"><img class="avatar"><cite class="fn">Ann
</cite> <span class="says">says:</span></div><div class="comment-meta"><a href="#">March 3, 2012 at 4:05 pm</a> (Edit)
</div><p>One.</p><p>Two,<br>three.</p><div class="reply"><a class="comment-reply-link">Reply</a></div></li>"""

CASES = {
    "wordpress": (
        WORDPRESS,
        CommentFields("Ann", "March 3, 2012 at 4:05 pm", "2012-03-03T16:05", "", "One.\n\nTwo,\nthree."),
    ),
    "author and date in a footer": (
        '<div><p>Text.</p><p class="comment-footer">Posted by: Ann Lee | March 3, 2012 at 4:05 PM</p></div>',
        CommentFields("Ann Lee", "March 3, 2012 at 4:05 PM", "2012-03-03T16:05", "", "Text."),
    ),
    "a header without names": (
        "<div><div><b>Ann</b></div><div>10/31/2012</div><div>Text.</div></div>",
        CommentFields("Ann", "10/31/2012", "2012-10-31", "", "Text."),
    ),
    "a header in one line": (
        "<li>Ann wrote on 3 May 2012:<p>On 9 May 2011 it rained all day.</p></li>",
        CommentFields("Ann", "3 May 2012", "2012-05-03", "", "On 9 May 2011 it rained all day."),
    ),
    "a machine-readable date": (
        '<div><a class="author">Ann</a><time datetime="2022-03-12T14:05:00Z">3 hours ago</time><p>Text.</p></div>',
        CommentFields("Ann", "3 hours ago", "2022-03-12T14:05:00Z", "", "Text."),
    ),
    "likes": (
        '<div><b class="author">Ann</b><p>Text.</p><i class="vote-count">+12</i><i class="likes">7 likes</i>',
        CommentFields("Ann", "", "", "+12", "Text."),
    ),
    "russian": (
        '<div><b class="username">Иван</b> <i class="date">12 марта 2022 в 14:05</i><p>Нет!</p><a>Ответить</a></div>',
        CommentFields("Иван", "12 марта 2022 в 14:05", "2022-03-12T14:05", "", "Нет!"),
    ),
    "a comment that consists of the word Reply": (
        '<div><span class="author">Ann</span><p>Reply</p><a class="reply">Reply</a></div>',
        CommentFields("Ann", "", "", "", "Reply"),
    ),
    "hidden text": (
        '<div><span class="author">Ann</span><p>Text.</p><p style="display: none">You may not reply.</p></div>',
        CommentFields("Ann", "", "", "", "Text."),
    ),
    "entities are decoded once": ("<div><p>A &amp;lt; B &amp; C</p></div>", CommentFields(text="A &lt; B & C")),
    "a word of a header inside the text": (
        '<div><span class="author">Ann</span> I think he said no.</div>',
        CommentFields("Ann", "", "", "", "I think he said no."),
    ),
    "a very long line of buttons": (
        f'<div><span class="author">Ann</span><p>{"reply " * 1000}!</p></div>',
        CommentFields("Ann", "", "", "", "reply " * 1000 + "!"),
    ),
    "only emoji": (
        '<div><span class="author">Ann</span><p>😂😂</p><a>Reply</a></div>',
        CommentFields("Ann", "", "", "", "😂😂"),
    ),
    "parts that only a style sheet separates": (
        '<div><p><b>Ann</b><span class="ml-2">yesterday</span></p><p>Un<em>believ</em><strong>able</strong>.</p></div>',
        CommentFields("Ann", "yesterday", "", "", "Unbelievable."),
    ),
    "custom elements": (
        "<x-comment><x-author>Ann</x-author><x-date>3 May 2012</x-date><x-text>Text.</x-text></x-comment>",
        CommentFields("Ann", "3 May 2012", "2012-05-03", "", "Text."),
    ),
    "a class with the word user": (
        '<div class="comment"><div class="comment-user">Ann</div><div class="comment-text">Text.</div></div>',
        CommentFields("Ann", "", "", "", "Text."),
    ),
    "nothing": ("<div><img></div>", CommentFields()),
}  # fmt: skip


@pytest.mark.parametrize(("html", "expected"), CASES.values(), ids=CASES)
def test_fields_of_a_comment(html: str, expected: CommentFields) -> None:
    assert comment_fields.parse_comment_fields([lxml.html.fragment_fromstring(html)], frozenset()) == expected


def test_fields_of_another_comment_are_left_out() -> None:
    outer = lxml.html.fragment_fromstring(
        '<li><p>One.</p><ul><li><time datetime="2022-03-12">now</time><p>Two.</p></li></ul></li>'
    )
    inner = outer.find(".//li")
    assert inner is not None
    assert comment_fields.parse_comment_fields([outer], {outer, inner}) == CommentFields(text="One.")
    assert comment_fields.parse_comment_fields([inner], {outer, inner}) == CommentFields(
        date="2022-03-12", date_iso="2022-03-12", text="Two."
    )


WORDS = st.text("абвгдеabcdefg", min_size=4, max_size=9)


@given(st.lists(WORDS, min_size=3, max_size=30), st.lists(WORDS, min_size=1, max_size=3))
def test_any_words_are_extracted_unchanged(words: list[str], name: list[str]) -> None:
    html = f'<li><cite>{" ".join(name)}</cite><div class="comment-body"><p>{" ".join(words)}</p></div></li>'
    fields = comment_fields.parse_comment_fields([lxml.html.fragment_fromstring(html)], frozenset())
    assert (fields.author, fields.text) == (" ".join(name), " ".join(words))
