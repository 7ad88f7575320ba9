"""The sections of a methods text on the model and on its evaluation."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stance.reports.figures import Figure
from stance.reports.methods.document import NOT_RECORDED, ItemList, Section, compose, join_sentences
from stance.reports.summary import MEASURES, SYSTEM_DESCRIPTIONS, find_headline, format_scheme_name, get_model_system
from stance.reports.text_format import (
    CONFIDENCE_LEVEL,
    format_count,
    format_number,
    format_score,
    has_interval,
    join_with_and,
)
from stance.wording import pluralise

if TYPE_CHECKING:
    from stance.reports.methods.document import Paragraph
    from stance.reports.text_format import JsonObject

_SCHEMES = {
    "stratified k-fold": "{folds}-fold cross-validation, stratified by stance{repeats}; each of {n} was predicted by "
    "models that were trained without it.",
    "leave one article out": "The comments of one article at a time were predicted by a model that was trained without "
    "them ({n}, {folds} articles).",
    "grouped 10-fold": "The articles were divided into {folds} parts; the comments of each part were predicted by a "
    "model that was trained without them ({n}).",
    "closed test set": "{n}, which were set aside before, were predicted by the final model, which was trained without "
    "them and without near-duplicates of them.",
    "contrast set": "{n} of the codebook, which were never used for training and whose topic does not reveal their "
    "stance, were predicted by the final model. They are not comments.",
}


def build_model_section(metrics: JsonObject) -> Section:
    """Return the section on features, classifier, hyperparameters, calibration and decision rule."""
    settings, choices = metrics.get("settings") or {}, metrics.get("choices") or {}
    blocks: list[Paragraph | Figure] = [join_sentences(*_describe_features(metrics, settings))]
    if choices.get("made"):
        blocks.append(
            compose(
                "Hyperparameters were chosen within each training fold, and once more on all labels for the final "
                "model, by cross-validated log loss and the one-standard-error rule [@breiman1984]; the tested "
                "comments had no part in it."
            )
        )
        blocks.append(_tabulate_choices(choices))
    else:
        reason = f" ({choices['reason']})" if choices.get("reason") else ""
        blocks.append(
            compose("All hyperparameters have fixed default values; none was searched{reason}.", reason=reason)
        )
    blocks.append(join_sentences(*_describe_probabilities(metrics)))
    return Section("Model", tuple(blocks))


def build_evaluation_section(metrics: JsonObject) -> Section:
    """Return the section on the schemes of the evaluation, the baselines, and the intervals."""
    schemes = [scheme for scheme in metrics["schemes"] if not scheme.get("groups") and not scheme.get("target")]
    blocks: list[Paragraph | ItemList] = []
    items = ItemList(tuple((format_scheme_name(scheme), _describe_scheme(scheme)) for scheme in schemes))
    provenance = metrics.get("provenance") or {}
    group = "group_column" in provenance and provenance["group_column"]
    together = compose(
        "Near-duplicates (comments that share four of five words), and all labels of a comment{group}, were kept in "
        "one fold.",
        group=f", and all comments with the same value in the column “{group}”" if group else "",
    )
    baselines = [system["system"] for system in schemes[0]["systems"][:-1]] if schemes else []
    described = "; ".join(f"{name}, which {SYSTEM_DESCRIPTIONS.get(name, NOT_RECORDED)}" for name in baselines)
    compared = compose("The model was compared with baselines on the same folds: {baselines}.", baselines=described)
    if closed_test := metrics.get("closed_test"):
        blocks.append(_describe_closed_test(closed_test))
    blocks += [items, together, *([compared] if baselines else []), join_sentences(*_describe_intervals(metrics))]
    return Section("Evaluation", tuple(blocks))


def _describe_features(metrics: JsonObject, settings: JsonObject) -> list[Paragraph]:
    if not settings:
        return [compose(f"The settings of the model are {NOT_RECORDED}.")]
    features = settings["features"]
    classifier = "a multinomial logistic regression with an L2 penalty [@hastie2009], with C = {c}"
    if settings.get("classifier"):
        classifier = "the classifier “{classifier}”, with C = {c}"
    sentences = [
        compose(
            "Each comment is represented by TF-IDF values [@manning2008] of word n-grams of length {words} and of "
            "character n-grams of length {characters} inside words, with sublinear term frequencies (1 + log tf), "
            "smoothed inverse document frequencies, and Euclidean normalisation of the words and of the characters of "
            "a comment. {rare}Word n-grams weigh {weight} character n-grams.",
            words=_format_range(features["word_ngrams"]),
            characters=_format_range(features["char_ngrams"]),
            rare=f"N-grams that occur in fewer than {features['min_df']} training texts are left out. "
            if features["min_df"] > 1
            else "",
            weight="as much as" if settings["word_weight"] == 1 else f"{settings['word_weight']:g} times as much as",
        ),
        compose(
            "The classifier is " + classifier + "; {balance}.",
            c=f"{settings['c']:g}",
            classifier=str(settings.get("classifier")),
            balance=f"a label of a stance with n labels is weighted by (1 / n) to the power of {settings['balance']:g}"
            if settings["balance"]
            else "rare and common stances are not weighted differently",
        ),
    ]
    if n_examples := metrics["labels"].get("examples"):
        sentences.append(
            compose(
                "It was also trained on {n} of the codebook; those of one stance weigh as much as {mass} together, and "
                "{prior} per stance are added to the prior.",
                n=pluralise(n_examples, "example text"),
                mass=pluralise(settings["example_mass"], "labelled comment"),
                prior=pluralise(settings["prior_count"], "imaginary label"),
            )
        )
    sentences.append(
        compose("The intercepts are shifted to the shares of the stances among the labels [@saerens2002].")
    )
    if len(metrics.get("targets") or ()) > 1:
        sentences.append(
            compose(
                "Each target has a classifier of its own, whose coefficients are mixed with those of a classifier of "
                "all targets (weight {shared}).",
                shared=f"{settings['shared']:g}",
            )
        )
    return sentences


def _describe_probabilities(metrics: JsonObject) -> list[Paragraph]:
    sentences = []
    calibration, decision = metrics.get("calibration") or {}, metrics.get("decision") or {}
    if calibration.get("calibrated"):
        temperatures = [format_number(target["temperature"]) for target in calibration.get("targets") or ()]
        temperatures = temperatures or [NOT_RECORDED]
        sentences.append(
            compose(
                "Probabilities are calibrated by a temperature [@guo2017] ({temperatures} in the final model) and, "
                "with 100 labels or more, a bias per stance [@alexandari2020], fitted to predictions of comments that "
                "the model was not trained on. Log loss is {loss_before} before and {loss_after} after calibration, "
                "the Brier score [@brier1950] {brier_before} and {brier_after}; smaller is better.",
                temperatures=join_with_and(temperatures),
                **{
                    f"{name}_{when}": format_number((calibration.get(key) or {}).get(when))
                    for name, key in (("loss", "log_loss"), ("brier", "brier"))
                    for when in ("before", "after")
                },
            )
        )
    else:
        sentences.append(compose("Probabilities are not calibrated."))
    rule = decision.get("rule") or NOT_RECORDED
    sentences.append(compose("Decision rule: the model predicts {rule}.", rule=rule))
    if any(factor != 1 for target in decision.get("multipliers") or () for factor in target["stances"].values()):
        sentences.append(
            compose(
                "Each stance has a multiplier, fitted to predictions of comments that the model was not trained on; "
                "the stance with the highest product of probability and multiplier is predicted."
            )
        )
    if decision.get("compared"):
        sentences.append(_describe_rule_comparison(decision["compared"]))
    sentences.append(
        compose("A comment without any known term is predicted as “cannot-tell”, which counts as a wrong prediction.")
    )
    return sentences


def _describe_closed_test(closed_test: JsonObject) -> Paragraph:
    return compose(
        "A closed test set of {n} was neither trained on nor used to choose settings. Not trained on either: "
        "{left_out} of comments that nearly repeat one in it; {unlabelled} in it without a label. It was opened "
        "{openings}.",
        n=pluralise(closed_test["n"], "label"),
        left_out=pluralise(closed_test["left_out"], "label"),
        unlabelled=pluralise(closed_test["unlabelled"], "comment"),
        openings=pluralise(closed_test["openings"], "time"),
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


def _tabulate_choices(choices: JsonObject) -> Figure:
    rows = tuple(
        (entry["setting"], entry["chosen"], entry["default"], "; ".join(entry.get("candidates") or ()))
        for entry in choices.get("final") or ()
    )
    return Figure("Hyperparameters of the final model", columns=("setting", "chosen", "default", "tried"), rows=rows)


def _describe_scheme(scheme: JsonObject) -> Paragraph:
    n_repeats = scheme.get("repeats") or 1
    noun = "text" if scheme["scheme"] == "contrast set" else "label"
    template = _SCHEMES.get(scheme["scheme"], "{folds} folds, {n}.")
    return compose(
        template,
        folds=format_count(scheme["folds"]),
        n=pluralise(scheme["n"], noun),
        repeats=f", repeated {pluralise(n_repeats, 'time')}" if n_repeats > 1 else "",
    )


def _describe_intervals(metrics: JsonObject) -> list[Paragraph]:
    sentences = [
        compose(
            "Accuracy is the share of labels that are predicted correctly; recall, precision and F1 are those of one "
            "stance; macro F1 is the mean F1 of the stances that have a label."
        )
    ]
    schemes = metrics["schemes"]
    if any(system.get("f_avg") for scheme in schemes for system in scheme["systems"]):
        sentences.append(
            compose("F_avg is the mean F1 of the stances for and of those against the target [@mohammad2016].")
        )
    headline = find_headline(metrics)
    if headline and headline.scheme.get("says"):
        sentences.append(
            compose(
                "Numbers in brackets are {level} intervals of the score that models trained in this way on as many "
                "labels are expected to reach on {population}; they do not apply to other comments.",
                level=CONFIDENCE_LEVEL,
                population=headline.scheme["says"],
            )
        )
    sentences.append(
        compose(
            "The intervals of accuracy are Wilson's [@wilson1927], those of recall too, with Student's t, or exact for "
            "fewer than ten labels [@clopper1934;korn1998], those of macro F1 by the delta method, and those of "
            "differences in accuracy by Agresti and Min [@agresti2005]. Their variance is multiplied by 1 + k / (k "
            "\N{MINUS SIGN} 1) for k folds, since the models of the folds share training labels [@nadeau2003]."
        )
    )
    if any(has_interval(get_model_system(scheme).get("accuracy")) for scheme in schemes if _is_by_article(scheme)):
        sentences.append(
            compose(
                "Where whole articles were held out, the interval of accuracy is that of a ratio over articles, with "
                "Student's t [@cochran1977]."
            )
        )
    return sentences


def _is_by_article(scheme: JsonObject) -> bool:
    return bool(get_model_system(scheme).get("articles"))


def _format_range(bounds: tuple[int, int]) -> str:
    low, high = bounds
    return str(low) if low == high else f"{low}-{high}"
