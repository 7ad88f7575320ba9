"""The terms of a vocabulary, and where they occur in words and in texts of tokens."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import repeat
from typing import TYPE_CHECKING, Any

import numpy as np

from stance.features.sparse_kernels import Csr, look_up
from stance.features.tokens import Padded, Rows, code_points, from_zero, rows_of_units

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

_SIEVE_BITS = 20


@dataclass(frozen=True)
class FeatureSettings:
    """Which n-grams are counted."""

    word_ngrams: tuple[int, int]
    char_ngrams: tuple[int, int]
    min_df: int


@dataclass(frozen=True)
class Vocabulary:
    """The terms that are counted, word n-grams first, each block in alphabetical order, and their idf."""

    words: tuple[str, ...]
    chars: tuple[str, ...]
    idf: NDArray[np.float64]

    @property
    def labels(self) -> list[str]:
        """How each term is shown to a person: character n-grams in guillemets, their blanks visible."""
        return [*self.words, *(f"‹{term.replace(' ', '_')}›" for term in self.chars)]

    @property
    def has_letters(self) -> NDArray[np.bool_]:
        """Tell the terms that hold a letter from those of digits, blanks and punctuation only."""
        terms = [*self.words, *self.chars]
        points = code_points("".join(terms))
        is_letter = np.zeros(int(points.max(initial=0)) + 1, np.bool_)
        for point in np.flatnonzero(np.bincount(points)).tolist():
            is_letter[point] = chr(point).isalpha()
        letters_before = from_zero(is_letter[points])
        ends = from_zero(np.fromiter(map(len, terms), np.int64, len(terms)))
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
        self, codes: NDArray[np.int32], n_symbols: int, numbers: NDArray[np.int32], *, mostly_unknown: bool
    ) -> None:
        self._n_terms, self.longest = codes.shape
        self._width = n_symbols + 1
        n_nodes = self._n_terms + 1
        begins = np.arange(self._n_terms) == 0
        node = np.zeros(self._n_terms, np.int32)
        edges = [(np.zeros(0, np.int32),) * 3]
        self._first = np.zeros(self._width, np.int32)
        for step in range(self.longest):
            begins[1:] |= codes[1:, step] != codes[:-1, step]
            fresh = begins & (codes[:, step] > 0)
            first = np.flatnonzero(fresh)
            ends = codes[first, step + 1] == 0 if step + 1 < self.longest else np.ones(len(first), np.bool_)
            children = numbers[first] + 1
            children[~ends] = np.arange(n_nodes, n_nodes + np.count_nonzero(~ends))
            n_nodes += np.count_nonzero(~ends)
            if step:
                edges.append((node[first], codes[first, step], children))
            else:
                self._first[codes[first, 0]] = children
            if len(first):
                node = children[np.maximum(np.cumsum(fresh) - 1, 0)]
        parents, symbols, children = (np.concatenate(parts) for parts in zip(*edges, strict=True))
        # Symbols of one parent are in ascending order already, and stay so.
        order = np.argsort(parents, kind="stable")
        indptr = from_zero(np.bincount(parents, minlength=n_nodes))
        self._children = Csr(indptr, symbols[order], children[order])
        self._sieve = np.zeros(1 << _SIEVE_BITS if mostly_unknown else 0, np.bool_)
        if mostly_unknown:
            self._sieve[_mixed(parents, symbols)] = True

    def find(self, symbols: NDArray[np.int32], starts: NDArray[Any]) -> NDArray[np.int32]:
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
        found = np.empty((len(symbols), self.longest), np.int32)
        following = np.zeros(len(symbols) + self.longest, np.int32)
        following[: len(symbols)] = symbols
        following[starts] = 0  # so that no term goes on into the next unit
        node = self._first[symbols]
        for step in range(self.longest):
            if step:
                node = self._step(node, following[step : step + len(symbols)])
            found[:, step] = node - 1
        found[found >= self._n_terms] = -1
        return found

    def _step(self, node: NDArray[np.int32], symbols: NDArray[np.int32]) -> NDArray[np.int32]:
        """Go on from each node by one symbol."""
        if not len(self._sieve):
            return look_up(self._children, self._width, node, symbols)
        likely = np.flatnonzero(self._sieve[_mixed(node, symbols)])
        child = np.zeros(len(node), np.int32)
        child[likely] = look_up(self._children, self._width, node[likely], symbols[likely])
        return child


def _mixed(nodes: NDArray[np.int32], symbols: NDArray[np.int32]) -> NDArray[np.int32]:
    """Mix nodes and symbols to numbers of a few bits, as different as may be for different ones."""
    mixed = nodes * np.int32(-1640531527)  # Knuth's multiplier, near 2**32 / golden ratio
    mixed ^= symbols * np.int32(81007)
    mixed ^= mixed >> 15
    mixed &= (1 << _SIEVE_BITS) - 1
    return mixed


class CharLookup:
    """Find the known character n-grams of words, by the numbers they are to have."""

    def __init__(self, terms: Sequence[str], ngrams: tuple[int, int], numbers: NDArray[np.int32]) -> None:
        self._shortest, longest = ngrams
        points = code_points("".join(terms))
        alphabet = np.flatnonzero(np.bincount(points))
        self._symbol = np.zeros(int(alphabet[-1]) + 2 if len(alphabet) else 1, np.int32)
        self._symbol[alphabet] = np.arange(1, len(alphabet) + 1)
        codes = _matrix(self._symbol[points], np.fromiter(map(len, terms), np.int64, len(terms)), longest)
        self._trie = Trie(codes, len(alphabet), numbers, mostly_unknown=False)

    def find(self, words: Padded) -> Rows:
        """List the known n-grams of each word."""
        symbols = self._symbol[np.minimum(words.points, len(self._symbol) - 1)]
        ends = from_zero(words.lengths)
        found = self._trie.find(symbols, ends[:-1])
        for n in range(1, self._shortest):  # a word shorter than the shortest n-gram counts as a whole
            whole = np.where(words.lengths == n, found[ends[:-1], n - 1], -1)
            found[:, n - 1] = -1
            found[ends[:-1], n - 1] = whole
        return rows_of_units(found, ends)


class WordLookup:
    """Find the known word n-grams of texts, by the numbers they are to have."""

    def __init__(self, terms: Sequence[str], ngrams: tuple[int, int], numbers: NDArray[np.int32]) -> None:
        self._shortest, longest = ngrams
        tokens = " ".join(terms).split(" ") if terms else []
        self._symbol = {token: code for code, token in enumerate(sorted(set(tokens)), start=1)}
        symbols = np.fromiter(map(self._symbol.__getitem__, tokens), np.int32, len(tokens))
        points = code_points("\n".join(terms))
        blanks_before = from_zero(points == ord(" "))
        ends = np.append(np.flatnonzero(points == ord("\n")), len(points))[: len(terms)]
        lengths = np.diff(blanks_before[ends], prepend=0) + 1
        codes = _matrix(symbols, lengths, longest)
        self._trie = Trie(codes, len(self._symbol), numbers, mostly_unknown=True)

    def symbols(self, tokens: Sequence[str]) -> NDArray[np.int32]:
        """Give each token's symbol; 0 for one that is in no term."""
        return np.fromiter(map(self._symbol.get, tokens, repeat(0)), np.int32, len(tokens))

    def find(self, texts: Rows) -> Rows:
        """List the known n-grams of each text, given as symbols."""
        ends, symbols = texts
        found = self._trie.find(symbols, ends[:-1][ends[:-1] < len(symbols)])
        return rows_of_units(found[:, self._shortest - 1 :], ends)


def _matrix(symbols: NDArray[np.int32], lengths: NDArray[Any], longest: int) -> NDArray[np.int32]:
    codes = np.zeros((len(lengths), longest), np.int32)
    codes[np.arange(longest) < lengths[:, None]] = symbols
    return codes
