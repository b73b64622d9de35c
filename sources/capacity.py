"""How much may be under way at once: sockets, and bodies that turn out large.

Belongs here: the bounds and where they come from. Does not belong here: which host's turn it is (politeness).
A request to a host that is silent costs a socket and little else, so thousands of hosts are asked at once; what costs memory is
bodies, so only a few of those that are large are read at a time.
"""

import asyncio
import resource
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
