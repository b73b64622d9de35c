"""Reports kept within bounds: the folders of which runs may go.

Belongs here: choosing and removing folders below reports/. Does not belong here: what is in them (report.py and docs.py of
expectations/). A page that went is made again from the lake by `nightdesk report --run`; its Data Docs are not, for they are
made of staged rows.
"""

import re
import shutil
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from warehouse import files
from warehouse.cleaning import Removed, sizes
from warehouse.paths import DataDir

# A year of nights, so that last year's can be looked at, and a month of runs besides.
REPORTS_KEPT = 400
# A run's id (flows/rundir.py) begins with its start, so the names' order is the runs': 20260302T200000Z-5f3a9c. What others
# have put beside these folders is not ours to remove.
_RUN_ID = re.compile(r"\d{8}T\d{6}Z-[0-9a-f]{6}")


@dataclass(frozen=True, slots=True)
class ReportsKept:
    """What was, or would be, removed, and of how many runs reports are left."""

    kept: int
    runs: int = 0
    removed: Removed = field(default_factory=Removed)


def keep_newest(data: DataDir, count: int, *, dry_run: bool) -> ReportsKept:
    """Remove the reports of all runs but the `count` (at least one) that began last. At a URL also the copies that this machine
    made to open them.

    A half-removed folder still bears its run's name, so the next upkeep goes on with it.
    """
    runs = sorted(_runs(data.reports), key=lambda folder: folder.name)
    going, kept = runs[:-count], {folder.name for folder in runs[-count:]}
    removed = sum((sizes(folder.rglob("*")) for folder in going), Removed())
    if not dry_run:
        for folder in (*going, *_copies_but(data, kept)):
            _remove(folder)
    return ReportsKept(len(kept), len(going), removed)


def _runs(reports: Path) -> Iterator[Path]:
    if reports.is_dir():
        yield from (folder for folder in reports.iterdir() if _RUN_ID.fullmatch(folder.name) and folder.is_dir())


def _copies_but(data: DataDir, kept: Collection[str]) -> list[Path]:
    """At a URL another machine may have removed the reports that were copied here."""
    return [folder for folder in _runs(data.report_copies) if folder.name not in kept] if data.is_remote else []


def _remove(folder: Path) -> None:
    if files.is_local(folder):
        shutil.rmtree(folder, ignore_errors=True)
        return
    for page in [path for path in folder.rglob("*") if path.is_file()]:
        page.unlink(missing_ok=True)
