"""Drift alarms: a source that is not what it was on the nights before, as a row that says what, then and now.

Belongs here: the record, its closed sets, its table. Does not belong here: what is watched and when it is an alarm (drift.py).
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from enum import StrEnum

import pyarrow as pa

from warehouse.schema import ALARMS


class AlarmKind(StrEnum):
    """What drifted: a closed set, so that reports can group by it."""

    SILENT = "silent"  # no new article at all, or not even a candidate
    VOLUME = "volume"  # far fewer or more new articles, or candidates, than usual
    FAILURE_RATE = "failure_rate"  # pages that could not be had, refusals by robots.txt and the like included
    QUARANTINE_RATE = "quarantine_rate"  # rows that the rules refused
    NULL_RATE = "null_rate"  # a field is no longer filled
    BODY_LENGTH = "body_length"  # texts became shorter or longer
    TITLE = "title"  # one headline on many pages, or the outlet's name in its place
    AUTHORS = "authors"  # one name on many pages, or the outlet's name in a person's place
    DATES = "dates"  # publication times that are those of the fetch, all the same, or older than usual
    LANGUAGE = "language"  # another language than usual
    BOILERPLATE = "boilerplate"  # the same paragraph or opening on many pages
    TEXT = "text"  # more rows than usual break one of the rules for clean text


class AlarmSeverity(StrEnum):
    """CRITICAL: what is stored of this source tonight, or missing of it, should be looked at before anybody relies on it."""

    CRITICAL = "critical"
    WARNING = "warning"


@dataclass(frozen=True, slots=True)
class Alarm:
    """One row of table `alarms`; run_id is the table's. Units and meanings are those of warehouse/schema.py."""

    day: str
    source: str | None
    kind: AlarmKind
    metric: str
    column: str | None
    severity: AlarmSeverity
    usual: float | None
    usual_low: float | None
    usual_high: float | None
    tonight: float | None
    nights: int
    since: str
    message: str
    examples: tuple[str, ...] = ()


def alarms_table(alarms: Sequence[Alarm], run_id: str) -> pa.Table:
    """The alarms of a run, in the order given: schema ALARMS."""
    return pa.Table.from_pylist([{"run_id": run_id} | asdict(alarm) for alarm in alarms], schema=ALARMS)
