"""Print how long whole processes take: `predict.py --text` and `stance --help`, each against what it could have been.

    python benchmarks/startup.py [--rounds 9]

`predict.py --text` runs against a script that imports pandas and scikit-learn, loads the same model as a Pipeline that
joblib wrote, and prints the same text's probabilities; with a model of 5,000 made comments, and with the default model
if `make train` has made one. `stance --help` runs against a script that first imports every module of the package and
what they build on. Times are by the watch; the warm-up fills the caches of the disk and compiles modules. A ratio is
how many times as long as stance the other took. Below each table stands which heavy packages stance has imported.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory

import comments
import joblib
import timing
from twins import twins

from stance.models import model_file

ROOT = Path(__file__).parent.parent
DEFAULT_MODEL = ROOT / "models" / "stance.joblib"
TEXT = "We should leave the CSTO, it protects nobody."
HEAVY = ("numpy", "scipy", "pandas", "pyarrow", "sklearn", "joblib", "rich")

PREDICT_PLAINLY = """
import sys

import joblib
import pandas as pd
import sklearn.pipeline

pipeline = joblib.load(sys.argv[1])
scores = pd.DataFrame(pipeline.predict_proba([sys.argv[2]]), columns=pipeline.classes_)
scores.insert(0, "text", sys.argv[2])
scores.insert(1, "predicted", scores[pipeline.classes_].idxmax(axis=1))
print(scores.to_csv(index=False))
"""

HELP_AFTER_IMPORTS = """
import importlib
import pkgutil

import joblib
import numpy
import pandas
import pyarrow.csv
import pyarrow.parquet
import rich.progress
import scipy.sparse
import sklearn.feature_extraction.text
import sklearn.linear_model
import sklearn.model_selection
import sklearn.pipeline

import stance

for module in pkgutil.walk_packages(stance.__path__, "stance."):
    if module.name != "stance.__main__":
        importlib.import_module(module.name)

from stance.__main__ import main

main(["--help"])
"""

LOADED = """
import atexit, runpy, sys
atexit.register(lambda: print("\\nloaded:", *[name for name in {heavy!r} if name in sys.modules]))
del sys.argv[0]
runpy.run_path(sys.argv[0], run_name="__main__")
"""


def _run(*arguments: str | Path) -> str:
    command = [sys.executable, *map(str, arguments)]
    return subprocess.run(command, cwd=ROOT, check=True, capture_output=True, encoding="utf-8").stdout


def _compare(ours: tuple[str | Path, ...], other: tuple[str | Path, ...], rounds: int) -> None:
    """Time two commands and say what the first has imported."""
    jobs = {"stance": lambda _: _run(*ours), "the other": lambda _: _run(*other)}
    timing.print_table(timing.in_turn(jobs, rounds, time.perf_counter), "milliseconds", 1e3)
    script = ROOT / "stance" / "__main__.py" if ours[0] == "-m" else ours[0]
    rest = ours[2:] if ours[0] == "-m" else ours[1:]
    loaded = _run("-c", LOADED.format(heavy=HEAVY), script, *rest).rpartition("loaded:")[2].split()
    spared = [each for each in HEAVY if each not in loaded]
    print(f"stance imported {', '.join(loaded) or 'nothing'}; spared: {', '.join(spared) or 'none'}\n", flush=True)


def main() -> None:
    """Print one table a command and model."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--rounds", type=int, default=9)
    asked = parser.parse_args()
    with TemporaryDirectory() as name:
        folder = Path(name)
        plain, late = folder / "plain.py", folder / "late.py"
        plain.write_text(PREDICT_PLAINLY, encoding="utf-8")
        late.write_text(HELP_AFTER_IMPORTS, encoding="utf-8")

        pair = twins(*comments.labelled(5_000))
        models = {"a model of 5,000 comments": (pair.model, pair.pipeline)}
        if DEFAULT_MODEL.is_file():
            default = model_file.load(DEFAULT_MODEL)
            models["the default model"] = (default, default.to_sklearn())
        for what, (model, pipeline) in models.items():
            model_file.save_model(model, folder / "model.joblib")
            joblib.dump(pipeline, folder / "pipeline.joblib")
            print(f"predict.py --text with {what}, {model.coef.shape[-1]:,} terms")
            ours = ("predict.py", "--text", TEXT, "--model", folder / "model.joblib")
            _compare(ours, (plain, folder / "pipeline.joblib", TEXT), asked.rounds)

        print("stance --help")
        _compare(("-m", "stance", "--help"), (late,), asked.rounds)


if __name__ == "__main__":
    main()
