"""`nightdesk backfill`: the same stages over archives."""

import glob
from pathlib import Path
from urllib.parse import urlsplit

import click

from flows import settings
from flows.cli import EXIT_DONE, EXIT_GATE_FAILED
from flows.commands.options import contact_option, data_option, rules_option, workers_option
from sources.archivelists import Archive
from sources.siterules import Site, load_sites
from transforms.errors import ConfigError, InputError


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
@click.option("--source", default="archive", show_default=True, help="The name that the rows bear as their source.")
@rules_option
@contact_option
@workers_option
@data_option
def command(
    patterns: tuple[str, ...],
    lists: tuple[str, ...],
    prefix: str | None,
    source: str,
    rules: Path | None,
    contact: str | None,
    workers: int | None,
    data: settings.Place,
) -> int:
    """The same stages over WARC archives: extract, check, load, report; every record accounted for.

    The pages stay where they are: rows point into the archives. Those of a list that lie elsewhere are downloaded, one at a time,
    to raw/archives below the warehouse, and kept. A backfill that was killed goes on with the file it was at.
    """
    if not patterns and not lists:
        raise InputError("give --warc GLOB or --warc-paths FILE: which archives are to be read?")
    archives = [*_archives(patterns), *_listed(lists, prefix, contact, data)]
    sites = _sites(rules)  # before Prefect is imported, so that a slip of the pen costs no seconds
    settings.prepare_libraries(data)
    settings.quiet_logs()
    from flows.backfill import backfill  # Prefect takes seconds to import
    from flows.progress import shown
    from flows.summary import print_summary

    with shown():
        summary = backfill(archives, data, source=source, sites=sites, workers=workers, contact=contact)
    print_summary(summary)
    return EXIT_DONE if summary.gate.passed else EXIT_GATE_FAILED


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


def _archives(patterns: tuple[str, ...]) -> list[Archive]:
    found: dict[Path, None] = {}
    for pattern in patterns:
        paths = [Path(path).resolve() for path in sorted(glob.glob(pattern, recursive=True)) if Path(path).is_file()]  # noqa: PTH207
        if not paths:
            raise InputError(f"--warc {pattern}: no file is there by that name")
        found |= dict.fromkeys(paths)
    return [Archive(path) for path in found]
