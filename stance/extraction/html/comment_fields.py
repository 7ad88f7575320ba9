"""The elements of one comment -> its author, date, likes and text."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from itertools import pairwise, takewhile
from typing import TYPE_CHECKING

from stance.extraction import dates
from stance.extraction.html import machine_dates, text_lines
from stance.extraction.phrases import phrases

if TYPE_CHECKING:
    from collections.abc import Sequence
    from collections.abc import Set as AbstractSet

    from lxml.html import HtmlElement

    from stance.extraction.html.platforms import System
    from stance.extraction.html.text_lines import Line

_HEADER_WORDS = 16  # a line with the date belongs to a comment's header only if it is no longer than this
_LONGEST_HEADER = 500  # letters
_NAME_WORDS = 10
_BARE_NAME_WORDS = 4  # of a name that nothing says to be one
_LIKES = re.compile(r"[+\-−–]?\s?\d+")
_SIGNATURE = re.compile(r"_{5,}")  # the line above a signature
_SAYS = re.compile(r"\w|[\U0001F300-\U0001FAFF☹☺❤]")  # letters, numbers, and pictures that people write
_ORDINAL = re.compile(r"#?\d{1,4}[.):]?")


@dataclass(frozen=True)
class Post:
    """A comment: `date` as it is written there, `iso` the same in ISO 8601, or "" where that is not certain."""

    author: str = ""
    date: str = ""
    iso: str = ""
    likes: str = ""
    text: str = ""


def read(nodes: Sequence[HtmlElement], every: AbstractSet[HtmlElement], system: System | None = None) -> Post:
    """Read a comment.

    Parameters
    ----------
    nodes
        The elements it consists of.
    every
        The elements of all comments: what stands within another's is not this comment's.
    system
        The comment system, where one is known by which elements hold the comments.
    """
    reading = _Reading()
    for line in text_lines.lines(nodes, every, system):
        reading.take(line)
    reading.take_headers_out_of_text()
    post = reading.post()
    if post.text or (system and system.tells_text):
        return post
    # What reads as a button is one, unless there is nothing else: a comment may consist of the word "Reply".
    return replace(post, text=max(reading.left_out, key=len, default=""))


@dataclass
class _Reading:
    """What is known of a comment after some of its lines."""

    author: str = ""
    date: str = ""
    iso: str = ""
    likes: str = ""
    stamp: str = ""
    kept: list[tuple[Line, str]] = field(default_factory=list)
    left_out: list[str] = field(default_factory=list)

    def take(self, line: Line) -> None:
        """Sort what stands in a line."""
        counts = (_LIKES.search(text) for text, role in line.pieces if role == "likes")
        if not self.likes and (likes := next(filter(None, counts), None)):
            self.likes = likes[0].strip()
        self.stamp = self.stamp or line.stamp
        if noise := line.of("noise"):
            self.left_out.append(noise)
        if phrases().profile.fullmatch(line.of("", "header", "author")):
            return
        body = self._body_beside_author(line) if line.of("author") else self._body_beside_header(line)
        if _SAYS.search(body) and not phrases().button.fullmatch(body):
            self.kept.append((line, body))
        elif body:
            self.left_out.append(body)

    def _body_beside_author(self, line: Line) -> str:
        self._header(line.of("author"))
        self._dated(line.of("header", "date"))
        body = line.of("", "text")
        if says := phrases().says.match(body):
            body = body[says.end() :]
        if len(body.split()) <= _HEADER_WORDS and (found := dates.find(body)):
            self._keep_date(found)
            rest = _bare(body[: found.start] + body[found.end :])
            return rest if len(rest.split()) > 1 and re.search(r"[^\W\d_]", rest) else ""
        return body

    def _body_beside_header(self, line: Line) -> str:
        header, body = line.of("header", "date"), line.of("", "text")
        if not header:
            return body
        if body and len(body.split()) <= _NAME_WORDS:
            self._header(line.of("", "text", "header", "date"))
            return ""
        if line.of("header") or body:
            self._header(header)
        else:
            self._dated(header)
        return body

    def _dated(self, text: str) -> None:
        """Find the date in a text that is known to hold one."""
        if found := dates.find(text):
            self._keep_date(found)
            if not self.author:
                self._header(text)
        elif not self.date and re.search(r"\d", text) and len(text.split()) <= _NAME_WORDS:
            self.date = text

    def _header(self, text: str) -> None:
        """Find author and date in a text that holds nothing else."""
        if len(text) > _LONGEST_HEADER:
            return
        if found := dates.find(text):
            self._keep_date(found)
            text = max(map(_bare, (text[: found.start], text[found.end :])), key=len)
        text = _bare(text)
        if text and not self.author and len(text.split()) <= _HEADER_WORDS and not phrases().button.fullmatch(text):
            self.author = text

    def _keep_date(self, found: dates.Found) -> None:
        if not self.date:
            self.date, self.iso = found.raw, found.iso

    def take_headers_out_of_text(self) -> None:
        """Take author and date out of the first lines of the text, or the last, where nothing names them."""
        if not self.author and len(self.kept) > 1:
            first, text = self.kept[0]
            if first.stressed and len(text.split()) <= _BARE_NAME_WORDS and not dates.find(text):
                self._header(text)
                del self.kept[0]
        for place in (0, 1, -1):
            if not (self.author and self.date) and len(self.kept) > max(1, place):
                self._take_header(place)
        while len(self.kept) > 1 and _says_nothing(self.kept[0][1]):
            del self.kept[0]

    def _take_header(self, place: int) -> None:
        text = self.kept[place][1]
        if len(text.split()) > _HEADER_WORDS:
            return
        found = dates.find(text)
        rest = text[: found.start] + text[found.end :] if found else text
        if (found and len(rest.split()) < _NAME_WORDS) or (place == 0 and phrases().ends_with_says.fullmatch(text)):
            self._header(text)
            del self.kept[place]

    def post(self) -> Post:
        """Put together what was read."""
        kept = list(takewhile(lambda each: not _SIGNATURE.fullmatch(each[1]), self.kept))
        text = kept[0][1] if kept else ""
        for (above, _), (line, body) in pairwise(kept):
            close = line.paragraph == above.paragraph and line.number == above.number + 1
            text += ("\n" if close else "\n\n") + body
        return Post(self.author, self.date or self.stamp, machine_dates.better(self.iso, self.stamp), self.likes, text)


def _says_nothing(line: str) -> bool:
    return bool(_ORDINAL.fullmatch(line) or phrases().empty.fullmatch(line))


def _bare(text: str) -> str:
    """Strip a name of what sites write around it."""
    known = phrases()
    while True:
        match = known.before.match(text)
        stripped = known.after.sub("", text[match.end() :] if match else text).strip()
        if stripped == text:
            return text
        text = stripped
