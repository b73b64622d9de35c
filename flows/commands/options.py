"""Options that several verbs share."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from flows import settings
from flows.settings import Place

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
