"""The journal beside a sheet: no label is lost, whoever saves the sheet and whatever ends the program."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from conftest import run, small_sheet
from desks import in_sheet_alone, label_row, label_some, labels_in, opened, save_by_renaming, write_sheet
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from stance.annotation import session_setup
from stance.errors import MissingColumnError, UnmergedLabelsError, UnreadableFileError
from stance.io import file_swap
from stance.labels.collected_comments import merge_comments
from stance.labels.sheets import sheet_file, updates
from stance.labels.sheets.journal import Journal, journal_path, read_journal
from stance.labels.sheets.lock import lock_sheet
from stance.labels.sheets.unmerged import read_sheet_with_journal
from stance.labels.sheets.writer import SheetWriter, open_sheet_writer


def test_a_label_is_in_the_journal_at_once_and_in_the_sheet_at_the_end(tmp_path: Path) -> None:
    sheet = write_sheet(tmp_path)
    before = sheet.read_bytes()
    with opened(sheet) as found:
        found.session.label("for")
        assert sheet.read_bytes() == before
        assert [row["stance"] for row in read_journal(journal_path(sheet)).rows] == ["for"]
    assert list(in_sheet_alone(sheet).values()) == ["for"]


def test_labels_that_a_spreadsheet_has_overwritten_are_written_again(tmp_path: Path) -> None:
    sheet = write_sheet(tmp_path)
    opened_before = sheet.read_bytes()
    with opened(sheet) as found:
        found.session.label("for")
        found.writer.flush()
        found.session.label("for")
        sheet.write_bytes(opened_before)
        found.session.label("against")
        assert sorted(in_sheet_alone(sheet).values()) == ["against", "for", "for"]
    assert found.writer.messages == [
        "sheet.csv had lost 1 label, as when a spreadsheet saves the copy it had opened before: written again"
    ]


def test_a_copy_that_is_saved_after_the_session_loses_nothing_either(tmp_path: Path) -> None:
    sheet = write_sheet(tmp_path)
    opened_before = sheet.read_bytes()
    given = label_some(sheet, 2) | label_some(sheet, 2, "against")
    for _ in range(2):
        sheet.write_bytes(opened_before)
        assert {comment: stance for (comment, _, _), stance in labels_in(sheet).items()} == given
        assert read_sheet_with_journal(sheet).journal_warnings
        with opened(sheet) as found:
            assert found.session.n_done == 4
        assert in_sheet_alone(sheet) == given
        assert not read_sheet_with_journal(sheet).journal_warnings


def test_what_a_person_corrects_in_a_spreadsheet_stays_corrected(tmp_path: Path) -> None:
    sheet = write_sheet(tmp_path)
    (comment,) = label_some(sheet, 1)
    sheet.write_bytes(sheet.read_bytes().replace(b",for,", b",neutral,"))
    assert list(labels_in(sheet).values()) == ["neutral"]
    with opened(sheet):
        pass
    assert in_sheet_alone(sheet) == {comment: "neutral"}


def test_labels_of_comments_that_the_sheet_has_lost_come_back_with_their_text(tmp_path: Path) -> None:
    sheet = write_sheet(tmp_path)
    (comment,) = label_some(sheet, 1)
    kept = [line for line in sheet.read_text(encoding="utf-8").splitlines() if not line.startswith(f"{comment},")]
    sheet.write_text("\n".join(kept), encoding="utf-8")
    with opened(sheet) as found:
        assert "sheet.csv had lost 1 label" in found.writer.messages[0]
    row = sheet_file.read_sheet(sheet).frame.iloc[-1]
    assert (row["comment_id"], row["text"], row["stance"]) == (comment, f"comment number {comment[1:]}", "for")


def test_a_label_that_another_program_has_changed_meanwhile_is_reported_and_both_are_kept(tmp_path: Path) -> None:
    sheet = write_sheet(tmp_path, 2)
    with opened(sheet) as found:
        assert found.session.current_item
        comment = found.session.current_item.key.comment_id
        text = sheet.read_text(encoding="utf-8")
        sheet.write_text(text + f"{comment},,,against,aida,1,,\n", encoding="utf-8")
        found.session.label("for")
    (message,) = found.writer.messages
    assert message == (
        f"comment '{comment}' has the stance against in row 4 of the sheet, which another program saved, and was "
        "recorded as for in a session by aida: both rows are kept and the later one counts, look at them"
    )
    assert list(sheet_file.read_sheet(sheet).frame["stance"])[-2:] == ["against", "for"]


@pytest.mark.parametrize("column", ["text", "comment_id", "stance", "annotator"])
@pytest.mark.parametrize("changed", ["", "renamed"])
def test_a_column_that_is_dropped_or_renamed_ends_the_session_and_keeps_all_labels(
    tmp_path: Path, column: str, changed: str
) -> None:
    sheet = write_sheet(tmp_path)
    whole = sheet.read_bytes()
    frame = sheet_file.read_sheet(sheet).frame
    other = frame.rename(columns={column: changed}) if changed else frame.drop(columns=column)

    def session() -> None:
        with opened(sheet) as found:
            found.session.label("for")
            sheet_file.write_sheet(sheet, other)
            found.session.label("for")
            assert found.writer.is_unwritable

    with pytest.raises(UnmergedLabelsError, match=rf"2 labels are kept in sheet\.csv\.journal.*no column '{column}'"):
        session()
    if column == "text":
        with pytest.raises(MissingColumnError), opened(sheet):
            pass
    sheet.write_bytes(whole)
    assert len(labels_in(sheet)) == 2
    with opened(sheet) as found:
        assert found.writer.messages == ["2 labels of a session that was cut short, now in sheet.csv"]
    assert len(in_sheet_alone(sheet)) == 2


def test_a_sheet_that_is_gone_takes_the_labels_when_it_is_back(tmp_path: Path) -> None:
    sheet = write_sheet(tmp_path)
    whole = sheet.read_bytes()
    with opened(sheet) as found:
        sheet.unlink()
        found.session.label("for")
        assert isinstance(found.writer.write_error, Exception)
        assert not found.writer.is_unwritable
        sheet.write_bytes(whole)
        found.session.label("for")
        assert found.writer.write_error is None
    assert len(in_sheet_alone(sheet)) == 2

    def session() -> None:
        with opened(sheet) as found:
            for stance in ("for", "against", "for"):
                found.session.label(stance)
            sheet.unlink()

    with pytest.raises(UnmergedLabelsError, match=r"3 labels are kept.*no such file .*, then run this again"):
        session()


@pytest.mark.parametrize("tail", [b"", b'{"row": {"comment', b"\x00" * 512, b'{"merged": "0'])
def test_the_rest_of_a_line_that_was_being_written_is_no_label(tmp_path: Path, tail: bytes) -> None:
    sheet = write_sheet(tmp_path)
    given = label_some(sheet, 2, crash=True)
    with journal_path(sheet).open("ab") as stream:
        stream.write(tail)
    assert {comment: stance for (comment, _, _), stance in labels_in(sheet).items()} == given
    given |= label_some(sheet, 2, "against")
    assert in_sheet_alone(sheet) == given


def test_a_damaged_line_is_reported_by_its_number(tmp_path: Path) -> None:
    sheet = write_sheet(tmp_path)
    label_some(sheet, 2, crash=True)
    lines = journal_path(sheet).read_bytes().splitlines(keepends=True)
    for damaged in (b"???\n", b"{}\n", b'{"row": {"stance": 1}, "skip": 0}\n', b"[" * 10_000 + b"\n"):
        journal_path(sheet).write_bytes(b"".join([lines[0], damaged, *lines[2:]]))
        with pytest.raises(UnreadableFileError, match=r"sheet\.csv\.journal:2\): remove this line"):
            read_sheet_with_journal(sheet)


@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(row=st.dictionaries(st.text(st.characters(codec=None)), st.text(st.characters(codec=None))), skip=st.integers(0))
def test_whatever_a_row_holds_the_journal_gives_it_back(
    tmp_path_factory: pytest.TempPathFactory, row: dict[str, str], skip: int
) -> None:
    path = tmp_path_factory.mktemp("j") / "x.journal"
    journal = Journal(path, read_journal(path), [])
    for _ in range(2):
        journal.append(row, skip)
    journal.mark_merged("0")
    journal.close()
    contents = read_journal(path)
    assert (contents.rows, contents.prior_row_counts, contents.n_merged) == ((row, row), (skip, skip), 2)


EVENTS = st.lists(
    st.sampled_from(["for", "against", "undo", "reopen", "crash", "copy", "save copy", "edit", "flush"]), max_size=18
)


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(events=EVENTS)
def test_in_any_order_of_labels_crashes_and_saved_copies_the_last_label_counts(
    tmp_path_factory: pytest.TempPathFactory, events: list[str]
) -> None:
    """An annotator labels two comments in turn; a spreadsheet holds a copy and saves it at any time."""
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
        held = {comment: stance for (comment, _, _), stance in labels_in(sheet).items()}
        assert held == {comment: stance for comment, stance in expected.items() if stance}
    writer.close()
    assert in_sheet_alone(sheet) == {comment: stance for comment, stance in expected.items() if stance}


def test_collect_takes_what_a_crash_has_left_and_what_is_saved_meanwhile(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sheet = write_sheet(tmp_path)
    given = label_some(sheet, 2, crash=True)
    saved = iter([b"", b"e1,,saved meanwhile,,,,,\n"])

    def late(new: Path, target: Path) -> Path:
        if extra := next(saved, b""):
            save_by_renaming(target, target.read_bytes() + extra)
        return file_swap.swap_files(new, target)

    monkeypatch.setattr(updates, "swap_files", late)
    comments = sheet_file.read_sheet(sheet).frame.iloc[:1].assign(comment_id="c99", text="new", stance="")
    assert merge_comments(sheet, comments[["comment_id", "text"]])[0] == 1
    assert in_sheet_alone(sheet) == given
    assert {"e1", "c99"} <= set(sheet_file.read_sheet(sheet).frame["comment_id"])


def _crashed_sheet(folder: Path) -> Path:
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
def test_commands_use_the_labels_that_a_crash_has_left(tmp_path: Path, arguments: list[str]) -> None:
    sheet = _crashed_sheet(tmp_path)
    before = sheet.read_bytes()
    ran = run(*(argument.format(sheet=sheet, folder=tmp_path) for argument in arguments))
    assert "2 labels in sheet.csv.journal that the sheet lacks" in ran.out + ran.err
    assert sheet.read_bytes() == before
    if arguments[0] == "export":
        assert ran.out.count(",aida,") == 2


def test_import_writes_the_labels_that_a_crash_has_left(tmp_path: Path) -> None:
    sheet = _crashed_sheet(tmp_path)
    new = tmp_path / "new.csv"
    new.write_text("comment_id,text,stance,annotator\nx1,Another one,for,bek\n", encoding="utf-8")
    ran = run("import", new, "-o", sheet)
    assert (ran.code, "had lost 2 labels" in ran.err) == (0, True)
    assert sheet.read_text(encoding="utf-8").count(",aida,") == 2


def test_a_sheet_with_a_journal_is_not_replaced(tmp_path: Path) -> None:
    sheet = write_sheet(tmp_path)
    label_some(sheet, 1, crash=True)
    comments = tmp_path / "comments.csv"
    comments.write_text("text\nOne.\nTwo.\n", encoding="utf-8")
    ran = run("sample", comments, "--n", "1", "-o", sheet, "--force")
    assert (ran.code, "somebody has labelled this sheet, see sheet.csv.journal" in ran.err) == (1, True)


def test_the_time_of_a_label_does_not_depend_on_the_sheet(tmp_path: Path) -> None:
    """Appending touches the journal and the state of the sheet, never its rows."""
    sheet = write_sheet(tmp_path, 3)
    with opened(sheet) as found:
        parsed = sheet_file.parse_sheet
        try:
            sheet_file.parse_sheet = None  # type: ignore[assignment]
            found.session.label("for")
        finally:
            sheet_file.parse_sheet = parsed
        lines = journal_path(sheet).read_bytes().splitlines()
    assert [set(json.loads(line)) for line in lines] == [{"journal", "columns"}, {"row", "skip"}]


def test_adjudications_are_kept_likewise(tmp_path: Path) -> None:
    sheet = write_sheet(tmp_path, 3, "c1,,,for,aida,1,,", "c1,,,against,bek,1,,")
    opened_before = sheet.read_bytes()
    with session_setup.open_adjudication_session([sheet], None, "dana") as found:
        found.session.label("against")
    sheet.write_bytes(opened_before)
    assert labels_in(sheet)["c1", "dana", "adjudicated"] == "against"
    with session_setup.open_adjudication_session([sheet], None, "dana") as found:
        assert found.session.current_item is None
    assert list(sheet_file.read_sheet(sheet).frame["pass"])[-1] == "adjudicated"
