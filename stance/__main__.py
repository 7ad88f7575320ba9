"""The entry point of `stance` and `python -m stance`, and by way of them of `train.py` and `predict.py`."""


def main(arguments: list[str] | None = None) -> None:
    """Run a command with these arguments, by default those of the process.

    Returns when the command has succeeded. What it prepares in the process, such as its streams, is then as before.

    Raises
    ------
    SystemExit
        The command has failed, with its exit code.
    """
    from stance.cli import command_line

    command_line.main(arguments)


if __name__ == "__main__":
    main()
