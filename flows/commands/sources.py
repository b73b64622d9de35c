"""`nightdesk sources check`: every source tried for real."""

from pathlib import Path

import click

from flows import settings
from flows.cli import EXIT_DONE, EXIT_USAGE
from flows.commands.options import contact_option, sources_file_option
from transforms.errors import InputError


@click.group("sources", context_settings={"help_option_names": ["-h", "--help"]})
def command() -> None:
    """What the sources of a sources.toml give."""


@command.command("check")
@sources_file_option("The file whose sources to try.")
@click.option("--source", "only", multiple=True, metavar="NAME", help="Only this source; may be given several times.")
@click.option(
    "--site", "sites", multiple=True, metavar="URL", help="Instead: find a home page's feeds and print the entry for it."
)
@contact_option
def check(sources: Path, only: tuple[str, ...], sites: tuple[str, ...], contact: str | None) -> int:
    """Try every source: its feeds and sitemaps, robots.txt, and one article with its fields. Nothing is stored.

    Exit codes: 0 all of them work, 2 one does not (or the file is not right).
    """
    if sites and only:
        raise InputError("--site finds a site that has no entry yet, --source picks an entry of the file: give one of them")
    settings.quiet_logs()
    from flows.progress import shown
    from flows.sites import check_sources, find_sites, print_checks, print_found

    if sites:
        with shown():
            found = find_sites(sites, contact)
        return EXIT_DONE if print_found(found) else EXIT_USAGE
    with shown():
        reports = check_sources(sources, only)
    return EXIT_DONE if print_checks(reports) else EXIT_USAGE
