"""How often each known n-gram occurs in each text: those of its words, found once a distinct word, added up."""

from __future__ import annotations

from contextlib import suppress
from itertools import count, islice, repeat
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from stance.features.ngrams import CharNgramFinder, WordNgramFinder
from stance.features.sparse_kernels import CsrParts, multiply_binary
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
"""How many texts are cut up at once: the more, the fewer distinct pieces a text there are to look up."""

_NGRAMS_PER_BLOCK = 1 << 19  # n-grams added up at once; from 1 << 15 to 1 << 21 it makes no difference
MAX_CACHED_WORDS = 100_000
RETAINED_WORDS = 1 << 16
"""How many words are kept when there are more than that, in twice as many spellings, or no room for their n-grams."""

_MAX_CACHED_NGRAMS = 1 << 23
_MIN_KNOWN_PIECES, _MAX_KNOWN_PIECES = 1 << 10, 1 << 16


class WordIdBatch(NamedTuple):
    """Texts as known words: those of text i are `word_ids[offsets[i]:offsets[i + 1]]`."""

    offsets: NDArray[np.int32]
    word_ids: NDArray[np.int32]


class GrowableRaggedArray:
    """Rows of different lengths in one array, to which more can be added."""

    def __init__(self, row_capacity: int, value_capacity: int) -> None:
        # Memory that is only set aside costs nothing until it is used; to grow costs a copy.
        self._ends = np.zeros(row_capacity, np.int32)
        self._values = np.empty(value_capacity, np.int32)
        self._n_rows = 0

    def append_rows(self, lengths: NDArray[np.int64], values: NDArray[np.int32]) -> None:
        """Add rows of the given lengths, their values one row after another."""
        start, n = int(self._ends[self._n_rows]), self._n_rows + len(lengths)
        self._ends = ensure_capacity(self._ends, n + 1)
        self._values = ensure_capacity(self._values, start + len(values))
        self._ends[self._n_rows + 1 : n + 1] = start + np.cumsum(lengths)
        self._values[start : start + len(values)] = values
        self._n_rows = n

    def truncate(self, n_rows: int) -> None:
        """Keep the first rows only."""
        self._n_rows = min(self._n_rows, n_rows)

    @property
    def view(self) -> RaggedArray:
        """All rows so far."""
        return RaggedArray(self._ends[: self._n_rows + 1], self._values[: self._ends[self._n_rows]])


def ensure_capacity(array: NDArray[Any], min_length: int) -> NDArray[Any]:
    """Make an array longer if it must hold more; what is new in it is not set."""
    if min_length <= len(array):
        return array
    grown = np.empty((max(min_length, 2 * len(array)), *array.shape[1:]), array.dtype)
    grown[: len(array)] = array
    return grown


class NgramCounter:
    """Count the terms of a vocabulary in texts, remembering the words it has met.

    The terms of each block are numbered from the most frequent to the rarest, so that what is read most often lies
    together in memory (a fifth less time than in alphabetical order). `word_order` and `char_order` hold their places
    in the vocabulary.
    """

    def __init__(self, vocabulary: Vocabulary, settings: FeatureSettings) -> None:
        n_words = len(vocabulary.word_terms)
        self.word_order = np.argsort(vocabulary.idf[:n_words], kind="stable")
        self.char_order = np.argsort(vocabulary.idf[n_words:], kind="stable") + n_words
        self._word_finder = WordNgramFinder(
            vocabulary.word_terms, settings.word_ngrams, _invert_permutation(self.word_order)
        )
        self._char_finder = CharNgramFinder(
            vocabulary.char_terms, settings.char_ngrams, _invert_permutation(self.char_order - n_words)
        )
        self._identity_indptr = np.arange(n_words + 1, dtype=np.int32)
        self._reset_cache()

    def _reset_cache(self) -> None:
        self._pieces: dict[str, int] = {}
        self._words_met: dict[str, int] = {}
        self._familiar: Any = None
        self._familiar_ids = np.zeros(0, np.int32)
        self._tokens = GrowableRaggedArray(MAX_CACHED_WORDS, MAX_CACHED_WORDS)
        self.ngrams = GrowableRaggedArray(MAX_CACHED_WORDS, _MAX_CACHED_NGRAMS)
        """The character n-grams of each word met, numbered in the order they were met in."""
        self.times_forgotten = 0

    def __getstate__(self) -> dict[str, Any]:
        remembered = {"_pieces", "_words_met", "_familiar", "_familiar_ids", "_tokens", "ngrams", "times_forgotten"}
        return {name: value for name, value in vars(self).items() if name not in remembered}

    def __setstate__(self, state: dict[str, Any]) -> None:
        vars(self).update(state)
        self._reset_cache()

    def encode_batches(self, texts: Any) -> Iterator[WordIdBatch]:
        """Cut texts (a sequence of strings or an Arrow array) into known words, thousands at a time."""
        for start in range(0, max(len(texts), 1), TEXTS_PER_BATCH):
            if len(self._pieces) > 2 * MAX_CACHED_WORDS or len(self.ngrams.view.values) > _MAX_CACHED_NGRAMS:
                self._trim_cache()
            offsets, codes, n_familiar, others = split_pieces(texts[start : start + TEXTS_PER_BATCH], self._familiar)
            ids = np.concatenate([self._familiar_ids[:n_familiar], self._encode_pieces(others)])
            yield WordIdBatch(offsets, ids[codes])

    def count_word_ngrams(self, batch: WordIdBatch) -> CsrParts:
        """Count the word n-grams of texts; columns in `word_order`."""
        symbols = gather_rows(self._tokens.view, batch.word_ids, batch.offsets)
        found = self._word_finder.find_ngrams(symbols)
        most = int(np.diff(found.indptr).max(initial=0))
        return multiply_binary(
            found,
            RaggedArray(self._identity_indptr, self._identity_indptr[:-1]),
            len(self.word_order),
            int_dtype_for(most),
        )

    def count_char_ngrams(self, batch: WordIdBatch) -> Iterator[tuple[int, int, CsrParts]]:
        """Count the character n-grams of some texts after others: from which, up to which, columns in `char_order`."""
        # This is a third of the time of scoring, 3.3 microseconds a comment. The 96 commonest n-grams as rows of a
        # dense table, and only the others here: 2.8, for twice the code. Integers of 32 bits: a tenth more. Each word
        # of a text once, with how often it occurs: no gain.
        offsets, ids = batch
        rows = self.ngrams.view
        entries = np.concatenate([[0], np.cumsum(np.diff(rows.indptr)[ids], dtype=np.int64)])[offsets]
        start, n_texts = 0, len(offsets) - 1
        while start < n_texts:
            fits = np.searchsorted(entries, entries[start] + _NGRAMS_PER_BLOCK, side="right") - 1
            stop = max(start + 1, int(fits))
            begin, end = offsets[start], offsets[stop]
            # No n-gram can occur more often in a text than all of them together.
            most = int(np.diff(entries[start : stop + 1]).max())
            texts = RaggedArray(offsets[start : stop + 1] - begin, ids[begin:end])
            yield start, stop, multiply_binary(texts, rows, len(self.char_order), int_dtype_for(most))
            start = stop

    def _encode_pieces(self, pieces: list[str]) -> NDArray[np.int32]:
        """Give each piece the number of its word, learning those never met."""
        ids = np.fromiter(map(self._pieces.get, pieces, repeat(-1)), np.int32, len(pieces))
        unknown = np.flatnonzero(ids < 0)
        if len(unknown):
            new = [pieces[place] for place in unknown.tolist()]
            # A third of new pieces are old words, with a capital letter or at the end of a line.
            words = strip_lower(new)
            unmet = [word for word in dict.fromkeys(words) if word not in self._words_met]
            self._words_met.update(zip(unmet, count(len(self._words_met))))
            self._cache_words(unmet)
            of_new = list(map(self._words_met.__getitem__, words))
            ids[unknown] = of_new
            self._pieces.update(zip(new, of_new, strict=True))
            self._update_known_pieces()
        return ids

    def _cache_words(self, words: list[str]) -> None:
        """Find the n-grams and tokens of words; some hold white space, and are several."""
        parts, n_parts = split_words(words)
        alone = pad_words(parts)
        found = self._char_finder.find_ngrams(alone)
        self.ngrams.append_rows(np.diff(found.indptr[offsets_from_lengths(np.array(n_parts))]), found.values)
        listed, part = find_tokens(alone)
        n_tokens = np.bincount(np.repeat(np.arange(len(words)), n_parts)[part], minlength=len(words))
        self._tokens.append_rows(n_tokens, self._word_finder.encode_tokens(listed))

    def _update_known_pieces(self) -> None:
        """Hand the pieces met first, which are the common ones, to Arrow, twice as many as before each time."""
        n_familiar = max(len(self._familiar_ids), _MIN_KNOWN_PIECES)
        if 2 * n_familiar <= min(len(self._pieces), _MAX_KNOWN_PIECES):
            import pyarrow as pa

            from stance.arrow_arrays import string_array

            with suppress(UnicodeEncodeError):  # halves of letters cannot be held by Arrow
                self._familiar = string_array(islice(self._pieces, _MAX_KNOWN_PIECES), pa.string())
                self._familiar_ids = np.fromiter(islice(self._pieces.values(), _MAX_KNOWN_PIECES), np.int32)

    def _trim_cache(self) -> None:
        """Keep the words met first, which are the common ones."""
        self.times_forgotten += 1
        self._words_met = dict(islice(self._words_met.items(), RETAINED_WORDS))
        first = islice(self._pieces.items(), 2 * RETAINED_WORDS)
        self._pieces = {piece: number for piece, number in first if number < RETAINED_WORDS}
        self._familiar, self._familiar_ids = None, np.zeros(0, np.int32)
        self._tokens.truncate(RETAINED_WORDS)
        self.ngrams.truncate(RETAINED_WORDS)


def _invert_permutation(order: NDArray[np.int64]) -> NDArray[np.int32]:
    """Give the place of each number in an order."""
    place = np.empty(len(order), np.int32)
    place[order] = np.arange(len(order))
    return place
