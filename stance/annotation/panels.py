"""What an annotator sees, as styled text: the panels around a comment, and the codebook."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.content import Content

from stance.annotation.comment_order import FIRST_PASS
from stance.reports.text_format import format_count, pluralise, replace_unprintable

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
    """Say how far one has come."""
    parts = [f"{format_count(session.n_done)} of {format_count(session.n_done + session.n_left)} labelled"]
    if session.n_unsure:
        parts.append(f"{format_count(session.n_unsure)} unsure")
    if session.n_skipped:
        parts.append(f"{format_count(session.n_skipped)} skipped")
    if session.labels_per_hour is not None:
        parts.append(f"{session.labels_per_hour:,.0f} an hour")
    return ", ".join(parts)


def render_heading(left: str, right: str, width: int) -> Content:
    """Put two texts at both ends of a line; the first gives way where they do not fit."""
    room = max(0, width - len(right) - _GAP)
    fitted = Content(replace_unprintable(left)).truncate(room, ellipsis=True)
    return Content.assemble(fitted, " " * max(_GAP, width - fitted.cell_length - len(right)), (right, "dim"))


def render_article(item: Item) -> Content:
    """Show the article, and what the stance is toward where a sheet names that."""
    parts = [Content.styled(replace_unprintable(item.article_title), "bold")] if item.article_title else []
    if item.key.target:
        parts.append(Content.assemble(("toward ", "dim"), (replace_unprintable(item.key.target), "bold")))
    return Content("\n").join(parts)


def render_parent_comment(item: Item) -> Content:
    """Show the comment that this one answers."""
    return Content.assemble(("answers: ", "bold"), replace_unprintable(" ".join(item.parent_text.split())))


def render_other_labels(item: Item) -> Content:
    """Show an adjudicator who said what."""
    lines = []
    for row in item.other_labels:
        who = replace_unprintable(row["annotator"]) or "no name"
        again = "" if row["pass"] == FIRST_PASS else f", reading {row['pass']}"
        doubt = ", unsure" if row["unsure"] else ""
        note = f": {replace_unprintable(row['note'])}" if row["note"] else ""
        lines.append(
            Content.assemble((replace_unprintable(row["stance"]), "bold"), f"  {who}{again}{doubt}", (note, "dim"))
        )
    return Content("\n").join(lines)


def render_stances(session: LabellingSession, keys: Sequence[str], width: int, *, choosing_also: bool) -> Content:
    """Show the key, name and count of every stance, down one column after the other."""
    names = session.codebook.stance_names
    widest = max(len(replace_unprintable(name)) for name in names) + 10
    columns = max(1, min(width // widest, 3))
    height = -(-len(names) // columns)
    former = session.previous_label["stance"] if session.previous_label else ""
    lines = []
    for top in range(height):
        cells = [
            _render_stance(names[place], keys[place], session, former, width // columns, choosing_also=choosing_also)
            for place in range(top, len(names), height)
        ]
        lines.append(Content.assemble(*cells))
    return Content("\n").join(lines)


def _render_stance(
    name: str, key: str, session: LabellingSession, previous_stance: str, width: int, *, choosing_also: bool
) -> Content:
    chosen = name in session.draft.also if choosing_also else name == previous_stance
    told = f"{replace_unprintable(name)}{' +' if name in session.draft.also else ''}"
    cell = Content.assemble(
        (f" {key} ", "reverse bold"),
        " ",
        (told, "bold underline" if chosen else ""),
        (f" {session.stance_counts[name]}", "dim"),
    )
    return cell.truncate(width - 1, ellipsis=True).pad_right(max(0, width - min(cell.cell_length, width - 1)))


def render_status(session: LabellingSession, *, choosing_also: bool, message: str) -> Content:
    """Show what will go with the label, or what has just happened."""
    if message:
        return Content.styled(replace_unprintable(message), "bold")
    if choosing_also:
        return Content.styled("Which further stances does it hold? Their keys turn them on and off; a ends.", "bold")
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
    """Name the commands, each with its key."""
    named = [Content.assemble((key, "bold"), (f" {name}", "dim")) for key, name in COMMAND_HINTS]
    return Content("  ").join(named).truncate(width, ellipsis=True)


def render_finished(session: LabellingSession) -> Content:
    """Say that there is nothing more to label."""
    lines = [f"Nothing is left to label: you have labelled {pluralise(session.n_done, 'comment')}."]
    if session.n_unsure:
        lines.append(f"You were unsure of {format_count(session.n_unsure)}: r goes through them.")
    lines.append("z takes back the last label, q ends.")
    return Content("\n\n".join(lines))


def render_codebook(codebook: Codebook, keys: Sequence[str]) -> Content:
    """Show the codebook, and what every key does."""
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
The key of a stance labels the comment, saves, and goes on.
u      unsure: say so before the label; r goes back to those you were unsure of
n      a note, saved with the label
a      further stances that the comment holds besides the one it is labelled with
s      skip: leave it for later; a label that stands is kept
z      undo, as often as you like (also: backspace)
space, arrows, page up and down: move through a long comment
q      quit; all labels are saved already
Keys work on a Russian, Kazakh or Kyrgyz keyboard, too."""
