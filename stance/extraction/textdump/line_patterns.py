"""The lines of a page, and where the patterns of layouts match them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

# No start, header or link of a footer is longer; what is, is text, and no pattern is tried on it.
_LONGEST_LINE = 250

# Markdown's links, images, bold type, headings, bullets and escapes; what stands in a link is its first group.
_MARKDOWN = re.compile(r"!\[[^\]]*\]\([^)]*\)|\[([^\]]*)\]\([^)]*\)|\*\*|^(?:#{1,6}|[*+]) |\\(?=[^\w\s])")

Patterns = tuple[re.Pattern[str], ...]


class Span(NamedTuple):
    """Lines that match a row of patterns: from the first on, up to before the last."""

    first: int
    last: int
    patterns: Patterns = ()


class Page:
    """The filled lines of a page, counted from 0; a pattern is tried once a line, however many layouts have it."""

    def __init__(self, lines: Sequence[str], filled: Sequence[int], plain: Sequence[str]) -> None:
        self._lines = lines
        self._filled = filled
        self._plain = plain
        self._hits: dict[str, bytearray] = {}

    @classmethod
    def of(cls, lines: Sequence[str]) -> Page:
        """Take the lines of a page as they stand there."""
        filled = [index for index, line in enumerate(lines) if line]
        return cls(lines, filled, [_plain(lines[index]) for index in filled])

    def __len__(self) -> int:
        return len(self._filled)

    def part(self, first: int, last: int) -> Page:
        """Keep only the lines from one on to before another, counted from 0 again."""
        return Page(self._lines, self._filled[first:last], self._plain[first:last])

    def hits(self, pattern: re.Pattern[str]) -> bytearray:
        """Mark the lines that a pattern matches by 1, the others by 0."""
        if pattern.pattern not in self._hits:
            matches = pattern.fullmatch
            self._hits[pattern.pattern] = bytearray(bool(line and matches(line)) for line in self._plain)
        return self._hits[pattern.pattern]

    def any_hits(self, patterns: Patterns) -> bytearray:
        """Mark the lines that one of several patterns matches."""
        if len(patterns) == 1:
            return self.hits(patterns[0])
        return bytearray(map(any, zip(*map(self.hits, patterns), strict=True))) if patterns else bytearray(len(self))

    def rows(self, alternatives: Sequence[Patterns], but: bytearray | None = None) -> list[Span]:
        """Find the lines that match one of some rows of patterns, without overlap, and with no line in `but`."""
        spans = (span for patterns in alternatives for span in self._rows(patterns))
        if but:
            spans = (span for span in spans if but.find(1, span.first, span.last) < 0)
        found = sorted(spans, key=_earliest_and_longest)
        kept: list[Span] = []
        for span in found:
            if not kept or span.first >= kept[-1].last:
                kept.append(span)
        return kept

    def row_at(self, alternatives: Sequence[Patterns], at: int) -> Span | None:
        """Find the row of patterns that matches from one line on, the longest if several do."""
        spans = (self._follow(patterns, at) for patterns in alternatives)
        return max((span for span in spans if span), key=lambda span: span.last, default=None)

    def groups(self, span: Span) -> dict[str, str]:
        """Read the named groups of a row; what stands in two groups of a name, `date` and `date2`, is joined."""
        groups: dict[str, str] = {}
        at = span.first
        for pattern in span.patterns:
            if at < span.last and (match := pattern.fullmatch(self._plain[at])):
                for name, value in match.groupdict(default="").items():
                    groups[group_of(name)] = f"{groups.get(group_of(name), '')} {value}".strip()
                at += 1
        return groups

    def text(self, first: int, last: int, left_out: bytearray | None) -> str:
        """Join some lines as they stand on the page, the blank ones between them included."""
        kept = [at for at in range(first, last) if left_out is None or not left_out[at]]
        skipped = {self._filled[at] for at in range(kept[0], kept[-1]) if left_out and left_out[at]}
        between = range(self._filled[kept[0]], self._filled[kept[-1]] + 1)
        text = "\n".join(self._lines[index] for index in between if index not in skipped)
        return re.sub(r"\n{3,}", "\n\n", text).strip()

    def _rows(self, patterns: Patterns) -> Iterator[Span]:
        """Find the rows around the lines that match the pattern with the date, which few other lines do."""
        anchor = next((number for number, pattern in enumerate(patterns) if "date" in pattern.groupindex), 0)
        hits = self.hits(patterns[anchor])
        at = hits.find(1)
        while at >= 0:
            first = self._above(patterns[:anchor], at)
            if first is not None and (span := self._follow(patterns, first)):
                yield span
            at = hits.find(1, at + 1)

    def _above(self, patterns: Patterns, last: int) -> int | None:
        """Find the first of the lines that match patterns and stand right above a line."""
        at = last
        for pattern in reversed(patterns):
            if at > 0 and self._matches(pattern, at - 1):
                at -= 1
            elif not is_optional(pattern):
                return None
        return at

    def _follow(self, patterns: Patterns, first: int) -> Span | None:
        at = first
        for pattern in patterns:
            if at < len(self) and self._matches(pattern, at):
                at += 1
            elif not is_optional(pattern):
                return None
        return Span(first, at, patterns)

    def _matches(self, pattern: re.Pattern[str], at: int) -> bool:
        return bool(self._plain[at]) and pattern.fullmatch(self._plain[at]) is not None


def _plain(line: str) -> str:
    """Take from a line what a pattern should not have to know: kinds of white space, and Markdown's marks."""
    if len(line) > _LONGEST_LINE:
        return ""
    plain = line
    if "*" in line or "\\" in line or "](" in line or line.startswith("#"):
        plain = _MARKDOWN.sub(r"\1", line)
    plain = " ".join(plain.split())
    return line if plain == line else plain  # a page may have millions of lines: hold each once


def group_of(name: str) -> str:
    """Name what a group of a pattern holds."""
    return name.rstrip("0123456789")


def is_optional(pattern: re.Pattern[str]) -> bool:
    """Tell whether a line of a row may be missing: its pattern also matches nothing."""
    return pattern.fullmatch("") is not None


def _earliest_and_longest(span: Span) -> tuple[int, int]:
    return span.first, -span.last
