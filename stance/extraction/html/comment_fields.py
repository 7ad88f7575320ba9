"""Parses the elements of one comment into its author, date, likes and text."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from itertools import pairwise, takewhile
from typing import TYPE_CHECKING

from stance.extraction import dates
from stance.extraction.html import machine_dates, text_lines
from stance.extraction.html.markup import VOTE_COUNT
from stance.extraction.phrases import load_phrase_patterns

if TYPE_CHECKING:
    from collections.abc import Sequence
    from collections.abc import Set as AbstractSet

    from lxml.html import HtmlElement

    from stance.extraction.html.platforms import Platform
    from stance.extraction.html.text_lines import TextLine

_MAX_HEADER_WORDS = 16  # a longer line that contains a date is text
_MAX_HEADER_LENGTH = 500  # characters
_MAX_NAME_WORDS = 10
_MAX_BARE_NAME_WORDS = 4  # in the first line of a comment without named fields
_SIGNATURE_RULE = re.compile(r"_{5,}")  # the line above a signature
_CONTENT_CHARACTER = re.compile(r"\w|[\U0001F300-\U0001FAFF☹☺❤]")  # letters, digits and emoji
_ORDINAL = re.compile(r"#?\d{1,4}[.):]?")


@dataclass(frozen=True)
class CommentFields:
    """The fields of a comment: `date` as written on the page, `date_iso` in ISO 8601, or "" if it is not certain."""

    author: str = ""
    date: str = ""
    date_iso: str = ""
    likes: str = ""
    text: str = ""


def parse_comment_fields(
    elements: Sequence[HtmlElement], all_elements: AbstractSet[HtmlElement], platform: Platform | None = None
) -> CommentFields:
    """Return the fields of a comment.

    Parameters
    ----------
    elements
        The elements of the comment, in document order.
    all_elements
        The elements of all comments of the page; those of other comments are left out.
    platform
        The platform whose patterns matched the comment, if any.
    """
    parser = _FieldParser()
    for line in text_lines.split_into_lines(elements, all_elements, platform):
        parser.add_line(line)
    parser.move_headers_out_of_text()
    fields = parser.build_fields()
    if fields.text or (platform and platform.declares_text):
        return fields
    # What looks like a button is dropped, unless nothing else is left: a comment may consist of the word "Reply".
    return replace(fields, text=max(parser.dropped_texts, key=len, default=""))


@dataclass
class _FieldParser:
    """The fields found in the lines of a comment so far."""

    author: str = ""
    date: str = ""
    date_iso: str = ""
    likes: str = ""
    machine_date: str = ""
    body_lines: list[tuple[TextLine, str]] = field(default_factory=list)
    dropped_texts: list[str] = field(default_factory=list)

    def add_line(self, line: TextLine) -> None:
        """Add the pieces of a line to the fields."""
        counts = (VOTE_COUNT.search(text) for text, role in line.pieces if role == "likes")
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
        """Read the header fields of a line that names the author; return what is left as text."""
        self._parse_header(line.get_text("author"))
        self._parse_dated_text(line.get_text("header", "date"))
        body = line.get_text("", "text")
        if prefix := load_phrase_patterns().says_prefix.match(body):
            body = body[prefix.end() :]
        if len(body.split()) <= _MAX_HEADER_WORDS and (date_match := dates.find_date(body)):
            self._set_date(date_match)
            rest = _strip_decorations(body[: date_match.start] + body[date_match.end :])
            return rest if len(rest.split()) > 1 and re.search(r"[^\W\d_]", rest) else ""
        return body

    def _parse_header_line(self, line: TextLine) -> str:
        """Read the header fields of a line that does not name the author; return what is left as text."""
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
        """Read the date, and the author if there is one, in a text that is known to contain a date."""
        if date_match := dates.find_date(text):
            self._set_date(date_match)
            if not self.author:
                self._parse_header(text)
        elif not self.date and re.search(r"\d", text) and len(text.split()) <= _MAX_NAME_WORDS:
            self.date = text

    def _parse_header(self, text: str) -> None:
        """Read author and date in a text that contains nothing else."""
        if len(text) > _MAX_HEADER_LENGTH:
            return
        if date_match := dates.find_date(text):
            self._set_date(date_match)
            text = max(map(_strip_decorations, (text[: date_match.start], text[date_match.end :])), key=len)
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
        """Move author and date out of the first two lines of the text, or the last, if no markup names them."""
        if not self.author and len(self.body_lines) > 1:
            first_line, text = self.body_lines[0]
            if first_line.is_emphasised and len(text.split()) <= _MAX_BARE_NAME_WORDS and not dates.find_date(text):
                self._parse_header(text)
                del self.body_lines[0]
        for index in (0, 1, -1):
            if not (self.author and self.date) and len(self.body_lines) > max(1, index):
                self._move_header(index)
        while len(self.body_lines) > 1 and _is_empty_line(self.body_lines[0][1]):
            del self.body_lines[0]

    def _move_header(self, index: int) -> None:
        text = self.body_lines[index][1]
        if len(text.split()) > _MAX_HEADER_WORDS:
            return
        date_match = dates.find_date(text)
        rest = text[: date_match.start] + text[date_match.end :] if date_match else text
        is_dated_name = date_match and len(rest.split()) < _MAX_NAME_WORDS
        if is_dated_name or (index == 0 and load_phrase_patterns().author_says_line.fullmatch(text)):
            self._parse_header(text)
            del self.body_lines[index]

    def build_fields(self) -> CommentFields:
        """Return the fields; the text ends above a signature."""
        kept = list(takewhile(lambda body_line: not _SIGNATURE_RULE.fullmatch(body_line[1]), self.body_lines))
        text = kept[0][1] if kept else ""
        for (previous, _), (line, body) in pairwise(kept):
            is_same_paragraph = line.paragraph == previous.paragraph and line.number == previous.number + 1
            text += ("\n" if is_same_paragraph else "\n\n") + body
        return CommentFields(
            self.author,
            self.date or self.machine_date,
            machine_dates.choose_more_precise_date(self.date_iso, self.machine_date),
            self.likes,
            text,
        )


def _is_empty_line(line: str) -> bool:
    """Return whether a line is only a comment number, or what remains of a header without author and date."""
    return bool(_ORDINAL.fullmatch(line) or load_phrase_patterns().empty_header_line.fullmatch(line))


def _strip_decorations(text: str) -> str:
    """Remove what sites write around an author or a date."""
    patterns = load_phrase_patterns()
    while True:
        match = patterns.before_field.match(text)
        stripped = patterns.after_field.sub("", text[match.end() :] if match else text).strip()
        if stripped == text:
            return text
        text = stripped
