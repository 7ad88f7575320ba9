"""Texts -> groups of texts that say nearly the same, so that none is trained on while its twin is tested."""

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

# Two sets of words are nearly the same where they share 4 of 5 of the words that either has.
_MIN_SHARED, _OUT_OF = 4, 5
_MAX_BLOCK_SIZE = (
    4_000_000  # words met by two sets in one go; blocks of a quarter need 200 MB less and near twice the time
)

# Who is addressed, whose words are passed on, and where a link leads say little about what the text says.
_IGNORED = re.compile(r"\brt\s+(?=@\w)|(?<!\w)@\w+|https?://\S+|\bwww\.\S+")
_WORD = re.compile(r"\w+")


def extract_word_set(text: str) -> frozenset[str]:
    """Give the distinct words of a text in small letters, without links, names that are addressed, and retweet marks.

    >>> sorted(extract_word_set("RT @someone: Leave, LEAVE the bloc! https://t.co/x"))
    ['bloc', 'leave', 'the']
    """
    folded = unicodedata.normalize("NFKC", text).casefold()
    return frozenset(_WORD.findall(_IGNORED.sub(" ", folded)))


def group_near_duplicates(texts: Sequence[str]) -> NDArray[np.int64]:
    """Group texts whose words are nearly the same.

    Two texts are linked where the Jaccard similarity of their sets of words, shared words by words of either, is at
    least .8; a group is what links connect. Texts of one to three words must have the same words. Texts without a word
    (emoji, a mere link) are linked where they are equal but for white space. No link is missed or made by chance.

    Returns
    -------
    ndarray of shape (n_texts,)
        The number of each text's group, from 0 in the order of first mention.

    References
    ----------
    Chaudhuri, Ganti and Kaushik (2006), A primitive operator for similarity joins in data cleaning, ICDE (sets this
    similar share one of their rarest words). Bayardo, Ma and Srikant (2007), Scaling up all pairs similarity search,
    WWW (fewer words will do for the smaller of two sets).

    >>> group_near_duplicates(["So it is!", "no", "RT @a: so it is", "so it was"])
    array([0, 1, 0, 2])
    """
    numbers: dict[frozenset[str] | str, int] = {}
    number = np.array(
        [numbers.setdefault(extract_word_set(text) or normalise_text(text), len(numbers)) for text in texts], np.int64
    )
    of_set = _group_sets([key if isinstance(key, frozenset) else frozenset((key,)) for key in numbers])
    return of_set[number]


class _SortedWordSets(NamedTuple):
    """Sets from the smallest to the largest, a row each; words in columns from the rarest to the most frequent."""

    matrix: csr_array[np.int64]
    sizes: NDArray[np.int64]


def _group_sets(sets: Sequence[frozenset[str]]) -> NDArray[np.int64]:
    """Give each of some distinct sets the number of its group."""
    order = np.argsort([len(each) for each in sets], kind="stable")
    ordered = _build_sorted_sets([sets[place] for place in order])
    group = np.arange(len(sets))
    for larger, smaller in _find_candidate_pairs(ordered):
        for start, end in _split_into_blocks(ordered.sizes[larger] + ordered.sizes[smaller], _MAX_BLOCK_SIZE):
            ones, others = larger[start:end], smaller[start:end]
            # One pair a set first: what that links need not be compared further. A text may stand there in thousands of
            # versions: 20,000 of them take 13 s and not 60.
            for tried in (np.unique(ones, return_index=True)[1], np.arange(len(ones))):
                apart = tried[group[ones[tried]] != group[others[tried]]]
                group = _join_groups(group, *_keep_similar_pairs(ordered, ones[apart], others[apart]))
    numbered = np.empty_like(group)
    numbered[order] = group
    return _renumber_groups(numbered)


def _build_sorted_sets(sets: Sequence[frozenset[str]]) -> _SortedWordSets:
    numbers: dict[str, int] = {}
    words = np.array([numbers.setdefault(word, len(numbers)) for each in sets for word in each], np.int64)
    sizes = np.array([len(each) for each in sets], np.int64)
    rarity = np.argsort(np.argsort(np.bincount(words), kind="stable"))
    matrix = csr_array(
        (np.ones(len(words), np.int64), rarity[words], np.append(0, np.cumsum(sizes))), shape=(len(sets), len(numbers))
    )
    matrix.sort_indices()
    return _SortedWordSets(matrix, sizes)


def _find_candidate_pairs(sets: _SortedWordSets) -> Iterator[tuple[NDArray[np.int64], NDArray[np.int64]]]:
    """List the pairs that may be nearly the same, those of some sets at a time, the larger (or later) set first.

    Two sets of a >= b words that are nearly the same share at least 4 (a + b) / 9 words, and b is at least 4 a / 5.
    So the larger one shares 4 a / 5 of its words or more, the smaller one 8 b / 9: each may leave out one word less
    than that, its most frequent ones, and both still hold the rarest word that they share.
    """
    sizes = sets.sizes
    of_larger = _keep_rarest_words(sets, sizes + 1 - _ceil_divide(sizes * _MIN_SHARED, _OUT_OF))
    of_smaller = _keep_rarest_words(sets, sizes + 1 - _ceil_divide(sizes * 2 * _MIN_SHARED, _MIN_SHARED + _OUT_OF))
    holders = np.bincount(of_smaller.indices, minlength=of_smaller.shape[1])
    met = np.add.reduceat(holders[of_larger.indices], of_larger.indptr[:-1]) if len(sizes) else sizes
    for start, end in _split_into_blocks(met, _MAX_BLOCK_SIZE):
        first = int(np.searchsorted(sizes * _OUT_OF, sizes[start] * _MIN_SHARED))
        pairs = (of_larger[start:end] @ of_smaller[first:end].T).tocoo()
        larger, smaller = pairs.row.astype(np.int64) + start, pairs.col.astype(np.int64) + first
        may = (smaller < larger) & (sizes[smaller] * _OUT_OF >= sizes[larger] * _MIN_SHARED)
        yield larger[may], smaller[may]


def _keep_rarest_words(sets: _SortedWordSets, n_words: NDArray[np.int64]) -> csr_array[np.int64]:
    """Keep some of the words of each set, the rarest ones."""
    words = sets.matrix
    rank = np.arange(words.nnz) - np.repeat(words.indptr[:-1], sets.sizes)
    kept = rank < np.repeat(n_words, sets.sizes)
    return csr_array((words.data[kept], words.indices[kept], np.append(0, np.cumsum(n_words))), shape=words.shape)


def _keep_similar_pairs(
    sets: _SortedWordSets, ones: NDArray[np.int64], others: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Keep the pairs that are nearly the same."""
    shared: NDArray[np.int64] = sets.matrix[ones].multiply(sets.matrix[others]).sum(axis=1)
    same = shared * (_MIN_SHARED + _OUT_OF) >= (sets.sizes[ones] + sets.sizes[others]) * _MIN_SHARED
    return ones[same], others[same]


def _join_groups(group: NDArray[np.int64], ones: NDArray[np.int64], others: NDArray[np.int64]) -> NDArray[np.int64]:
    """Join the groups of the pairs given."""
    links = coo_array((np.ones(len(ones), np.int8), (group[ones], group[others])), shape=(len(group), len(group)))
    joined: NDArray[np.int64] = connected_components(links, directed=False)[1].astype(np.int64)
    return joined[group]


def _renumber_groups(group: NDArray[np.int64]) -> NDArray[np.int64]:
    _, first, place = np.unique(group, return_index=True, return_inverse=True)
    return np.argsort(np.argsort(first))[place]


def _ceil_divide(total: NDArray[np.int64], parts: int) -> NDArray[np.int64]:
    """Divide and round up."""
    return -(-total // parts)


def _split_into_blocks(costs: NDArray[np.int64], max_cost: int) -> Iterator[tuple[int, int]]:
    """Cut a row of jobs into stretches of about as much work each, from a place up to another."""
    done = np.append(0, np.cumsum(costs))
    start = 0
    while start < len(costs):
        end = max(start + 1, int(np.searchsorted(done, done[start] + max_cost, side="right")) - 1)
        yield start, end
        start = end
