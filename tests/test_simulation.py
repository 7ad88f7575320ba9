from __future__ import annotations

import judging
import numpy as np
import pandas as pd
import populations
import pytest
import simulation
from judging import ACCURACY, AHEAD, MACRO_F1, OURS, RECALL, WILSON, T

LEAST = 0.93

Judged = dict[str, dict[object, float]]


@pytest.fixture(scope="module", params=[(24, 80), (100, 30)], ids=["24 labels", "100 labels"])
def judged(request: pytest.FixtureRequest) -> Judged:
    """Run a small part of the simulation, and set its intervals beside what is true."""
    n, number = request.param
    made = list(simulation.runs(simulation.KINDS["plain"], n, number, repeats=1, whole=4_000))
    table = judging.judge(made).set_index(["figure", "method"])
    return {share: dict(table[share].items()) for share in ("holds", "width")}


@pytest.mark.parametrize(("figure", "longest"), [(ACCURACY, 0.55), (MACRO_F1, 0.55), (AHEAD, 0.75), (RECALL, 0.75)])
def test_intervals_hold_and_say_something(judged: Judged, figure: str, longest: float) -> None:
    assert judged["holds"][figure, OURS] >= LEAST
    assert judged["width"][figure, OURS] < longest


@pytest.mark.parametrize(("figure", "method"), [(ACCURACY, T), (MACRO_F1, T), (RECALL, WILSON)])
def test_the_simulation_finds_intervals_that_do_not_hold(judged: Judged, figure: str, method: str) -> None:
    assert judged["holds"][figure, method] < LEAST - 0.03


def test_a_population_draws_what_it_says() -> None:
    kind = populations.Kind((0.6, 0.3, 0.1), lean=0.5, topic=0.5, turn=0.5)
    of = populations.population(kind, articles=4, seed=0)
    assert of.chances.shape == (4, 3)
    assert of.chances.sum() == pytest.approx(1)
    counts, stances = of.draw(20_000, np.random.default_rng(0))
    assert counts.sum(axis=1).mean() == pytest.approx(populations.MEAN_WORDS, abs=0.1)
    assert counts.sum(axis=1).min() >= 1
    shares = np.bincount(stances) / len(stances)
    assert shares == pytest.approx(of.chances.sum(axis=0), abs=0.015)
    _, whole = of.whole(20_000, np.random.default_rng(0))
    assert np.bincount(whole) / len(whole) == pytest.approx(of.chances.sum(axis=0), abs=1e-3)


def test_the_same_seed_gives_the_same_runs() -> None:
    first, second = (next(simulation.runs(simulation.KINDS["articles"], 24, 1, repeats=1, whole=500)) for _ in range(2))
    assert (first.truth.tolist(), first.predicted.tolist()) == (second.truth.tolist(), second.predicted.tolist())
    assert first.fitted == second.fitted


def test_answers_are_those_of_models_that_did_not_learn_from_the_comment() -> None:
    run = next(simulation.runs(simulation.KINDS["plain"], 100, 1, repeats=2, whole=500))
    counts, truth = populations.population(simulation.KINDS["plain"], 1, 0).draw(
        100, np.random.default_rng([3, 100, 0])
    )
    assert run.truth.tolist() == truth.tolist()
    block = simulation._block(counts)
    for repeat, fold in [(0, 3), (1, 7)]:
        tested = run.fold[:, repeat] == fold
        model = simulation.learn(block, np.flatnonzero(~tested), truth)
        assert model.answer(block, np.flatnonzero(tested)).tolist() == run.predicted[tested, repeat].tolist()
    # Each stance is dealt out evenly, and the folds are as large as each other.
    assert np.bincount(run.fold[:, 0]).tolist() == [10] * 10
    dealt = pd.crosstab(run.truth, run.fold[:, 0])
    assert (dealt.max(axis=1) - dealt.min(axis=1)).max() <= 1
