"""Predict stances by the keywords of a codebook: a baseline that a model should beat."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from stance.labels.codebook import Codebook

_NON_WORD_CHARACTERS = re.compile(r"\W+")


def predict_by_keywords(text: str, codebook: Codebook) -> str | None:
    """Return the stance with the most different keywords in the text, None if no keyword occurs.

    Keywords are whole words or phrases and case-insensitive. On a tie, the first stance of the codebook wins.

    >>> from stance.labels.codebook import Stance, Codebook
    >>> codebook = Codebook((Stance("for", keywords=("good", "well done")), Stance("against", keywords=("bad",))))
    >>> predict_by_keywords("Good! Well done, not bad.", codebook)
    'for'
    """
    words = _pad_words(text)
    n_keywords = {
        stance.name: sum(_pad_words(keyword) in words for keyword in stance.keywords) for stance in codebook.stances
    }
    best = max(n_keywords, key=lambda name: n_keywords[name])
    return best if n_keywords[best] else None


def _pad_words(text: str) -> str:
    """Return the words of a text in lower case, each between spaces, so that `in` finds whole words only."""
    return f" {_NON_WORD_CHARACTERS.sub(' ', text.casefold()).strip()} "
