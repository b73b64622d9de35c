"""What people and other programs see: the published file, from this process and from others."""

import json
import os
import re
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pytest

from transforms.errors import LakeError
from warehouse import catalog
from warehouse.lake import Lake
from warehouse.load import load_articles
from warehouse.paths import DataDir
from warehouse.schema import TABLES
from warehouse.views import publish

Make = Callable[..., pa.Table]
NIGHT = datetime(2026, 3, 2, 1, tzinfo=UTC)


def ask(data: DataDir, sql: str) -> list[tuple[Any, ...]]:
    """As anybody would: the plain duckdb package, read-only."""
    with duckdb.connect(str(data.views_file), read_only=True) as con:
        con.execute("set TimeZone = 'UTC'")
        return con.execute(sql).fetchall()


def fill(data: DataDir, make_rows: Make, make_pages: Make) -> DataDir:
    """Three articles; on the second night one is corrected and one is gone."""
    lake = Lake(data.lake)
    second = {"run_id": "run-2", "fetched_at": NIGHT + timedelta(days=1)}
    published = {"published_at": NIGHT - timedelta(minutes=30), "published_precision": "minute", "language": "id"}
    first_rows = make_rows(
        ("kali", "a", published | {"body": "One.\n\nTwo.\n\nThree.", "section": "Kota"}),
        ("pasar", "a", published | {"authors": [], "body_length": 0}),
        ("storm", "a", {"source": "courier", "language": "en"}),
    )
    load_articles(lake, first_rows, batch_id="run-1", staged=data.staged_of("run-1"))
    changed = make_rows(("kali", "b", published | second | {"body": "One.\n\nTwo, corrected.\n\nThree."}))
    load_articles(lake, changed, batch_id="run-2", staged=data.staged_of("run-2"))
    url = "https://harian.example/"
    pages = make_pages(
        (url + "kali", "stored", "new_article", {"article_id": "id-kali", "elapsed_ms": 20, "bytes": 1000}),
        (url + "pasar", "stored", "new_article", {"article_id": "id-pasar", "elapsed_ms": 40, "bytes": 500}),
        (url + "storm", "stored", "new_article", {"article_id": "id-storm", "source": "courier"}),
        (url + "kali", "stored", "new_version", {"article_id": "id-kali", **second}),
        (url + "pasar", "failed", "gone", {"article_id": "id-pasar", **second}),
    )
    lake.append_once("pages", pages, batch_id="both")
    publish(data)
    return data


@pytest.fixture(scope="module")
def two_nights(shared_data: DataDir, make_rows: Make, make_pages: Make) -> DataDir:
    """For tests that only read."""
    return fill(shared_data, make_rows, make_pages)


@pytest.fixture
def own_nights(data: DataDir, make_rows: Make, make_pages: Make) -> DataDir:
    """For tests that change it."""
    return fill(data, make_rows, make_pages)


def test_an_empty_warehouse_has_all_views_typed_and_empty(data: DataDir) -> None:
    assert publish(data) == data.views_file
    names = [name for (name,) in ask(data, "select view_name from duckdb_views() where not internal")]
    tables = {catalog.VIEW_OF_TABLE.get(table, table) for table in TABLES}
    macros = {name for name in catalog.VIEWS if catalog.read_view(name).parameters}
    helpers = {"superseded", "superseded_rows", "article_rows", "snapshots", "story_members", "articles_gone"}
    assert set(names) == tables | helpers | (set(catalog.VIEWS) - macros)
    never = [(table, -1, "") for table in sorted(TABLES)]
    assert {name: ask(data, f"from {name}") for name in names} == {name: [] for name in names} | {"snapshots": never}
    columns = ask(data, "select column_name, data_type from duckdb_columns() where table_name = 'checks' order by column_index")
    assert columns == [
        ("run_id", "VARCHAR"),
        ("source", "VARCHAR"),
        ("rule", "VARCHAR"),
        ("column", "VARCHAR"),
        ("severity", "VARCHAR"),
        ("success", "BOOLEAN"),
        ("row_count", "BIGINT"),
        ("broken_count", "BIGINT"),
    ]


def test_every_view_file_is_published() -> None:
    assert catalog.view_files() == set(catalog.VIEWS)


def test_every_view_states_its_grain_and_every_column_is_described(data: DataDir) -> None:
    publish(data)
    views = dict(ask(data, "select view_name, comment from duckdb_views() where not internal"))
    silent = "select table_name, column_name from duckdb_columns() where not internal and coalesce(comment, '') = ''"
    macros = dict(ask(data, "select function_name, comment from duckdb_functions() where not internal"))
    assert {name for name, grain in (views | macros).items() if not (grain or "").startswith("One row per ")} == set()
    assert ask(data, silent) == []
    assert macros.keys() == {"articles_as_of"}
    length = "select comment from duckdb_columns() where table_name = 'articles' and column_name = 'body_length'"
    assert ask(data, length) == [("length of body (characters)",)]


def test_articles_are_current_versions_and_article_versions_all(two_nights: DataDir) -> None:
    assert ask(two_nights, "select article_id, version, title from articles order by all") == [
        ("id-kali", 2, "Title kali b"),
        ("id-pasar", 1, "Title pasar a"),
        ("id-storm", 1, "Title storm a"),
    ]
    assert ask(two_nights, "select article_id, version from article_versions order by all") == [
        ("id-kali", 1),
        ("id-kali", 2),
        ("id-pasar", 1),
        ("id-storm", 1),
    ]
    assert ask(two_nights, "from superseded") == [("id-kali", 1)]


def test_articles_as_of_an_instant_are_those_known_then(two_nights: DataDir) -> None:
    sql = "select article_id, version from articles_as_of(timestamptz '{}') order by all"
    assert ask(two_nights, sql.format("2026-03-01 00:00:00+00")) == []
    assert ask(two_nights, sql.format("2026-03-02 12:00:00+00")) == [("id-kali", 1), ("id-pasar", 1), ("id-storm", 1)]
    assert ask(two_nights, sql.format("2026-03-03 12:00:00+00")) == [("id-kali", 2), ("id-pasar", 1), ("id-storm", 1)]


NEXT = NIGHT + timedelta(days=1)
DIFF = "  One.\n- Two.\n+ Two, corrected.\n  Three."
DAY, NEXT_DAY = NIGHT.date(), NEXT.date()


@pytest.mark.parametrize(
    ("sql", "expected"),
    [
        (
            "select * exclude (url) from article_changes",
            [("id-kali", 2, "harian", NEXT, "Title kali a", "Title kali b", ["Two, corrected."], ["Two."], DIFF)],
        ),
        (
            "select * from articles_gone",
            [("id-pasar", "https://harian.example/pasar", "harian", "gone", NEXT, NEXT)],
        ),
        (
            "select * from volume_by_source_day",
            [("courier", DAY, 1, 3, 3.0), ("harian", DAY, 2, 6, 3.0)],
        ),
        (
            "select * from field_completeness where field in ('authors', 'body', 'section', 'published_at')",
            [
                ("courier", "authors", 1, 1, 1.0),
                ("courier", "body", 1, 1, 1.0),
                ("courier", "published_at", 1, 0, 0.0),
                ("courier", "section", 1, 0, 0.0),
                ("harian", "authors", 2, 1, 0.5),
                ("harian", "body", 2, 1, 0.5),
                ("harian", "published_at", 2, 2, 1.0),
                ("harian", "section", 2, 0, 0.0),
            ],
        ),
        ("select * from freshness", [("harian", DAY, 2, 30.0, 30.0)]),
        (
            "select * from source_health",
            [
                ("run-1", "courier", 1, 1, 0, 0, 0, 0, 0, 0.0, 0.0, None, 0),
                ("run-1", "harian", 2, 2, 0, 0, 0, 0, 0, 0.0, 0.0, 30.0, 1500),
                ("run-2", "harian", 2, 1, 0, 0, 0, 1, 0, 0.5, 0.0, None, 0),
            ],
        ),
        (
            "select author, source, articles from top_authors",
            [("Sari Wulandari", "courier", 1), ("Sari Wulandari", "harian", 1)],
        ),
        ("select source, section, articles from top_sections", []),
        ("select * from language_mix", [("courier", "en", 1, 1.0), ("harian", "id", 2, 1.0)]),
    ],
    ids=lambda value: value.split("from ")[-1].split()[0] if isinstance(value, str) else "",
)
def test_analytic_views(two_nights: DataDir, sql: str, expected: list[tuple[Any, ...]]) -> None:
    assert ask(two_nights, sql) == expected


def test_days_are_utc_wherever_the_reader_sits(two_nights: DataDir) -> None:
    with duckdb.connect(str(two_nights.views_file), read_only=True) as con:
        con.execute("set TimeZone = 'Pacific/Honolulu'")
        assert con.execute("select distinct day from volume_by_source_day").fetchall() == [(DAY,)]


def test_another_process_with_the_plain_duckdb_package_counts_the_same(two_nights: DataDir) -> None:
    counts = "select (select count(*) from articles), (select count(*) from article_versions), (select count(*) from pages)"
    code = f"import duckdb; print(duckdb.connect({str(two_nights.views_file)!r}, read_only=True).execute({counts!r}).fetchall())"
    # Isolated and in another folder: nothing of ours is importable or relative to it.
    answer = subprocess.run([sys.executable, "-I", "-c", code], capture_output=True, text=True, check=True, cwd="/")
    assert answer.stdout.strip() == str(ask(two_nights, counts)) == "[(3, 4, 5)]"


def test_the_file_is_written_for_older_duckdb_versions_too(two_nights: DataDir) -> None:
    version = ask(two_nights, "select tags['storage_version'] from duckdb_databases() where database_name = 'nightdesk'")
    assert "v1.2.0" in version[0][0]


def test_no_view_calls_a_function_that_duckdb_1_5_does_not_find_in_a_file_of_2_0() -> None:
    """2.0 stores if(a, b, c) as a call of "if", which for 1.5 is a word of the grammar and no function."""
    calls = {name: re.findall(r"\bif\(", catalog.read_view(name).sql) for name in catalog.VIEWS}
    assert {name: found for name, found in calls.items() if found} == {}


def test_a_reader_that_holds_the_old_file_keeps_its_snapshot(own_nights: DataDir, lake: Lake, make_rows: Make) -> None:
    counts = "select (select count(*) from articles), (select count(*) from article_versions)"
    holder = subprocess.Popen(
        [
            sys.executable,
            "-c",
            f"import duckdb, sys\ncon = duckdb.connect({str(own_nights.views_file)!r}, read_only=True)\n"
            f"for line in sys.stdin:\n    print(list(con.execute({counts!r}).fetchone()), flush=True)",
        ],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    with holder:
        assert holder.stdin is not None
        assert holder.stdout is not None

        def held() -> Any:
            print("count", file=holder.stdin, flush=True)
            return json.loads(holder.stdout.readline())  # type: ignore[union-attr]

        before = held()
        load_articles(lake, make_rows(("pasar", "b"), ("baru", "a")), batch_id="run-3", staged=own_nights.staged_of("run-3"))
        publish(own_nights)
        assert (before, held(), ask(own_nights, counts)) == ([3, 4], [3, 4], [(4, 6)])


def test_publishing_twice_leaves_one_file_of_views_and_the_lists_that_readers_may_hold(own_nights: DataDir) -> None:
    publish(own_nights)
    files = sorted(path.name for path in own_nights.root.iterdir() if path.is_file())
    assert files == [".publish.lock", ".search.lock", "nightdesk.duckdb", "superseded-00000002.parquet"]


def test_lists_of_superseded_versions_go_when_no_reader_can_hold_them(own_nights: DataDir) -> None:
    # Views that name the one of 8 days ago were current until 6 days ago, and may have been opened then.
    for version, days in ((97, 9), (98, 8), (99, 6)):
        path = own_nights.superseded_file(version)
        path.write_bytes(b"")
        then = (datetime.now(UTC) - timedelta(days=days)).timestamp()
        os.utime(path, (then, then))
    publish(own_nights)
    names = [f"superseded-{version:08d}.parquet" for version in (2, 98, 99)]
    assert [path.name for path in own_nights.superseded_files()] == names


def test_a_damaged_lake_is_not_published_and_the_last_views_stay(own_nights: DataDir, lake: Lake, make_rows: Make) -> None:
    shown = own_nights.views_file.read_bytes()
    before = set(lake.snapshot("articles").files)
    load_articles(lake, make_rows(("baru", "a")), batch_id="run-3", staged=own_nights.staged_of("run-3"))
    (newest,) = set(lake.snapshot("articles").files) - before
    Path(newest).write_bytes(b"")
    with pytest.raises(LakeError, match=r"cannot be published.*The views show the last good state"):
        publish(own_nights)
    assert own_nights.views_file.read_bytes() == shown


def test_publishing_while_others_load_and_publish_never_shows_half_a_batch(data: DataDir, lake: Lake, make_rows: Make) -> None:
    def write(writer: int) -> None:
        for number in range(4):
            rows = make_rows(*((f"w{writer}-{number}-{n}", "a") for n in range(5)))
            load_articles(lake, rows, batch_id=f"w{writer}-{number}", staged=data.staged_of(f"w{writer}"))
            publish(data)

    def looks(writers: list[threading.Thread]) -> Iterator[int]:
        while any(writer.is_alive() for writer in writers):
            yield ask(data, "select count(*) from articles")[0][0] if data.views_file.exists() else 0

    writers = [threading.Thread(target=write, args=(number,)) for number in range(2)]
    for writer in writers:
        writer.start()
    counts = list(looks(writers))
    assert {count % 5 for count in counts} == {0}
    assert counts == sorted(counts)
    assert ask(data, "select count(*), count(distinct article_id) from articles") == [(40, 40)]
