"""Synthetic pages with comments, for tests."""

from __future__ import annotations

from html import escape
from typing import NamedTuple


class PageComment(NamedTuple):
    """A comment to put on a page; `depth` is the number of comments that it is nested in."""

    author: str
    date: str
    text: str
    depth: int = 0


def render_wordpress_page(comments: list[PageComment], heading: str = "") -> str:
    """Return a page like those of WordPress: nested lists, a sidebar with recent comments, and a form."""
    parts: list[str] = []
    depth = -1
    for number, comment in enumerate(comments, start=101):
        parts += ["</li></ol>"] * (depth - comment.depth) if comment.depth < depth else []
        parts += ["</li>"] if comment.depth <= depth else ['<ol class="children">'] if depth >= 0 else []
        depth = comment.depth
        parts.append(
            f'<li class="comment depth-{depth + 1}" id="li-comment-{number}"><div id="comment-{number}">'
            f'<div class="comment-author vcard"><img class="avatar"><cite class="fn">{escape(comment.author)}</cite> '
            f'<span class="says">says:</span></div><div class="comment-meta"><a href="#comment-{number}">'
            f"{escape(comment.date)}</a></div><p>{escape(comment.text)}</p>"
            '<div class="reply"><a class="comment-reply-link" href="#respond">Reply</a></div></div>'
        )
    parts += ["</li></ol>"] * depth + ["</li>"] if comments else []
    shown = heading or f"{len(comments)} Responses to “An article”"
    return (
        "<!DOCTYPE html><html><head><meta charset='utf-8'><title>An article of several words</title>"
        '<link rel="canonical" href="https://example.org/2022/an-article"></head><body><h1>An article</h1>'
        '<div id="content"><p>The body of the article, which nobody has to take for a comment. It was written on 3 May '
        f'2022.</p></div><div id="comments"><h3>{escape(shown)}</h3><ol class="commentlist">{"".join(parts)}</ol></div>'
        '<div id="respond"><h3>Leave a Reply</h3><form><p class="comment-notes">Your email address will not be '
        'published.</p><textarea name="comment"></textarea></form></div><div id="sidebar"><ul id="recentcomments">'
        '<li class="recentcomments">Somebody on <a href="/x#comment-9">Another article of this site</a></li></ul></div>'
        "</body></html>"
    )
