"""Whole nights over the bundled newsroom, as processes: first night, the same again, its second day."""

import json
import subprocess
import sys
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
import pytest
from prometheus_client.parser import text_string_to_metric_families

from flows.exposition import file_of
from sources.newsroom.content import DAYS
from sources.newsroom.truth import expected_ledger, expected_rows

Run = Callable[..., subprocess.CompletedProcess[str]]
FIRST, SECOND = DAYS
SECRET = "http://127.0.0.1:9/hooks/s3cret-hook"


def query(data: Path, sql: str) -> list[dict[str, Any]]:
    with duckdb.connect(str(data / "nightdesk.duckdb"), read_only=True) as connection:
        connection.execute("set TimeZone = 'UTC'")
        rows: list[dict[str, Any]] = connection.sql(sql).to_arrow_table().to_pylist()
    return rows


def ledger(data: Path, run_id: str) -> dict[str, tuple[str, str]]:
    rows = query(data, f"select url, disposition, reason from pages where run_id = '{run_id}'")
    assert max(Counter(row["url"] for row in rows).values()) == 1
    return {row["url"]: (row["disposition"], row["reason"]) for row in rows}


def last_run(data: Path) -> dict[str, Any]:
    return query(data, "select * from runs order by started_at desc limit 1")[0]


class Nights:
    """Three nights in a row in one warehouse, and what each printed; the first with Data Docs, the last for programs."""

    def __init__(self, data: Path, nightdesk: Run) -> None:
        self.data = data
        self.runs: list[dict[str, Any]] = []
        self.done: list[subprocess.CompletedProcess[str]] = []
        self.metrics = data.parent / "nightdesk.prom"
        for_programs = {"NIGHTDESK_LOG_FORMAT": "json", "NIGHTDESK_METRICS_FILE": str(self.metrics)}
        for_programs |= {"NIGHTDESK_NOTIFY_URL": SECRET}
        for day, more in ((FIRST, {"NIGHTDESK_DATA_DOCS": "1"}), (FIRST, {}), (SECOND, for_programs)):
            self.done.append(nightdesk("run", "--sample", "--day", day, "--data", data, more=more))
            assert self.done[-1].returncode == 0, self.done[-1].stderr[-3000:]
            self.runs.append(last_run(data))


@pytest.fixture(scope="module")
def nights(tmp_path_factory: pytest.TempPathFactory, nightdesk: Run) -> Nights:
    return Nights(tmp_path_factory.mktemp("nights") / "data", nightdesk)


def test_every_candidate_of_the_first_night_ends_as_the_newsroom_says(nights: Nights) -> None:
    assert ledger(nights.data, nights.runs[0]["run_id"]) == expected_ledger(FIRST)


def test_every_stored_row_is_the_right_row(nights: Nights) -> None:
    first = nights.runs[0]["run_id"]
    rows = {row["url"]: row for row in query(nights.data, f"select * from article_versions where run_id = '{first}'")}
    for expected in expected_rows(FIRST):
        assert {name: rows[expected["url"]][name] for name in expected} == expected
    assert len(rows) == len(expected_rows(FIRST))


def test_the_same_night_again_stores_nothing(nights: Nights) -> None:
    assert nights.runs[1]["stored"] == 0
    assert ledger(nights.data, nights.runs[1]["run_id"]) == expected_ledger(FIRST, after=FIRST)


def test_the_second_day_stores_exactly_the_new_and_the_changed(nights: Nights) -> None:
    assert ledger(nights.data, nights.runs[2]["run_id"]) == expected_ledger(SECOND, after=FIRST)
    versions = query(nights.data, "select url, version from article_versions where version > 1 order by url")
    changed = sorted(url for url, ending in expected_ledger(SECOND, after=FIRST).items() if ending == ("stored", "new_version"))
    assert versions == [{"url": url, "version": 2} for url in changed]


def test_every_line_for_programs_bears_its_run_and_each_refused_page_its_source_and_url(nights: Nights) -> None:
    lines = [json.loads(line) for line in nights.done[2].stderr.splitlines()]
    run_id = nights.runs[2]["run_id"]
    assert {line.get("run") for line in lines} == {run_id}
    stages = ["discover", "fetch", "extract", "check", "load", "finish", "publish", "report"]
    assert [line["stage"] for line in lines if line["logger"] == "flows.progress"] == stages
    refused = query(
        nights.data,
        f"select source, url from pages where run_id = '{run_id}' and (disposition = 'quarantined' or http_status = 404)",
    )
    told = {
        (line["source"], line["url"]) for line in lines if line.get("stage") in ("fetch", "extract", "load") and "url" in line
    }
    assert refused
    assert {(row["source"], row["url"]) for row in refused} - told == set()
    assert (lines[-1]["message"], lines[-1]["gate"]) == ("the run ends, its gate passed", "passed")
    assert "s3cret" not in nights.done[2].stderr


def test_a_night_leaves_its_figures_for_prometheus(nights: Nights) -> None:
    families = text_string_to_metric_families(file_of(nights.metrics, "sample").read_text())
    found = {family.name: family.samples for family in families}
    counted = {(sample.labels["disposition"], sample.labels["reason"]): sample.value for sample in found["nightdesk_pages"]}
    assert counted == Counter(ledger(nights.data, nights.runs[2]["run_id"]).values())
    (success,) = found["nightdesk_last_success_timestamp_seconds"]
    assert success.value == nights.runs[2]["finished_at"].timestamp()
    rows = {sample.labels["table"]: sample.value for sample in found["nightdesk_table_rows"]}
    assert (rows["articles"], rows["runs"]) == (len(query(nights.data, "select url from article_versions")), 3)


def test_the_runs_table_sums_up_each_ledger(nights: Nights) -> None:
    for run in nights.runs:
        counts = Counter(disposition for disposition, _ in ledger(nights.data, run["run_id"]).values())
        names = ("stored", "unchanged", "duplicate", "quarantined", "failed", "skipped")
        assert {name: run[name] for name in names} == {name: counts[name] for name in names}
        assert (run["candidates"], run["gate"], run["resumed"], run["kind"]) == (sum(counts.values()), "passed", 0, "sample")


def test_what_is_printed_says_where_to_go_on(nights: Nights) -> None:
    printed, run = nights.done[0].stdout, nights.runs[0]
    report = nights.data / "reports" / run["run_id"] / "index.html"
    assert f"report: {report}" in printed
    assert f'nightdesk sql --data {nights.data} "select site, count(*) from articles group by 1"' in printed
    assert f"{run['candidates']} candidates" in printed
    assert report.stat().st_size > 10_000
    assert [path for path in (nights.data / "staged").iterdir() if path.is_dir()] == []


def test_a_report_leads_to_its_data_docs_where_these_are_wanted(nights: Nights) -> None:
    folders = [nights.data / "reports" / run["run_id"] for run in nights.runs]
    assert [sorted(path.name for path in folder.iterdir()) for folder in folders] == [
        ["data_docs", "index.html"],
        ["index.html"],
        ["index.html"],
    ]
    assert ["data_docs/index.html" in (folder / "index.html").read_text() for folder in folders] == [True, False, False]


def test_the_nights_archive_backfilled_gives_the_same_articles_of_several_pages(
    nights: Nights, nightdesk: Run, tmp_path: Path
) -> None:
    raw = nights.data / "raw" / nights.runs[0]["run_id"]
    done = nightdesk("backfill", "--warc", raw / "*.warc.gz", "--data", tmp_path)
    assert done.returncode == 0, done.stderr[-3000:]
    names = ("url", "body", "page_count", "pages_missing")
    expected = {
        row["url"]: tuple(row[name] for name in names)
        for row in expected_rows(FIRST)
        if row["page_count"] + row["pages_missing"] > 1
    }
    assert sorted(counts[2:] for counts in expected.values()) == [(2, 0), (2, 0), (2, 1), (3, 0), (3, 0)]
    found = query(tmp_path, f"select {', '.join(names)} from articles")
    assert {row["url"]: tuple(row.values()) for row in found if row["url"] in expected} == expected
    parts = query(tmp_path, "select count(*) as parts from pages where reason = 'same_article' and detail like 'a page of %'")
    assert parts == [{"parts": 7}]


def test_a_reader_that_closes_the_pipe_is_no_failed_gate(nights: Nights, prefect_environment: dict[str, str]) -> None:
    code = "from flows.cli import main; main()"
    sql = "select range as number from range(200000)"
    command = [sys.executable, "-c", code, "sql", sql, "--format", "csv", "--data", str(nights.data)]
    with subprocess.Popen(command, env=prefect_environment, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "number\n"
        process.stdout.close()
        assert process.wait(60) == 0


def test_sql_answers_what_duckdb_alone_answers(nights: Nights, nightdesk: Run) -> None:
    sql = "select site, count(*) as articles from articles group by 1 order by 1"
    done = nightdesk("sql", sql, "--format", "csv", "--data", nights.data)
    rows = query(nights.data, sql)
    assert done.stdout.splitlines() == ["site,articles", *(f"{row['site']},{row['articles']}" for row in rows)]
