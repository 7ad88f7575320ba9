"""Count all n-grams of training texts once, and fit vocabularies on subsets of them, for all folds and settings."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from scipy.sparse import csr_matrix, hstack

from stance.features import tfidf
from stance.features.familiarity import compute_known_shares, find_mentions, measure_familiarity
from stance.features.ngram_enumeration import SymbolSequences, enumerate_ngrams
from stance.features.ngrams import Vocabulary, display_char_ngram, find_letters
from stance.features.sparse_kernels import CsrParts, multiply_binary, multiply_dense
from stance.features.tokens import (
    RaggedArray,
    find_tokens,
    gather_rows,
    int_dtype_for,
    offsets_from_lengths,
    pad_words,
    split_pieces,
    split_words,
    strip_lower,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

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

    @cached_property
    def has_letters(self) -> NDArray[np.bool_]:
        """Whether each n-gram contains a letter, and not only digits, spaces and punctuation, of shape (n_terms,)."""
        return find_letters(self.terms)

    def fit(self, rows: NDArray[np.int64], max_n: int, min_df: int) -> FittedNgrams:
        """Select the n-grams up to length `max_n` that occur in at least `min_df` of these rows, and fit their idf."""
        df = np.bincount(self.counts[rows].indices, minlength=len(self.terms))
        columns = np.flatnonzero((df >= min_df) & (self.lengths <= max_n))
        return FittedNgrams(self, columns, tfidf.smooth_idf(df[columns], len(rows)))


@dataclass(frozen=True, eq=False)
class CorpusWords:
    """The words of some texts, to measure how many of them selected terms know.

    Attributes
    ----------
    words_of_texts
        The index of each word of each text among the distinct words.
    ngrams_of_words
        The character n-grams of each distinct word, as indices of terms.
    tokens, word_of_token
        The single-word term of each token of the distinct words, or -1; and the word that it belongs to.
    is_mention
        Whether each distinct word is a mention.
    """

    words_of_texts: RaggedArray
    ngrams_of_words: RaggedArray
    tokens: NDArray[np.int64]
    word_of_token: NDArray[np.int64]
    is_mention: NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class Corpus:
    """The counts of all word n-grams and all character n-grams of some texts, and their words."""

    word_counts: NgramCounts
    char_counts: NgramCounts
    words: CorpusWords

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
            self.words,
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
    corpus_words: CorpusWords

    @property
    def n_terms(self) -> int:
        """The number of selected terms."""
        return len(self.words.columns) + len(self.chars.columns)

    def display_name(self, term: int) -> str:
        """Return how a selected term is shown to the user, by its index."""
        if term < len(self.words.columns):
            return self.words.ngram_counts.terms[int(self.words.columns[term])]
        column = int(self.chars.columns[term - len(self.words.columns)])
        return display_char_ngram(self.chars.ngram_counts.terms[column])

    @property
    def has_letters(self) -> NDArray[np.bool_]:
        """Whether each selected term contains a letter, of shape (n_terms,)."""
        return np.concatenate([part.ngram_counts.has_letters[part.columns] for part in (self.words, self.chars)])

    @property
    def vocabulary(self) -> Vocabulary:
        """The terms and their idf."""
        return Vocabulary(self.words.terms, self.chars.terms, np.concatenate([self.words.idf, self.chars.idf]))

    @property
    def n_word_terms(self) -> int:
        """The number of word n-grams, which are the first terms."""
        return len(self.words.columns)

    def transform(self, rows: NDArray[np.int64]) -> csr_matrix:
        """Return the features of some texts of the corpus, whether it was fitted on them or not."""
        features: csr_matrix = hstack([self.words.transform(rows), self.chars.transform(rows)], format="csr")
        return features

    def measure_known_share(self, rows: NDArray[np.int64]) -> NDArray[np.float64]:
        """Return the share of the words of some texts that the selected terms know, as `NgramCounter` does."""
        corpus_words = self.corpus_words
        is_token_known = _as_mask(self.words.columns, len(self.words.ngram_counts.terms) + 1)[corpus_words.tokens]
        is_ngram_known = _as_mask(self.chars.columns, len(self.chars.ngram_counts.terms))
        indptr, ngrams = corpus_words.ngrams_of_words
        n_known_before = offsets_from_lengths(is_ngram_known[ngrams])
        ngram_shares = np.diff(n_known_before[indptr]) / np.maximum(np.diff(indptr), 1)
        familiarity = measure_familiarity(
            ngram_shares, is_token_known, corpus_words.word_of_token, corpus_words.is_mention
        )
        offsets, words = corpus_words.words_of_texts
        selected = gather_rows(RaggedArray(offsets, words), rows, np.arange(len(rows) + 1))
        counts = CsrParts(selected.indptr, selected.values, np.ones(len(selected.values)))
        return compute_known_shares(multiply_dense(counts, familiarity))


def count_ngrams(texts: Sequence[str], settings: FeatureSettings) -> Corpus:
    """Count all n-grams of texts; `settings.min_df` is ignored until `Corpus.fit`."""
    split_texts = split_pieces(texts)
    words, n_words_of_pieces = split_words(strip_lower(split_texts.new_pieces))
    # A word occurs in several pieces: with a capital letter, before a space or at the end of a text.
    word_ids, distinct_words = pd.factorize(np.array(words, dtype=object))
    piece_offsets = offsets_from_lengths(np.array(n_words_of_pieces, np.int64))
    words_of_pieces = RaggedArray(piece_offsets, word_ids.astype(np.int32))
    words_of_texts = gather_rows(words_of_pieces, split_texts.codes, split_texts.offsets)
    distinct_word_list = distinct_words.tolist()
    padded = pad_words(distinct_word_list)
    tokens, word_of_token = find_tokens(padded)
    symbols, distinct_tokens = pd.factorize(np.array(tokens, dtype=object), sort=True)
    word_counts = _count_word_ngrams(
        padded, symbols, distinct_tokens, word_of_token, words_of_texts, settings.word_ngrams
    )
    char_counts, ngrams_of_words = _count_char_ngrams(padded, words_of_texts, settings.char_ngrams)
    # Terms of one word are in the same order as the tokens.
    term_of_symbol = np.full(len(distinct_tokens), -1)
    if settings.word_ngrams[0] == 1:
        term_of_symbol = np.flatnonzero(word_counts.lengths == 1)
    corpus_words = CorpusWords(
        words_of_texts, ngrams_of_words, term_of_symbol[symbols], word_of_token, find_mentions(distinct_word_list)
    )
    return Corpus(word_counts, char_counts, corpus_words)


def _count_word_ngrams(
    padded: PaddedWords,
    symbols: NDArray[np.int64],
    distinct_tokens: NDArray[np.object_],
    word_of_token: NDArray[np.int64],
    words_of_texts: RaggedArray,
    ngram_range: tuple[int, int],
) -> NgramCounts:
    word_offsets = offsets_from_lengths(np.bincount(word_of_token, minlength=len(padded.lengths)))
    symbols_of_words = RaggedArray(word_offsets, symbols.astype(np.int32))
    text_offsets, text_symbols = gather_rows(symbols_of_words, words_of_texts.values, words_of_texts.indptr)

    def spell(starts: NDArray[np.int64], n: int) -> list[str]:
        columns = [distinct_tokens[text_symbols[starts + step]] for step in range(n)]
        return list(map(" ".join, zip(*columns, strict=True)))

    sequences = SymbolSequences(text_symbols, text_offsets, len(distinct_tokens))
    terms, ngrams_of_texts = enumerate_ngrams(sequences, ngram_range, spell, keep_short_sequences=False)
    identity_indptr = np.arange(len(terms) + 1, dtype=np.int32)
    identity = RaggedArray(identity_indptr, identity_indptr[:-1])
    max_count = int(np.diff(ngrams_of_texts.indptr).max(initial=0))
    counts = multiply_binary(ngrams_of_texts, identity, len(terms), int_dtype_for(max_count))
    lengths = np.fromiter((term.count(" ") + 1 for term in terms), np.int64, len(terms))
    return NgramCounts(terms, lengths, tfidf.to_csr_matrix(counts, len(terms)))


def _count_char_ngrams(
    padded: PaddedWords, words_of_texts: RaggedArray, ngram_range: tuple[int, int]
) -> tuple[NgramCounts, RaggedArray]:
    """Return the counts, and the n-grams of each word."""
    alphabet, symbols = np.unique(padded.code_points, return_inverse=True)
    text = padded.text

    def spell(starts: NDArray[np.int64], n: int) -> list[str]:
        return [text[start : start + n] for start in starts.tolist()]

    sequences = SymbolSequences(symbols, offsets_from_lengths(padded.lengths), len(alphabet))
    terms, ngrams_of_words = enumerate_ngrams(sequences, ngram_range, spell, keep_short_sequences=True)
    # No n-gram can occur in a text more often than all n-grams together.
    n_ngrams_of_words = np.diff(ngrams_of_words.indptr)
    n_ngrams_before = np.concatenate([[0], np.cumsum(n_ngrams_of_words[words_of_texts.values], dtype=np.int64)])
    max_count = int(np.diff(n_ngrams_before[words_of_texts.indptr]).max(initial=0))
    counts = multiply_binary(words_of_texts, ngrams_of_words, len(terms), int_dtype_for(max_count))
    lengths = np.fromiter(map(len, terms), np.int64, len(terms))
    return NgramCounts(terms, lengths, tfidf.to_csr_matrix(counts, len(terms))), ngrams_of_words


def _as_mask(indices: NDArray[np.int64], length: int) -> NDArray[np.bool_]:
    mask = np.zeros(length, np.bool_)
    mask[indices] = True
    return mask


def _select_columns(counts: csr_matrix, columns: NDArray[np.int64]) -> csr_matrix:
    if len(columns) == counts.shape[1]:
        return counts
    new_column_of = np.full(counts.shape[1], -1, np.int32)
    new_column_of[columns] = np.arange(len(columns))
    new_columns = new_column_of[counts.indices]
    is_selected = new_columns >= 0
    indptr = offsets_from_lengths(is_selected)[counts.indptr]
    return csr_matrix((counts.data[is_selected], new_columns[is_selected], indptr), (counts.shape[0], len(columns)))
