"""Reads examples/newsroom: site.toml and the article files.

Belongs here: where the newsroom lies, its files to records, clear errors on what is wrong in them. Does not belong here: markup,
serving, the truth.
"""

import tomllib
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

from sources.newsroom.blocks import read_pages
from sources.newsroom.model import Alias, Feed, Newsroom, Oddity, Outlet, Story, as_tuples
from transforms.errors import ConfigError

DAYS: tuple[date, date] = (date(2026, 3, 2), date(2026, 3, 3))
"""The newsroom's two days: on the second there are new, changed and gone pages."""


def newsroom_root() -> Path:
    """The folder with site.toml: examples/newsroom in a checkout, the packaged copy in an installed wheel."""
    here = Path(__file__).resolve().parent
    for root in (here / "data", here.parents[1] / "examples" / "newsroom"):
        if (root / "site.toml").is_file():
            return root
    raise ConfigError(f"the bundled newsroom is not installed: no site.toml in {here / 'data'}; reinstall nightdesk")


@cache
def load_newsroom(root: Path | None = None) -> Newsroom:
    """Everything the newsroom holds, in the order of site.toml, stories newest first within an outlet. Read once per process."""
    root = root or newsroom_root()
    outlets = _read_outlets(root / "site.toml")
    stories = [story for outlet in outlets for story in _read_stories(root, outlet)]
    newsroom = Newsroom(outlets, tuple(stories))
    _check_links(newsroom)
    return newsroom


def _read_outlets(path: Path) -> tuple[Outlet, ...]:
    tables = tomllib.loads(path.read_text(encoding="utf-8"))["outlets"]
    return tuple(_read_outlet(name, table, path) for name, table in tables.items())


def _read_outlet(name: str, table: dict[str, Any], path: Path) -> Outlet:
    try:
        fields = as_tuples(table)
        fields["feeds"] = tuple(Feed(**feed) for feed in table["feeds"])
        fields["oddities"] = tuple(Oddity(**as_tuples(oddity)) for oddity in table.get("oddities", ()))
        return Outlet(name=name, **fields)
    except (KeyError, TypeError) as error:
        raise ConfigError(f"{path}: outlets.{name}: {error}") from error


def _read_stories(root: Path, outlet: Outlet) -> list[Story]:
    files = sorted((root / "articles" / outlet.name).glob("*.md"))
    stories = [_read_story(path, outlet) for path in files]
    # Newest first, as feeds list them; a later version of the same story follows the earlier one.
    return sorted(stories, key=lambda story: (-_first_minute(story, stories), story.slug, story.version_day))


def _first_minute(story: Story, stories: list[Story]) -> float:
    return min(other.published.timestamp() for other in stories if other.slug == story.slug)


def _read_story(path: Path, outlet: Outlet) -> Story:
    slug, _, day = path.name.removesuffix(".md").partition(".")
    _, head, text = path.read_text(encoding="utf-8").split("+++\n", 2)
    try:
        fields = {"structured": outlet.structured, "found_in": outlet.found_in} | as_tuples(tomllib.loads(head))
        fields["version_day"] = date.fromisoformat(day) if day else fields.pop("first_day", DAYS[0])
        fields["aliases"] = tuple(Alias(**as_tuples(alias)) for alias in fields.get("aliases", ()))
        fields["path_override"] = fields.pop("path", "")
        fields = {key: None if value == "none" and key.endswith("_charset") else value for key, value in fields.items()}
        return Story(outlet=outlet, slug=slug, pages=read_pages(text, where=str(path)), **fields)
    except (tomllib.TOMLDecodeError, TypeError, ValueError) as error:
        raise ConfigError(f"{path}: {error}") from error


def _check_links(newsroom: Newsroom) -> None:
    known = {(story.outlet.name, story.slug) for story in newsroom.stories}
    for story in newsroom.stories:
        for slug in (slug for page in story.pages for block in page for slug in block.slugs):
            if (story.outlet.name, slug) not in known:
                raise ConfigError(f"articles/{story.outlet.name}/{story.slug}: no story {slug!r} to read also")
