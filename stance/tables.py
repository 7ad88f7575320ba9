"""The tables that flow between the rooms: their column names, the check that a frame has them, and their ids."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections import Counter
from typing import TYPE_CHECKING

from stance.errors import MissingColumnError

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

COMMENT_COLUMNS = (
    "comment_id",
    "article_id",
    "article_title",
    "source",
    "position",
    "author",
    "date",
    "date_iso",
    "likes",
    "reply_to",
    "segmented",
    "text",
)
LABEL_COLUMNS = (
    "stance",
    "also",
    "target",
    "annotator",
    "pass",
    "note",
    "unsure",
    "labelled_at",
    "codebook",
    "sampled",
    "seed",
    "probability",
)
SHEET_COLUMNS = COMMENT_COLUMNS + LABEL_COLUMNS
GROUP_COLUMN = "group"
"""What must not be parted by a fold, in labels that have been settled."""

OOF_COLUMNS = (
    "comment_id",
    "article_id",
    "target",
    "scheme",
    "repeat",
    "fold",
    "learnt",
    "system",
    "weight",
    "stance",
    "also",
    "predicted",
)

CANNOT_TELL = "cannot-tell"
"""The answer to a text with nothing in it that the model has learnt; never a stance of a codebook."""


def probability_column(stance: str) -> str:
    """Name the column that holds the probability of a stance.

    >>> probability_column("anti-csto")
    'p_anti-csto'
    """
    return f"p_{stance}"


def raw_probability_column(stance: str) -> str:
    """Name the column that holds the probability of a stance before calibration.

    >>> raw_probability_column("anti-csto")
    'raw_anti-csto'
    """
    return f"raw_{stance}"


def require_columns(
    columns: Iterable[str], required: Sequence[str], path: Path | str, remedy: str | None = None
) -> None:
    """Check that a table has the columns it needs.

    Raises
    ------
    MissingColumnError
        Names the first one that is missing and those that are there.
    """
    present = list(columns)
    for column in required:
        if column not in present:
            raise MissingColumnError(column, present, path, remedy)


def normalise_text(text: str) -> str:
    """Bring a text to the form its identity is judged by: NFC, white space collapsed.

    >>> normalise_text(" a   b ")
    'a b'
    """
    return " ".join(unicodedata.normalize("NFC", text).split())


def make_article_id(address: str, title: str, byline: str) -> str:
    """Identify an article by its address, else by title and byline, never by the name of its file."""
    return _hash_id(
        "a", *((_normalise_address(address),) if address else (normalise_text(title), normalise_text(byline)))
    )


def make_comment_id(article: str, text: str, occurrence: int = 1) -> str:
    """Identify a comment by its article, its text, and which of several equal texts it is; never by its position."""
    return _hash_id("c", article, normalise_text(text), str(occurrence))


def fill_comment_ids(ids: Iterable[str], texts: Iterable[str]) -> list[str]:
    """Give each text without an id one of its own: a row that names no comment is its own comment.

    >>> fill_comment_ids(["", "c1", ""], ["Yes", "No", ""])
    ['cc358c0ff8965', 'c1', '']
    """
    occurrences: Counter[str] = Counter()
    given = []
    for own, text in zip(ids, texts, strict=True):
        if own.strip() or not text.strip():
            given.append(own)
        else:
            key = normalise_text(text)
            occurrences[key] += 1
            given.append(make_comment_id("", key, occurrences[key]))
    return given


def _hash_id(prefix: str, *parts: str) -> str:
    # The letter keeps spreadsheets from reading an id such as 12e45678 as a number. A lone surrogate cannot be
    # encoded strictly, yet must not stop a collection.
    digest = hashlib.sha256("\x1f".join(parts).encode("utf-8", "surrogatepass")).hexdigest()
    return prefix + digest[:12]


def _normalise_address(address: str) -> str:
    """Strip from a page's address what does not tell pages apart: scheme, www, fragment, closing slash."""
    bare = re.sub(r"^https?://(www\.)?|#.*$", "", address.strip(), flags=re.IGNORECASE)
    return bare.rstrip("/")
