"""How far a command has come: a bar on a terminal, and nothing elsewhere."""

from __future__ import annotations

import contextlib
import sys
import time
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from rich.progress import ProgressColumn


@contextlib.contextmanager
def steps(what: str, *, quiet: bool) -> Iterator[Callable[[int, int], None] | None]:
    """Show how many steps are done; what is yielded takes that and how many there are."""
    if quiet or not sys.stderr.isatty():
        yield None
        return
    from rich.progress import MofNCompleteColumn, TimeElapsedColumn

    with _bar(what, MofNCompleteColumn(), TimeElapsedColumn()) as update:
        yield lambda done, total: update(completed=done, total=total)


@contextlib.contextmanager
def rows(what: str, *, quiet: bool) -> Iterator[Callable[[int, float | None], None] | None]:
    """Show rows, rows a second and the time left; what is yielded takes rows and their share of all, if it is known."""
    if quiet or not sys.stderr.isatty():
        yield None
        return
    from rich.progress import TextColumn, TimeRemainingColumn

    begun = time.monotonic()
    with _bar(what, TextColumn("{task.fields[rows]}"), TimeRemainingColumn()) as update:

        def show(done: int, share: float | None) -> None:
            rate = done / (time.monotonic() - begun)
            update(
                completed=share or 0, total=None if share is None else 1, rows=f"{done:,} rows, {rate:,.0f} a second"
            )

        yield show


@contextlib.contextmanager
def _bar(what: str, *columns: ProgressColumn) -> Iterator[Callable[..., Any]]:
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn

    shown = (TextColumn(what), BarColumn(), *columns)
    with Progress(*shown, console=Console(stderr=True), transient=True, redirect_stdout=False) as bar:
        task = bar.add_task(what, total=None, rows="")
        yield lambda **values: bar.update(task, **values)
