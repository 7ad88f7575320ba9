"""Invented contents of metrics.json for tests of reports; nothing in them was measured."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from stance.models.decision_rule import RULE_MATCHED_FREQUENCIES

Metrics = dict[str, Any]

STANCES = ("pro-ukraine", "anti-csto", "anti-russia", "pro-russia", "neutral", "other")
TARGETS = ("Russia and its allies", "NATO")
WORDS = ("слава", "великая", "leave", "the csto", "peace", "көмек", "не надо", "agree", "why", "<b>", "war", "🙏")


def small() -> Metrics:
    """Return the metrics of 24 labels under two articles; one of six stances has none."""
    counts = dict(zip(STANCES, (4, 8, 9, 0, 2, 1), strict=True))
    rng = np.random.default_rng(1)
    return _metrics(
        counts, (), articles=2, schemes=[
            _scheme(rng, "stratified k-fold", counts, "further comments under these 2 articles", repeats=5),
            _scheme(rng, "leave one article out", counts, "these 2 articles alone", articles=(17, 7), interval=False),
            _scheme(rng, "contrast set", dict.fromkeys(STANCES, 7), "further texts of its kind, which are no comments"),
        ],
        labels={"examples": 4540}, headline="macro_f1",
        examples={"weight": 0.985, "low": 0.95, "high": 1.0},
        decision={"decide": "matched", "rule": "the most probable stance", "multipliers": [
            {"target": None, "stances": dict.fromkeys(STANCES, 1.0)}], "compared": None},
        calibration={
            "calibrated": False, "reason": "24 labels, 112 are needed", "log_loss": {"before": 1.12, "after": None},
            "brier": {"before": 0.55, "after": None}, "reliability": [], "reliability_before": [],
        },
        risk_coverage=[{"confidence": 0.3 + index / 40, "coverage": 1 - index / 24, "accuracy": 0.6 + index / 80}
                       for index in range(22)],
        learning_curve={"points": [], "missing": "24 labels, 45 are needed",
                        "sentence": "24 labels are too few to tell whether more will help; label on."},
    )  # fmt: skip


def large() -> Metrics:
    """Return the metrics of 4,200 labels on two targets under 60 articles, with every key filled."""
    stances = ("FAVOR", "AGAINST", "NONE")
    by_target = {TARGETS[0]: dict(zip(stances, (600, 900, 600), strict=True)),
                 TARGETS[1]: dict(zip(stances, (420, 1080, 600), strict=True))}  # fmt: skip
    counts = {stance: sum(row[stance] for row in by_target.values()) for stance in stances}
    rng = np.random.default_rng(2)
    says = "further comments like these"
    schemes = [_scheme(rng, "stratified k-fold", counts, says, repeats=2, f_avg=True)]
    schemes += [_scheme(rng, "stratified k-fold", row, says, target, repeats=2, f_avg=True)
                for target, row in by_target.items()]  # fmt: skip
    schemes.append(_scheme(rng, "grouped 10-fold", counts, "comments under further articles", f_avg=True))
    bins = np.linspace(0.35, 0.95, 10)
    return _metrics(
        counts, TARGETS, articles=60, schemes=schemes, labels={"by_target": by_target, "training_only": 300},
        headline="f_avg", f_avg_stances={"favour": ["FAVOR"], "against": ["AGAINST"]},
        decision={"decide": "matched", "rule": RULE_MATCHED_FREQUENCIES,
                  "multipliers": [{"target": target, "stances": {"FAVOR": 1.8, "AGAINST": 1.0, "NONE": 1.2}}
                                  for target in TARGETS],
                  "compared": {
                      name: {"system": name, "accuracy": _score(accuracy, 0.01, -1.0),
                             "macro_f1": _score(f1, 0.02, -1.0), "f_avg": _score(f1 + 0.02, 0.02, -1.0)}
                      for name, accuracy, f1 in (("most_probable", 0.66, 0.55), ("rule", 0.63, 0.61),
                                                 ("difference", -0.03, 0.06))}},
        annotators=[{"first": "A", "second": "B", "n": 400, "accuracy": _score(0.81, 0.04),
                     "macro_f1": _score(0.78, 0.05), "kappa": _score(0.7, 0.06), "alpha": _score(0.69, 0.06)}],
        calibration={
            "calibrated": True, "reason": None, "log_loss": {"before": 0.912345, "after": 0.801},
            "brier": {"before": 0.5, "after": 0.46},
            "reliability": [_bin(mid, mid - 0.01) for mid in bins],
            "reliability_before": [_bin(mid, mid - 0.25 * (mid - 0.3)) for mid in bins],
        },
        risk_coverage=[{"confidence": 0.34 + 0.6 * index / 100, "coverage": 1 - index / 100,
                        "accuracy": 0.63 + 0.3 * (index / 100) ** 1.5} for index in range(98)],
        learning_curve={
            "points": [{"n": n, "accuracy": 0.7 - 2 / n**0.5, "macro_f1": 0.66 - 2 / n**0.5, "f_avg": 0.67 - 2 / n**0.5,
                        "low": 0.62 - 2 / n**0.5, "high": 0.72 - 2 / n**0.5} for n in (118, 236, 472, 945, 1890, 3780)],
            "sentence": "Twice the labels would bring about 0.02; label comments in favour first.",
        },
        also={"n": 130, "accuracy": _score(0.66, 0.02), "present": {stance: _score(0.3, 0.02) for stance in stances}},
        article_titles={"a000000000000": "A title of an article"}, **_data(stances),
        settings={"features": {"word_ngrams": [1, 3], "char_ngrams": [2, 5], "min_df": 2}, "c": 10.0,
                  "example_c": 300.0, "example_mass": 20.0, "prior_count": 3.0, "shared": 0.25},
    )  # fmt: skip


def _data(stances: Sequence[str]) -> Metrics:
    """Invent what is recorded of the comments, the codebook and the annotators."""
    agreement = {"pass": None, "n": 400, "comments": 400, "observed": _score(0.81, 0.04), "kappa": _score(0.7, 0.06),
                 "alpha": _score(0.69, 0.06)}  # fmt: skip
    probability = {"low": 0.01, "high": 0.25, "comments": 3900, "represented": 40000.2}
    return {
        "corpus": {
            "comments": 4200, "comments_in_sheets": 5000, "without_source": 200,
            "outlets": [{"host": "news.example", "comments": 3000}, {"host": "daily.example", "comments": 900}],
            "other_sources": {"sources": 3, "comments": 100},
            "dates": {"first": "2023-02-01", "last": "2024-01-31", "comments": 3900},
            "sampling": [
                {"method": "random", "comments": 3900, "seeds": ["7"], "probability": probability},
                {"method": "uncertain", "comments": 300, "seeds": [],
                 "probability": {"low": None, "high": None, "comments": 0, "represented": None}},
            ],
        },
        "codebook": {
            "title": "A title of a codebook", "rules": ["A general rule."],
            "stances": [{"stance": stance, "definition": f"The definition of {stance}.",
                         "rules": [f"A rule on {stance}."], "target": None, "direction": None, "version": "01234567"}
                        for stance in stances],
            "labels_by_version": {"current": 4100, "other": 60, "not_recorded": 40},
        },
        "labelling": {
            "annotators": [
                {"annotator": name, "labels": n, "passes": {"1": n}, "first_date": "2024-02-01",
                 "last_date": "2024-02-20", "adjudications": n_adjudications}
                for name, n, n_adjudications in (("A", 2500, 0), ("B", 2100, 0), ("Carla", 0, 76))
            ],
            "unsure": 31, "disagreements": 76, "adjudicated": 76, "overall": {"annotators": ["A", "B"], **agreement},
            "self_consistency": [{"annotators": ["A"], **agreement, "pass": "2", "n": 50, "comments": 50}],
        },
    }  # fmt: skip


def renamed(value: Any, names: Mapping[str, str]) -> Any:
    """Replace the names of stances, targets, systems or terms everywhere in a value."""
    if isinstance(value, str):
        return names.get(value, value)
    if isinstance(value, dict):
        return {renamed(key, names): renamed(item, names) for key, item in value.items()}
    return [renamed(item, names) for item in value] if isinstance(value, (list, tuple)) else value


def frames(
    metrics: Metrics, texts: Sequence[str] = ("Words of a comment.",), title: str = "A title"
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the suspect and the misclassified comments of some metrics as frames, with the texts in turn."""
    tables = []
    for key in ("suspects", "misread"):
        rows = [{**row, "article_title": title, "text": texts[index % len(texts)]}
                for index, row in enumerate(metrics[key])]  # fmt: skip
        tables.append(pd.DataFrame(rows, dtype=object))  # Arrow cannot hold lone surrogates
    return tables[0], tables[1]


def _metrics(counts: dict[str, int], targets: Sequence[str], articles: int, labels: Metrics, **parts: Any) -> Metrics:
    n, stances = sum(counts.values()), list(counts)
    pairs = [(target, stance) for target in targets or (None,) for stance in stances]
    return {
        "schema": 3,
        "provenance": {
            "seed": 0, "quick": False, "sheets": [{"name": "made-up.csv", "sha256": "0123456789abcdef" * 4}],
            "codebook": None if targets else {"name": "codebook.toml", "sha256": "fedcba9876543210" * 4},
            "versions": {"stance": "0.1.0", "python": "3.11.2", "numpy": "2.4.6"},
        },
        "stances": stances, "groups_of_stances": {}, "targets": list(targets),
        "labels": {"n": n, "tested": n, "training_only": 0, "articles": articles, "weighted": False, "examples": 0,
                   "by_stance": counts, "by_target": {}, **labels},
        "annotators": [], "also": None,
        "label_groups": {"n": n - 4, "largest": 3, "limit": max(5, n // 10), "largest_undivided": 3, "divided": [],
                         "linked": {"comment": 0, "near-duplicate": 5, "contained": 2, "author": 0, "group": 0},
                         "labels_without_person": n, "if_divided": None},
        "top_terms": [
            {"target": target, "stance": stance, "terms": [
                {"term": WORDS[(index + rank) % len(WORDS)], "weight": round(2.4 / (1 + rank), 6)}
                for rank in range(8)]}
            for index, (target, stance) in enumerate(pairs)
        ],
        "suspects": [{"comment_id": f"c{index:012d}", "target": targets[0] if targets else "", "stance": stances[0],
                      "suggested": stances[1], "probability": 0.02 * (index + 1)} for index in range(4)],
        "misread": [{"comment_id": f"c{index:012d}", "target": targets[-1] if targets else "", "stance": stances[1],
                     "predicted": stances[2], "share": 0.8, "terms": "слава +0.4; peace +0.2"} for index in range(9)],
        "notes": ["Made up for tests."],
        **parts,
    }  # fmt: skip


def _scheme(
    rng: np.random.Generator, scheme: str, counts: dict[str, int], says: str, target: str | None = None, *,
    repeats: int = 1, f_avg: bool = False, interval: bool = True, articles: Sequence[int] = (),
) -> Metrics:  # fmt: skip
    """Invent the scores of systems, each better than the one before."""
    skills = {"majority": 0.0, "stratified guess": 0.1, "keywords": 0.2, "labels": 0.45, "labels+examples": 0.5}
    systems = [_system(rng, name, counts, skill, f_avg=f_avg, interval=interval) for name, skill in skills.items()]
    systems[-1]["articles"] = [{"article_id": f"a{index:012d}", "n": n, "hits": round(0.7 * n, 1)}
                               for index, n in enumerate(articles)]  # fmt: skip
    differences = [{"system": baseline["system"], **{
        measure: _score(systems[-1][measure]["value"] - baseline[measure]["value"], 0.15 if interval else None, -1.0)
        for measure in ("accuracy", "macro_f1")}} for baseline in systems[:-1]]  # fmt: skip
    return {"scheme": scheme, "target": target, "groups": False, "folds": 10, "repeats": repeats,
            "n": sum(counts.values()), "says": says, "systems": systems, "differences": differences}  # fmt: skip


def _system(
    rng: np.random.Generator, name: str, counts: dict[str, int], skill: float, *, f_avg: bool, interval: bool
) -> Metrics:
    stances = list(counts)
    shares = np.asarray(list(counts.values())) / sum(counts.values())
    confusion, stance_scores = {}, []
    for index, (stance, n) in enumerate(counts.items()):
        row = rng.multinomial(n, skill * np.eye(len(stances))[index] + (1 - skill) * shares).astype(float)
        confusion[stance] = dict(zip(stances, row.tolist(), strict=True))
    for stance, n in counts.items():
        hits, n_predicted = confusion[stance][stance], sum(row[stance] for row in confusion.values())
        stance_scores.append({
            "stance": stance, "n": n, "hits": hits,
            "recall": _score(hits / n, min(0.4, 0.9 / n**0.5)) if n else {"value": None, "low": None, "high": None},
            "precision": round(hits / n_predicted, 6) if n_predicted else None,
            "f1": round(2 * hits / (n_predicted + n), 6) if n else None,
        })  # fmt: skip
    n = sum(counts.values())
    half_width = 0.98 / n**0.5 if interval else None
    accuracy = sum(confusion[stance][stance] for stance in stances) / n
    f1 = [scores["f1"] for scores in stance_scores if scores["n"]]
    macro = float(np.mean(f1))
    return {
        "system": name, "accuracy": _score(accuracy, half_width), "skill": _score(skill, half_width, -1.0),
        "macro_f1": _score(macro, half_width),
        "f_avg": _score(float(np.mean(f1[:2])), half_width) if f_avg else None,
        "stances": stance_scores, "confusion": confusion, "articles": [],
    }  # fmt: skip


def _score(value: float, half_width: float | None, minimum: float = 0.0) -> dict[str, float | None]:
    if half_width is None:
        return {"value": round(value, 6), "low": None, "high": None}
    low, high = max(minimum, value - half_width), min(1.0, value + half_width)
    return {"value": round(value, 6), "low": round(low, 6), "high": round(high, 6)}


def _bin(confidence: float, accuracy: float) -> Metrics:
    return {"low": confidence - 0.03, "high": confidence + 0.03, "n": 420.0, "confidence": confidence,
            "right": _score(accuracy, 0.04)}  # fmt: skip
