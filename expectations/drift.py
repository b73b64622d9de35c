"""Drift: which figures of tonight are not what the nights before would have, source by source.

Belongs here: what is odd enough for an alarm, and which alarms say the same. Does not belong here: what is watched (signals.py),
what is usual (baseline.py), the sentence (wording.py) and the example pages (evidence.py).
An alarm needs both: a shift that chance hardly gives, and one large enough to matter. What stays as it was when it alarmed goes
on alarming, and its nights are not taken for usual, until they are more than half of the window: then that is what is usual.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date

import numpy as np

from expectations import baseline
from expectations.alarms import AlarmKind
from expectations.baseline import Usual
from expectations.nights import Nights, Numbers
from expectations.odds import share_tail, spread_tails
from expectations.signals import CONSEQUENCES, Model, Signal

# With fewer nights nobody can say what is usual.
FEWEST_NIGHTS = 7
# How probable a figure may be, if nothing changed, and still be an alarm. Some fifty figures a source are looked at every night.
SHARE_ODDS = 2e-3
# Of several nights with nothing, each gives chance another try.
SILENT_ODDS = 1e-3
MORE_ODDS = 1e-6
# So much odder must a figure be where there is little to tell it by.
_QUIETER = 5
LEVEL_SPREADS = 8.0
# Of what is the same on so many pages two may well be by chance.
FEWEST_ALIKE = 3
# A share must be odd for its day of the week, too, where that has been seen so often.
WEEKDAY_NIGHTS, WEEKDAY_ODDS = 3, 4e-2
# Of what is usual: fewer than this, more than that. One breaking story doubles a small outlet's night.
FEWER, MORE = 0.65, 2.5
# And by so many articles more: what is three for one is little news.
_MORE_ARTICLES = 10
# Smallest spread of a level's logarithm: a source whose median never moves may move by a twentieth.
_LEAST_SPREAD = 0.05
# A level of fewer rows than this is one page's.
_LEVEL_ROWS = 8


@dataclass(frozen=True, slots=True)
class Shift:
    """A figure of tonight that is an alarm, before anybody is told. hits and rows are of a share."""

    source: str | None
    kind: AlarmKind
    signal: Signal
    metric: str
    odds: float  # probability of such a figure if nothing changed
    usual: float
    usual_low: float
    usual_high: float
    tonight: float
    hits: int
    rows: int
    nights: int
    since: str
    alike: tuple[str, ...] = ()  # where source is None: the sources that it is about

    @property
    def about(self) -> tuple[AlarmKind, str | None]:
        """What no source needs two alarms about."""
        return (AlarmKind.VOLUME if self.kind is AlarmKind.SILENT else self.kind), self.signal.column

    @property
    def by_how_much(self) -> float:
        """The shift, in points of a share or as a part of what is usual."""
        if self.signal.model is Model.SHARE:
            return abs(self.tonight - self.usual)
        return abs(self.tonight - self.usual) / max(self.usual, self.tonight, 1e-9)


def shifts(nights: Nights) -> tuple[Shift, ...]:
    """Tonight's shifts: of each source and column the oddest, without those that follow from another; by source.

    What most sources have alike is one shift without a source.
    """
    if len(nights.days) <= FEWEST_NIGHTS:
        return ()
    found = [*_share_shifts(nights), *_count_shifts(nights), *_level_shifts(nights)]
    by_source: dict[str | None, list[Shift]] = {}
    for shift in found:
        by_source.setdefault(shift.source, []).append(shift)
    told = [shift for of_source in by_source.values() for shift in _without_echoes(_strongest(of_source))]
    return tuple(_folded(told, _present(nights)))


def _present(nights: Nights) -> int:
    """How many sources the run asked."""
    return int((~np.isnan(nights.values[:, :, -1])).any(axis=0).sum())


def _earlier(nights: Nights, index: int) -> Numbers:
    """[source, night] of one series without tonight, and without nights that belong to the same odd state as it may.

    These are the nights that alarmed about it, and of a count those just before with nothing at all. Where they are more than
    half of the window, they are usual by now and stay.
    """
    series = nights.series[index]
    values = nights.values[index, :, :-1].copy()
    position = {day: at for at, day in enumerate(nights.days[:-1])}
    about = (AlarmKind.VOLUME, AlarmKind.SILENT) if series.signal.model is Model.COUNT else (series.signal.kind,)
    for row, source in enumerate(nights.sources):
        keys = ((name, kind, series.column) for name in (source, None) for kind in about)
        odd = {position[r.day] for key in keys for r in nights.raised.get(key, ()) if r.day in position}
        if series.signal.model is Model.COUNT:
            odd |= set(range(values.shape[1] - _empty_nights(values[row]), values.shape[1]))
        left = (~np.isnan(np.delete(values[row], list(odd)))).sum()
        if odd and left >= max(FEWEST_NIGHTS, (~np.isnan(values[row])).sum() / 2):
            values[row, list(odd)] = np.nan
    return values


def _empty_nights(counts: Numbers) -> int:
    """How many of the last nights had nothing."""
    return next((at for at, count in enumerate(counts[::-1]) if count != 0), len(counts))


def _since(nights: Nights, source: str, kind: AlarmKind, column: str | None) -> str:
    """The day on which the state began: that of the night before, if it alarmed about the same."""
    kinds = (AlarmKind.VOLUME, AlarmKind.SILENT) if kind in (AlarmKind.VOLUME, AlarmKind.SILENT) else (kind,)
    begun = [
        raised.since
        for name in (source, None)
        for each in kinds
        for raised in nights.raised.get((name, each, column), ())
        if raised.day == nights.days[-2]
    ]
    return min(begun, default=nights.days[-1])


def _shift(nights: Nights, index: int, row: int, usual: Usual, odds: float, kind: AlarmKind | None = None) -> Shift:
    series = nights.series[index]
    value, rows = nights.values[index, row, -1], nights.rows[index, row, -1]
    share = series.signal.model is Model.SHARE
    kind = kind or series.signal.kind
    return Shift(
        source=nights.sources[row],
        kind=kind,
        signal=series.signal,
        metric=series.metric,
        odds=odds,
        usual=float(usual.middle[row]),
        usual_low=float(usual.low[row]),
        usual_high=float(usual.high[row]),
        tonight=float(value / rows if share else value),
        hits=round(value),
        rows=round(rows),
        nights=int(usual.nights[row]),
        since=_since(nights, nights.sources[row], kind, series.column),
    )


def _share_shifts(nights: Nights) -> Iterator[Shift]:
    weekdays = _weekdays(nights)
    alike = weekdays[:-1] == weekdays[-1]
    for index, series in enumerate(nights.series):
        if series.signal.model is not Model.SHARE:
            continue
        earlier, rows = _earlier(nights, index), nights.rows[index]
        usual = baseline.usual_shares(earlier, rows[:, :-1])
        of_weekday = baseline.usual_shares(earlier[:, alike], rows[:, :-1][:, alike])
        with np.errstate(invalid="ignore", divide="ignore"):
            change = nights.values[index, :, -1] / rows[:, -1] - usual.middle
        wanted = (change >= series.signal.least) & series.signal.rising | (change <= -series.signal.least) & series.signal.falling
        for row in map(int, np.flatnonzero(wanted & (usual.nights >= FEWEST_NIGHTS))):
            hits, of = round(nights.values[index, row, -1]), round(rows[row, -1])
            odds = _share_odds(hits, of, usual, row, rising=change[row] > 0)
            by_chance = series.metric.startswith("top_") and hits < FEWEST_ALIKE
            if odds >= _limit(SHARE_ODDS, usual, row) or by_chance:
                continue
            seen = of_weekday.nights[row] >= WEEKDAY_NIGHTS
            if seen and _share_odds(hits, of, of_weekday, row, rising=change[row] > 0) >= WEEKDAY_ODDS:
                continue
            yield _shift(nights, index, row, usual, odds)


def _limit(odds: float, usual: Usual, row: int) -> float:
    """How odd an alarm must be. Few nights do not show how far a source's nights stray: quieter, then."""
    return odds if usual.nights[row] >= baseline.OWN_RHYTHM_NIGHTS else odds / _QUIETER


def _share_odds(hits: int, of: int, usual: Usual, row: int, *, rising: bool) -> float:
    share, weight = float(usual.middle[row]), float(usual.spread[row])
    return share_tail(hits, of, share, weight) if rising else share_tail(of - hits, of, 1 - share, weight)


def _count_shifts(nights: Nights) -> Iterator[Shift]:
    weekdays, pause = _weekdays(nights), _days_since_last(nights)
    for index, series in enumerate(nights.series):
        if series.signal.model is not Model.COUNT:
            continue
        tonight = nights.values[index, :, -1]
        usual = baseline.usual_counts(
            _earlier(nights, index), weekdays[:-1], int(weekdays[-1]), least_spread=series.signal.least_spread
        )
        factor = baseline.common_factor(tonight, usual)
        for row in map(int, np.flatnonzero((usual.nights >= FEWEST_NIGHTS) & ~np.isnan(tonight))):
            mean, spread = float(usual.middle[row]) * factor, float(usual.spread[row])
            count = round(tonight[row])
            if series.signal.falling and count <= FEWER * mean:
                # Each night without anything makes chance less likely as the reason.
                empty = max(1, _empty_nights(nights.values[index, row]))
                odds = spread_tails(count, mean, spread)[0] ** empty
                limit = _limit(series.signal.fewer_odds if empty == 1 else SILENT_ODDS, usual, row)
                # So few sources do not show a holiday.
                limit /= 1 if len(nights.sources) >= baseline.FLEET_SOURCES else _QUIETER
                if odds < limit and not _explained(nights, row, mean, index):
                    yield _shift(nights, index, row, usual, odds, None if count else AlarmKind.SILENT)
            # After a pause there is as much more to find as days have passed.
            elif series.signal.rising and count >= MORE * mean * pause + _MORE_ARTICLES:
                odds = spread_tails(count, mean * pause, spread)[1]
                if odds < MORE_ODDS:
                    yield _shift(nights, index, row, usual, odds)


def _explained(nights: Nights, row: int, mean: float, index: int) -> bool:
    """Whether the articles came, but could not be had or were refused: then those figures say what is wrong."""
    if nights.series[index].metric != "new_articles":
        return False
    of = [at for at, series in enumerate(nights.series) if series.metric in ("failure_rate", "quarantine_rate")]
    lost = sum(_more_than_usual(nights.values[at, row]) for at in of)
    return bool(nights.values[index, row, -1] + lost > FEWER * mean)


def _more_than_usual(hits: Numbers) -> float:
    """How many more there are tonight than on a middle night before."""
    earlier = hits[:-1][~np.isnan(hits[:-1])]
    return max(0.0, float(hits[-1] - (np.median(earlier) if earlier.size else 0.0))) if not np.isnan(hits[-1]) else 0.0


def _level_shifts(nights: Nights) -> Iterator[Shift]:
    for index, series in enumerate(nights.series):
        if series.signal.model is not Model.LEVEL:
            continue
        rows, tonight = nights.rows[index], nights.values[index, :, -1]
        usual = baseline.usual_levels(np.where(rows[:, :-1] >= _LEVEL_ROWS, _earlier(nights, index), np.nan))
        told = (usual.nights >= FEWEST_NIGHTS) & (rows[:, -1] >= _LEVEL_ROWS) & ~np.isnan(tonight)
        for row in map(int, np.flatnonzero(told)):
            change = float(np.log1p(max(tonight[row], 0.0)) - np.log1p(max(usual.middle[row], 0.0)))
            wanted = series.signal.rising if change > 0 else series.signal.falling
            if not wanted or abs(change) < np.log(series.signal.least):
                continue
            # Fewer rows than usual: a median that strays further.
            fewer = max(1.0, float(np.nanmedian(rows[row, :-1]) / rows[row, -1])) ** 0.5
            spreads = abs(change) / (max(float(usual.spread[row]), _LEAST_SPREAD) * fewer)
            if spreads >= LEVEL_SPREADS:
                yield _shift(nights, index, row, usual, odds=float(np.exp(-2 * spreads)))


def _weekdays(nights: Nights) -> baseline.Weekdays:
    return np.array([date.fromisoformat(day).weekday() for day in nights.days])


def _days_since_last(nights: Nights) -> int:
    return max(1, (date.fromisoformat(nights.days[-1]) - date.fromisoformat(nights.days[-2])).days)


def _strongest(found: Iterable[Shift]) -> list[Shift]:
    """Of each kind and column the oddest; of equally odd ones the largest."""
    best: dict[tuple[AlarmKind, str | None], Shift] = {}
    for shift in found:
        held = best.get(shift.about)
        if held is None or (shift.odds, -shift.by_how_much) < (held.odds, -held.by_how_much):
            best[shift.about] = shift
    return list(best.values())


def _without_echoes(found: list[Shift]) -> Iterator[Shift]:
    told = {shift.about for shift in found}
    implied = {effect for cause, effect in CONSEQUENCES if cause in told}
    return (shift for shift in found if shift.about not in implied)


def _folded(found: list[Shift], sources: int) -> Iterator[Shift]:
    """Where half of the sources have the same shift, and there are enough to tell, one for all of them."""
    alike: dict[tuple[AlarmKind, str | None], list[Shift]] = {}
    for shift in found:
        alike.setdefault(shift.about, []).append(shift)
    for about in alike.values():
        if sources < baseline.FLEET_SOURCES or 2 * len(about) < sources:
            yield from about
        else:
            yield _one_for_all(about)


def _one_for_all(about: list[Shift]) -> Shift:
    middle = sorted(about, key=lambda shift: shift.tonight)[len(about) // 2]
    names = tuple(sorted(shift.source for shift in about if shift.source))
    return replace(
        middle,
        source=None,
        hits=sum(shift.hits for shift in about),
        rows=sum(shift.rows for shift in about),
        since=min(shift.since for shift in about),
        alike=names,
    )


__all__ = ["FEWEST_NIGHTS", "Shift", "shifts"]
