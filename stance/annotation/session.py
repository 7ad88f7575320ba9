"""Label the comments of a sheet one after the other: the current comment, the row of each label, and undo."""

from __future__ import annotations

from collections import Counter, deque
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import compress
from typing import TYPE_CHECKING

from stance.annotation.comment_order import FIRST_PASS, REPEAT_PURPOSE, SamplingInfo, hash_to_uniform
from stance.annotation.history import UNSURE_VALUE, LabelHistory, LabellingStep, PassKey, is_repeat
from stance.labels.sheets.cell_values import SKIPPED

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from stance.annotation.comment_order import CommentKey, Item, LabelRow
    from stance.labels.codebook import Codebook

MIN_LABELS_BEFORE_REPEAT = 10
"""A comment is shown again only after this many other labels, so that its first label is not remembered."""

MAX_PAUSE_SECONDS = 300
"""A longer time between two labels counts as a break, and as this many seconds."""

_MIN_LABELS_FOR_PACE = 3
_SECONDS_PER_HOUR = 3600


@dataclass(frozen=True)
class LabelDraft:
    """Unsaved cells of the current label: unsure, note, secondary stances."""

    unsure: bool = False
    note: str = ""
    also: tuple[str, ...] = ()

    @classmethod
    def from_row(cls, row: LabelRow | None) -> LabelDraft:
        """Return the further cells of an existing label."""
        if row is None:
            return cls()
        also = tuple(part.strip() for part in row["also"].split(";") if part.strip())
        return cls(row["unsure"] == UNSURE_VALUE, row["note"], also)


class LabellingSession:
    """One annotator labelling the comments of a sheet.

    Attributes
    ----------
    current_item
        The comment on the screen; None when all are labelled.
    draft
        The note, secondary stances and doubt that go with its label.
    previous_label
        The annotator's own label of it, if it is shown to be reconsidered.
    last_stance
        The stance of the last label, "" after any other action.
    new_label_counts
        The number of labels given in this session, by stance.
    """

    def __init__(
        self,
        annotator: str,
        codebook: Codebook,
        items: Sequence[Item],
        append_row: Callable[[Mapping[str, str]], None],
        clock: Callable[[], datetime] = lambda: datetime.now().astimezone(),
        *,
        record_versions: bool = True,
    ) -> None:
        """Start with the first comment.

        Parameters
        ----------
        annotator
            The name to write into the column `annotator`.
        codebook
            The codebook that defines the stances.
        items
            The comments to label, in order.
        append_row
            Called with the row of each label; returns when the row is on disk.
        clock
            Returns the current time.
        record_versions
            Whether to record the version of the codebook with each label; a codebook inferred from labels has none.
        """
        self.annotator, self.codebook = annotator, codebook
        self._append_row, self._clock, self._record_versions = append_row, clock, record_versions
        self._queue = deque(items)
        self._history = LabelHistory()
        self._repeats: dict[CommentKey, Item] = {}
        self._label_times: list[datetime] = []
        self.new_label_counts: Counter[str] = Counter()
        self.current_item: Item | None = None
        self.draft = LabelDraft()
        self.previous_label: LabelRow | None = None
        self.last_stance = ""
        self._advance()

    def resume(self, past_rows: Iterable[LabelRow], items: Mapping[CommentKey, Item]) -> None:
        """Load the annotator's earlier labels, so that they can be undone; skipped comments come last again."""
        self._history.replay(past_rows, items)
        if self.current_item:
            self._queue.appendleft(self.current_item)
        self._queue = deque(sorted(self._queue, key=self._history.is_skipped))
        self._advance()

    def schedule_repeats(self, share: float, seed: int, items: Mapping[CommentKey, Item]) -> None:
        """Show a share of the annotator's comments a second time later, to measure self-consistency."""
        is_drawn = hash_to_uniform(list(items), seed, REPEAT_PURPOSE) < share
        self._repeats = {key: replace(item, pass_id="2") for key, item in compress(items.items(), is_drawn.tolist())}

    def label(self, stance: str) -> None:
        """Label the current comment, and go on to the next when the label is on disk.

        Raises
        ------
        StanceError, OSError
            The label could not be written; nothing has changed.
        """
        if (item := self.current_item) is None:
            return
        also = "; ".join(name for name in self.draft.also if name != stance)
        version = self.codebook.stance_version(stance) if self._record_versions else ""
        row = self._make_row(
            item, stance=stance, also=also, codebook=version, unsure=UNSURE_VALUE if self.draft.unsure else ""
        )
        self._write_label(item, row)
        self._label_times.append(self._clock())
        self.new_label_counts[stance] += 1
        self.last_stance = stance
        self._advance()

    def toggle_unsure(self) -> None:
        """Mark the next label as unsure, or remove the mark."""
        self.draft = replace(self.draft, unsure=not self.draft.unsure)

    def toggle_also(self, stance: str) -> None:
        """Add a secondary stance to the current comment, or remove it."""
        also = self.draft.also
        kept = tuple(name for name in also if name != stance)
        self.draft = replace(self.draft, also=kept if stance in also else (*also, stance))

    def set_note(self, text: str) -> None:
        """Set the note that is saved with the next label."""
        self.draft = replace(self.draft, note=text)

    def skip(self) -> None:
        """Skip the current comment; one that has a label keeps it.

        Raises
        ------
        StanceError, OSError
            The row could not be written; nothing has changed.
        """
        if (item := self.current_item) is None:
            return
        if self._history.stance_of(item):
            self._history.steps.append(
                LabellingStep(item, self._history.rows[PassKey.from_item(item)], wrote_row=False)
            )
        else:
            self._write_label(item, self._make_row(item, stance="", also="", codebook="", unsure=SKIPPED))
            self._queue.append(item)
        self._advance()

    def undo(self) -> bool:
        """Undo the last step and show its comment again; return False if there is no step to undo.

        Raises
        ------
        StanceError, OSError
            The row could not be written; nothing has changed.
        """
        self.last_stance = ""
        if not self._history.steps:
            return False
        step = self._history.steps[-1]
        key = PassKey.from_item(step.item)
        undone_label = self._history.rows.get(key)
        if step.wrote_row:
            empty_label = self._make_row(step.item, stance="", also="", codebook="", unsure="", note="")
            restored = step.previous_row or empty_label
            self._append_row(restored)
            self._history.record(key, restored)
            if self._label_times and undone_label and undone_label["stance"]:
                self._label_times.pop()
                self.new_label_counts[undone_label["stance"]] -= 1
        self._history.steps.pop()
        self._queue = deque(item for item in self._queue if PassKey.from_item(item) != key)
        if self.current_item and PassKey.from_item(self.current_item) != key:
            self._queue.appendleft(self.current_item)
        self.current_item, self.previous_label = step.item, undone_label
        self.draft = LabelDraft.from_row(undone_label)
        return True

    def revisit_unsure(self) -> int:
        """Go back to the comments marked as unsure; return how many there are."""
        items = {PassKey.from_item(step.item): step.item for step in self._history.steps}
        unsure_items = [items[key] for key in self._history.unsure_keys if key in items]
        if unsure_items:
            if self.current_item:
                self._queue.appendleft(self.current_item)
            unsure_keys = {PassKey.from_item(item) for item in unsure_items}
            waiting = (item for item in self._queue if PassKey.from_item(item) not in unsure_keys)
            self._queue = deque([*unsure_items, *waiting])
            self._advance()
        return len(unsure_items)

    @property
    def stance_counts(self) -> Counter[str]:
        """The number of comments with each stance, by the annotator's labels of all sessions."""
        return self._history.stance_counts

    @property
    def n_done(self) -> int:
        """The number of comments that have the annotator's label."""
        return self.stance_counts.total()

    @property
    def n_left(self) -> int:
        """The number of comments still to be labelled, the current one included.

        A repeated comment does not count, else the annotator would notice that it is one.
        """
        items = list(self._queue)
        if (item := self.current_item) and not is_repeat(item.pass_id, item.sampling.sampled):
            items.append(item)
        return sum(not self._history.stance_of(item) for item in items)

    @property
    def n_unsure(self) -> int:
        """The number of labels marked as unsure."""
        return len(self._history.unsure_keys)

    @property
    def n_skipped(self) -> int:
        """The number of skipped comments."""
        return self._history.n_skipped

    @property
    def labels_per_hour(self) -> float | None:
        """Labels per hour, breaks left out; None if there are too few labels."""
        if len(self._label_times) < _MIN_LABELS_FOR_PACE:
            return None
        gaps = (after - before for before, after in zip(self._label_times, self._label_times[1:], strict=False))
        seconds = sum(min(gap.total_seconds(), MAX_PAUSE_SECONDS) for gap in gaps)
        return (len(self._label_times) - 1) / max(seconds, 1) * _SECONDS_PER_HOUR

    def _make_row(self, item: Item, **cells: str) -> LabelRow:
        return {
            "comment_id": item.key.comment_id,
            "article_id": item.article_id,
            "text": item.text,
            "target": item.key.target,
            "annotator": self.annotator,
            "pass": item.pass_id,
            "note": self.draft.note,
            "labelled_at": self._clock().isoformat(timespec="seconds"),
            **item.sampling._asdict(),
            **cells,
        }

    def _write_label(self, item: Item, row: LabelRow) -> None:
        self._append_row(row)
        key = PassKey.from_item(item)
        self._history.steps.append(LabellingStep(item, self._history.rows.get(key)))
        self._history.record(key, row)

    def _advance(self) -> None:
        self.current_item = self._due_repeat() or (self._queue.popleft() if self._queue else None)
        key = PassKey.from_item(self.current_item) if self.current_item else None
        self.previous_label = self._history.rows.get(key) if key else None
        # The annotator may be sure after reconsidering the comment.
        self.draft = replace(LabelDraft.from_row(self.previous_label), unsure=False)

    def _due_repeat(self) -> Item | None:
        """Return a comment to be shown a second time whose first label is long enough ago."""
        if not self._repeats:
            return None
        rows = self._history.rows
        first_passes = [key for key, row in rows.items() if key.pass_id == FIRST_PASS and row["stance"]]
        for key in first_passes[:-MIN_LABELS_BEFORE_REPEAT]:
            repeat = self._repeats.get(key.comment)
            if repeat and PassKey.from_item(repeat) not in rows:
                return replace(repeat, sampling=SamplingInfo.from_row(rows[key]))
        return None
