r"""Split texts into lower-case words and tokens, processing each distinct word once.

The terms are those of scikit-learn's TfidfVectorizer: n-grams of the tokens `\b\w\w+\b`, and character n-grams inside
words that are padded with spaces (`char_wb`), all in lower case. A word is what `str.split` returns; neither a token
nor a character n-gram crosses the boundary of a word.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

PURE_PYTHON_MAX_TEXTS = 64
"""Up to this many texts, splitting them in Python is faster than importing Arrow's compute functions."""


class RaggedArray(NamedTuple):
    """Rows of different lengths: row i is `values[indptr[i]:indptr[i + 1]]`."""

    indptr: NDArray[np.int32]
    values: NDArray[np.int32]


def group_matches(matches: NDArray[np.int32], offsets: NDArray[np.int32]) -> RaggedArray:
    """Return the terms found in each sequence of symbols.

    Parameters
    ----------
    matches
        The terms that start at each position, of shape (n_positions, max_n); -1 where there is none.
    offsets
        Where each sequence starts and the last one ends, of shape (n_sequences + 1,).
    """
    is_match = matches >= 0
    return RaggedArray(offsets_from_lengths(is_match.ravel())[offsets * matches.shape[1]], matches[is_match])


def offsets_from_lengths(lengths: NDArray[Any]) -> NDArray[np.int32]:
    """Return where consecutive rows of these lengths start, and where the last one ends, of shape (n + 1,)."""
    offsets = np.zeros(len(lengths) + 1, np.int32)
    np.cumsum(lengths, out=offsets[1:])
    return offsets


def gather_rows(ragged: RaggedArray, row_ids: NDArray[Any], offsets: NDArray[Any]) -> RaggedArray:
    """Concatenate rows: row i of the result holds the rows `row_ids[offsets[i]:offsets[i + 1]]`."""
    lengths = np.diff(ragged.indptr)[row_ids]
    starts = offsets_from_lengths(lengths)
    positions = np.repeat(ragged.indptr[row_ids] - starts[:-1], lengths) + np.arange(starts[-1], dtype=np.int32)
    return RaggedArray(starts[offsets], ragged.values[positions])


def int_dtype_for(max_value: int) -> type[np.signedinteger[Any]]:
    """Return an integer type that holds counts up to `max_value`; sums of 16-bit integers are faster."""
    return np.int16 if max_value <= np.iinfo(np.int16).max else np.int32


class SplitTexts(NamedTuple):
    """Texts split into pieces: those of text i have the codes `codes[offsets[i]:offsets[i + 1]]`.

    A piece ends with a space or a line break, which belongs to it. It contains no word if it is white space only, and
    several words if they are separated by other white space. A code below `n_known` is an index into the known pieces
    that the caller passed; the codes from `n_known` on are indices into `new_pieces`.
    """

    offsets: NDArray[np.int32]
    codes: NDArray[np.int32]
    n_known: int
    new_pieces: list[str]


def split_pieces(texts: Any, known_pieces: Any = None) -> SplitTexts:
    """Split texts into pieces, and encode each distinct piece as a number.

    Parameters
    ----------
    texts
        A sequence of strings, or an Arrow array of them, in which a null counts as an empty text.
    known_pieces
        Frequent pieces as an Arrow array; they are not converted to Python strings again.
    """
    if len(texts) <= PURE_PYTHON_MAX_TEXTS:
        return _split_pieces_in_python(texts)
    import pyarrow as pa

    from stance.arrow_arrays import arrow_to_numpy, string_array

    try:
        array = texts.cast(pa.string()) if isinstance(texts, pa.Array) else string_array(texts, pa.string())
    except UnicodeEncodeError:  # Arrow cannot hold lone surrogates
        return _split_pieces_in_python(texts)
    if isinstance(array, pa.ChunkedArray) or array.null_count:
        return _split_pieces_in_python(texts)
    # Arrow's `utf8_split_whitespace` takes twice as long because it copies the characters. Pieces that point into the
    # texts' own buffer need no copy; the remaining white space is split in Python, once per distinct piece.
    _, text_ends, data = array.buffers()
    text_ends = np.frombuffer(text_ends, np.int32)[array.offset : array.offset + len(array) + 1]
    if text_ends[0] == text_ends[-1]:  # all texts are empty
        return _split_pieces_in_python(texts)
    characters = np.frombuffer(data, np.uint8)[: text_ends[-1]]
    is_start = np.zeros(len(characters) + 1, np.bool_)
    np.equal(characters, ord(" "), out=is_start[1:])
    is_start[1:] |= characters == ord("\n")
    is_start[: text_ends[0]] = False
    is_start[text_ends] = True
    starts = np.flatnonzero(is_start).astype(np.int32)
    pieces = pa.StringArray.from_buffers(len(starts) - 1, pa.py_buffer(starts), data)
    # Arrow numbers values by first occurrence, so the known pieces come first. Hashing them costs time, too; it pays up
    # to a quarter of the number of pieces.
    known_pieces = known_pieces[: len(pieces) // 4] if known_pieces is not None else pieces[:0]
    encoded = pa.chunked_array([known_pieces, pieces]).dictionary_encode().chunks[-1]
    offsets = np.searchsorted(starts, text_ends).astype(np.int32)
    new_pieces = encoded.dictionary[len(known_pieces) :].to_pylist()
    return SplitTexts(offsets, arrow_to_numpy(encoded.indices), len(known_pieces), new_pieces)


def _split_pieces_in_python(texts: Any) -> SplitTexts:
    strings = texts.to_pylist() if hasattr(texts, "to_pylist") else texts
    # Split at the same positions as above, so that the sums over a text are taken in the same order.
    pieces_of_texts = [(text or "").replace("\n", " ").split(" ") for text in strings]
    code_of: dict[str, int] = {}
    codes = [code_of.setdefault(piece, len(code_of)) for pieces in pieces_of_texts for piece in pieces]
    offsets = offsets_from_lengths(np.array(list(map(len, pieces_of_texts)), np.int64))
    return SplitTexts(offsets, np.array(codes, np.int32), 0, list(code_of))


def split_words(pieces: Sequence[str]) -> tuple[list[str], list[int]]:
    """Split pieces into words as `str.split` does; return all words, and the number of words of each piece."""
    stripped = [piece.strip() for piece in pieces]
    # A printable piece has no white space inside. Calling `split` on each piece would allocate as many lists.
    n_words = [int(piece != "") if piece.isprintable() else len(piece.split()) for piece in stripped]
    return " ".join(stripped).split(), n_words


def strip_lower(pieces: Sequence[str]) -> list[str]:
    """Strip pieces and convert them to lower case; joined by line breaks, so that `lower` is called only once."""
    return "\n".join([piece.strip() for piece in pieces]).lower().split("\n")


class PaddedWords(NamedTuple):
    """Words with a space on either side: joined to one text, its code points, and the padded length of each word."""

    text: str
    code_points: NDArray[np.uint32]
    lengths: NDArray[np.int32]


def pad_words(words: Sequence[str]) -> PaddedWords:
    """Put a space before and after each word, and join them."""
    text = f" {'  '.join(words)} " if words else ""
    return PaddedWords(text, to_code_points(text), np.fromiter(map(len, words), np.int32, len(words)) + np.int32(2))


def to_code_points(text: str) -> NDArray[np.uint32]:
    """Return the Unicode code point of each character."""
    return np.frombuffer(text.encode("utf-32-le", "surrogatepass"), "<u4")


# For each code point: 1 if `\w` matches it, -1 if not, 0 if it has not been looked up yet.
_WORD_CHARACTER_CACHE = np.zeros(0x110000, np.int8)


def find_tokens(padded: PaddedWords) -> tuple[list[str], NDArray[np.int64]]:
    """Return the tokens of words, and the index of the word that each belongs to."""
    classes = _WORD_CHARACTER_CACHE[padded.code_points]
    if not classes.all():
        unseen = np.unique(padded.code_points[classes == 0])
        _WORD_CHARACTER_CACHE[unseen] = [1 if char == "_" or char.isalnum() else -1 for char in map(chr, unseen)]
        classes = _WORD_CHARACTER_CACHE[padded.code_points]
    edges = np.flatnonzero(classes[1:] != classes[:-1]) + 1  # every word is between spaces, so they come in pairs
    starts, ends = edges[::2], edges[1::2]
    is_token = ends - starts > 1
    starts, ends = starts[is_token], ends[is_token]
    text = padded.text
    tokens = [text[start:end] for start, end in zip(starts.tolist(), ends.tolist(), strict=True)]
    return tokens, np.searchsorted(np.cumsum(padded.lengths), starts, side="right")
