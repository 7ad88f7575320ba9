"""Build the content of metrics.json: a stable set of keys without times and paths (docs/reference/metrics.md)."""

from __future__ import annotations

import hashlib
import platform
from dataclasses import asdict
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

from stance import __version__
from stance.evaluation.closed_test import CLOSED_TEST, CLOSED_TEST_POPULATION
from stance.evaluation.data_summary import summarise_codebook, summarise_corpus, summarise_labelling
from stance.evaluation.notes import compose_next_steps, describe_population, explain_missing_learning_curve
from stance.evaluation.splits import STRATIFIED_KFOLD
from stance.labels.codebook import DIRECTIONS

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    import pandas as pd

    from stance.evaluation.assessment import Evaluation
    from stance.evaluation.evaluation_task import EvaluationTask
    from stance.evaluation.scheme_scores import SchemeScores, Score, ScoreDifference, SystemScores
    from stance.metrics.calibration import ReliabilityBin
    from stance.models.procedure import CalibratedProcedure

METRICS_SCHEMA = 3

_DECIMALS = 6


def fingerprint_file(path: Path) -> dict[str, str]:
    """Return the name and SHA-256 of a file that a model was trained on; its folder would say nothing to others."""
    return {"name": path.name, "sha256": hashlib.sha256(path.read_bytes()).hexdigest()}


def build_metrics(
    task: EvaluationTask,
    evaluation: Evaluation,
    fitted: CalibratedProcedure,
    notes: Sequence[str],
    provenance: Mapping[str, Any],
    rows: pd.DataFrame,
) -> dict[str, Any]:
    """Return the content of metrics.json.

    Parameters
    ----------
    task
        What was evaluated.
    evaluation
        All scores.
    fitted
        The model and how it was fitted.
    notes
        Sentences about the scores, as returned by `notes.compose_notes`.
    provenance
        The options and input files of the training run.
    rows
        The labels of all annotators before they were resolved.
    """
    counts, divided = evaluation.label_counts, evaluation.divided_groups
    metrics: dict[str, Any] = {
        "schema": METRICS_SCHEMA,
        "provenance": {**provenance, "versions": _collect_versions()},
        "stances": list(task.codebook.stance_names),
        "groups_of_stances": task.codebook.groups,
        "targets": [target for target in task.targets if target],
        "article_titles": evaluation.article_titles,
        "labels": {
            "n": counts.n,
            "tested": counts.n_tested,
            "training_only": counts.n - counts.n_tested,
            "articles": counts.n_articles,
            "weighted": counts.is_weighted,
            "examples": len(task.examples),
            "by_stance": counts.by_stance,
            "by_target": counts.by_target,
        },
        "label_groups": {**evaluation.label_groups.to_dict(), "if_divided": divided.to_dict() if divided else None},
        "corpus": summarise_corpus(rows, task.labels),
        "codebook": summarise_codebook(task.codebook, task.labels),
        "labelling": summarise_labelling(rows, evaluation.agreement),
        "headline": evaluation.headline,
        "f_avg_stances": _group_by_direction(task.codebook.directions),
        "settings": fitted.model.settings.to_dict(),
        "min_known": fitted.model.min_known,
        "closed_test": task.closed_test.to_dict() if task.closed_test else None,
        "examples": _serialise_examples(evaluation, fitted),
        "schemes": [
            _serialise_scheme(scheme, describe_population(counts), groups=groups)
            for groups, schemes in ((False, evaluation.schemes), (True, evaluation.group_schemes))
            for scheme in schemes
        ],
        "annotators": [
            {
                "first": pair.first,
                "second": pair.second,
                "n": pair.n,
                "accuracy": _serialise_score(pair.accuracy),
                "macro_f1": _serialise_score(pair.macro_f1),
                "kappa": _serialise_score(pair.kappa),
                "alpha": _serialise_score(pair.alpha),
            }
            for pair in evaluation.annotator_pairs
        ],
        "decision": _serialise_decision_rule(task, evaluation, fitted),
        "calibration": _serialise_calibration(evaluation, fitted),
        "risk_coverage": [asdict(point) for point in evaluation.calibration_report.risk_coverage],
        "learning_curve": {
            "points": [
                {"n": point.n, "accuracy": point.accuracy.value, evaluation.headline: point.headline.value}
                | _serialise_interval(point.headline)
                for point in evaluation.learning_curve
            ],
            "sentence": notes[-1],
            "missing": None if evaluation.learning_curve else explain_missing_learning_curve(task),
        },
        "also": None,
        "top_terms": [
            {
                "target": top_terms.target or None,
                "stance": top_terms.stance,
                "terms": [{"term": term, "weight": weight} for term, weight in top_terms.terms],
            }
            for top_terms in evaluation.top_terms
        ],
        "suspects": _serialise_rows(
            evaluation.suspect_labels, ["comment_id", "target", "stance", "suggested", "probability"]
        ),
        "misread": _serialise_rows(
            evaluation.misclassified, ["comment_id", "target", "stance", "predicted", "share", "probability"]
        ),
        "notes": list(notes),
        "next_steps": list(compose_next_steps(task, evaluation)),
    }
    if second_stances := evaluation.second_stances:
        presence = {stance: _serialise_score(score) for stance, score in second_stances.presence.items()}
        accuracy = _serialise_score(second_stances.accuracy)
        metrics["also"] = {"n": second_stances.n, "accuracy": accuracy, "present": presence}
    rounded: dict[str, Any] = _round_floats(metrics)
    return rounded


def _group_by_direction(directions: Mapping[str, str]) -> dict[str, list[str]] | None:
    """Return the stances of each direction, which F_avg averages over; None where it is not computed."""
    if not directions:
        return None
    return {name: [stance for stance in directions if directions[stance] == name] for name in DIRECTIONS}


def _collect_versions() -> dict[str, str]:
    versions = {"stance": __version__, "python": platform.python_version()}
    return versions | {name: version(name) for name in ("numpy", "pandas", "pyarrow", "scikit-learn", "scipy")}


def _serialise_examples(evaluation: Evaluation, fitted: CalibratedProcedure) -> dict[str, Any] | None:
    """Return the weight of the classifier of the examples, and its range in the training folds."""
    if fitted.example_weight is None:
        return None
    weights = evaluation.example_weights
    return {"weight": fitted.example_weight, "low": min(weights), "high": max(weights)}


def _serialise_scheme(scheme: SchemeScores, population: str, *, groups: bool) -> dict[str, Any]:
    return {
        "scheme": scheme.scheme,
        "target": scheme.target,
        "groups": groups,
        "folds": scheme.n_folds,
        "repeats": scheme.n_repeats,
        "n": scheme.n,
        "says": {STRATIFIED_KFOLD: population, CLOSED_TEST: CLOSED_TEST_POPULATION}.get(scheme.scheme),
        "systems": [_serialise_system(system) for system in scheme.systems],
        "differences": [_serialise_scores(difference) for difference in scheme.differences],
    }


def _serialise_system(system: SystemScores) -> dict[str, Any]:
    return {
        **_serialise_scores(system),
        "skill": _serialise_score(system.skill),
        "f_avg_of_targets": _serialise_score(system.f_avg_of_targets),
        "stances": [{**asdict(stance), "recall": _serialise_score(stance.recall)} for stance in system.stances],
        "confusion": {
            str(stance): {str(predicted): float(count) for predicted, count in row.items()}
            for stance, row in system.confusion.iterrows()
        },
        "articles": [asdict(article) for article in system.articles],
    }


def _serialise_scores(scores: SystemScores | ScoreDifference) -> dict[str, Any]:
    return {
        "system": scores.system,
        "accuracy": _serialise_score(scores.accuracy),
        "macro_f1": _serialise_score(scores.macro_f1),
        "f_avg": _serialise_score(scores.f_avg),
    }


def _serialise_score(score: Score | None) -> dict[str, float | None] | None:
    if score is None:
        return None
    expected = {"expected_low": score.expected.low, "expected_high": score.expected.high} if score.expected else {}
    return {"value": score.value, **_serialise_interval(score), **expected}


def _serialise_interval(score: Score) -> dict[str, float | None]:
    if score.interval is None:
        return {"low": None, "high": None}
    return {"low": score.interval.low, "high": score.interval.high}


def _serialise_decision_rule(
    task: EvaluationTask, evaluation: Evaluation, fitted: CalibratedProcedure
) -> dict[str, Any]:
    multipliers, comparison = fitted.rule.multipliers.tolist(), evaluation.decision_comparison
    return {
        "decide": task.plan.decision_mode.value,
        "rule": fitted.rule.name,
        "rules_in_folds": dict(sorted(evaluation.rules_in_folds.items())),
        "multipliers": [
            {"target": target or None, "stances": dict(zip(fitted.model.stances, row, strict=True))}
            for target, row in zip(fitted.model.targets, multipliers, strict=True)
        ],
        "compared": None if comparison is None else _serialise_rule_comparison(comparison),
    }


def _serialise_rule_comparison(comparison: SchemeScores) -> dict[str, Any]:
    """Return the scores of the rule, those of the most probable stance, and their difference."""
    most_probable, rule = comparison.systems
    return {
        "most_probable": _serialise_scores(most_probable),
        "rule": _serialise_scores(rule),
        "difference": _serialise_scores(comparison.differences[0]),
    }


def _serialise_calibration(evaluation: Evaluation, fitted: CalibratedProcedure) -> dict[str, Any]:
    before, after = evaluation.calibration_report.before, evaluation.calibration_report.after
    return {
        "calibrated": True,
        "reason": None,
        "targets": [
            {
                "target": target or None,
                "temperature": calibration.temperature,
                "bias": dict(zip(fitted.model.stances, calibration.bias.tolist(), strict=True)),
            }
            for target, calibration in zip(fitted.model.targets, fitted.calibrations, strict=True)
        ],
        "log_loss": {"before": before.log_loss, "after": after.log_loss},
        "brier": {"before": before.brier, "after": after.brier},
        "reliability": [_serialise_bin(reliability_bin) for reliability_bin in after.reliability],
        "reliability_before": [_serialise_bin(reliability_bin) for reliability_bin in before.reliability],
    }


def _serialise_bin(reliability_bin: ReliabilityBin) -> dict[str, Any]:
    interval = reliability_bin.interval
    return {
        "low": reliability_bin.low,
        "high": reliability_bin.high,
        "n": reliability_bin.n,
        "confidence": reliability_bin.confidence,
        "right": {"value": reliability_bin.accuracy, "low": interval.low, "high": interval.high},
    }


def _serialise_rows(frame: pd.DataFrame, columns: list[str]) -> list[dict[str, Any]]:
    selected = frame[columns].astype(object)
    rows = selected.where(selected.notna(), None).itertuples(index=False)
    return [dict(zip(columns, row, strict=True)) for row in rows]


def _round_floats(value: Any) -> Any:
    if isinstance(value, float):
        return round(value, _DECIMALS) + 0.0  # no minus zero
    if isinstance(value, dict):
        return {key: _round_floats(item) for key, item in value.items()}
    return [_round_floats(item) for item in value] if isinstance(value, (list, tuple)) else value
