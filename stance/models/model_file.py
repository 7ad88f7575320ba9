"""Write and safely read model files.

A model file is a joblib file of one dict of strings, numbers and plain arrays. Reading it never runs code from it.
"""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from stance.errors import InvalidModelFileError, MissingModelError
from stance.features.ngrams import Vocabulary
from stance.io import atomic
from stance.labels.codebook import Codebook
from stance.models.model import Model
from stance.models.safe_unpickle import UnpickleError, load_plain_dict
from stance.models.settings import ModelSettings

if TYPE_CHECKING:
    from numpy.typing import NDArray

FORMAT_NAME = "stance model"
SCHEMA_VERSION = 2

_TEXT_FIELDS = ("format", "targets", "stances", "words", "chars", "settings", "codebook", "metrics")
_ARRAY_FIELDS = ("idf", "coef", "intercept", "gain", "cost")


def save_model(model: Model, path: Path) -> None:
    """Write a model to a file.

    Raises
    ------
    UnwritableFileError
        The file cannot be written.
    """
    atomic.write_atomically(path, serialise_model(model))


def serialise_model(model: Model) -> bytes:
    """Return the content of a model's file."""
    fields: dict[str, Any] = {
        "format": FORMAT_NAME,
        "schema": SCHEMA_VERSION,
        "targets": _to_json(model.targets),
        "stances": _to_json(model.stances),
        "words": "\n".join(model.vocabulary.word_terms),  # no n-gram contains a line break
        "chars": "\n".join(model.vocabulary.char_terms),
        "idf": _plain_copy(model.vocabulary.idf),
        "coef": _plain_copy(model.coef),
        "intercept": _plain_copy(model.intercept),
        "gain": _plain_copy(model.multipliers),
        "cost": _plain_copy(model.costs),
        "settings": _to_json(model.settings.to_dict()),
        "codebook": model.codebook.to_json(),
        "min_known": float(model.min_known),
        "metrics": _to_json(model.metrics),
    }
    import joblib  # slow to import, and not needed to load a model

    buffer = io.BytesIO()
    joblib.dump(fields, buffer)
    return buffer.getvalue()


def load(path: str | Path) -> Model:
    """Load a model from a file; code in the file is never run.

    Parameters
    ----------
    path
        The model file that `stance train` has written.

    Raises
    ------
    ModelError
        There is no such file, or it is not a model, is damaged, or was written by another version.

    Examples
    --------
    >>> model = stance.load("models/stance.joblib")  # doctest: +SKIP
    """
    path = Path(path)
    if not path.is_file():
        raise MissingModelError(path)
    try:
        return _build_model(load_plain_dict(path.read_bytes()))
    except UnpickleError as error:
        raise InvalidModelFileError(path, str(error)) from None
    except (AttributeError, KeyError, TypeError, ValueError, RecursionError) as error:
        raise InvalidModelFileError(path, f"its fields are malformed ({type(error).__name__})") from None


def _build_model(fields: dict[str, Any]) -> Model:
    if fields.get("format") != FORMAT_NAME:
        raise UnpickleError("it is a joblib file of something else")
    if fields.get("schema") != SCHEMA_VERSION:
        raise UnpickleError(f"its format has version {fields.get('schema')}, this program reads {SCHEMA_VERSION}")
    if not all(isinstance(fields[key], str) for key in _TEXT_FIELDS):
        raise UnpickleError("a text field is not a string")
    if not all(isinstance(fields[key], np.ndarray) and _is_valid_array(fields[key], key) for key in _ARRAY_FIELDS):
        raise UnpickleError("an array field is not an array of finite numbers")
    vocabulary = Vocabulary(_split_lines(fields["words"]), _split_lines(fields["chars"]), fields["idf"])
    targets, stances = (tuple(json.loads(fields[key])) for key in ("targets", "stances"))
    n_terms = len(set(vocabulary.word_terms)) + len(set(vocabulary.char_terms))
    shapes = tuple(fields[key].shape for key in _ARRAY_FIELDS)
    per_stance = (len(targets), len(stances))
    if not stances or not targets or shapes != ((n_terms,), (*per_stance, n_terms), per_stance, per_stance, per_stance):
        raise UnpickleError("the shapes of its arrays do not match")
    if len(set(targets)) < len(targets) or not all(isinstance(target, str) for target in targets):
        raise UnpickleError("a target is listed twice or is not a string")
    min_known = fields.get("min_known", 0.0)  # models of earlier versions have none
    if not isinstance(min_known, float) or not 0 <= min_known <= 1:
        raise UnpickleError("the share of known words is not one")
    codebook = Codebook.from_json(fields["codebook"])
    if len(set(stances)) < len(stances) or not set(stances) <= set(codebook.stance_names):
        raise UnpickleError("a stance is listed twice or is not in the codebook")
    return Model(
        targets=targets,
        stances=stances,
        vocabulary=vocabulary,
        coef=fields["coef"],
        intercept=fields["intercept"],
        multipliers=fields["gain"],
        costs=fields["cost"],
        settings=ModelSettings.from_dict(json.loads(fields["settings"])),
        codebook=codebook,
        min_known=min_known,
        metrics=json.loads(fields["metrics"]),
    )


def _is_valid_array(values: NDArray[np.float64], key: str) -> bool:
    """Return whether all values are finite; intercepts may be minus infinity for some stances of a target, not all."""
    if key != "intercept":
        return bool(np.isfinite(values).all())
    return bool((np.isfinite(values) | np.isneginf(values)).all() and np.isfinite(values).any(axis=-1).all())


def _split_lines(text: str) -> tuple[str, ...]:
    return tuple(text.split("\n")) if text else ()


def _plain_copy(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Copy an array, so that the bytes of the file do not depend on the process that computed it."""
    copy = np.empty(values.shape)
    copy[...] = values
    return copy


def _to_json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)
