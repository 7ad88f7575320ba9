"""How well what a tool pulls from a page agrees with what people found there."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from typing import TYPE_CHECKING

import lxml.html

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from lxml.html import HtmlElement

    Words = Counter[str]

_NUMBERED = re.compile(r"(?:li-|div-|dsq-)?comment-?_?(\d+)")
_UNREAD = {"script", "style", "form", "noscript"}


def words(text: str) -> Words:
    """Count the words of a text."""
    return Counter(re.findall(r"\w+", unicodedata.normalize("NFKC", text).lower()))


def token_f1(found: Words, gold: Words) -> float:
    """Give the F1 of two bags of words."""
    return 2 * (found & gold).total() / max(1, found.total() + gold.total())


def numbered_comments(html: str) -> list[Words]:
    """Give the words of each comment of a page whose element is numbered."""
    tree = lxml.html.document_fromstring(html.encode(), parser=lxml.html.HTMLParser(encoding="utf-8"))
    elements: dict[str, HtmlElement] = {}
    for element in tree.iter():
        if isinstance(element.tag, str) and (match := _NUMBERED.fullmatch(element.get("id") or "")):
            elements.setdefault(match[1], element)
    found = [words(" ".join(_own_text(each, set(elements.values())))) for each in elements.values()]
    return [each for each in found if each]


def _own_text(comment: HtmlElement, comments: set[HtmlElement]) -> Iterator[str]:
    """Give the texts in a comment's element, not those of other comments in it; with a term its definition."""

    def inside(element: HtmlElement) -> Iterator[str]:
        if isinstance(element.tag, str) and element.tag not in _UNREAD:
            yield element.text or ""
            for child in element:
                if child not in comments:
                    yield from inside(child)
                yield child.tail or ""

    yield from inside(comment)
    for sibling in comment.itersiblings() if comment.tag == "dt" else ():
        if sibling.tag != "dd":
            return
        yield from inside(sibling)


def count_as_one(comments: Sequence[Words], records: Sequence[Words]) -> int:
    """Count the comments that are one record each."""
    free = list(range(len(records)))
    count = 0
    for comment in comments:
        for place in free:
            shared, record = (comment & records[place]).total(), records[place].total()
            if shared >= max(0.9 * record, 0.5 * comment.total()):
                free.remove(place)
                count += 1
                break
    return count
