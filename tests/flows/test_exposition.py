"""A run's figures as Prometheus reads them: every sample of the file."""

import logging
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from prometheus_client import generate_latest
from prometheus_client.parser import text_string_to_metric_families

from expectations.alarms import Alarm, AlarmKind, AlarmSeverity
from flows import exposition, timings
from flows.exposition import RunFigures, expose, file_of, registry_of
from flows.rundir import RunDir, RunInfo
from warehouse.lake import Lake
from warehouse.paths import DataDir
from warehouse.schema import PAGES
from warehouse.sizes import TableSize, table_sizes

STARTED, FINISHED = datetime(2026, 3, 2, 2, tzinfo=UTC), datetime(2026, 3, 2, 2, 10, tzinfo=UTC)


def pages(*rows: tuple[str, str, str, int | None]) -> pa.Table:
    """(source, disposition, reason, bytes) -> the ledger."""
    names = ("source", "disposition", "reason", "bytes")
    fields = pa.schema([PAGES.field(name) for name in names])
    return pa.Table.from_pylist([dict(zip(names, row, strict=True)) for row in rows], schema=fields)


def alarm(source: str | None, severity: AlarmSeverity) -> Alarm:
    return Alarm("2026-03-02", source, AlarmKind.VOLUME, "new", None, severity, 9.0, 8.0, 10.0, 1.0, 20, "2026-03-02", "fell")


FIGURES = RunFigures(
    kind="night",
    warehouse='/srv/"news"',
    started_at=STARTED,
    finished_at=FINISHED,
    resumed=1,
    gate_passed=False,
    last_passed_at=STARTED,
    pages=pages(
        ("daily", "stored", "new_article", 700), ("daily", "stored", "new_article", 300), ("harian", "failed", "not_found", None)
    ),
    alarms=(alarm("harian", AlarmSeverity.CRITICAL), alarm("harian", AlarmSeverity.WARNING)),
    sources=("daily", "harian"),
    stage_seconds={"fetch": 12.5, "load": 0.25},
    tables={"articles": TableSize(10, 2048)},
)


def samples(text: str) -> dict[tuple[Any, ...], float]:
    """(name, labels but for the run's own) -> value."""
    found = {}
    for family in text_string_to_metric_families(text):
        assert (family.type, bool(family.documentation)) == ("gauge", True)
        for sample in family.samples:
            labels = {name: value for name, value in sample.labels.items() if name not in ("kind", "warehouse")}
            found[sample.name.removeprefix("nightdesk_"), *labels.values()] = sample.value
    return found


def test_every_sample_of_a_run() -> None:
    text = generate_latest(registry_of(FIGURES)).decode()
    assert 'nightdesk_gate_passed{kind="night",warehouse="/srv/\\"news\\""} 0.0\n' in text
    nothing = dict.fromkeys(
        [(source, name) for source in FIGURES.sources for name in ("unchanged", "duplicate", "quarantined")], 0
    )
    by_source = nothing | {("daily", "stored"): 2, ("daily", "failed"): 0, ("daily", "skipped"): 0}
    by_source |= {("harian", "stored"): 0, ("harian", "failed"): 1, ("harian", "skipped"): 0}
    assert samples(text) == {
        ("info", version("nightdesk")): 1,
        ("last_run_timestamp_seconds",): FINISHED.timestamp(),
        ("last_success_timestamp_seconds",): STARTED.timestamp(),
        ("run_duration_seconds",): 600,
        ("run_resumptions",): 1,
        ("gate_passed",): 0,
        ("stage_duration_seconds", "fetch"): 12.5,
        ("stage_duration_seconds", "load"): 0.25,
        ("pages", "stored", "new_article"): 2,
        ("pages", "failed", "not_found"): 1,
        ("page_bytes",): 1000,
        ("alarms", "critical"): 1,
        ("alarms", "warning"): 1,
        ("source_alarms", "critical", "harian"): 1,
        ("source_alarms", "warning", "harian"): 1,
        ("table_rows", "articles"): 10,
        ("table_bytes", "articles"): 2048,
        **{("source_pages", disposition, source): count for (source, disposition), count in by_source.items()},
    }


def test_sources_beyond_the_bound_are_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exposition, "MOST_SOURCES", 1)
    found = samples(generate_latest(registry_of(FIGURES)).decode())
    stored = {key[2]: value for key, value in found.items() if key[:2] == ("source_pages", "failed")}
    assert stored == {"daily": 0, "(others)": 1}
    assert {key[2] for key in found if key[0] == "source_alarms"} == {"(others)"}


def ended_run(data: DataDir, kind: str = "night") -> RunDir:
    return RunDir(RunInfo("run-1", kind, "key", "2026-03-02", STARTED.isoformat()), data)


def test_a_run_leaves_its_file_and_a_backfill_one_of_its_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, add_run: Any
) -> None:
    data, path = DataDir(tmp_path / "data"), tmp_path / "nightdesk.prom"
    add_run(data, STARTED)
    monkeypatch.setattr(exposition, "utc_now", lambda: FINISHED)
    expose(ended_run(data), FIGURES.pages, (), gate_passed=True, sources=["weekly", "daily"])
    assert list(tmp_path.glob("*.prom*")) == []  # nobody asked for one
    monkeypatch.setenv("NIGHTDESK_METRICS_FILE", str(path))
    with timings.kept(), timings.current().timed("load"):
        pass
    expose(ended_run(data), FIGURES.pages, (), gate_passed=True, sources=["weekly", "daily"])
    expose(ended_run(data, "backfill"), FIGURES.pages, (), gate_passed=True, sources=())
    assert sorted(file.name for file in tmp_path.glob("*.prom*")) == ["nightdesk-backfill.prom", "nightdesk.prom"]
    night, backfill = samples(path.read_text()), samples(file_of(path, "backfill").read_text())
    assert [key[2] for key in night if key[:2] == ("source_pages", "stored")] == ["weekly", "daily", "harian"]
    assert (night["last_success_timestamp_seconds",], night["run_duration_seconds",]) == (STARTED.timestamp(), 600)
    assert ("last_success_timestamp_seconds",) not in backfill
    assert {key[1:]: value for key, value in night.items() if key[0] == "table_rows"} == {("runs",): 1}
    assert table_sizes(Lake(data.lake)) == {"runs": TableSize(1, int(night["table_bytes", "runs"]))}


def test_a_file_that_cannot_be_written_is_said_and_costs_no_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv("NIGHTDESK_METRICS_FILE", str(tmp_path / "none" / "nightdesk.prom"))
    with caplog.at_level(logging.WARNING, "flows.exposition"):
        expose(ended_run(DataDir(tmp_path / "data")), FIGURES.pages, (), gate_passed=True, sources=())
    (message,) = caplog.messages
    assert message.startswith(f"NIGHTDESK_METRICS_FILE: {tmp_path}/none/nightdesk.prom: the run's figures cannot be written: ")
