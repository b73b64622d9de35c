"""The raw archive kept within bounds: which WARC files may go, by age and by size.

Belongs here: choosing and removing files below raw/. Does not belong here: what is in them (sources/warc.py), and archives that a
backfill read where they lie: those are never touched.
"""

import tempfile
from collections.abc import Collection, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from warehouse import scan
from warehouse.cleaning import Removed
from warehouse.lake import Lake
from warehouse.paths import DataDir

_SECONDS_A_DAY = 86_400


@dataclass(frozen=True, slots=True)
class RawLimits:
    """What the archive is held to; without a limit nothing is removed."""

    keep_days: int | None = None  # older files go
    max_bytes: int | None = None  # the oldest go until the rest is no larger
    drop_needed: bool = False  # also those that rows still need


@dataclass(frozen=True, slots=True)
class RawFile:
    """One WARC file of a run."""

    path: Path
    bytes: int
    written_at: float  # seconds since 1970
    articles: int  # current articles that were read from it
    refused: int  # open rows of the quarantine that were read from it

    @property
    def is_needed(self) -> bool:
        """Whether a row would lose the page that it was made from."""
        return self.articles + self.refused > 0


@dataclass(frozen=True, slots=True)
class RawReport:
    """What was, or would be, removed, and what a limit asked for and rows still need."""

    removed: Removed
    total: Removed  # the archive before
    kept: Removed  # beyond a limit, but needed
    articles: int  # current articles without their raw page, if `drop_needed`; else those that kept files
    refused: int  # the same of open rows of the quarantine


def keep_within(
    data: DataDir, lake: Lake, limits: RawLimits, *, unfinished: Collection[str], now: float, dry_run: bool
) -> RawReport:
    """Remove raw files beyond the limits, oldest first, but none of a run that is `unfinished`.

    A file that a current article or an open row of the quarantine was read from stays unless `limits.drop_needed`: without it
    the row cannot be extracted again. LakeError if the lake cannot be read. `now`: seconds since 1970.
    """
    found = raw_files(data, _needed(lake), unfinished=unfinished)
    beyond = _beyond(found, limits, now)
    going = [file for file in beyond if limits.drop_needed or not file.is_needed]
    kept = [file for file in beyond if file.is_needed and not limits.drop_needed]
    if not dry_run:
        for file in going:
            file.path.unlink(missing_ok=True)
            with suppress(OSError):  # other files of the run are still there
                file.path.parent.rmdir()
    told = going if limits.drop_needed else kept
    return RawReport(
        removed=_sum(going),
        total=_sum(found),
        kept=_sum(kept),
        articles=sum(file.articles for file in told),
        refused=sum(file.refused for file in told),
    )


def raw_files(data: DataDir, needed: Mapping[str, tuple[int, int]], *, unfinished: Collection[str]) -> list[RawFile]:
    """The archive's whole files, oldest first, without those of `unfinished` runs. `needed`: file below raw/ ->
    articles, refused.
    """
    found = []
    for path in data.raw.glob("*/*.warc.gz"):
        if path.parent.name not in unfinished:
            state, counts = path.stat(), needed.get(str(path.relative_to(data.raw)), (0, 0))
            found.append(RawFile(path, state.st_size, state.st_mtime, *counts))
    return sorted(found, key=lambda file: (file.written_at, file.path))


def _beyond(found: Sequence[RawFile], limits: RawLimits, now: float) -> list[RawFile]:
    """The files that the limits ask to remove. Those that stay because they are needed count as large as they are."""
    old = [file for file in found if limits.keep_days is not None and file.written_at < now - limits.keep_days * _SECONDS_A_DAY]
    left = sum(file.bytes for file in found) - sum(file.bytes for file in old if limits.drop_needed or not file.is_needed)
    beyond = list(old)
    for file in found[len(old) :]:
        if limits.max_bytes is None or left <= limits.max_bytes:
            break
        beyond.append(file)
        left -= file.bytes if limits.drop_needed or not file.is_needed else 0
    return beyond


def _needed(lake: Lake) -> dict[str, tuple[int, int]]:
    """Raw file -> current articles and open rows of the quarantine that were read from it, unfinished runs' included."""
    with tempfile.TemporaryDirectory(prefix="nightdesk-") as spill, scan.connect(Path(spill)) as con:
        for view, table in (("article_versions", "articles"), ("quarantine", "quarantine")):
            con.execute(f"create temp view {view} as {scan.snapshot_query(lake.snapshot(table))}")
        return {file: (articles, refused) for file, articles, refused in con.execute(scan.statement("needed_raw")).fetchall()}


def _sum(files: Sequence[RawFile]) -> Removed:
    return Removed(len(files), sum(file.bytes for file in files))
