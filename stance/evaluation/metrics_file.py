"""An evaluation -> metrics.json: a documented, stable set of keys (docs/metrics.md), no clock and no path in it."""

from __future__ import annotations

import hashlib
import platform
from dataclasses import asdict
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

from stance import __version__
from stance.evaluation.notes import speaks_for, uncalibrated
from stance.evaluation.splits import STRATIFIED
from stance.models import hyperparameter_search

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    import pandas as pd

    from stance.evaluation.assessment import Evaluation
    from stance.evaluation.out_of_fold import Task
    from stance.evaluation.scores import Difference, SchemeFigures, Score, SystemFigures
    from stance.metrics.calibration import ReliabilityBin
    from stance.models.procedure import FittedProcedure
    from stance.models.settings import ModelSettings

SCHEMA = 2

_DECIMALS = 6


def source_hash(path: Path) -> dict[str, str]:
    """Identify a file that a model was made from by its content; its folder says nothing to others."""
    return {"name": path.name, "sha256": hashlib.sha256(path.read_bytes()).hexdigest()}


def record(
    task: Task,
    evaluation: Evaluation,
    taught: FittedProcedure,
    notes: Sequence[str],
    provenance: Mapping[str, Any],
) -> dict[str, Any]:
    """Record what the figures are and how they came about; `provenance` is what the run was given."""
    counts = evaluation.counts
    recorded: dict[str, Any] = {
        "schema": SCHEMA,
        "provenance": {**provenance, "versions": _versions()},
        "stances": list(task.codebook.stance_names),
        "groups_of_stances": task.codebook.groups,
        "targets": [target for target in task.targets if target],
        "labels": {
            "n": counts.n,
            "tested": counts.tested,
            "training_only": counts.n - counts.tested,
            "articles": counts.articles,
            "weighted": counts.weighted,
            "examples": len(task.examples),
            "by_stance": counts.by_stance,
            "by_target": counts.by_target,
        },
        "headline": evaluation.headline,
        "settings": asdict(taught.model.settings),
        "choices": _choices(task, evaluation, taught),
        "schemes": [
            _scheme(each, speaks_for(counts), groups=groups)
            for groups, figures in ((False, evaluation.schemes), (True, evaluation.groups))
            for each in figures
        ],
        "annotators": [
            {
                "first": each.first,
                "second": each.second,
                "n": each.n,
                "accuracy": _score(each.accuracy),
                "macro_f1": _score(each.macro_f1),
                "kappa": _score(each.kappa),
            }
            for each in evaluation.annotators
        ],
        "decision": _decision(task, evaluation, taught),
        "calibration": _calibration(evaluation, taught),
        "risk_coverage": [asdict(point) for point in evaluation.reliance.risk_coverage],
        "learning_curve": {
            "points": [
                {"n": each.n, "accuracy": each.accuracy.value, evaluation.headline: each.headline.value}
                | _ends(each.headline)
                for each in evaluation.curve
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
            for each in evaluation.terms
        ],
        "suspects": _rows(evaluation.suspects, ["comment_id", "target", "stance", "suggested", "probability"]),
        "misread": _rows(evaluation.misread, ["comment_id", "target", "stance", "predicted", "share", "probability"]),
        "notes": list(notes),
    }
    if second := evaluation.second:
        present = {stance: _score(score) for stance, score in second.present.items()}
        recorded["also"] = {"n": second.n, "accuracy": _score(second.accuracy), "present": present}
    rounded: dict[str, Any] = _rounded(recorded)
    return rounded


def _versions() -> dict[str, str]:
    ours = {"stance": __version__, "python": platform.python_version()}
    return ours | {name: version(name) for name in ("numpy", "pandas", "pyarrow", "scikit-learn", "scipy")}


def _choices(task: Task, evaluation: Evaluation, taught: FittedProcedure) -> dict[str, Any]:
    found = taught.search_result

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
        "answer": taught.rule.name,
        "in_folds": [
            {"setting": name, "counts": dict(sorted(counts.items()))} for name, counts in evaluation.chosen.items()
        ],
    }


def _scheme(scheme: SchemeFigures, speaks: str, *, groups: bool) -> dict[str, Any]:
    return {
        "scheme": scheme.scheme,
        "target": scheme.target,
        "groups": groups,
        "folds": scheme.folds,
        "repeats": scheme.repeats,
        "n": scheme.n,
        "says": speaks if scheme.scheme == STRATIFIED else None,
        "systems": [_system(system) for system in scheme.systems],
        "differences": [_scores(difference) for difference in scheme.differences],
    }


def _system(system: SystemFigures) -> dict[str, Any]:
    return {
        **_scores(system),
        "f_avg_of_targets": _score(system.f_avg_of_targets),
        "stances": [{**asdict(each), "recall": _score(each.recall)} for each in system.stances],
        "confusion": {
            str(stance): {str(answer): float(count) for answer, count in row.items()}
            for stance, row in system.confusion.iterrows()
        },
        "articles": [asdict(article) for article in system.articles],
    }


def _scores(of: SystemFigures | Difference) -> dict[str, Any]:
    return {
        "system": of.system,
        "accuracy": _score(of.accuracy),
        "macro_f1": _score(of.macro_f1),
        "f_avg": _score(of.f_avg),
    }


def _score(score: Score | None) -> dict[str, float | None] | None:
    if score is None:
        return None
    return {"value": score.value, **_ends(score)}


def _ends(score: Score) -> dict[str, float | None]:
    if score.interval is None:
        return {"low": None, "high": None}
    return {"low": score.interval.low, "high": score.interval.high}


def _decision(task: Task, evaluation: Evaluation, taught: FittedProcedure) -> dict[str, Any]:
    gain = taught.rule.multipliers.tolist()
    return {
        "decide": task.plan.decision_mode.value,
        "rule": taught.rule.name,
        "multipliers": [
            {"target": target or None, "stances": dict(zip(taught.model.stances, row, strict=True))}
            for target, row in zip(taught.model.targets, gain, strict=True)
        ],
        "compared": None if evaluation.decisions is None else _compared(evaluation.decisions),
    }


def _compared(decisions: SchemeFigures) -> dict[str, Any]:
    """Record the scores of the rule and of the most probable stance, and by how much the rule is ahead."""
    most_probable, rule = decisions.systems
    return {
        "most_probable": _scores(most_probable),
        "rule": _scores(rule),
        "difference": _scores(decisions.differences[0]),
    }


def _calibration(evaluation: Evaluation, taught: FittedProcedure) -> dict[str, Any]:
    calibrated = any(each is not None for each in taught.calibrations)
    before, after = evaluation.reliance.before, evaluation.reliance.after
    return {
        "calibrated": calibrated,
        "reason": uncalibrated(taught) or None,
        "targets": [
            {
                "target": target or None,
                "temperature": each.temperature,
                "bias": dict(zip(taught.model.stances, each.bias.tolist(), strict=True)),
            }
            for target, each in zip(taught.model.targets, taught.calibrations, strict=True)
            if each is not None
        ],
        "log_loss": {"before": before.log_loss, "after": after.log_loss if calibrated else None},
        "brier": {"before": before.brier, "after": after.brier if calibrated else None},
        "reliability": [_bin(each) for each in after.reliability],
        "reliability_before": [_bin(each) for each in before.reliability],
    }


def _bin(each: ReliabilityBin) -> dict[str, Any]:
    right = {"value": each.accuracy, "low": each.interval.low, "high": each.interval.high}
    return {"low": each.low, "high": each.high, "n": each.n, "confidence": each.confidence, "right": right}


def _rows(frame: pd.DataFrame, columns: list[str]) -> list[dict[str, Any]]:
    chosen = frame[columns].astype(object)
    cells = chosen.where(chosen.notna(), None).itertuples(index=False)
    return [dict(zip(columns, row, strict=True)) for row in cells]


def _rounded(value: Any) -> Any:
    if isinstance(value, float):
        return round(value, _DECIMALS) + 0.0  # no minus zero
    if isinstance(value, dict):
        return {key: _rounded(item) for key, item in value.items()}
    return [_rounded(item) for item in value] if isinstance(value, (list, tuple)) else value
