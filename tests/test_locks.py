"""The lock of a sheet."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from conftest import ROOT

from stance.errors import SheetInUseError
from stance.labels.sheets import lock
from stance.labels.sheets.lock import lock_sheet

HOLD_LOCK = (
    "import sys; from pathlib import Path; from stance.labels.sheets.lock import lock_sheet\n"
    "with lock_sheet(Path(sys.argv[1])): print('held', flush=True); sys.stdin.read()"
)


def _start_process_that_holds_lock(sheet: Path) -> subprocess.Popen[str]:
    pipe = subprocess.PIPE
    process = subprocess.Popen([sys.executable, "-c", HOLD_LOCK, sheet], stdin=pipe, stdout=pipe, text=True, cwd=ROOT)
    assert process.stdout
    assert process.stdout.readline() == "held\n"
    return process


def test_second_writer_is_refused_by_any_name_of_the_sheet(tmp_path: Path) -> None:
    (tmp_path / "sheet.csv").touch()
    (tmp_path / "link.csv").symlink_to("sheet.csv")
    with _start_process_that_holds_lock(tmp_path / "sheet.csv") as process:
        for name in ("sheet.csv", "link.csv"):
            with pytest.raises(SheetInUseError, match=r"another 'stance' .*end it first"), lock_sheet(tmp_path / name):
                pass
        process.communicate()
    with lock_sheet(tmp_path / "sheet.csv"):
        pass


def test_a_sheet_does_not_seem_locked_if_it_gets_the_inode_of_another(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lock, "_inode_lock_path", lambda _: tmp_path / "same-inode.lock")
    for name in ("first.csv", "second.csv"):
        (tmp_path / name).touch()
    with lock_sheet(tmp_path / "first.csv"), lock_sheet(tmp_path / "second.csv"):
        pass
    (tmp_path / "link.csv").hardlink_to(tmp_path / "first.csv")
    refused = pytest.raises(SheetInUseError, match="another 'stance'")
    with lock_sheet(tmp_path / "first.csv"), refused, lock_sheet(tmp_path / "link.csv"):
        pass


def test_crash_leaves_no_lock(tmp_path: Path) -> None:
    with _start_process_that_holds_lock(tmp_path / "sheet.csv") as process:
        process.kill()
        process.wait()
        with lock_sheet(tmp_path / "sheet.csv"):
            pass
    with lock_sheet(tmp_path / "sheet.csv"):
        pass


def test_folder_that_cannot_be_created_raises_error(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(Exception, match="cannot be written"), lock_sheet(tmp_path / "file" / "sheet.csv"):
        pass
