"""A rule that was too strict, put right: what it refused is shown, tried again and stored once, as if nothing had been."""

import csv
import io
import json
import os
import shutil
import signal
import subprocess
import sys
import time
import urllib.request
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
import pytest

from sources.newsroom.content import DAYS, newsroom_root
from sources.newsroom.truth import expected_ledger, expected_rows
from warehouse import files
from warehouse.paths import DataDir
from warehouse.views import publish

Run = Callable[..., subprocess.CompletedProcess[str]]
SOURCES = newsroom_root() / "sources.toml"
# As somebody's slip in expectations/rules.py: half of the newsroom's articles are shorter.
STRICT = """
from dataclasses import replace
from expectations import rules
rules.RULES = tuple(
    replace(rule, kwargs=rule.kwargs | {"min_value": 700}) if rule.name == "body_long_enough" else rule for rule in rules.RULES
)
from flows.cli import main
main()
"""


def query(data: Path, sql: str) -> list[dict[str, Any]]:
    with duckdb.connect(str(data / "nightdesk.duckdb"), read_only=True) as connection:
        connection.execute("set TimeZone = 'UTC'")
        rows: list[dict[str, Any]] = connection.sql(sql).to_arrow_table().to_pylist()
    return rows


def reasons(data: Path, kind: str) -> Counter[tuple[str, str]]:
    """The ledger of the runs of one kind: (disposition, reason) -> pages."""
    rows = query(data, f"select disposition, reason from pages join runs using (run_id) where kind = '{kind}'")
    return Counter((row["disposition"], row["reason"]) for row in rows)


def states(data: Path) -> Counter[str]:
    return Counter(row["replay_state"] for row in query(data, "select replay_state from quarantine"))


def assert_ledger_and_quarantine_agree(data: Path) -> None:
    ledger = query(data, "select run_id, url, reason from pages where disposition = 'quarantined' order by all")
    assert query(data, "select run_id, url, reason from quarantine order by all") == ledger


@pytest.fixture(scope="module")
def refused(tmp_path_factory: pytest.TempPathFactory, prefect_environment: dict[str, str], receiver: Any) -> Path:
    """The newsroom's first night under a rule that is too strict."""
    data = tmp_path_factory.mktemp("quarantine") / "data"
    done = subprocess.run(
        [sys.executable, "-c", STRICT, "run", "--sample", "--data", str(data)],
        env=prefect_environment | {"NIGHTDESK_NOTIFY_URL": receiver.url},
        capture_output=True, text=True, timeout=240, check=False,
    )  # fmt: skip
    assert done.returncode == 1, done.stderr[-3000:]  # the gate failed
    assert reasons(data, "sample")["quarantined", "short_body"] == states(data)["open"] - 2 == 47
    return data


@pytest.fixture
def data(refused: Path, tmp_path: Path) -> Path:
    """A copy, for tests that change it. Views name their files by absolute path."""
    copy = DataDir(shutil.copytree(refused, tmp_path / "data"))
    publish(copy)
    return copy.root


def test_a_gate_that_failed_is_a_state_an_artifact_and_a_notice_and_good_rows_are_loaded(
    refused: Path, receiver: Any, prefect_environment: dict[str, str]
) -> None:
    (run,) = query(refused, "select run_id, gate from runs")
    assert run["gate"] == "failed"
    assert query(refused, "select count(*) as n from articles") == [{"n": reasons(refused, "sample")["stored", "new_article"]}]
    missed = "49 of 68 extracted pages were quarantined (72%; max_quarantined_share allows 50%)."
    (notice,) = receiver.received
    assert (notice["kind"], notice["run_id"], notice["sentences"]) == ("gate", run["run_id"], [missed])

    def ask(what: str, filters: dict[str, Any]) -> list[dict[str, Any]]:
        request = urllib.request.Request(
            f"{prefect_environment['PREFECT_API_URL']}/{what}/filter",
            json.dumps(filters).encode(),
            {"Content-Type": "application/json"},
        )
        with urllib.request.urlopen(request, timeout=30) as answer:
            found: list[dict[str, Any]] = json.load(answer)
        return found

    states = ask("flow_runs", {"flow_runs": {"state": {"name": {"any_": ["Gate failed"]}}}})
    own = [state["state"] for state in states if state["parameters"].get("data") == str(refused)]  # others share the server
    assert [(state["type"], state["message"]) for state in own] == [("FAILED", missed)]
    artifacts = [item for item in ask("artifacts", {"artifacts": {"key": {"any_": ["gate"]}}}) if run["run_id"] in item["data"]]
    assert [item["data"].splitlines()[1:] for item in artifacts] == [[f"- {missed}"]]


def test_rows_are_listed_by_what_they_are(refused: Path, nightdesk: Run) -> None:
    done = nightdesk("quarantine", "list", "--reason", "missing_date", "--data", refused)
    assert (done.returncode, done.stderr) == (0, "1 row\n")
    (row,) = query(refused, "select * from quarantine where reason = 'missing_date'")
    assert done.stdout.splitlines()[2].split("  ")[:3] == [row["quarantine_id"][:10], "karangsenja", "missing_date"]

    of_source = json.loads(nightdesk("quarantine", "list", "--source", "northmoor", "--format", "json", "--data", refused).stdout)
    assert {row["source"] for row in of_source} == {"northmoor"}
    assert len(of_source) == query(refused, "select count(*) as n from quarantine where source = 'northmoor'")[0]["n"]
    of_site = nightdesk("quarantine", "list", "--site", "northmoor.localhost", "--format", "csv", "--limit", 3, "--data", refused)
    assert [row["site"] for row in csv.DictReader(io.StringIO(of_site.stdout))] == ["northmoor.localhost"] * 3
    none = nightdesk(
        "quarantine", "list", "--run", "20200101T000000Z-abcdef", "--state", "all", "--format", "json", "--data", refused
    )
    assert json.loads(none.stdout) == []


def test_a_row_is_shown_with_its_rules_and_its_page(refused: Path, nightdesk: Run) -> None:
    (row,) = query(refused, "select * from quarantine where reason = 'missing_date'")
    row_id = row["quarantine_id"]
    shown = nightdesk("quarantine", "show", row_id[:8], "--data", refused).stdout.splitlines()
    assert shown[0] == f"{row_id}  open"
    assert shown[1].split() == ["url", row["url"]]
    assert shown[4].split() == [
        "raw",
        "page",
        f"{refused / 'raw' / row['warc_file']},",
        "record",
        "at",
        "byte",
        str(row["warc_offset"]),
    ]
    assert [line for line in shown if line.startswith("broken")] == [
        f"broken: {broken['rule']} ({broken['column']})" for broken in row["broken_rules"]
    ]
    assert "  must be              The article says when it was published." in shown
    page = nightdesk("quarantine", "show", row_id, "--open", "--data", refused).stdout.splitlines()
    assert row["title"] in page
    assert set(" ".join(row["body"].split()[:8]).split()) <= set(" ".join(page).split())
    as_json = json.loads(nightdesk("quarantine", "show", row_id, "--format", "json", "--data", refused).stdout)
    assert as_json["broken_rules"][0]["meaning"] == "The article says when it was published."
    assert as_json["body"] == row["body"]


@pytest.mark.parametrize(
    ("row_id", "message"),
    [
        ("xyz", "'xyz' is no id of the quarantine"),
        ("0000000000", "0000000000: no row of the quarantine has an id that begins so"),
    ],
)
def test_an_id_that_names_no_row_is_told(row_id: str, message: str, refused: Path, nightdesk: Run) -> None:
    for verb in (["show"], ["replay"], ["release", "--because", "it is right"]):
        done = nightdesk("quarantine", verb[0], row_id, *verb[1:], "--data", refused)
        assert (done.returncode, message in done.stderr) == (2, True), done.stderr


def test_a_replay_that_was_killed_and_run_again_stores_every_row_once(
    data: Path, nightdesk: Run, prefect_environment: dict[str, str]
) -> None:
    night = query(data, "select url, fetched_at, disposition from pages")
    before = states(data)

    dry = nightdesk("quarantine", "replay", "--dry-run", "--sources", SOURCES, "--data", data)
    assert dry.stdout.splitlines()[0] == "49 refused pages read again: 47 pass, 2 do not"
    assert (reasons(data, "replay"), states(data)) == (Counter(), before)

    replay = ["quarantine", "replay", "--sources", str(SOURCES), "--data", str(data)]
    process = subprocess.Popen(
        [sys.executable, "-c", "from flows.cli import main; main()", *replay],
        env=prefect_environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True,
    )  # fmt: skip
    committed = data / "lake" / "articles" / "_delta_log" / f"{2:020d}.json"  # the rows are in the lake, the ledger is not
    deadline = time.monotonic() + 120
    while not committed.exists() and process.poll() is None and time.monotonic() < deadline:
        time.sleep(0.002)
    assert process.poll() is None
    os.kill(process.pid, signal.SIGKILL)
    process.wait()

    with files.exclusive(data / ".quarantine.lock"):
        busy = nightdesk(*replay)
        assert busy.returncode == 3
        assert "a replay or a release of the quarantine is running in another process" in busy.stderr

    done = nightdesk(*replay)
    assert done.returncode == 0, done.stderr[-3000:]
    assert done.stdout.splitlines()[0] == dry.stdout.splitlines()[0]
    expected = Counter(expected_ledger(DAYS[0]).values())
    passed = Counter({("stored", "new_article"): 45, ("duplicate", "same_article"): 2})
    still_refused = Counter({("quarantined", "missing_body"): 1, ("quarantined", "missing_date"): 1})
    assert reasons(data, "replay") == passed + still_refused
    # Together, the night and its replay come to what the night should have.
    assert reasons(data, "sample") - Counter({("quarantined", "short_body"): 47}) + passed == expected
    assert states(data) == {"replayed": 47, "superseded": 2, "open": 2}
    assert_ledger_and_quarantine_agree(data)

    rows = {row["url"]: row for row in query(data, "select * from article_versions")}
    assert len(rows) == query(data, "select count(*) as n from article_versions")[0]["n"]
    for expected_row in expected_rows(DAYS[0]):
        assert {name: rows[expected_row["url"]][name] for name in expected_row} == expected_row
    fetched_at = {row["url"]: row["fetched_at"] for row in night}
    assert {url: (row["first_seen_at"], row["fetched_at"]) for url, row in rows.items()} == {
        url: (fetched_at[url], fetched_at[url]) for url in rows
    }
    kinds = {row["run_id"]: row["kind"] for row in query(data, "select run_id, kind from runs")}
    was_refused = {row["url"] for row in night if row["disposition"] == "quarantined"}
    assert {url for url, row in rows.items() if kinds[row["run_id"]] == "replay"} == was_refused & rows.keys()

    again = nightdesk("quarantine", "replay", "--reason", "short_body", "--sources", SOURCES, "--data", data)
    assert (again.returncode, again.stdout) == (0, "0 refused pages read again: 0 pass, 0 do not\n")
    assert list((data / "staged").glob("*/run.json")) == []


def test_a_false_alarm_is_released_with_its_reason_and_a_page_that_is_gone_is_told(data: Path, nightdesk: Run) -> None:
    row = query(data, "select * from quarantine where reason = 'missing_date'")[0]
    shutil.rmtree(data / "raw")
    row_id = row["quarantine_id"]
    why = "the outlet dates its essays nowhere"
    released = nightdesk("quarantine", "release", row_id[:10], "--because", why, "--data", data)
    assert released.returncode == 0, released.stderr[-3000:]
    (stored,) = query(data, f"select * from articles where article_id = '{row['article_id']}'")
    assert {name: stored[name] for name in ("title", "body", "published_at", "fetched_at", "first_seen_at", "extractor")} == {
        name: row[name] for name in ("title", "body", "published_at", "fetched_at", "extractor")
    } | {"first_seen_at": row["fetched_at"]}
    (page,) = query(data, "select pages.* from pages join runs using (run_id) where kind = 'release'")
    assert [page[name] for name in ("url", "disposition", "reason", "detail", "discovered_via", "discovered_from")] == [
        row["url"], "stored", "new_article", f"released from the quarantine: {why}", "quarantine", row["run_id"],
    ]  # fmt: skip
    (ruled,) = query(data, f"select replay_state, ruled_by_run, because from quarantine where quarantine_id = '{row_id}'")
    assert ruled == {"replay_state": "released", "ruled_by_run": page["run_id"], "because": why}
    assert_ledger_and_quarantine_agree(data)

    twice = nightdesk("quarantine", "release", row_id, "--because", why, "--data", data)
    assert (twice.returncode, f"{row_id}: this row was released already" in twice.stderr) == (2, True)
    assert list((data / "staged").glob("*/run.json")) == []
    gone = nightdesk("quarantine", "replay", row_id, "--reason", "missing_date", "--data", data)
    assert gone.stdout.splitlines() == [
        "0 refused pages read again: 0 pass, 0 do not",
        f"{row_id[:10]}: was released already; nothing is to be done",
    ]
    other = query(data, "select quarantine_id from quarantine where reason = 'missing_body'")[0]["quarantine_id"]
    gone = nightdesk("quarantine", "replay", other, "--data", data)
    assert gone.stdout.splitlines()[1].startswith(
        f"1 cannot be replayed, because their raw pages are not in the archive any more: {other[:10]}. They stay open"
    )
    opened = nightdesk("quarantine", "show", other, "--open", "--data", data)
    assert (opened.returncode, "was removed from the archive" in opened.stderr) == (2, True)
