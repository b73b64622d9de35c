"""`nightdesk serve`: the night by a schedule."""

import logging
import os
import signal
from pathlib import Path
from typing import TYPE_CHECKING

import click

from flows import settings
from flows.cli import EXIT_DONE
from flows.commands.options import data_option, sources_file_option, workers_option
from flows.rundir import utc_now
from flows.settings import Place
from transforms.errors import BusyError, ConfigError

if TYPE_CHECKING:
    from warehouse.paths import DataDir

LOG = logging.getLogger(__name__)


@click.command("serve")
@sources_file_option("Where pages come from; read anew every night.")
@click.option("--cron", default="0 2 * * *", show_default=True, help="When the night begins, as five fields of cron.")
@click.option(
    "--timezone",
    default="UTC",
    show_default=True,
    metavar="ZONE",
    help="The zone of --cron and --upkeep-cron: Asia/Jakarta. Days on which the clocks change have one night like any other.",
)
@click.option("--upkeep-cron", default="30 5 * * 0", show_default=True, help="When `maintain` runs; none: never.")
@click.option("--catch-up/--no-catch-up", default=True, show_default=True, help="Run one night at once if any was missed.")
@click.option("--port", type=click.IntRange(1024, 65535), default=4200, show_default=True, help="Of Prefect's server and its UI.")
@workers_option
@data_option
def command(
    sources: Path,
    cron: str,
    timezone: str,
    upkeep_cron: str,
    catch_up: bool,
    port: int,
    workers: int | None,
    data: Place,
) -> int:
    """The night by a schedule, until it is told to end (Ctrl-C, or SIGTERM from a service manager).

    Starts Prefect's server and its UI on 127.0.0.1, unless $PREFECT_API_URL names one that is there. Each night runs in a
    process of its own; a second one is refused while one is under way. A night whose process was killed is gone on with where
    it was; of nights that were missed while nothing served, one is run at once.
    """
    from flows.commands.run import check_sources
    from sources.config import check_timezone
    from warehouse import files

    check_sources(sources, ())  # before Prefect is imported, so that a slip of the pen costs no seconds
    check_timezone(timezone)
    folder = settings.warehouse(data)
    starts_server = settings.prepare_service(data, port)
    try:
        with files.exclusive(folder.serve_lock, wait=False):
            _serve(folder, sources, cron, timezone, upkeep_cron, catch_up, workers, port if starts_server else None)
    except BlockingIOError:
        raise BusyError(f"{folder.root} is served by another process; end that one first") from None
    return EXIT_DONE


def _serve(
    data: "DataDir",
    sources: Path,
    cron: str,
    timezone: str,
    upkeep_cron: str,
    catch_up: bool,
    workers: int | None,
    port: int | None,
) -> None:
    """`port`: of the server to start; None where one is there."""
    signal.signal(signal.SIGTERM, _leave)  # until the schedule has handlers of its own: the server takes a while to start
    from contextlib import ExitStack

    from flows import serving
    from flows.prefectserver import PrefectServer

    service = serving.Service(
        sources=sources,
        data=data,
        night=serving.Schedule(_cron("--cron", cron), timezone),
        upkeep=None if upkeep_cron == "none" else serving.Schedule(_cron("--upkeep-cron", upkeep_cron), timezone),
        workers=workers,
        catch_up=catch_up,
    )
    with ExitStack() as stack:
        server = None
        if port is not None:
            home = Path(os.environ["PREFECT_HOME"])
            server = PrefectServer(port, note=home / "server.json", log=home / "server.log")
            _say(f"starting Prefect's server on {server.api_url.removesuffix('/api')} (log: {home / 'server.log'})")
            stack.enter_context(server.running())
        _say(f"night: {cron} {timezone}; upkeep: {upkeep_cron}; warehouse: {data.root}; Ctrl-C ends it")
        serving.serve(service, server, utc_now())


def _say(what: str) -> None:
    if settings.is_json_log():
        LOG.info("%s", what)
    else:
        click.echo(what, err=True)


def _leave(*_: object) -> None:
    """End in order: a process that SIGTERM ends at once leaves its server behind."""
    raise SystemExit(EXIT_DONE)


def _cron(option: str, value: str) -> str:
    from prefect.client.schemas.schedules import CronSchedule

    try:
        CronSchedule(cron=value)
    except ValueError:
        raise ConfigError(
            f"{option} {value!r}: is no cron expression; five fields, such as '0 2 * * *' for two at night"
        ) from None
    return value
