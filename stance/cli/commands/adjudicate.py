"""`stance adjudicate`."""

import getpass

from stance.cli import options, terminal
from stance.cli.options import Annotator, Debug, Quiet, Sheets, TheCodebook
from stance.cli.terminal import errors_in_one_line


def adjudicate(
    sheets: Sheets = None,
    annotator: Annotator = None,
    codebook: TheCodebook = None,
    *,
    quiet: Quiet = False,
    debug: Debug = False,
) -> None:
    """Decide in the terminal where labels of the same comment differ; decisions are further rows of the first sheet."""
    with errors_in_one_line(debug=debug):
        from stance.annotation import session_setup
        from stance.reports import label_summary

        screen = options.labelling_screen()
        name = annotator or getpass.getuser()
        paths = sheets or options.default_sheets()
        sheet = paths[0]
        with session_setup.open_adjudication_session(paths, codebook, name) as opened:
            if opened.session.current_item is None:
                terminal.say("no labels differ that nobody has decided on", quiet=quiet)
                return
            screen.run(opened.session, f"{sheet.name}, {name}, adjudicating", opened.writer)
        terminal.warn(*opened.writer.messages)
        terminal.say(
            f"{sheet}: "
            f"{label_summary.format_new_labels(opened.session.new_label_counts, opened.session.labels_per_hour)}",
            quiet=quiet,
        )
