"""Training texts -> how often each n-gram occurs in each of them, counted once for all folds and settings."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pandas as pd
from scipy.sparse import csr_matrix, hstack

from stance.features import tfidf
from stance.features.ngrams import Vocabulary
from stance.features.sparse_kernels import multiply
from stance.features.tokens import Rows, cut, from_zero, gather, holding, padded, rows_of_units, small, split, tokens

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from stance.features.ngrams import FeatureSettings
    from stance.features.tokens import Padded


@dataclass(frozen=True, eq=False)
class Block:
    """All n-grams of one kind in alphabetical order, the n of each, and `counts` of shape (n_texts, n_terms)."""

    terms: tuple[str, ...]
    lengths: NDArray[np.int64]
    counts: csr_matrix

    def fit(self, rows: NDArray[np.int64], longest: int, min_df: int) -> FittedBlock:
        """Choose terms of at most some length that occur in at least so many of some texts, and weigh them."""
        df = np.bincount(self.counts[rows].indices, minlength=len(self.terms))
        columns = np.flatnonzero((df >= min_df) & (self.lengths <= longest))
        return FittedBlock(self, columns, tfidf.rarity(df[columns], len(rows)))


@dataclass(frozen=True, eq=False)
class Corpus:
    """Texts as counts of their n-grams."""

    words: Block
    chars: Block

    def fit(self, rows: NDArray[np.int64], settings: FeatureSettings) -> Fitted:
        """Choose terms, and weigh them, by some of the texts; nothing is learnt from the others.

        Parameters
        ----------
        rows
            The numbers of the texts to learn from.
        settings
            How long terms may be, up to what was counted, and in how many of the texts a term must occur. The shortest
            terms are those that were counted.
        """
        return Fitted(
            self.words.fit(rows, settings.word_ngrams[1], settings.min_df),
            self.chars.fit(rows, settings.char_ngrams[1], settings.min_df),
        )


@dataclass(frozen=True, eq=False)
class FittedBlock:
    """The terms of a block that were chosen, by number, and their idf."""

    block: Block
    columns: NDArray[np.int64]
    idf: NDArray[np.float64]

    @property
    def terms(self) -> tuple[str, ...]:
        """The terms that were chosen."""
        return tuple(self.block.terms[column] for column in self.columns.tolist())

    def transform(self, rows: NDArray[np.int64]) -> csr_matrix:
        """Give the TF-IDF of some texts."""
        return tfidf.weigh(_select(self.block.counts[rows], self.columns), self.idf)


@dataclass(frozen=True, eq=False)
class Fitted:
    """What was learnt from some texts of a corpus: terms and their idf."""

    words: FittedBlock
    chars: FittedBlock

    @property
    def vocabulary(self) -> Vocabulary:
        """The terms and their idf."""
        return Vocabulary(self.words.terms, self.chars.terms, np.concatenate([self.words.idf, self.chars.idf]))

    @property
    def n_words(self) -> int:
        """How many of the terms are word n-grams, which come first."""
        return len(self.words.columns)

    def transform(self, rows: NDArray[np.int64], word_weight: float = 1.0) -> csr_matrix:
        """Give the features of texts of the corpus, whether they were learnt from or not.

        In inner products of the texts, words count `word_weight` times as much as characters.
        """
        words = self.words.transform(rows) * np.sqrt(word_weight)
        side_by_side: csr_matrix = hstack([words, self.chars.transform(rows)], format="csr")
        return side_by_side


def count(texts: Sequence[str], settings: FeatureSettings) -> Corpus:
    """Count all n-grams of texts (`min_df` has a say only when terms are chosen)."""
    offsets, codes, _, pieces = cut(texts)
    words, n_words = split(small(pieces))
    # The same word stands in many pieces: with a capital letter, before a blank or at the end.
    place, distinct = pd.factorize(np.array(words, dtype=object))
    in_pieces = Rows(from_zero(np.array(n_words, np.int64)), place.astype(np.int32))
    in_texts = gather(in_pieces, codes, offsets)
    alone = padded(distinct.tolist())
    return Corpus(
        words=_count_words(alone, in_texts, settings.word_ngrams),
        chars=_count_chars(alone, in_texts, settings.char_ngrams),
    )


def _count_words(words: Padded, in_texts: Rows, ngrams: tuple[int, int]) -> Block:
    listed, word = tokens(words)
    symbols, names = pd.factorize(np.array(listed, dtype=object), sort=True)
    in_words = Rows(from_zero(np.bincount(word, minlength=len(words.lengths))), symbols.astype(np.int32))
    ends, texts = gather(in_words, in_texts.values, in_texts.indptr)

    def spell(begins: NDArray[np.int64], n: int) -> list[str]:
        columns = [names[texts[begins + step]] for step in range(n)]
        return list(map(" ".join, zip(*columns, strict=True)))

    terms, found = _number(Units(texts, ends, len(names)), ngrams, spell, whole=False)
    each = np.arange(len(terms) + 1, dtype=np.int32)
    most = int(np.diff(found.indptr).max(initial=0))
    counts = multiply(found, Rows(each, each[:-1]), len(terms), holding(most))
    lengths = np.fromiter((term.count(" ") + 1 for term in terms), np.int64, len(terms))
    return Block(terms, lengths, tfidf.matrix(counts, len(terms)))


def _count_chars(words: Padded, in_texts: Rows, ngrams: tuple[int, int]) -> Block:
    alphabet, symbols = np.unique(words.points, return_inverse=True)
    text = words.text

    def spell(begins: NDArray[np.int64], n: int) -> list[str]:
        return [text[begin : begin + n] for begin in begins.tolist()]

    units = Units(symbols, from_zero(words.lengths), len(alphabet))
    terms, found = _number(units, ngrams, spell, whole=True)
    # No n-gram can occur more often in a text than all of them together.
    before = np.concatenate([[0], np.cumsum(np.diff(found.indptr)[in_texts.values], dtype=np.int64)])
    most = int(np.diff(before[in_texts.indptr]).max(initial=0))
    counts = multiply(in_texts, found, len(terms), holding(most))
    return Block(terms, np.fromiter(map(len, terms), np.int64, len(terms)), tfidf.matrix(counts, len(terms)))


class Units(NamedTuple):
    """Units of symbols end to end, `ends` where each begins and where the last one ends."""

    symbols: NDArray[Any]
    ends: NDArray[np.int32]
    n_symbols: int


def _number(
    units: Units, ngrams: tuple[int, int], spell: Callable[[NDArray[np.int64], int], list[str]], *, whole: bool
) -> tuple[tuple[str, ...], Rows]:
    """List all n-grams of some units in alphabetical order, and those of each unit by their numbers in this order.

    At first an n-gram is numbered among those of its length, as a pair: the number of all but its last symbol, and this
    symbol. So the numbers stay small however many symbols there are, and their order is that of the n-grams.

    Parameters
    ----------
    units
        Their symbols must be numbered in alphabetical order.
    ngrams
        The shortest and the longest n.
    spell
        Writes the n-grams of length n that begin at some places.
    whole
        Whether a unit shorter than the shortest n-gram counts as one n-gram, as characters do inside words.
    """
    shortest, longest = ngrams
    lengths = np.diff(units.ends)
    left = np.repeat(units.ends[1:], lengths) - np.arange(len(units.symbols))
    is_whole = np.zeros(len(units.symbols), np.bool_)
    if whole:
        is_whole[units.ends[:-1][lengths > 0]] = True
    found = np.full((len(units.symbols), longest), -1, np.int32)
    where, number = np.arange(len(units.symbols)), units.symbols.astype(np.int64)
    terms: list[str] = []
    for n in range(1, longest + 1):
        fits = left[where] >= n
        where, number = where[fits], number[fits]
        if n > 1:
            number = number * units.n_symbols + units.symbols[where + n - 1]
        number, distinct = pd.factorize(number, sort=True)
        counted, numbers = where, number
        if n < shortest:
            counts = is_whole[where] & (left[where] == n)
            counted, (numbers, distinct) = where[counts], pd.factorize(number[counts], sort=True)
        example = np.empty(len(distinct), np.int64)
        example[numbers] = counted
        found[counted, n - 1] = numbers + len(terms)
        terms += spell(example, n)
    order = sorted(range(len(terms)), key=terms.__getitem__)  # quick, since each length is in order already
    column = np.full(len(terms) + 1, -1, np.int32)
    column[order] = np.arange(len(terms))
    return tuple(terms[place] for place in order), rows_of_units(column[found], units.ends)


def _select(counts: csr_matrix, columns: NDArray[np.int64]) -> csr_matrix:
    """Keep some columns."""
    if len(columns) == counts.shape[1]:
        return counts
    place = np.full(counts.shape[1], -1, np.int32)
    place[columns] = np.arange(len(columns))
    kept = place[counts.indices]
    stays = kept >= 0
    return csr_matrix(
        (counts.data[stays], kept[stays], from_zero(stays)[counts.indptr]), (counts.shape[0], len(columns))
    )
