"""Any sheet comes back from any tool's file as it was, and any file is read or refused in plain words."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pandas as pd
import pytest
from conftest import ROOT
from hypothesis import example, given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner

from stance.cli.command_line import app
from stance.errors import StanceError
from stance.interchange import load_sheets, merge_rows, tool_files
from stance.interchange.text_repair import has_only_allowed_characters, repair_text
from stance.interchange.tool_files import ImportOptions, ToolName
from stance.labels.codebook import Codebook, Stance
from stance.labels.sheets import sheet_file

FILES = ROOT / "tests" / "exchange"
TOOLS: tuple[ToolName, ...] = ("label-studio", "doccano", "prodigy", "csv")
CODEBOOK = Codebook((Stance("for", "It is for it."), Stance("against"), Stance("бейтарап; 'so'")))

ODD = [
    "ОДКБ никого не защищает", "Әлемге бейбітшілік ңө", "\U0001f44d\U0001f3fd \U0001f468\u200d\U0001f467", "two\nlines",
    "Windows\r\nlines", "old\rMac", '"', "a,b;c\td", "=SUM(A1)", "null", "NaN", "true", "007", "1e5", "{}",
    '[{"row": 1}]', " blanks ", "\u2028 and \x85", "back\\slash", "</Text>&amp;", "#", "__label__x", "ends with \r",
    "'", "c'est l’été", "\ufeffmark",
]  # fmt: skip
TEXTS = st.sampled_from(ODD) | st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=9)
STANCES = st.sampled_from(["", "", "for", "against", "бейтарап; 'so'", " For ", "unheard-of"])
CELLS = {
    "stance": STANCES,
    "also": st.sampled_from(["", "against", "for; against"]),
    "target": st.sampled_from(["", "", "the plan", "жоспар "]),
    "annotator": st.sampled_from(["", "ann", "Бота", "ann@example.org", "label-studio:3"]),
    "pass": st.sampled_from(["", "1", "2", "adjudicated", "1.0"]),
    "note": st.just("") | TEXTS,
    "unsure": st.sampled_from(["", "", "yes", "skipped", "ИСТИНА"]),
    "labelled_at": st.sampled_from(["", "2026-11-22T10:15:03+00:00", "2026-11-22", "22.11.2026 10:15"]),
    "codebook": st.sampled_from(["", "1a2b3c4d"]),
    "sampled": st.sampled_from(["", "random", "given"]),
    "seed": st.sampled_from(["", "7"]),
    "probability": st.sampled_from(["", "0.05", "0,05"]),
    "article_title": st.just("") | TEXTS,
    "reply_to": st.sampled_from(["", "c2"]),
    "id": TEXTS,
    "label": TEXTS,
    "_input_hash": st.sampled_from(["", "-17", "1e5", "x"]),
    "meta.source": TEXTS,
    "data": TEXTS,
    "my own, column": TEXTS,
}


@st.composite
def frames(draw: st.DrawFn, text: st.SearchStrategy[str] = TEXTS) -> pd.DataFrame:
    columns = ["comment_id", "text", "stance", *draw(st.lists(st.sampled_from(sorted(CELLS)), unique=True))]
    columns = list(dict.fromkeys(columns))
    of_column = {"comment_id": st.sampled_from(["c1", "c2", "c3"]), "text": text} | CELLS
    rows = draw(st.lists(st.tuples(*(of_column[name] for name in columns)), min_size=1, max_size=6))
    return pd.DataFrame(rows, columns=columns, dtype="str")


def _there(folder: Path, frame: pd.DataFrame, tool: ToolName) -> tuple[Path, load_sheets.LoadedSheets]:
    source, out = folder / "sheet.csv", folder / f"out-{tool}"
    sheet_file.write_sheet(source, frame)
    taken = load_sheets.load_sheets_for_export([source])
    tool_files.write_text_file(out, tool_files.format_for_tool(taken, tool, CODEBOOK))
    return out, taken


SKIPPED_WITH_MORE = pd.DataFrame(
    {"comment_id": ["c1"], "text": ["A"], "also": ["for"], "unsure": ["skipped"]}, dtype="str"
)


@pytest.mark.parametrize("tool", TOOLS)
@example(frame=SKIPPED_WITH_MORE)
@given(frame=frames())
@settings(max_examples=150)
def test_any_sheet_comes_back(tmp_path_factory: pytest.TempPathFactory, tool: ToolName, frame: pd.DataFrame) -> None:
    folder = tmp_path_factory.mktemp("there")
    out, taken = _there(folder, frame, tool)
    assert tool_files.detect_input_tool(out) == tool
    found, _ = tool_files.read_tool_files([(out, tool)], ImportOptions())
    merge_rows.merge_into_sheet(folder / "back.csv", found)
    back = sheet_file.read_sheet(folder / "back.csv").frame
    assert back.reindex(columns=taken.frame.columns, fill_value="").to_dict("list") == taken.frame.to_dict("list")
    assert not (back.drop(columns=taken.frame.columns, errors="ignore") != "").any(axis=None)
    for sheet in ("back.csv", "sheet.csv"):
        once = (folder / sheet).read_bytes()
        merged = merge_rows.merge_into_sheet(folder / sheet, found)
        assert (merged.n_comments, merged.n_labels, merged.n_known_rows) == (0, 0, len(found))
        assert (folder / sheet).read_bytes() == once


def _entry(**more: object) -> bytes:
    return json.dumps({"text": "A", "answer": "accept"} | more).encode()


REFUSED: dict[str, tuple[bytes, str]] = {
    "empty": (b" \n", r"no rows in it \(.*f\)"),
    "a list of nothing": (b"[]", r"no objects in it"),
    "cut short": (_entry() + b"\n" + _entry()[:-3], r"the JSON ends before it is complete \(.*f:2\): export it again"),
    "a list cut short": (b"[\n" + _entry() + b",\n", r"the JSON ends before it is complete \(.*f:3\)"),
    "lists run together": (b"[" + _entry() + b"]\n[]", r"no JSON that can be read \(Extra data\) \(.*f:2\)"),
    "lines run together": (_entry() + b" " + _entry(), r"no JSON that can be read \(Extra data\) \(.*f:1\)"),
    "not a number": (_entry(score=float("nan")), r"NaN is no JSON, and no value \(.*f:1\)"),
    "twice": (b'{"text": "A", "answer": "", "text": "B"}', r"the key 'text' stands twice in one object \(.*f:1\)"),
    "nested": (b'{"text": ' + b"[" * 200_000, r"JSON that is nested too deeply \(.*f:1\)"),
    "a list of texts": (b'["A"]', r"not an object in \{...\} \(.*f:1\)"),
    "a text among objects": (_entry() + b'\n"A"', r"not an object in \{...\} \(.*f:2\)"),
    "nothing known": (b'{"a": 1}', "does not tell"),
    "no text": (b'{"answer": "accept"}', r"no column 'text', there are: answer .*--text-column"),
    "labels of passages": (b'{"text": "A", "label": [[0, 1, "X"]]}', r"labels of passages, not of comments"),
    "several questions": (
        json.dumps([{"data": {"text": "A"}, "annotations": [
            {"result": [{"from_name": name, "type": "choices", "value": {"choices": ["x"]}} for name in "ab"]}
        ]}]).encode(), r"several questions with choices: a, b .*--stance-column"
    ),
    "no task": (b'[{"data": {"text": "A"}, "annotations": [3]}]', r"no task of Label Studio \(.*f:1\)"),
    "no zip": (b"PK\x03\x04 and then nothing", r"a zip that cannot be read"),
    "no quote": (b'comment_id,text,stance\nc1,"A,for', r"a quoted cell does not end .*:2\)"),
    "other columns": (b"a,b\n1,2\n", r"no column 'text', there are: a, b"),
}  # fmt: skip


@pytest.mark.parametrize(("data", "message"), REFUSED.values(), ids=REFUSED)
def test_what_cannot_be_read_is_told(tmp_path: Path, data: bytes, message: str) -> None:
    path, sheet = tmp_path / "f", tmp_path / "sheet.csv"
    path.write_bytes(data)
    result = CliRunner().invoke(app, ["import", str(path), "-o", str(sheet)])
    assert result.exit_code == (2 if message == "does not tell" else 1)
    assert re.search(message, " ".join(result.stderr.replace("│", " ").split()))
    assert not sheet.exists()


LABELLED = {"accept": ["for"], "_annotator_id": "ann"}
TAKEN = {
    "a byte-order mark": b"\xef\xbb\xbf" + _entry(**LABELLED),
    "two bytes a letter": _entry(**LABELLED).decode().encode("utf-16"),
    "blank lines": b"\r\n" + _entry(**LABELLED) + b"\r\n\r\n",
    "a list": b" [" + _entry(**LABELLED) + b"]",
    "one object on several lines": json.dumps(json.loads(_entry(**LABELLED)), indent=1).encode(),
}


@pytest.mark.parametrize("data", TAKEN.values(), ids=TAKEN)
def test_forms_of_json_that_are_taken(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "f"
    path.write_bytes(data)
    tool = tool_files.detect_input_tool(path)
    assert tool == "prodigy"
    ((found,), _) = tool_files.read_tool_files([(path, tool)], ImportOptions())
    assert {"text": "A", "stance": "for", "annotator": "ann"}.items() <= found.cells.items()


def test_numbers_of_any_size_stay_as_they_are_written(tmp_path: Path) -> None:
    path = tmp_path / "f"
    long = "9" * 6_000
    path.write_text(f'{{"text": "A", "answer": "", "n": {long}, "x": 1e999, "y": 1.50}}', encoding="utf-8")
    ((found,), _) = tool_files.read_tool_files([(path, "prodigy")], ImportOptions())
    assert [found.cells[name] for name in "nxy"] == [long, "1e999", "1.50"]


def test_text_that_tools_refuse_is_repaired_and_told(tmp_path: Path) -> None:
    sheet, out = tmp_path / "sheet.csv", tmp_path / "out"
    lines = [
        "comment_id,text,stance,note",
        *(f"c{n},ha\x01lf \ufffe {n},for,\x0b" for n in range(25)),
        "c99,ö,for,fine",
    ]
    sheet.write_text("\n".join(lines), encoding="utf-8")
    for tool in TOOLS:
        result = CliRunner().invoke(app, ["export", str(sheet), "-o", str(out), "--to", tool, "--force"])
        assert result.exit_code == 0
        warnings = [line for line in result.stderr.splitlines() if line.startswith("warning: ")]
        assert (
            warnings[0]
            == f"warning: {sheet}:2: 2 letters of 'text' that other tools refuse stand as \N{REPLACEMENT CHARACTER}"
        )
        assert (
            warnings[1]
            == f"warning: {sheet}:2: a letter of 'note' that other tools refuse stand as \N{REPLACEMENT CHARACTER}"
        )
        assert (len(warnings), warnings[-1]) == (41, "warning: 10 more of this kind")
        found, again = tool_files.read_tool_files([(out, tool)], ImportOptions())
        assert not again
        assert {each.cells["text"] for each in found} == {f"ha\ufffdlf \ufffd {n}" for n in range(25)} | {"ö"}
        before = sheet.read_bytes()
        merge_rows.merge_into_sheet(sheet, found)
        assert sheet.read_bytes() == before


def test_half_a_letter_of_a_file_is_repaired(tmp_path: Path) -> None:
    path, sheet = tmp_path / "f.jsonl", tmp_path / "sheet.csv"
    path.write_bytes(rb'{"text": "ha\ud83dlf \u0000", "accept": ["for"], "answer": "accept"}')
    result = CliRunner().invoke(app, ["import", str(path), "-o", str(sheet)])
    assert result.stderr.startswith(f"warning: {path}:1: 2 letters of 'text' that other tools refuse")
    assert list(sheet_file.read_sheet(sheet).frame["text"]) == ["ha\ufffdlf \ufffd"]


@given(
    st.lists(
        st.text()
        | st.text(st.characters(max_codepoint=40))
        | st.sampled_from(["\ufdd0", "\U0001fffe", "\u1ffe", "\uffff"])
    )
)
def test_sound_is_what_needs_no_repair(texts: list[str]) -> None:
    assert has_only_allowed_characters(texts) == all(text == repair_text(text) for text in texts)


JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)
KEYS = [
    "text", "data", "meta", "annotations", "predictions", "result", "value", "choices", "type", "from_name", "id",
    "row",
    "completed_by", "label", "labels", "Comments", "answer", "accept", "options", "_timestamp", "stance_rows", "cells",
    "stance_row", "stance_codebook", "stance", "annotator", "annotation_id", "created_at", "updated_at", "lead_time",
]  # fmt: skip
TASKS = st.recursive(
    JSON_VALUES | st.sampled_from(["choices", "accept", "reject", "for", "2026-11-22T10:15:03Z"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(KEYS), inner, max_size=9),
    max_leaves=30,
)


@given(data=st.binary(max_size=200) | TASKS.map(lambda value: json.dumps(value).encode()), tool=st.sampled_from(TOOLS))
@settings(max_examples=600)
def test_any_file_is_read_or_refused(tmp_path_factory: pytest.TempPathFactory, data: bytes, tool: ToolName) -> None:
    path = tmp_path_factory.mktemp("any") / "f"
    path.write_bytes(data)
    for kind in (tool, None):
        try:
            named = kind or tool_files.detect_input_tool(path)
            if named is None:
                continue
            found, _ = tool_files.read_tool_files([(path, named)], ImportOptions())
            merge_rows.merge_into_sheet(path.with_name("sheet.csv"), found)
        except StanceError:
            continue
        assert all(text == repair_text(text) for each in found for text in each.cells.values())


@given(data=st.data())
def test_a_file_of_a_tool_cut_or_changed_anywhere(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    name = data.draw(st.sampled_from(sorted(path.name for path in FILES.iterdir())))
    whole = bytearray((FILES / name).read_bytes())
    at = data.draw(st.integers(0, len(whole) - 1))
    if data.draw(st.booleans()):
        whole[at] = data.draw(st.integers(0, 255))
    else:
        del whole[at:]
    path = tmp_path_factory.mktemp("cut") / name
    path.write_bytes(whole)
    try:
        tool = tool_files.detect_input_tool(path)
        if tool is not None:
            merge_rows.merge_into_sheet(
                path.with_name("sheet"), tool_files.read_tool_files([(path, tool)], ImportOptions())[0]
            )
    except StanceError as error:
        assert name in str(error)  # noqa: PT017 - whether it is raised depends on the place
