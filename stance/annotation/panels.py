"""Render the panels of the labelling screen and the codebook as styled text."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.content import Content

from stance.annotation.comment_order import FIRST_PASS
from stance.reports.text_format import format_count, replace_unprintable
from stance.wording import pluralise

if TYPE_CHECKING:
    from collections.abc import Sequence

    from stance.annotation.comment_order import Item
    from stance.annotation.session import LabellingSession
    from stance.labels.codebook import Codebook

COMMAND_HINTS = (
    ("?", "codebook"), ("z", "undo"), ("s", "skip"), ("u", "unsure"), ("n", "note"), ("a", "also"),
    ("r", "review unsure"), ("q", "quit"),
)  # fmt: skip

_MAX_EXAMPLES = 3
_GAP = 2


def format_progress(session: LabellingSession) -> str:
    """Return how many comments are labelled, left, unsure and skipped, and the labels per hour."""
    parts = [f"{format_count(session.n_done)} of {format_count(session.n_done + session.n_left)} labelled"]
    if session.n_unsure:
        parts.append(f"{format_count(session.n_unsure)} unsure")
    if session.n_skipped:
        parts.append(f"{format_count(session.n_skipped)} skipped")
    if session.labels_per_hour is not None:
        parts.append(f"{session.labels_per_hour:,.0f} labels/hour")
    return ", ".join(parts)


def render_heading(left: str, right: str, width: int) -> Content:
    """Place two texts at the ends of a line; the left one is truncated if they do not fit."""
    available = max(0, width - len(right) - _GAP)
    truncated = Content(replace_unprintable(left)).truncate(available, ellipsis=True)
    return Content.assemble(truncated, " " * max(_GAP, width - truncated.cell_length - len(right)), (right, "dim"))


def render_article(item: Item) -> Content:
    """Render the title of the article, and the target if the sheet has targets."""
    parts = [Content.styled(replace_unprintable(item.article_title), "bold")] if item.article_title else []
    if item.key.target:
        parts.append(Content.assemble(("target: ", "dim"), (replace_unprintable(item.key.target), "bold")))
    return Content("\n").join(parts)


def render_parent_comment(item: Item) -> Content:
    """Render the comment that this one replies to, on one line."""
    return Content.assemble(("reply to: ", "bold"), replace_unprintable(" ".join(item.parent_text.split())))


def render_other_labels(item: Item) -> Content:
    """Render the labels of all annotators, for an adjudicator."""
    lines = []
    for row in item.other_labels:
        annotator = replace_unprintable(row["annotator"]) or "(no name)"
        later_pass = "" if row["pass"] == FIRST_PASS else f", pass {row['pass']}"
        unsure = ", unsure" if row["unsure"] else ""
        note = f": {replace_unprintable(row['note'])}" if row["note"] else ""
        stance = replace_unprintable(row["stance"])
        lines.append(Content.assemble((stance, "bold"), f"  {annotator}{later_pass}{unsure}", (note, "dim")))
    return Content("\n").join(lines)


def render_stances(session: LabellingSession, keys: Sequence[str], width: int, *, choosing_also: bool) -> Content:
    """Render the key, name and count of every stance in columns.

    Parameters
    ----------
    session
        The session with the codebook and the counts.
    keys
        The key of each stance.
    width
        The width of the panel in cells.
    choosing_also
        Whether the keys select secondary stances; these are highlighted then instead of the previous label.
    """
    names = session.codebook.stance_names
    min_width = max(len(replace_unprintable(name)) for name in names) + 10
    n_columns = max(1, min(width // min_width, 3))
    n_rows = -(-len(names) // n_columns)
    previous_stance = session.previous_label["stance"] if session.previous_label else ""
    highlighted = session.draft.also if choosing_also else (previous_stance,)
    lines = []
    for first in range(n_rows):
        cells = [
            _render_stance(names[index], keys[index], session, width // n_columns, highlighted)
            for index in range(first, len(names), n_rows)
        ]
        lines.append(Content.assemble(*cells))
    return Content("\n").join(lines)


def _render_stance(name: str, key: str, session: LabellingSession, width: int, highlighted: Sequence[str]) -> Content:
    displayed = f"{replace_unprintable(name)}{' +' if name in session.draft.also else ''}"
    cell = Content.assemble(
        (f" {key} ", "reverse bold"),
        " ",
        (displayed, "bold underline" if name in highlighted else ""),
        (f" {session.stance_counts[name]}", "dim"),
    )
    return cell.truncate(width - 1, ellipsis=True).pad_right(max(0, width - min(cell.cell_length, width - 1)))


def render_status(session: LabellingSession, *, choosing_also: bool, message: str) -> Content:
    """Render the outcome of the last action, or the note, doubt and secondary stances that go with the next label."""
    if message:
        return Content.styled(replace_unprintable(message), "bold")
    if choosing_also:
        return Content.styled("Select secondary stances with their keys; press a again to finish.", "bold")
    parts = []
    if session.previous_label and session.previous_label["stance"]:
        parts.append(f"your label was {replace_unprintable(session.previous_label['stance'])}")
    if session.draft.unsure:
        parts.append("unsure")
    if session.draft.also:
        parts.append(f"also {', '.join(map(replace_unprintable, session.draft.also))}")
    if session.draft.note:
        parts.append(f"note: {replace_unprintable(session.draft.note)}")
    if session.last_stance and not parts:
        return Content.styled(f"saved: {replace_unprintable(session.last_stance)}", "dim")
    return Content.styled("; ".join(parts), "italic")


def render_commands(width: int) -> Content:
    """Render the commands with their keys."""
    hints = [Content.assemble((key, "bold"), (f" {name}", "dim")) for key, name in COMMAND_HINTS]
    return Content("  ").join(hints).truncate(width, ellipsis=True)


def render_finished(session: LabellingSession) -> Content:
    """Render the message that all comments are labelled."""
    lines = [f"Nothing left to label. You have labelled {pluralise(session.n_done, 'comment')}."]
    if session.n_unsure:
        lines.append(f"{format_count(session.n_unsure)} marked as unsure: press r to review.")
    lines.append("Press z to undo the last label, q to quit.")
    return Content("\n\n".join(lines))


def render_codebook(codebook: Codebook, keys: Sequence[str]) -> Content:
    """Render the codebook with the key of each stance, and the help on all keys."""
    parts = [Content.styled(replace_unprintable(codebook.title), "bold")] if codebook.title else []
    for key, stance in zip(keys, codebook.stances, strict=False):
        lines = [Content.assemble((f" {key} ", "reverse bold"), " ", (replace_unprintable(stance.name), "bold"))]
        lines += [Content(replace_unprintable(stance.definition))] if stance.definition else []
        lines += [Content(f"- {replace_unprintable(rule)}") for rule in stance.rules]
        lines += [
            Content.styled(f'"{replace_unprintable(example)}"', "dim italic")
            for example in stance.examples[:_MAX_EXAMPLES]
        ]
        parts.append(Content("\n").join(lines))
    if codebook.rules:
        parts.append(Content.styled("For all stances", "bold"))
    parts += [Content(f"- {replace_unprintable(rule)}") for rule in codebook.rules]
    parts.append(Content(_KEY_HELP))
    return Content("\n\n").join(parts)


_KEY_HELP = """\
The key of a stance labels the comment, saves the label and shows the next comment.
u      mark the next label as unsure; r goes back to the labels marked as unsure
n      add a note, saved with the label
a      select secondary stances, which the comment expresses besides its label
s      skip: show the comment again later; an existing label is kept
z      undo, any number of times (also: backspace)
space, arrows, page up and down: scroll in a long comment
q      quit; all labels are saved already
The letters also work on a Russian, Kazakh or Kyrgyz keyboard."""
