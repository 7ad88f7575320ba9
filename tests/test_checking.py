"""Every kind of finding, where it is found and where it is not."""

from __future__ import annotations

import json
from pathlib import Path

import pandas as pd
import pytest
from check_cases import CASES, CODEBOOK, OF_CODEBOOKS, OF_MODELS, Sheets

from stance import tables
from stance.evaluation import splits
from stance.models import fitting, procedure
from stance.models.settings import default_settings
from stance.validation.check import CheckOptions, check
from stance.validation.findings import Finding
from stance.validation.rules import CHECK_RULES


def _found(folder: Path, sheets: Sheets, *, use_codebook: bool = True) -> list[Finding]:
    """Check sheets with the codebook of the cases beside them."""
    lines = [f"[stances.{stance.name}]\ndefinition = {json.dumps(stance.definition)}\n" for stance in CODEBOOK.stances]
    (folder / "codebook.toml").write_text("".join(lines), encoding="utf-8")
    paths = []
    for number, text in enumerate([sheets] if isinstance(sheets, str) else sheets):
        paths.append(folder / f"s{number}.csv")
        paths[-1].write_text(text, encoding="utf-8", newline="")
    return list(check(CheckOptions(tuple(paths), folder / "m.joblib", use_codebook=use_codebook)).findings)


ROWS = [(kind, *pair) for kind, pairs in CASES.items() for pair in pairs if kind != "guessed-encoding"]


@pytest.mark.parametrize(("kind", "sheets", "others"), ROWS, ids=[kind for kind, *_ in ROWS])
def test_it_is_found_where_it_is_and_nowhere_else(tmp_path: Path, kind: str, sheets: Sheets, others: Sheets) -> None:
    found = [finding for finding in _found(tmp_path, sheets) if finding.rule_id == kind]
    assert found
    assert kind not in {finding.rule_id for finding in _found(tmp_path, others)}


def test_a_column_of_anything_for_stances_is_told_in_one_sentence(tmp_path: Path) -> None:
    texts = "text,stance\n" + "".join(f"text {n},comment number {n} {'x' * 99}\n" for n in range(1, 31))
    for use_codebook, what in (
        (True, "30 stances are none of the codebook: 'comment number 1 "),
        (False, "30 stances have fewer than 10 labels to judge them by: 'comment number 1 "),
    ):
        told = [finding.message for finding in _found(tmp_path, texts, use_codebook=use_codebook)]
        assert sum("comment number" in each for each in told) == 1
        assert [each[: len(what)] for each in told if "comment number" in each] == [what]


def test_stances_as_they_are_found_may_be_spelled_in_two_ways(tmp_path: Path) -> None:
    found = _found(tmp_path, "text,stance\nA,Yes\nB,yes\nC,No\n", use_codebook=False)
    assert [finding.message for finding in found if finding.rule_id == "similar-names"] == [
        "stances written differently: 'Yes', 'yes'"
    ]


def test_every_kind_has_a_case() -> None:
    of_journals = {"labels-in-journal"}  # test_journal.py
    assert {*CASES, *OF_MODELS, *OF_CODEBOOKS, *of_journals} == set(CHECK_RULES)


@pytest.mark.parametrize("rarest", [11, 12])
@pytest.mark.parametrize("total", [111, 112, 113])
def test_settings_are_chosen_from_as_many_labels_on_as_is_told(tmp_path: Path, total: int, rarest: int) -> None:
    stances = ["for"] * (total - rarest) + ["against"] * rarest
    texts = [f"{stance} w{number} x{number} y{number}" for number, stance in enumerate(stances)]
    lines = [f"{text},{stance}" for text, stance in zip(texts, stances, strict=True)]
    told = {finding.rule_id for finding in _found(tmp_path, "\n".join(["text,stance", *lines]))}
    labels = [fitting.LabelledText(text, "", stance) for text, stance in zip(texts, stances, strict=True)]
    training = fitting.prepare_training_data(labels, [], CODEBOOK, default_settings())
    frame = pd.DataFrame({"comment_id": texts, "text": texts, "stance": stances})
    layout = splits.make_splits(frame.assign(sampled="", target="", article_id="", **{tables.GROUP_COLUMN: ""}), seed=0)
    plan = procedure.TrainingPlan(default_settings(), quick=False, scored_stances=CODEBOOK.stance_names)
    reason = procedure.resolve_plan(plan, training, [fold.train for fold in layout.folds], layout.groups).skip_reason
    assert ("nothing-chosen" in told) == bool(reason)
