"""What sites write around comments: the words of phrases.toml, compiled."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

# A line of more is none of buttons; some are two in one ("show more"), so that a longer one could be read in many ways.
_MAX_BUTTONS = 10

_LEADING_MARKS, _TRAILING_MARKS = (rf"[\s|·•,:;–—<>«»\[\]/*#@…{bracket}-]+" for bracket in ")(")


@dataclass(frozen=True)
class PhrasePatterns:
    """Patterns, by what they match."""

    says_prefix: re.Pattern[str]
    """ "says: " at the beginning."""
    author_says_line: re.Pattern[str]
    """A whole line such as "Anna says:"."""
    button_line: re.Pattern[str]
    """A whole line of nothing but links and buttons."""
    before_field: re.Pattern[str]
    """What stands before an author or a date."""
    after_field: re.Pattern[str]
    """What stands after one."""
    empty_header_line: re.Pattern[str]
    """A whole line that an author and a date have been taken from."""
    section_heading: re.Pattern[str]
    """A whole line above the comments; the groups `before` and `after` are their number, `alone` what needs none."""
    other_pages_heading: re.Pattern[str]
    """A whole line above comments on other pages."""
    zero_word: re.Pattern[str]
    """The number where there are none, in words."""
    profile_line: re.Pattern[str]
    """A whole line about the person who writes, such as "Joined: 3 Jan 2018"."""
    reply_to: re.Pattern[str]
    """What leads to the comment that is answered, or the line with it."""


@cache
def load_phrase_patterns() -> PhrasePatterns:
    """Compile phrases.toml."""
    lists = tomllib.loads(files("stance.extraction").joinpath("phrases.toml").read_text(encoding="utf-8"))
    of = {name: "|".join(each) for name, each in lists.items()}
    number = rf"(?P<{{}}>\d{{{{1,3}}}}(?:[., ]\d{{{{3}}}})+|\d{{{{1,6}}}}|one|{of['none']})"
    return PhrasePatterns(
        says_prefix=_compile_ignoring_case(rf"\s*(?:{of['says']})\b[\s:,.…]*"),
        author_says_line=_compile_ignoring_case(rf".{{1,60}}\s(?:{of['says']})\s*[:.…]*"),
        button_line=_compile_ignoring_case(
            rf"(?:[\[(|/\s]*+(?:{of['button']})\b[\s»→↓↑↩#.:|\])/>•·]*+){{1,{_MAX_BUTTONS}}}"
        ),
        before_field=_compile_ignoring_case(rf"(?:{_LEADING_MARKS}|{of['before']})\s*"),
        after_field=_compile_ignoring_case(
            rf"(?:{_TRAILING_MARKS}|{of['after']}|\b(?:{of['says']})(?:\s*(?:on|at|:|,|\.\.\.|…|in reply to.*))*)$"
        ),
        empty_header_line=_compile_ignoring_case(rf"[\s:,.]*(?:by|on|at|\||{of['says']})?[\s:,.…|]*"),
        section_heading=_compile_ignoring_case(
            rf"\W*(?:{number.format('before')}\s+)?(?:(?:{of['before_heading']})\s+)*"
            rf"(?:(?P<alone>{of['heading']})|{of['heading_with_number']})"
            rf"(?:\W{{0,3}}{number.format('after')}\b)?(?P<on>\s+(?:{of['after_heading']})\b.*)?\W*"
        ),
        other_pages_heading=_compile_ignoring_case(rf"\W*(?:{of['elsewhere']})\W*"),
        zero_word=_compile_ignoring_case(of["none"]),
        profile_line=_compile_ignoring_case(rf"(?:{of['profile']}):(?:\s*\S+){{0,4}}"),
        reply_to=re.compile(rf"\W*(?:.*\b)?(?:{of['reply_to']})(?!\w).*", re.IGNORECASE | re.DOTALL),
    )


def is_comments_heading(line: str) -> bool:
    """Tell whether a line stands above comments.

    >>> [is_comments_heading(line) for line in ("2 Responses to “A title”", "Comments", "Responses", "Comments on the
    budget")] [True, True, False, False]
    """
    heading = load_phrase_patterns().section_heading.fullmatch(line)
    return bool(heading and (heading["before"] or heading["after"] or (heading["alone"] and not heading["on"])))


def parse_announced_count(line: str) -> int | None:
    """Read how many comments a heading announces, None where a line is no heading or holds no number.

    >>> [parse_announced_count(line) for line in ("3 Responses to “A title”", "Комментарии (12)", "No comments",
    "Comments")] [3, 12, 0, None]
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
