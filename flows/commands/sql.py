"""`nightdesk sql`: read-only SQL over the views. Loads DuckDB and nothing heavier, unless a prompt is wanted."""

import sys

import click

from flows import settings
from flows.commands.options import data_option
from transforms.errors import InputError


@click.command("sql")
@click.argument("query", required=False)
@click.option(
    "--format",
    "format_",
    type=click.Choice(["table", "csv", "json", "markdown", "parquet"]),
    default="table",
    show_default=True,
    help="How results are written to stdout.",
)
@data_option
def command(query: str | None, format_: str, data: settings.Place) -> None:
    """Read-only DuckDB SQL over the warehouse's views: articles, article_versions, pages, quarantine, runs, checks, metrics ...

    `nightdesk sql "show tables"` lists them, `nightdesk sql "describe articles"` shows the columns. Without QUERY, a prompt with
    completion, history and recipes; or, piped into it (QUERY may be -), statements that each end with a semicolon.
    """
    if query is not None and query != "-":
        _one(data, format_, query)
    elif query is None and sys.stdin.isatty():
        _prompt(data, format_)
    else:
        _script(data, format_)


def _one(data: settings.Place, format_: str, query: str) -> None:
    from warehouse.query import connect, run_query

    with connect(settings.warehouse(data)) as warehouse:
        run_query(warehouse, query, format_, sys.stdout)


def _script(data: settings.Place, format_: str) -> None:
    if format_ == "parquet":  # two results would be no file
        _one(data, format_, sys.stdin.read())
        return
    from flows.shell.session import Session
    from flows.shell.statements import pieces

    with Session(settings.warehouse(data), sys.stdout, mode=format_, is_asked=False) as session:
        try:
            for piece in pieces(sys.stdin):
                session.take(piece)
        except EOFError:
            return


def _prompt(data: settings.Place, format_: str) -> None:
    if not sys.stdout.isatty():
        raise InputError('give the question: nightdesk sql "select ..."; the prompt without one needs a terminal for its answers')
    if format_ == "parquet":
        raise InputError('Parquet is no text: give the question too, nightdesk sql --format parquet "..." > rows.parquet')
    from flows.shell.session import Session
    from flows.shell.terminal import converse

    with Session(settings.warehouse(data), sys.stdout, mode=format_, is_asked=True) as session:
        converse(session, settings.state_folder())
