"""Small files into large, sorted ones: the same rows, whoever else writes."""

import itertools
import tempfile
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from warehouse import compaction, layout, scan
from warehouse.compaction import Compaction, compact, plan
from warehouse.lake import Lake, data_files, landed
from warehouse.load import load_articles
from warehouse.paths import DataDir
from warehouse.schema import ARTICLES, METRICS, TABLES

Make = Callable[..., pa.Table]
START = datetime(2026, 3, 2, tzinfo=UTC)


LATER = {"fetched_at": START + timedelta(days=9)}


def nobody() -> set[str]:
    return set()


def rows(lake: Lake, table: str = "articles") -> list[tuple[Any, ...]]:
    with tempfile.TemporaryDirectory() as spill, scan.connect(Path(spill)) as con:
        con.execute(f"create view t as {scan.snapshot_query(lake.snapshot(table))}")
        return con.sql("select * from t order by all").fetchall()


def versions(lake: Lake, article_id: str) -> list[int]:
    at = ARTICLES.get_field_index("version")
    return sorted(row[at] for row in rows(lake) if row[0] == article_id)


@pytest.fixture
def nights(data: DataDir, lake: Lake, make_rows: Make) -> Lake:
    """Six nights with articles of two sources and two months; one article is corrected every night."""
    for night in range(6):
        at = {"fetched_at": START + timedelta(days=night), "run_id": f"run-{night}"}
        old = {"published_at": datetime(2026, 1, 9, tzinfo=UTC) - timedelta(hours=night)}
        batch = make_rows(
            ("corrected", str(night), at),
            (f"b{night}", "a", at | {"source": "suara", "published_at": START + timedelta(hours=night)}),
            (f"a{night}", "a", at | {"published_at": START - timedelta(hours=night)}),
            (f"old{night}", "a", at | old),
        )
        load_articles(lake, batch, batch_id=f"run-{night}", staged=data.staged)
    return lake


def compacted(data: DataDir, lake: Lake, table: str = "articles", unfinished: Callable[[], set[str]] = nobody) -> Compaction:
    return compact(lake, table, scratch=data.compacted, unfinished=unfinished)


def test_the_rows_are_the_same_in_one_file_a_partition(data: DataDir, nights: Lake) -> None:
    before, files_before = rows(nights), nights.snapshot("articles").files
    sizes = sum(Path(file).stat().st_size for file in files_before)
    done = compacted(data, nights)
    files = nights.snapshot("articles").files
    assert rows(nights) == before
    assert sorted(Path(file).parent.name for file in files) == [f"published_month=2026-0{month}" for month in (1, 3)]
    after = sum(Path(file).stat().st_size for file in files)
    assert done == Compaction("articles", len(files_before), len(files_before), 2, 24, sizes, after)
    assert not data.compacted.exists()
    assert all(Path(file).exists() for file in files_before), "open readers still need them"


def test_rows_are_sorted_by_source_and_time(data: DataDir, nights: Lake) -> None:
    compacted(data, nights)
    (file,) = (file for file in nights.snapshot("articles").files if "2026-03" in file)
    assert keys_of(file) == sorted(keys_of(file))
    assert {source for source, _, _ in keys_of(file)} == {"harian", "suara"}


def keys_of(file: str) -> list[tuple[Any, ...]]:
    columns = ["source", "published_at", "fetched_at", "article_id"]
    table = pq.read_table(file, partitioning=None, columns=columns).to_pylist()
    return [(row["source"], row["published_at"] or row["fetched_at"], row["article_id"]) for row in table]


def test_a_large_group_becomes_files_of_the_wanted_size_whose_ranges_do_not_overlap(
    data: DataDir, nights: Lake, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = rows(nights)
    size = sum(file.size_bytes for file in data_files(nights.open("articles")))
    monkeypatch.setattr(layout, "FILE_BYTES", size // 5)
    compacted(data, nights)
    files = [file for file in nights.snapshot("articles").files if "2026-03" in file]
    ranges = []
    for keys in map(keys_of, files):
        assert keys == sorted(keys)
        ranges.append((keys[0], keys[-1]))
    ranges.sort()
    assert len(ranges) > 2
    assert [pair for pair in itertools.pairwise(ranges) if pair[0][1] >= pair[1][0]] == []
    assert rows(nights) == before


def test_files_are_laid_out_as_those_of_a_load(data: DataDir, nights: Lake) -> None:
    compacted(data, nights)
    group = pq.ParquetFile(nights.snapshot("articles").files[0]).metadata.row_group(0)
    columns = {group.column(i).path_in_schema: group.column(i) for i in range(group.num_columns)}
    assert {column.compression for column in columns.values()} == {"ZSTD"}
    assert {name for name, column in columns.items() if column.bloom_filter_offset} == {"article_id"}
    assert (columns["body"].is_stats_set, columns["source"].is_stats_set) == (False, True)
    assert {name: columns[name].has_dictionary_page for name in ("body", "site")} == {"body": False, "site": True}


def test_what_was_merged_is_not_merged_again(data: DataDir, nights: Lake) -> None:
    compacted(data, nights)
    version = nights.snapshot("articles").version
    assert compacted(data, nights) == Compaction("articles", 2, 0, 0, 0, 0, 0)
    assert nights.snapshot("articles").version == version


def test_a_batch_that_was_merged_away_still_has_landed(data: DataDir, nights: Lake, make_rows: Make) -> None:
    compacted(data, nights)
    assert landed(nights.open("articles"), "run-0")
    load_articles(nights, make_rows(("corrected", "new", LATER)), batch_id="later", staged=data.staged)
    assert versions(nights, "id-corrected") == list(range(1, 8))


def test_rows_of_a_run_that_is_not_finished_are_left_alone(data: DataDir, nights: Lake) -> None:
    mine = [file for file, run in zip(*files_and_runs(nights), strict=True) if run == "run-3"]
    done = compacted(data, nights, unfinished=lambda: {"run-3"})
    assert done.replaced == done.files - len(mine)
    assert [file for file, run in zip(*files_and_runs(nights), strict=True) if run == "run-3"] == mine


def files_and_runs(lake: Lake) -> tuple[tuple[str, ...], tuple[str | None, ...]]:
    snapshot = lake.snapshot("articles")
    return snapshot.files, snapshot.runs


def test_files_large_beside_the_rest_are_not_rewritten_for_a_few_rows(lake: Lake) -> None:
    def add(count: int, batch_id: str) -> None:
        many = [
            {"run_id": batch_id, "source": "s", "metric": f"m{n * 7919}", "column": None, "value": n / 7} for n in range(count)
        ]
        lake.append_once("metrics", pa.Table.from_pylist(many, schema=METRICS), batch_id=batch_id)

    add(20_000, "large")
    add(10, "one")
    assert plan(lake, "metrics", unfinished=nobody)[0].replaced == 0
    add(10, "two")
    (group,) = plan(lake, "metrics", unfinished=nobody)[1]
    assert [file.run for file in group] == ["one", "two"]


def test_a_table_that_was_never_written_has_nothing_to_merge(data: DataDir, lake: Lake) -> None:
    assert compacted(data, lake, "runs") == Compaction("runs", 0, 0, 0, 0, 0, 0)
    assert not lake.root.exists()


@pytest.mark.parametrize("table", TABLES)
def test_every_table_has_its_order(table: str) -> None:
    plain = {key for key in layout.SORT_BY[table][:2] if "(" not in key}
    assert [key for key in plain if TABLES[table].field(key).nullable] == []


def test_a_commit_of_others_meanwhile_costs_nothing(
    data: DataDir, nights: Lake, make_rows: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = compaction.replace_files
    others = iter(["x", "y"])

    def overtaken(handle: Any, table: str, **files: Any) -> None:
        if content := next(others, None):
            load_articles(
                nights, make_rows(("corrected", content, LATER)), batch_id=f"other-{content}", staged=data.staged_of("o")
            )
        real(handle, table, **files)

    monkeypatch.setattr(compaction, "replace_files", overtaken)
    before = len(rows(nights))
    assert compacted(data, nights).by == 2
    assert len(rows(nights)) == before + 2
    assert versions(nights, "id-corrected") == list(range(1, 9))


def test_files_that_somebody_else_merged_meanwhile_are_given_up(
    data: DataDir, nights: Lake, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = rows(nights)
    real = compaction._commit

    def late(lake: Lake, table: str, group: Any, written: Any) -> bool:
        with monkeypatch.context() as undisturbed:
            undisturbed.setattr(compaction, "_commit", real)
            compact(lake, table, scratch=data.root / "other", unfinished=nobody)
        return real(lake, table, group, written)

    monkeypatch.setattr(compaction, "_commit", late)
    assert compacted(data, nights).by == 0
    assert rows(nights) == before
    on_disk = {str(path) for path in nights.folder("articles").glob("*/*.parquet")}
    named = set(nights.snapshot("articles").files)
    assert named < on_disk
    assert len(on_disk) == len(named) + 12, "what the refused merge wrote is gone, the replaced files are kept"


def test_a_new_column_reads_as_null_in_merged_files_and_a_table_without_it_can_be_merged(
    data: DataDir, lake: Lake, monkeypatch: pytest.MonkeyPatch
) -> None:
    def metric(value: float, schema: pa.Schema, **more: Any) -> pa.Table:
        return pa.Table.from_pylist([{"run_id": "r", "source": "s", "metric": "m", "value": value, **more}], schema=schema)

    for number in range(2):
        lake.append_once("metrics", metric(number, METRICS), batch_id=f"old-{number}")
    grown = METRICS.append(pa.field("note", pa.string()))
    monkeypatch.setitem(TABLES, "metrics", grown)
    assert compacted(data, lake, "metrics").by == 1
    lake.append_once("metrics", metric(2.0, grown, note="n"), batch_id="new")
    assert compacted(data, lake, "metrics").by == 1
    assert [row[-2:] for row in rows(lake, "metrics")] == [(0.0, None), (1.0, None), (2.0, "n")]
    assert set(pq.ParquetFile(lake.snapshot("metrics").files[0]).schema_arrow.names) == set(grown.names)
