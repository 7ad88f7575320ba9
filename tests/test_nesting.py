from __future__ import annotations

import lxml.html
import pytest
from hypothesis import given
from hypothesis import strategies as st

from stance.extraction.html import reply_parents

# Pages whose comments are the elements called "c1", "c2", ..., and which of them each one answers (0: none).
WAYS = {
    "nothing says so": ('<p id="c1">a</p><p id="c2">b</p>', [0, 0]),
    "one stands in the other": ('<div id="c1">a<div id="c2">b</div></div><div id="c3">c</div>', [0, 1, 0]),
    "a container of answers follows": (
        '<div id="c1">a</div><div class="indented"><p id="c2">b</p><p id="c3">c</p></div><div id="c4">d</div>',
        [0, 1, 1, 0],
    ),
    "containers of answers in containers": (
        (
            '<ol><li><article id="c1">a</article><ul class="children"><li><article id="c2">b</article>'
            '<ul class="children"><li><article id="c3">c</article></li></ul></li></ul></li>'
            '<li><article id="c4">d</article></li></ol>'
        ),
        [0, 1, 2, 0],
    ),
    "a list in a list item": (
        '<ol><li><p id="c1">a</p><ol><li><p id="c2">b</p></li></ol></li><li><p id="c3">c</p></li></ol>',
        [0, 1, 0],
    ),
    "the list of all is no container of answers": (
        '<p>1 reply</p><div id="replies"><p id="c1">a</p><p id="c2">b</p></div>',
        [0, 0],
    ),
    "each in a container of its own": (
        '<div class="reply"><p id="c1">a</p></div><div class="reply"><p id="c2">b</p></div>',
        [0, 0],
    ),
    "classes say how deep": (
        (
            '<p class="level-0" id="c1">a</p><p class="level-1" id="c2">b</p><p class="level-2" id="c3">c</p>'
            '<p class="level-1" id="c4">d</p><p class="level-0" id="c5">e</p>'
        ),
        [0, 1, 2, 1, 0],
    ),
    "classes around them say how deep": (
        '<div class="thread_level_1"><p id="c1">a</p></div><div class="thread_level_2"><p id="c2">b</p></div>',
        [0, 1],
    ),
    "a class within them says how indented": (
        '<p id="c1"><i class="x__indent_l-0"></i>a</p><p id="c2"><i class="x__indent_l-1"></i>b</p>',
        [0, 1],
    ),
    "what people are called is not how deep": ('<p id="c1"><b class="user-level-2">a</b></p><p id="c2">b</p>', [0, 0]),
    "an attribute says how deep": ('<p depth="0" id="c1">a</p><p depth="1" id="c2">b</p>', [0, 1]),
    "only answers have a class": ('<p id="c1">a</p><p class="indent-1" id="c2">b</p><p id="c3">c</p>', [0, 1, 0]),
    "only answers are called so": (
        '<p class="c" id="c1">a</p><p class="c c--answer" id="c2">b</p><p class="c" id="c3">c</p>',
        [0, 1, 0],
    ),
    "styles indent": (
        (
            '<p id="c1">a</p><p id="c2" style="margin-left: 20px">b</p><p id="c3" style="padding-left:40px">c</p>'
            '<p id="c4" style="margin-left:20px; color: red">d</p>'
        ),
        [0, 1, 2, 1],
    ),
    "table cells indent": (
        (
            '<table><tr id="c1"><td class="ind"><img src="s.gif" width="0"></td><td>a</td></tr>'
            '<tr id="c2"><td class="ind"><img src="s.gif" width="40"></td><td>b</td></tr></table>'
        ),
        [0, 1],
    ),
    "an attribute says how a cell indents": (
        '<table><tr id="c1"><td indent="0"></td><td>a</td></tr><tr id="c2"><td indent="1"></td><td>b</td></tr></table>',
        [0, 1],
    ),
    "an attribute names the parent": (
        '<p id="c1">a</p><p id="c2">b</p><p id="c3" parentid="c1">c</p><p id="c4" data-parent-id="0">d</p>',
        [0, 0, 1, 0],
    ),
    "an attribute within gives the parent's number": (
        '<p id="c1">a</p><p id="c2"><span class="parent_id" data-parent_id="1"></span>b</p>',
        [0, 1],
    ),
    "the newest first": ('<p id="c2" data-parent="1">b</p><p id="c1">a</p>', [1, 0]),
    "a link says it is in reply": (
        '<p id="c1">a</p><p id="c2"><span>In reply to <a href="/page#c1">Anna</a></span> b</p>',
        [0, 1],
    ),
    "a link is named so": ('<p id="c1">a</p><p id="c2"><a class="parent-link" href="#c1">Anna</a> b</p>', [0, 1]),
    "in Russian": ('<p id="c1">a</p><p id="c2"><i>в ответ на <a href="#c1">#1</a></i> b</p>', [0, 1]),
    "a link in the text is no more than a link": (
        '<p id="c1">a</p><p id="c2">I agree with <a href="#c1">Anna</a> here</p>',
        [0, 0],
    ),
    "what is stated counts for more than the place": (
        '<div id="c1">a<div id="c2">b</div><div id="c3" data-parent="2">c</div></div>',
        [0, 1, 2],
    ),
    "none answers itself": ('<p id="c1" data-parent="1">a</p><p id="c2">b</p>', [0, 0]),
    "no two answer each other": ('<p id="c1" data-parent="2">a</p><p id="c2" data-parent="1">b</p>', [2, 0]),
}


def _answers(html: str) -> list[int]:
    elements = lxml.html.document_fromstring(f"<html><body><main>{html}</main></body></html>").xpath("//*[@id]")
    comments = [element for element in elements if element.get("id")[0] == "c" and element.get("id")[1:].isdigit()]
    within = []
    for comment in comments:
        around = (comments.index(each) for each in comment.iterancestors() if each in comments)
        within.append(next(around, None))
    found = reply_parents.find_reply_parents([(comment,) for comment in comments], within)
    return [0 if parent is None else int(comments[parent].get("id")[1:]) for parent in found]


@pytest.mark.parametrize("way", WAYS)
def test_ways_to_answer(way: str) -> None:
    html, expected = WAYS[way]
    assert _answers(html) == expected


@given(st.lists(st.tuples(st.integers(0, 9), st.integers(0, 9), st.booleans()), max_size=9))
def test_answers_make_no_ring(said: list[tuple[int, int, bool]]) -> None:
    html = "".join(
        f'<p id="c{place}" data-parent="{parent}" {"" if told else f"style=margin-left:{depth}px"}>x</p>'
        for place, (parent, depth, told) in enumerate(said, start=1)
    )
    found = _answers(html)
    for place in range(1, len(found) + 1):
        line = [place]
        while found[line[-1] - 1]:
            line.append(found[line[-1] - 1])
            assert len(line) <= len(found)
