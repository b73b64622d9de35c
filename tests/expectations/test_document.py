"""The report for machines and for mails: keys that scripts rely on, and text that marks nothing up."""

import json
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from expectations.document import FORMAT, as_json
from expectations.report import MOST_ALARMS, Report, html, markdown, read_report
from warehouse.paths import DataDir
from warehouse.schema import RUNS

DOCS = Path(__file__).parents[2] / "docs" / "report.md"
DISPOSITIONS = {"stored", "unchanged", "duplicate", "quarantined", "failed", "skipped"}
# List -> the keys of each of its rows.
ROWS = {
    "history": set(RUNS.names),
    "reasons": {"disposition", "reason", "pages", "sources", "detail"},
    "stages": {"stage", "began_at", "ended_at", "minutes"},
    "sources": DISPOSITIONS
    | {"source", "candidates", "new_articles", "bytes", "lag_minutes_p50", "lag_minutes_p90", "body_length_p50", "extracted"}
    | {"last_published_at"},
    "trends": {"source", "new_articles", "lag_minutes", "body_length"}
    | {"usual_new_articles", "usual_lag_minutes", "usual_body_length"},
    "quarantined": {"quarantine_id", "reason", "source", "url", "title", "detail", "broken_rules", "replay_state"}
    | {"warc_file", "warc_offset", "reason_pages"},
    "failed": {"reason", "source", "url", "http_status", "detail", "reason_pages"},
    "completeness": {"source", "field", "share", "usual"},
    "changes": {"url", "source", "version", "title", "title_before", "published_at", "published_at_before", "body_length"}
    | {"body_length_before", "paragraphs_added", "paragraphs_removed", "stored", "titles", "times", "bodies"},
    "duplicates": {"pages", "url", "source", "kept_url", "title"},
    "copies": {"copies", "tonight", "articles", "sites", "first_site", "reason", "title", "url"},
    "hosts": {"host", "pages", "median_ms", "p90_ms"},
    "checks": {"rule", "column", "severity", "row_count", "broken_count", "worst_source", "worst_count"},
    "alarms": {"source", "kind", "metric", "column", "severity", "usual", "usual_low", "usual_high", "tonight", "nights"}
    | {"since", "message", "examples"},
    "funnel": {"name", "pages", "lost"},
}


@pytest.fixture(scope="module")
def report(warehouse: DataDir, large_report: Report) -> Report:
    """Of the night before too, with two alarms."""
    report = read_report(warehouse, "run-2")
    return replace(report, figures=replace(report.figures, alarms=large_report.figures.alarms[40:42]))


@pytest.fixture(scope="module")
def document(report: Report) -> dict[str, Any]:
    made: dict[str, Any] = json.loads(as_json(replace(report, gate_reasons=("6 of 10 pages asked for failed.",))))
    return made


def test_the_keys_are_those_that_scripts_rely_on(document: dict[str, Any]) -> None:
    assert FORMAT == 1
    assert set(document) == {"format", "run", "gate", "findings", *ROWS}
    assert {name: {key for row in document[name] for key in row} for name in ROWS} == ROWS
    assert set(document["run"]) == set(RUNS.names)


def test_values_are_plain(document: dict[str, Any]) -> None:
    assert document["format"] == FORMAT
    assert document["gate"] == {"verdict": "passed", "reasons": ["6 of 10 pages asked for failed."]}
    assert document["findings"] == ["silent-times: not one of 6 pages gave an article."]
    assert document["funnel"][-2:] == [
        {
            "name": "accepted",
            "pages": 296,
            "lost": [["same content as before", 64], ["same article as another page", 6]],
        },
        {"name": "stored", "pages": 226, "lost": []},
    ]
    assert document["run"]["started_at"] == "2026-03-02T20:00:00Z"
    assert document["hosts"][0] == {"host": "le-phare.example", "pages": 31, "median_ms": 882.0, "p90_ms": 1038.0}
    assert [row["source"] for row in document["alarms"]] == ["le-phare-040-of-the-region", "silent-times-041-of-the-region"]


def test_every_key_is_in_the_documentation() -> None:
    text = DOCS.read_text(encoding="utf-8")
    keys = {"format", "run", "gate", "findings", *ROWS, *(key for name in ROWS if name != "history" for key in ROWS[name])}
    assert {key for key in keys if f"`{key}`" not in text} == set()


def test_a_value_without_a_form_in_json_is_refused(report: Report) -> None:
    odd = replace(report, figures=replace(report.figures, run={**report.figures.run, "day": {1}}))
    with pytest.raises(TypeError, match="set has no form in JSON"):
        as_json(odd)


def test_markdown_says_the_night_and_marks_up_nothing_of_it(report: Report) -> None:
    alarm = {**report.figures.alarms[0], "message": "a|b: <b>*4*</b>", "examples": ["https://a.example/x_y"]}
    text = markdown(Report(replace(report.figures, alarms=(alarm,)), ("6 of 10 pages asked for failed.",)))
    assert text.splitlines() == [
        "# Quality of the night run of 2026-03-02: gate passed",
        "",
        "Run run-2, started 2026-03-02 20:00 UTC, finished 2026-03-02 20:31 UTC.",
        "",
        "- 6 of 10 pages asked for failed.",
        "",
        "## Drift alarms: 1",
        "",
        "- **critical**: a\\|b: \\<b\\>\\*4\\*\\</b\\>",
        "    - https://a.example/x\\_y",
        "",
        "## Look at these first",
        "",
        "- silent-times: not one of 6 pages gave an article.",
        "",
        "## What became of 369 candidates",
        "",
        "| disposition | pages | usually |",
        "|---|---:|---:|",
        "| stored | 226 | 290 |",
        "| unchanged | 64 | 0 |",
        "| duplicate | 6 | 6 |",
        "| quarantined | 37 | 37 |",
        "| failed | 29 | 29 |",
        "| skipped | 7 | 7 |",
        "",
        "| came this far | pages | lost here |",
        "|---|---:|---|",
        "| found | 369 | −7 skipped |",
        "| asked for | 362 | −29 failed |",
        "| extracted | 333 | −37 quarantined |",
        "| accepted | 296 | −64 same content as before, −6 same article as another page |",
        "| stored | 226 | |",
        "",
        "## Sources",
        "",
        "| source | alarms | candidates | stored | quarantined | failed |",
        "|---|---:|---:|---:|---:|---:|",
        "| kabar-selatan | 0 | 96 | 62 | 9 | 6 |",
        "| harbour-post | 0 | 83 | 52 | 8 | 4 |",
        "| nordblick | 0 | 71 | 42 | 7 | 6 |",
        "| minato-shimbun | 0 | 58 | 35 | 5 | 3 |",
        "| le-phare | 0 | 31 | 22 | 4 | 2 |",
        "| valley-courier | 0 | 24 | 13 | 4 | 2 |",
        "| silent-times | 0 | 6 | 0 | 0 | 6 |",
    ]


def test_the_page_of_300_sources_stays_below_2_mb_and_names_what_it_leaves_out(large_report: Report) -> None:
    page = html(large_report, has_docs=True)
    assert len(page.encode()) < 2_000_000
    assert page.count('<li class="alarm ') == MOST_ALARMS
    assert f"{len(large_report.figures.alarms) - MOST_ALARMS} more; all of them:" in page


def test_the_markdown_of_300_sources_is_short(large_report: Report) -> None:
    text = markdown(large_report)
    assert len(text.encode()) < 30_000
    assert [line for line in text.splitlines() if line.endswith(("more", "in the report."))] == [
        "- 170 more",
        "- 162 more",
        "270 more sources are in the report.",
    ]


def test_times_of_the_document_are_in_utc(document: dict[str, Any]) -> None:
    latest = max(row["last_published_at"] for row in document["sources"] if row["last_published_at"])
    assert datetime.fromisoformat(latest) == datetime(2026, 3, 2, 20, tzinfo=UTC)
    assert latest.endswith("Z")
