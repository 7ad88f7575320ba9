"""Decoding bytes in an unknown encoding."""

from __future__ import annotations

import codecs
import re
from dataclasses import dataclass

_BYTE_ORDER_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)

# Encodings in which text in the languages of users occurs; a short text fits too many of all that exist.
_LIKELY_ENCODINGS = ["cp1251", "cp1252", "koi8_r", "cp866", "mac_cyrillic", "kz1048", "gb18030"]

# Encodings that are only believed where a page declares them. In the Latin ones, a non-ASCII byte is mostly single.
_LATIN_ENCODINGS = [
    "cp1250", "cp1254", "cp1257",
    "iso8859_2", "iso8859_4", "iso8859_9", "iso8859_13", "iso8859_15", "iso8859_16",
]  # fmt: skip
_DECLARABLE_ENCODINGS = [
    *_LATIN_ENCODINGS,
    "iso8859_5", "iso8859_7", "cp1253", "cp1255", "cp1256", "big5", "shift_jis", "euc_jp", "euc_kr",
]  # fmt: skip

_NON_CONTROL_BYTES = bytes(range(9, 256))
_MIN_UTF16_CONTROL_SHARE = 0.4
"""At least this share of every other byte is a control character in UTF-16 text."""
_MIN_VALID_PER_INVALID = 5
"""In damaged UTF-8 there are more valid non-ASCII characters per invalid one than this."""
_MAX_STRAY_SHARE = 0.1
"""Latin text has less than this share of non-ASCII bytes."""
_NON_ASCII_RUN = re.compile(rb"[\x80-\xff]+")


@dataclass(frozen=True)
class DecodedText:
    """A decoded text, its encoding, and whether the encoding is a guess."""

    text: str
    encoding: str
    is_guess: bool = False

    @property
    def warning(self) -> str | None:
        """A warning about the encoding, or None."""
        if self.is_guess and self.encoding == "utf-8":
            return "damaged UTF-8: some bytes could not be decoded, look for \N{REPLACEMENT CHARACTER}"
        return f"not UTF-8: read as {self.encoding}, check the characters" if self.is_guess else None


def decode_bytes(data: bytes, declared: str = "") -> DecodedText:
    """Decode bytes by their byte-order mark, else as UTF-8, else in the encoding that fits best.

    Never fails: bytes that do not fit become replacement characters.

    Parameters
    ----------
    data
        The bytes.
    declared
        The encoding that a page declares. Pages are wrong about it so often that it is only the first guess.

    Examples
    --------
    >>> decode_bytes("Да".encode())
    DecodedText(text='Да', encoding='utf-8', is_guess=False)
    """
    encoding, is_guess = detect_encoding(data, declared=declared)
    return DecodedText(data.decode(encoding, "replace"), encoding, is_guess)


def detect_encoding(data: bytes, *, is_complete: bool = True, declared: str = "") -> tuple[str, bool]:
    """Return the encoding of bytes, and whether it is a guess; `is_complete` is False for the beginning of a file."""
    for mark, encoding in _BYTE_ORDER_MARKS:
        if data.startswith(mark):
            return encoding, False
    first, second = (_control_byte_share(half) for half in (data[::2], data[1::2]))
    if max(first, second) > _MIN_UTF16_CONTROL_SHARE:
        # UTF-16 without a mark: the first or the second byte of nearly every pair is 0 (Latin) or 4 (Cyrillic).
        return ("utf-16-be" if first > second else "utf-16-le"), True
    try:
        # The beginning of a file may end inside a character.
        codecs.getincrementaldecoder("utf-8")().decode(data, final=is_complete)
    except UnicodeDecodeError:
        return ("utf-8" if _is_damaged_utf8(data) else _guess_encoding(data, _normalise_codec_name(declared))), True
    return "utf-8", False


def _is_damaged_utf8(data: bytes) -> bool:
    """Return whether bytes are UTF-8 with a few stray bytes; text in another encoding is hardly ever valid UTF-8."""
    text = data.decode("utf-8", "replace")
    n_invalid = text.count("\N{REPLACEMENT CHARACTER}")
    n_valid = sum(not character.isascii() for character in text) - n_invalid
    return n_valid > _MIN_VALID_PER_INVALID * n_invalid


def _control_byte_share(data: bytes) -> float:
    return len(data.translate(None, _NON_CONTROL_BYTES)) / max(1, len(data))


def _normalise_codec_name(declared: str) -> str:
    """Return Python's name of an encoding, "" if it is unknown."""
    try:
        return codecs.lookup(declared).name.replace("-", "_")
    except (LookupError, ValueError):  # ValueError: a NUL in the name
        return ""


def _guess_encoding(data: bytes, declared: str) -> str:
    """Return the most likely encoding of bytes that are not UTF-8."""
    runs = [len(run) for run in _NON_ASCII_RUN.findall(data)]
    if max(runs) == 1 or (2 * runs.count(1) > len(runs) and sum(runs) < _MAX_STRAY_SHARE * len(data)):
        # Single non-ASCII bytes are the curly quotes, dashes and accents of Windows; charset_normalizer takes the quote
        # in "It's" for half a Chinese character. Non-Latin letters come in runs (as, at times, dots and a quote do).
        return declared if declared in _LATIN_ENCODINGS else "cp1252"
    from charset_normalizer import from_bytes

    candidates = [*_LIKELY_ENCODINGS, *([declared] if declared in _DECLARABLE_ENCODINGS else [])]
    best = from_bytes(data, cp_isolation=candidates).best()
    return best.encoding if best else "cp1252"
