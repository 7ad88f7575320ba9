"""Find out which comments are by one person, given the names of their authors."""

from __future__ import annotations

import re
import tomllib
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING

import pandas as pd

from stance import tables

if TYPE_CHECKING:
    from collections.abc import Sequence

MAX_SHARE_OF_PERSON = 0.05
"""A name on a larger share of the comments is not taken for one person: a site may give it to all its guests."""

MIN_LIMIT_OF_PERSON = 5
"""A name on at most this many comments is taken for one person, however few comments there are."""


def is_placeholder(name: str) -> bool:
    """Return whether a name stands for whoever gave none.

    >>> [is_placeholder(name) for name in ("Гость", "[deleted]", "N/A", "?", "Guest 17", "Aida")]
    [True, True, True, True, False, False]
    """
    return _fold_name(name) in {"", *_read_placeholders()}


def find_persons(names: Sequence[str]) -> tuple[list[str], dict[str, int]]:
    """Find out which names are those of persons, whatever their case.

    Parameters
    ----------
    names
        The author of each comment.

    Returns
    -------
    tuple of (list of str, dict)
        The person who wrote each comment, "" if it is not known; and the names on several comments that are not taken
        for one person, since they are placeholders or too frequent, with the numbers of their comments.

    Examples
    --------
    >>> find_persons(["Aida", "Guest", "aida", "Guest", "Timur"])
    (['aida', '', 'aida', '', 'timur'], {'Guest': 2})
    """
    folded = [tables.normalise_text(name).casefold() for name in names]
    counts = pd.Series(folded, dtype="str").value_counts(sort=False).to_dict()
    limit = max(MAX_SHARE_OF_PERSON * len(names), MIN_LIMIT_OF_PERSON)
    ignored = {name: count for name, count in counts.items() if name and (count > limit or is_placeholder(str(name)))}
    spelling = dict(zip(reversed(folded), reversed(names), strict=True))
    repeated = {spelling[str(name)]: int(count) for name, count in ignored.items() if count > 1}
    return ["" if name in ignored else name for name in folded], repeated


@cache
def _read_placeholders() -> frozenset[str]:
    text = (files("stance.labels") / "placeholder_names.toml").read_text(encoding="utf-8")
    return frozenset(_fold_name(name) for names in tomllib.loads(text).values() for name in names)


def _fold_name(name: str) -> str:
    """Return the letters and digits of a name in lower case."""
    return "".join(re.findall(r"[^\W_]+", tables.normalise_text(name).casefold().replace("ё", "е")))
