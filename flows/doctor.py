"""What is wrong with this installation: all checks, in the order in which their cures help each other.

Belongs here: the order, and what is not worth looking at once something else is broken. Does not belong here: the checks.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from flows import enginecheck, extensioncheck, machinecheck, prefectcheck, settings, warehousecheck
from flows.finding import Finding, problem
from flows.settings import Place
from transforms.errors import NightdeskError
from warehouse.paths import DataDir


@dataclass(frozen=True, slots=True)
class Examined:
    """What is to be looked at. `port`: the schedule's. `sources`: None: a sources.toml in this folder, if it is there."""

    data: Place
    sources: Path | None
    port: int
    now: datetime


def examine(asked: Examined) -> Iterator[Finding]:
    """A finding or more for every check. A check that breaks is a problem, and the others go on."""
    yield machinecheck.text()
    found, config = warehousecheck.sources(asked.sources or Path("sources.toml"), is_asked_for=asked.sources is not None)
    yield machinecheck.zones(source.timezone for source in (config.sources if config else ()) if source.timezone)
    yield found
    yield warehousecheck.notices()
    yield from _tried("engine", enginecheck.engine)
    yield from _tried("extensions", extensioncheck.extensions)
    try:
        data = settings.warehouse(asked.data)
    except NightdeskError as error:
        yield problem("warehouse", str(error), "see docs/storage.md for places and credentials; nothing in it was looked at")
        return
    yield from _of_warehouse(data, asked)


def _of_warehouse(data: DataDir, asked: Examined) -> Iterator[Finding]:
    yield from _tried("folders", lambda: warehousecheck.folders(data))
    elsewhere = machinecheck.disk_time(data.work)
    if data.is_remote:
        found, elsewhere = warehousecheck.store(data)
        yield found
        if found.cure:
            return
    found, history = warehousecheck.tables(data)
    yield found
    yield machinecheck.clock(asked.now, history.newest_end, elsewhere)
    yield from _tried("disk", lambda: [machinecheck.disk("disk", data.work, history.largest_bytes)])
    yield from _tried("runs", lambda: warehousecheck.runs(data, asked.now))
    yield from _tried("leftovers", lambda: warehousecheck.leftovers(data))
    yield from _of_prefect(data, asked)


def _of_prefect(data: DataDir, asked: Examined) -> Iterator[Finding]:
    home = settings.prefect_home(data)
    note = home / "server.json"
    if settings.prefect_api_url() is None:
        yield from _tried("port", lambda: [machinecheck.port(asked.port, note)])
    found, api_url = prefectcheck.server(asked.port, note)
    yield found
    yield from _tried("prefect database", lambda: [prefectcheck.database(home)])
    yield from _tried("prefect runs", lambda: prefectcheck.zombies(data, home, api_url, asked.now))


def _tried(check: str, look: Callable[[], Iterable[Finding]]) -> Iterator[Any]:
    try:
        yield from look()
    except Exception as error:  # what is broken breaks in ways that nobody thought of
        yield problem(
            check,
            f"could not be looked at: {type(error).__name__}: {error}",
            f"set {settings.DEBUG_VARIABLE}=1 with a run to see more",
        )
