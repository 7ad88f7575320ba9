"""Which labels are kept in one fold, and which links are dropped where groups grow too large."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from test_out_of_fold import make_labels

import stance
from stance.evaluation.label_groups import AUTHOR, CONTAINED, GROUP_COLUMN, NEAR_DUPLICATE, group_labels
from stance.labels.author_names import find_persons, is_placeholder

LONG = "they will never defend us if we are attacked"


def _make(n: int, **cells: dict[int, str]) -> pd.DataFrame:
    """Make labels of distinct texts without author, with some cells changed."""
    labels = make_labels([f"w{number} x{number} y{number}" for number in range(n)], ["a", "b"] * (n // 2), [""] * n)
    for column, values in cells.items():
        for number, cell in values.items():
            labels.loc[number, column] = cell
    return labels


@pytest.mark.parametrize(
    ("cells", "kind"),
    [
        ({"text": {2: "Leave, now!", 7: "leave now"}}, NEAR_DUPLICATE),
        ({"text": {2: LONG, 7: f"He says that {LONG}, and many of his colleagues agree."}}, CONTAINED),
        ({"text": {2: "So it is", 7: "> so it is\nIs it?"}}, CONTAINED),
        ({"author": {2: "Aida", 7: " AIDA "}}, AUTHOR),
        ({"group": {2: "Guest", 7: "Guest"}}, GROUP_COLUMN),
    ],
)
def test_linked_labels_are_in_one_group(cells: dict[str, dict[int, str]], kind: str) -> None:
    groups = group_labels(_make(20, **cells), 10)
    assert np.flatnonzero(groups.groups == groups.groups[2]).tolist() == [2, 7]
    assert (groups.largest, groups.n_linked[kind], groups.dropped) == (2, 2, ())
    assert len(groups.describe()) == 1


def test_labels_of_one_comment_for_two_targets_are_not_reported_as_repeated() -> None:
    labels = _make(10, author=dict.fromkeys(range(10), "")).assign(author=[f"a{number}" for number in range(10)])
    twice = pd.concat([labels.assign(target="x"), labels.assign(target="y")], ignore_index=True)
    groups = group_labels(twice, 10)
    assert groups.n_linked == {"comment": 20, NEAR_DUPLICATE: 0, CONTAINED: 0, AUTHOR: 0, GROUP_COLUMN: 0}
    assert groups.largest == 2


@pytest.mark.parametrize("name", ["Гость", "guest", "[deleted]", "-", "N/A", "Удалённый пользователь", "Қонақ"])
def test_a_placeholder_name_links_nothing(name: str) -> None:
    groups = group_labels(_make(20, author={2: name, 7: name}), 10)
    assert is_placeholder(name)
    assert (groups.largest, groups.ignored_names) == (1, {name: 2})
    assert groups.describe() == ["Labels kept in one fold with others: none. The largest group has 1 of 20 labels."]


@pytest.mark.parametrize(("n_labels", "of_one", "is_person"), [(200, 10, True), (200, 11, False), (20, 5, True)])
def test_a_name_on_more_than_a_twentieth_of_the_labels_is_no_person(
    n_labels: int, of_one: int, *, is_person: bool
) -> None:
    names = ["Aida"] * of_one + [f"a{number}" for number in range(n_labels - of_one)]
    persons, ignored = find_persons(names)
    assert (persons[0] == "aida", ignored) == (is_person, {} if is_person else {"Aida": of_one})


def test_a_reply_to_a_comment_is_not_linked_to_it() -> None:
    labels = _make(20).assign(reply_to="c1")
    assert group_labels(labels, 10).largest == 1


def _hub(n: int) -> dict[int, str]:
    """Return texts of which the first contains all others."""
    sentences = [" ".join(f"s{number}{letter}" for letter in "abcdefg") for number in range(1, n)]
    return dict(enumerate([" ".join(sentences), *sentences]))


@pytest.mark.parametrize(
    ("cells", "dropped", "largest"),
    [
        # Authors a and b have five labels each; a text that both wrote joins them, and would fill more than a fold.
        ({"author": {n: "ab"[n // 5] for n in range(10)}, "text": {0: "same", 9: "same"}}, (AUTHOR,), 2),
        ({"text": _hub(30), "author": {50: "a", 51: "a"}}, (CONTAINED,), 2),
        ({"text": _hub(30), "author": {n: "abcd"[n % 4] for n in range(16)}}, (CONTAINED,), 4),
        ({"text": dict.fromkeys(range(30), "same"), "author": {50: "a", 51: "a"}}, (), 30),
        ({"group": dict.fromkeys(range(30), "same")}, (), 30),
    ],
)
def test_the_weakest_links_are_dropped_if_a_group_is_larger_than_a_fold(
    cells: dict[str, dict[int, str]], dropped: tuple[str, ...], largest: int
) -> None:
    groups = group_labels(_make(80, **cells), 10)
    assert (groups.dropped, groups.largest) == (dropped, largest)
    assert ("divided between folds" if dropped else "larger than a fold") in groups.describe()[-1]


def _write_sheet(path: Path, texts: list[str], stances: list[str]) -> Path:
    pd.DataFrame({"text": texts, "stance": stances}).to_csv(path, index=False)
    return path


@pytest.mark.slow
def test_copies_raise_no_score_and_their_effect_is_reported(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    texts = [" ".join(f"w{word}" for word in rng.integers(0, 400, 12)) for _ in range(60)]
    stances = rng.choice(["for", "against"], 60).tolist()
    sheet = _write_sheet(tmp_path / "labels.csv", [*texts, *(f"> {text}\nwell" for text in texts)], stances * 2)
    run = stance.train(sheet, quick=True, no_codebook=True, jobs=1)
    assert not run.evaluation.is_skill_shown
    assert run.evaluation.main_scheme.model.accuracy.value < 0.65
    divided = run.evaluation.divided_groups
    assert divided is not None
    assert divided.divided > 0.8
    assert divided.is_different
    (note,) = [note for note in run.notes if note.startswith("If folds divided these groups, accuracy would be 0.")]
    assert f"instead of {divided.kept:.2f}" in note


@pytest.mark.slow
def test_labels_without_links_are_not_compared_divided(tmp_path: Path) -> None:
    sheet = _write_sheet(tmp_path / "labels.csv", [f"w{n} x{n % 2}" for n in range(20)], ["for", "against"] * 10)
    run = stance.train(sheet, quick=True, no_codebook=True, jobs=1)
    assert run.evaluation.divided_groups is None
    assert run.model.metrics["label_groups"]["if_divided"] is None
