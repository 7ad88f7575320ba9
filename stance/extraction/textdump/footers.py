"""Comments of a text dump, by the layouts declared in footers.toml."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

from stance.errors import LayoutError, MissingFileError, UnreadableFileError
from stance.extraction.textdump.blocks import BlockSplitter
from stance.extraction.textdump.layouts import FooterComment, parse_layouts
from stance.extraction.textdump.line_patterns import PageLines
from stance.io.decoding import decode_bytes

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

    from stance.extraction.textdump.blocks import CommentBlock
    from stance.extraction.textdump.layouts import FooterLayout

# A footer stands at the end; a page with more lines that look like its start is made to take for ever.
_MAX_OPENINGS = 20

# The first comment of a footer is found within so many lines of its start.
_PREVIEW_LINES = 200

# On a page with more lines, only so many layouts are tried to its end: those that find most at its start.
_LONG_PAGE_LINES, _MAX_LAYOUTS_ON_LONG_PAGES = 20_000, 3

# "Comments" alone also stands in menus; a header so many lines below it is the article's own.
_MAX_SKIPPED_LINES = 8

_NUMBER_WORDS = {"no": 0, "zero": 0, "one": 1, "ein": 1, "eine": 1, "un": 1, "una": 1, "uno": 1, "один": 1, "нет": 0}


@dataclass(frozen=True)
class Footer:
    """What was found below an article: by which layout, how many comments the page announces, and the comments.

    `layout_name` is None where the page announces comments, but no layout finds them.
    """

    layout_name: str | None
    n_announced: int | None
    comments: tuple[FooterComment, ...]


@dataclass(frozen=True)
class _Opening:
    """Where a footer may begin by a layout: its opening lines, and the count that they announce."""

    layout: FooterLayout
    layout_index: int
    start: int
    stop: int
    n_announced: int | None


@dataclass(frozen=True)
class _FooterCandidate:
    """What a layout makes of a page from a start on; the cutter's page lacks the first `offset` lines."""

    opening: _Opening
    splitter: BlockSplitter
    offset: int
    blocks: Sequence[CommentBlock]

    @property
    def is_footer(self) -> bool:
        """Whether this is a footer. One without comments either announces none or has a layout that knows none."""
        if not self.blocks:
            return self.opening.n_announced is not None or not self.opening.layout.can_find_comments
        if self.opening.layout.counted and not self.is_near_announced_count:
            return False
        if self.opening.n_announced is not None:
            return True
        are_closed = any(block.stop < block.likes_stop for block in self.blocks)
        return self.n_skipped_lines <= _MAX_SKIPPED_LINES and (
            are_closed or len(self.blocks) >= self.opening.layout.fewest
        )

    @property
    def is_near_announced_count(self) -> bool:
        """Whether the page announces about as many: it may show them page by page, or count without answers."""
        announced, found = self.opening.n_announced or 0, len(self.blocks)
        return found < 2 * announced and announced < 2 * found

    @property
    def n_skipped_lines(self) -> int:
        """How many lines between the start and the first comment are not even noise."""
        if not self.blocks:
            return 0
        first = min(self.blocks[0].start, *(row.start for row in self.blocks[0].header_spans), len(self.splitter.page))
        return self.splitter.noise_mask.count(0, self.opening.stop - self.offset, first)

    @property
    def plausibility(self) -> tuple[int, bool, int, int, int]:
        """What speaks for this reading, the weightiest first."""
        announced, found = self.opening.n_announced, len(self.blocks)
        if not found:
            grade = 0 if announced else 1
        elif announced is not None and not self.is_near_announced_count:
            grade = 2
        else:
            grade = (6 if found == announced else 4) - self.opening.layout.counted
        explained = (
            sum(row.stop - row.start for block in self.blocks for row in block.header_spans) - self.n_skipped_lines
        )
        if found or not self.opening.layout.can_find_comments:
            explained += found + self.opening.stop - self.opening.start
        return grade, self.opening.layout.is_user_defined, explained, -self.opening.layout_index, self.opening.stop


def find_footer(lines: Sequence[str], layouts: Sequence[FooterLayout]) -> Footer | None:
    """Find the footer of a page, or None where no layout knows it.

    An article may quote the line that opens its footer, and several layouts may know that line, so each layout reads
    the page from every such line. The reading that keeps the page's own announced count wins; after that a user's own
    layout, the one that finds most comments and headers, the one declared first, and the last opening line.
    """
    page = PageLines.from_lines(lines)
    starts = [start for order, layout in enumerate(layouts) for start in _find_openings(page, layout, order)]
    if not starts:
        return None
    top = min(start.stop for start in starts)
    near = {at: page.slice_lines(at, at + _PREVIEW_LINES) for at in {start.stop for start in starts}}
    looks = [_try_layout(start, BlockSplitter(near[start.stop], start.layout), start.stop) for start in starts]
    tried = {look.opening.layout_index for look in looks if look.blocks}
    if len(page) - top > _LONG_PAGE_LINES:
        tried = set(_select_promising_layouts(looks))
    below = page.slice_lines(top, len(page))
    cutters = {order: BlockSplitter(below, layouts[order]) for order in sorted(tried)}
    readings = [
        _try_layout(look.opening, cutters[look.opening.layout_index], top)
        if look.blocks and look.opening.layout_index in tried
        else look
        for look in looks
        if not look.blocks or look.opening.layout_index in tried
    ]
    best = max((reading for reading in readings if reading.is_footer), key=lambda each: each.plausibility, default=None)
    return _make_footer(best) if best else None


def read_layouts(path: Path) -> tuple[FooterLayout, ...]:
    """Read a user's own layouts; each must give the comments of its own example.

    Raises
    ------
    MissingFileError
        There is no such file.
    UnreadableFileError
        It cannot be opened.
    LayoutError
        It does not hold layouts, or one does not read its example as it says.
    """
    if not path.exists():
        raise MissingFileError(path)
    try:
        text = decode_bytes(path.read_bytes()).text
    except OSError as error:
        raise UnreadableFileError(path, f"cannot be read, {error.strerror}", "name another file") from None
    layouts = parse_layouts(text, path)
    for layout in layouts:
        if difference := _describe_example_mismatch(layout):
            raise LayoutError(layout.name, difference, path, "correct the entry or its example")
    return layouts


def _describe_example_mismatch(layout: FooterLayout) -> str | None:
    """Say where the comments of an example are not those that the entry names, None if they are."""
    footer = find_footer([line.strip() for line in layout.example.splitlines()], [layout])
    if footer is None:
        return "nothing in its example is such a footer, the start or the first header matches no line"
    for number, (found, named) in enumerate(zip(footer.comments, layout.comments, strict=False), start=1):
        for field, value in asdict(named).items():
            if (read := getattr(found, field)) != value:
                return f"{field} of comment {number} in its example is read as {read!r}, comments says {value!r}"
    if len(footer.comments) != len(layout.comments):
        return f"its example gives {len(footer.comments)} comments, comments holds {len(layout.comments)}"
    return None


def _find_openings(page: PageLines, layout: FooterLayout, order: int) -> Iterator[_Opening]:
    for span in page.find_spans([layout.start])[-_MAX_OPENINGS:]:
        announced = _parse_count(page.read_groups(span).get("announced", ""))
        yield _Opening(layout, order, span.start, span.stop, announced)


def _parse_count(number: str) -> int | None:
    """Read a count as pages write it: 3, 1,234, One, No."""
    digits = "".join(number.replace(".", "").replace(",", "").split())
    return int(digits) if digits.isdecimal() else _NUMBER_WORDS.get(number.casefold())


def _try_layout(start: _Opening, cutter: BlockSplitter, above: int) -> _FooterCandidate:
    return _FooterCandidate(start, cutter, above, cutter.split(start.stop - above, start.n_announced))


def _select_promising_layouts(looks: Iterable[_FooterCandidate]) -> list[int]:
    """Choose the layouts that find most near their starts."""
    ranked = sorted((look for look in looks if look.blocks), key=lambda look: look.plausibility, reverse=True)
    return list(dict.fromkeys(look.opening.layout_index for look in ranked))[:_MAX_LAYOUTS_ON_LONG_PAGES]


def _make_footer(reading: _FooterCandidate) -> Footer:
    comments = tuple(_make_comment(block, reading.splitter) for block in reading.blocks)
    is_known = comments or not reading.opening.n_announced
    return Footer(reading.opening.layout.name if is_known else None, reading.opening.n_announced, comments)


def _make_comment(block: CommentBlock, cutter: BlockSplitter) -> FooterComment:
    fields = {"likes": cutter.read_likes(block)}
    for row in block.header_spans:
        fields |= {group: value for group, value in cutter.page.read_groups(row).items() if value}
    return FooterComment(
        cutter.page.join_text(block.start, block.stop, None if block.is_noise else cutter.noise_mask), **fields
    )
