"""Bytes of unknown origin -> text."""

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

# The encodings in which text of our users' languages really comes; among all that exist, a short text fits too many.
_LIKELY_ENCODINGS = ["cp1251", "cp1252", "koi8_r", "cp866", "mac_cyrillic", "kz1048", "gb18030"]

# Others in which pages come and say so; and those of them in which a foreign letter stands alone among ASCII.
_LATIN_ENCODINGS = [
    "cp1250",
    "cp1254",
    "cp1257",
    "iso8859_2",
    "iso8859_4",
    "iso8859_9",
    "iso8859_13",
    "iso8859_15",
    "iso8859_16",
]
_DECLARABLE_ENCODINGS = [
    *_LATIN_ENCODINGS,
    "iso8859_5",
    "iso8859_7",
    "cp1253",
    "cp1255",
    "cp1256",
    "big5",
    "shift_jis",
    "euc_jp",
    "euc_kr",
]

_NON_CONTROL_BYTES = bytes(range(9, 256))
_MIN_UTF16_CONTROL_SHARE = 0.4
_MIN_VALID_PER_INVALID = 5
_MAX_STRAY_SHARE = 0.1
_NON_ASCII_RUN = re.compile(rb"[\x80-\xff]+")


@dataclass(frozen=True)
class DecodedText:
    """A decoded text, the encoding it was in, and whether that had to be guessed."""

    text: str
    encoding: str
    is_guess: bool = False

    @property
    def warning(self) -> str | None:
        """What to tell the user about the encoding, if anything."""
        if self.is_guess and self.encoding == "utf-8":
            return "not wholly UTF-8: some bytes could not be read, look for \N{REPLACEMENT CHARACTER}"
        return f"not UTF-8: read as {self.encoding}, check the letters" if self.is_guess else None


def decode_bytes(data: bytes, declared: str = "") -> DecodedText:
    """Decode bytes by their byte-order mark, else as UTF-8, else in the encoding that fits best.

    Never fails: what does not fit is read with replacement characters.

    Parameters
    ----------
    data
        The bytes.
    declared
        The encoding that they themselves say they are in. Pages are wrong about it so often that it is only one more
        guess, the first one.
    """
    encoding, guessed = detect_encoding(data, declared=declared)
    return DecodedText(data.decode(encoding, "replace"), encoding, guessed)


def detect_encoding(data: bytes, *, is_complete: bool = True, declared: str = "") -> tuple[str, bool]:
    """Name the encoding of bytes, or of the beginning of a longer file, and whether it is a guess."""
    for mark, encoding in _BYTE_ORDER_MARKS:
        if data.startswith(mark):
            return encoding, False
    first, second = (_control_byte_share(half) for half in (data[::2], data[1::2]))
    if max(first, second) > _MIN_UTF16_CONTROL_SHARE:
        # UTF-16 without a mark: the first or the second byte of nearly every pair says Latin (0) or Cyrillic (4).
        return ("utf-16-be" if first > second else "utf-16-le"), True
    try:
        # The beginning of a file may end inside a letter.
        codecs.getincrementaldecoder("utf-8")().decode(data, final=is_complete)
    except UnicodeDecodeError:
        return ("utf-8" if _is_damaged_utf8(data) else _guess_encoding(data, _normalise_codec_name(declared))), True
    return "utf-8", False


def _is_damaged_utf8(data: bytes) -> bool:
    """Tell UTF-8 with a stray byte or two from text in another encoding, which hardly ever forms UTF-8 by chance."""
    text = data.decode("utf-8", "replace")
    broken = text.count("\N{REPLACEMENT CHARACTER}")
    whole = sum(not letter.isascii() for letter in text) - broken
    return whole > _MIN_VALID_PER_INVALID * broken


def _control_byte_share(data: bytes) -> float:
    return len(data.translate(None, _NON_CONTROL_BYTES)) / max(1, len(data))


def _normalise_codec_name(declared: str) -> str:
    """Give Python's name of an encoding that pages may be in, "" of any other."""
    try:
        return codecs.lookup(declared).name.replace("-", "_")
    except (LookupError, ValueError):  # ValueError: a NUL in the name
        return ""


def _guess_encoding(data: bytes, declared: str) -> str:
    runs = [len(run) for run in _NON_ASCII_RUN.findall(data)]
    if max(runs) == 1 or (2 * runs.count(1) > len(runs) and sum(runs) < _MAX_STRAY_SHARE * len(data)):
        # Single foreign bytes in ASCII text are the curly quotes, dashes and accents of Windows; the detector takes
        # the one in "It's" for half a Chinese character. Non-Latin letters come in runs; so do, here and there, dots
        # and a quote.
        return declared if declared in _LATIN_ENCODINGS else "cp1252"
    from charset_normalizer import from_bytes

    best = from_bytes(
        data, cp_isolation=[*_LIKELY_ENCODINGS, *([declared] if declared in _DECLARABLE_ENCODINGS else [])]
    ).best()
    return best.encoding if best else "cp1252"
