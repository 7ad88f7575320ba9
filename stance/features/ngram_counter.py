"""Count the n-grams of a vocabulary in texts: they are looked up once per distinct word, and summed over each text."""

from __future__ import annotations

from contextlib import suppress
from itertools import count, islice, repeat
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from stance.features.familiarity import compute_known_shares, find_mentions, measure_familiarity
from stance.features.ngrams import CharNgramFinder, WordNgramFinder
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
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from stance.features.ngrams import FeatureSettings, Vocabulary

TEXTS_PER_BATCH = 16_384
"""How many texts are split at once: in larger batches, fewer distinct pieces per text have to be looked up."""

MAX_CACHED_WORDS = 100_000
RETAINED_WORDS = 1 << 16
"""How many words are kept when the cache of words, pieces or n-grams is full."""

_MAX_CACHED_NGRAMS = 1 << 23
_NGRAMS_PER_BLOCK = 1 << 19  # n-grams summed at once; any size from 1 << 15 to 1 << 21 is as fast
_MIN_KNOWN_PIECES, _MAX_KNOWN_PIECES = 1 << 10, 1 << 16

_CACHE_ATTRIBUTES = {
    "_word_of_piece",
    "_id_of_word",
    "_known_pieces",
    "_words_of_known_pieces",
    "_token_symbols",
    "char_ngrams",
    "n_trims",
    "_familiarity",
}


class WordIdBatch(NamedTuple):
    """Texts as ids of cached words: those of text i are `word_ids[offsets[i]:offsets[i + 1]]`."""

    offsets: NDArray[np.int32]
    word_ids: NDArray[np.int32]


class GrowableRaggedArray:
    """Rows of different lengths in one array, to which rows can be appended."""

    def __init__(self, row_capacity: int, value_capacity: int) -> None:
        # Allocated memory costs nothing until it is used, whereas growing an array copies it.
        self._offsets = np.zeros(row_capacity, np.int32)
        self._values = np.empty(value_capacity, np.int32)
        self._n_rows = 0

    def append_rows(self, lengths: NDArray[np.int64], values: NDArray[np.int32]) -> None:
        """Append rows of these lengths, passed as their concatenated values."""
        start, n_rows = int(self._offsets[self._n_rows]), self._n_rows + len(lengths)
        self._offsets = ensure_capacity(self._offsets, n_rows + 1)
        self._values = ensure_capacity(self._values, start + len(values))
        self._offsets[self._n_rows + 1 : n_rows + 1] = start + np.cumsum(lengths)
        self._values[start : start + len(values)] = values
        self._n_rows = n_rows

    def truncate(self, n_rows: int) -> None:
        """Keep the first rows only."""
        self._n_rows = min(self._n_rows, n_rows)

    @property
    def view(self) -> RaggedArray:
        """All rows so far, without a copy."""
        return RaggedArray(self._offsets[: self._n_rows + 1], self._values[: self._offsets[self._n_rows]])


def ensure_capacity(array: NDArray[Any], min_length: int) -> NDArray[Any]:
    """Return an array, copied to a longer one if it is too short; the added elements are uninitialised."""
    if min_length <= len(array):
        return array
    longer = np.empty((max(min_length, 2 * len(array)), *array.shape[1:]), array.dtype)
    longer[: len(array)] = array
    return longer


class NgramCounter:
    """Count the terms of a vocabulary in texts, caching the n-grams of each word.

    Terms are renumbered from the most frequent to the rarest, so that the terms read most often are close to each other
    in memory, which takes a fifth less time than alphabetical order. `word_order` and `char_order` map the renumbered
    word terms and character terms to their indices in the vocabulary.

    Parameters
    ----------
    vocabulary
        The terms to count.
    settings
        The range of n of words and characters.
    """

    def __init__(self, vocabulary: Vocabulary, settings: FeatureSettings) -> None:
        n_word_terms = len(vocabulary.word_terms)
        self.word_order = np.argsort(vocabulary.idf[:n_word_terms], kind="stable")
        self.char_order = np.argsort(vocabulary.idf[n_word_terms:], kind="stable") + n_word_terms
        self._word_finder = WordNgramFinder(
            vocabulary.word_terms, settings.word_ngrams, _invert_permutation(self.word_order)
        )
        self._char_finder = CharNgramFinder(
            vocabulary.char_terms, settings.char_ngrams, _invert_permutation(self.char_order - n_word_terms)
        )
        self._identity_indptr = np.arange(n_word_terms + 1, dtype=np.int32)
        self._reset_cache()

    def _reset_cache(self) -> None:
        self._word_of_piece: dict[str, int] = {}
        self._id_of_word: dict[str, int] = {}
        self._known_pieces: Any = None
        self._words_of_known_pieces = np.zeros(0, np.int32)
        self._token_symbols = GrowableRaggedArray(MAX_CACHED_WORDS, MAX_CACHED_WORDS)
        self.char_ngrams = GrowableRaggedArray(MAX_CACHED_WORDS, _MAX_CACHED_NGRAMS)
        """The character n-grams of each cached word."""
        # Of each cached word: the words in it that the vocabulary knows, partly or wholly, and how many it has.
        self._familiarity = np.empty((MAX_CACHED_WORDS, 2))
        self.n_trims = 0
        """How often the cache was trimmed to `RETAINED_WORDS` words."""

    def __getstate__(self) -> dict[str, Any]:
        return {name: value for name, value in vars(self).items() if name not in _CACHE_ATTRIBUTES}

    def __setstate__(self, state: dict[str, Any]) -> None:
        vars(self).update(state)
        self._reset_cache()

    def encode_batches(self, texts: Any) -> Iterator[WordIdBatch]:
        """Split texts into words and yield their ids, in batches of `TEXTS_PER_BATCH` texts.

        Parameters
        ----------
        texts
            A sequence of strings or an Arrow array of strings.
        """
        for start in range(0, max(len(texts), 1), TEXTS_PER_BATCH):
            n_ngrams = len(self.char_ngrams.view.values)
            if len(self._word_of_piece) > 2 * MAX_CACHED_WORDS or n_ngrams > _MAX_CACHED_NGRAMS:
                self._trim_cache()
            split_texts = split_pieces(texts[start : start + TEXTS_PER_BATCH], self._known_pieces)
            words_of_known = self._words_of_known_pieces[: split_texts.n_known]
            words_of_pieces = np.concatenate([words_of_known, self._encode_pieces(split_texts.new_pieces)])
            yield WordIdBatch(split_texts.offsets, words_of_pieces[split_texts.codes])

    def count_word_ngrams(self, batch: WordIdBatch) -> CsrParts:
        """Count the word n-grams of each text; the columns are in `word_order`."""
        symbols = gather_rows(self._token_symbols.view, batch.word_ids, batch.offsets)
        ngrams = self._word_finder.find_ngrams(symbols)
        max_count = int(np.diff(ngrams.indptr).max(initial=0))
        identity = RaggedArray(self._identity_indptr, self._identity_indptr[:-1])
        return multiply_binary(ngrams, identity, len(self.word_order), int_dtype_for(max_count))

    def measure_known_share(self, batch: WordIdBatch) -> NDArray[np.float64]:
        """Return the share of each text's words that the vocabulary knows, of shape (n_texts,); see `familiarity`."""
        n_words = len(self.char_ngrams.view.indptr) - 1
        words = CsrParts(batch.offsets, batch.word_ids, np.ones(len(batch.word_ids)))
        return compute_known_shares(multiply_dense(words, self._familiarity[:n_words]))

    def count_char_ngrams(self, batch: WordIdBatch) -> Iterator[tuple[int, int, CsrParts]]:
        """Count the character n-grams of each text, in blocks of texts; the columns are in `char_order`.

        This is a third of the time of scoring; what was tried to shorten it:
        docs/explanation/decisions/ngram-counting.md.

        Yields
        ------
        tuple of (int, int, CsrParts)
            The first text of a block, the text after its last one, and its counts.
        """
        offsets, word_ids = batch
        ngrams_of_words = self.char_ngrams.view
        n_ngrams_of_words = np.diff(ngrams_of_words.indptr)
        n_ngrams_before = np.concatenate([[0], np.cumsum(n_ngrams_of_words[word_ids], dtype=np.int64)])[offsets]
        start, n_texts = 0, len(offsets) - 1
        while start < n_texts:
            limit = np.searchsorted(n_ngrams_before, n_ngrams_before[start] + _NGRAMS_PER_BLOCK, side="right") - 1
            stop = max(start + 1, int(limit))
            first_word, end_word = offsets[start], offsets[stop]
            # No n-gram can occur in a text more often than all n-grams together.
            max_count = int(np.diff(n_ngrams_before[start : stop + 1]).max())
            words_of_texts = RaggedArray(offsets[start : stop + 1] - first_word, word_ids[first_word:end_word])
            dtype = int_dtype_for(max_count)
            yield start, stop, multiply_binary(words_of_texts, ngrams_of_words, len(self.char_order), dtype)
            start = stop

    def _encode_pieces(self, pieces: list[str]) -> NDArray[np.int32]:
        """Return the word id of each piece, adding new words to the cache."""
        word_ids = np.fromiter(map(self._word_of_piece.get, pieces, repeat(-1)), np.int32, len(pieces))
        unknown = np.flatnonzero(word_ids < 0)
        if len(unknown):
            unknown_pieces = [pieces[index] for index in unknown.tolist()]
            # A third of unknown pieces are cached words, with a capital letter or at the end of a line.
            words = strip_lower(unknown_pieces)
            new_words = [word for word in dict.fromkeys(words) if word not in self._id_of_word]
            self._id_of_word.update(zip(new_words, count(len(self._id_of_word))))
            self._cache_words(new_words)
            new_ids = list(map(self._id_of_word.__getitem__, words))
            word_ids[unknown] = new_ids
            self._word_of_piece.update(zip(unknown_pieces, new_ids, strict=True))
            self._update_known_pieces()
        return word_ids

    def _cache_words(self, words: list[str]) -> None:
        """Find the n-grams and tokens of new words; a piece with white space inside is cached as one word, too."""
        parts, n_parts = split_words(words)
        padded = pad_words(parts)
        ngrams = self._char_finder.find_ngrams(padded)
        self.char_ngrams.append_rows(np.diff(ngrams.indptr[offsets_from_lengths(np.array(n_parts))]), ngrams.values)
        tokens, part_of_token = find_tokens(padded)
        symbols = self._word_finder.encode_tokens(tokens)
        word_of_part = np.repeat(np.arange(len(words)), n_parts)
        n_tokens = np.bincount(word_of_part[part_of_token], minlength=len(words))
        self._token_symbols.append_rows(n_tokens, symbols)
        familiarity = measure_familiarity(
            np.diff(ngrams.indptr) / self._char_finder.count_possible(padded.lengths),
            symbols > 0,
            part_of_token,
            find_mentions(parts),
        )
        n_before = len(self.char_ngrams.view.indptr) - 1 - len(words)
        self._familiarity = ensure_capacity(self._familiarity, n_before + len(words))
        self._familiarity[n_before : n_before + len(words)] = np.column_stack(
            [np.bincount(word_of_part, column, len(words)) for column in familiarity.T]
        )

    def _update_known_pieces(self) -> None:
        """Pass the earliest pieces, which are the frequent ones, to Arrow, whenever their number has doubled."""
        n_known = max(len(self._words_of_known_pieces), _MIN_KNOWN_PIECES)
        if 2 * n_known <= min(len(self._word_of_piece), _MAX_KNOWN_PIECES):
            import pyarrow as pa

            from stance.arrow_arrays import string_array

            with suppress(UnicodeEncodeError):  # Arrow cannot hold lone surrogates
                self._known_pieces = string_array(islice(self._word_of_piece, _MAX_KNOWN_PIECES), pa.string())
                word_ids = islice(self._word_of_piece.values(), _MAX_KNOWN_PIECES)
                self._words_of_known_pieces = np.fromiter(word_ids, np.int32)

    def _trim_cache(self) -> None:
        """Keep the earliest words, which are the frequent ones."""
        self.n_trims += 1
        self._id_of_word = dict(islice(self._id_of_word.items(), RETAINED_WORDS))
        first_pieces = islice(self._word_of_piece.items(), 2 * RETAINED_WORDS)
        self._word_of_piece = {piece: word_id for piece, word_id in first_pieces if word_id < RETAINED_WORDS}
        self._known_pieces, self._words_of_known_pieces = None, np.zeros(0, np.int32)
        self._token_symbols.truncate(RETAINED_WORDS)
        self.char_ngrams.truncate(RETAINED_WORDS)


def _invert_permutation(order: NDArray[np.int64]) -> NDArray[np.int32]:
    """Return the position of each number in a permutation."""
    position = np.empty(len(order), np.int32)
    position[order] = np.arange(len(order))
    return position
