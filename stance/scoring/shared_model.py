"""A model that is ready to score, in a file that several processes map into their memory instead of each having a copy.

Each process keeps its own memory of words. The file is for processes of one run only: unlike a model file, it may run
what is in it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import joblib

if TYPE_CHECKING:
    from pathlib import Path

    from stance.models.model import Model


def write_shared_model(model: Model, folder: Path) -> Path:
    """Write a model with its tables of weights and terms, and give the file."""
    path = folder / "ready.joblib"
    joblib.dump((model, model.scorer), path)
    return path


def map_shared_model(path: Path) -> Model:
    """Map a shared model; its arrays are those of all processes, and none can change them."""
    model: Model
    model, scorer = joblib.load(path, mmap_mode="r")
    vars(model)["scorer"] = scorer
    return model
