"""The actions of an annotator, and the rows that each adds to the sheet."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from conftest import count_examples
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sheet_helpers import open_session, read_labels, write_sheet

from stance.annotation.comment_order import CommentKey, Item, LabelRow
from stance.annotation.session import MIN_LABELS_BEFORE_REPEAT, LabellingSession
from stance.errors import SheetInUseError
from stance.labels.codebook import Codebook, Stance, read_codebook
from stance.labels.sheets.journal import journal_path
from stance.labels.sheets.sheet_file import read_sheet

pytestmark = pytest.mark.slow

CODEBOOK = Codebook((Stance("for"), Stance("against"), Stance("neutral")))


def _make_session(count: int = 4, seconds: list[float] | None = None) -> tuple[LabellingSession, list[LabelRow]]:
    rows: list[LabelRow] = []
    items = [Item(CommentKey(f"c{number}", ""), "a1", "Title", f"text {number}") for number in range(count)]
    times = iter(seconds or [0.0] * 1000)
    clock = lambda: datetime(2026, 1, 1, tzinfo=UTC) + timedelta(seconds=next(times))  # noqa: E731 - a one-line clock
    return LabellingSession("aida", CODEBOOK, items, lambda row: rows.append(dict(row)), clock), rows


def _current_id(session: LabellingSession) -> str | None:
    return session.current_item.key.comment_id if session.current_item else None


def test_a_label_records_how_it_came_about(tmp_path: Path) -> None:
    sheet = write_sheet(tmp_path)
    with open_session(sheet, seed=7) as opened_sheet:
        item = opened_sheet.session.current_item
        assert item
        opened_sheet.session.set_note('why, "so"\nand so')
        opened_sheet.session.toggle_unsure()
        opened_sheet.session.toggle_also("neutral")
        opened_sheet.session.label("for")
    row = read_sheet(sheet).frame.iloc[-1].to_dict()
    assert datetime.fromisoformat(row.pop("labelled_at")).tzinfo
    assert row == {
        "comment_id": item.key.comment_id,
        "article_title": "",
        "text": item.text,
        "stance": "for",
        "also": "neutral",
        "target": "",
        "annotator": "aida",
        "pass": "1",
        "note": 'why, "so"\nand so',
        "unsure": "yes",
        "codebook": read_codebook(tmp_path / "codebook.toml").stance_version("for"),
        "sampled": "random",
        "seed": "7",
        "probability": "",
    }


def test_a_session_resumes_where_the_last_one_ended(tmp_path: Path) -> None:
    sheet = write_sheet(tmp_path)
    seen = []
    for _ in range(6):
        with open_session(sheet) as opened_sheet:
            seen.append(_current_id(opened_sheet.session))
            assert (opened_sheet.session.n_done, opened_sheet.session.n_left) == (len(seen) - 1, 7 - len(seen))
            opened_sheet.session.label("for")
    assert sorted(map(str, seen)) == ["c0", "c1", "c2", "c3", "c4", "c5"]
    with open_session(sheet) as opened_sheet:
        assert opened_sheet.session.current_item is None


def test_skipped_comments_come_last_in_this_and_later_sessions(tmp_path: Path) -> None:
    sheet = write_sheet(tmp_path, 3)
    with open_session(sheet) as opened_sheet:
        first = _current_id(opened_sheet.session)
        opened_sheet.session.skip()
    with open_session(sheet) as opened_sheet:
        for _ in range(2):
            assert _current_id(opened_sheet.session) != first
            opened_sheet.session.label("for")
        assert _current_id(opened_sheet.session) == first
        assert (opened_sheet.session.n_skipped, opened_sheet.session.n_left) == (1, 1)
        opened_sheet.session.label("against")
        assert (opened_sheet.session.n_skipped, opened_sheet.session.n_left) == (0, 0)
    assert len(read_labels(sheet)) == 3


def test_undo_goes_back_any_number_of_steps_in_this_and_later_sessions(tmp_path: Path) -> None:
    sheet = write_sheet(tmp_path, 4)
    with open_session(sheet) as opened_sheet:
        order = []
        for stance in ("for", "against", "neutral"):
            order.append(_current_id(opened_sheet.session))
            opened_sheet.session.label(stance)
    with open_session(sheet) as opened_sheet:
        for comment, stance in zip(reversed(order), ("neutral", "against", "for"), strict=True):
            assert opened_sheet.session.undo()
            assert _current_id(opened_sheet.session) == comment
            assert opened_sheet.session.previous_label
            assert opened_sheet.session.previous_label["stance"] == stance
        assert not opened_sheet.session.undo()
    assert read_labels(sheet) == {}
    with open_session(sheet) as opened_sheet:
        assert not opened_sheet.session.undo()
        assert _current_id(opened_sheet.session) == order[0]


def test_undo_restores_the_previous_label(tmp_path: Path) -> None:
    sheet = write_sheet(tmp_path, 2)
    with open_session(sheet) as opened_sheet:
        opened_sheet.session.toggle_unsure()
        opened_sheet.session.set_note("hm")
        opened_sheet.session.label("for")
        assert opened_sheet.session.revisit_unsure() == 1
        assert not opened_sheet.session.draft.unsure
        assert opened_sheet.session.draft.note == "hm"
        opened_sheet.session.label("against")
        assert (set(read_labels(sheet).values()), opened_sheet.session.n_unsure) == ({"against"}, 0)
        opened_sheet.session.undo()
        assert (set(read_labels(sheet).values()), opened_sheet.session.n_unsure) == ({"for"}, 1)
        assert opened_sheet.session.previous_label
        assert opened_sheet.session.previous_label["stance"] == "against"
    with open_session(sheet) as opened_sheet:
        assert opened_sheet.session.undo()
        assert read_labels(sheet) == {}
        assert not opened_sheet.session.undo()


def test_skipping_a_revisited_comment_keeps_its_label() -> None:
    session, rows = _make_session()
    session.toggle_unsure()
    session.label("for")
    session.revisit_unsure()
    assert _current_id(session) == "c0"
    session.skip()
    assert (len(rows), session.n_unsure, _current_id(session)) == (1, 1, "c1")
    session.undo()
    assert (len(rows), _current_id(session)) == (1, "c0")


def test_a_comment_skipped_after_undo_has_no_label() -> None:
    session, rows = _make_session()
    session.label("for")
    session.undo()
    session.skip()
    assert [row["stance"] for row in rows] == ["for", "", ""]
    assert (session.n_done, session.n_skipped) == (0, 1)


def test_a_repeated_comment_comes_later_and_its_label_is_a_second_pass(tmp_path: Path) -> None:
    count = MIN_LABELS_BEFORE_REPEAT + 3
    sheet = write_sheet(tmp_path, count)
    with open_session(sheet, repeat_share=1.0) as opened_sheet:
        shown, totals = [], set()
        while opened_sheet.session.current_item:
            shown.append(
                (
                    _current_id(opened_sheet.session),
                    opened_sheet.session.current_item.pass_id,
                    opened_sheet.session.previous_label,
                )
            )
            totals.add(opened_sheet.session.n_done + opened_sheet.session.n_left)
            opened_sheet.session.label("for")
    readings = [(comment, number) for comment, number, _ in shown]
    assert len(set(readings)) == len(readings)
    again = [place for place, (_, number) in enumerate(readings) if number == "2"]
    assert again
    for place in again:
        first = readings.index((readings[place][0], "1"))
        assert sum(number == "1" for _, number in readings[first + 1 : place]) >= MIN_LABELS_BEFORE_REPEAT
    assert all(former is None for _, _, former in shown)
    assert opened_sheet.session.n_done == count
    assert len(totals) <= 2, "the count must not reveal which comments are repeats"


PACES = {
    "too few": ([0.0, 10.0], None),
    "steady": ([0.0, 10.0, 20.0], 360),
    "a break counts as five minutes": ([0.0, 10.0, 3610.0], 2 / 310 * 3600),
}


@pytest.mark.parametrize(("seconds", "pace"), PACES.values(), ids=PACES)
def test_labels_per_hour_leave_out_breaks(seconds: list[float], pace: float | None) -> None:
    session, _ = _make_session(
        seconds=[second for second in seconds for _ in range(2)]
    )  # each label reads the clock twice
    for _ in seconds:
        session.label("for")
    assert session.labels_per_hour == pytest.approx(pace)


def test_a_label_that_cannot_be_written_changes_nothing(tmp_path: Path) -> None:
    sheet = write_sheet(tmp_path)
    with open_session(sheet) as opened_sheet:
        shown = _current_id(opened_sheet.session)
        journal_path(sheet).mkdir()
        with pytest.raises(OSError, match=r"directory|denied"):
            opened_sheet.session.label("for")
        assert (_current_id(opened_sheet.session), opened_sheet.session.n_done) == (shown, 0)
        journal_path(sheet).rmdir()
        opened_sheet.session.label("for")
        assert opened_sheet.session.n_done == 1
    assert len(read_labels(sheet)) == 1


def test_edits_of_other_programs_are_kept(tmp_path: Path) -> None:
    sheet = write_sheet(tmp_path, 2)
    with open_session(sheet) as opened_sheet:
        opened_sheet.session.label("for")
        text = sheet.read_text(encoding="utf-8")
        edited = text.replace("comment_id,", "mine,comment_id,", 1).replace("\nc", "\nx,c")
        sheet.write_text(edited.replace("\n", "\r\n"), encoding="utf-8", newline="")
        opened_sheet.session.label("against")
    frame = read_sheet(sheet).frame
    assert frame["mine"].to_list() == ["x", "x", "", ""]
    assert sorted(read_labels(sheet).values()) == ["against", "for"]


def test_a_sheet_reformatted_by_a_spreadsheet_can_be_resumed(tmp_path: Path) -> None:
    sheet = write_sheet(tmp_path, 3, "c1,,,for,aida,1.0,random,TRUE", "c2,,,,aida,1.0,,Skipped")
    with open_session(sheet) as opened_sheet:
        assert (opened_sheet.session.n_done, opened_sheet.session.n_unsure, opened_sheet.session.n_skipped) == (1, 1, 1)
        assert opened_sheet.session.revisit_unsure() == 1
        opened_sheet.session.label("against")
        assert _current_id(opened_sheet.session) == "c0"
    assert read_labels(sheet) == {("c1", "aida", "1"): "against"}


def test_a_text_corrected_during_the_session_stays_corrected(tmp_path: Path) -> None:
    sheet = write_sheet(tmp_path, 2)
    with open_session(sheet) as opened_sheet:
        opened_sheet.session.label("for")
        text = sheet.read_text(encoding="utf-8")
        sheet.write_text(text.replace("comment number", "comment no"), encoding="utf-8")
        opened_sheet.session.undo()
        opened_sheet.session.label("against")
        opened_sheet.session.label("for")
    assert sorted(set(read_sheet(sheet).frame["text"])) == ["comment no 0", "comment no 1"]


def test_a_second_session_on_a_sheet_is_refused(tmp_path: Path) -> None:
    sheet = write_sheet(tmp_path)
    with (
        open_session(sheet),
        pytest.raises(SheetInUseError, match="another 'stance' is writing"),
        open_session(sheet, "bek"),
    ):
        pass


def test_a_full_disk_changes_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    sheet = write_sheet(tmp_path)
    before = sheet.read_bytes()

    def fail(_: int) -> None:
        raise OSError(28, "No space left on device")

    with open_session(sheet) as opened_sheet:
        shown = _current_id(opened_sheet.session)
        monkeypatch.setattr("os.fsync", fail)
        with pytest.raises(OSError, match="No space left"):
            opened_sheet.session.label("for")
        assert (_current_id(opened_sheet.session), opened_sheet.session.n_done, sheet.read_bytes()) == (
            shown,
            0,
            before,
        )
    assert sorted(path.name for path in tmp_path.iterdir()) == ["codebook.toml", "sheet.csv"]


def _run_step(session: LabellingSession, step: str) -> None:
    commands = {
        "skip": session.skip,
        "undo": session.undo,
        "unsure": session.toggle_unsure,
        "revisit": session.revisit_unsure,
    }
    commands.get(step, lambda: session.label(step))()


STEPS = st.lists(st.sampled_from(["for", "against", "skip", "undo", "unsure", "revisit", "reopen"]), max_size=25)


@settings(max_examples=count_examples(25), suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=STEPS)
def test_the_sheet_agrees_with_the_session_after_any_steps(
    tmp_path_factory: pytest.TempPathFactory, steps: list[str]
) -> None:
    sheet = write_sheet(tmp_path_factory.mktemp("s"), 4)
    before = sheet.read_bytes()
    while steps:
        with open_session(sheet) as opened_sheet:
            session = opened_sheet.session
            while steps and (step := steps.pop(0)) != "reopen":
                _run_step(session, step)
                labels = read_labels(sheet)
                assert session.n_done == len(labels)
                assert sorted(session.stance_counts.elements()) == sorted(labels.values())
                assert session.n_done + session.n_left == 4
                text = sheet.read_bytes()
                assert text.count(b"\nc") >= before.count(b"\nc")
