"""Say in plain words what a model is worth: is it better than guessing, how do people do, its uses, what is next."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from stance.reports import summary
from stance.reports.text_format import format_percent, format_score, has_interval, join_with_and
from stance.wording import pluralise

if TYPE_CHECKING:
    from stance.reports.text_format import JsonObject

_LITTLE_SKILL = 0.2
"""Below this, agreement beyond chance is slight (Landis and Koch 1977, Biometrics 33, 159-174)."""

_MIN_DOUBLE_LABELS = 50


@dataclass(frozen=True)
class Verdict:
    """What a model is worth.

    Attributes
    ----------
    is_skill_shown
        Whether the labels show that the model is better than always predicting the most common stance.
    has_people
        Whether it is known how well people do.
    skill, people, use, next_step
        Sentences on that, on how far the model is from people, on what it may be used for, and on what to do next.
    """

    is_skill_shown: bool
    has_people: bool
    skill: str
    people: str
    use: str
    next_step: str

    @property
    def paragraphs(self) -> dict[str, str]:
        """The sentences by what they are about."""
        return {
            "Better than guessing?": self.skill,
            "And people?": self.people,
            "What for?": self.use,
            "What next?": self.next_step,
        }


def compose_verdict(metrics: JsonObject) -> Verdict:
    """Return the verdict on a model.

    Parameters
    ----------
    metrics
        The content of `metrics.json`.

    Raises
    ------
    StanceError
        The metrics have no scores by cross-validation.
    """
    model = summary.get_model_system(summary.find_main_scheme(metrics))
    is_skill_shown = is_shown(model.get("skill"))
    return Verdict(
        is_skill_shown,
        bool(metrics.get("annotators")),
        _describe_skill(model, is_skill_shown=is_skill_shown),
        _compare_with_people(metrics, model),
        _describe_use(metrics, model) if is_skill_shown else _describe_no_use(metrics),
        _describe_next_step(metrics),
    )


def is_shown(skill: JsonObject | None) -> bool:
    """Return whether a skill is above 0, and not by chance."""
    return skill is not None and has_interval(skill) and skill["low"] > 0


def _describe_skill(model: JsonObject, *, is_skill_shown: bool) -> str:
    scale = f"{format_score(model.get('skill'))} on a scale from 0 (chance) to 1 (perfect)"
    if not is_skill_shown:
        return (
            "These labels do not show that the model is better than always predicting the most common stance. Its "
            f"agreement with them is {scale}, which may be chance (Cohen's kappa)."
        )
    by_how_much = ", but only slightly" if model["skill"]["value"] < _LITTLE_SKILL else ""
    return (
        f"The model is better than always predicting the most common stance{by_how_much}. Its agreement with the "
        f"labels is {scale} (Cohen's kappa)."
    )


def _compare_with_people(metrics: JsonObject, model: JsonObject) -> str:
    pairs = metrics.get("annotators") or ()
    if not pairs:
        return (
            "Nobody labelled the same comments as somebody else, so it is unknown how well people would do. Let a "
            f"second person label {_MIN_DOUBLE_LABELS} or more of them."
        )
    pair = max(pairs, key=lambda pair: pair["n"])
    people, accuracy = pair.get("accuracy") or {}, model.get("accuracy") or {}
    compared = (
        f"{pair['first']} and {pair['second']} gave the same label to {_format_share(people)} of "
        f"{pluralise(pair['n'], 'comment')}; the model predicts {_format_share(accuracy)} of the labels"
    )
    if has_interval(people) and has_interval(accuracy) and accuracy["high"] < people["low"]:
        points = round(100 * people["value"]) - round(100 * accuracy["value"])
        return f"{compared}. It is behind people by about {points} percentage points."
    return f"{compared}. Whether it is behind people is not certain from so few comments."


def _describe_use(metrics: JsonObject, model: JsonObject) -> str:
    wrong = _format_share(_complement(model.get("accuracy") or {}))
    return (
        "Use it to find comments to read, and those to label next. Do not rely on its prediction for a single comment: "
        f"{wrong} are wrong{_describe_elsewhere(metrics)}. Do not report counts of its predictions as the shares of "
        "stances."
    )


def _describe_elsewhere(metrics: JsonObject) -> str:
    for scheme in summary.select_schemes(metrics):
        accuracy = summary.get_model_system(scheme).get("accuracy")
        if accuracy and scheme["scheme"] in summary.ARTICLE_SCHEMES and has_interval(accuracy):
            return f", and {_format_share(_complement(accuracy))} under articles that it was not trained on"
    return ""


def _describe_no_use(metrics: JsonObject) -> str:
    methods = [entry.get("method") for entry in (metrics.get("corpus") or {}).get("sampling") or ()]
    drawn = "since" if set(methods) == {"random"} else "if"
    return (
        "Do not use its predictions. The shares of stances among the labels themselves can be reported, "
        f"{drawn} their comments were drawn at random."
    )


def _describe_next_step(metrics: JsonObject) -> str:
    curve = metrics.get("learning_curve") or {}
    if curve.get("points"):
        return str(curve["sentence"])
    because = f" ({curve['missing']})" if curve.get("missing") else ""
    counts = metrics["labels"].get("by_stance") or {}
    rare = [stance for stance, count in counts.items() if count < summary.MIN_LABELS_PER_STANCE]
    first = f", first of {join_with_and(rare)}" if 0 < len(rare) < len(counts) else ""
    return (
        f"Label more comments{first}. How much that improves the model cannot be said yet, since there is no learning "
        f"curve{because}."
    )


def _format_share(score: JsonObject) -> str:
    """Return a share in percent with its interval."""
    if not has_interval(score):
        return format_percent(score.get("value"))
    return f"{format_percent(score['value'])} [{format_percent(score['low'])}, {format_percent(score['high'])}]"


def _complement(share: JsonObject) -> JsonObject:
    if not has_interval(share):
        return {"value": None if share.get("value") is None else 1 - share["value"]}
    return {"value": 1 - share["value"], "low": 1 - share["high"], "high": 1 - share["low"]}
