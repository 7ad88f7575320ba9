r"""Texts -> words: cut up, lower-cased, padded, and looked at once however often they occur.

What counts as a term is what scikit-learn's TfidfVectorizer counts: n-grams of the tokens `\b\w\w+\b`, and n-grams of
characters inside words that are padded with blanks (`char_wb`), all in lower case. Words here are what `str.split`
leaves, and neither a token nor an n-gram of characters lies across two of them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

PURE_PYTHON_MAX_TEXTS = 64
"""Up to here Python splits texts sooner than Arrow's compute functions load."""


class RaggedArray(NamedTuple):
    """Some numbers for each of several things: those of thing i from `indptr[i]` to `indptr[i + 1]`."""

    indptr: NDArray[np.int32]
    values: NDArray[np.int32]


def group_matches(matches: NDArray[np.int32], offsets: NDArray[np.int32]) -> RaggedArray:
    """Gather the terms that were found in each unit."""
    known = matches >= 0
    return RaggedArray(offsets_from_lengths(known.ravel())[offsets * matches.shape[1]], matches[known])


def offsets_from_lengths(lengths: NDArray[Any]) -> NDArray[np.int32]:
    """Give where things of the given lengths begin, and where the last one ends."""
    ends = np.zeros(len(lengths) + 1, np.int32)
    np.cumsum(lengths, out=ends[1:])
    return ends


def gather_rows(ragged: RaggedArray, row_ids: NDArray[Any], offsets: NDArray[Any]) -> RaggedArray:
    """Concatenate rows: row i of the result holds the rows `row_ids[offsets[i]:offsets[i + 1]]`."""
    lengths = np.diff(ragged.indptr)[row_ids]
    to = offsets_from_lengths(lengths)
    places = np.repeat(ragged.indptr[row_ids] - to[:-1], lengths) + np.arange(to[-1], dtype=np.int32)
    return RaggedArray(to[offsets], ragged.values[places])


def int_dtype_for(max_value: int) -> type[np.signedinteger[Any]]:
    """Choose the integers that counts up to a number fit in; small ones are added up sooner."""
    return np.int16 if max_value <= np.iinfo(np.int16).max else np.int32


class SplitTexts(NamedTuple):
    """Texts cut up: those of text i have the codes from `offsets[i]` to `offsets[i + 1]`.

    A piece is what stands up to a blank or a line break, this included. Where there is other white space it holds
    several words, where there is nothing but white space none. Codes below `n_known` are places in what was given as
    familiar, the next ones places in `new_pieces`.
    """

    offsets: NDArray[np.int32]
    codes: NDArray[np.int32]
    n_known: int
    new_pieces: list[str]


def split_pieces(texts: Any, known_pieces: Any = None) -> SplitTexts:
    """Cut texts into pieces that occur again and again.

    Parameters
    ----------
    texts
        A sequence of strings, or an Arrow array of them, in which a missing one counts as empty.
    known_pieces
        Pieces that are likely to occur, as an Arrow array: these need not become Python strings again.
    """
    if len(texts) <= PURE_PYTHON_MAX_TEXTS:
        return _split_pieces_in_python(texts)
    import pyarrow as pa

    from stance.arrow_arrays import arrow_to_numpy, string_array

    try:
        array = texts.cast(pa.string()) if isinstance(texts, pa.Array) else string_array(texts, pa.string())
    except UnicodeEncodeError:  # halves of letters cannot be held by Arrow
        return _split_pieces_in_python(texts)
    if isinstance(array, pa.ChunkedArray) or array.null_count:
        return _split_pieces_in_python(texts)
    # Arrow's `utf8_split_whitespace` takes twice as long, as it copies every letter. Pieces of the texts' own memory
    # need no copy, and Python says what white space is once a distinct piece.
    _, ends, data = array.buffers()
    ends = np.frombuffer(ends, np.int32)[array.offset : array.offset + len(array) + 1]
    if ends[0] == ends[-1]:  # there is not one letter
        return _split_pieces_in_python(texts)
    letters = np.frombuffer(data, np.uint8)[: ends[-1]]
    begins = np.zeros(len(letters) + 1, np.bool_)
    np.equal(letters, ord(" "), out=begins[1:])
    begins[1:] |= letters == ord("\n")
    begins[: ends[0]] = False
    begins[ends] = True
    starts = np.flatnonzero(begins).astype(np.int32)
    pieces = pa.StringArray.from_buffers(len(starts) - 1, pa.py_buffer(starts), data)
    # Arrow numbers what comes first first. To look at familiar pieces takes time, too: a quarter as many of them as
    # there are pieces pay for themselves.
    known_pieces = known_pieces[: len(pieces) // 4] if known_pieces is not None else pieces[:0]
    encoded = pa.chunked_array([known_pieces, pieces]).dictionary_encode().chunks[-1]
    offsets = np.searchsorted(starts, ends).astype(np.int32)
    others = encoded.dictionary[len(known_pieces) :].to_pylist()
    return SplitTexts(offsets, arrow_to_numpy(encoded.indices), len(known_pieces), others)


def _split_pieces_in_python(texts: Any) -> SplitTexts:
    strings = texts.to_pylist() if hasattr(texts, "to_pylist") else texts
    # At the same places as Arrow does, so that a text's sums are taken in the same order.
    split_up = [(text or "").replace("\n", " ").split(" ") for text in strings]
    places: dict[str, int] = {}
    codes = [places.setdefault(word, len(places)) for words in split_up for word in words]
    offsets = offsets_from_lengths(np.array(list(map(len, split_up)), np.int64))
    return SplitTexts(offsets, np.array(codes, np.int32), 0, list(places))


def split_words(pieces: Sequence[str]) -> tuple[list[str], list[int]]:
    """Split pieces into words as `str.split` does; give all words, and how many each piece has."""
    stripped = [piece.strip() for piece in pieces]
    # White space other than blanks cannot be printed. To split each piece would make as many lists.
    counts = [int(piece != "") if piece.isprintable() else len(piece.split()) for piece in stripped]
    return " ".join(stripped).split(), counts


def strip_lower(pieces: Sequence[str]) -> list[str]:
    """Take the white space around pieces away and write them in lower case; a line break keeps them apart."""
    return "\n".join([piece.strip() for piece in pieces]).lower().split("\n")


class PaddedWords(NamedTuple):
    """Words, each between two blanks of its own: as one text, as code points, and the length of each with blanks."""

    text: str
    code_points: NDArray[np.uint32]
    lengths: NDArray[np.int32]


def pad_words(words: Sequence[str]) -> PaddedWords:
    """Put each word between blanks."""
    text = f" {'  '.join(words)} " if words else ""
    return PaddedWords(text, to_code_points(text), np.fromiter(map(len, words), np.int32, len(words)) + np.int32(2))


def to_code_points(text: str) -> NDArray[np.uint32]:
    """Give the Unicode code point of each character."""
    return np.frombuffer(text.encode("utf-32-le", "surrogatepass"), "<u4")


_WORD_CHARACTER_CACHE = np.zeros(
    0x110000, np.int8
)  # 1 for what `\w` matches, -1 for what it does not, 0 where nobody asked yet


def find_tokens(padded: PaddedWords) -> tuple[list[str], NDArray[np.int64]]:
    """List the tokens of words, and the word of each."""
    kinds = _WORD_CHARACTER_CACHE[padded.code_points]
    if not kinds.all():
        asked = np.unique(padded.code_points[kinds == 0])
        _WORD_CHARACTER_CACHE[asked] = [1 if char == "_" or char.isalnum() else -1 for char in map(chr, asked)]
        kinds = _WORD_CHARACTER_CACHE[padded.code_points]
    edges = np.flatnonzero(kinds[1:] != kinds[:-1]) + 1  # every word stands between blanks, so they come in pairs
    begins, ends = edges[::2], edges[1::2]
    long = ends - begins > 1
    begins, ends = begins[long], ends[long]
    text = padded.text
    found = [text[begin:end] for begin, end in zip(begins.tolist(), ends.tolist(), strict=True)]
    return found, np.searchsorted(np.cumsum(padded.lengths), begins, side="right")
