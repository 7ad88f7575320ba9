"""Print how much memory `predict.py` takes while it scores a long file, at several points of the way.

The comments are made up: 29 words on average, some over 100, drawn by Zipf's law from two million words, so that new
ones keep coming. Row groups of a million rows are what Arrow writes unless told otherwise. What a process holds is read
from /proc, on Linux; it is that of the parent, which with --jobs 1 is all of them.

    python benchmarks/memory.py [--rows 10000000] [--kind csv|parquet] [--group-rows 1000000] [--model MODEL] [--jobs 1]
"""

from __future__ import annotations

import argparse
import csv
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import parquet

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parent.parent
BLOCK = 100_000
SYLLABLES = [a + b for a in "бвгдзклмнпрст" for b in "аеиоуы"] + [a + b for a in "bdfgklmnprst" for b in "aeiou"]
TAIL = 0.6  # of the Zipf-Mandelbrot law; new words then come as text of that length to the power of 1 / 1.6 (Heaps)
POINTS = (0.05, 0.1, 0.25, 0.5, 0.75, 1.0)


def comments(rows: int) -> Iterator[pa.Table]:
    """Make comments up, block by block."""
    rng = np.random.default_rng(0)
    syllables = pa.array(SYLLABLES)
    for start in range(0, rows, BLOCK):
        count = min(BLOCK, rows - start)
        lengths = np.clip(rng.lognormal(3.0, 0.85, count).astype(np.int64), 1, 500)
        ranks = np.minimum(10 * (rng.random(lengths.sum()) ** (-1 / TAIL) - 1), 10**9).astype(np.int64)
        base = len(SYLLABLES)
        words = [syllables.take(pa.array(ranks // base**place % base)) for place in range(3)]
        ends = pa.array(np.concatenate([[0], np.cumsum(lengths)]), pa.int32())
        texts = pc.binary_join(pa.ListArray.from_arrays(ends, pc.binary_join_element_wise(*words, "")), " ")
        yield pa.table({"id": np.arange(start, start + count), "text": texts})


def write(path: Path, rows: int, group_rows: int) -> None:
    """Write the comments as CSV or, with row groups of that many rows, as Parquet."""
    if path.suffix == ".parquet":
        waiting: list[pa.Table] = []
        with parquet.ParquetWriter(path, pa.schema([("id", pa.int64()), ("text", pa.string())])) as writer:
            for block in comments(rows):
                waiting.append(block)
                if sum(map(len, waiting)) >= group_rows:
                    writer.write_table(pa.concat_tables(waiting), row_group_size=group_rows)
                    waiting.clear()
            if waiting:
                writer.write_table(pa.concat_tables(waiting), row_group_size=group_rows)
        return
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["id", "text"])
        for block in comments(rows):
            writer.writerows(zip(*(column.to_pylist() for column in block.columns), strict=True))


def resident(process: int) -> float:
    """Give the memory that a process holds, in MB."""
    status = Path(f"/proc/{process}/status").read_text(encoding="ascii")
    return next(int(line.split()[1]) / 1024 for line in status.splitlines() if line.startswith("VmRSS"))


def main() -> None:
    """Print a line a point: the share of the output that is written, the memory held then, and the most so far."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--rows", type=int, default=10_000_000)
    parser.add_argument("--kind", choices=["csv", "parquet"], default="csv")
    parser.add_argument("--group-rows", type=int, default=1_000_000)
    parser.add_argument("--model", type=Path, default=ROOT / "models" / "stance.joblib")
    parser.add_argument("--jobs", default="1")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        source, target = (Path(folder) / f"{name}.{options.kind}" for name in ("in", "out"))
        write(source, options.rows, options.group_rows)
        print(f"{options.rows:,} rows of {options.kind}, {source.stat().st_size / 1e6:,.0f} MB", flush=True)
        command = [sys.executable, ROOT / "predict.py", source, "-o", target, "-q", "--model", options.model]
        begun = time.monotonic()
        samples: list[tuple[int, float]] = []
        with subprocess.Popen([*map(str, command), "--jobs", options.jobs]) as process:
            while process.poll() is None:
                try:
                    written = sum(part.stat().st_size for part in Path(folder).glob(".out.*.part"))
                    samples.append((written, resident(process.pid)))
                except (OSError, StopIteration):  # it has just ended
                    break
                time.sleep(0.05)
        seconds = time.monotonic() - begun
        if process.returncode:
            sys.exit(f"predict.py ended with {process.returncode}")
        whole = target.stat().st_size
    print("written   MB held   most so far")
    for point in POINTS:
        reached = next((n for n, (written, _) in enumerate(samples) if written >= point * whole), len(samples) - 1)
        most = max(held for _, held in samples[: reached + 1])
        print(f"{point:7.0%}  {samples[reached][1]:8.0f}   {most:11.0f}")
    print(f"{options.rows / seconds:,.0f} rows a second, {seconds:.0f} s")


if __name__ == "__main__":
    main()
