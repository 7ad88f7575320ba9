"""Every field of files written by other tools is imported.

The files of Label Studio 1.23 (its JSON re-indented) and doccano 1.8 (zips and CSV) were exported by these tools from
projects with synthetic comments. The others follow the documentation of the tools or older versions.
"""

from __future__ import annotations

import csv
import json
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest
from conftest import ROOT, SMALL_CODEBOOK, run

from stance.labels.codebook import read_codebook
from stance.labels.sheets.sheet_file import read_sheet

FILES = ROOT / "tests" / "exchange"

BRIDGE, WHO, ROAD = "c536993901f73", "c3c9e66317deb", "cf0aea6ab52d1"
TEXTS = {
    BRIDGE: "Мост нужен, стройте скорее!",
    WHO: "Who pays for the bridge?",
    ROAD: "Көпір керек емес 👎\nбізге жол керек",
}


def _row(comment: str, **cells: str) -> dict[str, str]:
    return {
        "comment_id": comment,
        "text": TEXTS[comment],
        "page": "road.html" if comment == ROAD else "bridge.html",
    } | cells


def _label_studio(first_annotator: str, second_annotator: str) -> list[dict[str, str]]:
    prefix = "label_studio_"
    time = "2026-11-22T06:51:31+00:00"
    return [
        _row(BRIDGE, likes="3", stance="for", annotator=first_annotator, note="clear enough",
             labelled_at=time.replace("31+", "30+"),
             **{"pass": "1", "meta.wave": "spring", "label_studio.sure": '{"rating": 4}', f"{prefix}id": "18",
                f"{prefix}annotation_id": "17", f"{prefix}lead_time": "6.521"}),
        _row(BRIDGE, likes="3", stance="against", annotator=second_annotator, labelled_at=time,
             **{"pass": "1", "meta.wave": "spring", f"{prefix}id": "18", f"{prefix}annotation_id": "18",
                f"{prefix}lead_time": "2.0"}),
        _row(WHO, likes="0", annotator=first_annotator, unsure="skipped", labelled_at=time,
             **{f"{prefix}id": "19", f"{prefix}annotation_id": "19", f"{prefix}lead_time": "1.5"}),
        _row(ROAD, likes="12", stance="against", also="for", annotator=first_annotator, labelled_at=time,
             **{"pass": "1", f"{prefix}id": "20", f"{prefix}annotation_id": "20", f"{prefix}lead_time": "4.75",
                f"{prefix}ground_truth": "true"}),
    ]  # fmt: skip


def _flat(sure: str) -> list[dict[str, str]]:
    """JSON-MIN and CSV have no skipped tasks and no meta, and the newest annotation of a task first."""
    first, second, _, third = _label_studio("label-studio:1", "label-studio:2")
    rows = [second, first | {"sure": sure}, third]
    missing = {"meta.wave", "label_studio.sure", "label_studio_ground_truth"}
    return [{name: cell for name, cell in row.items() if name not in missing} for row in rows]


def _doccano(
    ids: tuple[str, str, str], annotators: tuple[str, str], order: tuple[int, ...] = (0, 1, 2)
) -> list[dict[str, str]]:
    rows = [
        _row(BRIDGE, likes="3", stance="for", note="clear", annotator=annotators[0], where='{"line": 1}'),
        _row(WHO, likes="0", stance="against", note="ask again", annotator=annotators[1]),
        _row(ROAD, likes="12", stance="against", also="for", annotator=annotators[0]),
    ]
    ordered = [rows[index] | {"pass": "1", "doccano_id": ids[index]} for index in order]
    return [{name: cell for name, cell in row.items() if cell} for row in ordered]


def _prodigy(comment: str, **cells: str) -> dict[str, str]:
    row = {name: cell for name, cell in _row(comment).items() if name != "page"}
    return row | {
        "_is_binary": "false", "_view_id": "choice", "config": '{"choice_style": "single"}', "meta.page": "bridge.html",
    } | cells  # fmt: skip


HASHES = {"_input_hash": "-1493201047", "_task_hash": "1103745120", "meta.line": "4", "pass": "1"}
BINARY = {"_view_id": "classification", "annotator": "bota"}
EXPECTED_ROWS = {
    "label_studio.json": _label_studio("label-studio:1", "label-studio:2"),
    "label_studio_users.json": _label_studio("owner@example.org", "bota@example.org"),
    "label_studio_min.json": _flat('[{"rating": 4}]'),
    "label_studio.csv": _flat('[{"rating":4}]'),
    "doccano_shared.zip": _doccano(("31", "32", "33"), ("", "")),
    "doccano_users.zip": _doccano(("34", "35", "36"), ("ann", "bota"), (0, 2, 1)),
    "doccano.csv": [
        row | ({"where": "{'line': 1}"} if "where" in row else {}) for row in _doccano(("31", "32", "33"), ("", ""))
    ],
    "doccano_1_2.jsonl": [_row(BRIDGE, stance="for", doccano_id="7", **{"pass": "1"}), _row(WHO, doccano_id="8")],
    "doccano_1_0.jsonl": [
        {"comment_id": BRIDGE, "text": TEXTS[BRIDGE], "meta.page": "bridge.html", "stance": f"label {label}",
         "pass": "1", "annotator": f"doccano:{user}", "note": "clear", "doccano_id": "5",
         "doccano_annotation_approver": "ann"}
        for label, user in (("2", "1"), ("3", "4"))
    ] + [{"comment_id": WHO, "text": TEXTS[WHO], "doccano_id": "6"}],
    "prodigy_choice.jsonl": [
        _prodigy(BRIDGE, stance="for", annotator="bridge-bota", labelled_at="2026-11-22T10:15:03+00:00", **HASHES),
        _prodigy(BRIDGE, stance="against", also="for", annotator="2026-11-22_10-14-01", unsure="yes", note="both?",
                 labelled_at="2026-11-22T10:16:00+00:00", **HASHES),
        _prodigy(WHO, annotator="bridge-bota", unsure="skipped", labelled_at="2026-11-22T10:16:40+00:00",
                 **{"_input_hash": "77120", "_task_hash": "-5", "meta.line": "9"}),
    ],
    "prodigy_binary.jsonl": [
        {"comment_id": "c96573ef0895c", "text": "Көпір керек емес 👎", "stance": "against", "pass": "1",
         "score": "0.71", "labelled_at": "2026-11-22T10:15:03+00:00", "_input_hash": "12", "_task_hash": "13"} | BINARY,
        {"comment_id": WHO, "text": TEXTS[WHO], "labelled_at": "2026-11-22T10:15:04+00:00", "score": "0.5",
         "_input_hash": "14", "_task_hash": "15", "prodigy_answer": "reject", "prodigy_label": "against"} | BINARY,
        {"comment_id": "c3d19aac24d73", "text": "Мост нужен!", "stance": "for", "pass": "1", "_input_hash": "16",
         "_task_hash": "17"} | BINARY | {"_view_id": "choice"},
    ],
}  # fmt: skip
TOOLS = {"label": "label-studio", "doccano": "doccano", "prodigy": "prodigy"}


def _rows(sheet: Path) -> list[dict[str, str]]:
    rows = read_sheet(sheet).frame.to_dict("records")
    return [{str(name): cell for name, cell in row.items() if cell} for row in rows]


@pytest.mark.slow
@pytest.mark.parametrize("name", EXPECTED_ROWS)
def test_import_of_a_file_written_by_a_tool(tmp_path: Path, name: str) -> None:
    sheet = tmp_path / "sheet.csv"
    question = ["--stance-column", "opinion"] if name in ("label_studio_min.json", "label_studio.csv") else []
    ran = run("import", FILES / name, "-o", sheet, *question)
    assert ran.code == 0, ran.err
    assert _rows(sheet) == EXPECTED_ROWS[name]
    before = sheet.read_bytes()
    assert "0 new comments, 0 new labels" in run("import", FILES / name, "-o", sheet, *question).err
    assert sheet.read_bytes() == before
    tool_of_file = next(tool for prefix, tool in TOOLS.items() if name.startswith(prefix))
    for tool in {tool_of_file, "csv"}:
        assert run("export", sheet, "-o", tmp_path / tool, "--to", tool).code == 0
        assert run("import", tmp_path / tool, "-o", tmp_path / f"{tool}.csv").code == 0
        assert _rows(tmp_path / f"{tool}.csv") == EXPECTED_ROWS[name]


def _project(folder: Path) -> Path:
    (folder / "codebook.toml").write_text(SMALL_CODEBOOK, encoding="utf-8")
    sheet = folder / "sheet.csv"
    with sheet.open("w", encoding="utf-8-sig", newline="") as file:
        out = csv.writer(file)
        out.writerow(
            [
                "comment_id",
                "text",
                "article_title",
                "stance",
                "annotator",
                "labelled_at",
                "note",
                "sampled",
                "seed",
                "probability",
            ]
        )
        out.writerow(["c1", "Көпір керек", "A bridge", "for", "ann", "2026-11-22T10:15:03+00:00", "so", "", "", ""])
        out.writerow(["c2", "Who pays?", "A bridge", "", "", "", "", "random", "7", "0.5"])
    return sheet  # fmt: skip


def _label_in_label_studio(path: Path) -> None:
    tasks = json.loads(path.read_text(encoding="utf-8"))
    result = [{"from_name": "stance", "to_name": "text", "type": "choices", "value": {"choices": ["against"]}}]
    for task in tasks:  # the server assigns new ids
        for annotation in task["annotations"]:
            annotation |= {"import_id": annotation["id"], "id": 90, "completed_by": 1, "updated_by": None}
    changed = tasks[0]["annotations"][0]
    changed["result"][0]["value"]["choices"] = ["neutral"]
    changed |= {"updated_by": 1, "updated_at": "2026-11-23T08:00:00.5Z"}
    new = {"id": 91, "import_id": None, "completed_by": 1, "created_at": "2026-11-23T09:00:00Z", "result": result}
    tasks[1]["annotations"].append(new)
    path.write_text(json.dumps(tasks), encoding="utf-8")


def _label_in_doccano(path: Path) -> None:
    first, second = map(json.loads, path.read_text(encoding="utf-8").splitlines())
    lines = [first | {"id": 1, "label": ["neutral"]}, second | {"id": 2, "label": ["against"], "Comments": []}]
    path.write_text("\n".join(map(json.dumps, lines)), encoding="utf-8")


def _label_in_prodigy(path: Path) -> None:
    first, second = map(json.loads, path.read_text(encoding="utf-8").splitlines())
    decision = {"_annotator_id": "label-studio:1", "_session_id": "label-studio:1", "answer": "accept"}
    lines = [first | decision | {"accept": ["neutral"], "_timestamp": 1795420800}]
    lines.append(second | decision | {"accept": ["against"], "_timestamp": 1795424400})
    path.write_text("\n".join(map(json.dumps, lines)), encoding="utf-8")


LABEL_IN_TOOL = {
    "label-studio": _label_in_label_studio,
    "doccano": _label_in_doccano,
    "prodigy": _label_in_prodigy,
}


@pytest.mark.slow
@pytest.mark.parametrize("tool", LABEL_IN_TOOL)
def test_labels_given_in_a_tool_are_added_once(tmp_path: Path, tool: str) -> None:
    sheet, out = _project(tmp_path), tmp_path / "out"
    ran = run("export", sheet, "-o", out, "--to", tool, "--config", tmp_path / "config")
    assert ran.code == 0, ran.err
    before = sheet.read_bytes()
    assert "0 new comments, 0 new labels, 2 rows already" in run("import", out, "-o", sheet).err
    assert sheet.read_bytes() == before
    LABEL_IN_TOOL[tool](out)
    annotator = ["--annotator", "bota"] if tool == "doccano" else ["--annotator", "label-studio:1=bota"]
    ran = run("import", out, "-o", sheet, *annotator)
    assert ran.err.endswith("sheet.csv: 0 new comments, 2 new labels, 2 rows already in the sheet\n"), ran.err
    changed, new = _rows(sheet)[2:]
    day = "" if tool == "doccano" else "2026-11-23T0{}:00:00+00:00"
    expected = {
        "comment_id": "c1",
        "text": "Көпір керек",
        "article_title": "A bridge",
        "annotator": "bota",
        "pass": "1",
    }
    assert {name: cell for name, cell in changed.items() if name in expected} == expected
    assert (changed["stance"], changed.get("labelled_at", "")) == ("neutral", day.format(8))
    assert (new["stance"], new.get("labelled_at", "")) == ("against", day.format(9))
    assert [new[name] for name in ("comment_id", "annotator", "sampled", "seed", "probability")] == [
        "c2", "bota", "random", "7", "0.5",
    ]  # fmt: skip
    codebook = read_codebook(tmp_path / "codebook.toml")
    assert [changed["codebook"], new["codebook"]] == [
        codebook.stance_version("neutral"),
        codebook.stance_version("against"),
    ]
    before = sheet.read_bytes()
    run("import", out, "-o", sheet, *annotator)
    assert sheet.read_bytes() == before


def test_labelling_interfaces(tmp_path: Path) -> None:
    sheet = _project(tmp_path)
    for tool in LABEL_IN_TOOL:
        assert (
            run("export", sheet, "-o", tmp_path / tool, "--to", tool, "--config", tmp_path / f"{tool}-config").code == 0
        )
    interface = ET.fromstring((tmp_path / "label-studio-config").read_text(encoding="utf-8"))  # noqa: S314 - written by this test
    assert [choice.attrib for choice in interface.findall("Choices[@name='stance']/Choice")] == [
        {"value": "for", "hotkey": "1", "hint": "The comment is for it."},
        {"value": "against", "hotkey": "2", "hint": "The comment is against it."},
        {"value": "neutral", "hotkey": "3", "hint": "The comment takes no side."},
    ]
    (task, _) = json.loads((tmp_path / "label-studio").read_text(encoding="utf-8"))
    assert {
        element.attrib["value"][1:] for element in interface.iter() if element.get("value", "").startswith("$")
    } <= task["data"].keys()
    label_types = json.loads((tmp_path / "doccano-config").read_text(encoding="utf-8"))
    assert [(label["text"], label["suffix_key"]) for label in label_types] == [
        ("for", "1"),
        ("against", "2"),
        ("neutral", "3"),
    ]
    assert json.loads((tmp_path / "prodigy-config").read_text(encoding="utf-8"))["choice_style"] == "single"


def test_csv_with_resolved_labels(tmp_path: Path) -> None:
    sheet = tmp_path / "sheet.csv"
    lines = [
        "comment_id,text,article_title,mine,stance,annotator,pass,sampled,probability",
        "c1,Көпір керек,A bridge,x,,,,,",
        "c1,,,,for,ann,1,random,0.5",
        "c2,Who pays?,,,,,,,",
        "c3,So it is,,,for,ann,1,,",
        "c3,,,,against,bota,1,,",
    ]
    sheet.write_text("\n".join(lines), encoding="utf-8")
    ran = run("export", sheet, "-o", tmp_path / "out.csv", "--settled")
    assert (ran.code, ran.err.split(" (")[0]) == (1, "error: comment 'c3' is labelled for and against")
    sheet.write_text("\n".join([*lines, "c3,,,,against,cem,adjudicated,,"]), encoding="utf-8")
    ran = run("export", sheet, "-o", tmp_path / "out.csv", "--settled")
    assert ran.code == 0, ran.err
    assert _rows(tmp_path / "out.csv") == [
        {"comment_id": "c1", "article_title": "A bridge", "text": "Көпір керек", "stance": "for", "labels": "1",
         "annotators": "ann", "sampled": "random", "probability": "0.5", "mine": "x"},
        {"comment_id": "c3", "text": "So it is", "stance": "against", "labels": "2", "annotators": "ann; bota; cem",
         "adjudicated": "yes"},
    ]  # fmt: skip
