"""The rows of a sheet -> which comments one annotator sees, and in which order."""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import ceil
from typing import TYPE_CHECKING, NamedTuple

from stance import tables
from stance.labels.resolution import ADJUDICATED, find_conflicts
from stance.sampling import random_keys

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    import numpy as np
    import pandas as pd
    from numpy.typing import NDArray

RANDOM, UNCERTAIN, DISAGREE = "random", "uncertain", "disagree"
FIRST = "1"

SECOND, AGAIN = "second", "again"
"""What lots are drawn for besides the order."""

_SEPARATOR = "\x1f"
_CHOSEN_BY_MODEL = {UNCERTAIN, DISAGREE}

Row = dict[str, str]
"""The cells of a label by their column."""


class About(NamedTuple):
    """What a label is about."""

    comment_id: str
    target: str


class How(NamedTuple):
    """How a comment was chosen to be labelled: by what, by which seed, and with which probability, if that is known."""

    sampled: str = ""
    seed: str = ""
    probability: str = ""


_NOT_SAID = How()


@dataclass(frozen=True)
class Item:
    """One comment to be labelled, toward one target.

    Attributes
    ----------
    about
        The comment and the target.
    article_id, title, text
        The comment and its article.
    answers
        The text of the comment that it answers, if that is known.
    number
        Which reading of it by this annotator it is to be, or `adjudicated`.
    how
        How it was chosen.
    opinions
        The labels that others gave; for an adjudicator only.
    """

    about: About
    article_id: str
    title: str
    text: str
    answers: str = ""
    number: str = FIRST
    how: How = _NOT_SAID
    opinions: tuple[Row, ...] = ()


@dataclass(frozen=True, eq=False)
class Pool:
    """All that a sheet holds: its comments in their order, and the labels that count, a frame of one row each."""

    comments: dict[About, Item]
    labels: pd.DataFrame

    @property
    def unlabelled(self) -> list[Item]:
        """The comments that nobody has labelled."""
        labelled = set(_abouts(self.labels))
        return [item for about, item in self.comments.items() if about not in labelled]

    def of(self, annotator: str) -> dict[About, list[Row]]:
        """Find the labels that an annotator gave to each comment in all readings, but for adjudications."""
        own = self.labels[(self.labels["annotator"] == annotator) & (self.labels["pass"] != ADJUDICATED)]
        given: dict[About, list[Row]] = {}
        for about, row in zip(_abouts(own), _rows(own), strict=True):
            given.setdefault(about, []).append(row)
        return given


def pool(frame: pd.DataFrame, rows: pd.DataFrame) -> Pool:
    """Gather the comments of a sheet and their labels.

    Parameters
    ----------
    frame
        The sheet as it was read.
    rows
        The same as `labels.rows` gives it: with an id each, and a stance only where a label counts.
    """
    texts, articles, titles = (_told(rows, column) for column in ("text", "article_id", "article_title"))
    answered = frame["reply_to"].str.strip().to_list() if "reply_to" in frame.columns else [""] * len(rows)
    parents = {one: other for one, other in zip(rows["comment_id"].to_list(), answered, strict=True) if other}
    with_target = set(rows.loc[rows["target"] != "", "comment_id"])
    # How a comment was drawn is said where it is still to do; a label says how it came to be labelled, and so does one
    # that does not count any more.
    is_todo = (rows["stance"] == "") & (rows["annotator"] == "") & (rows["labelled_at"] == "")
    drawn = rows[is_todo & (rows["sampled"] != "") & ~rows["sampled"].isin(_CHOSEN_BY_MODEL)]
    how = {about: _how(row) for about, row in zip(_abouts(drawn), _rows(drawn), strict=True)}
    comments: dict[About, Item] = {}
    for about in dict.fromkeys(_abouts(rows)):
        comment = about.comment_id
        if comment not in texts or (not about.target and comment in with_target):
            continue
        answers = texts.get(parents.get(comment, ""), "")
        article, title = articles.get(comment, ""), titles.get(comment, "")
        comments[about] = Item(about, article, title, texts[comment], answers, how=how.get(about, _NOT_SAID))
    return Pool(comments, rows[rows["stance"] != ""])


def random_order(found: Pool, seed: int) -> list[Item]:
    """Order what nobody has labelled by lot; a comment that was drawn into the sheet stays drawn as it was.

    The lot is that of all comments of the sheet, so that those labelled at any time are a random sample of all.
    """
    by_lot = How(RANDOM, str(seed))
    labelled = set(_abouts(found.labels))
    order = (found.comments[about] for about in shuffled(found.comments, seed) if about not in labelled)
    return [item if item.how.sampled else replace(item, how=by_lot) for item in order]


def drawn_again(found: Pool, seed: int) -> list[Row]:
    """Find labels of comments that a model chose, and to which the random order has come since.

    Added once more, as drawn at random, they make what is drawn a random sample of all comments again: without them it
    would be one of the easy ones.
    """
    labelled: dict[About, list[Row]] = {}
    for about, row in zip(_abouts(found.labels), _rows(found.labels), strict=True):
        labelled.setdefault(about, []).append(row)
    by_lot = How(RANDOM, str(seed))
    order = [found.comments[about] for about in shuffled(found.comments, seed)]
    hows = [item.how if item.how.sampled else by_lot for item in order]
    reached = [
        place
        for place, (item, how) in enumerate(zip(order, hows, strict=True))
        if any(_how(row) == how for row in labelled.get(item.about, []))
    ]
    end = len(order) if len(labelled.keys() & found.comments.keys()) == len(order) else max(reached, default=-1) + 1
    again = []
    for item, how in zip(order[:end], hows[:end], strict=True):
        given = labelled.get(item.about, [])
        if given and all(row["sampled"] in _CHOSEN_BY_MODEL for row in given):
            again.append({**given[-1], **how._asdict()})
    return again


def second_reading(found: Pool, annotator: str, seed: int, share: float) -> list[Item]:
    """Draw a share of what others have labelled, to be labelled independently; each stays chosen as it was."""
    others = found.labels[(found.labels["annotator"] != annotator) & (found.labels["pass"] != ADJUDICATED)]
    given = {about: row for about, row in zip(_abouts(others), _rows(others), strict=True) if about in found.comments}
    own = found.of(annotator)
    drawn = shuffled(given, seed, SECOND)[: ceil(share * len(given))]
    return [replace(found.comments[about], how=_how(given[about])) for about in drawn if about not in own]


def ranked(found: Pool, annotator: str, order: str, seed: int, abouts: Iterable[tuple[str, str]]) -> list[Item]:
    """Take comments in the order in which a model, or a disagreement, has ranked them.

    What the annotator has labelled before is read once more, and once only.
    """
    own = found.of(annotator)
    items = []
    for about in map(About._make, abouts):
        before = own.get(about, [])
        if about in found.comments and not any(row["sampled"] == DISAGREE for row in before):
            number = str(max((int(row["pass"]) for row in before), default=0) + 1)
            items.append(replace(found.comments[about], number=number, how=How(order, str(seed))))
    return items


def to_adjudicate(found: Pool) -> list[Item]:
    """List the comments whose labels differ and on which nobody has decided, with who said what."""
    opinions: dict[About, list[Row]] = {}
    differing = find_conflicts(found.labels)
    for about, row in zip(_abouts(differing), _rows(differing), strict=True):
        opinions.setdefault(about, []).append(row)
    return [
        replace(found.comments[about], number=ADJUDICATED, how=_NOT_SAID, opinions=tuple(rows))
        for about, rows in opinions.items()
        if about in found.comments
    ]


def lots(abouts: Sequence[About], seed: int, purpose: str = random_keys.ORDER_PURPOSE) -> NDArray[np.float64]:
    """Draw a number from 0 to 1 for each, whichever others there are, of shape (n,)."""
    numbers: NDArray[np.float64] = (
        random_keys.compute_random_keys(map(_SEPARATOR.join, abouts), seed, purpose) / 2.0**64
    )
    return numbers


def shuffled(abouts: Iterable[About], seed: int, purpose: str = random_keys.ORDER_PURPOSE) -> list[About]:
    """Order by lot; where comments are added later, the others keep their order."""
    listed = list(abouts)
    drawn = lots(listed, seed, purpose).tolist()
    return [about for _, about in sorted(zip(drawn, listed, strict=True))]


def past_rows(rows: pd.DataFrame, annotator: str, *, adjudicated: bool = False) -> list[Row]:
    """Give all rows that an annotator has added, whether they count still or not, in their order.

    Parameters
    ----------
    rows
        As `labels.as_written` gives them.
    annotator
        Who added them.
    adjudicated
        Whether to give adjudications, or all others.
    """
    own = rows[(rows["annotator"] == annotator) & ((rows["pass"] == ADJUDICATED) == adjudicated)]
    return _rows(own)


def _told(rows: pd.DataFrame, column: str) -> dict[str, str]:
    """Look up what the first row of each comment that says so says."""
    told = rows[rows[column].str.strip() != ""].drop_duplicates("comment_id")
    return dict(zip(told["comment_id"].to_list(), told[column].to_list(), strict=True))


def _how(row: Row) -> How:
    return How(row["sampled"], row["seed"], row["probability"])


def _abouts(rows: pd.DataFrame) -> list[About]:
    return list(map(About, rows["comment_id"].to_list(), rows["target"].to_list()))


def _rows(rows: pd.DataFrame) -> list[Row]:
    columns = [name for name in rows.columns if name not in {"path", "row", tables.GROUP}]
    return [{str(name): cell for name, cell in row.items()} for row in rows[columns].to_dict("records")]
