"""What `nightdesk doctor` looks at of the sources and the warehouse: settings, credentials, tables, unfinished runs, leftovers.

Belongs here: telling what is wrong, and the command that mends it. Does not belong here: mending (`nightdesk maintain`, or the
run itself, which goes on where it was).
"""

import tempfile
import urllib.parse
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from flows import machinecheck, settings
from flows.finding import Finding, ok, problem, warning
from flows.rundir import RunInfo, is_at_work, unfinished
from sources.config import SourcesFile, load_sources
from transforms.errors import NightdeskError
from warehouse import scan
from warehouse.lake import Lake
from warehouse.layout import BATCH_MEMORY_DAYS
from warehouse.paths import DataDir
from warehouse.schema import TABLES
from warehouse.underway import staged_runs

# What takes up each kind of run again.
_COMMANDS = {
    "night": "nightdesk run",
    "sample": "nightdesk run --sample --day {day}",
    "backfill": "the same nightdesk backfill",
    "reextract": "the same nightdesk reextract",
    "replay": "the same nightdesk quarantine replay",
    "release": "the same nightdesk quarantine release",
}


@dataclass(frozen=True, slots=True)
class History:
    """What the table of runs tells of late nights; both None and 0 where there was none."""

    newest_end: datetime | None = None
    largest_bytes: int = 0  # of the runs of the last 28 days before the newest


def sources(path: Path, *, is_asked_for: bool) -> tuple[Finding, SourcesFile | None]:
    """`is_asked_for`: whether somebody named the file; else it need not be there."""
    if not path.exists() and not is_asked_for:
        return warning(
            "sources", f"{path}: there is no such file here", "name yours with --sources, or make one: nightdesk init"
        ), None
    try:
        config = load_sources(path)
    except NightdeskError as error:
        return problem("sources", str(error), "mend it there; nightdesk sources check then tries every source"), None
    return ok("sources", f"{path}: {len(config.sources)} sources"), config


def notices() -> Finding:
    """The webhook's address is a secret, and is not shown."""
    url = settings.notify_url()
    if url is None:
        return ok("notices", f"no webhook (${settings.NOTIFY_VARIABLE} is not set)")
    parts = urllib.parse.urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        return problem("notices", f"${settings.NOTIFY_VARIABLE} is no http or https URL", "set it to your webhook's address")
    return ok("notices", f"a webhook of {parts.hostname}")


def folders(data: DataDir) -> Iterator[Finding]:
    """Where nights write: the folder itself, and those in it that are there already and may be another user's."""
    inner = (data.lake, data.raw, data.staged, data.reports, data.segments, data.stories, data.gone, data.search)
    places = {data.work, *(path for path in inner if isinstance(path, Path) and path.exists()), Path(tempfile.gettempdir())}
    found = [machinecheck.folder("folders", path) for path in sorted(places)]
    wrong = [finding for finding in found if finding.cure]
    yield from wrong or [next(finding for finding in found if str(data.work) in finding.said)]


def store(data: DataDir) -> tuple[Finding, datetime | None]:
    """Whether the store takes what is put there, and its clock."""
    from warehouse import remote

    try:
        at = remote.try_writing(data.root)
    except NightdeskError as error:
        return problem("store", str(error), "see docs/storage.md for the variables and what they must allow"), None
    return ok("store", f"{data.root} can be listed, written and deleted from"), at


def tables(data: DataDir) -> tuple[Finding, History]:
    """Whether the lake can be read, and what it tells of late runs."""
    lake = Lake(data.lake)
    try:
        versions = {table: lake.snapshot(table).version for table in TABLES}
        history = _history(lake)
    except Exception as error:  # a store's and DuckDB's own as well
        cure = "if it cannot be reached: see the findings above; else bring that table's folder back from a copy"
        return problem("lake", _short(error), cure), History()
    if all(version is None for version in versions.values()):
        return ok("lake", "empty: no run has finished yet"), history
    ended = f"{history.newest_end:%Y-%m-%d %H:%M} UTC" if history.newest_end else "never"
    return ok("lake", f"{sum(version is not None for version in versions.values())} tables; the last run ended: {ended}"), history


def _short(error: Exception) -> str:
    """A store's errors go on for a page."""
    return next(iter(str(error).strip().splitlines()), type(error).__name__)[:300]


def _history(lake: Lake) -> History:
    snapshot = lake.snapshot("runs")
    if not snapshot.files:
        return History()
    with tempfile.TemporaryDirectory(prefix="nightdesk-") as spill, scan.connect(Path(spill)) as con:
        runs = scan.snapshot_query(snapshot, ["started_at", "finished_at", "bytes"])
        late = "started_at > (select max(started_at) from runs) - interval 28 days"
        query = f"with runs as ({runs}) select max(finished_at), max(bytes) filter ({late}) from runs"
        newest, largest = con.execute(query).fetchall()[0]
    return History(newest, largest or 0)


def runs(data: DataDir, now: datetime) -> Iterator[Finding]:
    """Runs that began and did not end: their rows are not shown until they are taken up again or given up."""
    try:
        found = unfinished(data)
    except NightdeskError as error:
        yield problem("runs", str(error), "remove that folder, and run the command again")
        return
    for info in found:
        yield _run(data, info, now)
    for run_id in sorted(staged_runs(data) - {info.run_id for info in found}):
        cure = f"run it again there; if that machine is gone for good, remove {data.underway / run_id} to give it up"
        yield warning("runs", f"{run_id}: is another machine's, and has not ended", cure)
    if not staged_runs(data):
        yield ok("runs", "none is unfinished")


def _run(data: DataDir, info: RunInfo, now: datetime) -> Finding:
    began = f"{info.run_id}: this {info.kind} of {info.day} began {info.started_at[:16].replace('T', ' ')} UTC"
    folder = data.underway / info.run_id
    if is_at_work(data, info):
        return ok("runs", f"{began}, and a process is at work on it")
    if datetime.fromisoformat(info.started_at) < now - timedelta(days=BATCH_MEMORY_DAYS - 1):
        return problem(
            "runs", f"{began}, and cannot be gone on with any more", f"remove {folder} to give it up, and start it anew"
        )
    command = _COMMANDS.get(info.kind, "its command").format(day=info.day)
    cure = f"run {command} --data {data.root} again: it goes on where it was; or remove {folder} to give it up"
    return warning("runs", f"{began}, and nobody is at work on it: its rows are not shown", cure)


def leftovers(data: DataDir) -> Iterator[Finding]:
    """Half-written segments and staged files that no run will take up again."""
    known = staged_runs(data)
    pieces = {path.parent for path in data.segments.glob("*/*.open") if path.parent.name not in known}
    pieces |= {path.parent for path in data.staged.glob("*/*") if path.parent.name not in known}
    if not pieces:
        yield ok("leftovers", "no half-written segments or staged files")
    for folder in sorted(pieces):
        cure = "nightdesk maintain removes them when they are a week old"
        yield warning("leftovers", f"{folder}: half-written files of a run that is over", cure)
