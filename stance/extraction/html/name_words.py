"""The words by which markup names things, from markup.toml, and names cut into such words."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.resources import files
from typing import Any

_WORD = re.compile(r"[^\W\d_]?[^\W\d_A-ZА-ЯЁ]+|[A-ZА-ЯЁ]+(?![a-zа-яё])|[#*]")
_NUMBER = re.compile(r"(?<![a-z])(?=[0-9a-f]*\d)[0-9a-f]{6,}(?![a-z])|\d+", re.IGNORECASE)
_RANDOM = re.compile(r"(?<=[-_])(?=\w*[A-Z0-9])[A-Za-z0-9]{5,}$")


@dataclass(frozen=True)
class Vocabulary:
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
    def comment(self) -> frozenset[str]:
        """What one comment or several are called."""
        return self.singular | self.plural


@cache
def _declared() -> dict[str, Any]:
    return tomllib.loads(files("stance.extraction.html").joinpath("markup.toml").read_text(encoding="utf-8"))


@cache
def vocabulary() -> Vocabulary:
    """Load the lists of markup.toml."""
    declared = _declared()
    comment, place = declared["comment"], declared["place"]
    lists = {name: frozenset(words) for name, words in (comment | place).items()}
    return Vocabulary(**lists, roles={role: frozenset(words) for role, words in declared["role"].items()})


@cache
def nesting_words() -> dict[str, frozenset[str]]:
    """List the words by which markup says how deep a comment stands, and what it answers."""
    return {name: frozenset(words) for name, words in _declared()["nesting"].items()}


@lru_cache(maxsize=100_000)
def words(name: str) -> tuple[str, ...]:
    """Cut a name into its words.

    >>> words("commentBody"), words("comment-body_7"), words("commentbody")
    (('comment', 'body'), ('comment', 'body'), ('comment', 'body'))
    """
    found: list[str] = []
    for piece in _WORD.findall(name):
        word = piece.lower()
        stem = next((stem for stem in ("comments", "comment") if word.startswith(stem) and word != stem), None)
        found += [stem, word.removeprefix(stem)] if stem and word.removeprefix(stem) in _parts() else [word]
    return tuple(found)


@cache
def _parts() -> frozenset[str]:
    """List the words that are written together with "comment"."""
    known = vocabulary()
    return frozenset().union(known.whole, known.not_followed_by, *known.roles.values())


@lru_cache(maxsize=100_000)
def numberless(name: str) -> str:
    """Replace what tells an element from others of its kind.

    >>> numberless("li-comment-123"), numberless("comment-6a00d83451f23a69e20"), numberless("comments-BNXeRQ")
    ('li-comment-#', 'comment-#', 'comments-#')
    """
    return _RANDOM.sub("#", _NUMBER.sub("#", name))


@lru_cache(maxsize=100_000)
def without_number(name: str) -> str:
    """Replace the numbers in a name."""
    return _NUMBER.sub("#", name)


def numbers(name: str) -> list[str]:
    """List the numbers in a name, decimal or hexadecimal."""
    return _NUMBER.findall(name)


def identity(name: str) -> str:
    """Give what tells a name from others of its kind: its numbers, or its random end."""
    return "-".join(numbers(name)) or _RANDOM.findall(name)[0]


@cache
def profile_link() -> re.Pattern[str]:
    """Give the pattern of addresses at which sites tell of one of their users."""
    return re.compile("|".join(_declared()["link"]["profile"]))
