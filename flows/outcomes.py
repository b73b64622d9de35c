"""Log lines about what came of a run: pages that gave no row, alarms, the gate.

Belongs here: the level and form of such a line. Does not belong here: deciding it; the ledger, which has every page.
"""

import logging
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from expectations.alarms import Alarm, AlarmSeverity
from expectations.gate import Gate
from sources.pagelog import PageLog
from transforms.records import Rejection

LOG = logging.getLogger(__name__)


def log_rejection(source: str, rejection: Rejection) -> None:
    """A page that extraction made no row of."""
    PageLog(LOG, source, rejection.url).info("%s: %s", rejection.reason.value, rejection.detail)


def log_quarantine(rows: Iterable[Mapping[str, Any]]) -> None:
    """What a load put into the quarantine: its rows, as the table has them."""
    for row in rows:
        PageLog(LOG, row["source"], row["url"]).info("to the quarantine for %s", row["reason"])


def log_end(candidates: int, gate: Gate, alarms: Sequence[Alarm]) -> None:
    """A run that has ended: its drift alarms, and the gate's verdict."""
    for alarm in alarms:
        level = logging.ERROR if alarm.severity is AlarmSeverity.CRITICAL else logging.WARNING
        LOG.log(level, "%s", alarm.message, extra={"source": alarm.source, "alarm": str(alarm.kind)})
    verdict, level = ("passed", logging.INFO) if gate.passed else ("failed", logging.ERROR)
    fields = {"candidates": candidates, "gate": verdict}
    LOG.log(level, "the run ends, its gate %s", " ".join([verdict, *gate.reasons]), extra=fields)
