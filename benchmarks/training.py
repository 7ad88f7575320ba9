"""Time `stance train`, with its evaluation, beside scikit-learn's grid search over C alone, without an evaluation.

Both are whole processes with two workers and one thread each, in turn, on the same labels. Plain scikit-learn fits
TfidfVectorizer (word 1-3 grams) and LogisticRegression with five values of C in five folds, one search per target. With
`--codebook`, stance trains on the codebook's examples, too, and so does scikit-learn. `--n` takes the first labels of a
random order; a number above that of the labels repeats them, each with a tenth of its words replaced by words of the
table.

    python benchmarks/training.py ruw:train.csv csv:pstance.csv csv:rusentitweet.csv
    python benchmarks/training.py csv:comments.csv --codebook labels/codebook.toml --n 200 1000
"""

from __future__ import annotations

import argparse
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import pandas as pd
from labelled_tables import predict_with_sklearn, read_table

from stance.labels.codebook import read_codebook

WORKERS = 2
REPLACED_WORDS = 0.1


def draw_labels(labels: pd.DataFrame, n: int) -> pd.DataFrame:
    """Return n labels in a random order; labels beyond those of the table are changed copies of them."""
    rng = np.random.default_rng(0)
    rows = np.concatenate([rng.permutation(len(labels)) for _ in range(-(-n // len(labels)))])[:n]
    words = np.array([word for text in labels["text"] for word in text.split()], dtype=object)
    texts = []
    for number, text in enumerate(labels["text"].iloc[rows]):
        new_words = np.array(text.split(), dtype=object)
        if number >= len(labels):
            is_replaced = rng.random(len(new_words)) < REPLACED_WORDS
            new_words[is_replaced] = rng.choice(words, is_replaced.sum())
        texts.append(" ".join(new_words))
    drawn = labels.iloc[rows][["target", "stance"]].reset_index(drop=True)
    return drawn.assign(text=texts, comment_id=[f"c{number}" for number in range(n)])


def run_sklearn(sheet: Path, codebook: Path | None) -> None:
    """Search with scikit-learn; called in a process of its own."""
    labels = pd.read_csv(sheet, dtype="str", keep_default_na=False)
    if codebook:
        examples = pd.DataFrame(read_codebook(codebook).examples, columns=["text", "stance"]).assign(target="")
        labels = pd.concat([labels, examples], ignore_index=True)
    predict_with_sklearn(labels, labels.groupby("target").head(1).reset_index(drop=True), WORKERS)


def time_process(command: list[str]) -> float:
    """Return the seconds that a process takes."""
    start = time.perf_counter()
    subprocess.run(command, check=True, capture_output=True, env={**os.environ, "OMP_NUM_THREADS": "1"})
    return time.perf_counter() - start


def main() -> None:
    """Print one line per table and number of labels."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("tables", nargs="+", help="FORMAT:PATH, see labelled_tables.py")
    parser.add_argument("--codebook", type=Path)
    parser.add_argument("--n", type=int, nargs="+", default=[0], help="numbers of labels; 0 for all")
    parser.add_argument("--rounds", type=int, default=1)
    parser.add_argument("--sklearn", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.sklearn:
        run_sklearn(Path(options.tables[0]), options.codebook)
        return
    print("table                 labels   stance   scikit-learn   ratio (all rounds)   memory")
    for name in options.tables:
        table = read_table(name)
        for n_labels in options.n:
            labels = draw_labels(table.labels, n_labels or len(table.labels))
            with tempfile.TemporaryDirectory() as folder:
                sheet, model = Path(folder) / "labels.csv", Path(folder) / "out" / "stance.joblib"
                labels.to_csv(sheet, index=False)
                train = [sys.executable, "-m", "stance", "train", str(sheet), "--model", str(model)]
                train += ["--jobs", str(WORKERS), *(["--codebook", str(options.codebook)] if options.codebook else [])]
                train += [] if options.codebook else ["--no-codebook"]
                search = [sys.executable, __file__, str(sheet), "--sklearn"]
                search += ["--codebook", str(options.codebook)] if options.codebook else []
                seconds = np.array(
                    [[time_process(command) for command in (train, search)] for _ in range(options.rounds)]
                )
            ratios = seconds[:, 0] / seconds[:, 1]
            ours, theirs = np.median(seconds, axis=0)
            memory = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1e6
            listed = ", ".join(f"{ratio:.2f}" for ratio in ratios)
            print(
                f"{table.name:20} {len(labels):7}   {ours:6.1f}   {theirs:12.1f}   {np.median(ratios):5.2f} ({listed})"
                f"   at most {memory:.1f} GB",
                flush=True,
            )


if __name__ == "__main__":
    main()
