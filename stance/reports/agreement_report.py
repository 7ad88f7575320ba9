"""How far annotators agree, as text for the terminal, as JSON, and as a sheet of what they disagree on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd

from stance.labels.resolution import ADJUDICATED
from stance.reports import terminal_tables
from stance.reports.terminal_tables import WIDTH, escape
from stance.reports.text_format import NOT_GIVEN, counted, listed

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rich.table import Table

    from stance.labels.comparisons import AgreementResults, AnnotatorComparison
    from stance.metrics.agreement_coefficients import Estimate

TENTATIVE, RELIABLE = 2 / 3, 0.8
"""What Krippendorff asks alpha to reach, for tentative conclusions and for others."""

_SHOWN_PAIRS = 6
_SHOWN_BESIDE = 3
_SHOWN_DISAGREEMENTS = 20
_LEAST_ROOM = 20
_DECIMALS = 6
_LABEL = "label by "


def agreement_text(found: AgreementResults, torn: pd.DataFrame, notes: Sequence[str], width: int = WIDTH) -> str:
    """Show all figures with their intervals, who says what where another says something else, and what it means."""
    parts: list[str | Table] = []
    if found.overall:
        parts += ["[bold]agreement between annotators[/bold]", _figures(found)]
        for of_all in _over_all(found):
            parts += [
                "[bold]by stance[/bold]: how often another annotator says so, too, where one does",
                _stances(of_all),
            ]
        for pair in found.pairs[:_SHOWN_PAIRS]:
            parts += [
                f"{escape(pair.annotators[0])} (rows) by {escape(pair.annotators[1])} (columns)",
                _confusion(pair),
            ]
        if more := found.pairs[_SHOWN_PAIRS:]:
            parts.append(f"... and {counted(len(more), 'more pair')}, --json has all")
    if found.self_consistency:
        table = terminal_tables.table("annotator", "comments", "says the same", "Cohen's kappa", "Krippendorff's alpha")
        for each in found.self_consistency:
            table.add_row(
                f"{escape(each.annotators[0])}, pass {each.later_pass}", str(each.agreement.n_items), *_three(each)
            )
        parts += ["[bold]self-consistency[/bold]: the first pass beside a later one of the same annotator", table]
    if len(torn):
        parts += [f"[bold]disagreements[/bold]: {_torn(torn)}", _disagreements(torn, width)]
        if (rest := len(torn) - _SHOWN_DISAGREEMENTS) > 0:
            parts.append(f"... and {rest:,} more, --output FILE writes all of them")
    return terminal_tables.drawn(*parts, *(escape(note) for note in notes), width=width)


def agreement_json(found: AgreementResults, torn: pd.DataFrame, notes: Sequence[str]) -> dict[str, Any]:
    """Give all that there is to say as plain values."""
    return {
        "annotators": found.items_per_annotator,
        "pairs": [_plain(pair) for pair in found.pairs],
        "overall": _plain(found.overall) if found.overall else None,
        "targets": {target: [_plain(each) for each in of_target] for target, of_target in found.by_target.items()},
        "self_consistency": [_plain(each) for each in found.self_consistency],
        "disagreements": torn.to_dict("records"),
        "notes": list(notes),
    }


def disagreements_sheet(torn: pd.DataFrame, annotators: Sequence[str]) -> pd.DataFrame:
    """Lay out disagreements as a labelling sheet, in which an empty stance waits for the one that holds."""
    labels = {f"{_LABEL}{name}": [given.get(name, "") for given in torn["labels"]] for name in annotators}
    comments = torn[["comment_id", "article_id", "article_title", "target", "text"]]
    beside = pd.DataFrame(labels, index=torn.index, dtype="str")
    return pd.concat([comments, beside, torn["adjudicated"].rename("stance")], axis=1).assign(**{"pass": ADJUDICATED})


def notes(rows: pd.DataFrame, found: AgreementResults) -> tuple[str, ...]:
    """Say what was left out, what is taken for granted, and what the figures mean.

    Parameters
    ----------
    rows
        The labels that were compared.
    found
        What came of it.
    """
    given = rows[rows["stance"] != ""]
    nameless = int(((given["annotator"] == "") & (given["pass"] != ADJUDICATED)).sum())
    adjudicated = int((given["pass"] == ADJUDICATED).sum())
    told = []
    if nameless:
        told.append(f"{counted(nameless, 'label')} without an annotator's name left out: anyone may have given them.")
    if adjudicated:
        told.append(f"{counted(adjudicated, 'adjudication')} left out: they are made in sight of the other labels.")
    told += [
        f"{one!r} and {other!r} are taken for two annotators."
        for place, one in enumerate(found.items_per_annotator)
        for other in list(found.items_per_annotator)[place + 1 :]
        if one.casefold() == other.casefold()
    ]
    told += [_of_one_stance(each) for each in (*found.pairs, *found.self_consistency) if each.only_stance]
    if found.overall:
        told += _on_all(given, found.overall)
    return tuple(told)


def _on_all(given: pd.DataFrame, overall: AnnotatorComparison) -> list[str]:
    told = []
    comments = set(overall.items.index.get_level_values("comment_id"))
    own = given[given["pass"] != ADJUDICATED]
    first = own.assign(number=own["pass"].astype("int64")).sort_values("number", kind="stable")
    of_both = first[first["comment_id"].isin(comments)].drop_duplicates(["comment_id", "target", "annotator"])
    chosen = of_both[of_both["sampled"].isin(["uncertain", "disagree"])]["comment_id"].nunique()
    if chosen:
        told.append(
            f"{chosen:,} of these {counted(len(comments), 'comment')} were chosen because a model was in doubt or "
            "because labels differed: people agree less on such ones."
        )
    if overall.agreement.n_items > overall.n_comments:
        told.append(
            "Labels of one comment toward several targets count apart in the figures, and as one case in the intervals."
        )
    told.append("That nobody saw another's labels before giving their own is taken for granted: the sheet cannot tell.")
    if overall.agreement.alpha:
        told.append(_verdict(overall.agreement.alpha))
    return told


def _of_one_stance(comparison: AnnotatorComparison) -> str:
    who = (
        _who(comparison)
        if comparison.later_pass is None
        else f"{comparison.annotators[0]} with pass {comparison.later_pass}"
    )
    return (
        f"{who}: all labels are {comparison.only_stance!r}. Chance would give that too, so neither kappa nor alpha "
        "can say anything."
    )


def _verdict(alpha: Estimate) -> str:
    low, high = alpha.interval.low, alpha.interval.high
    if low >= RELIABLE:
        return "Alpha is above .80, which Krippendorff asks for, over its whole interval."
    if low >= TENTATIVE:
        beyond = "may reach" if high >= RELIABLE else "does not reach"
        return f"Alpha is above .67 over its whole interval, enough for tentative conclusions; it {beyond} .80."
    if high < TENTATIVE:
        return "Alpha is below .67 over its whole interval, too low even for tentative conclusions: mend the codebook."
    beyond = "or" if high >= RELIABLE else "but hardly"
    return (
        f"Alpha may be below .67, the least for tentative conclusions, {beyond} above .80: more comments labelled by "
        "several annotators would tell."
    )


def _figures(found: AgreementResults) -> Table:
    some = [("", each) for each in (*found.pairs, *_over_all(found))]
    some += [(target, each) for target, of_target in found.by_target.items() for each in of_target]
    toward = ["toward"] if found.by_target else []
    table = terminal_tables.table(
        "annotators", *toward, "comments", "observed agreement", "Cohen's kappa", "Krippendorff's alpha"
    )
    for target, each in some:
        target_cell = [escape(target) or "all targets"] if toward else []
        table.add_row(escape(_who(each)), *target_cell, str(each.n_comments), *_three(each))
    return table


def _over_all(found: AgreementResults) -> list[AnnotatorComparison]:
    """Give the comparison of all annotators, unless it is that of the only pair."""
    return [found.overall] if found.overall and found.overall not in found.pairs else []


def _who(comparison: AnnotatorComparison) -> str:
    names = comparison.annotators
    return listed(names) if len(names) <= _SHOWN_BESIDE else f"all {len(names)}"


def _three(comparison: AnnotatorComparison) -> list[str]:
    found = comparison.agreement
    return [_estimate(each) for each in (found.observed, found.kappa, found.alpha)]


def _estimate(estimate: Estimate | None) -> str:
    return NOT_GIVEN if estimate is None else terminal_tables.figure(estimate.value, estimate.interval)


def _stances(of_all: AnnotatorComparison) -> Table:
    table = terminal_tables.table("stance", "labels", "agreement")
    for stance, estimate in of_all.by_stance.items():
        table.add_row(escape(stance), str(of_all.label_counts[stance]), _estimate(estimate))
    return table


def _confusion(pair: AnnotatorComparison) -> Table:
    counts = pair.confusion
    table = terminal_tables.table("", *map(str, counts.columns), "agreement on it")
    for stance, row in counts.iterrows():
        cells = (str(n) if n else "." for n in row)
        table.add_row(escape(str(stance)), *cells, _estimate(pair.by_stance[str(stance)]))
    return table


def _torn(torn: pd.DataFrame) -> str:
    done = int((torn["adjudicated"] != "").sum())
    return f"{counted(len(torn), 'comment')}, {done:,} of them adjudicated"


def _disagreements(torn: pd.DataFrame, width: int) -> Table:
    toward = any(torn["target"])
    table = terminal_tables.table(
        "comment", "article", *(["toward"] if toward else []), "labels of it", "adjudicated", "text"
    )
    room = max(_LEAST_ROOM, width // 3)
    for each in torn.head(_SHOWN_DISAGREEMENTS).to_dict("records"):
        labels = ", ".join(f"{name}: {stance}" for name, stance in each["labels"].items())
        cells = (
            each["comment_id"],
            terminal_tables.line(each["article_title"] or each["article_id"], _LEAST_ROOM),
            *([each["target"]] if toward else []),
            labels,
            each["adjudicated"] or "no",
            terminal_tables.line(each["text"], room),
        )
        table.add_row(*map(escape, cells))
    return table


def _plain(comparison: AnnotatorComparison) -> dict[str, Any]:
    found = comparison.agreement
    figures: dict[str, Any] = {
        "annotators": list(comparison.annotators),
        "pass": comparison.later_pass,
        "n": found.n_items,
        "comments": comparison.n_comments,
        "observed_agreement": _score(found.observed),
        "kappa": _score(found.kappa),
        "alpha": _score(found.alpha),
        "stances": {
            stance: {"labels": comparison.label_counts[stance], "agreement": _score(estimate)}
            for stance, estimate in comparison.by_stance.items()
        },
    }
    if comparison.items.shape[1] == 2:  # noqa: PLR2004 - of two there is one table
        counts = comparison.confusion
        figures["confusion"] = {
            str(stance): {str(to): int(n) for to, n in row.items()} for stance, row in counts.iterrows()
        }
    return figures


def _score(estimate: Estimate | None) -> dict[str, float] | None:
    if estimate is None:
        return None
    ends = {"value": estimate.value, "low": estimate.interval.low, "high": estimate.interval.high}
    return {name: round(value, _DECIMALS) + 0.0 for name, value in ends.items()}  # no minus zero
