"""The end of a run: its checks, metrics and gate into the lake, the views published, the report written.

Belongs here: the order of these. Does not belong here: what a check, a view or a report is.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from importlib.metadata import version
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
from prefect import task
from prefect.artifacts import create_link_artifact, create_markdown_artifact, create_table_artifact
from prefect.cache_policies import NO_CACHE

from expectations.alarms import Alarm, alarms_table
from expectations.alerting import drift_alarms
from expectations.docs import write_data_docs
from expectations.gate import Gate, judge_run
from expectations.metrics import run_metrics
from expectations.nights import read_nights
from expectations.projection import CONTEXT
from expectations.report import Report, markdown, read_report, write_report
from expectations.verdicts import sum_checks
from flows import progress, settings, staging
from flows.exposition import expose
from flows.outcomes import log_end
from flows.rundir import BACKFILL_KIND, RunDir, utc_now
from sources.config import GateSettings, Source
from transforms.records import Disposition
from warehouse import schema
from warehouse.lake import Lake
from warehouse.ledger import check_sum, pages_of_run
from warehouse.views import publish


@dataclass(frozen=True, slots=True)
class RunSummary:
    """What a run came to, for whoever started it."""

    run_id: str
    day: str
    resumed: int
    reasons: tuple[tuple[str, str, int], ...]  # disposition, reason, candidates
    gate: Gate
    report: Path
    views_file: Path
    alarms: tuple[Alarm, ...] = ()  # critical ones first

    def count(self, disposition: Disposition) -> int:
        """Candidates that ended in `disposition`."""
        return sum(count for name, _, count in self.reasons if name == disposition)


@task(name="finish", cache_policy=NO_CACHE, retries=2, retry_delay_seconds=5)
def commit_run(
    run: RunDir, batches: Sequence[int], gate: GateSettings, *, sources: Sequence[Source] = ()
) -> tuple[Gate, pa.Table, tuple[Alarm, ...]]:
    """checks, metrics, alarms and the run's own row -> the lake. Gives the gate's verdict, the run's ledger and its alarms.

    `sources`: those that were asked. They may have limits of their own; those of a night are held against the nights before.
    """
    with progress.stage("checks and metrics", of="finish"):
        lake, run_id = Lake(run.data.lake), run.info.run_id
        names = [] if run.info.kind == BACKFILL_KIND else [source.name for source in sources]
        pages = pages_of_run(lake, run_id)
        check_sum(pages, _discovered(run, batches), run_id)
        extracted = staging.read_tables(_existing(run, "extracted", batches), schema.EXTRACTED)
        judged = [*_existing(run, "checks", batches), *_existing(run, "sitechecks", batches)]
        checks = sum_checks(staging.read_tables(judged, schema.CHECKS))
        lake.append_once("checks", checks, batch_id=run_id)
        lake.append_once("metrics", run_metrics(pages, extracted, checks, run_id, sources=names), batch_id=run_id)
        alarms = _alarms(run, lake, pages, extracted) if names else ()
        lake.append_once("alarms", alarms_table(alarms, run_id), batch_id=run_id)
        verdict = judge_run(
            pages,
            checks,
            alarms,
            max_failed_share=gate.max_failed_share,
            max_quarantined_share=gate.max_quarantined_share,
            max_critical_alarms=gate.max_critical_alarms,
            by_source={source.name: (source.max_failed_share, source.max_quarantined_share) for source in sources},
        )
        lake.append_once("runs", _run_row(run, pages, verdict), batch_id=run_id)
    return verdict, pages, alarms


def _alarms(run: RunDir, lake: Lake, pages: pa.Table, extracted: pa.Table) -> tuple[Alarm, ...]:
    started_at = datetime.fromisoformat(run.info.started_at)
    nights = read_nights(lake, run.info.run_id, kind=run.info.kind, day=run.info.day, started_at=started_at)
    return drift_alarms(nights, pages, extracted)


def _existing(run: RunDir, kind: str, batches: Sequence[int]) -> list[Path]:
    paths = (run.file(f"{kind}-{number}.parquet") for number in batches)
    return [path for path in paths if path.exists()]


def _discovered(run: RunDir, batches: Sequence[int]) -> int:
    """How many candidates there were: what discovery found and what it could not read, or what the archives hold."""
    found = [path for name in ("candidates", "undiscoverable") if (path := run.file(f"{name}.parquet")).exists()]
    return sum(pq.read_metadata(path).num_rows for path in found or _existing(run, "fetched", batches))


def _run_row(run: RunDir, pages: pa.Table, gate: Gate) -> pa.Table:
    dispositions = pages["disposition"].to_pylist()
    row = {
        "run_id": run.info.run_id,
        "kind": run.info.kind,
        "day": run.info.day,
        "started_at": datetime.fromisoformat(run.info.started_at),
        "finished_at": utc_now(),
        "resumed": run.info.resumed,
        "candidates": len(dispositions),
        **{str(name): dispositions.count(name) for name in Disposition},
        "bytes": sum(size or 0 for size in pages["bytes"].to_pylist()),
        "gate": "passed" if gate.passed else "failed",
        "nightdesk_version": version("nightdesk"),
    }
    return pa.Table.from_pylist([row], schema=schema.RUNS)


@task(name="publish", cache_policy=NO_CACHE, retries=2, retry_delay_seconds=5)
def publish_views(run: RunDir) -> Path:
    """The lake's snapshot -> nightdesk.duckdb."""
    with progress.stage("publish views"):
        return publish(run.data)


@task(name="report", cache_policy=NO_CACHE)
def write_reports(run: RunDir, batches: Sequence[int], gate: Gate) -> Path:
    """The published views -> reports/<run>/index.html with Great Expectations' Data Docs beside it, and Prefect's artifacts.

    A run without a row gets no Data Docs: they would say of nothing that it keeps every rule, and importing Great Expectations
    for it takes 2 CPU seconds of some 10.
    """
    if settings.data_docs():
        _write_data_docs(run, batches)
    with progress.stage("report"):
        report = read_report(run.data, run.info.run_id, gate=gate)
        path = write_report(run.data, report)
        publish_artifacts(report, path)
    return path


def _write_data_docs(run: RunDir, batches: Sequence[int]) -> None:
    extracted = staging.read_tables(_existing(run, "extracted", batches), schema.EXTRACTED)
    if extracted.num_rows == 0:
        return
    with progress.stage("data docs", of="docs"):
        context = staging.read_tables(_existing(run, "context", batches), CONTEXT)
        write_data_docs(extracted, run.data.reports_of(run.info.run_id) / "data_docs", run.info.run_id, context=context)


def publish_artifacts(report: Report, path: Path) -> None:
    """The report in Prefect: `report` is to be read, `report-page` a link; `ledger`, `alarms` and `sources` are tables."""
    figures = report.figures
    of_run = f"of run {figures.run['run_id']}"
    create_markdown_artifact(markdown(report), key="report", description=f"Quality report {of_run}")
    create_link_artifact(path.as_uri(), key="report-page", description=f"Page of the quality report {of_run}")
    tables = {
        "ledger": (figures.reasons, ("disposition", "reason", "pages", "sources")),
        "alarms": (figures.alarms, ("severity", "source", "kind", "column", "message")),
        "sources": (figures.sources, ("source", "candidates", *map(str, Disposition))),
    }
    for key, (rows, columns) in tables.items():
        shown = [{column: row[column] for column in columns} for row in rows]
        create_table_artifact(shown, key=key, description=f"{key.capitalize()} {of_run}")


def finish_run(run: RunDir, batches: Sequence[int], gate: GateSettings, *, sources: Sequence[Source] = ()) -> RunSummary:
    """All of a run's end, within its flow; then its work in progress is forgotten. `sources`: as commit_run has them."""
    verdict, pages, alarms = commit_run(run, batches, gate, sources=sources)
    views_file = publish_views(run)
    report = write_reports(run, batches, verdict)
    summary = _summary(run, pages, verdict, views_file=views_file, report=report, alarms=alarms)
    expose(run, pages, alarms, gate_passed=verdict.passed, sources=[source.name for source in sources])
    log_end(pages.num_rows, verdict, alarms)
    run.remove()
    return summary


def _summary(
    run: RunDir, pages: pa.Table, gate: Gate, *, views_file: Path, report: Path, alarms: tuple[Alarm, ...]
) -> RunSummary:
    counts = pages.group_by(["disposition", "reason"]).aggregate([([], "count_all")]).to_pylist()
    order = list(Disposition)
    reasons = sorted(
        ((row["disposition"], row["reason"], row["count_all"]) for row in counts),
        key=lambda item: (order.index(item[0]), -item[2], item[1]),
    )
    return RunSummary(
        run_id=run.info.run_id,
        day=run.info.day,
        resumed=run.info.resumed,
        reasons=tuple(reasons),
        gate=gate,
        report=report,
        views_file=views_file,
        alarms=alarms,
    )
