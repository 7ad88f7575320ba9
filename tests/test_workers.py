"""Several processes give the same results in the same order as one, and leave nothing behind."""

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
from stance.io.row_batches import BATCH_ROWS
from stance.models.model import Model
from stance.scoring.workers import map_in_processes

pytestmark = pytest.mark.slow

BATCHES = [[f"a good idea no {number}", "bad", ""][: number % 4] for number in range(9)]


def second_text(_: Model, texts: pa.Array) -> str:
    return str(texts[1].as_py())


def count_or_exit(_: Model, texts: pa.Array) -> int:
    if texts[0].as_py() == "exit":
        os._exit(7)
    return len(texts)


@pytest.mark.parametrize("jobs", [1, 2, 5])
def test_results_are_in_order(small_model: Path, jobs: int) -> None:
    results = list(map_in_processes(Model.predict_proba, small_model, BATCHES, jobs))
    for batch, probabilities in zip(BATCHES, results, strict=True):
        np.testing.assert_array_equal(probabilities, stance.load(small_model).predict_proba(batch))


def _is_mapped(model: Model, texts: pa.Array) -> tuple[bool, int]:
    probabilities = model.predict_proba(texts)
    tables = (model.coef, model.vocabulary.idf, model.scorer._char_term_table, model.scorer._word_term_table)
    return all(isinstance(table, np.memmap) and not table.flags.writeable for table in tables), len(probabilities)


def test_processes_map_the_arrays_of_a_model(small_model: Path) -> None:
    assert list(map_in_processes(_is_mapped, small_model, [["a good idea", "bad"], ["x"]], 2)) == [(True, 2), (True, 1)]


def test_no_batches(small_model: Path) -> None:
    assert list(map_in_processes(Model.predict_proba, small_model, [], 2)) == []


def test_one_batch_is_read_ahead(small_model: Path) -> None:
    taken = []

    def batches() -> Iterator[list[str]]:
        for number in range(9):
            taken.append(number)
            yield ["a"]

    results = map_in_processes(Model.predict_proba, small_model, batches(), 2)
    next(results)
    assert taken == [0, 1, 2]
    results.close()


def test_a_slice_is_sent_without_its_parent(small_model: Path) -> None:
    batch = pa.record_batch({"text": ["a", "b", "c", "d"]})
    assert list(map_in_processes(second_text, small_model, [batch.slice(0, 2), batch.slice(2, 2)], 1)) == ["b", "d"]


def text_target_pairs(_: Model, texts: pa.Array, targets: pa.Array) -> list[tuple[str, str]]:
    return list(zip(texts.to_pylist(), targets.to_pylist(), strict=True))


def test_all_columns_of_a_batch_are_sent(small_model: Path) -> None:
    batch = pa.record_batch({"text": ["a", "b", "c"], "target": pa.array(["x", "y", "x"]).dictionary_encode()})
    assert list(map_in_processes(text_target_pairs, small_model, [batch.slice(1, 2)], 1)) == [[("b", "y"), ("c", "x")]]


def _unreadable() -> Iterator[list[str]]:
    yield ["one"]
    raise UnreadableFileError("in.csv", "half a row", "complete it", row=2)


@pytest.mark.parametrize(
    ("function", "make_batches", "model", "error", "message"),
    [
        (second_text, lambda: [["a", "b"], ["only one"]], None, IndexError, "index out of bounds"),
        (
            count_or_exit,
            lambda: [["go on"], ["exit"]],
            None,
            StanceError,
            r"process was killed \(exit code 7\): .* fewer --jobs",
        ),
        (count_or_exit, _unreadable, None, UnreadableFileError, r"^half a row \(in.csv:2\): complete it$"),
    ],
)
@pytest.mark.parametrize("jobs", [1, 3])
def test_an_error_is_raised_after_earlier_results(
    small_model: Path,
    function: Callable[[Model, pa.Array], object],
    make_batches: Callable[[], Iterator[list[str]]],
    model: Path | None,
    error: type[Exception],
    message: str,
    jobs: int,
) -> None:
    results = map_in_processes(function, model or small_model, make_batches(), jobs)
    next(results)
    with pytest.raises(error, match=message):
        next(results)


def test_a_missing_model(tmp_path: Path) -> None:
    with pytest.raises(StanceError, match=r"no such model file \(.*gone.joblib\): train one with 'stance train'"):
        list(map_in_processes(Model.predict_proba, tmp_path / "gone.joblib", BATCHES, 2))


def test_errors_can_be_pickled() -> None:
    error = ConflictingLabelsError("c1", ["for", "against"], 0, "sheet.csv", 3)
    copy = pickle.loads(pickle.dumps(error))
    assert (type(copy), str(copy)) == (type(error), str(error))


@pytest.mark.parametrize("to", ["csv", "jsonl", "parquet"])
def test_the_output_does_not_depend_on_the_number_of_jobs(small_model: Path, tmp_path: Path, to: str) -> None:
    lines = [f"a good idea no {number}, but 'bad', \"{number}\"" for number in range(2 * BATCH_ROWS + 100)]
    (tmp_path / "in.txt").write_text("\n".join(lines), encoding="utf-8")
    for jobs in ("1", "2"):
        out = tmp_path / f"{jobs}.{to}"
        result = run("predict", tmp_path / "in.txt", "-q", "-j", jobs, "--model", small_model, "-o", out)
        assert (result.code, result.err) == (0, "")
    assert len({path.read_bytes() for path in tmp_path.glob(f"*.{to}")}) == 1


@pytest.fixture
def _interruptible() -> Iterator[None]:
    """Handle interrupts: a shell starts background jobs with interrupts ignored, which is inherited."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such signals")
@pytest.mark.usefixtures("_interruptible")
@pytest.mark.parametrize(("signal_number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
@pytest.mark.parametrize("jobs", ["1", "2"])
def test_an_interrupted_run_keeps_the_old_output(
    small_model: Path, tmp_path: Path, signal_number: signal.Signals, code: int, jobs: str
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
        process.stdin.write(b"a good idea\n" * 4 * BATCH_ROWS)  # left open, so that the run cannot end first
        process.stdin.flush()
        while not any(path.stat().st_size for path in tmp_path.glob(".out.csv.*.part")):
            assert process.poll() is None
            time.sleep(0.01)
        if signal_number == signal.SIGINT:
            os.killpg(process.pid, signal_number)  # a terminal signals the whole process group
        else:
            process.send_signal(signal_number)
        assert (process.wait(), process.stderr.read(), process.stdout.read()) == (code, b"", b"")  # type: ignore[union-attr]
    assert [path.name for path in tmp_path.iterdir()] == ["out.csv"]
    assert out.read_text(encoding="utf-8") == "mine"
    assert _group_ends(process.pid)


def _group_ends(group: int) -> bool:
    """Return whether no process of a group is left; the resource tracker of Python may take a moment."""
    for _ in range(1000):
        try:
            os.killpg(group, 0)
        except ProcessLookupError:
            return True
        time.sleep(0.01)
    return False
