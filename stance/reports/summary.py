"""Describe the scores in metrics.json in plain sentences: what was measured, and what the scores do not show."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from stance.errors import StanceError
from stance.reports.text_format import (
    CONFIDENCE_LEVEL,
    format_number,
    format_score,
    has_interval,
    join_with_and,
)
from stance.wording import pluralise

if TYPE_CHECKING:
    from collections.abc import Sequence

    from stance.reports.text_format import JsonObject

SUPPORTED_SCHEMA = 3
"""The schema version of metrics.json that the reports can read."""

MAIN_SCHEME = "stratified k-fold"
ARTICLE_SCHEMES = ("leave one article out", "grouped 10-fold")
"""The schemes that hold out whole articles, so that their intervals are for comments under further articles."""

MIN_LABELS = 100
MIN_ARTICLES = 5
MIN_LABELS_PER_STANCE = 10

MEASURES = {
    "accuracy": ("accuracy", "the share of comments whose stance is predicted correctly"),
    "macro_f1": (
        "macro F1",
        "how well each stance is recognised, averaged with equal weight for rare and common stances; 1 is perfect",
    ),
    "f_avg": (
        "F_avg",
        "how well comments in favour and comments against are recognised (the mean of their F1 scores); 1 is perfect",
    ),
}
"""The name of each measure and its meaning, as a part of a sentence."""

SYSTEM_DESCRIPTIONS = {
    "majority": "always predicts the stance that is most common in its training labels",
    "stratified guess": "guesses each stance as often as it occurs in its training labels",
    "keywords": "predicts the stance whose keywords in the codebook occur most often",
    "examples": "is trained on the codebook's examples only",
    "labels": "is trained on the labelled comments only",
    "labels+examples": "is trained on the labelled comments and the codebook's examples",
}
"""What each system does."""

SCHEME_DESCRIPTIONS = {
    MAIN_SCHEME: "each comment is predicted by models that were trained without it",
    "leave one article out": "each comment is predicted by a model that was trained without its article",
    "grouped 10-fold": "each comment is predicted by a model that was trained without its group, such as its article",
    "closed test set": "comments that were set aside, predicted by this very model, which was trained without them",
    "contrast set": "texts of the codebook, never used for training, whose topic does not reveal their stance; they "
    "are not comments, and intervals are for further texts of their kind",
}
"""How each scheme tests."""


@dataclass(frozen=True)
class Headline:
    """The main score of a model.

    Attributes
    ----------
    measure
        The key of the measure, such as `macro_f1`.
    scheme
        The scheme under which it was measured.
    score
        The score with its interval.
    """

    measure: str
    scheme: JsonObject
    score: JsonObject

    @property
    def name(self) -> str:
        """The name of the measure."""
        return MEASURES[self.measure][0]

    @property
    def explanation(self) -> str:
        """The meaning of the measure, as a part of a sentence."""
        return MEASURES[self.measure][1]


def check_schema(metrics: JsonObject) -> None:
    """Refuse metrics that these reports cannot read.

    Raises
    ------
    StanceError
        The schema version is another one, or a required key is missing.
    """
    remedy = "train the model again with this version of stance"
    if metrics.get("schema") != SUPPORTED_SCHEMA:
        raise StanceError(f"the metrics have schema {metrics.get('schema')}, not {SUPPORTED_SCHEMA}", remedy)
    missing = [key for key in ("stances", "labels", "schemes") if not metrics.get(key)]
    if missing:
        raise StanceError(f"the metrics have no {join_with_and(missing)}", remedy)


def find_main_scheme(metrics: JsonObject, target: str | None = None) -> JsonObject:
    """Return the scores by repeated k-fold over all targets, or for one target, else those of the first scheme."""
    schemes = select_schemes(metrics, target)
    return next((scheme for scheme in schemes if scheme["scheme"] == MAIN_SCHEME), schemes[0])


def find_headline(metrics: JsonObject, target: str | None = None) -> Headline | None:
    """Return the main score over all targets, or for one target; None if there is none."""
    if not select_schemes(metrics, target):
        return None
    scheme = find_main_scheme(metrics, target)
    measure = metrics.get("headline") or "macro_f1"
    score = get_model_system(scheme).get(measure)
    if score is None:
        measure, score = "macro_f1", get_model_system(scheme).get("macro_f1") or {}
    return Headline(measure, scheme, score)


def select_schemes(metrics: JsonObject, target: str | None = None, *, groups: bool = False) -> list[JsonObject]:
    """Return the schemes over all targets, or for one target; those by groups of stances if `groups` is true."""
    return [
        scheme
        for scheme in metrics["schemes"]
        if scheme.get("target") == target and bool(scheme.get("groups")) == groups
    ]


def get_model_system(scheme: JsonObject) -> JsonObject:
    """Return the scores of the model, which is the last system of a scheme."""
    system: JsonObject = scheme["systems"][-1]
    return system


def describe_label_counts(metrics: JsonObject) -> str:
    """Return the number of labels, articles and targets."""
    labels = metrics["labels"]
    n_articles, targets = labels.get("articles") or 0, metrics.get("targets") or ()
    under_articles = f" under {pluralise(n_articles, 'article')}" if n_articles else ""
    for_targets = f" for {pluralise(len(targets), 'target')}" if len(targets) > 1 else ""
    return f"{pluralise(labels['n'], 'label')}{under_articles}{for_targets}"


def describe_interval(score: JsonObject) -> str:
    """Return a sentence with the interval of a score, or that there is none."""
    if score.get("value") is None:
        return "No score is available."
    if not has_interval(score):
        return "No interval is available, so it is unknown how far the score may be from the true value."
    low, high = format_number(score["low"]), format_number(score["high"])
    return f"The true value lies between {low} and {high}, with {CONFIDENCE_LEVEL} confidence."


def describe_limitations(metrics: JsonObject) -> list[str]:
    """Return warnings about what cannot be concluded from the number of labels."""
    labels = metrics["labels"]
    n_labels, n_articles = labels["n"], labels.get("articles") or 0
    warnings = []
    if n_labels < MIN_LABELS:
        warnings.append(
            f"{pluralise(n_labels, 'label')} {'is' if n_labels == 1 else 'are'} very few. These scores show that the "
            "program runs; they do not show how well it works on other comments."
        )
    if 0 < n_articles < MIN_ARTICLES:
        warnings.append(
            f"With {pluralise(n_articles, 'article')}, nothing is known about comments under other articles."
        )
    counts = labels.get("by_stance") or {}
    rare = [stance for stance in metrics["stances"] if counts and counts.get(stance, 0) < MIN_LABELS_PER_STANCE]
    if rare:
        stances = join_with_and([f"{stance} ({counts.get(stance, 0)})" for stance in rare])
        warnings.append(f"Fewer than {MIN_LABELS_PER_STANCE} labels, too few to evaluate the stance: {stances}.")
    return warnings


def describe_comparisons(scheme: JsonObject, measure: str, *, is_skill_shown: bool) -> list[str]:
    """Return one sentence per other system that says whether the model is better, and by how much.

    Macro F1 is higher than that of the majority even by chance, so without skill the model is not called better.
    """
    differences = scheme.get("differences") or ()
    return [_describe_comparison(difference, measure, is_skill_shown=is_skill_shown) for difference in differences]


def _describe_comparison(difference: JsonObject, measure: str, *, is_skill_shown: bool) -> str:
    measure = measure if difference.get(measure) else "macro_f1"
    score, measure_name = difference.get(measure) or {}, MEASURES[measure][0]
    system = describe_system(difference["system"])
    if score.get("value") is None:
        return f"Compared with {system}: no difference is available."
    value = f"{format_score(score, sign=True)} in {measure_name}"
    if not has_interval(score):
        return f"Compared with {system}: {value}; without an interval this may be due to chance."
    if score["low"] > 0 and is_skill_shown:
        return f"Better than {system}: {value}."
    if score["low"] > 0:
        return f"Ahead of {system}: {value}, but a model that guesses may be, too."
    if score["high"] < 0:
        return f"Worse than {system}: {value}."
    return f"Not clearly better or worse than {system}: {value}."


def describe_system(name: str) -> str:
    """Return the name of a system, with what it does if it is a known one."""
    return f"{name}, which {SYSTEM_DESCRIPTIONS[name]}" if name in SYSTEM_DESCRIPTIONS else name


def describe_scheme(scheme: JsonObject) -> str:
    """Return a sentence that says what a scheme tested, how, and which of its scores have no interval."""
    description = SCHEME_DESCRIPTIONS.get(scheme["scheme"], scheme["scheme"])
    n_repeats = scheme.get("repeats") or 1
    repeated = f", repeated {pluralise(n_repeats, 'time')}" if n_repeats > 1 else ""
    name, n_texts = format_scheme_name(scheme), pluralise(scheme["n"], "text")
    intervals = _describe_missing_intervals(scheme) + _describe_intervals_over_articles(scheme)
    return f"{name}, {n_texts}: {description}{repeated}{intervals}."


def _describe_missing_intervals(scheme: JsonObject) -> str:
    """Return the end of a sentence that names the scores without an interval; empty if all have one."""
    model = get_model_system(scheme)
    scores = {
        name: model[key] for key, (name, _) in MEASURES.items() if (model.get(key) or {}).get("value") is not None
    }
    missing = [name for name, score in scores.items() if not has_interval(score)]
    if not missing:
        return ""
    if len(missing) == len(scores):
        return "; there are no intervals"
    return f"; there {'is no interval' if len(missing) == 1 else 'are no intervals'} of {join_with_and(missing)}"


def _describe_intervals_over_articles(scheme: JsonObject) -> str:
    """Return the end of a sentence that says what the intervals are for, if articles are held out and there are any."""
    if scheme["scheme"] not in ARTICLE_SCHEMES or not has_interval(get_model_system(scheme).get("accuracy")):
        return ""
    which = "that of accuracy is" if _describe_missing_intervals(scheme) else "intervals are"
    return f"; {which} for comments under further articles like these"


def format_scheme_name(scheme: JsonObject) -> str:
    """Return the name of a scheme, with its target and whether it is about groups of stances."""
    groups = ", groups of stances" if scheme.get("groups") else ""
    target = f", target {scheme['target']}" if scheme.get("target") else ""
    return f"{scheme['scheme'].capitalize()}{groups}{target}"


def list_stance_groups(metrics: JsonObject) -> list[str]:
    """Return the names of the groups of stances."""
    return list(dict.fromkeys((metrics.get("groups_of_stances") or {}).values()))


def describe_human_agreement(metrics: JsonObject, measure: str) -> str:
    """Return a sentence with the scores of annotators against each other; empty if these are unknown."""
    pairs = metrics.get("annotators") or ()
    measure = measure if any(pair.get(measure) for pair in pairs) else "macro_f1"
    scores = [
        f"{format_score(pair[measure])} ({pair['first']} and {pair['second']}, {pluralise(pair['n'], 'comment')})"
        for pair in pairs
        if pair.get(measure)
    ]
    if not scores:
        return ""
    return f"Annotators scored against each other reach a {MEASURES[measure][0]} of {join_with_and(scores)}."


def list_next_steps(metrics: JsonObject) -> list[str]:
    """Return the notes that say what to label next.

    Metrics of earlier versions do not tell these from other notes; what the learning curve says is shown beside it.
    """
    notes = metrics.get("notes") if metrics.get("next_steps") is None else metrics["next_steps"]
    curve = (metrics.get("learning_curve") or {}).get("sentence")
    return [note for note in notes or () if note != curve]


def list_confusion_stances(scheme: JsonObject, stances: Sequence[str]) -> list[str]:
    """Return the true and predicted stances: those of the codebook first, then others, such as cannot-tell."""
    confusion = get_model_system(scheme).get("confusion") or {}
    predicted = {column for row in confusion.values() for column, count in row.items() if count}
    in_codebook = [
        stance for stance in stances if stance in confusion or any(stance in row for row in confusion.values())
    ]
    return [*in_codebook, *sorted(predicted - set(in_codebook))]
