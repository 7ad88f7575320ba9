"""Models of several targets: each row is scored for its own target, and an unknown target is an error."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from conftest import CommandResult, run
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import stance
from stance.errors import UnknownTargetError
from stance.io import formats
from stance.io.row_batches import BATCH_ROWS, ColumnSelection
from stance.labels.codebook import codebook_from_names
from stance.models import model_file
from stance.models.fitting import LabelledText, fit_model, prepare_training_data
from stance.models.settings import default_settings
from stance.scoring.score import ScoringRequest, score_inputs
from stance.scoring.targets import resolve_target_source

RUSSIA, UKRAINE = "Russia", 'Україна, "the" other'


def _save(path: Path, targets: tuple[str, ...]) -> Path:
    """Train a model for which a text that favours the first target is against the other one."""
    is_good_text = {"a good thing": True, "good, good people": True, "a bad thing": False, "bad, bad people": False}
    labels = [
        LabelledText(f"{text} {number}", target, "FAVOR" if is_good == (target == targets[0]) else "AGAINST")
        for text, is_good in is_good_text.items()
        for target in targets
        for number in range(5)
    ]
    chosen = default_settings()
    training = prepare_training_data(labels, [], codebook_from_names(["FAVOR", "AGAINST"]), chosen)
    model_file.save_model(fit_model(training, np.arange(len(labels)), chosen).to_model(), path)
    return path


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Models with two targets, one, and none."""
    folder = tmp_path_factory.mktemp("models")
    named = {"two": (RUSSIA, UKRAINE), "one": (RUSSIA,), "none": ("",)}
    return {name: _save(folder / f"{name}.joblib", targets) for name, targets in named.items()}


def _predicted(result: CommandResult) -> list[str]:
    assert result.code == 0, result.err
    return [row["predicted"] for row in csv.DictReader(io.StringIO(result.out))]


WITH_TARGETS = 'text,target\na good thing,Russia\na good thing," russia "\na good thing,"Україна, ""the"" other"\n'
OTHER_COLUMN = WITH_TARGETS.replace("target", "topic")
WITHOUT_TARGETS = "text,n\na good thing,1\n"
UNKNOWN_TARGET = "text,target\na good thing,Mars\n"
LINES = '{"text": "a good thing", "target": "RUSSIA"}\n\n{"text": "a good thing", "target": "Russia"}\n'
F, A = "FAVOR", "AGAINST"

SCORED = [
    ("two", WITH_TARGETS, [], [F, F, A]),
    ("two", WITH_TARGETS, ["--target", UKRAINE], [A, A, A]),
    ("two", WITH_TARGETS, ["--target-column", "target"], [F, F, A]),
    ("two", OTHER_COLUMN, ["--target-column", "topic"], [F, F, A]),
    ("two", WITHOUT_TARGETS, ["--target", "rUSSIA"], [F]),
    ("two", LINES, ["--input-format", "jsonl"], [F, F]),
    ("two", "a good thing\ngood", ["--input-format", "text", "--target", UKRAINE], [A, A]),
    ("one", WITHOUT_TARGETS, [], [F]),
    ("one", LINES + '{"text": "a good thing"}', ["--input-format", "jsonl"], [F, F, F]),
    ("none", UNKNOWN_TARGET, [], [F]),
    ("none", WITHOUT_TARGETS, [], [F]),
]


@pytest.mark.parametrize(("model", "data", "options", "expected"), SCORED)
def test_each_row_is_scored_for_its_target(
    models: dict[str, Path], model: str, data: str, options: list[str], expected: list[str]
) -> None:
    kind = [] if "--input-format" in options else ["--input-format", "csv"]
    assert _predicted(run("predict", "-", *kind, *options, "--model", models[model], stdin=data.encode())) == expected


HAS_TARGETS = f"the model has {RUSSIA}, {UKRAINE}"
NAME_ONE = f"name one with --target, or the target column with --target-column: {RUSSIA}, {UKRAINE}"
REMEDY = "name the right one with --target-column, or one target for all rows with --target"

REFUSED = [
    ("two", WITHOUT_TARGETS, [], f"the model has several targets (in.csv): {NAME_ONE}"),
    ("two", UNKNOWN_TARGET, [], f"the model has no target 'Mars' (in.csv:2): {HAS_TARGETS}"),
    ("one", UNKNOWN_TARGET, [], "the model has no target 'Mars' (in.csv:2): the model has Russia"),
    ("two", WITH_TARGETS + "\n\na,\n", [], f"the target is empty (in.csv:7): {HAS_TARGETS}"),
    ("two", WITH_TARGETS, ["--target", "Mars"], f"the model has no target 'Mars': {HAS_TARGETS}"),
    (
        "one",
        WITH_TARGETS,
        ["--target-column", "topic"],
        f"no column 'topic', there are: text, target (in.csv:1): {REMEDY}",
    ),
    (
        "none",
        WITH_TARGETS,
        ["--target", "Mars"],
        "the model has no targets, so not 'Mars': leave --target out, or train on labels with a target column",
    ),
    (
        "none",
        WITH_TARGETS,
        ["--target-column", "target"],
        "the model has no targets: leave --target-column out, or train on labels that name targets",
    ),
]


@pytest.mark.parametrize(("model", "data", "options", "message"), REFUSED)
def test_an_unknown_target_is_an_error(
    models: dict[str, Path], tmp_path: Path, model: str, data: str, options: list[str], message: str
) -> None:
    (tmp_path / "in.csv").write_text(data, encoding="utf-8")
    result = run("predict", "in.csv", *options, "--model", models[model], "-o", "out.csv", cwd=tmp_path)
    assert (result.code, result.out, len(result.err.splitlines())) == (1, "", 1)
    assert result.err.startswith(f"error: {message}")
    assert [path.name for path in tmp_path.iterdir()] == ["in.csv"]


@pytest.mark.parametrize("options", [["--target", "Russia", "--target-column", "target"], ["--target"]])
def test_conflicting_options_are_usage_errors(options: list[str]) -> None:
    assert run("predict", "--text", "a", *options).code == 2


@pytest.mark.parametrize("options", [[], ["--target", "Mars"], ["--target", "russia"], ["--target", UKRAINE]])
def test_explaining_no_terms_changes_nothing(models: dict[str, Path], options: list[str]) -> None:
    call = ["predict", "--text", "a good thing", "--model", str(models["two"]), *options]
    assert run(*call) == run(*call, "--explain", "0")


def test_targets_are_read_from_a_dictionary_column_of_parquet(models: dict[str, Path], tmp_path: Path) -> None:
    names = pa.array([UKRAINE, RUSSIA, "never used", RUSSIA]).dictionary_encode()
    table = pa.table({"target": names.take(pa.array([1, 0, 3])), "text": ["a good thing"] * 3})
    pq.write_table(table, tmp_path / "in.parquet")
    assert _predicted(run("predict", tmp_path / "in.parquet", "--model", models["two"])) == [F, A, F]


@pytest.mark.slow
@pytest.mark.parametrize("to", ["csv", "jsonl", "parquet"])
def test_the_output_does_not_depend_on_the_number_of_jobs(models: dict[str, Path], tmp_path: Path, to: Any) -> None:
    lines = [f"a {'good' if n % 3 else 'bad'} thing no {n},{(RUSSIA, 'russia')[n % 2]}" for n in range(BATCH_ROWS + 9)]
    (tmp_path / "in.csv").write_text("\n".join(["text,target", *lines, "?,Russia"]), encoding="utf-8")
    scored = []
    for jobs in (1, 2):
        out = str(tmp_path / f"{jobs}.{to}")
        request = ScoringRequest(models["two"], (str(tmp_path / "in.csv"),), output=out, jobs=jobs, min_confidence=0.9)
        scored.append(score_inputs(request))
    assert len({path.read_bytes() for path in tmp_path.glob(f"*.{to}") if path.name != "in.csv"}) == 1
    assert scored[0] == scored[1]
    assert (scored[0].n_rows, scored[0].n_cannot_tell) == (BATCH_ROWS + 10, 1)


SPELLINGS = st.sampled_from([RUSSIA, "RUSSIA", " russia\t", UKRAINE, UKRAINE.upper()])
ANY_TARGET = st.one_of(
    SPELLINGS, st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=3)
)
TEXT = st.sampled_from(["a good thing", "bad, bad", 'so "good"\nas that', "", "?"])


def _data(kind: str, pairs: list[tuple[str, str]]) -> bytes:
    if kind == "jsonl":
        return "".join(json.dumps({"text": text, "target": target}) + "\n" for text, target in pairs).encode()
    if kind == "csv":
        buffer = io.StringIO(newline="")
        csv.writer(buffer, quoting=csv.QUOTE_ALL).writerows([("text", "target"), *pairs])
        return buffer.getvalue().encode()
    parquet = io.BytesIO()
    texts, targets = (pa.array([pair[index] for pair in pairs], pa.string()) for index in (0, 1))
    pq.write_table(pa.table({"text": texts, "target": targets}), parquet)
    return parquet.getvalue()


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["csv", "jsonl", "parquet"])
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.one_of(st.lists(st.tuples(TEXT, SPELLINGS)), st.lists(st.tuples(TEXT, ANY_TARGET))))
def test_every_row_is_scored_for_its_target_or_is_an_error(
    models: dict[str, Path], kind: Any, pairs: list[tuple[str, str]]
) -> None:
    model = stance.load(models["two"])
    exact = {name.casefold(): name for name in model.targets}
    folded = [exact.get(target.strip().casefold()) for _, target in pairs]
    target_source = resolve_target_source(model.targets, None, None)

    def batches() -> Any:
        for batch in formats.read_batches(
            io.BytesIO(_data(kind, pairs)), kind, "in", ColumnSelection(target_column=target_source.column)
        ):
            yield batch, target_source.find_batch_targets(batch, "in")

    if None in folded:
        row = folded.index(None) + (2 if kind == "csv" else 1)
        with pytest.raises(UnknownTargetError, match=rf"\(in:{row}\): the model has Russia, "):
            list(batches())
        return
    predictions = [model.predict_arrow(batch.texts, targets) for batch, targets in batches()]
    expected = [model.predict_arrow([text], name) for (text, _), name in zip(pairs, folded, strict=True)]
    assert pa.concat_tables([model.predict_arrow([], RUSSIA), *predictions]) == pa.concat_tables(
        [model.predict_arrow([], RUSSIA), *expected]
    )


@pytest.mark.parametrize(
    "targets",
    [
        [RUSSIA, UKRAINE],
        pa.array([RUSSIA, UKRAINE]),
        pa.array([UKRAINE, RUSSIA, UKRAINE], pa.large_string()).slice(1),
        pa.array(["x", RUSSIA, UKRAINE]).dictionary_encode().slice(1),
    ],
)
def test_targets_may_be_of_many_types(models: dict[str, Path], targets: Any) -> None:
    assert list(stance.load(models["two"]).predict(["a good thing"] * 2, targets)["predicted"]) == [F, A]


@pytest.mark.parametrize(
    ("targets", "error", "message"),
    [
        (None, UnknownTargetError, "the model has several targets"),
        ("Mars", UnknownTargetError, "no target 'Mars'"),
        (["Mars", RUSSIA], UnknownTargetError, "no target 'Mars'"),
        (pa.array([RUSSIA, "Mars"]), UnknownTargetError, "no target 'Mars'"),
        (pa.array([RUSSIA, None]), UnknownTargetError, "the target is empty"),
        ([RUSSIA], ValueError, "1 targets for 2 texts"),
        (pa.array([RUSSIA] * 3), ValueError, "3 targets for 2 texts"),
    ],
)
def test_invalid_targets_are_errors(
    models: dict[str, Path], targets: Any, error: type[Exception], message: str
) -> None:
    with pytest.raises(error, match=message):
        stance.load(models["two"]).predict_arrow(["a good thing"] * 2, targets)


def test_targets_that_differ_only_in_case_are_not_mixed_up() -> None:
    known_targets = ("Peace", "PEACE", "war")
    assert resolve_target_source(known_targets, "PEACE", None).target == "PEACE"
    assert resolve_target_source(known_targets, "War", None).target == "war"
    with pytest.raises(UnknownTargetError, match="no target 'peace'"):
        resolve_target_source(known_targets, "peace", None)
