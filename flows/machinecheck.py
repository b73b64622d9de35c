"""What `nightdesk doctor` looks at of this machine: text, time zones, the clock, disks, the port of the schedule.

Belongs here: what is true whatever the warehouse holds. Does not belong here: the warehouse, Prefect. The network is not asked.
"""

import locale
import os
import shutil
import sys
import tempfile
import zoneinfo
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path

from flows.finding import Finding, ok, problem, warning
from flows.prefectserver import is_taken, living

# A night's report, views and Great Expectations' work take some hundred MB even where nothing is new.
_LEAST_BYTES = 10**9
# A page is there as WARC, as staged Parquet and as row; upkeep writes a partition anew before it drops the old one.
_COPIES = 3
# Stores refuse requests whose time is 15 minutes off; a file server that is off by one is worth a look.
_CLOCK_SECONDS = 60.0
_A_ZONE = "Asia/Jakarta"


def text() -> Finding:
    """File names and output must take every script that news is written in."""
    used = {sys.getfilesystemencoding().lower(), locale.getpreferredencoding(False).lower()}
    if used == {"utf-8"}:
        return ok("text", "UTF-8")
    names = " and ".join(sorted(used))
    return problem("text", f"this locale writes {names}, which has no letters for most news", "set LANG=C.UTF-8, or PYTHONUTF8=1")


def zones(wanted: Iterable[str]) -> Finding:
    """`wanted`: zones that sources name."""
    try:
        for name in (_A_ZONE, *wanted):
            zoneinfo.ZoneInfo(name)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError) as error:
        return problem("time zones", f"there is no time-zone data: {error}", "pip install tzdata, or apt-get install tzdata")
    return ok("time zones", f"{len(zoneinfo.available_timezones())} zones")


def clock(now: datetime, newest: datetime | None, elsewhere: datetime | None) -> Finding:
    """`newest`: when the newest run ended. `elsewhere`: what the warehouse's disk or store takes the time to be."""
    cure = "set the clock, and have it kept by NTP: timedatectl set-ntp true"
    if newest and newest > now:
        return problem("clock", f"it is {_minute(now)} here, but a run ended at {_minute(newest)}: the clock went back", cure)
    installed = datetime.fromtimestamp(Path(__file__).stat().st_mtime, UTC)
    if installed > now:
        return problem("clock", f"it is {_minute(now)} here, before nightdesk was installed ({_minute(installed)})", cure)
    if elsewhere and abs((elsewhere - now).total_seconds()) > _CLOCK_SECONDS:
        return warning(
            "clock", f"it is {_minute(now)} here, and {_minute(elsewhere)} where the warehouse lies", f"{cure}, on both"
        )
    return ok("clock", _minute(now))


def _minute(at: datetime) -> str:
    return f"{at.astimezone(UTC):%Y-%m-%d %H:%M} UTC"


def folder(check: str, path: Path) -> Finding:
    """Whether files can be made in a folder; of one that is not there, whether it can be made. Nothing stays behind."""
    there = next(place for place in (path, *path.parents) if place.exists() or place.is_symlink())
    try:
        with tempfile.NamedTemporaryFile(dir=there, prefix=".doctor-") as probe:
            probe.write(b"nightdesk doctor")
            probe.flush()
    except OSError as error:
        who = f"chown it to the user that runs nightdesk (id {os.getuid()})"
        cure = "remove or rename that file" if isinstance(error, NotADirectoryError) else who
        return problem(check, f"{there}: cannot be written: {error.strerror}", f"{cure}, or name another place")
    return ok(check, f"{path} can be written" if there == path else f"{path} is not there yet, and can be made")


def metrics_file(path: Path) -> Finding:
    """Whether runs can leave their figures there, and node_exporter finds them."""
    if path.suffix != ".prom":
        return warning("metrics", f"{path}: node_exporter reads files that end in .prom", "give the file another name")
    if not path.parent.is_dir():
        return warning("metrics", f"{path.parent}: there is no such folder, so no figures are kept", "make it, or name another")
    found = folder("metrics", path.parent)
    return warning("metrics", found.said, found.cure) if found.cure else found


def disk_time(path: Path) -> datetime | None:
    """What a folder's disk takes the time to be: on a file server, another clock. None if it cannot be written."""
    try:
        with tempfile.NamedTemporaryFile(dir=path, prefix=".doctor-") as probe:
            return datetime.fromtimestamp(os.fstat(probe.fileno()).st_mtime, UTC)
    except OSError:
        return None


def disk(check: str, path: Path, night_bytes: int) -> Finding:
    """Whether the disk of a folder has room for the next night. `night_bytes`: what the largest of late brought in."""
    there = next(place for place in (path, *path.parents) if place.is_dir())
    free, least = shutil.disk_usage(there).free, max(_LEAST_BYTES, _COPIES * night_bytes)
    cure = "make room, or remove old raw pages: nightdesk maintain --keep-raw-days N"
    if free < least:
        return problem(check, f"{there}: {_gb(free)} free, and a night needs {_gb(least)}", cure)
    if free < 7 * least:
        return warning(check, f"{there}: {_gb(free)} free, which is less than a week of nights", cure)
    return ok(check, f"{there}: {_gb(free)} free")


def _gb(size: int) -> str:
    return f"{size / 10**9:.1f} GB"


def port(number: int, note: Path) -> Finding:
    """Whether `serve` can have its port. `note`: where its server's process id is kept, if it is at work."""
    if not is_taken(number):
        return ok("port", f"{number} is free")
    if (pid := living(note)) is not None:
        return ok("port", f"{number} is taken while nightdesk serves (process {pid})")
    return problem("port", f"{number}: another program listens there", f"end it, or give another: serve --port {number + 1}")
