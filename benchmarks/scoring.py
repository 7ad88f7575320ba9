"""Time the scoring of a stream of new comments: stance, scikit-learn, fastText and Vowpal Wabbit.

    python benchmarks/scoring.py [--train 5000] [--slice 10000] [--rounds 5]

All are trained on the same synthetic comments (comments.py). Each round takes the next slice of a stream of comments
that none of them has seen. The first slice is the warm-up; its ratio is in the last column only. The scikit-learn
Pipeline is slow and gets the first 2,000 comments of each slice. Times are processor times of all threads. A ratio is
the time per comment relative to stance. The table of `--jobs 2` shows elapsed time: a stream is scored by two
processes, in batches as by `stance predict --jobs 2`. Above each table is the largest difference between the
probabilities of stance and of the Pipeline. The last table is for the default model, if `make train` has made one.
"""

from __future__ import annotations

import argparse
import time
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import comments
import numpy as np
import other_classifiers
import timing
from equivalent_models import EquivalentModels, make_equivalent_models

from stance.io.row_batches import BATCH_ROWS
from stance.models import model_file
from stance.models.model import Model
from stance.scoring import workers

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

DEFAULT_MODEL = Path("models/stance.joblib")
SKLEARN_SLICE = 2_000
WARM_UP_BATCHES, TIMED_BATCHES = 4, 24
MICROSECONDS = 1e6
SKLEARN, STANCE_TWO_JOBS = "scikit-learn Pipeline", "stance --jobs 2"


def _split_stream(size: int, n_rounds: int) -> list[list[str]]:
    """Return the slices of a stream: the warm-up, and one per round."""
    stream = comments.generate_comments(size * (1 + n_rounds), seed=1)
    return [stream[start : start + size] for start in range(0, len(stream), size)]


def _time_models(
    model: Model, pipeline: Any, slices: Sequence[list[str]], others: dict[str, Callable[[int], object]]
) -> dict[str, Any]:
    """Time all models, in seconds per comment, and print the largest difference of two equivalent models."""
    size, sklearn_size = len(slices[0]), min(SKLEARN_SLICE, len(slices[0]))
    jobs: dict[str, Callable[[int], object]] = {
        "stance": lambda number: model.predict_proba(slices[number]),
        SKLEARN: lambda number: pipeline.predict_proba(slices[number][:sklearn_size]),
        **others,
    }
    seconds = timing.time_in_rounds(jobs, len(slices) - 1)
    order = np.argsort(np.array(model.stances))
    sample = slices[-1][:sklearn_size]
    difference = np.abs(model.predict_proba(sample)[:, order] - pipeline.predict_proba(sample)).max()
    print(f"{len(model.vocabulary.idf):,} terms; largest difference of probabilities {difference:.1e}")
    return {name: total / (sklearn_size if name == SKLEARN else size) for name, total in seconds.items()}


def _time_two_processes(models: EquivalentModels, path: Path, n_rounds: int) -> dict[str, Any]:
    """Time a stream through two processes, and the Pipeline in this one, in elapsed seconds per comment.

    The processes are started anew each round; the clock starts when each has returned its second batch.
    """
    model_file.save_model(models.model, path)
    stream = comments.generate_comments((WARM_UP_BATCHES + TIMED_BATCHES) * BATCH_ROWS, seed=2)
    batches = [stream[start : start + BATCH_ROWS] for start in range(0, len(stream), BATCH_ROWS)]
    seconds: dict[str, list[float]] = {STANCE_TWO_JOBS: [], SKLEARN: []}
    for _ in range(1 + n_rounds):
        results = workers.map_in_processes(Model.predict_proba, path, batches, 2)
        for _, _ in zip(range(WARM_UP_BATCHES), results, strict=False):
            pass
        start = time.perf_counter()
        n_scored = sum(map(len, results))
        seconds[STANCE_TWO_JOBS].append((time.perf_counter() - start) / n_scored)
        start = time.perf_counter()
        models.pipeline.predict_proba(stream[:SKLEARN_SLICE])
        seconds[SKLEARN].append((time.perf_counter() - start) / SKLEARN_SLICE)
    return {name: np.array(per_comment) for name, per_comment in seconds.items()}


def main() -> None:
    """Print the tables for models trained here, and one for the default model."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--train", type=int, default=5_000, help="comments to train on")
    parser.add_argument("--slice", type=int, default=10_000, help="comments per round")
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    timing.use_one_thread()
    texts, stances = comments.generate_labelled_comments(options.train)
    slices = _split_stream(options.slice, options.rounds)

    print(
        f"trained on {options.train:,} comments, warm-up of {options.slice:,}, "
        f"{options.rounds} rounds of {options.slice:,}"
    )
    models = make_equivalent_models(texts, stances)
    with TemporaryDirectory() as name:
        folder = Path(name)
        others: dict[str, Callable[[int], object]] = {}
        if predict := other_classifiers.train_fasttext(texts, stances, folder):
            others["fastText"] = lambda number: predict(slices[number])
        vowpal_wabbit = other_classifiers.train_vowpal_wabbit(texts, stances, slices, folder)
        for variant, classifier in vowpal_wabbit.items():
            others |= {variant: classifier.score_slice, f"{variant}: loading": classifier.load_model}
        seconds = _time_models(models.model, models.pipeline, slices, others)
        for variant in vowpal_wabbit:
            seconds[variant] = seconds[variant] - seconds.pop(f"{variant}: loading")
        timing.print_table(seconds, "µs per comment", MICROSECONDS)
        print(f"\n--jobs 2, elapsed time, {options.rounds} rounds of {TIMED_BATCHES * BATCH_ROWS:,}")
        seconds = _time_two_processes(models, folder / "model.joblib", options.rounds)
        timing.print_table(seconds, "µs per comment", MICROSECONDS)

    if DEFAULT_MODEL.is_file():
        model = model_file.load(DEFAULT_MODEL)
        print(f"\nthe default model, {DEFAULT_MODEL}")
        timing.print_table(_time_models(model, model.to_sklearn(), slices, {}), "µs per comment", MICROSECONDS)


if __name__ == "__main__":
    main()
