"""How a check and a found site look on the screen: 80 columns, with colour on a terminal alone.

Belongs here: tables. Does not belong here: what is in them means (advice).
"""

import sys
from collections.abc import Sequence
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from flows.advice import Report, Row, is_read
from flows.card import time_text
from flows.rundir import utc_now
from sources.finding import SiteFound
from sources.homepage import COMMON
from sources.starter import describe, entry_text, holdings
from sources.tryout import Tryout

_PIPE_COLUMNS = 80
_SHOWN_BODY = 140
# Columns that many pages do without: it is said which of them are there.
_FURTHER = ("lead", "section", "tags", "modified_at", "image_url", "site_name", "related_urls")


def _console() -> Console:
    return Console(file=sys.stdout, highlight=False, width=None if sys.stdout.isatty() else _PIPE_COLUMNS)


def print_report(report: Report) -> None:
    """One source: its places, robots.txt, the sample with its fields, and what to do."""
    console, check = _console(), report.check
    console.rule(f"[bold]{escape(check.source.name)}[/]: {_verdict(report)}", align="left", characters="─")
    console.print(_places(check.tryouts))
    console.print(_facts(report))
    for error in report.errors:
        console.print(f"[red]✗[/] {escape(error)}")
    for hint in report.hints:
        console.print(f"[yellow]→[/] {escape(hint)}")
    console.print()


def _verdict(report: Report) -> str:
    if not report.works:
        return "[red]does not work[/]"
    return "[yellow]works, with remarks[/]" if report.hints else "[green]works[/]"


def _places(tryouts: Sequence[Tryout]) -> Table:
    table = _columns(2)
    for tryout in tryouts:
        state = f"[red]{escape(tryout.problem)}[/]" if tryout.problem else f"{holdings(tryout)}{_ago(tryout.newest_at)}"
        table.add_row(tryout.kind, f"{escape(tryout.url)}\n{state}")
    return table


def _columns(count: int) -> Table:
    """A table without lines; the last column takes what is left of the width."""
    table = Table(box=None, padding=(0, 2, 0, 0), show_header=False)
    for _ in range(count - 1):
        table.add_column(style="dim", no_wrap=True)
    table.add_column(overflow="fold")
    return table


def _ago(moment: datetime | None) -> str:
    if moment is None:
        return ""
    age = max(utc_now() - moment, timedelta())
    hours = round(age.total_seconds() / 3600)
    if not hours:
        return " (within the hour)"
    return f" ({hours} h ago)" if hours < 48 else f" ({age.days} days ago)"


def _facts(report: Report) -> Table:
    check, row = report.check, report.row
    table = _columns(2)
    left_out = sum(check.refused.values())
    table.add_row("pages", f"{check.wanted} wanted" + (f", {left_out} left out by its settings" if left_out else ""))
    delay = f", and asks for {check.crawl_delay_seconds:g} s between requests" if check.crawl_delay_seconds else ""
    table.add_row("robots", escape(check.robots_problem) if check.robots_problem else f"allows it{delay}")
    for url, why in check.failures:
        table.add_row("not had", f"{escape(url)}: [red]{escape(why)}[/]")
    if check.sample is not None:
        table.add_row("sample", escape(check.sample[0].url))
    if row is not None and is_read(row):
        for name, value in _fields(row):
            table.add_row(f"  {name}", escape(value) if value else "[red]none[/]")
        for name, is_filled in (("also has", True), ("has no", False)):
            table.add_row(f"  {name}", ", ".join(column for column in _FURTHER if bool(row[column]) == is_filled) or "-")
    return table


def _fields(row: Row) -> list[tuple[str, str]]:
    body = row["body"] or ""
    start = " ".join(body.split())[:_SHOWN_BODY]
    return [
        ("title", row["title"] or ""),
        ("time", time_text(row)),
        ("authors", ", ".join(row["authors"] or ())),
        ("language", row["language"] or ""),
        ("body", f"{row['word_count']:,} words, {len(body):,} characters: {start} ..." if body else ""),
    ]


def print_summary(reports: Sequence[Report]) -> None:
    """All sources in one table, one line each."""
    console = _console()
    table = Table()
    table.add_column("source", overflow="fold")
    table.add_column("places", justify="right")
    table.add_column("pages", justify="right")
    table.add_column("newest")
    table.add_column("sample", overflow="fold")
    table.add_column("verdict")
    for report in reports:
        tryouts = report.check.tryouts
        read = sum(tryout.problem is None for tryout in tryouts)
        newest = max((tryout.newest_at for tryout in tryouts if tryout.newest_at), default=None)
        sample = (
            "stored" if report.row is not None and report.row["rejection"] is None else "not stored" if report.row else "none"
        )
        cells = (
            f"{read} of {len(tryouts)}",
            str(report.check.wanted),
            f"{newest:%Y-%m-%d}" if newest else "",
            sample,
            _verdict(report),
        )
        table.add_row(escape(report.check.source.name), *cells)
    console.print(table)


def print_site(site: SiteFound) -> None:
    """What a home page led to, what was tried besides, and the entry to copy."""
    console = _console()
    console.rule(escape(site.home), align="left", characters="─")
    if site.problem:
        console.print(f"[red]✗[/] the home page: {escape(site.problem)}")
    table = _columns(3)
    for found in (*site.feeds, *site.sitemaps):
        table.add_row("[green]✓[/]", found.tryout.kind, f"{escape(found.tryout.url)}\n{describe(found)}")
    guessed = [found for found in site.others if found.via == COMMON and found.tryout.problem]
    for found in site.others:
        if found not in guessed:
            table.add_row("-", found.tryout.kind, f"{escape(found.tryout.url)}\n[dim]{escape(found.drawback or 'not needed')}[/]")
    if guessed:
        paths = " ".join(urlsplit(found.tryout.url).path for found in guessed)
        table.add_row("-", "", f"[dim]nothing at {escape(paths)}[/]")
    console.print(table)
    console.print()
    # As it is, so that it can be copied into a file: no folding, no markup.
    print(entry_text(site))
