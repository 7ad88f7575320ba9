"""How far annotators agree, as text for the terminal, as JSON, and as a sheet of what they disagree on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd

from stance.labels.resolution import ADJUDICATED
from stance.reports import terminal_tables
from stance.reports.terminal_tables import DEFAULT_WIDTH, escape_for_terminal
from stance.reports.text_format import NOT_AVAILABLE, join_with_and, pluralise

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rich.table import Table

    from stance.labels.comparisons import AgreementResults, AnnotatorComparison
    from stance.metrics.agreement_coefficients import Estimate

TENTATIVE_ALPHA, RELIABLE_ALPHA = 2 / 3, 0.8
"""What Krippendorff asks alpha to reach, for tentative conclusions and for others."""

_MAX_PAIRS = 6
_MAX_NAMES = 3
_MAX_DISAGREEMENTS = 20
_MIN_WIDTH = 20
_DECIMALS = 6
_LABEL_COLUMN_PREFIX = "label by "


def format_agreement(
    comparisons: AgreementResults, disagreements: pd.DataFrame, notes: Sequence[str], width: int = DEFAULT_WIDTH
) -> str:
    """Show all figures with their intervals, who says what where another says something else, and what it means."""
    parts: list[str | Table] = []
    if comparisons.overall:
        parts += ["[bold]agreement between annotators[/bold]", _build_coefficient_table(comparisons)]
        for of_all in _overall_comparison(comparisons):
            parts += [
                "[bold]by stance[/bold]: how often another annotator says so, too, where one does",
                _build_stance_table(of_all),
            ]
        for pair in comparisons.pairs[:_MAX_PAIRS]:
            first, second = map(escape_for_terminal, pair.annotators)
            parts += [
                f"{first} (rows) by {second} (columns)",
                _build_confusion_table(pair),
            ]
        if more := comparisons.pairs[_MAX_PAIRS:]:
            parts.append(f"... and {pluralise(len(more), 'more pair')}, --json has all")
    if comparisons.self_consistency:
        table = terminal_tables.create_table(
            "annotator", "comments", "says the same", "Cohen's kappa", "Krippendorff's alpha"
        )
        for each in comparisons.self_consistency:
            table.add_row(
                f"{escape_for_terminal(each.annotators[0])}, pass {each.later_pass}",
                str(each.agreement.n_items),
                *_format_coefficients(each),
            )
        parts += ["[bold]self-consistency[/bold]: the first pass beside a later one of the same annotator", table]
    if len(disagreements):
        parts += [
            f"[bold]disagreements[/bold]: {_count_disagreements(disagreements)}",
            _build_disagreement_table(disagreements, width),
        ]
        if (rest := len(disagreements) - _MAX_DISAGREEMENTS) > 0:
            parts.append(f"... and {rest:,} more, --output FILE writes all of them")
    return terminal_tables.render_as_text(*parts, *(escape_for_terminal(note) for note in notes), width=width)


def agreement_to_json(
    comparisons: AgreementResults, disagreements: pd.DataFrame, notes: Sequence[str]
) -> dict[str, Any]:
    """Give all that there is to say as plain values."""
    return {
        "annotators": comparisons.items_per_annotator,
        "pairs": [_comparison_to_json(pair) for pair in comparisons.pairs],
        "overall": _comparison_to_json(comparisons.overall) if comparisons.overall else None,
        "targets": {
            target: [_comparison_to_json(each) for each in of_target]
            for target, of_target in comparisons.by_target.items()
        },
        "self_consistency": [_comparison_to_json(each) for each in comparisons.self_consistency],
        "disagreements": disagreements.to_dict("records"),
        "notes": list(notes),
    }


def build_adjudication_sheet(disagreements: pd.DataFrame, annotators: Sequence[str]) -> pd.DataFrame:
    """Lay out disagreements as a labelling sheet, in which an empty stance waits for the one that holds."""
    labels = {
        f"{_LABEL_COLUMN_PREFIX}{name}": [given.get(name, "") for given in disagreements["labels"]]
        for name in annotators
    }
    comments = disagreements[["comment_id", "article_id", "article_title", "target", "text"]]
    beside = pd.DataFrame(labels, index=disagreements.index, dtype="str")
    return pd.concat([comments, beside, disagreements["adjudicated"].rename("stance")], axis=1).assign(
        **{"pass": ADJUDICATED}
    )


def describe_agreement(rows: pd.DataFrame, comparisons: AgreementResults) -> tuple[str, ...]:
    """Say what was left out, what is taken for granted, and what the figures mean.

    Parameters
    ----------
    rows
        The labels that were compared.
    comparisons
        What came of it.
    """
    given = rows[rows["stance"] != ""]
    nameless = int(((given["annotator"] == "") & (given["pass"] != ADJUDICATED)).sum())
    adjudicated = int((given["pass"] == ADJUDICATED).sum())
    told = []
    if nameless:
        told.append(f"{pluralise(nameless, 'label')} without an annotator's name left out: anyone may have given them.")
    if adjudicated:
        told.append(f"{pluralise(adjudicated, 'adjudication')} left out: they are made in sight of the other labels.")
    told += [
        f"{one!r} and {other!r} are taken for two annotators."
        for place, one in enumerate(comparisons.items_per_annotator)
        for other in list(comparisons.items_per_annotator)[place + 1 :]
        if one.casefold() == other.casefold()
    ]
    told += [
        _describe_single_stance(each)
        for each in (*comparisons.pairs, *comparisons.self_consistency)
        if each.only_stance
    ]
    if comparisons.overall:
        told += _describe_overall(given, comparisons.overall)
    return tuple(told)


def _describe_overall(labelled: pd.DataFrame, overall: AnnotatorComparison) -> list[str]:
    told = []
    comments = set(overall.items.index.get_level_values("comment_id"))
    own = labelled[labelled["pass"] != ADJUDICATED]
    first = own.assign(number=own["pass"].astype("int64")).sort_values("number", kind="stable")
    of_both = first[first["comment_id"].isin(comments)].drop_duplicates(["comment_id", "target", "annotator"])
    chosen = of_both[of_both["sampled"].isin(["uncertain", "disagree"])]["comment_id"].nunique()
    if chosen:
        told.append(
            f"{chosen:,} of these {pluralise(len(comments), 'comment')} were chosen because a model was in doubt or "
            "because labels differed: people agree less on such ones."
        )
    if overall.agreement.n_items > overall.n_comments:
        told.append(
            "Labels of one comment toward several targets count apart in the figures, and as one case in the intervals."
        )
    told.append("That nobody saw another's labels before giving their own is taken for granted: the sheet cannot tell.")
    if overall.agreement.alpha:
        told.append(_interpret_alpha(overall.agreement.alpha))
    return told


def _describe_single_stance(comparison: AnnotatorComparison) -> str:
    who = (
        _format_annotators(comparison)
        if comparison.later_pass is None
        else f"{comparison.annotators[0]} with pass {comparison.later_pass}"
    )
    return (
        f"{who}: all labels are {comparison.only_stance!r}. Chance would give that too, so neither kappa nor alpha "
        "can say anything."
    )


def _interpret_alpha(alpha: Estimate) -> str:
    low, high = alpha.interval.low, alpha.interval.high
    if low >= RELIABLE_ALPHA:
        return "Alpha is above .80, which Krippendorff asks for, over its whole interval."
    if low >= TENTATIVE_ALPHA:
        beyond = "may reach" if high >= RELIABLE_ALPHA else "does not reach"
        return f"Alpha is above .67 over its whole interval, enough for tentative conclusions; it {beyond} .80."
    if high < TENTATIVE_ALPHA:
        return "Alpha is below .67 over its whole interval, too low even for tentative conclusions: mend the codebook."
    beyond = "or" if high >= RELIABLE_ALPHA else "but hardly"
    return (
        f"Alpha may be below .67, the least for tentative conclusions, {beyond} above .80: more comments labelled by "
        "several annotators would tell."
    )


def _build_coefficient_table(comparisons: AgreementResults) -> Table:
    some = [("", each) for each in (*comparisons.pairs, *_overall_comparison(comparisons))]
    some += [(target, each) for target, of_target in comparisons.by_target.items() for each in of_target]
    toward = ["toward"] if comparisons.by_target else []
    table = terminal_tables.create_table(
        "annotators", *toward, "comments", "observed agreement", "Cohen's kappa", "Krippendorff's alpha"
    )
    for target, each in some:
        target_cell = [escape_for_terminal(target) or "all targets"] if toward else []
        table.add_row(
            escape_for_terminal(_format_annotators(each)),
            *target_cell,
            str(each.n_comments),
            *_format_coefficients(each),
        )
    return table


def _overall_comparison(comparisons: AgreementResults) -> list[AnnotatorComparison]:
    """Give the comparison of all annotators, unless it is that of the only pair."""
    return [comparisons.overall] if comparisons.overall and comparisons.overall not in comparisons.pairs else []


def _format_annotators(comparison: AnnotatorComparison) -> str:
    names = comparison.annotators
    return join_with_and(names) if len(names) <= _MAX_NAMES else f"all {len(names)}"


def _format_coefficients(comparison: AnnotatorComparison) -> list[str]:
    found = comparison.agreement
    return [_format_estimate(each) for each in (found.observed, found.kappa, found.alpha)]


def _format_estimate(estimate: Estimate | None) -> str:
    return (
        NOT_AVAILABLE if estimate is None else terminal_tables.format_with_interval(estimate.value, estimate.interval)
    )


def _build_stance_table(overall: AnnotatorComparison) -> Table:
    table = terminal_tables.create_table("stance", "labels", "agreement")
    for stance, estimate in overall.by_stance.items():
        table.add_row(escape_for_terminal(stance), str(overall.label_counts[stance]), _format_estimate(estimate))
    return table


def _build_confusion_table(pair: AnnotatorComparison) -> Table:
    counts = pair.confusion
    table = terminal_tables.create_table("", *map(str, counts.columns), "agreement on it")
    for stance, row in counts.iterrows():
        cells = (str(n) if n else "." for n in row)
        table.add_row(escape_for_terminal(str(stance)), *cells, _format_estimate(pair.by_stance[str(stance)]))
    return table


def _count_disagreements(disagreements: pd.DataFrame) -> str:
    done = int((disagreements["adjudicated"] != "").sum())
    return f"{pluralise(len(disagreements), 'comment')}, {done:,} of them adjudicated"


def _build_disagreement_table(disagreements: pd.DataFrame, width: int) -> Table:
    toward = any(disagreements["target"])
    table = terminal_tables.create_table(
        "comment", "article", *(["toward"] if toward else []), "labels of it", "adjudicated", "text"
    )
    room = max(_MIN_WIDTH, width // 3)
    for each in disagreements.head(_MAX_DISAGREEMENTS).to_dict("records"):
        labels = ", ".join(f"{name}: {stance}" for name, stance in each["labels"].items())
        cells = (
            each["comment_id"],
            terminal_tables.shorten_to_line(each["article_title"] or each["article_id"], _MIN_WIDTH),
            *([each["target"]] if toward else []),
            labels,
            each["adjudicated"] or "no",
            terminal_tables.shorten_to_line(each["text"], room),
        )
        table.add_row(*map(escape_for_terminal, cells))
    return table


def _comparison_to_json(comparison: AnnotatorComparison) -> dict[str, Any]:
    found = comparison.agreement
    figures: dict[str, Any] = {
        "annotators": list(comparison.annotators),
        "pass": comparison.later_pass,
        "n": found.n_items,
        "comments": comparison.n_comments,
        "observed_agreement": _estimate_to_json(found.observed),
        "kappa": _estimate_to_json(found.kappa),
        "alpha": _estimate_to_json(found.alpha),
        "stances": {
            stance: {"labels": comparison.label_counts[stance], "agreement": _estimate_to_json(estimate)}
            for stance, estimate in comparison.by_stance.items()
        },
    }
    if comparison.items.shape[1] == 2:  # noqa: PLR2004 - of two there is one table
        counts = comparison.confusion
        figures["confusion"] = {
            str(stance): {str(to): int(n) for to, n in row.items()} for stance, row in counts.iterrows()
        }
    return figures


def _estimate_to_json(estimate: Estimate | None) -> dict[str, float] | None:
    if estimate is None:
        return None
    ends = {"value": estimate.value, "low": estimate.interval.low, "high": estimate.interval.high}
    return {name: round(value, _DECIMALS) + 0.0 for name, value in ends.items()}  # no minus zero
