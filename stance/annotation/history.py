"""Keep the labels that one annotator has given so far, and the steps that led to them, for undo and review."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, NamedTuple

from stance.annotation.comment_order import DISAGREE, FIRST_PASS, CommentKey, Item, LabelRow, SamplingInfo
from stance.labels.resolution import ADJUDICATED
from stance.labels.sheets.cell_values import SKIPPED

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

UNSURE_VALUE = "yes"


class PassKey(NamedTuple):
    """One annotator's reading of a comment for one target; at most one label counts per reading."""

    comment: CommentKey
    pass_id: str

    @classmethod
    def from_item(cls, item: Item) -> PassKey:
        """Return the key under which a label of the item is stored."""
        return cls(item.key, item.pass_id)


@dataclass(frozen=True)
class LabellingStep:
    """One action on a comment that can be undone.

    Attributes
    ----------
    item
        The comment.
    previous_row
        The row that counted for it before the action, None if there was none.
    wrote_row
        Whether the action added a row to the sheet.
    """

    item: Item
    previous_row: LabelRow | None
    wrote_row: bool = True


@dataclass
class LabelHistory:
    """The rows that count, by their key and in the order of labelling, and the steps that led to them."""

    rows: dict[PassKey, LabelRow] = field(default_factory=dict)
    steps: list[LabellingStep] = field(default_factory=list)

    def record(self, key: PassKey, row: LabelRow) -> None:
        """Store a row as the latest one; it replaces an earlier row of the same key."""
        self.rows.pop(key, None)
        self.rows[key] = row

    def replay(self, past_rows: Iterable[LabelRow], items: Mapping[CommentKey, Item]) -> None:
        """Reconstruct the steps of earlier sessions from the rows they wrote, so that they can be undone."""
        for row in past_rows:
            key = PassKey(CommentKey(row["comment_id"], row["target"]), row["pass"])
            if key.comment not in items:
                continue
            previous_row = self.rows.get(key)
            last_step = next((step for step in reversed(self.steps) if PassKey.from_item(step.item) == key), None)
            if last_step and _is_same_label(row, last_step.previous_row):
                self.steps.remove(last_step)  # this row undid it
            elif row["stance"] and not _is_same_label(row, previous_row):
                item = replace(items[key.comment], pass_id=key.pass_id, sampling=SamplingInfo.from_row(row))
                self.steps.append(LabellingStep(item, previous_row))
            elif row["stance"]:
                self._update_sampling(key, SamplingInfo.from_row(row))
            self.record(key, row)

    def _update_sampling(self, key: PassKey, sampling: SamplingInfo) -> None:
        """Set the sampling metadata in the steps of an item whose label was reclassified as random."""
        self.steps = [
            replace(step, item=replace(step.item, sampling=sampling)) if PassKey.from_item(step.item) == key else step
            for step in self.steps
        ]

    def stance_of(self, item: Item) -> str:
        """Return the stance of an item, "" if it has none."""
        return self.rows.get(PassKey.from_item(item), {}).get("stance", "")

    def is_skipped(self, item: Item) -> bool:
        """Return whether the annotator skipped an item."""
        return self.rows.get(PassKey.from_item(item), {}).get("unsure") == SKIPPED

    @property
    def stance_counts(self) -> Counter[str]:
        """The number of comments per stance; a comment that was shown again counts once."""
        counted = (row for key, row in self.rows.items() if not is_repeat(key.pass_id, row.get("sampled", "")))
        return Counter(row["stance"] for row in counted if row["stance"])

    @property
    def unsure_keys(self) -> list[PassKey]:
        """The keys of the labels marked as unsure, in the order of labelling."""
        return [key for key, row in self.rows.items() if row["unsure"] == UNSURE_VALUE]

    @property
    def n_skipped(self) -> int:
        """The number of skipped comments."""
        return sum(row["unsure"] == SKIPPED for row in self.rows.values())


def is_repeat(pass_id: str, sampled: str) -> bool:
    """Return whether a pass measures self-consistency: the comment was shown again, but not because labels differ."""
    return pass_id not in {FIRST_PASS, ADJUDICATED} and sampled != DISAGREE


def _is_same_label(row: LabelRow, other: LabelRow | None) -> bool:
    """Return whether two rows hold the same label given at the same time; no row is equal to a withdrawn label."""
    if other is None:
        return not row["stance"] and row["unsure"] != SKIPPED
    return all(row[name] == other[name] for name in ("stance", "also", "note", "unsure", "labelled_at"))
