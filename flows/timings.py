"""How long each stage of the run under way took, in seconds of the clock.

Belongs here: adding up. Does not belong here: what a stage is called (progress.py), who is told (exposition.py).
A stage that several threads are in at once, such as the batches of a fetch, counts from the first in to the last out.
"""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar


class Timings:
    """Safe to use from several threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._inside: dict[str, tuple[int, float]] = {}  # who is in a stage now, and since when
        self._seconds: dict[str, float] = {}

    @contextmanager
    def timed(self, stage: str) -> Iterator[None]:
        """The block is a part of `stage`."""
        with self._lock:
            users, since = self._inside.get(stage, (0, time.monotonic()))
            self._inside[stage] = users + 1, since
        try:
            yield
        finally:
            with self._lock:
                users, since = self._inside.pop(stage)
                if users > 1:
                    self._inside[stage] = users - 1, since
                else:
                    self._seconds[stage] = self._seconds.get(stage, 0.0) + time.monotonic() - since

    def seconds(self) -> dict[str, float]:
        """What ended so far, by stage, in the order of their first ends."""
        with self._lock:
            return dict(self._seconds)


# A context variable: the threads of a run take it over from the run, and runs of other threads have their own.
_CURRENT: ContextVar[Timings | None] = ContextVar("timings", default=None)


@contextmanager
def kept() -> Iterator[Timings]:
    """Time the stages of this block."""
    token = _CURRENT.set(Timings())
    try:
        yield current()
    finally:
        _CURRENT.reset(token)


def current() -> Timings:
    """Those of the run under way; of no run, some that nobody reads."""
    return _CURRENT.get() or Timings()
