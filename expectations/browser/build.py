"""A site: a small folder that shows the warehouse in a browser, from disk, with no server and no request to anybody.

Belongs here: the order in which it is made, and what its one page is told. Does not belong here: the folder
(folder.py), the files (articles.py, quality.py), how it looks and what it does in the browser (static/).
"""

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib import resources
from importlib.abc import Traversable
from importlib.metadata import version
from pathlib import Path

from expectations.browser import folder
from expectations.browser.articles import write_articles
from expectations.browser.quality import write_quality
from expectations.browser.scope import Scope, Shown, choose
from expectations.browser.shards import Shards, Size
from expectations.browser.statements import statement
from expectations.pages import render
from warehouse.paths import DataDir
from warehouse.query import connect, explained

# In this order: each may use what those before it define.
_SCRIPTS = ("vendor/diff.min", "store", "page", "search", "article-list", "versions", "stories", "article", "quality", "main")
_STYLES = ("base", "site")


@dataclass(frozen=True, slots=True)
class Site:
    """What was written."""

    index: Path
    shown: Shown
    size: Size


def build(data: DataDir, out: Path, scope: Scope, now: datetime) -> Site:
    """Write the site of a warehouse into folder `out`, in the place of the one that is there.

    InputError if nothing was published yet, or `out` holds what no build wrote; BusyError if another is under way there;
    LakeError if the lake cannot be read.
    """
    with connect(data) as con, folder.new_generation(out, now) as generation, explained():
        size = Size()
        shards = Shards(generation, size)
        con.execute(statement("macros"))
        shown = choose(con, scope)
        told = {
            "made": f"{now.astimezone(UTC):%Y-%m-%d %H:%M}",
            "articles": shown.articles,
            "eligible": shown.eligible,
            "bodies": scope.bodies,
            "nightdesk": version("nightdesk"),
            **write_articles(con, scope, shards),
            **write_quality(con, data, shards),
        }
        shards.write("site", json.dumps(told, ensure_ascii=False, separators=(",", ":")))
        _write_application(shards)
        page = render("site.html.j2", build=generation.name, scripts=_SCRIPTS, styles=_STYLES, shown=shown, told=told)
        return Site(folder.switch(out, page), shown, size)


def _write_application(shards: Shards) -> None:
    static = resources.files("expectations") / "browser" / "static"
    for name in (*(f"{script}.js" for script in _SCRIPTS), "site.css", "vendor/diff.LICENSE"):
        shards.write_page(f"app/{name}", _text(static / name))
    shards.write_page("app/base.css", _text(resources.files("expectations") / "templates" / "base.css"))


def _text(file: Traversable) -> str:
    return file.read_text(encoding="utf-8")
