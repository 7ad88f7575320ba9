"""The way in: `stance`, `python -m stance`, and by way of them `train.py` and `predict.py`."""

import sys

from stance import quick


def main(arguments: list[str] | None = None) -> None:
    """Run a command, with the arguments the process was given unless others are."""
    given = sys.argv[1:] if arguments is None else arguments
    if asked := quick.read(given):
        quick.answer(asked)
        return
    from stance import cli

    cli.main(given)


if __name__ == "__main__":
    main()
