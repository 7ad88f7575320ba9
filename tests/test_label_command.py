"""`stance label` and `stance adjudicate` in a pseudo-terminal, driven by keys."""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path

import pandas as pd
import pytest
from conftest import ROOT, run, small_sheet
from sheet_helpers import read_labels, write_sheet

if sys.platform == "win32":
    pytest.skip("Python has no pseudo-terminals there", allow_module_level=True)

import kills
from pseudo_terminal import Terminal

from stance.labels.sheets.sheet_file import read_sheet

pytestmark = pytest.mark.slow

COMMENT = re.compile(r"comment number \d")


def _run_stance(*arguments: str | Path) -> Terminal:
    return Terminal([sys.executable, "-m", "stance", *map(str, arguments)])


def _wait_for_comment(terminal: Terminal, start: int = 0) -> re.Match[str]:
    return terminal.wait_for(COMMENT, start)


def test_labelling_with_a_russian_keyboard(tmp_path: Path) -> None:
    sheet = write_sheet(tmp_path, 5)
    terminal = _run_stance("label", sheet, "--annotator", "Айгүл", "--no-train")
    shown = _wait_for_comment(terminal)
    for key in "12":
        terminal.press(key)
        shown = terminal.wait_for(re.compile(rf"(?!{shown[0]}){COMMENT.pattern}"), shown.end())
    terminal.press("г3")
    shown = terminal.wait_for(re.compile(rf"(?!{shown[0]}){COMMENT.pattern}"), shown.end())
    terminal.press("я")
    terminal.wait_for(re.compile("your label was neutral"), shown.end())
    terminal.press("й")
    assert terminal.wait_for_exit() == 0
    assert re.search(r"sheet\.csv: 2 new labels \(for 1 and against 1\)", terminal.output)
    assert sorted(read_labels(sheet).values()) == ["against", "for"]
    assert {annotator for _, annotator, _ in read_labels(sheet)} == {"Айгүл"}


@pytest.mark.parametrize("keys", ["\x03", "\x11", "q"], ids=["ctrl+c", "ctrl+q", "q"])
def test_quitting_without_a_label_changes_nothing(tmp_path: Path, keys: str) -> None:
    sheet = write_sheet(tmp_path, 5)
    before = sheet.read_bytes()
    terminal = _run_stance("label", sheet)
    _wait_for_comment(terminal)
    terminal.press(keys)
    assert terminal.wait_for_exit() == 0
    assert "no new labels" in terminal.output
    assert sheet.read_bytes() == before
    assert sorted(path.name for path in tmp_path.iterdir()) == ["codebook.toml", "sheet.csv"]


def test_a_second_process_on_a_sheet_is_refused(tmp_path: Path) -> None:
    sheet = write_sheet(tmp_path, 5)
    first = _run_stance("label", sheet, "--annotator", "aida", "--no-train")
    shown = _wait_for_comment(first)
    second = _run_stance("label", sheet, "--annotator", "bek")
    assert second.wait_for_exit() == 1
    assert "error: another 'stance' is writing to this sheet" in second.output.replace("\r\n", "")
    collected = run("collect", ROOT / "seeds", "-o", sheet)
    assert (collected.code, "another 'stance' is writing" in collected.err) == (1, True)
    first.press("1")
    _wait_for_comment(first, shown.end())
    first.press("q")
    assert first.wait_for_exit() == 0
    assert list(read_labels(sheet).values()) == ["for"]


def test_no_label_is_lost_when_the_process_is_killed(tmp_path: Path) -> None:
    outcome = kills.label_and_kill(kills.write_sheet(tmp_path, 60), 4, seed=1)
    assert (outcome.kills, outcome.lost, outcome.damaged, outcome.left) == (4, 0, 0, 0)
    assert outcome.labels >= 4


def test_adjudication(tmp_path: Path) -> None:
    sheet = write_sheet(tmp_path, 3, "c1,,,for,aida,1,,", "c1,,,against,bek,1,,")
    terminal = _run_stance("adjudicate", sheet, "--annotator", "dana")
    terminal.wait_for(re.compile("bek"))
    terminal.press("2")
    terminal.wait_for(re.compile("Nothing left to label"))
    terminal.press("q")
    assert terminal.wait_for_exit() == 0
    assert read_labels(sheet)["c1", "dana", "adjudicated"] == "against"
    again = _run_stance("adjudicate", sheet)
    assert again.wait_for_exit() == 0
    assert "nothing to adjudicate: no comment has differing labels without a decision" in again.output


def test_it_trains_afterwards_and_reports_the_impact_of_the_new_labels(tmp_path: Path) -> None:
    sheet = small_sheet(tmp_path, 4)
    frame = pd.read_csv(sheet, dtype="str")
    todo = pd.DataFrame({"comment_id": ["t0", "t1"], "article_id": "a0", "text": ["a good thing", "a bad thing"]})
    pd.concat([frame, todo]).fillna("").to_csv(sheet, index=False)
    model = tmp_path / "models" / "stance.joblib"
    terminal = _run_stance("label", sheet, "--model", model)
    shown = terminal.wait_for(re.compile(r"a (good|bad) thing"))
    for _ in range(2):
        terminal.press("1" if shown[1] == "good" else "2")
        shown = terminal.wait_for(re.compile(r"a (good|bad) thing|Nothing left"), shown.end())
    terminal.press("q")
    terminal.wait_for(re.compile(r"Train a model on .*\[y/N\]", re.DOTALL))
    terminal.press("y\n")
    assert terminal.wait_for_exit() == 0
    output = " ".join(terminal.output.split())
    assert re.search(r"macro F1 0\.\d\d \[.*\] with 12 labels, 0\.\d\d \[.*\] with 14 labels: [+-]0\.\d\d \[", output)
    assert "Both are tested on the 14 labels of comments not selected by a model" in output
    assert "The model of 14 labels that was written has, as 'stance train' measures it, macro F1 0." in output
    assert model.is_file()


def test_conflicting_labels_are_reported_when_training_afterwards(tmp_path: Path) -> None:
    sheet = write_sheet(tmp_path, 3, "c1,,,for,aida,1,,", "c1,,,against,bek,1,,")
    terminal = _run_stance("label", sheet, "--annotator", "aida", "--train")
    _wait_for_comment(terminal)
    terminal.press("1")
    terminal.press("q")
    assert terminal.wait_for_exit() == 1
    output = " ".join(terminal.output.split())
    assert "1 new label (for 1)" in output
    assert "error: comment 'c1' is labelled for and against" in output
    assert "run 'stance adjudicate'" in output


def test_it_needs_a_terminal(tmp_path: Path) -> None:
    sheet = write_sheet(tmp_path)
    for command in ("label", "adjudicate"):
        ran = run(command, sheet)
        assert (ran.code, ran.err) == (
            1,
            "error: labelling needs a terminal: run it without a pipe, or label in a spreadsheet\n",
        )


def test_without_textual_the_message_says_how_to_install_it(tmp_path: Path) -> None:
    program = (
        "import sys; sys.modules['textual'] = None; sys.modules['textual.app'] = None\n"
        "from stance.cli import command_line\n"
        f"command_line.main(['label', {str(write_sheet(tmp_path))!r}])"
    )
    terminal = Terminal([sys.executable, "-c", program])
    assert terminal.wait_for_exit() == 1
    assert "labelling needs the package 'textual': install it with" in " ".join(terminal.output.split())


def test_an_unexpected_error_does_not_show_a_comment(tmp_path: Path) -> None:
    program = (
        "from stance.cli import command_line; from stance.annotation import panels\n"
        "def fail(*_, **__): raise ZeroDivisionError('a comment')\n"
        f"panels.render_stances = fail; command_line.main(['label', {str(write_sheet(tmp_path))!r}])"
    )
    terminal = Terminal([sys.executable, "-c", program])
    assert terminal.wait_for_exit() == 1
    assert "error: unexpected ZeroDivisionError: run again with --debug" in " ".join(terminal.output.split())
    assert "comment" not in terminal.output


def test_second_requires_the_random_order(tmp_path: Path) -> None:
    assert run("label", write_sheet(tmp_path), "--second", "0.5", "--order", "uncertain").code == 2


WORDS = ["good idea", "bad thing", "vote day", "zz"]


def _write_sheet_to_label(folder: Path) -> Path:
    """Write a sheet of labels and four unlabelled comments, on which a model is more or less certain."""
    sheet = small_sheet(folder, 4)
    frame = pd.read_csv(sheet, dtype="str").assign(annotator="bek", **{"pass": "1"})
    texts = [f"comment number {number} {words}" for number, words in enumerate(WORDS)]
    todo = pd.DataFrame({"comment_id": [f"t{number}" for number in range(4)], "text": texts})
    pd.concat([frame, todo]).fillna("").to_csv(sheet, index=False)
    return sheet


def _label_all(terminal: Terminal, key: str) -> None:
    shown = terminal.wait_for(re.compile(r"labelled"))
    while "Nothing left to label" not in terminal.output:
        terminal.press(key)
        shown = terminal.wait_for(re.compile(r"saved: |Nothing left"), shown.end())
        terminal.read_output(0.2)
    terminal.press("q")
    assert terminal.wait_for_exit() == 0


def test_the_order_uncertain_uses_a_model_and_is_recorded(tmp_path: Path) -> None:
    sheet = _write_sheet_to_label(tmp_path)
    model = tmp_path / "m" / "stance.joblib"
    assert run("train", sheet, "--quick", "-j", "1", "--model", model).code == 0
    _label_all(_run_stance("label", sheet, "--order", "uncertain", "--model", model, "--no-train", "--seed", "5"), "1")
    own = read_sheet(sheet).frame.iloc[-4:]
    assert sorted(own["comment_id"]) == ["t0", "t1", "t2", "t3"]
    assert set(zip(own["sampled"], own["seed"], own["probability"], strict=True)) == {("uncertain", "5", "")}
    ran = run("train", sheet, "--quick", "-j", "1", "--model", model, "--json")
    assert json.loads(ran.out)["labels"]["training_only"] == 4


def test_the_order_uncertain_needs_a_model(tmp_path: Path) -> None:
    terminal = _run_stance(
        "label", _write_sheet_to_label(tmp_path), "--order", "uncertain", "--model", tmp_path / "gone.joblib"
    )
    assert terminal.wait_for_exit() == 1
    assert "error: no such model file" in terminal.output


def test_the_order_disagree_shows_disputed_comments_without_their_labels(tmp_path: Path) -> None:
    sheet = write_sheet(tmp_path, 4, "c1,,,for,aida,1,,", "c1,,,against,bek,1,,", "c2,,,for,bek,1,,")
    options = ("--order", "disagree", "--annotator", "dana", "--no-train")
    terminal = _run_stance("label", sheet, *options, "--model", tmp_path / "gone")
    _label_all(terminal, "3")
    assert read_labels(sheet)["c1", "dana", "1"] == "neutral"
    assert not {"aida", "bek"} & set(re.findall(r"\w+", terminal.output))
    assert read_sheet(sheet).frame.iloc[-1]["sampled"] == "disagree"
