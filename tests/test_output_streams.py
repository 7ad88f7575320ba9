"""Every command as a process: tables on stdout, messages on stderr, and one exit code for one fault."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest
from conftest import run, run_process, small_sheet

pytestmark = pytest.mark.slow

TRAIN = ("--quick", "--model", "models/stance.joblib", "--jobs", "1")

PAGE = "A title of several words\n2 Comment(s)\nThe first comment\nReply\nThe second comment\nReply\n"

# The command, what stdout contains, and the beginnings of the lines of stderr.
COMMANDS = {
    "collect": (
        ("collect", "page.txt", "-o", "new.csv"),
        ("1 page, 2 comments on 1 of them",),
        ("new.csv: 2 new comments, 0 already in the sheet",),
    ),
    "sample": (
        ("sample", "sheet.csv", "--n", "4", "-o", "drawn.csv"),
        ("comments   drawn   probability",),
        ("drawn.csv: 4 comments to label, drawn with seed 0",),
    ),
    "agree": (
        ("agree", "sheet.csv", "second.csv", "-o", "disagreements.csv"),
        ("agreement between annotators", "disagreements: 3 comments, 0 of them adjudicated"),
        ("written: disagreements.csv",),
    ),
    "check": (("check", "sheet.csv"), ("NOTES: good to know",), ("checked 9 labels, 9 comments, 9 rows of 1 sheet",)),
    "train": (
        ("train", "sheet.csv", *TRAIN),
        ("9 labels: for 3, against 3, neutral 3", "terms with the largest weights", "labelled comments"),
        ("written: models/stance.joblib, models/metrics.json, ",),
    ),
    "predict": (("predict", "sheet.csv", "--model", "small.joblib"), ("text,stance,", ",p_for,p_against"), ()),
    "export": (
        ("export", "sheet.csv", "-o", "-", "--to", "csv"),
        ("good idea of mayor 0",),
        ("written: stdout: 9 comments, 9 labels",),
    ),
    "import": (
        ("import", "sheet.csv", "-o", "imported.csv"),
        (),
        ("imported.csv: 9 new comments, 9 new labels, 0 rows already in the sheet",),
    ),
}


@pytest.fixture
def folder(tmp_path: Path, small_model: Path) -> Path:
    """A folder with a sheet, the labels of a second annotator, a page and a model."""
    sheet = small_sheet(tmp_path)
    rows = sheet.read_text(encoding="utf-8").splitlines()
    second = [rows[0] + ",annotator", *(row.replace(",neutral", ",against") + ",bea" for row in rows[1:])]
    (tmp_path / "second.csv").write_text("\n".join(second) + "\n", encoding="utf-8")
    sheet.write_text("\n".join([rows[0] + ",annotator", *(row + ",ann" for row in rows[1:])]) + "\n", encoding="utf-8")
    (tmp_path / "page.txt").write_text(PAGE, encoding="utf-8")
    (tmp_path / "exists.csv").write_text("mine", encoding="utf-8")
    shutil.copy(small_model, tmp_path / "small.joblib")
    return tmp_path


@pytest.mark.parametrize(("arguments", "tables", "messages"), COMMANDS.values(), ids=COMMANDS)
def test_tables_are_on_stdout_and_messages_on_stderr(
    folder: Path, arguments: tuple[str, ...], tables: tuple[str, ...], messages: tuple[str, ...]
) -> None:
    result = run_process(*arguments, cwd=folder)
    assert result.code == 0, result.err
    assert [table for table in tables if table not in result.out] == []
    lines = result.err.replace("\\", "/").splitlines()
    assert [line.startswith(message) for line, message in zip(lines, messages, strict=True)] == [True] * len(messages)
    if not tables:
        assert result.out == ""


@pytest.mark.parametrize("command", ["collect", "sample", "agree", "train"])
def test_quiet_prints_no_table(folder: Path, command: str) -> None:
    result = run(*COMMANDS[command][0], "--quiet", cwd=folder)
    assert (result.code, result.out, result.err) == (0, "", "")


def test_only_first_entries_are_listed_unless_verbose(folder: Path) -> None:
    shortened, whole = (run(*COMMANDS["train"][0], *option, cwd=folder).out for option in ((), ("--verbose",)))
    lists = [
        re.split(r"labelled comments\n|\nBetter than guessing\?", text)[1].splitlines() for text in (shortened, whole)
    ]
    assert [len(lines) for lines in lists] == [2 + 5 + 2, 2 + 9]
    assert lists[0][-1] == "... and 4 more, --verbose prints all"


FAULTS = {
    (1, "error: no such file (gone.csv): check the path"): """
        collect gone.csv
        sample gone.csv -o x.csv
        agree gone.csv
        check gone.csv
        train gone.csv
        predict gone.csv --model small.joblib
        export gone.csv -o x.json
        import gone.csv -o x.csv
    """,
    (1, "error: a folder, not a file (models): name the files in it"): """
        sample models -o x.csv
        agree models
        check models
        train models
        predict models --model small.joblib
        export models -o x.csv
        import models -o x.csv
    """,
    (1, "error: no such file (gone.toml): check the path"): """
        agree sheet.csv --codebook gone.toml
        check sheet.csv --codebook gone.toml
        train sheet.csv --codebook gone.toml
        import sheet.csv -o x.csv --codebook gone.toml
        export sheet.csv -o x.json --to label-studio --codebook gone.toml
    """,
    (1, "error: the file already exists (exists.csv): name another one, or overwrite it with --force"): """
        sample sheet.csv -o exists.csv
        agree sheet.csv second.csv -o exists.csv
        export sheet.csv -o exists.csv
        predict sheet.csv --model small.joblib -o exists.csv
    """,
    (1, "error: cannot be written, "): """
        collect page.txt -o page.txt/x.csv
        sample sheet.csv -o page.txt/x.csv
        agree sheet.csv second.csv -o page.txt/x.csv
        train sheet.csv --quick --jobs 1 --model page.txt/x.joblib
        predict sheet.csv --model small.joblib -o page.txt/x.csv
        export sheet.csv -o page.txt/x.csv
        import sheet.csv -o page.txt/x.csv
    """,
    (1, "error: no column 'body', there are: comment_id, article_id, text, stance, annotator ("): """
        sample sheet.csv -o x.csv --text-column body
        train sheet.csv --text-column body
        predict sheet.csv --text-column body --model small.joblib
        import sheet.csv -o x.csv --text-column body
    """,
    (2, "error: no labelling sheet named, and none in labels/"): """
        agree
        check
        train
    """,
    (2, "error: nothing to score: "): "predict",
    (2, "Usage: stance "): """
        collect
        sample sheet.csv
        label
        adjudicate --nonsense
        agree --nonsense
        check --nonsense
        train --nonsense
        predict --nonsense
        export sheet.csv
        import sheet.csv
    """,
}


@pytest.mark.parametrize(
    ("call", "code", "message"),
    [(call.strip(), *fault) for fault, calls in FAULTS.items() for call in calls.strip().splitlines()],
)
def test_a_fault_has_the_same_exit_code_and_message_in_all_commands(
    folder: Path, call: str, code: int, message: str
) -> None:
    (folder / "models").mkdir()
    result = run(*call.split(), cwd=folder)
    assert (result.code, result.err[: len(message)], result.out) == (code, message, "")
