"""What a site shows of the warehouse: which articles, and how much of their texts.

Belongs here: the choice, its limits, numbering the chosen articles. Does not belong here: what is written of them.
"""

from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING

from expectations.browser.statements import statement

if TYPE_CHECKING:
    import duckdb

# Beyond it, what every search and filter looks at is more than a page should load: 1.7 MB.
MOST_ARTICLES = 250_000


class Bodies(StrEnum):
    """How much of a text is copied: a site is passed on more easily than a warehouse, and the texts are their publishers'."""

    NONE = "none"
    EXCERPT = "excerpt"
    FULL = "full"


# Characters of a text, or of a changed paragraph. 600 are two or three paragraphs: enough to know the article again. 200,000 are
# longer than any article, so that a page of a live ticker makes no file that a browser chokes on.
TEXT_CHARACTERS = {Bodies.NONE: 0, Bodies.EXCERPT: 600, Bodies.FULL: 200_000}


@dataclass(frozen=True, slots=True)
class Scope:
    """Which articles: published (else fetched) from day `first` to day `last` (UTC), or on the `days` days up to that of the
    newest one; of these the newest `limit`.
    """

    first: date | None = None
    last: date | None = None
    days: int | None = None
    limit: int = 100_000
    bodies: Bodies = Bodies.EXCERPT


@dataclass(frozen=True, slots=True)
class Shown:
    """What came of the choice. `articles` of `eligible`: the limit left out the others. Days are None if there is no article."""

    articles: int
    eligible: int
    first: date | None
    last: date | None


def choose(con: "duckdb.DuckDBPyConnection", scope: Scope) -> Shown:
    """Make the temporary tables `shown` (one row per article, n = 0 for the newest), `sources` and `languages`."""
    days = {"first": _first_day(con, scope), "last": scope.last}
    ((eligible,),) = con.execute(statement("eligible"), days).fetchall()
    con.execute(f"create temp table shown as {statement('shown')}", days | {"limit": scope.limit})
    for column in ("source", "language"):
        con.execute(f"create temp table {column}s as {statement('values').replace('$column', column)}")
    ((articles, first, last),) = con.execute("select count(*), min(day), max(day) from shown").fetchall()
    return Shown(articles, eligible, first, last)


def _first_day(con: "duckdb.DuckDBPyConnection", scope: Scope) -> date | None:
    if scope.days is None:
        return scope.first
    ((newest,),) = con.execute(statement("newest_day"), {"last": scope.last}).fetchall()
    return newest - timedelta(days=scope.days - 1) if newest else None
