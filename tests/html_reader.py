"""Parses HTML strictly: unclosed elements and comments are errors. For tests of generated reports."""

from __future__ import annotations

from dataclasses import dataclass, field
from html.parser import HTMLParser

VOID = frozenset({"meta", "link", "img", "br", "hr", "input", "base", "source", "embed"})


@dataclass
class Node:
    """An element with its content."""

    tag: str
    attributes: dict[str, str | None]
    children: list[Node | str] = field(default_factory=list)

    @property
    def text(self) -> str:
        return "".join(child if isinstance(child, str) else child.text for child in self.children)

    @property
    def line(self) -> str:
        return " ".join(self.text.split())

    def find(self, tag: str, cls: str | None = None) -> list[Node]:
        """Return the descendants with a tag and a class, in document order."""
        return [node for node in self.walk() if node.tag == tag and cls in (None, node.attributes.get("class"))]

    def walk(self) -> list[Node]:
        children = [child for child in self.children if isinstance(child, Node)]
        return [node for child in children for node in (child, *child.walk())]


class _Parser(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.root = Node("", {})
        self._open = [self.root]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        node = Node(tag, dict(attrs))
        self._open[-1].children.append(node)
        if tag not in VOID:
            self._open.append(node)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._open[-1].children.append(Node(tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        closed = self._open.pop()
        assert closed.tag == tag, f"{tag} closes {closed.tag}"

    def handle_data(self, data: str) -> None:
        self._open[-1].children.append(data)

    def handle_comment(self, data: str) -> None:
        raise AssertionError(f"unexpected comment: {data}")


def parse_html(html: str) -> Node:
    """Parse a page or a part of one; elements must be closed in reverse order of their opening."""
    parser = _Parser()
    parser.feed(html)
    parser.close()
    assert parser._open == [parser.root]
    return parser.root
