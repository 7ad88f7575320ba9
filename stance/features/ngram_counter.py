"""How often each known n-gram occurs in each text: those of its words, found once a distinct word, added up."""

from __future__ import annotations

from contextlib import suppress
from itertools import count, islice, repeat
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from stance.features.ngrams import CharLookup, WordLookup
from stance.features.sparse_kernels import Csr, multiply
from stance.features.tokens import Rows, cut, from_zero, gather, holding, padded, small, split, tokens

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from stance.features.ngrams import FeatureSettings, Vocabulary

BATCH_TEXTS = 16_384
"""How many texts are cut up at once: the more, the fewer distinct pieces a text there are to look up."""

_BLOCK_ENTRIES = 1 << 19  # n-grams added up at once; from 1 << 15 to 1 << 21 it makes no difference
MOST_WORDS = 100_000
LASTING_WORDS = 1 << 16
"""How many words are kept when there are more than that, in twice as many spellings, or no room for their n-grams."""

_MOST_ENTRIES = 1 << 23
_FEWEST_FAMILIAR, _MOST_FAMILIAR = 1 << 10, 1 << 16


class Batch(NamedTuple):
    """Texts as known words: those of text i are `ids[offsets[i]:offsets[i + 1]]`."""

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

    def cut_off(self, n: int) -> None:
        """Keep the first rows only."""
        self._n = min(self._n, n)

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
    """Count the terms of a vocabulary in texts, remembering the words it has met.

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
        self._remember_nothing()

    def _remember_nothing(self) -> None:
        self._pieces: dict[str, int] = {}
        self._words_met: dict[str, int] = {}
        self._familiar: Any = None
        self._familiar_ids = np.zeros(0, np.int32)
        self._tokens = Ragged(MOST_WORDS, MOST_WORDS)
        self.ngrams = Ragged(MOST_WORDS, _MOST_ENTRIES)
        """The character n-grams of each word met, numbered in the order they were met in."""
        self.times_forgotten = 0

    def __getstate__(self) -> dict[str, Any]:
        remembered = {"_pieces", "_words_met", "_familiar", "_familiar_ids", "_tokens", "ngrams", "times_forgotten"}
        return {name: value for name, value in vars(self).items() if name not in remembered}

    def __setstate__(self, state: dict[str, Any]) -> None:
        vars(self).update(state)
        self._remember_nothing()

    def batches(self, texts: Any) -> Iterator[Batch]:
        """Cut texts (a sequence of strings or an Arrow array) into known words, thousands at a time."""
        for start in range(0, max(len(texts), 1), BATCH_TEXTS):
            if len(self._pieces) > 2 * MOST_WORDS or len(self.ngrams.rows.values) > _MOST_ENTRIES:
                self._forget()
            offsets, codes, n_familiar, others = cut(texts[start : start + BATCH_TEXTS], self._familiar)
            ids = np.concatenate([self._familiar_ids[:n_familiar], self._identify(others)])
            yield Batch(offsets, ids[codes])

    def word_counts(self, batch: Batch) -> Csr:
        """Count the word n-grams of texts; columns in `word_order`."""
        symbols = gather(self._tokens.rows, batch.ids, batch.offsets)
        found = self._words.find(symbols)
        most = int(np.diff(found.indptr).max(initial=0))
        return multiply(found, Rows(self._each_word, self._each_word[:-1]), len(self.word_order), holding(most))

    def char_counts(self, batch: Batch) -> Iterator[tuple[int, int, Csr]]:
        """Count the character n-grams of some texts after others: from which, up to which, columns in `char_order`."""
        # This is a third of the time of scoring, 3.3 microseconds a comment. The 96 commonest n-grams as rows of a
        # dense table, and only the others here: 2.8, for twice the code. Integers of 32 bits: a tenth more. Each word
        # of a text once, with how often it occurs: no gain.
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
        """Give each piece the number of its word, learning those never met."""
        ids = np.fromiter(map(self._pieces.get, pieces, repeat(-1)), np.int32, len(pieces))
        unknown = np.flatnonzero(ids < 0)
        if len(unknown):
            new = [pieces[place] for place in unknown.tolist()]
            # A third of new pieces are old words, with a capital letter or at the end of a line.
            words = small(new)
            unmet = [word for word in dict.fromkeys(words) if word not in self._words_met]
            self._words_met.update(zip(unmet, count(len(self._words_met))))
            self._learn(unmet)
            of_new = list(map(self._words_met.__getitem__, words))
            ids[unknown] = of_new
            self._pieces.update(zip(new, of_new, strict=True))
            self._familiarise()
        return ids

    def _learn(self, words: list[str]) -> None:
        """Find the n-grams and tokens of words; some hold white space, and are several."""
        parts, n_parts = split(words)
        alone = padded(parts)
        found = self._chars.find(alone)
        self.ngrams.append(np.diff(found.indptr[from_zero(np.array(n_parts))]), found.values)
        listed, part = tokens(alone)
        n_tokens = np.bincount(np.repeat(np.arange(len(words)), n_parts)[part], minlength=len(words))
        self._tokens.append(n_tokens, self._words.symbols(listed))

    def _familiarise(self) -> None:
        """Hand the pieces met first, which are the common ones, to Arrow, twice as many as before each time."""
        n_familiar = max(len(self._familiar_ids), _FEWEST_FAMILIAR)
        if 2 * n_familiar <= min(len(self._pieces), _MOST_FAMILIAR):
            import pyarrow as pa

            from stance.arrow_arrays import string_array

            with suppress(UnicodeEncodeError):  # halves of letters cannot be held by Arrow
                self._familiar = string_array(islice(self._pieces, _MOST_FAMILIAR), pa.string())
                self._familiar_ids = np.fromiter(islice(self._pieces.values(), _MOST_FAMILIAR), np.int32)

    def _forget(self) -> None:
        """Keep the words met first, which are the common ones."""
        self.times_forgotten += 1
        self._words_met = dict(islice(self._words_met.items(), LASTING_WORDS))
        first = islice(self._pieces.items(), 2 * LASTING_WORDS)
        self._pieces = {piece: number for piece, number in first if number < LASTING_WORDS}
        self._familiar, self._familiar_ids = None, np.zeros(0, np.int32)
        self._tokens.cut_off(LASTING_WORDS)
        self.ngrams.cut_off(LASTING_WORDS)


def _inverse(order: NDArray[np.int64]) -> NDArray[np.int32]:
    """Give the place of each number in an order."""
    place = np.empty(len(order), np.int32)
    place[order] = np.arange(len(order))
    return place
