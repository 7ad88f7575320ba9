"""What new labels change, on labels whose worth is known."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pandas as pd
import pytest

from stance.evaluation.label_impact import MIN_TESTED, measure_label_impact
from stance.labels.codebook import Codebook, Stance
from stance.reports.label_summary import format_label_impact, format_new_labels
from stance.training import make_training_plan

CODEBOOK = Codebook((Stance("for"), Stance("against")))
WORDS = {"for": ["good", "fine", "nice", "kind"], "against": ["bad", "sad", "mad", "vile"]}


def _labels(count: int, sampled: str = "random", seed: int = 0, start: int = 0) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    rows = []
    for number in range(start, start + count):
        stance = ("for", "against")[number % 2]
        words = [*rng.choice(WORDS[stance], 2), *(f"w{each}" for each in rng.integers(0, 400, 5))]
        rows.append({"comment_id": f"c{number}", "text": " ".join(words), "stance": stance, "sampled": sampled})
    frame = pd.DataFrame(rows, dtype="str")
    for column in (
        "article_id",
        "article_title",
        "group",
        "also",
        "target",
        "annotator",
        "pass",
        "note",
        "probability",
    ):
        frame[column] = ""
    return frame


def test_labels_that_teach_are_seen_to() -> None:
    new = _labels(120)
    found = measure_label_impact(new.head(6), new, CODEBOOK, make_training_plan(new, CODEBOOK, quick=True))
    assert found
    assert (found.n_before, found.n_after, found.n_tested) == (6, 120, 120)
    assert found.score_after.value > found.score_before.value
    assert found.difference.low > 0


def test_nothing_new_changes_nothing() -> None:
    new = _labels(40)
    found = measure_label_impact(new, new, CODEBOOK, make_training_plan(new, CODEBOOK, quick=True))
    assert found
    assert found.score_before == found.score_after
    assert found.difference.low < 0 < found.difference.high


def test_labels_that_a_model_chose_train_only() -> None:
    drawn, chosen = _labels(30), _labels(60, "uncertain", seed=1, start=30)
    new = pd.concat([drawn, chosen], ignore_index=True)
    plan = make_training_plan(new, CODEBOOK, quick=True)
    found = measure_label_impact(drawn, new, CODEBOOK, plan)
    assert found
    assert (found.n_before, found.n_after, found.n_tested) == (30, 90, 30)
    # Nothing but what is learnt from them may change a figure, so labels that say nothing change none before.
    alone = measure_label_impact(drawn, drawn, CODEBOOK, plan)
    assert alone
    assert found.score_before == alone.score_before


def test_a_label_that_was_changed_is_learnt_from_as_it_was() -> None:
    new = _labels(40)
    swapped = {"for": "against", "against": "for"}
    old = new.assign(stance=new["stance"].map(swapped))
    found = measure_label_impact(old, new, CODEBOOK, make_training_plan(new, CODEBOOK, quick=True))
    assert found
    assert found.n_tested == 40
    assert found.score_before.value < 0.2
    assert found.score_after.value > 0.8


@pytest.mark.parametrize("old", [0, MIN_TESTED - 1])
def test_where_there_is_too_little_nothing_is_said(old: int) -> None:
    new = _labels(MIN_TESTED - 1 if old else 40)
    assert measure_label_impact(new.head(old), new, CODEBOOK, make_training_plan(new, CODEBOOK, quick=True)) is None
    assert "cannot be told yet" in format_label_impact(None, "macro_f1", 80)


def test_the_sentence_says_whether_it_can_be_chance() -> None:
    new = _labels(120)
    plan = make_training_plan(new, CODEBOOK, quick=True)
    helped = format_label_impact(measure_label_impact(new.head(6), new, CODEBOOK, plan), "macro_f1", 1000)
    assert "The new labels helped." in helped
    assert "with 6 labels" in helped
    hurt = format_label_impact(
        measure_label_impact(new, new.assign(stance="for").head(100), CODEBOOK, plan), "macro_f1", 1000
    )
    assert "cannot be told yet" in hurt
    same = format_label_impact(measure_label_impact(new, new, CODEBOOK, plan), "macro_f1", 1000)
    assert "this can be chance" in same


def test_what_was_given_is_said() -> None:
    assert format_new_labels(Counter(), None) == "no labels given"
    assert format_new_labels(Counter({"for": 2, "against": 1, "none": 0}), 95.4) == (
        "3 labels given (for 2 and against 1), 95 an hour"
    )
