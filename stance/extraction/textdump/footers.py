"""Comments of a text dump, by the layouts declared in footers.toml."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

from stance.errors import LayoutError, MissingFileError, UnreadableFileError
from stance.extraction.textdump.blocks import Cutter
from stance.extraction.textdump.layouts import FooterComment, parse_layouts
from stance.extraction.textdump.line_patterns import Page
from stance.io.decoding import decode

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

    from stance.extraction.textdump.blocks import Block
    from stance.extraction.textdump.layouts import Layout

# A footer stands at the end; a page with more lines that look like its start is made to take for ever.
_MOST_STARTS = 20

# The first comment of a footer is found within so many lines of its start.
_NEAR = 200

# On a page with more lines, only so many layouts are tried to its end: those that find most at its start.
_LONG, _MOST_LAYOUTS = 20_000, 3

# "Comments" alone also stands in menus; a header so many lines below it is the article's own.
_FAR = 8

_NUMBERS = {"no": 0, "zero": 0, "one": 1, "ein": 1, "eine": 1, "un": 1, "una": 1, "uno": 1, "один": 1, "нет": 0}


@dataclass(frozen=True)
class Footer:
    """What was found below an article: by which layout, how many comments the page announces, and the comments.

    `layout` is None where the page announces comments, but no layout finds them.
    """

    layout: str | None
    announced: int | None
    comments: tuple[FooterComment, ...]


@dataclass(frozen=True)
class _Start:
    """Where a footer may begin by a layout: its opening lines, and the count that they announce."""

    layout: Layout
    order: int
    first: int
    last: int
    announced: int | None


@dataclass(frozen=True)
class _Reading:
    """What a layout makes of a page from a start on; the cutter's page lacks the first `above` lines."""

    start: _Start
    cutter: Cutter
    above: int
    blocks: Sequence[Block]

    @property
    def holds(self) -> bool:
        """Whether this is a footer. One without comments either announces none or has a layout that knows none."""
        if not self.blocks:
            return self.start.announced is not None or not self.start.layout.knows_comments
        if self.start.layout.counted and not self.is_about_as_announced:
            return False
        if self.start.announced is not None:
            return True
        are_closed = any(block.last < block.end for block in self.blocks)
        return self.skipped <= _FAR and (are_closed or len(self.blocks) >= self.start.layout.fewest)

    @property
    def is_about_as_announced(self) -> bool:
        """Whether the page announces about as many: it may show them page by page, or count without answers."""
        announced, found = self.start.announced or 0, len(self.blocks)
        return found < 2 * announced and announced < 2 * found

    @property
    def skipped(self) -> int:
        """How many lines between the start and the first comment are not even noise."""
        if not self.blocks:
            return 0
        first = min(self.blocks[0].first, *(row.first for row in self.blocks[0].rows), len(self.cutter.page))
        return self.cutter.noise.count(0, self.start.last - self.above, first)

    @property
    def plausibility(self) -> tuple[int, bool, int, int, int]:
        """What speaks for this reading, the weightiest first."""
        announced, found = self.start.announced, len(self.blocks)
        if not found:
            grade = 0 if announced else 1
        elif announced is not None and not self.is_about_as_announced:
            grade = 2
        else:
            grade = (6 if found == announced else 4) - self.start.layout.counted
        explained = sum(row.last - row.first for block in self.blocks for row in block.rows) - self.skipped
        if found or not self.start.layout.knows_comments:
            explained += found + self.start.last - self.start.first
        return grade, self.start.layout.own, explained, -self.start.order, self.start.last


def find_footer(lines: Sequence[str], layouts: Sequence[Layout]) -> Footer | None:
    """Find the footer of a page, or None where no layout knows it.

    An article may quote the line that opens its footer, and several layouts may know that line, so each layout reads
    the page from every such line. The reading that keeps the page's own announced count wins; after that a user's own
    layout, the one that finds most comments and headers, the one declared first, and the last opening line.
    """
    page = Page.of(lines)
    starts = [start for order, layout in enumerate(layouts) for start in _starts(page, layout, order)]
    if not starts:
        return None
    top = min(start.last for start in starts)
    near = {at: page.part(at, at + _NEAR) for at in {start.last for start in starts}}
    looks = [_read(start, Cutter(near[start.last], start.layout), start.last) for start in starts]
    tried = {look.start.order for look in looks if look.blocks}
    if len(page) - top > _LONG:
        tried = set(_most_promising(looks))
    below = page.part(top, len(page))
    cutters = {order: Cutter(below, layouts[order]) for order in sorted(tried)}
    readings = [
        _read(look.start, cutters[look.start.order], top) if look.blocks and look.start.order in tried else look
        for look in looks
        if not look.blocks or look.start.order in tried
    ]
    best = max((reading for reading in readings if reading.holds), key=lambda each: each.plausibility, default=None)
    return _footer(best) if best else None


def read_layouts(path: Path) -> tuple[Layout, ...]:
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
        text = decode(path.read_bytes()).text
    except OSError as error:
        raise UnreadableFileError(path, f"cannot be read, {error.strerror}", "name another file") from None
    layouts = parse_layouts(text, path)
    for layout in layouts:
        if difference := _example_differs(layout):
            raise LayoutError(layout.name, difference, path, "correct the entry or its example")
    return layouts


def _example_differs(layout: Layout) -> str | None:
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


def _starts(page: Page, layout: Layout, order: int) -> Iterator[_Start]:
    for span in page.rows([layout.start])[-_MOST_STARTS:]:
        announced = _count(page.groups(span).get("announced", ""))
        yield _Start(layout, order, span.first, span.last, announced)


def _count(number: str) -> int | None:
    """Read a count as pages write it: 3, 1,234, One, No."""
    digits = "".join(number.replace(".", "").replace(",", "").split())
    return int(digits) if digits.isdecimal() else _NUMBERS.get(number.casefold())


def _read(start: _Start, cutter: Cutter, above: int) -> _Reading:
    return _Reading(start, cutter, above, cutter.blocks(start.last - above, start.announced))


def _most_promising(looks: Iterable[_Reading]) -> list[int]:
    """Choose the layouts that find most near their starts."""
    ranked = sorted((look for look in looks if look.blocks), key=lambda look: look.plausibility, reverse=True)
    return list(dict.fromkeys(look.start.order for look in ranked))[:_MOST_LAYOUTS]


def _footer(reading: _Reading) -> Footer:
    comments = tuple(_comment(block, reading.cutter) for block in reading.blocks)
    is_known = comments or not reading.start.announced
    return Footer(reading.start.layout.name if is_known else None, reading.start.announced, comments)


def _comment(block: Block, cutter: Cutter) -> FooterComment:
    fields = {"likes": cutter.likes(block)}
    for row in block.rows:
        fields |= {group: value for group, value in cutter.page.groups(row).items() if value}
    return FooterComment(cutter.page.text(block.first, block.last, None if block.is_noise else cutter.noise), **fields)
