"""The commands and Python code of README.md run, and its output is that of a fresh run."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys

import pytest
from conftest import ROOT, Project, run

README = (ROOT / "README.md").read_text(encoding="utf-8")


def _blocks(kind: str) -> list[str]:
    return re.findall(rf"^```{kind}\n(.*?)^```", README, flags=re.DOTALL | re.MULTILINE)


COMMANDS = [line[2:] for block in _blocks("console") for line in block.splitlines() if line.startswith("$ stance ")]


def test_readme_has_commands() -> None:
    assert len(COMMANDS) >= 6


def test_commands_run_in_their_order(project: Project) -> None:
    results = {command: run(*shlex.split(command)[1:], cwd=project.folder) for command in COMMANDS}
    assert {command: result.err for command, result in results.items() if result.code} == {}


def test_output_is_that_of_a_fresh_run(project: Project) -> None:
    actual = {
        " ".join(line.split())
        for line in f"{project.collected.out}{project.collected.err}{project.trained.out}".splitlines()
    }
    expected = {" ".join(line.split()) for block in _blocks("text") for line in block.splitlines() if line.strip()}
    assert expected - actual == set()


@pytest.mark.parametrize("code", _blocks("python"))
def test_python_code_runs(project: Project, code: str) -> None:
    result = subprocess.run(
        [sys.executable, "-c", code], cwd=project.folder, capture_output=True, text=True, check=False
    )
    assert result.returncode == 0, result.stderr


def test_mentioned_files_exist() -> None:
    paths = re.findall(r"\]\(([\w./]+\.md)", README) + re.findall(r"`((?:stance|labels|benchmarks)/[\w./]+)`", README)
    assert [path for path in paths if not (ROOT / path).exists() and "mine" not in path] == []
