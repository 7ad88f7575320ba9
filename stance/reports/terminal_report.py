"""An evaluation or a collection as plain text for the terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stance.evaluation.out_of_fold import CONTRAST_SET
from stance.evaluation.splits import GROUPED_KFOLD, LEAVE_ONE_ARTICLE_OUT, STRATIFIED_KFOLD
from stance.reports import terminal_tables
from stance.reports.terminal_tables import DEFAULT_WIDTH, escape_for_terminal
from stance.reports.text_format import pluralise

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import pandas as pd
    from rich.table import Table

    from stance.evaluation.assessment import Evaluation
    from stance.evaluation.scores import SchemeScores, Score, SystemScores
    from stance.extraction.page_report import PageReport

_MAX_PAGES = 40
_MAX_LABELS = 24
_MAX_ARTICLES = 5
_MAX_REVIEWED = 5
_MAX_TERMS = 8
_MAX_NAME_WIDTH = 40


def format_pages(pages: Sequence[PageReport], width: int = DEFAULT_WIDTH) -> str:
    """Show what was found on each page, of many pages on the first ones and on those that could not be read."""
    table = terminal_tables.create_table("page", "title", "announced", "found", "outcome")
    shown = [page for place, page in enumerate(pages) if place < _MAX_PAGES or page.error]
    for page in shown:
        announced = "-" if page.announced is None else str(page.announced)
        table.add_row(*map(escape_for_terminal, (page.source, page.title, announced, str(page.found), page.outcome)))
    rest = len(pages) - len(shown)
    found = sum(page.found for page in pages)
    unread = sum(page.error is not None for page in pages)
    with_comments = sum(page.found > 0 for page in pages)
    summary = f"{pluralise(len(pages), 'page')}, {pluralise(found, 'comment')} on {with_comments} of them"
    if unread:
        summary += f"; {unread} could not be read"
    more = [f"... and {rest} more, --json lists all"] if rest else []
    return terminal_tables.render_as_text(table, *more, summary, width=width)


def format_labels(labels: pd.DataFrame, evaluation: Evaluation, width: int = DEFAULT_WIDTH) -> str:
    """Show how many labels each stance has, and the first labelled comments."""
    counts = evaluation.label_counts.by_stance
    by_stance = ", ".join(f"{stance} {count}" for stance, count in counts.items())
    room = max(20, width - max(map(len, counts)) - 4)
    table = terminal_tables.create_table("stance", "comment")
    for stance, text in labels.head(_MAX_LABELS)[["stance", "text"]].itertuples(index=False):
        table.add_row(escape_for_terminal(stance), escape_for_terminal(terminal_tables.shorten_to_line(text, room)))
    rest = len(labels) - _MAX_LABELS
    more = [f"... and {rest} more"] if rest > 0 else []
    return terminal_tables.render_as_text(
        f"{len(labels)} labels: {escape_for_terminal(by_stance)}", table, *more, width=width
    )


def format_evaluation(evaluation: Evaluation, notes: Sequence[str], width: int = DEFAULT_WIDTH) -> str:
    """Show the figures of an evaluation with their intervals; metrics.json holds all of them."""
    over_all = [scheme for scheme in evaluation.schemes if scheme.target is None]
    parts = [part for scheme in over_all for part in _format_scheme(scheme)]
    if toward := [scheme for scheme in evaluation.schemes if scheme.target and scheme.scheme == STRATIFIED_KFOLD]:
        parts += [
            "[bold]toward each target[/bold], stratified k-fold",
            _build_target_table([evaluation.main_scheme, *toward]),
        ]
    if evaluation.group_schemes:
        parts += ["[bold]the stances in groups[/bold]", _build_group_table(evaluation.group_schemes)]
    return terminal_tables.render_as_text(*parts, *(escape_for_terminal(note) for note in notes), width=width)


def format_review(evaluation: Evaluation, width: int = DEFAULT_WIDTH) -> str:
    """Show the labels and answers to look at again, and what speaks for each stance; the page has more of them."""
    parts: list[str | Table] = []
    room = max(20, width - 60)
    if len(doubtful := evaluation.suspect_labels.head(_MAX_REVIEWED)):
        table = terminal_tables.create_table("label", "models say", "p of the label", "article", "comment")
        shown = doubtful.assign(probability=[f"{p:.2f}" for p in doubtful["probability"]])
        for row in shown[["stance", "suggested", "probability", "article_id", "text"]].to_numpy().tolist():
            table.add_row(*map(escape_for_terminal, (*row[:-1], terminal_tables.shorten_to_line(row[-1], room))))
        parts += ["[bold]labels that may be wrong[/bold]: models that did not see them say otherwise", table]
    if len(wrong := evaluation.misclassified.head(_MAX_REVIEWED)):
        table = terminal_tables.create_table("label", "misread as", "because of", "comment")
        for row in wrong[["stance", "predicted", "terms", "text"]].to_numpy().tolist():
            table.add_row(*map(escape_for_terminal, (*row[:-1], terminal_tables.shorten_to_line(row[-1], room))))
        parts += ["[bold]misread comments[/bold], the surest answers first", table]
    table = terminal_tables.create_table(
        "stance", *(["toward"] if evaluation.label_counts.by_target else []), "terms that speak for it"
    )
    for each in evaluation.top_terms:
        terms = ", ".join(term for term, _ in each.terms[:_MAX_TERMS])
        table.add_row(
            *map(
                escape_for_terminal, (each.stance, *([each.target] if evaluation.label_counts.by_target else []), terms)
            )
        )
    return terminal_tables.render_as_text(*parts, table, width=width)


def format_sample(
    stratified_by: str | None,
    strata: Sequence[tuple[str, float, int, float]],
    left_out: Mapping[str, int],
    width: int = DEFAULT_WIDTH,
) -> str:
    """Show how many comments were drawn of how many, from each stratum and in all.

    Parameters
    ----------
    stratified_by
        The column that tells the strata apart, if there are several.
    strata
        Of each its name, how many comments it has, how many of them were drawn, and with what probability.
    left_out
        How many rows were not drawn from, by the reason.
    width
        The width to draw the table in.
    """
    table = terminal_tables.create_table(stratified_by or "", "comments", "drawn", "probability")
    for name, size, drawn, chance in strata if stratified_by is not None else ():
        named = terminal_tables.shorten_to_line(name, _MAX_NAME_WIDTH) or "(empty)"
        table.add_row(escape_for_terminal(named), f"{size:,.0f}", f"{drawn:,}", f"{chance:.4g}")
    size, drawn = sum(each[1] for each in strata), sum(each[2] for each in strata)
    overall = f"{min(1, drawn / size):.4g}" if stratified_by is None else ""
    table.add_row("all", f"{size:,.0f}", f"{drawn:,}", overall)
    rest = [f"{pluralise(count, 'row')} left out: {reason}" for reason, count in left_out.items() if count]
    return terminal_tables.render_as_text(table, *rest, width=width)


def _format_scheme(scheme: SchemeScores) -> list[str | Table]:
    model = scheme.systems[-1]
    parts: list[str | Table] = [_format_scheme_title(scheme), _build_system_table(scheme)]
    if scheme.scheme == STRATIFIED_KFOLD:
        confusion = f"{escape_for_terminal(model.system)}: true stance (rows) by predicted stance (columns)"
        parts += [
            f"{escape_for_terminal(model.system)}: by stance",
            _build_stance_table(model),
            confusion,
            _build_confusion_table(model),
        ]
    return parts


def _format_scheme_title(scheme: SchemeScores) -> str:
    model = scheme.systems[-1]
    told = {
        STRATIFIED_KFOLD: f"{scheme.n} comments, each scored by models that did not see it",
        LEAVE_ONE_ARTICLE_OUT: f"{scheme.n} comments, each scored by models that did not see its article",
        GROUPED_KFOLD: f"{scheme.n} comments, each scored by models that did not see its article",
        CONTRAST_SET: f"{scheme.n} texts of the codebook, never trained on, whose topic does not tell their stance",
    }[scheme.scheme]
    if model.articles and model.accuracy.interval is None:
        told += f"; no interval: {len(model.articles)} articles"
    return f"[bold]{escape_for_terminal(scheme.scheme)}[/bold]: {told}"


def _build_system_table(scheme: SchemeScores) -> Table:
    ahead = {difference.system: difference for difference in scheme.differences}
    # More than some columns cannot be read; metrics.json has every article.
    shown = len(scheme.systems[-1].articles) <= _MAX_ARTICLES
    articles = [article.article_id for article in scheme.systems[-1].articles if shown]
    table = terminal_tables.create_table(
        "system", "accuracy", "macro F1", "model ahead by", "in macro F1 by", *articles
    )
    for system in scheme.systems:
        gain = ahead.get(system.system)
        table.add_row(
            escape_for_terminal(system.system),
            _format_score(system.accuracy),
            _format_score(system.macro_f1),
            _format_score(gain.accuracy, sign=True) if gain else "",
            _format_score(gain.macro_f1, sign=True) if gain else "",
            *(f"{_format_mean_count(article.hits)} of {article.n}" for article in system.articles if shown),
        )
    return table


def _build_target_table(schemes: Sequence[SchemeScores]) -> Table:
    table = terminal_tables.create_table("target", "n", "accuracy", "macro F1", "F_avg", "F_avg of the majority")
    means = [
        _format_score(each.f_avg_of_targets) if each.f_avg_of_targets else "n/a"
        for each in _model_and_baseline(schemes[0])
    ]
    for scheme in schemes:
        model = scheme.model
        averages = [_format_score(each.f_avg) if each.f_avg else "n/a" for each in _model_and_baseline(scheme)]
        name = "all together" if scheme.target is None else escape_for_terminal(scheme.target)
        table.add_row(name, str(scheme.n), _format_score(model.accuracy), _format_score(model.macro_f1), *averages)
    table.add_row("mean of targets", "", "", "", *means)
    return table


def _model_and_baseline(scheme: SchemeScores) -> tuple[SystemScores, SystemScores]:
    return scheme.model, scheme.systems[0]


def _build_group_table(schemes: Sequence[SchemeScores]) -> Table:
    table = terminal_tables.create_table("scheme", "system", "accuracy", "macro F1")
    for scheme in schemes:
        for system in (scheme.systems[0], scheme.systems[-1]):
            names = (escape_for_terminal(scheme.scheme), escape_for_terminal(system.system))
            table.add_row(*names, _format_score(system.accuracy), _format_score(system.macro_f1))
    return table


def _build_stance_table(system: SystemScores) -> Table:
    table = terminal_tables.create_table("stance", "n", "found", "recall", "precision", "F1")
    for stance in system.stances:
        precision, harmonic = ("n/a" if each is None else f"{each:.2f}" for each in (stance.precision, stance.f1))
        recall = "n/a (n=0)" if stance.recall is None else _format_score(stance.recall)
        found = f"{_format_mean_count(stance.hits)} of {stance.n}"
        table.add_row(escape_for_terminal(stance.stance), str(stance.n), found, recall, precision, harmonic)
    return table


def _build_confusion_table(system: SystemScores) -> Table:
    table = terminal_tables.create_table("", *system.confusion.columns)
    for stance, row in system.confusion.iterrows():
        table.add_row(
            escape_for_terminal(str(stance)), *(_format_mean_count(float(value)) if value else "." for value in row)
        )
    return table


def _format_score(score: Score, *, sign: bool = False) -> str:
    return terminal_tables.format_with_interval(score.value, score.interval, sign=sign)


def _format_mean_count(value: float) -> str:
    return f"{value:.0f}" if value == round(value) else f"{value:.1f}"
