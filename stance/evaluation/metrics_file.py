"""An evaluation -> metrics.json: a documented, stable set of keys (docs/metrics.md), no clock and no path in it."""

from __future__ import annotations

import hashlib
import platform
from dataclasses import asdict
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

from stance import __version__
from stance.evaluation.notes import describe_population, why_not_calibrated
from stance.evaluation.splits import STRATIFIED_KFOLD
from stance.models import hyperparameter_search

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    import pandas as pd

    from stance.evaluation.assessment import Evaluation
    from stance.evaluation.out_of_fold import EvaluationTask
    from stance.evaluation.scores import SchemeScores, Score, ScoreDifference, SystemScores
    from stance.metrics.calibration import ReliabilityBin
    from stance.models.procedure import FittedProcedure
    from stance.models.settings import ModelSettings

METRICS_SCHEMA = 2

_DECIMALS = 6


def fingerprint_file(path: Path) -> dict[str, str]:
    """Identify a file that a model was made from by its content; its folder says nothing to others."""
    return {"name": path.name, "sha256": hashlib.sha256(path.read_bytes()).hexdigest()}


def build_metrics(
    task: EvaluationTask,
    evaluation: Evaluation,
    fitted: FittedProcedure,
    notes: Sequence[str],
    provenance: Mapping[str, Any],
) -> dict[str, Any]:
    """Record what the figures are and how they came about; `provenance` is what the run was given."""
    counts = evaluation.label_counts
    recorded: dict[str, Any] = {
        "schema": METRICS_SCHEMA,
        "provenance": {**provenance, "versions": _collect_versions()},
        "stances": list(task.codebook.stance_names),
        "groups_of_stances": task.codebook.groups,
        "targets": [target for target in task.targets if target],
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
        "headline": evaluation.headline,
        "settings": asdict(fitted.model.settings),
        "choices": _serialise_choices(task, evaluation, fitted),
        "schemes": [
            _serialise_scheme(each, describe_population(counts), groups=groups)
            for groups, figures in ((False, evaluation.schemes), (True, evaluation.group_schemes))
            for each in figures
        ],
        "annotators": [
            {
                "first": each.first,
                "second": each.second,
                "n": each.n,
                "accuracy": _serialise_score(each.accuracy),
                "macro_f1": _serialise_score(each.macro_f1),
                "kappa": _serialise_score(each.kappa),
            }
            for each in evaluation.annotator_pairs
        ],
        "decision": _serialise_decision_rule(task, evaluation, fitted),
        "calibration": _serialise_calibration(evaluation, fitted),
        "risk_coverage": [asdict(point) for point in evaluation.calibration_report.risk_coverage],
        "learning_curve": {
            "points": [
                {"n": each.n, "accuracy": each.accuracy.value, evaluation.headline: each.headline.value}
                | _serialise_interval(each.headline)
                for each in evaluation.learning_curve
            ],
            "sentence": notes[-1],
        },
        "also": None,
        "top_terms": [
            {
                "target": each.target or None,
                "stance": each.stance,
                "terms": [{"term": term, "weight": weight} for term, weight in each.terms],
            }
            for each in evaluation.top_terms
        ],
        "suspects": _serialise_rows(
            evaluation.suspect_labels, ["comment_id", "target", "stance", "suggested", "probability"]
        ),
        "misread": _serialise_rows(
            evaluation.misclassified, ["comment_id", "target", "stance", "predicted", "share", "probability"]
        ),
        "notes": list(notes),
    }
    if second := evaluation.second_stances:
        present = {stance: _serialise_score(score) for stance, score in second.presence.items()}
        recorded["also"] = {"n": second.n, "accuracy": _serialise_score(second.accuracy), "present": present}
    rounded: dict[str, Any] = _round_floats(recorded)
    return rounded


def _collect_versions() -> dict[str, str]:
    ours = {"stance": __version__, "python": platform.python_version()}
    return ours | {name: version(name) for name in ("numpy", "pandas", "pyarrow", "scikit-learn", "scipy")}


def _serialise_choices(task: EvaluationTask, evaluation: Evaluation, fitted: FittedProcedure) -> dict[str, Any]:
    found = fitted.search_result

    def final(settings: ModelSettings) -> list[dict[str, Any]]:
        return [
            {
                "setting": axis.name,
                "chosen": hyperparameter_search.format_axis_value(axis.current_value(settings)),
                "default": hyperparameter_search.format_axis_value(axis.current_value(task.plan.settings)),
                "candidates": [hyperparameter_search.format_axis_value(candidate) for candidate in axis.candidates],
            }
            for axis in found.axes
        ]

    return {
        "made": not found.skip_reason,
        "reason": found.skip_reason or None,
        "final": final(found.settings),
        "answer": fitted.rule.name,
        "in_folds": [
            {"setting": name, "counts": dict(sorted(counts.items()))}
            for name, counts in evaluation.chosen_in_folds.items()
        ],
    }


def _serialise_scheme(scheme: SchemeScores, population: str, *, groups: bool) -> dict[str, Any]:
    return {
        "scheme": scheme.scheme,
        "target": scheme.target,
        "groups": groups,
        "folds": scheme.n_folds,
        "repeats": scheme.n_repeats,
        "n": scheme.n,
        "says": population if scheme.scheme == STRATIFIED_KFOLD else None,
        "systems": [_serialise_system(system) for system in scheme.systems],
        "differences": [_serialise_scores(difference) for difference in scheme.differences],
    }


def _serialise_system(system: SystemScores) -> dict[str, Any]:
    return {
        **_serialise_scores(system),
        "f_avg_of_targets": _serialise_score(system.f_avg_of_targets),
        "stances": [{**asdict(each), "recall": _serialise_score(each.recall)} for each in system.stances],
        "confusion": {
            str(stance): {str(answer): float(count) for answer, count in row.items()}
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
    return {"value": score.value, **_serialise_interval(score)}


def _serialise_interval(score: Score) -> dict[str, float | None]:
    if score.interval is None:
        return {"low": None, "high": None}
    return {"low": score.interval.low, "high": score.interval.high}


def _serialise_decision_rule(task: EvaluationTask, evaluation: Evaluation, fitted: FittedProcedure) -> dict[str, Any]:
    gain = fitted.rule.multipliers.tolist()
    return {
        "decide": task.plan.decision_mode.value,
        "rule": fitted.rule.name,
        "multipliers": [
            {"target": target or None, "stances": dict(zip(fitted.model.stances, row, strict=True))}
            for target, row in zip(fitted.model.targets, gain, strict=True)
        ],
        "compared": None
        if evaluation.decision_comparison is None
        else _serialise_rule_comparison(evaluation.decision_comparison),
    }


def _serialise_rule_comparison(comparison: SchemeScores) -> dict[str, Any]:
    """Record the scores of the rule and of the most probable stance, and by how much the rule is ahead."""
    most_probable, rule = comparison.systems
    return {
        "most_probable": _serialise_scores(most_probable),
        "rule": _serialise_scores(rule),
        "difference": _serialise_scores(comparison.differences[0]),
    }


def _serialise_calibration(evaluation: Evaluation, fitted: FittedProcedure) -> dict[str, Any]:
    calibrated = any(each is not None for each in fitted.calibrations)
    before, after = evaluation.calibration_report.before, evaluation.calibration_report.after
    return {
        "calibrated": calibrated,
        "reason": why_not_calibrated(fitted) or None,
        "targets": [
            {
                "target": target or None,
                "temperature": each.temperature,
                "bias": dict(zip(fitted.model.stances, each.bias.tolist(), strict=True)),
            }
            for target, each in zip(fitted.model.targets, fitted.calibrations, strict=True)
            if each is not None
        ],
        "log_loss": {"before": before.log_loss, "after": after.log_loss if calibrated else None},
        "brier": {"before": before.brier, "after": after.brier if calibrated else None},
        "reliability": [_serialise_bin(each) for each in after.reliability],
        "reliability_before": [_serialise_bin(each) for each in before.reliability],
    }


def _serialise_bin(reliability_bin: ReliabilityBin) -> dict[str, Any]:
    right = {
        "value": reliability_bin.accuracy,
        "low": reliability_bin.interval.low,
        "high": reliability_bin.interval.high,
    }
    return {
        "low": reliability_bin.low,
        "high": reliability_bin.high,
        "n": reliability_bin.n,
        "confidence": reliability_bin.confidence,
        "right": right,
    }


def _serialise_rows(frame: pd.DataFrame, columns: list[str]) -> list[dict[str, Any]]:
    chosen = frame[columns].astype(object)
    cells = chosen.where(chosen.notna(), None).itertuples(index=False)
    return [dict(zip(columns, row, strict=True)) for row in cells]


def _round_floats(value: Any) -> Any:
    if isinstance(value, float):
        return round(value, _DECIMALS) + 0.0  # no minus zero
    if isinstance(value, dict):
        return {key: _round_floats(item) for key, item in value.items()}
    return [_round_floats(item) for item in value] if isinstance(value, (list, tuple)) else value
