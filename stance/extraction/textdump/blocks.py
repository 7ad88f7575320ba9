"""Cutting the lines below a footer's start into one block a comment, as a layout says."""

from __future__ import annotations

from bisect import bisect_left
from itertools import pairwise
from typing import TYPE_CHECKING, Literal, NamedTuple

from stance.extraction.textdump.line_patterns import Span

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from stance.extraction.textdump.layouts import Layout
    from stance.extraction.textdump.line_patterns import Page


# "Leave a comment" also stands between the start of a footer and its first comment.
_INVITATION = 2


class Block(NamedTuple):
    """One comment: the lines of its text, from the first to before the last, and the rows of its header.

    Its likes may stand below its text, before the line `end`. A text that looks like noise but is all there is, is no
    noise.
    """

    first: int
    last: int
    end: int
    rows: tuple[Span, ...] = ()
    is_noise: bool = False


_LinksStand = Literal["above texts", "below texts", "nowhere"]


class Cutter:
    """One layout on one page: it looks for headers, closing lines and noise once, then cuts from any line on."""

    def __init__(self, page: Page, layout: Layout) -> None:
        self.page = page
        self.noise = page.any_hits(layout.noise)
        self._separator = layout.separator
        self._links = page.any_hits(tuple(noise for noise in layout.noise if not noise.groupindex))
        self._votes = [(pattern,) for pattern in (*layout.noise, *layout.closing) if pattern.groupindex]
        self._separators = page.any_hits((layout.separator,) if layout.separator else ())
        self._closing = page.any_hits(layout.closing)
        ends = page.any_hits(layout.end)
        self._ends = bytearray(end and not closing for end, closing in zip(ends, self._closing, strict=True))
        self._skipped = page.any_hits((*layout.noise, *layout.closing))
        self._above = tuple(header.before for header in layout.headers if header.before)
        self._below = tuple(header.after for header in layout.headers if header.after)
        self._heads = [] if layout.separator else page.rows(self._above, self._skipped)
        self._feet = [] if layout.separator else page.rows(self._below, self._skipped)

    def blocks(self, at: int, announced: int | None) -> list[Block]:
        """Cut from a line on into the comments that have a text."""
        if self._separator:
            return self._separated(at, announced)
        return self._headed(at, announced) if self._above else self._signed(at, announced)

    def likes(self, block: Block) -> str:
        """Find the likes that stand in a line of their own."""
        rows = (self.page.row_at(self._votes, at) for at in range(block.first, block.end))
        return next((self.page.groups(row)["likes"] for row in rows if row), "")

    def _separated(self, at: int, announced: int | None) -> list[Block]:
        stop = self._stop(at, self._separators.find(1, at), announced)
        cuts = [line for line in _marked(self._separators, at, stop) if not self.noise[line]]
        firsts = [at, *(cut + 1 for cut in cuts)]
        blocks = [self._between(first, cut) for first, cut in zip(firsts, cuts, strict=False)]
        missing = (announced or 0) - sum(block is not None for block in blocks)
        # Where the page counts more, a separator that follows on another is a comment that consists of its word,
        for number, (upper, lower) in enumerate(pairwise(list(blocks))):
            if missing > 0 and not upper and not lower and blocks[number] is None:
                blocks[number + 1] = Block(cuts[number], cuts[number] + 1, cuts[number] + 1, is_noise=True)
                missing -= 1
        # and what stands below the last one is a comment of a page cut short.
        if missing > 0 and (cuts or not (self._above or self._below)):
            blocks.append(self._between(firsts[-1], stop))
        return [block for block in blocks if block]

    def _between(self, first: int, last: int) -> Block | None:
        """Make a block of what stands between two separators, the second of which may hold a date itself."""
        end = last
        rows = []
        while first < last and self.noise[first]:
            first += 1
        while first < last and self.noise[last - 1]:
            last -= 1
        if (head := self.page.row_at(self._above, first)) and head.last <= last:
            rows.append(head)
            first = head.last
        if foot := self._foot(first, last):
            rows.append(foot)
            last = foot.first
        if self._separator and self._separator.groupindex and end < len(self.page):
            rows.append(Span(end, end + 1, (self._separator,)))
        return self._block(first, last, end, tuple(rows))

    def _foot(self, first: int, last: int) -> Span | None:
        """Find the header that ends a block."""
        longest = max(map(len, self._below), default=0)
        rows = (self.page.row_at(self._below, at) for at in range(max(first, last - longest), last))
        return next((row for row in rows if row and row.last == last), None)

    def _headed(self, at: int, announced: int | None) -> list[Block]:
        """Cut at the headers above texts; a text ends at the next one, at its own lower header or closing line."""
        number = bisect_left(self._heads, at, key=_first)
        boundary = self._heads[number].first if number < len(self._heads) else -1
        stop = self._stop(at, boundary, announced)
        heads = self._heads[number : bisect_left(self._heads, stop, key=_first)]
        blocks = list(self._two_headed(heads, stop) if self._below else _upper_headed(heads, stop))
        links = self._links_stand(blocks)
        return [closed for block in blocks if (closed := self._closed(block, links))]

    def _two_headed(self, heads: Sequence[Span], stop: int) -> Iterator[Block]:
        """Make a block from each header above a text to the one below it; others above a text may be quoted in it."""
        last = 0
        for head in heads:
            if head.first < last:
                continue
            number = bisect_left(self._feet, head.last, key=_first)
            foot = self._feet[number] if number < len(self._feet) else None
            if foot is None or foot.last > stop:
                if last:  # the page was cut short
                    yield Block(head.last, stop, stop, (head,))
                return
            if self.noise.find(0, head.last, foot.first) >= 0:  # else both stand above the text, in another layout
                yield Block(head.last, foot.first, foot.first, (head, foot))
                last = foot.last

    def _links_stand(self, blocks: list[Block]) -> _LinksStand:
        """Tell where the page has the line that should close a comment: some put it between header and text."""
        above = below = 0
        for block in blocks:
            text = self._text_begins(block)
            below += self._closing.find(1, text, block.last) >= 0
            above += text < block.last and self._closing.find(1, block.first, text) >= 0
        if above == below == 0:
            return "nowhere"
        return "above texts" if above > below else "below texts"

    def _text_begins(self, block: Block) -> int:
        """Find the first line that is neither noise nor closing."""
        lines = range(block.first, block.last)
        return next((at for at in lines if not self.noise[at] and not self._closing[at]), block.last)

    def _closed(self, block: Block, links: _LinksStand) -> Block | None:
        """Cut a text at its closing line; of two above any text, the first is the text."""
        text = self._text_begins(block)
        above = list(_marked(self._closing, block.first, text))
        if len(above) > 1 or (above and text == block.last and links == "nowhere"):
            return Block(above[0], above[0] + 1, block.end, block.rows, is_noise=True)
        if above and (text == block.last or links == "below texts"):
            return None
        last = self._closing.find(1, text, block.last)
        return self._block(text if above else block.first, block.last if last < 0 else last, block.end, block.rows)

    def _signed(self, at: int, announced: int | None) -> list[Block]:
        """Cut at the headers below texts."""
        number = bisect_left(self._feet, at, key=_first)
        boundary = self._feet[number].first if number < len(self._feet) else -1
        stop = self._stop(at, boundary, announced)
        feet = self._feet[number : bisect_left(self._feet, stop, key=_first)]
        firsts = [at, *(foot.last for foot in feet)]
        blocks = (
            self._block(first, foot.first, foot.first, (foot,)) for first, foot in zip(firsts, feet, strict=False)
        )
        return [block for block in blocks if block]

    def _stop(self, at: int, boundary: int, announced: int | None) -> int:
        """Find where the footer ends: not above its first comment, if the page counts any."""
        end = self._ends.find(1, at if announced == 0 else at + _INVITATION)
        if announced and 0 <= end < boundary:
            end = self._ends.find(1, boundary)
        return len(self.page) if end < 0 else end

    def _block(self, first: int, last: int, end: int, rows: tuple[Span, ...]) -> Block | None:
        """Make a block of some lines, or of the first link where nothing else stands there: one may write "Like"."""
        if self.noise.find(0, first, last) >= 0:
            return Block(first, last, end, rows)
        link = self._links.find(1, first, last)
        return Block(link, link + 1, end, rows, is_noise=True) if link >= 0 else None


def _upper_headed(heads: Sequence[Span], stop: int) -> Iterator[Block]:
    """Make a block from each header above a text to the next one."""
    lasts = [*(head.first for head in heads[1:]), stop]
    for head, last in zip(heads, lasts, strict=False):
        yield Block(head.last, last, last, (head,))


def _first(span: Span) -> int:
    return span.first


def _marked(marks: bytearray, first: int, last: int) -> Iterator[int]:
    """List what is marked in a range."""
    at = marks.find(1, first, last)
    while at >= 0:
        yield at
        at = marks.find(1, at + 1, last)
