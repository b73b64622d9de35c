"""Each query of the report, over the two nights of the fixture: rows held against the tables that went in, or written out."""

from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median
from typing import Any

import pyarrow as pa
import pytest

from expectations.figures import Figures, read_figures, read_list
from warehouse.lake import Lake
from warehouse.paths import DataDir
from warehouse.query import connect
from warehouse.schema import ARTICLES, RUNS
from warehouse.views import publish

Rows = list[dict[str, Any]]
TablesOf = Callable[[str], dict[str, Rows]]
NIGHT = datetime(2026, 3, 2, 20, tzinfo=UTC)


@pytest.fixture(scope="module")
def figures(warehouse: DataDir) -> Figures:
    with connect(warehouse) as con:
        return read_figures(con, "run-2")


@pytest.fixture(scope="module")
def tables(tables_of: TablesOf) -> dict[str, Rows]:
    """What run-2 put into the lake."""
    return tables_of("run-2")


def counted(rows: Rows, *names: str) -> Counter[tuple[Any, ...]]:
    return Counter(tuple(row[name] for name in names) for row in rows)


def test_reasons_count_the_ledger(figures: Figures, tables: dict[str, Rows]) -> None:
    asked = counted(tables["pages"], "disposition", "reason")
    assert {(row["disposition"], row["reason"]): row["pages"] for row in figures.reasons} == dict(asked)
    sources = {reason: len({row["source"] for row in tables["pages"] if row["reason"] == reason}) for _, reason in asked}
    assert {row["reason"]: row["sources"] for row in figures.reasons} == sources
    assert [row["pages"] for row in figures.reasons] == sorted(asked.values(), reverse=True)


def test_sources_count_the_ledger(figures: Figures, tables: dict[str, Rows]) -> None:
    of = counted(tables["pages"], "source", "disposition")
    names = ("stored", "unchanged", "duplicate", "quarantined", "failed", "skipped")
    for row in figures.sources:
        assert {name: row[name] for name in names} == {name: of[row["source"], name] for name in names}
        assert row["candidates"] == sum(row[name] for name in names)
    assert [(row["source"], row["candidates"]) for row in figures.sources] == [
        ("kabar-selatan", 96),
        ("harbour-post", 83),
        ("nordblick", 71),
        ("minato-shimbun", 58),
        ("le-phare", 31),
        ("valley-courier", 24),
        ("silent-times", 6),
    ]
    latest = {
        row["source"]: max(other["published_at"] for other in tables["articles"] if other["source"] == row["source"])
        for row in tables["articles"]
    }
    assert {row["source"]: row["last_published_at"] for row in figures.sources} == latest | {"silent-times": None}


def test_history_and_trends_end_with_the_run(figures: Figures, tables: dict[str, Rows], tables_of: TablesOf) -> None:
    assert [(row["run_id"], row["stored"]) for row in figures.history] == [("run-1", 290), ("run-2", 226)]
    before = counted(tables_of("run-1")["pages"], "source", "reason")
    tonight = counted(tables["pages"], "source", "reason")
    assert {row["source"]: (row["new_articles"], row["usual_new_articles"]) for row in figures.trends} == {
        row["source"]: (
            [float(of[row["source"], "new_article"]) for of in (before, tonight)],
            float(before[row["source"], "new_article"]),
        )
        for row in figures.sources
    }


def test_completeness_is_of_extracted_rows(figures: Figures, tables: dict[str, Rows]) -> None:
    found = {(row["source"], row["field"]): row for row in figures.completeness}
    extracted = {row["source"]: row["extracted"] for row in figures.sources}
    authors = [bool(row["authors"]) for row in tables["extracted"] if row["source"] == "valley-courier"]
    assert len(authors) == extracted["valley-courier"]
    assert found["valley-courier", "authors"]["share"] == pytest.approx(sum(authors) / len(authors))
    assert (found["le-phare", "published_time"]["share"], found["le-phare", "published_time"]["usual"]) == (0, 0)
    assert {source for source, _ in found} == set(extracted) - {"silent-times"}


def test_examples_are_from_as_many_sources_as_there_are(figures: Figures, tables: dict[str, Rows]) -> None:
    for rows, most, wanted in ((figures.failed, 5, "failed"), (figures.quarantined, 20, "quarantined")):
        of = counted([row for row in tables["pages"] if row["disposition"] == wanted], "reason")
        assert {row["reason"]: row["reason_pages"] for row in rows} == {reason: pages for (reason,), pages in of.items()}
        assert counted(list(map(dict, rows)), "reason") == {key: min(most, pages) for key, pages in of.items()}
        assert [row["reason_pages"] for row in rows] == sorted((row["reason_pages"] for row in rows), reverse=True)
    first = [row["source"] for row in figures.quarantined if row["reason"] == "invalid_field"][:6]
    assert len(set(first)) == 6


def test_changes_are_held_against_the_version_before(figures: Figures, tables: dict[str, Rows], tables_of: TablesOf) -> None:
    known = {row["article_id"] for row in tables_of("run-1")["articles"]}
    changed = {row["url"]: row for row in tables["articles"] if row["version"] == 2 and row["article_id"] in known}
    assert len(figures.changes) == len(changed) == 24
    assert {row["url"]: row["title"] for row in figures.changes} == {url: row["title"] for url, row in changed.items()}
    assert [row["title_before"] for row in figures.changes] == [
        row["title"].replace("(updated, ", "(") for row in figures.changes
    ]
    assert {(row["stored"], row["titles"], row["times"], row["bodies"]) for row in figures.changes} == {(24, 24, 24, 0)}
    assert {row["published_at"] - row["published_at_before"] for row in figures.changes} == {timedelta(days=1)}
    assert {(row["paragraphs_added"], row["paragraphs_removed"]) for row in figures.changes} == {(0, 0)}


def test_paragraphs_are_counted_wherever_the_version_before_lies(tmp_path: Path, tables_of: TablesOf) -> None:
    """In another file, in another row of it, beside rows that nobody asked for."""
    data, first, second = DataDir(tmp_path), tables_of("run-1"), tables_of("run-2")
    rows = [dict(row, version=1, body="A.\n\nB.\n\nC.") for row in first["articles"][:6]]
    bodies = ("A.\n\nB.", "A.\n\nD.\n\nE.")
    later = [dict(row, version=2, run_id="run-2", body=body) for row, body in zip(rows, bodies, strict=False)]
    lake = Lake(data.lake)
    for number, part in enumerate((rows[:1], rows[1:], later)):
        lake.append_once("articles", pa.Table.from_pylist(part, schema=ARTICLES), batch_id=str(number))
    for tables in (first, second):
        lake.append_once("runs", pa.Table.from_pylist(tables["runs"], schema=RUNS), batch_id=tables["runs"][0]["run_id"])
    publish(data)
    with connect(data) as con:
        changes = read_list(con, "changes", "run-2")
        assert read_list(con, "changes", "run-1") == ()
    assert {
        row["url"]: (row["paragraphs_added"], row["paragraphs_removed"], row["version"], row["bodies"]) for row in changes
    } == {
        rows[0]["url"]: (0, 1, 2, 2),
        rows[1]["url"]: (2, 2, 2, 2),
    }


def test_duplicates_name_the_article_that_was_kept(figures: Figures, tables: dict[str, Rows]) -> None:
    led = sorted((row["source"], row["url"]) for row in tables["pages"] if row["reason"] == "same_article")
    assert [(row["source"], row["url"]) for row in figures.duplicates] == led
    assert {row["pages"] for row in figures.duplicates} == {len(led)} == {6}


def test_hosts_are_the_slowest_first(figures: Figures, tables: dict[str, Rows]) -> None:
    times: dict[str, list[int]] = {}
    for row in tables["pages"]:
        times.setdefault(row["url"].split("/")[2], []).append(row["elapsed_ms"])
    assert {row["host"]: (row["pages"], row["median_ms"]) for row in figures.hosts} == {
        host: (len(of), median(of)) for host, of in times.items()
    }
    assert [row["p90_ms"] for row in figures.hosts] == sorted((row["p90_ms"] for row in figures.hosts), reverse=True)


def test_stages_follow_one_another(figures: Figures) -> None:
    last_fetch = NIGHT + timedelta(seconds=95)
    ended, extracted = NIGHT + timedelta(minutes=31), NIGHT + timedelta(minutes=20)
    assert [(row["stage"], row["began_at"], row["ended_at"]) for row in figures.stages] == [
        ("discover", NIGHT, NIGHT),
        ("fetch", NIGHT, last_fetch),
        ("extract", extracted, extracted),
        ("check, load", extracted, ended),
    ]
    assert [row["minutes"] for row in figures.stages] == pytest.approx([0, 95 / 60, 0, 11])


def test_checks_name_the_source_that_breaks_a_rule_most(figures: Figures, tables: dict[str, Rows]) -> None:
    whole = {row["rule"]: row["broken_count"] for row in tables["checks"] if row["source"] is None}
    assert {row["rule"]: row["broken_count"] for row in figures.checks} == whole
    for row in figures.checks:
        of = [check["broken_count"] for check in tables["checks"] if check["rule"] == row["rule"] and check["source"]]
        assert row["worst_count"] == (max(of) if any(of) else None)
        assert (row["worst_source"] is None) == (row["worst_count"] is None)
