"""Which imported rows are added to a sheet, and the commands `stance export` and `stance import`."""

from __future__ import annotations

import json
import re
import shlex
from pathlib import Path

import pytest
from conftest import ROOT, SMALL_CODEBOOK, run
from typer.testing import CliRunner

from stance.cli.command_line import app
from stance.interchange import load_sheets, merge_rows, tool_files
from stance.interchange.registry import ImportOptions
from stance.labels.codebook import Codebook, Stance
from stance.labels.sheets import sheet_file
from stance.labels.sheets.lock import lock_sheet

FILES = ROOT / "tests" / "exchange"
CODEBOOK = Codebook((Stance("for"), Stance("against")))

MERGES = {
    "a label of an unlabelled comment": ("c1,A,,,", "c1,A,for,ann,T1", "c1,A,for,ann,T1"),
    "the same label with another time": ("c1,A,for,ann,T1", "c1,A,for,ann,T2", ""),
    "a later label": ("c1,A,for,ann,T1", "c1,A,against,ann,T2", "c1,A,against,ann,T2"),
    "an earlier label": ("c1,A,for,ann,T2", "c1,A,against,ann,T1", ""),
    "corrected by hand": ("c1,A,for,ann,T1", "c1,A,against,ann,T1", "c1,A,against,ann,T1"),
    "another annotator": ("c1,A,for,ann,T2", "c1,A,against,bota,T1", "c1,A,against,bota,T1"),
    "an unlabelled comment of the sheet": ("c1,A,for,ann,T2", "c1,A,,,", ""),
    "withdrawn in the file": ("c1,A,for,ann,T1", "c1,A,,ann,T2", ""),
    "another text": ("c1,A,for,ann,T1", "c1,B,against,bota,T1", "c1,A,against,bota,T1"),
    "a text without an id": ("c1,A b,for,ann,T1", ",A  b,against,bota,T1", "c1,A b,against,bota,T1"),
    "history": ("c1,A,for,ann,T1\nc1,A,against,ann,T2", "c1,A,for,ann,T1", ""),
}


@pytest.mark.slow
@pytest.mark.parametrize(("in_sheet", "in_file", "added"), MERGES.values(), ids=MERGES)
def test_rows_added_to_a_sheet(tmp_path: Path, in_sheet: str, in_file: str, added: str) -> None:
    def lines(text: str) -> str:
        times = text.replace("T1", "2026-11-22T10:00:00+00:00").replace("T2", "2026-11-22T11:00:00+00:00")
        return f"comment_id,text,stance,annotator,labelled_at\n{times}\n"

    sheet, file = tmp_path / "sheet.csv", tmp_path / "file.csv"
    sheet.write_text(lines(in_sheet), encoding="utf-8")
    file.write_text(lines(in_file), encoding="utf-8")
    for _ in range(2):
        imported, _ = tool_files.read_tool_files([(file, "csv")], ImportOptions())
        merge_rows.merge_into_sheet(sheet, imported)
        expected = lines(f"{in_sheet}\n{added}" if added else in_sheet)
        assert sheet.read_text(encoding="utf-8").splitlines() == expected.splitlines()


def test_missing_ids_and_columns_of_a_sheet_are_added(tmp_path: Path) -> None:
    sheet = tmp_path / "sheet.csv"
    sheet.write_text("text;mine\nA;x\nB;\n", encoding="utf-8")
    loaded = load_sheets.load_sheets_for_export([sheet])
    tool_files.write_text_file(tmp_path / "out", tool_files.format_for_tool(loaded, "prodigy", CODEBOOK))
    lines = [json.loads(line) for line in (tmp_path / "out").read_text(encoding="utf-8").splitlines()]
    lines[1] |= {"accept": ["for"], "answer": "accept", "_annotator_id": "ann"}
    (tmp_path / "out").write_text("\n".join(map(json.dumps, lines)), encoding="utf-8")
    imported, _ = tool_files.read_tool_files([(tmp_path / "out", "prodigy")], ImportOptions())
    merge_rows.merge_into_sheet(sheet, imported)
    frame = sheet_file.read_sheet(sheet).frame
    assert list(frame.columns[:2]) == ["text", "mine"]
    assert frame[["text", "mine", "stance", "annotator"]].to_numpy().tolist() == [
        ["A", "x", "", ""], ["B", "", "", ""], ["B", "", "for", "ann"],
    ]  # fmt: skip
    assert frame["comment_id"].nunique() == 2


def test_sheet_in_use_is_not_changed(tmp_path: Path) -> None:
    sheet = tmp_path / "sheet.csv"
    with lock_sheet(sheet):
        ran = run("import", FILES / "prodigy_choice.jsonl", "-o", sheet)
    assert (ran.code, "another 'stance' is writing to this sheet" in ran.err) == (1, True)


USAGE = {
    "unknown tool": ["export", "sheet.csv", "-o", "out.jsonl"],
    "settled labels for another tool": ["export", "sheet.csv", "-o", "out.json", "--settled"],
    "labelling interface for CSV": ["export", "sheet.csv", "-o", "out.csv", "--config", "c"],
}
FAILURES = {
    "overwriting": (["export", "sheet.csv", "-o", "there.json"], "the file already exists"),
    "over itself": (["export", "sheet.csv", "-o", "sheet.csv", "--force"], "this output is also an input"),
    "into itself": (["import", "sheet.csv", "-o", "sheet.csv"], "this output is also an input"),
    "no codebook": (
        ["export", "sheet.csv", "-o", "out.json", "--config", "c"],
        "--config needs a codebook",
    ),
    "no sheet": (["export", "gone.csv", "-o", "out.json"], "no such file"),
    "no file": (["import", "gone.json", "-o", "new.csv"], "no such file"),
}


def _make_files(folder: Path) -> None:
    (folder / "sheet.csv").write_text("comment_id,text,stance\nc1,A,for\n", encoding="utf-8")
    (folder / "there.json").touch()


@pytest.mark.parametrize("arguments", USAGE.values(), ids=USAGE)
def test_usage_errors(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: list[str]) -> None:
    _make_files(tmp_path)
    monkeypatch.chdir(tmp_path)
    result = CliRunner().invoke(app, arguments)
    assert (result.exit_code, result.stderr.startswith("error: ")) == (2, True)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["sheet.csv", "there.json"]


@pytest.mark.parametrize(("arguments", "message"), FAILURES.values(), ids=FAILURES)
def test_errors(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: list[str], message: str) -> None:
    _make_files(tmp_path)
    monkeypatch.chdir(tmp_path)
    result = CliRunner().invoke(app, arguments)
    assert (result.exit_code, result.stderr.startswith(f"error: {message}")) == (1, True), result.stderr
    assert (tmp_path / "sheet.csv").read_text(encoding="utf-8") == "comment_id,text,stance\nc1,A,for\n"


def test_export_to_stdout(tmp_path: Path) -> None:
    _make_files(tmp_path)
    ran = run("export", "sheet.csv", "-o", "-", "--to", "prodigy", "-q", cwd=tmp_path)
    assert (ran.code, json.loads(ran.out)["accept"], ran.err) == (0, ["for"], "")


def test_unknown_stances_are_reported(tmp_path: Path) -> None:
    _make_files(tmp_path)
    (tmp_path / "codebook.toml").write_text(SMALL_CODEBOOK, encoding="utf-8")
    (tmp_path / "more.csv").write_text("comment_id,text,stance\nc2,B,fro\nc3,C,FOR\n", encoding="utf-8")
    ran = run("import", "more.csv", "-o", "sheet.csv", cwd=tmp_path)
    assert (
        ran.err.splitlines()[0] == "warning: not in the codebook: fro; correct the rows, or add them to codebook.toml"
    )
    assert ran.err.splitlines()[1] == "sheet.csv: 2 new comments, 2 new labels, 0 rows already in the sheet"


@pytest.mark.slow
def test_commands_in_the_documentation(tmp_path: Path) -> None:
    page = (ROOT / "docs" / "how-to" / "exchange.md").read_text(encoding="utf-8")
    _make_files(tmp_path)
    labels = tmp_path / "labels"
    labels.mkdir()
    (labels / "codebook.toml").write_text(SMALL_CODEBOOK, encoding="utf-8")
    for name in ("csto.csv", "more.csv"):
        (labels / name).write_bytes((tmp_path / "sheet.csv").read_bytes())
    exported = Path()
    for line in re.findall(r"^\$ stance (.*)$", page, flags=re.MULTILINE):
        command = shlex.split(line)
        if command[0] == "import" and not (tmp_path / command[1]).exists():  # the export of the tool
            exported.rename(tmp_path / command[1])
        ran = run(*command, cwd=tmp_path)
        assert ran.code == 0, ran.err
        exported = tmp_path / command[command.index("-o") + 1]
    assert (labels / "csto.csv").read_text(encoding="utf-8").count("\n") == 2
