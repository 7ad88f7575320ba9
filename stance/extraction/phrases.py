"""Regular expressions for the words that sites put around comments ("says:", "Reply", "3 Comments").

The words, in all supported languages, are in phrases.toml.
"""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

# Maximum number of buttons in one line. Some phrases contain others ("show more" contains "more"), so without a limit
# the pattern could backtrack for a long time.
_MAX_BUTTONS = 10

_LEADING_MARKS, _TRAILING_MARKS = (rf"[\s|·•,:;–—<>«»\[\]/*#@…{bracket}-]+" for bracket in ")(")


@dataclass(frozen=True)
class PhrasePatterns:
    """Compiled patterns; those whose name ends in `_line` or `_heading` are meant to match a whole line."""

    says_prefix: re.Pattern[str]
    """The word "says" and its colon at the beginning of a line."""
    author_says_line: re.Pattern[str]
    """A line such as "Anna says:"."""
    button_line: re.Pattern[str]
    """A line that consists of buttons and links only, such as "Reply · Share"."""
    before_field: re.Pattern[str]
    """Words in front of an author or a date, such as "Posted by"."""
    after_field: re.Pattern[str]
    """Words behind an author or a date."""
    empty_header_line: re.Pattern[str]
    """What remains of a header line once author and date are removed."""
    section_heading: re.Pattern[str]
    """The heading of a comment section.

    The groups `before` and `after` hold the number of comments, `alone` a heading that is valid without a number, and
    `on` what the comments are about.
    """
    other_pages_heading: re.Pattern[str]
    """The heading of a list of comments on other pages, such as "Latest comments"."""
    zero_word: re.Pattern[str]
    """A word for zero, such as "no"."""
    profile_line: re.Pattern[str]
    """A line about the commenter, such as "Joined: 3 Jan 2018"."""
    reply_to: re.Pattern[str]
    """The link to the comment that is replied to, or the line with that link."""


@cache
def load_phrase_patterns() -> PhrasePatterns:
    """Return the patterns of phrases.toml, compiled once."""
    phrases = tomllib.loads(files("stance.extraction").joinpath("phrases.toml").read_text(encoding="utf-8"))
    any_of = {name: "|".join(alternatives) for name, alternatives in phrases.items()}
    number = rf"(?P<{{}}>\d{{{{1,3}}}}(?:[., ]\d{{{{3}}}})+|\d{{{{1,6}}}}|one|{any_of['none']})"
    return PhrasePatterns(
        says_prefix=_compile_ignoring_case(rf"\s*(?:{any_of['says']})\b[\s:,.…]*"),
        author_says_line=_compile_ignoring_case(rf".{{1,60}}\s(?:{any_of['says']})\s*[:.…]*"),
        button_line=_compile_ignoring_case(
            rf"(?:[\[(|/\s]*+(?:{any_of['button']})\b[\s»→↓↑↩#.:|\])/>•·]*+){{1,{_MAX_BUTTONS}}}"
        ),
        before_field=_compile_ignoring_case(rf"(?:{_LEADING_MARKS}|{any_of['before']})\s*"),
        after_field=_compile_ignoring_case(
            rf"(?:{_TRAILING_MARKS}|{any_of['after']}"
            rf"|\b(?:{any_of['says']})(?:\s*(?:on|at|:|,|\.\.\.|…|in reply to.*))*)$"
        ),
        empty_header_line=_compile_ignoring_case(rf"[\s:,.]*(?:by|on|at|\||{any_of['says']})?[\s:,.…|]*"),
        section_heading=_compile_ignoring_case(
            rf"\W*(?:{number.format('before')}\s+)?(?:(?:{any_of['before_heading']})\s+)*"
            rf"(?:(?P<alone>{any_of['heading']})|{any_of['heading_with_number']})"
            rf"(?:\W{{0,3}}{number.format('after')}\b)?(?P<on>\s+(?:{any_of['after_heading']})\b.*)?\W*"
        ),
        other_pages_heading=_compile_ignoring_case(rf"\W*(?:{any_of['elsewhere']})\W*"),
        zero_word=_compile_ignoring_case(any_of["none"]),
        profile_line=_compile_ignoring_case(rf"(?:{any_of['profile']}):(?:\s*\S+){{0,4}}"),
        reply_to=re.compile(rf"\W*(?:.*\b)?(?:{any_of['reply_to']})(?!\w).*", re.IGNORECASE | re.DOTALL),
    )


def is_comments_heading(line: str) -> bool:
    """Return whether a line is the heading of a comment section.

    >>> is_comments_heading("2 Responses to “A title”"), is_comments_heading("Comments")
    (True, True)
    >>> is_comments_heading("Responses"), is_comments_heading("Comments on the budget")
    (False, False)
    """
    heading = load_phrase_patterns().section_heading.fullmatch(line)
    return bool(heading and (heading["before"] or heading["after"] or (heading["alone"] and not heading["on"])))


def parse_announced_count(line: str) -> int | None:
    """Return the number of comments that a heading announces, None if the line is not a heading or has no number.

    >>> parse_announced_count("3 Responses to “A title”"), parse_announced_count("Комментарии (12)")
    (3, 12)
    >>> parse_announced_count("No comments"), parse_announced_count("Comments")
    (0, None)
    """
    heading = load_phrase_patterns().section_heading.fullmatch(line)
    number = heading and (heading["before"] or heading["after"])
    if not number:
        return None
    if number[0].isdigit():
        return int(re.sub(r"\D", "", number))
    return 0 if load_phrase_patterns().zero_word.fullmatch(number) else 1


def _compile_ignoring_case(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern, re.IGNORECASE)
