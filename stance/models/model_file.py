"""A model file: what is in it, saved and loaded safely."""

from __future__ import annotations

import io
import json
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from stance.errors import InvalidModelFileError, MissingModelError
from stance.features.ngrams import FeatureSettings, Vocabulary
from stance.io import atomic
from stance.labels.codebook import Codebook
from stance.models.model import Model
from stance.models.safe_unpickle import UnpickleError, load_plain_dict
from stance.models.settings import ModelSettings

if TYPE_CHECKING:
    from numpy.typing import NDArray

FORMAT_NAME = "stance model"
SCHEMA_VERSION = 2

_N_SETTING_VALUES = 11  # two ranges of n, and seven numbers

_TEXT_FIELDS = ("format", "targets", "stances", "words", "chars", "settings", "codebook", "metrics")
_ARRAY_FIELDS = ("idf", "coef", "intercept", "gain", "cost")


def save_model(model: Model, path: Path) -> None:
    """Write a model as a joblib file of one dict of strings, numbers and plain arrays."""
    fields: dict[str, Any] = {
        "format": FORMAT_NAME,
        "schema": SCHEMA_VERSION,
        "targets": _to_json(model.targets),
        "stances": _to_json(model.stances),
        "words": "\n".join(model.vocabulary.word_terms),  # no n-gram holds a line break
        "chars": "\n".join(model.vocabulary.char_terms),
        "idf": _plain_copy(model.vocabulary.idf),
        "coef": _plain_copy(model.coef),
        "intercept": _plain_copy(model.intercept),
        "gain": _plain_copy(model.multipliers),
        "cost": _plain_copy(model.costs),
        "settings": _to_json(asdict(model.settings)),
        "codebook": model.codebook.to_json(),
        "metrics": _to_json(model.metrics),
    }
    import joblib  # a quarter of a second that those who only score need not wait

    buffer = io.BytesIO()
    joblib.dump(fields, buffer)
    atomic.write_atomically(path, buffer.getvalue())


def load(path: str | Path) -> Model:
    """Read a model file; nothing in it is ever run.

    Raises
    ------
    MissingModelError
        There is no such file.
    NotAModelError
        It is no model, one of another version, or damaged.
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
        raise UnpickleError(f"it has schema {fields.get('schema')}, this program reads {SCHEMA_VERSION}")
    if not all(isinstance(fields[key], str) for key in _TEXT_FIELDS):
        raise UnpickleError("a text in it is none")
    if not all(isinstance(fields[key], np.ndarray) and _is_valid_array(fields[key], key) for key in _ARRAY_FIELDS):
        raise UnpickleError("an array in it is none, or not finite")
    vocabulary = Vocabulary(_split_lines(fields["words"]), _split_lines(fields["chars"]), fields["idf"])
    targets, stances = (tuple(json.loads(fields[key])) for key in ("targets", "stances"))
    n_terms = len(set(vocabulary.word_terms)) + len(set(vocabulary.char_terms))
    shapes = tuple(fields[key].shape for key in _ARRAY_FIELDS)
    each = (len(targets), len(stances))
    if not stances or not targets or shapes != ((n_terms,), (*each, n_terms), each, each, each):
        raise UnpickleError("the shapes in it do not fit each other")
    if len(set(targets)) < len(targets) or not all(isinstance(target, str) for target in targets):
        raise UnpickleError("a target in it is none, or stands there twice")
    codebook = Codebook.from_json(fields["codebook"])
    if len(set(stances)) < len(stances) or not set(stances) <= set(codebook.stance_names):
        raise UnpickleError("a stance in it is not in its codebook")
    settings = json.loads(fields["settings"])
    counted = settings.pop("features")
    numbers = (*counted["word_ngrams"], *counted["char_ngrams"], counted["min_df"], *settings.values())
    if len(numbers) != _N_SETTING_VALUES or not all(isinstance(number, (int, float)) for number in numbers):
        raise UnpickleError("a setting in it is no number, or not the right number of them")
    return Model(
        targets=targets,
        stances=stances,
        vocabulary=vocabulary,
        coef=fields["coef"],
        intercept=fields["intercept"],
        multipliers=fields["gain"],
        costs=fields["cost"],
        settings=ModelSettings(
            features=FeatureSettings(tuple(counted["word_ngrams"]), tuple(counted["char_ngrams"]), counted["min_df"]),
            **settings,
        ),
        codebook=codebook,
        metrics=json.loads(fields["metrics"]),
    )


def _is_valid_array(values: NDArray[np.float64], key: str) -> bool:
    """Tell whether all is finite, or of an intercept, minus infinity for some of a target's stances."""
    if key != "intercept":
        return bool(np.isfinite(values).all())
    return bool((np.isfinite(values) | np.isneginf(values)).all() and np.isfinite(values).any(axis=-1).all())


def _split_lines(text: str) -> tuple[str, ...]:
    return tuple(text.split("\n")) if text else ()


def _plain_copy(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Copy an array, so that its bytes do not tell whether it came from another process."""
    copy = np.empty(values.shape)
    copy[...] = values
    return copy


def _to_json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)
