"""Splits the names in markup (ids, classes and the like) into words, and loads the word lists of markup.toml."""

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
    """The word lists of markup.toml, which explains each of them."""

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
        """The words for one comment or several."""
        return self.singular | self.plural


@cache
def _load_markup_toml() -> dict[str, Any]:
    return tomllib.loads(files("stance.extraction.html").joinpath("markup.toml").read_text(encoding="utf-8"))


@cache
def load_markup_words() -> MarkupWords:
    """Return the word lists of the tables [comment], [place] and [role] of markup.toml."""
    tables = _load_markup_toml()
    lists = {name: frozenset(words) for name, words in (tables["comment"] | tables["place"]).items()}
    return MarkupWords(**lists, roles={role: frozenset(words) for role, words in tables["role"].items()})


@cache
def load_nesting_words() -> dict[str, frozenset[str]]:
    """Return the word lists of the table [nesting] of markup.toml: how names state depths and parents of comments."""
    return {name: frozenset(words) for name, words in _load_markup_toml()["nesting"].items()}


@lru_cache(maxsize=100_000)
def split_words(name: str) -> tuple[str, ...]:
    """Split a name into its words, in lower case.

    >>> split_words("commentBody"), split_words("comment-body_7"), split_words("commentbody")
    (('comment', 'body'), ('comment', 'body'), ('comment', 'body'))
    """
    words: list[str] = []
    for match in _WORD_PATTERN.findall(name):
        word = match.lower()
        stem = next((stem for stem in ("comments", "comment") if word.startswith(stem) and word != stem), None)
        if stem and word.removeprefix(stem) in _load_compound_suffixes():
            words += [stem, word.removeprefix(stem)]
        else:
            words.append(word)
    return tuple(words)


@cache
def _load_compound_suffixes() -> frozenset[str]:
    """Return the words that may be written together with "comment", as in "commentbody"."""
    lists = load_markup_words()
    return frozenset().union(lists.whole, lists.not_followed_by, *lists.roles.values())


@lru_cache(maxsize=100_000)
def mask_identifier(name: str) -> str:
    """Replace the part of a name that identifies one element among others of its kind by "#".

    >>> mask_identifier("li-comment-123"), mask_identifier("comment-6a00d83451f23a69e20")
    ('li-comment-#', 'comment-#')
    >>> mask_identifier("comments-BNXeRQ")
    'comments-#'
    """
    return _RANDOM_SUFFIX.sub("#", _NUMBER_PATTERN.sub("#", name))


@lru_cache(maxsize=100_000)
def mask_numbers(name: str) -> str:
    """Replace the numbers in a name by "#"."""
    return _NUMBER_PATTERN.sub("#", name)


def find_numbers(name: str) -> list[str]:
    """Return the numbers in a name, decimal or hexadecimal."""
    return _NUMBER_PATTERN.findall(name)


def extract_identifier(name: str) -> str:
    """Return the part of a name that `mask_identifier` replaces: its numbers, or else its random suffix."""
    return "-".join(find_numbers(name)) or _RANDOM_SUFFIX.findall(name)[0]


@cache
def compile_profile_link() -> re.Pattern[str]:
    """Return a pattern that matches URLs of user profiles."""
    return re.compile("|".join(_load_markup_toml()["link"]["profile"]))
