"""Imports point one way, and `stance --help` loads nothing heavy."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest
from conftest import ROOT

# A module imports only modules of lower rank, or of its own package.
RANKS = {
    "errors": 0, "tables": 1, "texts": 1, "arrow_arrays": 1, "wording": 1,
    "io": 2, "features": 2, "metrics": 2,
    "extraction": 3, "labels": 3,
    "interchange": 4, "models": 4,
    "scoring": 5, "evaluation": 5,
    "sampling": 7, "reports": 7,
    "validation": 8, "annotation": 8,
    "training": 9,
    "operations": 10,
    "cli": 11,
    "__main__": 12,
}  # fmt: skip
PACKAGE = ROOT / "stance"
MODULES = sorted(path.relative_to(PACKAGE) for path in PACKAGE.rglob("*.py") if path != PACKAGE / "__init__.py")
FOLDERS = sorted({path.parent for path in MODULES} - {Path()})


def _imported(path: Path) -> set[str]:
    """Return the packages, and modules beside them, that a module imports."""
    names = []
    for node in ast.walk(ast.parse((PACKAGE / path).read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module == "stance":
            names += [f"stance.{alias.name}" for alias in node.names if not alias.name.startswith("__")]
        elif isinstance(node, ast.ImportFrom) and node.module:
            names.append(node.module)
    return {name.split(".")[1] for name in names if name.startswith("stance.")}


@pytest.mark.parametrize("path", MODULES, ids=str)
def test_imports_point_to_lower_ranks(path: Path) -> None:
    package = path.parts[0].removesuffix(".py")
    assert [name for name in _imported(path) if name != package and RANKS[name] >= RANKS[package]] == []


def test_contributing_lists_every_package_with_its_rank() -> None:
    table = re.findall(r"^\| (\d+) \| (.+?) \|", (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8"), re.MULTILINE)
    listed = {name.strip("/"): int(rank) for rank, cell in table for name in re.findall(r"`([\w/]+)`", cell)}
    packages = {path.parts[0].removesuffix(".py") for path in MODULES} - {"__main__"}
    assert listed == {name: RANKS[name] for name in packages}


@pytest.mark.parametrize("folder", FOLDERS, ids=str)
def test_packages_describe_themselves_and_import_nothing(folder: Path) -> None:
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


LIGHT = [
    "csv_format", "decoding", "formats", "formatting", "line_reader", "row_batches", "input_stream", "writers",
    "tabular.csv_tables", "tabular.tsv_tables", "tabular.json_lines", "tabular.parquet_files", "tabular.text_lines",
]  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize("module", [*(f"io.{module}" for module in LIGHT), "scoring.targets", "cli.progress"])
def test_reading_and_writing_import_nothing_heavy(module: str) -> None:
    names = ("pandas", "sklearn", "scipy", "joblib", "pyarrow.parquet", "rich", "charset_normalizer")
    program = f"import sys, stance.{module}; print([name for name in {names} if name in sys.modules])"
    ran = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert ran.stdout == "[]\n"


@pytest.mark.slow
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


def test_files_named_in_texts_exist() -> None:
    texts = [*PACKAGE.rglob("*.*"), *ROOT.glob("benchmarks/*.py"), *ROOT.glob("docs/**/*.md"), *ROOT.glob("*.md")]
    named = {
        (path.relative_to(ROOT).as_posix(), name)
        for path in texts
        if path.suffix in {".py", ".toml", ".html", ".css", ".md"}
        for name in re.findall(r"\bstance/[\w/]+\.(?:py|toml|html|css|md)\b", path.read_text(encoding="utf-8"))
    }
    assert [(path, name) for path, name in sorted(named) if not (ROOT / name).is_file()] == []
