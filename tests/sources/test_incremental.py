"""Nights after the first, over the bundled newsroom: only what is new or changed is sent."""

import asyncio
from collections import Counter
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from sources.client import HttpClient
from sources.config import load_sources
from sources.discover import discover
from sources.fetch import fetch_pages
from sources.listings import ListingStore
from sources.newsroom.content import DAYS, newsroom_root
from sources.newsroom.server import Request, serve
from sources.newsroom.truth import expected_ledger
from sources.planning import make_plan
from sources.records import Fetched
from sources.revisits import Revisits
from sources.warc import WarcWriter
from transforms.records import Reason

FIRST, SECOND = DAYS
START = datetime(2026, 3, 2, 20, 0, tzinfo=UTC)
USUAL = Revisits((6, 24, 72, 168), 7)


@dataclass(frozen=True)
class Known:
    """What the ledger would know of a page."""

    etag: str | None
    last_modified: str | None
    first_seen_at: datetime
    last_fetched_at: datetime
    article_id: str | None = None


class Warehouse:
    """As much of one as nights need: what was had, and the store of listings."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.known: dict[str, Known] = {}

    def night(self, day: date, now: datetime) -> tuple[dict[str, Fetched], list[Request]]:
        """Discover, plan and fetch; what became of each page, and what the newsroom was asked."""
        with serve(day) as server:
            outcomes = asyncio.run(self._night(day, now, server.port))
        for item in outcomes:
            before = self.known.get(item.candidate.url)
            if item.reason in (None, Reason.NOT_MODIFIED):
                first = before.first_seen_at if before else now
                self.known[item.candidate.url] = Known(item.etag, item.last_modified, first, now)
            elif before and item.reason in (Reason.GONE, Reason.NOT_FOUND):
                self.known[item.candidate.url] = replace(before, last_fetched_at=now)
        return {item.candidate.url: item for item in outcomes}, server.log

    async def _night(self, day: date, now: datetime, port: int) -> list[Fetched]:
        config = load_sources(newsroom_root() / "sources.toml")
        store = ListingStore(self.folder / "listings")
        connect_to = {"*.localhost": ("127.0.0.1", port)}
        async with HttpClient(config.settings, sources=config.sources, connect_to=connect_to, now=lambda: now) as http:
            found = await discover(config.sources, config.settings, http=http, now=lambda: now, day=day, store=store)
            # One page hangs on purpose, for seconds each night.
            candidates = [candidate for candidate in found.candidates if not candidate.url.endswith("/weather/outlook")]
            plan = make_plan(candidates, self.known, revisits=lambda _: USUAL, now=now)
            with WarcWriter(self.folder / f"{now:%d%H}.warc.gz") as archive:
                requests = [planned.request for planned in plan.planned]
                fetched = await fetch_pages(requests, http=http, archive=archive, next_page_url=lambda _: None)
        return [*found.failures, *plan.settled, *fetched]


LISTINGS = (".xml", "/rss", "/feed", ".atom", ".rdf", ".gz", ".txt")


def listing_statuses(log: list[Request]) -> Counter[int]:
    paths = {"/robots.txt", "/.well-known/tdmrep.json"}
    return Counter(request.status for request in log if request.path.endswith(LISTINGS) and request.path not in paths)


Nights = dict[str, tuple[dict[str, Fetched], list[Request]]]


@pytest.fixture(scope="module")
def nights(tmp_path_factory: pytest.TempPathFactory) -> Nights:
    """The newsroom's two days in one warehouse: a first night, minutes later, hours later, a day later, two days later."""
    warehouse = Warehouse(tmp_path_factory.mktemp("nights"))
    ages = {"first": 0.0, "minutes": 0.1, "hours": 6, "day": 24, "two days": 48}
    return {
        name: warehouse.night(FIRST if hours < 24 else SECOND, START + timedelta(hours=hours)) for name, hours in ages.items()
    }


def had(nights: Nights) -> set[str]:
    """The pages of the first night."""
    return {url for url, item in nights["first"][0].items() if item.reason is None}


def test_a_night_with_nothing_new_is_sent_nothing(nights: Nights) -> None:
    (first, log), (again, log_again) = nights["first"], nights["minutes"]
    assert again.keys() == first.keys()
    assert {again[url].reason for url in had(nights)} == {Reason.NOT_DUE}
    assert (set(listing_statuses(log)), set(listing_statuses(log_again))) == ({200}, {304})
    # Pages that failed are tried again; all else stays where it is.
    first_bytes, bytes_again = (sum(item.bytes or 0 for item in night.values()) for night in (first, again))
    assert bytes_again < first_bytes / 20


def test_a_look_at_unchanged_pages_costs_no_bytes(nights: Nights) -> None:
    first, again = nights["first"][0], nights["hours"][0]
    with_validators = [url for url in had(nights) if first[url].etag]
    assert len(with_validators) > 50
    assert {(again[url].reason, again[url].bytes) for url in with_validators} == {(Reason.NOT_MODIFIED, 0)}


def test_corrections_of_the_second_day_are_fetched_and_nothing_else_that_was_known(nights: Nights) -> None:
    second, truth = nights["day"][0], expected_ledger(SECOND, after=FIRST)
    assert second.keys() == {url for url in truth if not url.endswith("/weather/outlook")}
    changed = {url for url, (_, reason) in truth.items() if reason is Reason.NEW_VERSION}
    assert len(changed) == 3
    assert {url: second[url].reason for url in changed} == dict.fromkeys(changed)
    same = {url for url, (_, reason) in truth.items() if reason is Reason.NOT_MODIFIED}
    assert {second[url].reason for url in same} == {Reason.NOT_MODIFIED}


def test_between_two_looks_nobody_is_asked_about_what_is_known(nights: Nights) -> None:
    third, log = nights["two days"]
    assert {third[url].reason for url in had(nights) & third.keys()} == {Reason.NOT_DUE}
    assert set(listing_statuses(log)) == {304}
