"""All upkeep of a warehouse at once: in order, one at a time, and under the eyes of open readers."""

import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pytest
from deltalake import DeltaTable

from transforms.errors import BusyError, InputError
from warehouse import files, layout
from warehouse.cleaning import Removed
from warehouse.lake import Lake
from warehouse.load import load_articles
from warehouse.maintenance import Upkeep, maintain
from warehouse.paths import DataDir
from warehouse.rawstore import RawLimits
from warehouse.schema import TABLES
from warehouse.views import publish

Make = Callable[..., pa.Table]
NOW = time.time()
COUNTS = "select count(*), count(distinct article_id), sum(length(body)) from articles"


def upkeep(data: DataDir, *, dry_run: bool = False, days_later: float = 0, seen: list[str] | None = None) -> Upkeep:
    def run_step(name: str, step: Callable[[], Any]) -> Any:
        if seen is not None:
            seen.append(name)
        return step()

    return maintain(data, RawLimits(), now=NOW + days_later * 86_400, dry_run=dry_run, run_step=run_step)


@pytest.fixture
def nights(data: DataDir, make_rows: Make) -> DataDir:
    lake = Lake(data.lake)
    for night in range(4):
        load_articles(lake, make_rows((f"a{night}", "a"), (f"b{night}", "a")), batch_id=f"run-{night}", staged=data.staged)
    publish(data)
    return data


def everything(data: DataDir) -> set[str]:
    return {str(path.relative_to(data.root)) for path in data.root.rglob("*") if path.is_file()}


def test_a_dry_run_says_what_would_be_done_and_changes_nothing(nights: DataDir) -> None:
    before = everything(nights)
    seen: list[str] = []
    planned = upkeep(nights, dry_run=True, seen=seen)
    assert everything(nights) - before == {".maintain.lock"}
    assert seen == ["leftovers", "vacuum", *(f"compact {table}" for table in TABLES), "raw archive", "reports"]
    articles = planned.compactions[0]
    assert (articles.files, articles.replaced, articles.by, articles.rows) == (4, 4, 0, 8)


def test_views_that_were_open_keep_working_and_new_ones_read_the_merged_files(nights: DataDir) -> None:
    with duckdb.connect(str(nights.views_file), read_only=True) as held:
        before = held.sql(COUNTS).fetchall()
        done = upkeep(nights)
        assert held.sql(COUNTS).fetchall() == before
    (file,) = Lake(nights.lake).snapshot("articles").files
    with duckdb.connect(str(nights.views_file), read_only=True) as fresh:
        assert fresh.sql(COUNTS).fetchall() == before
        assert fresh.sql("select distinct filename from read_parquet('" + file.replace("'", "''") + "')").fetchall() == [(file,)]
        assert (
            file.rpartition("/")[2]
            in fresh.sql("select sql from duckdb_views() where view_name = 'article_rows'").fetchall()[0][0]
        )
    assert (done.compactions[0].replaced, done.compactions[0].by, done.vacuumed, done.retention_hours) == (4, 1, Removed(), 169)


def test_replaced_files_are_removed_by_the_upkeep_after_next_week(nights: DataDir) -> None:
    old = [Path(file) for file in Lake(nights.lake).snapshot("articles").files]
    upkeep(nights)
    entry = sorted((nights.lake / "articles" / "_delta_log").glob("*.json"))[-1]
    text = entry.read_text()
    at = text.split('"deletionTimestamp":')[1].split(",")[0]
    entry.write_text(text.replace(f'"deletionTimestamp":{at}', f'"deletionTimestamp":{int(at) - 9 * 86_400_000}'))
    for path in (nights.lake / "articles" / "_delta_log").glob("*checkpoint*"):
        path.unlink()  # it holds the time too
    kept = [path.exists() for path in old]
    for path in nights.superseded_files():
        os.utime(path, (NOW - 8 * 86_400,) * 2)
    assert upkeep(nights).vacuumed.files == 4
    assert (kept, [path.exists() for path in old]) == ([True] * 4, [False] * 4)


def test_views_of_a_month_ago_that_were_current_until_now_keep_their_files(nights: DataDir) -> None:
    """Nobody published for a month after a compaction: a reader may have opened the old views a minute ago."""
    old = [Path(file) for file in Lake(nights.lake).snapshot("articles").files]
    for path in nights.superseded_files():
        os.utime(path, (NOW - 30 * 86_400,) * 2)
    with duckdb.connect(str(nights.views_file), read_only=True) as held:
        before = held.sql(COUNTS).fetchall()
        assert [upkeep(nights, days_later=day).vacuumed for day in (0, 6)] == [Removed(), Removed()]
        assert held.sql(COUNTS).fetchall() == before
    assert [path.exists() for path in old] == [True] * 4


def test_a_table_of_an_earlier_version_gets_todays_settings_and_forgets_old_batches(
    nights: DataDir, monkeypatch: pytest.MonkeyPatch
) -> None:
    lake = Lake(nights.lake)
    handle = lake.open("checks")
    handle.alter.set_table_properties(
        {"delta.setTransactionRetentionDuration": "interval 9000 days", "delta.checkpointInterval": "7"}
    )
    long_ago = NOW - 91 * 86_400
    with monkeypatch.context() as patched:
        patched.setattr("warehouse.lake._now_ms", lambda: round(long_ago * 1000))
        lake.append_once("checks", TABLES["checks"].empty_table(), batch_id="long-ago")
    assert lake.landed("checks", ["long-ago"]) == {"long-ago"}
    upkeep(nights)
    assert DeltaTable(str(lake.folder("checks"))).metadata().configuration == layout.table_properties(TABLES["checks"])
    assert lake.landed("checks", ["long-ago"]) == set()


def test_only_one_maintains_at_a_time(nights: DataDir) -> None:
    with files.exclusive(nights.maintain_lock), pytest.raises(BusyError, match="is being maintained by another process"):
        upkeep(nights)


def test_a_folder_without_a_lake_is_named(data: DataDir) -> None:
    with pytest.raises(InputError, match=r"no warehouse at .*: run `nightdesk run --sample`"):
        upkeep(data)
    assert not data.root.exists()
