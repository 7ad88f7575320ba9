"""`predict --text` without typer, which takes as long to read the options as the rest to answer.

Only the one line that people type to see what a model says is read here; anything else is left to the command line.
"""

from __future__ import annotations

_OPTIONS = ("--text", "--model")


def texts_and_model(arguments: list[str]) -> tuple[tuple[str, ...], str | None] | None:
    """Read `predict --text TEXT ... [--model PATH]`, or give None for any other line.

    >>> texts_and_model(["predict", "--text", "a", "--text=b", "--model", "m"])
    (('a', 'b'), 'm')
    >>> texts_and_model(["predict", "--text", "a", "--explain", "3"])
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
    texts, models = given.values()
    return (tuple(texts), models[-1] if models else None) if texts else None


def answer(texts: tuple[str, ...], model: str | None) -> None:
    """Score texts as `stance predict` does, to standard output."""
    from stance import terminal

    terminal.set_up()
    with terminal.errors_in_one_line(debug=False):
        from pathlib import Path

        from stance import arrow, score

        arrow.do_without_pandas()
        scored = score.run(score.Request(terminal.MODEL if model is None else Path(model), texts=texts))
        terminal.warn(*scored.warnings)
