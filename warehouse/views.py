"""Publishing: one DuckDB file of views over exactly the files of the newest snapshots, swapped in by a rename.

Belongs here: writing that file and the list of superseded versions beside it. Does not belong here: which views there are
(catalog.py), and reading them (query.py).
"""

import time
from pathlib import Path

import duckdb

from transforms.errors import LakeError
from warehouse import catalog, files, gone, indexing, scan, stories
from warehouse.increments import position
from warehouse.lake import Lake, Snapshot
from warehouse.paths import DataDir
from warehouse.quoting import literal
from warehouse.schema import TABLES

# Read by DuckDB 1.2 and later: people's own tools are older than ours.
_STORAGE = "v1.2.0"
# As long as vacuum keeps the data files that an old views file names (layout.table_properties).
_KEEP_SUPERSEDED_SECONDS = 7 * 24 * 3600


def publish(data: DataDir) -> Path:
    """Make `nightdesk.duckdb` show the lake as it is now, and give its path. Readers of the old file keep the old snapshot.

    Two that publish at once do so one after the other, so that the file never goes back in time. LakeError if a file of the
    snapshot is missing or damaged: then the old views stay.
    """
    lake = Lake(data.lake)
    with files.exclusive(data.root / ".publish.lock"):
        snapshots = {table: lake.snapshot(table) for table in TABLES}
        try:
            superseded = _write_superseded(data, snapshots["articles"])
            derived = {
                "superseded": f"select article_id, version from read_parquet([{literal(str(superseded))}])",
                "articles_gone": f"from read_parquet([{literal(str(gone.keep_up(data, snapshots['pages'])))}])",
                "story_members": stories.members_query(stories.keep_up(data, snapshots["articles"])),
                "snapshots": _snapshots(lake, snapshots),
            }
            with files.replacing(data.views_file) as fresh:
                _write_views(fresh, snapshots, derived)
            indexing.keep_up(data, snapshots["articles"], newest=True)
        except duckdb.Error as error:
            raise LakeError(_damaged(data, error)) from error
        _forget_superseded(data, superseded)
    return data.views_file


def _write_superseded(data: DataDir, snapshot: Snapshot) -> Path:
    path = data.superseded_file(snapshot.version or 0)
    with scan.connect(data.root / ".spill") as con, files.replacing(path) as fresh:
        con.execute(f"create temp view article_versions as {scan.snapshot_query(snapshot)}")
        con.execute(f"copy ({scan.statement('superseded')}) to {literal(str(fresh))} (format parquet, compression zstd)")
    return path


def _write_views(path: Path, snapshots: dict[str, Snapshot], derived: dict[str, str]) -> None:
    views = [catalog.read_view(name) for name in catalog.VIEWS]
    with scan.connect(path.parent / ".spill") as con:
        con.execute(f"attach {literal(str(path))} as fresh (storage_version {literal(_STORAGE)})")
        con.execute("use fresh")
        con.execute("begin")  # one write to the disk instead of one per view and comment
        for table, snapshot in snapshots.items():
            con.execute(f"create view {catalog.VIEW_OF_TABLE.get(table, table)} as {scan.snapshot_query(snapshot)}")
        for name, query in derived.items():
            con.execute(f"create view {name} as {query}")
        for view in views:
            con.execute(view.create())
        con.execute(";\n".join(catalog.comments(views, _columns(con))))
        con.execute("commit")


def _snapshots(lake: Lake, snapshots: dict[str, Snapshot]) -> str:
    """The query of view `snapshots`: which version of each table the views show."""
    reached = {table: position(lake, snapshot) for table, snapshot in snapshots.items()}
    rows = ", ".join(f"({literal(table)}, {at.version}, {literal(at.commit)})" for table, at in sorted(reached.items()))
    return f'select * from (values {rows}) as snapshots(table_name, version, "commit")'


def _columns(con: duckdb.DuckDBPyConnection) -> dict[str, list[str]]:
    """The columns of every view, in order."""
    query = "select table_name, list(column_name order by column_index) from duckdb_columns() where not internal group by 1"
    return dict(con.execute(query).fetchall())


def _forget_superseded(data: DataDir, current: Path) -> None:
    """Remove lists that no views file younger than vacuum's retention names."""
    too_old = time.time() - _KEEP_SUPERSEDED_SECONDS
    for path in data.superseded_files():
        if path != current and path.stat().st_mtime < too_old:
            path.unlink(missing_ok=True)


def _damaged(data: DataDir, error: duckdb.Error) -> str:
    return (
        f"the lake at {data.lake} cannot be published: {str(error).splitlines()[0]}. The views show the last good state. "
        "If a file is missing or damaged, restore it from a backup, or set its table back to the version before it."
    )
