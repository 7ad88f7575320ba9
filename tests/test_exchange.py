"""Sheets survive the export to each tool and back unchanged, and any file is imported or rejected with a message."""

from __future__ import annotations

import json
import re
import sys
import types
from pathlib import Path

import pandas as pd
import pytest
from conftest import ROOT, count_examples
from hypothesis import example, given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner

from stance.cli.command_line import app
from stance.errors import StanceError
from stance.interchange import load_sheets, merge_rows, registry, row_records, tool_files
from stance.interchange.registry import ImportOptions
from stance.interchange.text_repair import has_only_allowed_characters, repair_text
from stance.labels.codebook import Codebook, Stance
from stance.labels.sheets import sheet_file

FILES = ROOT / "tests" / "exchange"
TOOLS: tuple[str, ...] = ("label-studio", "doccano", "prodigy", "csv")
CODEBOOK = Codebook((Stance("for", "It is for it."), Stance("against"), Stance("бейтарап; 'so'")))

UNUSUAL_TEXTS = [
    "ОДКБ никого не защищает", "Әлемге бейбітшілік ңө", "\U0001f44d\U0001f3fd \U0001f468\u200d\U0001f467", "two\nlines",
    "Windows\r\nlines", "old\rMac", '"', "a,b;c\td", "=SUM(A1)", "null", "NaN", "true", "007", "1e5", "{}",
    '[{"row": 1}]', " blanks ", "\u2028 and \x85", "back\\slash", "</Text>&amp;", "#", "__label__x", "ends with \r",
    "'", "c'est l’été", "\ufeffmark",
]  # fmt: skip
TEXTS = st.sampled_from(UNUSUAL_TEXTS) | st.text(
    st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=9
)
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
    "split": st.sampled_from(["", "test"]),
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
    strategies = {"comment_id": st.sampled_from(["c1", "c2", "c3"]), "text": text} | CELLS
    rows = draw(st.lists(st.tuples(*(strategies[name] for name in columns)), min_size=1, max_size=6))
    return pd.DataFrame(rows, columns=columns, dtype="str")


def _export(folder: Path, frame: pd.DataFrame, tool: str) -> tuple[Path, load_sheets.LoadedSheets]:
    source, out = folder / "sheet.csv", folder / f"out-{tool}"
    sheet_file.write_sheet(source, frame)
    loaded = load_sheets.load_sheets_for_export([source])
    tool_files.write_text_file(out, tool_files.format_for_tool(loaded, tool, CODEBOOK))
    return out, loaded


SKIPPED_WITH_ALSO = pd.DataFrame(
    {"comment_id": ["c1"], "text": ["A"], "also": ["for"], "unsure": ["skipped"]}, dtype="str"
)


@pytest.mark.slow
@pytest.mark.parametrize("tool", TOOLS)
@example(frame=SKIPPED_WITH_ALSO)
@given(frame=frames())
@settings(max_examples=count_examples(30))
def test_arbitrary_sheets_are_restored(
    tmp_path_factory: pytest.TempPathFactory, tool: str, frame: pd.DataFrame
) -> None:
    folder = tmp_path_factory.mktemp("export")
    out, loaded = _export(folder, frame, tool)
    assert tool_files.detect_input_tool(out) == tool
    imported, _ = tool_files.read_tool_files([(out, tool)], ImportOptions())
    merge_rows.merge_into_sheet(folder / "imported.csv", imported)
    restored = sheet_file.read_sheet(folder / "imported.csv").frame
    expected = loaded.frame
    assert restored.reindex(columns=expected.columns, fill_value="").to_dict("list") == expected.to_dict("list")
    assert not (restored.drop(columns=expected.columns, errors="ignore") != "").any(axis=None)
    for sheet in ("imported.csv", "sheet.csv"):
        before = (folder / sheet).read_bytes()
        result = merge_rows.merge_into_sheet(folder / sheet, imported)
        assert (result.n_comments, result.n_labels, result.n_known_rows) == (0, 0, len(imported))
        assert (folder / sheet).read_bytes() == before


def _entry(**more: object) -> bytes:
    return json.dumps({"text": "A", "answer": "accept"} | more).encode()


REFUSED: dict[str, tuple[bytes, str]] = {
    "empty": (b" \n", r"no rows in it \(.*f\)"),
    "a list of nothing": (b"[]", r"no objects in it"),
    "cut short": (_entry() + b"\n" + _entry()[:-3], r"the JSON ends before it is complete \(.*f:2\): export it again"),
    "a list cut short": (b"[\n" + _entry() + b",\n", r"the JSON ends before it is complete \(.*f:3\)"),
    "lists run together": (b"[" + _entry() + b"]\n[]", r"not valid JSON \(Extra data\) \(.*f:2\)"),
    "lines run together": (_entry() + b" " + _entry(), r"not valid JSON \(Extra data\) \(.*f:1\)"),
    "not a number": (_entry(score=float("nan")), r"NaN is not valid JSON \(.*f:1\)"),
    "twice": (b'{"text": "A", "answer": "", "text": "B"}', r"the key 'text' appears twice in one object \(.*f:1\)"),
    "nested": (b'{"text": ' + b"[" * 200_000, r"the JSON is nested too deeply \(.*f:1\)"),
    "a list of texts": (b'["A"]', r"not an object in \{...\} \(.*f:1\)"),
    "a text among objects": (_entry() + b'\n"A"', r"not an object in \{...\} \(.*f:2\)"),
    "nothing known": (b'{"a": 1}', "cannot detect"),
    "no text": (b'{"answer": "accept"}', r"no column 'text', there are: answer .*--text-column"),
    "labels of text spans": (b'{"text": "A", "label": [[0, 1, "X"]]}', r"the labels are of text spans"),
    "several questions": (
        json.dumps([{"data": {"text": "A"}, "annotations": [
            {"result": [{"from_name": name, "type": "choices", "value": {"choices": ["x"]}} for name in "ab"]}
        ]}]).encode(), r"several questions with choices: a, b .*--stance-column"
    ),
    "no task": (b'[{"data": {"text": "A"}, "annotations": [3]}]', r"not a Label Studio task \(.*f:1\)"),
    "no zip": (b"PK\x03\x04 and then nothing", r"this zip file cannot be read"),
    "no quote": (b'comment_id,text,stance\nc1,"A,for', r"a quoted cell is never closed .*:2\)"),
    "other columns": (b"a,b\n1,2\n", r"no column 'text', there are: a, b"),
}  # fmt: skip


@pytest.mark.parametrize(("data", "message"), REFUSED.values(), ids=REFUSED)
def test_unreadable_files_are_reported(tmp_path: Path, data: bytes, message: str) -> None:
    path, sheet = tmp_path / "f", tmp_path / "sheet.csv"
    path.write_bytes(data)
    result = CliRunner().invoke(app, ["import", str(path), "-o", str(sheet)])
    assert result.exit_code == (2 if message == "cannot detect" else 1)
    assert re.search(message, " ".join(result.stderr.replace("│", " ").split()))
    assert not sheet.exists()


LABELLED = {"accept": ["for"], "_annotator_id": "ann"}
ACCEPTED = {
    "a byte-order mark": b"\xef\xbb\xbf" + _entry(**LABELLED),
    "UTF-16": _entry(**LABELLED).decode().encode("utf-16"),
    "blank lines": b"\r\n" + _entry(**LABELLED) + b"\r\n\r\n",
    "a list": b" [" + _entry(**LABELLED) + b"]",
    "one object on several lines": json.dumps(json.loads(_entry(**LABELLED)), indent=1).encode(),
}


@pytest.mark.parametrize("data", ACCEPTED.values(), ids=ACCEPTED)
def test_accepted_forms_of_json(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "f"
    path.write_bytes(data)
    tool = tool_files.detect_input_tool(path)
    assert tool == "prodigy"
    ((row,), _) = tool_files.read_tool_files([(path, tool)], ImportOptions())
    assert {"text": "A", "stance": "for", "annotator": "ann"}.items() <= row.cells.items()


def test_numbers_keep_their_notation(tmp_path: Path) -> None:
    path = tmp_path / "f"
    long = "9" * 6_000
    path.write_text(f'{{"text": "A", "answer": "", "n": {long}, "x": 1e999, "y": 1.50}}', encoding="utf-8")
    ((row,), _) = tool_files.read_tool_files([(path, "prodigy")], ImportOptions())
    assert [row.cells[name] for name in "nxy"] == [long, "1e999", "1.50"]


def test_disallowed_characters_are_replaced_with_a_warning(tmp_path: Path) -> None:
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
        reason = "not accepted by other tools, replaced by \N{REPLACEMENT CHARACTER}"
        assert warnings[:2] == [
            f"warning: {sheet}:2: 2 characters in 'text' {reason}",
            f"warning: {sheet}:2: 1 character in 'note' {reason}",
        ]
        assert (len(warnings), warnings[-1]) == (41, "warning: 10 more of this kind")
        imported, repair_warnings = tool_files.read_tool_files([(out, tool)], ImportOptions())
        assert not repair_warnings
        assert {row.cells["text"] for row in imported} == {f"ha\ufffdlf \ufffd {n}" for n in range(25)} | {"ö"}
        before = sheet.read_bytes()
        merge_rows.merge_into_sheet(sheet, imported)
        assert sheet.read_bytes() == before


def test_lone_surrogate_in_an_imported_file_is_replaced(tmp_path: Path) -> None:
    path, sheet = tmp_path / "f.jsonl", tmp_path / "sheet.csv"
    path.write_bytes(rb'{"text": "ha\ud83dlf \u0000", "accept": ["for"], "answer": "accept"}')
    result = CliRunner().invoke(app, ["import", str(path), "-o", str(sheet)])
    assert result.stderr.startswith(f"warning: {path}:1: 2 characters in 'text' not accepted by other tools")
    assert list(sheet_file.read_sheet(sheet).frame["text"]) == ["ha\ufffdlf \ufffd"]


@given(
    st.lists(
        st.text()
        | st.text(st.characters(max_codepoint=40))
        | st.sampled_from(["\ufdd0", "\U0001fffe", "\u1ffe", "\uffff"])
    )
)
def test_allowed_texts_need_no_repair(texts: list[str]) -> None:
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


@pytest.mark.slow
@given(data=st.binary(max_size=200) | TASKS.map(lambda value: json.dumps(value).encode()), tool=st.sampled_from(TOOLS))
@settings(max_examples=count_examples(150))
def test_arbitrary_files_are_imported_or_rejected(
    tmp_path_factory: pytest.TempPathFactory, data: bytes, tool: str
) -> None:
    path = tmp_path_factory.mktemp("any") / "f"
    path.write_bytes(data)
    for named_tool in (tool, None):
        try:
            input_tool = named_tool or tool_files.detect_input_tool(path)
            if input_tool is None:
                continue
            imported, _ = tool_files.read_tool_files([(path, input_tool)], ImportOptions())
            merge_rows.merge_into_sheet(path.with_name("sheet.csv"), imported)
        except StanceError:
            continue
        assert all(text == repair_text(text) for row in imported for text in row.cells.values())


@given(data=st.data())
def test_truncated_and_damaged_files_of_tools(tmp_path_factory: pytest.TempPathFactory, data: st.DataObject) -> None:
    name = data.draw(st.sampled_from(sorted(path.name for path in FILES.iterdir())))
    content = bytearray((FILES / name).read_bytes())
    index = data.draw(st.integers(0, len(content) - 1))
    if data.draw(st.booleans()):
        content[index] = data.draw(st.integers(0, 255))
    else:
        del content[index:]
    path = tmp_path_factory.mktemp("damaged") / name
    path.write_bytes(content)
    try:
        tool = tool_files.detect_input_tool(path)
        if tool is not None:
            imported, _ = tool_files.read_tool_files([(path, tool)], ImportOptions())
            merge_rows.merge_into_sheet(path.with_name("sheet"), imported)
    except StanceError as error:
        assert name in str(error)  # noqa: PT017 - whether an error is raised depends on the damage


def test_a_new_tool_is_one_module_and_one_entry(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    module = types.ModuleType("stance.interchange.tools.one_word")
    module.recognises = lambda values: all("word" in value for value in values)  # type: ignore[attr-defined]
    module.read_file = lambda path, options: iter(  # type: ignore[attr-defined]
        [row_records.ImportedRow({options.text_column: "a", "stance": "for"}, path, 1, item_key="1")]
    )
    module.format_file = lambda loaded, _, **__: iter([f"{len(loaded.items)} items"])  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, module.__name__, module)
    monkeypatch.setitem(registry.TOOLS, "one-word", registry.Tool("one-word", "one_word", output_suffixes=(".word",)))
    path = tmp_path / "export.json"
    path.write_text('{"word": "a"}', encoding="utf-8")
    assert tool_files.infer_output_tool(tmp_path / "out.word") == "one-word"
    assert tool_files.detect_input_tool(path) == "one-word"
    ((row,), _) = tool_files.read_tool_files([(path, "one-word")], ImportOptions())
    assert row.cells == {"text": "a", "stance": "for"}
    _, loaded = _export(tmp_path, pd.DataFrame({"comment_id": ["1"], "text": ["a"], "stance": ["for"]}), "csv")
    assert list(tool_files.format_for_tool(loaded, "one-word", None)) == ["1 items"]


@pytest.mark.parametrize("suffix", [".parquet", ".csv"])
@pytest.mark.parametrize("resolved", [False, True])
def test_tables_of_every_format_are_written_and_read(tmp_path: Path, suffix: str, resolved: bool) -> None:
    frame = pd.DataFrame(
        {"comment_id": ["c1", "c2"], "text": ["A\nb", "Привет"], "stance": ["for", ""], "extra": ["", "7"]}, dtype="str"
    )
    _, loaded = _export(tmp_path, frame, "csv")
    path = tmp_path / f"table{suffix}"
    assert tool_files.infer_output_tool(path) == "csv"
    tool_files.write_tool_file(path, loaded, "csv", CODEBOOK, resolved=resolved)
    assert tool_files.detect_input_tool(path) == "csv"
    imported, _ = tool_files.read_tool_files([(path, "csv")], ImportOptions())
    expected = [("c1", "A\nb", "for")] if resolved else [("c1", "A\nb", "for"), ("c2", "Привет", "")]
    assert [tuple(row.cells.get(name, "") for name in ("comment_id", "text", "stance")) for row in imported] == expected


def test_a_damaged_parquet_file_is_reported(tmp_path: Path) -> None:
    path = tmp_path / "table.parquet"
    path.write_bytes(b"PAR1 and no more")
    with pytest.raises(StanceError, match="not a Parquet file"):
        tool_files.read_tool_files([(path, "csv")], ImportOptions())
