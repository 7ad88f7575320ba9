"""What an annotator sees, as styled text: the panels around a comment, and the codebook."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.content import Content

from stance.annotation.comment_order import FIRST
from stance.reports.text_format import count, counted, shown

if TYPE_CHECKING:
    from collections.abc import Sequence

    from stance.annotation.comment_order import Item
    from stance.annotation.session import Session
    from stance.labels.codebook import Codebook

COMMANDS = (
    ("?", "codebook"), ("z", "undo"), ("s", "skip"), ("u", "unsure"), ("n", "note"), ("a", "also"),
    ("r", "review unsure"), ("q", "quit"),
)  # fmt: skip

_EXAMPLES = 3
_GAP = 2


def progress(session: Session) -> str:
    """Say how far one has come."""
    parts = [f"{count(session.done)} of {count(session.done + session.left)} labelled"]
    if session.unsure:
        parts.append(f"{count(session.unsure)} unsure")
    if session.skipped:
        parts.append(f"{count(session.skipped)} skipped")
    if session.pace is not None:
        parts.append(f"{session.pace:,.0f} an hour")
    return ", ".join(parts)


def heading(left: str, right: str, width: int) -> Content:
    """Put two texts at both ends of a line; the first gives way where they do not fit."""
    room = max(0, width - len(right) - _GAP)
    fitted = Content(shown(left)).truncate(room, ellipsis=True)
    return Content.assemble(fitted, " " * max(_GAP, width - fitted.cell_length - len(right)), (right, "dim"))


def title(item: Item) -> Content:
    """Show the article, and what the stance is toward where a sheet names that."""
    parts = [Content.styled(shown(item.title), "bold")] if item.title else []
    if item.about.target:
        parts.append(Content.assemble(("toward ", "dim"), (shown(item.about.target), "bold")))
    return Content("\n").join(parts)


def answered(item: Item) -> Content:
    """Show the comment that this one answers."""
    return Content.assemble(("answers: ", "bold"), shown(" ".join(item.answers.split())))


def opinions(item: Item) -> Content:
    """Show an adjudicator who said what."""
    lines = []
    for row in item.opinions:
        who = shown(row["annotator"]) or "no name"
        again = "" if row["pass"] == FIRST else f", reading {row['pass']}"
        doubt = ", unsure" if row["unsure"] else ""
        note = f": {shown(row['note'])}" if row["note"] else ""
        lines.append(Content.assemble((shown(row["stance"]), "bold"), f"  {who}{again}{doubt}", (note, "dim")))
    return Content("\n").join(lines)


def stances(session: Session, keys: Sequence[str], width: int, *, choosing_also: bool) -> Content:
    """Show the key, name and count of every stance, down one column after the other."""
    names = session.codebook.stance_names
    widest = max(len(shown(name)) for name in names) + 10
    columns = max(1, min(width // widest, 3))
    height = -(-len(names) // columns)
    former = session.former["stance"] if session.former else ""
    lines = []
    for top in range(height):
        cells = [
            _stance(names[place], keys[place], session, former, width // columns, choosing_also=choosing_also)
            for place in range(top, len(names), height)
        ]
        lines.append(Content.assemble(*cells))
    return Content("\n").join(lines)


def _stance(name: str, key: str, session: Session, former: str, width: int, *, choosing_also: bool) -> Content:
    chosen = name in session.draft.also if choosing_also else name == former
    told = f"{shown(name)}{' +' if name in session.draft.also else ''}"
    cell = Content.assemble(
        (f" {key} ", "reverse bold"),
        " ",
        (told, "bold underline" if chosen else ""),
        (f" {session.counts[name]}", "dim"),
    )
    return cell.truncate(width - 1, ellipsis=True).pad_right(max(0, width - min(cell.cell_length, width - 1)))


def state(session: Session, *, choosing_also: bool, told: str) -> Content:
    """Show what will go with the label, or what has just happened."""
    if told:
        return Content.styled(shown(told), "bold")
    if choosing_also:
        return Content.styled("Which further stances does it hold? Their keys turn them on and off; a ends.", "bold")
    parts = []
    if session.former and session.former["stance"]:
        parts.append(f"your label was {shown(session.former['stance'])}")
    if session.draft.unsure:
        parts.append("unsure")
    if session.draft.also:
        parts.append(f"also {', '.join(map(shown, session.draft.also))}")
    if session.draft.note:
        parts.append(f"note: {shown(session.draft.note)}")
    if session.last and not parts:
        return Content.styled(f"saved: {shown(session.last)}", "dim")
    return Content.styled("; ".join(parts), "italic")


def commands(width: int) -> Content:
    """Name the commands, each with its key."""
    named = [Content.assemble((key, "bold"), (f" {name}", "dim")) for key, name in COMMANDS]
    return Content("  ").join(named).truncate(width, ellipsis=True)


def finished(session: Session) -> Content:
    """Say that there is nothing more to label."""
    lines = [f"Nothing is left to label: you have labelled {counted(session.done, 'comment')}."]
    if session.unsure:
        lines.append(f"You were unsure of {count(session.unsure)}: r goes through them.")
    lines.append("z takes back the last label, q ends.")
    return Content("\n\n".join(lines))


def manual(codebook: Codebook, keys: Sequence[str]) -> Content:
    """Show the codebook, and what every key does."""
    parts = [Content.styled(shown(codebook.title), "bold")] if codebook.title else []
    for key, stance in zip(keys, codebook.stances, strict=False):
        lines = [Content.assemble((f" {key} ", "reverse bold"), " ", (shown(stance.name), "bold"))]
        lines += [Content(shown(stance.definition))] if stance.definition else []
        lines += [Content(f"- {shown(rule)}") for rule in stance.rules]
        lines += [Content.styled(f'"{shown(example)}"', "dim italic") for example in stance.examples[:_EXAMPLES]]
        parts.append(Content("\n").join(lines))
    if codebook.rules:
        parts.append(Content.styled("For all stances", "bold"))
    parts += [Content(f"- {shown(rule)}") for rule in codebook.rules]
    parts.append(Content(_KEYS))
    return Content("\n\n").join(parts)


_KEYS = """\
The key of a stance labels the comment, saves, and goes on.
u      unsure: say so before the label; r goes back to those you were unsure of
n      a note, saved with the label
a      further stances that the comment holds besides the one it is labelled with
s      skip: leave it for later; a label that stands is kept
z      undo, as often as you like (also: backspace)
space, arrows, page up and down: move through a long comment
q      quit; all labels are saved already
Keys work on a Russian, Kazakh or Kyrgyz keyboard, too."""
