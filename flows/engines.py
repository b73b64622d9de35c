"""Workers elsewhere that read the shares of a batch: Dask's or Ray's, one interface to both.

Belongs here: choosing the engine, handing out shares and waiting for them. Does not belong here: what a worker does (shares.py),
and what is special to an engine (daskengine.py, rayengine.py: each imported by who chose it, and by nobody else).

The orchestrator is not told of shares: it sees one task a batch, here as with processes of our own. A worker needs no way to it.
"""

import queue
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from typing import Any, Protocol

from flows import settings
from flows.reading import Extracted
from flows.rundir import RunDir
from flows.settings import EngineChoice
from flows.shares import Share, Station, is_home, read_home, station_of, take_home
from transforms.errors import NightdeskError

# How often an engine is looked at while no share comes home.
_LOOK_SECONDS = 15.0


class Handed(Protocol):
    """A share that was handed out: Dask's future, or concurrent.futures'."""

    def result(self) -> str:
        """The folder that its worker staged into."""

    def add_done_callback(self, fn: Callable[[Any], object]) -> object:
        """Have `fn` called with it once it is done, in whatever thread."""

    def cancel(self) -> object:
        """Nobody waits for it any more."""


class Engine(Protocol):
    """Workers that can be had. Used by several threads at once."""

    def admit(self, station: Station) -> None:
        """ConfigError if a worker cannot be used for a run, with the cure."""

    def counted(self) -> str:
        """Where they are and how many. EngineError if there is none."""

    def submit(self, share: Share) -> Handed:
        """Hand out a share. If its worker dies, the engine gives it to another."""

    def look(self) -> None:
        """EngineError if no share can come home any more."""

    def stop(self) -> None:
        """Give up all that was handed out: whoever waits for it gets an error."""

    def explained(self, error: Exception, share: Share) -> Exception:
        """What an error of a share means, and the cure; the error itself if it speaks for itself."""


@contextmanager
def workers_for(run: RunDir) -> Iterator[Engine | None]:
    """The workers that the settings name, held for the length of a run; None: processes of our own.

    ConfigError if the engine is not installed or a worker cannot be used, EngineError if there is nobody at its address.
    """
    choice = settings.engine()
    if choice is None:
        yield None
        return
    with connected(choice) as engine:
        engine.admit(station_of(run))
        yield engine


def connected(choice: EngineChoice) -> AbstractContextManager[Engine]:
    """The workers at an address. Errors as `workers_for`."""
    if choice.name == "ray":
        from flows import rayengine

        return rayengine.connected(choice.address)
    from flows import daskengine

    return daskengine.connected(choice.address)


def spread(run: RunDir, shares: Sequence[Share], engine: Engine, *, on_pages: Callable[[int], None]) -> Extracted:
    """What becomes of the pages of `shares`, in their order. Those that are home already are not read again."""
    for share in shares:
        if is_home(run, share):
            on_pages(share.size)
    for share, folder in _read(engine, [share for share in shares if not is_home(run, share)]):
        take_home(run, share, folder)
        on_pages(share.size)
    return read_home(run, shares)


def _read(engine: Engine, shares: Sequence[Share]) -> Iterator[tuple[Share, str]]:
    """Each share with the folder that its worker staged into, as they come."""
    done: queue.SimpleQueue[Handed] = queue.SimpleQueue()
    out = {engine.submit(share): share for share in shares}
    try:
        for handed in out:
            handed.add_done_callback(done.put)
        while out:
            try:
                handed = done.get(timeout=_LOOK_SECONDS)
            except queue.Empty:
                engine.look()
                continue
            share = out.pop(handed)
            yield share, _folder(engine, handed, share)
    finally:
        for handed in out:
            handed.cancel()


def _folder(engine: Engine, handed: Handed, share: Share) -> str:
    try:
        return handed.result()
    except NightdeskError:
        raise
    except Exception as error:
        raise engine.explained(error, share) from error
