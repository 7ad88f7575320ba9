"""Print how long the counting of comments takes: stance and scikit-learn's union of TfidfVectorizers.

    python benchmarks/counting.py [--comments 40000] [--rounds 3]

Each round takes other made comments (comments.py) and learns the terms, their idf and the features anew; the warm-up is
such a round too. Times are the processor's, in all threads. The columns and values of the last round are compared. A
ratio is how many times as long as stance the other took.
"""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING, Any

import comments
import numpy as np
import timing
from twins import plain_features

from stance.features.vectorizer import NgramVectorizer

if TYPE_CHECKING:
    from collections.abc import Callable


def main() -> None:
    """Print one table, and how far the matrices lie apart."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--comments", type=int, default=40_000)
    parser.add_argument("--rounds", type=int, default=3)
    asked = parser.parse_args()
    timing.one_thread()
    texts = [comments.made(asked.comments, seed) for seed in range(1 + asked.rounds)]
    last: dict[str, Any] = {}

    def learning(name: str, make: Callable[[], Any]) -> Callable[[int], Any]:
        def learn(number: int) -> Any:
            vectorizer = make()
            learnt = vectorizer, vectorizer.fit_transform(texts[number])
            if number == asked.rounds:
                last[name] = learnt
            return learnt

        return learn

    sides = {"stance": NgramVectorizer, "scikit-learn union": plain_features}
    jobs = {name: learning(name, make) for name, make in sides.items()}
    seconds = timing.in_turn(jobs, asked.rounds)
    print(f"fit_transform of {asked.comments:,} comments, {asked.rounds} rounds")
    timing.print_table(seconds, "seconds", 1)

    (vectorizer, matrix), (union, expected) = last["stance"], last["scikit-learn union"]
    same = "the same" if np.array_equal(vectorizer.get_feature_names_out(), union.get_feature_names_out()) else "OTHER"
    apart = matrix - expected
    print(f"{matrix.shape[1]:,} columns, {same} terms; values at most {np.abs(apart.data).max(initial=0):.1e} apart")


if __name__ == "__main__":
    main()
