"""`nightdesk sql`: read-only SQL over the views. Loads DuckDB and nothing heavier."""

import sys

import click

from flows import settings
from flows.commands.options import data_option


@click.command("sql")
@click.argument("query")
@click.option(
    "--format",
    "format_",
    type=click.Choice(["table", "csv", "json", "parquet"]),
    default="table",
    show_default=True,
    help="How the result is written to stdout.",
)
@data_option
def command(query: str, format_: str, data: settings.Place) -> None:
    """Read-only DuckDB SQL over the warehouse's views: articles, article_versions, pages, quarantine, runs, checks, metrics ...

    `nightdesk sql "show tables"` lists them, `nightdesk sql "describe articles"` shows the columns. QUERY may be - for stdin.
    """
    from warehouse.query import connect, run_query

    text = sys.stdin.read() if query == "-" else query
    with connect(settings.warehouse(data)) as warehouse:
        run_query(warehouse, text, format_, sys.stdout)
