"""The section of a methods text on the evaluation: schemes, baselines, measures, and what the intervals are for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stance.evaluation.closed_test import REOPENED
from stance.metrics.score_intervals import NEW_GROUPS_FACTOR, TRAINING_FACTOR
from stance.reports.methods.document import NOT_RECORDED, ItemList, Section, compose, join_sentences
from stance.reports.summary import ARTICLE_SCHEMES, SYSTEM_DESCRIPTIONS, format_scheme_name, get_model_system
from stance.reports.text_format import CONFIDENCE_LEVEL, format_count, has_interval, join_with_and
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

# What the intervals of a scheme are for.
_ESTIMANDS = {
    "stratified k-fold": "Intervals are for the scores of the final model on {population}, and on no others.",
    "closed test set": "Intervals are for the scores of this very model on {population}.",
    "contrast set": "Intervals are for the scores of this very model on further texts of this kind.",
}


def build_evaluation_section(metrics: JsonObject) -> Section:
    """Return the section on the schemes of the evaluation, the baselines, the measures, and the intervals."""
    schemes = [scheme for scheme in metrics["schemes"] if not scheme.get("groups") and not scheme.get("target")]
    blocks: list[Paragraph | ItemList] = []
    if closed_test := metrics.get("closed_test"):
        blocks.append(join_sentences(*_describe_closed_test(closed_test)))
    blocks += [
        ItemList(tuple((format_scheme_name(scheme), _describe_scheme(scheme)) for scheme in schemes)),
        join_sentences(_describe_fold_groups(metrics), *_describe_further_scores(metrics)),
    ]
    if baselines := [system["system"] for system in schemes[0]["systems"][:-1]] if schemes else []:
        described = "; ".join(f"{name}, which {SYSTEM_DESCRIPTIONS.get(name, NOT_RECORDED)}" for name in baselines)
        blocks.append(
            compose("The model was compared with baselines on the same folds: {baselines}.", baselines=described)
        )
    blocks += [join_sentences(*_describe_measures(metrics)), join_sentences(*_describe_intervals(metrics, schemes))]
    return Section("Evaluation", tuple(blocks))


def _describe_closed_test(closed_test: JsonObject) -> list[Paragraph]:
    n_left_out, n_unlabelled, n_openings = (closed_test[key] for key in ("left_out", "unlabelled", "openings"))
    sentences = [
        compose(
            "A closed test set of {n} was neither trained on nor used to choose settings.",
            n=pluralise(closed_test["n"], "label"),
        )
    ]
    if n_left_out:
        labels = f"{pluralise(n_left_out, 'label')} of comments that nearly repeat one in it"
        sentences.append(compose("Not trained on either: {labels}.", labels=labels))
    if n_unlabelled:
        sentences.append(compose("Its comments without a label: {n}.", n=format_count(n_unlabelled)))
    opened = {0: "has not been opened", 1: "was opened once"}
    sentences.append(compose("It {was}.", was=opened.get(n_openings, f"was opened {format_count(n_openings)} times")))
    if n_openings > 1:
        sentences.append(compose(REOPENED))
    return sentences


def _describe_scheme(scheme: JsonObject) -> Paragraph:
    name, n_repeats = scheme["scheme"], scheme.get("repeats") or 1
    how = compose(
        _SCHEMES.get(name, "{folds} folds, {n}."),
        folds=format_count(scheme["folds"]),
        n=pluralise(scheme["n"], "text" if name == "contrast set" else "label"),
        repeats=f", repeated {pluralise(n_repeats, 'time')}" if n_repeats > 1 else "",
    )
    return join_sentences(how, _describe_estimand(scheme))


def _describe_estimand(scheme: JsonObject) -> Paragraph:
    """Say what the intervals of a scheme are for, or which scores have none."""
    model = get_model_system(scheme)
    if not has_interval(model.get("accuracy")):
        return compose("There are no intervals: the articles are too few.")
    if template := _ESTIMANDS.get(scheme["scheme"]):
        return compose(template, population=scheme.get("says") or f"comments that are {NOT_RECORDED}")
    return compose(
        "The interval of accuracy is for comments under further articles like these; the other scores have no interval."
    )


def _describe_fold_groups(metrics: JsonObject) -> Paragraph:
    column, groups = (metrics.get("provenance") or {}).get("group_column"), metrics.get("label_groups") or {}
    divided = groups.get("divided") or ()
    links = {
        "comment": "all labels of a comment",
        "near-duplicate": "near-duplicates (comments whose sets of words have a Jaccard similarity of at least 0.6, or "
        "0.8 if one has fewer than 8 words)",
        "contained": "comments of 6 or more words and those that contain or quote them",
        "author": "all comments with the same author name, unless it is a placeholder or very frequent",
        "group": f"all comments with the same value in the column “{column}”" if column else "",
    }
    kept = "; ".join(text for kind, text in links.items() if text and kind not in divided)
    sentences = [compose("Kept in one fold were: {kept}.", kept=kept)]
    if groups:
        largest = f"{format_count(groups['largest'])} of {pluralise(metrics['labels']['n'], 'label')}"
        sentences.append(compose("The largest of these groups has {largest}.", largest=largest))
    if divided:
        names = "; ".join(links[kind] for kind in divided)
        sentences.append(
            compose("Not kept in one fold, since the largest group would exceed a fold: {names}.", names=names)
        )
    return join_sentences(*sentences)


def _describe_further_scores(metrics: JsonObject) -> list[Paragraph]:
    sentences = []
    if any(scheme.get("groups") for scheme in metrics["schemes"]):
        sentences.append(compose("For groups of stances, the same predictions are counted by group."))
    if any(scheme.get("target") for scheme in metrics["schemes"]):
        sentences.append(compose("For single targets, the same predictions are counted by target."))
    return sentences


def _describe_measures(metrics: JsonObject) -> list[Paragraph]:
    sentences = [
        compose(
            "Accuracy is the share of labels that are predicted correctly; recall, precision and F1 are those of one "
            "stance; macro F1 is the mean F1 of the stances that have a label."
        )
    ]
    if any(system.get("f_avg") for scheme in metrics["schemes"] for system in scheme["systems"]):
        sentences.append(
            compose("F_avg is the mean F1 of the stances for and of those against the target [@mohammad2016].")
        )
        by_direction = metrics.get("f_avg_stances") or {}
        listed = [f"{direction} ({join_with_and(stances)})" for direction, stances in by_direction.items() if stances]
        if listed:
            sentences.append(compose("Its directions and their stances: {listed}.", listed="; ".join(listed)))
    return sentences


def _describe_intervals(metrics: JsonObject, schemes: list[JsonObject]) -> list[Paragraph]:
    sentences = [
        compose(
            "Numbers in brackets are {level} intervals. Those of accuracy are Wilson's [@wilson1927]. Those of recall "
            "are Wilson's or, for a stance with fewer than 10 labels, Clopper and Pearson's "
            "[@clopper1934;korn1998]. Those of mean F1 over stances and of its differences use the delta method and "
            "Student's t. Those of differences in accuracy are Agresti and Min's [@agresti2005]. Precision and the F1 "
            "of one stance have none.",
            level=CONFIDENCE_LEVEL,
        ),
        compose(
            "Variances are summed over the groups that were kept in one fold [@bell2002], and Student's t has one "
            "degree of freedom less than there are groups. In cross-validation, variances are multiplied by {factor}, "
            "a value chosen in simulations, since the models of the folds are not the final one; without any factor, "
            "intervals hold only if training is stable enough [@bayle2020]. The scores of baselines that are not "
            "trained on labels need no factor. For the expected score of training on other labels, metrics.json has "
            "intervals with the factor 1 + k / (k \N{MINUS SIGN} 1) for k folds [@nadeau2003].",
            factor=f"{TRAINING_FACTOR:g}",
        ),
    ]
    if metrics["labels"].get("weighted"):
        sentences.append(compose("Weighted labels count as their effective number [@kish1965]."))
    by_article = [get_model_system(scheme) for scheme in schemes if scheme["scheme"] in ARTICLE_SCHEMES]
    if any(has_interval(model.get("accuracy")) for model in by_article):
        sentences.append(
            compose(
                "Where whole articles were held out, the interval of accuracy is that of a ratio over articles, with "
                "Student's t [@cochran1977]; the variance is multiplied by {factor}, a value chosen in simulations.",
                factor=f"{NEW_GROUPS_FACTOR:g}",
            )
        )
    return sentences
