"""Sites and sources tried from the command line, before any night: find, check, print.

Belongs here: running what sources/ finds out, and one extraction of a sample. Does not belong here: looking for feeds (sources),
what a check means (advice), tables (sitetables), files (project).
"""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from urllib.parse import urlsplit

from flows import progress
from flows.adhoc import judged_samples
from flows.advice import Report, report_on
from flows.rundir import utc_now
from flows.sitetables import print_report, print_site, print_summary
from sources.addresses import is_local_host
from sources.checking import SourceCheck, check_source, newest_page
from sources.client import HttpClient
from sources.config import FetchSettings, SourcesFile, load_sources, only_sources
from sources.finding import SiteFound, find_site, source_for
from transforms.errors import ConfigError, InputError

ConnectTo = Mapping[str, tuple[str, int]]


def find_sites(
    homes: Sequence[str], contact: str | None, *, with_samples: bool = False, connect_to: ConnectTo | None = None
) -> list[SiteFound]:
    """What the home pages lead to, in order, with one article each if samples are wanted.

    InputError for what is no URL, ConfigError without a contact for far hosts.
    """
    urls = [_home(text) for text in homes]
    far = next((url for url in urls if not is_local_host(urlsplit(url).hostname or "")), None)
    if far is not None and not contact:
        raise ConfigError(
            f"--contact: is not set, and {far} is asked over the network. Give a URL or mail address at which its operator can "
            "reach you: --contact https://example.org/crawler"
        )
    return asyncio.run(_find(urls, contact, with_samples, connect_to)) if urls else []


def _home(text: str) -> str:
    url = text if "://" in text else f"https://{text}"
    try:
        parts = urlsplit(url)
        is_good = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        is_good = False
    if not is_good or parts.username is not None:
        raise InputError(f"--site {text!r}: give a home page's address, such as https://www.daily.example/")
    return url if parts.path else url + "/"


async def _find(urls: Sequence[str], contact: str | None, with_samples: bool, connect_to: ConnectTo | None) -> list[SiteFound]:
    sources = {source.name: source for source in map(source_for, urls)}
    with progress.stage("find", len(urls)) as stage:
        async with HttpClient(FetchSettings(contact=contact), sources=list(sources.values()), connect_to=connect_to) as http:

            async def one(url: str) -> SiteFound:
                site = await find_site(url, http, utc_now())
                if with_samples:
                    tryouts = [place.tryout for place in (*site.feeds, *site.sitemaps)]
                    site = replace(site, sample=await newest_page(tryouts, http, source_for(url), utc_now()))
                stage.advance()
                return site

            return list(await asyncio.gather(*map(one, urls)))


def require_found(found: Sequence[SiteFound]) -> None:
    """Raise InputError, with all that was tried, for a home page that could not be had or led to nothing."""
    for site in found:
        if site.problem is not None and not site.feeds and not site.sitemaps:
            raise InputError(f"--site {site.home}: {site.problem}. Is it the address of the home page? Nothing was written")
        if not site.feeds and not site.sitemaps:
            raise InputError(
                f"--site {site.home}: no feed and no sitemap was found ({len(site.others)} addresses tried; `nightdesk sources "
                f"check --site {site.home}` shows them). Nothing was written; write the entry by hand, with listings"
            )


def print_found(found: Sequence[SiteFound]) -> bool:
    """Print what each site has, and its entry. Whether all of them have something."""
    for site in found:
        print_site(site)
    return all(site.feeds or site.sitemaps for site in found)


def check_sources(path: Path, only: Sequence[str], *, connect_to: ConnectTo | None = None) -> list[Report]:
    """Try the sources of a file, or the named ones, and extract a sample of each."""
    if not path.exists():
        raise ConfigError(f"{path}: there is no such file. `nightdesk init --site URL` writes one; --sources gives another")
    config = only_sources(load_sources(path), only)
    checks = asyncio.run(_check(config, connect_to))
    rows = judged_samples([(*check.sample, check.source) for check in checks if check.sample is not None], config.rules)
    samples = iter(rows)
    return [report_on(check, next(samples) if check.sample is not None else None, utc_now()) for check in checks]


async def _check(config: SourcesFile, connect_to: ConnectTo | None) -> list[SourceCheck]:
    # A check is for a person who waits: one that fails is not tried for minutes.
    settings = replace(config.settings, retries=min(config.settings.retries, 1))
    now = utc_now()
    with progress.stage("check", len(config.sources)) as stage:
        async with HttpClient(settings, sources=config.sources, connect_to=connect_to) as http:

            async def one(number: int) -> SourceCheck:
                check = await check_source(config.sources[number], http, now, now.date())
                stage.advance()
                return check

            return list(await asyncio.gather(*map(one, range(len(config.sources)))))


def print_checks(reports: Sequence[Report]) -> bool:
    """Print each report, and all in one table if there are several. Whether every source works."""
    for report in reports:
        print_report(report)
    if len(reports) > 1:
        print_summary(reports)
    return all(report.works for report in reports)
