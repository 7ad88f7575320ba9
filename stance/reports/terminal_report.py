"""Format a page collection, an evaluation or a sample as plain text for the terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stance.evaluation.closed_test import CLOSED_TEST
from stance.evaluation.splits import CONTRAST_SET, GROUPED_KFOLD, LEAVE_ONE_ARTICLE_OUT, STRATIFIED_KFOLD
from stance.reports import terminal_tables
from stance.reports.terminal_tables import DEFAULT_WIDTH, escape_for_terminal, shorten_to_line
from stance.reports.text_format import NOT_AVAILABLE
from stance.wording import pluralise

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from rich.table import Table

    from stance.evaluation.assessment import Evaluation
    from stance.evaluation.scheme_scores import SchemeScores, Score, SystemScores
    from stance.extraction.page_report import PageReport
    from stance.reports.verdict import Verdict

_MAX_PAGES = 40
_MAX_ARTICLES = 5
_MAX_TERMS = 8
_MAX_NAME_WIDTH = 40
_MAX_TITLE_WIDTH = 30


def format_pages(pages: Sequence[PageReport], width: int = DEFAULT_WIDTH, *, verbose: bool = False) -> str:
    """Return how many comments each page has; of many pages, the first ones and those that could not be read."""
    table = terminal_tables.create_table("page", "title", "announced", "found", "outcome")
    shown = [page for index, page in enumerate(pages) if verbose or index < _MAX_PAGES or page.error]
    for page in shown:
        announced = "-" if page.announced is None else str(page.announced)
        table.add_row(*map(escape_for_terminal, (page.source, page.title, announced, str(page.found), page.outcome)))
    n_hidden = len(pages) - len(shown)
    n_comments = sum(page.found for page in pages)
    n_with_comments = sum(page.found > 0 for page in pages)
    n_unread = sum(page.error is not None for page in pages)
    summary = f"{pluralise(len(pages), 'page')}, {pluralise(n_comments, 'comment')} on {n_with_comments} of them"
    if n_unread:
        summary += f"; {n_unread} could not be read"
    more = [f"... and {n_hidden} more, --verbose prints all"] if n_hidden else []
    return terminal_tables.render_as_text(table, *more, summary, width=width)


def format_label_counts(evaluation: Evaluation, width: int = DEFAULT_WIDTH) -> str:
    """Return the number of labels, in all and per stance."""
    counts = evaluation.label_counts
    by_stance = ", ".join(f"{stance} {count}" for stance, count in counts.by_stance.items())
    return terminal_tables.render_as_text(
        f"{pluralise(counts.n, 'label')}: {escape_for_terminal(by_stance)}", width=width
    )


def format_evaluation(evaluation: Evaluation, notes: Sequence[str], width: int = DEFAULT_WIDTH) -> str:
    """Return the scores of an evaluation with their intervals; metrics.json contains all of them."""
    schemes_over_targets = [scheme for scheme in evaluation.schemes if scheme.target is None]
    parts = [part for scheme in schemes_over_targets for part in _format_scheme(scheme, evaluation.article_titles)]
    by_target = [scheme for scheme in evaluation.schemes if scheme.target and scheme.scheme == STRATIFIED_KFOLD]
    if by_target:
        table = _build_target_table([evaluation.main_scheme, *by_target])
        parts += ["[bold]scores by target[/bold], stratified k-fold", table]
    if evaluation.group_schemes:
        parts += ["[bold]groups of stances[/bold]", _build_group_table(evaluation.group_schemes)]
    parts.append(_build_term_table(evaluation))
    scores = terminal_tables.render_as_text(*parts, *(escape_for_terminal(note) for note in notes), width=width)
    return f"{format_label_counts(evaluation, width)}\n{scores}"


def format_verdict(verdict: Verdict, width: int = DEFAULT_WIDTH) -> str:
    """Return the verdict on a model, a paragraph with a heading for each question."""
    paragraphs = [f"[bold]{heading}[/bold] {escape_for_terminal(text)}" for heading, text in verdict.paragraphs.items()]
    return terminal_tables.render_as_text(*paragraphs, width=width)


def format_sample(
    stratified_by: str | None,
    strata: Sequence[tuple[str, float, int, float]],
    left_out: Mapping[str, int],
    width: int = DEFAULT_WIDTH,
) -> str:
    """Return how many comments were drawn, from each stratum and in all.

    Parameters
    ----------
    stratified_by
        The column that defines the strata; None for a simple random sample.
    strata
        The name, size, number of drawn comments and inclusion probability of each stratum.
    left_out
        The number of rows excluded from the draw, by reason.
    width
        The width of the table.
    """
    table = terminal_tables.create_table(stratified_by or "", "comments", "drawn", "probability")
    for name, size, n_drawn, probability in strata if stratified_by is not None else ():
        stratum = shorten_to_line(name, _MAX_NAME_WIDTH) or "(empty)"
        table.add_row(escape_for_terminal(stratum), f"{size:,.0f}", f"{n_drawn:,}", f"{probability:.4g}")
    total_size, total_drawn = sum(stratum[1] for stratum in strata), sum(stratum[2] for stratum in strata)
    overall = f"{min(1, total_drawn / total_size):.4g}" if stratified_by is None else ""
    table.add_row("all", f"{total_size:,.0f}", f"{total_drawn:,}", overall)
    exclusions = [f"{pluralise(count, 'row')} left out: {reason}" for reason, count in left_out.items() if count]
    return terminal_tables.render_as_text(table, *exclusions, width=width)


def _format_scheme(scheme: SchemeScores, article_titles: Mapping[str, str]) -> list[str | Table]:
    parts: list[str | Table] = [_format_scheme_title(scheme), _build_system_table(scheme)]
    if scheme.model.f_avg and scheme.model.f_avg_of_targets is None:  # otherwise the table of targets shows it
        model, baseline = _model_and_baseline(scheme)
        scores = f"{_format_score(model.f_avg)}, and {_format_score(baseline.f_avg)} for {baseline.system}"
        parts.append(escape_for_terminal(f"F_avg, the mean F1 of stances for and against: {scores}"))
    parts += _format_articles(scheme, article_titles)
    if scheme.scheme == STRATIFIED_KFOLD:
        model_name = escape_for_terminal(scheme.model.system)
        parts += [f"{model_name}: scores by stance", _build_stance_table(scheme.model)]
        heading = f"{model_name}: true stance (rows) by predicted stance (columns)"
        parts += [heading, _build_confusion_table(scheme.model)]
    return parts


def _format_scheme_title(scheme: SchemeScores) -> str:
    model = scheme.model
    description = {
        STRATIFIED_KFOLD: f"{scheme.n} comments, each predicted by models trained without it",
        LEAVE_ONE_ARTICLE_OUT: f"{scheme.n} comments, each predicted by models trained without its article",
        GROUPED_KFOLD: f"{scheme.n} comments, each predicted by models trained without its article",
        CONTRAST_SET: f"{scheme.n} texts of the codebook, never used for training, whose topic does not reveal their "
        "stance",
        CLOSED_TEST: f"{scheme.n} comments that were set aside, predicted by this model",
    }[scheme.scheme]
    if model.articles and model.accuracy.interval is None:
        description += f"; no interval: {len(model.articles)} articles"
    return f"[bold]{escape_for_terminal(scheme.scheme)}[/bold]: {description}"


def _build_system_table(scheme: SchemeScores) -> Table:
    differences = {difference.system: difference for difference in scheme.differences}
    table = terminal_tables.create_table("system", "accuracy", "macro F1", "model ahead by", "in macro F1 by")
    for system in scheme.systems:
        difference = differences.get(system.system)
        table.add_row(
            escape_for_terminal(system.system),
            _format_score(system.accuracy),
            _format_score(system.macro_f1),
            _format_score(difference.accuracy, sign=True) if difference else "",
            _format_score(difference.macro_f1, sign=True) if difference else "",
        )
    return table


def _format_articles(scheme: SchemeScores, titles: Mapping[str, str]) -> list[str | Table]:
    """Return how many comments of each article every system predicts correctly, for the first articles."""
    articles = scheme.model.articles
    if not articles:
        return []
    table = terminal_tables.create_table("article", "comments", *(system.system for system in scheme.systems))
    for index, article in enumerate(articles[:_MAX_ARTICLES]):
        title = shorten_to_line(titles.get(article.article_id) or article.article_id, _MAX_TITLE_WIDTH)
        hits = (_format_mean_count(system.articles[index].hits) for system in scheme.systems)
        table.add_row(escape_for_terminal(title), str(article.n), *hits)
    n_hidden = len(articles) - _MAX_ARTICLES
    more = [f"... and {pluralise(n_hidden, 'more article')}, in metrics.json", ""] if n_hidden > 0 else []
    return ["correct predictions by article", table, *more]


def _build_target_table(schemes: Sequence[SchemeScores]) -> Table:
    table = terminal_tables.create_table("target", "n", "accuracy", "macro F1", "F_avg", "F_avg of the majority")
    for scheme in schemes:
        model = scheme.model
        f_avg = [_format_score(system.f_avg) for system in _model_and_baseline(scheme)]
        name = "all targets" if scheme.target is None else escape_for_terminal(scheme.target)
        table.add_row(name, str(scheme.n), _format_score(model.accuracy), _format_score(model.macro_f1), *f_avg)
    means = [_format_score(system.f_avg_of_targets) for system in _model_and_baseline(schemes[0])]
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
    table = terminal_tables.create_table("stance", "n", "recognised", "recall", "precision", "F1")
    for stance in system.stances:
        precision, f1 = (NOT_AVAILABLE if score is None else f"{score:.2f}" for score in (stance.precision, stance.f1))
        recall = f"{NOT_AVAILABLE} (n=0)" if stance.recall is None else _format_score(stance.recall)
        recognised = f"{_format_mean_count(stance.hits)} of {stance.n}"
        table.add_row(escape_for_terminal(stance.stance), str(stance.n), recognised, recall, precision, f1)
    return table


def _build_confusion_table(system: SystemScores) -> Table:
    table = terminal_tables.create_table("", *system.confusion.columns)
    for stance, row in system.confusion.iterrows():
        cells = (_format_mean_count(float(count)) if count else "." for count in row)
        table.add_row(escape_for_terminal(str(stance)), *cells)
    return table


def _build_term_table(evaluation: Evaluation) -> Table:
    has_targets = bool(evaluation.label_counts.by_target)
    target_column = ["target"] if has_targets else []
    table = terminal_tables.create_table("stance", *target_column, "terms with the largest weights")
    for top_terms in evaluation.top_terms:
        terms = ", ".join(term for term, _ in top_terms.terms[:_MAX_TERMS])
        target_cell = [top_terms.target] if has_targets else []
        table.add_row(*map(escape_for_terminal, (top_terms.stance, *target_cell, terms)))
    return table


def _format_score(score: Score | None, *, sign: bool = False) -> str:
    if score is None:
        return NOT_AVAILABLE
    return terminal_tables.format_with_interval(score.value, score.interval, sign=sign)


def _format_mean_count(value: float) -> str:
    return f"{value:.0f}" if value == round(value) else f"{value:.1f}"
