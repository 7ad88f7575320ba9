"""The elements of one comment -> its author, date, likes and text."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from itertools import pairwise, takewhile
from typing import TYPE_CHECKING

from stance.extraction import dates
from stance.extraction.html import machine_dates, text_lines
from stance.extraction.phrases import load_phrase_patterns

if TYPE_CHECKING:
    from collections.abc import Sequence
    from collections.abc import Set as AbstractSet

    from lxml.html import HtmlElement

    from stance.extraction.html.platforms import Platform
    from stance.extraction.html.text_lines import TextLine

_MAX_HEADER_WORDS = 16  # a line with the date belongs to a comment's header only if it is no longer than this
_MAX_HEADER_LENGTH = 500  # letters
_MAX_NAME_WORDS = 10
_MAX_BARE_NAME_WORDS = 4  # of a name that nothing says to be one
_LIKE_COUNT = re.compile(r"[+\-−–]?\s?\d+")
_SIGNATURE_RULE = re.compile(r"_{5,}")  # the line above a signature
_CONTENT_CHARACTER = re.compile(r"\w|[\U0001F300-\U0001FAFF☹☺❤]")  # letters, numbers, and pictures that people write
_ORDINAL = re.compile(r"#?\d{1,4}[.):]?")


@dataclass(frozen=True)
class CommentFields:
    """A comment: `date` as it is written there, `date_iso` the same in ISO 8601, or "" where that is not certain."""

    author: str = ""
    date: str = ""
    date_iso: str = ""
    likes: str = ""
    text: str = ""


def parse_comment_fields(
    elements: Sequence[HtmlElement], all_elements: AbstractSet[HtmlElement], platform: Platform | None = None
) -> CommentFields:
    """Read a comment.

    Parameters
    ----------
    elements
        The elements it consists of.
    all_elements
        The elements of all comments: what stands within another's is not this comment's.
    platform
        The comment system, where one is known by which elements hold the comments.
    """
    reading = _FieldParser()
    for line in text_lines.split_into_lines(elements, all_elements, platform):
        reading.add_line(line)
    reading.move_headers_out_of_text()
    post = reading.build_fields()
    if post.text or (platform and platform.declares_text):
        return post
    # What reads as a button is one, unless there is nothing else: a comment may consist of the word "Reply".
    return replace(post, text=max(reading.dropped_texts, key=len, default=""))


@dataclass
class _FieldParser:
    """What is known of a comment after some of its lines."""

    author: str = ""
    date: str = ""
    date_iso: str = ""
    likes: str = ""
    machine_date: str = ""
    body_lines: list[tuple[TextLine, str]] = field(default_factory=list)
    dropped_texts: list[str] = field(default_factory=list)

    def add_line(self, line: TextLine) -> None:
        """Sort what stands in a line."""
        counts = (_LIKE_COUNT.search(text) for text, role in line.pieces if role == "likes")
        if not self.likes and (likes := next(filter(None, counts), None)):
            self.likes = likes[0].strip()
        self.machine_date = self.machine_date or line.machine_date
        if noise := line.get_text("noise"):
            self.dropped_texts.append(noise)
        if load_phrase_patterns().profile_line.fullmatch(line.get_text("", "header", "author")):
            return
        body = self._parse_author_line(line) if line.get_text("author") else self._parse_header_line(line)
        if _CONTENT_CHARACTER.search(body) and not load_phrase_patterns().button_line.fullmatch(body):
            self.body_lines.append((line, body))
        elif body:
            self.dropped_texts.append(body)

    def _parse_author_line(self, line: TextLine) -> str:
        self._parse_header(line.get_text("author"))
        self._parse_dated_text(line.get_text("header", "date"))
        body = line.get_text("", "text")
        if says := load_phrase_patterns().says_prefix.match(body):
            body = body[says.end() :]
        if len(body.split()) <= _MAX_HEADER_WORDS and (found := dates.find_date(body)):
            self._set_date(found)
            rest = _strip_decorations(body[: found.start] + body[found.end :])
            return rest if len(rest.split()) > 1 and re.search(r"[^\W\d_]", rest) else ""
        return body

    def _parse_header_line(self, line: TextLine) -> str:
        header, body = line.get_text("header", "date"), line.get_text("", "text")
        if not header:
            return body
        if body and len(body.split()) <= _MAX_NAME_WORDS:
            self._parse_header(line.get_text("", "text", "header", "date"))
            return ""
        if line.get_text("header") or body:
            self._parse_header(header)
        else:
            self._parse_dated_text(header)
        return body

    def _parse_dated_text(self, text: str) -> None:
        """Find the date in a text that is known to hold one."""
        if found := dates.find_date(text):
            self._set_date(found)
            if not self.author:
                self._parse_header(text)
        elif not self.date and re.search(r"\d", text) and len(text.split()) <= _MAX_NAME_WORDS:
            self.date = text

    def _parse_header(self, text: str) -> None:
        """Find author and date in a text that holds nothing else."""
        if len(text) > _MAX_HEADER_LENGTH:
            return
        if found := dates.find_date(text):
            self._set_date(found)
            text = max(map(_strip_decorations, (text[: found.start], text[found.end :])), key=len)
        text = _strip_decorations(text)
        if (
            text
            and not self.author
            and len(text.split()) <= _MAX_HEADER_WORDS
            and not load_phrase_patterns().button_line.fullmatch(text)
        ):
            self.author = text

    def _set_date(self, date_match: dates.DateMatch) -> None:
        if not self.date:
            self.date, self.date_iso = date_match.raw, date_match.iso

    def move_headers_out_of_text(self) -> None:
        """Take author and date out of the first lines of the text, or the last, where nothing names them."""
        if not self.author and len(self.body_lines) > 1:
            first, text = self.body_lines[0]
            if first.is_emphasised and len(text.split()) <= _MAX_BARE_NAME_WORDS and not dates.find_date(text):
                self._parse_header(text)
                del self.body_lines[0]
        for place in (0, 1, -1):
            if not (self.author and self.date) and len(self.body_lines) > max(1, place):
                self._move_header(place)
        while len(self.body_lines) > 1 and _is_empty_line(self.body_lines[0][1]):
            del self.body_lines[0]

    def _move_header(self, index: int) -> None:
        text = self.body_lines[index][1]
        if len(text.split()) > _MAX_HEADER_WORDS:
            return
        found = dates.find_date(text)
        rest = text[: found.start] + text[found.end :] if found else text
        if (found and len(rest.split()) < _MAX_NAME_WORDS) or (
            index == 0 and load_phrase_patterns().author_says_line.fullmatch(text)
        ):
            self._parse_header(text)
            del self.body_lines[index]

    def build_fields(self) -> CommentFields:
        """Put together what was read."""
        kept = list(takewhile(lambda each: not _SIGNATURE_RULE.fullmatch(each[1]), self.body_lines))
        text = kept[0][1] if kept else ""
        for (above, _), (line, body) in pairwise(kept):
            close = line.paragraph == above.paragraph and line.number == above.number + 1
            text += ("\n" if close else "\n\n") + body
        return CommentFields(
            self.author,
            self.date or self.machine_date,
            machine_dates.choose_more_precise_date(self.date_iso, self.machine_date),
            self.likes,
            text,
        )


def _is_empty_line(line: str) -> bool:
    return bool(_ORDINAL.fullmatch(line) or load_phrase_patterns().empty_header_line.fullmatch(line))


def _strip_decorations(text: str) -> str:
    """Strip a name of what sites write around it."""
    known = load_phrase_patterns()
    while True:
        match = known.before_field.match(text)
        stripped = known.after_field.sub("", text[match.end() :] if match else text).strip()
        if stripped == text:
            return text
        text = stripped
