"""What a check of a source means for whoever runs it: does it work, what is missing, what to set.

Belongs here: judgements in words, each with its cure. Does not belong here: asking, tables.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from flows.card import broken_text
from sources.checking import SourceCheck
from sources.finding import STALE_AFTER
from sources.homepage import FEED, SITEMAP
from sources.tryout import Tryout
from transforms.records import Reason

Row = dict[str, Any]

# A sitemap of more is one of a site's whole past.
_MANY_ENTRIES = 2_000

# Beyond it a night of eight hours gets fewer than so many pages of the host.
_SLOW_DELAY_SECONDS = 10.0


@dataclass(frozen=True, slots=True)
class Report:
    """One source: `errors` keep it from working, `hints` are what could be better. `row`: the sample as it would be stored."""

    check: SourceCheck
    row: Row | None
    errors: tuple[str, ...]
    hints: tuple[str, ...]

    @property
    def works(self) -> bool:
        """Whether a night would store articles of it."""
        return not self.errors


def report_on(check: SourceCheck, row: Row | None, now: datetime) -> Report:
    """Judge a check and its sample."""
    return Report(check, row, tuple(_errors(check, row)), tuple(_hints(check, row, now)))


def is_read(row: Row) -> bool:
    """Whether extraction came to anything: of a page that it did not read nothing is missing."""
    return bool(row["title"] or row["body"])


def _errors(check: SourceCheck, row: Row | None) -> Iterator[str]:
    if check.robots_problem is not None:
        yield f"robots.txt: {check.robots_problem}"
    if not check.wanted:
        yield "no place gives a page that the source wants" + (
            "" if any(each.links for each in check.tryouts) else ": none has an entry"
        )
    if check.wanted and check.sample is None and check.robots_problem is None:
        yield f"none of {len(check.failures)} pages could be fetched: {check.failures[0][1] if check.failures else ''}"
    if row is not None and row["rejection"] is not None:
        yield f"the sample would not be stored: {row['rejection']}: {row['rejection_detail']}"


def _hints(check: SourceCheck, row: Row | None, now: datetime) -> Iterator[str]:
    for tryout in check.tryouts:
        yield from _place_hints(tryout, check, now)
    yield from _refusal_hints(check)
    if check.crawl_delay_seconds >= _SLOW_DELAY_SECONDS:
        pages = int(timedelta(hours=8).total_seconds() / check.crawl_delay_seconds)
        yield f"robots.txt asks for {check.crawl_delay_seconds:g} s between requests: at most {pages:,} pages in eight hours"
    if row is not None and is_read(row):
        yield from _row_hints(check, row)


def _place_hints(tryout: Tryout, check: SourceCheck, now: datetime) -> Iterator[str]:
    if tryout.problem is not None:
        is_page = tryout.kind == FEED and "HTML page" in tryout.problem
        cure = ": find its new address with `nightdesk sources check --site HOMEPAGE`, or take it out" if is_page else ""
        yield f"{tryout.url} gives nothing{cure}"
    elif not tryout.links:
        yield f"{tryout.url} has no entries" + (": does link_pattern fit?" if tryout.kind == "listing" else "")
    if tryout.moved_to is not None:
        yield f'it has moved: write "{tryout.moved_to}" for {tryout.url}'
    if tryout.newest_at is not None and now - tryout.newest_at > STALE_AFTER:
        yield f"{tryout.url} has had nothing new since {tryout.newest_at:%Y-%m-%d}"
    is_long = tryout.kind == SITEMAP and (tryout.parts > 1 or len(tryout.links) > _MANY_ENTRIES)
    if is_long and check.source.max_age_days is None and check.source.max_pages is None:
        yield f"{tryout.url} lists a long past: max_age_days = 30 leaves out what is older"


def _refusal_hints(check: SourceCheck) -> Iterator[str]:
    off_site = [host for (reason, host), _ in check.refused.items() if reason is Reason.OFF_SITE and host]
    if off_site:
        names = ", ".join(f'"{host}"' for host in off_site[:3])
        yield f"pages on other hosts are left out; if they are its own: hosts = [{names}]"
    others = {reason: sum(n for (why, _), n in check.refused.items() if why is reason) for reason, _ in check.refused}
    for reason in (Reason.EXCLUDED, Reason.TOO_OLD):
        if reason in others:
            key = "include and exclude leave" if reason is Reason.EXCLUDED else "max_age_days leaves"
            yield f"{key} {others[reason]} of its entries out"


def _row_hints(check: SourceCheck, row: Row) -> Iterator[str]:
    if row["published_at"] is None:
        has_zone = check.source.timezone is not None
        yield "the sample has no time" + (
            "" if has_zone else ': if the page shows one without a zone, set timezone = "Area/City"'
        )
    elif row["published_precision"] == "day":
        yield "the sample gives the day of its publication only"
    for broken in row["broken_rules"] if row["rejection"] is None else ():
        yield f"the sample would be stored with a warning: {broken_text(broken)}"
    if row["language"] is None:
        yield 'the sample\'s language is not known: set languages = ["xx"]'
    if not row["authors"]:
        yield "the sample names no author; if the page does, `nightdesk extract --explain URL` shows what was read"
