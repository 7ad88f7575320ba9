"""Comment systems whose markup or loading needs naming, as systems.toml declares them."""

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
    """A comment system; systems.toml says what each field means."""

    name: str
    comment_pattern: re.Pattern[str] | None
    ancestor_pattern: re.Pattern[str] | None
    expands_to_container: bool
    container_pattern: re.Pattern[str] | None
    role_patterns: dict[FieldRole, re.Pattern[str]]
    loader_pattern: re.Pattern[str] | None

    @property
    def declares_text(self) -> bool:
        """Tell whether what holds the text is declared, so that nothing else is text."""
        return "text" in self.role_patterns

    def find_declared_role(self, element: HtmlElement) -> FieldRole | None:
        """Tell which part of a comment an element is declared to hold, if it is."""
        named = [part for name in markup.list_masked_names(element) if (part := self._find_role_by_name(name))]
        return "noise" if "noise" in named else next(iter(named), None)

    @lru_cache(maxsize=100_000)  # noqa: B019 (systems live as long as the program)
    def _find_role_by_name(self, name: str) -> FieldRole | None:
        return next((part for part, pattern in self.role_patterns.items() if pattern.fullmatch(name)), None)


@cache
def load_platforms() -> tuple[Platform, ...]:
    """List the comment systems that come with the package."""
    declared = tomllib.loads(files("stance.extraction.html").joinpath("systems.toml").read_text(encoding="utf-8"))
    return tuple(
        Platform(
            name=entry["name"],
            comment_pattern=_compile_optional(entry.get("record")),
            ancestor_pattern=re.compile(entry["inside"]) if "inside" in entry else None,
            expands_to_container=entry.get("lift", False),
            container_pattern=_compile_optional(entry.get("place")),
            role_patterns={
                cast("FieldRole", part): _compile_any_of(patterns) for part, patterns in entry.get("parts", {}).items()
            },
            loader_pattern=_compile_optional(entry.get("loads")),
        )
        for entry in declared["system"]
    )


def _compile_optional(patterns: list[str] | None) -> re.Pattern[str] | None:
    return _compile_any_of(patterns) if patterns else None


def _compile_any_of(patterns: list[str]) -> re.Pattern[str]:
    return re.compile("|".join(f"(?:{pattern})" for pattern in patterns))


def get_platform(name: str) -> Platform | None:
    """Find a system by its name."""
    return next((system for system in load_platforms() if system.name == name), None)


def find_comment_platform(element: HtmlElement) -> Platform | None:
    """Find the system of which an element holds a comment, or the declared part of one."""
    candidates = (system for name in markup.list_masked_names(element) for system in _find_platforms_by_name(name))
    return next((system for system in candidates if _has_required_ancestor(element, system)), None)


@lru_cache(maxsize=100_000)
def _find_platforms_by_name(name: str) -> tuple[Platform, ...]:
    return tuple(
        system for system in load_platforms() if system.comment_pattern and system.comment_pattern.fullmatch(name)
    )


def _has_required_ancestor(element: HtmlElement, platform: Platform) -> bool:
    if platform.ancestor_pattern is None:
        return True
    around = (name for each in element.iterancestors() for name in markup.list_masked_names(each))
    return any(platform.ancestor_pattern.fullmatch(name) for name in around)


def find_loading_platforms(root: HtmlElement) -> tuple[str, ...]:
    """List the systems from which a page would load comments: by its scripts and frames, or into a place for them."""
    said = [text for element in root.iter(*_LOADER_TAGS) for text in _get_loader_strings(element)]
    names = {
        name for element in root.iter() if isinstance(element.tag, str) for name in markup.list_masked_names(element)
    }
    return tuple(system.name for system in load_platforms() if _loads_comments(system, said, names))


def _loads_comments(platform: Platform, loader_strings: list[str], names: set[str]) -> bool:
    if platform.loader_pattern and any(map(platform.loader_pattern.search, loader_strings)):
        return True
    return platform.container_pattern is not None and any(map(platform.container_pattern.fullmatch, names))


def _get_loader_strings(element: HtmlElement) -> list[str]:
    attributes = (element.get(name) for name in ("src", "data-src", "href"))
    text = element.text if element.tag == "script" else None
    return [said for said in (*attributes, text) if said]
