"""The tutorial runs from its first command to its last one, and shows what the commands print."""

from __future__ import annotations

import csv
import re
import shlex
import shutil
from collections import Counter
from pathlib import Path

import pandas as pd
import pytest
from conftest import ROOT, run

TUTORIAL = ROOT / "docs" / "tutorial"
TEXT = (TUTORIAL / "index.md").read_text(encoding="utf-8")

# They create the environment that runs this test.
INSTALLATION = {"python3 -m venv .venv", "source .venv/bin/activate", 'python -m pip install ".[label]"'}

NEEDS_TERMINAL = "error: labelling needs a terminal"


def _shown_commands() -> list[tuple[str, list[str]]]:
    """Return each command with the lines that the tutorial shows of its output, also in the text blocks after it."""
    commands: list[tuple[str, list[str]]] = []
    for block in re.findall(r"^```(?:console|text)\n(.*?)^```", TEXT, flags=re.DOTALL | re.MULTILINE):
        for line in block.splitlines():
            if line.startswith("$ "):
                commands.append((line[2:], []))
            elif line.strip() not in {"", "..."}:
                commands[-1][1].append(line)
    return commands


def _normalise(output: str) -> str:
    """Return the output without what differs between systems: line breaks, path separators, the last digits."""
    rounded = re.sub(r"\b\d\.\d{6}\b", lambda match: f"{float(match[0]):.3f}", output)
    return " ".join(rounded.replace("\\", "/").split())


def _read_csv(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def _label_by_hand(sheet: Path, annotator: str) -> None:
    """Write ten labels into the sheet, as a reader does in the labelling screen."""
    table = pd.read_csv(sheet, dtype=str, encoding="utf-8-sig", keep_default_na=False)
    stances = {row["comment_id"]: row["stance"] for row in _read_csv(TUTORIAL / "reading-2.csv")[:10]}
    table["stance"] = table["comment_id"].map(stances).fillna("")
    table["annotator"] = [annotator if stance else "" for stance in table["stance"]]
    assert (table["stance"] != "").sum() == 10
    table.to_csv(sheet, index=False, encoding="utf-8-sig")


def _run_in_folder(command: str, shown: list[str], folder: Path) -> tuple[Path, str]:
    """Run a command; return the folder of the next one, and the output."""
    program, *arguments = shlex.split(command)
    if command in INSTALLATION:
        return folder, ""
    if program == "cd":
        return (folder / arguments[0]).resolve(strict=True), ""
    if program == "mkdir":
        (folder / arguments[0]).mkdir()
        return folder, ""
    if program == "cp":
        source, target = (folder / argument for argument in arguments if argument != "-r")
        shutil.copytree(source, target) if "-r" in arguments else shutil.copy(source, target)
        return folder, ""
    assert program == "stance", f"the test cannot run {command!r}"
    result = run(*arguments, cwd=folder)
    output = _normalise(f"{result.out}\n{result.err}")
    if arguments[0] == "label":
        assert output.startswith(NEEDS_TERMINAL), output
        _label_by_hand(folder / arguments[1], arguments[arguments.index("--annotator") + 1])
        return folder, output
    is_error_shown = any(line.startswith("ERRORS") for line in shown)
    assert result.code == is_error_shown, f"$ {command}\n{result.out}\n{result.err}"
    missing = [line for line in shown if _normalise(line) not in output]
    assert missing == [], (
        f"$ {command}\nno longer prints lines that docs/tutorial/index.md shows:\n"
        + "\n".join(missing)
        + f"\nIts output is now:\n{result.out}\n{result.err}"
    )
    return folder, output


def _shown_predictions() -> list[tuple[str, str, str, str]]:
    table = TEXT.partition("| author | comment | predicted | confidence |\n")[2].partition("\n\n")[0]
    rows = [tuple(cell.strip() for cell in line.strip("|").split("|")) for line in table.splitlines()[1:]]
    return [(author, comment, predicted, confidence) for author, comment, predicted, confidence in rows]


@pytest.mark.slow
def test_tutorial_runs_and_shows_what_is_printed(tmp_path: Path) -> None:
    folder = tmp_path / "repository"
    shutil.copytree(TUTORIAL, folder / "docs" / "tutorial")
    commands = _shown_commands()
    assert len(commands) > 20
    for command, shown in commands:
        folder, _ = _run_in_folder(command, shown, folder)
    assert folder == (tmp_path / "square").resolve()

    scores = {row["author"]: row for row in _read_csv(folder / "new" / "scores.csv")}
    predictions = _shown_predictions()
    assert len(predictions) == 4
    for author, comment, predicted, confidence in predictions:
        score = scores[author]
        assert score["text"].startswith(comment)
        assert (score["predicted"], f"{float(score['confidence']):.2f}") == (predicted, confidence)
    russian = {row["comment_id"] for row in _read_csv(folder / "labels" / "comments.csv") if row["source"][0] == "5"}
    by_article = [row for row in _read_csv(folder / "models" / "oof.csv") if row["scheme"] == "leave one article out"]
    counts = Counter((row["system"], row["predicted"]) for row in by_article if row["comment_id"] in russian)
    assert (counts["labels", "cannot-tell"], counts["labels+examples", "cannot-tell"], len(russian)) == (18, 18, 18)
    assert (folder / "models" / "report.html").is_file()
    assert (folder / "models" / "model-card.md").is_file()


def test_prepared_labels_fit_the_pages(tmp_path: Path) -> None:
    sheet = tmp_path / "comments.csv"
    result = run("collect", TUTORIAL / "pages", "-o", sheet)
    assert result.code == 0, result.err
    texts = {row["comment_id"]: row["text"] for row in _read_csv(sheet)}
    sheets = [_read_csv(TUTORIAL / name) for name in ("reading-1.csv", "reading-2.csv", "decisions.csv")]
    assert [row for rows in sheets for row in rows if row["text"] != texts.get(row["comment_id"])] == []
    first, second, decisions = ({row["comment_id"]: row["stance"] for row in rows} for rows in sheets)
    assert list(first) == list(texts)
    assert second.keys() < first.keys()
    assert decisions.keys() == {comment for comment in second if first[comment] != second[comment]}


def test_shown_part_of_the_codebook_is_in_it() -> None:
    (part,) = re.findall(r"^```toml\n(.*?)^```", TEXT, flags=re.DOTALL | re.MULTILINE)
    assert part in (TUTORIAL / "codebook.toml").read_text(encoding="utf-8")
