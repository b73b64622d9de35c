"""Shares of a batch: so many pages as one worker elsewhere reads at a time, and the way of their rows home.

Belongs here: cutting a batch, what a worker does with a share, putting what it staged into the run's own folder. Does not belong
here: how a worker is reached (engines.py), what becomes of a page (reading.py), Prefect: workers import this without it.

A share is read again if its worker dies, or if the engine takes it for dead: two workers may then be at the same share. Each try
stages into a folder of its own, and of these the run's process takes one home, whole: nothing is lost, nothing is there twice.
"""

import multiprocessing
import os
import secrets
import shutil
import socket
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime

import pyarrow as pa

from flows import settings, staging
from flows.reading import Extracted, Manner, joined, pages_of, read_pages
from flows.rundir import RunDir
from transforms.errors import ConfigError
from transforms.extract import EXTRACTOR
from warehouse import files, schema
from warehouse.paths import RUN_FILE, DataDir

# Some 8 CPU seconds at 15 ms a page: beside that what an engine needs to hand out a share, and to start the share's processes,
# is small; and it is what a worker's death costs.
SHARE_PAGES = 500

_ROWS, _REJECTED, _SITE_CHECKS = "extracted.parquet", "rejected.parquet", "sitechecks.parquet"


@dataclass(frozen=True, slots=True)
class Station:
    """What a worker must have to be of use: the run's warehouse under the name that the run has for it, and the same code."""

    place: settings.Place
    run_id: str
    extractor: str = EXTRACTOR


@dataclass(frozen=True, slots=True)
class Share:
    """The pages `first` to `first` + `size` of fetched-<batch>.parquet. `now`: their extracted_at."""

    station: Station
    batch: int
    first: int
    size: int
    manner: Manner
    now: datetime

    @property
    def name(self) -> str:
        """What its folder is called in the run's own. With its size: another version may cut otherwise."""
        return f"share-{self.batch}-{self.first}-{self.size}"


def station_of(run: RunDir) -> Station:
    """What the workers of a run must have."""
    data = run.data
    return Station(str(data.root) if data.is_remote else data.root, run.info.run_id)


def cut(run: RunDir, batch: int, manner: Manner, now: datetime) -> list[Share]:
    """The shares of a batch. Where workers do not see fetched-<batch>.parquet, it is put where they do."""
    fetched = run.file(f"fetched-{batch}.parquet")
    if run.data.is_remote:
        from warehouse import remote

        remote.put(fetched, run.handed / fetched.name)
    manner = replace(manner, workers=manner.workers or 1)  # an engine says by itself how many shares a machine has at a time
    count = pages_of(staging.read_table(fetched, schema.FETCHED)).num_rows
    return [
        Share(station_of(run), batch, first, min(SHARE_PAGES, count - first), manner, now)
        for first in range(0, count, SHARE_PAGES)
    ]


def read_share(share: Share) -> str:
    """What a worker does: the pages of a share -> three tables in a folder of its own. Gives that folder's name.

    ConfigError if this worker cannot be used.
    """
    data = settings.warehouse(share.station.place)
    if fault := fault_of_worker(share.station):
        raise ConfigError(fault)
    handed = data.handed_of(share.station.run_id)
    with files.near(handed / f"fetched-{share.batch}.parquet") as path:
        pages = pages_of(staging.read_table(path, schema.FETCHED)).slice(share.first, share.size)
    _check_archive(data, pages)
    extracted = read_pages(data, share.station.run_id, pages, share.manner, now=share.now)
    folder = handed / f".{share.name}-{secrets.token_hex(4)}"
    folder.mkdir()  # without its parents: the run may have ended meanwhile
    for name, table in zip((_ROWS, _REJECTED, _SITE_CHECKS), _tables(extracted), strict=True):
        staging.write_table(table, folder / name)
    return folder.name


def _tables(extracted: Extracted) -> tuple[pa.Table, pa.Table, pa.Table]:
    return extracted.rows, extracted.rejected, extracted.site_checks


def fault_of_worker(station: Station) -> str | None:
    """Why this process can read no share of a run, and the cure; None if it can."""
    here = f"worker on {socket.gethostname()}, process {os.getpid()}"
    if multiprocessing.current_process().daemon:
        return (
            f"{here}: it may have no child processes, and pages are read in some that can be ended. Start Dask's workers with "
            "--no-nanny, or with DASK_DISTRIBUTED__WORKER__DAEMON=false in their environment"
        )
    if station.extractor != EXTRACTOR:
        return f"{here}: it has {EXTRACTOR}, and the run {station.extractor}. Install the same on both"
    marker = settings.warehouse(station.place).underway / station.run_id / RUN_FILE
    if not marker.exists():
        return (
            f"{here}: there is no {marker}. Workers must see the warehouse under the path that the run has for it: "
            "a folder that all machines mount, or s3://bucket/prefix"
        )
    return None


def _check_archive(data: DataDir, pages: pa.Table) -> None:
    """Pages that are not there would each become a row that blames the page."""
    names = {*pages["warc_file"].to_pylist(), *(part["file"] for parts in pages["parts"].to_pylist() for part in parts or ())}
    for path in (data.raw_page(name) for name in sorted(names)):
        if not path.exists():
            raise ConfigError(
                f"worker on {socket.gethostname()}, process {os.getpid()}: there is no {path}. Archives must lie where all "
                "machines see them under the same path"
            )


def is_home(run: RunDir, share: Share) -> bool:
    """Whether its rows are in the run's own folder: from before the run was killed."""
    return run.file(share.name).exists()


def take_home(run: RunDir, share: Share, folder: str) -> None:
    """Put what a worker staged into the run's own folder, in one step."""
    staged, home = run.handed / folder, run.file(share.name)
    if run.data.is_remote:
        fresh = run.file(f"{folder}.new")
        shutil.rmtree(fresh, ignore_errors=True)
        fresh.mkdir()
        for name in (_ROWS, _REJECTED, _SITE_CHECKS):
            (fresh / name).write_bytes((staged / name).read_bytes())
        staged = fresh
    staged.rename(home)
    files.flush([home.parent])


def read_home(run: RunDir, shares: Iterable[Share]) -> Extracted:
    """What became of the pages of shares that are home."""
    return joined(
        Extracted(
            staging.read_table(run.file(share.name) / _ROWS, schema.EXTRACTED),
            staging.read_table(run.file(share.name) / _REJECTED, schema.REFUSED),
            staging.read_table(run.file(share.name) / _SITE_CHECKS, schema.CHECKS),
        )
        for share in shares
    )


def forget_shares(run: RunDir, batch: int) -> None:
    """Remove what shares of a batch left: it is staged."""
    for folder in run.staged.glob(f"*share-{batch}-*"):
        shutil.rmtree(folder, ignore_errors=True)
