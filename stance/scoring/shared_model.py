"""A model ready to score, in a file that several processes map into memory instead of each having a copy.

Each process has its own cache of tokens. The file is for the processes of one run only: unlike a model file, it is
unpickled without checks.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import joblib

if TYPE_CHECKING:
    from pathlib import Path

    from stance.models.model import Model


def write_shared_model(model: Model, folder: Path) -> Path:
    """Write a model with its tables of weights and terms to a file in a folder, and return the file."""
    path = folder / "ready.joblib"
    joblib.dump((model, model.scorer), path)
    return path


def map_shared_model(path: Path) -> Model:
    """Return a shared model; its arrays are read-only and common to all processes."""
    model: Model
    model, scorer = joblib.load(path, mmap_mode="r")
    vars(model)["scorer"] = scorer
    return model
