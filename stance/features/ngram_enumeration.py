"""Enumerate all n-grams of sequences of symbols, such as the words of texts or the characters of words."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pandas as pd

from stance.features.tokens import RaggedArray, group_matches

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray


class SymbolSequences(NamedTuple):
    """Concatenated sequences of symbols: sequence i is `symbols[offsets[i]:offsets[i + 1]]`."""

    symbols: NDArray[Any]
    offsets: NDArray[np.int32]
    n_symbols: int


def enumerate_ngrams(
    sequences: SymbolSequences,
    ngram_range: tuple[int, int],
    spell_ngrams: Callable[[NDArray[np.int64], int], list[str]],
    *,
    keep_short_sequences: bool,
) -> tuple[tuple[str, ...], RaggedArray]:
    """Return all n-grams of some sequences in alphabetical order, and the n-grams of each sequence by their index.

    The n-grams of each length are first encoded as pairs: the code of the first n - 1 symbols, and the last symbol. So
    codes stay small however many symbols there are, and their order is that of the n-grams.

    Parameters
    ----------
    sequences
        Sequences whose symbols are numbered in alphabetical order.
    ngram_range
        The smallest and the largest n.
    spell_ngrams
        Returns the n-grams of length n that start at some positions.
    keep_short_sequences
        Whether a sequence shorter than the smallest n counts as one n-gram, as words do for character n-grams.
    """
    min_n, max_n = ngram_range
    lengths = np.diff(sequences.offsets)
    n_symbols = len(sequences.symbols)
    n_remaining = np.repeat(sequences.offsets[1:], lengths) - np.arange(n_symbols)  # to the end of the sequence
    is_kept_start = np.zeros(n_symbols, np.bool_)
    if keep_short_sequences:
        is_kept_start[sequences.offsets[:-1][lengths > 0]] = True
    matches = np.full((n_symbols, max_n), -1, np.int32)
    starts, codes = np.arange(n_symbols), sequences.symbols.astype(np.int64)
    terms: list[str] = []
    for n in range(1, max_n + 1):
        fits = n_remaining[starts] >= n
        starts, codes = starts[fits], codes[fits]
        if n > 1:
            codes = codes * sequences.n_symbols + sequences.symbols[starts + n - 1]
        codes, distinct_codes = pd.factorize(codes, sort=True)
        kept_starts, kept_codes = starts, codes
        if n < min_n:
            is_kept = is_kept_start[starts] & (n_remaining[starts] == n)
            kept_starts, (kept_codes, distinct_codes) = starts[is_kept], pd.factorize(codes[is_kept], sort=True)
        example_starts = np.empty(len(distinct_codes), np.int64)
        example_starts[kept_codes] = kept_starts
        matches[kept_starts, n - 1] = kept_codes + len(terms)
        terms += spell_ngrams(example_starts, n)
    order = sorted(range(len(terms)), key=terms.__getitem__)  # fast, because each length is sorted already
    column_of = np.full(len(terms) + 1, -1, np.int32)  # its last element is that of no match, which has the code -1
    column_of[order] = np.arange(len(terms))
    return tuple(terms[index] for index in order), group_matches(column_of[matches], sequences.offsets)
