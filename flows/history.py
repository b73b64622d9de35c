"""The night's stages over what is past: the days that sitemaps still tell of, and lists of URLs.

Belongs here: these runs as flows. Does not belong here: which sources they ask (sources/pastsources.py), the stages (night.py),
archives (backfill.py).
"""

from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any

from prefect import flow

from flows.night import FETCHERS, pull
from flows.rundir import BACKFILL_KIND, utc_now
from flows.settings import Place, warehouse
from flows.stages import ConnectTo
from sources.pastsources import days_config, list_config, slowed


@flow(name="past-days", task_runner=FETCHERS, validate_parameters=False)  # type: ignore[arg-type]  # its type is invariant in the future
def past_days(
    sources: Path,
    data: Place,
    *,
    first: date,
    last: date,
    only: Sequence[str] = (),
    delay_seconds: float | None = None,
    connect_to: ConnectTo | None = None,
    workers: int | None = None,
) -> Any:
    """The pages of `first` to `last`, both included, that the sources of a sources.toml tell of. `only`: names of sources."""
    config = slowed(days_config(sources, only, first, last), delay_seconds)
    return pull(config, warehouse(data), kind=BACKFILL_KIND, work=("days",), day=first, connect_to=connect_to, workers=workers)


@flow(name="listed-pages", task_runner=FETCHERS, validate_parameters=False)  # type: ignore[arg-type]  # as above
def listed_pages(
    urls: Sequence[Path],
    data: Place,
    *,
    source: str,
    sources: Path | None = None,
    delay_seconds: float | None = None,
    contact: str | None = None,
    connect_to: ConnectTo | None = None,
    workers: int | None = None,
) -> Any:
    """The pages of files with one URL a line, as source `source`."""
    config = slowed(list_config(urls, source, sources, contact), delay_seconds)
    lists = [(path.stat().st_size, path.stat().st_mtime_ns) for path in urls]
    work, today = ("urls", *lists), utc_now().date()
    return pull(config, warehouse(data), kind=BACKFILL_KIND, work=work, day=today, connect_to=connect_to, workers=workers)
