"""The sentences of a generated report, to test that none is repeated."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator

from html_reader import Node

# Tables repeat numbers, charts repeat their captions for screen readers, and comments are not the report's own words.
_LEFT_OUT = frozenset({"table", "svg", "style", "title", "nav"})
_MIN_WORDS = 3


def find_repeated_sentences(root: Node) -> list[str]:
    """Return the sentences that occur more than once.

    The captions that explain how to read a chart are left out: they stand below each chart of the kind.
    """
    blocks = [" ".join(block.split()) for block in _blocks(root)]
    sentences = Counter(
        sentence.rstrip(".") for block in blocks for sentence in re.split(r"(?<=[.!?])\s+(?=[A-Z0-9])", block)
    )
    return sorted(s for s, n in sentences.items() if n > 1 and len(s.split()) >= _MIN_WORDS)


def _blocks(node: Node) -> Iterator[str]:
    """Yield the text of each paragraph and list item outside of what is left out."""
    for child in node.children:
        if isinstance(child, str) or child.tag in _LEFT_OUT or child.attributes.get("class") == "comments":
            continue
        if child.tag in {"p", "li"} and not (node.tag == "figcaption" and "class" not in child.attributes):
            paragraphs = [part for part in child.children if isinstance(part, Node) and part.tag == "p"]
            yield from (part.text for part in paragraphs or [child])
        else:
            yield from _blocks(child)
