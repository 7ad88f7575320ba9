"""The comments of an HTML page, read."""

from __future__ import annotations

import itertools
import re
from collections import Counter
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from stance.extraction import dates
from stance.extraction.html import candidates, comment_fields, dated_lines, markup, platforms, reply_parents, text_lines
from stance.extraction.phrases import announced

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from lxml.html import HtmlElement

    from stance.extraction.html.candidates import Group
    from stance.extraction.html.comment_fields import Post

# Unless they are numbered as comments, elements are some only if this share of them has an author or a date.
_EVIDENT = 0.5
# A line that this share of at least so many comments has in common is none of what people wrote.
_COMMON = 0.6
_FEW = 4
_HEADING_WORDS = 12
_ANNOUNCED = 0.25
_HEADINGS = ("h1", "h2", "h3", "h4", "h5", "h6")
# What scripts fill in.
_PLACEHOLDER = re.compile(r"\{\{.*\}\}|<%.*%>|\$\{.*\}|%\w+%", re.DOTALL)
_PINGBACK = re.compile(r"\[(?:…|\.\.\.)\].*\[(?:…|\.\.\.)\]", re.DOTALL)


@dataclass(frozen=True)
class Thread:
    """The comments of a page in order, which of them each one answers (or None), and how many the page announces."""

    layout: str
    announced: int | None
    posts: tuple[Post, ...]
    answers: tuple[int | None, ...]


def read(root: HtmlElement) -> Thread | None:
    """Read the comments of a page, or None where it shows none that can be told apart."""
    weights = candidates.weigh(root)
    return next(filter(None, (_thread(group, root, weights) for group in _groups(root, weights))), None)


def lines(root: HtmlElement) -> list[str]:
    """Give the text of a page as lines."""
    return [line.of() for line in text_lines.lines([root])]


def _groups(root: HtmlElement, weights: Mapping[HtmlElement, int]) -> Iterator[Group]:
    yield from candidates.find(root, weights)
    yield from dated_lines.find(root, weights)


def _thread(group: Group, root: HtmlElement, weights: Mapping[HtmlElement, int]) -> Thread | None:
    every = {node for of_one in group.nodes for node in of_one}
    system = platforms.named(group.key.name) if group.key.kind == "system" else None
    read = [comment_fields.read(of_one, every, system) for of_one in group.nodes]
    filled = [place for place, post in enumerate(read) if post.text and not _PLACEHOLDER.fullmatch(post.text)]
    named = group.key.kind in {"number", "microdata", "data", "system"}
    if not filled or not (named or _are_evident(group, [read[place] for place in filled])):
        return None
    if len(filled) == 1 and group.own[filled[0]] > weights[root] / 2 and not (system or _is_in_place(group)):
        return None  # what is most of a page is its article, whatever it is called
    if all(_PINGBACK.fullmatch(read[place].text) for place in filled):
        filled = []  # other sites' links to the page, none of it written by a reader
    number = _announced(group, root, weights)
    if group.key.kind == "byline" and number and len(filled) < _ANNOUNCED * number:
        return None  # nothing but dates says that these are comments, and the page's own number says that they are not
    kept = _with_dates_told(_without_common_lines([read[place] for place in filled]))
    return Thread(_layout(group), number, tuple(kept), tuple(_answers(group, filled)))


def _is_in_place(group: Group) -> bool:
    """Tell whether comments stand in what is named as a place for them."""
    around = group.nodes[0][0].iterancestors()
    return any(markup.is_place(each) for each in around if each.tag not in {"html", "body"})


def _are_evident(group: Group, read: Sequence[Post]) -> bool:
    """Tell whether elements look like comments: with authors or dates in them, and not leading to other pages."""
    # What is cut at its dates has some, as have timelines and calendars.
    evident = sum(bool(post.author or (post.date and group.key.kind != "byline")) for post in read)
    teasers = sum(any(map(_is_teaser, of_one)) for of_one in group.nodes)
    return evident >= _EVIDENT * len(read) and teasers < _EVIDENT * len(group.nodes)


def _is_teaser(element: HtmlElement) -> bool:
    """Tell whether an element shows what is on another page: its heading is a link there, or half of it is."""
    words = len(candidates.text_of(element).split())
    for link, title in dated_lines.titles_elsewhere(element):
        headings = itertools.chain(link.iter(*_HEADINGS), link.iterancestors(*_HEADINGS))
        if next(headings, None) is not None or 2 * len(title.split()) >= words:
            return True
    return False


def _without_common_lines(read: Sequence[Post]) -> list[Post]:
    """Leave out what the page writes into each comment."""
    if len(read) < _FEW:
        return list(read)
    seen = Counter(line for post in read for line in set(post.text.split("\n")))
    common = {line for line, times in seen.items() if times >= _COMMON * len(read) and line}
    kept = []
    for post in read:
        text = "\n".join(line for line in post.text.split("\n") if line not in common).strip()
        kept.append(replace(post, text=re.sub(r"\n{3,}", "\n\n", text)) if text else post)
    return kept


def _with_dates_told(read: Sequence[Post]) -> list[Post]:
    """Read dates such as 05/06/2022 as the page's other dates say."""
    day_first = dates.is_day_first(post.date for post in read)
    if day_first is None:
        return list(read)
    again = [dates.find(post.date, day_first=day_first) for post in read]
    return [
        replace(post, iso=post.iso or (found.iso if found else "")) for post, found in zip(read, again, strict=True)
    ]


def _answers(group: Group, filled: Sequence[int]) -> Iterator[int | None]:
    """Give the comment that each one answers, among those that hold a text."""
    at = {place: index for index, place in enumerate(filled)}
    answered = reply_parents.answers(group.nodes, group.parents)
    for place in filled:
        parent = answered[place]
        while parent is not None and parent not in at:
            parent = answered[parent]
        yield None if parent is None else at[parent]


def _layout(group: Group) -> str:
    kind, name = group.key
    known = {"class": f".{name}", "id": f"#{name}", "number": "numbered elements", "byline": "dated lines"}
    return known.get(kind, f"microdata {name}" if kind == "microdata" else name)


def _announced(group: Group, root: HtmlElement, weights: Mapping[HtmlElement, int]) -> int | None:
    """Read the number in the last heading above the comments that has one."""
    number = None
    for element in root.iter():
        if element is group.nodes[0][0]:
            break
        if isinstance(element.tag, str) and 0 < weights[element] <= _HEADING_WORDS:
            found = announced(candidates.text_of(element))
            number = number if found is None else found
    return number
