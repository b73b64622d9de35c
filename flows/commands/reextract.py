"""`nightdesk reextract`: the archive through today's code."""

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from flows import settings
from flows.cli import EXIT_DONE
from flows.commands.options import data_option, load_settings, sources_option, workers_option

if TYPE_CHECKING:
    from flows.reextract import Reextraction

_WIDEST = 100


@click.command("reextract")
@click.option("--since", type=click.DateTime(["%Y-%m-%d"]), metavar="DATE", help="Pages fetched on this day or later (UTC).")
@click.option("--site", metavar="DOMAIN", help="Pages of this site alone, as in column `site`.")
@click.option("--dry-run", is_flag=True, help="Show what would change, and store nothing.")
@sources_option
@workers_option
@data_option
def command(
    since: datetime | None, site: str | None, dry_run: bool, sources: Path | None, workers: int | None, data: settings.Place
) -> int:
    """The raw archive through today's code: shows what changes, field by field, and stores new versions where something does.

    Nothing is fetched. A page that gives no row any more, or one that the rules refuse, keeps the version that it has. A run that
    was killed goes on where it was when the same command is run again.
    """
    config = load_settings(sources)
    settings.prepare_libraries(data)
    settings.quiet_logs()
    from flows.progress import shown
    from flows.reextract import reextract  # Prefect takes seconds to import
    from flows.summary import print_summary

    with shown():
        result = reextract(
            data,
            since=since.replace(tzinfo=UTC) if since else None,
            site=site,
            sources=config.sources if config else (),
            sites=config.sites if config else (),
            dry_run=dry_run,
            workers=workers,
        )
    _print(result)
    if result.run is not None:
        print_summary(result.run)
    return EXIT_DONE


def _print(result: "Reextraction") -> None:
    found = result.differences
    click.echo(f"{result.pages} pages read again: {len(found.changed)} rows change, {found.rows - len(found.changed)} do not")
    for name, count in found.fields:
        click.echo(f"  {name}: {count}")
        for change in dict(found.examples)[name]:
            click.echo(f"    {change.url}\n      - {_shown(change.before)}\n      + {_shown(change.after)}")
    if found.moved:
        click.echo(f"{len(found.moved)} would be another article now; they stay as they are: {', '.join(found.moved[:3])}")
    for reason, count in result.refused:
        click.echo(f"{count} give no row that may be stored, and keep the one they have: {reason}")


def _shown(value: Any) -> str:
    text = "null" if value is None else value.isoformat() if isinstance(value, datetime) else " ".join(str(value).split())
    return text if len(text) <= _WIDEST else f"{text[:_WIDEST]}... ({len(text)} characters)"
