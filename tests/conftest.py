"""Shared helpers: running commands, a small codebook and model, and one full training run."""

from __future__ import annotations

import contextlib
import io
import json
import os
import shutil
import subprocess
import sys
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import pytest
from filelock import FileLock
from hypothesis import settings

import stance
from stance.cli.command_line import main

IS_THOROUGH = bool(os.environ.get("STANCE_THOROUGH_TESTS"))
"""Whether hypothesis draws twenty times as many examples: `make thorough`."""


def count_examples(n: int) -> int:
    """Return how many examples a property test draws, `n` in a usual run."""
    return n * 20 if IS_THOROUGH else n


# On a busy machine a single example may exceed Hypothesis's default deadline of 200 ms.
settings.register_profile("project", deadline=None, max_examples=count_examples(40))
settings.load_profile("project")

ROOT = Path(__file__).parent.parent

_SLOW_FIXTURES = {"project", "small_model", "trained"}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark the tests that need a trained model as slow."""
    for item in items:
        if _SLOW_FIXTURES.intersection(getattr(item, "fixturenames", ())):
            item.add_marker(pytest.mark.slow)


SMALL_CODEBOOK = """
[stances.for]
definition = "The comment is for it."
rules = ["Praise counts."]
group = "sided"
keywords = ["good", "well done"]

[stances.against]
definition = "The comment is against it."
group = "sided"
keywords = ["bad"]

[stances.neutral]
definition = "The comment takes no side."

[examples]
for = ["This is a good plan", "I like it, well done"]
against = ["This is a bad plan", "I do not like it at all"]
neutral = ["When is the plan due?", "The plan has ten pages"]

[contrast]
for = ["Nobody can say the plan is bad"]
against = ["Nobody can say the plan is good"]
"""


@dataclass(frozen=True)
class CommandResult:
    """Exit code and output of a command."""

    code: int
    out: str
    err: str


def run(*arguments: str | Path, stdin: bytes = b"", cwd: Path | None = None) -> CommandResult:
    """Run `stance` in this process, as a user would type it; `run_process` starts a process of its own."""
    output = {name: io.TextIOWrapper(io.BytesIO(), encoding="utf-8", newline="\n") for name in ("stdout", "stderr")}
    code = 0
    with (
        contextlib.chdir(cwd or ROOT),
        contextlib.redirect_stdout(output["stdout"]),
        contextlib.redirect_stderr(output["stderr"]),
        pytest.MonkeyPatch.context() as patch,
    ):
        patch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(stdin), encoding="utf-8"))
        try:
            main(list(map(str, arguments)))
        except SystemExit as error:
            code = error.code if isinstance(error.code, int) else 1
    out, err = (_read_back(stream) for stream in output.values())
    return CommandResult(code, out, err)


def run_process(*arguments: str | Path, stdin: bytes = b"", cwd: Path | None = None) -> CommandResult:
    """Run `stance` in a process of its own."""
    command = [sys.executable, "-m", "stance", *map(str, arguments)]
    process = subprocess.run(command, input=stdin, capture_output=True, cwd=cwd or ROOT, check=False)
    out, err = (stream.decode().replace("\r\n", "\n") for stream in (process.stdout, process.stderr))  # Windows
    return CommandResult(process.returncode, out, err)


def _read_back(stream: io.TextIOWrapper) -> str:
    stream.flush()
    buffer = stream.buffer
    assert isinstance(buffer, io.BytesIO)
    return buffer.getvalue().decode().replace("\r\n", "\n")


def small_sheet(folder: Path, per_stance: int = 3) -> Path:
    """Write a sheet with a few labels per stance, and a codebook beside it; return the path of the sheet."""
    (folder / "codebook.toml").write_text(SMALL_CODEBOOK, encoding="utf-8")
    lines = ["comment_id,article_id,text,stance"]
    for number in range(per_stance):
        lines += [
            f"f{number},a{number % 2},good idea of mayor {number},for",
            f"g{number},a{number % 2},bad thing to do {number},against",
            f"n{number},a{number % 2},the vote on day {number},neutral",
        ]
    sheet = folder / "sheet.csv"
    sheet.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return sheet


@pytest.fixture(scope="session")
def small_model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Train on the small sheet once per session; return the path of the model, which predicts any known word.

    Its labels know nearly all of each other's words, so that its own limit of known words would be very strict.
    """
    folder = tmp_path_factory.mktemp("small")
    model = folder / "models" / "stance.joblib"
    result = run("train", small_sheet(folder), "--model", model, "-j", "1")
    assert result.code == 0, result.err
    replace(stance.load(model), min_known=0.0).save(model)
    return model


@dataclass(frozen=True)
class Project:
    """A copy of the seeds and labels in which `stance collect` and `stance train` have run."""

    folder: Path
    collected: CommandResult
    trained: CommandResult

    @property
    def model(self) -> Path:
        return self.folder / "models" / "stance.joblib"


@pytest.fixture(scope="session")
def project(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """Collect the seeds and train on the project's own labels, once for all workers; do not write into its folder."""
    base = tmp_path_factory.getbasetemp()
    shared = base.parent if "PYTEST_XDIST_WORKER" in os.environ else base  # all workers have one parent folder
    folder, outputs = shared / "project", shared / "project.json"
    with FileLock(shared / "project.lock"):
        if not outputs.exists():
            for name in ("seeds", "labels"):
                shutil.copytree(ROOT / name, folder / name)
            commands = (("collect", "seeds", "-o", "labels/csto.csv"), ("train", "labels/csto.csv"))
            results = [asdict(run_process(*command, cwd=folder)) for command in commands]
            outputs.write_text(json.dumps(results), encoding="utf-8")
    collected, trained = (CommandResult(**result) for result in json.loads(outputs.read_text(encoding="utf-8")))
    assert (collected.code, trained.code) == (0, 0), collected.err + trained.err
    return Project(folder, collected, trained)
