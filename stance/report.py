"""An evaluation or a collection as plain text for the terminal."""

from __future__ import annotations

from io import StringIO
from typing import TYPE_CHECKING

from rich.box import SIMPLE
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from stance.evaluate import CONTRAST, LEFT_OUT_ARTICLE

if TYPE_CHECKING:
    from collections.abc import Sequence

    from stance.collect import PageReport
    from stance.figures import SchemeFigures, Score, StanceFigures, SystemFigures
    from stance.learn import Evaluation

_WIDTH = 110


def pages_text(pages: Sequence[PageReport], width: int = _WIDTH) -> str:
    """Show what was found on each page."""
    table = _table("page", "title", "announced", "found", "outcome")
    for page in pages:
        announced = "-" if page.announced is None else str(page.announced)
        table.add_row(*map(escape, (page.source, page.title, announced, str(page.found), page.outcome)))
    return _drawn(table, width=width)


def labels_text(evaluation: Evaluation) -> str:
    """Show how many labels each stance has."""
    return ", ".join(f"{stance} {count}" for stance, count in evaluation.counts.items())


def evaluation_text(evaluation: Evaluation, width: int = _WIDTH) -> str:
    """Show every figure of an evaluation with its interval."""
    parts = [part for scheme in evaluation.schemes for part in _scheme_parts(scheme)]
    for scheme in evaluation.groups:
        parts += [f"In groups, {_title(scheme)}", _systems(scheme)]
    return _drawn(*parts, *(escape(note) for note in evaluation.notes), width=width)


def _scheme_parts(scheme: SchemeFigures) -> list[str | Table]:
    model = scheme.systems[-1]
    parts: list[str | Table] = [_title(scheme), _systems(scheme), f"{model.system}, by stance", _stances(model)]
    if scheme.scheme != CONTRAST:
        parts += [f"{model.system}, true stance (rows) by predicted stance (columns)", _confusion(model)]
    return parts


def _title(scheme: SchemeFigures) -> str:
    n = scheme.systems[-1].n
    told = {
        CONTRAST: "the codebook's contrast set, never trained on",
        LEFT_OUT_ARTICLE: "each article scored by a model that saw only the others",
    }.get(scheme.scheme, "each comment scored by models that did not see it, mean of 5 repeats")
    return f"[bold]{escape(scheme.scheme)}[/bold]: {n} texts, {told}"


def _systems(scheme: SchemeFigures) -> Table:
    articles = scheme.systems[-1].articles
    ahead = {difference.system: difference for difference in scheme.differences}
    table = _table("system", "accuracy", "macro F1", "model ahead by (accuracy)", "(macro F1)")
    for number, article in enumerate(articles, start=1):
        table.add_column(f"article {number}", justify="right")
        table.columns[-1].header = f"{article.article_id}"
    for system in scheme.systems:
        gain = ahead.get(system.system)
        table.add_row(
            escape(system.system),
            _score(system.accuracy),
            _score(system.macro_f1),
            _score(gain.accuracy, sign=True) if gain else "",
            _score(gain.macro_f1, sign=True) if gain else "",
            *(f"{_count(article.hits)} of {article.n}" for article in system.articles),
        )
    return table


def _stances(system: SystemFigures) -> Table:
    table = _table("stance", "n", "found", "recall", "precision", "F1")
    for stance in system.stances:
        precision = "n/a" if stance.precision is None else f"{stance.precision:.2f}"
        table.add_row(escape(stance.stance), str(stance.n), *_recall(stance), precision, f"{stance.f1:.2f}")
    return table


def _recall(stance: StanceFigures) -> tuple[str, str]:
    interval = stance.recall_interval
    return f"{_count(stance.hits)} of {stance.n}", f"{stance.recall:.2f} \\[{interval.low:.2f}, {interval.high:.2f}]"


def _confusion(system: SystemFigures) -> Table:
    table = _table("", *system.confusion.columns)
    for stance, row in system.confusion.iterrows():
        table.add_row(escape(str(stance)), *(_count(float(value)) if value else "." for value in row))
    return table


def _score(score: Score, *, sign: bool = False) -> str:
    form = "+.2f" if sign else ".2f"
    if score.interval is None:
        return f"{score.value:{form}} (no interval)"
    return f"{score.value:{form}} \\[{score.interval.low:{form}}, {score.interval.high:{form}}]"


def _count(value: float) -> str:
    return f"{value:.0f}" if value == round(value) else f"{value:.1f}"


def _table(first: str, *columns: str) -> Table:
    table = Table(box=SIMPLE, pad_edge=False, show_edge=False)
    table.add_column(escape(first))
    for column in columns:
        table.add_column(escape(column), justify="right" if column not in ("title", "outcome") else "left")
    return table


def _drawn(*parts: str | Table, width: int) -> str:
    drawn = StringIO()
    console = Console(file=drawn, width=width, highlight=False)
    for part in parts:
        console.print(part)
        if isinstance(part, Table):
            console.print()
    return "\n".join(line.rstrip() for line in drawn.getvalue().splitlines()) + "\n"
