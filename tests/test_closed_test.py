"""A closed test set is drawn at random, informs no model, and every opening of it is counted."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from conftest import SMALL_CODEBOOK, CommandResult, run
from scipy.stats import chi2
from sklearn.metrics import f1_score

import stance
from stance.annotation import comment_order
from stance.annotation.ranking import make_uncertainty_ranking
from stance.errors import SheetInUseError, StanceError, UnreadableFileError
from stance.evaluation.predictions import read_oof
from stance.labels import resolution
from stance.labels.codebook import Codebook, Stance, read_codebook
from stance.labels.sheets.lock import lock_sheet
from stance.labels.sheets.openings import openings_path, read_openings
from stance.labels.sheets.sheet_file import read_sheet
from stance.metrics.intervals import t_quantile, wilson_interval
from stance.models.model import Model
from stance.sampling.disagreement import find_disagreements
from stance.training import TrainingRun, compare_models_before_after

pytestmark = pytest.mark.slow

STANCES = ("for", "against", "neutral")
N, N_TEST = 90, 30
TRUTH = [STANCES[(number + number // 7) % 3] for number in range(N)]
# A word of each text points to its stance, in one of four texts to another one.
HINTS = [STANCES[(STANCES.index(truth) + (number % 4 == 0)) % 3] for number, truth in enumerate(TRUTH)]
COMMENTS = pd.DataFrame({
    "comment_id": [f"c{number}" for number in range(N)],
    "text": [f"{hint}{number % 3} own{number} word{number * 7 % 90}" for number, hint in enumerate(HINTS)],
    "truth": TRUTH,
})  # fmt: skip


def _sample(folder: Path, *options: str, n_test: int = N_TEST) -> Path:
    """Draw all comments into a sheet, some of them as a closed test set, and label them."""
    COMMENTS.to_csv(folder / "all.csv", index=False)
    sheet = folder / "sheet.csv"
    ran = run("sample", folder / "all.csv", "-o", sheet, "--n", str(N), "--test", str(n_test), *options)
    assert ran.code == 0, ran.err
    assert f"{N} comments to label, drawn with seed 0, {n_test} of them as a closed test set" in ran.err
    rows = _read(sheet)
    _write(sheet, rows.assign(stance=rows["truth"]))
    return sheet


def _read(sheet: Path) -> pd.DataFrame:
    return read_sheet(sheet).frame.reset_index(drop=True)


def _write(sheet: Path, rows: pd.DataFrame) -> None:
    rows.to_csv(sheet, index=False)


def _train(sheet: Path, *, final: bool = False, **options: Any) -> TrainingRun:
    return stance.train(sheet, quick=True, jobs=1, final=final, **options)


def _train_in_terminal(sheet: Path, *options: str) -> CommandResult:
    model = sheet.with_name("m") / "stance.joblib"
    return run("train", sheet, "--quick", "-j", "1", "--model", model, *options)


def _is_same_model(first: Model, second: Model) -> bool:
    return first.vocabulary.word_terms == second.vocabulary.word_terms and np.array_equal(first.coef, second.coef)


def test_the_column_split_marks_as_many_comments_as_asked_for(tmp_path: Path) -> None:
    rows = _read(_sample(tmp_path))
    assert rows["split"].value_counts().to_dict() == {"": N - N_TEST, "test": N_TEST}
    assert set(rows["sampled"]) == {"random"}


def test_every_comment_is_equally_likely_to_be_in_the_test_set(tmp_path: Path) -> None:
    COMMENTS.head(10).to_csv(tmp_path / "all.csv", index=False)
    counts = dict.fromkeys(COMMENTS["comment_id"].head(10), 0)
    for seed in range(300):
        sheet = tmp_path / f"{seed}.csv"
        stance.sample(tmp_path / "all.csv", sheet, n=8, test=4, seed=seed)
        rows = _read(sheet)
        for comment_id in rows.loc[rows["split"] == "test", "comment_id"]:
            counts[comment_id] += 1
    expected = 300 * 4 / 10
    # Without replacement, the statistic is smaller than that of independent draws, so this bound is generous.
    assert sum((count - expected) ** 2 / expected for count in counts.values()) < chi2(9).ppf(0.999)


@pytest.mark.parametrize(
    ("options", "column", "message"),
    [
        (("--n", "10", "--test", "11"), "truth", "test is 11: use a whole number from 0 to 10"),
        (("--n", "99", "--test", "95"), "truth", f"fewer comments were drawn than --test asks for: {N}"),
        (("--n", "10", "--test", "5"), "split", "the comments already have a column split"),
    ],
)
def test_a_test_set_that_cannot_be_drawn_is_refused(
    tmp_path: Path, options: tuple[str, ...], column: str, message: str
) -> None:
    COMMENTS.rename(columns={"truth": column}).to_csv(tmp_path / "all.csv", index=False)
    ran = run("sample", "all.csv", "-o", "sheet.csv", *options, cwd=tmp_path)
    assert ran.code in {1, 2}
    assert message in ran.err
    assert not (tmp_path / "sheet.csv").exists()


def test_test_labels_inform_no_model_and_no_figure(tmp_path: Path) -> None:
    sheet = _sample(tmp_path)
    rows = _read(sheet)
    trained = _train(sheet)
    assert trained.model.metrics["labels"]["n"] == N - N_TEST
    assert set(trained.oof["comment_id"]) == set(rows.loc[rows["split"] == "", "comment_id"])
    is_test = rows["split"] == "test"
    for changed in (rows.assign(stance=np.where(is_test, "for", rows["stance"])), rows[~is_test]):
        _write(sheet, changed)
        again = _train(sheet)
        assert _is_same_model(again.model, trained.model)
        assert again.oof.equals(trained.oof)


def test_a_comment_is_a_test_comment_in_every_sheet(tmp_path: Path) -> None:
    sheet = _sample(tmp_path)
    rows = _read(sheet)
    second = tmp_path / "second.csv"  # of another annotator, without texts and without the column split
    _write(second, rows[["comment_id", "stance"]].assign(annotator="bota"))
    trained = stance.train([second, sheet], quick=True, jobs=1)
    assert trained.model.metrics["labels"]["n"] == N - N_TEST


def test_near_duplicates_of_test_comments_are_not_trained_on(tmp_path: Path) -> None:
    sheet = _sample(tmp_path)
    trained, rows = _train(sheet), _read(sheet)
    tested = rows[rows["split"] == "test"].iloc[:3]
    repeated = tested.assign(comment_id=["d0", "d1", "d2"], text="RT @a: " + tested["text"] + " !!", split="")
    _write(sheet, pd.concat([rows, repeated]))
    again = _train(sheet)
    assert _is_same_model(again.model, trained.model)
    assert again.model.metrics["closed_test"]["left_out"] == 3
    assert any("since their comments nearly repeat one in it: 3." in note for note in again.notes)


def test_examples_that_repeat_a_test_comment_are_not_trained_on(tmp_path: Path) -> None:
    sheet = _sample(tmp_path)
    rows = _read(sheet)
    text = rows.loc[rows["split"] == "test", "text"].iloc[0]
    for number, example in enumerate((text, "an example that repeats nothing")):
        codebook = tmp_path / f"{number}.toml"
        codebook.write_text(SMALL_CODEBOOK.replace("This is a good plan", example), encoding="utf-8")
        assert len(read_codebook(codebook).examples) == 6
        assert _train(sheet, codebook=codebook).model.metrics["labels"]["examples"] == 5 + number


def test_the_score_is_that_of_the_written_model(tmp_path: Path) -> None:
    sheet = _sample(tmp_path)
    ran = _train_in_terminal(sheet, "--final")
    assert ran.code == 0, ran.err
    metrics = json.loads((tmp_path / "m" / "metrics.json").read_text(encoding="utf-8"))
    (scheme,) = [scheme for scheme in metrics["schemes"] if scheme["scheme"] == "closed test set"]
    rows = _read(sheet)
    tested = rows[rows["split"] == "test"]
    predicted = stance.load(tmp_path / "m" / "stance.joblib").predict(tested["text"].to_list())["predicted"].to_numpy()
    scores = scheme["systems"][-1]
    n_correct = int((predicted == tested["stance"].to_numpy()).sum())
    wilson = wilson_interval(n_correct, N_TEST, t_quantile(N_TEST - 1))
    assert 0 < n_correct < N_TEST == scheme["n"]
    assert scores["accuracy"] == pytest.approx(
        {"value": n_correct / N_TEST, "low": wilson.low, "high": wilson.high}, abs=1e-6
    )
    macro_f1 = f1_score(tested["stance"], predicted, labels=tested["stance"].unique(), average="macro")
    assert scores["macro_f1"]["value"] == pytest.approx(macro_f1, abs=1e-6)
    assert scores["macro_f1"]["low"] < macro_f1 < scores["macro_f1"]["high"]
    in_table = read_oof(tmp_path / "m" / "oof.csv").query("scheme == 'closed test set' and system == 'labels'")
    assert sorted(in_table["predicted"]) == sorted(predicted)
    printed = ran.out.split("closed test set: ")[1]
    assert f"{scores['accuracy']['value']:.2f} [{wilson.low:.2f}, {wilson.high:.2f}]" in printed


def test_opening_changes_no_other_figure(tmp_path: Path) -> None:
    sheet = _sample(tmp_path)
    closed, opened = _train(sheet), _train(sheet, final=True)
    assert _is_same_model(closed.model, opened.model)
    assert opened.oof.iloc[: len(closed.oof)].equals(closed.oof)
    changed = {key for key in closed.model.metrics if closed.model.metrics[key] != opened.model.metrics[key]}
    assert changed == {"closed_test", "notes", "next_steps", "schemes"}
    assert opened.model.metrics["schemes"][:-1] == closed.model.metrics["schemes"]


def test_test_labels_are_weighted_by_their_probabilities(tmp_path: Path) -> None:
    sheet = _sample(tmp_path)
    rows = _read(sheet)
    _write(sheet, rows.assign(probability=np.where(rows["truth"] == "for", "0.9", "0.1")))
    metrics = _train(sheet, final=True).model.metrics
    scores = metrics["schemes"][-1]["systems"][-1]
    tested = rows[rows["split"] == "test"]
    weights = np.where(tested["truth"] == "for", 1 / 0.9, 1 / 0.1)
    recalls = {stance["stance"]: stance["recall"]["value"] for stance in scores["stances"]}
    expected = np.average(tested["truth"].map(recalls), weights=weights)
    assert scores["accuracy"]["value"] == pytest.approx(expected, abs=1e-5)


def test_every_opening_is_counted_and_reported(tmp_path: Path) -> None:
    sheet = _sample(tmp_path)
    assert "It was never opened" in _train_in_terminal(sheet).out
    assert not openings_path(sheet).exists()
    first, model_hash = _train_in_terminal(sheet, "--final"), _hash_model(tmp_path)
    assert "It was opened 1 time." in " ".join(first.out.split())
    assert "warning" not in first.err
    rows = _read(sheet)
    _write(sheet, rows.assign(stance=np.where(rows["comment_id"] == _first_test_id(rows), "neutral", rows["stance"])))
    second = _train_in_terminal(sheet, "--final")
    assert "warning: the closed test set was opened 2 times. Its score is no longer that of a closed test" in second.err
    card, report = ((tmp_path / "m" / name).read_text("utf-8") for name in ("model-card.md", "report.html"))
    for text in (second.out, card, report):
        assert "It was opened 2 times." in " ".join(text.split())
    openings = read_openings(sheet)
    assert [opening.n for opening in openings] == [N_TEST] * 2
    assert [opening.model_sha256 for opening in openings] == [model_hash, _hash_model(tmp_path)]
    assert openings[0].rows_sha256 != openings[1].rows_sha256
    assert openings[1].rows_sha256 in card
    after = _train_in_terminal(sheet)
    assert "It was opened 2 times." in " ".join(after.out.split())


def _hash_model(folder: Path) -> str:
    return hashlib.sha256((folder / "m" / "stance.joblib").read_bytes()).hexdigest()


def _first_test_id(rows: pd.DataFrame) -> str:
    return str(rows.loc[(rows["split"] == "test") & (rows["truth"] != "neutral"), "comment_id"].iloc[0])


def test_the_hash_does_not_depend_on_the_order_of_rows(tmp_path: Path) -> None:
    sheet = _sample(tmp_path)
    _train(sheet, final=True)
    _write(sheet, _read(sheet).iloc[::-1])
    _train(sheet, final=True)
    assert len({opening.rows_sha256 for opening in read_openings(sheet)}) == 1


def test_an_opening_counts_even_if_the_files_cannot_be_written(tmp_path: Path) -> None:
    sheet = _sample(tmp_path)
    (tmp_path / "file").write_text("not a folder", encoding="utf-8")
    with pytest.raises(StanceError):
        _train(sheet, final=True, model=tmp_path / "file" / "stance.joblib")
    assert len(read_openings(sheet)) == 1


def test_no_score_without_a_record_of_the_opening(tmp_path: Path) -> None:
    sheet = _sample(tmp_path)
    with lock_sheet(sheet), pytest.raises(SheetInUseError):
        _train(sheet, final=True)


@pytest.mark.parametrize(
    "content", ["", "[]", '{"format": "stance openings", "openings": [{"date": 1}]}', '{"format": 1}']
)
def test_a_damaged_record_is_an_error(tmp_path: Path, content: str) -> None:
    sheet = _sample(tmp_path)
    openings_path(sheet).write_text(content, encoding="utf-8")
    with pytest.raises(
        UnreadableFileError, match=r"openings of the closed test set cannot be read .*sheet.csv.openings"
    ):
        _train(sheet)
    ran = run("check", sheet, "--json")
    findings = [finding for finding in json.loads(ran.out)["findings"] if finding["kind"] == "unreadable-openings"]
    assert (ran.code, len(findings)) == (1, 1)


def test_sheets_without_a_test_set_cannot_be_opened(tmp_path: Path) -> None:
    sheet = _sample(tmp_path)
    rows = _read(sheet)
    _write(sheet, rows.drop(columns="split"))
    with pytest.raises(StanceError, match="there is no closed test set with labels"):
        _train(sheet, final=True)
    _write(sheet, rows.assign(split="test"))
    with pytest.raises(StanceError, match="all labelled comments are in the closed test set"):
        _train(sheet)
    _write(sheet, rows.assign(target=np.where(rows["split"] == "test", "tram", "bus")))
    with pytest.raises(StanceError, match="has the target 'tram', which no label to train on has"):
        _train(sheet, final=True)
    assert not openings_path(sheet).exists()


def test_unlabelled_test_comments_are_reported(tmp_path: Path) -> None:
    sheet = _sample(tmp_path)
    rows = _read(sheet)
    _write(sheet, rows.assign(stance=rows["stance"].where(rows["comment_id"] != _first_test_id(rows), "")))
    metrics = _train(sheet).model.metrics["closed_test"]
    assert (metrics["n"], metrics["unlabelled"]) == (N_TEST - 1, 1)


def test_a_model_does_not_point_to_test_comments(tmp_path: Path) -> None:
    sheet = _sample(tmp_path)
    model, rows = _train(sheet).model, _read(sheet)
    wrong = np.where(rows["truth"] == "for", "against", "for")
    for split, n_found in (("test", 0), ("", 1)):
        _write(sheet, rows.assign(stance=wrong, split=split))
        codebook = Codebook(tuple(map(Stance, STANCES)))
        combined = resolution.combine_labels([read_sheet(sheet)], codebook)[0]
        assert min(1, len(find_disagreements(combined, None, model))) == n_found


def test_the_impact_of_new_labels_is_measured_without_test_labels(tmp_path: Path) -> None:
    sheet = _sample(tmp_path)
    rows = _read(sheet)
    before = rows.assign(stance=np.where(np.arange(N) % 3 == 0, "", rows["stance"]))
    _write(sheet, before)
    sheet_before = read_sheet(sheet)
    _write(sheet, rows)
    impact = compare_models_before_after(sheet_before, [sheet], None, seed=0)
    assert impact is not None
    n_before = int(((before["stance"] != "") & (before["split"] == "")).sum())
    assert (impact.n_before, impact.n_after, impact.n_tested) == (n_before, N - N_TEST, N - N_TEST)


@pytest.mark.parametrize(("tool", "suffix"), [("label-studio", "json"), ("doccano", "jsonl"), ("prodigy", "jsonl")])
def test_other_tools_keep_the_test_set(tmp_path: Path, tool: str, suffix: str) -> None:
    sheet, tasks, imported = _sample(tmp_path), tmp_path / f"tasks.{suffix}", tmp_path / "imported.csv"
    for command in (("export", sheet, "--to", tool, "-o", tasks), ("import", tasks, "-o", imported)):
        ran = run(*command)
        assert ran.code == 0, ran.err
    splits = [_read(path).set_index("comment_id")["split"].sort_index() for path in (sheet, imported)]
    assert splits[0].to_dict() == splits[1].to_dict()


def test_an_export_of_resolved_labels_keeps_the_test_set(tmp_path: Path) -> None:
    sheet = _sample(tmp_path)
    assert run("export", sheet, "--settled", "-o", tmp_path / "settled.csv").code == 0
    assert (_read(tmp_path / "settled.csv")["split"] == "test").sum() == N_TEST


def test_no_test_comment_is_offered_in_the_order_uncertain(tmp_path: Path) -> None:
    sheet = _sample(tmp_path)
    model, rows = _train(sheet).model, _read(sheet)
    _write(sheet, rows.assign(stance=""))
    codebook = Codebook(tuple(map(Stance, STANCES)))
    combined = resolution.combine_labels([read_sheet(sheet)], codebook)[0]
    pool = comment_order.build_pool(read_sheet(sheet).frame, combined)
    offered = {comment_id for comment_id, _ in make_uncertainty_ranking(model, 0)(pool, combined)}
    assert offered == set(rows.loc[rows["split"] == "", "comment_id"])
