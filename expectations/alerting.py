"""Tonight's drift alarms: shifts made into rows that a person can act on.

Belongs here: how severe an alarm is, the most serious first. Does not belong here: what is odd (drift.py), words (wording.py),
example pages (evidence.py).
"""

import pyarrow as pa

from expectations.alarms import Alarm, AlarmKind, AlarmSeverity
from expectations.drift import Shift, shifts
from expectations.evidence import examples
from expectations.nights import Nights
from expectations.signals import Model
from expectations.wording import sentence

# Of a vital field's rows, or of the usual articles: what is beyond this leaves little that can be relied on.
_MUCH = 0.5


def drift_alarms(nights: Nights, pages: pa.Table, extracted: pa.Table) -> tuple[Alarm, ...]:
    """The alarms of the last of `nights`, whose ledger (schema PAGES) and rows (EXTRACTED) give the example pages.

    Critical ones first, then by source.
    """
    found = shifts(nights)
    shown = examples(found, pages, extracted)
    alarms = [_alarm(shift, nights.days[-1], urls) for shift, urls in zip(found, shown, strict=True)]
    return tuple(sorted(alarms, key=lambda alarm: (alarm.severity is not AlarmSeverity.CRITICAL, alarm.source or "", alarm.kind)))


def _alarm(shift: Shift, day: str, urls: tuple[str, ...]) -> Alarm:
    return Alarm(
        day=day,
        source=shift.source,
        kind=shift.kind,
        metric=shift.metric,
        column=shift.signal.column,
        severity=severity(shift),
        usual=shift.usual,
        usual_low=shift.usual_low,
        usual_high=shift.usual_high,
        tonight=shift.tonight,
        nights=shift.nights,
        since=shift.since,
        message=sentence(shift, day),
        examples=urls,
    )


def severity(shift: Shift) -> AlarmSeverity:
    """Critical: nothing came, or a vital figure shifted by half of the rows; of counts and levels, by half downwards."""
    if shift.kind is AlarmKind.SILENT:
        return AlarmSeverity.CRITICAL
    grave = shift.signal.vital or shift.signal.model is Model.COUNT
    down = shift.signal.model is Model.SHARE or shift.tonight < shift.usual
    return AlarmSeverity.CRITICAL if grave and down and shift.by_how_much >= _MUCH else AlarmSeverity.WARNING
