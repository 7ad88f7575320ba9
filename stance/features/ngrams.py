"""Find the n-grams of a vocabulary in words (character n-grams) and in sequences of tokens (word n-grams)."""

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
    """Which n-grams are counted.

    Attributes
    ----------
    word_ngrams, char_ngrams
        The smallest and the largest n.
    min_df
        The number of texts that a term must occur in.
    """

    word_ngrams: tuple[int, int]
    char_ngrams: tuple[int, int]
    min_df: int


@dataclass(frozen=True)
class Vocabulary:
    """The terms that are counted, and their idf.

    Attributes
    ----------
    word_terms, char_terms
        The word n-grams and the character n-grams, each in alphabetical order.
    idf
        The idf of the word terms, followed by that of the character terms, of shape (n_terms,).
    """

    word_terms: tuple[str, ...]
    char_terms: tuple[str, ...]
    idf: NDArray[np.float64]

    @property
    def display_names(self) -> list[str]:
        """How each term is shown to the user: character n-grams in guillemets, with `_` for a space."""
        return [*self.word_terms, *map(display_char_ngram, self.char_terms)]

    @property
    def has_letters(self) -> NDArray[np.bool_]:
        """Whether each term contains a letter, and not only digits, spaces and punctuation, of shape (n_terms,)."""
        return find_letters([*self.word_terms, *self.char_terms])


def display_char_ngram(term: str) -> str:
    """Return how a character n-gram is shown to the user.

    >>> display_char_ngram(" cst")
    '‹_cst›'
    """
    return f"‹{term.replace(' ', '_')}›"


def find_letters(terms: Sequence[str]) -> NDArray[np.bool_]:
    """Return whether each term contains a letter, of shape (n_terms,)."""
    code_points = to_code_points("".join(terms))
    is_letter = np.zeros(int(code_points.max(initial=0)) + 1, np.bool_)
    for code_point in np.flatnonzero(np.bincount(code_points)).tolist():
        is_letter[code_point] = chr(code_point).isalpha()
    n_letters_before = offsets_from_lengths(is_letter[code_points])
    offsets = offsets_from_lengths(np.fromiter(map(len, terms), np.int64, len(terms)))
    return np.diff(n_letters_before[offsets]) > 0


class Trie:
    """A prefix tree of terms, to find them in a sequence of symbols.

    Node 0 is the root, node t + 1 the term with id t, and the nodes after these are prefixes that are not terms
    themselves. The children of a node are a row of a sparse matrix, with one column per symbol. Alternatives that were
    timed: docs/explanation/decisions/ngram-counting.md.

    Parameters
    ----------
    codes
        The symbols of each term, 1 or greater, padded with 0, of shape (n_terms, max_n). The rows are sorted, so that
        terms with a common prefix are adjacent.
    n_symbols
        The number of distinct symbols.
    term_ids
        The id of each term, of shape (n_terms,). Frequent terms should have small ids: they are then close to each
        other in memory, and found faster.
    mostly_unknown
        Whether most lookups will fail, as for pairs of words. A filter of a million bits then rejects most of them in a
        quarter of the time of a lookup.
    """

    def __init__(
        self, codes: NDArray[np.int32], n_symbols: int, term_ids: NDArray[np.int32], *, mostly_unknown: bool
    ) -> None:
        self._n_terms, self.max_n = codes.shape
        self._n_columns = n_symbols + 1
        n_nodes = self._n_terms + 1
        starts_prefix = np.arange(self._n_terms) == 0  # whether a term's prefix differs from that of the term before
        node = np.zeros(self._n_terms, np.int32)  # the node of each term's prefix
        edges = [(np.zeros(0, np.int32),) * 3]
        self._root_children = np.zeros(self._n_columns, np.int32)
        for step in range(self.max_n):
            starts_prefix[1:] |= codes[1:, step] != codes[:-1, step]
            is_new = starts_prefix & (codes[:, step] > 0)
            first = np.flatnonzero(is_new)
            is_term = codes[first, step + 1] == 0 if step + 1 < self.max_n else np.ones(len(first), np.bool_)
            children = term_ids[first] + 1
            children[~is_term] = np.arange(n_nodes, n_nodes + np.count_nonzero(~is_term))
            n_nodes += np.count_nonzero(~is_term)
            if step:
                edges.append((node[first], codes[first, step], children))
            else:
                self._root_children[codes[first, 0]] = children
            if len(first):
                node = children[np.maximum(np.cumsum(is_new) - 1, 0)]
        parents, symbols, children = (np.concatenate(parts) for parts in zip(*edges, strict=True))
        # The symbols of one parent are sorted already, and a stable sort keeps them so.
        order = np.argsort(parents, kind="stable")
        indptr = offsets_from_lengths(np.bincount(parents, minlength=n_nodes))
        self._children = CsrParts(indptr, symbols[order], children[order])
        self._edge_filter = np.zeros(1 << _EDGE_FILTER_BITS if mostly_unknown else 0, np.bool_)
        if mostly_unknown:
            self._edge_filter[_hash_edges(parents, symbols)] = True

    def find_terms(self, symbols: NDArray[np.int32], starts: NDArray[Any]) -> NDArray[np.int32]:
        """Find all terms in sequences of symbols.

        Parameters
        ----------
        symbols
            The concatenated sequences, of shape (n_symbols,); 0 is a symbol that no term contains.
        starts
            Where each sequence starts.

        Returns
        -------
        ndarray of shape (n_symbols, max_n)
            In column n - 1 the id of the term of length n that starts at each position, or -1.
        """
        matches = np.empty((len(symbols), self.max_n), np.int32)
        next_symbols = np.zeros(len(symbols) + self.max_n, np.int32)
        next_symbols[: len(symbols)] = symbols
        next_symbols[starts] = 0  # so that no term continues into the next sequence
        node = self._root_children[symbols]
        for step in range(self.max_n):
            if step:
                node = self._advance(node, next_symbols[step : step + len(symbols)])
            matches[:, step] = node - 1
        matches[matches >= self._n_terms] = -1
        return matches

    def _advance(self, node: NDArray[np.int32], symbols: NDArray[np.int32]) -> NDArray[np.int32]:
        """Return the child of each node for a symbol, 0 where there is none."""
        if not len(self._edge_filter):
            return get_entries(self._children, self._n_columns, node, symbols)
        candidates = np.flatnonzero(self._edge_filter[_hash_edges(node, symbols)])
        child = np.zeros(len(node), np.int32)
        child[candidates] = get_entries(self._children, self._n_columns, node[candidates], symbols[candidates])
        return child


def _hash_edges(nodes: NDArray[np.int32], symbols: NDArray[np.int32]) -> NDArray[np.int32]:
    """Hash pairs of a node and a symbol to `_EDGE_FILTER_BITS` bits."""
    hashes = nodes * np.int32(-1640531527)  # Knuth's multiplier, near 2**32 / golden ratio
    hashes ^= symbols * np.int32(81007)
    hashes ^= hashes >> 15
    hashes &= (1 << _EDGE_FILTER_BITS) - 1
    return hashes


class CharNgramFinder:
    """Find the character n-grams of a vocabulary in words.

    Parameters
    ----------
    terms
        The character n-grams in alphabetical order.
    ngram_range
        The smallest and the largest n.
    term_ids
        The id of each term in results.
    """

    def __init__(self, terms: Sequence[str], ngram_range: tuple[int, int], term_ids: NDArray[np.int32]) -> None:
        self._min_n, self._max_n = ngram_range
        code_points = to_code_points("".join(terms))
        alphabet = np.flatnonzero(np.bincount(code_points))
        self._symbol_of = np.zeros(int(alphabet[-1]) + 2 if len(alphabet) else 1, np.int32)
        self._symbol_of[alphabet] = np.arange(1, len(alphabet) + 1)
        lengths = np.fromiter(map(len, terms), np.int64, len(terms))
        codes = _pad_sequences(self._symbol_of[code_points], lengths, self._max_n)
        self._trie = Trie(codes, len(alphabet), term_ids, mostly_unknown=False)

    def count_possible(self, lengths: NDArray[np.int32]) -> NDArray[np.int64]:
        """Return how many n-grams words of these padded lengths have, of any vocabulary."""
        n = np.arange(self._min_n, self._max_n + 1)
        counts = np.maximum(lengths[:, None].astype(np.int64) - n + 1, 0).sum(axis=1)
        # A word shorter than the smallest n counts as one.
        at_least_one: NDArray[np.int64] = np.maximum(counts, 1)
        return at_least_one

    def find_ngrams(self, words: PaddedWords) -> RaggedArray:
        """Return the ids of the n-grams of each word."""
        symbols = self._symbol_of[np.minimum(words.code_points, len(self._symbol_of) - 1)]
        offsets = offsets_from_lengths(words.lengths)
        starts = offsets[:-1]
        matches = self._trie.find_terms(symbols, starts)
        for n in range(1, self._min_n):  # a word shorter than the smallest n counts as one n-gram
            whole_words = np.where(words.lengths == n, matches[starts, n - 1], -1)
            matches[:, n - 1] = -1
            matches[starts, n - 1] = whole_words
        return group_matches(matches, offsets)


class WordNgramFinder:
    """Find the word n-grams of a vocabulary in texts of encoded tokens.

    The parameters are those of `CharNgramFinder`.
    """

    def __init__(self, terms: Sequence[str], ngram_range: tuple[int, int], term_ids: NDArray[np.int32]) -> None:
        self._min_n, max_n = ngram_range
        tokens = " ".join(terms).split(" ") if terms else []
        self._symbol_of = {token: code for code, token in enumerate(sorted(set(tokens)), start=1)}
        symbols = np.fromiter(map(self._symbol_of.__getitem__, tokens), np.int32, len(tokens))
        code_points = to_code_points("\n".join(terms))
        n_spaces_before = offsets_from_lengths(code_points == ord(" "))
        ends = np.append(np.flatnonzero(code_points == ord("\n")), len(code_points))[: len(terms)]
        lengths = np.diff(n_spaces_before[ends], prepend=0) + 1
        codes = _pad_sequences(symbols, lengths, max_n)
        self._trie = Trie(codes, len(self._symbol_of), term_ids, mostly_unknown=True)

    def encode_tokens(self, tokens: Sequence[str]) -> NDArray[np.int32]:
        """Return the symbol of each token; 0 for a token that no term contains."""
        return np.fromiter(map(self._symbol_of.get, tokens, repeat(0)), np.int32, len(tokens))

    def find_ngrams(self, texts: RaggedArray) -> RaggedArray:
        """Return the ids of the n-grams of each text, passed as the symbols of its tokens."""
        offsets, symbols = texts
        starts = offsets[:-1][offsets[:-1] < len(symbols)]
        matches = self._trie.find_terms(symbols, starts)
        return group_matches(matches[:, self._min_n - 1 :], offsets)


def _pad_sequences(symbols: NDArray[np.int32], lengths: NDArray[Any], max_length: int) -> NDArray[np.int32]:
    """Return concatenated sequences as a matrix of one row per sequence, padded with 0."""
    padded = np.zeros((len(lengths), max_length), np.int32)
    padded[np.arange(max_length) < lengths[:, None]] = symbols
    return padded
