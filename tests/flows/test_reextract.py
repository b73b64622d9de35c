"""The archive through today's settings: what changes is shown, stored on request, and right in the end."""

import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
import pytest

from sources.newsroom.content import DAYS, newsroom_root
from sources.newsroom.truth import expected_rows

Run = Callable[..., subprocess.CompletedProcess[str]]
RIGHT = newsroom_root() / "sources.toml"


def query(data: Path, sql: str) -> list[dict[str, Any]]:
    with duckdb.connect(str(data / "nightdesk.duckdb"), read_only=True) as connection:
        connection.execute("set TimeZone = 'UTC'")
        rows: list[dict[str, Any]] = connection.sql(sql).to_arrow_table().to_pylist()
    return rows


def versions(data: Path) -> dict[str, int]:
    return {row["url"]: row["version"] for row in query(data, "select url, version from articles")}


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory, nightdesk: Run) -> Path:
    folder = tmp_path_factory.mktemp("reextract") / "data"
    done = nightdesk("run", "--sample", "--data", folder)
    assert done.returncode == 0, done.stderr[-3000:]
    return folder


def test_what_changes_is_shown_then_stored_then_mended(data: Path, nightdesk: Run, tmp_path: Path) -> None:
    """As if an outlet's zone had been wrong: its times move, and move back; articles of several pages stay whole."""
    wrong = tmp_path / "sources.toml"
    wrong.write_text(RIGHT.read_text().replace("Asia/Tokyo", "Asia/Jakarta"))
    before = versions(data)
    assert set(before.values()) == {1}

    dry = nightdesk("reextract", "--dry-run", "--sources", wrong, "--data", data)
    assert dry.returncode == 0, dry.stderr[-3000:]
    lines = dry.stdout.splitlines()
    assert lines[0] == f"{len(before)} pages read again: 4 rows change, {len(before) - 4} do not"
    assert [line for line in lines if line.startswith("  ") and line[2] != " "] == [
        "  published_at: 4",
        "  published_utc_offset: 4",
    ]
    assert "      - 2026-03-01T11:35:00+00:00" in lines
    assert "      + 2026-03-01T13:35:00+00:00" in lines
    assert (versions(data), [path for path in (data / "staged").iterdir() if path.is_dir()]) == (before, [])

    done = nightdesk("reextract", "--sources", wrong, "--site", "shiokaze.localhost", "--data", data)
    assert done.returncode == 0, done.stderr[-3000:]
    after = versions(data)
    changed = {url for url, version in after.items() if version == 2}
    assert len(changed) == 4
    assert after == before | dict.fromkeys(changed, 2)
    ledger = query(data, "select disposition, reason, count(*)::int as n from pages where discovered_via = 'warc' group by all")
    same = sum("shiokaze" in url for url in before) - 4
    assert {(row["disposition"], row["reason"]): row["n"] for row in ledger} == {
        ("stored", "new_version"): 4,
        ("unchanged", "same_content"): same,
    }

    assert nightdesk("reextract", "--sources", RIGHT, "--since", "2026-01-01", "--data", data).returncode == 0
    assert versions(data) == before | dict.fromkeys(changed, 3)
    rows = {row["url"]: row for row in query(data, "select * from articles")}
    for expected in expected_rows(DAYS[0]):
        assert {name: rows[expected["url"]][name] for name in expected} == expected


def test_nothing_chosen_is_nothing_done(data: Path, nightdesk: Run) -> None:
    done = nightdesk("reextract", "--sources", RIGHT, "--site", "elsewhere.example", "--data", data)
    assert (done.returncode, done.stdout) == (0, "0 pages read again: 0 rows change, 0 do not\n")


def test_a_sources_file_that_is_not_there_is_told(nightdesk: Run, tmp_path: Path) -> None:
    done = nightdesk("reextract", "--sources", tmp_path / "none.toml", "--data", tmp_path)
    assert done.returncode == 2
    assert "none.toml: there is no such file" in done.stderr
