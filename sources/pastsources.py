"""What a backfill asks: the sources that tell of past days, or lists of URLs in place of a source's own feeds.

Belongs here: making such a sources file out of the one for the nights. Does not belong here: which pages are of the days
(pastdays.py), asking them.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path

from sources.config import FetchSettings, GateSettings, Source, SourcesFile, load_sources, only_sources, require_contact
from sources.pastdays import asked_for_days
from transforms.errors import ConfigError


def days_config(path: Path, only: Sequence[str], first: date, last: date) -> SourcesFile:
    """The sources that tell of these days. ConfigError if none does, or if a source that was named does not."""
    config = only_sources(load_sources(path), only)
    asked = [asked_for_days(source, first, last) for source in config.sources]
    silent = [source.name for source, found in zip(config.sources, asked, strict=True) if found is None]
    found = tuple(source for source in asked if source is not None)
    if not found or (only and silent):
        raise ConfigError(
            f"{path}: {', '.join(silent)}: nothing tells of past days. That takes sitemaps, or {{yyyy}}, {{mm}}, {{dd}} in the "
            "URL of a feed, list or listing"
        )
    return replace(config, sources=found)


def list_config(urls: Sequence[Path], name: str, sources: Path | None, contact: str | None) -> SourcesFile:
    """A source of these lists alone; with a sources.toml, under its settings and those of the source of that name, if it has one.

    ConfigError if hosts beyond this machine are to be asked without a contact.
    """
    known = load_sources(sources) if sources else SourcesFile(FetchSettings(contact=contact), GateSettings(), ())
    like = next((source for source in known.sources if source.name == name), Source(name))
    lists = tuple(str(path.resolve()) for path in urls)
    # Of the named source's hosts, which its feeds and sitemaps tell; a new source takes pages of any host.
    hosts = tuple(sorted(like.own_hosts))
    source = replace(like, feeds=(), sitemaps=(), listings=(), lists=lists, hosts=hosts, max_age_days=None, max_pages=None)
    require_contact(known.settings, [source], where="--contact or --sources")
    return replace(known, sources=(source,))


def slowed(config: SourcesFile, delay_seconds: float | None) -> SourcesFile:
    """The same at another pause between two requests to one host; None: as it is."""
    if delay_seconds is None:
        return config
    return replace(config, sources=tuple(replace(source, delay_seconds=delay_seconds) for source in config.sources))
