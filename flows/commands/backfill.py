"""`nightdesk backfill`: the night's stages over archives, lists of URLs and past days."""

from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import click

from flows import settings
from flows.cli import EXIT_DONE, EXIT_GATE_FAILED
from flows.commands.options import contact_option, data_option, rules_option, workers_option
from flows.rundir import utc_now
from sources.archivelists import Archive, local_archives
from sources.siterules import Site, load_sites
from transforms.errors import ConfigError, InputError

DAY = click.DateTime(["%Y-%m-%d"])


@click.command("backfill")
@click.option(
    "--warc",
    "patterns",
    multiple=True,
    metavar="GLOB",
    help="WARC files, as a path or a quoted pattern; may be given several times.",
)
@click.option(
    "--warc-paths",
    "lists",
    multiple=True,
    metavar="FILE|URL",
    help="A list of WARC files, one a line, plain or gzipped: Common Crawl's warc.paths.gz. May be given several times.",
)
@click.option(
    "--prefix",
    metavar="FOLDER|URL",
    help="What stands before the lines of --warc-paths: a folder, or https://data.commoncrawl.org/ (default: the list's folder).",
)
@click.option("--urls", "urls", multiple=True, metavar="FILE", help="A file with one URL a line; may be given several times.")
@click.option("--from", "first", type=DAY, metavar="DATE", help="The first of the past days to ask the sources for.")
@click.option("--to", "last", type=DAY, metavar="DATE", help="The last of them (default: yesterday, UTC).")
@click.option(
    "--sources",
    type=click.Path(path_type=Path, dir_okay=False),
    help="The sources.toml: of --from its sources (default: sources.toml), of --urls its settings.",
)
@click.option(
    "--source",
    "names",
    multiple=True,
    metavar="NAME",
    help="The name that the rows bear as their source (default: archive; list for --urls); of --from, only these sources.",
)
@click.option(
    "--delay",
    "delay_seconds",
    type=click.FloatRange(0, 300),
    metavar="SECONDS",
    help="Pause between two requests to one host, for --urls and --from (default: as --sources says). The night, if it runs "
    "meanwhile, has its own.",
)
@rules_option
@contact_option
@workers_option
@data_option
def command(
    patterns: tuple[str, ...],
    lists: tuple[str, ...],
    prefix: str | None,
    urls: tuple[str, ...],
    first: datetime | None,
    last: datetime | None,
    sources: Path | None,
    names: tuple[str, ...],
    delay_seconds: float | None,
    rules: Path | None,
    contact: str | None,
    workers: int | None,
    data: settings.Place,
) -> int:
    """The night's stages over what is past: WARC archives, a list of URLs, or past days of the sources.

    \b
    nightdesk backfill --warc 'archive/*.warc.gz'
    nightdesk backfill --urls pages.txt --source old-site --contact https://example.org/crawler
    nightdesk backfill --from 2026-01-01 --to 2026-01-31 --delay 5

    Pages of archives stay where they are: rows point into them. Archives of a list that lie elsewhere are downloaded, one at a
    time, to raw/archives below the warehouse, and kept. Past days are those that sitemaps still tell of, and places with
    {yyyy}, {mm}, {dd} in their URL. Every record and URL is accounted for. A backfill that was killed goes on where it was; it
    may run beside the night.
    """
    wanted = [bool(patterns or lists), bool(urls), bool(first or last)]
    if sum(wanted) != 1:
        raise InputError(
            "give one of --warc GLOB (or --warc-paths FILE), --urls FILE, --from DATE: what is to be read?"
            if not any(wanted)
            else "--warc, --urls and --from are three backfills: give one of them, and run the command again for the next"
        )
    # All is checked before Prefect is imported, so that a slip of the pen costs no seconds.
    arguments: dict[str, Any]
    if patterns or lists:
        name = "archives"
        arguments = {"archives": [*local_archives(patterns, called="--warc"), *_listed(lists, prefix, contact, data)]}
        arguments |= {"source": _one_name(names, "archive"), "sites": _sites(rules), "contact": contact}
    elif urls:
        name = "urls"
        arguments = _list_arguments(urls, _one_name(names, "list"), sources, contact) | {"delay_seconds": delay_seconds}
    else:
        name = "days"
        arguments = _days_arguments(first, last, sources or Path("sources.toml"), names) | {"delay_seconds": delay_seconds}
    settings.prepare_libraries(data)
    settings.quiet_logs()
    from flows.backfill import backfill  # Prefect takes seconds to import
    from flows.ending import summary_of
    from flows.history import listed_pages, past_days
    from flows.progress import shown
    from flows.summary import print_summary

    flows: dict[str, Callable[..., Any]] = {"archives": backfill, "urls": listed_pages, "days": past_days}
    with shown():
        summary = summary_of(flows[name](data=data, workers=workers, return_state=True, **arguments))
    print_summary(summary)
    return EXIT_DONE if summary.gate.passed else EXIT_GATE_FAILED


def _one_name(names: tuple[str, ...], default: str) -> str:
    if len(names) > 1:
        raise InputError(f"--source: is one name here, for all rows; {len(names)} are given")
    return names[0] if names else default


def _list_arguments(names: tuple[str, ...], source: str, sources: Path | None, contact: str | None) -> dict[str, Any]:
    from sources.pastsources import list_config

    paths = [Path(name) for name in names]
    for path in paths:
        if not path.is_file():
            raise InputError(f"--urls {path}: there is no such file; give a text file with one URL a line")
    list_config(paths, source, sources, contact)
    return {"urls": paths, "source": source, "sources": sources, "contact": contact}


def _days_arguments(first: datetime | None, last: datetime | None, sources: Path, only: tuple[str, ...]) -> dict[str, Any]:
    from sources.pastsources import days_config

    if first is None:
        raise InputError("--to: needs --from, the first of the days")
    yesterday = utc_now().date() - timedelta(days=1)
    days = first.date(), last.date() if last else max(first.date(), yesterday)
    if days[1] < days[0]:
        raise InputError(f"--to {days[1]}: is before --from {days[0]}")
    days_config(sources, only, *days)
    return {"first": days[0], "last": days[1], "sources": sources, "only": only}


def _sites(rules: Path | None) -> tuple[Site, ...]:
    return load_sites(rules) if rules else ()


def _listed(lists: tuple[str, ...], prefix: str | None, contact: str | None, data: settings.Place) -> list[Archive]:
    from sources.archivelists import archives_of

    found: list[Archive] = []
    for name in lists:
        _require_contact(name, contact)
        lines, home = _lines(name, contact)
        found += archives_of(lines, prefix or home, settings.warehouse(data).segments / "archives")
    for archive in found:
        _require_contact(archive.url or "", contact)
    return list(dict.fromkeys(found))


def _require_contact(url: str, contact: str | None) -> None:
    from sources.addresses import is_local_host

    if "://" in url and not contact and not is_local_host(urlsplit(url).hostname or ""):
        raise ConfigError(
            f"--contact: is not set, and {url} is asked over the network. Give a URL or mail address at which its operator can "
            "reach you: --contact https://example.org/crawler"
        )


def _lines(name: str, contact: str | None) -> tuple[list[str], str]:
    """The lines of a list, and the folder or URL that it lies in."""
    from sources.archivelists import read_list

    if "://" not in name:
        path = Path(name)
        if not path.is_file():
            raise InputError(f"--warc-paths {name}: there is no such file; give a list of WARC files, or its URL")
        return read_list(path.read_bytes(), name), str(path.resolve().parent)
    import tempfile

    from sources.config import FetchSettings
    from sources.download import DownloadError, download

    with tempfile.TemporaryDirectory(prefix="nightdesk-") as folder:
        path = Path(folder) / "warc.paths"
        try:
            download(name, path, FetchSettings(contact=contact))
        except DownloadError as error:
            raise InputError(f"--warc-paths {name}: cannot be had: {error}") from error
        return read_list(path.read_bytes(), name), name.rpartition("/")[0]
