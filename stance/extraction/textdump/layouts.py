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
from stance.extraction.textdump.line_patterns import LinePatterns, base_group_name, is_optional_line

if TYPE_CHECKING:
    from collections.abc import Mapping
    from collections.abc import Set as AbstractSet
    from pathlib import Path

_PARTS_FILE = "footer_parts.toml"
_LAYOUT_FILES = ("footers.toml", "footers_cyrillic.toml", "footers_general.toml")

_REQUIRED_KEYS = {"name", "start", "example", "comments"}
_OPTIONAL_KEYS = {"separator", "header", "closing", "noise", "end", "counted", "fewest"}
_KEYS_OF_ALTERNATIVES = {"closing", "noise", "end"}
_COMMENT_FIELDS = ("text", "author", "date", "likes")
_HEADER_GROUPS = frozenset({"author", "date", "likes"})
_PLACEMENTS = ("before", "after")
_MAX_PATTERN_LENGTH = 100_000
_PART_REFERENCE = re.compile(r"\{\{(\w+)\}\}")


@dataclass(frozen=True)
class FooterComment:
    """One comment as it stands in a footer."""

    text: str
    author: str = ""
    date: str = ""
    likes: str = ""


@dataclass(frozen=True)
class HeaderPatterns:
    """The lines with a comment's author, date and likes: those before its text and those after it, a pattern a line."""

    before: LinePatterns = ()
    after: LinePatterns = ()


@dataclass(frozen=True)
class FooterLayout:
    """How one kind of footer is written; footers.toml says what each field means."""

    name: str
    start: LinePatterns
    separator: re.Pattern[str] | None
    headers: tuple[HeaderPatterns, ...]
    closing: LinePatterns
    noise: LinePatterns
    end: LinePatterns
    counted: bool
    fewest: int
    example: str
    comments: tuple[FooterComment, ...]
    is_user_defined: bool = False

    @property
    def can_find_comments(self) -> bool:
        """Whether the layout can find comments at all; some only tell that a page has none."""
        return bool(self.separator or self.headers)


@cache
def load_builtin_layouts() -> tuple[FooterLayout, ...]:
    """Load the layouts that come with the package."""
    return tuple(layout for file in _LAYOUT_FILES for layout in parse_layouts(_read_package_file(file)))


def _read_package_file(file: str) -> str:
    return files("stance.extraction.textdump").joinpath(file).read_text(encoding="utf-8")


@cache
def _load_builtin_parts() -> Mapping[str, str]:
    return _add_parts(tomllib.loads(_read_package_file(_PARTS_FILE))["parts"], {}, None)


def parse_layouts(toml: str, path: Path | None = None) -> tuple[FooterLayout, ...]:
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
    parts = _add_parts(document.get("parts", {}), _load_builtin_parts(), path)
    entries = document.get("layout")
    if not isinstance(entries, list) or not entries or not all(isinstance(entry, dict) for entry in entries):
        raise LayoutError(None, "no [[layout]] in it", path)
    layouts = tuple(_LayoutParser(entry, parts, path).parse() for entry in entries)
    names = [layout.name for layout in layouts]
    if twice := next((name for name in names if names.count(name) > 1), None):
        raise LayoutError(twice, "another layout has this name, too", path, "give one of them another name")
    return tuple(replace(layout, is_user_defined=True) for layout in layouts) if path else layouts


def _add_parts(table: Any, base_parts: Mapping[str, str], path: Path | None) -> Mapping[str, str]:
    """Add named parts of patterns to those known; one may use those before it."""
    if not isinstance(table, dict):
        raise LayoutError(None, "parts is no table", path)
    parts = dict(base_parts)
    for name, part in table.items():
        patterns = part if isinstance(part, list) else [part]
        if not patterns or not all(isinstance(pattern, str) for pattern in patterns):
            raise LayoutError(None, f"part {name!r} is neither a text nor a list of texts", path)
        parts[name] = "|".join(_expand_parts(pattern, parts, None, path) for pattern in patterns)
    return parts


def _expand_parts(pattern: str, parts: Mapping[str, str], layout_name: str | None, path: Path | None) -> str:
    def part(match: re.Match[str]) -> str:
        if match[1] not in parts:
            near = get_close_matches(match[1], parts, n=1)
            remedy = f"did you mean {{{{{near[0]}}}}}?" if near else "declare it in [parts]"
            raise LayoutError(layout_name, f"no part {match[0]} is known to {pattern!r}", path, remedy)
        return f"(?:{parts[match[1]]})"

    resolved = _PART_REFERENCE.sub(part, pattern)
    if len(resolved) > _MAX_PATTERN_LENGTH:
        raise LayoutError(layout_name, f"{pattern!r} is too long with its parts", path, "use fewer or shorter parts")
    return resolved


@dataclass(frozen=True)
class _LayoutParser:
    """One [[layout]] of a file, on its way to be a Layout."""

    entry: Mapping[str, Any]
    parts: Mapping[str, str]
    path: Path | None

    def parse(self) -> FooterLayout:
        """Check all that the entry says."""
        entry = self.entry
        if missing := _REQUIRED_KEYS - entry.keys():
            raise self.make_error(f"no {', '.join(sorted(missing))}")
        if unknown := entry.keys() - _REQUIRED_KEYS - _OPTIONAL_KEYS:
            raise self.make_error(f"unknown key {', '.join(sorted(unknown))}")
        if not (name := self.get_text("name")).strip():
            raise self.make_error("it has no name")
        if not (start := self.parse_pattern_list("start", {"announced"})) or is_optional_line(start[0]):
            raise self.make_error("start is empty, or its first line is")
        if not isinstance(entry.get("counted", False), bool):
            raise self.make_error("counted is neither true nor false")
        if not isinstance(fewest := entry.get("fewest", 1), int) or isinstance(fewest, bool) or fewest < 1:
            raise self.make_error("fewest is no whole number from 1 on")
        headers = self.parse_headers()
        if (closing := self.parse_pattern_list("closing", {"likes"})) and not any(header.before for header in headers):
            raise self.make_error("closing needs a header before the text")
        return FooterLayout(
            name=name,
            start=start,
            separator=self.parse_pattern("separator", _HEADER_GROUPS),
            headers=headers,
            closing=closing,
            noise=self.parse_pattern_list("noise", {"likes"}),
            end=self.parse_pattern_list("end", set()),
            counted=entry.get("counted", False),
            fewest=fewest,
            example=self.get_text("example"),
            comments=self.parse_comments(),
        )

    def parse_headers(self) -> tuple[HeaderPatterns, ...]:
        """Read `parse_header`: one table, or several where a comment's header is written in one of several ways."""
        value = self.entry.get("header", [])
        tables = [value] if isinstance(value, dict) else value
        if not isinstance(tables, list) or not all(isinstance(table, dict) for table in tables):
            raise self.make_error("header is neither a table nor a list of tables")
        headers = tuple(self.parse_header(table) for table in tables)
        if len({(bool(header.before), bool(header.after)) for header in headers}) > 1:
            raise self.make_error("some headers stand before the text and others after it")
        return headers

    def parse_header(self, table: Mapping[str, Any]) -> HeaderPatterns:
        if table.keys() == {"placement", "pattern"} and table["placement"] in _PLACEMENTS:
            table = {table["placement"]: [table["pattern"]]}
        if not table or table.keys() - {"before", "after"}:
            raise self.make_error(
                "a header needs a pattern and a placement 'before' or 'after', or before, after or both"
            )
        sides = {side: self.compile_patterns(f"header.{side}", table[side], _HEADER_GROUPS) for side in table}
        for side, patterns in sides.items():
            if not patterns or is_optional_line(patterns[0]):
                raise self.make_error(f"the first line of header.{side} must not match an empty line")
        return HeaderPatterns(**sides)

    def parse_comments(self) -> tuple[FooterComment, ...]:
        value = self.entry["comments"]
        if not isinstance(value, list) or not all(isinstance(comment, dict) for comment in value):
            raise self.make_error("comments is no list of tables")
        for comment in value:
            if unknown := comment.keys() - set(_COMMENT_FIELDS):
                raise self.make_error(f"unknown key {min(unknown)!r} in a comment")
            if "text" not in comment or not all(isinstance(field, str) for field in comment.values()):
                raise self.make_error("a comment needs a text, and only texts")
        return tuple(FooterComment(**comment) for comment in value)

    def get_text(self, key: str) -> str:
        value = self.entry[key]
        if not isinstance(value, str):
            raise self.make_error(f"{key} is no text")
        return value

    def parse_pattern(self, key: str, groups: AbstractSet[str]) -> re.Pattern[str] | None:
        if key not in self.entry:
            return None
        return self.compile_pattern(self.get_text(key), groups)

    def parse_pattern_list(self, key: str, groups: AbstractSet[str]) -> LinePatterns:
        """Read a list of patterns; where any of them may match a line, one can stand alone."""
        value = self.entry.get(key, [])
        return self.compile_patterns(
            key, [value] if isinstance(value, str) and key in _KEYS_OF_ALTERNATIVES else value, groups
        )

    def compile_patterns(self, key: str, value: Any, groups: AbstractSet[str]) -> LinePatterns:
        if not isinstance(value, list) or not all(isinstance(pattern, str) for pattern in value):
            raise self.make_error(f"{key} is no list of texts")
        return tuple(self.compile_pattern(pattern, groups) for pattern in value)

    def compile_pattern(self, pattern: str, groups: AbstractSet[str]) -> re.Pattern[str]:
        resolved = _expand_parts(pattern, self.parts, self.name, self.path)
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("error")  # what Python only warns of is hardly what was meant
                compiled = re.compile(resolved)
        except (re.error, OverflowError, RecursionError, Warning) as error:
            raise self.make_error(f"{pattern!r} is no regular expression, {error}") from None
        if unknown := {base_group_name(name) for name in compiled.groupindex} - groups:
            known = f"may have the groups {', '.join(sorted(groups))}" if groups else "may have no group with a name"
            raise self.make_error(f"unknown group {min(unknown)!r} in {pattern!r}, which {known}")
        return compiled

    @property
    def name(self) -> str:
        return str(self.entry.get("name", "?"))

    def make_error(self, reason: str) -> LayoutError:
        return LayoutError(self.name, reason, self.path)
