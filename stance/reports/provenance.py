"""Say what a model was made from: which system it is, its labels, settings and files."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stance.reports import summary
from stance.reports.figures import Figure
from stance.reports.text_format import format_count, format_number, format_score
from stance.wording import pluralise

if TYPE_CHECKING:
    from stance.reports.text_format import JsonObject

_NO_WEIGHT = 0.005


def describe_model(metrics: JsonObject, scheme: JsonObject) -> str:
    """Return a sentence that says which of the systems the model is."""
    name = summary.get_model_system(scheme)["system"]
    unused = "; in the final model, the examples have no weight" if have_examples_no_weight(metrics) else ""
    return f"The model is {summary.describe_system(name)}{unused}."


def have_examples_no_weight(metrics: JsonObject) -> bool:
    """Return whether the codebook has examples to which the final model gives no weight, to two decimals."""
    return float((metrics.get("examples") or {}).get("weight", 1)) < _NO_WEIGHT


def tabulate_labels(metrics: JsonObject) -> Figure:
    """Count the labels per stance, and per target if there are several."""
    labels, stances = metrics["labels"], metrics["stances"]
    sentences = []
    n_tested, n_training_only = labels.get("tested", labels["n"]), labels.get("training_only") or 0
    if n_training_only:
        sentences.append(
            f"{pluralise(n_tested, 'label')} are used for testing; {pluralise(n_training_only, 'label')} are used "
            "for training only, because a model selected these comments and they are not a random sample."
        )
    if labels.get("weighted"):
        sentences.append("Comments were sampled with unequal probability and are weighted by its inverse.")
    if labels.get("examples"):
        examples = f"{pluralise(labels['examples'], 'example')} of the codebook"
        is_unused = have_examples_no_weight(metrics)
        sentences.append(
            f"The final model gives no weight to {examples}."
            if is_unused
            else f"{examples} are used for training, too."
        )
    by_stance, by_target = labels.get("by_stance") or {}, labels.get("by_target") or {}
    targets = list(by_target) if len(by_target) > 1 else []
    rows = tuple(
        (
            stance,
            format_count(by_stance.get(stance, 0)),
            *(format_count(by_target[target].get(stance, 0)) for target in targets),
        )
        for stance in stances
    )
    columns = ("stance", "labels", *targets)
    return Figure("Labels by stance", " ".join(sentences), columns=columns, rows=rows if by_stance else ())


def tabulate_secondary_stances(metrics: JsonObject) -> Figure | None:
    """Show the accuracy if secondary stances count as correct, and how often each stance occurs at all."""
    also = metrics.get("also")
    if not also:
        return None
    statement = (
        f"{pluralise(also['n'], 'comment')} {'has' if also['n'] == 1 else 'have'} a secondary stance. "
        f"If it counts as correct, too, the accuracy is {format_score(also.get('accuracy'))}."
    )
    rows = tuple((stance, format_score(share)) for stance, share in (also.get("present") or {}).items())
    return Figure("Secondary stances", statement, columns=("stance", "share of comments with it"), rows=rows)


def tabulate_calibration(metrics: JsonObject) -> Figure | None:
    """Show the quality of the probabilities before and after calibration."""
    calibration = metrics.get("calibration")
    if not calibration:
        return None
    rows = []
    for key, name in (("log_loss", "log loss"), ("brier", "Brier score")):
        values = calibration.get(key) or {}
        rows.append((name, format_number(values.get("before")), format_number(values.get("after"))))
    statement = "Smaller is better."
    if not calibration.get("calibrated"):
        statement += f" The probabilities are not calibrated{_format_reason(calibration)}."
    columns = ("measure", "before calibration", "after calibration")
    return Figure("Quality of the probabilities", statement, columns=columns, rows=tuple(rows))


def describe_settings(metrics: JsonObject) -> Figure:
    """Say that no setting was chosen by the labels, and how much the codebook's examples count."""
    statement = "All hyperparameters were fixed in advance; none was chosen by these labels."
    if examples := metrics.get("examples"):
        low, high = format_number(examples["low"]), format_number(examples["high"])
        statement += (
            f" The classifier of the codebook's examples counts with the weight {format_number(examples['weight'])}, "
            f"from 0 (not at all) to 1 (fully): the one with which it predicts the labels best, {low} to {high} in the "
            "training folds."
        )
    return Figure("Settings", statement)


def tabulate_decision_rule(metrics: JsonObject) -> Figure | None:
    """Show how the predicted stance follows from the probabilities, and what other rule it was compared with."""
    decision = metrics.get("decision")
    if not decision:
        return None
    title, compared = "Decision rule", decision.get("compared")
    if not compared:
        return Figure(title, f"The model predicts {decision['rule']}.")
    statement = (
        f"The model predicts {decision['rule']}. With multipliers, it predicts the stance with the highest product of "
        "probability and multiplier. Both rules were tested on the same comments, with the same models, which were "
        "trained without them."
    )
    measures = [key for key in summary.MEASURES if compared["rule"].get(key)]
    rows = tuple(
        (name, *(format_score(compared[key].get(measure), sign=signed) for measure in measures))
        for name, key, signed in (
            ("with multipliers", "rule", False),
            ("the most probable stance", "most_probable", False),
            ("difference", "difference", True),
        )
    )
    columns = ("predicted stance", *(summary.MEASURES[key][0] for key in measures))
    return Figure(title, statement, columns=columns, rows=rows)


def tabulate_provenance(metrics: JsonObject) -> Figure:
    """Show the files, versions and random seed with which the same model can be trained again."""
    title, provenance = "Files, versions and seed", metrics.get("provenance") or {}
    files = [*(provenance.get("sheets") or ()), *([provenance["codebook"]] if provenance.get("codebook") else [])]
    rows = [(file["name"], f"SHA-256 {file['sha256']}") for file in files]
    rows += [(name, str(version)) for name, version in (provenance.get("versions") or {}).items()]
    if closed_test := metrics.get("closed_test"):
        opened = f"opened {pluralise(closed_test['openings'], 'time')}"
        hashed = f"SHA-256 of ids and stances {closed_test['rows_sha256']}"
        rows.append(("closed test set", f"{pluralise(closed_test['n'], 'label')}, {opened}, {hashed}"))
    if provenance.get("seed") is not None:
        rows.append(("seed", str(provenance["seed"])))
    if not rows:
        return Figure(title, "The metrics do not record the files, versions and seed.")
    statement = "The same files, versions and seed give the same model."
    if provenance.get("quick"):
        statement += " It was trained with --quick: cross-validation was not repeated."
    return Figure(title, statement, columns=("item", "version or hash"), rows=tuple(rows))


def _format_reason(entry: JsonObject) -> str:
    return f" ({entry['reason']})" if entry.get("reason") else ""
