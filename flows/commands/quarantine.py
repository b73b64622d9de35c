"""`nightdesk quarantine`: what was refused, why, and another try."""

import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from flows import settings
from flows.cli import EXIT_DONE
from flows.commands.options import data_option, load_settings, sources_option, workers_option
from flows.settings import Place
from flows.settings import warehouse as open_warehouse
from transforms.records import REASON_DISPOSITION, Disposition

if TYPE_CHECKING:
    from flows.quarantine import Replay
    from warehouse.quarantine import Selection

_REASONS = [str(reason) for reason, disposition in REASON_DISPOSITION.items() if disposition is Disposition.QUARANTINED]
_STATES = ("open", "replayed", "released", "superseded", "all")
# Pages of a replay that are told one by one.
_TOLD = 20


def selection_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """--reason, --source, --run, --site: which rows are meant."""
    for option in (
        click.option("--site", metavar="DOMAIN", help="Only of this site: kompas.com."),
        click.option("--run", metavar="ID", help="Only of this run."),
        click.option("--source", metavar="NAME", help="Only of this source, by its name in sources.toml."),
        click.option("--reason", type=click.Choice(_REASONS), metavar="REASON", help="Only with this reason: short_body."),
    ):
        command = option(command)
    return command


@click.group("quarantine")
def command() -> None:
    """Pages that were refused: they broke a rule, or our code. Nothing of them is lost.

    A row is open until it is replayed (it passes today's code and rules), released (a person says that the alarm was false), or
    superseded (a later visit or replay of the page counts). Ids may be cut short, as long as they name one row.
    """


@command.command("list")
@selection_options
@click.option("--state", type=click.Choice(_STATES), default="open", show_default=True, help="What has become of them.")
@click.option("--limit", type=click.IntRange(1, 1_000_000), default=50, show_default=True, help="How many rows at most.")
@click.option("--format", "format_", type=click.Choice(["table", "json", "csv"]), default="table", show_default=True)
@data_option
def list_rows(
    reason: str | None,
    source: str | None,
    run: str | None,
    site: str | None,
    state: str,
    limit: int,
    format_: str,
    data: Place,
) -> None:
    """Refused pages, newest first."""
    from warehouse.quarantine import STATES, Selection, list_query
    from warehouse.query import connect, explained, run_query

    states = STATES if state == "all" else (state,)
    condition = Selection(reason=reason, source=source, run=run, site=site).condition(states)
    with connect(open_warehouse(data)) as warehouse, explained():
        ((count,),) = warehouse.execute(f"select count(*) from quarantine where {condition}").fetchall()
        run_query(warehouse, list_query(condition, limit, in_short=format_ == "table"), format_, sys.stdout)
    if format_ == "table":
        more = f", {limit} shown; --limit shows more" if count > limit else ""
        click.echo(f"{count:,} {'row' if count == 1 else 'rows'}{more}", err=True)


@command.command("show")
@click.argument("row_id", metavar="ID")
@click.option("--open", "open_it", is_flag=True, help="Print the page itself, as its reader sees it, as text.")
@click.option("--format", "format_", type=click.Choice(["text", "json"]), default="text", show_default=True)
@data_option
def show(row_id: str, open_it: bool, format_: str, data: Place) -> None:
    """One refused page: the rules that it broke, with values and meanings, the row, and where the raw page lies."""
    from flows.refusals import describe, page_lines, read_row

    folder = open_warehouse(data)
    row = read_row(folder, row_id)
    for line in page_lines(folder, row) if open_it else describe(folder, row, format_):
        click.echo(line)


@command.command("replay")
@click.argument("ids", nargs=-1, metavar="[ID]...")
@selection_options
@click.option("--dry-run", is_flag=True, help="Show what would pass, and store nothing.")
@sources_option
@workers_option
@data_option
def replay(
    ids: tuple[str, ...],
    reason: str | None,
    source: str | None,
    run: str | None,
    site: str | None,
    dry_run: bool,
    sources: Path | None,
    workers: int | None,
    data: Place,
) -> int:
    """Refused pages through today's code, site rules and row rules, from the raw archive. Nothing is fetched.

    All open rows, or those named and chosen. What passes is stored as if it had passed on its night. What does not is refused
    anew, with today's reason. A replay that was killed goes on where it was when the same command is run again.
    """
    selection = _selection(data, ids, reason, source, run, site)
    config = load_settings(sources)
    settings.prepare_libraries(data)
    settings.quiet_logs()
    from flows.progress import shown
    from flows.quarantine import replay as replay_flow  # Prefect takes seconds to import
    from flows.summary import print_summary

    with shown():
        result = replay_flow(
            data,
            selection,
            sources=config.sources if config else (),
            sites=config.sites if config else (),
            dry_run=dry_run,
            workers=workers,
        )
    _print(result)
    if result.run is not None:
        print_summary(result.run)
    return EXIT_DONE


@command.command("release")
@click.argument("ids", nargs=-1, required=True, metavar="ID...")
@click.option("--because", required=True, metavar="REASON", help="Why the row is right although it breaks a rule.")
@data_option
def release(ids: tuple[str, ...], because: str, data: Place) -> int:
    """Store refused rows as they were extracted: false alarms. The reason and the time are kept.

    The same content is not refused again for the same rules when the page is visited again.
    """
    if not because.strip():
        raise click.BadParameter("must say why", param_hint="--because")
    selection = _selection(data, ids, None, None, None, None)
    settings.prepare_libraries(data)
    settings.quiet_logs()
    from flows.progress import shown
    from flows.quarantine import release as release_flow  # Prefect takes seconds to import
    from flows.summary import print_summary

    with shown():
        summary = release_flow(data, selection.ids, because=" ".join(because.split()))
    print_summary(summary)
    return EXIT_DONE


def _selection(
    data: Place, ids: tuple[str, ...], reason: str | None, source: str | None, run: str | None, site: str | None
) -> "Selection":
    """With whole ids, so that a slip of the pen costs no seconds."""
    from warehouse.quarantine import Selection, whole_ids
    from warehouse.query import connect, explained

    with connect(open_warehouse(data)) as warehouse, explained():
        return Selection(whole_ids(warehouse, ids), reason, source, run, site)


def _print(result: "Replay") -> None:
    from warehouse.quarantine import ID_DIGITS

    passing = [page for page in result.pages if page.now is None]
    click.echo(f"{len(result.pages)} refused pages read again: {len(passing)} pass, {len(result.pages) - len(passing)} do not")
    for page in sorted(result.pages, key=lambda page: page.now is None)[:_TOLD]:  # what needs a person first
        now = "passes" if page.now is None else f"{page.now}: {page.detail}" if page.detail else page.now
        click.echo(f"  {page.quarantine_id[:ID_DIGITS]}  {page.url}\n    was {page.before}, now {now}")
    if len(result.pages) > _TOLD:
        click.echo(f"  and {len(result.pages) - _TOLD} more")
    for row_id, state in result.settled:
        click.echo(f"{row_id[:ID_DIGITS]}: was {state} already; nothing is to be done")
    if result.removed:
        shown = ", ".join(row_id[:ID_DIGITS] for row_id in result.removed[:_TOLD])
        click.echo(
            f"{len(result.removed)} cannot be replayed, because their raw pages are not in the archive any more: {shown}. They "
            "stay open; a later visit supersedes them, and `nightdesk quarantine release` stores the row as it was extracted."
        )
