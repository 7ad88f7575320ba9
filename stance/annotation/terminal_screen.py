"""Labelling in the terminal: keys in, a session's steps out, its comment on the screen."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual.app import App
from textual.binding import Binding
from textual.containers import VerticalScroll
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Input, Static

from stance.annotation import key_bindings, panels
from stance.errors import StanceError
from stance.reports.text_format import counted, shown

if TYPE_CHECKING:
    from collections.abc import Callable

    from textual.app import ComposeResult
    from textual.events import Key, Resize

    from stance.annotation.session import Session
    from stance.labels.sheets.writer import SheetWriter


class Manual(ModalScreen[None]):
    """The codebook over the comment; any key but those that scroll goes back."""

    CSS = """
    Manual { align: center middle; }
    Manual > VerticalScroll { border: round $foreground; padding: 0 1; width: 100%; max-width: 100; height: 100%; }
    """

    def __init__(self, content: Content) -> None:
        super().__init__()
        self._content = content

    def compose(self) -> ComposeResult:
        """Lay out the text."""
        scroll = VerticalScroll(Static(self._content))
        scroll.border_subtitle = "any key goes back"
        yield scroll

    def on_key(self, event: Key) -> None:
        """Scroll or go back."""
        if event.key == "space":
            self.query_one(VerticalScroll).scroll_page_down()
        elif event.key not in {"up", "down", "pageup", "pagedown", "home", "end"}:
            event.stop()
            self.dismiss()


class Annotation(App[None]):
    """The screen of one annotator at work."""

    CSS = """
    Screen { layout: vertical; }
    #article, #answers { max-height: 3; padding: 0 1; }
    #answers { color: $text-muted; }
    #where, #state, #commands, #stances, #opinions { padding: 0 1; height: auto; }
    #opinions { max-height: 6; border-top: solid $foreground 30%; }
    #reading { height: 1fr; min-height: 3; border-top: solid $foreground 30%; border-bottom: solid $foreground 30%; }
    #text { padding: 0 1; }
    #note { height: 1; border: none; padding: 0 1; }
    .empty { display: none; }
    """
    ENABLE_COMMAND_PALETTE = False
    BINDINGS: ClassVar = [Binding("ctrl+c,ctrl+q", "quit", "quit", priority=True)]

    def __init__(self, session: Session, what: str, writer: SheetWriter | None = None) -> None:
        """Show a session; `what` names the sheet, the annotator and the order, `writer` writes the labels."""
        super().__init__(ansi_color=True)
        self.session, self._what, self._writer = session, what, writer
        self._messages_shown = len(writer.messages) if writer else 0
        self._keys = key_bindings.stance_keys(len(session.codebook.stance_names))
        self._choosing_also = False
        self._told = ""
        self.failure: Exception | None = None

    def compose(self) -> ComposeResult:
        """Lay out the panels from top to bottom."""
        yield Static(id="where")
        yield Static(id="article")
        yield Static(id="answers")
        with VerticalScroll(id="reading"):
            yield Static(id="text")
        yield Static(id="opinions")
        yield Static(id="stances")
        yield Static(id="state")
        yield Input(id="note", placeholder="a note; Enter keeps it, Escape leaves it as it was", classes="empty")
        yield Static(id="commands")

    def on_mount(self) -> None:
        """Show the first comment."""
        self.query_one("#reading").focus()
        self._show()

    def on_resize(self, _: Resize) -> None:
        """Fit the panels to the terminal, once it is known how large it is now."""
        self.call_after_refresh(self._show)

    def on_key(self, event: Key) -> None:
        """Do what a key means."""
        if self._is_typing:
            if event.key == "escape":
                self._end_note()
            return
        if event.key == "space":
            self.query_one("#reading", VerticalScroll).scroll_page_down()
            return
        meant = key_bindings.meaning(event.key, event.character, self._keys)
        if meant is None:
            return
        event.stop()
        self._told = ""
        before = self.session.item
        try:
            self._do(meant)
        except (StanceError, OSError) as error:
            self._told = f"NOT SAVED: {error}"
        self._watch_sheet()
        self._show()
        if self.session.item is not before:
            self.query_one("#reading").scroll_home(animate=False)

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Keep the note."""
        self.session.note(event.value.strip())
        self._end_note()

    def _handle_exception(self, error: Exception) -> None:
        """End, and leave it to the command to tell of it: textual's traceback would show the comment."""
        self.failure = self.failure or error
        self.exit()

    def _watch_sheet(self) -> None:
        """Show what another program has done to the sheet; end if no label can be written into it any more."""
        if self._writer is None:
            return
        if len(self._writer.messages) > self._messages_shown:
            self._told = self._writer.messages[-1]
            self._messages_shown = len(self._writer.messages)
        if self._writer.write_error:
            self._told = f"Kept in the journal, not in the sheet yet: {self._writer.write_error}"
        if self._writer.is_unwritable:
            self.exit()

    @property
    def _is_typing(self) -> bool:
        return not self.query_one("#note").has_class("empty")

    def _do(self, meant: str | int) -> None:
        if isinstance(meant, str):
            self._choosing_also = meant == "also" and self.session.item is not None and not self._choosing_also
            self._commands[meant]()
        elif self._choosing_also:
            self.session.toggle_also(self.session.codebook.stance_names[meant])
        else:
            self.session.label(self.session.codebook.stance_names[meant])

    @property
    def _commands(self) -> dict[str, Callable[[], object]]:
        return {
            "also": lambda: None,  # what is chosen then is chosen by the keys of stances
            "unsure": self.session.toggle_unsure,
            "note": self._begin_note,
            "skip": self.session.skip,
            "undo": self._undo,
            "revisit": self._revisit,
            "help": lambda: self.push_screen(Manual(panels.manual(self.session.codebook, self._keys))),
            "quit": self.exit,
        }

    def _undo(self) -> None:
        if not self.session.undo():
            self._told = "There is nothing to undo."

    def _revisit(self) -> None:
        found = self.session.revisit()
        self._told = f"You were unsure of {counted(found, 'comment')}." if found else "You were unsure of none."

    def _begin_note(self) -> None:
        if self.session.item is None:
            return
        note = self.query_one("#note", Input)
        note.value = self.session.draft.note
        note.remove_class("empty")
        note.focus()

    def _end_note(self) -> None:
        self.query_one("#note").add_class("empty")
        self.query_one("#reading").focus()
        self._show()

    def _show(self) -> None:
        session, item, width = self.session, self.session.item, max(20, self.size.width - 2)
        self._put("where", panels.heading(self._what, panels.progress(session), width))
        self._put("article", panels.title(item) if item else Content())
        self._put("answers", panels.answered(item) if item and item.answers else Content())
        self._put("text", Content(shown(item.text)) if item else panels.finished(session))
        self._put("opinions", panels.opinions(item) if item else Content())
        self._put("stances", panels.stances(session, self._keys, width, choosing_also=self._choosing_also))
        self._put("state", panels.state(session, choosing_also=self._choosing_also, told=self._told))
        self._put("commands", panels.commands(width))

    def _put(self, panel: str, content: Content) -> None:
        widget = self.query_one(f"#{panel}", Static)
        widget.update(content)
        widget.set_class(not content.plain and panel != "state", "empty")


def run(session: Session, what: str, writer: SheetWriter | None = None) -> None:
    """Let an annotator label until they quit; the mouse stays the terminal's own, for selecting text."""
    app = Annotation(session, what, writer)
    app.run(mouse=False)
    if app.failure:
        raise app.failure
