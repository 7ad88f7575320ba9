"""Imports point one way, and the front door stays light."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest
from conftest import ROOT

# From the street to the attic: a room may import those above it only. Rooms of a folder stand together, so that folders
# point upward, too.
GROUND = ["errors", "atomic", "file_swap", "texts", "arrow_arrays", "tables", "decoding", "csv_rows", "csvtext"]
FOLDERS = {
    "statistics": ["intervals", "imprecise", "agreement", "f1", "calibration", "abstention", "folds", "curve"],
    "collecting": [
        "phrases", "dates", "stamps", "vocabulary", "markup", "systems", "flow", "posts", "threads", "bylines",
        "nesting", "hypertext", "documents", "archives", "webpages", "matching", "layouts", "blocks", "footers",
        "sections", "collect",
    ],
    "labelling": [
        "codebook", "keywords", "locks", "sheets", "sheet_edits", "sheet_updates", "spreadsheets", "journal",
        "unmerged", "sheet_writer", "comments", "labels", "agreement",
    ],
    "exchanging": [
        "repair", "times", "jsontext", "carrying", "interfaces", "label_studio", "doccano", "prodigy", "plain",
        "taking", "merging", "exchange",
    ],
    "counting": ["kernels", "words", "ngrams", "counts", "scorer", "tfidf", "corpus", "features"],
    "learning": [
        "gram", "newton", "logistic", "settings", "sklearn_pipeline", "model", "terms", "fitting", "multipliers",
        "decision", "products", "search", "procedure", "unpickle", "bundle",
    ],
    "evaluating": [
        "duplicates", "schemes", "systems", "evaluate", "answers", "figures", "decisions", "gain", "reliance", "review",
        "appraisal", "notes", "record",
    ],
    "reporting": [
        "wording", "svg", "charts", "summary", "exhibits", "particulars", "rendering", "page", "card", "drawing",
        "labelled", "report", "agreement",
    ],
    "checking": [
        "kinds", "findings", "material", "values", "contradictions", "origins", "columns", "damage", "amounts",
        "suspects", "check", "listing",
    ],
    "scoring": [
        "cells", "lines", "chunks", "rows", "inputs", "targets", "writers", "sharing", "workers", "score",
    ],
    "sampling": ["shuffle", "allocation", "reservoir", "draw", "sample", "uncertainty", "disagreement"],
    "annotating": ["agenda", "history", "session", "keys", "view", "screen", "ranking", "desk"],
}  # fmt: skip
HALL = ["learn", "relearn", "progress", "terminal"]
# One room a command.
COMMANDS = {
    "commands": [
        "options",
        "collect",
        "sample",
        "label",
        "agree",
        "adjudicate",
        "check",
        "train",
        "predict",
        "export",
        "import_",
    ]
}
DOOR = ["cli", "__main__"]


def _in_folders(folders: dict[str, list[str]]) -> list[str]:
    return [f"{folder}.{room}" for folder, rooms in folders.items() for room in rooms]


ROOMS = [*GROUND, *_in_folders(FOLDERS), *HALL, *_in_folders(COMMANDS), *DOOR]
PACKAGE = ROOT / "stance"


def _room(name: str) -> str:
    """Give the room of a dotted name: "learning.model" of "learning.model.Model"; the name itself if it is of none."""
    return next((room for room in ROOMS if f"{name}.".startswith(f"{room}.")), name)


def _imported(room: str) -> set[str]:
    names = []
    for node in ast.walk(ast.parse((PACKAGE / f"{room.replace('.', '/')}.py").read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            names += [f"{node.module}.{alias.name}" for alias in node.names if not alias.name.startswith("__")]
    return {_room(name.removeprefix("stance.")) for name in names if name.split(".")[0] == "stance"}


def test_every_room_is_listed() -> None:
    files = [path.relative_to(PACKAGE).with_suffix("").parts for path in PACKAGE.rglob("*.py")]
    assert sorted(".".join(parts) for parts in files if parts[-1] != "__init__") == sorted(ROOMS)
    assert {parts[0] for parts in files if parts[-1] == "__init__"} == {"__init__", *FOLDERS, *COMMANDS}


@pytest.mark.parametrize("room", ROOMS)
def test_imports_point_upward(room: str) -> None:
    assert _imported(room) <= set(ROOMS[: ROOMS.index(room)])


@pytest.mark.parametrize("folder", [*FOLDERS, *COMMANDS])
def test_folders_say_what_they_are_for_and_import_nothing(folder: str) -> None:
    tree = ast.parse((PACKAGE / folder / "__init__.py").read_text(encoding="utf-8"))
    assert ast.get_docstring(tree)
    assert len(tree.body) == 1


def test_help_imports_nothing_heavy() -> None:
    program = (
        "import sys; sys.argv = ['stance', '--help']; import stance.__main__\n"
        "try: stance.__main__.main()\n"
        "except SystemExit: pass\n"
        "print([name for name in ('sklearn', 'pandas', 'numpy', 'scipy', 'pyarrow', 'joblib') if name in sys.modules])"
    )
    ran = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert ran.stdout.splitlines()[-1] == "[]"


LIGHT = ["cells", "lines", "chunks", "rows", "inputs", "targets", "writers"]


@pytest.mark.parametrize("room", ["csvtext", "decoding", *(f"scoring.{room}" for room in LIGHT), "progress"])
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
        "heavy = ('sklearn', 'pandas', 'scipy.sparse', 'joblib', 'rich')\n"
        "heavy += ('pyarrow.compute', 'pyarrow.parquet', 'multiprocessing')\n"
        "print([name for name in heavy if name in sys.modules], file=sys.stderr)"
    )
    ran = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert ran.stdout.count("\n") == 2
    assert ran.stderr == "[]\n"


def test_modules_stay_small() -> None:
    lengths = {str(path): len(path.read_text(encoding="utf-8").splitlines()) for path in PACKAGE.rglob("*.py")}
    assert {path: length for path, length in lengths.items() if length > 300} == {}


def test_files_of_the_package_that_are_named_are_there() -> None:
    texts = [*PACKAGE.rglob("*.*"), *ROOT.glob("benchmarks/*.py"), *ROOT.glob("docs/*.md"), *ROOT.glob("*.md")]
    named = {
        (path.relative_to(ROOT).as_posix(), name)
        for path in texts
        if path.suffix in {".py", ".toml", ".html", ".css", ".md"}
        for name in re.findall(r"\bstance/[\w/]+\.(?:py|toml|html|css|md)\b", path.read_text(encoding="utf-8"))
    }
    assert [(path, name) for path, name in sorted(named) if not (ROOT / name).is_file()] == []
