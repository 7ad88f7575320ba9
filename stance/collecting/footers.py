"""Comments of a text dump, by the footer layouts declared in footers.toml."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any, Literal

from stance.errors import LayoutError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence


# A footer stands at the end; a page with more lines that look like its start is made to take for ever.
_MOST_STARTS = 20
_PLACEMENTS = ("before", "after")


@dataclass(frozen=True)
class FooterComment:
    """One comment as it stands in a footer."""

    text: str
    author: str = ""
    date: str = ""


@dataclass(frozen=True)
class Header:
    """The line with a comment's author and date, and on which side of the text it stands."""

    placement: Literal["before", "after"]
    pattern: re.Pattern[str]


@dataclass(frozen=True)
class Layout:
    """How one kind of footer is written; footers.toml says what each field means."""

    name: str
    start: tuple[re.Pattern[str], ...]
    separator: re.Pattern[str] | None
    header: Header | None
    noise: tuple[re.Pattern[str], ...]
    end: re.Pattern[str] | None
    example: str
    comments: tuple[FooterComment, ...]


@dataclass(frozen=True)
class Footer:
    """What was found below an article: by which layout, how many comments the page announces, and the comments."""

    layout: str
    announced: int | None
    comments: tuple[FooterComment, ...]


@cache
def builtin_layouts() -> tuple[Layout, ...]:
    """Load the layouts that come with the package."""
    return parse_layouts(files("stance.collecting").joinpath("footers.toml").read_text(encoding="utf-8"))


def parse_layouts(toml: str) -> tuple[Layout, ...]:
    """Build layouts from the text of a footers.toml.

    Raises
    ------
    LayoutError
        A needed key is missing, a key is unknown, or a pattern is no regular expression.
    """
    try:
        entries = tomllib.loads(toml)["layout"]
    except (tomllib.TOMLDecodeError, KeyError) as error:
        raise LayoutError("?", f"no [[layout]] can be read, {error}") from None
    return tuple(_layout(entry) for entry in entries)


def find_footer(lines: Sequence[str], layouts: Sequence[Layout]) -> Footer | None:
    """Find the footer of a page, or None where no layout knows it.

    An article may quote the line that opens its footer, so every such line is tried by every layout that knows it; the
    reading that keeps the page's own announced count wins, then the one with the most comments, then the last one.
    """
    readings = [
        _read(lines, after, announced, layout)
        for layout in layouts
        for after, announced in list(_starts(lines, layout.start))[-_MOST_STARTS:]
    ]
    return max(reversed(readings), key=_plausibility, default=None)


def _plausibility(footer: Footer) -> tuple[bool, int]:
    return footer.announced == len(footer.comments), len(footer.comments)


def _starts(lines: Sequence[str], start: Sequence[re.Pattern[str]]) -> Iterator[tuple[int, int | None]]:
    """Yield where a footer may begin: the index after its opening lines, and the count announced there."""
    filled = [index for index, line in enumerate(lines) if line]
    for first in range(len(filled) - len(start) + 1):
        window = filled[first : first + len(start)]
        matches = [pattern.fullmatch(lines[index]) for pattern, index in zip(start, window, strict=True)]
        if all(matches):
            groups = {key: value for match in matches if match for key, value in match.groupdict().items()}
            yield window[-1] + 1, int(groups["announced"]) if groups.get("announced") else None


def _read(lines: Sequence[str], after: int, announced: int | None, layout: Layout) -> Footer:
    kept: list[str] = []
    for line in lines[after:]:
        if layout.end and layout.end.fullmatch(line):
            break
        if not any(pattern.fullmatch(line) for pattern in layout.noise):
            kept.append(line)
    blocks = _blocks(kept, layout)
    comments = [_comment(block, layout.header) for block in blocks]
    comments = [comment for comment in comments if comment.text]
    if layout.separator and announced is not None and len(comments) < announced:
        # What stands below the last separator is a comment, of a page cut short, only if the page counts it.
        rest = _comment(_cut(kept, layout.separator, keep="nowhere")[-1], layout.header)
        comments += [rest] if rest.text else []
    return Footer(layout.name, announced, tuple(comments))


def _blocks(lines: Sequence[str], layout: Layout) -> list[list[str]]:
    """Cut the footer's lines into one block a comment."""
    if layout.separator:
        return _cut(lines, layout.separator, keep="nowhere")[:-1]
    if layout.header:
        return _cut(lines, layout.header.pattern, keep="below" if layout.header.placement == "before" else "above")
    return []


def _cut(lines: Sequence[str], at: re.Pattern[str], keep: Literal["nowhere", "above", "below"]) -> list[list[str]]:
    """Cut at matching lines, and keep each with the block above it, below it, or nowhere."""
    blocks: list[list[str]] = [[]]
    for line in lines:
        cut = at.fullmatch(line)
        if cut and keep == "above":
            blocks[-1].append(line)
        if cut:
            blocks.append([])
        if not cut or keep == "below":
            blocks[-1].append(line)
    if keep == "below":
        return blocks[1:]  # what stands above the first header belongs to no comment
    return blocks[:-1] if keep == "above" else blocks


def _comment(block: Sequence[str], header: Header | None) -> FooterComment:
    filled = [index for index, line in enumerate(block) if line]
    if header is None or not filled:
        return FooterComment(_join(block))
    at = filled[0] if header.placement == "before" else filled[-1]
    match = header.pattern.fullmatch(block[at])
    if match is None:
        return FooterComment(_join(block))
    groups = match.groupdict(default="")
    text = _join([line for index, line in enumerate(block) if index != at])
    return FooterComment(text, groups.get("author", ""), groups.get("date", ""))


def _join(lines: Sequence[str]) -> str:
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()


def _layout(entry: dict[str, Any]) -> Layout:
    name = str(entry.get("name", "?"))
    needed, optional = {"name", "start", "example", "comments"}, {"separator", "header", "noise", "end"}
    if missing := needed - entry.keys():
        raise LayoutError(name, f"no {', '.join(sorted(missing))}")
    if unknown := entry.keys() - needed - optional:
        raise LayoutError(name, f"unknown key {', '.join(sorted(unknown))}")
    if not entry["start"]:
        raise LayoutError(name, "start is empty")
    header = entry.get("header")
    if header is not None and (header.keys() != {"placement", "pattern"} or header["placement"] not in _PLACEMENTS):
        raise LayoutError(name, "a header needs a pattern, and a placement 'before' or 'after'")
    return Layout(
        name=name,
        start=tuple(_pattern(name, pattern) for pattern in entry["start"]),
        separator=_pattern(name, entry["separator"]) if "separator" in entry else None,
        header=Header(header["placement"], _pattern(name, header["pattern"])) if header else None,
        noise=tuple(_pattern(name, pattern) for pattern in entry.get("noise", [])),
        end=_pattern(name, entry["end"]) if "end" in entry else None,
        example=entry["example"],
        comments=tuple(FooterComment(**comment) for comment in entry["comments"]),
    )


def _pattern(name: str, pattern: str) -> re.Pattern[str]:
    try:
        return re.compile(pattern)
    except re.error as error:
        raise LayoutError(name, f"{pattern!r} is no regular expression, {error}") from None
