"""`nightdesk maintain`: compaction, vacuum, checkpoints, retention of raw pages and reports."""

import re
import time
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import click

from flows import settings
from flows.commands.options import data_option
from transforms.errors import InputError

if TYPE_CHECKING:
    from warehouse.cleaning import Removed
    from warehouse.maintenance import Upkeep
    from warehouse.rawstore import RawReport

_UNITS = {"": 1, "kB": 10**3, "MB": 10**6, "GB": 10**9, "TB": 10**12}
_SIZE = re.compile(r"(\d+(?:\.\d+)?)\s*([kKMGT]?)B?", re.IGNORECASE)


class Size(click.ParamType[int]):
    """A number of bytes, plain or with kB, MB, GB, TB (powers of 1,000)."""

    name = "bytes"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        match = _SIZE.fullmatch(str(value).strip())
        if match is None:
            self.fail(f"{value!r} is no size; give bytes, or a number with kB, MB, GB or TB: 50GB", param, ctx)
        prefix = match[2].upper().replace("K", "k")
        return round(float(match[1]) * _UNITS[prefix and f"{prefix}B"])


@click.command("maintain")
@click.option("--dry-run", is_flag=True, help="Only say what would be done.")
@click.option("--keep-raw-days", type=click.IntRange(min=0), metavar="N", help="Remove raw pages that are older than N days.")
@click.option("--max-raw-bytes", type=Size(), metavar="N", help="Remove the oldest raw pages beyond N bytes; 50GB is taken too.")
@click.option("--drop-needed-raw", is_flag=True, help="Remove raw pages of current articles and of the quarantine as well.")
@click.option(
    "--keep-reports", type=click.IntRange(min=1), metavar="N", help="Keep the reports of the last N runs. Default: 400."
)
@data_option
def command(
    dry_run: bool,
    keep_raw_days: int | None,
    max_raw_bytes: int | None,
    drop_needed_raw: bool,
    keep_reports: int | None,
    data: settings.Place,
) -> None:
    """Upkeep of the warehouse: small files into large ones, files that no reader needs any more, raw pages beyond a limit.

    Nights may run meanwhile, and open readers keep what they have: a replaced file stays for a week. Raw pages stay for ever
    unless a limit is given, and even then those that a current article or an open row of the quarantine was read from: without
    its raw page a row cannot be extracted again. --drop-needed-raw removes these too; the rows stay.
    A report that went is made again by `nightdesk report --run ID`, without its Data Docs.
    """
    if drop_needed_raw and keep_raw_days is None and max_raw_bytes is None:
        raise InputError("--drop-needed-raw needs a limit: --keep-raw-days or --max-raw-bytes")
    from flows import progress
    from warehouse.maintenance import maintain
    from warehouse.rawstore import RawLimits
    from warehouse.reportstore import REPORTS_KEPT

    def watched(name: str, step: Any) -> Any:
        with progress.stage(name):
            return step()

    limits = RawLimits(keep_raw_days, max_raw_bytes, drop_needed_raw)
    with progress.shown():
        upkeep = maintain(
            settings.warehouse(data),
            limits,
            now=time.time(),
            keep_reports=keep_reports or REPORTS_KEPT,
            dry_run=dry_run,
            run_step=watched,
        )
    for line in upkeep_lines(upkeep):
        click.echo(line)


def upkeep_lines(upkeep: "Upkeep") -> Iterator[str]:
    """What was done, in numbers, one line a kind."""
    if upkeep.dry_run:
        yield "dry run: nothing was changed; this is what would be done"
    for done in upkeep.compactions:
        if not done.replaced:
            result = "nothing to merge"
        elif upkeep.dry_run:
            result = f"{done.replaced} small ones ({_size(done.bytes_before)}, {done.rows:,} rows) to merge"
        elif not done.by:
            result = f"{done.replaced} small ones were replaced by another process meanwhile"
        else:
            sizes = f"({_size(done.bytes_before)}) -> {done.by} ({_size(done.bytes_after)})"
            result = f"{done.replaced} small ones {sizes}, {done.rows:,} rows"
        yield f"compact   {done.table}: {done.files} files, {result}"
    kept = f"kept for open readers: {upkeep.retention_hours // 24} days"
    yield f"vacuum    {_files(upkeep.vacuumed)} removed; {kept}"
    yield f"log       {upkeep.log_files} old entries removed"
    yield from _raw_lines(upkeep.raw)
    reports = upkeep.reports
    yield f"reports   of {reports.runs:,} runs removed, {_files(reports.removed)}; of {reports.kept:,} runs kept"
    left = upkeep.leftovers
    yield (
        f"leftovers {_files(left.staged)} of runs that are over, {left.locks.files} locks, "
        f"{left.spilled.files} spilled sorts, {left.unclosed.files} unclosed WARC files removed"
    )
    for run_id in left.unfinished:
        place = f"{upkeep.underway.name}/{run_id}"
        yield f"unfinished {run_id}: its rows are not shown; run its command again, or remove {place} to give it up"


def _raw_lines(raw: "RawReport") -> Iterator[str]:
    needed_by = f"{raw.articles:,} current articles and {raw.refused:,} open rows of the quarantine"
    yield f"raw       {_files(raw.removed)} removed of {_files(raw.total)}"
    if raw.kept.files:
        yield f"raw       {_files(raw.kept)} beyond the limit stay: {needed_by} need them (--drop-needed-raw removes them)"
    elif raw.articles + raw.refused:
        yield f"raw       {needed_by} have no raw page any more"


def _files(found: "Removed") -> str:
    return f"{found.files:,} files ({_size(found.bytes)})"


def _size(count: int) -> str:
    """1,234,567 -> 1.2 MB"""
    unit = max((name for name, factor in _UNITS.items() if count >= factor), key=lambda name: _UNITS[name], default="")
    return f"{count} B" if not unit else f"{count / _UNITS[unit]:.1f} {unit}"
