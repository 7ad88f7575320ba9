"""Print how long the counting of comments takes: stance and scikit-learn's union of TfidfVectorizers.

    python benchmarks/counting.py [--comments 40000] [--rounds 3]

Each round takes other made comments (corpus.py) and learns the terms, their idf and the features anew; the warm-up is
such a round too. Times are the processor's, in all threads. The columns and values of the last round are compared. A
ratio is how many times as long as stance the other took.
"""

from __future__ import annotations

import argparse
from typing import Any

import corpus
import numpy as np
import timing
from twins import PLAIN, plain_features

from stance import features


def main() -> None:
    """Print one table, and how far the matrices lie apart."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--comments", type=int, default=40_000)
    parser.add_argument("--rounds", type=int, default=3)
    asked = parser.parse_args()
    timing.one_thread()
    texts = [corpus.comments(asked.comments, seed) for seed in range(1 + asked.rounds)]
    last: dict[str, Any] = {}

    def ours(number: int) -> Any:
        result = features.fit_transform(texts[number], PLAIN)
        if number == asked.rounds:
            last["ours"] = result
        return result

    def theirs(number: int) -> Any:
        union = plain_features()
        result = union, union.fit_transform(texts[number])
        if number == asked.rounds:
            last["theirs"] = result
        return result

    seconds = timing.in_turn({"stance": ours, "scikit-learn union": theirs}, asked.rounds)
    print(f"fit_transform of {asked.comments:,} comments, {asked.rounds} rounds")
    timing.print_table(seconds, "seconds", 1)

    vocabulary, matrix = last["ours"]
    union, expected = last["theirs"]
    terms = [name.partition("__")[2] for name in union.get_feature_names_out()]
    same = "the same" if [*vocabulary.words, *vocabulary.chars] == terms else "OTHER"
    apart = matrix - expected
    print(f"{matrix.shape[1]:,} columns, {same} terms; values at most {np.abs(apart.data).max(initial=0):.1e} apart")


if __name__ == "__main__":
    main()
