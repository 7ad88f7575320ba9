"""Match the patterns of footer layouts against the lines of a page."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

# Starts, headers and links of footers are shorter. Longer lines are text, and no pattern is tried on them.
_MAX_LINE_LENGTH = 250

# Markdown's images, links (group 1 is the text of a link), bold type, headings, bullets and escapes.
_MARKDOWN_MARKS = re.compile(r"!\[[^\]]*\]\([^)]*\)|\[([^\]]*)\]\([^)]*\)|\*\*|^(?:#{1,6}|[*+]) |\\(?=[^\w\s])")

LinePatterns = tuple[re.Pattern[str], ...]
"""Patterns of consecutive lines, one per line."""


class LineSpan(NamedTuple):
    """Consecutive lines `start` to `stop` (exclusive) that match a sequence of patterns."""

    start: int
    stop: int
    patterns: LinePatterns = ()


class PageLines:
    """The non-blank lines of a page, indexed from 0.

    Each pattern is tried on each line once, however many layouts contain it.

    Parameters
    ----------
    lines
        All lines of the page, stripped.
    nonblank
        Indices in `lines` of the non-blank lines of interest.
    plain_lines
        These lines without Markdown.
    """

    def __init__(self, lines: Sequence[str], nonblank: Sequence[int], plain_lines: Sequence[str]) -> None:
        self._lines = lines
        self._nonblank = nonblank
        self._plain_lines = plain_lines
        self._masks: dict[str, bytearray] = {}

    @classmethod
    def from_lines(cls, lines: Sequence[str]) -> PageLines:
        """Return the non-blank lines among the stripped lines of a page."""
        nonblank = [index for index, line in enumerate(lines) if line]
        return cls(lines, nonblank, [_strip_markdown(lines[index]) for index in nonblank])

    def __len__(self) -> int:
        return len(self._nonblank)

    def slice_lines(self, start: int, stop: int) -> PageLines:
        """Return the lines from `start` to `stop` (exclusive), indexed from 0 again."""
        return PageLines(self._lines, self._nonblank[start:stop], self._plain_lines[start:stop])

    def match_mask(self, pattern: re.Pattern[str]) -> bytearray:
        """Return one byte per line, 1 if the pattern matches it and 0 if not."""
        if pattern.pattern not in self._masks:
            matches = pattern.fullmatch
            self._masks[pattern.pattern] = bytearray(bool(line and matches(line)) for line in self._plain_lines)
        return self._masks[pattern.pattern]

    def match_any_mask(self, patterns: LinePatterns) -> bytearray:
        """Return one byte per line, 1 if any of the patterns matches it and 0 if not."""
        if not patterns:
            return bytearray(len(self))
        if len(patterns) == 1:
            return self.match_mask(patterns[0])
        return bytearray(map(any, zip(*map(self.match_mask, patterns), strict=True)))

    def find_spans(self, alternatives: Sequence[LinePatterns], excluded: bytearray | None = None) -> list[LineSpan]:
        """Return all spans that match one of some pattern sequences, without overlaps.

        Of overlapping spans, the earliest and then the longest is kept. Spans with a line in the mask `excluded` are
        left out.
        """
        spans = (span for patterns in alternatives for span in self._find_spans_of(patterns))
        if excluded:
            spans = (span for span in spans if excluded.find(1, span.start, span.stop) < 0)
        kept: list[LineSpan] = []
        for span in sorted(spans, key=_earliest_and_longest):
            if not kept or span.start >= kept[-1].stop:
                kept.append(span)
        return kept

    def match_span_at(self, alternatives: Sequence[LinePatterns], start: int) -> LineSpan | None:
        """Return the longest span from line `start` on that matches one of some pattern sequences."""
        spans = (self._match_span_from(patterns, start) for patterns in alternatives)
        return max((span for span in spans if span), key=lambda span: span.stop, default=None)

    def read_groups(self, span: LineSpan) -> dict[str, str]:
        """Return the named groups of a span; the texts of numbered groups (`date` and `date2`) are joined."""
        groups: dict[str, str] = {}
        line = span.start
        for pattern in span.patterns:
            if line < span.stop and (match := pattern.fullmatch(self._plain_lines[line])):
                for numbered_name, text in match.groupdict(default="").items():
                    name = base_group_name(numbered_name)
                    groups[name] = f"{groups.get(name, '')} {text}".strip()
                line += 1
        return groups

    def join_text(self, start: int, stop: int, excluded: bytearray | None) -> str:
        """Return lines as they are on the page, with the blank lines between them and without those in `excluded`."""
        kept = [line for line in range(start, stop) if excluded is None or not excluded[line]]
        skipped = {self._nonblank[line] for line in range(kept[0], kept[-1]) if excluded and excluded[line]}
        indices = range(self._nonblank[kept[0]], self._nonblank[kept[-1]] + 1)
        text = "\n".join(self._lines[index] for index in indices if index not in skipped)
        return re.sub(r"\n{3,}", "\n\n", text).strip()

    def _find_spans_of(self, patterns: LinePatterns) -> Iterator[LineSpan]:
        """Yield the spans that match a pattern sequence, searching first for the date, which few lines match."""
        anchor = next((index for index, pattern in enumerate(patterns) if "date" in pattern.groupindex), 0)
        mask = self.match_mask(patterns[anchor])
        for line in iter_marked(mask, 0, len(mask)):
            start = self._find_start_above(patterns[:anchor], line)
            if start is not None and (span := self._match_span_from(patterns, start)):
                yield span

    def _find_start_above(self, patterns: LinePatterns, stop: int) -> int | None:
        """Return the first of the lines right above line `stop` that match all patterns, None if they do not match."""
        line = stop
        for pattern in reversed(patterns):
            if line > 0 and self._matches(pattern, line - 1):
                line -= 1
            elif not is_optional_line(pattern):
                return None
        return line

    def _match_span_from(self, patterns: LinePatterns, start: int) -> LineSpan | None:
        line = start
        for pattern in patterns:
            if line < len(self) and self._matches(pattern, line):
                line += 1
            elif not is_optional_line(pattern):
                return None
        return LineSpan(start, line, patterns)

    def _matches(self, pattern: re.Pattern[str], line: int) -> bool:
        return bool(self._plain_lines[line]) and pattern.fullmatch(self._plain_lines[line]) is not None


def iter_marked(mask: bytearray, start: int, stop: int) -> Iterator[int]:
    """Yield the indices from `start` to `stop` (exclusive) whose byte in the mask is 1."""
    index = mask.find(1, start, stop)
    while index >= 0:
        yield index
        index = mask.find(1, index + 1, stop)


def _strip_markdown(line: str) -> str:
    """Return a line without Markdown and with single spaces only; "" for a line that is too long to match."""
    if len(line) > _MAX_LINE_LENGTH:
        return ""
    plain = line
    if "*" in line or "\\" in line or "](" in line or line.startswith("#"):
        plain = _MARKDOWN_MARKS.sub(r"\1", line)
    plain = " ".join(plain.split())
    return line if plain == line else plain  # keep one string per line: a page may have millions of lines


def base_group_name(name: str) -> str:
    """Return the name of a group without the number behind it: "date" for "date2"."""
    return name.rstrip("0123456789")


def is_optional_line(pattern: re.Pattern[str]) -> bool:
    """Return whether the line of a pattern may be missing, which is so if the pattern matches an empty line."""
    return pattern.fullmatch("") is not None


def _earliest_and_longest(span: LineSpan) -> tuple[int, int]:
    return span.start, -span.stop
