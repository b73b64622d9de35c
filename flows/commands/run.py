"""`nightdesk run`: one night, now."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from flows import settings
from flows.cli import EXIT_DONE, EXIT_GATE_FAILED
from flows.commands.options import data_option, sources_file_option, workers_option
from transforms.errors import ConfigError

if TYPE_CHECKING:
    from flows.finish import RunSummary


@click.command("run")
@click.option("--sample", is_flag=True, help="Serve the bundled newsroom on 127.0.0.1 and ingest it.")
@sources_file_option("Where pages come from.")
@click.option("--source", "only", multiple=True, metavar="NAME", help="Only this source; may be given several times.")
@click.option(
    "--day",
    type=click.DateTime(["%Y-%m-%d"]),
    help="The night's logical day (default: today, UTC). The bundled newsroom has 2026-03-02 and 2026-03-03.",
)
@workers_option
@data_option
def command(
    sample: bool, sources: Path, only: tuple[str, ...], day: datetime | None, workers: int | None, data: settings.Place
) -> int:
    """One night, now: discover, fetch, archive, extract, check, load, report.

    Every candidate URL ends in the ledger with one disposition and a reason. A night that was killed goes on where it was
    when the same command is run again. Exit codes: 0 done, 1 the quality gate failed, 2 configuration, 3 could not finish.
    """
    if not sample:
        check_sources(sources, only)  # before Prefect is imported, so that a slip of the pen costs no seconds
    settings.prepare_libraries(data)
    settings.quiet_logs()
    from flows.ending import summary_of  # Prefect takes seconds to import
    from flows.night import night, until_tonight
    from flows.notices import unfinished_is_told
    from flows.progress import shown
    from flows.summary import print_summary
    from sources.config import NotifySettings, load_sources

    logical_day = day.date() if day else None

    def wanted() -> NotifySettings:
        return NotifySettings() if sample else load_sources(sources).notify

    def one_night() -> "RunSummary":
        with shown(), unfinished_is_told(wanted):
            if not sample:
                return summary_of(night(sources, data, day=logical_day, only=only, workers=workers, return_state=True))
            with _newsroom(logical_day) as (path, the_day, connect_to):
                options: dict[str, Any] = {"kind": "sample", "connect_to": connect_to, "workers": workers}
                return summary_of(night(path, data, day=the_day, only=only, return_state=True, **options))

    summary = None
    for summary in [one_night()] if sample else until_tonight(one_night, logical_day):
        print_summary(summary)
    return EXIT_DONE if summary and summary.gate.passed else EXIT_GATE_FAILED


@contextmanager
def _newsroom(day: date | None) -> Iterator[tuple[Path, date, dict[str, tuple[str, int]]]]:
    from sources.newsroom.content import DAYS, newsroom_root
    from sources.newsroom.server import serve

    the_day = day or DAYS[0]
    if the_day not in DAYS:
        raise ConfigError(f"--day {the_day}: the bundled newsroom has {' and '.join(map(str, DAYS))}")
    with serve(the_day) as server:
        yield newsroom_root() / "sources.toml", the_day, {"*.localhost": ("127.0.0.1", server.port)}


def check_sources(sources: Path, only: tuple[str, ...]) -> None:
    """ConfigError if there is no such file, it cannot be used, or a source of that name is not in it."""
    from sources.config import load_sources, only_sources

    if not sources.exists():
        raise ConfigError(
            f"{sources}: there is no such file. Give one with --sources; examples/sources.toml shows what one looks like, and "
            "`nightdesk run --sample` needs none"
        )
    only_sources(load_sources(sources), only)
