"""The verdict at the end of `stance train` says what the figures allow, and no more."""

from __future__ import annotations

from typing import Any

import pytest

from stance.reports.verdict import Verdict, compose_verdict


def _score(value: float, low: float | None = None, high: float | None = None) -> dict[str, float | None]:
    return {"value": value, "low": low, "high": high}


def _judge(skill: dict[str, float | None], **changes: Any) -> Verdict:
    model = {"system": "labels", "skill": skill, "accuracy": _score(0.6, 0.5, 0.7)}
    metrics: dict[str, Any] = {
        "stances": ["for", "against"],
        "labels": {"n": 150, "by_stance": {"for": 142, "against": 8}},
        "learning_curve": {"points": [], "sentence": "No learning curve.", "missing": "--quick"},
        "schemes": [{"scheme": "stratified k-fold", "n": 150, "systems": [model]}],
    }
    for key, value in changes.items():
        metrics[key] = [*metrics["schemes"], *value] if key == "schemes" else value
    return compose_verdict(metrics)


@pytest.mark.parametrize(
    ("skill", "is_shown", "words"),
    [
        (_score(0.4, 0.2, 0.6), True, "is better than always predicting the most common stance. "),
        (_score(0.1, 0.02, 0.2), True, "stance, but only slightly. "),
        (_score(0.1, -0.01, 0.2), False, "do not show that the model is better than always predicting"),
        (_score(-0.3, -0.5, -0.1), False, "which may be chance"),
        (_score(0.4), False, "do not show"),
    ],
)
def test_better_is_said_only_if_the_skill_is_shown(
    skill: dict[str, float | None], words: str, *, is_shown: bool
) -> None:
    verdict = _judge(skill)
    assert verdict.is_skill_shown == is_shown
    assert words in verdict.skill
    assert verdict.use.startswith("Use it to" if is_shown else "Do not use its predictions.")


def test_metrics_of_an_earlier_version_show_no_skill() -> None:
    model = {"system": "labels", "accuracy": _score(0.6, 0.5, 0.7)}
    scheme = {"scheme": "stratified k-fold", "n": 150, "systems": [model]}
    metrics = {"stances": ["for"], "labels": {"n": 150}, "schemes": [scheme]}
    assert not compose_verdict(metrics).is_skill_shown


@pytest.mark.parametrize(
    ("agreement", "words"),
    [
        (_score(0.9, 0.8, 0.95), "It is behind people by about 30 percentage points."),
        (_score(0.7, 0.6, 0.8), "Whether it is behind people is not certain from so few comments."),
        (_score(0.4, 0.3, 0.45), "Whether it is behind people is not certain"),
    ],
)
def test_people_are_a_ceiling_that_is_never_reached(agreement: dict[str, float | None], words: str) -> None:
    pair = {"first": "a", "second": "b", "n": 40, "accuracy": agreement}
    other = {"first": "a", "second": "c", "n": 4, "accuracy": _score(0.1, 0.0, 0.2)}
    people = _judge(_score(0.4, 0.2, 0.6), annotators=[other, pair]).people
    assert "a and b gave the same label to" in people
    assert words in people
    assert "as good as" not in people


def test_errors_under_other_articles_are_named_if_they_are_known() -> None:
    def leave_out(accuracy: dict[str, float | None]) -> list[dict[str, Any]]:
        return [{"scheme": "leave one article out", "n": 150, "systems": [{"system": "labels", "accuracy": accuracy}]}]

    skill = _score(0.4, 0.2, 0.6)
    known, unknown = (_judge(skill, schemes=leave_out(accuracy)) for accuracy in (_score(0.5, 0.3, 0.7), _score(0.5)))
    wrong = "40\N{NO-BREAK SPACE}% [30\N{NO-BREAK SPACE}%, 50\N{NO-BREAK SPACE}%] are wrong"
    elsewhere = "50\N{NO-BREAK SPACE}% [30\N{NO-BREAK SPACE}%, 70\N{NO-BREAK SPACE}%] under articles"
    assert f"{wrong}, and {elsewhere} that it was not trained on." in known.use
    assert f"{wrong}. Do not report" in unknown.use


def test_the_next_step_is_that_of_the_learning_curve_if_there_is_one() -> None:
    curve = {"points": [{"n": 10}], "sentence": "More labels are likely to help."}
    assert _judge(_score(0.4, 0.2, 0.6), learning_curve=curve).next_step == "More labels are likely to help."
    without = _judge(_score(0.4, 0.2, 0.6)).next_step
    assert without.startswith("Label more comments, first of against. ")
    assert without.endswith("(--quick).")


@pytest.mark.parametrize(
    ("methods", "word"), [(["random"], "since"), ([None], "if"), (["random", "uncertain"], "if"), ([], "if")]
)
def test_shares_of_labels_can_be_reported_if_comments_were_drawn_at_random(
    methods: list[str | None], word: str
) -> None:
    corpus = {"sampling": [{"method": method} for method in methods]}
    verdict = _judge(_score(0.0, -0.1, 0.1), corpus=corpus)
    assert f"{word} their comments were drawn at random" in verdict.use
