"""`predict --text` without typer, which takes as long to read the options as the rest to answer.

Only the one line that people type to see what a model says is read here; anything else is left to the command line.
"""

from __future__ import annotations

from typing import NamedTuple

_OPTIONS = ("--text", "--model", "--target")


class Asked(NamedTuple):
    """What the line asks for."""

    texts: tuple[str, ...]
    model: str | None = None
    target: str | None = None


def read(arguments: list[str]) -> Asked | None:
    """Read `predict --text TEXT ... [--model PATH] [--target NAME]`, or give None for any other line.

    >>> read(["predict", "--text", "a", "--text=b", "--model", "m"])
    Asked(texts=('a', 'b'), model='m', target=None)
    >>> read(["predict", "--text", "a", "--explain", "3"])
    """
    given: dict[str, list[str]] = {option: [] for option in _OPTIONS}
    rest = iter(arguments)
    if next(rest, None) != "predict":
        return None
    for argument in rest:
        option, equals, value = argument.partition("=")
        if option not in given:
            return None
        if not equals:
            if (following := next(rest, None)) is None:
                return None
            value = following
        given[option].append(value)
    texts, *others = given.values()
    return Asked(tuple(texts), *(values[-1] if values else None for values in others)) if texts else None


def answer(asked: Asked) -> None:
    """Score texts as `stance predict` does, to standard output."""
    from stance import terminal

    terminal.set_up()
    with terminal.errors_in_one_line(debug=False):
        from pathlib import Path

        from stance.scoring import arrow, score

        arrow.do_without_pandas()
        model = terminal.MODEL if asked.model is None else Path(asked.model)
        scored = score.run(score.Request(model, texts=asked.texts, target=asked.target))
        terminal.warn(*scored.warnings)
