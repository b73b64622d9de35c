"""search(text) on a connection: the index that belongs to the views, and the macro that people call.

Belongs here: finding the index of exactly the views' snapshot, and having it brought up if it is behind. Does not belong here:
what a query means (search.py). What is heavy is imported by the first search, not by a connection.
"""

import logging
from typing import TYPE_CHECKING

import duckdb

from transforms.errors import InputError, LakeError
from warehouse.paths import DataDir
from warehouse.position import Position
from warehouse.quoting import literal

if TYPE_CHECKING:
    from warehouse.fulltext import FullText

log = logging.getLogger(__name__)

# More than people read, less than would make a slip of the pen ("a") wait.
MOST_HITS = 1_000

_MACRO = """
create temp macro search(text, max_hits := {most}) as table
    select unnest(nightdesk_search(text::varchar, max_hits::bigint), recursive := true)
"""
_GRAIN = (
    "One row per article that has every word of the text, best first: article_id, score (BM25), rank (1: the best). "
    "Call it: from search('banjir jakarta') join articles using (article_id). It gives 1,000 at most; more with max_hits := 5000."
)


def offer_search(con: duckdb.DuckDBPyConnection, data: DataDir) -> None:
    """Make `from search('words')` a table of article_id, score and rank (1: the best) on a connection to the published views."""
    index: list[FullText] = []
    at = views_position(con)

    def matches(text: str, most: int) -> list[dict[str, object]]:
        from warehouse.search import search

        if not index:
            index.append(ready_index(data, at))
        hits = search(index[0], text, limit=most)
        return [{"article_id": hit.article_id, "score": hit.score, "rank": rank} for rank, hit in enumerate(hits, start=1)]

    row = "STRUCT(article_id VARCHAR, score DOUBLE, rank INTEGER)[]"
    con.create_function("nightdesk_search", matches, ["VARCHAR", "BIGINT"], row)
    con.execute(_MACRO.format(most=MOST_HITS))
    con.execute(f"comment on macro table search is {literal(_GRAIN)}")


def views_position(con: duckdb.DuckDBPyConnection) -> Position | None:
    """Which version of table `articles` the views of a connection show; None if they were published before it was noted."""
    try:
        rows = con.execute("select version, \"commit\" from snapshots where table_name = 'articles'").fetchall()
    except duckdb.CatalogException:
        return None
    return Position(*rows[0])


def ready_index(data: DataDir, at: Position | None) -> "FullText":
    """The index of exactly the version `at`, brought up or built first if it is behind, damaged or not there.

    InputError if the connection is older than the index, LakeError if the index cannot be written.
    """
    from warehouse.fulltext import open_index

    if at is None:
        raise InputError(
            "these views were published by an older nightdesk, without a search index: any `nightdesk run` makes one."
        )
    found = open_index(data)
    if found is None or found.position.version < at.version:
        found = _brought_up(data, at, "is not there or cannot be read" if found is None else "is behind")
    if found.position != at:
        raise InputError("the search index is of a later night than this connection, which shows the one before: open a new one.")
    return found


def _brought_up(data: DataDir, at: Position, why: str) -> "FullText":
    from warehouse.fulltext import open_index
    from warehouse.indexing import keep_up
    from warehouse.lake import Lake

    log.warning("the search index %s: bringing it up to date. 100,000 articles take half a minute.", why)
    try:
        keep_up(data, Lake(data.lake).snapshot("articles", at.version if at.version >= 0 else None), newest=False)
    except OSError as error:
        raise LakeError(
            f"the search index at {data.search} {why} and cannot be written ({error}). "
            "The next `nightdesk run` brings it up, or anybody's search who may write there."
        ) from error
    if (found := open_index(data)) is None:
        raise LakeError(f"the search index at {data.search} cannot be read although it was just written: remove the folder.")
    return found
