"""Group texts that repeat each other, so that no text is in the training set while a repetition of it is tested."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from scipy.sparse import coo_array, csr_array
from scipy.sparse.csgraph import connected_components

from stance.metrics.word_sets import separate_quotations
from stance.tables import normalise_text

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterator, Sequence

    from numpy.typing import NDArray

MIN_WORDS_FOR_CONTAINMENT = 6
"""The number of distinct words from which on a text can be contained in another text."""

# Shorter texts must share 4 of 5 of their words (Jaccard similarity), longer ones 3 of 5. So three of 12 words may be
# replaced, and one of 5 may be left out.
_MIN_WORDS_OF_LONGER = 8
_OUT_OF, _MIN_SHARED_SHORT, _MIN_SHARED_LONG = 5, 4, 3

# A text is contained in another if all its pairs of words are, or all but two, in which one word is, for every ten.
_PAIRS_OF_A_WORD, _WORDS_PER_CHANGE = 2, 10

# How many elements of candidate pairs are compared at once; a quarter takes 200 MB less and nearly twice the time.
_MAX_BLOCK_SIZE = 4_000_000


class _LinkRule(NamedTuple):
    """Which pairs of sets are linked, and how many elements of each suffice to find these pairs.

    Attributes
    ----------
    min_shared
        Takes the sizes of the larger and the smaller set of pairs; returns how many elements they must share.
    n_of_larger, n_of_smaller
        Take the sizes of sets; return how many of their rarest elements include one that is in both of two linked sets.
    min_smaller_size
        Takes the size of a larger set; returns the least size of a smaller set that can be linked with it.
    """

    min_shared: Callable[[NDArray[np.int64], NDArray[np.int64]], NDArray[np.int64]]
    n_of_larger: Callable[[NDArray[np.int64]], NDArray[np.int64]]
    n_of_smaller: Callable[[NDArray[np.int64]], NDArray[np.int64]]
    min_smaller_size: Callable[[NDArray[np.int64]], NDArray[np.int64]]


class _SortedSets(NamedTuple):
    """Sets, one per row, from the smallest to the largest; the columns are from the rarest element."""

    matrix: csr_array[np.int64]
    sizes: NDArray[np.int64]
    is_quotation: NDArray[np.bool_]


def group_near_duplicates(texts: Sequence[str]) -> NDArray[np.int64]:
    """Group texts with nearly the same words.

    Two texts are linked if the Jaccard similarity of their sets of words is at least .6, or .8 if one has fewer than 8
    words, and groups are the connected components of these links. Texts of one to three words must have the same words.
    Texts without words (emoji, a link) are linked if they are equal except for white space. Quoted text does not count,
    but a text that quotes and adds fewer than 8 words ("I agree") must be equal, too. All links are found; none is
    random.

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
    keys = map(_get_comparison_key, texts)
    set_of_text = np.array([index_of.setdefault(key, len(index_of)) for key in keys], np.int64)
    sets = [key if isinstance(key, frozenset) else frozenset((key,)) for key in index_of]
    return _group_sets(sets, _NEAR_DUPLICATE)[set_of_text]


def _get_comparison_key(text: str) -> frozenset[str] | str:
    """Return the words by which a text is compared with others, or the text itself if it must be equal to them."""
    own, quotations = separate_quotations(text)
    words = frozenset(own)
    return words if words and not (quotations and len(words) < _MIN_WORDS_OF_LONGER) else normalise_text(text)


def group_contained_texts(texts: Sequence[str]) -> NDArray[np.int64]:
    r"""Group texts with those that contain or quote them.

    Two texts are linked if one has at least 6 distinct words and the other has its pairs of neighbouring words; for
    every ten pairs, two may be missing, as if one word were replaced. Single words would link a short text of frequent
    words to many long ones. A text is also linked to the texts that it quotes, wholly or in part, but not to others
    that quote the same. Groups are the connected components of these links.

    Returns
    -------
    ndarray of shape (n_texts,)
        The group of each text, numbered from 0 by first occurrence.

    Examples
    --------
    >>> quoted = "They will leave the bloc next year."
    >>> group_contained_texts([quoted, "no", f"> {quoted}\nyes", f"As I said: {quoted} Wait and see."])
    array([0, 1, 0, 0])
    """
    index_of: dict[tuple[frozenset[Hashable], bool], int] = {}
    text_of_link, set_of_link = [], []
    for index, text in enumerate(texts):
        own, quotations = separate_quotations(text)
        # What a reply adds in a few words, such as "I agree", links it to no other text.
        is_comparable = bool(own) and (not quotations or len(set(own)) >= MIN_WORDS_FOR_CONTAINMENT)
        keys = [(own, False)] * is_comparable + [(words, True) for words in quotations]
        text_of_link += [index] * len(keys)
        set_of_link += [
            index_of.setdefault((_pair_words(words), is_quoted), len(index_of)) for words, is_quoted in keys
        ]
    is_quotation = np.array([is_quoted for _, is_quoted in index_of], np.bool_)
    group_of_set = _group_sets([pairs for pairs, _ in index_of], _CONTAINED, is_quotation)
    has_own_kept = np.zeros(len(index_of), np.bool_)
    has_own_kept[group_of_set[~is_quotation]] = True
    group_of_link = group_of_set[np.array(set_of_link, np.int64)]
    is_link = has_own_kept[group_of_link]  # what only replies quote does not link them
    linked_texts, linked_groups = np.array(text_of_link, np.int64)[is_link], group_of_link[is_link] + len(texts)
    # A text is numbered before any group, so that groups are numbered by their first text.
    return _join_groups(np.arange(len(texts) + len(index_of)), linked_texts, linked_groups)[: len(texts)]


def _pair_words(words: tuple[str, ...]) -> frozenset[Hashable]:
    """Return the pairs of neighbouring words; of a text that is too short to be contained, its set of words as one."""
    distinct = frozenset(words)
    return frozenset(pairwise(words)) if len(distinct) >= MIN_WORDS_FOR_CONTAINMENT else frozenset((distinct,))


def _group_sets(
    sets: Sequence[frozenset[Hashable]], rule: _LinkRule, is_quotation: NDArray[np.bool_] | None = None
) -> NDArray[np.int64]:
    """Return the group of each distinct set, numbered by first occurrence; two quotations are not linked."""
    order = np.argsort([len(words) for words in sets], kind="stable")
    if is_quotation is None:
        is_quotation = np.zeros(len(sets), np.bool_)
    sorted_sets = _build_sorted_sets([sets[index] for index in order], is_quotation[order])
    group_of_sorted = np.arange(len(sets))
    for larger, smaller in _find_candidate_pairs(sorted_sets, rule):
        costs = sorted_sets.sizes[larger] + sorted_sets.sizes[smaller]
        for start, end in _split_into_blocks(costs, _MAX_BLOCK_SIZE):
            first, second = larger[start:end], smaller[start:end]
            # Compare one pair per set first: sets in one group need not be compared again. With 20,000 variants of one
            # text this takes 13 s instead of 60.
            for pairs in (np.unique(first, return_index=True)[1], np.arange(len(first))):
                ungrouped = pairs[group_of_sorted[first[pairs]] != group_of_sorted[second[pairs]]]
                links = _keep_linked_pairs(sorted_sets, rule, first[ungrouped], second[ungrouped])
                group_of_sorted = _join_groups(group_of_sorted, *links)
    group_of_set = np.empty_like(group_of_sorted)
    group_of_set[order] = group_of_sorted
    return _renumber_groups(group_of_set)


def _build_sorted_sets(sets: Sequence[frozenset[Hashable]], is_quotation: NDArray[np.bool_]) -> _SortedSets:
    index_of: dict[Hashable, int] = {}
    elements = np.array([index_of.setdefault(element, len(index_of)) for one in sets for element in one], np.int64)
    sizes = np.array([len(one) for one in sets], np.int64)
    frequency_rank = np.argsort(np.argsort(np.bincount(elements), kind="stable"))
    matrix = csr_array(
        (np.ones(len(elements), np.int64), frequency_rank[elements], np.append(0, np.cumsum(sizes))),
        shape=(len(sets), len(index_of)),
    )
    matrix.sort_indices()
    return _SortedSets(matrix, sizes, is_quotation)


def _find_candidate_pairs(sets: _SortedSets, rule: _LinkRule) -> Iterator[tuple[NDArray[np.int64], NDArray[np.int64]]]:
    """Yield the pairs of sets that may be linked in blocks, the larger (or later) set of each pair first.

    Linked sets share at least n elements. Each may drop n - 1 elements, its most frequent ones, and both still contain
    the rarest that they share.
    """
    sizes = sets.sizes
    of_larger = _keep_rarest(sets, rule.n_of_larger(sizes))
    of_smaller = _keep_rarest(sets, rule.n_of_smaller(sizes))
    n_sets_with = np.bincount(of_smaller.indices, minlength=of_smaller.shape[1])
    n_candidates = np.bincount(
        np.repeat(np.arange(len(sizes)), np.diff(of_larger.indptr)),
        n_sets_with[of_larger.indices],
        minlength=len(sizes),
    ).astype(np.int64)
    min_sizes = rule.min_smaller_size(sizes)
    for start, end in _split_into_blocks(n_candidates, _MAX_BLOCK_SIZE):
        first = int(np.searchsorted(sizes, min_sizes[start]))
        pairs = (of_larger[start:end] @ of_smaller[first:end].T).tocoo()
        larger, smaller = pairs.row.astype(np.int64) + start, pairs.col.astype(np.int64) + first
        is_candidate = (smaller < larger) & (sizes[smaller] >= min_sizes[larger])
        is_candidate &= ~(sets.is_quotation[larger] & sets.is_quotation[smaller])
        yield larger[is_candidate], smaller[is_candidate]


def _keep_rarest(sets: _SortedSets, n_kept: NDArray[np.int64]) -> csr_array[np.int64]:
    """Keep the `n_kept` rarest elements of each set."""
    matrix = sets.matrix
    rank = np.arange(matrix.nnz) - np.repeat(matrix.indptr[:-1], sets.sizes)
    is_kept = rank < np.repeat(n_kept, sets.sizes)
    indptr = np.append(0, np.cumsum(n_kept))
    return csr_array((matrix.data[is_kept], matrix.indices[is_kept], indptr), shape=matrix.shape)


def _keep_linked_pairs(
    sets: _SortedSets, rule: _LinkRule, larger: NDArray[np.int64], smaller: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    n_shared: NDArray[np.int64] = sets.matrix[larger].multiply(sets.matrix[smaller]).sum(axis=1)
    is_linked = n_shared >= rule.min_shared(sets.sizes[larger], sets.sizes[smaller])
    return larger[is_linked], smaller[is_linked]


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


def _count_missing_pairs(n_pairs: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return how many pairs of a contained text may be missing in the text that contains it."""
    return _PAIRS_OF_A_WORD * ((n_pairs + 1) // _WORDS_PER_CHANGE)


def _ceil_divide(total: NDArray[np.int64], parts: NDArray[np.int64] | int) -> NDArray[np.int64]:
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


def _get_min_shared(sizes: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return how many of `_OUT_OF` words must be shared, given the size of the smaller set."""
    return np.where(sizes < _MIN_WORDS_OF_LONGER, _MIN_SHARED_SHORT, _MIN_SHARED_LONG)


# Two sets of a >= b words with a Jaccard similarity of s / t share at least s (a + b) / (s + t) words, and b is at
# least s a / t. So the larger one shares at least s a / t of its words, and the smaller one 2 s b / (s + t).
_NEAR_DUPLICATE = _LinkRule(
    min_shared=lambda larger, smaller: _ceil_divide(
        (larger + smaller) * _get_min_shared(smaller), _get_min_shared(smaller) + _OUT_OF
    ),
    n_of_larger=lambda sizes: sizes + 1 - _ceil_divide(sizes * _get_min_shared(sizes), _OUT_OF),
    n_of_smaller=lambda sizes: (
        sizes + 1 - _ceil_divide(sizes * 2 * _get_min_shared(sizes), _get_min_shared(sizes) + _OUT_OF)
    ),
    min_smaller_size=lambda sizes: _ceil_divide(sizes * _get_min_shared(sizes), _OUT_OF),
)

# What is shared may be any part of the larger set.
_CONTAINED = _LinkRule(
    min_shared=lambda _, smaller: smaller - _count_missing_pairs(smaller),
    n_of_larger=lambda sizes: sizes,
    n_of_smaller=lambda sizes: 1 + _count_missing_pairs(sizes),
    min_smaller_size=np.ones_like,
)
