"""The comments of one stratum that may still be drawn from it."""

from __future__ import annotations

import heapq
from dataclasses import dataclass, field

from stance import tables
from stance.errors import TextMismatchError

_MAX_KEY = (1 << 64) - 1


@dataclass(slots=True)
class CandidateComment:
    """A comment that may be drawn.

    Attributes
    ----------
    random_key, row_order
        The comments with the smallest keys are drawn; of equal ones the first.
    comment_id
        Empty where its row names none.
    text, cells
        Its text, and all cells of its row by their columns.
    stratum
        The name of its stratum.
    comment_key
        What tells it from all others.
    n_rows
        How many rows it stands in.
    """

    random_key: int
    row_order: int
    comment_id: str
    text: str
    stratum: str
    comment_key: str
    n_rows: int = 1
    cells: dict[str, str] = field(default_factory=dict)


class Reservoir:
    """The comments of one stratum with the smallest keys; `n_rows` counts all rows of the stratum."""

    def __init__(self) -> None:
        self.n_rows = 0
        self._heap: list[tuple[int, int, CandidateComment]] = []  # the largest key first
        self._by_comment_key: dict[str, CandidateComment] = {}

    @property
    def estimated_size(self) -> float:
        """How many comments the stratum has; from its rows, and in how many of them the comments that are kept stand.

        A comment that is kept was kept from its first row on, so that its rows are counted in full.
        """
        seen = sum(entry.n_rows for entry in self._by_comment_key.values())
        return len(self._heap) if seen == self.n_rows else self.n_rows * len(self._heap) / seen

    def largest_key(self, capacity: int) -> int:
        """Give the largest key that a comment can have to be kept."""
        return -self._heap[0][0] if len(self._heap) >= capacity else _MAX_KEY

    def offer(self, comment: CandidateComment, capacity: int, input_name: str, row: int) -> None:
        """Keep a comment if its key is small enough, or count one more row of one that is kept."""
        same = self._by_comment_key.get(comment.comment_key)
        if same is not None:
            if tables.normalise_text(same.text) != tables.normalise_text(comment.text):
                raise TextMismatchError(comment.comment_id, input_name, row)
            same.n_rows += 1
            return
        self._by_comment_key[comment.comment_key] = comment
        heapq.heappush(self._heap, (-comment.random_key, -comment.row_order, comment))
        self.trim(capacity)

    def trim(self, capacity: int) -> None:
        """Let go of the comments with the largest keys."""
        while len(self._heap) > capacity:
            _, _, entry = heapq.heappop(self._heap)
            del self._by_comment_key[entry.comment_key]

    def contains(self, comment: CandidateComment) -> bool:
        """Tell whether it is this entry that is kept of a comment."""
        return self._by_comment_key.get(comment.comment_key) is comment

    def smallest(self, count: int) -> list[CandidateComment]:
        """Give the comments with the smallest keys."""
        return [entry for _, _, entry in heapq.nlargest(count, self._heap)]
