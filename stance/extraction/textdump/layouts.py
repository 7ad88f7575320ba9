"""Parse and validate the footer layouts declared in footers.toml or in a user's own file."""

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
    """One comment of a footer, as written on the page."""

    text: str
    author: str = ""
    date: str = ""
    likes: str = ""


@dataclass(frozen=True)
class HeaderPatterns:
    """Patterns of the lines with author, date and likes, before and after the text of a comment."""

    before: LinePatterns = ()
    after: LinePatterns = ()


@dataclass(frozen=True)
class FooterLayout:
    """How one kind of comment footer is written; footers.toml describes the keys, which the fields are named after."""

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
        """Whether the layout can find comments; some layouts only recognise pages without comments."""
        return bool(self.separator or self.headers)


@cache
def load_builtin_layouts() -> tuple[FooterLayout, ...]:
    """Return the layouts that come with the package."""
    return tuple(layout for file in _LAYOUT_FILES for layout in parse_layouts(_read_package_file(file)))


def _read_package_file(name: str) -> str:
    return files("stance.extraction.textdump").joinpath(name).read_text(encoding="utf-8")


@cache
def _load_builtin_parts() -> Mapping[str, str]:
    return _add_parts(tomllib.loads(_read_package_file(_PARTS_FILE))["parts"], {}, None)


def parse_layouts(toml: str, path: Path | None = None) -> tuple[FooterLayout, ...]:
    """Return the layouts of a TOML file; they may use the built-in parts.

    Parameters
    ----------
    toml
        The text of the file.
    path
        The file, if it is a user's own.

    Raises
    ------
    LayoutError
        The text is not valid TOML, a required key is missing, a key is unknown, a value has the wrong type, or a
        pattern is not a valid regular expression.
    """
    try:
        document = tomllib.loads(toml)
    except (ValueError, RecursionError) as error:
        raise LayoutError(None, f"not valid TOML, {error}", path, "correct the file there") from None
    if unknown := document.keys() - {"parts", "layout"}:
        raise LayoutError(None, f"unknown key {min(unknown)!r}", path)
    parts = _add_parts(document.get("parts", {}), _load_builtin_parts(), path)
    entries = document.get("layout")
    if not isinstance(entries, list) or not entries or not all(isinstance(entry, dict) for entry in entries):
        raise LayoutError(None, "the file has no [[layout]]", path)
    layouts = tuple(_LayoutParser(entry, parts, path).parse() for entry in entries)
    names = [layout.name for layout in layouts]
    if duplicate := next((name for name in names if names.count(name) > 1), None):
        raise LayoutError(duplicate, "two layouts have this name", path, "rename one of them")
    return tuple(replace(layout, is_user_defined=True) for layout in layouts) if path else layouts


def _add_parts(table: Any, base_parts: Mapping[str, str], path: Path | None) -> Mapping[str, str]:
    """Return `base_parts` and the parts of a [parts] table, which may refer to parts declared before them."""
    if not isinstance(table, dict):
        raise LayoutError(None, "parts is not a table", path)
    parts = dict(base_parts)
    for name, value in table.items():
        patterns = value if isinstance(value, list) else [value]
        if not patterns or not all(isinstance(pattern, str) for pattern in patterns):
            raise LayoutError(None, f"part {name!r} is neither a string nor a list of strings", path)
        parts[name] = "|".join(_expand_parts(pattern, parts, None, path) for pattern in patterns)
    return parts


def _expand_parts(pattern: str, parts: Mapping[str, str], layout_name: str | None, path: Path | None) -> str:
    """Return a pattern with its references `{{name}}` replaced by the parts of these names."""

    def get_part(match: re.Match[str]) -> str:
        if match[1] not in parts:
            similar = get_close_matches(match[1], parts, n=1)
            remedy = f"did you mean {{{{{similar[0]}}}}}?" if similar else "declare it in [parts]"
            raise LayoutError(layout_name, f"unknown part {match[0]} in {pattern!r}", path, remedy)
        return f"(?:{parts[match[1]]})"

    expanded = _PART_REFERENCE.sub(get_part, pattern)
    if len(expanded) > _MAX_PATTERN_LENGTH:
        reason = f"{pattern!r} is too long once its parts are inserted"
        raise LayoutError(layout_name, reason, path, "use fewer or shorter parts")
    return expanded


@dataclass(frozen=True)
class _LayoutParser:
    """Validates one [[layout]] entry of a file and converts it to a FooterLayout."""

    entry: Mapping[str, Any]
    parts: Mapping[str, str]
    path: Path | None

    def parse(self) -> FooterLayout:
        entry = self.entry
        if missing := _REQUIRED_KEYS - entry.keys():
            raise self.make_error(f"missing key {', '.join(sorted(missing))}")
        if unknown := entry.keys() - _REQUIRED_KEYS - _OPTIONAL_KEYS:
            raise self.make_error(f"unknown key {', '.join(sorted(unknown))}")
        if not (name := self.get_text("name")).strip():
            raise self.make_error("name is empty")
        if not (start := self.parse_pattern_list("start", {"announced"})) or is_optional_line(start[0]):
            raise self.make_error("start is empty, or its first pattern matches an empty line")
        if not isinstance(entry.get("counted", False), bool):
            raise self.make_error("counted is neither true nor false")
        if not isinstance(fewest := entry.get("fewest", 1), int) or isinstance(fewest, bool) or fewest < 1:
            raise self.make_error("fewest is not a positive whole number")
        headers = self.parse_headers()
        if (closing := self.parse_pattern_list("closing", {"likes"})) and not any(header.before for header in headers):
            raise self.make_error("closing requires a header before the text")
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
        """Return the patterns of `header`: a table, or a list of tables if headers are written in several ways."""
        value = self.entry.get("header", [])
        header_tables = [value] if isinstance(value, dict) else value
        if not isinstance(header_tables, list) or not all(isinstance(table, dict) for table in header_tables):
            raise self.make_error("header is neither a table nor a list of tables")
        headers = tuple(self.parse_header(table) for table in header_tables)
        if len({(bool(header.before), bool(header.after)) for header in headers}) > 1:
            raise self.make_error("some headers are before the text and others after it")
        return headers

    def parse_header(self, table: Mapping[str, Any]) -> HeaderPatterns:
        if table.keys() == {"placement", "pattern"} and table["placement"] in _PLACEMENTS:
            table = {table["placement"]: [table["pattern"]]}
        if not table or table.keys() - {"before", "after"}:
            reason = "a header needs before or after, or placement ('before' or 'after') and pattern"
            raise self.make_error(reason)
        patterns_by_side = {
            side: self.compile_patterns(f"header.{side}", table[side], _HEADER_GROUPS) for side in table
        }
        for side, patterns in patterns_by_side.items():
            if not patterns or is_optional_line(patterns[0]):
                raise self.make_error(f"the first line of header.{side} must not match an empty line")
        return HeaderPatterns(**patterns_by_side)

    def parse_comments(self) -> tuple[FooterComment, ...]:
        value = self.entry["comments"]
        if not isinstance(value, list) or not all(isinstance(comment, dict) for comment in value):
            raise self.make_error("comments is not a list of tables")
        for comment in value:
            if unknown := comment.keys() - set(_COMMENT_FIELDS):
                raise self.make_error(f"unknown key {min(unknown)!r} in a comment")
            if "text" not in comment or not all(isinstance(field, str) for field in comment.values()):
                raise self.make_error("a comment needs a text, and all its values must be strings")
        return tuple(FooterComment(**comment) for comment in value)

    def get_text(self, key: str) -> str:
        value = self.entry[key]
        if not isinstance(value, str):
            raise self.make_error(f"{key} is not a string")
        return value

    def parse_pattern(self, key: str, groups: AbstractSet[str]) -> re.Pattern[str] | None:
        if key not in self.entry:
            return None
        return self.compile_pattern(self.get_text(key), groups)

    def parse_pattern_list(self, key: str, groups: AbstractSet[str]) -> LinePatterns:
        """Return a list of patterns; if they are alternatives, a single string is a list of one."""
        value = self.entry.get(key, [])
        patterns = [value] if isinstance(value, str) and key in _KEYS_OF_ALTERNATIVES else value
        return self.compile_patterns(key, patterns, groups)

    def compile_patterns(self, key: str, value: Any, groups: AbstractSet[str]) -> LinePatterns:
        if not isinstance(value, list) or not all(isinstance(pattern, str) for pattern in value):
            raise self.make_error(f"{key} is not a list of strings")
        return tuple(self.compile_pattern(pattern, groups) for pattern in value)

    def compile_pattern(self, pattern: str, groups: AbstractSet[str]) -> re.Pattern[str]:
        """Compile a pattern whose named groups must be among `groups`."""
        expanded = _expand_parts(pattern, self.parts, self.name, self.path)
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("error")  # a pattern that Python warns about is probably a mistake
                compiled = re.compile(expanded)
        except (re.error, OverflowError, RecursionError, Warning) as error:
            raise self.make_error(f"{pattern!r} is not a regular expression, {error}") from None
        if unknown := {base_group_name(name) for name in compiled.groupindex} - groups:
            allowed = f"allowed are {', '.join(sorted(groups))}" if groups else "no named group is allowed"
            raise self.make_error(f"unknown group {min(unknown)!r} in {pattern!r}, {allowed}")
        return compiled

    @property
    def name(self) -> str:
        return str(self.entry.get("name", "?"))

    def make_error(self, reason: str) -> LayoutError:
        return LayoutError(self.name, reason, self.path)
