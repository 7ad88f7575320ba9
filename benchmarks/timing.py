"""Time functions side by side: in turn, round by round, on one thread; ratios are taken within a round.

Two things that are timed one after the other meet another machine each: its clock and its other work change by the
second. What is near in time is compared, so that both meet the same.
"""

from __future__ import annotations

import gc
import time
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
from threadpoolctl import threadpool_limits

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from numpy.typing import NDArray


def one_thread() -> None:
    """Keep BLAS, OpenMP and Arrow to one thread each from here on."""
    threadpool_limits(limits=1)
    pa.set_cpu_count(1)
    pa.set_io_thread_count(1)


def in_turn(
    jobs: Mapping[str, Callable[[int], object]],
    rounds: int,
    clock: Callable[[], float] = time.process_time,
) -> dict[str, NDArray[np.float64]]:
    """Run every job once a round and give the seconds each took, of shape (1 + rounds,) a job.

    Parameters
    ----------
    jobs
        Functions of the number of the round by the names they are shown under. The order turns from round to round,
        so that none always follows the same other.
    rounds
        How many rounds count. One more goes before them, number 0: what is read or kept for later at the first call
        falls into it.
    clock
        `time.process_time` counts the processor's time in all threads of this process, Arrow's too;
        `time.perf_counter` is a watch.
    """
    names = list(jobs)
    seconds = {name: np.zeros(1 + rounds) for name in names}
    for number in range(1 + rounds):
        turn = number % len(names)
        for name in names[turn:] + names[:turn]:
            gc.collect()
            start = clock()
            result = jobs[name](number)
            seconds[name][number] = clock() - start
            del result  # not before: to throw it away is no part of the job
    return seconds


def print_table(seconds: Mapping[str, NDArray[np.float64]], unit: str, units_a_second: float) -> None:
    """Print the median of each job, and how many times as long it took as the first: median, least and most."""
    width = max(map(len, seconds))
    first = next(iter(seconds.values()))
    print(f"{'':{width}}  {unit:>14}  {'ratio':>7}  {'least':>7}  {'most':>7}  {'warm-up':>7}")
    for name, taken in seconds.items():
        ratios = taken / first
        counted = ratios[1:]
        figures = "  ".join(f"{ratio:7.2f}" for ratio in (np.median(counted), counted.min(), counted.max(), ratios[0]))
        print(f"{name:{width}}  {np.median(taken[1:]) * units_a_second:14.1f}  {figures}")
