"""Save a sheet again and again from another program while it is labelled, and count lost labels.

    python benchmarks/saves.py --saves 1000 --kills 1000

An editor that does not use locks reads the sheet, adds a row and saves it every few milliseconds, in place or by
renaming; now and then it saves an older copy instead. Labels are given as fast as possible meanwhile. At the end every
label must be in the sheet, and every row that the editor has saved since it last saved an older copy, which by itself
discards the rows after it. Then the same is done with processes that label and are killed as by `kill -9` at a random
moment: every label that they had reported must be in the sheet at the end (not on Windows, which has no fork). The time
per label in sheets of growing size is printed, too.
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

N_LABELS = 100
SHEET_SIZES = (100, 1_000, 10_000, 100_000)
_P_OLDER_COPY, _P_IN_PLACE = 0.05, 0.3


@dataclass
class Editor:
    """A program that saves a sheet again and again; `kept` are the ids of the rows that must be in the sheet."""

    sheet: Path
    rng: random.Random
    stop: threading.Event = field(default_factory=threading.Event)
    saves: int = 0
    kept: set[str] = field(default_factory=set)
    pause: float = 0.06

    def run(self) -> None:
        """Save until `stop` is set."""
        older_copy = self.sheet.read_bytes()
        while not self.stop.is_set():
            if self.rng.random() < _P_OLDER_COPY:
                self._save(older_copy)
                self.kept.clear()
            else:
                row_id = f"e{self.saves}"
                self._save(self.sheet.read_bytes() + f"{row_id},edited,,\r\n".encode())
                self.kept.add(row_id)
            self.saves += 1
            time.sleep(self.rng.random() * self.pause)

    def _save(self, data: bytes) -> None:
        if self.rng.random() < _P_IN_PLACE:
            self.sheet.write_bytes(data)
            return
        temporary = self.sheet.with_suffix(".tmp")
        temporary.write_bytes(data)
        temporary.replace(self.sheet)


def write_sheet(folder: Path, n_comments: int) -> Path:
    """Write a codebook and a sheet of comments to label."""
    (folder / "codebook.toml").write_text(
        "".join(f'[stances.{stance}]\ndefinition = "{stance}"\n' for stance in ("for", "against")), encoding="utf-8"
    )
    sheet = folder / "sheet.csv"
    rows = "".join(f"c{number},comment {number},,\n" for number in range(n_comments))
    sheet.write_text("comment_id,text,stance,annotator\n" + rows, encoding="utf-8")
    return sheet


def label_while_saving(folder: Path, seed: int) -> tuple[int, int, int, int]:
    """Return the numbers of labels given, labels lost, saves, and saved rows lost."""
    sheet = write_sheet(folder, N_LABELS)
    editor = Editor(sheet, random.Random(seed))  # noqa: S311 - no secret
    thread = threading.Thread(target=editor.run)
    with session_setup.open_labelling_session(sheet, None, session_setup.SessionOptions("aida")) as open_sheet:
        thread.start()
        for _ in range(N_LABELS):
            open_sheet.session.label("for")
            time.sleep(editor.rng.random() * 0.04)
        editor.stop.set()
        thread.join()
    frame = read_sheet(sheet).frame
    n_labelled = frame[frame["stance"] == "for"]["comment_id"].nunique()
    lost = editor.kept - set(frame["comment_id"])
    in_copies = {name for path in folder.glob("sheet.saved-*") for name in read_sheet(path).frame["comment_id"]}
    return N_LABELS, N_LABELS - n_labelled, editor.saves, len(lost - in_copies)


def label_and_kill(folder: Path, n_kills: int, seed: int = 0) -> tuple[int, int, int]:
    """Label in processes that are killed while an editor saves; return the numbers of labels, lost ones and saves."""
    sheet = write_sheet(folder, n_kills * 20)
    rng = random.Random(seed)  # noqa: S311 - no secret
    editor = Editor(sheet, random.Random(seed + 1), pause=0.5)  # noqa: S311 - as above
    thread = threading.Thread(target=editor.run)
    thread.start()
    reported: set[str] = set()
    for number in range(n_kills):
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
    """Fork a process that labels, kill it some time after its first label, and return the ids that it reported."""
    read_end, write_end = os.pipe()
    child = os.fork()
    if not child:
        try:
            options = session_setup.SessionOptions("aida")
            with session_setup.open_labelling_session(sheet, None, options) as open_sheet:
                while item := open_sheet.session.current_item:
                    open_sheet.session.label("for")
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


def seconds_per_label(n_comments: int, n_labels: int = 30) -> float:
    """Return the median time of a label in a sheet of this size."""
    with tempfile.TemporaryDirectory() as folder:
        sheet = write_sheet(Path(folder), n_comments)
        times = []
        with session_setup.open_labelling_session(sheet, None, session_setup.SessionOptions("aida")) as open_sheet:
            for _ in range(n_labels):
                start = time.perf_counter()
                open_sheet.session.label("for")
                times.append(time.perf_counter() - start)
    return median(times)


def main() -> None:
    """Print the counts, and the time per label."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--saves", type=int, default=1000)
    parser.add_argument("--kills", type=int, default=1000)
    options = parser.parse_args()
    totals = [0, 0, 0, 0]
    seed = 0
    while totals[2] < options.saves:
        with tempfile.TemporaryDirectory() as folder:
            counts = label_while_saving(Path(folder), seed)
        totals = [total + count for total, count in zip(totals, counts, strict=True)]
        seed += 1
    n_labels, n_lost, n_saves, n_rows_lost = totals
    print(f"{n_labels} labels given during {n_saves} saves: {n_lost} labels lost, {n_rows_lost} saved rows lost")
    if hasattr(os, "fork") and options.kills:
        with tempfile.TemporaryDirectory() as folder:
            n_labels, n_lost, n_saves = label_and_kill(Path(folder), options.kills)
        print(
            f"{n_labels} labels reported by {options.kills} processes that were killed, {n_saves} saves: "
            f"{n_lost} labels lost"
        )
    for size in SHEET_SIZES:
        print(f"a label in a sheet of {size:,} comments: {1000 * seconds_per_label(size):.1f} ms")


if __name__ == "__main__":
    main()
