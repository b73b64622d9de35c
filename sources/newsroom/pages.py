"""Renders the newsroom's stories and feeds with the templates of examples/newsroom, to bytes.

Belongs here: what templates are given, and the charset of what comes out. Does not belong here: HTTP (edition.py), what is listed
where (listings.py).
"""

from collections.abc import Sequence
from datetime import UTC, date, datetime
from email.utils import format_datetime
from functools import cache
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from sources.newsroom.content import DAYS, load_newsroom, newsroom_root
from sources.newsroom.listings import Entry, listing
from sources.newsroom.model import Block, Feed, Newsroom, Outlet, Story

_LATEST = 5  # links in the "latest" list of a page


@cache
def _templates() -> Environment:
    templates = Environment(
        loader=FileSystemLoader(newsroom_root() / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    templates.filters["rfc822"] = format_datetime
    templates.policies["json.dumps_kwargs"] = {"ensure_ascii": False}
    return templates


def story_html(story: Story, number: int = 1) -> bytes:
    """Page `number` (from 1) of a story, in the story's charset."""
    blocks = list(story.pages[number - 1])
    if story.repeats_last and number > 1:
        blocks.insert(0, [block for block in story.pages[number - 2] if block.is_content][-1])
    return _story_page(story, "article.html", blocks, number)


def all_pages_html(story: Story) -> bytes:
    """All pages of a story in one."""
    return _story_page(story, "article.html", [block for page in story.pages for block in page], "all")


def amp_html(story: Story) -> bytes:
    """The AMP page of a story: the whole body, rel=canonical to the story itself."""
    return _story_page(story, "amp.html", [block for page in story.pages for block in page], 1)


def _story_page(story: Story, template: str, blocks: Sequence[Block], number: int | str) -> bytes:
    text = (
        _templates()
        .get_template(f"{story.outlet.name}/{template}")
        .render(
            story=story,
            outlet=story.outlet,
            blocks=blocks,
            number=number,
            links={other.slug: other for other in _first_versions(story.outlet)},
            latest=_latest(story),
            amp_url=next((story.outlet.root + alias.path for alias in story.aliases if alias.kind == "amp"), None),
        )
    )
    # xmlcharrefreplace: as a CMS does with a character that its charset lacks.
    return text.encode(story.charset, "xmlcharrefreplace")


def _first_versions(outlet: Outlet) -> list[Story]:
    """What links on pages are made of: fixed on both days, so that a page changes only if its own story does."""
    stories: dict[str, Story] = {}
    for story in load_newsroom().stories:
        if story.outlet.name == outlet.name:
            stories.setdefault(story.slug, story)
    return list(stories.values())


def _latest(story: Story) -> list[Story]:
    """Stories of the outlet's first day that stand in the margin: the ones listed after this story, round the end."""
    stories = [other for other in _first_versions(story.outlet) if other.version_day == DAYS[0]]
    slugs = [other.slug for other in stories]
    start = slugs.index(story.slug) + 1 if story.slug in slugs else 0
    around = stories[start:] + stories[:start]
    return [other for other in around if other.slug != story.slug][:_LATEST]


def video_html(entry: Entry, outlet: Outlet) -> bytes:
    """A page that nobody should ask for: disallowed by robots.txt, or excluded by the sources file."""
    return _templates().get_template("shared/no-article.html").render(outlet=outlet, title=entry.title).encode()


def deep_html(outlet: Outlet, depth: int) -> bytes:
    """A page with `depth` nested elements."""
    return _templates().get_template("shared/deep.html").render(outlet=outlet, depth=depth).encode()


def home_html(newsroom: Newsroom, outlet: Outlet, day: date) -> bytes:
    """The front page: links to what the outlet carries on `day`."""
    stories = [story for story in newsroom.on(day) if story.outlet.name == outlet.name]
    return _templates().get_template("shared/home.html").render(outlet=outlet, stories=stories).encode()


def feed_text(newsroom: Newsroom, outlet: Outlet, feed: Feed, day: date) -> bytes:
    """A feed, sitemap or list as it stands on `day`."""
    if feed.kind == "list":
        return "".join(f"{entry.url}\n" for entry in listing(newsroom, outlet, feed, day)).encode()
    context: dict[str, Any] = {
        "outlet": outlet,
        "feed": feed,
        "entries": listing(newsroom, outlet, feed, day),
        "children": [child for child in outlet.feeds if child.within == feed.name],
        "built": datetime(day.year, day.month, day.day, 23, tzinfo=UTC),
    }
    return _templates().get_template(f"feeds/{feed.kind}.xml").render(context).encode()


def robots_text(outlet: Outlet) -> bytes:
    """The outlet's robots.txt."""
    return _templates().get_template("shared/robots.txt").render(outlet=outlet).encode()
