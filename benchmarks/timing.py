"""Time functions side by side on one thread, in alternating order, and compute ratios within each round.

The speed of a machine changes from second to second with its clock rate and its other work. So only times measured
shortly after each other are compared.
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


def use_one_thread() -> None:
    """Limit BLAS, OpenMP and Arrow to one thread each from here on."""
    threadpool_limits(limits=1)
    pa.set_cpu_count(1)
    pa.set_io_thread_count(1)


def time_in_rounds(
    jobs: Mapping[str, Callable[[int], object]],
    n_rounds: int,
    clock: Callable[[], float] = time.process_time,
) -> dict[str, NDArray[np.float64]]:
    """Run every job once per round and return the seconds each took, of shape (1 + n_rounds,) per job.

    Parameters
    ----------
    jobs
        Functions of the number of the round, by the names they are printed under. The order rotates from round to
        round, so that no job always follows the same one.
    n_rounds
        The number of rounds that count. Round 0, the warm-up, comes before them: it includes what is read or cached at
        the first call.
    clock
        `time.process_time` measures the processor time of all threads of this process, including Arrow's;
        `time.perf_counter` measures elapsed time.
    """
    names = list(jobs)
    seconds = {name: np.zeros(1 + n_rounds) for name in names}
    for number in range(1 + n_rounds):
        first = number % len(names)
        for name in names[first:] + names[:first]:
            gc.collect()
            start = clock()
            result = jobs[name](number)
            seconds[name][number] = clock() - start
            del result  # not earlier: freeing it is not part of the job
    return seconds


def print_table(seconds: Mapping[str, NDArray[np.float64]], unit: str, units_per_second: float) -> None:
    """Print the median time of each job, and the median, lowest and highest ratio to the time of the first job."""
    width = max(map(len, seconds))
    first = next(iter(seconds.values()))
    print(f"{'':{width}}  {unit:>14}  {'ratio':>7}  {'lowest':>7}  {'highest':>7}  {'warm-up':>7}")
    for name, job_seconds in seconds.items():
        ratios = job_seconds / first
        counted = ratios[1:]
        columns = (np.median(counted), counted.min(), counted.max(), ratios[0])
        printed = "  ".join(f"{ratio:7.2f}" for ratio in columns)
        print(f"{name:{width}}  {np.median(job_seconds[1:]) * units_per_second:14.1f}  {printed}")
