"""Compare the processes of `predict --jobs` with joblib's generator: speed, reading ahead, and a killed process.

Both score the same synthetic comments with the same model. "Read ahead" is the number of batches that were read when
the writer has taken one result and then waits: what has been read and not written is in memory.

    python benchmarks/worker_pools.py MODEL [--batches 40] [--jobs 2]
"""

from __future__ import annotations

import argparse
import importlib
import os
import signal
import time
from functools import cache, partial
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

import comments
import numpy as np
from joblib import Parallel, delayed
from timing import use_one_thread

from stance.models import model_file
from stance.models.model import Model
from stance.scoring import workers

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterable, Iterator

    from numpy.typing import NDArray

    Scores: TypeAlias = Generator[NDArray[np.float64]]
    Pool: TypeAlias = Callable[[Path, Iterable[list[str]], int], Scores]

BATCH_ROWS = 8_192
WAIT = 3.0
KILL_PATIENCE = 60.0


@cache
def load_once(path: Path) -> Model:
    """Load a model once per process."""
    return model_file.load(path)


def predict_batch(path: Path, texts: list[str]) -> NDArray[np.float64]:
    """Score one batch in a process of joblib."""
    return load_once(path).predict_proba(texts)


def score_with_joblib(path: Path, batches: Iterable[list[str]], jobs: int) -> Scores:
    """Score with joblib's generator, with no more tasks dispatched than there are processes."""
    pool = Parallel(n_jobs=jobs, return_as="generator", batch_size=1, pre_dispatch=jobs)
    by_name = importlib.import_module("worker_pools").predict_batch  # functions of __main__ are copied with every task
    scores: Scores = pool(delayed(by_name)(path, texts) for texts in batches)
    return scores


def score_with_pipes(path: Path, batches: Iterable[list[str]], jobs: int) -> Scores:
    """Score as `stance predict --jobs` does."""
    return workers.map_in_processes(Model.predict_proba, path, batches, jobs)


POOLS: dict[str, Pool] = {"stance": score_with_pipes, "joblib": score_with_joblib}


def measure_read_ahead(score: Callable[[Iterable[list[str]]], Scores], batches: list[list[str]]) -> int:
    """Return how many batches are read while the writer waits after its first result."""
    n_read = 0

    def count() -> Iterator[list[str]]:
        nonlocal n_read
        for batch in batches:
            n_read += 1
            yield batch

    results = score(count())
    next(results)
    time.sleep(WAIT)
    n_read_ahead = n_read
    results.close()
    return n_read_ahead


def _find_children() -> set[int]:
    folder = Path("/proc")
    status = {int(path.name): path / "stat" for path in folder.iterdir() if path.name.isdigit()}
    children = set()
    for number, path in status.items():
        try:
            if int(path.read_text(encoding="utf-8").rpartition(")")[2].split()[1]) == os.getpid():
                children.add(number)
        except OSError:
            continue
    return children


def describe_kill(score: Callable[[Iterable[list[str]]], Scores], batches: list[list[str]]) -> str:
    """Kill a process that scores, and return what happens."""
    before = _find_children()
    results = score(batches)
    next(results)
    scoring = sorted(_find_children() - before)
    for number in scoring:
        os.kill(number, signal.SIGKILL)
    start = time.perf_counter()
    signal.signal(signal.SIGALRM, lambda *_: (_ for _ in ()).throw(TimeoutError()))
    signal.alarm(int(KILL_PATIENCE))
    try:
        n_rows = sum(map(len, results))
    except TimeoutError:
        return f"no result and no error in {KILL_PATIENCE:.0f} s"
    except Exception as error:  # noqa: BLE001 - whatever it raises is what is measured
        return f"{type(error).__name__} after {time.perf_counter() - start:.1f} s"
    finally:
        signal.alarm(0)
    return f"no error, {n_rows:,} further rows"


def main() -> None:
    """Print one line per pool."""
    parser = argparse.ArgumentParser()
    parser.add_argument("model", type=Path)
    parser.add_argument("--batches", type=int, default=40)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    use_one_thread()
    stream = comments.generate_comments(options.batches * BATCH_ROWS)
    batches = [stream[start : start + BATCH_ROWS] for start in range(0, len(stream), BATCH_ROWS)]
    expected = [load_once(options.model).predict_proba(batch) for batch in batches[:3]]
    seconds: dict[str, list[float]] = {name: [] for name in POOLS}
    for _ in range(options.rounds):
        for name, pool in POOLS.items():
            start = time.perf_counter()
            scores = list(pool(options.model, batches, options.jobs))
            seconds[name].append(time.perf_counter() - start)
            assert all(map(np.array_equal, scores, expected)), name  # noqa: S101 - a benchmark of wrong scores is none
    for name, pool in POOLS.items():
        score = partial(lambda pool, batches: pool(options.model, batches, options.jobs), pool)
        print(
            f"{name}: {np.median(seconds[name]):.2f} s for {len(stream):,} comments; "
            f"{measure_read_ahead(score, batches)} of {len(batches)} batches read while the writer waits; "
            f"killed: {describe_kill(score, batches)}"
        )


if __name__ == "__main__":
    main()
