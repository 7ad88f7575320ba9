"""Texts through a model in several processes, in order.

Each process has a pipe of its own and one chunk at a time; while all are at work the parent reads the next chunk. So
the reading is never ahead of the writing by more than a chunk a process and one, nobody waits for a lock, and a process
that is killed closes its pipe, whatever it was doing. The standard ProcessPoolExecutor was tried: it can wait for ever
when a process is killed while it sends a result, and its threads take turns with the one that reads rows. Processes are
started anew ("spawn") on every system, because a fork copies locks that Arrow's threads may hold.
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
    """Count the processors that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def map_in_processes(
    function: Callable[Concatenate[Model, ...], Result],
    model_path: Path,
    batches: Iterable[Sequence[str] | pa.RecordBatch],
    jobs: int,
) -> Generator[Result]:
    """Apply a function of a model and texts to chunks of texts, in processes of their own, and yield what it gives.

    Parameters
    ----------
    function
        What a process can find by its name: `Model.predict_proba`, a function of a module, or a partial of one. It is
        given the model and the columns of a chunk.
    model_path
        The model's file; its arrays are in memory once, however many processes score by them.
    batches
        Texts, alone or as the first column of a batch; one chunk is taken ahead of those that the processes are at
        work on.
    jobs
        How many processes, beside this one.

    Raises
    ------
    StanceError
        A process was killed. What the function or `batches` raise is raised when what came before has been yielded.
    """
    workers: deque[_Worker[Result]] = deque()
    source, failure = iter(batches), None
    folder = tempfile.TemporaryDirectory(prefix="stance-")
    try:
        shared = shared_model.write_shared_model(model_file.load(model_path), Path(folder.name))
        while True:
            try:
                chunk = next(source)
            except StopIteration:
                break
            except Exception as error:  # noqa: BLE001 - raised below
                failure = error
                break
            if len(workers) < jobs:
                workers.append(_Worker(function, shared))
                workers[-1].send(chunk)
            else:
                workers.rotate(-1)
                result = workers[-1].receive()
                workers[-1].send(chunk)
                yield result
        for worker in workers:
            yield worker.receive()
        if failure:
            raise failure
    finally:
        for worker in workers:
            worker.terminate()
        folder.cleanup()  # not before: a file that is mapped cannot be deleted everywhere


class _Worker(Generic[Result]):
    """A process that applies a function to chunks of texts, one at a time."""

    def __init__(self, function: Callable[Concatenate[Model, ...], Result], shared: Path) -> None:
        context = multiprocessing.get_context("spawn")
        self._pipe, end = context.Pipe()
        self._process = context.Process(target=_serve_batches, args=(end, function, shared), daemon=True)
        with _interrupts_ignored():
            self._process.start()
        end.close()  # so that the pipe ends with the process

    def send(self, chunk: Sequence[str] | pa.RecordBatch) -> None:
        is_batch = isinstance(chunk, pa.RecordBatch)
        batch: pa.RecordBatch = chunk if is_batch else pa.record_batch({"text": string_array(chunk)})
        sink = pa.BufferOutputStream()
        with pa.ipc.new_stream(sink, batch.schema) as stream:
            stream.write(batch)  # of a slice only what is in it, unlike pickle
        with self._kill_reported():
            self._pipe.send_bytes(sink.getvalue())

    def receive(self) -> Result:
        result: Result
        with self._kill_reported():
            result, error = self._pipe.recv()
        if error:
            raise error
        return result

    def terminate(self) -> None:
        self._process.terminate()
        self._process.join()
        self._pipe.close()

    @contextlib.contextmanager
    def _kill_reported(self) -> Iterator[None]:
        try:
            yield
        except (EOFError, ConnectionError):
            self._process.join()
            cause = f"a process that scores was killed (exit code {self._process.exitcode})"
            raise StanceError(cause, "see whether memory is short, and try fewer --jobs") from None


def _serve_batches(pipe: Connection, function: Callable[Concatenate[Model, ...], Any], path: Path) -> None:
    """Answer what comes through a pipe until its other end is closed."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent ends this process
    model = None
    with contextlib.suppress(EOFError, ConnectionError):
        while True:
            batch = pa.ipc.open_stream(pipe.recv_bytes()).read_next_batch()
            try:
                model = model or shared_model.map_shared_model(path)
                answer: tuple[Any, Exception | None] = (function(model, *batch.columns), None)
            except Exception as error:  # noqa: BLE001 - raised in the parent
                error.add_note(traceback.format_exc())
                answer = (None, error)
            pipe.send(answer)


@contextlib.contextmanager
def _interrupts_ignored() -> Iterator[None]:
    """Let a process that is started here never hear of Ctrl-C: before its first line it would print a traceback."""
    if threading.current_thread() is not threading.main_thread():  # only the main thread can, and hears of it itself
        yield
        return
    handler = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, handler)
