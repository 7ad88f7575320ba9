"""Find the comments of a text dump by the footer layouts declared in footers.toml."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

from stance.errors import LayoutError, UnreadableFileError
from stance.extraction.textdump.blocks import BlockSplitter
from stance.extraction.textdump.layouts import FooterComment, parse_layouts
from stance.extraction.textdump.line_patterns import PageLines
from stance.io.decoding import decode_bytes
from stance.io.paths import check_input_path

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

    from stance.extraction.textdump.blocks import CommentBlock
    from stance.extraction.textdump.layouts import FooterLayout

# Only the last openings of a page are tried: the footer is at its end, and many openings would take too much time.
_MAX_OPENINGS = 20

# The first comment of a footer is at most so many lines below its opening.
_PREVIEW_LINES = 200

# On longer pages only the layouts that find most near their openings are tried to the end of the page.
_LONG_PAGE_LINES, _MAX_LAYOUTS_ON_LONG_PAGES = 20_000, 3

# "Comments" alone is also a menu entry; a header further below it belongs to the article.
_MAX_SKIPPED_LINES = 8

_NUMBER_WORDS = {"no": 0, "zero": 0, "one": 1, "ein": 1, "eine": 1, "un": 1, "una": 1, "uno": 1, "один": 1, "нет": 0}


@dataclass(frozen=True)
class Footer:
    """The comments below an article.

    Attributes
    ----------
    layout_name
        The layout that found them; None if the page announces comments, but no layout finds any.
    n_announced
        How many comments the page itself says it has; None if it does not say.
    comments
        The comments in the order of the page.
    """

    layout_name: str | None
    n_announced: int | None
    comments: tuple[FooterComment, ...]


@dataclass(frozen=True)
class _Opening:
    """Lines `start` to `stop` (exclusive) that may open a footer of a layout, and the count they announce."""

    layout: FooterLayout
    layout_index: int
    start: int
    stop: int
    n_announced: int | None


@dataclass(frozen=True)
class _FooterCandidate:
    """The comments that a layout finds below an opening; the splitter's page lacks the first `offset` lines."""

    opening: _Opening
    splitter: BlockSplitter
    offset: int
    blocks: Sequence[CommentBlock]

    @property
    def is_footer(self) -> bool:
        """Whether this may be a footer.

        Without comments it is one if it announces a count or if its layout is for pages without comments.
        """
        if not self.blocks:
            return self.opening.n_announced is not None or not self.opening.layout.can_find_comments
        if self.opening.layout.counted and not self.is_near_announced_count:
            return False
        if self.opening.n_announced is not None:
            return True
        if self.n_skipped_lines > _MAX_SKIPPED_LINES:
            return False
        has_closing_lines = any(block.stop < block.likes_stop for block in self.blocks)
        return has_closing_lines or len(self.blocks) >= self.opening.layout.fewest

    @property
    def is_near_announced_count(self) -> bool:
        """Whether the page announces about as many comments: it may show them on several pages or not count replies."""
        n_announced, n_found = self.opening.n_announced or 0, len(self.blocks)
        return n_found < 2 * n_announced and n_announced < 2 * n_found

    @property
    def n_skipped_lines(self) -> int:
        """Number of lines between the opening and the first comment that are not noise."""
        if not self.blocks:
            return 0
        header_starts = (span.start for span in self.blocks[0].header_spans)
        first_comment_line = min(self.blocks[0].start, *header_starts, len(self.splitter.page))
        return self.splitter.noise_mask.count(0, self.opening.stop - self.offset, first_comment_line)

    @property
    def plausibility(self) -> tuple[int, bool, int, int, int]:
        """Sort key of candidates, the most important criterion first."""
        layout, n_announced, n_found = self.opening.layout, self.opening.n_announced, len(self.blocks)
        if not n_found:
            grade = 0 if n_announced else 1
        elif n_announced is not None and not self.is_near_announced_count:
            grade = 2
        else:
            grade = (6 if n_found == n_announced else 4) - layout.counted
        n_header_lines = sum(span.stop - span.start for block in self.blocks for span in block.header_spans)
        n_explained = n_header_lines - self.n_skipped_lines
        if n_found or not layout.can_find_comments:
            n_explained += n_found + self.opening.stop - self.opening.start
        return grade, layout.is_user_defined, n_explained, -self.opening.layout_index, self.opening.stop


def find_footer(lines: Sequence[str], layouts: Sequence[FooterLayout]) -> Footer | None:
    """Return the footer of a page, None if no layout matches.

    An article may quote the line that opens its footer, and several layouts may have that line, so each layout is tried
    from each such line on. The candidate that agrees with the count announced by the page wins; then, in this order, a
    user's own layout, the layout that explains most lines, the one declared first, and the last opening.

    Parameters
    ----------
    lines
        The stripped lines of the page.
    layouts
        The layouts to try.
    """
    page = PageLines.from_lines(lines)
    openings = [opening for index, layout in enumerate(layouts) for opening in _find_openings(page, layout, index)]
    if not openings:
        return None
    previews = {line: page.slice_lines(line, line + _PREVIEW_LINES) for line in {opening.stop for opening in openings}}
    first_looks = [
        _try_layout(opening, BlockSplitter(previews[opening.stop], opening.layout), opening.stop)
        for opening in openings
    ]
    offset = min(opening.stop for opening in openings)
    promising = {look.opening.layout_index for look in first_looks if look.blocks}
    if len(page) - offset > _LONG_PAGE_LINES:
        promising = set(_select_promising_layouts(first_looks))
    lines_below = page.slice_lines(offset, len(page))
    splitters = {index: BlockSplitter(lines_below, layouts[index]) for index in sorted(promising)}
    candidates = [look for look in first_looks if not look.blocks]
    candidates += [
        _try_layout(look.opening, splitters[look.opening.layout_index], offset)
        for look in first_looks
        if look.blocks and look.opening.layout_index in promising
    ]
    footers = (candidate for candidate in candidates if candidate.is_footer)
    best = max(footers, key=lambda candidate: candidate.plausibility, default=None)
    return _make_footer(best) if best else None


def read_layouts(path: Path) -> tuple[FooterLayout, ...]:
    """Return the layouts of a user's own file, each tested on its own example.

    Raises
    ------
    MissingFileError
        The file does not exist.
    UnreadableFileError
        The file cannot be opened.
    LayoutError
        The file has no valid layouts, or a layout does not find the comments of its example.
    """
    check_input_path(path)
    try:
        text = decode_bytes(path.read_bytes()).text
    except OSError as error:
        raise UnreadableFileError(path, f"cannot be read, {error.strerror}", "name another file") from None
    layouts = parse_layouts(text, path)
    for layout in layouts:
        if mismatch := _describe_example_mismatch(layout):
            raise LayoutError(layout.name, mismatch, path, "correct the entry or its example")
    return layouts


def _describe_example_mismatch(layout: FooterLayout) -> str | None:
    """Return how the comments found in a layout's example differ from those it declares, None if they do not."""
    footer = find_footer([line.strip() for line in layout.example.splitlines()], [layout])
    if footer is None:
        return "no footer found in its example: start or the first header matches no line"
    for number, (found, declared) in enumerate(zip(footer.comments, layout.comments, strict=False), start=1):
        for field, value in asdict(declared).items():
            if (found_value := getattr(found, field)) != value:
                return f"{field} of comment {number} in its example is {found_value!r}, but comments says {value!r}"
    if len(footer.comments) != len(layout.comments):
        n_found, n_declared = len(footer.comments), len(layout.comments)
        return f"number of comments found in its example: {n_found}, declared in comments: {n_declared}"
    return None


def _find_openings(page: PageLines, layout: FooterLayout, layout_index: int) -> Iterator[_Opening]:
    for span in page.find_spans([layout.start])[-_MAX_OPENINGS:]:
        n_announced = _parse_count(page.read_groups(span).get("announced", ""))
        yield _Opening(layout, layout_index, span.start, span.stop, n_announced)


def _parse_count(text: str) -> int | None:
    """Return a count as pages write it ("3", "1,234", "One", "No"), None if it is not a number."""
    digits = "".join(text.replace(".", "").replace(",", "").split())
    return int(digits) if digits.isdecimal() else _NUMBER_WORDS.get(text.casefold())


def _try_layout(opening: _Opening, splitter: BlockSplitter, offset: int) -> _FooterCandidate:
    return _FooterCandidate(opening, splitter, offset, splitter.split(opening.stop - offset, opening.n_announced))


def _select_promising_layouts(first_looks: Iterable[_FooterCandidate]) -> list[int]:
    """Return the indices of the layouts that find most near their openings."""
    with_comments = (look for look in first_looks if look.blocks)
    ranked = sorted(with_comments, key=lambda look: look.plausibility, reverse=True)
    return list(dict.fromkeys(look.opening.layout_index for look in ranked))[:_MAX_LAYOUTS_ON_LONG_PAGES]


def _make_footer(candidate: _FooterCandidate) -> Footer:
    opening = candidate.opening
    comments = tuple(_make_comment(block, candidate.splitter) for block in candidate.blocks)
    layout_name = opening.layout.name if comments or not opening.n_announced else None
    return Footer(layout_name, opening.n_announced, comments)


def _make_comment(block: CommentBlock, splitter: BlockSplitter) -> FooterComment:
    fields = {"likes": splitter.read_likes(block)}
    for span in block.header_spans:
        fields |= {name: value for name, value in splitter.page.read_groups(span).items() if value}
    text = splitter.page.join_text(block.start, block.stop, None if block.is_noise else splitter.noise_mask)
    return FooterComment(text, **fields)
