"""The wheel, the sdist and the public names of the package."""

from __future__ import annotations

import shutil
import subprocess
import sys
import tarfile
import venv
import zipfile
from pathlib import Path

import pytest
from conftest import ROOT, run

import stance

CLIENT = """
import stance

model = stance.load("models/stance.joblib")
reveal_type(model)
reveal_type(model.predict_proba(["a good idea"]))
collected: int = stance.collect("pages", "sheet.csv", jobs=2).n_new
texts: list[str] = stance.extract_comments("<p>text</p>", url=None)["text"].to_list()
run = stance.train(["sheet.csv"], "models/stance.joblib", quick=True, decide="matched")
rows: int = stance.predict_file(["a.csv", "b.csv"], "-", run.paths[0], min_confidence=0.5).n_rows
error: type[ValueError] = stance.UsageError
"""


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build the wheel and the sdist and return their folder."""
    folder = tmp_path_factory.mktemp("dist")
    command = [sys.executable, "-m", "hatchling", "build", "-d", str(folder)]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    return folder


@pytest.mark.slow
def test_the_wheel_is_typed(built: Path, tmp_path: Path) -> None:
    venv.create(tmp_path / "venv")
    (packages,) = (tmp_path / "venv").rglob("site-packages")
    (wheel,) = built.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(packages)  # noqa: S202 - built above, so it is trusted
    (tmp_path / "client.py").write_text(CLIENT, encoding="utf-8")
    (python,) = [path for path in (tmp_path / "venv").rglob("python*") if path.name in {"python", "python.exe"}]
    command = [sys.executable, "-m", "mypy", "--python-executable", str(python), "--cache-dir", "cache", "client.py"]
    ran = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert "Success: no issues found" in ran.stdout, ran.stdout
    assert 'client.py:5: note: Revealed type is "stance.models.model.Model"' in ran.stdout
    assert "client.py:6: note: Revealed type is" in ran.stdout


@pytest.mark.slow
def test_the_sdist_contains_every_file_of_the_repository(built: Path) -> None:
    command = [shutil.which("git") or "git", "ls-files"]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    if listed.returncode:
        pytest.skip("not in a git checkout")
    (sdist,) = built.glob("*.tar.gz")
    with tarfile.open(sdist) as archive:
        names = {name.partition("/")[2] for name in archive.getnames()}
    assert {name for name in listed.stdout.splitlines() if (ROOT / name).is_file()} <= names


def test_the_public_names_are_listed() -> None:
    public = {name for name in dir(stance) if not name.startswith("_")}
    assert public == set(stance.__all__)
    assert all(getattr(stance, name) for name in public)
    with pytest.raises(AttributeError, match="module 'stance' has no attribute 'lod'"):
        stance.lod  # noqa: B018 - the access is the test


def test_the_version_is_printed() -> None:
    ran = run("--version")
    assert (ran.code, ran.out, ran.err) == (0, f"{stance.__version__}\n", "")
