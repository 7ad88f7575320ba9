"""The record of a training run in plain words: what was measured, what it speaks for, and what it does not."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from stance.errors import StanceError
from stance.reports.text_format import (
    CONFIDENCE_LEVEL,
    format_number,
    format_score,
    has_interval,
    join_with_and,
    pluralise,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    JsonObject = Mapping[str, Any]

SUPPORTED_SCHEMA = 2
"""The form of metrics.json that is read here."""

MAIN_SCHEME = "stratified k-fold"
MIN_LABELS = 100
MIN_ARTICLES = 5
MIN_LABELS_PER_STANCE = 10

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

SYSTEM_DESCRIPTIONS = {
    "majority": "always answers with the stance that is most common in the labels it learns from",
    "stratified guess": "guesses each stance as often as it occurs in the labels it learns from",
    "keywords": "answers with the stance whose keywords in the codebook occur most",
    "examples": "learns from the codebook's invented examples alone",
    "labels": "learns from the labelled comments alone",
    "labels+examples": "learns from the labelled comments and the codebook's invented examples",
}
"""What each system does."""

SCHEME_DESCRIPTIONS = {
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
    scheme: JsonObject
    figure: JsonObject

    @property
    def name(self) -> str:
        """What the measure is called."""
        return MEASURES[self.measure][0]

    @property
    def means(self) -> str:
        """What the measure means, as a part of a sentence."""
        return MEASURES[self.measure][1]


def check_schema(metrics: JsonObject) -> None:
    """Stop at a record that is not of the form that is read here.

    Raises
    ------
    StanceError
        Names what is wrong with it.
    """
    remedy = "train the model again with this version of stance"
    if metrics.get("schema") != SUPPORTED_SCHEMA:
        raise StanceError(f"these figures have schema {metrics.get('schema')}, not {SUPPORTED_SCHEMA}", remedy)
    missing = [key for key in ("stances", "labels", "schemes") if not metrics.get(key)]
    if missing:
        raise StanceError(f"these figures have no {join_with_and(missing)}", remedy)


def find_headline(metrics: JsonObject, target: str | None = None) -> Headline | None:
    """Find the figure that is named first, over all targets or of one."""
    found = select_schemes(metrics, target)
    if not found:
        return None
    scheme = next((each for each in found if each["scheme"] == MAIN_SCHEME), found[0])
    measure = metrics.get("headline") or "macro_f1"
    figure = get_model_system(scheme).get(measure)
    if figure is None:
        measure, figure = "macro_f1", get_model_system(scheme).get("macro_f1") or {}
    return Headline(measure, scheme, figure)


def select_schemes(metrics: JsonObject, target: str | None = None, *, groups: bool = False) -> list[JsonObject]:
    """List the schemes over all targets, or of one, by stances or by their groups."""
    return [each for each in metrics["schemes"] if each.get("target") == target and bool(each.get("groups")) == groups]


def get_model_system(scheme: JsonObject) -> JsonObject:
    """Give the figures of the model itself, which is the last system."""
    system: JsonObject = scheme["systems"][-1]
    return system


def describe_model(scheme: JsonObject) -> str:
    """Say which of the systems the model is."""
    last = get_model_system(scheme)["system"]
    return (
        f"The model is {last}, which {SYSTEM_DESCRIPTIONS[last]}."
        if last in SYSTEM_DESCRIPTIONS
        else f"The model is {last}."
    )


def describe_label_counts(metrics: JsonObject) -> str:
    """Say how many labels there are, and of what."""
    labels = metrics["labels"]
    articles, targets = labels.get("articles") or 0, metrics.get("targets") or ()
    under = f" under {pluralise(articles, 'article')}" if articles else ""
    toward = f" toward {pluralise(len(targets), 'target')}" if len(targets) > 1 else ""
    return f"{pluralise(labels['n'], 'label')}{under}{toward}"


def describe_interval(score: JsonObject) -> str:
    """Say between what a figure lies, or that this cannot be said."""
    if score.get("value") is None:
        return "No figure can be given."
    if not has_interval(score):
        return "No interval can be given, so nobody can say how far it may be from the true value."
    low, high = format_number(score["low"]), format_number(score["high"])
    return f"The true value lies between {low} and {high}, with {CONFIDENCE_LEVEL} confidence."


def describe_limitations(metrics: JsonObject) -> list[str]:
    """Say what so few labels cannot tell."""
    labels = metrics["labels"]
    n, articles = labels["n"], labels.get("articles") or 0
    said = []
    if n < MIN_LABELS:
        said.append(
            f"{pluralise(n, 'label')} {'is' if n == 1 else 'are'} very few. These figures show that the program runs; "
            "they do not show how well it measures other comments."
        )
    if 0 < articles < MIN_ARTICLES:
        said.append(f"With {pluralise(articles, 'article')}, nothing is known of comments under other articles.")
    counts = labels.get("by_stance") or {}
    scarce = [stance for stance in metrics["stances"] if counts and counts.get(stance, 0) < MIN_LABELS_PER_STANCE]
    if scarce:
        those = join_with_and([f"{stance} ({counts.get(stance, 0)})" for stance in scarce])
        said.append(f"Fewer than {MIN_LABELS_PER_STANCE} labels, too few to judge a stance by: {those}.")
    return said


def describe_comparisons(scheme: JsonObject, measure: str) -> list[str]:
    """Say by how much the model is ahead of each other system, or that it cannot be told."""
    return [_describe_comparison(each, measure) for each in scheme.get("differences") or ()]


def _describe_comparison(difference: JsonObject, measure: str) -> str:
    measure = measure if difference.get(measure) else "macro_f1"
    figure, name = difference.get(measure) or {}, MEASURES[measure][0]
    system = difference["system"]
    does = f", which {SYSTEM_DESCRIPTIONS[system]}" if system in SYSTEM_DESCRIPTIONS else ""
    if figure.get("value") is None:
        return f"Beside {system}{does}: no difference can be given."
    told = f"{format_score(figure, sign=True)} in {name}"
    if not has_interval(figure):
        return f"Beside {system}{does}: {told}; without an interval this may be chance."
    if figure["low"] > 0:
        return f"Better than {system}{does}: {told}."
    if figure["high"] < 0:
        return f"Worse than {system}{does}: {told}."
    return f"Whether it is better than {system}{does}, cannot be told: {told}."


def describe_scheme(scheme: JsonObject) -> str:
    """Say what a scheme tested, how, and what its figures speak for."""
    how = SCHEME_DESCRIPTIONS.get(scheme["scheme"], scheme["scheme"])
    runs = scheme.get("repeats") or 1
    repeated = f", {pluralise(runs, 'time')} over" if runs > 1 else ""
    speaks = f" The figures speak for {scheme['says']}." if scheme.get("says") else ""
    return f"{format_scheme_name(scheme)}, {pluralise(scheme['n'], 'text')}: {how}{repeated}.{speaks}"


def format_scheme_name(scheme: JsonObject) -> str:
    """Name a scheme, with its target and with whether it speaks of groups of stances."""
    groups = ", stances in groups" if scheme.get("groups") else ""
    toward = f", toward {scheme['target']}" if scheme.get("target") else ""
    return f"{scheme['scheme'].capitalize()}{groups}{toward}"


def list_stance_groups(metrics: JsonObject) -> list[str]:
    """List the groups of stances, each once."""
    return list(dict.fromkeys((metrics.get("groups_of_stances") or {}).values()))


def describe_human_agreement(metrics: JsonObject, measure: str) -> str:
    """Say what annotators reach against each other, or that this is not known."""
    measure = measure if any(pair.get(measure) for pair in metrics.get("annotators") or ()) else "macro_f1"
    told = [
        f"{format_score(pair[measure])} ({pair['first']} and {pair['second']}, {pluralise(pair['n'], 'comment')})"
        for pair in metrics.get("annotators") or ()
        if pair.get(measure)
    ]
    if not told:
        return "No two annotators labelled the same comments, so nobody knows how well people would do."
    return f"Annotators scored against each other reach a {MEASURES[measure][0]} of {join_with_and(told)}."


def list_confusion_stances(scheme: JsonObject, stances: Sequence[str]) -> list[str]:
    """List what was answered or could have been: the stances first, then what else there is, such as cannot-tell."""
    confusion = get_model_system(scheme).get("confusion") or {}
    given = {column for row in confusion.values() for column, value in row.items() if value}
    known = [stance for stance in stances if stance in confusion or any(stance in row for row in confusion.values())]
    return [*known, *sorted(given - set(known))]
