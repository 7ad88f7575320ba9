"""Cutting the lines below a footer's start into one block a comment, as a layout says."""

from __future__ import annotations

from bisect import bisect_left
from itertools import pairwise
from typing import TYPE_CHECKING, Literal, NamedTuple

from stance.extraction.textdump.line_patterns import LineSpan

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from stance.extraction.textdump.layouts import FooterLayout
    from stance.extraction.textdump.line_patterns import PageLines


# "Leave a comment" also stands between the start of a footer and its first comment.
_INVITATION_LINES = 2


class CommentBlock(NamedTuple):
    """One comment: the lines of its text, from the first to before the last, and the rows of its header.

    Its likes may stand below its text, before the line `likes_stop`. A text that looks like noise but is all there is,
    is no noise.
    """

    start: int
    stop: int
    likes_stop: int
    header_spans: tuple[LineSpan, ...] = ()
    is_noise: bool = False


_ClosingPosition = Literal["above texts", "below texts", "nowhere"]


class BlockSplitter:
    """One layout on one page: it looks for headers, closing lines and noise once, then cuts from any line on."""

    def __init__(self, page: PageLines, layout: FooterLayout) -> None:
        self.page = page
        self.noise_mask = page.match_any_mask(layout.noise)
        self._separator = layout.separator
        self._link_mask = page.match_any_mask(tuple(noise for noise in layout.noise if not noise.groupindex))
        self._likes_patterns = [(pattern,) for pattern in (*layout.noise, *layout.closing) if pattern.groupindex]
        self._separator_mask = page.match_any_mask((layout.separator,) if layout.separator else ())
        self._closing_mask = page.match_any_mask(layout.closing)
        ends = page.match_any_mask(layout.end)
        self._end_mask = bytearray(end and not closing for end, closing in zip(ends, self._closing_mask, strict=True))
        self._skipped_mask = page.match_any_mask((*layout.noise, *layout.closing))
        self._upper_headers = tuple(header.before for header in layout.headers if header.before)
        self._lower_headers = tuple(header.after for header in layout.headers if header.after)
        self._upper_header_spans = [] if layout.separator else page.find_spans(self._upper_headers, self._skipped_mask)
        self._lower_header_spans = [] if layout.separator else page.find_spans(self._lower_headers, self._skipped_mask)

    def split(self, at: int, announced: int | None) -> list[CommentBlock]:
        """Cut from a line on into the comments that have a text."""
        if self._separator:
            return self._split_at_separators(at, announced)
        return (
            self._split_at_upper_headers(at, announced)
            if self._upper_headers
            else self._split_at_lower_headers(at, announced)
        )

    def read_likes(self, block: CommentBlock) -> str:
        """Find the likes that stand in a line of their own."""
        rows = (self.page.match_span_at(self._likes_patterns, at) for at in range(block.start, block.likes_stop))
        return next((self.page.read_groups(row)["likes"] for row in rows if row), "")

    def _split_at_separators(self, at: int, announced: int | None) -> list[CommentBlock]:
        stop = self._find_footer_end(at, self._separator_mask.find(1, at), announced)
        cuts = [line for line in _marked_lines(self._separator_mask, at, stop) if not self.noise_mask[line]]
        firsts = [at, *(cut + 1 for cut in cuts)]
        blocks = [self._block_between_separators(first, cut) for first, cut in zip(firsts, cuts, strict=False)]
        missing = (announced or 0) - sum(block is not None for block in blocks)
        # Where the page counts more, a separator that follows on another is a comment that consists of its word,
        for number, (upper, lower) in enumerate(pairwise(list(blocks))):
            if missing > 0 and not upper and not lower and blocks[number] is None:
                blocks[number + 1] = CommentBlock(cuts[number], cuts[number] + 1, cuts[number] + 1, is_noise=True)
                missing -= 1
        # and what stands below the last one is a comment of a page cut short.
        if missing > 0 and (cuts or not (self._upper_headers or self._lower_headers)):
            blocks.append(self._block_between_separators(firsts[-1], stop))
        return [block for block in blocks if block]

    def _block_between_separators(self, first: int, last: int) -> CommentBlock | None:
        """Make a block of what stands between two separators, the second of which may hold a date itself."""
        end = last
        rows = []
        while first < last and self.noise_mask[first]:
            first += 1
        while first < last and self.noise_mask[last - 1]:
            last -= 1
        if (head := self.page.match_span_at(self._upper_headers, first)) and head.stop <= last:
            rows.append(head)
            first = head.stop
        if foot := self._find_lower_header(first, last):
            rows.append(foot)
            last = foot.start
        if self._separator and self._separator.groupindex and end < len(self.page):
            rows.append(LineSpan(end, end + 1, (self._separator,)))
        return self._make_block(first, last, end, tuple(rows))

    def _find_lower_header(self, first: int, last: int) -> LineSpan | None:
        """Find the header that ends a block."""
        longest = max(map(len, self._lower_headers), default=0)
        rows = (self.page.match_span_at(self._lower_headers, at) for at in range(max(first, last - longest), last))
        return next((row for row in rows if row and row.stop == last), None)

    def _split_at_upper_headers(self, at: int, announced: int | None) -> list[CommentBlock]:
        """Cut at the headers above texts; a text ends at the next one, at its own lower header or closing line."""
        number = bisect_left(self._upper_header_spans, at, key=_span_start)
        boundary = self._upper_header_spans[number].start if number < len(self._upper_header_spans) else -1
        stop = self._find_footer_end(at, boundary, announced)
        heads = self._upper_header_spans[number : bisect_left(self._upper_header_spans, stop, key=_span_start)]
        blocks = list(
            self._pair_upper_and_lower_headers(heads, stop)
            if self._lower_headers
            else _blocks_below_headers(heads, stop)
        )
        links = self._locate_closing_lines(blocks)
        return [closed for block in blocks if (closed := self._cut_at_closing_line(block, links))]

    def _pair_upper_and_lower_headers(self, heads: Sequence[LineSpan], stop: int) -> Iterator[CommentBlock]:
        """Make a block from each header above a text to the one below it; others above a text may be quoted in it."""
        last = 0
        for head in heads:
            if head.start < last:
                continue
            number = bisect_left(self._lower_header_spans, head.stop, key=_span_start)
            foot = self._lower_header_spans[number] if number < len(self._lower_header_spans) else None
            if foot is None or foot.stop > stop:
                if last:  # the page was cut short
                    yield CommentBlock(head.stop, stop, stop, (head,))
                return
            if self.noise_mask.find(0, head.stop, foot.start) >= 0:  # else both stand above the text, in another layout
                yield CommentBlock(head.stop, foot.start, foot.start, (head, foot))
                last = foot.stop

    def _locate_closing_lines(self, blocks: list[CommentBlock]) -> _ClosingPosition:
        """Tell where the page has the line that should close a comment: some put it between header and text."""
        above = below = 0
        for block in blocks:
            text = self._find_text_start(block)
            below += self._closing_mask.find(1, text, block.stop) >= 0
            above += text < block.stop and self._closing_mask.find(1, block.start, text) >= 0
        if above == below == 0:
            return "nowhere"
        return "above texts" if above > below else "below texts"

    def _find_text_start(self, block: CommentBlock) -> int:
        """Find the first line that is neither noise nor closing."""
        lines = range(block.start, block.stop)
        return next((at for at in lines if not self.noise_mask[at] and not self._closing_mask[at]), block.stop)

    def _cut_at_closing_line(self, block: CommentBlock, links: _ClosingPosition) -> CommentBlock | None:
        """Cut a text at its closing line; of two above any text, the first is the text."""
        text = self._find_text_start(block)
        above = list(_marked_lines(self._closing_mask, block.start, text))
        if len(above) > 1 or (above and text == block.stop and links == "nowhere"):
            return CommentBlock(above[0], above[0] + 1, block.likes_stop, block.header_spans, is_noise=True)
        if above and (text == block.stop or links == "below texts"):
            return None
        last = self._closing_mask.find(1, text, block.stop)
        return self._make_block(
            text if above else block.start, block.stop if last < 0 else last, block.likes_stop, block.header_spans
        )

    def _split_at_lower_headers(self, at: int, announced: int | None) -> list[CommentBlock]:
        """Cut at the headers below texts."""
        number = bisect_left(self._lower_header_spans, at, key=_span_start)
        boundary = self._lower_header_spans[number].start if number < len(self._lower_header_spans) else -1
        stop = self._find_footer_end(at, boundary, announced)
        feet = self._lower_header_spans[number : bisect_left(self._lower_header_spans, stop, key=_span_start)]
        firsts = [at, *(foot.stop for foot in feet)]
        blocks = (
            self._make_block(first, foot.start, foot.start, (foot,)) for first, foot in zip(firsts, feet, strict=False)
        )
        return [block for block in blocks if block]

    def _find_footer_end(self, at: int, boundary: int, announced: int | None) -> int:
        """Find where the footer ends: not above its first comment, if the page counts any."""
        end = self._end_mask.find(1, at if announced == 0 else at + _INVITATION_LINES)
        if announced and 0 <= end < boundary:
            end = self._end_mask.find(1, boundary)
        return len(self.page) if end < 0 else end

    def _make_block(self, first: int, last: int, end: int, rows: tuple[LineSpan, ...]) -> CommentBlock | None:
        """Make a block of some lines, or of the first link where nothing else stands there: one may write "Like"."""
        if self.noise_mask.find(0, first, last) >= 0:
            return CommentBlock(first, last, end, rows)
        link = self._link_mask.find(1, first, last)
        return CommentBlock(link, link + 1, end, rows, is_noise=True) if link >= 0 else None


def _blocks_below_headers(heads: Sequence[LineSpan], stop: int) -> Iterator[CommentBlock]:
    """Make a block from each header above a text to the next one."""
    lasts = [*(head.start for head in heads[1:]), stop]
    for head, last in zip(heads, lasts, strict=False):
        yield CommentBlock(head.stop, last, last, (head,))


def _span_start(span: LineSpan) -> int:
    return span.start


def _marked_lines(marks: bytearray, first: int, last: int) -> Iterator[int]:
    """List what is marked in a range."""
    at = marks.find(1, first, last)
    while at >= 0:
        yield at
        at = marks.find(1, at + 1, last)
