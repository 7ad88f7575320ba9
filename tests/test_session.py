"""What an annotator does, and what stands in the sheet then."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from desks import labels_in, opened, write_sheet
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from stance.annotation.comment_order import CommentKey, Item, LabelRow
from stance.annotation.session import MIN_LABELS_BEFORE_REPEAT, LabellingSession
from stance.errors import SheetInUseError
from stance.labels.codebook import Codebook, Stance, read_codebook
from stance.labels.sheets.journal import journal_path
from stance.labels.sheets.sheet_file import read_sheet

CODEBOOK = Codebook((Stance("for"), Stance("against"), Stance("neutral")))


def _session(count: int = 4, now: list[float] | None = None) -> tuple[LabellingSession, list[LabelRow]]:
    rows: list[LabelRow] = []
    items = [Item(CommentKey(f"c{number}", ""), "a1", "Title", f"text {number}") for number in range(count)]
    times = iter(now or [0.0] * 1000)
    clock = lambda: datetime(2026, 1, 1, tzinfo=UTC) + timedelta(seconds=next(times))  # noqa: E731 - it is passed on
    return LabellingSession("aida", CODEBOOK, items, lambda row: rows.append(dict(row)), clock), rows


def _shown(session: LabellingSession) -> str | None:
    return session.current_item.key.comment_id if session.current_item else None


def test_a_label_says_all_that_is_to_be_known_of_it(tmp_path: Path) -> None:
    sheet = write_sheet(tmp_path)
    with opened(sheet, seed=7) as desk:
        item = desk.session.current_item
        assert item
        desk.session.set_note('why, "so"\nand so')
        desk.session.toggle_unsure()
        desk.session.toggle_also("neutral")
        desk.session.label("for")
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


def test_one_resumes_where_one_stopped(tmp_path: Path) -> None:
    sheet = write_sheet(tmp_path)
    seen = []
    for _ in range(6):
        with opened(sheet) as desk:
            seen.append(_shown(desk.session))
            assert (desk.session.n_done, desk.session.n_left) == (len(seen) - 1, 7 - len(seen))
            desk.session.label("for")
    assert sorted(map(str, seen)) == ["c0", "c1", "c2", "c3", "c4", "c5"]
    with opened(sheet) as desk:
        assert desk.session.current_item is None


def test_what_is_skipped_comes_last_even_tomorrow(tmp_path: Path) -> None:
    sheet = write_sheet(tmp_path, 3)
    with opened(sheet) as desk:
        first = _shown(desk.session)
        desk.session.skip()
    with opened(sheet) as desk:
        for _ in range(2):
            assert _shown(desk.session) != first
            desk.session.label("for")
        assert _shown(desk.session) == first
        assert (desk.session.n_skipped, desk.session.n_left) == (1, 1)
        desk.session.label("against")
        assert (desk.session.n_skipped, desk.session.n_left) == (0, 0)
    assert len(labels_in(sheet)) == 3


def test_undo_goes_back_as_far_as_one_likes_even_tomorrow(tmp_path: Path) -> None:
    sheet = write_sheet(tmp_path, 4)
    with opened(sheet) as desk:
        order = []
        for stance in ("for", "against", "neutral"):
            order.append(_shown(desk.session))
            desk.session.label(stance)
    with opened(sheet) as desk:
        for comment, stance in zip(reversed(order), ("neutral", "against", "for"), strict=True):
            assert desk.session.undo()
            assert _shown(desk.session) == comment
            assert desk.session.previous_label
            assert desk.session.previous_label["stance"] == stance
        assert not desk.session.undo()
    assert labels_in(sheet) == {}
    with opened(sheet) as desk:
        assert not desk.session.undo()
        assert _shown(desk.session) == order[0]


def test_undo_brings_back_the_label_before(tmp_path: Path) -> None:
    sheet = write_sheet(tmp_path, 2)
    with opened(sheet) as desk:
        desk.session.toggle_unsure()
        desk.session.set_note("hm")
        desk.session.label("for")
        assert desk.session.revisit_unsure() == 1
        assert not desk.session.draft.unsure
        assert desk.session.draft.note == "hm"
        desk.session.label("against")
        assert (set(labels_in(sheet).values()), desk.session.n_unsure) == ({"against"}, 0)
        desk.session.undo()
        assert (set(labels_in(sheet).values()), desk.session.n_unsure) == ({"for"}, 1)
        assert desk.session.previous_label
        assert desk.session.previous_label["stance"] == "against"
    with opened(sheet) as desk:
        assert desk.session.undo()
        assert labels_in(sheet) == {}
        assert not desk.session.undo()


def test_thinking_over_and_skipping_keeps_the_label() -> None:
    session, rows = _session()
    session.toggle_unsure()
    session.label("for")
    session.revisit_unsure()
    assert _shown(session) == "c0"
    session.skip()
    assert (len(rows), session.n_unsure, _shown(session)) == (1, 1, "c1")
    session.undo()
    assert (len(rows), _shown(session)) == (1, "c0")


def test_a_comment_left_after_its_label_was_taken_back_has_none() -> None:
    session, rows = _session()
    session.label("for")
    session.undo()
    session.skip()
    assert [row["stance"] for row in rows] == ["for", "", ""]
    assert (session.n_done, session.n_skipped) == (0, 1)


def test_a_comment_comes_again_later_and_its_label_is_another_reading(tmp_path: Path) -> None:
    count = MIN_LABELS_BEFORE_REPEAT + 3
    sheet = write_sheet(tmp_path, count)
    with opened(sheet, again=1.0) as desk:
        shown, totals = [], set()
        while desk.session.current_item:
            shown.append((_shown(desk.session), desk.session.current_item.pass_id, desk.session.previous_label))
            totals.add(desk.session.n_done + desk.session.n_left)
            desk.session.label("for")
    readings = [(comment, number) for comment, number, _ in shown]
    assert len(set(readings)) == len(readings)
    again = [place for place, (_, number) in enumerate(readings) if number == "2"]
    assert again
    for place in again:
        first = readings.index((readings[place][0], "1"))
        assert sum(number == "1" for _, number in readings[first + 1 : place]) >= MIN_LABELS_BEFORE_REPEAT
    assert all(former is None for _, _, former in shown)
    assert desk.session.n_done == count
    assert len(totals) <= 2, "a repeat shows in the count, at most as one that is not left any more"


PACES = {
    "too few": ([0.0, 10.0], None),
    "steady": ([0.0, 10.0, 20.0], 360),
    "a break counts five minutes": ([0.0, 10.0, 3610.0], 2 / 310 * 3600),
}


@pytest.mark.parametrize(("seconds", "pace"), PACES.values(), ids=PACES)
def test_the_pace_is_without_breaks(seconds: list[float], pace: float | None) -> None:
    session, _ = _session(now=[second for second in seconds for _ in range(2)])  # a label asks for the time twice
    for _ in seconds:
        session.label("for")
    assert session.labels_per_hour == pytest.approx(pace)


def test_a_label_that_cannot_be_written_is_not_given(tmp_path: Path) -> None:
    sheet = write_sheet(tmp_path)
    with opened(sheet) as desk:
        shown = _shown(desk.session)
        journal_path(sheet).mkdir()
        with pytest.raises(OSError, match=r"directory|denied"):
            desk.session.label("for")
        assert (_shown(desk.session), desk.session.n_done) == (shown, 0)
        journal_path(sheet).rmdir()
        desk.session.label("for")
        assert desk.session.n_done == 1
    assert len(labels_in(sheet)) == 1


def test_rows_that_others_add_meanwhile_stay(tmp_path: Path) -> None:
    sheet = write_sheet(tmp_path, 2)
    with opened(sheet) as desk:
        desk.session.label("for")
        text = sheet.read_text(encoding="utf-8")
        edited = text.replace("comment_id,", "mine,comment_id,", 1).replace("\nc", "\nx,c")
        sheet.write_text(edited.replace("\n", "\r\n"), encoding="utf-8", newline="")
        desk.session.label("against")
    frame = read_sheet(sheet).frame
    assert frame["mine"].to_list() == ["x", "x", "", ""]
    assert sorted(labels_in(sheet).values()) == ["against", "for"]


def test_one_resumes_a_sheet_that_a_spreadsheet_has_reformatted(tmp_path: Path) -> None:
    sheet = write_sheet(tmp_path, 3, "c1,,,for,aida,1.0,random,TRUE", "c2,,,,aida,1.0,,Skipped")
    with opened(sheet) as desk:
        assert (desk.session.n_done, desk.session.n_unsure, desk.session.n_skipped) == (1, 1, 1)
        assert desk.session.revisit_unsure() == 1
        desk.session.label("against")
        assert _shown(desk.session) == "c0"
    assert labels_in(sheet) == {("c1", "aida", "1"): "against"}


def test_a_text_that_is_mended_meanwhile_stays_mended(tmp_path: Path) -> None:
    sheet = write_sheet(tmp_path, 2)
    with opened(sheet) as desk:
        desk.session.label("for")
        text = sheet.read_text(encoding="utf-8")
        sheet.write_text(text.replace("comment number", "comment no"), encoding="utf-8")
        desk.session.undo()
        desk.session.label("against")
        desk.session.label("for")
    assert sorted(set(read_sheet(sheet).frame["text"])) == ["comment no 0", "comment no 1"]


def test_two_annotators_at_one_sheet_are_refused(tmp_path: Path) -> None:
    sheet = write_sheet(tmp_path)
    with opened(sheet), pytest.raises(SheetInUseError, match="another 'stance' is writing"), opened(sheet, "bek"):
        pass


def test_a_full_disk_changes_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    sheet = write_sheet(tmp_path)
    before = sheet.read_bytes()

    def fail(_: int) -> None:
        raise OSError(28, "No space left on device")

    with opened(sheet) as desk:
        shown = _shown(desk.session)
        monkeypatch.setattr("os.fsync", fail)
        with pytest.raises(OSError, match="No space left"):
            desk.session.label("for")
        assert (_shown(desk.session), desk.session.n_done, sheet.read_bytes()) == (shown, 0, before)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["codebook.toml", "sheet.csv"]


def _do(session: LabellingSession, step: str) -> None:
    commands = {
        "skip": session.skip,
        "undo": session.undo,
        "unsure": session.toggle_unsure,
        "revisit": session.revisit_unsure,
    }
    commands.get(step, lambda: session.label(step))()


STEPS = st.lists(st.sampled_from(["for", "against", "skip", "undo", "unsure", "revisit", "reopen"]), max_size=25)


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=STEPS)
def test_whatever_one_does_the_sheet_says_what_the_screen_says(
    tmp_path_factory: pytest.TempPathFactory, steps: list[str]
) -> None:
    sheet = write_sheet(tmp_path_factory.mktemp("s"), 4)
    before = sheet.read_bytes()
    while steps:
        with opened(sheet) as desk:
            session = desk.session
            while steps and (step := steps.pop(0)) != "reopen":
                _do(session, step)
                labels = labels_in(sheet)
                assert session.n_done == len(labels)
                assert sorted(session.stance_counts.elements()) == sorted(labels.values())
                assert session.n_done + session.n_left == 4
                text = sheet.read_bytes()
                assert text.count(b"\nc") >= before.count(b"\nc")
