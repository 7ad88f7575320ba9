"""Measure how many of the words of a text a vocabulary knows, wholly or partly."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

_CREDIT_FOR_CHARACTERS = 0.5  # of a word that is in no term, if all its character n-grams are
_MENTION = "@"


def find_mentions(words: Sequence[str]) -> NDArray[np.bool_]:
    """Return whether each word is a mention of a user, of shape (n_words,)."""
    return np.fromiter((word.startswith(_MENTION) for word in words), np.bool_, len(words))


def measure_familiarity(
    ngram_shares: NDArray[np.float64],
    is_token_known: NDArray[np.bool_],
    word_of_token: NDArray[np.int64],
    is_mention: NDArray[np.bool_],
) -> NDArray[np.float64]:
    """Return for each word how much of it is known, and as how many words it counts, of shape (n_words, 2).

    A token that is in no term counts half the share of its word's character n-grams that are terms, so that an unknown
    form of a known word counts more than a word of another language. What has no token of two or more characters, such
    as emoji, counts the share of its character n-grams; mentions do not count.

    Parameters
    ----------
    ngram_shares
        The share of each word's character n-grams that are terms, of shape (n_words,).
    is_token_known, word_of_token
        Whether each token is in a term, and the index of its word, of shape (n_tokens,).
    is_mention
        Whether each word is a mention, of shape (n_words,).

    Examples
    --------
    >>> shares, is_known = np.array([0.5, 0.9, 0.2]), np.array([True, False, False])
    >>> measure_familiarity(shares, is_known, np.array([0, 0, 1]), np.array([False, True, False]))
    array([[1.25, 2.  ],
           [0.  , 0.  ],
           [0.2 , 1.  ]])
    """
    n_words = len(ngram_shares)
    counts = ~is_mention[word_of_token]
    credit = np.where(is_token_known, 1.0, _CREDIT_FOR_CHARACTERS * ngram_shares[word_of_token])
    known = np.bincount(word_of_token[counts], credit[counts], n_words).astype(np.float64)  # of integers if empty
    total = np.bincount(word_of_token[counts], minlength=n_words).astype(np.float64)
    is_sign = np.bincount(word_of_token, minlength=n_words) == 0  # emoji, punctuation, single letters
    known[is_sign] = ngram_shares[is_sign]
    total[is_sign] = 1
    return np.column_stack([known, total])


def compute_known_shares(familiarity_of_texts: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the share of each text's words that are known, of shape (n_texts,); NaN without words.

    One known word is added to each text: a single unknown word says less than many.

    Parameters
    ----------
    familiarity_of_texts
        The sum of `measure_familiarity` over the words of each text, of shape (n_texts, 2).
    """
    known, total = familiarity_of_texts.T
    shares: NDArray[np.float64] = np.where(total > 0, (known + 1) / (total + 1), np.nan)
    return shares
