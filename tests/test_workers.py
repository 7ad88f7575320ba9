"""Several processes say what one says, in the same order, and leave nothing behind."""

from __future__ import annotations

import os
import pickle
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from conftest import run

import stance
from stance.errors import ConflictingLabelsError, StanceError, UnreadableFileError
from stance.io.readers import BATCH_ROWS
from stance.models.model import Model
from stance.scoring.workers import map_in_processes

CHUNKS = [[f"a good idea no {number}", "bad", ""][: number % 4] for number in range(9)]


def second_text(_: Model, texts: pa.Array) -> str:
    return str(texts[1].as_py())


def end(_: Model, texts: pa.Array) -> int:
    if texts[0].as_py() == "end":
        os._exit(7)
    return len(texts)


@pytest.mark.parametrize("jobs", [1, 2, 5])
def test_results_come_in_order(small_model: Path, jobs: int) -> None:
    found = list(map_in_processes(Model.predict_proba, small_model, CHUNKS, jobs))
    for chunk, probabilities in zip(CHUNKS, found, strict=True):
        np.testing.assert_array_equal(probabilities, stance.load(small_model).predict_proba(chunk))


def _is_mapped(model: Model, texts: pa.Array) -> tuple[bool, int]:
    found = model.predict_proba(texts)
    tables = (model.coef, model.vocabulary.idf, model.scorer._char_term_table, model.scorer._word_term_table)
    return all(isinstance(table, np.memmap) and not table.flags.writeable for table in tables), len(found)


def test_processes_share_the_arrays_of_a_model(small_model: Path) -> None:
    assert list(map_in_processes(_is_mapped, small_model, [["a good idea", "bad"], ["x"]], 2)) == [(True, 2), (True, 1)]


def test_nothing_in_nothing_out(small_model: Path) -> None:
    assert list(map_in_processes(Model.predict_proba, small_model, [], 2)) == []


def test_the_reader_is_hardly_ahead(small_model: Path) -> None:
    taken = []

    def chunks() -> Iterator[list[str]]:
        for number in range(9):
            taken.append(number)
            yield ["a"]

    results = map_in_processes(Model.predict_proba, small_model, chunks(), 2)
    next(results)
    assert taken == [0, 1, 2]
    results.close()


def test_a_slice_travels_as_what_is_in_it(small_model: Path) -> None:
    batch = pa.record_batch({"text": ["a", "b", "c", "d"]})
    assert list(map_in_processes(second_text, small_model, [batch.slice(0, 2), batch.slice(2, 2)], 1)) == ["b", "d"]


def of_both(_: Model, texts: pa.Array, targets: pa.Array) -> list[tuple[str, str]]:
    return list(zip(texts.to_pylist(), targets.to_pylist(), strict=True))


def test_every_column_of_a_batch_travels(small_model: Path) -> None:
    batch = pa.record_batch({"text": ["a", "b", "c"], "target": pa.array(["x", "y", "x"]).dictionary_encode()})
    assert list(map_in_processes(of_both, small_model, [batch.slice(1, 2)], 1)) == [[("b", "y"), ("c", "x")]]


def _unreadable() -> Iterator[list[str]]:
    yield ["one"]
    raise UnreadableFileError("in.csv", "half a row", "complete it", row=2)


@pytest.mark.parametrize(
    ("function", "chunks", "model", "error", "message"),
    [
        (second_text, lambda: [["a", "b"], ["only one"]], None, IndexError, "index out of bounds"),
        (end, lambda: [["on"], ["end"]], None, StanceError, r"a process .* killed \(exit code 7\): .* fewer --jobs"),
        (end, _unreadable, None, UnreadableFileError, r"^half a row \(in.csv:2\): complete it$"),
    ],
)
@pytest.mark.parametrize("jobs", [1, 3])
def test_an_error_comes_in_its_turn(
    small_model: Path,
    function: Callable[[Model, pa.Array], object],
    chunks: Callable[[], Iterator[list[str]]],
    model: Path | None,
    error: type[Exception],
    message: str,
    jobs: int,
) -> None:
    results = map_in_processes(function, model or small_model, chunks(), jobs)
    next(results)
    with pytest.raises(error, match=message):
        next(results)


def test_a_model_that_has_gone(tmp_path: Path) -> None:
    with pytest.raises(StanceError, match=r"no model there \(.*gone.joblib\): train one with 'stance train'"):
        list(map_in_processes(Model.predict_proba, tmp_path / "gone.joblib", CHUNKS, 2))


def test_every_error_can_leave_a_process() -> None:
    error = ConflictingLabelsError("c1", ["for", "against"], 0, "sheet.csv", 3)
    copy = pickle.loads(pickle.dumps(error))
    assert (type(copy), str(copy)) == (type(error), str(error))


@pytest.mark.parametrize("to", ["csv", "jsonl", "parquet"])
def test_the_same_bytes_whatever_the_jobs(small_model: Path, tmp_path: Path, to: str) -> None:
    lines = [f"a good idea no {number}, but 'bad', \"{number}\"" for number in range(2 * BATCH_ROWS + 100)]
    (tmp_path / "in.txt").write_text("\n".join(lines), encoding="utf-8")
    for jobs in ("1", "2"):
        out = tmp_path / f"{jobs}.{to}"
        ran = run("predict", tmp_path / "in.txt", "-q", "-j", jobs, "--model", small_model, "-o", out)
        assert (ran.code, ran.err) == (0, "")
    assert len({path.read_bytes() for path in tmp_path.glob(f"*.{to}")}) == 1


@pytest.fixture
def _interruptible() -> Iterator[None]:
    """A shell starts what it puts in the background with interrupts ignored, and so would be what is started here."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.skipif(sys.platform == "win32", reason="no such signals there")
@pytest.mark.usefixtures("_interruptible")
@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
@pytest.mark.parametrize("jobs", ["1", "2"])
def test_an_interrupted_run_leaves_the_old_output(
    small_model: Path, tmp_path: Path, number: signal.Signals, code: int, jobs: str
) -> None:
    out = tmp_path / "out.csv"
    out.write_text("mine", encoding="utf-8")
    command = [
        sys.executable,
        "-m",
        "stance",
        "predict",
        "-",
        "-f",
        "-j",
        jobs,
        "--model",
        str(small_model),
        "-o",
        str(out),
    ]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True
    ) as process:
        assert process.stdin is not None
        process.stdin.write(b"a good idea\n" * 4 * BATCH_ROWS)  # and no end, so that it cannot be too late
        process.stdin.flush()
        while not any(path.stat().st_size for path in tmp_path.glob(".out.csv.*.part")):
            assert process.poll() is None
            time.sleep(0.01)
        if number == signal.SIGINT:
            os.killpg(process.pid, number)  # a terminal tells every process of the group
        else:
            process.send_signal(number)
        assert (process.wait(), process.stderr.read(), process.stdout.read()) == (code, b"", b"")  # type: ignore[union-attr]
    assert [path.name for path in tmp_path.iterdir()] == ["out.csv"]
    assert out.read_text(encoding="utf-8") == "mine"
    assert _ends(process.pid)


def _ends(group: int) -> bool:
    """Tell whether no process of a group is left; the one that Python cleans up with may take a moment."""
    for _ in range(1000):
        try:
            os.killpg(group, 0)
        except ProcessLookupError:
            return True
        time.sleep(0.01)
    return False
