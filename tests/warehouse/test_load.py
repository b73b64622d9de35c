"""Versions: numbered once, in one commit, whoever writes at the same time and whatever is killed when."""

import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.dataset as ds
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from transforms.errors import LakeError
from warehouse import load, scan
from warehouse.lake import Lake
from warehouse.load import load_articles
from warehouse.paths import DataDir
from warehouse.schema import ARTICLES, DECIDED, EXTRACTED

Rows = Callable[..., pa.Table]
# Drawn once. Four batches take about a second, so these fall before, into and between commits.
KILL_AFTER_SECONDS = [random.Random(20260302 + turn).uniform(0.0, 0.6) for turn in range(5)]
LOADER = Path(__file__).with_name("scripts") / "load_batches.py"


def query(lake: Lake, sql: str) -> list[tuple[Any, ...]]:
    with tempfile.TemporaryDirectory() as spill, scan.connect(Path(spill)) as con:
        con.execute(f"create view article_versions as {scan.snapshot_query(lake.snapshot('articles'))}")
        return con.execute(sql).fetchall()


def versions(lake: Lake) -> list[tuple[Any, ...]]:
    return query(lake, "select article_id, version, content_hash, run_id from article_versions order by all")


def decided(table: pa.Table) -> list[tuple[Any, ...]]:
    assert table.schema.equals(DECIDED)
    return [tuple(row.values()) for row in table.to_pylist()]


def test_each_row_is_new_a_new_version_the_same_or_a_second_of_this_batch(data: DataDir, lake: Lake, make_rows: Rows) -> None:
    staged = data.staged_of("run-1")
    first = load_articles(lake, make_rows(("kali", "a"), ("pasar", "a"), ("hujan", "a")), batch_id="b1", staged=staged)
    second_rows = make_rows(("pasar", "b"), ("kali", "a"), ("pasar", "c"), ("banjir", "a"), ("kali", "z"), ("banjir", "a"))
    second = load_articles(lake, second_rows, batch_id="b2", staged=staged)
    url = "https://harian.example/"
    assert decided(first) == [
        (url + "kali", "id-kali", 1, "new_article"),
        (url + "pasar", "id-pasar", 1, "new_article"),
        (url + "hujan", "id-hujan", 1, "new_article"),
    ]
    assert decided(second) == [
        (url + "pasar", "id-pasar", 2, "new_version"),
        (url + "kali", "id-kali", 1, "same_content"),
        (url + "pasar", "id-pasar", 2, "same_article"),
        (url + "banjir", "id-banjir", 1, "new_article"),
        (url + "kali", "id-kali", 1, "same_article"),
        (url + "banjir", "id-banjir", 1, "same_article"),
    ]
    assert versions(lake) == [
        ("id-banjir", 1, "hash-banjir-a", "run-1"),
        ("id-hujan", 1, "hash-hujan-a", "run-1"),
        ("id-kali", 1, "hash-kali-a", "run-1"),
        ("id-pasar", 1, "hash-pasar-a", "run-1"),
        ("id-pasar", 2, "hash-pasar-b", "run-1"),
    ]


def test_a_row_is_stored_whole_with_what_the_load_adds(data: DataDir, lake: Lake, make_rows: Rows) -> None:
    full = {
        "lead": "Standfirst",
        "authors": ["Sari Wulandari", "Tono"],
        "tags": ["banjir"],
        "published_at": datetime(2020, 8, 31, 17, 30, tzinfo=UTC),
        "modified_at": datetime(2020, 8, 31, 18, 0, 0, 5, tzinfo=UTC),
        "published_utc_offset": 420,
        "published_precision": "minute",
        "published_from": "json-ld",
        "related_urls": ["https://harian.example/lain"],
        "is_free": False,
        "minhash": [-(2**63), 2**63 - 1],
    }
    rows = make_rows(("kali", "a", full))
    load_articles(lake, rows, batch_id="b1", staged=data.staged)
    (file,) = lake.snapshot("articles").files
    stored = pq.read_table(file, partitioning=None).cast(pa.schema([f for f in ARTICLES if f.name != "published_month"]))
    assert stored.select(EXTRACTED.names) == rows
    added = {"version": [1], "first_seen_at": rows["fetched_at"].to_pylist()}
    assert stored.drop_columns(EXTRACTED.names).to_pydict() == added
    assert Path(file).parent.name == "published_month=2020-08"


def test_a_new_version_keeps_when_the_article_was_first_seen(data: DataDir, lake: Lake, make_rows: Rows) -> None:
    later = datetime(2026, 3, 9, tzinfo=UTC)
    load_articles(lake, make_rows(("kali", "a")), batch_id="b1", staged=data.staged)
    load_articles(lake, make_rows(("kali", "b", {"fetched_at": later})), batch_id="b2", staged=data.staged)
    seen = query(lake, "select version, epoch(first_seen_at)::bigint, epoch(fetched_at)::bigint from article_versions order by 1")
    first = int(datetime(2026, 3, 2, 1, tzinfo=UTC).timestamp())
    assert seen == [(1, first, first), (2, first, int(later.timestamp()))]


@pytest.mark.parametrize(
    ("content", "minutes", "expected"),
    [
        pytest.param("b", -1, (1, "older_capture"), id="an older page that says something else is not stored"),
        pytest.param("a", -1, (1, "same_content"), id="an older page that says the same"),
        pytest.param("b", 0, (2, "new_version"), id="the same minute"),
        pytest.param("b", 1, (2, "new_version"), id="a later page"),
    ],
)
def test_an_archive_read_late_does_not_hide_a_newer_version(
    data: DataDir, lake: Lake, make_rows: Rows, content: str, minutes: int, expected: tuple[int, str]
) -> None:
    live = datetime(2026, 3, 9, tzinfo=UTC)
    captured = {"fetched_at": live + timedelta(minutes=minutes)}
    load_articles(lake, make_rows(("kali", "a", {"fetched_at": live})), batch_id="b1", staged=data.staged)
    second = load_articles(lake, make_rows(("kali", content, captured)), batch_id="b2", staged=data.staged)
    assert [row[2:] for row in decided(second)] == [expected]
    assert len(versions(lake)) == expected[0]


def test_an_article_that_returns_to_an_earlier_text_is_a_new_version(data: DataDir, lake: Lake, make_rows: Rows) -> None:
    for number, content in enumerate(["a", "b", "a"]):
        load_articles(lake, make_rows(("kali", content)), batch_id=f"b{number}", staged=data.staged)
    assert [row[1:3] for row in versions(lake)] == [(1, "hash-kali-a"), (2, "hash-kali-b"), (3, "hash-kali-a")]


def test_rows_lie_by_month_day_source_and_time(data: DataDir, lake: Lake, make_rows: Rows) -> None:
    def at(month: int, day: int, hour: int, source: str) -> dict[str, object]:
        return {"published_at": datetime(2026, month, day, hour, tzinfo=UTC), "source": source}

    rows = make_rows(
        ("e", "a", at(2, 2, 5, "suara")),
        ("d", "a", at(2, 2, 9, "harian")),
        ("c", "a", at(2, 2, 7, "harian")),
        ("b", "a", at(2, 1, 23, "suara")),
        ("undated", "a"),
        ("a", "a", at(1, 31, 23, "suara")),
    )
    load_articles(lake, rows, batch_id="b1", staged=data.staged)
    files = {Path(file).parent.name: file for file in lake.snapshot("articles").files}
    assert {month: pq.read_table(file, partitioning=None)["article_id"].to_pylist() for month, file in files.items()} == {
        "published_month=2026-01": ["id-a"],
        "published_month=2026-02": ["id-b", "id-c", "id-d", "id-e"],
        "published_month=2026-03": ["id-undated"],
    }


def test_a_data_set_of_staged_files_is_loaded_like_a_table(data: DataDir, lake: Lake, make_rows: Rows) -> None:
    rows = make_rows(*((f"a{number % 7}", str(number)) for number in range(20)))
    data.staged.mkdir(parents=True)
    pq.write_table(rows.slice(0, 9), data.staged / "0.parquet")
    pq.write_table(rows.slice(9), data.staged / "1.parquet")
    staged = ds.dataset(data.staged, schema=EXTRACTED)
    answer = load_articles(lake, staged, batch_id="b1", staged=data.staged / "decisions")
    assert decided(answer) == decided(load_articles(Lake(data.root / "other"), rows, batch_id="b1", staged=data.root / "x"))
    assert [row[:3] for row in versions(lake)] == [(f"id-a{n}", 1, f"hash-a{n}-{n}") for n in range(7)]


def test_an_empty_batch_is_no_commit(data: DataDir, lake: Lake) -> None:
    assert decided(load_articles(lake, EXTRACTED.empty_table(), batch_id="b1", staged=data.staged)) == []
    assert lake.snapshot("articles").version == 0


def test_a_batch_that_changes_nothing_is_no_commit_and_answers_the_same_again(data: DataDir, lake: Lake, make_rows: Rows) -> None:
    load_articles(lake, make_rows(("kali", "a")), batch_id="b1", staged=data.staged)
    before = lake.snapshot("articles")
    answer = load_articles(lake, make_rows(("kali", "a")), batch_id="b2", staged=data.staged)
    load_articles(lake, make_rows(("kali", "b")), batch_id="b3", staged=data.staged)
    assert before.version == 1
    assert load_articles(lake, make_rows(("kali", "a")), batch_id="b2", staged=data.staged) == answer


@pytest.mark.parametrize("column", ["title", "article_id"])
def test_rows_of_another_shape_are_refused(data: DataDir, lake: Lake, make_rows: Rows, column: str) -> None:
    with pytest.raises(ValueError, match=f"not of schema EXTRACTED: {column}"):
        load_articles(lake, make_rows(("kali", "a")).drop_columns([column]), batch_id="b1", staged=data.staged)


def test_a_refused_commit_reads_again_and_numbers_again(
    data: DataDir, lake: Lake, make_rows: Rows, monkeypatch: pytest.MonkeyPatch
) -> None:
    real_commit = load.commit
    others = iter(["x", "y"])

    def overtaken(handle: Any, table: str, rows: pa.RecordBatchReader, *, batch_id: str) -> None:
        if content := next(others, None):
            theirs = pa.Table.from_pylist(make_rows(("kali", content)).to_pylist(), schema=EXTRACTED)
            with monkeypatch.context() as undisturbed:
                undisturbed.setattr(load, "commit", real_commit)
                load_articles(lake, theirs, batch_id=f"other-{content}", staged=data.staged_of("other"))
        real_commit(handle, table, rows, batch_id=batch_id)

    monkeypatch.setattr(load, "commit", overtaken)
    answer = load_articles(lake, make_rows(("kali", "a")), batch_id="mine", staged=data.staged_of("mine"))
    assert decided(answer) == [("https://harian.example/kali", "id-kali", 3, "new_version")]
    assert [row[1:3] for row in versions(lake)] == [(1, "hash-kali-x"), (2, "hash-kali-y"), (3, "hash-kali-a")]


@pytest.mark.parametrize("moment", ["before the commit", "after the commit"])
def test_a_load_that_dies_around_its_commit_gives_the_same_answer_when_run_again(
    data: DataDir, lake: Lake, make_rows: Rows, monkeypatch: pytest.MonkeyPatch, moment: str
) -> None:
    load_articles(lake, make_rows(("kali", "a")), batch_id="b1", staged=data.staged)
    rows = make_rows(("kali", "b"), ("pasar", "a"), ("kali", "c"))
    real_commit = load.commit

    def dying(handle: Any, table: str, reader: pa.RecordBatchReader, *, batch_id: str) -> None:
        if moment == "after the commit":
            real_commit(handle, table, reader, batch_id=batch_id)
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(load, "commit", dying)
        with pytest.raises(KeyboardInterrupt):
            load_articles(lake, rows, batch_id="b2", staged=data.staged)
    answer = load_articles(lake, rows, batch_id="b2", staged=data.staged)
    assert [row[1:] for row in decided(answer)] == [
        ("id-kali", 2, "new_version"),
        ("id-pasar", 1, "new_article"),
        ("id-kali", 2, "same_article"),
    ]
    assert [row[:3] for row in versions(lake)] == [
        ("id-kali", 1, "hash-kali-a"),
        ("id-kali", 2, "hash-kali-b"),
        ("id-pasar", 1, "hash-pasar-a"),
    ]


def test_a_lost_decision_of_a_landed_batch_is_said_and_not_guessed(data: DataDir, lake: Lake, make_rows: Rows) -> None:
    load_articles(lake, make_rows(("kali", "a")), batch_id="b1", staged=data.staged)
    (data.staged / "decided-b1.parquet").unlink()
    with pytest.raises(LakeError, match=r"batch b1 is in the lake, but .*decided-b1\.parquet.* is gone\. Start a new run"):
        load_articles(lake, make_rows(("kali", "a")), batch_id="b1", staged=data.staged)


batches = st.lists(st.lists(st.tuples(st.sampled_from("abc"), st.sampled_from("xyz")), max_size=5), min_size=1, max_size=4)


@given(nights=batches)
@settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_sequence_of_batches_gives_versions_without_gaps_that_only_change_content(
    nights: list[list[tuple[str, str]]], make_rows: Rows
) -> None:
    history: dict[str, list[str]] = {}
    with tempfile.TemporaryDirectory() as folder:
        data = DataDir(Path(folder))
        lake = Lake(data.lake)
        for number, night in enumerate(nights):
            expected = []
            for position, (name, content) in enumerate(night):
                texts = history.setdefault(name, [])
                reason = "same_content"
                if name in [earlier for earlier, _ in night[:position]]:
                    reason = "same_article"
                elif not texts or texts[-1] != content:
                    reason = "new_version" if texts else "new_article"
                    texts.append(content)
                expected.append((f"https://harian.example/{name}", f"id-{name}", len(texts), reason))
            answer = load_articles(lake, make_rows(*night), batch_id=f"b{number}", staged=data.staged)
            assert decided(answer) == expected
        assert [row[:3] for row in versions(lake)] == [
            (f"id-{name}", version, f"hash-{name}-{content}")
            for name, texts in sorted(history.items())
            for version, content in enumerate(texts, start=1)
        ]


def start(data: DataDir, writer: str, batches: int) -> subprocess.Popen[str]:
    command = [sys.executable, str(LOADER), str(data.root), writer, str(batches)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)


def test_processes_that_load_at_once_lose_nothing_and_double_nothing(data: DataDir, lake: Lake) -> None:
    writers = {name: start(data, name, 5) for name in ("night", "backfill", "replay")}
    outputs = {name: process.communicate(timeout=120)[0].split() for name, process in writers.items()}
    assert outputs == {name: ["ready", *(f"{name}-{batch}" for batch in range(5))] for name in writers}
    loaded = sorted(f"{name}-{batch}" for name in writers for batch in range(5))
    # Every batch changed every shared article: 15 versions each, numbered 1..15, one for each batch.
    shared = query(
        lake,
        "select list(version order by version), list(content_hash order by content_hash) from article_versions "
        "where article_id like 'id-shared-%' group by article_id",
    )
    assert shared == [(list(range(1, 16)), loaded)] * 10
    own = query(lake, "select article_id, version from article_versions where article_id not like 'id-shared-%' order by all")
    assert own == sorted((f"id-{batch}-{number}", 1) for batch in loaded for number in range(10))


def test_a_load_that_is_killed_again_and_again_ends_in_the_lake_of_an_undisturbed_one(tmp_path: Path) -> None:
    undisturbed, killed = DataDir(tmp_path / "undisturbed"), DataDir(tmp_path / "killed")
    start(undisturbed, "night", 4).communicate(timeout=120)
    for moment in KILL_AFTER_SECONDS:
        process = start(killed, "night", 4)
        assert process.stdout is not None
        process.stdout.readline()
        time.sleep(moment)
        process.kill()
        process.communicate()
        # Twenty rows a batch: whatever the moment, a reader sees whole batches.
        assert query(Lake(killed.lake), "select count(*) % 20 from article_versions") == [(0,)]
    finished = start(killed, "night", 4)
    finished.communicate(timeout=120)
    assert finished.returncode == 0
    assert versions(Lake(killed.lake)) == versions(Lake(undisturbed.lake))
    assert len(versions(Lake(killed.lake))) == 80
