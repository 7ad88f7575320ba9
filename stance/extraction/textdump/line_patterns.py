"""The lines of a page, and where the patterns of layouts match them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

# No start, header or link of a footer is longer; what is, is text, and no pattern is tried on it.
_MAX_LINE_LENGTH = 250

# Markdown's links, images, bold type, headings, bullets and escapes; what stands in a link is its first group.
_MARKDOWN_MARKS = re.compile(r"!\[[^\]]*\]\([^)]*\)|\[([^\]]*)\]\([^)]*\)|\*\*|^(?:#{1,6}|[*+]) |\\(?=[^\w\s])")

LinePatterns = tuple[re.Pattern[str], ...]


class LineSpan(NamedTuple):
    """Lines that match a row of patterns: from the first on, up to before the last."""

    start: int
    stop: int
    patterns: LinePatterns = ()


class PageLines:
    """The filled lines of a page, counted from 0; a pattern is tried once a line, however many layouts have it."""

    def __init__(self, lines: Sequence[str], filled: Sequence[int], plain: Sequence[str]) -> None:
        self._lines = lines
        self._nonblank = filled
        self._plain_lines = plain
        self._masks: dict[str, bytearray] = {}

    @classmethod
    def from_lines(cls, lines: Sequence[str]) -> PageLines:
        """Take the lines of a page as they stand there."""
        filled = [index for index, line in enumerate(lines) if line]
        return cls(lines, filled, [_strip_markdown(lines[index]) for index in filled])

    def __len__(self) -> int:
        return len(self._nonblank)

    def slice_lines(self, first: int, last: int) -> PageLines:
        """Keep only the lines from one on to before another, counted from 0 again."""
        return PageLines(self._lines, self._nonblank[first:last], self._plain_lines[first:last])

    def match_mask(self, pattern: re.Pattern[str]) -> bytearray:
        """Mark the lines that a pattern matches by 1, the others by 0."""
        if pattern.pattern not in self._masks:
            matches = pattern.fullmatch
            self._masks[pattern.pattern] = bytearray(bool(line and matches(line)) for line in self._plain_lines)
        return self._masks[pattern.pattern]

    def match_any_mask(self, patterns: LinePatterns) -> bytearray:
        """Mark the lines that one of several patterns matches."""
        if len(patterns) == 1:
            return self.match_mask(patterns[0])
        return (
            bytearray(map(any, zip(*map(self.match_mask, patterns), strict=True))) if patterns else bytearray(len(self))
        )

    def find_spans(self, alternatives: Sequence[LinePatterns], excluded: bytearray | None = None) -> list[LineSpan]:
        """Find the lines that match one of some rows of patterns, without overlap, and with no line in `excluded`."""
        spans = (span for patterns in alternatives for span in self._find_spans_of(patterns))
        if excluded:
            spans = (span for span in spans if excluded.find(1, span.start, span.stop) < 0)
        found = sorted(spans, key=_earliest_and_longest)
        kept: list[LineSpan] = []
        for span in found:
            if not kept or span.start >= kept[-1].stop:
                kept.append(span)
        return kept

    def match_span_at(self, alternatives: Sequence[LinePatterns], at: int) -> LineSpan | None:
        """Find the row of patterns that matches from one line on, the longest if several do."""
        spans = (self._match_span_from(patterns, at) for patterns in alternatives)
        return max((span for span in spans if span), key=lambda span: span.stop, default=None)

    def read_groups(self, span: LineSpan) -> dict[str, str]:
        """Read the named groups of a row; what stands in two groups of a name, `date` and `date2`, is joined."""
        groups: dict[str, str] = {}
        at = span.start
        for pattern in span.patterns:
            if at < span.stop and (match := pattern.fullmatch(self._plain_lines[at])):
                for name, value in match.groupdict(default="").items():
                    groups[base_group_name(name)] = f"{groups.get(base_group_name(name), '')} {value}".strip()
                at += 1
        return groups

    def join_text(self, start: int, stop: int, excluded: bytearray | None) -> str:
        """Join some lines as they stand on the page, the blank ones between them included."""
        kept = [at for at in range(start, stop) if excluded is None or not excluded[at]]
        skipped = {self._nonblank[at] for at in range(kept[0], kept[-1]) if excluded and excluded[at]}
        between = range(self._nonblank[kept[0]], self._nonblank[kept[-1]] + 1)
        text = "\n".join(self._lines[index] for index in between if index not in skipped)
        return re.sub(r"\n{3,}", "\n\n", text).strip()

    def _find_spans_of(self, patterns: LinePatterns) -> Iterator[LineSpan]:
        """Find the rows around the lines that match the pattern with the date, which few other lines do."""
        anchor = next((number for number, pattern in enumerate(patterns) if "date" in pattern.groupindex), 0)
        hits = self.match_mask(patterns[anchor])
        at = hits.find(1)
        while at >= 0:
            first = self._find_start_above(patterns[:anchor], at)
            if first is not None and (span := self._match_span_from(patterns, first)):
                yield span
            at = hits.find(1, at + 1)

    def _find_start_above(self, patterns: LinePatterns, last: int) -> int | None:
        """Find the first of the lines that match patterns and stand right above a line."""
        at = last
        for pattern in reversed(patterns):
            if at > 0 and self._matches(pattern, at - 1):
                at -= 1
            elif not is_optional_line(pattern):
                return None
        return at

    def _match_span_from(self, patterns: LinePatterns, first: int) -> LineSpan | None:
        at = first
        for pattern in patterns:
            if at < len(self) and self._matches(pattern, at):
                at += 1
            elif not is_optional_line(pattern):
                return None
        return LineSpan(first, at, patterns)

    def _matches(self, pattern: re.Pattern[str], at: int) -> bool:
        return bool(self._plain_lines[at]) and pattern.fullmatch(self._plain_lines[at]) is not None


def _strip_markdown(line: str) -> str:
    """Take from a line what a pattern should not have to know: kinds of white space, and Markdown's marks."""
    if len(line) > _MAX_LINE_LENGTH:
        return ""
    plain = line
    if "*" in line or "\\" in line or "](" in line or line.startswith("#"):
        plain = _MARKDOWN_MARKS.sub(r"\1", line)
    plain = " ".join(plain.split())
    return line if plain == line else plain  # a page may have millions of lines: hold each once


def base_group_name(name: str) -> str:
    """Name what a group of a pattern holds."""
    return name.rstrip("0123456789")


def is_optional_line(pattern: re.Pattern[str]) -> bool:
    """Tell whether a line of a row may be missing: its pattern also matches nothing."""
    return pattern.fullmatch("") is not None


def _earliest_and_longest(span: LineSpan) -> tuple[int, int]:
    return span.start, -span.stop
