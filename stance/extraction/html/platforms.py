"""Comment platforms (Disqus, vBulletin, ...) whose markup needs its own patterns, as declared in platforms.toml."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.resources import files
from typing import TYPE_CHECKING, cast

from stance.extraction.html import markup

if TYPE_CHECKING:
    from lxml.html import HtmlElement

    from stance.extraction.html.markup import FieldRole


_LOADER_TAGS = ("script", "iframe", "frame", "embed", "link")


@dataclass(frozen=True, eq=False)
class Platform:
    """A comment platform; platforms.toml declares one per entry.

    Attributes
    ----------
    name
        The name shown to the user.
    comment_pattern
        Matches names of the elements that hold one comment each.
    ancestor_pattern
        Matches a name that an ancestor of such an element must have.
    expands_to_container
        Whether such an element is only a part of its comment.
    container_pattern
        Matches the name of an element that a script fills with comments.
    role_patterns
        For each field of a comment, matches the names of the elements that hold it.
    loader_pattern
        Matches a URL or a piece of script that loads comments.
    """

    name: str
    comment_pattern: re.Pattern[str] | None
    ancestor_pattern: re.Pattern[str] | None
    expands_to_container: bool
    container_pattern: re.Pattern[str] | None
    role_patterns: dict[FieldRole, re.Pattern[str]]
    loader_pattern: re.Pattern[str] | None

    @property
    def declares_text(self) -> bool:
        """Whether the elements that hold the text are declared, so that no other element is part of the text."""
        return "text" in self.role_patterns

    def find_declared_role(self, element: HtmlElement) -> FieldRole | None:
        """Return the role declared for one of an element's names, "noise" if any name is, or None."""
        roles = [role for name in markup.list_masked_names(element) if (role := self._find_role_by_name(name))]
        return "noise" if "noise" in roles else next(iter(roles), None)

    @lru_cache(maxsize=100_000)  # noqa: B019 (platforms live as long as the program)
    def _find_role_by_name(self, name: str) -> FieldRole | None:
        return next((role for role, pattern in self.role_patterns.items() if pattern.fullmatch(name)), None)


@cache
def load_platforms() -> tuple[Platform, ...]:
    """Return the platforms declared in platforms.toml, in its order."""
    tables = tomllib.loads(files("stance.extraction.html").joinpath("platforms.toml").read_text(encoding="utf-8"))
    return tuple(
        Platform(
            name=entry["name"],
            comment_pattern=_compile_optional(entry.get("comment")),
            ancestor_pattern=re.compile(entry["ancestor"]) if "ancestor" in entry else None,
            expands_to_container=entry.get("expand_to_container", False),
            container_pattern=_compile_optional(entry.get("container")),
            role_patterns={
                cast("FieldRole", role): _compile_any_of(patterns) for role, patterns in entry.get("roles", {}).items()
            },
            loader_pattern=_compile_optional(entry.get("loader")),
        )
        for entry in tables["platform"]
    )


def _compile_optional(patterns: list[str] | None) -> re.Pattern[str] | None:
    return _compile_any_of(patterns) if patterns else None


def _compile_any_of(patterns: list[str]) -> re.Pattern[str]:
    return re.compile("|".join(f"(?:{pattern})" for pattern in patterns))


def get_platform(name: str) -> Platform | None:
    """Return the platform of a name, or None."""
    return next((platform for platform in load_platforms() if platform.name == name), None)


def find_comment_platform(element: HtmlElement) -> Platform | None:
    """Return the platform by whose patterns an element holds a comment, or None."""
    matching = (platform for name in markup.list_masked_names(element) for platform in _find_platforms_by_name(name))
    return next((platform for platform in matching if _has_required_ancestor(element, platform)), None)


@lru_cache(maxsize=100_000)
def _find_platforms_by_name(name: str) -> tuple[Platform, ...]:
    return tuple(
        platform
        for platform in load_platforms()
        if platform.comment_pattern and platform.comment_pattern.fullmatch(name)
    )


def _has_required_ancestor(element: HtmlElement, platform: Platform) -> bool:
    if platform.ancestor_pattern is None:
        return True
    names = (name for ancestor in element.iterancestors() for name in markup.list_masked_names(ancestor))
    return any(platform.ancestor_pattern.fullmatch(name) for name in names)


def find_loading_platforms(root: HtmlElement) -> tuple[str, ...]:
    """Return the names of the platforms from which scripts or frames of a page load comments."""
    strings = [string for element in root.iter(*_LOADER_TAGS) for string in _get_loader_strings(element)]
    names = {
        name for element in root.iter() if isinstance(element.tag, str) for name in markup.list_masked_names(element)
    }
    return tuple(platform.name for platform in load_platforms() if _loads_comments(platform, strings, names))


def _loads_comments(platform: Platform, loader_strings: list[str], names: set[str]) -> bool:
    """Return whether a page loads comments of a platform: by a script or frame, or into a container for them."""
    if platform.loader_pattern and any(map(platform.loader_pattern.search, loader_strings)):
        return True
    return platform.container_pattern is not None and any(map(platform.container_pattern.fullmatch, names))


def _get_loader_strings(element: HtmlElement) -> list[str]:
    """Return the addresses in an element's attributes and, of a script, its code."""
    attributes = (element.get(name) for name in ("src", "data-src", "href"))
    code = element.text if element.tag == "script" else None
    return [string for string in (*attributes, code) if string]
