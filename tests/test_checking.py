"""Every kind of finding, where it is found and where it is not."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from check_cases import CASES, CODEBOOK, OF_CODEBOOKS, OF_MODELS, Sheets

from stance.checking.check import Request, check
from stance.checking.findings import Finding
from stance.checking.kinds import KINDS


def _found(folder: Path, sheets: Sheets, *, use_codebook: bool = True) -> list[Finding]:
    """Check sheets with the codebook of the cases beside them."""
    lines = [f"[stances.{stance.name}]\ndefinition = {json.dumps(stance.definition)}\n" for stance in CODEBOOK.stances]
    (folder / "codebook.toml").write_text("".join(lines), encoding="utf-8")
    paths = []
    for number, text in enumerate([sheets] if isinstance(sheets, str) else sheets):
        paths.append(folder / f"s{number}.csv")
        paths[-1].write_text(text, encoding="utf-8", newline="")
    return list(check(Request(tuple(paths), folder / "m.joblib", use_codebook=use_codebook)).findings)


ROWS = [(kind, *pair) for kind, pairs in CASES.items() for pair in pairs if kind != "guessed-encoding"]


@pytest.mark.parametrize(("kind", "sheets", "others"), ROWS, ids=[kind for kind, *_ in ROWS])
def test_it_is_found_where_it_is_and_nowhere_else(tmp_path: Path, kind: str, sheets: Sheets, others: Sheets) -> None:
    found = [finding for finding in _found(tmp_path, sheets) if finding.kind == kind]
    assert found
    assert kind not in {finding.kind for finding in _found(tmp_path, others)}


def test_every_kind_has_a_case() -> None:
    assert {*CASES, *OF_MODELS, *OF_CODEBOOKS} == set(KINDS)
