"""A run's figures for Prometheus, in a file that node_exporter's textfile collector reads.

Belongs here: names, labels and units. Does not belong here: how a figure comes about. All are of the last run of its kind, so all
are gauges: what a nightly job counts begins anew every night. Each kind of run has a file of its own, or a backfill would hide
the night. Labels are bounded: reasons, dispositions and stages are closed sets, and of sources MOST_SOURCES are told apart.
"""

import logging
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from importlib.metadata import version
from pathlib import Path
from typing import TypeAlias

import pyarrow as pa
from prometheus_client import CollectorRegistry, Gauge, write_to_textfile

from expectations.alarms import Alarm, AlarmSeverity
from flows import settings, timings
from flows.rundir import RunDir, utc_now
from transforms.errors import LakeError
from transforms.records import REASON_DISPOSITION, Disposition
from warehouse.lake import Lake
from warehouse.sizes import TableSize, table_sizes
from warehouse.state import last_passed

LOG = logging.getLogger(__name__)
MOST_SOURCES = 500
OTHERS = "(others)"  # the rest of them, as one

# Its name without the project's, what it is, and its values by labels.
_Values: TypeAlias = list[tuple[dict[str, str], float]]
_Metric: TypeAlias = tuple[str, str, _Values]


@dataclass(frozen=True, slots=True)
class RunFigures:
    """What there is to say of a run that has ended. `sources`: their names in the order in which they are told apart."""

    kind: str
    warehouse: str
    started_at: datetime
    finished_at: datetime
    resumed: int
    gate_passed: bool
    last_passed_at: datetime | None  # when the last run of the kind that passed its gate ended
    pages: pa.Table  # schema PAGES
    alarms: tuple[Alarm, ...]
    sources: tuple[str, ...]
    stage_seconds: Mapping[str, float]
    tables: Mapping[str, TableSize]


def expose(run: RunDir, pages: pa.Table, alarms: tuple[Alarm, ...], *, gate_passed: bool, sources: Sequence[str]) -> None:
    """Leave the figures of a run where $NIGHTDESK_METRICS_FILE says, if it says so. A file that cannot be written never fails a
    run, but is said in the log.
    """
    path = settings.metrics_file()
    if path is None:
        return
    try:
        figures = _figures(run, pages, alarms, gate_passed, sources)
        write_to_textfile(str(file_of(path, run.info.kind)), registry_of(figures))
    except (OSError, LakeError) as error:
        LOG.warning("%s: %s: the run's figures cannot be written: %s", settings.METRICS_VARIABLE, path, error)


def _figures(run: RunDir, pages: pa.Table, alarms: tuple[Alarm, ...], gate_passed: bool, sources: Sequence[str]) -> RunFigures:
    lake = Lake(run.data.lake)
    return RunFigures(
        kind=run.info.kind,
        warehouse=str(run.data.root),
        started_at=datetime.fromisoformat(run.info.started_at),
        finished_at=utc_now(),
        resumed=run.info.resumed,
        gate_passed=gate_passed,
        last_passed_at=last_passed(lake, run.info.kind),
        pages=pages,
        alarms=alarms,
        sources=tuple(dict.fromkeys([*sources, *sorted(map(str, pages["source"].unique().to_pylist()))])),
        stage_seconds=timings.current().seconds(),
        tables=table_sizes(lake),
    )


def file_of(path: Path, kind: str) -> Path:
    """nightdesk.prom is the night's own; a backfill's lies beside it as nightdesk-backfill.prom."""
    return path if kind == "night" else path.with_name(f"{path.stem}-{kind}{path.suffix}")


def registry_of(figures: RunFigures) -> CollectorRegistry:
    """The figures as metrics, each with the run's kind and its warehouse."""
    registry = CollectorRegistry()
    common = {"kind": figures.kind, "warehouse": figures.warehouse}
    for name, text, rows in (*_of_run(figures), *_of_pages(figures), *_of_alarms(figures), *_of_tables(figures)):
        if rows:
            metric = Gauge(f"nightdesk_{name}", text, [*common, *rows[0][0]], registry=registry)
            for labels, value in rows:
                metric.labels(**common, **labels).set(value)
    return registry


def _of_run(figures: RunFigures) -> Iterator[_Metric]:
    passed: _Values = [] if figures.last_passed_at is None else [({}, figures.last_passed_at.timestamp())]
    seconds = (figures.finished_at - figures.started_at).total_seconds()
    stages = [({"stage": stage}, round(took, 3)) for stage, took in figures.stage_seconds.items()]
    yield "info", "The version that ran last; always 1.", [({"version": version("nightdesk")}, 1)]
    yield "last_run_timestamp_seconds", "When the last run ended.", [({}, figures.finished_at.timestamp())]
    yield "last_success_timestamp_seconds", "When the last run that passed its gate ended.", passed
    yield "run_duration_seconds", "From the run's beginning to its end, with the pauses of one that was killed.", [({}, seconds)]
    yield "run_resumptions", "How often the run was taken up again.", [({}, figures.resumed)]
    yield "gate_passed", "Whether the run passed its quality gate: 1 or 0.", [({}, figures.gate_passed)]
    yield "stage_duration_seconds", "What each stage took; of a run that was taken up again, since then.", stages


def _of_pages(figures: RunFigures) -> Iterator[_Metric]:
    counts = (
        figures.pages.group_by(["source", "disposition", "reason"]).aggregate([([], "count_all"), ("bytes", "sum")]).to_pylist()
    )
    reasons, sources = Counter[str](), Counter[tuple[str, str]]()
    for row in counts:
        reasons[row["reason"]] += row["count_all"]
        sources[_told_apart(figures, row["source"]), row["disposition"]] += row["count_all"]
    of_reasons: _Values = [
        ({"disposition": str(disposition), "reason": str(reason)}, reasons[reason])
        for reason, disposition in REASON_DISPOSITION.items()
        if reasons[reason]
    ]
    of_sources: _Values = [
        ({"source": source, "disposition": str(disposition)}, sources[source, disposition])
        for source in _names(figures)
        for disposition in Disposition
    ]
    yield "pages", "Candidates of the run by what became of them, and why.", of_reasons
    yield "source_pages", "Candidates of the run by source and by what became of them.", of_sources
    yield "page_bytes", "What the run's pages came to, unpacked.", [({}, sum(row["bytes_sum"] or 0 for row in counts))]


def _of_alarms(figures: RunFigures) -> Iterator[_Metric]:
    severities = Counter(alarm.severity for alarm in figures.alarms)
    sources = Counter((_told_apart(figures, alarm.source or ""), alarm.severity) for alarm in figures.alarms)
    of_severities: _Values = [({"severity": str(severity)}, severities[severity]) for severity in AlarmSeverity]
    of_sources: _Values = [
        ({"source": source, "severity": str(severity)}, count) for (source, severity), count in sorted(sources.items())
    ]
    yield "alarms", "Drift alarms of the run.", of_severities
    yield "source_alarms", "Drift alarms of the run by source, where there are any.", of_sources


def _of_tables(figures: RunFigures) -> Iterator[_Metric]:
    rows: _Values = [({"table": name}, size.rows) for name, size in figures.tables.items()]
    sizes: _Values = [({"table": name}, size.bytes) for name, size in figures.tables.items()]
    yield "table_rows", "Rows of the lake's tables; of articles, every version.", rows
    yield "table_bytes", "Size of the lake's tables.", sizes


def _names(figures: RunFigures) -> list[str]:
    """The sources that are told apart, and the others if there are any."""
    return [*figures.sources[:MOST_SOURCES], *([OTHERS] if len(figures.sources) > MOST_SOURCES else [])]


def _told_apart(figures: RunFigures, source: str) -> str:
    return source if source in figures.sources[:MOST_SOURCES] else OTHERS
