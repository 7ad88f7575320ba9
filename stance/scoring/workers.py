"""Scoring texts in several processes, in order.

Each process has a pipe of its own and works on one batch at a time, while the parent reads the next one; so reading is
never more than one batch per process and one ahead of writing. Why this is not a ProcessPoolExecutor is explained in
docs/explanation/decisions/streaming.md.
"""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import signal
import tempfile
import threading
import traceback
from collections import deque
from pathlib import Path
from typing import TYPE_CHECKING, Any, Concatenate, Generic, TypeVar

import pyarrow as pa

from stance.arrow_arrays import string_array
from stance.errors import StanceError
from stance.models import model_file
from stance.scoring import shared_model

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
    from multiprocessing.connection import Connection

    from stance.models.model import Model

Result = TypeVar("Result")


def count_cores() -> int:
    """Return how many processors this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def map_in_processes(
    function: Callable[Concatenate[Model, ...], Result],
    model_path: Path,
    batches: Iterable[Sequence[str] | pa.RecordBatch],
    jobs: int,
) -> Generator[Result]:
    """Apply a function of a model and texts to batches of texts in several processes, and yield its results in order.

    Parameters
    ----------
    function
        A function that can be pickled: `Model.predict_proba`, a function of a module, or a partial of one. It is
        called with the model and the columns of a batch.
    model_path
        The model file; its arrays are in memory once, however many processes use them.
    batches
        Batches of texts, alone or as the first column of a record batch; one batch is taken ahead of those that the
        processes are working on.
    jobs
        How many processes to start.

    Raises
    ------
    StanceError
        A process was killed. Errors of the function or of `batches` are raised after the results before them.
    """
    workers: deque[_Worker[Result]] = deque()
    source, failure = iter(batches), None
    folder = tempfile.TemporaryDirectory(prefix="stance-")
    try:
        shared = shared_model.write_shared_model(model_file.load(model_path), Path(folder.name))
        while True:
            try:
                batch = next(source)
            except StopIteration:
                break
            except Exception as error:  # noqa: BLE001 - raised below, after the results of earlier batches
                failure = error
                break
            if len(workers) < jobs:
                workers.append(_Worker(function, shared))
                workers[-1].send(batch)
            else:
                workers.rotate(-1)
                result = workers[-1].receive()
                workers[-1].send(batch)
                yield result
        for worker in workers:
            yield worker.receive()
        if failure:
            raise failure
    finally:
        for worker in workers:
            worker.terminate()
        folder.cleanup()  # last, since Windows cannot delete a file that is mapped


class _Worker(Generic[Result]):
    """A process that applies a function to batches of texts, one at a time."""

    def __init__(self, function: Callable[Concatenate[Model, ...], Result], shared: Path) -> None:
        context = multiprocessing.get_context("spawn")
        self._pipe, child_pipe = context.Pipe()
        self._process = context.Process(target=_serve_batches, args=(child_pipe, function, shared), daemon=True)
        with _interrupts_ignored():
            self._process.start()
        child_pipe.close()  # so that the pipe ends with the process

    def send(self, batch: Sequence[str] | pa.RecordBatch) -> None:
        """Send texts to the process."""
        is_record_batch = isinstance(batch, pa.RecordBatch)
        record_batch: pa.RecordBatch = batch if is_record_batch else pa.record_batch({"text": string_array(batch)})
        sink = pa.BufferOutputStream()
        with pa.ipc.new_stream(sink, record_batch.schema) as stream:
            stream.write(record_batch)  # only the rows of a slice, unlike pickle
        with self._kill_reported():
            self._pipe.send_bytes(sink.getvalue())

    def receive(self) -> Result:
        """Return the result for the last batch sent, or raise the error of the process."""
        result: Result
        with self._kill_reported():
            result, error = self._pipe.recv()
        if error:
            raise error
        return result

    def terminate(self) -> None:
        """End the process, whatever it is doing."""
        self._process.terminate()
        self._process.join()
        self._pipe.close()

    @contextlib.contextmanager
    def _kill_reported(self) -> Iterator[None]:
        """Turn the end of the pipe into an error that says that the process was killed."""
        try:
            yield
        except (EOFError, ConnectionError):
            self._process.join()
            cause = f"a scoring process was killed (exit code {self._process.exitcode})"
            raise StanceError(cause, "check that there is enough memory, and try fewer --jobs") from None


def _serve_batches(pipe: Connection, function: Callable[Concatenate[Model, ...], Any], path: Path) -> None:
    """Apply a function to each batch that comes through a pipe, until its other end is closed."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent ends this process
    model = None
    with contextlib.suppress(EOFError, ConnectionError):
        while True:
            batch = pa.ipc.open_stream(pipe.recv_bytes()).read_next_batch()
            try:
                model = model or shared_model.map_shared_model(path)
                outcome: tuple[Any, Exception | None] = (function(model, *batch.columns), None)
            except Exception as error:  # noqa: BLE001 - raised in the parent
                error.add_note(traceback.format_exc())
                outcome = (None, error)
            pipe.send(outcome)


@contextlib.contextmanager
def _interrupts_ignored() -> Iterator[None]:
    """Start processes that ignore Ctrl-C from the beginning; else one that is still importing prints a traceback."""
    if threading.current_thread() is not threading.main_thread():  # only the main thread can set handlers
        yield
        return
    handler = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, handler)
