"""The section of a methods text on the model: features, classifier, hyperparameters, calibration, decision rule."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stance.models.decision_rule import RULE_HIGHEST_EXPECTED_SCORE, RULE_MATCHED_FREQUENCIES
from stance.reports.methods.document import NOT_RECORDED, Section, compose, join_sentences
from stance.reports.summary import MEASURES
from stance.reports.text_format import format_number, format_score, join_with_and
from stance.wording import pluralise

if TYPE_CHECKING:
    from stance.reports.methods.document import Paragraph
    from stance.reports.text_format import JsonObject

_PURPOSES = {
    RULE_MATCHED_FREQUENCIES: ", so that each stance is predicted as often as it is expected to occur",
    RULE_HIGHEST_EXPECTED_SCORE: ", so that the expected {measure} is highest",
}


def build_model_section(metrics: JsonObject) -> Section:
    """Return the section on features, classifier, hyperparameters, calibration and decision rule."""
    settings = metrics.get("settings") or {}
    blocks = [join_sentences(*_describe_features(metrics, settings))]
    blocks.append(join_sentences(*_describe_probabilities(metrics)))
    return Section("Model", tuple(blocks))


def _describe_features(metrics: JsonObject, settings: JsonObject) -> list[Paragraph]:
    if not settings:
        return [compose(f"The settings of the model are {NOT_RECORDED}.")]
    features = settings["features"]
    classifier = "a multinomial logistic regression with an L2 penalty [@hastie2009]"
    if settings.get("classifier"):
        classifier = "the classifier “{classifier}”"
    sentences = [
        compose(
            "Each comment is represented by TF-IDF values [@manning2008] of word n-grams of length {words} and of "
            "character n-grams of length {characters} inside words, with sublinear term frequencies (1 + log tf), "
            "smoothed inverse document frequencies, and each of the two parts, words and characters, normalised to "
            "length 1.{rare}",
            words=_format_range(features["word_ngrams"]),
            characters=_format_range(features["char_ngrams"]),
            rare=f" N-grams that occur in fewer than {features['min_df']} training texts are left out."
            if features["min_df"] > 1
            else "",
        ),
        compose(
            f"The classifier is {classifier}, with C = {{c}} (inverse strength of the penalty, as in scikit-learn). "
            "All hyperparameters were fixed in advance; none was chosen by these labels.",
            c=f"{settings['c']:g}",
            classifier=str(settings.get("classifier")),
        ),
    ]
    sentences += [
        _describe_examples(metrics, settings),
        *_describe_prior(metrics),
    ]
    if len(metrics.get("targets") or ()) > 1:
        sentences.append(
            compose(
                "All targets are fitted together: the coefficients of a target are a part that all targets share plus "
                "a part of its own, with prior variances of {shared} and {own} [@evgeniou2004].",
                shared=f"{settings['shared']:g}",
                own=f"{1 - settings['shared']:g}",
            )
        )
    return sentences


def _describe_examples(metrics: JsonObject, settings: JsonObject) -> Paragraph:
    n_examples, examples = metrics["labels"].get("examples") or 0, metrics.get("examples") or {}
    if not n_examples:
        return compose("It was trained on labelled comments alone.")
    return compose(
        "A classifier of {n} of the codebook, which are not collected comments (C = {c}, the examples of each stance "
        "weighing as much as {mass}), provides the prior mean of the coefficients, times {weight}: the factor, from 0 "
        "to 1, with which it predicts the labels best, shrunk towards 1; {low} to {high} in the training folds. "
        "For each stance, {count} without any term are added to the labels. Who wrote the examples is {unknown}.",
        n=pluralise(n_examples, "example text"),
        c=f"{settings['example_c']:g}",
        mass=pluralise(settings["example_mass"], "labelled comment"),
        weight=format_number(examples.get("weight")),
        low=format_number(examples.get("low")),
        high=format_number(examples.get("high")),
        count=pluralise(settings["prior_count"], "text"),
        unknown=NOT_RECORDED,
    )


def _describe_prior(metrics: JsonObject) -> list[Paragraph]:
    if not metrics["labels"].get("weighted"):
        return []
    return [
        compose(
            "The intercepts are shifted so that the prior probabilities of the stances are their shares among the "
            "labels, weighted by inverse inclusion probability [@saerens2002]."
        )
    ]


def _describe_probabilities(metrics: JsonObject) -> list[Paragraph]:
    sentences = []
    calibration, decision = metrics.get("calibration") or {}, metrics.get("decision") or {}
    if calibration.get("calibrated"):
        sentences += _describe_calibration(calibration)
    else:
        sentences.append(compose("Probabilities are not calibrated."))
    sentences.append(_describe_decision_rule(decision, metrics.get("headline") or "macro_f1"))
    if decision.get("compared"):
        sentences.append(_describe_rule_comparison(decision["compared"]))
    sentences.append(
        compose("A comment without any known term is predicted as “cannot-tell”, which counts as a wrong prediction.")
    )
    if limit := metrics.get("min_known"):
        sentences.append(
            compose(
                "So is a comment with a share of known words below {limit}, the value that 97{percent} of the labelled "
                "comments exceed in cross-validation (at most 0.9); the limit of each fold comes from the other folds.",
                limit=format_number(limit),
                percent="\N{NO-BREAK SPACE}%",
            )
        )
    return sentences


def _describe_calibration(calibration: JsonObject) -> list[Paragraph]:
    targets = calibration.get("targets") or ()
    temperatures = [format_number(target["temperature"]) for target in targets] or [NOT_RECORDED]
    has_bias = any(bias for target in targets for bias in (target.get("bias") or {}).values())
    return [
        compose(
            "Probabilities are calibrated by a temperature [@guo2017] ({temperatures} in the final model)"
            + (" and a bias per stance [@alexandari2020]" if has_bias else "")
            + ", fitted to predictions of comments that the model was not trained on.",
            temperatures=join_with_and(temperatures),
        ),
        compose(
            "Under cross-validation, log loss is {loss_before} before and {loss_after} after calibration, the Brier "
            "score [@brier1950] {brier_before} and {brier_after}; smaller is better.",
            **{
                f"{name}_{when}": format_number((calibration.get(key) or {}).get(when))
                for name, key in (("loss", "log_loss"), ("brier", "brier"))
                for when in ("before", "after")
            },
        ),
    ]


def _describe_decision_rule(decision: JsonObject, measure: str) -> Paragraph:
    rule = decision.get("rule")
    if not any(factor != 1 for target in decision.get("multipliers") or () for factor in target["stances"].values()):
        return compose("Decision rule: the model predicts {rule}.", rule=rule or NOT_RECORDED)
    return compose(
        "The model predicts the stance with the highest product of its probability and a multiplier. There is one "
        "multiplier per stance, fitted to predictions of comments that the model was not trained on{purpose}.",
        purpose=_PURPOSES.get(rule or "", f" ({rule})").format(measure=MEASURES[measure][0]),
    )


def _describe_rule_comparison(compared: JsonObject) -> Paragraph:
    """Compare the scores of the decision rule to those of predicting the most probable stance."""
    scores = [
        f"{name} {format_score(compared['rule'][key])} instead of {format_score(compared['most_probable'][key])}"
        for key, (name, _) in MEASURES.items()
        if compared["rule"].get(key)
    ]
    return compose(
        "On the tested labels, rules with multipliers give {scores} with the most probable stance.",
        scores=join_with_and(scores),
    )


def _format_range(bounds: tuple[int, int]) -> str:
    low, high = bounds
    return str(low) if low == high else f"{low}-{high}"
