"""The full-text index is kept up: what a night stored is added, what it replaced is taken out.

Belongs here: bringing the index to a snapshot of table `articles`. Does not belong here: what it holds (fulltext.py). The index
is derived: it can be thrown away at any time, and the next publish or the next search builds it again.
"""

from collections.abc import Iterable, Iterator
from typing import Any

import tantivy

from transforms.errors import LakeError
from transforms.words import with_word_breaks
from warehouse import files, scan
from warehouse.fulltext import FORMAT, STATE_ID, new_index, open_index
from warehouse.increments import appended_since, position
from warehouse.lake import Lake, Snapshot
from warehouse.paths import DataDir
from warehouse.position import Position

_COLUMNS = ("article_id", "version", "site", "source", "language", "title", "lead", "body", "published_at", "fetched_at")
_CHUNK = 2_048
# One thread: a night's articles become one segment of the index, not one a core. tantivy wants 15 MB at least.
_HEAP_BYTES = 64_000_000
# A word of the headline says more of what an article is about than one of its body: it counts as often.
_TITLE_WEIGHT = 3
# tantivy makes these readable for their owner alone; who may read the lake may search it.
_PRIVATE = ("meta.json", ".managed.json")


def keep_up(data: DataDir, snapshot: Snapshot, *, newest: bool) -> None:
    """Bring the index to the snapshot of table `articles`: with the rows that it lacks, or anew if they cannot be told.

    An index that is of a later version is right beside the newest snapshot only if the table was set back or made anew: then it
    is built again. Beside an older snapshot (`newest` false) it is left alone. Killed at any moment, it is what it was before,
    or is built again.
    """
    lake = Lake(data.lake)
    wanted = position(lake, snapshot)
    with files.exclusive(data.search_lock):
        found = open_index(data)
        if found and (found.position == wanted or (not newest and found.position.version > wanted.version)):
            return
        added = appended_since(lake, snapshot, found.position) if found else None
        if found and added:
            write_rows(data, found.index, _current(data, added), wanted)
        else:
            write_rows(data, new_index(data), _current(data, snapshot), wanted)


def write_rows(data: DataDir, index: tantivy.Index, rows: Iterable[dict[str, Any]], reached: Position) -> None:
    """One commit: rows of sql/searchable.sql, and which version the index is of from now on."""
    state = {"format": FORMAT, "table_version": reached.version, "table_commit": reached.commit}
    try:
        writer = index.writer(_HEAP_BYTES, 1)
        for row in rows:
            writer.delete_documents_by_term("article_id", row["article_id"])
            writer.add_document(_document(row))
        writer.delete_documents_by_term("article_id", STATE_ID)
        writer.add_document(tantivy.Document(article_id=STATE_ID, **state))
        writer.commit()
        writer.wait_merging_threads()
    except ValueError as error:  # what tantivy raises for whatever happens to its files
        raise LakeError(
            f"the search index at {data.search} cannot be written: {error}. The views are not affected. "
            "If there is room on the disk, remove the folder: it is built again."
        ) from error
    for name in _PRIVATE:
        (data.search / name).chmod(data.search.stat().st_mode & 0o666)


def _current(data: DataDir, rows: Snapshot) -> Iterator[dict[str, Any]]:
    """The rows that no other of them replaces."""
    with scan.connect(data.spill) as con:
        con.execute(f"create temp view article_versions as {scan.snapshot_query(rows, _COLUMNS)}")
        con.execute(f"create temp table superseded as {scan.statement('superseded')}")
        for batch in con.sql(scan.statement("searchable")).to_arrow_reader(_CHUNK):
            yield from batch.to_pylist()


def _document(row: dict[str, Any]) -> tantivy.Document:
    known = {name: row[name] for name in ("article_id", "site", "source", "language") if row[name] is not None}
    texts = [with_word_breaks(text) for text in (*[row["title"]] * _TITLE_WEIGHT, row["lead"], row["body"]) if text]
    return tantivy.Document(**known, text=texts, day=row["day"])
