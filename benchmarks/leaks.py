"""Print the accuracy with random stances where labels repeat each other, which no model can predict.

Three sheets are made from the texts of a table: replies that quote a comment and have its stance, copies in which two
of twelve words are changed, and ten comments for each of thirty authors who have one stance each. Accuracy above that
of the majority would be a leak. The last column is the accuracy if folds divided the repeating labels.

    python benchmarks/leaks.py TABLE.csv

The table has a column `text` with 550 or more texts of twelve words or more.
"""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path

import numpy as np
import pandas as pd

import stance

N_TEXTS, N_AUTHORS, MIN_WORDS = 150, 30, 12
STANCES = ("for", "against", "neutral")


def main() -> None:
    """Train on each sheet with --quick, and print a line for it."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("table", type=Path)
    arguments = parser.parse_args()
    texts = pd.read_csv(arguments.table, dtype="str", keep_default_na=False)["text"].drop_duplicates()
    print(f"{'labels that repeat':20}{'majority':>10}{'model':>8}{'model, if divided':>20}")
    for name, sheet in make_sheets(texts[[len(text.split()) >= MIN_WORDS for text in texts]]).items():
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "labels.csv"
            sheet.to_csv(path, index=False)
            evaluation = stance.train(path, quick=True, no_codebook=True).evaluation
        majority, *_, model = evaluation.main_scheme.systems
        divided = evaluation.divided_groups.divided if evaluation.divided_groups else np.nan
        print(f"{name:20}{majority.accuracy.value:10.2f}{model.accuracy.value:8.2f}{divided:20.2f}")


def make_sheets(texts: pd.Series[str]) -> dict[str, pd.DataFrame]:
    """Make the three sheets from long texts."""
    first = texts.sample(N_TEXTS, random_state=0)
    others = texts.drop(first.index).sample(N_AUTHORS * 10, random_state=1).str.split().to_list()
    stances = np.random.default_rng(0).choice(STANCES, N_TEXTS).tolist()
    replies = [f"> {text}\n{' '.join(words[:8])}" for text, words in zip(first, others, strict=False)]
    shortened = [text.split()[:MIN_WORDS] for text in first]
    changed = [
        [*words[:2], other[2], *words[3:7], other[7], *words[8:]]
        for words, other in zip(shortened, others, strict=False)
    ]
    copies = [" ".join(words) for words in [*shortened, *changed]]
    by_authors = pd.DataFrame(
        {
            "text": [f"{' '.join(words)} regards from district {index // 10}" for index, words in enumerate(others)],
            "stance": np.repeat(stances[:N_AUTHORS], 10),
            "author": [f"author {index // 10}" for index in range(len(others))],
        }
    )
    return {
        "quoted in replies": pd.DataFrame({"text": [*first, *replies], "stance": stances * 2}),
        "changed copies": pd.DataFrame({"text": copies, "stance": stances * 2}),
        "by one author": by_authors,
    }


if __name__ == "__main__":
    main()
