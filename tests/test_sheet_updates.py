"""Changes that other programs save while a sheet is being replaced are not lost."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from sheet_helpers import label_next, open_session, read_stances_without_journal, save_by_renaming, write_sheet

from stance.errors import SheetInUseError
from stance.io import file_swap
from stance.labels.sheets import sheet_file, updates
from stance.labels.sheets.lock import lock_sheet


def _add_rows_until_stopped(sheet: Path, save: Callable[[Path, bytes], None], stop: threading.Event) -> int:
    """Add rows to a sheet like an editor that does not use locks; return their number."""
    count = 0
    while not stop.is_set():
        save(sheet, sheet.read_bytes() + b"e%d,,edited %d,,,,,\r\n" % (count, count))
        count += 1
        time.sleep(0.03)
    return count


@pytest.mark.slow
def test_labels_and_concurrent_changes_of_an_editor_are_kept(tmp_path: Path) -> None:
    sheet = write_sheet(tmp_path, 40)
    stop, saved = threading.Event(), []
    thread = threading.Thread(target=lambda: saved.append(_add_rows_until_stopped(sheet, save_by_renaming, stop)))
    with open_session(sheet) as open_sheet:
        thread.start()
        for _ in range(40):
            open_sheet.session.label("for")
        stop.set()
        thread.join()
    frame = sheet_file.read_sheet(sheet).frame
    assert (frame["stance"] == "for").sum() == 40
    assert {f"e{number}" for number in range(saved[0])} <= set(frame["comment_id"])


@pytest.mark.parametrize(("times", "kept"), [(1, []), (2, ["sheet.saved-1.csv"])])
def test_version_saved_between_reading_and_replacing_is_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, times: int, kept: list[str]
) -> None:
    """If a second version is saved in the microseconds in which the first is restored, it gets its own file."""
    sheet = write_sheet(tmp_path)
    saved = iter([b"e%d,,saved meanwhile,,,,,\n" % number for number in range(times)])

    def save_before_swap(new: Path, target: Path) -> Path:
        if extra := next(saved, b""):
            save_by_renaming(target, target.read_bytes() + extra)
        return file_swap.swap_files(new, target)

    monkeypatch.setattr(updates, "swap_files", save_before_swap)
    with open_session(sheet) as open_sheet:
        open_sheet.session.label("for")
    versions = [
        sheet_file.read_sheet(path).frame["comment_id"] for path in (sheet, *(tmp_path / name for name in kept))
    ]
    assert {f"e{number}" for number in range(times)} <= {comment for version in versions for comment in version}
    assert list(read_stances_without_journal(sheet).values()) == ["for"]
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(
        ["codebook.toml", "sheet.csv", "sheet.csv.journal", *kept]
    )


def test_without_rename_exchange_a_hard_link_is_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise OSError(38, "Function not implemented")

    if not hasattr(os, "link") or os.name == "nt":
        pytest.skip("Windows has its own way to exchange files")
    monkeypatch.setattr(file_swap, "_rename_exchange", fail)
    labels = label_next(write_sheet(tmp_path), 2)
    assert read_stances_without_journal(tmp_path / "sheet.csv") == labels
    assert sorted(path.name for path in tmp_path.iterdir()) == ["codebook.toml", "sheet.csv", "sheet.csv.journal"]


def test_swap_file_of_a_killed_process_is_renamed(tmp_path: Path) -> None:
    sheet = write_sheet(tmp_path)
    label_next(sheet, 1)
    swap_file = tmp_path / ".sheet.csv.77.swap"
    swap_file.write_bytes(sheet.read_bytes())
    with open_session(sheet) as open_sheet:
        assert open_sheet.writer.messages == []
    swap_file.write_bytes(b"comment_id,text,stance\nc9,saved by an editor,for\n")
    with open_session(sheet) as open_sheet:
        assert "its version is kept as sheet.saved-1.csv" in open_sheet.writer.messages[0]
    assert b"saved by an editor" in (tmp_path / "sheet.saved-1.csv").read_bytes()
    assert not swap_file.exists()


def test_hard_links_share_a_lock(tmp_path: Path) -> None:
    sheet = write_sheet(tmp_path)
    other = tmp_path / "other" / "name.csv"
    other.parent.mkdir()
    other.hardlink_to(sheet)
    with open_session(sheet) as open_sheet:
        assert "has a second name (a hard link)" in open_sheet.writer.messages[0]
        open_sheet.session.label("for")
        open_sheet.writer.flush()
        with pytest.raises(SheetInUseError), lock_sheet(other):
            pass
