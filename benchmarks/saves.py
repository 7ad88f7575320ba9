"""Save a sheet again and again while it is labelled, and count what is lost.

    python benchmarks/saves.py --saves 1000 --kills 1000

An editor that takes no lock reads the sheet, adds a row and saves it every few milliseconds, in place or by renaming,
and now and then saves an older copy instead, while labels are given as fast as they can be. At the end every label must
be in the sheet, and so must every row that the editor saved since it last saved an older copy, which by itself throws
its later rows away. Then the same with a process that labels and is killed as `kill -9` does, at a random moment, again
and again: every label that it had reported must be in the sheet at the end (not on Windows, which has no fork). Also
prints how long a label takes in sheets of growing size.
"""

from __future__ import annotations

import argparse
import os
import random
import signal
import sys
import tempfile
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median

from stance.annotation import session_setup
from stance.labels.sheets.sheet_file import read_sheet

LABELS = 100
SIZES = (100, 1_000, 10_000, 100_000)
_OLDER, _IN_PLACE = 0.05, 0.3


@dataclass
class Editor:
    """A program that saves a sheet again and again."""

    sheet: Path
    rng: random.Random
    stop: threading.Event = field(default_factory=threading.Event)
    saves: int = 0
    kept: set[str] = field(default_factory=set)
    pause: float = 0.06

    def run(self) -> None:
        """Save until it is told to stop."""
        opened = self.sheet.read_bytes()
        while not self.stop.is_set():
            if self.rng.random() < _OLDER:
                self._save(opened)
                self.kept.clear()
            else:
                row = f"e{self.saves}"
                self._save(self.sheet.read_bytes() + f"{row},edited,,\r\n".encode())
                self.kept.add(row)
            self.saves += 1
            time.sleep(self.rng.random() * self.pause)

    def _save(self, data: bytes) -> None:
        if self.rng.random() < _IN_PLACE:
            self.sheet.write_bytes(data)
            return
        other = self.sheet.with_suffix(".tmp")
        other.write_bytes(data)
        other.replace(self.sheet)


def write_sheet(folder: Path, comments: int) -> Path:
    """Write a sheet of comments to label."""
    (folder / "codebook.toml").write_text(
        "".join(f'[stances.{stance}]\ndefinition = "{stance}"\n' for stance in ("for", "against")), encoding="utf-8"
    )
    sheet = folder / "sheet.csv"
    rows = "".join(f"c{number},comment {number},,\n" for number in range(comments))
    sheet.write_text("comment_id,text,stance,annotator\n" + rows, encoding="utf-8")
    return sheet


def one_round(folder: Path, seed: int) -> tuple[int, int, int, int]:
    """Return the numbers of labels given, labels lost, saves, and saved rows lost."""
    sheet = write_sheet(folder, LABELS)
    editor = Editor(sheet, random.Random(seed))  # noqa: S311 - no secret
    thread = threading.Thread(target=editor.run)
    with session_setup.open_labelling_session(sheet, None, session_setup.SessionOptions("aida")) as opened:
        thread.start()
        for _ in range(LABELS):
            opened.session.label("for")
            time.sleep(editor.rng.random() * 0.04)
        editor.stop.set()
        thread.join()
    frame = read_sheet(sheet).frame
    given = frame[frame["stance"] == "for"]["comment_id"].nunique()
    lost = editor.kept - set(frame["comment_id"])
    aside = {name for path in folder.glob("sheet.saved-*") for name in read_sheet(path).frame["comment_id"]}
    return LABELS, LABELS - given, editor.saves, len(lost - aside)


def killed(folder: Path, kills: int, seed: int = 0) -> tuple[int, int, int]:
    """Label in processes that are killed while an editor saves; return the numbers of labels, lost ones, and saves."""
    sheet = write_sheet(folder, kills * 20)
    rng = random.Random(seed)  # noqa: S311 - no secret
    editor = Editor(sheet, random.Random(seed + 1), pause=0.5)  # noqa: S311 - as above
    thread = threading.Thread(target=editor.run)
    thread.start()
    reported: set[str] = set()
    for number in range(kills):
        reported |= _label_until_killed(sheet, rng.random() * 0.15)
        if sys.stderr.isatty():
            print(f"\r{number + 1} kills", end="", file=sys.stderr)
    editor.stop.set()
    thread.join()
    with session_setup.open_labelling_session(sheet, None, session_setup.SessionOptions("aida")):
        pass
    frame = read_sheet(sheet).frame
    return len(reported), len(reported - set(frame.loc[frame["stance"] == "for", "comment_id"])), editor.saves


def _label_until_killed(sheet: Path, seconds: float) -> set[str]:
    """Fork a process that labels, kill it some time after its first label, and return what it has reported."""
    read_end, write_end = os.pipe()
    child = os.fork()
    if not child:
        try:
            with session_setup.open_labelling_session(sheet, None, session_setup.SessionOptions("aida")) as opened:
                while item := opened.session.current_item:
                    opened.session.label("for")
                    os.write(write_end, f"{item.key.comment_id}\n".encode())
        finally:
            os._exit(0)
    os.close(write_end)
    with os.fdopen(read_end, "rb") as stream:
        first = stream.readline()
        time.sleep(seconds)
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        lines = (first + stream.read()).split(b"\n")
    return {line.decode() for line in lines[:-1]}


def seconds_per_label(comments: int, labels: int = 30) -> float:
    """Return how long a label takes in a sheet of this size, as the median."""
    with tempfile.TemporaryDirectory() as folder:
        sheet = write_sheet(Path(folder), comments)
        times = []
        with session_setup.open_labelling_session(sheet, None, session_setup.SessionOptions("aida")) as opened:
            for _ in range(labels):
                begun = time.perf_counter()
                opened.session.label("for")
                times.append(time.perf_counter() - begun)
    return median(times)


def main() -> None:
    """Print what is lost, and how long a label takes."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--saves", type=int, default=1000)
    parser.add_argument("--kills", type=int, default=1000)
    asked = parser.parse_args()
    totals = [0, 0, 0, 0]
    seed = 0
    while totals[2] < asked.saves:
        with tempfile.TemporaryDirectory() as folder:
            totals = [total + part for total, part in zip(totals, one_round(Path(folder), seed), strict=True)]
        seed += 1
    labels, lost, saves, rows = totals
    print(f"{labels} labels given during {saves} saves: {lost} labels lost, {rows} saved rows lost")
    if hasattr(os, "fork") and asked.kills:
        with tempfile.TemporaryDirectory() as folder:
            labels, lost, saves = killed(Path(folder), asked.kills)
        print(
            f"{labels} labels reported by {asked.kills} processes that were killed, {saves} saves: {lost} labels lost"
        )
    for size in SIZES:
        print(f"a label in a sheet of {size:,} comments: {1000 * seconds_per_label(size):.1f} ms")


if __name__ == "__main__":
    main()
