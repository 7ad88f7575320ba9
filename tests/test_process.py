"""Importing stance or running a command in another program does not change that program's state."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from conftest import ROOT, small_sheet

from stance.__main__ import main

SNAPSHOT = """
import csv, gc, io, json, locale, logging, os, random, signal, sys, threading, warnings


def snapshot():
    return {
        "meta_path": [repr(finder) for finder in sys.meta_path],
        "path": list(sys.path),
        "hooks": [repr(hook) for hook in (sys.excepthook, sys.displayhook, threading.excepthook)],
        "signals": [repr(signal.getsignal(number)) for number in (signal.SIGINT, signal.SIGTERM)],
        "streams": [(stream.encoding, stream.errors) for stream in (sys.stdout, sys.stderr)],
        "same streams": [sys.stdout is sys.__stdout__, sys.stderr is sys.__stderr__],
        "environment": dict(os.environ),
        "folder": os.getcwd(),
        "csv": csv.field_size_limit(),
        "gc": (gc.isenabled(), gc.get_threshold()),
        "locale": locale.setlocale(locale.LC_ALL),
        "random": repr(random.getstate()),
        "recursion": sys.getrecursionlimit(),
        "warnings": [repr(entry) for entry in warnings.filters],
        "logging": [repr(handler) for handler in logging.getLogger().handlers],
        "loggers": {name: len(logging.getLogger(name).handlers) for name in ("trafilatura", "htmldate", "stance")},
    }
"""

PROGRAM = (
    SNAPSHOT
    + """
import importlib, pkgutil
import charset_normalizer, htmldate, joblib, numpy, pandas, pyarrow, rich, scipy, sklearn, textual, trafilatura, typer

before = snapshot()
import stance

for module in pkgutil.walk_packages(stance.__path__, "stance."):
    if module.name != "stance.__main__":
        importlib.import_module(module.name)
after = {"imports": snapshot()}
from stance.__main__ import main

for name, arguments in json.loads(sys.argv[1]).items():
    try:
        main(arguments)
    except SystemExit as error:
        after[name + " failed with " + str(error.code)] = {}
    after[name] = snapshot()
changed = {name: [key for key in before if state.get(key) != before[key]] for name, state in after.items()}
print(json.dumps(changed), file=sys.__stderr__)
"""
)


@pytest.mark.slow
def test_imports_and_commands_leave_the_process_unchanged(tmp_path: Path) -> None:
    sheet = small_sheet(tmp_path, 4)
    (tmp_path / "more.csv").write_text("text\na good idea\nwhat a bad thing\n", encoding="utf-8")
    model = ["--model", str(tmp_path / "m" / "stance.joblib")]
    scores = ["-o", str(tmp_path / "scores.csv")]
    commands = {
        "train": ["train", str(sheet), "--quick", "-j", "1", *model],
        "predict --text": ["predict", "--text", "a good idea", *model],
        "predict": ["predict", str(tmp_path / "more.csv"), *model, *scores],
        "predict --jobs 2": ["predict", str(tmp_path / "more.csv"), "--jobs", "2", *model, *scores, "--force"],
        "collect": ["collect", str(ROOT / "seeds"), "-o", str(tmp_path / "collected.csv"), "--jobs", "1"],
        "check": ["check", str(sheet), *model],
        "sample": ["sample", str(tmp_path / "more.csv"), "-o", str(tmp_path / "drawn.csv")],
        "export": ["export", str(sheet), "--to", "csv", "-o", str(tmp_path / "exported.csv")],
    }
    command = [sys.executable, "-c", PROGRAM, json.dumps(commands)]
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    result = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path, check=True, env=environment)
    changed = json.loads(result.stderr.splitlines()[-1])
    assert changed == {name: [] for name in ["imports", *commands]}


@pytest.mark.slow
def test_pandas_can_be_imported_after_a_prediction(small_model: Path) -> None:
    program = (
        "import sys; from stance.__main__ import main\n"
        f"main(['predict', '--text', 'a good idea', '--model', {str(small_model)!r}])\n"
        "assert 'pandas' not in sys.modules\n"
        "import pandas, stance\n"
        f"print(stance.load({str(small_model)!r}).predict(['a good idea'])['predicted'].tolist())"
    )
    result = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, cwd=ROOT)
    assert result.stdout.endswith("['for']\n")


def test_command_runs_in_another_thread(small_model: Path, capfd: pytest.CaptureFixture[str]) -> None:
    failures: list[BaseException] = []

    def predict() -> None:
        try:
            main(["predict", "--text", "a good idea", "--model", str(small_model)])
        except BaseException as error:  # noqa: BLE001 - any error fails the test
            failures.append(error)

    thread = threading.Thread(target=predict)
    thread.start()
    thread.join()
    assert failures == []
    assert capfd.readouterr().out.splitlines()[1].startswith("a good idea,for,")


def test_failed_command_exits_with_its_code() -> None:
    with pytest.raises(SystemExit) as error:
        main(["predict", "--text", "a", "--model", "no-such-model"])
    assert error.value.code == 1
    with pytest.raises(SystemExit) as error:
        main(["predict", "--no-such-option"])
    assert error.value.code == 2


def test_signal_handler_of_the_caller_is_kept() -> None:
    if threading.current_thread() is not threading.main_thread():
        pytest.skip("signals are set in the main thread only")
    original = signal.signal(signal.SIGTERM, lambda *_: None)
    try:
        before = signal.getsignal(signal.SIGTERM)
        main(["--version"])
        assert signal.getsignal(signal.SIGTERM) is before
    finally:
        signal.signal(signal.SIGTERM, original)
