"""Options that several verbs share."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from flows import settings
from flows.settings import Place
from transforms.errors import ConfigError

if TYPE_CHECKING:
    from sources.config import SourcesFile

Command = Callable[..., Any]


class PlaceType(click.ParamType[Place]):
    """A folder, or s3://bucket/prefix."""

    name = "folder or url"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Place:
        if isinstance(place := settings.place(str(value)), str):
            return place
        folder: Path = click.Path(path_type=Path, file_okay=False).convert(value, param, ctx)
        return folder


data_option: Callable[[Command], Command] = click.option(
    "--data",
    type=PlaceType(),
    metavar="FOLDER|URL",
    envvar=settings.DATA_VARIABLE,
    default=settings.DEFAULT_DATA,
    show_default=True,
    help=f"The warehouse: a folder, or s3://bucket/prefix (or ${settings.DATA_VARIABLE}).",
)

workers_option: Callable[[Command], Command] = click.option(
    "--workers",
    type=click.IntRange(min=1),
    default=None,
    help="Extraction processes. Default: one a processor.",
)

contact_option: Callable[[Command], Command] = click.option(
    "--contact",
    metavar="URL|MAIL",
    envvar=settings.CONTACT_VARIABLE,
    help=f"How a site's operator reaches you, sent with every request (or ${settings.CONTACT_VARIABLE}). Local hosts need none.",
)

rules_option: Callable[[Command], Command] = click.option(
    "--rules",
    type=click.Path(path_type=Path),
    metavar="FILE_OR_FOLDER",
    help="The sites' own rules: a sources.toml, a file of [[sites]] tables, or a folder of such files.",
)


def sources_file_option(meaning: str) -> Callable[[Command], Command]:
    """--sources of the verbs that cannot do without one; `meaning`: what it is to the verb."""
    return click.option(
        "--sources",
        type=click.Path(path_type=Path, dir_okay=False),
        default=Path("sources.toml"),
        show_default=True,
        help=meaning,
    )


sources_option: Callable[[Command], Command] = click.option(
    "--sources",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Zones, languages and site rules. Default: sources.toml, if it is there.",
)


def load_settings(sources: Path | None) -> "SourcesFile | None":
    """The sources.toml that archived pages are read with; without one they are read as anybody's, which is told."""
    from sources.config import load_sources

    if sources is not None and not sources.exists():
        raise ConfigError(f"{sources}: there is no such file. Give the sources.toml that the pages were fetched with")
    path = sources or Path("sources.toml")
    if path.exists():
        return load_sources(path)
    click.echo("nightdesk: no sources.toml: pages are read without their sources' zones, languages and site rules", err=True)
    return None
