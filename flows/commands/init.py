"""`nightdesk init`: a new project."""

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
    """Make a project in FOLDER (default: here): a commented sources.toml for the sites whose home pages are given, for each
    a first rule with a page to try it on, a notebook, a README and a .gitignore.

    Feeds and sitemaps are looked for in robots.txt, on the home page and at common paths; each is tried before it is written.
    What is there already is never overwritten.
    """
    path = folder / "sources.toml"
    if path.exists():
        raise InputError(f"{path}: is there already and is left as it is. Give another folder: nightdesk init FOLDER")
    settings.quiet_logs()
    from flows.progress import shown
    from flows.project import write_project
    from flows.sites import find_sites, require_found

    with shown():
        found = find_sites(sites, contact, with_samples=True)
    require_found(found)
    for line in write_project(folder, contact, found):
        click.echo(line)
    if not sites:
        click.echo(f"next:   your outlets into {path}: nightdesk sources check --site URL prints the block for one")
        return EXIT_DONE
    steps = (*([f"cd {folder}"] if folder != Path() else []), "nightdesk sources check", "nightdesk run")
    click.echo(f"next:   {' && '.join(steps)}")
    return EXIT_DONE
