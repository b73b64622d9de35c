"""Half a run is never shown, whoever publishes and whoever is killed when."""

import shutil
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import duckdb
import pyarrow as pa
import pytest

from warehouse.compaction import compact
from warehouse.lake import Lake
from warehouse.load import load_articles
from warehouse.paths import RUN_FILE, DataDir
from warehouse.schema import RUNS, TABLES
from warehouse.underway import snapshots_of, staged_runs, unfinished_runs
from warehouse.views import publish

Make = Callable[..., pa.Table]
START = datetime(2026, 3, 2, tzinfo=UTC)


def begin(data: DataDir, run_id: str) -> None:
    data.staged_of(run_id).mkdir(parents=True)
    (data.staged_of(run_id) / RUN_FILE).write_text("{}")


def finish(lake: Lake, run_id: str) -> None:
    counts = dict.fromkeys(("candidates", "stored", "unchanged", "duplicate", "quarantined", "failed", "skipped", "resumed"), 0)
    row = {"run_id": run_id, "kind": "night", "started_at": START, "finished_at": START, "gate": "passed"}
    runs = pa.Table.from_pylist([row | counts | {"nightdesk_version": "0"}], schema=RUNS)
    lake.append_once("runs", runs, batch_id=run_id)


def shown(data: DataDir) -> dict[str, list[Any]]:
    publish(data)
    with duckdb.connect(str(data.views_file), read_only=True) as con:
        tables = {"articles": "article_id, version", "pages": "url, run_id", "runs": "run_id"}
        return {table: con.sql(f"select {columns} from {table} order by all").fetchall() for table, columns in tables.items()}


@pytest.fixture
def half(data: DataDir, lake: Lake, make_rows: Make, make_pages: Make) -> DataDir:
    """One finished run, and one that has stored a correction and a new article and nothing else yet."""
    url = "https://harian.example/kali"
    begin(data, "run-1")
    load_articles(lake, make_rows(("kali", "a")), batch_id="run-1", staged=data.staged_of("run-1"))
    lake.append_once("pages", make_pages((url, "stored", "new_article")), batch_id="run-1")
    finish(lake, "run-1")
    begin(data, "run-2")
    late = {"run_id": "run-2", "fetched_at": START + timedelta(days=1)}
    rows = make_rows(("kali", "b", late), ("baru", "a", late))
    load_articles(lake, rows, batch_id="run-2", staged=data.staged_of("run-2"))
    return data


FIRST = {
    "articles": [("id-kali", 1)],
    "pages": [("https://harian.example/kali", "run-1")],
    "runs": [("run-1",)],
}


def test_a_run_is_shown_as_a_whole_when_its_row_is_there(half: DataDir, lake: Lake, make_pages: Make) -> None:
    assert (staged_runs(half), unfinished_runs(half, lake)) == ({"run-1", "run-2"}, {"run-2"})
    before = shown(half)
    pages = make_pages(("https://harian.example/baru", "stored", "new_article", {"run_id": "run-2"}))
    lake.append_once("pages", pages, batch_id="run-2")
    between = shown(half)
    finish(lake, "run-2")
    assert (before, between) == (FIRST, FIRST)
    assert shown(half) == {
        "articles": [("id-baru", 1), ("id-kali", 2)],
        "pages": [("https://harian.example/baru", "run-2"), ("https://harian.example/kali", "run-1")],
        "runs": [("run-1",), ("run-2",)],
    }


def test_a_run_that_finishes_and_is_compacted_while_tables_are_read_is_shown_as_a_whole(
    half: DataDir, lake: Lake, make_pages: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    read, reads = Lake.snapshot, []

    def read_slowly(self: Lake, table: str, version: int | None = None) -> Any:
        reads.append(table)
        if reads == ["articles", "pages"]:
            pages = make_pages(("https://harian.example/baru", "stored", "new_article", {"run_id": "run-2"}))
            lake.append_once("pages", pages, batch_id="run-2")
            finish(lake, "run-2")
            compact(lake, "pages", scratch=half.compacted, unfinished=lambda: unfinished_runs(half, lake))
        return read(self, table, version)

    monkeypatch.setattr(Lake, "snapshot", read_slowly)
    assert list(TABLES)[:2] == ["articles", "pages"]
    assert shown(half) == {
        "articles": [("id-baru", 1), ("id-kali", 2)],
        "pages": [("https://harian.example/baru", "run-2"), ("https://harian.example/kali", "run-1")],
        "runs": [("run-1",), ("run-2",)],
    }


def test_a_run_that_a_person_gave_up_is_shown_as_far_as_it_came(half: DataDir) -> None:
    before = shown(half)
    shutil.rmtree(half.staged_of("run-2"))
    assert (before, shown(half)) == (FIRST, FIRST | {"articles": [("id-baru", 1), ("id-kali", 2)]})


def test_what_an_open_reader_sees_does_not_change_when_the_run_is_done(half: DataDir, lake: Lake) -> None:
    publish(half)
    with duckdb.connect(str(half.views_file), read_only=True) as held:
        before = held.sql("from superseded").fetchall()
        finish(lake, "run-2")
        publish(half)
        assert (before, held.sql("from superseded").fetchall()) == ([], [])
        assert held.sql("select article_id, version from articles").fetchall() == [("id-kali", 1)]
    assert len(half.superseded_files()) == 2


def test_snapshots_say_which_runs_were_left_out(half: DataDir, lake: Lake) -> None:
    newest, shown = snapshots_of(half, lake)
    assert {table: snapshot.left_out for table, snapshot in shown.items() if snapshot.left_out} == {
        "articles": frozenset({"run-2"})
    }
    assert sorted(map(str, newest["articles"].runs)) == ["run-1", "run-2"]
    assert shown["articles"].runs == ("run-1",)


def test_pages_that_an_unfinished_run_found_gone_are_there_until_it_is_finished(
    half: DataDir, lake: Lake, make_pages: Make
) -> None:
    late = {"run_id": "run-2", "fetched_at": START + timedelta(days=1), "article_id": "id-kali"}
    lake.append_once("pages", make_pages(("https://harian.example/kali", "failed", "not_found", late)), batch_id="run-2")
    assert gone(half) == []
    finish(lake, "run-2")
    assert gone(half) == [("id-kali",)]


def gone(data: DataDir) -> list[Any]:
    publish(data)
    with duckdb.connect(str(data.views_file), read_only=True) as con:
        return con.sql("select article_id from articles where gone_since is not null").fetchall()
