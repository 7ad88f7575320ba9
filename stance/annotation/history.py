"""What one annotator has said of each comment so far, and the way back."""

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


class LabelKey(NamedTuple):
    """One annotator's reading of one comment toward one target: at most one label of it counts."""

    comment: CommentKey
    pass_id: str

    @classmethod
    def from_item(cls, item: Item) -> LabelKey:
        """Name the reading that an item asks for."""
        return cls(item.key, item.pass_id)


@dataclass(frozen=True)
class LabellingStep:
    """What was done to a comment, and the row that counted for it before; `wrote_row` is whether it added one."""

    item: Item
    previous_row: LabelRow | None
    wrote_row: bool = True


@dataclass
class LabelHistory:
    """The rows that count, by what they are about and in the order given, and the steps that led there."""

    rows: dict[LabelKey, LabelRow] = field(default_factory=dict)
    steps: list[LabellingStep] = field(default_factory=list)

    def record(self, key: LabelKey, row: LabelRow) -> None:
        """Let a row count for its key, as the last one given."""
        self.rows.pop(key, None)
        self.rows[key] = row

    def replay(self, past_rows: Iterable[LabelRow], items: Mapping[CommentKey, Item]) -> None:
        """Take up the rows of earlier days, so that one can go back to them."""
        for row in past_rows:
            key = LabelKey(CommentKey(row["comment_id"], row["target"]), row["pass"])
            if key.comment not in items:
                continue
            before = self.rows.get(key)
            last = next((step for step in reversed(self.steps) if LabelKey.from_item(step.item) == key), None)
            if last and _is_same_label(row, last.previous_row):
                self.steps.remove(last)  # it was taken back
            elif row["stance"] and not _is_same_label(row, before):
                item = replace(items[key.comment], pass_id=key.pass_id, sampling=sampling_info_of(row))
                self.steps.append(LabellingStep(item, before))
            elif row["stance"]:
                self._update_sampling(key, sampling_info_of(row))
            self.record(key, row)

    def _update_sampling(self, key: LabelKey, sampling: SamplingInfo) -> None:
        """Let an item that was chosen otherwise since be so in the steps that lead back to it."""
        self.steps = [
            replace(step, item=replace(step.item, sampling=sampling)) if LabelKey.from_item(step.item) == key else step
            for step in self.steps
        ]

    def stance_of(self, item: Item) -> str:
        """Look up the stance that an item has, "" for none."""
        return self.rows.get(LabelKey.from_item(item), {}).get("stance", "")

    def is_skipped(self, item: Item) -> bool:
        """Tell whether an item was left for later."""
        return self.rows.get(LabelKey.from_item(item), {}).get("unsure") == SKIPPED

    @property
    def stance_counts(self) -> Counter[str]:
        """How many comments have each stance; one that was shown once more counts once."""
        counted = (row for key, row in self.rows.items() if not is_repeat(key.pass_id, row.get("sampled", "")))
        return Counter(row["stance"] for row in counted if row["stance"])

    @property
    def unsure_keys(self) -> list[LabelKey]:
        """The readings of which the annotator was unsure, in the order given."""
        return [key for key, row in self.rows.items() if row["unsure"] == UNSURE_VALUE]

    @property
    def n_skipped(self) -> int:
        """How many comments were left for later."""
        return sum(row["unsure"] == SKIPPED for row in self.rows.values())


def is_repeat(pass_id: str, sampled: str) -> bool:
    """Tell whether a reading is one of a comment that is shown once more, and not because labels differ."""
    return pass_id not in {FIRST_PASS, ADJUDICATED} and sampled != DISAGREE


def sampling_info_of(row: LabelRow) -> SamplingInfo:
    """Read how the comment of a label was chosen."""
    return SamplingInfo(row.get("sampled", ""), row.get("seed", ""), row.get("probability", ""))


def _is_same_label(row: LabelRow, other: LabelRow | None) -> bool:
    """Tell whether two rows give the same label at the same time; no row at all is one that gives none."""
    if other is None:
        return not row["stance"] and row["unsure"] != SKIPPED
    return all(row[name] == other[name] for name in ("stance", "also", "note", "unsure", "labelled_at"))
