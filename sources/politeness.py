"""One host's patience: whose turn it is, how long to wait, when to leave it alone for the night.

Belongs here: gaps, holds and the giving up. Does not belong here: HTTP, robots.txt parsing, remembering hosts (hosts). A host's
requests queue here whatever source they are for; hosts know nothing of one another, so none waits for another.
"""

import asyncio
import random
import threading
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from transforms.records import Reason

# The longest that one Retry-After may hold up a host's queue; a host that asks for more is left alone for the night.
LONGEST_HOLD_SECONDS = 120.0

# The longest Crawl-delay that is waited for: at more, one night would get a handful of pages.
LONGEST_CRAWL_DELAY_SECONDS = 300.0

# A host that said "too many requests" is asked at half the pace from then on, at a quarter if it says so again.
_SLOWEST_FACTOR = 4.0

# So many requests in a row that came to nothing, and the host counts as down: the rest of its pages would cost a
# timeout each.
_FAILURES_TO_GIVE_UP = 8

# A host's pages are in one batch, so that another event loop holds its connections only where a redirect led there: no need to be
# quick about it.
_LOOK_AGAIN_SECONDS = 0.05

_DOWN_REASONS = frozenset(
    {
        Reason.DNS_ERROR,
        Reason.CONNECTION_ERROR,
        Reason.TLS_ERROR,
        Reason.FETCH_TIMEOUT,
        Reason.TOO_MANY_REQUESTS,
        Reason.HTTP_SERVER_ERROR,
        Reason.BOT_CHALLENGE,
    }
)


@dataclass(slots=True)
class Turn:
    """One granted request. The gap to the next counts from `answered_at`: by then the server has certainly seen this
    one. `refusal` set: the host was closed, and is not to be asked.
    """

    refusal: tuple[Reason, str] | None = None
    answered_at: float | None = None

    def answered(self) -> None:
        self.answered_at = time.monotonic()


class HostState:
    """One host's pace and patience, for whoever asks it: plain state that several event loops may share.

    `closed`: the reason and detail with which every further request to the host is to end, once the host was given up.
    """

    def __init__(self) -> None:
        self.closed: tuple[Reason, str] | None = None
        self._lock = threading.Lock()
        self._under_way = 0
        self._last_at = float("-inf")  # when the last request was sent or, better, answered; time.monotonic()
        self._held_until = float("-inf")
        self._gap = 0.0
        self._factor = 1.0
        self._failures = 0
        self._is_warned = False

    def widen(self, gap: float) -> None:
        """Ask for at least `gap` seconds between requests; the widest that anybody asked for holds."""
        self._gap = max(self._gap, gap)

    @property
    def gap_seconds(self) -> float:
        """Seconds from one answer to the next request."""
        return self._gap * self._factor

    def claim(self, connections: int) -> float:
        """Take the next request's turn if it has come: 0. Else the seconds until it may have, and it is nobody's yet."""
        with self._lock:
            if self._under_way >= connections:
                return _LOOK_AGAIN_SECONDS
            now = time.monotonic()
            left = max(self._held_until, self._last_at + self.gap_seconds) - now
            if left <= 0:
                self._last_at = now
                self._under_way += 1
            return max(left, 0.0)

    def release(self, answered_at: float) -> None:
        """Give a turn back. The gap to the next counts from when the server is known to have seen this one."""
        with self._lock:
            self._under_way -= 1
            self._last_at = max(self._last_at, answered_at)

    def hold(self, seconds: float) -> None:
        """Send nothing to the host for so long."""
        self._held_until = max(self._held_until, time.monotonic() + seconds)

    def slow_down(self) -> None:
        """The host said that this is too fast: keep a wider gap for the rest of the night."""
        self._factor = min(self._factor * 2, _SLOWEST_FACTOR)

    def warn(self, detail: str, *, is_whole_host: bool) -> None:
        """The host asked to be left alone for longer than can be waited for.

        A 503 speaks for the whole host, which is given up at once. A 429 may count for one resource only (RFC 6585, section 4):
        the first costs its page and most of the pace, the second the host.
        """
        if is_whole_host or self._is_warned:
            self.close(Reason.TOO_MANY_REQUESTS, f"not asked: {detail}")
        self._is_warned = True
        self._factor = _SLOWEST_FACTOR

    def close(self, reason: Reason, detail: str) -> None:
        """Leave the host alone from now on."""
        if self.closed is None:
            self.closed = (reason, detail)

    def note(self, reason: Reason | None) -> None:
        """Count how a page ended; too many failures in a row that are the host's own close it."""
        self._failures = self._failures + 1 if reason in _DOWN_REASONS else 0
        if reason is not None and self._failures >= _FAILURES_TO_GIVE_UP:
            self.close(reason, f"not asked: the last {self._failures} requests to this host ended in {reason.value}")


class HostQueue:
    """Grants the requests of one event loop to one host, in the order in which they were asked for. `state` may be shared with
    other event loops; gap and connections hold over all of them.
    """

    def __init__(self, connections: int, state: HostState) -> None:
        self.state = state
        self._connections = connections
        self._slots = asyncio.Semaphore(connections)

    @asynccontextmanager
    async def turn(self) -> AsyncIterator[Turn]:
        """Wait for this request's turn, and hold it until the block ends."""
        async with self._slots:
            turn = Turn(refusal=self.state.closed)
            while turn.refusal is None and (left := self.state.claim(self._connections)) > 0:
                await asyncio.sleep(left)
                turn.refusal = self.state.closed
            if turn.refusal is not None:
                yield turn
                return
            try:
                yield turn
            finally:
                self.state.release(turn.answered_at or time.monotonic())


def retry_after_seconds(value: str | None, now: datetime) -> float | None:
    """The seconds that a Retry-After header asks to wait, whether it gives seconds or a date; None if it says nothing
    usable.
    """
    text = (value or "").strip()
    if text.isascii() and text.isdigit():
        return float(text[:9])
    try:
        moment = parsedate_to_datetime(text)
        if moment.tzinfo is None:
            moment = moment.replace(tzinfo=UTC)
        return max(0.0, (moment - now).total_seconds())
    except (ValueError, OverflowError):  # a year of 20 digits, an offset of centuries
        return None


def backoff_seconds(attempt: int) -> float:
    """The pause before retry number `attempt` (0 the first): about 0.5, 1, 2 ... seconds, spread so that hosts do not
    march in step.
    """
    return 0.5 * 2.0**attempt * random.uniform(0.5, 1.0)
