"""The keyword rule of a codebook, a baseline that any model must beat."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from stance.labels.codebook import Codebook

_NON_WORD_CHARACTERS = re.compile(r"\W+")


def predict_by_keywords(text: str, codebook: Codebook) -> str | None:
    """Answer with the stance that has the most different keywords in the text, None where none has any.

    Keywords are whole words or phrases, letters of either case; of two stances with as many, the first of the codebook.
    """
    words = _pad_words(text)
    hits = {
        stance.name: sum(_pad_words(keyword) in words for keyword in stance.keywords) for stance in codebook.stances
    }
    best = max(hits, key=lambda name: hits[name])
    return best if hits[best] else None


def _pad_words(text: str) -> str:
    return f" {_NON_WORD_CHARACTERS.sub(' ', text.casefold()).strip()} "
