"""Files that other processes may be reading, writing or about to be killed over.

Belongs here: replacing a file in one step, holding a lock, making writes survive a power cut. Does not belong here: contents.
"""

import fcntl
import os
import time
from collections.abc import Collection, Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """Yield a path to write to; it becomes `path` in one step if the block ends well, and is removed if it does not.

    Callers hold a lock on `path` (see `exclusive`): a killed writer's leftover is taken over by the next one.
    """
    fresh = path.with_name(f".{path.name}.new")
    fresh.unlink(missing_ok=True)
    try:
        yield fresh
        flush([fresh])
        fresh.replace(path)
        flush([path.parent])
    finally:
        fresh.unlink(missing_ok=True)


@contextmanager
def exclusive(path: Path, *, wait: bool = True) -> Iterator[None]:
    """Hold the lock file `path` for the length of the block. The system gives it back when the holder dies, however it dies.

    BlockingIOError if another process holds it and `wait` is false. The holder, and nobody else, may remove the file.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    while True:
        with path.open("a") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
            if _is_at(lock.fileno(), path):
                yield
                return


def _is_at(handle: int, path: Path) -> bool:
    """Whether an open file still is the one of that name: the last holder may have removed it while we waited."""
    try:
        return os.path.samestat(os.fstat(handle), path.stat())
    except FileNotFoundError:
        return False


def forget(paths: Iterable[Path], *, replaced: Collection[Path], after_seconds: float) -> None:
    """Remove those of `paths`, files that nobody names any more, that were replaced longer ago than `after_seconds`.

    `replaced`: those that have just lost their name. However old such a file is, somebody may have opened it a second ago: its
    time is from now on that of its replacement.
    """
    for path in replaced:
        with suppress(FileNotFoundError):
            os.utime(path)
    too_old = time.time() - after_seconds
    for path in paths:
        if path.stat().st_mtime < too_old:
            path.unlink(missing_ok=True)


def flush(paths: Iterable[Path]) -> None:
    """Have the system write files and folders to the disk now, not when it pleases."""
    for path in paths:
        handle = os.open(path, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
