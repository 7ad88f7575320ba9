"""What sites write around comments: the words of phrases.toml, compiled."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

# A line of more is none of buttons; some are two in one ("show more"), so that a longer one could be read in many ways.
_BUTTONS = 10

_LEADING_MARKS, _TRAILING_MARKS = (rf"[\s|·•,:;–—<>«»\[\]/*#@…{bracket}-]+" for bracket in ")(")


@dataclass(frozen=True)
class Phrases:
    """Patterns, by what they match."""

    says: re.Pattern[str]
    """ "says: " at the beginning."""
    ends_with_says: re.Pattern[str]
    """A whole line such as "Anna says:"."""
    button: re.Pattern[str]
    """A whole line of nothing but links and buttons."""
    before: re.Pattern[str]
    """What stands before an author or a date."""
    after: re.Pattern[str]
    """What stands after one."""
    empty: re.Pattern[str]
    """A whole line that an author and a date have been taken from."""
    heading: re.Pattern[str]
    """A whole line above the comments; the groups `before` and `after` are their number, `alone` what needs none."""
    elsewhere: re.Pattern[str]
    """A whole line above comments on other pages."""
    none: re.Pattern[str]
    """The number where there are none, in words."""
    profile: re.Pattern[str]
    """A whole line about the person who writes, such as "Joined: 3 Jan 2018"."""
    reply_to: re.Pattern[str]
    """What leads to the comment that is answered, or the line with it."""


@cache
def phrases() -> Phrases:
    """Compile phrases.toml."""
    lists = tomllib.loads(files("stance.extraction").joinpath("phrases.toml").read_text(encoding="utf-8"))
    of = {name: "|".join(each) for name, each in lists.items()}
    number = rf"(?P<{{}}>\d{{{{1,3}}}}(?:[., ]\d{{{{3}}}})+|\d{{{{1,6}}}}|one|{of['none']})"
    return Phrases(
        says=_pattern(rf"\s*(?:{of['says']})\b[\s:,.…]*"),
        ends_with_says=_pattern(rf".{{1,60}}\s(?:{of['says']})\s*[:.…]*"),
        button=_pattern(rf"(?:[\[(|/\s]*+(?:{of['button']})\b[\s»→↓↑↩#.:|\])/>•·]*+){{1,{_BUTTONS}}}"),
        before=_pattern(rf"(?:{_LEADING_MARKS}|{of['before']})\s*"),
        after=_pattern(
            rf"(?:{_TRAILING_MARKS}|{of['after']}|\b(?:{of['says']})(?:\s*(?:on|at|:|,|\.\.\.|…|in reply to.*))*)$"
        ),
        empty=_pattern(rf"[\s:,.]*(?:by|on|at|\||{of['says']})?[\s:,.…|]*"),
        heading=_pattern(
            rf"\W*(?:{number.format('before')}\s+)?(?:(?:{of['before_heading']})\s+)*"
            rf"(?:(?P<alone>{of['heading']})|{of['heading_with_number']})"
            rf"(?:\W{{0,3}}{number.format('after')}\b)?(?P<on>\s+(?:{of['after_heading']})\b.*)?\W*"
        ),
        elsewhere=_pattern(rf"\W*(?:{of['elsewhere']})\W*"),
        none=_pattern(of["none"]),
        profile=_pattern(rf"(?:{of['profile']}):(?:\s*\S+){{0,4}}"),
        reply_to=re.compile(rf"\W*(?:.*\b)?(?:{of['reply_to']})(?!\w).*", re.IGNORECASE | re.DOTALL),
    )


def is_heading(line: str) -> bool:
    """Tell whether a line stands above comments.

    >>> [is_heading(line) for line in ("2 Responses to “A title”", "Comments", "Responses", "Comments on the budget")]
    [True, True, False, False]
    """
    heading = phrases().heading.fullmatch(line)
    return bool(heading and (heading["before"] or heading["after"] or (heading["alone"] and not heading["on"])))


def announced(line: str) -> int | None:
    """Read how many comments a heading announces, None where a line is no heading or holds no number.

    >>> [announced(line) for line in ("3 Responses to “A title”", "Комментарии (12)", "No comments", "Comments")]
    [3, 12, 0, None]
    """
    heading = phrases().heading.fullmatch(line)
    number = heading and (heading["before"] or heading["after"])
    if not number:
        return None
    if number[0].isdigit():
        return int(re.sub(r"\D", "", number))
    return 0 if phrases().none.fullmatch(number) else 1


def _pattern(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern, re.IGNORECASE)
