"""The README is true: its commands run, its output is the output, its Python works."""

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


def test_the_readme_shows_commands() -> None:
    assert len(COMMANDS) >= 6


@pytest.mark.parametrize("command", COMMANDS)
def test_commands_run(project: Project, command: str) -> None:
    ran = run(*shlex.split(command)[1:], cwd=project.folder)
    assert ran.code == 0, ran.err


def test_the_output_shown_is_the_output(project: Project) -> None:
    real = {" ".join(line.split()) for line in (project.collected.err + project.trained.err).splitlines()}
    shown = {" ".join(line.split()) for block in _blocks("text") for line in block.splitlines() if line.strip()}
    assert shown - real == set()


@pytest.mark.parametrize("code", _blocks("python"))
def test_python_runs(project: Project, code: str) -> None:
    ran = subprocess.run([sys.executable, "-c", code], cwd=project.folder, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stderr


def test_files_that_are_named_are_there() -> None:
    named = re.findall(r"\]\(([\w./]+\.md)", README) + re.findall(r"`((?:stance|labels|benchmarks)/[\w./]+)`", README)
    assert [name for name in named if not (ROOT / name).exists() and "mine" not in name] == []


def test_contributing_lists_every_package() -> None:
    table = re.findall(r"^\| \d+ \| (.+?) \|", (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8"), re.MULTILINE)
    listed = {name.strip("/") for cell in table for name in re.findall(r"`([\w/]+)`", cell)}
    modules = {path.stem for path in (ROOT / "stance").glob("[!_]*.py")}
    assert listed == modules | {path.parent.name for path in (ROOT / "stance").glob("*/__init__.py")}
