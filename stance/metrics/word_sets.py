"""Take the words of a text, and those of each quotation in it, to compare texts."""

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


class QuotingText(NamedTuple):
    """The words that the author of a text wrote, and those of each quotation in it."""

    own: tuple[str, ...]
    quotations: tuple[tuple[str, ...], ...]


def extract_words(text: str) -> tuple[str, ...]:
    """Return the words of a text in lower case, without links, mentions and retweet marks.

    Examples
    --------
    >>> extract_words("RT @someone: Leave, LEAVE the bloc! https://t.co/x")
    ('leave', 'leave', 'the', 'bloc')
    """
    folded = unicodedata.normalize("NFKC", text).casefold()
    return tuple(_WORD.findall(_IGNORED.sub(" ", folded)))


def separate_quotations(text: str) -> QuotingText:
    r"""Return the words of a text and of its quotations; a text that only quotes has no quotation, only words.

    Quotations are lines that begin with ">", and what is between [quote] and [/quote].

    Examples
    --------
    >>> separate_quotations("> Leave the bloc!\nWhy?")
    QuotingText(own=('why',), quotations=(('leave', 'the', 'bloc'),))
    """
    own = extract_words(_QUOTATION.sub("\n", text))
    if not own:
        return QuotingText(extract_words(text), ())
    quotations = [_QUOTATION_MARKUP.sub(" ", match.group()) for match in _QUOTATION.finditer(text)]
    return QuotingText(own, tuple(filter(None, map(extract_words, quotations))))
