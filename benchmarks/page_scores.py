"""Compare the comments that a tool extracts from a page with those that people copied from it."""

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
_IGNORED_TAGS = {"script", "style", "form", "noscript"}


def count_words(text: str) -> Words:
    """Return the words of a text with their counts: lower case, after NFKC."""
    return Counter(re.findall(r"\w+", unicodedata.normalize("NFKC", text).lower()))


def compute_token_f1(extracted: Words, gold: Words) -> float:
    """Return the F1 of two bags of words."""
    return 2 * (extracted & gold).total() / max(1, extracted.total() + gold.total())


def find_numbered_comments(html: str) -> list[Words]:
    """Return the words of each comment of a page whose element has a numbered id, such as "comment-123"."""
    tree = lxml.html.document_fromstring(html.encode(), parser=lxml.html.HTMLParser(encoding="utf-8"))
    elements: dict[str, HtmlElement] = {}
    for element in tree.iter():
        if isinstance(element.tag, str) and (match := _NUMBERED.fullmatch(element.get("id") or "")):
            elements.setdefault(match[1], element)
    all_comments = set(elements.values())
    counts = [count_words(" ".join(_iter_own_text(element, all_comments))) for element in elements.values()]
    return [words for words in counts if words]


def _iter_own_text(comment: HtmlElement, all_comments: set[HtmlElement]) -> Iterator[str]:
    """Yield the texts in the element of a comment without those of comments inside it; for a `dt`, also its `dd`."""

    def iter_text(element: HtmlElement) -> Iterator[str]:
        if isinstance(element.tag, str) and element.tag not in _IGNORED_TAGS:
            yield element.text or ""
            for child in element:
                if child not in all_comments:
                    yield from iter_text(child)
                yield child.tail or ""

    yield from iter_text(comment)
    for sibling in comment.itersiblings() if comment.tag == "dt" else ():
        if sibling.tag != "dd":
            return
        yield from iter_text(sibling)


def count_matching_records(comments: Sequence[Words], records: Sequence[Words]) -> int:
    """Return how many comments are exactly one record of a tool; each record matches at most one comment.

    A record matches a comment if nine in ten of its words are in the comment and half of the comment's words are in it.
    """
    unmatched = list(range(len(records)))
    for comment in comments:
        for index in unmatched:
            n_shared = (comment & records[index]).total()
            if n_shared >= max(0.9 * records[index].total(), 0.5 * comment.total()):
                unmatched.remove(index)
                break
    return len(records) - len(unmatched)
