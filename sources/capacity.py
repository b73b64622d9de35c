"""How much may be under way at once: sockets, what one processor keeps up with, and bodies that turn out large.

Belongs here: the bounds and where they come from. Does not belong here: which host's turn it is (politeness).
A request to a host that is silent costs a socket and little else, so thousands of hosts are asked at once; what costs memory is
bodies, so only a few of those that are large are read at a time.
"""

import asyncio
import heapq
import resource
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from itertools import count
from pathlib import Path
from types import TracebackType

# Beyond it one processor cannot keep up, and requests would run into their timeouts for our sake.
_MOST_OPEN = 1_000

# Sockets that are kept open between two requests to a host, files of the archive, DNS.
_SOCKETS_PER_REQUEST = 4
_OTHER_FILES = 256

# Most pages stay below it.
LARGE_BODY_BYTES = 512 * 1024
_MOST_LARGE = 32


def open_limit(most: int = _MOST_OPEN) -> int:
    """Requests that may be on the wire at once in this process; raises its limit on open files as far as it may be raised."""
    wanted = most * _SOCKETS_PER_REQUEST + _OTHER_FILES
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        soft = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    files = wanted if soft == resource.RLIM_INFINITY else soft
    return max(1, min(most, (files - _OTHER_FILES) // _SOCKETS_PER_REQUEST))


# Where the loop has all it can do, more requests at once only make each one slower; where it waits for hosts, more of them are
# asked.
_FIRST_WINDOW = 64
_LEAST_WINDOW = 16
_LOOK_SECONDS = 0.1
_BUSY, _IDLE = 0.85, 0.5  # of the time between two looks; between them the window stays
_SHRINK, _GROW = 0.8, 1.25


# proc(5): nanoseconds on a processor, nanoseconds in its queue, time slices.
_COUNTERS = Path("/proc/thread-self/schedstat")


def _cpu_wanted() -> float:
    """Seconds of a processor that this thread has had, and (on Linux) waited for while others had it."""
    try:
        had, waited, _ = _COUNTERS.read_text(encoding="ascii").split()
    except OSError:
        return time.thread_time()
    return (int(had) + int(waited)) / 1e9


class Wire:
    """Places for requests on the wire, as many as the loop's processor keeps up with, the lowest rank first.

    A night's batches are fetched side by side, and each is worked on when it is whole: where the processor is the bottleneck, all
    would be whole at the same late moment if each got its share. `cpu_wanted` gives the seconds of a processor that the loop's
    thread has used, or would have if others had not.
    """

    def __init__(self, most: int, cpu_wanted: Callable[[], float] = _cpu_wanted) -> None:
        self._most = most
        self._window = float(min(most, _FIRST_WINDOW))
        self._under_way = 0
        self._waiting: list[tuple[int, int, asyncio.Future[None]]] = []
        self._numbers = count()  # of one rank: first come, first served
        self._cpu_wanted = cpu_wanted
        self._is_watched = False

    @asynccontextmanager
    async def place(self, rank: int) -> AsyncIterator[None]:
        """Wait for a place, and hold it until the block ends."""
        if not self._is_watched:
            self._look_later()
        if self._waiting or self._under_way >= int(self._window):
            await self._turn(rank)
        else:
            self._under_way += 1
        try:
            yield
        finally:
            self._leave()

    async def _turn(self, rank: int) -> None:
        turn = asyncio.get_running_loop().create_future()
        heapq.heappush(self._waiting, (rank, next(self._numbers), turn))
        try:
            await turn
        except asyncio.CancelledError:
            if not turn.cancelled():  # its turn had come a moment before
                self._leave()
            raise

    def _leave(self) -> None:
        self._under_way -= 1
        self._admit()

    def _admit(self) -> None:
        while self._waiting and self._under_way < int(self._window):
            *_, turn = heapq.heappop(self._waiting)
            if not turn.cancelled():
                self._under_way += 1
                turn.set_result(None)

    def _look_later(self) -> None:
        self._is_watched = True
        asyncio.get_running_loop().call_later(_LOOK_SECONDS, self._look, time.monotonic(), self._cpu_wanted())

    def _look(self, began: float, wanted: float) -> None:
        busy = (self._cpu_wanted() - wanted) / (time.monotonic() - began)
        if busy > _BUSY:
            self._window = max(min(_LEAST_WINDOW, self._most), self._window * _SHRINK)
        elif busy < _IDLE and self._waiting:
            self._window = min(self._most, self._window * _GROW)
        self._admit()
        self._is_watched = False
        if self._under_way:
            self._look_later()


class LargeBodies:
    """Lets a few bodies at a time grow large; the others wait where they are, and so do their servers."""

    def __init__(self, most: int = _MOST_LARGE) -> None:
        self._places = asyncio.Semaphore(most)

    def reader(self) -> "BodyReader":
        """For one body."""
        return BodyReader(self._places)


class BodyReader:
    """An async context manager around the reading of one body: tell it how much there is so far."""

    def __init__(self, places: asyncio.Semaphore) -> None:
        self._places = places
        self._is_large = False

    async def __aenter__(self) -> "BodyReader":
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        if self._is_large:
            self._places.release()

    async def grown(self, size: int) -> None:
        """Wait for a place once the body is large."""
        if not self._is_large and size > LARGE_BODY_BYTES:
            await self._places.acquire()
            self._is_large = True
