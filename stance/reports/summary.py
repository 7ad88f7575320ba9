"""The record of a training run in plain words: what was measured, what it speaks for, and what it does not."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from stance.errors import StanceError
from stance.reports.text_format import LEVEL, counted, has_interval, listed, number, score

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    Figures = Mapping[str, Any]

SCHEMA = 2
"""The form of metrics.json that is read here."""

MAIN_SCHEME = "stratified k-fold"
ENOUGH_LABELS = 100
ENOUGH_ARTICLES = 5
FEW_OF_A_STANCE = 10

MEASURES = {
    "accuracy": ("accuracy", "the share of comments whose stance is told right"),
    "macro_f1": (
        "macro F1",
        "how well each stance is found, averaged so that a rare stance counts as much as a common one; 1 is perfect",
    ),
    "f_avg": (
        "F_avg",
        "how well comments in favour and comments against are found, averaged (mean of the two F1); 1 is perfect",
    ),
}
"""What each measure is called, and what it means."""

SYSTEMS = {
    "majority": "always answers with the stance that is most common in the labels it learns from",
    "stratified guess": "guesses each stance as often as it occurs in the labels it learns from",
    "keywords": "answers with the stance whose keywords in the codebook occur most",
    "examples": "learns from the codebook's invented examples alone",
    "labels": "learns from the labelled comments alone",
    "labels+examples": "learns from the labelled comments and the codebook's invented examples",
}
"""What each system does."""

SCHEMES = {
    MAIN_SCHEME: "each comment is answered by models that did not see it",
    "leave one article out": "each comment is answered by a model that saw no comment under its article",
    "grouped 10-fold": "each comment is answered by a model that saw no comment of its group, such as its article",
    "contrast set": "texts of the codebook, never learnt from, whose topic does not tell their stance",
}
"""How each scheme tests."""


@dataclass(frozen=True)
class Headline:
    """The figure a record is read for: the model's, under the scheme that is spoken of first."""

    measure: str
    scheme: Figures
    figure: Figures

    @property
    def name(self) -> str:
        """What the measure is called."""
        return MEASURES[self.measure][0]

    @property
    def means(self) -> str:
        """What the measure means, as a part of a sentence."""
        return MEASURES[self.measure][1]


def check(metrics: Figures) -> None:
    """Stop at a record that is not of the form that is read here.

    Raises
    ------
    StanceError
        Names what is wrong with it.
    """
    remedy = "train the model again with this version of stance"
    if metrics.get("schema") != SCHEMA:
        raise StanceError(f"these figures have schema {metrics.get('schema')}, not {SCHEMA}", remedy)
    missing = [key for key in ("stances", "labels", "schemes") if not metrics.get(key)]
    if missing:
        raise StanceError(f"these figures have no {listed(missing)}", remedy)


def headline(metrics: Figures, target: str | None = None) -> Headline | None:
    """Find the figure that is named first, over all targets or of one."""
    found = schemes(metrics, target)
    if not found:
        return None
    scheme = next((each for each in found if each["scheme"] == MAIN_SCHEME), found[0])
    measure = metrics.get("headline") or "macro_f1"
    figure = model(scheme).get(measure)
    if figure is None:
        measure, figure = "macro_f1", model(scheme).get("macro_f1") or {}
    return Headline(measure, scheme, figure)


def schemes(metrics: Figures, target: str | None = None, *, groups: bool = False) -> list[Figures]:
    """List the schemes over all targets, or of one, by stances or by their groups."""
    return [each for each in metrics["schemes"] if each.get("target") == target and bool(each.get("groups")) == groups]


def model(scheme: Figures) -> Figures:
    """Give the figures of the model itself, which is the last system."""
    system: Figures = scheme["systems"][-1]
    return system


def what_it_is(scheme: Figures) -> str:
    """Say which of the systems the model is."""
    last = model(scheme)["system"]
    return f"The model is {last}, which {SYSTEMS[last]}." if last in SYSTEMS else f"The model is {last}."


def how_much(metrics: Figures) -> str:
    """Say how many labels there are, and of what."""
    labels = metrics["labels"]
    articles, targets = labels.get("articles") or 0, metrics.get("targets") or ()
    under = f" under {counted(articles, 'article')}" if articles else ""
    toward = f" toward {counted(len(targets), 'target')}" if len(targets) > 1 else ""
    return f"{counted(labels['n'], 'label')}{under}{toward}"


def range_of(figure: Figures) -> str:
    """Say between what a figure lies, or that this cannot be said."""
    if figure.get("value") is None:
        return "No figure can be given."
    if not has_interval(figure):
        return "No interval can be given, so nobody can say how far it may be from the true value."
    return f"The true value lies between {number(figure['low'])} and {number(figure['high'])}, with {LEVEL} confidence."


def limits(metrics: Figures) -> list[str]:
    """Say what so few labels cannot tell."""
    labels = metrics["labels"]
    n, articles = labels["n"], labels.get("articles") or 0
    said = []
    if n < ENOUGH_LABELS:
        said.append(
            f"{counted(n, 'label')} {'is' if n == 1 else 'are'} very few. These figures show that the program runs; "
            "they do not show how well it measures other comments."
        )
    if 0 < articles < ENOUGH_ARTICLES:
        said.append(f"With {counted(articles, 'article')}, nothing is known of comments under other articles.")
    counts = labels.get("by_stance") or {}
    scarce = [stance for stance in metrics["stances"] if counts and counts.get(stance, 0) < FEW_OF_A_STANCE]
    if scarce:
        those = listed([f"{stance} ({counts.get(stance, 0)})" for stance in scarce])
        said.append(f"Fewer than {FEW_OF_A_STANCE} labels, too few to judge a stance by: {those}.")
    return said


def comparisons(scheme: Figures, measure: str) -> list[str]:
    """Say by how much the model is ahead of each other system, or that it cannot be told."""
    return [_comparison(each, measure) for each in scheme.get("differences") or ()]


def _comparison(difference: Figures, measure: str) -> str:
    measure = measure if difference.get(measure) else "macro_f1"
    figure, name = difference.get(measure) or {}, MEASURES[measure][0]
    system = difference["system"]
    does = f", which {SYSTEMS[system]}" if system in SYSTEMS else ""
    if figure.get("value") is None:
        return f"Beside {system}{does}: no difference can be given."
    told = f"{score(figure, sign=True)} in {name}"
    if not has_interval(figure):
        return f"Beside {system}{does}: {told}; without an interval this may be chance."
    if figure["low"] > 0:
        return f"Better than {system}{does}: {told}."
    if figure["high"] < 0:
        return f"Worse than {system}{does}: {told}."
    return f"Whether it is better than {system}{does}, cannot be told: {told}."


def tested(scheme: Figures) -> str:
    """Say what a scheme tested, how, and what its figures speak for."""
    how = SCHEMES.get(scheme["scheme"], scheme["scheme"])
    runs = scheme.get("repeats") or 1
    repeated = f", {counted(runs, 'time')} over" if runs > 1 else ""
    speaks = f" The figures speak for {scheme['says']}." if scheme.get("says") else ""
    return f"{named(scheme)}, {counted(scheme['n'], 'text')}: {how}{repeated}.{speaks}"


def named(scheme: Figures) -> str:
    """Name a scheme, with its target and with whether it speaks of groups of stances."""
    groups = ", stances in groups" if scheme.get("groups") else ""
    toward = f", toward {scheme['target']}" if scheme.get("target") else ""
    return f"{scheme['scheme'].capitalize()}{groups}{toward}"


def group_names(metrics: Figures) -> list[str]:
    """List the groups of stances, each once."""
    return list(dict.fromkeys((metrics.get("groups_of_stances") or {}).values()))


def human(metrics: Figures, measure: str) -> str:
    """Say what annotators reach against each other, or that this is not known."""
    measure = measure if any(pair.get(measure) for pair in metrics.get("annotators") or ()) else "macro_f1"
    told = [
        f"{score(pair[measure])} ({pair['first']} and {pair['second']}, {counted(pair['n'], 'comment')})"
        for pair in metrics.get("annotators") or ()
        if pair.get(measure)
    ]
    if not told:
        return "No two annotators labelled the same comments, so nobody knows how well people would do."
    return f"Annotators scored against each other reach a {MEASURES[measure][0]} of {listed(told)}."


def answers(scheme: Figures, stances: Sequence[str]) -> list[str]:
    """List what was answered or could have been: the stances first, then what else there is, such as cannot-tell."""
    confusion = model(scheme).get("confusion") or {}
    given = {column for row in confusion.values() for column, value in row.items() if value}
    known = [stance for stance in stances if stance in confusion or any(stance in row for row in confusion.values())]
    return [*known, *sorted(given - set(known))]
