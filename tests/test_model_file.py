"""Model files: a saved model is loaded unchanged, and a malicious file is refused before any code runs."""

from __future__ import annotations

import contextlib
import io
import os
import pickle
from dataclasses import replace
from pathlib import Path
from typing import Any

import joblib
import numpy as np
import pytest
from conftest import count_examples
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.linear_model import LogisticRegression

from stance.errors import InvalidModelFileError, MissingModelError
from stance.models import model_file
from stance.models.safe_unpickle import UnpickleError, load_plain_dict


def _dumped(value: Any, **options: Any) -> bytes:
    buffer = io.BytesIO()
    joblib.dump(value, buffer, **options)
    return buffer.getvalue()


class _Malicious:
    """Creates a folder when it is unpickled."""

    def __init__(self, target: Path) -> None:
        self.target = target

    def __reduce__(self) -> tuple[Any, ...]:
        return os.mkdir, (str(self.target),)


def test_a_loaded_model_is_saved_with_the_same_bytes(small_model: Path, tmp_path: Path) -> None:
    model = model_file.load(small_model)
    model_file.save_model(model, tmp_path / "again.joblib")
    assert (tmp_path / "again.joblib").read_bytes() == small_model.read_bytes()


def test_a_model_file_with_costs_is_supported(small_model: Path, tmp_path: Path) -> None:
    """Earlier versions wrote a cost for each stance beside its multiplier."""
    texts = ["a good idea", "what a bad thing", "the vote is on day 9", "the idea of day 2"]
    model = model_file.load(small_model)
    shape = model.intercept.shape
    multipliers, costs = (
        np.linspace(0, 4, model.intercept.size).reshape(shape),
        np.linspace(0, 2, shape[1]).reshape(shape),
    )
    model_file.save_model(replace(model, multipliers=multipliers, costs=costs), tmp_path / "old.joblib")
    predicted = (multipliers * model.predict_proba(texts) - costs).argmax(axis=1)
    assert model_file.load(tmp_path / "old.joblib").predict(texts)["predicted"].to_list() == [
        model.stances[code] for code in predicted
    ]
    assert len(set(predicted.tolist())) > 1


def test_a_model_file_is_a_dict_of_plain_values(small_model: Path) -> None:
    loaded = joblib.load(small_model)
    assert isinstance(loaded, dict)
    assert {type(value) for value in loaded.values()} == {str, int, float, np.ndarray}
    assert {value.dtype.kind for value in loaded.values() if isinstance(value, np.ndarray)} == {"f"}


PLAIN = st.dictionaries(
    st.text(st.characters()),
    st.text(st.characters()) | st.integers() | st.floats(allow_nan=False) | st.booleans()
    | st.sampled_from([
        np.arange(6.0).reshape(2, 3), np.asfortranarray(np.arange(6).reshape(2, 3)), np.zeros((0, 4)),
        np.arange(3, dtype=">i4"), np.array([True, False]), np.array([1.5], dtype=np.float32), np.array(2.0),
    ]),
)  # fmt: skip


@given(PLAIN)
def test_plain_dicts_are_read_as_by_joblib(value: dict[str, Any]) -> None:
    data = _dumped(value)
    assert str(load_plain_dict(data)) == str(joblib.load(io.BytesIO(data)))


@pytest.mark.parametrize(
    "wrap",
    [
        lambda payload: payload,
        lambda payload: {"a": payload},
        lambda payload: {"format": "stance model", "idf": np.array([payload], dtype=object)},
        lambda payload: {"a": [payload]},
    ],
    ids=["bare", "in a dict", "in an array of objects", "in a list"],
)
@pytest.mark.parametrize("protocol", [0, 2, 4, 5])
def test_a_malicious_file_is_refused_before_any_code_runs(tmp_path: Path, wrap: Any, protocol: int) -> None:
    target = tmp_path / "ran"
    for data in (
        _dumped(wrap(_Malicious(target)), protocol=protocol),
        pickle.dumps(wrap(_Malicious(target)), protocol),
    ):
        (tmp_path / "model.joblib").write_bytes(data)
        with pytest.raises(
            InvalidModelFileError, match=r"not a stance model, .*model\.joblib\): make one with 'stance train'"
        ):
            model_file.load(tmp_path / "model.joblib")
    assert not target.exists()


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "not a joblib file"),
        (b"hello", "not a joblib file"),
        (_dumped({"a": 1}, compress=3), "or a compressed one"),
        (_dumped({"a": 1}), "a joblib file of something else"),
        (_dumped({"format": "stance model", "schema": 99}), "its format has version 99"),
        (_dumped({"format": "stance model", "schema": model_file.SCHEMA_VERSION}), "its fields are malformed"),
        (_dumped(LogisticRegression()), "it refers to 'sklearn"),
        (_dumped({"a": np.array(["text"])}), "something other than numbers"),
        (_dumped({"a": np.arange(9.0)})[:-20], "malformed|truncated"),
        (_dumped([1, 2]), "the pickle opcode EMPTY_LIST"),
        (pickle.dumps(3), "something other than strings"),
    ],
)
def test_other_files_are_refused_with_a_reason(tmp_path: Path, data: bytes, reason: str) -> None:
    path = tmp_path / "model.joblib"
    path.write_bytes(data)
    with pytest.raises(InvalidModelFileError, match=reason):
        model_file.load(path)


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("coef", np.zeros((1, 1))),
        ("idf", np.array([np.nan])),
        ("stances", '["never heard of"]'),
        ("words", 3),
        ("settings", "{}"),
        ("codebook", "[]"),
        ("codebook", '{"stances": [1], "title": "", "rules": []}'),
        ("stances", "[" * 100_000),
        ("words", "twice\ntwice"),
    ],
)
def test_a_model_with_invalid_fields_is_refused(small_model: Path, tmp_path: Path, key: str, value: Any) -> None:
    path = tmp_path / "model.joblib"
    joblib.dump({**joblib.load(small_model), key: value}, path)
    with pytest.raises(InvalidModelFileError):
        model_file.load(path)


def _bomb(end: bytes) -> bytes:
    """Return a pickle of a tuple nested forty deep, each level holding the one below twice, followed by `end`."""
    doubled = b"".join(b"\x94h" + bytes([level]) + b"h" + bytes([level]) + b"\x86" for level in range(40))
    return b"\x80\x04}(" + b"\x8c\x01x" + doubled + end


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (_bomb(b"\x8c\x01y\x93."), "a malformed name"),
        (_bomb(b"K\x01u."), "a key that is not a string"),
        (b"\x80\x04\x8c\x03a\x1b[\x8c\x01y\x93.", r"it refers to 'a\\x1b\[\.y'"),
        (_dumped({"a": np.zeros(2, dtype="i4,f8")}), "something other than numbers|pickle opcode"),
    ],
    ids=["a name", "a key", "an escape", "a record"],
)
def test_exponentially_large_values_are_never_processed(data: bytes, reason: str) -> None:
    with pytest.raises(UnpickleError, match=reason):
        load_plain_dict(data)


def test_a_missing_model_file_is_reported(tmp_path: Path) -> None:
    with pytest.raises(MissingModelError, match=r"no such model file \(.*\): train one with 'stance train'"):
        model_file.load(tmp_path / "gone.joblib")


@settings(max_examples=count_examples(200))
@given(st.data())
def test_corrupted_bytes_raise_or_give_plain_values(small_dump: bytes, data: st.DataObject) -> None:
    position = data.draw(st.integers(0, len(small_dump) - 1))
    broken = (
        small_dump[:position] + data.draw(st.binary(max_size=8)) + small_dump[position + data.draw(st.integers(0, 8)) :]
    )
    with contextlib.suppress(UnpickleError):
        assert all(isinstance(value, (str, int, float, np.ndarray)) for value in load_plain_dict(broken).values())


@pytest.fixture(scope="module")
def small_dump() -> bytes:
    return _dumped({"text": "words", "number": 3, "array": np.arange(4.0), "more": np.arange(3), "last": 0.5})
