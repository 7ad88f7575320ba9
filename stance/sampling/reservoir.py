"""The comments of one stratum that may still be drawn from it."""

from __future__ import annotations

import heapq
from dataclasses import dataclass, field

from stance import tables
from stance.errors import TwoTextsError

_LAST = (1 << 64) - 1


@dataclass(slots=True)
class Entry:
    """A comment that may be drawn.

    Attributes
    ----------
    key, order
        The comments with the smallest keys are drawn; of equal ones the first.
    comment_id
        Empty where its row names none.
    text, cells
        Its text, and all cells of its row by their columns.
    stratum
        The name of its stratum.
    unit
        What tells it from all others.
    rows
        How many rows it stands in.
    """

    key: int
    order: int
    comment_id: str
    text: str
    stratum: str
    unit: str
    rows: int = 1
    cells: dict[str, str] = field(default_factory=dict)


class Reservoir:
    """The comments of one stratum with the smallest keys; `rows` counts all rows of the stratum."""

    def __init__(self) -> None:
        self.rows = 0
        self._heap: list[tuple[int, int, Entry]] = []  # the largest key first
        self._of_unit: dict[str, Entry] = {}

    @property
    def size(self) -> float:
        """How many comments the stratum has; from its rows, and in how many of them the comments that are kept stand.

        A comment that is kept was kept from its first row on, so that its rows are counted in full.
        """
        seen = sum(entry.rows for entry in self._of_unit.values())
        return len(self._heap) if seen == self.rows else self.rows * len(self._heap) / seen

    def last(self, most: int) -> int:
        """Give the largest key that a comment can have to be kept."""
        return -self._heap[0][0] if len(self._heap) >= most else _LAST

    def offer(self, entry: Entry, most: int, name: str, row: int) -> None:
        """Keep a comment if its key is small enough, or count one more row of one that is kept."""
        same = self._of_unit.get(entry.unit)
        if same is not None:
            if tables.normalised(same.text) != tables.normalised(entry.text):
                raise TwoTextsError(entry.comment_id, name, row)
            same.rows += 1
            return
        self._of_unit[entry.unit] = entry
        heapq.heappush(self._heap, (-entry.key, -entry.order, entry))
        self.cut(most)

    def cut(self, most: int) -> None:
        """Let go of the comments with the largest keys."""
        while len(self._heap) > most:
            _, _, entry = heapq.heappop(self._heap)
            del self._of_unit[entry.unit]

    def keeps(self, entry: Entry) -> bool:
        """Tell whether it is this entry that is kept of a comment."""
        return self._of_unit.get(entry.unit) is entry

    def first(self, count: int) -> list[Entry]:
        """Give the comments with the smallest keys."""
        return [entry for _, _, entry in heapq.nlargest(count, self._heap)]
