"""The night's one way out to the network: an event loop in a thread of its own, and one HttpClient, for all stages and batches.

Belongs here: starting it, handing it work from any thread, ending it. Does not belong here: what is asked for.
One loop and not one a batch, so that no host waits for a batch to end, and so that the bounds on what is under way hold for all.
"""

import asyncio
import threading
from collections.abc import Callable, Coroutine
from types import TracebackType
from typing import Any, Self, TypeVar

from sources.client import HttpClient

T = TypeVar("T")


class Network:
    """A context manager; starts with its first piece of work. Safe to use from several threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread: threading.Thread | None = None
        self._client: HttpClient | None = None

    def __reduce__(self) -> tuple[type[Self], tuple[()]]:
        """A process of its own starts with a network of its own: threads do not travel."""
        return type(self), ()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def run(self, make_client: Callable[[], HttpClient], work: Callable[[HttpClient], Coroutine[Any, Any, T]]) -> T:
        """Do one piece of work with the night's client, which `make_client` makes the first time, and wait for what it gives.

        A caller that is interrupted ends its work alone.
        """
        loop, client = self._started(make_client)
        future = asyncio.run_coroutine_threadsafe(work(client), loop)
        try:
            return future.result()
        except BaseException:
            future.cancel()
            raise

    def close(self) -> None:
        """End what is under way, and the thread. Work that comes later starts anew."""
        with self._lock:
            loop, thread, client = self._loop, self._thread, self._client
            self._loop = self._thread = self._client = None
        if loop is None or thread is None:
            return
        asyncio.run_coroutine_threadsafe(_ended(client), loop).result()
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()

    def _started(self, make_client: Callable[[], HttpClient]) -> tuple[asyncio.AbstractEventLoop, HttpClient]:
        with self._lock:
            if self._loop is None:
                self._loop = asyncio.new_event_loop()
                self._thread = threading.Thread(target=_turn, args=(self._loop,), name="network", daemon=True)
                self._thread.start()
            if self._client is None:
                self._client = asyncio.run_coroutine_threadsafe(_entered(make_client()), self._loop).result()
            return self._loop, self._client


def _turn(loop: asyncio.AbstractEventLoop) -> None:
    """Run it until it is stopped. A SystemExit in a task ends run_forever, but is for the task's caller alone."""
    while True:
        try:
            loop.run_forever()
        except SystemExit:
            continue
        return


async def _entered(client: HttpClient) -> HttpClient:
    return await client.__aenter__()


async def _ended(client: HttpClient | None) -> None:
    others = asyncio.all_tasks() - {asyncio.current_task()}
    for task in others:
        task.cancel()
    await asyncio.gather(*others, return_exceptions=True)
    if client is not None:
        await client.__aexit__(None, None, None)
    await asyncio.get_running_loop().shutdown_default_executor()
