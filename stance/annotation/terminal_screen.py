"""Show the labelling screen in the terminal, and turn key presses into actions of the session."""

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
from stance.reports.text_format import replace_unprintable
from stance.wording import pluralise

if TYPE_CHECKING:
    from collections.abc import Callable

    from textual.app import ComposeResult
    from textual.events import Key, Resize

    from stance.annotation.session import LabellingSession
    from stance.labels.sheets.writer import SheetWriter


class CodebookScreen(ModalScreen[None]):
    """Shows the codebook; any key that does not scroll closes it."""

    CSS = """
    CodebookScreen { align: center middle; }
    CodebookScreen > VerticalScroll {
        border: round $foreground; padding: 0 1; width: 100%; max-width: 100; height: 100%;
    }
    """

    def __init__(self, content: Content) -> None:
        super().__init__()
        self._content = content

    def compose(self) -> ComposeResult:
        """Create the scrollable text."""
        scroll = VerticalScroll(Static(self._content))
        scroll.border_subtitle = "press any key to close"
        yield scroll

    def on_key(self, event: Key) -> None:
        """Scroll or close."""
        if event.key == "space":
            self.query_one(VerticalScroll).scroll_page_down()
        elif event.key not in {"up", "down", "pageup", "pagedown", "home", "end"}:
            event.stop()
            self.dismiss()


class AnnotationApp(App[None]):
    """The labelling screen.

    Attributes
    ----------
    session
        The labelling session.
    failure
        The unexpected error that ended the screen, if there was one.
    """

    CSS = """
    Screen { layout: vertical; }
    #article, #parent { max-height: 3; padding: 0 1; }
    #parent { color: $text-muted; }
    #heading, #status, #commands, #stances, #other-labels { padding: 0 1; height: auto; }
    #other-labels { max-height: 6; border-top: solid $foreground 30%; }
    #comment { height: 1fr; min-height: 3; border-top: solid $foreground 30%; border-bottom: solid $foreground 30%; }
    #text { padding: 0 1; }
    #note { height: 1; border: none; padding: 0 1; }
    .empty { display: none; }
    """
    ENABLE_COMMAND_PALETTE = False
    BINDINGS: ClassVar = [Binding("ctrl+c,ctrl+q", "quit", "quit", priority=True)]

    def __init__(self, session: LabellingSession, sheet_description: str, writer: SheetWriter | None = None) -> None:
        """Create the screen of a session.

        Parameters
        ----------
        session
            The labelling session.
        sheet_description
            The sheet, the annotator and the order, for the heading.
        writer
            The writer of the sheet, whose messages are shown.
        """
        super().__init__(ansi_color=True)
        self.session, self._sheet_description, self._writer = session, sheet_description, writer
        self._n_messages_shown = len(writer.messages) if writer else 0
        self._stance_keys = key_bindings.assign_stance_keys(len(session.codebook.stance_names))
        self._choosing_also = False
        self._status_message = ""
        self.failure: Exception | None = None

    def compose(self) -> ComposeResult:
        """Create the panels from top to bottom."""
        yield Static(id="heading")
        yield Static(id="article")
        yield Static(id="parent")
        with VerticalScroll(id="comment"):
            yield Static(id="text")
        yield Static(id="other-labels")
        yield Static(id="stances")
        yield Static(id="status")
        yield Input(id="note", placeholder="note (Enter to keep, Escape to discard)", classes="empty")
        yield Static(id="commands")

    def on_mount(self) -> None:
        """Show the first comment."""
        self.query_one("#comment").focus()
        self._update_panels()

    def on_resize(self, _: Resize) -> None:
        """Fit the panels to the new size of the terminal, once textual knows it."""
        self.call_after_refresh(self._update_panels)

    def on_key(self, event: Key) -> None:
        """Run the command of a key."""
        if self._is_typing:
            if event.key == "escape":
                self._close_note()
            return
        if event.key == "space":
            self.query_one("#comment", VerticalScroll).scroll_page_down()
            return
        command = key_bindings.interpret_key(event.key, event.character, self._stance_keys)
        if command is None:
            return
        event.stop()
        self._status_message = ""
        previous_item = self.session.current_item
        try:
            self._run_command(command)
        except (StanceError, OSError) as error:
            self._status_message = f"NOT SAVED: {error}"
        self._check_sheet()
        self._update_panels()
        if self.session.current_item is not previous_item:
            self.query_one("#comment").scroll_home(animate=False)

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Store the note."""
        self.session.set_note(event.value.strip())
        self._close_note()

    def _handle_exception(self, error: Exception) -> None:
        """Exit and leave the report to the command: the traceback of textual would show the comment."""
        self.failure = self.failure or error
        self.exit()

    def _check_sheet(self) -> None:
        """Report what another program did to the sheet; exit if labels cannot be written into it any more."""
        if self._writer is None:
            return
        if len(self._writer.messages) > self._n_messages_shown:
            self._status_message = self._writer.messages[-1]
            self._n_messages_shown = len(self._writer.messages)
        if self._writer.write_error:
            self._status_message = f"Label saved in the journal, not in the sheet yet: {self._writer.write_error}"
        if self._writer.is_unwritable:
            self.exit()

    @property
    def _is_typing(self) -> bool:
        return not self.query_one("#note").has_class("empty")

    def _run_command(self, command: str | int) -> None:
        if isinstance(command, str):
            self._choosing_also = (
                command == "also" and self.session.current_item is not None and not self._choosing_also
            )
            self._command_handlers[command]()
        elif self._choosing_also:
            self.session.toggle_also(self.session.codebook.stance_names[command])
        else:
            self.session.label(self.session.codebook.stance_names[command])

    @property
    def _command_handlers(self) -> dict[str, Callable[[], object]]:
        return {
            "also": lambda: None,  # handled by _run_command
            "unsure": self.session.toggle_unsure,
            "note": self._open_note,
            "skip": self.session.skip,
            "undo": self._undo,
            "revisit": self._revisit,
            "help": lambda: self.push_screen(
                CodebookScreen(panels.render_codebook(self.session.codebook, self._stance_keys))
            ),
            "quit": self.exit,
        }

    def _undo(self) -> None:
        if not self.session.undo():
            self._status_message = "There is nothing to undo."

    def _revisit(self) -> None:
        n_unsure = self.session.revisit_unsure()
        self._status_message = (
            f"{pluralise(n_unsure, 'comment')} marked as unsure." if n_unsure else "No comment is marked as unsure."
        )

    def _open_note(self) -> None:
        if self.session.current_item is None:
            return
        note = self.query_one("#note", Input)
        note.value = self.session.draft.note
        note.remove_class("empty")
        note.focus()

    def _close_note(self) -> None:
        self.query_one("#note").add_class("empty")
        self.query_one("#comment").focus()
        self._update_panels()

    def _update_panels(self) -> None:
        session, item, width = self.session, self.session.current_item, max(20, self.size.width - 2)
        self._set_panel(
            "heading", panels.render_heading(self._sheet_description, panels.format_progress(session), width)
        )
        self._set_panel("article", panels.render_article(item) if item else Content())
        self._set_panel("parent", panels.render_parent_comment(item) if item and item.parent_text else Content())
        self._set_panel("text", Content(replace_unprintable(item.text)) if item else panels.render_finished(session))
        self._set_panel("other-labels", panels.render_other_labels(item) if item else Content())
        self._set_panel(
            "stances", panels.render_stances(session, self._stance_keys, width, choosing_also=self._choosing_also)
        )
        self._set_panel(
            "status", panels.render_status(session, choosing_also=self._choosing_also, message=self._status_message)
        )
        self._set_panel("commands", panels.render_commands(width))

    def _set_panel(self, panel: str, content: Content) -> None:
        widget = self.query_one(f"#{panel}", Static)
        widget.update(content)
        widget.set_class(not content.plain and panel != "status", "empty")


def run_annotation_screen(session: LabellingSession, sheet_description: str, writer: SheetWriter | None = None) -> None:
    """Show the labelling screen until the annotator quits.

    The mouse is left to the terminal, for selecting text.
    """
    app = AnnotationApp(session, sheet_description, writer)
    app.run(mouse=False)
    if app.failure:
        raise app.failure
