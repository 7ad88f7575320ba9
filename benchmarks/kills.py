"""Kill `stance label` at random moments, again and again, and count what is lost.

    python benchmarks/kills.py --kills 100
    python benchmarks/kills.py --kills 100 --saves

A sheet is labelled by keys in a terminal of its own. At a random moment after a random key the process is killed as
`kill -9` does. Then every label whose next comment had been shown must be in the sheet or its journal, with its stance;
every byte that was in the sheet before must still be there; the sheet must be read as a sheet; and labelling must go on
where it stopped, with no lock left behind. With --saves, a spreadsheet that opened the sheet at a random moment before
saves its copy once a session, at a random moment. Not for Windows, whose Python has no pseudo-terminals.
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

from terminals import Terminal

from stance.labels.sheets.unmerged import read_sheet_with_journal

STANCES = ("for", "against", "neutral")
COMMENTS = 1_000
LONGEST_LIFE = 6
_OPENED_ANEW, _IN_PLACE = 0.2, 0.5
_TOKEN = re.compile(r"Kq\d{4}Zx")


@dataclass
class Outcome:
    """What came of it."""

    kills: int = 0
    saves: int = 0
    labels: int = 0
    unfinished: int = 0
    lost: int = 0
    damaged: int = 0
    left: int = 0


def write_sheet(folder: Path, comments: int = COMMENTS) -> Path:
    """Write a sheet whose comments can be told apart in what a terminal is sent."""
    definitions = "".join(f'[stances.{stance}]\ndefinition = "{stance}"\n' for stance in STANCES)
    (folder / "codebook.toml").write_text(definitions, encoding="utf-8")
    sheet = folder / "sheet.csv"
    rows = "".join(f"c{number},Kq{number:04d}Zx «Қазақ» 👍🏽\n" for number in range(comments))
    sheet.write_text("comment_id,text\n" + rows, encoding="utf-8")
    return sheet


def killed(sheet: Path, kills: int, seed: int = 0, *, progress: bool = False, saves: bool = False) -> Outcome:
    """Label and kill, with saves of older copies in between if that is wanted; count."""
    rng = random.Random(seed)  # noqa: S311 - no secret
    outcome = Outcome()
    given: dict[str, str] = {}
    copy = sheet.read_bytes()
    for _ in range(kills):
        before = sheet.read_bytes()
        if rng.random() < _OPENED_ANEW:
            copy = before
        save = threading.Timer(rng.random() * LONGEST_LIFE, _save, [sheet, copy, rng.random()]) if saves else None
        if save:
            save.start()
        terminal = Terminal([sys.executable, "-m", "stance", "label", str(sheet), "--annotator", "aida"])
        certain, last = _work(terminal, rng)
        outcome.left += len(list(sheet.parent.glob(".*.part")))
        terminal.press(str(STANCES.index(last[1]) + 1))
        time.sleep(rng.random() * 0.1)
        terminal.kill()
        certain |= _shown_last(terminal, last)
        if save:
            save.join()
        after = sheet.read_bytes()
        labels = _labels(sheet)
        outcome.kills += 1
        outcome.saves += saves
        outcome.damaged += not (saves or _holds(after, before))
        given |= certain
        outcome.labels = len(given)
        outcome.lost += sum(labels.get(text) != stance for text, stance in given.items())
        outcome.unfinished += len(labels.keys() - given.keys())
        given |= labels
        if progress:
            print(outcome, file=sys.stderr)
    return outcome


def _save(sheet: Path, copy: bytes, chance: float) -> None:
    """Save an older copy as spreadsheets do: in place or by renaming."""
    if chance < _IN_PLACE:
        sheet.write_bytes(copy)
        return
    other = sheet.with_suffix(".tmp")
    other.write_bytes(copy)
    other.replace(sheet)


def _work(terminal: Terminal, rng: random.Random) -> tuple[dict[str, str], tuple[str, str, int]]:
    """Label some comments; give those whose next comment was shown, and the last with its stance and place."""
    certain: dict[str, str] = {}
    shown = terminal.wait_for(_TOKEN)
    for _ in range(rng.randrange(1, LONGEST_LIFE)):
        text, key = shown[0], rng.randrange(3)
        terminal.press(str(key + 1))
        shown = terminal.wait_for(re.compile(rf"(?!{text}){_TOKEN.pattern}"), shown.end())
        certain[text] = STANCES[key]
    key = rng.randrange(3)
    return certain, (shown[0], STANCES[key], shown.end())


def _shown_last(terminal: Terminal, last: tuple[str, str, int]) -> dict[str, str]:
    """Tell whether the comment after the last label was shown before the end."""
    text, stance, place = last
    return {text: stance} if re.search(rf"(?!{text}){_TOKEN.pattern}", terminal.shown[place:]) else {}


def _labels(sheet: Path) -> dict[str, str]:
    frame = read_sheet_with_journal(sheet).frame
    if "stance" not in frame.columns:
        return {}
    rows = frame[frame["stance"] != ""]
    return {text.split()[0]: stance for text, stance in zip(rows["text"], rows["stance"], strict=True)}


def _holds(after: bytes, before: bytes) -> bool:
    """Tell whether a sheet was only added to; the first label also gives it its columns."""
    return after.startswith(before) or b"stance" not in before.splitlines()[0]


def main() -> None:
    """Print what is lost."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kills", type=int, default=100)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--saves", action="store_true")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        outcome = killed(
            write_sheet(Path(folder), max(COMMENTS, asked.kills * LONGEST_LIFE)),
            asked.kills,
            asked.seed,
            progress=True,
            saves=asked.saves,
        )
    print(
        f"killed {outcome.kills} times, {outcome.saves} older copies saved, {outcome.labels} labels whose next comment "
        f"had been shown: {outcome.lost} lost"
    )
    print(f"{outcome.unfinished} labels were on disk whose next comment had not been shown yet")
    print(f"sheets damaged: {outcome.damaged}; files left beside the sheet when it was opened again: {outcome.left}")


if __name__ == "__main__":
    main()
