"""Measure stance in the comment sections under news articles.

>>> import stance
>>> model = stance.load("models/stance.joblib")  # doctest: +SKIP
>>> model.predict(["We should leave the CSTO."])  # doctest: +SKIP
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from stance.errors import StanceError
    from stance.learning.bundle import load
    from stance.learning.model import Model

__version__ = "0.1.0"

__all__ = ["Model", "StanceError", "load"]

_ROOMS = {"Model": "learning.model", "StanceError": "errors", "load": "learning.bundle"}


def __getattr__(name: str) -> Any:
    # Imported on first use, so that `stance --help` waits for neither pandas nor scikit-learn.
    if name not in _ROOMS:
        message = f"module 'stance' has no attribute {name!r}"
        raise AttributeError(message)
    from importlib import import_module

    return getattr(import_module(f"stance.{_ROOMS[name]}"), name)
