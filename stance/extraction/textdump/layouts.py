"""The layouts of comment footers: what the entries of a footers.toml say, checked value by value."""

from __future__ import annotations

import re
import tomllib
import warnings
from dataclasses import dataclass, replace
from difflib import get_close_matches
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from stance.errors import LayoutError
from stance.extraction.textdump.line_patterns import Patterns, group_of, is_optional

if TYPE_CHECKING:
    from collections.abc import Mapping
    from collections.abc import Set as AbstractSet
    from pathlib import Path

_PARTS = "footer_parts.toml"
_FILES = ("footers.toml", "footers_cyrillic.toml", "footers_general.toml")

_NEEDED = {"name", "start", "example", "comments"}
_OPTIONAL = {"separator", "header", "closing", "noise", "end", "counted", "fewest"}
_ALTERNATIVES = {"closing", "noise", "end"}
_FIELDS = ("text", "author", "date", "likes")
_HEADER_GROUPS = frozenset({"author", "date", "likes"})
_PLACEMENTS = ("before", "after")
_LONGEST_PATTERN = 100_000
_PART = re.compile(r"\{\{(\w+)\}\}")


@dataclass(frozen=True)
class FooterComment:
    """One comment as it stands in a footer."""

    text: str
    author: str = ""
    date: str = ""
    likes: str = ""


@dataclass(frozen=True)
class Header:
    """The lines with a comment's author, date and likes: those before its text and those after it, a pattern a line."""

    before: Patterns = ()
    after: Patterns = ()


@dataclass(frozen=True)
class Layout:
    """How one kind of footer is written; footers.toml says what each field means."""

    name: str
    start: Patterns
    separator: re.Pattern[str] | None
    headers: tuple[Header, ...]
    closing: Patterns
    noise: Patterns
    end: Patterns
    counted: bool
    fewest: int
    example: str
    comments: tuple[FooterComment, ...]
    own: bool = False

    @property
    def knows_comments(self) -> bool:
        """Whether the layout can find comments at all; some only tell that a page has none."""
        return bool(self.separator or self.headers)


@cache
def builtin_layouts() -> tuple[Layout, ...]:
    """Load the layouts that come with the package."""
    return tuple(layout for file in _FILES for layout in parse_layouts(_text(file)))


def _text(file: str) -> str:
    return files("stance.extraction.textdump").joinpath(file).read_text(encoding="utf-8")


@cache
def _builtin_parts() -> Mapping[str, str]:
    return _parts(tomllib.loads(_text(_PARTS))["parts"], {}, None)


def parse_layouts(toml: str, path: Path | None = None) -> tuple[Layout, ...]:
    """Build layouts from the text of a footers.toml; one at `path` is a user's own and may use the built-in parts.

    Raises
    ------
    LayoutError
        The text is no TOML, a needed key is missing, a key is unknown, a value has the wrong type, or a pattern is no
        regular expression.
    """
    try:
        document = tomllib.loads(toml)
    except (ValueError, RecursionError) as error:
        raise LayoutError(None, f"no TOML, {error}", path, "correct the file at that place") from None
    if unknown := document.keys() - {"parts", "layout"}:
        raise LayoutError(None, f"unknown key {min(unknown)!r}", path)
    parts = _parts(document.get("parts", {}), _builtin_parts(), path)
    entries = document.get("layout")
    if not isinstance(entries, list) or not entries or not all(isinstance(entry, dict) for entry in entries):
        raise LayoutError(None, "no [[layout]] in it", path)
    layouts = tuple(_Entry(entry, parts, path).layout() for entry in entries)
    names = [layout.name for layout in layouts]
    if twice := next((name for name in names if names.count(name) > 1), None):
        raise LayoutError(twice, "another layout has this name, too", path, "give one of them another name")
    return tuple(replace(layout, own=True) for layout in layouts) if path else layouts


def _parts(table: Any, known: Mapping[str, str], path: Path | None) -> Mapping[str, str]:
    """Add named parts of patterns to those known; one may use those before it."""
    if not isinstance(table, dict):
        raise LayoutError(None, "parts is no table", path)
    parts = dict(known)
    for name, part in table.items():
        patterns = part if isinstance(part, list) else [part]
        if not patterns or not all(isinstance(pattern, str) for pattern in patterns):
            raise LayoutError(None, f"part {name!r} is neither a text nor a list of texts", path)
        parts[name] = "|".join(_resolve(pattern, parts, None, path) for pattern in patterns)
    return parts


def _resolve(pattern: str, parts: Mapping[str, str], layout: str | None, path: Path | None) -> str:
    def part(match: re.Match[str]) -> str:
        if match[1] not in parts:
            near = get_close_matches(match[1], parts, n=1)
            remedy = f"did you mean {{{{{near[0]}}}}}?" if near else "declare it in [parts]"
            raise LayoutError(layout, f"no part {match[0]} is known to {pattern!r}", path, remedy)
        return f"(?:{parts[match[1]]})"

    resolved = _PART.sub(part, pattern)
    if len(resolved) > _LONGEST_PATTERN:
        raise LayoutError(layout, f"{pattern!r} is too long with its parts", path, "use fewer or shorter parts")
    return resolved


@dataclass(frozen=True)
class _Entry:
    """One [[layout]] of a file, on its way to be a Layout."""

    entry: Mapping[str, Any]
    parts: Mapping[str, str]
    path: Path | None

    def layout(self) -> Layout:
        """Check all that the entry says."""
        entry = self.entry
        if missing := _NEEDED - entry.keys():
            raise self.error(f"no {', '.join(sorted(missing))}")
        if unknown := entry.keys() - _NEEDED - _OPTIONAL:
            raise self.error(f"unknown key {', '.join(sorted(unknown))}")
        if not (name := self.text("name")).strip():
            raise self.error("it has no name")
        if not (start := self.patterns("start", {"announced"})) or is_optional(start[0]):
            raise self.error("start is empty, or its first line is")
        if not isinstance(entry.get("counted", False), bool):
            raise self.error("counted is neither true nor false")
        if not isinstance(fewest := entry.get("fewest", 1), int) or isinstance(fewest, bool) or fewest < 1:
            raise self.error("fewest is no whole number from 1 on")
        headers = self.headers()
        if (closing := self.patterns("closing", {"likes"})) and not any(header.before for header in headers):
            raise self.error("closing needs a header before the text")
        return Layout(
            name=name,
            start=start,
            separator=self.pattern("separator", _HEADER_GROUPS),
            headers=headers,
            closing=closing,
            noise=self.patterns("noise", {"likes"}),
            end=self.patterns("end", set()),
            counted=entry.get("counted", False),
            fewest=fewest,
            example=self.text("example"),
            comments=self.comments(),
        )

    def headers(self) -> tuple[Header, ...]:
        """Read `header`: one table, or several where a comment's header is written in one of several ways."""
        value = self.entry.get("header", [])
        tables = [value] if isinstance(value, dict) else value
        if not isinstance(tables, list) or not all(isinstance(table, dict) for table in tables):
            raise self.error("header is neither a table nor a list of tables")
        headers = tuple(self.header(table) for table in tables)
        if len({(bool(header.before), bool(header.after)) for header in headers}) > 1:
            raise self.error("some headers stand before the text and others after it")
        return headers

    def header(self, table: Mapping[str, Any]) -> Header:
        if table.keys() == {"placement", "pattern"} and table["placement"] in _PLACEMENTS:
            table = {table["placement"]: [table["pattern"]]}
        if not table or table.keys() - {"before", "after"}:
            raise self.error("a header needs a pattern and a placement 'before' or 'after', or before, after or both")
        sides = {side: self.compiled(f"header.{side}", table[side], _HEADER_GROUPS) for side in table}
        for side, patterns in sides.items():
            if not patterns or is_optional(patterns[0]):
                raise self.error(f"the first line of header.{side} must not match an empty line")
        return Header(**sides)

    def comments(self) -> tuple[FooterComment, ...]:
        value = self.entry["comments"]
        if not isinstance(value, list) or not all(isinstance(comment, dict) for comment in value):
            raise self.error("comments is no list of tables")
        for comment in value:
            if unknown := comment.keys() - set(_FIELDS):
                raise self.error(f"unknown key {min(unknown)!r} in a comment")
            if "text" not in comment or not all(isinstance(field, str) for field in comment.values()):
                raise self.error("a comment needs a text, and only texts")
        return tuple(FooterComment(**comment) for comment in value)

    def text(self, key: str) -> str:
        value = self.entry[key]
        if not isinstance(value, str):
            raise self.error(f"{key} is no text")
        return value

    def pattern(self, key: str, groups: AbstractSet[str]) -> re.Pattern[str] | None:
        if key not in self.entry:
            return None
        return self.compile(self.text(key), groups)

    def patterns(self, key: str, groups: AbstractSet[str]) -> Patterns:
        """Read a list of patterns; where any of them may match a line, one can stand alone."""
        value = self.entry.get(key, [])
        return self.compiled(key, [value] if isinstance(value, str) and key in _ALTERNATIVES else value, groups)

    def compiled(self, key: str, value: Any, groups: AbstractSet[str]) -> Patterns:
        if not isinstance(value, list) or not all(isinstance(pattern, str) for pattern in value):
            raise self.error(f"{key} is no list of texts")
        return tuple(self.compile(pattern, groups) for pattern in value)

    def compile(self, pattern: str, groups: AbstractSet[str]) -> re.Pattern[str]:
        resolved = _resolve(pattern, self.parts, self.name, self.path)
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("error")  # what Python only warns of is hardly what was meant
                compiled = re.compile(resolved)
        except (re.error, OverflowError, RecursionError, Warning) as error:
            raise self.error(f"{pattern!r} is no regular expression, {error}") from None
        if unknown := {group_of(name) for name in compiled.groupindex} - groups:
            known = f"may have the groups {', '.join(sorted(groups))}" if groups else "may have no group with a name"
            raise self.error(f"unknown group {min(unknown)!r} in {pattern!r}, which {known}")
        return compiled

    @property
    def name(self) -> str:
        return str(self.entry.get("name", "?"))

    def error(self, reason: str) -> LayoutError:
        return LayoutError(self.name, reason, self.path)
