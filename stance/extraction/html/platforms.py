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

    from stance.extraction.html.markup import Role


_LOADING = ("script", "iframe", "frame", "embed", "link")


@dataclass(frozen=True, eq=False)
class System:
    """A comment system; systems.toml says what each field means."""

    name: str
    record: re.Pattern[str] | None
    inside: re.Pattern[str] | None
    lift: bool
    place: re.Pattern[str] | None
    parts: dict[Role, re.Pattern[str]]
    loads: re.Pattern[str] | None

    @property
    def tells_text(self) -> bool:
        """Tell whether what holds the text is declared, so that nothing else is text."""
        return "text" in self.parts

    def part(self, element: HtmlElement) -> Role | None:
        """Tell which part of a comment an element is declared to hold, if it is."""
        named = [part for name in markup.tokens(element) if (part := self._part(name))]
        return "noise" if "noise" in named else next(iter(named), None)

    @lru_cache(maxsize=100_000)  # noqa: B019 (systems live as long as the program)
    def _part(self, name: str) -> Role | None:
        return next((part for part, pattern in self.parts.items() if pattern.fullmatch(name)), None)


@cache
def systems() -> tuple[System, ...]:
    """List the comment systems that come with the package."""
    declared = tomllib.loads(files("stance.extraction.html").joinpath("systems.toml").read_text(encoding="utf-8"))
    return tuple(
        System(
            name=entry["name"],
            record=_any(entry.get("record")),
            inside=re.compile(entry["inside"]) if "inside" in entry else None,
            lift=entry.get("lift", False),
            place=_any(entry.get("place")),
            parts={cast("Role", part): _some(patterns) for part, patterns in entry.get("parts", {}).items()},
            loads=_any(entry.get("loads")),
        )
        for entry in declared["system"]
    )


def _any(patterns: list[str] | None) -> re.Pattern[str] | None:
    return _some(patterns) if patterns else None


def _some(patterns: list[str]) -> re.Pattern[str]:
    return re.compile("|".join(f"(?:{pattern})" for pattern in patterns))


def named(name: str) -> System | None:
    """Find a system by its name."""
    return next((system for system in systems() if system.name == name), None)


def holding(element: HtmlElement) -> System | None:
    """Find the system of which an element holds a comment, or the declared part of one."""
    candidates = (system for name in markup.tokens(element) for system in _recording(name))
    return next((system for system in candidates if _is_inside(element, system)), None)


@lru_cache(maxsize=100_000)
def _recording(name: str) -> tuple[System, ...]:
    return tuple(system for system in systems() if system.record and system.record.fullmatch(name))


def _is_inside(element: HtmlElement, system: System) -> bool:
    if system.inside is None:
        return True
    around = (name for each in element.iterancestors() for name in markup.tokens(each))
    return any(system.inside.fullmatch(name) for name in around)


def loading(root: HtmlElement) -> tuple[str, ...]:
    """List the systems from which a page would load comments: by its scripts and frames, or into a place for them."""
    said = [text for element in root.iter(*_LOADING) for text in _said(element)]
    names = {name for element in root.iter() if isinstance(element.tag, str) for name in markup.tokens(element)}
    return tuple(system.name for system in systems() if _loads(system, said, names))


def _loads(system: System, said: list[str], names: set[str]) -> bool:
    if system.loads and any(map(system.loads.search, said)):
        return True
    return system.place is not None and any(map(system.place.fullmatch, names))


def _said(element: HtmlElement) -> list[str]:
    attributes = (element.get(name) for name in ("src", "data-src", "href"))
    text = element.text if element.tag == "script" else None
    return [said for said in (*attributes, text) if said]
