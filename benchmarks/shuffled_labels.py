"""Print how often `stance train` claims skill, or an advantage in macro F1, when stances are shuffled.

Shuffled stances have nothing to do with the texts, so every claim is wrong. Each training uses a random part of a table
of texts and stances whose stances are permuted.

    python benchmarks/shuffled_labels.py TABLE.csv
    python benchmarks/shuffled_labels.py TABLE.csv --labels 150 --shuffles 40 --full

The table has the columns `text` and `stance`; `--full` trains with the search for settings instead of `--quick`.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path

import numpy as np
import pandas as pd

import stance


def main() -> None:
    """Train on shuffled labels again and again, and count the claims."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("table", type=Path)
    parser.add_argument("--labels", type=int, default=150)
    parser.add_argument("--shuffles", type=int, default=40)
    parser.add_argument("--full", action="store_true", help="search for settings")
    arguments = parser.parse_args()
    table = pd.read_csv(arguments.table, dtype="str", keep_default_na=False).drop_duplicates("text")
    n_skill, n_ahead = 0, 0
    for shuffle in range(arguments.shuffles):
        drawn = table.sample(arguments.labels, random_state=shuffle)[["text", "stance"]]
        shuffled = drawn.assign(stance=np.random.default_rng(shuffle).permutation(drawn["stance"].to_numpy(object)))
        with tempfile.TemporaryDirectory() as folder:
            sheet = Path(folder) / "labels.csv"
            shuffled.to_csv(sheet, index=False)
            run = stance.train(sheet, quick=not arguments.full, no_codebook=True)
        majority = run.evaluation.main_scheme.differences[0].macro_f1
        is_ahead = majority.interval is not None and majority.interval.low > 0
        n_skill, n_ahead = n_skill + run.evaluation.is_skill_shown, n_ahead + is_ahead
        print(f"\r{shuffle + 1} of {arguments.shuffles} shuffles", end="", file=sys.stderr, flush=True)
    print(file=sys.stderr)
    print(f"of {arguments.shuffles} trainings on {arguments.labels} shuffled labels:")
    print(f"  {n_skill} claim skill")
    print(f"  {n_ahead} have an interval of macro F1 minus that of the majority that is above 0")


if __name__ == "__main__":
    main()
