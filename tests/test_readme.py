"""README.md is short, its commands and code run in their order, and the figures it shows are those of a fresh model."""

from __future__ import annotations

import csv
import io
import re
import shlex
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pandas as pd
import pytest
from conftest import ROOT, Project, run

import stance

README = (ROOT / "README.md").read_text(encoding="utf-8")

MAX_LINES = 150


def _blocks(kind: str) -> list[str]:
    return re.findall(rf"^```{kind}\n(.*?)^```", README, flags=re.DOTALL | re.MULTILINE)


COMMANDS = [line[2:] for block in _blocks("console") for line in block.splitlines() if line.startswith("$ stance ")]


def test_it_is_short() -> None:
    assert len(README.splitlines()) <= MAX_LINES


@pytest.mark.slow
def test_the_commands_run_on_pages_of_ones_own(tmp_path: Path) -> None:
    shutil.copytree(ROOT / "seeds", tmp_path / "pages")
    assert [command.split()[1] for command in COMMANDS] == ["collect", "check", "train", "predict"]
    collect, *others = (shlex.split(command)[1:] for command in COMMANDS)
    assert run(*collect, cwd=tmp_path).code == 0
    (codebook,) = _blocks("toml")
    (tmp_path / "labels" / "codebook.toml").write_text(codebook, encoding="utf-8")
    sheet = tmp_path / "labels" / "comments.csv"
    rows = pd.read_csv(sheet)
    stances = list(tomllib.loads(codebook)["stances"])
    rows.assign(stance=[stances[number % len(stances)] for number in range(len(rows))]).to_csv(sheet, index=False)
    results = [run(*arguments, cwd=tmp_path) for arguments in others]
    assert [result.err for result in results if result.code] == []
    assert len(pd.read_csv(tmp_path / "scored.csv")) == len(rows)
    (code,) = _blocks("python")
    command = [sys.executable, "-c", code]
    process = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert process.returncode == 0, process.stderr


def test_the_prediction_shown_is_that_of_a_fresh_model(project: Project) -> None:
    heading = "| comment | predicted | confidence | terms that contribute most |\n|---|---|---|---|\n"
    text, *shown = (cell.strip() for cell in README.split(heading)[1].splitlines()[0].strip("|").split("|"))
    result = run("predict", "--text", text, "--explain", "3", cwd=project.folder)
    (row,) = csv.DictReader(io.StringIO(result.out))
    assert shown == [row["predicted"], f"{float(row['confidence']):.3f}", row["terms"]]


def test_the_score_shown_is_that_of_a_fresh_model(project: Project) -> None:
    (line,) = [line.split() for line in project.trained.out.splitlines() if line.startswith("labels+examples  ")][:1]
    value, low, high = (cell.strip("[],").removeprefix("0") for cell in line[4:7])
    assert f"macro F1 {value} [{low}, {high}] with 24 labels" in README


def test_the_citation_names_this_version() -> None:
    fields = dict(re.findall(r"^([\w-]+): (.*)$", (ROOT / "CITATION.cff").read_text(encoding="utf-8"), re.MULTILINE))
    assert (fields["version"], fields["license"]) == (stance.__version__, "MIT")
    released = f"## [{stance.__version__}] - {fields['date-released']}"
    assert released in (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("picture", re.findall(r"\]\((docs/images/\S+)\)", README))
def test_pictures_exist(picture: str) -> None:
    assert (ROOT / picture).read_bytes().startswith(b"\x89PNG")
