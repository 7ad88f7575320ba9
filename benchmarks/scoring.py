"""Print how long it takes to score a comment in a stream of new ones: stance, scikit-learn, fastText, Vowpal Wabbit.

    python benchmarks/scoring.py [--train 5000] [--slice 10000] [--rounds 5]

All are trained on the same made comments (comments.py). Each round takes the next slice of a stream: comments that none
of them has seen. The first slice is the warm-up; its ratio stands in the last column and not in the others. The plain
Pipeline is slow and gets the first 2,000 comments of each slice. Times are the processor's, in all threads. A ratio is
how many times as long as stance the other took for a comment. The table of `--jobs 2` is by the watch: a stream through
two processes, in chunks as `stance predict --jobs 2` sends them. Above each table stands how far the probabilities of
stance and the Pipeline lie apart; the last table is of the default model, if `make train` has made one.
"""

from __future__ import annotations

import argparse
import time
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import comments
import numpy as np
import rivals
import timing
from twins import Twins, twins

from stance.io.row_batches import BATCH_ROWS
from stance.models import model_file
from stance.models.model import Model
from stance.scoring import workers

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

DEFAULT_MODEL = Path("models/stance.joblib")
PLAIN_SLICE = 2_000
JOBS_WARM_UP, JOBS_CHUNKS = 4, 24
MICROSECONDS = 1e6


def _slices(size: int, rounds: int) -> list[list[str]]:
    """Cut a stream into the warm-up and one slice a round."""
    stream = comments.made(size * (1 + rounds), seed=1)
    return [stream[start : start + size] for start in range(0, len(stream), size)]


def _compare(
    model: Model, pipeline: Any, slices: Sequence[list[str]], others: dict[str, Callable[[int], object]]
) -> dict[str, Any]:
    """Time all that score, in seconds a comment, and say how far the probabilities of the twins lie apart."""
    size, plain_size = len(slices[0]), min(PLAIN_SLICE, len(slices[0]))
    jobs: dict[str, Callable[[int], object]] = {
        "stance": lambda number: model.predict_proba(slices[number]),
        "scikit-learn Pipeline": lambda number: pipeline.predict_proba(slices[number][:plain_size]),
        **others,
    }
    seconds = timing.in_turn(jobs, len(slices) - 1)
    order = np.argsort(np.array(model.stances))
    sample = slices[-1][:plain_size]
    apart = np.abs(model.predict_proba(sample)[:, order] - pipeline.predict_proba(sample)).max()
    print(f"{len(model.vocabulary.idf):,} terms; probabilities at most {apart:.1e} apart")
    return {name: taken / (plain_size if name == "scikit-learn Pipeline" else size) for name, taken in seconds.items()}


def _two_processes(pair: Twins, path: Path, rounds: int) -> dict[str, Any]:
    """Time a stream through two processes, and the Pipeline in this one, by the watch, in seconds a comment.

    The processes start anew each round; the clock runs from when each has given its second chunk.
    """
    model_file.save_model(pair.model, path)
    stream = comments.made((JOBS_WARM_UP + JOBS_CHUNKS) * BATCH_ROWS, seed=2)
    chunks = [stream[start : start + BATCH_ROWS] for start in range(0, len(stream), BATCH_ROWS)]
    taken: dict[str, list[float]] = {"stance --jobs 2": [], "scikit-learn Pipeline": []}
    for _ in range(1 + rounds):
        given = workers.map_in_processes(Model.predict_proba, path, chunks, 2)
        for _, _ in zip(range(JOBS_WARM_UP), given, strict=False):
            pass
        start = time.perf_counter()
        n_scored = sum(map(len, given))
        taken["stance --jobs 2"].append((time.perf_counter() - start) / n_scored)
        start = time.perf_counter()
        pair.pipeline.predict_proba(stream[:PLAIN_SLICE])
        taken["scikit-learn Pipeline"].append((time.perf_counter() - start) / PLAIN_SLICE)
    return {name: np.array(seconds) for name, seconds in taken.items()}


def main() -> None:
    """Print a table for the plain configuration, and one for the default model."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--train", type=int, default=5_000, help="comments to train on")
    parser.add_argument("--slice", type=int, default=10_000, help="comments a round")
    parser.add_argument("--rounds", type=int, default=5)
    asked = parser.parse_args()
    timing.one_thread()
    texts, stances = comments.labelled(asked.train)
    slices = _slices(asked.slice, asked.rounds)

    print(f"trained on {asked.train:,} comments, warm-up of {asked.slice:,}, {asked.rounds} rounds of {asked.slice:,}")
    pair = twins(texts, stances)
    with TemporaryDirectory() as name:
        folder = Path(name)
        others: dict[str, Callable[[int], object]] = {}
        if predict := rivals.fasttext_scorer(texts, stances, folder):
            others["fastText"] = lambda number: predict(slices[number])
        wabbits = rivals.wabbits(texts, stances, slices, folder)
        for called, wabbit in wabbits.items():
            others |= {called: wabbit.score, f"{called}: loading": wabbit.load}
        seconds = _compare(pair.model, pair.pipeline, slices, others)
        for called in wabbits:
            seconds[called] = seconds[called] - seconds.pop(f"{called}: loading")
        timing.print_table(seconds, "µs a comment", MICROSECONDS)
        print(f"\n--jobs 2, by the watch, {asked.rounds} rounds of {JOBS_CHUNKS * BATCH_ROWS:,}")
        seconds = _two_processes(pair, folder / "model.joblib", asked.rounds)
        timing.print_table(seconds, "µs a comment", MICROSECONDS)

    if DEFAULT_MODEL.is_file():
        model = model_file.load(DEFAULT_MODEL)
        print(f"\nthe default model, {DEFAULT_MODEL}")
        timing.print_table(_compare(model, model.to_sklearn(), slices, {}), "µs a comment", MICROSECONDS)


if __name__ == "__main__":
    main()
