"""Group near-duplicate texts, so that no text is in the training set while its near-duplicate is tested."""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from scipy.sparse import coo_array, csr_array
from scipy.sparse.csgraph import connected_components

from stance.tables import normalise_text

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

# Two sets of words are similar if they share at least 4 of 5 of their words (Jaccard similarity).
_MIN_SHARED, _OUT_OF = 4, 5

# How many words of candidate pairs are compared at once; a quarter of it takes 200 MB less and nearly twice the time.
_MAX_BLOCK_SIZE = 4_000_000

# Mentions, retweet marks and links say little about the content of a text.
_IGNORED = re.compile(r"\brt\s+(?=@\w)|(?<!\w)@\w+|https?://\S+|\bwww\.\S+")
_WORD = re.compile(r"\w+")


def extract_word_set(text: str) -> frozenset[str]:
    """Return the distinct words of a text in lower case, without links, mentions and retweet marks.

    Examples
    --------
    >>> sorted(extract_word_set("RT @someone: Leave, LEAVE the bloc! https://t.co/x"))
    ['bloc', 'leave', 'the']
    """
    folded = unicodedata.normalize("NFKC", text).casefold()
    return frozenset(_WORD.findall(_IGNORED.sub(" ", folded)))


def group_near_duplicates(texts: Sequence[str]) -> NDArray[np.int64]:
    """Group texts with nearly the same words.

    Two texts are linked if the Jaccard similarity of their sets of words is at least .8, and groups are the connected
    components of these links. Texts of one to three words must have the same words. Texts without words (emoji, a link)
    are linked if they are equal except for white space. All links are found; none is random.

    Returns
    -------
    ndarray of shape (n_texts,)
        The group of each text, numbered from 0 by first occurrence.

    References
    ----------
    Chaudhuri, Ganti and Kaushik (2006), A primitive operator for similarity joins in data cleaning, ICDE (similar sets
    share one of their rarest words). Bayardo, Ma and Srikant (2007), Scaling up all pairs similarity search, WWW (fewer
    words suffice for the smaller of two sets).

    Examples
    --------
    >>> group_near_duplicates(["So it is!", "no", "RT @a: so it is", "so it was"])
    array([0, 1, 0, 2])
    """
    index_of: dict[frozenset[str] | str, int] = {}
    keys = (extract_word_set(text) or normalise_text(text) for text in texts)
    set_of_text = np.array([index_of.setdefault(key, len(index_of)) for key in keys], np.int64)
    group_of_set = _group_sets([key if isinstance(key, frozenset) else frozenset((key,)) for key in index_of])
    return group_of_set[set_of_text]


class _SortedWordSets(NamedTuple):
    """Sets of words, one per row, from the smallest to the largest; the columns are from the rarest word."""

    matrix: csr_array[np.int64]
    sizes: NDArray[np.int64]


def _group_sets(sets: Sequence[frozenset[str]]) -> NDArray[np.int64]:
    """Return the group of each distinct set, numbered by first occurrence."""
    order = np.argsort([len(words) for words in sets], kind="stable")
    sorted_sets = _build_sorted_sets([sets[index] for index in order])
    group_of_sorted = np.arange(len(sets))
    for larger, smaller in _find_candidate_pairs(sorted_sets):
        costs = sorted_sets.sizes[larger] + sorted_sets.sizes[smaller]
        for start, end in _split_into_blocks(costs, _MAX_BLOCK_SIZE):
            first, second = larger[start:end], smaller[start:end]
            # Compare one pair per set first: sets in one group need not be compared again. With 20,000 variants of one
            # text this takes 13 s instead of 60.
            for pairs in (np.unique(first, return_index=True)[1], np.arange(len(first))):
                ungrouped = pairs[group_of_sorted[first[pairs]] != group_of_sorted[second[pairs]]]
                links = _keep_similar_pairs(sorted_sets, first[ungrouped], second[ungrouped])
                group_of_sorted = _join_groups(group_of_sorted, *links)
    group_of_set = np.empty_like(group_of_sorted)
    group_of_set[order] = group_of_sorted
    return _renumber_groups(group_of_set)


def _build_sorted_sets(sets: Sequence[frozenset[str]]) -> _SortedWordSets:
    index_of: dict[str, int] = {}
    words = np.array([index_of.setdefault(word, len(index_of)) for word_set in sets for word in word_set], np.int64)
    sizes = np.array([len(word_set) for word_set in sets], np.int64)
    frequency_rank = np.argsort(np.argsort(np.bincount(words), kind="stable"))
    matrix = csr_array(
        (np.ones(len(words), np.int64), frequency_rank[words], np.append(0, np.cumsum(sizes))),
        shape=(len(sets), len(index_of)),
    )
    matrix.sort_indices()
    return _SortedWordSets(matrix, sizes)


def _find_candidate_pairs(sets: _SortedWordSets) -> Iterator[tuple[NDArray[np.int64], NDArray[np.int64]]]:
    """Yield the pairs of sets that may be similar in blocks, the larger (or later) set of each pair first.

    Two similar sets of a >= b words share at least 4 (a + b) / 9 words, and b is at least 4 a / 5. So the larger one
    shares at least 4 a / 5 of its words, and the smaller one 8 b / 9. Each may drop one word less than that, its most
    frequent ones, and both still contain the rarest word that they share.
    """
    sizes = sets.sizes
    larger_words = _keep_rarest_words(sets, sizes + 1 - _ceil_divide(sizes * _MIN_SHARED, _OUT_OF))
    smaller_words = _keep_rarest_words(sets, sizes + 1 - _ceil_divide(sizes * 2 * _MIN_SHARED, _MIN_SHARED + _OUT_OF))
    n_sets_with_word = np.bincount(smaller_words.indices, minlength=smaller_words.shape[1])
    n_candidates = sizes
    if len(sizes):
        n_candidates = np.add.reduceat(n_sets_with_word[larger_words.indices], larger_words.indptr[:-1])
    for start, end in _split_into_blocks(n_candidates, _MAX_BLOCK_SIZE):
        first = int(np.searchsorted(sizes * _OUT_OF, sizes[start] * _MIN_SHARED))
        pairs = (larger_words[start:end] @ smaller_words[first:end].T).tocoo()
        larger, smaller = pairs.row.astype(np.int64) + start, pairs.col.astype(np.int64) + first
        is_candidate = (smaller < larger) & (sizes[smaller] * _OUT_OF >= sizes[larger] * _MIN_SHARED)
        yield larger[is_candidate], smaller[is_candidate]


def _keep_rarest_words(sets: _SortedWordSets, n_words: NDArray[np.int64]) -> csr_array[np.int64]:
    """Keep the `n_words` rarest words of each set."""
    matrix = sets.matrix
    rank = np.arange(matrix.nnz) - np.repeat(matrix.indptr[:-1], sets.sizes)
    is_kept = rank < np.repeat(n_words, sets.sizes)
    indptr = np.append(0, np.cumsum(n_words))
    return csr_array((matrix.data[is_kept], matrix.indices[is_kept], indptr), shape=matrix.shape)


def _keep_similar_pairs(
    sets: _SortedWordSets, first: NDArray[np.int64], second: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    n_shared: NDArray[np.int64] = sets.matrix[first].multiply(sets.matrix[second]).sum(axis=1)
    is_similar = n_shared * (_MIN_SHARED + _OUT_OF) >= (sets.sizes[first] + sets.sizes[second]) * _MIN_SHARED
    return first[is_similar], second[is_similar]


def _join_groups(groups: NDArray[np.int64], first: NDArray[np.int64], second: NDArray[np.int64]) -> NDArray[np.int64]:
    """Join the groups of linked sets."""
    n_sets = len(groups)
    links = coo_array((np.ones(len(first), np.int8), (groups[first], groups[second])), shape=(n_sets, n_sets))
    joined: NDArray[np.int64] = connected_components(links, directed=False)[1].astype(np.int64)
    return joined[groups]


def _renumber_groups(groups: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return groups renumbered by first occurrence."""
    _, first, inverse = np.unique(groups, return_index=True, return_inverse=True)
    return np.argsort(np.argsort(first))[inverse]


def _ceil_divide(total: NDArray[np.int64], parts: int) -> NDArray[np.int64]:
    return -(-total // parts)


def _split_into_blocks(costs: NDArray[np.int64], max_cost: int) -> Iterator[tuple[int, int]]:
    """Yield the start and the end of consecutive blocks whose costs sum to at most `max_cost`, or of one element."""
    cumulative_cost = np.append(0, np.cumsum(costs))
    start = 0
    while start < len(costs):
        limit = int(np.searchsorted(cumulative_cost, cumulative_cost[start] + max_cost, side="right")) - 1
        end = max(start + 1, limit)
        yield start, end
        start = end
