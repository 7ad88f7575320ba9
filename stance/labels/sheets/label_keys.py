"""The key of a label: the cells of a row that say which label it holds."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from stance.labels.sheets import cell_values

if TYPE_CHECKING:
    from collections.abc import Mapping

KEY_COLUMNS = ("comment_id", "target", "annotator", "pass")
"""The columns that identify a label."""


class LabelKey(NamedTuple):
    """The comment, target, annotator and pass of a label; the last row of a key counts."""

    comment_id: str
    target: str
    annotator: str
    pass_number: str


def get_label_key(row: Mapping[str, str]) -> LabelKey:
    """Return the key of a row, its cells stripped and the pass spelt in one way.

    >>> get_label_key({"comment_id": "c1", "annotator": "aida ", "pass": "1.0"})
    LabelKey(comment_id='c1', target='', annotator='aida', pass_number='1')
    """
    comment_id, target, annotator, pass_number = (row.get(name, "").strip() for name in KEY_COLUMNS)
    return LabelKey(comment_id, target, annotator, cell_values.normalise_whole_number(pass_number).lower() or "1")
