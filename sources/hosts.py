"""What a night has learnt of its hosts: their pace, their refusals, their robots.txt. One memory for all its requests.

Belongs here: what outlives one client and one event loop, safe to use from several threads. Does not belong here: how long to
wait (politeness), what a file says (robots, tdmrep).
"""

import threading
import time
from collections.abc import Callable
from typing import Self

from sources.politeness import HostState
from sources.robots import Robots
from sources.tdmrep import Reservations
from transforms.records import Reason

# RFC 9309 2.4: no longer than a day. A run that is longer asks again.
_DAY_SECONDS = 24 * 3600.0

# A robots.txt that could not be had forbids the host; whether it still cannot is asked again after as long.
_UNAVAILABLE_SECONDS = 600.0

# Whether private addresses were allowed is part of the key: what one source may see says nothing to another.
_Key = tuple[str, bool]


class Hosts:
    """The memory of one run, shared by the clients of its stages and batches.

    It is not kept from night to night: after 24 hours every robots.txt would have to be asked for again anyway, and what
    slowed a host down last night need not tonight. `clock` gives seconds that only ever grow.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._states: dict[str, HostState] = {}
        self._robots: dict[_Key, tuple[Robots, float]] = {}
        self._reservations: dict[_Key, tuple[Reservations, float]] = {}

    def __reduce__(self) -> tuple[type[Self], tuple[()]]:
        """A process of its own starts with a memory of its own: locks and clocks do not travel."""
        return type(self), ()

    def state(self, host: str) -> HostState:
        """The state of a host, the same for everybody who asks."""
        with self._lock:
            return self._states.setdefault(host, HostState())

    def robots(self, key: _Key) -> Robots | None:
        """The robots.txt of an origin, if it was read and is fresh."""
        found = self._robots.get(key)
        return found[0] if found is not None and self._clock() < found[1] else None

    def keep_robots(self, key: _Key, robots: Robots) -> None:
        is_unavailable = robots.refusal is not None and robots.refusal[0] is Reason.ROBOTS_UNAVAILABLE
        self._robots[key] = robots, self._clock() + (_UNAVAILABLE_SECONDS if is_unavailable else _DAY_SECONDS)

    def reservations(self, key: _Key) -> Reservations | None:
        """The tdmrep.json of an origin, if it was read and is fresh."""
        found = self._reservations.get(key)
        return found[0] if found is not None and self._clock() < found[1] else None

    def keep_reservations(self, key: _Key, reservations: Reservations) -> None:
        self._reservations[key] = reservations, self._clock() + _DAY_SECONDS
