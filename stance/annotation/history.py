"""What one annotator has said of each comment so far, and the way back."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, NamedTuple

from stance.annotation.comment_order import DISAGREE, FIRST, About, How, Item, Row
from stance.labels.resolution import ADJUDICATED
from stance.labels.sheets.cell_values import SKIPPED

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

UNSURE = "yes"


class Key(NamedTuple):
    """One annotator's reading of one comment toward one target: at most one label of it counts."""

    about: About
    number: str

    @classmethod
    def of(cls, item: Item) -> Key:
        """Name the reading that an item asks for."""
        return cls(item.about, item.number)


@dataclass(frozen=True)
class Step:
    """What was done to a comment, and the row that counted for it before; `wrote` is whether it added one."""

    item: Item
    before: Row | None
    wrote: bool = True


@dataclass
class History:
    """The rows that count, by what they are about and in the order given, and the steps that led there."""

    rows: dict[Key, Row] = field(default_factory=dict)
    steps: list[Step] = field(default_factory=list)

    def take(self, key: Key, row: Row) -> None:
        """Let a row count for its key, as the last one given."""
        self.rows.pop(key, None)
        self.rows[key] = row

    def replay(self, past: Iterable[Row], comments: Mapping[About, Item]) -> None:
        """Take up the rows of earlier days, so that one can go back to them."""
        for row in past:
            key = Key(About(row["comment_id"], row["target"]), row["pass"])
            if key.about not in comments:
                continue
            before = self.rows.get(key)
            last = next((step for step in reversed(self.steps) if Key.of(step.item) == key), None)
            if last and _says(row, last.before):
                self.steps.remove(last)  # it was taken back
            elif row["stance"] and not _says(row, before):
                item = replace(comments[key.about], number=key.number, how=how_in(row))
                self.steps.append(Step(item, before))
            elif row["stance"]:
                self._choose_anew(key, how_in(row))
            self.take(key, row)

    def _choose_anew(self, key: Key, how: How) -> None:
        """Let an item that was chosen otherwise since be so in the steps that lead back to it."""
        self.steps = [
            replace(step, item=replace(step.item, how=how)) if Key.of(step.item) == key else step for step in self.steps
        ]

    def stance(self, item: Item) -> str:
        """Look up the stance that an item has, "" for none."""
        return self.rows.get(Key.of(item), {}).get("stance", "")

    def is_left(self, item: Item) -> bool:
        """Tell whether an item was left for later."""
        return self.rows.get(Key.of(item), {}).get("unsure") == SKIPPED

    @property
    def counts(self) -> Counter[str]:
        """How many comments have each stance; one that was shown once more counts once."""
        counted = (row for key, row in self.rows.items() if not is_repeat(key.number, row.get("sampled", "")))
        return Counter(row["stance"] for row in counted if row["stance"])

    @property
    def unsure(self) -> list[Key]:
        """The readings of which the annotator was unsure, in the order given."""
        return [key for key, row in self.rows.items() if row["unsure"] == UNSURE]

    @property
    def skipped(self) -> int:
        """How many comments were left for later."""
        return sum(row["unsure"] == SKIPPED for row in self.rows.values())


def is_repeat(number: str, sampled: str) -> bool:
    """Tell whether a reading is one of a comment that is shown once more, and not because labels differ."""
    return number not in {FIRST, ADJUDICATED} and sampled != DISAGREE


def how_in(row: Row) -> How:
    """Read how the comment of a label was chosen."""
    return How(row.get("sampled", ""), row.get("seed", ""), row.get("probability", ""))


def _says(row: Row, other: Row | None) -> bool:
    """Tell whether two rows give the same label at the same time; no row at all is one that gives none."""
    if other is None:
        return not row["stance"] and row["unsure"] != SKIPPED
    return all(row[name] == other[name] for name in ("stance", "also", "note", "unsure", "labelled_at"))
