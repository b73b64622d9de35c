"""`nightdesk init`: a new sources.toml."""

from pathlib import Path

import click

from flows import settings
from flows.cli import EXIT_DONE
from flows.commands.options import contact_option
from transforms.errors import InputError


@click.command("init")
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False), default=Path())
@click.option(
    "--site", "sites", multiple=True, metavar="URL", help="A home page whose feeds and sitemaps to find; may be repeated."
)
@contact_option
def command(folder: Path, sites: tuple[str, ...], contact: str | None) -> int:
    """Write a commented sources.toml into FOLDER (default: here), for the sites whose home pages are given.

    Feeds and sitemaps are looked for in robots.txt, on the home page and at common paths; each is tried before it is written.
    What is there already is never overwritten.
    """
    path = folder / "sources.toml"
    if path.exists():
        raise InputError(f"{path}: is there already and is left as it is. Give another folder: nightdesk init FOLDER")
    settings.quiet_logs()
    from flows.progress import shown
    from flows.sites import find_sites, require_found, write_sources

    with shown():
        found = find_sites(sites, contact)
    require_found(found)
    write_sources(path, contact, found)
    click.echo(f"{path}: written, {len(found)} source{'' if len(found) == 1 else 's'}")
    click.echo(f"next:   nightdesk sources check --sources {path}")
    return EXIT_DONE
