"""What `nightdesk doctor` looks at of Prefect: the server, its database, runs that it takes for running and no process runs.

Belongs here: asking by HTTP and SQL. Does not belong here: importing Prefect, which takes seconds and may be what is broken.
"""

import asyncio
import json
import os
import socket
import sqlite3
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from importlib.metadata import version
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from flows import settings
from flows.finding import Finding, ok, problem, warning
from flows.prefectserver import living
from flows.rundir import is_at_work, unfinished
from transforms.errors import NightdeskError
from warehouse.paths import DataDir

# Every flow of ours by its name in Prefect: a server may have others' as well.
FLOWS = (
    "archive-backfill", "backfill", "days-backfill", "listed-pages", "maintain", "night", "nightly", "past-days",
    "quality-report", "reextract", "release", "replay", "weekly-upkeep",
)  # fmt: skip
_TIMEOUT_SECONDS = 5
# A night of 100,000 pages leaves 5 MB of task runs, and they are kept for 90 days: this is four times of what that comes to.
_LARGE_BYTES = 2 * 10**9
# A run is told of some seconds before its process has its run's folder.
_JUST_BEGUN = timedelta(minutes=10)
_UNDER_WAY = ("RUNNING", "PENDING", "CANCELLING")
_QUERY = f"""
select r.id, r.name, r.start_time, r.deployment_id, r.infrastructure_pid, r.parameters, f.name as flow
from flow_run r join flow f on f.id = r.flow_id
where r.state_type in ({", ".join(f"'{state}'" for state in _UNDER_WAY)})
"""


@dataclass(frozen=True, slots=True)
class FlowRun:
    """A run that Prefect takes to be under way."""

    id: str
    name: str
    started_at: datetime | None
    is_deployed: bool
    infrastructure: str | None  # host:process, of some workers
    data: str | None  # the warehouse, where its parameters say one


def server(own_port: int, note: Path) -> tuple[Finding, str | None]:
    """Whether Prefect's API answers, and its address if it does. `own_port`, `note`: of the server that `serve` has started."""
    named = settings.prefect_api_url()
    if named is None and (profile := settings.prefect_profile()):
        return ok("prefect", f"as its profile {profile} says: not looked at"), None
    if named is None and living(note) is None:
        return ok("prefect", "no server is up; each run brings its own"), None
    url = named or f"http://127.0.0.1:{own_port}/api"
    try:
        theirs = str(_asked(f"{url}/admin/version"))
    except (OSError, ValueError) as error:
        cure = "start that server (prefect server start), or unset $PREFECT_API_URL to have one brought along"
        return problem("prefect", f"the server at {_shown(url)} does not answer: {error}", cure), None
    ours = version("prefect")
    if theirs.split(".")[:2] != ours.split(".")[:2]:
        return warning("prefect", f"the server at {_shown(url)} is {theirs}, and this is {ours}", "use one version for both"), url
    return ok("prefect", f"the server at {_shown(url)} answers ({theirs})"), url


def _shown(url: str) -> str:
    """Without a name and password."""
    parts = urlsplit(url)
    return parts._replace(netloc=parts.netloc.rpartition("@")[2]).geturl()


def _asked(url: str, body: object = None) -> Any:
    if urlsplit(url).scheme not in ("http", "https"):
        raise ValueError("it is no http or https URL")
    headers = {"Content-Type": "application/json", "Authorization": settings.prefect_authorization() or ""}
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(url, data, {name: value for name, value in headers.items() if value})
    with urllib.request.urlopen(request, timeout=_TIMEOUT_SECONDS) as answer:
        return json.load(answer)


def database(home: Path) -> Finding:
    """Whether Prefect's own database can be had, and is of a bearable size. `home`: where the SQLite file lies."""
    url = settings.prefect_database()
    cure = (
        "it forgets old runs under `nightdesk serve`; docs/running.md says how to make it smaller now, and how to use PostgreSQL"
    )
    if url is not None and url.startswith("postgresql"):
        try:
            size = asyncio.run(_postgres_size(url.replace("+asyncpg", "", 1)))
        except Exception as error:  # whatever it is: the database cannot be had
            why = f"PostgreSQL at {urlsplit(url).hostname} cannot be had: {type(error).__name__}: {error}"
            return problem("prefect database", why, "check $PREFECT_SERVER_DATABASE_CONNECTION_URL, and that the server is up")
        place = f"PostgreSQL at {urlsplit(url).hostname}"
    else:
        size = sum(path.stat().st_size for path in home.glob("prefect.db*"))
        place = str(home / "prefect.db")
    said = f"{place}: {size / 10**6:,.0f} MB"
    return warning("prefect database", said, cure) if size > _LARGE_BYTES else ok("prefect database", said)


async def _postgres_size(url: str) -> int:
    import asyncpg  # comes with Prefect; half a second that others need not wait for

    connection = await asyncpg.connect(url, timeout=_TIMEOUT_SECONDS)
    try:
        return int(await connection.fetchval("select pg_database_size(current_database())"))
    finally:
        await connection.close()


def zombies(data: DataDir, home: Path, api_url: str | None, now: datetime) -> Iterator[Finding]:
    """Runs of this warehouse that Prefect takes for running, and that no process of this machine runs."""
    try:
        found = _from_server(api_url) if api_url else _from_file(home / "prefect.db")
    except (OSError, ValueError, KeyError, sqlite3.Error) as error:
        yield warning("prefect runs", f"cannot be read: {error}", "look at the server's log; a newer Prefect made it, perhaps")
        return
    ours = [run for run in found if run.data is None or run.data == str(data.root)]
    old = [run for run in ours if run.started_at is None or now - run.started_at > _JUST_BEGUN]
    by_hand = any(is_at_work(data, info) for info in _unfinished(data))
    dead = [run for run in old if not _lives(run, by_hand)]
    for run in dead:
        said = f"{run.name} ({run.id}) is Running for Prefect, and no process runs it"
        cure = f"who goes on with it ends it, and so does nightdesk serve when it starts; else: prefect flow-run delete {run.id}"
        yield warning("prefect runs", said, cure)
    if not dead:
        yield ok("prefect runs", f"{len(ours)} under way")


def dead_here(data: DataDir, url: str) -> list[str]:
    """The ids of a server's runs of this warehouse that a worker started, and whose process is no more.

    Nobody can tell of another machine's processes, and a process worker does not say which is its machine: none is named for a
    warehouse at a URL, which several machines may share.
    """
    started = [run for run in _from_server(url) if run.data == str(data.root) and run.is_deployed and run.infrastructure]
    return [] if data.is_remote else [run.id for run in started if not _lives(run, by_hand=False)]


def _unfinished(data: DataDir) -> list[Any]:
    try:
        return list(unfinished(data))
    except NightdeskError:  # which is another check's finding
        return []


def _from_server(url: str) -> list[FlowRun]:
    """At most 200: a server that has more zombies has enough to be told of."""
    wanted = {"flow_runs": {"state": {"type": {"any_": _UNDER_WAY}}}, "flows": {"name": {"any_": FLOWS}}, "limit": 200}
    return [_flow_run(row) for row in _asked(f"{url}/flow_runs/filter", wanted)]


def _from_file(database: Path) -> list[FlowRun]:
    if not database.exists():
        return []
    with closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True, timeout=_TIMEOUT_SECONDS)) as con:
        con.row_factory = sqlite3.Row
        rows = [dict(row) for row in con.execute(_QUERY)]
    return [_flow_run({**row, "parameters": json.loads(row["parameters"] or "{}")}) for row in rows if row["flow"] in FLOWS]


def _flow_run(row: dict[str, Any]) -> FlowRun:
    started = datetime.fromisoformat(row["start_time"]) if row["start_time"] else None
    return FlowRun(
        id=str(row["id"]),
        name=str(row["name"]),
        started_at=started.replace(tzinfo=started.tzinfo or UTC) if started else None,
        is_deployed=row["deployment_id"] is not None,
        infrastructure=row["infrastructure_pid"],
        data=place if isinstance(place := row["parameters"].get("data"), str) else None,
    )


def _lives(run: FlowRun, by_hand: bool) -> bool:
    """`by_hand`: whether a process is at work on any run of the warehouse: one that was started by hand does not say which."""
    host, _, process = (run.infrastructure or "").rpartition(":")
    if not run.is_deployed:
        return by_hand
    if host and host != socket.gethostname():
        return True  # another machine's or a container's: nobody can tell from here
    return run.id in engines() or (process.isdigit() and Path(f"/proc/{process}").exists())


def engines() -> set[str]:
    """The ids of runs that processes of this machine were started for, as far as their environment may be read."""
    found = set()
    for entry in os.scandir("/proc") if Path("/proc").is_dir() else ():
        if entry.name.isdigit():
            try:
                variables = Path(entry.path, "environ").read_bytes().split(b"\0")
            except OSError:  # it has ended, or is somebody else's
                continue
            found |= {value.partition(b"=")[2].decode() for value in variables if value.startswith(b"PREFECT__FLOW_RUN_ID=")}
    return found
