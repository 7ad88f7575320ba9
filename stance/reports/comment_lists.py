"""Format the lists of comments below an evaluation as plain text for the terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stance.reports import terminal_tables
from stance.reports.terminal_tables import MAX_LISTED, escape_for_terminal, shorten_to_line

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd
    from rich.table import Table

    from stance.evaluation.assessment import Evaluation

_MAX_TITLE_WIDTH = 24
_MIN_TEXT_WIDTH = 20
_COLUMN_GAP = 3


def format_comment_lists(labels: pd.DataFrame, evaluation: Evaluation, width: int, *, verbose: bool = False) -> str:
    """Return the labels that may be wrong, the wrong predictions and the labelled comments.

    Parameters
    ----------
    labels
        The labels that the model was trained on.
    evaluation
        The scores of the model.
    width
        The width of the tables.
    verbose
        Return whole lists instead of their first entries.
    """
    suspects = evaluation.suspect_labels
    suspects = suspects.assign(
        article=[
            shorten_to_line(title or article_id, _MAX_TITLE_WIDTH)
            for title, article_id in zip(suspects["article_title"], suspects["article_id"], strict=True)
        ],
        probability=[f"{probability:.2f}" for probability in suspects["probability"]],
    )
    # A model that may be guessing says nothing about labels.
    n_shown = len(labels) if evaluation.is_skill_shown else 0
    lists = (
        (
            "[bold]labels that may be wrong[/bold]: models trained without them disagree",
            suspects[["stance", "suggested", "probability", "article", "text"]].head(n_shown),
            ("label", "models predict", "p of the label", "article", "comment"),
        ),
        (
            "[bold]wrong predictions[/bold], the most confident first",
            evaluation.misclassified[["stance", "predicted", "terms", "text"]].head(n_shown),
            ("label", "predicted", "because of", "comment"),
        ),
        ("[bold]labelled comments[/bold]", labels[["stance", "text"]], ("stance", "comment")),
    )
    parts: list[str | Table] = []
    for heading, rows, columns in lists:
        if len(rows):
            parts += [heading, *_build_list(rows, columns, width, verbose=verbose)]
    return terminal_tables.render_as_text(*parts, width=width)


def _build_list(rows: pd.DataFrame, columns: Sequence[str], width: int, *, verbose: bool) -> list[str | Table]:
    """Return a table of comments, and how many more there are; the last column is the text."""
    shown = rows if verbose else rows.head(MAX_LISTED)
    cells = shown.to_numpy(dtype=object).tolist()
    widths = [max(len(column), *(len(str(row[index])) for row in cells)) for index, column in enumerate(columns)]
    text_width = max(_MIN_TEXT_WIDTH, width - sum(widths[:-1]) - _COLUMN_GAP * len(widths))
    table = terminal_tables.create_table(*columns)
    for *others, text in cells:
        table.add_row(*map(escape_for_terminal, (*map(str, others), shorten_to_line(text, text_width))))
    n_hidden = len(rows) - len(shown)
    return [table, f"... and {n_hidden:,} more, --verbose prints all", ""] if n_hidden else [table]
