"""Measure the memory of `predict.py` while it scores a large file, at several points of its progress.

The comments are synthetic: 29 words on average, sometimes over 100, drawn by a Zipf-Mandelbrot law from two million
words, so that new words keep occurring. Row groups of a million rows are Arrow's default. The memory of a process is
read from /proc, on Linux; it is that of the parent process, which with --jobs 1 is the only one.

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
BLOCK_ROWS = 100_000
SYLLABLES = [a + b for a in "бвгдзклмнпрст" for b in "аеиоуы"] + [a + b for a in "bdfgklmnprst" for b in "aeiou"]
TAIL = 0.6  # of the Zipf-Mandelbrot law; the vocabulary then grows with the power 1 / 1.6 of the text length (Heaps)
PROGRESS = (0.05, 0.1, 0.25, 0.5, 0.75, 1.0)


def generate_tables(n_rows: int) -> Iterator[pa.Table]:
    """Yield tables of synthetic comments."""
    rng = np.random.default_rng(0)
    syllables = pa.array(SYLLABLES)
    for start in range(0, n_rows, BLOCK_ROWS):
        n_block = min(BLOCK_ROWS, n_rows - start)
        lengths = np.clip(rng.lognormal(3.0, 0.85, n_block).astype(np.int64), 1, 500)
        ranks = np.minimum(10 * (rng.random(lengths.sum()) ** (-1 / TAIL) - 1), 10**9).astype(np.int64)
        base = len(SYLLABLES)
        words = [syllables.take(pa.array(ranks // base**position % base)) for position in range(3)]
        offsets = pa.array(np.concatenate([[0], np.cumsum(lengths)]), pa.int32())
        texts = pc.binary_join(pa.ListArray.from_arrays(offsets, pc.binary_join_element_wise(*words, "")), " ")
        yield pa.table({"id": np.arange(start, start + n_block), "text": texts})


def write_comments(path: Path, n_rows: int, group_rows: int) -> None:
    """Write the comments as CSV, or as Parquet with row groups of this many rows."""
    if path.suffix == ".parquet":
        pending: list[pa.Table] = []
        with parquet.ParquetWriter(path, pa.schema([("id", pa.int64()), ("text", pa.string())])) as writer:
            for block in generate_tables(n_rows):
                pending.append(block)
                if sum(map(len, pending)) >= group_rows:
                    writer.write_table(pa.concat_tables(pending), row_group_size=group_rows)
                    pending.clear()
            if pending:
                writer.write_table(pa.concat_tables(pending), row_group_size=group_rows)
        return
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["id", "text"])
        for block in generate_tables(n_rows):
            writer.writerows(zip(*(column.to_pylist() for column in block.columns), strict=True))


def read_resident_memory(pid: int) -> float:
    """Return the resident memory of a process, in MB."""
    status = Path(f"/proc/{pid}/status").read_text(encoding="ascii")
    return next(int(line.split()[1]) / 1024 for line in status.splitlines() if line.startswith("VmRSS"))


def main() -> None:
    """Print one line per point: the share of the output that is written, the memory then, and the maximum so far."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--rows", type=int, default=10_000_000)
    parser.add_argument("--kind", choices=["csv", "parquet"], default="csv")
    parser.add_argument("--group-rows", type=int, default=1_000_000)
    parser.add_argument("--model", type=Path, default=ROOT / "models" / "stance.joblib")
    parser.add_argument("--jobs", default="1")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        source, target = (Path(folder) / f"{name}.{options.kind}" for name in ("in", "out"))
        write_comments(source, options.rows, options.group_rows)
        print(f"{options.rows:,} rows of {options.kind}, {source.stat().st_size / 1e6:,.0f} MB", flush=True)
        command = [sys.executable, ROOT / "predict.py", source, "-o", target, "-q", "--model", options.model]
        start = time.monotonic()
        samples: list[tuple[int, float]] = []
        with subprocess.Popen([*map(str, command), "--jobs", options.jobs]) as process:
            while process.poll() is None:
                try:
                    written = sum(part.stat().st_size for part in Path(folder).glob(".out.*.part"))
                    samples.append((written, read_resident_memory(process.pid)))
                except (OSError, StopIteration):  # the process has just ended
                    break
                time.sleep(0.05)
        seconds = time.monotonic() - start
        if process.returncode:
            sys.exit(f"predict.py ended with {process.returncode}")
        total_size = target.stat().st_size
    print("written        MB       maximum")
    for point in PROGRESS:
        index = next((n for n, (written, _) in enumerate(samples) if written >= point * total_size), len(samples) - 1)
        maximum = max(memory for _, memory in samples[: index + 1])
        print(f"{point:7.0%}  {samples[index][1]:8.0f}   {maximum:11.0f}")
    print(f"{options.rows / seconds:,.0f} rows per second, {seconds:.0f} s")


if __name__ == "__main__":
    main()
