"""The measured impact of new labels, on labels whose effect is known."""

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
        words = [*rng.choice(WORDS[stance], 2), *(f"w{index}" for index in rng.integers(0, 400, 5))]
        rows.append({"comment_id": f"c{number}", "text": " ".join(words), "stance": stance, "sampled": sampled})
    frame = pd.DataFrame(rows, dtype="str")
    for column in (
        "article_id",
        "article_title",
        "author",
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


def test_informative_labels_raise_the_score() -> None:
    new = _labels(120)
    impact = measure_label_impact(new.head(6), new, CODEBOOK, make_training_plan(new, CODEBOOK, quick=True))
    assert impact
    assert (impact.n_before, impact.n_after, impact.n_tested) == (6, 120, 120)
    assert impact.score_after.value > impact.score_before.value
    assert impact.difference.low > 0


def test_the_same_labels_make_no_difference() -> None:
    new = _labels(40)
    impact = measure_label_impact(new, new, CODEBOOK, make_training_plan(new, CODEBOOK, quick=True))
    assert impact
    assert impact.score_before == impact.score_after
    assert impact.difference.low < 0 < impact.difference.high


@pytest.mark.slow
def test_labels_of_comments_chosen_by_a_model_are_not_tested() -> None:
    drawn, chosen = _labels(30), _labels(60, "uncertain", seed=1, start=30)
    new = pd.concat([drawn, chosen], ignore_index=True)
    plan = make_training_plan(new, CODEBOOK, quick=True)
    impact = measure_label_impact(drawn, new, CODEBOOK, plan)
    assert impact
    assert (impact.n_before, impact.n_after, impact.n_tested) == (30, 90, 30)
    # The score before does not depend on labels that are used for training after only.
    alone = measure_label_impact(drawn, drawn, CODEBOOK, plan)
    assert alone
    assert impact.score_before == alone.score_before


def test_a_changed_label_trains_the_old_model_as_it_was() -> None:
    new = _labels(40)
    swapped = {"for": "against", "against": "for"}
    old = new.assign(stance=new["stance"].map(swapped))
    impact = measure_label_impact(old, new, CODEBOOK, make_training_plan(new, CODEBOOK, quick=True))
    assert impact
    assert impact.n_tested == 40
    assert impact.score_before.value < 0.2
    assert impact.score_after.value > 0.8


@pytest.mark.parametrize("old", [0, MIN_TESTED - 1])
def test_no_impact_without_enough_labels(old: int) -> None:
    new = _labels(MIN_TESTED - 1 if old else 40)
    assert measure_label_impact(new.head(old), new, CODEBOOK, make_training_plan(new, CODEBOOK, quick=True)) is None
    assert "cannot be measured yet" in format_label_impact(None, "macro_f1", 80)


@pytest.mark.slow
def test_the_sentence_says_whether_it_may_be_chance() -> None:
    new = _labels(120)
    plan = make_training_plan(new, CODEBOOK, quick=True)
    helped = format_label_impact(measure_label_impact(new.head(6), new, CODEBOOK, plan), "macro_f1", 1000)
    assert "The new labels improved the model." in helped
    assert "with 6 labels" in helped
    hurt = format_label_impact(
        measure_label_impact(new, new.assign(stance="for").head(100), CODEBOOK, plan), "macro_f1", 1000
    )
    assert "cannot be measured yet" in hurt
    same = format_label_impact(measure_label_impact(new, new, CODEBOOK, plan), "macro_f1", 1000)
    assert "this may be due to chance" in same


def test_new_labels_are_counted() -> None:
    assert format_new_labels(Counter(), None) == "no new labels"
    assert format_new_labels(Counter({"for": 2, "against": 1, "none": 0}), 95.4) == (
        "3 new labels (for 2 and against 1), 95 labels/hour"
    )
