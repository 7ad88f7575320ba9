"""Checks handle sheets with any content, and report an error exactly where training refuses them."""

from __future__ import annotations

import json
import unicodedata
from pathlib import Path

import pytest
from conftest import SMALL_CODEBOOK
from hypothesis import example, given
from hypothesis import strategies as st

from stance import tables, training
from stance.errors import StanceError
from stance.evaluation import out_of_fold
from stance.validation import findings_report
from stance.validation.check import CheckOptions, CheckResult, check
from stance.validation.rules import Severity

pytestmark = pytest.mark.slow

# Valid and damaged cells by column.
WORDS = {
    "comment_id": ["", "1", "2", "c3", "C3", "1.0", "1E+05", "02-Jan"],
    "text": ["", " ", "A", "B c", "b C", "So it is", "so  it is!", "😀", "#NAME?", "=1+1", "â€™", "? ? ?", "\ufffd"],
    "stance": ["", "", "for", "for", "FOR", "against", "neutral", "fro", "cannot-tell", "#REF!", "'for"],
    "also": ["", "", "against", "for;neutral", "x", ";", "cannot-tell"],
    "target": ["", "", "x", "X"],
    "annotator": ["", "Aida", "aida ", "b"],
    "pass": ["", "1", "2", "adjudicated", "Adjudicated", "1.0", "0"],
    "note": ["", "x"],
    "unsure": ["", "yes", "skipped", "?"],
    "labelled_at": ["", "2026-11-22", "2026-11-22T10:15:03+00:00", "22.11.2026", "2026-11-21T00:00:00", "0001-01-01"],
    "codebook": ["", "00112233", "1E+5"],
    "sampled": ["", "random", "uncertain", "given", "drawn"],
    "seed": ["", "1", "1.0"],
    "probability": ["", "0.5", "0,5", "2", "1e-400", "inf"],
    "article_id": ["", "a1"],
    "anotator": ["", "b"],
}


@st.composite
def sheets(draw: st.DrawFn) -> str:
    """Draw a sheet with some of the columns and mostly valid cells."""
    columns = draw(st.lists(st.sampled_from(sorted(WORDS)), unique=True, max_size=8))
    columns = draw(st.permutations([*columns, *(name for name in ("text", "stance") if name not in columns)]))
    rows = draw(st.lists(st.tuples(*(st.sampled_from(WORDS[column]) for column in columns)), max_size=8))
    # Half of the sheets have no invalid values, so that the later steps of training are reached as well.
    only_valid = draw(st.booleans())
    lines = [
        ",".join(
            f'"{_drop_invalid(column, cell) if only_valid else cell}"'
            for column, cell in zip(columns, row, strict=True)
        )
        for row in rows
    ]
    return "\n".join([",".join(columns), *lines])


def _drop_invalid(column: str, cell: str) -> str:
    invalid = {"fro", "cannot-tell", "#REF!", "'for", "x", "1.0", "0", "drawn", "0,5", "2", "1e-400", "inf"}
    return "" if cell in invalid and column in {"stance", "also", "pass", "sampled", "probability"} else cell


class ReachedError(Exception):
    """Training has accepted the sheets."""


def _why_refused(paths: list[Path], *, use_codebook: bool) -> str:
    """Return the error of training before it counts n-grams, or "" if it accepts the sheets."""

    def reach(_: object) -> None:
        raise ReachedError

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(out_of_fold, "_prepare_training_data", reach)
        try:
            training.train_on_sheets(paths, training.TrainingOptions(use_codebook=use_codebook, jobs=1))
        except StanceError as error:
            return str(error)
        except ReachedError:
            return ""
    raise AssertionError


def _check_formatting(checked: CheckResult) -> None:
    """Format the findings as JSON with every location, and as text without control characters."""
    findings = json.loads(json.dumps(findings_report.findings_to_json(checked)))["findings"]
    assert [len(finding["where"]) for finding in findings] == [len(finding.locations) for finding in checked.findings]
    text = findings_report.format_findings(checked, 80) + findings_report.summarise_check(checked)
    assert not {character for character in text if unicodedata.category(character) in {"Cc", "Zl", "Zp"}} - {"\n"}


@given(st.lists(sheets(), min_size=1, max_size=3), st.booleans())
@example(["text,stance\nA,for\nB,against", "text,stance\n"], True)
def test_errors_are_found_exactly_where_training_refuses(
    tmp_path_factory: pytest.TempPathFactory, texts: list[str], use_codebook: bool
) -> None:
    folder = tmp_path_factory.mktemp("sheets")
    (folder / "codebook.toml").write_text(SMALL_CODEBOOK, encoding="utf-8")
    paths = [folder / f"s{number}.csv" for number in range(len(texts))]
    for path, text in zip(paths, texts, strict=True):
        path.write_text(text, encoding="utf-8")
    checked = check(CheckOptions(tuple(paths), folder / "m.joblib", use_codebook=use_codebook))
    _check_formatting(checked)
    errors = [finding for finding in checked.findings if finding.severity == Severity.ERROR]
    refused = _why_refused(paths, use_codebook=use_codebook)
    assert bool(errors) == bool(refused), (refused, errors)


@given(st.lists(st.binary() | st.text().map(str.encode), min_size=1, max_size=2))
def test_any_file_can_be_checked(tmp_path_factory: pytest.TempPathFactory, files: list[bytes]) -> None:
    folder = tmp_path_factory.mktemp("files")
    paths = [folder / f"s{number}.csv" for number in range(len(files))]
    for path, data in zip(paths, files, strict=True):
        path.write_bytes(data)
    checked = check(CheckOptions(tuple(paths), folder / "m.joblib"))
    _check_formatting(checked)
    assert checked.count_findings(Severity.ERROR)


CELLS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters='"\0'), max_size=30)


@given(st.lists(st.tuples(*[CELLS] * len(tables.SHEET_COLUMNS)), min_size=1, max_size=5))
def test_any_cells_can_be_checked(tmp_path_factory: pytest.TempPathFactory, rows: list[tuple[str, ...]]) -> None:
    path = tmp_path_factory.mktemp("cells") / "s.csv"
    lines = [tables.SHEET_COLUMNS, *rows]
    path.write_text("\n".join(",".join(f'"{cell}"' for cell in line) for line in lines), encoding="utf-8", newline="")
    _check_formatting(check(CheckOptions((path,), path.with_name("m.joblib"), use_codebook=False)))
