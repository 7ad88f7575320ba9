"""One annotator at work: what is to be labelled now, what each step adds to the sheet, and the way back."""

from __future__ import annotations

from collections import Counter, deque
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import compress
from typing import TYPE_CHECKING

from stance.annotation.comment_order import FIRST_PASS, REPEAT_PURPOSE, hash_to_uniform
from stance.annotation.history import UNSURE_VALUE, LabelHistory, LabelKey, LabellingStep, is_repeat, sampling_info_of
from stance.labels.sheets.cell_values import SKIPPED

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from stance.annotation.comment_order import CommentKey, Item, LabelRow
    from stance.labels.codebook import Codebook

MIN_LABELS_BEFORE_REPEAT = 10
"""A comment is shown again after this many others at the earliest, when its label is no longer in mind."""

MAX_PAUSE_SECONDS = 300
"""Seconds without a label after which the annotator is taken to have had a break."""

_MIN_LABELS_FOR_PACE = 3
_SECONDS_PER_HOUR = 3600


@dataclass(frozen=True)
class LabelDraft:
    """What goes with the label of the comment that is shown, once that is given."""

    unsure: bool = False
    note: str = ""
    also: tuple[str, ...] = ()

    @classmethod
    def from_row(cls, row: LabelRow | None) -> LabelDraft:
        """Take what went with a label."""
        if row is None:
            return cls()
        also = tuple(part.strip() for part in row["also"].split(";") if part.strip())
        return cls(row["unsure"] == UNSURE_VALUE, row["note"], also)


class LabellingSession:
    """One annotator's way through the comments of a sheet.

    Attributes
    ----------
    current_item
        The comment that is shown; None when all are done.
    draft
        What goes with its label.
    previous_label
        The annotator's own label of it, where it is shown to be thought over.
    last_stance
        The stance that was given last, until something else is done.
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
        """Begin with the first comment.

        Parameters
        ----------
        annotator
            Who labels.
        codebook
            The stances.
        items
            The comments to label, in their order.
        append_row
            Adds a row to the sheet, and returns when it is on disk.
        clock
            The time.
        record_versions
            Whether labels record which version of the codebook they were given by; one that was made from labels
            has none.
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
        """Take up what the annotator has labelled before, so that one can go back to it.

        Comments that were left for later come last again.
        """
        self._history.replay(past_rows, items)
        if self.current_item:
            self._queue.appendleft(self.current_item)
        self._queue = deque(sorted(self._queue, key=self._history.is_skipped))
        self._advance()

    def schedule_repeats(self, share: float, seed: int, items: Mapping[CommentKey, Item]) -> None:
        """Show a share of the annotator's comments once more later, to see whether they get the same label."""
        drawn = hash_to_uniform(list(items), seed, REPEAT_PURPOSE) < share
        self._repeats = {about: replace(item, pass_id="2") for about, item in compress(items.items(), drawn.tolist())}

    def label(self, stance: str) -> None:
        """Give the comment that is shown a stance, and go on when that is on disk.

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
        """Say that one is unsure of the label to come, or not any more."""
        self.draft = replace(self.draft, unsure=not self.draft.unsure)

    def toggle_also(self, stance: str) -> None:
        """Say that the comment holds a further stance, or not any more."""
        also = self.draft.also
        kept = tuple(name for name in also if name != stance)
        self.draft = replace(self.draft, also=kept if stance in also else (*also, stance))

    def set_note(self, text: str) -> None:
        """Note something beside the label to come."""
        self.draft = replace(self.draft, note=text)

    def skip(self) -> None:
        """Leave the comment that is shown for later; one that is thought over keeps its label.

        Raises
        ------
        StanceError, OSError
            That could not be written; nothing has changed.
        """
        if (item := self.current_item) is None:
            return
        if self._history.stance_of(item):
            self._history.steps.append(
                LabellingStep(item, self._history.rows[LabelKey.from_item(item)], wrote_row=False)
            )
        else:
            self._write_label(item, self._make_row(item, stance="", also="", codebook="", unsure=SKIPPED))
            self._queue.append(item)
        self._advance()

    def undo(self) -> bool:
        """Take back the last step and show its comment again; tell whether there was one.

        Raises
        ------
        StanceError, OSError
            That could not be written; nothing has changed.
        """
        self.last_stance = ""
        if not self._history.steps:
            return False
        step = self._history.steps[-1]
        key = LabelKey.from_item(step.item)
        undone = self._history.rows.get(key)
        if step.wrote_row:
            blank = self._make_row(step.item, stance="", also="", codebook="", unsure="", note="")
            before = step.previous_row or blank
            self._append_row(before)
            self._history.record(key, before)
            if self._label_times and undone and undone["stance"]:
                self._label_times.pop()
                self.new_label_counts[undone["stance"]] -= 1
        self._history.steps.pop()
        self._queue = deque(item for item in self._queue if LabelKey.from_item(item) != key)
        if self.current_item and LabelKey.from_item(self.current_item) != key:
            self._queue.appendleft(self.current_item)
        self.current_item, self.previous_label, self.draft = step.item, undone, LabelDraft.from_row(undone)
        return True

    def revisit_unsure(self) -> int:
        """Go back to the comments that the annotator was unsure of; tell how many there are."""
        items = {LabelKey.from_item(step.item): step.item for step in self._history.steps}
        found = [items[key] for key in self._history.unsure_keys if key in items]
        if found:
            if self.current_item:
                self._queue.appendleft(self.current_item)
            waiting = {LabelKey.from_item(item) for item in found}
            self._queue = deque([*found, *(item for item in self._queue if LabelKey.from_item(item) not in waiting)])
            self._advance()
        return len(found)

    @property
    def stance_counts(self) -> Counter[str]:
        """How many comments have each stance by the annotator's labels."""
        return self._history.stance_counts

    @property
    def n_done(self) -> int:
        """How many comments have the annotator's label."""
        return self.stance_counts.total()

    @property
    def n_left(self) -> int:
        """How many are still to be labelled, with the one that is shown.

        A comment that is shown once more does not count: the annotator could tell by it.
        """
        shown = (
            [self.current_item]
            if self.current_item and not is_repeat(self.current_item.pass_id, self.current_item.sampling.sampled)
            else []
        )
        return sum(not self._history.stance_of(item) for item in (*shown, *self._queue))

    @property
    def n_unsure(self) -> int:
        """Of how many comments the annotator was unsure."""
        return len(self._history.unsure_keys)

    @property
    def n_skipped(self) -> int:
        """How many comments were left for later."""
        return self._history.n_skipped

    @property
    def labels_per_hour(self) -> float | None:
        """Labels an hour, without breaks; None while there are too few to tell."""
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
        key = LabelKey.from_item(item)
        self._history.steps.append(LabellingStep(item, self._history.rows.get(key)))
        self._history.record(key, row)

    def _advance(self) -> None:
        self.current_item = self._due_repeat() or (self._queue.popleft() if self._queue else None)
        self.previous_label = (
            self._history.rows.get(LabelKey.from_item(self.current_item)) if self.current_item else None
        )
        self.draft = replace(
            LabelDraft.from_row(self.previous_label), unsure=False
        )  # what one thinks over, one may be sure of now

    def _due_repeat(self) -> Item | None:
        """Find a comment that is to be shown again, and was labelled long enough ago."""
        if not self._repeats:
            return None
        rows = self._history.rows
        firsts = [key for key, row in rows.items() if key.pass_id == FIRST_PASS and row["stance"]]
        for key in firsts[:-MIN_LABELS_BEFORE_REPEAT]:
            again = self._repeats.get(key.comment)
            if again and LabelKey.from_item(again) not in rows:
                return replace(again, sampling=sampling_info_of(rows[key]))
        return None
