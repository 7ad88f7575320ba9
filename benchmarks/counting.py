"""Time the feature extraction of stance against scikit-learn's FeatureUnion of TfidfVectorizers.

    python benchmarks/counting.py [--comments 40000] [--rounds 3]

Each round fits and transforms other synthetic comments (comments.py), and so does the warm-up. Times are processor
times of all threads. A ratio is the time relative to stance. The columns and values of the last round are compared.
"""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING, Any

import comments
import numpy as np
import timing
from equivalent_models import sklearn_features

from stance.features.vectorizer import NgramVectorizer

if TYPE_CHECKING:
    from collections.abc import Callable


def main() -> None:
    """Print a table of times, and the largest difference between the two matrices."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--comments", type=int, default=40_000)
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    timing.use_one_thread()
    texts = [comments.generate_comments(options.comments, seed) for seed in range(1 + options.rounds)]
    last_results: dict[str, Any] = {}

    def make_job(name: str, make_vectorizer: Callable[[], Any]) -> Callable[[int], Any]:
        def fit_transform(number: int) -> Any:
            vectorizer = make_vectorizer()
            result = vectorizer, vectorizer.fit_transform(texts[number])
            if number == options.rounds:
                last_results[name] = result
            return result

        return fit_transform

    vectorizers = {"stance": NgramVectorizer, "scikit-learn union": sklearn_features}
    jobs = {name: make_job(name, make_vectorizer) for name, make_vectorizer in vectorizers.items()}
    seconds = timing.time_in_rounds(jobs, options.rounds)
    print(f"fit_transform of {options.comments:,} comments, {options.rounds} rounds")
    timing.print_table(seconds, "seconds", 1)

    (vectorizer, matrix), (union, expected) = last_results["stance"], last_results["scikit-learn union"]
    has_same_terms = np.array_equal(vectorizer.get_feature_names_out(), union.get_feature_names_out())
    difference = np.abs((matrix - expected).data).max(initial=0)
    terms = "the same" if has_same_terms else "DIFFERENT"
    print(f"{matrix.shape[1]:,} columns, {terms} terms; largest difference of values {difference:.1e}")


if __name__ == "__main__":
    main()
