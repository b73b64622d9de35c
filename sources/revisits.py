"""When a known page is looked at again: hours and days after it was first seen, then no more.

Belongs here: the schedule of one page. Does not belong here: what is known of it (warehouse), asking for it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

# A nightly run starts a little sooner or later each night; a look that is due this soon is taken now.
_EARLY = timedelta(hours=1)
_EARLY_SHARE = 0.05


class Seen(Protocol):
    """When a page was first and last had."""

    @property
    def first_seen_at(self) -> datetime: ...
    @property
    def last_fetched_at(self) -> datetime: ...


@dataclass(frozen=True, slots=True)
class Revisits:
    """`hours`: the ages at which a page is looked at again, none of them beyond `days`. Without any: at every run, for `days`.

    Corrections come in the first hours, and now and then in the first days; after that a page is left alone.
    """

    hours: Sequence[float]
    days: int

    def refusal(self, page: Seen, now: datetime) -> str | None:
        """Why a page is not looked at now, in words; None if it is due."""
        age, last = now - page.first_seen_at, page.last_fetched_at - page.first_seen_at
        if not self.hours:
            is_over = age > timedelta(days=self.days)
            over = f"first seen {page.first_seen_at:%Y-%m-%d}, longer ago than revisit_days = {self.days}"
            return over if is_over else None
        looks = [timedelta(hours=hours) for hours in self.hours if hours <= 24 * self.days]
        ahead = [look for look in looks if last < _nearly(look)]
        if not ahead:
            return f"last looked at {page.last_fetched_at:%Y-%m-%d %H:%M} UTC, and let go since"
        return None if _nearly(ahead[0]) <= age else f"next looked at {page.first_seen_at + ahead[0]:%Y-%m-%d %H:%M} UTC"


def _nearly(look: timedelta) -> timedelta:
    return look - min(_EARLY, look * _EARLY_SHARE)
