"""Keep the comments of one stratum that may still be drawn (bottom-k sampling)."""

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
        The comments with the smallest random keys are drawn; on a tie the one in the earlier row.
    comment_id
        Empty if its row has none.
    text, cells
        Its text, and the other cells of its row by column name.
    stratum
        The name of its stratum.
    comment_key
        A string that identifies the comment.
    n_rows
        The number of rows of the input that hold it.
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
    """Keeps the comments of one stratum with the smallest random keys; `n_rows` counts all rows of the stratum."""

    def __init__(self) -> None:
        self.n_rows = 0
        self._heap: list[tuple[int, int, CandidateComment]] = []  # keys are negated: the largest comes first
        self._by_comment_key: dict[str, CandidateComment] = {}

    @property
    def estimated_size(self) -> float:
        """The number of comments in the stratum, estimated from its rows and the rows per comment that is kept.

        The rows of a kept comment are counted in full, since it has been kept since its first row.
        """
        n_rows_kept = sum(comment.n_rows for comment in self._by_comment_key.values())
        return len(self._heap) if n_rows_kept == self.n_rows else self.n_rows * len(self._heap) / n_rows_kept

    def largest_key(self, capacity: int) -> int:
        """Return the largest random key with which a comment would be kept."""
        return -self._heap[0][0] if len(self._heap) >= capacity else _MAX_KEY

    def offer(self, comment: CandidateComment, capacity: int, input_name: str, row: int) -> None:
        """Keep a comment if its key is small enough, or count another row of a comment that is kept.

        Raises
        ------
        TextMismatchError
            Two rows of the comment have different texts.
        """
        kept = self._by_comment_key.get(comment.comment_key)
        if kept is not None:
            if tables.normalise_text(kept.text) != tables.normalise_text(comment.text):
                raise TextMismatchError(comment.comment_id, input_name, row)
            kept.n_rows += 1
            return
        self._by_comment_key[comment.comment_key] = comment
        heapq.heappush(self._heap, (-comment.random_key, -comment.row_order, comment))
        self.trim(capacity)

    def trim(self, capacity: int) -> None:
        """Drop the comments with the largest keys until `capacity` are left."""
        while len(self._heap) > capacity:
            _, _, comment = heapq.heappop(self._heap)
            del self._by_comment_key[comment.comment_key]

    def contains(self, comment: CandidateComment) -> bool:
        """Return whether this very object is kept, not an earlier row of the same comment."""
        return self._by_comment_key.get(comment.comment_key) is comment

    def smallest(self, count: int) -> list[CandidateComment]:
        """Return the `count` comments with the smallest keys."""
        return [comment for _, _, comment in heapq.nlargest(count, self._heap)]
