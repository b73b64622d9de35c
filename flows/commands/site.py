"""`nightdesk site`: the warehouse as a folder that a browser opens from disk. Loads DuckDB, Jinja and nothing heavier."""

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from expectations.browser.scope import MOST_ARTICLES, Bodies, Scope
from flows import settings
from flows.commands.options import data_option
from transforms.errors import InputError

if TYPE_CHECKING:
    from expectations.browser.build import Site

_DAY = click.DateTime(["%Y-%m-%d"])


@click.command("site")
@click.option("--out", type=click.Path(path_type=Path), required=True, help="The folder: a new one, or that of an earlier site.")
@click.option("--days", type=click.IntRange(min=1), help="Only so many days, up to that of the newest article.")
@click.option("--from", "first", type=_DAY, help="Only articles published on this day or later (UTC).")
@click.option("--to", "last", type=_DAY, help="Only articles published on this day or earlier (UTC).")
@click.option(
    "--limit",
    type=click.IntRange(1, MOST_ARTICLES),
    default=100_000,
    show_default=True,
    help="How many articles at most: the newest.",
)
@click.option(
    "--bodies",
    type=click.Choice([str(bodies) for bodies in Bodies]),
    default=str(Bodies.EXCERPT),
    show_default=True,
    help="How much of each text: its headline alone, its beginning, or all of it. With none, a search looks at headlines, "
    "names, sections and tags only.",
)
@click.option("--open", "open_it", is_flag=True, help="Open it in the browser.")
@data_option
def command(
    out: Path,
    days: int | None,
    first: datetime | None,
    last: datetime | None,
    limit: int,
    bodies: str,
    open_it: bool,
    data: settings.Place,
) -> None:
    """The warehouse as a folder of pages: search, filters, versions with what changed, stories, and the nights' quality.

    It opens from disk (file://), asks no server for anything, and may be copied or zipped. A site that is there is replaced in
    one step; a folder that this verb did not write is left alone.
    """
    if days and first:
        raise InputError("--days and --from both say where to begin: give one of them")
    if first and last and first > last:
        raise InputError(f"--from {first:%Y-%m-%d} is after --to {last:%Y-%m-%d}: no day lies between them")
    from expectations.browser.build import build

    scope = Scope(first and first.date(), last and last.date(), days, limit, Bodies(bodies))
    site = build(settings.warehouse(data), out, scope, datetime.now(UTC))
    click.echo(_summary(site), err=True)
    click.echo(site.index)
    if open_it:
        click.launch(str(site.index))


def _summary(site: "Site") -> str:
    from expectations.pages import number, size

    shown, written = site.shown, site.size
    articles = f"{number(shown.articles)} articles"
    if shown.eligible > shown.articles:
        articles = f"the newest {number(shown.articles)} of {number(shown.eligible)} articles (--limit)"
    days = f", {shown.first} to {shown.last}" if shown.first else ""
    return f"{articles}{days}: {number(written.files)} files, {size(written.bytes)}, the largest {size(written.largest)}"
