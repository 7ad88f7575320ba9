"""Take the set of words of a text, and of each quotation in it, to compare texts whatever their order and case."""

from __future__ import annotations

import re
import unicodedata
from typing import NamedTuple

# Mentions, retweet marks and links say little about the content of a text.
_IGNORED = re.compile(r"\brt\s+(?=@\w)|(?<!\w)@\w+|https?://\S+|\bwww\.\S+")
_WORD = re.compile(r"\w+")

# Lines that begin with ">", as in mail, or what is between [quote] and [/quote], as in forums.
_QUOTATION = re.compile(
    r"^[ \t]*(?:>|&gt;)[^\n]*(?:\n[ \t]*(?:>|&gt;)[^\n]*)*|\[quote\b[^\]]*\].*?\[/quote\]",
    re.MULTILINE | re.DOTALL | re.IGNORECASE,
)
_QUOTATION_MARKUP = re.compile(r"^[ \t]*(?:>|&gt;)+|\[/?quote\b[^\]]*\]", re.MULTILINE | re.IGNORECASE)


class WordSets(NamedTuple):
    """The distinct words that the author of a text wrote, and those of each quotation in it."""

    own: frozenset[str]
    quotations: tuple[frozenset[str], ...]


def extract_word_set(text: str) -> frozenset[str]:
    """Return the distinct words of a text in lower case, without links, mentions and retweet marks.

    Examples
    --------
    >>> sorted(extract_word_set("RT @someone: Leave, LEAVE the bloc! https://t.co/x"))
    ['bloc', 'leave', 'the']
    """
    folded = unicodedata.normalize("NFKC", text).casefold()
    return frozenset(_WORD.findall(_IGNORED.sub(" ", folded)))


def extract_word_sets(text: str) -> WordSets:
    r"""Return the words of a text and of its quotations; a text that only quotes has no quotation, only words.

    Quotations are lines that begin with ">", and what is between [quote] and [/quote].

    Examples
    --------
    >>> own, quotations = extract_word_sets("> Leave the bloc!\nWhy?")
    >>> sorted(own), [sorted(words) for words in quotations]
    (['why'], [['bloc', 'leave', 'the']])
    """
    own = extract_word_set(_QUOTATION.sub("\n", text))
    if not own:
        return WordSets(extract_word_set(text), ())
    quotations = [_QUOTATION_MARKUP.sub(" ", match.group()) for match in _QUOTATION.finditer(text)]
    return WordSets(own, tuple(filter(None, map(extract_word_set, quotations))))
