"""Imports point one way, and the front door stays light."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest
from conftest import ROOT

# From the street to the attic: a room may import those above it only.
ROOMS = [
    "errors", "atomic", "tables", "intervals", "f1", "calibration", "abstention", "duplicates", "folds", "curve",
    "decoding", "codebook", "keywords", "documents", "footers", "collect",
    "csvtext", "sheets", "labels", "annotators", "schemes",
    "kernels", "words", "ngrams", "counts", "scorer", "tfidf", "corpus", "features", "gram", "newton", "logistic",
    "model", "terms", "fitting", "decision", "products", "search", "procedure", "systems", "unpickle", "bundle",
    "evaluate", "answers", "figures", "reliance", "review", "appraisal", "notes", "record",
    "wording", "svg", "charts", "summary", "exhibits", "particulars", "rendering", "page", "card", "learn",
    "cells", "lines", "arrow", "chunks", "rows", "targets", "writers", "sharing", "workers", "score",
    "progress", "report", "terminal", "cli", "quick", "__main__",
]  # fmt: skip


def _imported(room: str) -> set[str]:
    tree = ast.parse((ROOT / "stance" / f"{room}.py").read_text(encoding="utf-8"))
    found = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module == "stance":
            found |= {alias.name for alias in node.names if not alias.name.startswith("__")}
        elif isinstance(node, ast.ImportFrom) and (node.module or "").startswith("stance."):
            found.add(str(node.module).removeprefix("stance."))
    return found


def test_every_room_is_listed() -> None:
    assert {path.stem for path in (ROOT / "stance").glob("*.py")} == {*ROOMS, "__init__"}


@pytest.mark.parametrize("room", ROOMS)
def test_imports_point_upward(room: str) -> None:
    assert _imported(room) <= set(ROOMS[: ROOMS.index(room)])


def test_help_imports_nothing_heavy() -> None:
    program = (
        "import sys; sys.argv = ['stance', '--help']; import stance.__main__\n"
        "try: stance.__main__.main()\n"
        "except SystemExit: pass\n"
        "print([name for name in ('sklearn', 'pandas', 'numpy', 'scipy', 'pyarrow', 'joblib') if name in sys.modules])"
    )
    ran = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert ran.stdout.splitlines()[-1] == "[]"


@pytest.mark.parametrize(
    "room", ["csvtext", "decoding", "cells", "lines", "arrow", "chunks", "rows", "targets", "writers", "progress"]
)
def test_reading_and_writing_import_nothing_heavy(room: str) -> None:
    names = ("pandas", "sklearn", "scipy", "joblib", "pyarrow.parquet", "rich", "charset_normalizer")
    program = f"import sys, stance.{room}; print([name for name in {names} if name in sys.modules])"
    ran = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert ran.stdout == "[]\n"


def test_a_text_is_scored_without_pandas_and_scikit_learn(small_model: Path) -> None:
    program = (
        f"import sys; sys.argv = ['stance', 'predict', '--text', 'a good idea', '--model', {str(small_model)!r}]\n"
        "import stance.__main__\n"
        "try: stance.__main__.main()\n"
        "except SystemExit: pass\n"
        "heavy = ('sklearn', 'pandas', 'scipy.sparse', 'joblib', 'rich', 'typer')\n"
        "heavy += ('pyarrow.compute', 'pyarrow.parquet', 'multiprocessing')\n"
        "print([name for name in heavy if name in sys.modules], file=sys.stderr)"
    )
    ran = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert ran.stdout.count("\n") == 2
    assert ran.stderr == "[]\n"


def test_modules_stay_small() -> None:
    lengths = {path.name: len(path.read_text(encoding="utf-8").splitlines()) for path in (ROOT / "stance").glob("*.py")}
    assert {name: length for name, length in lengths.items() if length > 300} == {}
