"""The commands as a user meets them: exit codes, one-line errors, nothing lost."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest
from conftest import ROOT, SMALL_CODEBOOK, Project, run, small_sheet

from stance.io.row_batches import BATCH_ROWS

TRAIN = ("train", "-j", "1", "--model", "m/stance.joblib")


def _files(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


BAD_SHEETS = {
    "empty": (b"", "error: no rows in it (sheet.csv): add some rows, or name another file"),
    "no labels": (b"text,stance\nA,\n", "error: no labels in it (sheet.csv): add some rows, or name another file"),
    "no column": (
        b"text,label\nA,for\n",
        (
            "error: no column 'stance', there are: text, label (sheet.csv:1): "
            "rename the column with the labels, or use --stance-column"
        ),
    ),
    "unknown stance": (
        b"text,stance\nA,for\nB,fro\n",
        "error: unknown stance 'fro' (sheet.csv:3): did you mean 'for'? (or train with --no-codebook)",
    ),
    "only an id": (
        b"comment_id,text,stance\n1,A,for\n2,,against\n",
        (
            "error: no text for comment '2' in the sheets given (sheet.csv:3): "
            "name the sheet that holds its text as well, or fill in its text"
        ),
    ),
    "conflict": (
        b"comment_id,text,stance,annotator\n1,A,for,x\n1,A,against,y\n",
        (
            "error: comment '1' is labelled for and against (sheet.csv:3): "
            "decide by 'stance adjudicate', or add a row with its comment_id, a stance, and pass = adjudicated"
        ),
    ),
    "one class": (
        b"text,stance\nA,for\nB,for\n",
        "error: only the stance 'for' has labels: label comments of at least two stances",
    ),
}


@pytest.mark.parametrize(("sheet", "message"), BAD_SHEETS.values(), ids=BAD_SHEETS)
def test_a_bad_sheet_is_told_in_one_line(tmp_path: Path, sheet: bytes, message: str) -> None:
    (tmp_path / "codebook.toml").write_text(SMALL_CODEBOOK, encoding="utf-8")
    (tmp_path / "sheet.csv").write_bytes(sheet)
    before = _files(tmp_path)
    ran = run(*TRAIN, "sheet.csv", cwd=tmp_path)
    assert (ran.code, ran.out, ran.err.splitlines()) == (1, "", [message])
    assert _files(tmp_path) == before


BAD_CALLS = {
    "no sheet": (["train"], "error: no labelling sheet named, and none in labels/: name one, or make one by"),
    "missing sheet": (["train", "gone.csv"], "error: no such file (gone.csv): check the path"),
    "missing codebook": (["train", "sheet.csv", "--codebook", "gone.toml"], "error: no such file (gone.toml)"),
    "bad codebook": (["train", "sheet.csv", "--codebook", "sheet.csv"], "error: codebook: "),
    "no such column": (["train", "sheet.csv", "--text-column", "x"], "error: no column 'x', there are: comment_id, "),
    "no model": (["predict", "--text", "x"], "error: no model there (models/stance.joblib): train one with"),
    "no model file": (["predict", "--text", "x", "--model", "sheet.csv"], "error: not a stance model, it is no joblib"),
    "nothing to score": (["predict"], "error: nothing to score: name a file, - for standard input, or give --text"),
    "missing input": (["predict", "gone.csv"], "error: no such file (gone.csv)"),
    "missing page": (["collect", "gone"], "error: no such file (gone)"),
    "empty folder": (["collect", "nothing"], "error: no pages in this folder (nothing): save pages there as .txt"),
    "missing layouts": (
        ["collect", "sheet.csv", "--layouts", "gone.toml"],
        "error: no such file (gone.toml): check the",
    ),
    "bad layouts": (["collect", "sheet.csv", "--layouts", "sheet.csv"], "error: footer layouts: no TOML, "),
    "a folder of layouts": (["collect", "sheet.csv", "--layouts", "nothing"], "error: cannot be read, "),
    "a folder to score": (["predict", "nothing"], "error: a folder, not a file (nothing): name the files in it"),
    "a folder as output": (
        ["train", "sheet.csv", "--oof", "nothing"],
        "error: cannot be written, it is a folder (nothing)",
    ),
    "a folder as sheet": (["train", "nothing"], "error: no such file (nothing)"),
}


@pytest.mark.parametrize(("call", "message"), BAD_CALLS.values(), ids=BAD_CALLS)
def test_a_bad_call_is_told_in_one_line(tmp_path: Path, call: list[str], message: str) -> None:
    small_sheet(tmp_path)
    (tmp_path / "nothing").mkdir()
    ran = run(*call, cwd=tmp_path)
    assert (ran.code, ran.out, len(ran.err.splitlines())) == (1, "", 1)
    assert ran.err.replace("\\", "/").startswith(message)


def test_a_wrong_option_is_usage() -> None:
    assert run("train", "--nonsense").code == 2


def test_an_unexpected_error_shows_no_text(tmp_path: Path) -> None:
    program = (
        "import sys; from stance import training\nfrom stance.cli import command_line\n"
        "def fail(*_): raise ZeroDivisionError('a comment')\n"
        "training.train_on_sheets = fail; sys.argv = ['stance', 'train', 'sheet.csv']; command_line.main()"
    )
    ran = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, cwd=tmp_path, check=False)
    assert ran.returncode == 1
    assert ran.stderr == "error: unexpected ZeroDivisionError: run again with --debug and report what it prints\n"


def test_a_quality_gate(tmp_path: Path) -> None:
    small_sheet(tmp_path)
    missed = run(*TRAIN, "sheet.csv", "-q", "--min-f1", "1.01", cwd=tmp_path)
    assert missed.code == 3
    assert missed.err.startswith("error: macro F1 ")
    assert (tmp_path / "m" / "stance.joblib").is_file()
    assert run(*TRAIN, "sheet.csv", "-q", "--min-f1", "0", cwd=tmp_path).code == 0


def test_the_same_input_gives_the_same_bytes_whatever_the_jobs(tmp_path: Path) -> None:
    small_sheet(tmp_path)
    for folder, jobs in (("one", "1"), ("two", "2")):
        assert run("train", "sheet.csv", "-j", jobs, "--model", f"{folder}/stance.joblib", cwd=tmp_path).code == 0
    assert _files(tmp_path / "one") == _files(tmp_path / "two")
    assert sorted(_files(tmp_path / "one")) == [
        "metrics.json",
        "model-card.md",
        "oof.csv",
        "report.html",
        "stance.joblib",
    ]


def test_a_sheet_with_other_stances_needs_no_codebook(tmp_path: Path) -> None:
    small_sheet(tmp_path)
    text = (tmp_path / "sheet.csv").read_text(encoding="utf-8").replace(",for", ",Yes").replace("text", "comment")
    (tmp_path / "sheet.csv").write_text(text.replace(",stance", ",label"), encoding="utf-8")
    columns = ("--text-column", "comment", "--stance-column", "label")
    assert run(*TRAIN, "sheet.csv", *columns, cwd=tmp_path).code == 1
    ran = run(*TRAIN, "sheet.csv", *columns, "--no-codebook", "--json", cwd=tmp_path)
    assert ran.code == 0
    metrics = json.loads(ran.out)
    assert metrics["labels"]["by_stance"] == {"Yes": 3, "against": 3, "neutral": 3}
    assert [system["system"] for system in metrics["schemes"][0]["systems"]] == [
        "majority",
        "stratified guess",
        "labels",
    ]


def test_without_examples_only_labels_train(tmp_path: Path) -> None:
    small_sheet(tmp_path)
    ran = run(*TRAIN, "sheet.csv", "--no-codebook-examples", "--json", cwd=tmp_path)
    systems = {
        scheme["scheme"]: [each["system"] for each in scheme["systems"]] for scheme in json.loads(ran.out)["schemes"]
    }
    assert systems["contrast set"] == ["majority", "stratified guess", "keywords", "labels"]


def test_a_sheet_without_articles(tmp_path: Path) -> None:
    small_sheet(tmp_path)
    frame = pd.read_csv(tmp_path / "sheet.csv")[["text", "stance"]]
    frame.to_csv(tmp_path / "sheet.csv", index=False)
    ran = run(*TRAIN, "sheet.csv", cwd=tmp_path)
    assert ran.code == 0
    assert "No article was left out: 9 labels without an article_id." in ran.err


@pytest.mark.parametrize("counts", [{"for": 1, "against": 1}, {"for": 6, "against": 1}, {"for": 2, "neutral": 2}])
def test_stances_with_few_labels_are_named_and_crash_nothing(tmp_path: Path, counts: dict[str, int]) -> None:
    (tmp_path / "codebook.toml").write_text(SMALL_CODEBOOK, encoding="utf-8")
    lines = [f"word{number} {stance} thing,{stance}" for stance, count in counts.items() for number in range(count)]
    (tmp_path / "sheet.csv").write_text("text,stance\n" + "\n".join(lines), encoding="utf-8")
    ran = run(*TRAIN, "sheet.csv", cwd=tmp_path)
    assert ran.code == 0, ran.err
    for stance in ("for", "against", "neutral"):
        count = counts.get(stance, 0)
        told = {0: "no label, it is known", 1: "1 label, too few"}.get(count, f"{count} labels, too few")
        assert f"{stance}: {told}" in ran.err


def test_an_output_is_not_overwritten_unasked(small_model: Path, tmp_path: Path) -> None:
    (tmp_path / "out.csv").write_text("mine", encoding="utf-8")
    call = ("predict", "--text", "a good idea", "--model", small_model, "-o", "out.csv")
    ran = run(*call, cwd=tmp_path)
    assert (ran.code, ran.err) == (
        1,
        "error: the file is there already (out.csv): name another one, or overwrite it with --force\n",
    )
    assert (tmp_path / "out.csv").read_text(encoding="utf-8") == "mine"
    assert run(*call, "--force", cwd=tmp_path).code == 0
    assert (tmp_path / "out.csv").read_text(encoding="utf-8-sig").startswith("text,predicted,")


def test_a_failed_run_leaves_the_old_output(small_model: Path, tmp_path: Path) -> None:
    (tmp_path / "in.jsonl").write_text('{"text": "a"}\n' * 2 * BATCH_ROWS + "nonsense\n", encoding="utf-8")
    (tmp_path / "out.csv").write_text("mine", encoding="utf-8")
    before = _files(tmp_path)
    assert run("predict", "in.jsonl", "--model", small_model, "-o", "out.csv", "-f", cwd=tmp_path).code == 1
    assert _files(tmp_path) == before


def test_what_cannot_be_told_is_counted(small_model: Path) -> None:
    ran = run("predict", "--text", "a good idea", "--text", "", "--model", small_model)
    assert ran.err == "warning: 1 of 2 texts are empty or hold no known term: cannot-tell\n"


def test_a_broken_pipe_ends_quietly(small_model: Path, tmp_path: Path) -> None:
    (tmp_path / "in.txt").write_text("a good idea\n" * 20_000, encoding="utf-8")
    command = [sys.executable, "-m", "stance", "predict", "in.txt", "--model", str(small_model)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=tmp_path) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.readline()
        process.stdout.close()
        assert process.stderr.read() == b""
    assert process.returncode == 0


def test_a_line_is_answered_before_the_next_is_typed(small_model: Path) -> None:
    command = [sys.executable, "-m", "stance", "predict", "-", "--model", str(small_model)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(b"a good idea\n")
        process.stdin.flush()
        assert process.stdout.readline().startswith(b"text,predicted,")
        assert process.stdout.readline().startswith(b"a good idea,for,")
        process.stdin.close()
        assert process.stdout.read() == b""


@pytest.mark.skipif(sys.platform == "win32", reason="no pseudo-terminals there")
def test_a_terminal_shows_how_far_it_is(small_model: Path, tmp_path: Path) -> None:
    (tmp_path / "in.txt").write_text("a good idea\n" * 10, encoding="utf-8")
    command = [sys.executable, "-m", "stance", "predict", "in.txt", "--model", str(small_model), "-o", "out.csv"]
    terminal, end = os.openpty()
    ran = subprocess.run(command, cwd=tmp_path, stderr=end, stdout=subprocess.PIPE, check=True)
    os.close(end)
    shown = os.read(terminal, 1 << 16).decode()
    os.close(terminal)
    assert "10 rows, " in shown
    assert ran.stdout == b""


def test_scripts_are_the_commands(small_model: Path, tmp_path: Path) -> None:
    small_sheet(tmp_path)
    for script, arguments in (
        ("train.py", ["sheet.csv", "-q", "--model", "m/stance.joblib"]),
        ("predict.py", ["--text", "a good idea", "--model", str(small_model)]),
    ):
        command = [sys.executable, str(ROOT / script), *arguments]
        assert subprocess.run(command, cwd=tmp_path, capture_output=True, check=False).returncode == 0


def test_a_page_that_cannot_be_read_is_counted(tmp_path: Path) -> None:
    (tmp_path / "bad.txt").write_bytes(b"")
    (tmp_path / "good.txt").write_text("A title of several words\n1 Comment(s)\nYes!\nReply", encoding="utf-8")
    ran = run("collect", "bad.txt", "good.txt", "-o", "sheet.csv", "--json", cwd=tmp_path)
    assert ran.code == 1
    assert ran.err.splitlines()[-1].startswith("error: 1 of 2 pages could not be read")
    assert [page["error"] for page in json.loads(ran.out)] == ["the page is empty", None]
    assert "Yes!" in (tmp_path / "sheet.csv").read_text(encoding="utf-8-sig")


def test_collecting_the_seeds_again_changes_nothing(project: Project) -> None:
    assert (project.folder / "labels" / "csto.csv").read_bytes() == (ROOT / "labels" / "csto.csv").read_bytes()
    assert "0 new comments, 24 known already" in project.collected.err


@pytest.mark.parametrize("option", ["--model", "--metrics", "--oof", "--report"])
def test_an_output_never_overwrites_the_labels(tmp_path: Path, option: str) -> None:
    small_sheet(tmp_path)
    before = _files(tmp_path)
    ran = run("train", "sheet.csv", option, "./sheet.csv", cwd=tmp_path)
    assert (ran.code, _files(tmp_path)) == (1, before)
    assert ran.err == "error: this output is also an input or another output (sheet.csv): name another file for it\n"


def test_texts_that_are_all_the_same(tmp_path: Path) -> None:
    (tmp_path / "sheet.csv").write_text("text,stance\nA,for\nA ,against\n", encoding="utf-8")
    ran = run(*TRAIN, "sheet.csv", cwd=tmp_path)
    assert (ran.code, ran.err.split(":")[1]) == (1, " all labelled comments say nearly the same")


def test_a_failed_run_says_one_line_even_in_parquet(small_model: Path, tmp_path: Path) -> None:
    lines = ['{"text": "a", "n": 1}'] * BATCH_ROWS + ['{"text": "b", "n": "x"}']
    (tmp_path / "in.jsonl").write_text("\n".join(lines), encoding="utf-8")
    ran = run("predict", "in.jsonl", "--model", small_model, "-o", "out.parquet", cwd=tmp_path)
    assert (ran.code, len(ran.err.splitlines())) == (1, 1)
    assert sorted(_files(tmp_path)) == ["in.jsonl"]


@pytest.mark.skipif(sys.platform == "win32", reason="no such file there")
def test_a_device_is_written_to_and_not_replaced(small_model: Path) -> None:
    assert run("predict", "--text", "a", "--model", small_model, "-o", "/dev/null", "-f").code == 0
    assert Path("/dev/null").is_char_device()


def test_output_is_utf8_whatever_the_locale(tmp_path: Path) -> None:
    (tmp_path / "page.txt").write_text("Заголовок этой статьи здесь\n1 Comment(s)\nДа!\nReply", encoding="utf-8")
    environment = {**os.environ, "PYTHONIOENCODING": "cp1252"}
    command = [sys.executable, "-m", "stance", "collect", "page.txt", "-o", "sheet.csv", "--json"]
    ran = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, check=True)
    assert json.loads(ran.stdout.decode())[0]["title"] == "Заголовок этой статьи здесь"


def test_a_terminal_obeys_no_page(tmp_path: Path) -> None:
    (tmp_path / "page.txt").write_text("A \x1b]0;title\x07 of :heart: words\n1 Comment(s)\nx\nReply", encoding="utf-8")
    ran = run("collect", "page.txt", "-o", "sheet.csv", cwd=tmp_path)
    assert "\x1b" not in ran.err
    assert ":heart:" in ran.err


def test_markup_in_a_comment_is_no_markup(tmp_path: Path) -> None:
    (tmp_path / "page.txt").write_text(
        "[red]A title[/red] of [b]several words\n1 Comment(s)\n[/b]x\nReply", encoding="utf-8"
    )
    ran = run("collect", "page.txt", "-o", "sheet.csv", cwd=tmp_path)
    assert ran.code == 0
    assert "[red]A title[/red]" in ran.err
