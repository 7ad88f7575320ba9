"""The journal of a sheet: no label is lost if another program saves the sheet or the program is killed."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from conftest import count_examples, run, small_sheet
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sheet_helpers import (
    label_next,
    label_row,
    open_session,
    read_labels,
    read_stances_without_journal,
    save_by_renaming,
    write_sheet,
)

from stance.annotation import session_setup
from stance.errors import MissingColumnError, UnmergedLabelsError, UnreadableFileError
from stance.io import file_swap
from stance.labels.collected_comments import merge_comments
from stance.labels.sheets import sheet_file, updates
from stance.labels.sheets.journal import Journal, journal_path, read_journal
from stance.labels.sheets.lock import lock_sheet
from stance.labels.sheets.unmerged import read_sheet_with_journal
from stance.labels.sheets.writer import SheetWriter, open_sheet_writer

pytestmark = pytest.mark.slow


def test_label_is_in_the_journal_at_once_and_in_the_sheet_on_close(tmp_path: Path) -> None:
    sheet = write_sheet(tmp_path)
    before = sheet.read_bytes()
    with open_session(sheet) as open_sheet:
        open_sheet.session.label("for")
        assert sheet.read_bytes() == before
        assert [row["stance"] for row in read_journal(journal_path(sheet)).rows] == ["for"]
    assert list(read_stances_without_journal(sheet).values()) == ["for"]


def test_labels_overwritten_by_a_spreadsheet_are_written_again(tmp_path: Path) -> None:
    sheet = write_sheet(tmp_path)
    opened_before = sheet.read_bytes()
    with open_session(sheet) as open_sheet:
        open_sheet.session.label("for")
        open_sheet.writer.flush()
        open_sheet.session.label("for")
        sheet.write_bytes(opened_before)
        open_sheet.session.label("against")
        assert sorted(read_stances_without_journal(sheet).values()) == ["against", "for", "for"]
    assert open_sheet.writer.messages == [
        "sheet.csv had lost 1 label, probably because a spreadsheet saved an older copy: written again"
    ]


def test_old_copy_saved_after_the_session_loses_no_label(tmp_path: Path) -> None:
    sheet = write_sheet(tmp_path)
    opened_before = sheet.read_bytes()
    labels = label_next(sheet, 2) | label_next(sheet, 2, "against")
    for _ in range(2):
        sheet.write_bytes(opened_before)
        assert {comment: stance for (comment, _, _), stance in read_labels(sheet).items()} == labels
        assert read_sheet_with_journal(sheet).journal_warnings
        with open_session(sheet) as open_sheet:
            assert open_sheet.session.n_done == 4
        assert read_stances_without_journal(sheet) == labels
        assert not read_sheet_with_journal(sheet).journal_warnings


def test_correction_in_a_spreadsheet_is_kept(tmp_path: Path) -> None:
    sheet = write_sheet(tmp_path)
    (comment,) = label_next(sheet, 1)
    sheet.write_bytes(sheet.read_bytes().replace(b",for,", b",neutral,"))
    assert list(read_labels(sheet).values()) == ["neutral"]
    with open_session(sheet):
        pass
    assert read_stances_without_journal(sheet) == {comment: "neutral"}


def test_labels_of_deleted_comments_are_restored_with_their_text(tmp_path: Path) -> None:
    sheet = write_sheet(tmp_path)
    (comment,) = label_next(sheet, 1)
    kept = [line for line in sheet.read_text(encoding="utf-8").splitlines() if not line.startswith(f"{comment},")]
    sheet.write_text("\n".join(kept), encoding="utf-8")
    with open_session(sheet) as open_sheet:
        assert "sheet.csv had lost 1 label" in open_sheet.writer.messages[0]
    row = sheet_file.read_sheet(sheet).frame.iloc[-1]
    assert (row["comment_id"], row["text"], row["stance"]) == (comment, f"comment number {comment[1:]}", "for")


def test_conflicting_label_of_another_program_is_reported_and_both_are_kept(tmp_path: Path) -> None:
    sheet = write_sheet(tmp_path, 2)
    with open_session(sheet) as open_sheet:
        assert open_sheet.session.current_item
        comment = open_sheet.session.current_item.key.comment_id
        text = sheet.read_text(encoding="utf-8")
        sheet.write_text(text + f"{comment},,,against,aida,1,,\n", encoding="utf-8")
        open_sheet.session.label("for")
    (message,) = open_sheet.writer.messages
    assert message == (
        f"comment '{comment}' was labelled for in a session by aida, but row 4 of the sheet, saved by another program, "
        "says against: both rows are kept and the later one counts, please check them"
    )
    assert list(sheet_file.read_sheet(sheet).frame["stance"])[-2:] == ["against", "for"]


@pytest.mark.parametrize("column", ["text", "comment_id", "stance", "annotator"])
@pytest.mark.parametrize("changed", ["", "renamed"])
def test_dropped_or_renamed_column_ends_the_session_and_keeps_labels(tmp_path: Path, column: str, changed: str) -> None:
    sheet = write_sheet(tmp_path)
    whole = sheet.read_bytes()
    frame = sheet_file.read_sheet(sheet).frame
    other = frame.rename(columns={column: changed}) if changed else frame.drop(columns=column)

    def session() -> None:
        with open_session(sheet) as open_sheet:
            open_sheet.session.label("for")
            sheet_file.write_sheet(sheet, other)
            open_sheet.session.label("for")
            assert open_sheet.writer.is_unwritable

    with pytest.raises(UnmergedLabelsError, match=rf"2 labels are kept in sheet\.csv\.journal.*no column '{column}'"):
        session()
    if column == "text":
        with pytest.raises(MissingColumnError), open_session(sheet):
            pass
    sheet.write_bytes(whole)
    assert len(read_labels(sheet)) == 2
    with open_session(sheet) as open_sheet:
        assert open_sheet.writer.messages == ["2 labels of a session that was cut short: now written into sheet.csv"]
    assert len(read_stances_without_journal(sheet)) == 2


def test_missing_sheet_gets_the_labels_when_it_is_back(tmp_path: Path) -> None:
    sheet = write_sheet(tmp_path)
    whole = sheet.read_bytes()
    with open_session(sheet) as open_sheet:
        sheet.unlink()
        open_sheet.session.label("for")
        assert isinstance(open_sheet.writer.write_error, Exception)
        assert not open_sheet.writer.is_unwritable
        sheet.write_bytes(whole)
        open_sheet.session.label("for")
        assert open_sheet.writer.write_error is None
    assert len(read_stances_without_journal(sheet)) == 2

    def session() -> None:
        with open_session(sheet) as open_sheet:
            for stance in ("for", "against", "for"):
                open_sheet.session.label(stance)
            sheet.unlink()

    with pytest.raises(UnmergedLabelsError, match=r"3 labels are kept.*no such file .*, then run this again"):
        session()


@pytest.mark.parametrize("tail", [b"", b'{"row": {"comment', b"\x00" * 512, b'{"merged": "0'])
def test_incomplete_last_line_is_ignored(tmp_path: Path, tail: bytes) -> None:
    sheet = write_sheet(tmp_path)
    labels = label_next(sheet, 2, crash=True)
    with journal_path(sheet).open("ab") as stream:
        stream.write(tail)
    assert {comment: stance for (comment, _, _), stance in read_labels(sheet).items()} == labels
    labels |= label_next(sheet, 2, "against")
    assert read_stances_without_journal(sheet) == labels


def test_damaged_line_is_reported_with_its_number(tmp_path: Path) -> None:
    sheet = write_sheet(tmp_path)
    label_next(sheet, 2, crash=True)
    lines = journal_path(sheet).read_bytes().splitlines(keepends=True)
    for damaged in (b"???\n", b"{}\n", b'{"row": {"stance": 1}, "skip": 0}\n', b"[" * 10_000 + b"\n"):
        journal_path(sheet).write_bytes(b"".join([lines[0], damaged, *lines[2:]]))
        with pytest.raises(UnreadableFileError, match=r"sheet\.csv\.journal:2\): delete this line"):
            read_sheet_with_journal(sheet)


@settings(max_examples=count_examples(20), suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(
    row=st.dictionaries(st.text(st.characters(codec=None)), st.text(st.characters(codec=None))),
    count=st.integers(0),
)
def test_journal_round_trip(tmp_path_factory: pytest.TempPathFactory, row: dict[str, str], count: int) -> None:
    path = tmp_path_factory.mktemp("j") / "x.journal"
    journal = Journal(path, read_journal(path), [])
    for _ in range(2):
        journal.append(row, count)
    journal.mark_merged("0")
    journal.close()
    contents = read_journal(path)
    assert (contents.rows, contents.prior_row_counts, contents.n_merged) == ((row, row), (count, count), 2)


EVENTS = st.lists(
    st.sampled_from(["for", "against", "undo", "reopen", "crash", "copy", "save copy", "edit", "flush"]), max_size=18
)


@settings(max_examples=count_examples(15), suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(events=EVENTS)
def test_last_label_counts_in_any_order_of_events(tmp_path_factory: pytest.TempPathFactory, events: list[str]) -> None:
    """An annotator labels two comments in turn; a spreadsheet has a copy open and saves it at any time."""
    sheet = write_sheet(tmp_path_factory.mktemp("s"), 2)
    copy = sheet.read_bytes()
    expected: dict[str, str] = {}
    steps: list[tuple[str, str]] = []
    writer = SheetWriter(sheet)
    for clock, event in enumerate(events):
        comment = f"c{clock % 2}"
        if event in {"for", "against"}:
            steps.append((comment, expected.get(comment, "")))
            expected[comment] = event
            writer.append(label_row(comment, event, f"2026-01-01T00:00:{clock // 3:02}+00:00"))
        elif event == "undo" and steps:
            comment, stance = steps.pop()
            expected[comment] = stance
            writer.append(label_row(comment, stance, f"2026-01-01T00:00:{clock // 3:02}+00:00"))
        elif event == "flush":
            writer.flush()
        elif event == "reopen":
            writer.close()
            writer = SheetWriter(sheet)
        elif event == "crash":
            writer._journal.close()
            writer = SheetWriter(sheet)
        elif event == "copy":
            copy = sheet.read_bytes()
        elif event == "save copy":
            sheet.write_bytes(copy)
        elif event == "edit":
            sheet.write_bytes(sheet.read_bytes() + f"e{clock},,a comment more,,,,,\n".encode())
            expected[f"e{clock}"] = ""
        held = {comment: stance for (comment, _, _), stance in read_labels(sheet).items()}
        assert held == {comment: stance for comment, stance in expected.items() if stance}
    writer.close()
    assert read_stances_without_journal(sheet) == {comment: stance for comment, stance in expected.items() if stance}


def test_merge_comments_keeps_journal_labels_and_concurrent_changes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sheet = write_sheet(tmp_path)
    labels = label_next(sheet, 2, crash=True)
    saved = iter([b"", b"e1,,saved meanwhile,,,,,\n"])

    def save_before_swap(new: Path, target: Path) -> Path:
        if extra := next(saved, b""):
            save_by_renaming(target, target.read_bytes() + extra)
        return file_swap.swap_files(new, target)

    monkeypatch.setattr(updates, "swap_files", save_before_swap)
    comments = sheet_file.read_sheet(sheet).frame.iloc[:1].assign(comment_id="c99", text="new", stance="")
    assert merge_comments(sheet, comments[["comment_id", "text"]])[0] == 1
    assert read_stances_without_journal(sheet) == labels
    assert {"e1", "c99"} <= set(sheet_file.read_sheet(sheet).frame["comment_id"])


def _sheet_after_crash(folder: Path) -> Path:
    """Return a sheet with two labels by aida in its journal only."""
    sheet = small_sheet(folder, 4)
    lines = sheet.read_text(encoding="utf-8").splitlines()
    data = "".join(f"{line},{cell}\n" for line, cell in zip(lines, ["annotator", *["bek"] * 99], strict=False)).encode()
    sheet.write_bytes(data)
    with lock_sheet(sheet), open_sheet_writer(sheet) as writer:
        frame = writer.sheet.frame
        for number in range(2):
            first = frame.iloc[number]
            cells = {"comment_id": first["comment_id"], "text": first["text"], "stance": first["stance"]}
            writer.append(cells | {"annotator": "aida", "pass": "1", "labelled_at": f"2026-01-0{number + 1}"})
    sheet.write_bytes(data)
    return sheet


COMMANDS = {
    "check": ["check", "{sheet}", "--json"],
    "agree": ["agree", "{sheet}"],
    "export": ["export", "{sheet}", "--to", "csv", "-o", "-"],
    "train": ["train", "{sheet}", "--quick", "-j", "1", "--model", "{folder}/m/stance.joblib"],
}


@pytest.mark.parametrize("arguments", COMMANDS.values(), ids=COMMANDS)
def test_commands_use_labels_left_by_a_crash(tmp_path: Path, arguments: list[str]) -> None:
    sheet = _sheet_after_crash(tmp_path)
    before = sheet.read_bytes()
    ran = run(*(argument.format(sheet=sheet, folder=tmp_path) for argument in arguments))
    assert "2 labels in sheet.csv.journal missing from the sheet" in ran.out + ran.err
    assert sheet.read_bytes() == before
    if arguments[0] == "export":
        assert ran.out.count(",aida,") == 2


def test_import_writes_labels_left_by_a_crash(tmp_path: Path) -> None:
    sheet = _sheet_after_crash(tmp_path)
    new = tmp_path / "new.csv"
    new.write_text("comment_id,text,stance,annotator\nx1,Another one,for,bek\n", encoding="utf-8")
    ran = run("import", new, "-o", sheet)
    assert (ran.code, "had lost 2 labels" in ran.err) == (0, True)
    assert sheet.read_text(encoding="utf-8").count(",aida,") == 2


def test_sheet_with_labels_in_the_journal_is_not_overwritten(tmp_path: Path) -> None:
    sheet = write_sheet(tmp_path)
    label_next(sheet, 1, crash=True)
    comments = tmp_path / "comments.csv"
    comments.write_text("text\nOne.\nTwo.\n", encoding="utf-8")
    ran = run("sample", comments, "--n", "1", "-o", sheet, "--force")
    assert (ran.code, "this sheet has labels in sheet.csv.journal" in ran.err) == (1, True)


def test_labelling_does_not_parse_the_sheet(tmp_path: Path) -> None:
    """So the time of a label does not depend on the size of the sheet."""
    sheet = write_sheet(tmp_path, 3)
    with open_session(sheet) as open_sheet:
        parsed = sheet_file.parse_sheet
        try:
            sheet_file.parse_sheet = None  # type: ignore[assignment]
            open_sheet.session.label("for")
        finally:
            sheet_file.parse_sheet = parsed
        lines = journal_path(sheet).read_bytes().splitlines()
    assert [set(json.loads(line)) for line in lines] == [{"journal", "columns"}, {"row", "skip"}]


def test_adjudications_are_journalled(tmp_path: Path) -> None:
    sheet = write_sheet(tmp_path, 3, "c1,,,for,aida,1,,", "c1,,,against,bek,1,,")
    opened_before = sheet.read_bytes()
    with session_setup.open_adjudication_session([sheet], None, "dana") as open_sheet:
        open_sheet.session.label("against")
    sheet.write_bytes(opened_before)
    assert read_labels(sheet)["c1", "dana", "adjudicated"] == "against"
    with session_setup.open_adjudication_session([sheet], None, "dana") as open_sheet:
        assert open_sheet.session.current_item is None
    assert list(sheet_file.read_sheet(sheet).frame["pass"])[-1] == "adjudicated"
