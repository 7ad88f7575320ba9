"""Kill `stance label` at random moments, again and again, and count lost labels.

    python benchmarks/kills.py --kills 100
    python benchmarks/kills.py --kills 100 --saves

A sheet is labelled by key presses in a pseudo-terminal. At a random moment after a random key, the process is killed as
by `kill -9`. After each kill it is checked that every label whose next comment had been shown is in the sheet or its
journal with the right stance, that the bytes that were in the sheet before are still there, that the sheet can be read,
and that labelling continues where it stopped, with no lock left behind. With --saves, a spreadsheet that opened the
sheet some time before saves its older copy once per session, at a random moment. Not for Windows, where Python has no
pseudo-terminals.
"""

from __future__ import annotations

import argparse
import random
import re
import sys
import tempfile
import threading
import time
from dataclasses import dataclass
from pathlib import Path

from pseudo_terminal import Terminal

from stance.labels.sheets.unmerged import read_sheet_with_journal

STANCES = ("for", "against", "neutral")
N_COMMENTS = 1_000
MAX_LABELS = 6
"""Labels, and seconds, of a session before it is killed."""

_P_REOPEN, _P_IN_PLACE = 0.2, 0.5
_TOKEN = re.compile(r"Kq\d{4}Zx")


@dataclass
class Outcome:
    """Counts over all kills.

    Attributes
    ----------
    kills, saves
        Processes killed, and older copies saved.
    labels
        Labels whose next comment had been shown.
    lost
        Those of them that are neither in the sheet nor in its journal.
    unfinished
        Labels on disk whose next comment had not been shown yet.
    damaged
        Sheets of which earlier bytes were changed.
    left
        Partial files beside the sheet when it was opened again.
    """

    kills: int = 0
    saves: int = 0
    labels: int = 0
    unfinished: int = 0
    lost: int = 0
    damaged: int = 0
    left: int = 0


def write_sheet(folder: Path, n_comments: int = N_COMMENTS) -> Path:
    """Write a codebook and a sheet whose comments can be recognised in the output of a terminal."""
    definitions = "".join(f'[stances.{stance}]\ndefinition = "{stance}"\n' for stance in STANCES)
    (folder / "codebook.toml").write_text(definitions, encoding="utf-8")
    sheet = folder / "sheet.csv"
    rows = "".join(f"c{number},Kq{number:04d}Zx «Қазақ» 👍🏽\n" for number in range(n_comments))
    sheet.write_text("comment_id,text\n" + rows, encoding="utf-8")
    return sheet


def label_and_kill(
    sheet: Path, n_kills: int, seed: int = 0, *, progress: bool = False, with_saves: bool = False
) -> Outcome:
    """Label in sessions that are killed, optionally while older copies of the sheet are saved, and count."""
    rng = random.Random(seed)  # noqa: S311 - no secret
    outcome = Outcome()
    expected: dict[str, str] = {}
    older_copy = sheet.read_bytes()
    for _ in range(n_kills):
        before = sheet.read_bytes()
        if rng.random() < _P_REOPEN:
            older_copy = before
        save = None
        if with_saves:
            save = threading.Timer(rng.random() * MAX_LABELS, _save_copy, [sheet, older_copy, rng.random()])
            save.start()
        terminal = Terminal([sys.executable, "-m", "stance", "label", str(sheet), "--annotator", "aida"])
        confirmed, last = _label_some(terminal, rng)
        outcome.left += len(list(sheet.parent.glob(".*.part")))
        terminal.press(str(STANCES.index(last[1]) + 1))
        time.sleep(rng.random() * 0.1)
        terminal.kill()
        confirmed |= _confirmed_last_label(terminal, last)
        if save:
            save.join()
        after = sheet.read_bytes()
        labels = _read_labels(sheet)
        outcome.kills += 1
        outcome.saves += with_saves
        outcome.damaged += not (with_saves or _keeps_bytes(after, before))
        expected |= confirmed
        outcome.labels = len(expected)
        outcome.lost += sum(labels.get(text) != stance for text, stance in expected.items())
        outcome.unfinished += len(labels.keys() - expected.keys())
        expected |= labels
        if progress:
            print(outcome, file=sys.stderr)
    return outcome


def _save_copy(sheet: Path, copy: bytes, chance: float) -> None:
    """Save an older copy as spreadsheets do: in place or by renaming."""
    if chance < _P_IN_PLACE:
        sheet.write_bytes(copy)
        return
    temporary = sheet.with_suffix(".tmp")
    temporary.write_bytes(copy)
    temporary.replace(sheet)


def _label_some(terminal: Terminal, rng: random.Random) -> tuple[dict[str, str], tuple[str, str, int]]:
    """Label some comments.

    Return the stance of each comment whose next comment was shown, and for the comment now shown its text, the stance
    to give it, and the position of its end in the output.
    """
    confirmed: dict[str, str] = {}
    match = terminal.wait_for(_TOKEN)
    for _ in range(rng.randrange(1, MAX_LABELS)):
        text, key = match[0], rng.randrange(3)
        terminal.press(str(key + 1))
        match = terminal.wait_for(re.compile(rf"(?!{text}){_TOKEN.pattern}"), match.end())
        confirmed[text] = STANCES[key]
    key = rng.randrange(3)
    return confirmed, (match[0], STANCES[key], match.end())


def _confirmed_last_label(terminal: Terminal, last: tuple[str, str, int]) -> dict[str, str]:
    """Return the last label if the comment after it was shown before the kill."""
    text, stance, position = last
    next_comment = re.search(rf"(?!{text}){_TOKEN.pattern}", terminal.output[position:])
    return {text: stance} if next_comment else {}


def _read_labels(sheet: Path) -> dict[str, str]:
    frame = read_sheet_with_journal(sheet).frame
    if "stance" not in frame.columns:
        return {}
    rows = frame[frame["stance"] != ""]
    return {text.split()[0]: stance for text, stance in zip(rows["text"], rows["stance"], strict=True)}


def _keeps_bytes(after: bytes, before: bytes) -> bool:
    """Return whether a sheet starts with its earlier bytes; the first label may also add columns."""
    return after.startswith(before) or b"stance" not in before.splitlines()[0]


def main() -> None:
    """Print the counts."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kills", type=int, default=100)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--saves", action="store_true")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        sheet = write_sheet(Path(folder), max(N_COMMENTS, options.kills * MAX_LABELS))
        outcome = label_and_kill(sheet, options.kills, options.seed, progress=True, with_saves=options.saves)
    print(
        f"killed {outcome.kills} times, {outcome.saves} older copies saved, {outcome.labels} labels whose next comment "
        f"had been shown: {outcome.lost} lost"
    )
    print(f"{outcome.unfinished} labels were on disk whose next comment had not been shown yet")
    print(f"sheets damaged: {outcome.damaged}; partial files left when the sheet was opened again: {outcome.left}")


if __name__ == "__main__":
    main()
