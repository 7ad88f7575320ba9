"""Models trained before and after a labelling session are compared, reading the sheets from disk."""

from __future__ import annotations

from pathlib import Path

import pytest
from conftest import SMALL_CODEBOOK, small_sheet

from stance.errors import ConflictingLabelsError
from stance.labels.sheets.sheet_file import read_sheet
from stance.training import compare_models_before_after

pytestmark = pytest.mark.slow


def test_the_sheet_may_have_no_labels_before(tmp_path: Path) -> None:
    (tmp_path / "codebook.toml").write_text(SMALL_CODEBOOK, encoding="utf-8")
    sheet = tmp_path / "new.csv"
    sheet.write_text("text\n" + "".join(f"comment {number}\n" for number in range(12)), encoding="utf-8")
    sheet_before = read_sheet(sheet)
    stances = ("for", "against")
    rows = "".join(f"comment {number},{stances[number % 2]}\n" for number in range(12))
    sheet.write_text("text,stance\n" + rows, encoding="utf-8")
    impact = compare_models_before_after(sheet_before, [sheet], None, 0)
    assert impact
    assert (impact.n_before, impact.n_after, impact.n_changed) == (0, 12, 0)


@pytest.mark.parametrize("linked", [False, True], ids=["another spelling", "a link"])
def test_the_sheet_is_recognised_by_another_path(tmp_path: Path, linked: bool) -> None:
    sheet = small_sheet(tmp_path, 5)
    sheet_before = read_sheet(sheet)
    with sheet.open("a", encoding="utf-8") as stream:
        stream.write("new0,a0,a good thing after all,for\nf0,a0,good idea of mayor 0,against\n")
    other_path = tmp_path / "link.csv" if linked else tmp_path / "." / "models" / ".." / "sheet.csv"
    (tmp_path / "models").mkdir()
    if linked:
        other_path.symlink_to(sheet)
    impact = compare_models_before_after(sheet_before, [other_path], None, 0)
    assert impact
    assert (impact.n_before, impact.n_after, impact.n_changed) == (15, 16, 1)


def test_contradictory_labels_are_refused(tmp_path: Path) -> None:
    sheet = small_sheet(tmp_path, 5)
    sheet_before = read_sheet(sheet)
    text = sheet.read_text(encoding="utf-8").replace("text,stance", "text,stance,annotator")
    sheet.write_text(f"{text}f0,a0,good idea of mayor 0,against,bek\n", encoding="utf-8")
    with pytest.raises(ConflictingLabelsError, match="'f0' is labelled for and against"):
        compare_models_before_after(sheet_before, [sheet], None, 0)
