"""What a model was made from and by which choices, as tables with a sentence each."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from stance.reports.figures import Figure
from stance.reports.summary import MEASURES, describe_label_counts
from stance.reports.text_format import NOT_AVAILABLE, format_count, format_number, format_score, pluralise

if TYPE_CHECKING:
    from collections.abc import Mapping

    JsonObject = Mapping[str, Any]


def tabulate_labels(metrics: JsonObject) -> Figure:
    """Count the labels a stance, and a target where there are several."""
    found, stances = metrics["labels"], metrics["stances"]
    said = [f"{describe_label_counts(metrics)}."]
    tested, only = found.get("tested", found["n"]), found.get("training_only") or 0
    if only:
        said.append(
            f"The model is tested on {format_count(tested)} of them; {pluralise(only, 'label')} only teach it, "
            "because a model had chosen these comments and they are no fair sample."
        )
    if found.get("weighted"):
        said.append("Comments were sampled with unequal probability, and each counts by the inverse of its own.")
    if found.get("examples"):
        said.append(f"{pluralise(found['examples'], 'invented example')} of the codebook teach it too.")
    counts, of_target = found.get("by_stance") or {}, found.get("by_target") or {}
    columns = ("stance", "labels", *(of_target if len(of_target) > 1 else ()))
    rows = tuple(
        (
            stance,
            format_count(counts.get(stance, 0)),
            *(format_count(of_target[target].get(stance, 0)) for target in columns[2:]),
        )
        for stance in stances
    )
    return Figure("Labels by stance", " ".join(said), columns=columns, rows=rows if counts else ())


def tabulate_annotators(metrics: JsonObject) -> Figure:
    """Show how well annotators tell each other's stances: what no model can be expected to exceed by much."""
    title, pairs = "How well annotators agree", metrics.get("annotators") or ()
    if not pairs:
        return Figure(title, "No two annotators labelled the same comments, so nobody knows how hard the task is.")
    lead = "One annotator scored against the other on comments both labelled: what to hold the model's figures to."
    rows = tuple(
        (
            f"{pair['first']} and {pair['second']}",
            format_count(pair["n"]),
            *(format_score(pair.get(each)) for each in ("accuracy", "macro_f1", "kappa")),
        )
        for pair in pairs
    )
    return Figure(title, lead, columns=("annotators", "comments", "accuracy", "macro F1", "Cohen's kappa"), rows=rows)


def _times(counts: JsonObject) -> str:
    return ", ".join(f"{value} ({times} times)" for value, times in counts.items())


def tabulate_second_stances(metrics: JsonObject) -> Figure | None:
    """Show what is right if a second stance counts, and how often each stance is present at all."""
    also = metrics.get("also")
    if not also:
        return None
    lead = (
        f"{pluralise(also['n'], 'comment')} {'has' if also['n'] == 1 else 'have'} a second stance. "
        f"If it counts as right too, accuracy is {format_score(also.get('accuracy'))}."
    )
    rows = tuple((stance, format_score(share)) for stance, share in (also.get("present") or {}).items())
    return Figure("A second stance", lead, columns=("stance", "share of comments it is in"), rows=rows)


def tabulate_calibration(metrics: JsonObject) -> Figure | None:
    """Show how good its probabilities are, before and after they were calibrated."""
    found = metrics.get("calibration")
    if not found:
        return None
    rows = []
    for key, name in (("log_loss", "log loss"), ("brier", "Brier score")):
        values = found.get(key) or {}
        rows.append((name, format_number(values.get("before")), format_number(values.get("after"))))
    because = f" ({found['reason']})" if found.get("reason") else ""
    lead = "Smaller is better." + ("" if found.get("calibrated") else f" Nothing was calibrated{because}.")
    return Figure("How good its probabilities are", lead, columns=("measure", "before", "after"), rows=tuple(rows))


def tabulate_settings(metrics: JsonObject) -> Figure:
    """Show what was chosen by the data, what else was tried, and how often folds chose the same."""
    title, found = "Settings", metrics.get("choices") or {}
    because = f" ({found['reason']})" if found.get("reason") else ""
    lead = f"Nothing was chosen by the data{because}; all settings are fixed defaults."
    if found.get("made"):
        lead = "Chosen by the data, inside the training folds alone, so that no tested comment had a say."
    in_folds = {each["setting"]: each["counts"] for each in found.get("in_folds") or ()}
    rows = tuple(
        (
            each["setting"],
            each["chosen"],
            each["default"],
            ", ".join(each.get("candidates") or ()),
            ", ".join(f"{value} ({times} times)" for value, times in in_folds.get(each["setting"], {}).items())
            or NOT_AVAILABLE,
        )
        for each in found.get("final") or ()
    )
    return Figure(title, lead, columns=("setting", "chosen", "default", "tried", "in training folds"), rows=rows)


def tabulate_decision_rule(metrics: JsonObject) -> Figure | None:
    """Show how stances are predicted by their probabilities, and what that gains and costs."""
    found = metrics.get("decision")
    if not found:
        return None
    title, compared = "How a stance is predicted", found.get("compared")
    if not compared:
        return Figure(title, f"Predicted is {found['rule']}.")
    lead = (
        f"Predicted is {found['rule']}. With multipliers, it is the stance whose multiplier times its probability is "
        "highest. Both ways were tested on the same comments, by the same models, which had not seen them."
    )
    given = [measure for measure in MEASURES if compared["rule"].get(measure)]
    rows = tuple(
        (name, *(format_score(compared[key].get(measure), sign=sign) for measure in given))
        for name, key, sign in (
            ("with multipliers", "rule", False),
            ("the most probable stance", "most_probable", False),
            ("difference", "difference", True),
        )
    )
    return Figure(title, lead, columns=("predicted", *(MEASURES[measure][0] for measure in given)), rows=rows)


def tabulate_provenance(metrics: JsonObject) -> Figure:
    """Show by which files, seed and versions the same model can be made again."""
    found = metrics.get("provenance") or {}
    files = [*(found.get("sheets") or ()), *([found["codebook"]] if found.get("codebook") else [])]
    rows = [(each["name"], f"SHA-256 {each['sha256']}") for each in files]
    rows += [(name, str(version)) for name, version in (found.get("versions") or {}).items()]
    rows += [(name, str(found[key])) for key, name in (("seed", "seed"),) if found.get(key) is not None]
    if not rows:
        return Figure("Files, versions and seed", "These figures do not say what they were made from.")
    lead = "The same files, versions and seed make the same model."
    if found.get("quick"):
        lead += " It was trained with --quick: fixed settings, nothing searched."
    return Figure("Files, versions and seed", lead, columns=("what", "which"), rows=tuple(rows))
