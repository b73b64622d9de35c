"""The raw archive kept within bounds: which WARC files may go, by age and by size.

Belongs here: choosing and removing files below raw/. Does not belong here: what is in them (sources/warc.py), and archives that a
backfill read where they lie: those are never touched.
"""

import tempfile
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from warehouse import quarantine, scan
from warehouse.cleaning import Removed
from warehouse.lake import Lake
from warehouse.paths import DataDir
from warehouse.underway import staged_runs

_SECONDS_A_DAY = 86_400


@dataclass(frozen=True, slots=True)
class RawLimits:
    """What the archive is held to; without a limit nothing is removed."""

    keep_days: int | None = None  # older files go
    max_bytes: int | None = None  # the oldest go until the rest is no larger
    drop_needed: bool = False  # also those that rows still need


@dataclass(frozen=True, slots=True)
class RawBatch:
    """The segments of one fetch batch, 1.warc.gz, 1-2.warc.gz: they go together, since pages of one article may lie
    in several.
    """

    paths: tuple[Path, ...]
    bytes: int
    written_at: float  # of the last one, seconds since 1970
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
    # In this order, whoever begins or ends a run meanwhile: a run's folder below staged/ is there before its first raw file, and
    # its rows are committed before that folder goes.
    closed = set(data.raw.glob("*/*.warc.gz"))
    unfinished = {*unfinished, *staged_runs(data)}
    found = [batch for batch in raw_batches(data, _needed(lake), unfinished=unfinished) if closed.issuperset(batch.paths)]
    beyond = _beyond(found, limits, now)
    going = [batch for batch in beyond if limits.drop_needed or not batch.is_needed]
    kept = [batch for batch in beyond if batch.is_needed and not limits.drop_needed]
    if not dry_run:
        for path in (path for batch in going for path in batch.paths):
            path.unlink(missing_ok=True)
            with suppress(OSError):  # other files of the run are still there
                path.parent.rmdir()
    told = going if limits.drop_needed else kept
    return RawReport(
        removed=_sum(going),
        total=_sum(found),
        kept=_sum(kept),
        articles=sum(batch.articles for batch in told),
        refused=sum(batch.refused for batch in told),
    )


def raw_batches(data: DataDir, needed: Mapping[str, tuple[int, int]], *, unfinished: Collection[str]) -> list[RawBatch]:
    """The archive's closed files by batch, oldest first, without those of `unfinished` runs.

    `needed`: file below raw/ -> current articles, open rows of the quarantine.
    """
    segments: defaultdict[tuple[str, str], list[Path]] = defaultdict(list)
    for path in sorted(data.raw.glob("*/*.warc.gz")):
        if path.parent.name not in unfinished:
            segments[path.parent.name, path.name.removesuffix(".warc.gz").partition("-")[0]].append(path)
    batches = (
        _batch(paths, [needed.get(str(path.relative_to(data.raw)), (0, 0)) for path in paths]) for paths in segments.values()
    )
    return sorted(batches, key=lambda batch: (batch.written_at, batch.paths))


def _batch(paths: Sequence[Path], rows: Sequence[tuple[int, int]]) -> RawBatch:
    states = [path.stat() for path in paths]
    articles, refused = (sum(counts) for counts in zip(*rows, strict=True))
    return RawBatch(
        paths=tuple(paths),
        bytes=sum(state.st_size for state in states),
        written_at=max(state.st_mtime for state in states),
        articles=articles,
        refused=refused,
    )


def _beyond(found: Sequence[RawBatch], limits: RawLimits, now: float) -> list[RawBatch]:
    """What the limits ask to remove. What stays because it is needed counts as large as it is."""
    oldest = None if limits.keep_days is None else now - limits.keep_days * _SECONDS_A_DAY
    beyond = [batch for batch in found if oldest is not None and batch.written_at < oldest]
    left = sum(batch.bytes for batch in found) - sum(_freed(batch, limits) for batch in beyond)
    for batch in found[len(beyond) :]:
        if limits.max_bytes is None or left <= limits.max_bytes:
            break
        beyond.append(batch)
        left -= _freed(batch, limits)
    return beyond


def _freed(batch: RawBatch, limits: RawLimits) -> int:
    return batch.bytes if limits.drop_needed or not batch.is_needed else 0


def _needed(lake: Lake) -> dict[str, tuple[int, int]]:
    """Raw file -> current articles and open rows of the quarantine that were read from it, unfinished runs' included."""
    with tempfile.TemporaryDirectory(prefix="nightdesk-") as spill, scan.connect(Path(spill)) as con:
        con.execute(f"create temp view article_versions as {scan.snapshot_query(lake.snapshot('articles'))}")
        quarantine.create_view(con, lake)
        return {file: (articles, refused) for file, articles, refused in con.execute(scan.statement("needed_raw")).fetchall()}


def _sum(batches: Sequence[RawBatch]) -> Removed:
    return Removed(sum(len(batch.paths) for batch in batches), sum(batch.bytes for batch in batches))
