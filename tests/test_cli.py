"""Exit codes, one-line errors and outputs of the commands."""

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

pytestmark = pytest.mark.slow

TRAIN = ("train", "--quick", "-j", "1", "--model", "m/stance.joblib")


def _files(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


BAD_SHEETS = {
    "empty": (b"", "error: no rows in it (sheet.csv): add some rows, or name another file"),
    "no labels": (b"text,stance\nA,\n", "error: no labels in it (sheet.csv): add some rows, or name another file"),
    "no column": (
        b"text,label\nA,for\n",
        (
            "error: no column 'stance', there are: text, label (sheet.csv:1): "
            "rename the column with the labels to 'stance'"
        ),
    ),
    "unknown stance": (
        b"text,stance\nA,for\nB,fro\n",
        "error: unknown stance 'fro' (sheet.csv:3): did you mean 'for'? Write that, or add the stance to the codebook",
    ),
    "only an id": (
        b"comment_id,text,stance\n1,A,for\n2,,against\n",
        (
            "error: no text for comment '2' in these sheets (sheet.csv:3): "
            "also name the sheet that has its text, or fill in its text"
        ),
    ),
    "conflict": (
        b"comment_id,text,stance,annotator\n1,A,for,x\n1,A,against,y\n",
        (
            "error: comment '1' is labelled for and against (sheet.csv:3): "
            "run 'stance adjudicate', or add a row with its comment_id, a stance, and pass = adjudicated"
        ),
    ),
    "one class": (
        b"text,stance\nA,for\nB,for\n",
        "error: only the stance 'for' has labels: label comments of at least two stances",
    ),
}


@pytest.mark.parametrize(("sheet", "message"), BAD_SHEETS.values(), ids=BAD_SHEETS)
def test_bad_sheet_is_a_one_line_error(tmp_path: Path, sheet: bytes, message: str) -> None:
    (tmp_path / "codebook.toml").write_text(SMALL_CODEBOOK, encoding="utf-8")
    (tmp_path / "sheet.csv").write_bytes(sheet)
    before = _files(tmp_path)
    result = run(*TRAIN, "sheet.csv", cwd=tmp_path)
    assert (result.code, result.out, result.err.splitlines()) == (1, "", [message])
    assert _files(tmp_path) == before


BAD_CALLS = {
    "no sheet": (["train"], "error: no labelling sheet named, and none in labels/: name one, or create one"),
    "missing sheet": (["train", "gone.csv"], "error: no such file (gone.csv): check the path"),
    "missing codebook": (["train", "sheet.csv", "--codebook", "gone.toml"], "error: no such file (gone.toml)"),
    "bad codebook": (["train", "sheet.csv", "--codebook", "sheet.csv"], "error: codebook: "),
    "no such column": (["train", "sheet.csv", "--text-column", "x"], "error: no column 'x', there are: comment_id, "),
    "no model": (["predict", "--text", "x"], "error: no such model file (models/stance.joblib): train one with"),
    "no model file": (
        ["predict", "--text", "x", "--model", "sheet.csv"],
        "error: not a stance model, it is not a joblib",
    ),
    "nothing to score": (["predict"], "error: nothing to score: name a file, - for standard input, or give --text"),
    "missing input": (["predict", "gone.csv"], "error: no such file (gone.csv)"),
    "missing page": (["collect", "gone"], "error: no such file (gone)"),
    "empty folder": (["collect", "nothing"], "error: no pages in this folder (nothing): save pages there as .txt"),
    "missing layouts": (
        ["collect", "sheet.csv", "--layouts", "gone.toml"],
        "error: no such file (gone.toml): check the",
    ),
    "bad layouts": (["collect", "sheet.csv", "--layouts", "sheet.csv"], "error: footer layouts: not valid TOML, "),
    "a folder of layouts": (["collect", "sheet.csv", "--layouts", "nothing"], "error: a folder, not a file (nothing)"),
    "a folder to score": (["predict", "nothing"], "error: a folder, not a file (nothing): name the files in it"),
    "a folder as output": (
        ["train", "sheet.csv", "--oof", "nothing"],
        "error: cannot be written, it is a folder (nothing)",
    ),
    "a folder as sheet": (["train", "nothing"], "error: a folder, not a file (nothing)"),
}


@pytest.mark.parametrize(("call", "message"), BAD_CALLS.values(), ids=BAD_CALLS)
def test_bad_call_is_a_one_line_error(tmp_path: Path, call: list[str], message: str) -> None:
    small_sheet(tmp_path)
    (tmp_path / "nothing").mkdir()
    result = run(*call, cwd=tmp_path)
    assert (result.out, len(result.err.splitlines())) == ("", 1)
    assert result.code == (2 if call in (["predict"], ["train"]) else 1)
    assert result.err.replace("\\", "/").startswith(message)


def test_unknown_option_is_a_usage_error() -> None:
    assert run("train", "--nonsense").code == 2


def test_unexpected_error_does_not_print_its_message(tmp_path: Path) -> None:
    program = (
        "import sys; from stance import training\nfrom stance.cli import command_line\n"
        "def fail(*_): raise ZeroDivisionError('a comment')\n"
        "training.train_on_sheets = fail; sys.argv = ['stance', 'train', 'sheet.csv']; command_line.main()"
    )
    result = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, cwd=tmp_path, check=False)
    assert result.returncode == 1
    assert result.stderr == "error: unexpected ZeroDivisionError: run again with --debug and report what it prints\n"


def test_macro_f1_below_min_f1_exits_with_3(tmp_path: Path) -> None:
    small_sheet(tmp_path)
    result = run(*TRAIN, "sheet.csv", "-q", "--min-f1", "1.01", cwd=tmp_path)
    assert result.code == 3
    assert result.err.startswith("error: macro F1 ")
    assert (tmp_path / "m" / "stance.joblib").is_file()
    assert run(*TRAIN, "sheet.csv", "-q", "--min-f1", "0", cwd=tmp_path).code == 0


def test_outputs_do_not_depend_on_jobs(tmp_path: Path) -> None:
    small_sheet(tmp_path)
    for folder, jobs in (("one", "1"), ("two", "2")):
        assert run("train", "sheet.csv", "-j", jobs, "--model", f"{folder}/stance.joblib", cwd=tmp_path).code == 0
    assert _files(tmp_path / "one") == _files(tmp_path / "two")
    assert sorted(_files(tmp_path / "one")) == [
        "methods.bib",
        "methods.md",
        "methods.tex",
        "metrics.json",
        "model-card.md",
        "oof.csv",
        "report.html",
        "stance.joblib",
    ]


def test_sheet_with_other_stances_needs_no_codebook(tmp_path: Path) -> None:
    small_sheet(tmp_path)
    text = (tmp_path / "sheet.csv").read_text(encoding="utf-8").replace(",for", ",Yes").replace("text", "comment")
    (tmp_path / "sheet.csv").write_text(text.replace(",stance", ",label"), encoding="utf-8")
    columns = ("--text-column", "comment", "--stance-column", "label")
    assert run(*TRAIN, "sheet.csv", *columns, cwd=tmp_path).code == 1
    result = run(*TRAIN, "sheet.csv", *columns, "--no-codebook", "--json", cwd=tmp_path)
    assert result.code == 0
    metrics = json.loads(result.out)
    assert metrics["labels"]["by_stance"] == {"Yes": 3, "against": 3, "neutral": 3}
    assert [system["system"] for system in metrics["schemes"][0]["systems"]] == [
        "majority",
        "stratified guess",
        "labels",
    ]


def test_without_examples_the_model_is_trained_on_labels_only(tmp_path: Path) -> None:
    small_sheet(tmp_path)
    result = run(*TRAIN, "sheet.csv", "--no-codebook-examples", "--json", cwd=tmp_path)
    schemes = {scheme["scheme"]: scheme["systems"] for scheme in json.loads(result.out)["schemes"]}
    assert [system["system"] for system in schemes["contrast set"]] == [
        "majority",
        "stratified guess",
        "keywords",
        "labels",
    ]


def test_sheet_without_articles(tmp_path: Path) -> None:
    small_sheet(tmp_path)
    frame = pd.read_csv(tmp_path / "sheet.csv")[["text", "stance"]]
    frame.to_csv(tmp_path / "sheet.csv", index=False)
    result = run(*TRAIN, "sheet.csv", cwd=tmp_path)
    assert result.code == 0
    assert "Not tested on other articles: 9 labels without an article_id." in result.out


@pytest.mark.parametrize("counts", [{"for": 1, "against": 1}, {"for": 6, "against": 1}, {"for": 2, "neutral": 2}])
def test_stances_with_few_labels_are_reported(tmp_path: Path, counts: dict[str, int]) -> None:
    (tmp_path / "codebook.toml").write_text(SMALL_CODEBOOK, encoding="utf-8")
    lines = [f"word{number} {stance} thing,{stance}" for stance, count in counts.items() for number in range(count)]
    (tmp_path / "sheet.csv").write_text("text,stance\n" + "\n".join(lines), encoding="utf-8")
    result = run(*TRAIN, "sheet.csv", cwd=tmp_path)
    assert result.code == 0, result.err
    for stance in ("for", "against", "neutral"):
        count = counts.get(stance, 0)
        expected = f"label at least {10 - count} more to evaluate it, now {count}." if count else "no label, only"
        assert f"{stance}: {expected}" in result.out


def test_output_is_not_overwritten_without_force(small_model: Path, tmp_path: Path) -> None:
    (tmp_path / "out.csv").write_text("mine", encoding="utf-8")
    call = ("predict", "--text", "a good idea", "--model", small_model, "-o", "out.csv")
    result = run(*call, cwd=tmp_path)
    assert (result.code, result.err) == (
        1,
        "error: the file already exists (out.csv): name another one, or overwrite it with --force\n",
    )
    assert (tmp_path / "out.csv").read_text(encoding="utf-8") == "mine"
    assert run(*call, "--force", cwd=tmp_path).code == 0
    assert (tmp_path / "out.csv").read_text(encoding="utf-8-sig").startswith("text,predicted,")


def test_failed_run_keeps_the_old_output(small_model: Path, tmp_path: Path) -> None:
    (tmp_path / "in.jsonl").write_text('{"text": "a"}\n' * 2 * BATCH_ROWS + "nonsense\n", encoding="utf-8")
    (tmp_path / "out.csv").write_text("mine", encoding="utf-8")
    before = _files(tmp_path)
    assert run("predict", "in.jsonl", "--model", small_model, "-o", "out.csv", "-f", cwd=tmp_path).code == 1
    assert _files(tmp_path) == before


def test_cannot_tell_predictions_are_counted(small_model: Path) -> None:
    result = run("predict", "--text", "a good idea", "--text", "", "--model", small_model)
    assert result.err == "warning: 1 of 2 texts are empty or contain no known term: cannot-tell\n"


def test_broken_pipe_ends_silently(small_model: Path, tmp_path: Path) -> None:
    (tmp_path / "in.txt").write_text("a good idea\n" * 20_000, encoding="utf-8")
    command = [sys.executable, "-m", "stance", "predict", "in.txt", "--model", str(small_model)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=tmp_path) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.readline()
        process.stdout.close()
        assert process.stderr.read() == b""
    assert process.returncode == 0


def test_each_line_is_scored_before_the_next_is_read(small_model: Path) -> None:
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


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no pseudo-terminals")
def test_progress_is_shown_on_a_terminal(small_model: Path, tmp_path: Path) -> None:
    (tmp_path / "in.txt").write_text("a good idea\n" * 10, encoding="utf-8")
    command = [sys.executable, "-m", "stance", "predict", "in.txt", "--model", str(small_model), "-o", "out.csv"]
    terminal, stderr = os.openpty()
    result = subprocess.run(command, cwd=tmp_path, stderr=stderr, stdout=subprocess.PIPE, check=True)
    os.close(stderr)
    output = os.read(terminal, 1 << 16).decode()
    os.close(terminal)
    assert "10 rows, " in output
    assert result.stdout == b""


def test_scripts_run_the_commands(small_model: Path, tmp_path: Path) -> None:
    small_sheet(tmp_path)
    for script, arguments in (
        ("train.py", ["sheet.csv", "-q", "--model", "m/stance.joblib"]),
        ("predict.py", ["--text", "a good idea", "--model", str(small_model)]),
    ):
        command = [sys.executable, str(ROOT / script), *arguments]
        assert subprocess.run(command, cwd=tmp_path, capture_output=True, check=False).returncode == 0


def test_unreadable_page_is_reported(tmp_path: Path) -> None:
    (tmp_path / "bad.txt").write_bytes(b"")
    (tmp_path / "good.txt").write_text("A title of several words\n1 Comment(s)\nYes!\nReply", encoding="utf-8")
    result = run("collect", "bad.txt", "good.txt", "-o", "sheet.csv", "--json", cwd=tmp_path)
    assert result.code == 1
    assert result.err.splitlines()[-1].startswith("error: 1 of 2 pages could not be read")
    assert [page["error"] for page in json.loads(result.out)] == ["the page is empty", None]
    assert "Yes!" in (tmp_path / "sheet.csv").read_text(encoding="utf-8-sig")


def test_collecting_the_seeds_again_keeps_the_sheet(project: Project) -> None:
    assert (project.folder / "labels" / "csto.csv").read_bytes() == (ROOT / "labels" / "csto.csv").read_bytes()
    assert "0 new comments, 24 already in the sheet" in project.collected.err


@pytest.mark.parametrize("option", ["--model", "--metrics", "--oof", "--report"])
def test_output_must_not_be_the_sheet(tmp_path: Path, option: str) -> None:
    small_sheet(tmp_path)
    before = _files(tmp_path)
    result = run("train", "sheet.csv", option, "./sheet.csv", cwd=tmp_path)
    assert (result.code, _files(tmp_path)) == (1, before)
    assert result.err == "error: this output is also an input or another output (sheet.csv): name another file for it\n"


def test_identical_texts_are_an_error(tmp_path: Path) -> None:
    (tmp_path / "sheet.csv").write_text("text,stance\nA,for\nA ,against\n", encoding="utf-8")
    result = run(*TRAIN, "sheet.csv", cwd=tmp_path)
    assert (result.code, result.err.split(":")[1]) == (1, " all labelled comments say nearly the same")


def test_failed_run_with_parquet_output_is_a_one_line_error(small_model: Path, tmp_path: Path) -> None:
    lines = ['{"text": "a", "n": 1}'] * BATCH_ROWS + ['{"text": "b", "n": "x"}']
    (tmp_path / "in.jsonl").write_text("\n".join(lines), encoding="utf-8")
    result = run("predict", "in.jsonl", "--model", small_model, "-o", "out.parquet", cwd=tmp_path)
    assert (result.code, len(result.err.splitlines())) == (1, 1)
    assert sorted(_files(tmp_path)) == ["in.jsonl"]


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no /dev/null")
def test_device_is_written_to_and_not_replaced(small_model: Path) -> None:
    assert run("predict", "--text", "a", "--model", small_model, "-o", "/dev/null", "-f").code == 0
    assert Path("/dev/null").is_char_device()


def test_output_is_utf8_in_any_locale(tmp_path: Path) -> None:
    (tmp_path / "page.txt").write_text("Заголовок этой статьи здесь\n1 Comment(s)\nДа!\nReply", encoding="utf-8")
    environment = {**os.environ, "PYTHONIOENCODING": "cp1252"}
    command = [sys.executable, "-m", "stance", "collect", "page.txt", "-o", "sheet.csv", "--json"]
    result = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, check=True)
    assert json.loads(result.stdout.decode())[0]["title"] == "Заголовок этой статьи здесь"


def test_control_characters_of_a_page_are_not_printed(tmp_path: Path) -> None:
    (tmp_path / "page.txt").write_text("A \x1b]0;title\x07 of :heart: words\n1 Comment(s)\nx\nReply", encoding="utf-8")
    result = run("collect", "page.txt", "-o", "sheet.csv", cwd=tmp_path)
    assert "\x1b" not in result.out + result.err
    assert ":heart:" in result.out


def test_markup_in_a_page_is_printed_as_text(tmp_path: Path) -> None:
    (tmp_path / "page.txt").write_text(
        "[red]A title[/red] of [b]several words\n1 Comment(s)\n[/b]x\nReply", encoding="utf-8"
    )
    result = run("collect", "page.txt", "-o", "sheet.csv", cwd=tmp_path)
    assert result.code == 0
    assert "[red]A title[/red]" in result.out
