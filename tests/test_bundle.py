"""The model file: what is saved comes back, and what is hostile is refused before anything runs."""

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


class _Hostile:
    """Would make a file when it is unpickled."""

    def __init__(self, target: Path) -> None:
        self.target = target

    def __reduce__(self) -> tuple[Any, ...]:
        return os.mkdir, (str(self.target),)


def test_a_model_comes_back_as_it_was(small_model: Path, tmp_path: Path) -> None:
    model = model_file.load(small_model)
    model_file.save_model(model, tmp_path / "again.joblib")
    assert (tmp_path / "again.joblib").read_bytes() == small_model.read_bytes()


def test_a_model_file_with_costs_predicts_as_it_did(small_model: Path, tmp_path: Path) -> None:
    """Earlier versions wrote a cost of each stance, beside what its probability is multiplied by."""
    texts = ["a good idea", "what a bad thing", "the vote is on day 9", "the idea of day 2"]
    model = model_file.load(small_model)
    shape = model.intercept.shape
    gain, cost = np.linspace(0, 4, model.intercept.size).reshape(shape), np.linspace(0, 2, shape[1]).reshape(shape)
    model_file.save_model(replace(model, multipliers=gain, costs=cost), tmp_path / "old.joblib")
    best = (gain * model.predict_proba(texts) - cost).argmax(axis=1)
    assert model_file.load(tmp_path / "old.joblib").predict(texts)["predicted"].to_list() == [
        model.stances[place] for place in best
    ]
    assert len(set(best.tolist())) > 1


def test_a_model_is_one_dict_of_plain_things(small_model: Path) -> None:
    loaded = joblib.load(small_model)
    assert isinstance(loaded, dict)
    assert {type(value) for value in loaded.values()} == {str, int, np.ndarray}
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
def test_plain_dicts_are_read_as_joblib_reads_them(value: dict[str, Any]) -> None:
    data = _dumped(value)
    assert str(load_plain_dict(data)) == str(joblib.load(io.BytesIO(data)))


@pytest.mark.parametrize(
    "wrap",
    [
        lambda bomb: bomb,
        lambda bomb: {"a": bomb},
        lambda bomb: {"format": "stance model", "idf": np.array([bomb], dtype=object)},
        lambda bomb: {"a": [bomb]},
    ],
    ids=["bare", "in a dict", "in an array of objects", "in a list"],
)
@pytest.mark.parametrize("protocol", [0, 2, 4, 5])
def test_a_hostile_file_is_refused_before_anything_runs(tmp_path: Path, wrap: Any, protocol: int) -> None:
    target = tmp_path / "ran"
    for data in (_dumped(wrap(_Hostile(target)), protocol=protocol), pickle.dumps(wrap(_Hostile(target)), protocol)):
        (tmp_path / "model.joblib").write_bytes(data)
        with pytest.raises(
            InvalidModelFileError, match=r"not a stance model, .*model\.joblib\): make one with 'stance train'"
        ):
            model_file.load(tmp_path / "model.joblib")
    assert not target.exists()


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "no joblib file"),
        (b"hello", "no joblib file"),
        (_dumped({"a": 1}, compress=3), "or a compressed one"),
        (_dumped({"a": 1}), "a joblib file of something else"),
        (_dumped({"format": "stance model", "schema": 99}), "it has schema 99"),
        (_dumped({"format": "stance model", "schema": model_file.SCHEMA_VERSION}), "its fields are malformed"),
        (_dumped(LogisticRegression()), "it names 'sklearn"),
        (_dumped({"a": np.array(["text"])}), "something else than numbers"),
        (_dumped({"a": np.arange(9.0)})[:-20], "malformed|cut short"),
        (_dumped([1, 2]), "a pickle instruction EMPTY_LIST"),
        (pickle.dumps(3), "something else than strings"),
    ],
)
def test_what_is_no_model_is_told(tmp_path: Path, data: bytes, reason: str) -> None:
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
def test_a_model_tampered_with_is_refused(small_model: Path, tmp_path: Path, key: str, value: Any) -> None:
    path = tmp_path / "model.joblib"
    joblib.dump({**joblib.load(small_model), key: value}, path)
    with pytest.raises(InvalidModelFileError):
        model_file.load(path)


def _bomb(end: bytes) -> bytes:
    """Nest a tuple forty deep, each level twice the one below it, and then do something with it."""
    doubled = b"".join(b"\x94h" + bytes([level]) + b"h" + bytes([level]) + b"\x86" for level in range(40))
    return b"\x80\x04}(" + b"\x8c\x01x" + doubled + end


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (_bomb(b"\x8c\x01y\x93."), "without a name"),
        (_bomb(b"K\x01u."), "a key that is no text"),
        (b"\x80\x04\x8c\x03a\x1b[\x8c\x01y\x93.", r"it names 'a\\x1b\[\.y'"),
        (_dumped({"a": np.zeros(2, dtype="i4,f8")}), "something else than numbers|pickle instruction"),
    ],
    ids=["a name", "a key", "an escape", "a record"],
)
def test_a_bomb_does_not_go_off(data: bytes, reason: str) -> None:
    with pytest.raises(UnpickleError, match=reason):
        load_plain_dict(data)


def test_no_model_yet(tmp_path: Path) -> None:
    with pytest.raises(MissingModelError, match=r"no model there \(.*\): train one with 'stance train'"):
        model_file.load(tmp_path / "gone.joblib")


@settings(max_examples=300)
@given(st.data())
def test_no_bytes_do_more_than_raise(small_dump: bytes, data: st.DataObject) -> None:
    at = data.draw(st.integers(0, len(small_dump) - 1))
    broken = small_dump[:at] + data.draw(st.binary(max_size=8)) + small_dump[at + data.draw(st.integers(0, 8)) :]
    with contextlib.suppress(UnpickleError):
        assert all(isinstance(value, (str, int, float, np.ndarray)) for value in load_plain_dict(broken).values())


@pytest.fixture(scope="module")
def small_dump() -> bytes:
    return _dumped({"text": "words", "number": 3, "array": np.arange(4.0), "more": np.arange(3), "last": 0.5})
