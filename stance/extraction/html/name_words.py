"""The words by which markup names things, from markup.toml, and names cut into such words."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.resources import files
from typing import Any

_WORD_PATTERN = re.compile(r"[^\W\d_]?[^\W\d_A-ZА-ЯЁ]+|[A-ZА-ЯЁ]+(?![a-zа-яё])|[#*]")
_NUMBER_PATTERN = re.compile(r"(?<![a-z])(?=[0-9a-f]*\d)[0-9a-f]{6,}(?![a-z])|\d+", re.IGNORECASE)
_RANDOM_SUFFIX = re.compile(r"(?<=[-_])(?=\w*[A-Z0-9])[A-Za-z0-9]{5,}$")


@dataclass(frozen=True)
class MarkupWords:
    """The lists of markup.toml."""

    singular: frozenset[str]
    plural: frozenset[str]
    whole: frozenset[str]
    not_followed_by: frozenset[str]
    not_after: frozenset[str]
    plain: frozenset[str]
    elsewhere: frozenset[str]
    barrier: frozenset[str]
    answers: frozenset[str]
    roles: dict[str, frozenset[str]]

    @property
    def comment_words(self) -> frozenset[str]:
        """What one comment or several are called."""
        return self.singular | self.plural


@cache
def _load_markup_toml() -> dict[str, Any]:
    return tomllib.loads(files("stance.extraction.html").joinpath("markup.toml").read_text(encoding="utf-8"))


@cache
def load_markup_words() -> MarkupWords:
    """Load the lists of markup.toml."""
    declared = _load_markup_toml()
    comment, place = declared["comment"], declared["place"]
    lists = {name: frozenset(words) for name, words in (comment | place).items()}
    return MarkupWords(**lists, roles={role: frozenset(words) for role, words in declared["role"].items()})


@cache
def load_nesting_words() -> dict[str, frozenset[str]]:
    """List the words by which markup says how deep a comment stands, and what it answers."""
    return {name: frozenset(words) for name, words in _load_markup_toml()["nesting"].items()}


@lru_cache(maxsize=100_000)
def split_words(name: str) -> tuple[str, ...]:
    """Cut a name into its words.

    >>> split_words("commentBody"), split_words("comment-body_7"), split_words("commentbody")
    (('comment', 'body'), ('comment', 'body'), ('comment', 'body'))
    """
    found: list[str] = []
    for piece in _WORD_PATTERN.findall(name):
        word = piece.lower()
        stem = next((stem for stem in ("comments", "comment") if word.startswith(stem) and word != stem), None)
        found += [stem, word.removeprefix(stem)] if stem and word.removeprefix(stem) in _compound_suffixes() else [word]
    return tuple(found)


@cache
def _compound_suffixes() -> frozenset[str]:
    """List the words that are written together with "comment"."""
    known = load_markup_words()
    return frozenset().union(known.whole, known.not_followed_by, *known.roles.values())


@lru_cache(maxsize=100_000)
def mask_identifier(name: str) -> str:
    """Replace what tells an element from others of its kind.

    >>> mask_identifier("li-comment-123"), mask_identifier("comment-6a00d83451f23a69e20"),
    mask_identifier("comments-BNXeRQ") ('li-comment-#', 'comment-#', 'comments-#')
    """
    return _RANDOM_SUFFIX.sub("#", _NUMBER_PATTERN.sub("#", name))


@lru_cache(maxsize=100_000)
def mask_numbers(name: str) -> str:
    """Replace the numbers in a name."""
    return _NUMBER_PATTERN.sub("#", name)


def find_numbers(name: str) -> list[str]:
    """List the numbers in a name, decimal or hexadecimal."""
    return _NUMBER_PATTERN.findall(name)


def extract_identifier(name: str) -> str:
    """Give what tells a name from others of its kind: its numbers, or its random end."""
    return "-".join(find_numbers(name)) or _RANDOM_SUFFIX.findall(name)[0]


@cache
def compile_profile_link() -> re.Pattern[str]:
    """Give the pattern of addresses at which sites tell of one of their users."""
    return re.compile("|".join(_load_markup_toml()["link"]["profile"]))
