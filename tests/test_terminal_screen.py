"""The labelling screen, driven by keys: what it shows and what it must not show."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
from sheet_helpers import open_session, read_labels, write_sheet
from textual.pilot import Pilot
from textual.widgets import Input, Static

from stance.annotation import session_setup
from stance.annotation.terminal_screen import AnnotationApp, CodebookScreen
from stance.errors import UnmergedLabelsError
from stance.labels.sheets.journal import journal_path
from stance.labels.sheets.unmerged import read_sheet_with_journal
from stance.labels.sheets.writer import SheetWriter

pytestmark = pytest.mark.slow

SMALL = (80, 24)

PilotScript = Callable[[AnnotationApp, Pilot[None]], Awaitable[None]]


def _drive(
    session: object, drive: PilotScript, size: tuple[int, int] = SMALL, writer: SheetWriter | None = None
) -> None:
    async def main() -> None:
        app = AnnotationApp(session, "sheet.csv, aida, random", writer)  # type: ignore[arg-type]
        async with app.run_test(size=size) as pilot:
            await pilot.pause()
            await drive(app, pilot)
        if app.failure:
            raise app.failure

    asyncio.run(main())


def _panel_text(app: AnnotationApp, name: str) -> str:
    return str(app.query_one(f"#{name}", Static).content)


def _screen_lines(app: AnnotationApp) -> list[str]:
    """Return the lines as the terminal shows them."""
    return ["".join(segment.text for segment in line) for line in app.screen._compositor.render_strips()]


def test_keys_label_undo_skip_note_and_mark_as_unsure(tmp_path: Path) -> None:
    sheet = write_sheet(tmp_path)

    async def drive(app: AnnotationApp, pilot: Pilot[None]) -> None:
        first = _panel_text(app, "text")
        await pilot.press("1")
        assert _panel_text(app, "text") != first
        assert list(read_labels(sheet).values()) == ["for"]
        await pilot.press("z")
        assert (_panel_text(app, "text"), read_labels(sheet)) == (first, {})
        assert "your label was for" in _panel_text(app, "status")
        await pilot.press("u", "n", "w", "h", "y", "1", "enter")
        assert _panel_text(app, "status") == "your label was for; unsure; note: why1"
        await pilot.press("a", "3", "a", "2")
        row = read_sheet_with_journal(sheet).frame.iloc[-1]
        assert (row["stance"], row["also"], row["unsure"], row["note"]) == ("against", "neutral", "yes", "why1")
        await pilot.press("s", "я")
        assert app.session.n_skipped == 0
        await pilot.press("r")
        assert _panel_text(app, "text") == first
        await pilot.press("q")

    with open_session(sheet) as opened_sheet:
        _drive(opened_sheet.session, drive)


def test_a_note_can_be_discarded(tmp_path: Path) -> None:
    async def drive(app: AnnotationApp, pilot: Pilot[None]) -> None:
        await pilot.press("n", "x", "escape")
        assert app.session.draft.note == ""
        assert app.query_one("#note", Input).has_class("empty")
        await pilot.press("1")
        assert app.session.n_done == 1

    with open_session(write_sheet(tmp_path)) as opened_sheet:
        _drive(opened_sheet.session, drive)


def test_the_codebook_is_shown_with_definitions_and_rules(tmp_path: Path) -> None:
    async def drive(app: AnnotationApp, pilot: Pilot[None]) -> None:
        await pilot.press("?")
        assert isinstance(app.screen, CodebookScreen)
        shown = "\n".join(_screen_lines(app))
        for part in ("for", "The comment is for it.", "- Praise counts.", '"This is a good plan"', "takes no side"):
            assert part in shown
        await pilot.press("pagedown", "down", "space", "home")
        assert isinstance(app.screen, CodebookScreen)
        await pilot.press("1")
        assert not isinstance(app.screen, CodebookScreen)
        assert app.session.n_done == 0

    with open_session(write_sheet(tmp_path)) as opened_sheet:
        _drive(opened_sheet.session, drive)


HOSTILE = {
    "markup": "[bold]not bold[/bold] [/] [link=x]{}",
    "escapes": "a\x1b[31mred\x07",
    "kazakh": "Қазақстан ҰҚШҰ-дан шығуы керек 🇰🇿 👍🏽",
    "right to left": "abc\u202edef",
    "wide": "中文" * 100,
    "a long word": "x" * 5000,
}


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
@pytest.mark.parametrize("size", [SMALL, (20, 8), (200, 60)], ids=["80x24", "tiny", "large"])
def test_any_text_is_shown_literally(tmp_path: Path, text: str, size: tuple[int, int]) -> None:
    sheet = write_sheet(tmp_path, 0)
    quoted = text.replace('"', '""')
    sheet.write_text(f'comment_id,article_title,text\nc1,"{quoted}","{quoted}"\n', encoding="utf-8")

    async def drive(app: AnnotationApp, pilot: Pilot[None]) -> None:
        await pilot.pause()
        lines = _screen_lines(app)
        assert not any(character in "".join(lines) for character in "\x1b\x07\u202e")
        assert len(lines) == size[1]
        begin = text[:5].replace("\x1b", "\N{REPLACEMENT CHARACTER}").replace("\u202e", "\N{REPLACEMENT CHARACTER}")
        assert any(begin in line for line in lines)
        await pilot.press("1")
        assert app.session.n_done == 1
        assert "Nothing left" in "".join(_screen_lines(app))

    with open_session(sheet) as opened_sheet:
        _drive(opened_sheet.session, drive, size)


def test_all_panels_fit_80_by_24_and_a_long_comment_scrolls(tmp_path: Path) -> None:
    sheet = write_sheet(tmp_path, 0)
    long = " ".join(f"word{number}" for number in range(600))
    sheet.write_text(
        f"comment_id,article_title,reply_to,text\nc0,{'title ' * 60},,{long}\nc1,{'title ' * 60},c0,{long}\n",
        encoding="utf-8",
    )

    async def drive(app: AnnotationApp, pilot: Pilot[None]) -> None:
        if "reply to" not in "".join(_screen_lines(app)):
            await pilot.press("1")
        for part in ("0 of 2", "title", "reply to:", "word0 ", "1  for", "3  neutral", "? codebook"):
            assert part in "\n".join(_screen_lines(app)).replace("1 of 2", "0 of 2")
        await pilot.press("space", "space")
        assert "word0 " not in "\n".join(_screen_lines(app)[7:])
        await pilot.press("1")
        assert "word0 " in "\n".join(_screen_lines(app)) or app.session.current_item is None

    with open_session(sheet) as opened_sheet:
        _drive(opened_sheet.session, drive)


def test_labels_of_others_are_hidden_until_the_own_label_is_saved(tmp_path: Path) -> None:
    labels = [f"c{number},,,against,bek,1,random,yes" for number in range(4)]
    sheet = write_sheet(tmp_path, 4, *labels)

    async def drive(app: AnnotationApp, pilot: Pilot[None]) -> None:
        while app.session.current_item:
            assert _panel_text(app, "other-labels") == ""
            assert _panel_text(app, "status") in {"", "saved: for"}
            assert "\n".join(_screen_lines(app)).count("against") == 1
            assert "bek" not in "\n".join(_screen_lines(app))
            assert "2  against 0" in "\n".join(_screen_lines(app))
            await pilot.press("1")

    with open_session(sheet, second_share=1.0) as opened_sheet:
        _drive(opened_sheet.session, drive)
    assert len(read_labels(sheet)) == 8


def test_an_adjudicator_sees_the_labels_of_all_annotators(tmp_path: Path) -> None:
    sheet = write_sheet(tmp_path, 2, "c1,,,for,aida,1,random,yes", "c1,,,against,bek,2,random,")

    async def drive(app: AnnotationApp, pilot: Pilot[None]) -> None:
        assert _panel_text(app, "other-labels").splitlines() == ["for  aida, unsure", "against  bek, pass 2"]
        await pilot.press("2")
        assert read_labels(sheet)["c1", "dana", "adjudicated"] == "against"

    with session_setup.open_adjudication_session([sheet], None, "dana") as opened_sheet:
        _drive(opened_sheet.session, drive)


def test_a_label_that_is_not_saved_is_reported_and_the_comment_stays(tmp_path: Path) -> None:
    sheet = write_sheet(tmp_path)

    async def drive(app: AnnotationApp, pilot: Pilot[None]) -> None:
        first = _panel_text(app, "text")
        journal_path(sheet).mkdir()
        await pilot.press("1")
        assert _panel_text(app, "status").startswith("NOT SAVED: ")
        assert _panel_text(app, "text") == first
        journal_path(sheet).rmdir()
        await pilot.press("1")
        assert _panel_text(app, "status") == "saved: for"
        assert len(read_labels(sheet)) == 1

    with open_session(sheet) as opened_sheet:
        _drive(opened_sheet.session, drive)


def test_nothing_to_undo_and_nothing_unsure_is_reported(tmp_path: Path) -> None:
    async def drive(app: AnnotationApp, pilot: Pilot[None]) -> None:
        await pilot.press("z")
        assert _panel_text(app, "status") == "There is nothing to undo."
        await pilot.press("r")
        assert _panel_text(app, "status") == "No comment is marked as unsure."
        await pilot.press("x", "9")
        assert app.session.n_done == 0

    with open_session(write_sheet(tmp_path)) as opened_sheet:
        _drive(opened_sheet.session, drive)


def test_changes_by_another_program_are_reported(tmp_path: Path) -> None:
    sheet = write_sheet(tmp_path)
    initial_content = sheet.read_bytes()

    async def drive(app: AnnotationApp, pilot: Pilot[None]) -> None:
        await pilot.press("1")
        opened_sheet.writer.flush()
        sheet.write_bytes(initial_content)
        await pilot.press("1")
        assert _panel_text(app, "status").startswith("sheet.csv had lost 1 label")
        sheet.unlink()
        await pilot.press("1")
        assert _panel_text(app, "status").startswith("Label saved in the journal, not in the sheet yet: no such file")
        sheet.write_bytes(initial_content)
        await pilot.press("1")
        assert app.session.n_done == 4

    with open_session(sheet) as opened_sheet:
        _drive(opened_sheet.session, drive, writer=opened_sheet.writer)
    assert len(read_labels(sheet)) == 4


def test_the_screen_exits_when_labels_can_no_longer_be_written(tmp_path: Path) -> None:
    sheet = write_sheet(tmp_path)

    async def drive(app: AnnotationApp, pilot: Pilot[None]) -> None:
        sheet.write_text("comment_id,stance\nc1,for\n", encoding="utf-8")
        await pilot.press("1")
        assert not app.is_running

    def session() -> None:
        with open_session(sheet) as opened_sheet:
            _drive(opened_sheet.session, drive, writer=opened_sheet.writer)

    with pytest.raises(UnmergedLabelsError, match=r"1 label is kept in sheet\.csv\.journal.* no column 'text'"):
        session()
