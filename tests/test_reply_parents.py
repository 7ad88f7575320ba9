from __future__ import annotations

import lxml.html
import pytest
from hypothesis import given
from hypothesis import strategies as st

from stance.extraction.html import reply_parents

# Pages whose comments are the elements with the ids "c1", "c2", ..., and the number of each one's parent (0: none).
CASES = {
    "no information": ('<p id="c1">a</p><p id="c2">b</p>', [0, 0]),
    "a comment contains the other": ('<div id="c1">a<div id="c2">b</div></div><div id="c3">c</div>', [0, 1, 0]),
    "a reply container follows": (
        '<div id="c1">a</div><div class="indented"><p id="c2">b</p><p id="c3">c</p></div><div id="c4">d</div>',
        [0, 1, 1, 0],
    ),
    "nested reply containers": (
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
    "the list of all comments is not a reply container": (
        '<p>1 reply</p><div id="replies"><p id="c1">a</p><p id="c2">b</p></div>',
        [0, 0],
    ),
    "each comment has its own container": (
        '<div class="reply"><p id="c1">a</p></div><div class="reply"><p id="c2">b</p></div>',
        [0, 0],
    ),
    "classes with depths": (
        (
            '<p class="level-0" id="c1">a</p><p class="level-1" id="c2">b</p><p class="level-2" id="c3">c</p>'
            '<p class="level-1" id="c4">d</p><p class="level-0" id="c5">e</p>'
        ),
        [0, 1, 2, 1, 0],
    ),
    "ancestors with depths in their classes": (
        '<div class="thread_level_1"><p id="c1">a</p></div><div class="thread_level_2"><p id="c2">b</p></div>',
        [0, 1],
    ),
    "descendants with indents in their classes": (
        '<p id="c1"><i class="x__indent_l-0"></i>a</p><p id="c2"><i class="x__indent_l-1"></i>b</p>',
        [0, 1],
    ),
    "a user level is not a depth": ('<p id="c1"><b class="user-level-2">a</b></p><p id="c2">b</p>', [0, 0]),
    "attributes with depths": ('<p depth="0" id="c1">a</p><p depth="1" id="c2">b</p>', [0, 1]),
    "only replies have an indent class": (
        '<p id="c1">a</p><p class="indent-1" id="c2">b</p><p id="c3">c</p>',
        [0, 1, 0],
    ),
    "only replies are named as replies": (
        '<p class="c" id="c1">a</p><p class="c c--answer" id="c2">b</p><p class="c" id="c3">c</p>',
        [0, 1, 0],
    ),
    "indents by styles": (
        (
            '<p id="c1">a</p><p id="c2" style="margin-left: 20px">b</p><p id="c3" style="padding-left:40px">c</p>'
            '<p id="c4" style="margin-left:20px; color: red">d</p>'
        ),
        [0, 1, 2, 1],
    ),
    "indents by table cells": (
        (
            '<table><tr id="c1"><td class="ind"><img src="s.gif" width="0"></td><td>a</td></tr>'
            '<tr id="c2"><td class="ind"><img src="s.gif" width="40"></td><td>b</td></tr></table>'
        ),
        [0, 1],
    ),
    "table cells with indents in an attribute": (
        '<table><tr id="c1"><td indent="0"></td><td>a</td></tr><tr id="c2"><td indent="1"></td><td>b</td></tr></table>',
        [0, 1],
    ),
    "an attribute names the parent": (
        '<p id="c1">a</p><p id="c2">b</p><p id="c3" parentid="c1">c</p><p id="c4" data-parent-id="0">d</p>',
        [0, 0, 1, 0],
    ),
    "a descendant's attribute has the parent's number": (
        '<p id="c1">a</p><p id="c2"><span class="parent_id" data-parent_id="1"></span>b</p>',
        [0, 1],
    ),
    "the newest comment first": ('<p id="c2" data-parent="1">b</p><p id="c1">a</p>', [1, 0]),
    "a link with the words in reply to": (
        '<p id="c1">a</p><p id="c2"><span>In reply to <a href="/page#c1">Anna</a></span> b</p>',
        [0, 1],
    ),
    "a link with the class parent-link": (
        '<p id="c1">a</p><p id="c2"><a class="parent-link" href="#c1">Anna</a> b</p>',
        [0, 1],
    ),
    "a link with these words in Russian": (
        '<p id="c1">a</p><p id="c2"><i>в ответ на <a href="#c1">#1</a></i> b</p>',
        [0, 1],
    ),
    "a link in the text is not a reply link": (
        '<p id="c1">a</p><p id="c2">I agree with <a href="#c1">Anna</a> here</p>',
        [0, 0],
    ),
    "an attribute overrides nesting": (
        '<div id="c1">a<div id="c2">b</div><div id="c3" data-parent="2">c</div></div>',
        [0, 1, 2],
    ),
    "no comment replies to itself": ('<p id="c1" data-parent="1">a</p><p id="c2">b</p>', [0, 0]),
    "two comments do not reply to each other": (
        '<p id="c1" data-parent="2">a</p><p id="c2" data-parent="1">b</p>',
        [2, 0],
    ),
}


def _find_parent_numbers(html: str) -> list[int]:
    elements = lxml.html.document_fromstring(f"<html><body><main>{html}</main></body></html>").xpath("//*[@id]")
    comments = [element for element in elements if element.get("id")[0] == "c" and element.get("id")[1:].isdigit()]
    enclosing = []
    for comment in comments:
        outer_indices = (comments.index(ancestor) for ancestor in comment.iterancestors() if ancestor in comments)
        enclosing.append(next(outer_indices, None))
    parents = reply_parents.find_reply_parents([(comment,) for comment in comments], enclosing)
    return [0 if parent is None else int(comments[parent].get("id")[1:]) for parent in parents]


@pytest.mark.parametrize("case", CASES)
def test_reply_parents(case: str) -> None:
    html, expected = CASES[case]
    assert _find_parent_numbers(html) == expected


@given(st.lists(st.tuples(st.integers(0, 9), st.integers(0, 9), st.booleans()), max_size=9))
def test_replies_form_no_cycle(comments: list[tuple[int, int, bool]]) -> None:
    html = "".join(
        f'<p id="c{number}" data-parent="{parent}" {f"style=margin-left:{depth}px" if is_indented else ""}>x</p>'
        for number, (parent, depth, is_indented) in enumerate(comments, start=1)
    )
    parents = _find_parent_numbers(html)
    for number in range(1, len(parents) + 1):
        chain = [number]
        while parents[chain[-1] - 1]:
            chain.append(parents[chain[-1] - 1])
            assert len(chain) <= len(parents)
