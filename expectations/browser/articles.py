"""The articles of a site as data files: lists, articles, versions, stories, and the words that a search looks for.

Belongs here: which files there are, and in which order they are made. Does not belong here: their contents (sql/).
"""

from typing import Any

import duckdb

from expectations.browser.scope import TEXT_CHARACTERS, Bodies, Scope
from expectations.browser.shards import Shards
from expectations.browser.statements import statement

# An article of a live page may have a hundred versions.
MOST_VERSIONS = 10
# Enough of a paragraph that two versions share to know where one is.
_KEPT_CHARACTERS = 60
# Of 100,000 articles the words took 2.4 GB at once, and take 0.7 GB so.
_ARTICLES_AT_ONCE = 20_000


def write_articles(con: duckdb.DuckDBPyConnection, scope: Scope, shards: Shards) -> dict[str, Any]:
    """Write all files of the articles in `shown`; gives what the page must know of them to find them."""
    most = TEXT_CHARACTERS[scope.bodies]
    kept = most if scope.bodies is Bodies.FULL else _KEPT_CHARACTERS
    shards.write_rows(con, "columns", {})
    shards.write_rows(con, "list", {"most": most})
    lengths = {
        "articles": shards.write_records(con, "articles", {"most": most}),
        "versions": shards.write_records(con, "versions", {"most": most, "kept": kept, "versions": MOST_VERSIONS}),
        "stories": shards.write_records(con, "stories", {}),
    }
    ((newest,),) = con.execute(statement("newest_stories")).fetchall()
    shards.write("newest-stories", newest)
    return {
        "id_characters": lengths,
        "sources": con.execute("select source, articles from sources order by number").fetchall(),
        "languages": con.execute("select coalesce(language, ''), articles from languages order by number").fetchall(),
        "days": con.execute("select day::varchar, count(*) from shown group by day order by day desc").fetchall(),
        "first_words": _write_words(con, most, shards),
    }


def _write_words(con: duckdb.DuckDBPyConnection, most: int, shards: Shards) -> list[str]:
    """The first word of each file of words, in their order."""
    ((articles,),) = con.execute("select count(*) from shown").fetchall()
    verb = "create temp table words as"
    for start in range(0, max(articles, 1), _ARTICLES_AT_ONCE):
        con.execute(f"{verb} {statement('words')}", {"most": most, "start": start, "count": _ARTICLES_AT_ONCE})
        verb = "insert into words"
    con.execute(f"create temp table postings as {statement('postings')}")
    return shards.write_rows(con, "word_files", {})
