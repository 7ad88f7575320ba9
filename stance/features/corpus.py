"""Training texts -> how often each n-gram occurs in each of them, counted once for all folds and settings."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pandas as pd
from scipy.sparse import csr_matrix, hstack

from stance.features import tfidf
from stance.features.ngrams import Vocabulary
from stance.features.sparse_kernels import multiply_binary
from stance.features.tokens import (
    RaggedArray,
    find_tokens,
    gather_rows,
    group_matches,
    int_dtype_for,
    offsets_from_lengths,
    pad_words,
    split_pieces,
    split_words,
    strip_lower,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from stance.features.ngrams import FeatureSettings
    from stance.features.tokens import PaddedWords


@dataclass(frozen=True, eq=False)
class NgramCounts:
    """All n-grams of one kind in alphabetical order, the n of each, and `counts` of shape (n_texts, n_terms)."""

    terms: tuple[str, ...]
    lengths: NDArray[np.int64]
    counts: csr_matrix

    def fit(self, rows: NDArray[np.int64], max_n: int, min_df: int) -> FittedNgrams:
        """Choose terms of at most some length that occur in at least so many of some texts, and weigh them."""
        df = np.bincount(self.counts[rows].indices, minlength=len(self.terms))
        columns = np.flatnonzero((df >= min_df) & (self.lengths <= max_n))
        return FittedNgrams(self, columns, tfidf.smooth_idf(df[columns], len(rows)))


@dataclass(frozen=True, eq=False)
class Corpus:
    """Texts as counts of their n-grams."""

    word_counts: NgramCounts
    char_counts: NgramCounts

    def fit(self, rows: NDArray[np.int64], settings: FeatureSettings) -> FittedFeatures:
        """Choose terms, and weigh them, by some of the texts; nothing is learnt from the others.

        Parameters
        ----------
        rows
            The numbers of the texts to learn from.
        settings
            How long terms may be, up to what was counted, and in how many of the texts a term must occur. The shortest
            terms are those that were counted.
        """
        return FittedFeatures(
            self.word_counts.fit(rows, settings.word_ngrams[1], settings.min_df),
            self.char_counts.fit(rows, settings.char_ngrams[1], settings.min_df),
        )


@dataclass(frozen=True, eq=False)
class FittedNgrams:
    """The terms of a block that were chosen, by number, and their idf."""

    ngram_counts: NgramCounts
    columns: NDArray[np.int64]
    idf: NDArray[np.float64]

    @property
    def terms(self) -> tuple[str, ...]:
        """The terms that were chosen."""
        return tuple(self.ngram_counts.terms[column] for column in self.columns.tolist())

    def transform(self, rows: NDArray[np.int64]) -> csr_matrix:
        """Give the TF-IDF of some texts."""
        return tfidf.compute_tfidf(_select_columns(self.ngram_counts.counts[rows], self.columns), self.idf)


@dataclass(frozen=True, eq=False)
class FittedFeatures:
    """What was learnt from some texts of a corpus: terms and their idf."""

    words: FittedNgrams
    chars: FittedNgrams

    @property
    def vocabulary(self) -> Vocabulary:
        """The terms and their idf."""
        return Vocabulary(self.words.terms, self.chars.terms, np.concatenate([self.words.idf, self.chars.idf]))

    @property
    def n_word_terms(self) -> int:
        """How many of the terms are word n-grams, which come first."""
        return len(self.words.columns)

    def transform(self, rows: NDArray[np.int64], word_weight: float = 1.0) -> csr_matrix:
        """Give the features of texts of the corpus, whether they were learnt from or not.

        In inner products of the texts, words count `word_weight` times as much as characters.
        """
        words = self.words.transform(rows) * np.sqrt(word_weight)
        side_by_side: csr_matrix = hstack([words, self.chars.transform(rows)], format="csr")
        return side_by_side


def count_ngrams(texts: Sequence[str], settings: FeatureSettings) -> Corpus:
    """Count all n-grams of texts (`min_df` has a say only when terms are chosen)."""
    offsets, codes, _, pieces = split_pieces(texts)
    words, n_words = split_words(strip_lower(pieces))
    # The same word stands in many pieces: with a capital letter, before a blank or at the end.
    place, distinct = pd.factorize(np.array(words, dtype=object))
    in_pieces = RaggedArray(offsets_from_lengths(np.array(n_words, np.int64)), place.astype(np.int32))
    in_texts = gather_rows(in_pieces, codes, offsets)
    alone = pad_words(distinct.tolist())
    return Corpus(
        word_counts=_count_word_ngrams(alone, in_texts, settings.word_ngrams),
        char_counts=_count_char_ngrams(alone, in_texts, settings.char_ngrams),
    )


def _count_word_ngrams(padded: PaddedWords, words_of_texts: RaggedArray, ngram_range: tuple[int, int]) -> NgramCounts:
    listed, word = find_tokens(padded)
    symbols, names = pd.factorize(np.array(listed, dtype=object), sort=True)
    in_words = RaggedArray(
        offsets_from_lengths(np.bincount(word, minlength=len(padded.lengths))), symbols.astype(np.int32)
    )
    ends, texts = gather_rows(in_words, words_of_texts.values, words_of_texts.indptr)

    def spell(begins: NDArray[np.int64], n: int) -> list[str]:
        columns = [names[texts[begins + step]] for step in range(n)]
        return list(map(" ".join, zip(*columns, strict=True)))

    terms, found = _enumerate_ngrams(
        SymbolSequences(texts, ends, len(names)), ngram_range, spell, keep_short_sequences=False
    )
    each = np.arange(len(terms) + 1, dtype=np.int32)
    most = int(np.diff(found.indptr).max(initial=0))
    counts = multiply_binary(found, RaggedArray(each, each[:-1]), len(terms), int_dtype_for(most))
    lengths = np.fromiter((term.count(" ") + 1 for term in terms), np.int64, len(terms))
    return NgramCounts(terms, lengths, tfidf.to_csr_matrix(counts, len(terms)))


def _count_char_ngrams(padded: PaddedWords, words_of_texts: RaggedArray, ngram_range: tuple[int, int]) -> NgramCounts:
    alphabet, symbols = np.unique(padded.code_points, return_inverse=True)
    text = padded.text

    def spell(begins: NDArray[np.int64], n: int) -> list[str]:
        return [text[begin : begin + n] for begin in begins.tolist()]

    units = SymbolSequences(symbols, offsets_from_lengths(padded.lengths), len(alphabet))
    terms, found = _enumerate_ngrams(units, ngram_range, spell, keep_short_sequences=True)
    # No n-gram can occur more often in a text than all of them together.
    before = np.concatenate([[0], np.cumsum(np.diff(found.indptr)[words_of_texts.values], dtype=np.int64)])
    most = int(np.diff(before[words_of_texts.indptr]).max(initial=0))
    counts = multiply_binary(words_of_texts, found, len(terms), int_dtype_for(most))
    return NgramCounts(
        terms, np.fromiter(map(len, terms), np.int64, len(terms)), tfidf.to_csr_matrix(counts, len(terms))
    )


class SymbolSequences(NamedTuple):
    """Units of symbols end to end, `offsets` where each begins and where the last one ends."""

    symbols: NDArray[Any]
    offsets: NDArray[np.int32]
    n_symbols: int


def _enumerate_ngrams(
    sequences: SymbolSequences,
    ngram_range: tuple[int, int],
    spell_ngrams: Callable[[NDArray[np.int64], int], list[str]],
    *,
    keep_short_sequences: bool,
) -> tuple[tuple[str, ...], RaggedArray]:
    """List all n-grams of some units in alphabetical order, and those of each unit by their numbers in this order.

    At first an n-gram is numbered among those of its length, as a pair: the number of all but its last symbol, and this
    symbol. So the numbers stay small however many symbols there are, and their order is that of the n-grams.

    Parameters
    ----------
    sequences
        Their symbols must be numbered in alphabetical order.
    ngram_range
        The shortest and the longest n.
    spell_ngrams
        Writes the n-grams of length n that begin at some places.
    keep_short_sequences
        Whether a unit shorter than the shortest n-gram counts as one n-gram, as characters do inside words.
    """
    shortest, longest = ngram_range
    lengths = np.diff(sequences.offsets)
    left = np.repeat(sequences.offsets[1:], lengths) - np.arange(len(sequences.symbols))
    is_whole = np.zeros(len(sequences.symbols), np.bool_)
    if keep_short_sequences:
        is_whole[sequences.offsets[:-1][lengths > 0]] = True
    found = np.full((len(sequences.symbols), longest), -1, np.int32)
    where, number = np.arange(len(sequences.symbols)), sequences.symbols.astype(np.int64)
    terms: list[str] = []
    for n in range(1, longest + 1):
        fits = left[where] >= n
        where, number = where[fits], number[fits]
        if n > 1:
            number = number * sequences.n_symbols + sequences.symbols[where + n - 1]
        number, distinct = pd.factorize(number, sort=True)
        counted, numbers = where, number
        if n < shortest:
            counts = is_whole[where] & (left[where] == n)
            counted, (numbers, distinct) = where[counts], pd.factorize(number[counts], sort=True)
        example = np.empty(len(distinct), np.int64)
        example[numbers] = counted
        found[counted, n - 1] = numbers + len(terms)
        terms += spell_ngrams(example, n)
    order = sorted(range(len(terms)), key=terms.__getitem__)  # quick, since each length is in order already
    column = np.full(len(terms) + 1, -1, np.int32)
    column[order] = np.arange(len(terms))
    return tuple(terms[place] for place in order), group_matches(column[found], sequences.offsets)


def _select_columns(counts: csr_matrix, columns: NDArray[np.int64]) -> csr_matrix:
    """Keep some columns."""
    if len(columns) == counts.shape[1]:
        return counts
    place = np.full(counts.shape[1], -1, np.int32)
    place[columns] = np.arange(len(columns))
    kept = place[counts.indices]
    stays = kept >= 0
    return csr_matrix(
        (counts.data[stays], kept[stays], offsets_from_lengths(stays)[counts.indptr]), (counts.shape[0], len(columns))
    )
