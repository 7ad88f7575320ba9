"""The tables that flow between the packages: their column names, checks that a table has them, and ids."""

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
"""In resolved labels: rows with the same value must be in the same fold."""

SPLIT_COLUMN, TEST_SPLIT = "split", "test"
"""The column that says whether a comment belongs to the closed test set, and the cell that says so."""

SPLITS = ("", "train", TEST_SPLIT)
"""The values of the column `split`; an empty cell means `train`."""

OOF_COLUMNS = (
    "comment_id",
    "article_id",
    "target",
    "group",
    "scheme",
    "repeat",
    "fold",
    "learnt",
    "system",
    "weight",
    "stance",
    "also",
    "predicted",
    "known",
)

CANNOT_TELL = "cannot-tell"
"""The prediction for a text that is too unlike the labelled ones; never a stance of a codebook."""

KNOWN_COLUMN = "known"
"""The column with the share of a text's words that the model knows."""


def probability_column(stance: str) -> str:
    """Return the name of the column with the probability of a stance.

    >>> probability_column("anti-csto")
    'p_anti-csto'
    """
    return f"p_{stance}"


def raw_probability_column(stance: str) -> str:
    """Return the name of the column with the probability of a stance before calibration.

    >>> raw_probability_column("anti-csto")
    'raw_anti-csto'
    """
    return f"raw_{stance}"


def require_columns(
    columns: Iterable[str], required: Sequence[str], path: Path | str, remedy: str | None = None
) -> None:
    """Check that a table has the required columns.

    Raises
    ------
    MissingColumnError
        A column is missing; the error names the first one, and all columns that the table has.
    """
    present = list(columns)
    for column in required:
        if column not in present:
            raise MissingColumnError(column, present, path, remedy)


def normalise_text(text: str) -> str:
    """Return a text in the form from which ids are made: NFC, white space collapsed.

    >>> normalise_text(" a   b ")
    'a b'
    """
    return " ".join(unicodedata.normalize("NFC", text).split())


def make_article_id(address: str, title: str, byline: str) -> str:
    """Return the id of an article, made from its address, else from its title and byline; never from a file name."""
    parts = [_normalise_address(address)] if address else [normalise_text(title), normalise_text(byline)]
    return _hash_id("a", *parts)


def make_comment_id(article: str, text: str, occurrence: int = 1) -> str:
    """Return the id of a comment, made from its article, its text, and its number among equal texts of the article.

    >>> make_comment_id("a1", "Yes"), make_comment_id("a1", " Yes ")
    ('c4fbf95e700ae', 'c4fbf95e700ae')
    """
    return _hash_id("c", article, normalise_text(text), str(occurrence))


def fill_comment_ids(ids: Iterable[str], texts: Iterable[str]) -> list[str]:
    """Return ids with the missing ones filled in: a row without an id is a comment of its own.

    >>> fill_comment_ids(["", "c1", ""], ["Yes", "No", ""])
    ['cc358c0ff8965', 'c1', '']
    """
    occurrences: Counter[str] = Counter()
    filled = []
    for comment_id, text in zip(ids, texts, strict=True):
        if comment_id.strip() or not text.strip():
            filled.append(comment_id)
        else:
            normalised = normalise_text(text)
            occurrences[normalised] += 1
            filled.append(make_comment_id("", normalised, occurrences[normalised]))
    return filled


def _hash_id(prefix: str, *parts: str) -> str:
    # The prefix keeps spreadsheets from reading an id such as 12e45678 as a number. A lone surrogate cannot be
    # encoded strictly, but must not stop a collection.
    digest = hashlib.sha256("\x1f".join(parts).encode("utf-8", "surrogatepass")).hexdigest()
    return prefix + digest[:12]


def _normalise_address(address: str) -> str:
    """Return the address of a page without what does not distinguish pages: scheme, www, fragment, closing slash."""
    bare = re.sub(r"^https?://(www\.)?|#.*$", "", address.strip(), flags=re.IGNORECASE)
    return bare.rstrip("/")
