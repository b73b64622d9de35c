"""What is typed at the prompt of `nightdesk sql`, or piped into it: statements are run, commands done.

Belongs here: the commands, and the connection through a session. Does not belong here: keys and history (terminal.py),
results (warehouse).
"""

from collections.abc import Callable
from typing import TextIO

import click
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from flows.shell.catalogue import Catalogue, read_catalogue
from flows.shell.statements import is_command
from transforms.errors import InputError
from warehouse.paths import DataDir
from warehouse.query import connect, explained, preview, run_query
from warehouse.recipes import Recipe, read_recipes, recipes_page
from warehouse.results import MOST_TERMINAL_ROWS, TERMINAL_ROWS

MODES = ("table", "csv", "json", "markdown")
_PIPE_COLUMNS = 80


class Session:
    """One connection and how its results are shown.

    `is_asked`: by a person at a terminal, who sees the first rows of a result; a script gets all of them.
    """

    def __init__(self, data: DataDir, out: TextIO, *, mode: str = "table", is_asked: bool) -> None:
        self._data, self._out, self._mode, self._is_asked = data, out, mode, is_asked
        self._rows = TERMINAL_ROWS
        self._con = connect(data)
        self._views = self._state()
        self._catalogue: Catalogue | None = None
        # Name -> its argument, what it does, and what does it. A text that is given back is for the next prompt.
        self._commands: dict[str, tuple[str, str, Callable[[str], str | None]]] = {
            ".help": ("", "this list", self._help),
            ".tables": ("", "the views, each with what one row of it is", self._tables),
            ".schema": ("VIEW", "its columns: type and meaning", self._schema),
            ".recipes": ("[N]", "questions that others have asked; N: that one in the prompt, to change or run", self._recipes),
            ".mode": ("|".join(MODES), "how results are shown", self._set_mode),
            ".rows": ("N", f"how many rows of a result are shown (now {TERMINAL_ROWS})", self._set_rows),
            ".quit": ("", "leave; so does Ctrl-D", self._quit),
        }

    def __enter__(self) -> "Session":
        return self

    def __exit__(self, *_: object) -> None:
        self._con.close()

    @property
    def catalogue(self) -> Catalogue:
        """What there is to ask for; read once."""
        if self._catalogue is None:
            self._catalogue = read_catalogue(self._con)
        return self._catalogue

    @property
    def commands(self) -> dict[str, str]:
        """Each command, and what it does."""
        return {name: meaning for name, (_, meaning, _) in self._commands.items()}

    def greeting(self) -> str:
        """What is open, and how to begin."""
        runs, last = self._con.execute("select count(*), max(day) from runs").fetchall()[0]
        nights = f"{runs:,} run{'' if runs == 1 else 's'}, the last of {last}" if runs else "no run yet"
        return f"{self._data.root}: {nights}\nEnd a statement with ;   Tab completes   .recipes   .help   Ctrl-D leaves\n"

    def take(self, text: str) -> str | None:
        """Run statements, or do a command. A text to be put into the next prompt, if any.

        Raises EOFError where that was to leave, NightdeskError for what is wrong with them, KeyboardInterrupt where Ctrl-C ended
        a query.
        """
        if is_command(text):
            return self._command(text.strip(" \t\r\n;"))
        self._renew()
        with explained():
            statements = [statement.query for statement in self._con.extract_statements(text)]
        for sql in statements:
            self._run(sql)
        return None

    def _run(self, sql: str) -> None:
        if self._is_asked:
            self._out.write(preview(self._con, sql, self._mode, width=self._console().width, rows=self._rows))
            self._out.flush()
        else:
            run_query(self._con, sql, self._mode, self._out)

    def _renew(self) -> None:
        """Go over to what was published since: a session may last for days, and the files of an old state for a week."""
        if (views := self._state()) == self._views:
            return
        fresh = connect(self._data)
        self._con.close()
        self._con, self._views, self._catalogue = fresh, views, None
        if self._is_asked:
            click.secho("The warehouse was published anew: this is its state now.", dim=True, err=True)

    def _state(self) -> tuple[int, int] | None:
        """What tells one published file from the next. Of a store nothing: to ask would cost a request a statement."""
        if self._data.is_remote or not self._data.views_file.exists():
            return None
        found = self._data.views_file.stat()
        return found.st_ino, found.st_mtime_ns

    def _command(self, text: str) -> str | None:
        name, _, argument = text.partition(" ")
        if not name.startswith("."):
            raise EOFError
        found = [known for known in self._commands if known.startswith(name.lower()) and name != "."]
        if len(found) != 1:
            raise InputError(f"{name}: there is no such command. There are {', '.join(self._commands)}")
        return self._commands[found[0]][2](argument.strip())

    def _help(self, _: str) -> None:
        self._print([(f"{name} {argument}", meaning) for name, (argument, meaning, _) in self._commands.items()])
        keys = [("Tab", "completes"), ("Up, Ctrl-R", "what was typed before"), ("Ctrl-C", "ends a query, or clears the line")]
        self._print([*keys, ("Alt-Enter", "runs without a semicolon")])

    def _tables(self, _: str) -> None:
        self._print([*self.catalogue.views.items(), *self.catalogue.macros.items()])

    def _schema(self, view: str) -> None:
        if not (columns := self.catalogue.columns.get(view.lower())):
            raise InputError(f".schema {view}: name one of {', '.join(self.catalogue.columns)}")
        self._print([(column.name, column.kind, column.comment) for column in columns])

    def _recipes(self, number: str) -> str | None:
        recipes = read_recipes(recipes_page().read_text(encoding="utf-8"))
        if not number:
            self._list(recipes)
            return None
        if not number.isascii() or not number.isdigit() or not 1 <= int(number) <= len(recipes):
            raise InputError(f".recipes {number}: give a number from 1 to {len(recipes)}; .recipes lists them")
        sql = recipes[int(number) - 1].sql + ";"
        if self._is_asked:
            return sql
        return self.take(sql)

    def _list(self, recipes: tuple[Recipe, ...]) -> None:
        group = ""
        for recipe in recipes:
            if recipe.group not in (group, recipe.name):
                click.secho(recipe.group, bold=True, file=self._out)
            group = recipe.group
            click.echo(f"{recipe.number:4}  {recipe.name}", file=self._out)
        if self._is_asked:
            click.secho(f".recipes {recipes[-1].number} puts that one into the prompt.", dim=True)

    def _set_mode(self, mode: str) -> None:
        if mode.lower() not in MODES:
            raise InputError(f".mode {mode}: give one of {', '.join(MODES)} (it is {self._mode})")
        self._mode = mode.lower()

    def _set_rows(self, count: str) -> None:
        if not count.isascii() or not count.isdigit() or not 1 <= int(count) <= MOST_TERMINAL_ROWS:
            raise InputError(
                f".rows {count}: give a number from 1 to {MOST_TERMINAL_ROWS:,} (it is {self._rows}). All rows, into a file: "
                'nightdesk sql --format csv "..." > rows.csv'
            )
        self._rows = int(count)

    def _quit(self, _: str) -> None:
        raise EOFError

    def _print(self, rows: list[tuple[str, ...]]) -> None:
        """Columns without lines, the last of them wrapped to the width."""
        table = Table(box=None, padding=(0, 2, 0, 0), show_header=False)
        for number in range(len(rows[0])):
            table.add_column(style="bold" if number == 0 else None, no_wrap=number == 0, overflow="fold")
        for row in rows:
            table.add_row(*map(escape, row))
        self._console().print(table)

    def _console(self) -> Console:
        return Console(file=self._out, highlight=False, width=None if self._is_asked else _PIPE_COLUMNS)
