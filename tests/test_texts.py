"""Which values are accepted as texts, and that predictions keep the index of a Series."""

from __future__ import annotations

import pickle
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import joblib
import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.base import clone

import stance
from stance.features.vectorizer import NgramVectorizer
from stance.texts import NotTextsError, as_texts, require_texts, series_index

Container = Callable[[list[Any]], Any]


def _arrow(texts: list[Any]) -> pa.Array:
    return pa.array([text if isinstance(text, str) else None for text in texts], pa.string())


CONTAINERS: dict[str, Container] = {
    "list": list,
    "tuple": tuple,
    "object array": lambda texts: np.array([*texts, None], dtype=object)[:-1],
    "object Series": lambda texts: pd.Series(texts, dtype=object),
    "str Series": lambda texts: pd.Series(texts, dtype="str"),
    "string[python] Series": lambda texts: pd.Series(texts, dtype="string[python]"),
    "string[pyarrow] Series": lambda texts: pd.Series(texts, dtype="string[pyarrow]"),
    "ArrowDtype Series": lambda texts: pd.Series(_arrow(texts), dtype=pd.ArrowDtype(pa.string())),
    "categorical Series": lambda texts: pd.Series(texts, dtype=object).astype("category"),
    "Series with an index": lambda texts: pd.Series(texts, index=range(7, 7 + len(texts)), dtype=object),
    "Index": lambda texts: pd.Index(texts, dtype=object),
    "pandas array": lambda texts: pd.Series(texts, dtype="str").array,
    "Arrow string": _arrow,
    "Arrow large_string": lambda texts: _arrow(texts).cast(pa.large_string()),
    "Arrow string_view": lambda texts: _arrow(texts).cast(pa.string_view()),
    "Arrow dictionary": lambda texts: _arrow(texts).dictionary_encode(),
    "Arrow slice": lambda texts: pa.concat_arrays([pa.array(["before"]), _arrow(texts)])[1:],
    "chunked Arrow": lambda texts: pa.chunked_array([_arrow(texts[:2]), _arrow(texts[2:])]),
}


MISSING = st.sampled_from([None, float("nan"), np.nan, np.float32("nan"), pd.NA, pd.NaT])
TEXTS = st.lists(st.one_of(st.text(st.characters(exclude_categories=["Cs"]), max_size=4), MISSING), max_size=6)


@given(texts=TEXTS, container=st.sampled_from(sorted(CONTAINERS)))
def test_all_containers_give_the_same_texts(texts: list[Any], container: str) -> None:
    expected = [text if isinstance(text, str) else "" for text in texts]
    value = CONTAINERS[container](texts)
    checked = as_texts(value)
    assert (checked.to_pylist() if isinstance(checked, pa.Array) else checked) == expected
    if all(isinstance(text, str) for text in texts):
        assert require_texts(value) == expected
    else:
        first = next(position for position, text in enumerate(texts) if not isinstance(text, str))
        with pytest.raises(NotTextsError, match=rf"texts\[{first}\] is missing: leave out rows"):
            require_texts(value)


INVALID_TEXTS = {
    "a string": ("leave it", "not a single str: write [texts]"),
    "bytes": (b"leave it", "not a single bytes: write [texts]"),
    "a DataFrame": (pd.DataFrame({"comment": ["a"]}), "not a DataFrame: pass one of its columns, such as texts['com"),
    "a DataFrame without columns": (pd.DataFrame(), "not a DataFrame: pass one of its columns"),
    "a generator": ((text for text in ["a"]), "not a generator: pass a list"),
    "a dict": ({"a": "b"}, "not a dict: pass a list"),
    "a set": ({"a"}, "not a set: pass a list"),
    "a number": (3, "not a int: pass a list"),
    "None": (None, "not a NoneType: pass a list"),
    "a range": (range(3), "not a range: pass a list"),
    "two dimensions": (np.array([["a"]], dtype=object), "not an array of 2 dimensions: pass one column of it"),
    "no dimension": (np.array("a"), "not an array of 0 dimensions: pass one column of it"),
    "an integer": (["a", 5], "but texts[1] is of type int"),
    "a number that is not missing": (["a", 5.0], "but texts[1] is of type float"),
    "bytes in a list": (["a", b"b"], "but texts[1] is of type bytes"),
    "words": ([["a", "b"]], "but texts[0] is of type list"),
    "an integer Series": (pd.Series([1, 2]), "but texts[0] is of type int"),
    "an Arrow array of integers": (pa.array([1]), "not of int64"),
    "an Arrow dictionary of integers": (pa.array([1]).dictionary_encode(), "not of dictionary<values=int64"),
}  # fmt: skip


@pytest.mark.parametrize("count", [0, 100], ids=["few", "many"])
@pytest.mark.parametrize(("value", "message"), INVALID_TEXTS.values(), ids=INVALID_TEXTS)
def test_invalid_texts_give_the_same_error_everywhere(small_model: Path, value: Any, message: str, count: int) -> None:
    if isinstance(value, list):
        value = [*value, *["a good idea"] * count]
    model = stance.load(small_model)
    calls: list[Callable[[Any], Any]] = [model.predict, model.predict_proba, model.predict_arrow]
    for call in calls:
        with pytest.raises(TypeError) as error:
            call(value)
        assert str(error.value).startswith("texts must be a list, NumPy array, pandas Series or Arrow array of texts")
        assert message in str(error.value)
    if not hasattr(value, "__next__"):
        calls = [NgramVectorizer().fit_transform, model.to_sklearn().predict]
        for call in calls:
            with pytest.raises(ValueError, match="texts must be a list"):
                call(value)


@pytest.mark.parametrize("count", [1, 100])
@pytest.mark.parametrize("container", CONTAINERS)
@pytest.mark.parametrize("missing", [None, float("nan"), pd.NA])
def test_a_missing_text_is_cannot_tell(small_model: Path, container: str, missing: object, count: int) -> None:
    model = stance.load(small_model)
    predicted = model.predict(CONTAINERS[container](["a good idea", *[missing] * count, "a bad thing"]))
    assert predicted["predicted"].tolist() == ["for", *["cannot-tell"] * count, "against"]
    assert predicted["confidence"].isna().sum() == count


INDEXES = {
    "numbers": [7, 5, 9],
    "duplicates": [1, 1, 1],
    "names": ["x", "y", "z"],
    "two levels": pd.MultiIndex.from_tuples([("a", 1), ("a", 2), ("b", 1)], names=["page", "place"]),
    "dates": pd.to_datetime(["2022-03-01", "2022-03-02", "2022-03-03"]),
    "empty": [],
}


@pytest.mark.parametrize("index", INDEXES.values(), ids=INDEXES)
@pytest.mark.parametrize("options", [{}, {"explain": 2}, {"min_confidence": 0.99}])
def test_predictions_keep_the_index_of_a_series(small_model: Path, index: Any, options: dict[str, Any]) -> None:
    texts = pd.Series(
        ["a good idea", "what a bad thing", "the vote"][: len(index)], index=index, name="text", dtype="str"
    )
    predicted = stance.load(small_model).predict(texts, **options)
    assert predicted.index.equals(texts.index)
    assert predicted.index.names == texts.index.names
    if not options:
        assert predicted["predicted"].tolist() == ["for", "against", "neutral"][: len(index)]


@pytest.mark.parametrize("container", ["list", "object array", "Arrow string", "Index"])
def test_other_containers_get_a_range_index(small_model: Path, container: str) -> None:
    predicted = stance.load(small_model).predict(CONTAINERS[container](["a good idea", "a bad thing"]))
    assert predicted.index.tolist() == [0, 1]
    assert series_index(["a"]) is None


def test_predictions_of_a_selection_join_their_comments(small_model: Path) -> None:
    comments = pd.DataFrame({"text": ["так", "a good idea", "нет", "a bad thing"], "lang": ["ru", "en", "ru", "en"]})
    english = comments[comments["lang"] == "en"]
    predicted = stance.load(small_model).predict(english["text"])
    assert english.join(predicted)["predicted"].tolist() == ["for", "against"]
    assert comments.assign(predicted=predicted["predicted"])["predicted"].fillna("").tolist() == [
        "",
        "for",
        "",
        "against",
    ]


def test_targets_are_checked_like_texts(small_model: Path) -> None:
    model = stance.load(small_model)
    texts = pd.Series(["a good idea", "a bad thing"], index=[3, 4])
    for targets in (None, ["", None], pd.Series(["", np.nan], index=[3, 4]), pa.array(["", ""])):
        assert model.predict(texts, targets)["predicted"].tolist() == ["for", "against"]
    with pytest.raises(ValueError, match="the targets have another index than the texts"):
        model.predict(texts, pd.Series(["", ""], index=[4, 3]))
    with pytest.raises(TypeError, match="targets must be a list"):
        model.predict(texts, {"a": "b"})
    with pytest.raises(ValueError, match="1 targets for 2 texts"):
        model.predict(texts, [""])


def test_texts_with_lone_surrogates_are_predicted(small_model: Path) -> None:
    model = stance.load(small_model)
    for count in (1, 100):
        assert model.predict(["a good idea \ud83d"] * count)["predicted"].tolist() == ["for"] * count


@pytest.mark.slow
def test_a_pickled_pipeline_works_without_stance_and_a_clone_still_checks_texts(
    small_model: Path, tmp_path: Path
) -> None:
    model = stance.load(small_model)
    pipeline = model.to_sklearn()
    with pytest.raises(ValueError, match=r"texts\[1\] is missing"):
        clone(pipeline.named_steps["texts"]).fit_transform(["a", None])
    path = tmp_path / "pipeline.pkl"
    path.write_bytes(pickle.dumps(pipeline))
    program = (
        "import pickle, sys; sys.modules['stance'] = None\n"
        f"print(pickle.load(open({str(path)!r}, 'rb')).predict(['a good idea']))"
    )
    ran = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, cwd=tmp_path)
    assert ran.stdout == "['for']\n"


def test_a_model_can_be_pickled_with_pickle_and_joblib(small_model: Path, tmp_path: Path) -> None:
    model = stance.load(small_model)
    expected = model.predict(["a good idea"])  # fills the scorer's cache, which is not pickled
    joblib.dump(model, tmp_path / "model.pkl")
    for again in (pickle.loads(pickle.dumps(model)), joblib.load(tmp_path / "model.pkl")):
        assert again.predict(["a good idea"]).equals(expected)
    (elsewhere,) = joblib.Parallel(n_jobs=2)([joblib.delayed(model.predict)(["a good idea"])])
    assert elsewhere.equals(expected)
