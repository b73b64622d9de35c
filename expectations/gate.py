"""The quality gate: did the night go well enough for people to rely on it?

Belongs here: thresholds against the run's counts. Does not belong here: what follows from a failed gate (flows); good rows are
loaded all the same.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc

from expectations.alarms import Alarm, AlarmSeverity
from expectations.ownrules import rule_by_name
from expectations.rules import Action
from transforms.records import REASON_DISPOSITION, Disposition, Reason

# Candidates that nobody asked the network for: another spelling of a URL, and pages whose time has not come.
_NOT_ASKED = frozenset({Reason.SAME_URL, Reason.NOT_DUE})
_NOT_ASKED_DISPOSITIONS = frozenset({Disposition.SKIPPED})
# A page that is not there any more is the publisher's business, and says nothing of how the night went.
_GONE = frozenset({Reason.NOT_FOUND, Reason.GONE})


# A share of fewer pages than this says nothing: on a quiet night the one page that is refused every night would be half of it.
FEWEST_PAGES = 10


@dataclass(frozen=True, slots=True)
class Gate:
    """The verdict on a run, and a sentence for every threshold that it missed (none if it passed)."""

    passed: bool
    reasons: tuple[str, ...] = ()


def judge_run(
    pages: pa.Table,
    checks: pa.Table,
    alarms: Sequence[Alarm] = (),
    *,
    max_failed_share: float = 0.5,
    max_quarantined_share: float = 0.5,
    max_critical_alarms: int | None = None,
    by_source: Mapping[str, tuple[float | None, float | None]] | None = None,
) -> Gate:
    """Judge a run by its ledger (schema PAGES: reason, source), its summed checks (schema CHECKS) and its drift alarms.

    failed share: failed / pages asked for (candidates but skipped, not due, other spellings); gone pages count as answered.
    quarantined share: quarantined / pages that were extracted. Both 0 to 1; neither is judged below FEWEST_PAGES.
    max_critical_alarms: how many critical alarms it may have; None: any number.
    `by_source`: source -> the same two shares for its pages alone, None where it has none of its own.
    A run without any candidate fails, and so does one in which a rule with action "fail" was broken.
    """
    counts = Counter(Reason(str(reason)) for reason in pages["reason"].to_pylist())
    misses = [
        _no_candidates(counts),
        _failed(counts, max_failed_share),
        _quarantined(counts, max_quarantined_share),
        _alarmed(alarms, max_critical_alarms),
    ]
    for source, (most_failed, most_quarantined) in (by_source or {}).items():
        of_source = Counter(Reason(str(reason)) for reason in pages.filter(pc.field("source") == source)["reason"].to_pylist())
        own = (
            None if most_failed is None else _failed(of_source, most_failed),
            None if most_quarantined is None else _quarantined(of_source, most_quarantined),
        )
        misses += [f"{source}: {miss}" for miss in own if miss]
    reasons = tuple(miss for miss in misses if miss) + _fatal(checks)
    return Gate(passed=not reasons, reasons=reasons)


def _no_candidates(counts: Counter[Reason]) -> str | None:
    return None if counts.total() else "No page was found: every feed, sitemap and list was empty or there was none."


def _failed(counts: Counter[Reason], limit: float) -> str | None:
    asked = sum(
        count
        for reason, count in counts.items()
        if reason not in _NOT_ASKED and REASON_DISPOSITION[reason] not in _NOT_ASKED_DISPOSITIONS
    )
    failed = sum(
        count for reason, count in counts.items() if REASON_DISPOSITION[reason] is Disposition.FAILED and reason not in _GONE
    )
    return _beyond(failed, asked, limit, "of the pages asked for failed", "max_failed_share")


def _quarantined(counts: Counter[Reason], limit: float) -> str | None:
    quarantined = sum(count for reason, count in counts.items() if REASON_DISPOSITION[reason] is Disposition.QUARANTINED)
    accepted = (Reason.NEW_ARTICLE, Reason.NEW_VERSION, Reason.SAME_CONTENT, Reason.SAME_ARTICLE)
    extracted = quarantined + sum(counts[reason] for reason in accepted)
    return _beyond(quarantined, extracted, limit, "of the extracted pages were quarantined", "max_quarantined_share")


def _alarmed(alarms: Sequence[Alarm], limit: int | None) -> str | None:
    critical = sum(alarm.severity is AlarmSeverity.CRITICAL for alarm in alarms)
    if limit is None or critical <= limit:
        return None
    return f"{critical} critical drift {'alarm' if critical == 1 else 'alarms'} (max_critical_alarms allows {limit})."


def _beyond(count: int, of: int, limit: float, what: str, setting: str) -> str | None:
    if of < FEWEST_PAGES or count / of <= limit:
        return None
    return f"{count} of {of} {what.removeprefix('of the ')} ({count / of:.0%}; {setting} allows {limit:.0%})."


def _fatal(checks: pa.Table) -> tuple[str, ...]:
    rules = rule_by_name()
    return tuple(
        f"Rule {row['rule']} was broken by {row['broken_count']} of {row['row_count']} rows, and allows none: {rule.meaning}"
        for row in checks.to_pylist()
        if row["source"] is None and row["broken_count"]
        if (rule := rules.get(row["rule"])) and rule.action is Action.FAIL
    )
