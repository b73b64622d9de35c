"""What breaks at sites, in two sizes: a part of the pages, or all.

Belongs here: what a breakage does to rows and ledger, and which alarms name it rightly. Does not belong here: healthy nights
(drift_nights.py).
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, time
from typing import Any

import numpy as np
from drift_nights import Break, Columns, Outlet

from expectations.alarms import AlarmKind

Hit = np.ndarray[Any, np.dtype[np.bool_]]

SMALL = 0.4  # of the pages
_COOKIES = "We and our partners store and read information on your device to show you personalised advertising."


@dataclass(frozen=True)
class Breakage:
    """One kind of breakage in one size, and the alarms that name it."""

    name: str
    size: str
    night: Break
    named_by: frozenset[AlarmKind]


def _set(column: str, value: Callable[[Columns, Outlet, int], Any]) -> Callable[[Columns, Hit, Outlet], None]:
    def change(rows: Columns, hit: Hit, source: Outlet) -> None:
        for index in np.flatnonzero(hit):
            rows[column][index] = value(rows, source, int(index))
        rows["body_length"][:] = [len(body or "") for body in rows["body"]]

    return change


def _at_fetch(rows: Columns, hit: Hit, source: Outlet) -> None:
    for index in np.flatnonzero(hit):
        rows["published_at"][index] = rows["fetched_at"][index]
        rows["published_precision"][index] = "second"


def _today(rows: Columns, hit: Hit, source: Outlet) -> None:
    for index in np.flatnonzero(hit):
        rows["published_at"][index] = datetime.combine(rows["fetched_at"][index].date(), time(), UTC)
        rows["published_precision"][index] = "day"


def _other_language(rows: Columns, source: Outlet, index: int) -> str:
    return "fr"


_ROWS: tuple[tuple[str, Callable[[Columns, Hit, Outlet], None], tuple[AlarmKind, ...]], ...] = (
    (
        "bodies empty",
        _set("body", lambda rows, source, index: None),
        (AlarmKind.NULL_RATE, AlarmKind.QUARANTINE_RATE, AlarmKind.BODY_LENGTH),
    ),
    (
        "bodies cut to the teaser",
        _set("body", lambda rows, source, index: (rows["body"][index] or "")[:180]),
        (AlarmKind.BODY_LENGTH,),
    ),
    ("dates of the fetch", _at_fetch, (AlarmKind.DATES,)),
    ("dates all today", _today, (AlarmKind.DATES, AlarmKind.NULL_RATE)),
    (
        "dates lost",
        _set("published_at", lambda rows, source, index: None),
        (AlarmKind.NULL_RATE, AlarmKind.QUARANTINE_RATE),
    ),
    ("authors become the outlet", _set("authors", lambda rows, source, index: [source.site_name]), (AlarmKind.AUTHORS,)),
    ("authors lost", _set("authors", lambda rows, source, index: []), (AlarmKind.NULL_RATE,)),
    ("titles become the outlet", _set("title", lambda rows, source, index: source.site_name), (AlarmKind.TITLE,)),
    ("language flips", _set("language", _other_language), (AlarmKind.LANGUAGE,)),
    (
        "cookie text in bodies",
        _set("body", lambda rows, source, index: f"{_COOKIES}\n\n{rows['body'][index]}"),
        (AlarmKind.BOILERPLATE,),
    ),
    (
        "markup in bodies",
        _set("body", lambda rows, source, index: f'{rows["body"][index]}\n\n<div class="ad"><script>show()</script></div>'),
        (AlarmKind.QUARANTINE_RATE, AlarmKind.TEXT),
    ),
)

_COUNTED = frozenset({AlarmKind.VOLUME, AlarmKind.SILENT})
_LEDGER: tuple[tuple[str, Break, Break, frozenset[AlarmKind]], ...] = (
    ("volume falls (by 50%, 75%)", Break(new_kept=0.5), Break(new_kept=0.25), _COUNTED),
    ("feed frozen (70%, all of it)", Break(new_kept=0.3), Break(new_kept=0.0), _COUNTED),
    ("source silent (one of two feeds, all)", Break(new_kept=0.5, known_kept=0.5), Break(new_kept=0, known_kept=0), _COUNTED),
    ("403 (40%, all pages)", Break(failing=0.4), Break(failing=1.0), frozenset({AlarmKind.FAILURE_RATE})),
)


def breakages() -> Iterator[Breakage]:
    """Every kind in both sizes."""
    for name, rows, named_by in _ROWS:
        for size, share in (("small", SMALL), ("large", 1.0)):
            yield Breakage(name, size, Break(rows=rows, share=share), frozenset(named_by))
    for name, small, large, kinds in _LEDGER:
        yield Breakage(name, "small", small, kinds)
        yield Breakage(name, "large", large, kinds)
