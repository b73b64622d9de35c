"""The prompt on a terminal: keys, colours, history. Drives a Session.

Belongs here: what needs prompt_toolkit. Does not belong here: what commands and statements do (session.py).
"""

from pathlib import Path

import click
from prompt_toolkit import PromptSession
from prompt_toolkit.auto_suggest import AutoSuggestFromHistory
from prompt_toolkit.history import FileHistory, History, InMemoryHistory
from prompt_toolkit.key_binding import KeyBindings, KeyPressEvent
from prompt_toolkit.lexers import PygmentsLexer
from pygments.lexers.sql import SqlLexer

from flows.shell.completion import SqlCompleter
from flows.shell.session import Session
from flows.shell.statements import is_complete
from transforms.errors import NightdeskError

_PROMPT = "nightdesk> "


def converse(session: Session, state_folder: Path) -> None:
    """Ask and answer until the person leaves. An error is shown, and ends nothing."""
    click.echo(session.greeting())
    prompt: PromptSession[str] = PromptSession(
        _PROMPT,
        history=_history(state_folder),
        completer=SqlCompleter(session),
        complete_while_typing=False,
        auto_suggest=AutoSuggestFromHistory(),
        lexer=PygmentsLexer(SqlLexer),
        multiline=True,
        prompt_continuation=lambda width, *_: " " * (width - 2) + "> ",
        key_bindings=_keys(),
        reserve_space_for_menu=6,
    )
    proposed = ""
    while True:
        try:
            text = prompt.prompt(default=proposed)
            proposed = _answered(session, text)
        except KeyboardInterrupt:  # at the prompt: what was typed is given up
            proposed = ""
        except EOFError:
            return


def _answered(session: Session, text: str) -> str:
    """What is for the next prompt."""
    try:
        return session.take(text) or ""
    except NightdeskError as error:
        click.secho(str(error), fg="red", err=True)
    except KeyboardInterrupt:
        click.echo("\ncancelled", err=True)
    return ""


def _history(folder: Path) -> History:
    try:
        return FileHistory(str(_history_file(folder)))
    except OSError as error:
        click.echo(f"What is typed is not kept for the next time: {folder}: {error.strerror}", err=True)
        return InMemoryHistory()


def _history_file(folder: Path) -> Path:
    """The file of what was typed, for its owner's eyes alone: statements may hold names that are nobody else's business.

    Raises OSError.
    """
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    path = folder / "sql_history"
    path.touch(mode=0o600)
    path.chmod(0o600)
    return path


def _keys() -> KeyBindings:
    """Enter takes what the menu is at, runs what is complete, and else begins a new line."""
    keys = KeyBindings()

    @keys.add("enter")
    def enter(event: KeyPressEvent) -> None:
        buffer = event.current_buffer
        if buffer.complete_state is not None and buffer.complete_state.current_completion is not None:
            buffer.complete_state = None
        elif is_complete(buffer.text):
            buffer.validate_and_handle()
        else:
            buffer.insert_text("\n")

    return keys
