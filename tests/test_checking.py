"""Every check rule, with sheets that break it and sheets that do not."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from check_cases import CASES, CODEBOOK, CODEBOOK_RULES, MODEL_RULES, Sheets

from stance.validation.check import CheckOptions, check
from stance.validation.findings import Finding
from stance.validation.rules import CHECK_RULES

pytestmark = pytest.mark.slow


def _check_sheets(folder: Path, sheets: Sheets, *, use_codebook: bool = True) -> list[Finding]:
    """Check sheets with the codebook of the cases beside them, and return the findings."""
    lines = [f"[stances.{stance.name}]\ndefinition = {json.dumps(stance.definition)}\n" for stance in CODEBOOK.stances]
    (folder / "codebook.toml").write_text("".join(lines), encoding="utf-8")
    paths = []
    for number, text in enumerate([sheets] if isinstance(sheets, str) else sheets):
        paths.append(folder / f"s{number}.csv")
        paths[-1].write_text(text, encoding="utf-8", newline="")
    return list(check(CheckOptions(tuple(paths), folder / "m.joblib", use_codebook=use_codebook)).findings)


ROWS = [(rule_id, *pair) for rule_id, pairs in CASES.items() for pair in pairs if rule_id != "guessed-encoding"]


@pytest.mark.parametrize(("rule_id", "bad", "good"), ROWS, ids=[rule_id for rule_id, *_ in ROWS])
def test_a_rule_finds_bad_sheets_only(tmp_path: Path, rule_id: str, bad: Sheets, good: Sheets) -> None:
    assert rule_id in {finding.rule_id for finding in _check_sheets(tmp_path, bad)}
    assert rule_id not in {finding.rule_id for finding in _check_sheets(tmp_path, good)}


def test_a_column_of_free_text_as_stances_gives_one_finding(tmp_path: Path) -> None:
    texts = "text,stance\n" + "".join(f"text {n},comment number {n} {'x' * 99}\n" for n in range(1, 31))
    for use_codebook, message in (
        (True, "30 stances are not in the codebook: 'comment number 1 "),
        (False, "30 stances have fewer than 10 labels to test them: 'comment number 1 "),
    ):
        messages = [finding.message for finding in _check_sheets(tmp_path, texts, use_codebook=use_codebook)]
        about_stances = [text for text in messages if "comment number" in text]
        assert [text[: len(message)] for text in about_stances] == [message]


def test_two_spellings_of_a_stance_without_a_codebook(tmp_path: Path) -> None:
    findings = _check_sheets(tmp_path, "text,stance\nA,Yes\nB,yes\nC,No\n", use_codebook=False)
    assert [finding.message for finding in findings if finding.rule_id == "similar-names"] == [
        "stances written differently: 'Yes', 'yes'"
    ]


def test_every_rule_has_a_case() -> None:
    rules_of_files = {"labels-in-journal", "unreadable-openings"}  # test_journal.py, test_closed_test.py
    assert {*CASES, *MODEL_RULES, *CODEBOOK_RULES, *rules_of_files} == set(CHECK_RULES)
