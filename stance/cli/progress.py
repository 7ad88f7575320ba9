"""Progress bars on a terminal; nothing is shown elsewhere."""

from __future__ import annotations

import contextlib
import sys
import time
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from rich.progress import ProgressColumn


@contextlib.contextmanager
def show_steps(description: str, *, quiet: bool) -> Iterator[Callable[[int, int], None] | None]:
    """Show a bar of steps; the function it yields takes the number of steps done and of all steps."""
    if quiet or not sys.stderr.isatty():
        yield None
        return
    from rich.progress import MofNCompleteColumn, TimeElapsedColumn

    with _show_bar(description, MofNCompleteColumn(), TimeElapsedColumn()) as update:
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
