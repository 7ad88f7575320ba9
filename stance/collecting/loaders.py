"""Comments that are not in a saved page, since a script would load them from elsewhere."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stance.collecting import markup

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from lxml.html import HtmlElement

_MOST_CODE = 50_000


def find(trees: Sequence[HtmlElement]) -> str:
    """Name the system from which the scripts and frames of a page would load comments, "" if there is none."""
    sources = [source for tree in trees for source in _sources(tree)]
    for system in markup.systems():
        if any(pattern.search(source) for pattern in system.loads for source in sources):
            return system.name
    return ""


def _sources(tree: HtmlElement) -> Iterator[str]:
    for element in tree.iter("script", "iframe", "link", "a"):
        yield element.get("src") or element.get("href") or ""
        if element.tag == "script":
            yield (element.text or "")[:_MOST_CODE]
