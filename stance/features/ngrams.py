"""The terms of a vocabulary, and where they occur in words and in texts of tokens."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import repeat
from typing import TYPE_CHECKING, Any

import numpy as np

from stance.features.sparse_kernels import CsrParts, get_entries
from stance.features.tokens import PaddedWords, RaggedArray, group_matches, offsets_from_lengths, to_code_points

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

_EDGE_FILTER_BITS = 20


@dataclass(frozen=True)
class FeatureSettings:
    """Which n-grams are counted."""

    word_ngrams: tuple[int, int]
    char_ngrams: tuple[int, int]
    min_df: int


@dataclass(frozen=True)
class Vocabulary:
    """The terms that are counted, word n-grams first, each block in alphabetical order, and their idf."""

    word_terms: tuple[str, ...]
    char_terms: tuple[str, ...]
    idf: NDArray[np.float64]

    @property
    def display_names(self) -> list[str]:
        """How each term is shown to a person: character n-grams in guillemets, their blanks visible."""
        return [*self.word_terms, *(f"‹{term.replace(' ', '_')}›" for term in self.char_terms)]

    @property
    def has_letters(self) -> NDArray[np.bool_]:
        """Tell the terms that hold a letter from those of digits, blanks and punctuation only."""
        terms = [*self.word_terms, *self.char_terms]
        points = to_code_points("".join(terms))
        is_letter = np.zeros(int(points.max(initial=0)) + 1, np.bool_)
        for point in np.flatnonzero(np.bincount(points)).tolist():
            is_letter[point] = chr(point).isalpha()
        letters_before = offsets_from_lengths(is_letter[points])
        ends = offsets_from_lengths(np.fromiter(map(len, terms), np.int64, len(terms)))
        return np.diff(letters_before[ends]) > 0


class Trie:
    """Terms as paths of symbols, to find them in a stream of symbols one step after another.

    A node stands for all terms that begin alike: node t + 1 for those that begin with term t, node 0 for none, and
    nodes past the terms for beginnings that are no terms themselves. The children of a node are a row of a sparse
    matrix, which says for each symbol the node one step on. (A hash table of packed n-grams was as quick, and
    `numpy.searchsorted` on them half as quick; both need an alphabet that fits.)

    Parameters
    ----------
    codes
        Matrix of shape (n_terms, longest) of the terms' symbols, 1 or greater, filled up with 0; its rows in
        ascending order, so that what begins alike stands together.
    n_symbols
        How many symbols there are.
    numbers
        The number that each term is to have. What is looked for most often is found soonest if its number is low,
        since it then lies together in memory.
    mostly_unknown
        Whether most of what is looked for will be in no term, as pairs of words are. A sieve of a million bits tells
        so for most of it, in a quarter of the time of a look at the terms themselves.
    """

    def __init__(
        self, codes: NDArray[np.int32], n_symbols: int, term_ids: NDArray[np.int32], *, mostly_unknown: bool
    ) -> None:
        self._n_terms, self.max_n = codes.shape
        self._n_columns = n_symbols + 1
        n_nodes = self._n_terms + 1
        begins = np.arange(self._n_terms) == 0
        node = np.zeros(self._n_terms, np.int32)
        edges = [(np.zeros(0, np.int32),) * 3]
        self._root_children = np.zeros(self._n_columns, np.int32)
        for step in range(self.max_n):
            begins[1:] |= codes[1:, step] != codes[:-1, step]
            fresh = begins & (codes[:, step] > 0)
            first = np.flatnonzero(fresh)
            ends = codes[first, step + 1] == 0 if step + 1 < self.max_n else np.ones(len(first), np.bool_)
            children = term_ids[first] + 1
            children[~ends] = np.arange(n_nodes, n_nodes + np.count_nonzero(~ends))
            n_nodes += np.count_nonzero(~ends)
            if step:
                edges.append((node[first], codes[first, step], children))
            else:
                self._root_children[codes[first, 0]] = children
            if len(first):
                node = children[np.maximum(np.cumsum(fresh) - 1, 0)]
        parents, symbols, children = (np.concatenate(parts) for parts in zip(*edges, strict=True))
        # Symbols of one parent are in ascending order already, and stay so.
        order = np.argsort(parents, kind="stable")
        indptr = offsets_from_lengths(np.bincount(parents, minlength=n_nodes))
        self._children = CsrParts(indptr, symbols[order], children[order])
        self._edge_filter = np.zeros(1 << _EDGE_FILTER_BITS if mostly_unknown else 0, np.bool_)
        if mostly_unknown:
            self._edge_filter[_hash_edges(parents, symbols)] = True

    def find_terms(self, symbols: NDArray[np.int32], starts: NDArray[Any]) -> NDArray[np.int32]:
        """Find all terms in units of symbols.

        Parameters
        ----------
        symbols
            The units end to end; 0 for what is in no term.
        starts
            Where each unit begins.

        Returns
        -------
        Array of shape (n_symbols, longest): the number of the term of length n + 1 that begins at each place, or -1.
        """
        found = np.empty((len(symbols), self.max_n), np.int32)
        following = np.zeros(len(symbols) + self.max_n, np.int32)
        following[: len(symbols)] = symbols
        following[starts] = 0  # so that no term goes on into the next unit
        node = self._root_children[symbols]
        for step in range(self.max_n):
            if step:
                node = self._advance(node, following[step : step + len(symbols)])
            found[:, step] = node - 1
        found[found >= self._n_terms] = -1
        return found

    def _advance(self, node: NDArray[np.int32], symbols: NDArray[np.int32]) -> NDArray[np.int32]:
        """Go on from each node by one symbol."""
        if not len(self._edge_filter):
            return get_entries(self._children, self._n_columns, node, symbols)
        likely = np.flatnonzero(self._edge_filter[_hash_edges(node, symbols)])
        child = np.zeros(len(node), np.int32)
        child[likely] = get_entries(self._children, self._n_columns, node[likely], symbols[likely])
        return child


def _hash_edges(nodes: NDArray[np.int32], symbols: NDArray[np.int32]) -> NDArray[np.int32]:
    """Mix nodes and symbols to numbers of a few bits, as different as may be for different ones."""
    mixed = nodes * np.int32(-1640531527)  # Knuth's multiplier, near 2**32 / golden ratio
    mixed ^= symbols * np.int32(81007)
    mixed ^= mixed >> 15
    mixed &= (1 << _EDGE_FILTER_BITS) - 1
    return mixed


class CharNgramFinder:
    """Find the known character n-grams of words, by the numbers they are to have."""

    def __init__(self, terms: Sequence[str], ngram_range: tuple[int, int], term_ids: NDArray[np.int32]) -> None:
        self._min_n, longest = ngram_range
        points = to_code_points("".join(terms))
        alphabet = np.flatnonzero(np.bincount(points))
        self._symbol_of = np.zeros(int(alphabet[-1]) + 2 if len(alphabet) else 1, np.int32)
        self._symbol_of[alphabet] = np.arange(1, len(alphabet) + 1)
        codes = _pad_sequences(self._symbol_of[points], np.fromiter(map(len, terms), np.int64, len(terms)), longest)
        self._trie = Trie(codes, len(alphabet), term_ids, mostly_unknown=False)

    def find_ngrams(self, words: PaddedWords) -> RaggedArray:
        """List the known n-grams of each word."""
        symbols = self._symbol_of[np.minimum(words.code_points, len(self._symbol_of) - 1)]
        ends = offsets_from_lengths(words.lengths)
        found = self._trie.find_terms(symbols, ends[:-1])
        for n in range(1, self._min_n):  # a word shorter than the shortest n-gram counts as a whole
            whole = np.where(words.lengths == n, found[ends[:-1], n - 1], -1)
            found[:, n - 1] = -1
            found[ends[:-1], n - 1] = whole
        return group_matches(found, ends)


class WordNgramFinder:
    """Find the known word n-grams of texts, by the numbers they are to have."""

    def __init__(self, terms: Sequence[str], ngram_range: tuple[int, int], term_ids: NDArray[np.int32]) -> None:
        self._min_n, longest = ngram_range
        tokens = " ".join(terms).split(" ") if terms else []
        self._symbol_of = {token: code for code, token in enumerate(sorted(set(tokens)), start=1)}
        symbols = np.fromiter(map(self._symbol_of.__getitem__, tokens), np.int32, len(tokens))
        points = to_code_points("\n".join(terms))
        blanks_before = offsets_from_lengths(points == ord(" "))
        ends = np.append(np.flatnonzero(points == ord("\n")), len(points))[: len(terms)]
        lengths = np.diff(blanks_before[ends], prepend=0) + 1
        codes = _pad_sequences(symbols, lengths, longest)
        self._trie = Trie(codes, len(self._symbol_of), term_ids, mostly_unknown=True)

    def encode_tokens(self, tokens: Sequence[str]) -> NDArray[np.int32]:
        """Give each token's symbol; 0 for one that is in no term."""
        return np.fromiter(map(self._symbol_of.get, tokens, repeat(0)), np.int32, len(tokens))

    def find_ngrams(self, texts: RaggedArray) -> RaggedArray:
        """List the known n-grams of each text, given as symbols."""
        ends, symbols = texts
        found = self._trie.find_terms(symbols, ends[:-1][ends[:-1] < len(symbols)])
        return group_matches(found[:, self._min_n - 1 :], ends)


def _pad_sequences(symbols: NDArray[np.int32], lengths: NDArray[Any], max_length: int) -> NDArray[np.int32]:
    codes = np.zeros((len(lengths), max_length), np.int32)
    codes[np.arange(max_length) < lengths[:, None]] = symbols
    return codes
