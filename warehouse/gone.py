"""Articles whose page is gone: a small file beside the lake that the views read, kept up from the ledger's new rows.

Belongs here: that file and how far it has come. Does not belong here: which visits mean that a page is gone (sql/gone.sql), and
asking (sources). The file is derived: it can be thrown away at any time, and the next publish makes it again.
"""

import json
from dataclasses import asdict, dataclass
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from warehouse import files, scan
from warehouse.increments import appended_since, position
from warehouse.lake import Lake, Snapshot
from warehouse.paths import DataDir
from warehouse.position import Position
from warehouse.quoting import literal
from warehouse.underway import digest

GONE_COLUMNS = {
    "article_id": "the article; its rows stay in articles and article_versions",
    "url": "the page that is gone",
    "source": "name in sources.toml",
    "reason": "not_found (HTTP 404) or gone (HTTP 410)",
    "gone_since": "the first visit that did not find it, since it was last there",
    "last_asked_at": "the last visit",
}
_FORMAT = 1
_TYPES = ("VARCHAR",) * 4 + ("TIMESTAMPTZ",) * 2
_COLUMNS = ("article_id", "url", "source", "reason", "fetched_at")
# As long as vacuum keeps the data files that an old views file names (layout.table_properties).
_KEEP_SECONDS = 7 * 24 * 3600


@dataclass(frozen=True, slots=True)
class _State:
    position: Position  # of table pages
    latest_us: int  # the latest visit of the ledger, microseconds since 1970
    path: Path


def keep_up(data: DataDir, snapshot: Snapshot) -> Path:
    """Bring the file to the snapshot of table `pages`, and give its path.

    Where tonight's visits are all later than those of the ledger so far, they and the file are enough; else, as after an archive,
    the whole ledger is read. Under the publisher's lock. Killed at any moment, the file is what it was before.
    """
    lake = Lake(data.lake)
    reached = position(lake, snapshot)
    state = _read(data)
    if state and state.position == reached:
        return state.path
    data.gone.mkdir(parents=True, exist_ok=True)
    path = data.derived_file(data.gone, f"{max(reached.version, 0):08d}")
    added = appended_since(lake, snapshot, state.position) if state else None
    with scan.connect(data.spill) as con:
        latest = _gone_tonight(con, state, added) if state and added else None
        if latest is None:
            latest = _gone_ever(con, snapshot)
        with files.replacing(path) as fresh:
            con.execute(f"copy (from gone order by article_id) to {literal(str(fresh))} (format parquet, compression zstd)")
    _write(data, _State(reached, latest, path), replaced=[state.path] if state and state.path != path else [])
    return path


def without_runs(data: DataDir, shown: Snapshot) -> Path:
    """A file of the same from a ledger in which runs are left out, beside the one that is kept up, which stays as it is."""
    data.gone.mkdir(parents=True, exist_ok=True)
    path = data.derived_file(data.gone, f"{max(shown.version or 0, 0):08d}-{digest(shown.left_out)}")
    with scan.connect(data.spill) as con, files.replacing(path) as fresh:
        _gone_ever(con, shown)
        con.execute(f"copy (from gone order by article_id) to {literal(str(fresh))} (format parquet, compression zstd)")
    return path


def _gone_tonight(con: duckdb.DuckDBPyConnection, state: _State, added: Snapshot) -> int | None:
    """Table `gone` from the file and tonight's visits, and the time of the latest; None if a visit is older than the
    ledger knew.
    """
    con.execute(f"create temp table visits as {_visits(added)}")
    con.execute(f"create temp table before as from read_parquet([{literal(str(state.path))}])")
    ((oldest, latest),) = con.execute(scan.statement("gone_visit_times")).fetchall()
    if oldest is not None and oldest <= state.latest_us:
        return None
    con.execute(f"create temp table gone as {scan.statement('gone')}")
    return max(state.latest_us, latest if latest is not None else 0)


def _gone_ever(con: duckdb.DuckDBPyConnection, snapshot: Snapshot) -> int:
    """Table `gone` from the whole ledger, and the time of its latest visit."""
    con.execute(f"create or replace temp view ledger as {_visits(snapshot)}")
    con.execute(
        "create or replace temp table visits as from ledger semi join (from ledger where is_gone) as once using (article_id)"
    )
    nulls = ", ".join(f"null::{type_} as {name}" for name, type_ in zip(GONE_COLUMNS, _TYPES, strict=True))
    con.execute(f"create or replace temp table before as select {nulls} where false")
    con.execute(f"create or replace temp table gone as {scan.statement('gone')}")
    ((latest,),) = con.execute("select coalesce(max(epoch_us(fetched_at)), 0) from ledger").fetchall()
    return int(latest)


def _visits(snapshot: Snapshot) -> str:
    return f"""
        select *, reason in ('not_found', 'gone') as is_gone
        from ({scan.snapshot_query(snapshot, _COLUMNS)})
        where article_id is not null and fetched_at is not null"""


def _read(data: DataDir) -> _State | None:
    """How far the file has come; None if there is none that can be trusted."""
    try:
        raw = json.loads((data.gone / "state.json").read_text(encoding="utf-8"))
        state = _State(Position(**raw["position"]), int(raw["latest_us"]), data.gone / raw["path"])
        with state.path.open("rb") as file:
            pq.read_metadata(file)
    except (OSError, ValueError, KeyError, TypeError, pa.ArrowInvalid):
        return None
    return state if raw.get("format") == _FORMAT else None


def _write(data: DataDir, state: _State, *, replaced: list[Path]) -> None:
    raw = {"format": _FORMAT, **asdict(state), "path": state.path.name}
    with files.replacing(data.gone / "state.json") as fresh:
        fresh.write_text(json.dumps(raw, indent=1), encoding="utf-8")
    others = (path for path in data.gone.glob("*.parquet") if path != state.path)
    files.forget(others, replaced=replaced, after_seconds=_KEEP_SECONDS)
