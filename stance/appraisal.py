"""What the labels say about a model: figures, plain sentences, and the record that metrics.json keeps."""

from __future__ import annotations

import hashlib
import platform
from dataclasses import asdict, dataclass, replace
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

from stance import __version__, evaluate, figures

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    import pandas as pd

    from stance.figures import SchemeFigures

ENOUGH_TO_CHOOSE = 100
"""Below this many labels nothing is chosen by the data."""

METRICS_SCHEMA = 1


@dataclass(frozen=True)
class Evaluation:
    """What the labels say about a model: figures a scheme, the same for groups, and plain sentences."""

    counts: dict[str, int]
    articles: int
    schemes: tuple[SchemeFigures, ...]
    groups: tuple[SchemeFigures, ...]
    notes: tuple[str, ...]

    @property
    def macro_f1(self) -> float:
        """The cross-validated macro F1 of the model."""
        return next(each for each in self.schemes if each.scheme == evaluate.STRATIFIED).systems[-1].macro_f1.value


def appraise(task: evaluate.Task, oof: pd.DataFrame, seed: int) -> Evaluation:
    """Compute the figures of an out-of-fold table, and say what they mean and what to do next."""
    names, groups = task.codebook.names, task.codebook.groups
    counted = task.labels["stance"].value_counts()
    counts = {name: int(counted.get(name, 0)) for name in names}
    of_article = task.labels["article_id"]
    articles = len(set(of_article) - {""})
    schemes = figures.figures(oof, names, seed)
    return Evaluation(
        counts=counts,
        articles=articles,
        schemes=schemes,
        groups=figures.figures(oof, names, seed, groups) if groups else (),
        notes=tuple(_notes(task, counts, articles, int((of_article == "").sum()), schemes)),
    )


def record(task: evaluate.Task, evaluation: Evaluation, seed: int, sources: Sequence[dict[str, str]]) -> dict[str, Any]:
    """Record what the figures are and how they came about, without a clock or a path in it."""
    return {
        "schema": METRICS_SCHEMA,
        "labels": evaluation.counts,
        "articles": evaluation.articles,
        "groups_of_stances": task.codebook.groups,
        "examples": len(task.examples),
        "settings": asdict(task.settings),
        "seed": seed,
        "sources": list(sources),
        "versions": {
            "python": platform.python_version(),
            "stance": __version__,
            **{name: version(name) for name in ("numpy", "pandas", "scikit-learn", "scipy")},
        },
        "schemes": [_plain(scheme) for scheme in evaluation.schemes],
        "groups": [_plain(scheme) for scheme in evaluation.groups],
        "notes": list(evaluation.notes),
    }


def source_hash(path: Path) -> dict[str, str]:
    """Identify a file that a model was made from by its content; its folder says nothing to others."""
    return {"name": path.name, "sha256": hashlib.sha256(path.read_bytes()).hexdigest()}


def _notes(
    task: evaluate.Task, counts: dict[str, int], articles: int, homeless: int, schemes: Sequence[SchemeFigures]
) -> list[str]:
    n = sum(counts.values())
    notes = []
    if n < ENOUGH_TO_CHOOSE:
        notes.append(f"With {n} labels nothing was chosen by the data; all settings are fixed defaults.")
    else:
        notes.append("All settings are fixed defaults; nothing was chosen by the data.")
    where = f"under the same {_counted(articles, 'article')}" if articles else "like the labelled ones"
    notes.append(f"Intervals are 95 % intervals, for further comments {where} and for no others.")
    if task.contrast:
        notes.append("Those of the contrast set are for further texts of its kind, which are no comments.")
    if not homeless and articles < figures.FEW_ARTICLES:
        notes.append(
            f"Comments under other articles: no interval, {_counted(articles, 'article')}; "
            f"label comments under at least {figures.FEW_ARTICLES}."
        )
    if homeless:
        notes.append(f"No article was left out: {_counted(homeless, 'label')} without an article_id.")
    taught = {stance for _, stance in task.examples}
    for stance, count in counts.items():
        if count >= figures.FEW_LABELS:
            continue
        missing = figures.FEW_LABELS - count
        if count:
            notes.append(
                f"{stance}: {_counted(count, 'label')}, too few to judge it by; label at least {missing} more."
            )
        elif stance in taught:
            notes.append(f"{stance}: no label, it is known from the codebook's examples only; label {missing}.")
        else:
            notes.append(f"{stance}: no label and no example, the model cannot answer with it; label {missing}.")
    notes += [_on_examples(scheme) for scheme in schemes if scheme.scheme == evaluate.STRATIFIED and task.examples]
    return notes


def _counted(count: int, what: str) -> str:
    return f"{count} {what}" if count == 1 else f"{count} {what}s"


def _on_examples(scheme: SchemeFigures) -> str:
    difference = next(each for each in scheme.differences if each.system == evaluate.LABELS).accuracy
    interval = difference.interval
    assert interval is not None  # noqa: S101 - k-fold always has one
    told = f"{difference.value:+.2f} accuracy [{interval.low:+.2f}, {interval.high:+.2f}] against labels only"
    if interval.low > 0:
        return f"The codebook's examples help: {told}."
    if interval.high < 0:
        return f"The codebook's examples hurt: {told}; try --no-codebook-examples."
    return f"Whether the codebook's examples help cannot be told from these labels: {told}."


def _plain(scheme: SchemeFigures) -> dict[str, Any]:
    """Turn the figures of a scheme into what JSON can hold, at 6 decimals."""
    systems = []
    for system in scheme.systems:
        matrix = system.confusion
        confusion = {stance: {key: float(value) for key, value in row.items()} for stance, row in matrix.iterrows()}
        systems.append({**asdict(replace(system, confusion=matrix.iloc[:0])), "confusion": confusion})
    differences = [asdict(difference) for difference in scheme.differences]
    rounded: dict[str, Any] = _rounded({"scheme": scheme.scheme, "systems": systems, "differences": differences})
    return rounded


def _rounded(value: Any) -> Any:
    if isinstance(value, float):
        return round(value, 6)
    if isinstance(value, dict):
        return {key: _rounded(item) for key, item in value.items()}
    return [_rounded(item) for item in value] if isinstance(value, (list, tuple)) else value
