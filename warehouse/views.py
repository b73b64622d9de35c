"""Publishing: one DuckDB file of views over exactly the files of the newest snapshots, swapped in by a rename.

Belongs here: writing that file and the list of superseded versions beside it. Does not belong here: which views there are
(catalog.py), and reading them (query.py).
"""

import time
from dataclasses import replace
from pathlib import Path

import duckdb

from transforms.errors import LakeError
from warehouse import catalog, files, gone, indexing, scan, stories
from warehouse.increments import position
from warehouse.lake import Lake, Snapshot
from warehouse.paths import DataDir
from warehouse.quoting import literal
from warehouse.storybook import Book
from warehouse.underway import digest, snapshots_of

# Read by DuckDB 1.2 and later: people's own tools are older than ours.
_STORAGE = "v1.2.0"
# As long as vacuum keeps the data files that an old views file names (layout.table_properties).
KEPT_FOR_READERS_SECONDS = 7 * 24 * 3600


def publish(data: DataDir) -> Path:
    """Make `nightdesk.duckdb` show the lake as it is now, and give its path. Readers of the old file keep the old snapshot.

    Rows of a run that is not finished are not shown (underway.py). Two that publish at once do so one after the other, so that
    the file never goes back in time: on one machine by a lock, else the slower one does it again. LakeError if a file of the
    snapshot is missing or damaged: then the old views stay.
    """
    with files.exclusive(data.publish_lock):
        try:
            articles, superseded = files.retrying(lambda: _write_newest(data))
            indexing.keep_up(data, articles, newest=True)
        except duckdb.Error as error:
            raise LakeError(_damaged(data, error)) from error
        _forget_superseded(data, superseded)
    return data.views_file


def _write_newest(data: DataDir) -> tuple[Snapshot, Path]:
    """The views of the newest snapshots, in the place of those that are there. Gives that of table `articles`, and its
    superseded file.
    """
    lake = Lake(data.lake)
    # Entered before the tables are looked at: who replaces the file from now on may have seen newer ones.
    with files.replacing(data.views_file) as fresh:
        snapshots, shown = snapshots_of(data, lake)
        superseded = _write_superseded(data, shown["articles"])
        # What is derived night by night goes by the table's own history, unfinished runs included; what is shown does not.
        derived = {
            "superseded_rows": f"from read_parquet([{literal(str(superseded))}])",
            "superseded": "select article_id, version from superseded_rows",
            "articles_gone": f"from read_parquet([{literal(str(_gone(data, snapshots['pages'], shown['pages'])))}])",
            "story_members": _members(stories.keep_up(data, snapshots["articles"]), shown["articles"]),
            "snapshots": _snapshots(lake, snapshots),
        }
        _write_views(fresh, shown, derived, spill=data.spill)
    return snapshots["articles"], superseded


def _gone(data: DataDir, ledger: Snapshot, shown: Snapshot) -> Path:
    """The file of pages that are gone: kept up night by night, and worked out anew while a run's visits are not to be shown."""
    return gone.without_runs(data, shown) if shown.left_out else gone.keep_up(data, ledger)


def _members(book: Book, shown: Snapshot) -> str:
    """The query of view `story_members`; while a run is not finished, without its articles and the stories they alone make."""
    members = stories.members_query(book)
    if not shown.left_out:
        return members
    return f"from ({members}) semi join article_versions using (article_id) qualify count(*) over (partition by story_id) > 1"


def _write_superseded(data: DataDir, snapshot: Snapshot) -> Path:
    # Two snapshots of one version differ by the runs that were left out; a reader may hold either.
    path = data.superseded_file(snapshot.version or 0, digest(snapshot.left_out) if snapshot.left_out else "")
    if path.exists():  # the same rows; its time stays that of the first publication (see oldest_in_use)
        return path
    with scan.connect(data.spill) as con, files.replacing(path) as fresh:
        con.execute(f"create temp view article_rows as {scan.positions_query(snapshot)}")
        con.execute(f"copy ({scan.statement('superseded_rows')}) to {literal(str(fresh))} (format parquet, compression zstd)")
    return path


def _write_views(path: Path, snapshots: dict[str, Snapshot], derived: dict[str, str], *, spill: Path) -> None:
    views = [catalog.read_view(name) for name in catalog.VIEWS]
    with scan.connect(spill) as con:
        con.execute(f"attach {literal(str(path))} as fresh (storage_version {literal(_STORAGE)})")
        con.execute("use fresh")
        con.execute("begin")  # one write to the disk instead of one per view and comment
        # First without files, so that each view that stands on these does not open all files again; with their files at the end.
        _create_tables(con, {table: replace(snapshot, files=()) for table, snapshot in snapshots.items()})
        con.execute(f"create view {catalog.VIEW_OF_TABLE['articles']} as select * exclude (file, row_in_file) from article_rows")
        for name, query in derived.items():
            con.execute(f"create view {name} as {query}")
        for view in views:
            con.execute(view.create())
        _create_tables(con, snapshots)
        con.execute(";\n".join(catalog.comments(views, _columns(con))))
        con.execute("commit")


def _snapshots(lake: Lake, snapshots: dict[str, Snapshot]) -> str:
    """The query of view `snapshots`: which version of each table the views show."""
    reached = {table: position(lake, snapshot) for table, snapshot in snapshots.items()}
    rows = ", ".join(f"({literal(table)}, {at.version}, {literal(at.commit)})" for table, at in sorted(reached.items()))
    return f'select * from (values {rows}) as snapshots(table_name, version, "commit")'


def _create_tables(con: duckdb.DuckDBPyConnection, snapshots: dict[str, Snapshot]) -> None:
    """The views of the tables themselves, in the place of earlier ones."""
    con.execute(f"create or replace view article_rows as {scan.positions_query(snapshots['articles'])}")
    for table, snapshot in snapshots.items():
        if table != "articles":
            name = catalog.VIEW_OF_TABLE.get(table, table)
            con.execute(f"create or replace view {name} as {scan.snapshot_query(snapshot)}")


def _columns(con: duckdb.DuckDBPyConnection) -> dict[str, list[str]]:
    """The columns of every view, in order."""
    query = "select table_name, list(column_name order by column_index) from duckdb_columns() where not internal group by 1"
    return dict(con.execute(query).fetchall())


def _forget_superseded(data: DataDir, current: Path) -> None:
    """Remove lists that nobody can hold: those before the one that was named a week ago."""
    in_use = oldest_in_use(data, time.time())
    for path in data.superseded_files():
        if path != current and in_use is not None and path.stat().st_mtime < in_use:
            path.unlink(missing_ok=True)


def oldest_in_use(data: DataDir, now: float) -> float | None:
    """When the oldest views that a reader may still hold were published (seconds since 1970); None: less than a week ago.

    A list of superseded versions is as old as the first publication that names it. Views that were replaced less than a week ago
    may be held, however old they are: those that were current a week ago, and all later ones.
    """
    published = (path.stat().st_mtime for path in data.superseded_files())
    return max((at for at in published if at <= now - KEPT_FOR_READERS_SECONDS), default=None)


def _damaged(data: DataDir, error: duckdb.Error) -> str:
    return (
        f"the lake at {data.lake} cannot be published: {str(error).splitlines()[0]}. The views show the last good state. "
        "If a file is missing or damaged, restore it from a backup, or set its table back to the version before it."
    )
