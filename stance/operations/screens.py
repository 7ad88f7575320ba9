"""The terminal screen on which people label."""

from __future__ import annotations

import getpass
import sys
from typing import TYPE_CHECKING

from stance.errors import StanceError

if TYPE_CHECKING:
    from collections.abc import Callable

    from stance.annotation.session import LabellingSession
    from stance.labels.sheets.writer import SheetWriter


def load_labelling_screen() -> Callable[[LabellingSession, str, SheetWriter | None], None]:
    """Return the function that lets an annotator label on the terminal.

    Raises
    ------
    StanceError
        The package `textual` is not installed, or there is no terminal.
    """
    try:
        from stance.annotation import terminal_screen
    except ModuleNotFoundError as error:
        if (error.name or "").split(".")[0] != "textual":
            raise
        raise StanceError("labelling needs the package 'textual'", "install it with 'pip install textual'") from None
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        raise StanceError("labelling needs a terminal", "run it without a pipe, or label in a spreadsheet")
    return terminal_screen.run_annotation_screen


def annotator_name(annotator: str | None) -> str:
    """Return the annotator's name, by default the login name."""
    return annotator or getpass.getuser()
