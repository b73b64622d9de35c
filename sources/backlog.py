"""Back pressure: when the archive cannot keep up, nothing new is asked for.

Belongs here: counting what was fetched and not yet written. Does not belong here: fetching, writing.
"""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager

# Enough that the archive never idles, little beside the pages on the wire.
DEFAULT_LIMIT_BYTES = 64_000_000


class Backlog:
    """Bytes of bodies that wait to be written, in one event loop. Requests wait while there are more than `limit_bytes`."""

    def __init__(self, limit_bytes: int = DEFAULT_LIMIT_BYTES) -> None:
        self._limit = limit_bytes
        self._held = 0
        self._has_room = asyncio.Event()
        self._has_room.set()

    async def room(self) -> None:
        """Wait until few enough bytes are held."""
        await self._has_room.wait()

    @contextmanager
    def holding(self, size: int) -> Iterator[None]:
        """Count `size` bytes as held until the block ends."""
        self._hold(size)
        try:
            yield
        finally:
            self._hold(-size)

    def _hold(self, size: int) -> None:
        self._held += size
        if self._held > self._limit:
            self._has_room.clear()
        else:
            self._has_room.set()
