"""Files that other processes may be reading, writing or about to be killed over.

Belongs here: replacing a file in one step, holding a lock, making writes survive a power cut. Does not belong here: contents.
"""

import fcntl
import os
import random
import tempfile
import time
from collections.abc import Callable, Collection, Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TypeVar

from transforms.errors import LakeError

T = TypeVar("T")
# Each one means that another machine was done first.
_ATTEMPTS = 20


class ReplacedMeanwhileError(LakeError):
    """Another machine replaced the object since it was looked at: look again, decide again, try again."""


def is_local(path: Path) -> bool:
    """Whether a path is on a disk of this machine; else it is an object's (remote.py), which has the same verbs."""
    return isinstance(path, Path)


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """Yield a path to write to; it becomes `path` in one step if the block ends well, and is removed if it does not.

    Callers hold a lock on `path` (see `exclusive`): a killed writer's leftover is taken over by the next one. Where `path` is an
    object, no lock keeps other machines out: ReplacedMeanwhileError if one was quicker.
    """
    if not is_local(path):
        from warehouse import remote  # here and below: a local warehouse does without what it imports

        with remote.replacing(path) as fresh:
            yield fresh
        return
    fresh = path.with_name(f".{path.name}.new")
    fresh.unlink(missing_ok=True)
    try:
        yield fresh
        flush([fresh])
        fresh.replace(path)
        flush([path.parent])
    finally:
        fresh.unlink(missing_ok=True)


def retrying(attempt: Callable[[], T]) -> T:
    """Call `attempt` until nobody was quicker, which on a disk is the first time. LakeError if others never stop."""
    for tries in range(_ATTEMPTS):
        try:
            return attempt()
        except ReplacedMeanwhileError as error:
            refusal = error
            time.sleep(random.uniform(0, 0.1 * tries))
    raise LakeError(f"{refusal}, {_ATTEMPTS} times in a row. Run the same command again when others are done.")


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
            _touch(path)
    too_old = time.time() - after_seconds
    for path in paths:
        if path.stat().st_mtime < too_old:
            path.unlink(missing_ok=True)


@contextmanager
def near(path: Path) -> Iterator[Path]:
    """A path at which a file can be opened, and then read as it is now, whoever replaces it."""
    if is_local(path):
        yield path
        return
    with tempfile.TemporaryDirectory(prefix="nightdesk-") as folder:
        copy = Path(folder) / path.name
        copy.write_bytes(path.read_bytes())
        yield copy


def _touch(path: Path) -> None:
    if is_local(path):
        os.utime(path)
    else:
        from warehouse import remote

        remote.touch(path)


def bring(source: Path, target: Path) -> None:
    """Move a file to a name that is new, in one step, and have it there for good."""
    if not is_local(target):
        from warehouse import remote

        remote.put(source, target)
        source.unlink()
        return
    target.parent.mkdir(exist_ok=True)
    source.rename(target)
    flush([target, target.parent])


def flush(paths: Iterable[Path]) -> None:
    """Have the system write files and folders to the disk now, not when it pleases."""
    for path in paths:
        handle = os.open(path, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
