"""How often each known n-gram occurs in each text: those of its words, found once a distinct word, added up."""

from __future__ import annotations

from contextlib import suppress
from itertools import islice, repeat
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from stance.kernels import Csr, multiply
from stance.ngrams import CharLookup, WordLookup
from stance.words import Rows, cut, from_zero, gather, holding, lower, padded, split, tokens

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from stance.ngrams import FeatureSettings, Vocabulary

BATCH_TEXTS = 16_384
"""How many texts are cut up at once: the more, the fewer distinct pieces a text there are to look up."""

_BLOCK_ENTRIES = 1 << 19  # n-grams added up at once; from 1 << 15 to 1 << 21 it makes no difference
_MOST_PIECES = 200_000
_MOST_ENTRIES = 1 << 23
_FEWEST_FAMILIAR, _MOST_FAMILIAR = 1 << 10, 1 << 16


class Batch(NamedTuple):
    """Texts as known pieces: those of text i are `ids[offsets[i]:offsets[i + 1]]`."""

    offsets: NDArray[np.int32]
    ids: NDArray[np.int32]


class Ragged:
    """Rows of different lengths in one array, to which more can be added."""

    def __init__(self, rows: int, values: int) -> None:
        # Memory that is only set aside costs nothing until it is used; to grow costs a copy.
        self._ends = np.zeros(rows, np.int32)
        self._values = np.empty(values, np.int32)
        self._n = 0

    def append(self, lengths: NDArray[np.int64], values: NDArray[np.int32]) -> None:
        """Add rows of the given lengths, their values one row after another."""
        start, n = int(self._ends[self._n]), self._n + len(lengths)
        self._ends = with_room(self._ends, n + 1)
        self._values = with_room(self._values, start + len(values))
        self._ends[self._n + 1 : n + 1] = start + np.cumsum(lengths)
        self._values[start : start + len(values)] = values
        self._n = n

    @property
    def rows(self) -> Rows:
        """All rows so far."""
        return Rows(self._ends[: self._n + 1], self._values[: self._ends[self._n]])


def with_room(array: NDArray[Any], needed: int) -> NDArray[Any]:
    """Make an array longer if it must hold more; what is new in it is not set."""
    if needed <= len(array):
        return array
    grown = np.empty((max(needed, 2 * len(array)), *array.shape[1:]), array.dtype)
    grown[: len(array)] = array
    return grown


class Counter:
    """Count the terms of a vocabulary in texts, remembering the pieces it has met.

    The terms of each block are numbered from the most frequent to the rarest, so that what is read most often lies
    together in memory (a fifth less time than in alphabetical order). `word_order` and `char_order` hold their places
    in the vocabulary.
    """

    def __init__(self, vocabulary: Vocabulary, settings: FeatureSettings) -> None:
        n_words = len(vocabulary.words)
        self.word_order = np.argsort(vocabulary.idf[:n_words], kind="stable")
        self.char_order = np.argsort(vocabulary.idf[n_words:], kind="stable") + n_words
        self._words = WordLookup(vocabulary.words, settings.word_ngrams, _inverse(self.word_order))
        self._chars = CharLookup(vocabulary.chars, settings.char_ngrams, _inverse(self.char_order - n_words))
        self._each_word = np.arange(n_words + 1, dtype=np.int32)
        self.times_forgotten = -1
        self._forget()

    def _forget(self) -> None:
        self._ids: dict[str, int] = {}
        self._familiar: Any = None
        self._tokens = Ragged(_MOST_PIECES, _MOST_PIECES)
        self.ngrams = Ragged(_MOST_PIECES, _MOST_ENTRIES)
        """The character n-grams of each piece met since pieces were last forgotten."""
        self.times_forgotten += 1

    def batches(self, texts: Any) -> Iterator[Batch]:
        """Cut texts (a sequence of strings or an Arrow array) into known pieces, thousands at a time."""
        for start in range(0, max(len(texts), 1), BATCH_TEXTS):
            if len(self._ids) > _MOST_PIECES or len(self.ngrams.rows.values) > _MOST_ENTRIES:
                self._forget()
            offsets, codes, n_familiar, others = cut(texts[start : start + BATCH_TEXTS], self._familiar)
            ids = np.concatenate([np.arange(n_familiar, dtype=np.int32), self._identify(others)])
            yield Batch(offsets, ids[codes])

    def word_counts(self, batch: Batch) -> Csr:
        """Count the word n-grams of texts; columns in `word_order`."""
        symbols = gather(self._tokens.rows, batch.ids, batch.offsets)
        found = self._words.find(symbols)
        most = int(np.diff(found.indptr).max(initial=0))
        return multiply(found, Rows(self._each_word, self._each_word[:-1]), len(self.word_order), holding(most))

    def char_counts(self, batch: Batch) -> Iterator[tuple[int, int, Csr]]:
        """Count the character n-grams of some texts after others: from which, up to which, columns in `char_order`."""
        offsets, ids = batch
        rows = self.ngrams.rows
        entries = np.concatenate([[0], np.cumsum(np.diff(rows.indptr)[ids], dtype=np.int64)])[offsets]
        start, n_texts = 0, len(offsets) - 1
        while start < n_texts:
            fits = np.searchsorted(entries, entries[start] + _BLOCK_ENTRIES, side="right") - 1
            stop = max(start + 1, int(fits))
            begin, end = offsets[start], offsets[stop]
            # No n-gram can occur more often in a text than all of them together.
            most = int(np.diff(entries[start : stop + 1]).max())
            texts = Rows(offsets[start : stop + 1] - begin, ids[begin:end])
            yield start, stop, multiply(texts, rows, len(self.char_order), holding(most))
            start = stop

    def _identify(self, pieces: list[str]) -> NDArray[np.int32]:
        """Give each piece its number, learning those never met."""
        known = self._ids
        ids = np.fromiter(map(known.get, pieces, repeat(-1)), np.int32, len(pieces))
        unknown = np.flatnonzero(ids < 0)
        if len(unknown):
            new = [pieces[place] for place in unknown.tolist()]
            ids[unknown] = np.arange(len(known), len(known) + len(new))
            known.update(zip(new, range(len(known), len(known) + len(new)), strict=True))
            self._learn(new)
            self._familiarise()
        return ids

    def _familiarise(self) -> None:
        """Hand the pieces met first, which are the common ones, to Arrow, twice as many as before each time."""
        n_familiar = len(self._familiar) if self._familiar is not None else _FEWEST_FAMILIAR
        if 2 * n_familiar <= min(len(self._ids), _MOST_FAMILIAR):
            import pyarrow as pa

            with suppress(UnicodeEncodeError):  # halves of letters cannot be held by Arrow
                self._familiar = pa.array(islice(self._ids, _MOST_FAMILIAR), pa.string())

    def _learn(self, pieces: list[str]) -> None:
        words, n_words = split(pieces)
        piece = np.repeat(np.arange(len(pieces)), n_words)
        small = padded(lower(words))
        found = self._chars.find(small)
        begins = from_zero(np.array(n_words))
        self.ngrams.append(np.diff(found.indptr[begins]), found.values)
        in_piece, word = tokens(small)
        self._tokens.append(np.bincount(piece[word], minlength=len(pieces)), self._words.symbols(in_piece))


def _inverse(order: NDArray[np.int64]) -> NDArray[np.int32]:
    """Give the place of each number in an order."""
    place = np.empty(len(order), np.int32)
    place[order] = np.arange(len(order))
    return place
