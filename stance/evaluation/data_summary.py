"""Summarise what a model was trained on, for metrics.json: comments, their sampling, the codebook, and who labelled."""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from stance.labels.resolution import ADJUDICATED, ITEM_COLUMNS

if TYPE_CHECKING:
    import pandas as pd

    from stance.labels.codebook import Codebook
    from stance.labels.comparisons import AgreementResults, AnnotatorComparison
    from stance.metrics.agreement_coefficients import Estimate

_DATE_PATTERN = re.compile(r"\d{4}(-\d\d(-\d\d)?)?(?![\d-])")


def summarise_corpus(rows: pd.DataFrame, labels: pd.DataFrame) -> dict[str, Any]:
    """Return where and when the labelled comments were written, and how they were sampled.

    Parameters
    ----------
    rows
        The rows of the sheets, as returned by `resolution.combine_labels`.
    labels
        The resolved labels, as returned by `resolution.resolve_labels`.
    """
    comments = labels.drop_duplicates("comment_id")
    outlets = Counter(host for source in comments["source"] if (host := find_host(source)))
    n_without_source = int((comments["source"] == "").sum())
    matches = map(_DATE_PATTERN.match, comments["date_iso"])
    dates = sorted(match[0] for match in matches if match)
    return {
        "comments": len(comments),
        "comments_in_sheets": int(rows["comment_id"].nunique()),
        "outlets": [{"host": host, "comments": n} for host, n in sorted(outlets.items(), key=_most_frequent_first)],
        "other_sources": {
            "sources": len({source for source in comments["source"] if source and not find_host(source)}),
            "comments": len(comments) - outlets.total() - n_without_source,
        },
        "without_source": n_without_source,
        "dates": {
            "first": dates[0] if dates else None,
            "last": dates[-1] if dates else None,
            "comments": len(dates),
        },
        "sampling": [_summarise_sample(method, part) for method, part in comments.groupby("sampled", sort=True)],
    }


def find_host(source: str) -> str:
    """Return the host of an address without `www.`, or an empty string if the source is not an address.

    >>> find_host("https://www.news.example/2024/bus?id=1"), find_host("saved-page.html"), find_host("http://[")
    ('news.example', '', '')
    """
    try:
        address = urlsplit(source)
    except ValueError:
        return ""
    if address.scheme.lower() not in {"http", "https"}:
        return ""
    return (address.hostname or "").removeprefix("www.")


def summarise_codebook(codebook: Codebook, labels: pd.DataFrame) -> dict[str, Any]:
    """Return the title, rules, and stances of a codebook, and how many labels were given under these definitions.

    Parameters
    ----------
    codebook
        The codebook.
    labels
        The resolved labels; the column `codebook` holds the version of the stance that was used.
    """
    versions = {stance.name: codebook.stance_version(stance.name) for stance in codebook.stances}
    is_recorded = labels["codebook"] != ""
    is_current = labels["codebook"] == labels["stance"].map(versions)
    return {
        "title": codebook.title or None,
        "rules": list(codebook.rules),
        "stances": [
            {
                "stance": stance.name,
                "definition": stance.definition or None,
                "rules": list(stance.rules),
                "target": stance.target or None,
                "direction": stance.direction or None,
                "version": versions[stance.name],
            }
            for stance in codebook.stances
        ],
        "labels_by_version": {
            "current": int(is_current.sum()),
            "other": int((is_recorded & ~is_current).sum()),
            "not_recorded": int((~is_recorded).sum()),
        },
    }


def summarise_labelling(rows: pd.DataFrame, agreement: AgreementResults) -> dict[str, Any]:
    """Return who labelled and adjudicated how many comments, and how far they agreed.

    Parameters
    ----------
    rows
        The rows of the sheets, as returned by `resolution.combine_labels`.
    agreement
        The comparison of the annotators.
    """
    labels = rows[rows["stance"] != ""]
    is_adjudication = labels["pass"] == ADJUDICATED
    adjudications, independent = labels[is_adjudication], labels[~is_adjudication]
    n_stances = independent.groupby(ITEM_COLUMNS)["stance"].nunique()
    names = sorted(set(labels["annotator"]) - {""})
    return {
        "annotators": [
            _summarise_annotator(
                name, independent[independent["annotator"] == name], adjudications[adjudications["annotator"] == name]
            )
            for name in [*names, *([""] if (labels["annotator"] == "").any() else [])]
        ],
        "unsure": int((independent["unsure"] == "yes").sum()),
        "disagreements": int((n_stances > 1).sum()),
        "adjudicated": len(adjudications.drop_duplicates(ITEM_COLUMNS)),
        "overall": None if agreement.overall is None else _serialise_comparison(agreement.overall),
        "self_consistency": [_serialise_comparison(comparison) for comparison in agreement.self_consistency],
    }


def _most_frequent_first(item: tuple[str, int]) -> tuple[int, str]:
    return -item[1], item[0]


def _summarise_sample(method: Any, comments: pd.DataFrame) -> dict[str, Any]:
    probabilities = comments.loc[comments["probability"] != "", "probability"].astype("float64")
    return {
        "method": str(method) or None,
        "comments": len(comments),
        "seeds": sorted(set(comments["seed"]) - {""}),
        "probability": {
            "low": float(probabilities.min()) if len(probabilities) else None,
            "high": float(probabilities.max()) if len(probabilities) else None,
            "comments": len(probabilities),
            "represented": float((1 / probabilities).sum()) if len(probabilities) else None,
        },
    }


def _summarise_annotator(name: str, labels: pd.DataFrame, adjudications: pd.DataFrame) -> dict[str, Any]:
    passes = Counter(labels["pass"])
    days = [*labels["labelled_at"], *adjudications["labelled_at"]]
    dates = sorted(match[0] for match in map(_DATE_PATTERN.match, days) if match)
    return {
        "annotator": name or None,
        "labels": len(labels),
        "passes": {number: passes[number] for number in sorted(passes, key=int)},
        "first_date": dates[0] if dates else None,
        "last_date": dates[-1] if dates else None,
        "adjudications": len(adjudications.drop_duplicates(ITEM_COLUMNS)),
    }


def _serialise_comparison(comparison: AnnotatorComparison) -> dict[str, Any]:
    agreement = comparison.agreement
    return {
        "annotators": list(comparison.annotators),
        "pass": comparison.later_pass,
        "n": agreement.n_items,
        "comments": comparison.n_comments,
        "observed": _serialise_estimate(agreement.observed),
        "kappa": _serialise_estimate(agreement.kappa),
        "alpha": _serialise_estimate(agreement.alpha),
    }


def _serialise_estimate(estimate: Estimate | None) -> dict[str, float] | None:
    if estimate is None:
        return None
    return {"value": estimate.value, "low": estimate.interval.low, "high": estimate.interval.high}
