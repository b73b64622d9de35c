"""What may stand at the cursor: views after FROM, columns of the statement's views, functions, keywords, commands.

Belongs here: choosing by the words around the cursor. Does not belong here: reading what there is (catalogue.py), the menu
(prompt_toolkit's).
"""

import re
from collections.abc import Iterable, Iterator, Mapping

from prompt_toolkit.completion import CompleteEvent, Completer, Completion
from prompt_toolkit.document import Document

from flows.shell.catalogue import Catalogue, Column
from flows.shell.session import MODES, Session

# The word at the cursor, with the view or alias before its dot.
_WORD = re.compile(r"(?:(\w+)\.)?(\w*)$")
# "from articles as a", "join stories s", ", pages p": a view, and by what name the statement calls it.
_USE = re.compile(r"(?:\b(?:from|join|describe|summarize|pivot)|,)\s+(\w+)(?:\s+(?:as\s+)?(\w+))?", re.IGNORECASE)
_BEFORE_VIEW = re.compile(r"\b(?:from|join|describe|summarize|pivot)\s+$|\bfrom\s+[\w\s,]*,\s*$", re.IGNORECASE)


class SqlCompleter(Completer):
    """Completes for a session's warehouse."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def get_completions(self, document: Document, complete_event: CompleteEvent) -> Iterable[Completion]:
        before = document.text_before_cursor
        if before.lstrip().startswith("."):
            return self._for_command(before.lstrip())
        if before.count("'") % 2:
            return ()
        return self._for_statement(before, document.text)

    def _for_command(self, text: str) -> Iterator[Completion]:
        name, has_argument, argument = text.partition(" ")
        if not has_argument:
            yield from _starting(name, self._session.commands)
        elif name == ".schema":
            yield from _starting(argument, self._session.catalogue.views)
        elif name == ".mode":
            yield from _starting(argument, dict.fromkeys(MODES, ""))

    def _for_statement(self, before: str, text: str) -> Iterator[Completion]:
        found = _WORD.search(before)
        assert found is not None  # it matches nothing at all, too
        owner, word = found.groups()
        catalogue = self._session.catalogue
        uses = _used_views(text, catalogue)
        if owner is not None:
            yield from _starting(word, _columns(catalogue.columns.get(uses.get(owner.lower(), owner.lower()), ()), catalogue))
            return
        calls = {call.partition("(")[0] + "(": meaning for call, meaning in catalogue.macros.items()}
        if _BEFORE_VIEW.search(before[: len(before) - len(word)]):
            yield from _starting(word, {**catalogue.views, **calls})
            return
        views = list(dict.fromkeys(uses.values())) or list(catalogue.columns)
        yield from _starting(word, _columns((column for view in views for column in catalogue.columns[view]), catalogue))
        if word:
            yield from _starting(word, catalogue.views)
            yield from _starting(word, {keyword.upper() if word.isupper() else keyword: "" for keyword in catalogue.keywords})
            yield from _starting(word, {f"{name}(": "" for name in catalogue.functions} | calls)


def _used_views(text: str, catalogue: Catalogue) -> dict[str, str]:
    """By what names the statement's views are called: their own and their aliases."""
    uses = {}
    for view, alias in _USE.findall(text):
        if view.lower() in catalogue.columns:
            uses[view.lower()] = view.lower()
            if alias and alias.lower() not in catalogue.reserved:
                uses[alias.lower()] = view.lower()
    return uses


def _columns(columns: Iterable[Column], catalogue: Catalogue) -> dict[str, str]:
    """As they are written: `column` is a keyword and a column of alarms."""
    return {
        f'"{column.name}"' if column.name in catalogue.reserved else column.name: column.comment or column.kind
        for column in columns
    }


def _starting(word: str, choices: Mapping[str, str]) -> Iterator[Completion]:
    for name, meaning in choices.items():
        if name.strip('"').lower().startswith(word.lower()):
            yield Completion(name, start_position=-len(word), display_meta=meaning)
