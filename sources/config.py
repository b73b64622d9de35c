"""sources.toml: which sources there are and how they are asked. Read once, checked whole, frozen.

Belongs here: the settings' meaning, defaults and limits. Does not belong here: anything that fetches.
Every mistake is a ConfigError that names file, line, key and what is allowed.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from datetime import date
from functools import lru_cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from sources.addresses import is_local_host
from sources.content import DEFAULT_PAGE_BYTES, LARGEST_PAGE_BYTES
from sources.permissions import ROBOTS_TAGS
from sources.siterules import OTHER_TABLES, Site, sites_of
from sources.tomlkeys import Table, read_toml
from sources.wellformed import host_problem, language_problem, listing_problem, pattern_problem, timezone_problem, url_problem
from transforms.errors import ConfigError
from transforms.extensions import NOTIFIERS, SOURCES, ExtensionError, extension
from transforms.siterules import SiteRules
from transforms.urls import site_of

# What somebody may want to be told: the gate failed, a run could not finish, a source drifts.
NOTICES = ("gate", "unfinished", "alarms")
# How the ledger's discovered_via calls what nightdesk reads itself.
OWN_KINDS = ("feed", "sitemap", "list", "listing", "warc", "file", "config", "quarantine")


def _own_version() -> str:
    try:
        return version("nightdesk")
    except PackageNotFoundError:  # run from a checkout that was never installed
        return "dev"


@dataclass(frozen=True, slots=True)
class FetchSettings:
    """How every source is asked unless it says otherwise. Times in seconds, sizes in bytes after decompression."""

    user_agent: str = f"nightdesk/{_own_version()}"
    contact: str | None = None  # a URL or mail address at which a site's operator reaches whoever runs this
    delay_seconds: float = 1.0
    connections_per_host: int = 1
    timeout_seconds: float = 30.0
    max_page_bytes: int = DEFAULT_PAGE_BYTES
    max_feed_bytes: int = 50_000_000  # what the sitemap protocol allows a file to be
    max_redirects: int = 5
    retries: int = 2
    revisit_days: int = 7
    max_parts: int = 20
    robots_tags: tuple[str, ...] = tuple(ROBOTS_TAGS)  # which of X-Robots-Tag and meta robots are honoured
    tdm_reservations: bool = True  # whether reservations of text and data mining are
    read_timeout_seconds: float = 15.0  # the longest silence within timeout_seconds
    revisit_hours: tuple[float, ...] = (6.0, 24.0, 72.0, 168.0)  # ages at which a known page is looked at again
    max_feed_rest_hours: float = 72.0  # the longest that a feed is not asked for because it never changes

    @property
    def agent(self) -> str:
        """The User-Agent header: who asks, and where to complain."""
        return f"{self.user_agent} (+{self.contact})" if self.contact else self.user_agent


@dataclass(frozen=True, slots=True)
class GateSettings:
    """Beyond what a night has gone wrong. Shares, 0 to 1: failed of the pages asked for, quarantined of those extracted."""

    max_failed_share: float = 0.5
    max_quarantined_share: float = 0.5
    max_critical_alarms: int | None = None  # drift alarms; None: they fail no night


@dataclass(frozen=True, slots=True)
class NotifySettings:
    """Who is told, and of what. `block`: a Prefect notification block, type/name; the secrets in it stay in Prefect.
    `extensions`: names of installed notifiers.
    """

    block: str | None = None
    on: tuple[str, ...] = NOTICES
    extensions: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Source:
    """One `[[sources]]` entry. None: as FetchSettings says. `lists` are URLs or absolute paths. `extensions`: kinds that
    installed packages read, each with its places.
    """

    name: str
    feeds: tuple[str, ...] = ()
    sitemaps: tuple[str, ...] = ()
    lists: tuple[str, ...] = ()
    listings: tuple[str, ...] = ()
    link_pattern: re.Pattern[str] | None = None
    listing_pages: int = 3
    max_age_days: int | None = None
    timezone: str | None = None
    languages: tuple[str, ...] = ()
    hosts: tuple[str, ...] = ()
    include: tuple[re.Pattern[str], ...] = ()
    exclude: tuple[re.Pattern[str], ...] = ()
    max_pages: int | None = None
    delay_seconds: float | None = None
    timeout_seconds: float | None = None
    revisit_days: int | None = None
    allow_private: bool = False
    robots_tags: tuple[str, ...] | None = None
    tdm_reservations: bool | None = None
    revisit_hours: tuple[float, ...] | None = None
    days: tuple[date, date] | None = None  # no key of the file: the first and the last of the past days that a backfill asks for
    since: date | None = None
    max_failed_share: float | None = None
    max_quarantined_share: float | None = None
    extensions: tuple[tuple[str, tuple[str, ...]], ...] = ()

    @property
    def own_places(self) -> tuple[str, ...]:
        """The URLs among the places that installed packages read."""
        return tuple(place for _, places in self.extensions for place in places if "://" in place)

    @property
    def own_hosts(self) -> frozenset[str]:
        """The hosts that it names or is asked at, and their registrable domains. Empty: a bare list of URLs, of any
        host.
        """
        return _own_hosts(self)

    def covers(self, host: str) -> bool:
        """Whether pages of this host belong to it: one of its hosts or below one."""
        own = self.own_hosts
        host = host.lower().rstrip(".")
        return not own or host in own or any(host.endswith("." + name) for name in own)

    def lists_link(self, url: str) -> bool:
        """Whether a link of one of its listings leads to a page of it, and not to a menu's or a partner's."""
        patterns = (self.link_pattern,) if self.link_pattern is not None else self.include
        return self.covers(_host(url)) and any(pattern.search(url) for pattern in patterns)

    @property
    def is_local(self) -> bool:
        """Whether all that it asks is this machine or a private network, where nobody needs a contact to complain
        to.
        """
        named = (*self.feeds, *self.sitemaps, *self.lists, *self.listings, *self.own_places)
        urls = {_host(url) for url in named if "://" in url}
        hosts = urls | {host.lower() for host in self.hosts}
        # A URL without a host ("http://[x/") is never asked for, so nobody needs a contact because of it.
        return bool(hosts) and all(is_local_host(host) for host in hosts if host)


# What a [[sources]] table may hold.
SOURCE_KEYS = tuple(item.name for item in fields(Source) if item.name != "days")


@dataclass(frozen=True, slots=True)
class SourcesFile:
    """All of a sources.toml."""

    settings: FetchSettings
    gate: GateSettings
    sources: tuple[Source, ...]
    sites: tuple[Site, ...] = ()
    notify: NotifySettings = NotifySettings()

    @property
    def rules(self) -> SiteRules:
        """The sites' own rules, by host."""
        return SiteRules(site.rule for site in self.sites)


def load_sources(path: Path) -> SourcesFile:
    """Read and check a sources.toml. Paths in `lists` are taken from the file's own folder.

    Raises ConfigError naming file, line, key and what is allowed.
    """
    text, values = read_toml(path, if_missing="there is no such file. Give the path of a sources.toml")
    Table(path, text, "top level", values).refuse_unknown((*OTHER_TABLES, "sites"))
    settings = _settings(_table(path, text, "settings", values))
    gate = _gate(_table(path, text, "gate", values))
    sources = _sources(path, text, values)
    require_contact(settings, sources, where=str(path))
    notify = _notify(_table(path, text, "notify", values))
    return SourcesFile(settings, gate, sources, sites_of(path, text, values), notify)


def only_sources(config: SourcesFile, names: Sequence[str]) -> SourcesFile:
    """The same file with the named sources alone; all if `names` is empty. ConfigError for a name that is not there."""
    known = [source.name for source in config.sources]
    for name in names:
        if name not in known:
            raise ConfigError(f"--source: there is no source {name!r}; give one of {', '.join(known)}")
    return config if not names else replace(config, sources=tuple(s for s in config.sources if s.name in names))


def require_contact(settings: FetchSettings, sources: Sequence[Source], where: str = "settings") -> None:
    """Raise ConfigError if a source beyond this machine is to be asked without a contact in the User-Agent."""
    far = next((source.name for source in sources if not source.is_local), None)
    if far is not None and not settings.contact:
        raise ConfigError(
            f"{where}: [settings] contact: is not set, and source {far!r} is asked over the network. "
            'Give a URL or mail address at which its operator can reach you: contact = "https://example.org/crawler"'
        )


def _table(path: Path, text: str, name: str, values: dict[str, Any]) -> Table:
    inner = values.get(name, {})
    if not isinstance(inner, dict):
        raise ConfigError(f"{path}: [{name}]: must be a table, is {inner!r}")
    return Table(path, text, name, inner)


def _settings(table: Table) -> FetchSettings:
    table.refuse_unknown([*(item.name for item in fields(FetchSettings)), "rules"])  # rules: sources/siterules.py
    base = FetchSettings()
    return FetchSettings(
        user_agent=_header_text(table, "user_agent") or base.user_agent,
        contact=_header_text(table, "contact"),
        delay_seconds=table.number("delay_seconds", base.delay_seconds, 0, 300),
        connections_per_host=table.whole("connections_per_host", base.connections_per_host, 1, 64),
        timeout_seconds=table.number("timeout_seconds", base.timeout_seconds, 0.05, 3600),
        max_page_bytes=table.whole("max_page_bytes", base.max_page_bytes, 1000, LARGEST_PAGE_BYTES),
        max_feed_bytes=table.whole("max_feed_bytes", base.max_feed_bytes, 1000, 1_000_000_000),
        max_redirects=table.whole("max_redirects", base.max_redirects, 0, 20),
        retries=table.whole("retries", base.retries, 0, 10),
        revisit_days=table.whole("revisit_days", base.revisit_days, 0, 36500),
        max_parts=table.whole("max_parts", base.max_parts, 0, 1000),
        robots_tags=base.robots_tags if (tags := _robots_tags(table)) is None else tags,
        tdm_reservations=table.flag("tdm_reservations", base.tdm_reservations),
        read_timeout_seconds=table.number("read_timeout_seconds", base.read_timeout_seconds, 0.05, 3600),
        revisit_hours=base.revisit_hours if (hours := _revisit_hours(table)) is None else hours,
        max_feed_rest_hours=table.number("max_feed_rest_hours", base.max_feed_rest_hours, 0, 720),
    )


def _header_text(table: Table, key: str) -> str | None:
    value = table.text(key)
    if value is not None and not (value.isascii() and value.isprintable()):
        raise table.error(key, "is sent as an HTTP header: plain ASCII on one line")
    return value


def _gate(table: Table) -> GateSettings:
    table.refuse_unknown([item.name for item in fields(GateSettings)])
    base = GateSettings()
    return GateSettings(
        max_failed_share=table.number("max_failed_share", base.max_failed_share, 0, 1),
        max_quarantined_share=table.number("max_quarantined_share", base.max_quarantined_share, 0, 1),
        max_critical_alarms=table.optional_whole("max_critical_alarms", 0, 1_000_000),
    )


def _notify(table: Table) -> NotifySettings:
    table.refuse_unknown([item.name for item in fields(NotifySettings)])

    def problem(notice: str) -> str | None:
        return None if notice in NOTICES else f"must be one of {', '.join(NOTICES)}"

    block = table.text("block")
    if block is not None and not re.fullmatch(r"[a-z0-9-]+/[a-z0-9-]+", block):
        raise table.error("block", f"{block!r}: must be a Prefect block's type and name, such as 'slack-webhook/nightdesk'")
    names = table.texts("extensions")
    for name in names:
        _check_function(table, NOTIFIERS, name, "notice")
    return NotifySettings(block, table.texts("on", problem) if "on" in table.values else NOTICES, names)


def _sources(path: Path, text: str, values: dict[str, Any]) -> tuple[Source, ...]:
    entries = values.get("sources", [])
    if not isinstance(entries, list) or not entries or not all(isinstance(entry, dict) for entry in entries):
        raise ConfigError(f"{path}: [[sources]]: at least one is needed, with a name and feeds, sitemaps, lists or listings")
    sources: dict[str, Source] = {}
    for position, entry in enumerate(entries):
        table = Table(path, text, "sources", entry, position)
        source = _source(table, path.parent)
        if source.name in sources:
            raise table.error("name", f"{source.name!r} is the name of two sources; each needs its own")
        sources[source.name] = source
    return tuple(sources.values())


def _source(table: Table, folder: Path) -> Source:
    table.refuse_unknown(SOURCE_KEYS)
    name = table.text("name")
    if name is None:
        raise table.error(None, "a name is missing")
    if not name.isprintable() or name != name.strip() or len(name) > 80:
        raise table.error("name", f"{name!r}: at most 80 printable characters, no space at the ends")
    if not any(table.values.get(key) for key in ("feeds", "sitemaps", "lists", "listings", "extensions")):
        raise table.error(None, f"source {name!r} has nothing to read: give feeds, sitemaps, lists or listings")
    if table.values.get("listings") and not (table.values.get("link_pattern") or table.values.get("include")):
        raise table.error("listings", "a listing links to much else: say which links are articles by link_pattern or include")
    return Source(
        name=name,
        feeds=table.texts("feeds", url_problem),
        sitemaps=table.texts("sitemaps", url_problem),
        lists=_lists(table, folder),
        listings=table.texts("listings", listing_problem),
        link_pattern=_pattern(table, "link_pattern"),
        listing_pages=table.whole("listing_pages", 3, 1, 100),
        max_age_days=table.optional_whole("max_age_days", 1, 36500),
        timezone=_timezone(table),
        languages=table.texts("languages", language_problem),
        hosts=table.texts("hosts", host_problem),
        include=_patterns(table, "include"),
        exclude=_patterns(table, "exclude"),
        max_pages=table.optional_whole("max_pages", 1, 10_000_000),
        delay_seconds=table.optional_number("delay_seconds", 0, 300),
        timeout_seconds=table.optional_number("timeout_seconds", 0.05, 3600),
        revisit_days=table.optional_whole("revisit_days", 0, 36500),
        allow_private=table.flag("allow_private", False),
        robots_tags=_robots_tags(table),
        tdm_reservations=table.flag("tdm_reservations", True) if "tdm_reservations" in table.values else None,
        revisit_hours=_revisit_hours(table),
        since=table.day("since"),
        max_failed_share=table.optional_number("max_failed_share", 0, 1),
        max_quarantined_share=table.optional_number("max_quarantined_share", 0, 1),
        extensions=_extensions(table),
    )


def _extensions(table: Table) -> tuple[tuple[str, tuple[str, ...]], ...]:
    value = table.values.get("extensions", {})
    if not isinstance(value, dict) or not all(_are_texts(places) for places in value.values()):
        problem = 'must be installed kinds with a list of places each, such as { board = ["https://a.example/board"] }'
        raise table.error("extensions", f"{problem}, is {value!r}")
    for kind in value:
        if kind in OWN_KINDS:
            raise table.error("extensions", f"{kind!r} is what nightdesk reads itself, by a key of its own")
        _check_function(table, SOURCES, kind, "place", "get")
    return tuple((kind, tuple(each)) for kind, each in value.items())


def _are_texts(value: Any) -> bool:
    return isinstance(value, list) and bool(value) and all(isinstance(item, str) and item.strip() for item in value)


def _check_function(table: Table, group: str, name: str, *arguments: str) -> None:
    try:
        extension(group, name).load_function(*arguments)
    except ExtensionError as exc:
        raise table.error("extensions", str(exc)) from None


def _revisit_hours(table: Table) -> tuple[float, ...] | None:
    return table.rising("revisit_hours", 0.01, 24 * 36500) if "revisit_hours" in table.values else None


def _robots_tags(table: Table) -> tuple[str, ...] | None:
    def problem(tag: str) -> str | None:
        return None if tag in ROBOTS_TAGS else f"must be one of {', '.join(ROBOTS_TAGS)}"

    return table.texts("robots_tags", problem) if "robots_tags" in table.values else None


def _lists(table: Table, folder: Path) -> tuple[str, ...]:
    places = []
    for item in table.texts("lists"):
        if re.match(r"^[A-Za-z][A-Za-z0-9+.-]*://", item):
            if problem := url_problem(item):
                raise table.error("lists", f"{item!r}: {problem}")
            places.append(item)
            continue
        file = (folder / item).resolve()
        if not file.is_file():
            raise table.error("lists", f"{item!r}: there is no file {file}. Give a URL, or a file as seen from {folder}")
        places.append(str(file))
    return tuple(places)


def check_timezone(name: str) -> str:
    """The name as it came, if it is that of an IANA zone; else ConfigError, with the nearest that is."""
    if problem := timezone_problem(name):
        raise ConfigError(f"--timezone: {problem}")
    return name


def _timezone(table: Table) -> str | None:
    name = table.text("timezone")
    if name is not None and (problem := timezone_problem(name)):
        raise table.error("timezone", problem)
    return name


def _patterns(table: Table, key: str) -> tuple[re.Pattern[str], ...]:
    return tuple(re.compile(pattern) for pattern in table.texts(key, pattern_problem))


def _pattern(table: Table, key: str) -> re.Pattern[str] | None:
    text = table.text(key)
    if text is not None and (problem := pattern_problem(text)):
        raise table.error(key, f"{text!r}: {problem}")
    return None if text is None else re.compile(text)


@lru_cache(maxsize=4096)  # asked for every link found, and registrable domains are not cheap
def _own_hosts(source: Source) -> frozenset[str]:
    urls = (*source.feeds, *source.sitemaps, *source.listings, *source.own_places)
    hosts = {_host(url) for url in urls} | {site_of(url) for url in urls}
    return frozenset((hosts | {host.lower() for host in source.hosts}) - {""})


def _host(url: str) -> str:
    try:
        return (urlsplit(url).hostname or "").rstrip(".")
    except ValueError:
        return ""
