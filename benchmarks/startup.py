"""Time whole processes: `predict.py --text` and `stance --help`, each against a straightforward alternative.

    python benchmarks/startup.py [--rounds 9]

The alternative to `predict.py --text` is a script that imports pandas and scikit-learn, loads the same model as a
Pipeline that joblib has saved, and prints the probabilities of the same text. It runs with a model of 5,000 synthetic
comments, and with the default model if `make train` has made one. The alternative to `stance --help` is a script that
first imports all modules of the package and the libraries they use. Times are elapsed times; the warm-up fills the disk
cache and compiles modules. A ratio is the time relative to stance. Below each table are the large packages that stance
has imported.
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
from equivalent_models import make_equivalent_models

from stance.models import model_file

ROOT = Path(__file__).parent.parent
DEFAULT_MODEL = ROOT / "models" / "stance.joblib"
TEXT = "We should leave the CSTO, it protects nobody."
LARGE_PACKAGES = ("numpy", "scipy", "pandas", "pyarrow", "sklearn", "joblib", "rich")

PREDICT_WITH_SKLEARN = """
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

PRINT_LOADED = """
import atexit, runpy, sys
atexit.register(lambda: print("\\nloaded:", *[name for name in {packages!r} if name in sys.modules]))
del sys.argv[0]
runpy.run_path(sys.argv[0], run_name="__main__")
"""


def _run(*arguments: str | Path) -> str:
    command = [sys.executable, *map(str, arguments)]
    return subprocess.run(command, cwd=ROOT, check=True, capture_output=True, encoding="utf-8").stdout


def _compare(command: tuple[str | Path, ...], alternative: tuple[str | Path, ...], n_rounds: int) -> None:
    """Time two commands, and print which large packages the first has imported."""
    jobs = {"stance": lambda _: _run(*command), "alternative": lambda _: _run(*alternative)}
    timing.print_table(timing.time_in_rounds(jobs, n_rounds, time.perf_counter), "milliseconds", 1e3)
    script = ROOT / "stance" / "__main__.py" if command[0] == "-m" else command[0]
    arguments = command[2:] if command[0] == "-m" else command[1:]
    output = _run("-c", PRINT_LOADED.format(packages=LARGE_PACKAGES), script, *arguments)
    loaded = output.rpartition("loaded:")[2].split()
    not_loaded = [name for name in LARGE_PACKAGES if name not in loaded]
    print(f"imported: {', '.join(loaded) or 'none'}; not imported: {', '.join(not_loaded) or 'none'}\n", flush=True)


def main() -> None:
    """Print one table per command and model."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--rounds", type=int, default=9)
    options = parser.parse_args()
    with TemporaryDirectory() as name:
        folder = Path(name)
        predict_script, help_script = folder / "predict_with_sklearn.py", folder / "help_after_imports.py"
        predict_script.write_text(PREDICT_WITH_SKLEARN, encoding="utf-8")
        help_script.write_text(HELP_AFTER_IMPORTS, encoding="utf-8")

        synthetic = make_equivalent_models(*comments.generate_labelled_comments(5_000))
        models = {"a model of 5,000 comments": (synthetic.model, synthetic.pipeline)}
        if DEFAULT_MODEL.is_file():
            default = model_file.load(DEFAULT_MODEL)
            models["the default model"] = (default, default.to_sklearn())
        for description, (model, pipeline) in models.items():
            model_file.save_model(model, folder / "model.joblib")
            joblib.dump(pipeline, folder / "pipeline.joblib")
            print(f"predict.py --text with {description}, {model.coef.shape[-1]:,} terms")
            command = ("predict.py", "--text", TEXT, "--model", folder / "model.joblib")
            _compare(command, (predict_script, folder / "pipeline.joblib", TEXT), options.rounds)

        print("stance --help")
        _compare(("-m", "stance", "--help"), (help_script,), options.rounds)


if __name__ == "__main__":
    main()
