"""An alarm in one sentence: source, field, tonight, usually, since when.

Belongs here: words. Does not belong here: deciding anything.
"""

from datetime import date

from expectations.alarms import AlarmKind
from expectations.drift import Shift
from expectations.signals import Model

_NAMED = 3


def sentence(shift: Shift, day: str) -> str:
    """ "harbour-post: 83 of 96 rows have no published_at (86%), usually 1% (0% to 4%)."""
    what = {Model.SHARE: _share, Model.COUNT: _count, Model.LEVEL: _level}[shift.signal.model](shift, day)
    since = "" if shift.since == day else f"; so since {shift.since}"
    return f"{_who(shift)}: {what}{since}."


def _who(shift: Shift) -> str:
    if shift.source is not None:
        return shift.source
    more = len(shift.alike) - _NAMED
    others = f" and {more} more" if more > 0 else ""
    return f"{len(shift.alike)} sources alike ({', '.join(shift.alike[:_NAMED])}{others})"


def _share(shift: Shift, day: str) -> str:
    says = shift.signal.says
    if shift.kind is AlarmKind.LANGUAGE:
        says = f"{says} {shift.metric.removeprefix('language_')}"
    rows = {"wanted": "pages that were asked for", "judged": "rows"}.get(shift.signal.of, "rows")
    return (
        f"{shift.hits:,} of {shift.rows:,} {rows} {says} ({shift.tonight:.0%}), "
        f"usually {shift.usual:.0%} ({shift.usual_low:.0%} to {shift.usual_high:.0%})"
    )


def _count(shift: Shift, day: str) -> str:
    weekday = f"{date.fromisoformat(day):%A}"
    tonight = f"{shift.tonight:,.0f} {shift.signal.says}" if shift.tonight else f"no {shift.signal.says}"
    return f"{tonight}, usually {shift.usual:,.0f} on a {weekday} ({shift.usual_low:,.0f} to {shift.usual_high:,.0f})"


def _level(shift: Shift, day: str) -> str:
    return (
        f"{shift.tonight:,.0f} {shift.signal.says}, usually {shift.usual:,.0f} "
        f"({shift.usual_low:,.0f} to {shift.usual_high:,.0f})"
    )
