"""Measure stance in the comment sections under news articles.

>>> import stance
>>> model = stance.load("models/stance.joblib")  # doctest: +SKIP
>>> model.predict(["We should leave the CSTO."])  # doctest: +SKIP
"""

import typing as _typing

if _typing.TYPE_CHECKING:
    from stance.errors import StanceError as StanceError
    from stance.models.model import Model as Model
    from stance.models.model_file import load as load

__version__ = "0.1.0"

__all__ = ["Model", "StanceError", "load"]

_MODULES = {"Model": "models.model", "StanceError": "errors", "load": "models.model_file"}


def __getattr__(name: str) -> _typing.Any:
    # Imported on first use, so that `stance --help` waits for neither pandas nor scikit-learn.
    if name not in _MODULES:
        message = f"module 'stance' has no attribute {name!r}"
        raise AttributeError(message)
    from importlib import import_module

    return getattr(import_module(f"stance.{_MODULES[name]}"), name)


def __dir__() -> list[str]:
    return sorted([*__all__, *(name for name in globals() if name.startswith("__"))])
