"""One annotator at work: what is to be labelled now, what each step adds to the sheet, and the way back."""

from __future__ import annotations

from collections import Counter, deque
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import compress
from typing import TYPE_CHECKING

from stance.annotation.comment_order import AGAIN, FIRST, lots
from stance.annotation.history import UNSURE, History, Key, Step, how_in, is_repeat
from stance.labels.sheets.cell_values import SKIPPED

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from stance.annotation.comment_order import About, Item, Row
    from stance.labels.codebook import Codebook

LABELS_BETWEEN = 10
"""A comment is shown again after this many others at the earliest, when its label is no longer in mind."""

LONGEST_PAUSE = 300
"""Seconds without a label after which the annotator is taken to have had a break."""

_FEWEST_FOR_PACE = 3
_HOUR = 3600


@dataclass(frozen=True)
class Draft:
    """What goes with the label of the comment that is shown, once that is given."""

    unsure: bool = False
    note: str = ""
    also: tuple[str, ...] = ()

    @classmethod
    def of(cls, row: Row | None) -> Draft:
        """Take what went with a label."""
        if row is None:
            return cls()
        also = tuple(part.strip() for part in row["also"].split(";") if part.strip())
        return cls(row["unsure"] == UNSURE, row["note"], also)


class Session:
    """One annotator's way through the comments of a sheet.

    Attributes
    ----------
    item
        The comment that is shown; None when all are done.
    draft
        What goes with its label.
    former
        The annotator's own label of it, where it is shown to be thought over.
    last
        The stance that was given last, until something else is done.
    """

    def __init__(
        self,
        annotator: str,
        codebook: Codebook,
        items: Sequence[Item],
        append: Callable[[Mapping[str, str]], None],
        now: Callable[[], datetime] = lambda: datetime.now().astimezone(),
        *,
        versions: bool = True,
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
        append
            Adds a row to the sheet, and returns when it is on disk.
        now
            The time.
        versions
            Whether labels record which version of the codebook they were given by; one that was made from labels
            has none.
        """
        self.annotator, self.codebook = annotator, codebook
        self._append, self._now, self._versions = append, now, versions
        self._queue = deque(items)
        self._history = History()
        self._again: dict[About, Item] = {}
        self._times: list[datetime] = []
        self.given: Counter[str] = Counter()
        self.item: Item | None = None
        self.draft = Draft()
        self.former: Row | None = None
        self.last = ""
        self._next()

    def resume(self, past: Iterable[Row], comments: Mapping[About, Item]) -> None:
        """Take up what the annotator has labelled before, so that one can go back to it.

        Comments that were left for later come last again.
        """
        self._history.replay(past, comments)
        if self.item:
            self._queue.appendleft(self.item)
        self._queue = deque(sorted(self._queue, key=self._history.is_left))
        self._next()

    def show_again(self, share: float, seed: int, comments: Mapping[About, Item]) -> None:
        """Show a share of the annotator's comments once more later, to see whether they get the same label."""
        drawn = lots(list(comments), seed, AGAIN) < share
        self._again = {about: replace(item, number="2") for about, item in compress(comments.items(), drawn.tolist())}

    def label(self, stance: str) -> None:
        """Give the comment that is shown a stance, and go on when that is on disk.

        Raises
        ------
        StanceError, OSError
            The label could not be written; nothing has changed.
        """
        if (item := self.item) is None:
            return
        also = "; ".join(name for name in self.draft.also if name != stance)
        version = self.codebook.stance_version(stance) if self._versions else ""
        row = self._row(item, stance=stance, also=also, codebook=version, unsure=UNSURE if self.draft.unsure else "")
        self._write(item, row)
        self._times.append(self._now())
        self.given[stance] += 1
        self.last = stance
        self._next()

    def toggle_unsure(self) -> None:
        """Say that one is unsure of the label to come, or not any more."""
        self.draft = replace(self.draft, unsure=not self.draft.unsure)

    def toggle_also(self, stance: str) -> None:
        """Say that the comment holds a further stance, or not any more."""
        also = self.draft.also
        kept = tuple(name for name in also if name != stance)
        self.draft = replace(self.draft, also=kept if stance in also else (*also, stance))

    def note(self, text: str) -> None:
        """Note something beside the label to come."""
        self.draft = replace(self.draft, note=text)

    def skip(self) -> None:
        """Leave the comment that is shown for later; one that is thought over keeps its label.

        Raises
        ------
        StanceError, OSError
            That could not be written; nothing has changed.
        """
        if (item := self.item) is None:
            return
        if self._history.stance(item):
            self._history.steps.append(Step(item, self._history.rows[Key.of(item)], wrote=False))
        else:
            self._write(item, self._row(item, stance="", also="", codebook="", unsure=SKIPPED))
            self._queue.append(item)
        self._next()

    def undo(self) -> bool:
        """Take back the last step and show its comment again; tell whether there was one.

        Raises
        ------
        StanceError, OSError
            That could not be written; nothing has changed.
        """
        self.last = ""
        if not self._history.steps:
            return False
        step = self._history.steps[-1]
        key = Key.of(step.item)
        undone = self._history.rows.get(key)
        if step.wrote:
            blank = self._row(step.item, stance="", also="", codebook="", unsure="", note="")
            before = step.before or blank
            self._append(before)
            self._history.take(key, before)
            if self._times and undone and undone["stance"]:
                self._times.pop()
                self.given[undone["stance"]] -= 1
        self._history.steps.pop()
        self._queue = deque(item for item in self._queue if Key.of(item) != key)
        if self.item and Key.of(self.item) != key:
            self._queue.appendleft(self.item)
        self.item, self.former, self.draft = step.item, undone, Draft.of(undone)
        return True

    def revisit(self) -> int:
        """Go back to the comments that the annotator was unsure of; tell how many there are."""
        items = {Key.of(step.item): step.item for step in self._history.steps}
        found = [items[key] for key in self._history.unsure if key in items]
        if found:
            if self.item:
                self._queue.appendleft(self.item)
            waiting = {Key.of(item) for item in found}
            self._queue = deque([*found, *(item for item in self._queue if Key.of(item) not in waiting)])
            self._next()
        return len(found)

    @property
    def counts(self) -> Counter[str]:
        """How many comments have each stance by the annotator's labels."""
        return self._history.counts

    @property
    def done(self) -> int:
        """How many comments have the annotator's label."""
        return self.counts.total()

    @property
    def left(self) -> int:
        """How many are still to be labelled, with the one that is shown.

        A comment that is shown once more does not count: the annotator could tell by it.
        """
        shown = [self.item] if self.item and not is_repeat(self.item.number, self.item.how.sampled) else []
        return sum(not self._history.stance(item) for item in (*shown, *self._queue))

    @property
    def unsure(self) -> int:
        """Of how many comments the annotator was unsure."""
        return len(self._history.unsure)

    @property
    def skipped(self) -> int:
        """How many comments were left for later."""
        return self._history.skipped

    @property
    def pace(self) -> float | None:
        """Labels an hour, without breaks; None while there are too few to tell."""
        if len(self._times) < _FEWEST_FOR_PACE:
            return None
        gaps = (after - before for before, after in zip(self._times, self._times[1:], strict=False))
        seconds = sum(min(gap.total_seconds(), LONGEST_PAUSE) for gap in gaps)
        return (len(self._times) - 1) / max(seconds, 1) * _HOUR

    def _row(self, item: Item, **cells: str) -> Row:
        return {
            "comment_id": item.about.comment_id,
            "article_id": item.article_id,
            "text": item.text,
            "target": item.about.target,
            "annotator": self.annotator,
            "pass": item.number,
            "note": self.draft.note,
            "labelled_at": self._now().isoformat(timespec="seconds"),
            **item.how._asdict(),
            **cells,
        }

    def _write(self, item: Item, row: Row) -> None:
        self._append(row)
        key = Key.of(item)
        self._history.steps.append(Step(item, self._history.rows.get(key)))
        self._history.take(key, row)

    def _next(self) -> None:
        self.item = self._due() or (self._queue.popleft() if self._queue else None)
        self.former = self._history.rows.get(Key.of(self.item)) if self.item else None
        self.draft = replace(Draft.of(self.former), unsure=False)  # what one thinks over, one may be sure of now

    def _due(self) -> Item | None:
        """Find a comment that is to be shown again, and was labelled long enough ago."""
        if not self._again:
            return None
        rows = self._history.rows
        firsts = [key for key, row in rows.items() if key.number == FIRST and row["stance"]]
        for key in firsts[:-LABELS_BETWEEN]:
            again = self._again.get(key.about)
            if again and Key.of(again) not in rows:
                return replace(again, how=how_in(rows[key]))
        return None
