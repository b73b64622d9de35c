"""The transaction log: exactly once, whole or not at all, and clear words where it is broken."""

import json
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from transforms.errors import LakeError
from warehouse import lake as lake_module
from warehouse.lake import Lake, RefusedCommitError, Snapshot, commit, landed
from warehouse.schema import ARTICLES, CHECKS, METRICS, PAGES, TABLES

Pages = Callable[..., pa.Table]


def metrics(*values: float) -> pa.Table:
    rows = [{"run_id": "r", "source": "s", "metric": "stored", "column": None, "value": value} for value in values]
    return pa.Table.from_pylist(rows, schema=METRICS)


def read(lake: Lake, table: str) -> pa.Table:
    return pa.concat_tables(pq.ParquetFile(file).read() for file in lake.snapshot(table).files)


def test_what_is_appended_is_read_back_whole(lake: Lake, make_pages: Pages) -> None:
    pages = make_pages(
        ("https://harian.example/kali", "stored", "new_article", {"etag": '"1"', "http_status": 200, "bytes": 2**40}),
        ("https://harian.example/pasar", "failed", "not_found", {"detail": "404 Not Found"}),
    )
    assert lake.append_once("pages", pages, batch_id="r.pages") is True
    assert read(lake, "pages").cast(PAGES) == pages


def test_a_batch_lands_once(lake: Lake) -> None:
    first = lake.append_once("metrics", metrics(1.0), batch_id="r1")
    again = lake.append_once("metrics", metrics(1.0), batch_id="r1")
    other = lake.append_once("metrics", metrics(2.0), batch_id="r2")
    assert (first, again, other, sorted(read(lake, "metrics")["value"].to_pylist())) == (True, False, True, [1.0, 2.0])


def test_an_empty_batch_lands_too(lake: Lake) -> None:
    assert lake.append_once("checks", CHECKS.empty_table(), batch_id="r1") is True
    assert lake.append_once("checks", CHECKS.empty_table(), batch_id="r1") is False
    assert lake.snapshot("checks").files == ()


def test_a_table_that_was_never_written_is_an_empty_snapshot_and_is_not_made(lake: Lake) -> None:
    assert lake.snapshot("runs") == Snapshot("runs", None, (), frozenset())
    assert not lake.root.exists()


@pytest.mark.parametrize("table", TABLES)
def test_every_declared_table_can_be_made_and_opened_again(lake: Lake, table: str) -> None:
    lake.open(table)
    assert lake.snapshot(table) == Snapshot(table, 0, (), frozenset(TABLES[table].names))


def test_a_commit_on_a_snapshot_that_is_no_longer_the_newest_is_refused(lake: Lake) -> None:
    stale = lake.open("metrics")
    lake.append_once("metrics", metrics(1.0), batch_id="other")
    with pytest.raises(RefusedCommitError):
        commit(stale, "metrics", metrics(2.0).to_reader(), batch_id="mine")
    assert read(lake, "metrics")["value"].to_pylist() == [1.0]
    assert not landed(lake.open("metrics"), "mine")


def test_endless_refusals_end_with_advice(lake: Lake, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lake_module.time, "sleep", lambda seconds: None)

    def refused() -> bool:
        raise RefusedCommitError("again")

    with pytest.raises(LakeError, match=r"20 commits in a row were refused.*Nothing of this batch was stored"):
        lake_module.retrying(refused, "metrics")


@pytest.mark.parametrize("batch_id", ["", "a/b", "../x", "a b", ".hidden", "x" * 201])
def test_a_batch_id_that_is_no_file_name_is_refused(lake: Lake, batch_id: str) -> None:
    with pytest.raises(ValueError, match="letters, digits"):
        lake.append_once("metrics", metrics(1.0), batch_id=batch_id)


def test_rows_of_another_shape_are_refused(lake: Lake) -> None:
    with pytest.raises(KeyError, match="value"):
        lake.append_once("metrics", metrics(1.0).drop_columns(["value"]), batch_id="r1")
    with pytest.raises(ValueError, match="null"):
        lake.append_once("metrics", metrics(1.0).set_column(0, "run_id", pa.array([None], pa.string())), batch_id="r1")


def test_files_are_laid_out_as_declared(lake: Lake) -> None:
    row = dict.fromkeys(ARTICLES.names) | {"article_id": "a", "url": "u", "canonical_url": "u", "site": "s", "source": "s"}
    times = dict.fromkeys(("fetched_at", "extracted_at", "first_seen_at"), 0)
    row |= times | {"extractor": "x", "run_id": "r", "version": 1, "published_month": "2026-03", "body": "b", "title": "t"}
    lake.append_once("articles", pa.Table.from_pylist([row], schema=ARTICLES), batch_id="r1")
    (file,) = lake.snapshot("articles").files
    group = pq.ParquetFile(file).metadata.row_group(0)
    columns = {group.column(i).path_in_schema: group.column(i) for i in range(group.num_columns)}
    assert Path(file).parent.name == "published_month=2026-03"
    assert {column.compression for column in columns.values()} == {"ZSTD"}
    assert {name for name, column in columns.items() if column.bloom_filter_offset} == {"article_id"}
    assert {name: columns[name].has_dictionary_page for name in ("body", "title", "url", "content_hash", "site")} == {
        "body": False,
        "title": False,
        "url": False,
        "content_hash": False,
        "site": True,
    }
    assert (columns["body"].is_stats_set, columns["source"].is_stats_set) == (False, True)


def log_entry(lake: Lake, table: str, version: int) -> Path:
    return lake.folder(table) / "_delta_log" / f"{version:020d}.json"


def test_a_commit_cut_off_by_a_power_cut_is_named_with_what_to_do(lake: Lake) -> None:
    lake.append_once("metrics", metrics(1.0), batch_id="r1")
    log_entry(lake, "metrics", 1).write_text('{"add":')
    with pytest.raises(LakeError, match=r"cannot be read.*remove .*00000000000000000001\.json and run the same command again"):
        lake.snapshot("metrics")
    log_entry(lake, "metrics", 1).unlink()
    assert lake.append_once("metrics", metrics(1.0), batch_id="r1") is True


def test_a_table_that_lost_its_log_is_not_made_anew(lake: Lake) -> None:
    lake.append_once("metrics", metrics(1.0), batch_id="r1")
    for entry in (lake.folder("metrics") / "_delta_log").iterdir():
        entry.unlink()
    with pytest.raises(LakeError, match=r"has files but no log.*Restore it"):
        lake.open("metrics")


def test_deletion_vectors_are_refused(lake: Lake) -> None:
    lake.open("metrics")
    entry = log_entry(lake, "metrics", 0)
    actions = [json.loads(line) for line in entry.read_text().splitlines()]
    features = {"readerFeatures": ["deletionVectors"], "writerFeatures": ["deletionVectors"]}
    for action in actions:
        if "protocol" in action:
            action["protocol"] = {"minReaderVersion": 3, "minWriterVersion": 7, **features}
    entry.write_text("\n".join(json.dumps(action) for action in actions))
    with pytest.raises(LakeError, match="deletion vectors"):
        lake.snapshot("metrics")


def test_a_new_declared_column_is_added_by_the_next_commit(lake: Lake, monkeypatch: pytest.MonkeyPatch) -> None:
    lake.append_once("metrics", metrics(1.0), batch_id="r1")
    grown = METRICS.append(pa.field("note", pa.string()))
    monkeypatch.setitem(TABLES, "metrics", grown)
    rows = pa.Table.from_pylist([{"run_id": "r", "source": "s", "metric": "m", "value": 2.0, "note": "n"}], schema=grown)
    assert "note" not in lake.snapshot("metrics").columns
    lake.append_once("metrics", rows, batch_id="r2")
    assert lake.snapshot("metrics").columns == frozenset(grown.names)


@pytest.mark.parametrize(
    ("declared", "message"),
    [
        (METRICS.remove(4), "columns that this version of nightdesk does not know: value"),
        (METRICS.set(4, pa.field("value", pa.int64())), "other types: value is double, should be int64"),
    ],
)
def test_a_removed_or_retyped_column_is_refused(
    lake: Lake, monkeypatch: pytest.MonkeyPatch, declared: pa.Schema, message: str
) -> None:
    lake.append_once("metrics", metrics(1.0), batch_id="r1")
    monkeypatch.setitem(TABLES, "metrics", declared)
    with pytest.raises(LakeError, match=message):
        lake.open("metrics")
