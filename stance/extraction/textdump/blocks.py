"""Split the lines of a comment footer into one block per comment, as a layout describes them."""

from __future__ import annotations

from bisect import bisect_left
from itertools import pairwise
from typing import TYPE_CHECKING, Literal, NamedTuple

from stance.extraction.textdump.line_patterns import LineSpan, iter_marked

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from stance.extraction.textdump.layouts import FooterLayout
    from stance.extraction.textdump.line_patterns import PageLines


# A line such as "Leave a comment" ends a footer, but may also be above its first comment, within so many lines.
_INVITATION_LINES = 2

_ClosingPosition = Literal["above texts", "below texts", "nowhere"]


class CommentBlock(NamedTuple):
    """The lines of one comment.

    Attributes
    ----------
    start, stop
        The lines of the text, `stop` exclusive.
    likes_stop
        The likes are on a line between `start` and this line (exclusive).
    header_spans
        The lines with author and date.
    is_noise
        Whether the text matches a noise pattern and is kept since the comment has no other text.
    """

    start: int
    stop: int
    likes_stop: int
    header_spans: tuple[LineSpan, ...] = ()
    is_noise: bool = False


class BlockSplitter:
    """Splits a page into comments by one layout.

    Headers, closing lines and noise are searched once per page; then the page can be split from any line on. "Upper"
    headers are above the text of a comment, "lower" ones below it.
    """

    def __init__(self, page: PageLines, layout: FooterLayout) -> None:
        self.page = page
        self.noise_mask = page.match_any_mask(layout.noise)
        self._separator = layout.separator
        self._link_mask = page.match_any_mask(tuple(pattern for pattern in layout.noise if not pattern.groupindex))
        self._likes_patterns = [(pattern,) for pattern in (*layout.noise, *layout.closing) if pattern.groupindex]
        self._separator_mask = page.match_any_mask((layout.separator,) if layout.separator else ())
        self._closing_mask = page.match_any_mask(layout.closing)
        end_mask = page.match_any_mask(layout.end)
        self._end_mask = bytearray(
            is_end and not is_closing for is_end, is_closing in zip(end_mask, self._closing_mask, strict=True)
        )
        skipped_mask = page.match_any_mask((*layout.noise, *layout.closing))
        self._upper_headers = tuple(header.before for header in layout.headers if header.before)
        self._lower_headers = tuple(header.after for header in layout.headers if header.after)
        self._upper_header_spans = [] if layout.separator else page.find_spans(self._upper_headers, skipped_mask)
        self._lower_header_spans = [] if layout.separator else page.find_spans(self._lower_headers, skipped_mask)

    def split(self, start: int, n_announced: int | None) -> list[CommentBlock]:
        """Return the comments from line `start` on that have a text."""
        if self._separator:
            return self._split_at_separators(start, n_announced)
        if self._upper_headers:
            return self._split_at_upper_headers(start, n_announced)
        return self._split_at_lower_headers(start, n_announced)

    def read_likes(self, block: CommentBlock) -> str:
        """Return the likes that are on a line of their own, "" if there are none."""
        spans = (self.page.match_span_at(self._likes_patterns, line) for line in range(block.start, block.likes_stop))
        return next((self.page.read_groups(span)["likes"] for span in spans if span), "")

    def _split_at_separators(self, start: int, n_announced: int | None) -> list[CommentBlock]:
        stop = self._find_footer_end(start, self._separator_mask.find(1, start), n_announced)
        separators = [line for line in iter_marked(self._separator_mask, start, stop) if not self.noise_mask[line]]
        starts = [start, *(line + 1 for line in separators)]
        blocks = [
            self._block_between_separators(block_start, line)
            for block_start, line in zip(starts, separators, strict=False)
        ]
        n_missing = (n_announced or 0) - sum(block is not None for block in blocks)
        # If the page announces more comments, then of two consecutive separators the first is the text of a comment ...
        for index, (upper, lower) in enumerate(pairwise(list(blocks))):
            if n_missing > 0 and not upper and not lower and blocks[index] is None:
                text_line = separators[index]
                blocks[index + 1] = CommentBlock(text_line, text_line + 1, text_line + 1, is_noise=True)
                n_missing -= 1
        # ... and the lines below the last separator are a comment that was cut off.
        if n_missing > 0 and (separators or not (self._upper_headers or self._lower_headers)):
            blocks.append(self._block_between_separators(starts[-1], stop))
        return [block for block in blocks if block]

    def _block_between_separators(self, start: int, stop: int) -> CommentBlock | None:
        """Return the block between two separators; the second one may contain the date."""
        separator_line = stop
        header_spans = []
        while start < stop and self.noise_mask[start]:
            start += 1
        while start < stop and self.noise_mask[stop - 1]:
            stop -= 1
        if (upper := self.page.match_span_at(self._upper_headers, start)) and upper.stop <= stop:
            header_spans.append(upper)
            start = upper.stop
        if lower := self._find_lower_header(start, stop):
            header_spans.append(lower)
            stop = lower.start
        if self._separator and self._separator.groupindex and separator_line < len(self.page):
            header_spans.append(LineSpan(separator_line, separator_line + 1, (self._separator,)))
        return self._make_block(start, stop, separator_line, tuple(header_spans))

    def _find_lower_header(self, start: int, stop: int) -> LineSpan | None:
        """Return the lower header that ends at line `stop`, or None."""
        max_length = max(map(len, self._lower_headers), default=0)
        candidate_starts = range(max(start, stop - max_length), stop)
        spans = (self.page.match_span_at(self._lower_headers, line) for line in candidate_starts)
        return next((span for span in spans if span and span.stop == stop), None)

    def _split_at_upper_headers(self, start: int, n_announced: int | None) -> list[CommentBlock]:
        """Split at upper headers; a text ends at the next one, or before that at a lower header or a closing line."""
        headers, stop = self._find_headers_in_footer(self._upper_header_spans, start, n_announced)
        blocks = list(
            self._pair_upper_and_lower_headers(headers, stop)
            if self._lower_headers
            else _blocks_below_headers(headers, stop)
        )
        position = self._locate_closing_lines(blocks)
        return [cut for block in blocks if (cut := self._cut_at_closing_line(block, position))]

    def _split_at_lower_headers(self, start: int, n_announced: int | None) -> list[CommentBlock]:
        headers, _ = self._find_headers_in_footer(self._lower_header_spans, start, n_announced)
        starts = [start, *(header.stop for header in headers)]
        blocks = (
            self._make_block(block_start, header.start, header.start, (header,))
            for block_start, header in zip(starts, headers, strict=False)
        )
        return [block for block in blocks if block]

    def _find_headers_in_footer(
        self, spans: Sequence[LineSpan], start: int, n_announced: int | None
    ) -> tuple[Sequence[LineSpan], int]:
        """Return the headers of a footer that begins at line `start`, and the line where the footer ends."""
        first = bisect_left(spans, start, key=_get_start)
        first_header_line = spans[first].start if first < len(spans) else -1
        stop = self._find_footer_end(start, first_header_line, n_announced)
        return spans[first : bisect_left(spans, stop, key=_get_start)], stop

    def _pair_upper_and_lower_headers(self, upper_headers: Sequence[LineSpan], stop: int) -> Iterator[CommentBlock]:
        """Yield a block from each upper header to the next lower one; upper headers in between may be quoted text."""
        previous_stop = 0
        for upper in upper_headers:
            if upper.start < previous_stop:
                continue
            index = bisect_left(self._lower_header_spans, upper.stop, key=_get_start)
            lower = self._lower_header_spans[index] if index < len(self._lower_header_spans) else None
            if lower is None or lower.stop > stop:
                if previous_stop:  # the last comment was cut off
                    yield CommentBlock(upper.stop, stop, stop, (upper,))
                return
            has_text_between = self.noise_mask.find(0, upper.stop, lower.start) >= 0
            if has_text_between:  # otherwise both are above the text, which is another layout
                yield CommentBlock(upper.stop, lower.start, lower.start, (upper, lower))
                previous_stop = lower.stop

    def _locate_closing_lines(self, blocks: list[CommentBlock]) -> _ClosingPosition:
        """Return where most closing lines are: some pages have them between header and text."""
        n_above = n_below = 0
        for block in blocks:
            text_start = self._find_text_start(block)
            n_below += self._closing_mask.find(1, text_start, block.stop) >= 0
            n_above += text_start < block.stop and self._closing_mask.find(1, block.start, text_start) >= 0
        if n_above == n_below == 0:
            return "nowhere"
        return "above texts" if n_above > n_below else "below texts"

    def _find_text_start(self, block: CommentBlock) -> int:
        """Return the first line that is neither noise nor a closing line."""
        lines = range(block.start, block.stop)
        return next((line for line in lines if not self.noise_mask[line] and not self._closing_mask[line]), block.stop)

    def _cut_at_closing_line(self, block: CommentBlock, position: _ClosingPosition) -> CommentBlock | None:
        """Return the block up to its closing line, None if it has no text.

        Of two closing lines above any other text, the first one is the text of the comment.
        """
        text_start = self._find_text_start(block)
        closing_above = list(iter_marked(self._closing_mask, block.start, text_start))
        has_text = text_start < block.stop
        if len(closing_above) > 1 or (closing_above and not has_text and position == "nowhere"):
            line = closing_above[0]
            return CommentBlock(line, line + 1, block.likes_stop, block.header_spans, is_noise=True)
        if closing_above and (not has_text or position == "below texts"):
            return None
        closing_line = self._closing_mask.find(1, text_start, block.stop)
        start = text_start if closing_above else block.start
        stop = block.stop if closing_line < 0 else closing_line
        return self._make_block(start, stop, block.likes_stop, block.header_spans)

    def _find_footer_end(self, start: int, first_comment_line: int, n_announced: int | None) -> int:
        """Return the line where the footer ends; if the page announces comments, that is below the first of them."""
        end = self._end_mask.find(1, start if n_announced == 0 else start + _INVITATION_LINES)
        if n_announced and 0 <= end < first_comment_line:
            end = self._end_mask.find(1, first_comment_line)
        return len(self.page) if end < 0 else end

    def _make_block(
        self, start: int, stop: int, likes_stop: int, header_spans: tuple[LineSpan, ...]
    ) -> CommentBlock | None:
        """Return a block, None if it has no text; a link ("Like") is the text if there is nothing else."""
        if self.noise_mask.find(0, start, stop) >= 0:
            return CommentBlock(start, stop, likes_stop, header_spans)
        link = self._link_mask.find(1, start, stop)
        return CommentBlock(link, link + 1, likes_stop, header_spans, is_noise=True) if link >= 0 else None


def _blocks_below_headers(upper_headers: Sequence[LineSpan], stop: int) -> Iterator[CommentBlock]:
    """Yield a block from each upper header to the next one."""
    stops = [*(header.start for header in upper_headers[1:]), stop]
    for header, block_stop in zip(upper_headers, stops, strict=False):
        yield CommentBlock(header.stop, block_stop, block_stop, (header,))


def _get_start(span: LineSpan) -> int:
    return span.start
