"""Progress bars on a terminal; nothing is shown elsewhere."""

from __future__ import annotations

import contextlib
import sys
import time
from typing import TYPE_CHECKING, Any

from stance.wording import pluralise

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from rich.progress import ProgressColumn


@contextlib.contextmanager
def show_steps(description: str, *, quiet: bool) -> Iterator[Callable[[int, int], None] | None]:
    """Show a bar of steps and the time left; the function it yields takes the number of steps done and of all steps."""
    if quiet or not sys.stderr.isatty():
        yield None
        return
    from rich.progress import MofNCompleteColumn, TextColumn, TimeElapsedColumn, TimeRemainingColumn

    columns = (MofNCompleteColumn(), TimeElapsedColumn(), TextColumn("left:"), TimeRemainingColumn())
    with _show_bar(description, *columns) as update:
        yield lambda done, total: update(completed=done, total=total)


@contextlib.contextmanager
def show_rows(description: str, *, quiet: bool) -> Iterator[Callable[[int, float | None], None] | None]:
    """Show rows, rows per second and the time left.

    The function it yields takes the number of rows done and the fraction of all rows that they are, if it is known.
    """
    if quiet or not sys.stderr.isatty():
        yield None
        return
    from rich.progress import TextColumn, TimeRemainingColumn

    start = time.monotonic()
    with _show_bar(description, TextColumn("{task.fields[rows]}"), TimeRemainingColumn()) as update:

        def show(n_rows: int, fraction: float | None) -> None:
            rate = n_rows / (time.monotonic() - start)
            update(
                completed=fraction or 0,
                total=None if fraction is None else 1,
                rows=f"{n_rows:,} rows, {rate:,.0f} per second",
            )

        yield show


@contextlib.contextmanager
def _show_bar(description: str, *columns: ProgressColumn) -> Iterator[Callable[..., Any]]:
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn

    shown_columns = (TextColumn(description), BarColumn(), *columns)
    with Progress(*shown_columns, console=Console(stderr=True), transient=True, redirect_stdout=False) as bar:
        task = bar.add_task(description, total=None, rows="")
        yield lambda **values: bar.update(task, **values)


def describe_duration(seconds: float) -> str:
    """Return a duration in words, in steps that an estimate can keep.

    >>> [describe_duration(seconds) for seconds in (12, 50, 100, 4000, 8000)]
    ['some seconds', '1 minute', '2 minutes', '1.1 hours', '2.2 hours']
    """
    minutes = round(seconds / 60)
    if minutes < 1:
        return "some seconds"
    if minutes < 60:  # noqa: PLR2004 - an hour
        return pluralise(minutes, "minute")
    return f"{seconds / 3600:.1f} hours"
