"""Count all n-grams of training texts once, and fit vocabularies on subsets of them, for all folds and settings."""

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
    """The counts of all word n-grams, or all character n-grams, of some texts.

    Attributes
    ----------
    terms
        The n-grams in alphabetical order.
    lengths
        The n of each n-gram, of shape (n_terms,).
    counts
        How often each n-gram occurs in each text, of shape (n_texts, n_terms).
    """

    terms: tuple[str, ...]
    lengths: NDArray[np.int64]
    counts: csr_matrix

    def fit(self, rows: NDArray[np.int64], max_n: int, min_df: int) -> FittedNgrams:
        """Select the n-grams up to length `max_n` that occur in at least `min_df` of these rows, and fit their idf."""
        df = np.bincount(self.counts[rows].indices, minlength=len(self.terms))
        columns = np.flatnonzero((df >= min_df) & (self.lengths <= max_n))
        return FittedNgrams(self, columns, tfidf.smooth_idf(df[columns], len(rows)))


@dataclass(frozen=True, eq=False)
class Corpus:
    """The counts of all word n-grams and all character n-grams of some texts."""

    word_counts: NgramCounts
    char_counts: NgramCounts

    def fit(self, rows: NDArray[np.int64], settings: FeatureSettings) -> FittedFeatures:
        """Select terms and fit their idf on some of the texts; the other texts have no influence.

        Parameters
        ----------
        rows
            The indices of the texts to fit on.
        settings
            The largest n, up to what was counted, and the number of texts that a term must occur in. The smallest n is
            that of the counts.
        """
        return FittedFeatures(
            self.word_counts.fit(rows, settings.word_ngrams[1], settings.min_df),
            self.char_counts.fit(rows, settings.char_ngrams[1], settings.min_df),
        )


@dataclass(frozen=True, eq=False)
class FittedNgrams:
    """Selected n-grams, as columns of the counts, and their idf."""

    ngram_counts: NgramCounts
    columns: NDArray[np.int64]
    idf: NDArray[np.float64]

    @property
    def terms(self) -> tuple[str, ...]:
        """The selected n-grams."""
        return tuple(self.ngram_counts.terms[column] for column in self.columns.tolist())

    def transform(self, rows: NDArray[np.int64]) -> csr_matrix:
        """Return the TF-IDF of some texts of the corpus, of shape (n_rows, n_columns)."""
        return tfidf.compute_tfidf(_select_columns(self.ngram_counts.counts[rows], self.columns), self.idf)


@dataclass(frozen=True, eq=False)
class FittedFeatures:
    """The word n-grams and character n-grams selected on some texts of a corpus, and their idf."""

    words: FittedNgrams
    chars: FittedNgrams

    @property
    def vocabulary(self) -> Vocabulary:
        """The terms and their idf."""
        return Vocabulary(self.words.terms, self.chars.terms, np.concatenate([self.words.idf, self.chars.idf]))

    @property
    def n_word_terms(self) -> int:
        """The number of word n-grams, which are the first terms."""
        return len(self.words.columns)

    def transform(self, rows: NDArray[np.int64], word_weight: float = 1.0) -> csr_matrix:
        """Return the features of some texts of the corpus, whether it was fitted on them or not.

        Parameters
        ----------
        rows
            The indices of the texts.
        word_weight
            The weight of word n-grams, relative to character n-grams, in inner products of texts.
        """
        words = self.words.transform(rows) * np.sqrt(word_weight)
        features: csr_matrix = hstack([words, self.chars.transform(rows)], format="csr")
        return features


def count_ngrams(texts: Sequence[str], settings: FeatureSettings) -> Corpus:
    """Count all n-grams of texts; `settings.min_df` is ignored until `Corpus.fit`."""
    split_texts = split_pieces(texts)
    words, n_words_of_pieces = split_words(strip_lower(split_texts.new_pieces))
    # A word occurs in several pieces: with a capital letter, before a space or at the end of a text.
    word_ids, distinct_words = pd.factorize(np.array(words, dtype=object))
    piece_offsets = offsets_from_lengths(np.array(n_words_of_pieces, np.int64))
    words_of_pieces = RaggedArray(piece_offsets, word_ids.astype(np.int32))
    words_of_texts = gather_rows(words_of_pieces, split_texts.codes, split_texts.offsets)
    padded = pad_words(distinct_words.tolist())
    return Corpus(
        word_counts=_count_word_ngrams(padded, words_of_texts, settings.word_ngrams),
        char_counts=_count_char_ngrams(padded, words_of_texts, settings.char_ngrams),
    )


def _count_word_ngrams(padded: PaddedWords, words_of_texts: RaggedArray, ngram_range: tuple[int, int]) -> NgramCounts:
    tokens, word_of_token = find_tokens(padded)
    symbols, distinct_tokens = pd.factorize(np.array(tokens, dtype=object), sort=True)
    word_offsets = offsets_from_lengths(np.bincount(word_of_token, minlength=len(padded.lengths)))
    symbols_of_words = RaggedArray(word_offsets, symbols.astype(np.int32))
    text_offsets, text_symbols = gather_rows(symbols_of_words, words_of_texts.values, words_of_texts.indptr)

    def spell(starts: NDArray[np.int64], n: int) -> list[str]:
        columns = [distinct_tokens[text_symbols[starts + step]] for step in range(n)]
        return list(map(" ".join, zip(*columns, strict=True)))

    sequences = SymbolSequences(text_symbols, text_offsets, len(distinct_tokens))
    terms, ngrams_of_texts = _enumerate_ngrams(sequences, ngram_range, spell, keep_short_sequences=False)
    identity_indptr = np.arange(len(terms) + 1, dtype=np.int32)
    identity = RaggedArray(identity_indptr, identity_indptr[:-1])
    max_count = int(np.diff(ngrams_of_texts.indptr).max(initial=0))
    counts = multiply_binary(ngrams_of_texts, identity, len(terms), int_dtype_for(max_count))
    lengths = np.fromiter((term.count(" ") + 1 for term in terms), np.int64, len(terms))
    return NgramCounts(terms, lengths, tfidf.to_csr_matrix(counts, len(terms)))


def _count_char_ngrams(padded: PaddedWords, words_of_texts: RaggedArray, ngram_range: tuple[int, int]) -> NgramCounts:
    alphabet, symbols = np.unique(padded.code_points, return_inverse=True)
    text = padded.text

    def spell(starts: NDArray[np.int64], n: int) -> list[str]:
        return [text[start : start + n] for start in starts.tolist()]

    sequences = SymbolSequences(symbols, offsets_from_lengths(padded.lengths), len(alphabet))
    terms, ngrams_of_words = _enumerate_ngrams(sequences, ngram_range, spell, keep_short_sequences=True)
    # No n-gram can occur in a text more often than all n-grams together.
    n_ngrams_of_words = np.diff(ngrams_of_words.indptr)
    n_ngrams_before = np.concatenate([[0], np.cumsum(n_ngrams_of_words[words_of_texts.values], dtype=np.int64)])
    max_count = int(np.diff(n_ngrams_before[words_of_texts.indptr]).max(initial=0))
    counts = multiply_binary(words_of_texts, ngrams_of_words, len(terms), int_dtype_for(max_count))
    lengths = np.fromiter(map(len, terms), np.int64, len(terms))
    return NgramCounts(terms, lengths, tfidf.to_csr_matrix(counts, len(terms)))


class SymbolSequences(NamedTuple):
    """Concatenated sequences of symbols: sequence i is `symbols[offsets[i]:offsets[i + 1]]`."""

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


def _select_columns(counts: csr_matrix, columns: NDArray[np.int64]) -> csr_matrix:
    if len(columns) == counts.shape[1]:
        return counts
    new_column_of = np.full(counts.shape[1], -1, np.int32)
    new_column_of[columns] = np.arange(len(columns))
    new_columns = new_column_of[counts.indices]
    is_selected = new_columns >= 0
    indptr = offsets_from_lengths(is_selected)[counts.indptr]
    return csr_matrix((counts.data[is_selected], new_columns[is_selected], indptr), (counts.shape[0], len(columns)))
