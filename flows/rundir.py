"""One run's work in progress on disk: what it is a run of, which stages are done, and who holds it.

Belongs here: run ids, resuming, the lock, the names of staged files.
Does not belong here: what is in those files (flows/staging.py).
Every staged file is written under another name and renamed, so a file that is there is whole: a run that was killed at any
moment goes on with the first file that is missing.
"""

import hashlib
import json
import secrets
import shutil
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from transforms.errors import BusyError, InputError
from warehouse import files
from warehouse.layout import BATCH_MEMORY_DAYS
from warehouse.paths import RUN_FILE, DataDir

# The kind of every run over what is past.
BACKFILL_KIND = "backfill"
# A day less, because a run that is taken up takes hours itself.
_MEMORY = timedelta(days=BATCH_MEMORY_DAYS - 1)


@dataclass(frozen=True, slots=True)
class RunInfo:
    """What a run is a run of. `key` is equal for two runs that would do the same work, so that one can go on with the other."""

    run_id: str
    kind: str  # night, sample, backfill, reextract, replay, release
    key: str
    day: str  # YYYY-MM-DD
    started_at: str  # ISO 8601, UTC
    resumed: int = 0  # how often it was taken up again


@dataclass(frozen=True, slots=True)
class RunDir:
    """The folders of one run."""

    info: RunInfo
    data: DataDir

    @property
    def staged(self) -> Path:
        """Work in progress, removed when the run is finished."""
        return self.data.staged_of(self.info.run_id)

    @property
    def handed(self) -> Path:
        """What workers elsewhere read and stage; on a disk the same folder."""
        return self.data.handed_of(self.info.run_id)

    @property
    def marker(self) -> Path:
        """What tells everybody who publishes that this run is not finished."""
        return self.data.underway / self.info.run_id / RUN_FILE

    def file(self, name: str) -> Path:
        """The path of the staged file `name`."""
        return self.staged / name

    def remove(self) -> None:
        """Forget the work in progress: the lake has it all. Without its run.json, what a kill leaves of the folder is no run."""
        self.marker.unlink(missing_ok=True)
        self.file(RUN_FILE).unlink(missing_ok=True)
        # A worker elsewhere that was taken for dead may still write there; what it leaves is upkeep's.
        shutil.rmtree(self.staged, ignore_errors=True)
        if self.data.is_remote:
            shutil.rmtree(self.data.segments_of(self.info.run_id), ignore_errors=True)
            for path in self.handed.rglob("*"):
                path.unlink(missing_ok=True)


def run_key(*parts: object) -> str:
    """One name for the work that `parts` (settings, files, options) describe."""
    return hashlib.blake2b(json.dumps([str(part) for part in parts]).encode(), digest_size=8).hexdigest()


@contextmanager
def open_run(data: DataDir, *, kind: str, key: str, day: str, now: datetime) -> Iterator[RunDir]:
    """Take up the unfinished run of this kind and key, or start one, and hold it until the block ends.

    Raises BusyError when another process is running the same one.
    """
    # One lock for all runs of the same work, outside their folders: a run that ends removes its own.
    with held(_lock(data, kind, key), f"this {kind}"):
        info = _unfinished(data, kind, key, now) or RunInfo(
            run_id=f"{now:%Y%m%dT%H%M%SZ}-{secrets.token_hex(3)}", kind=kind, key=key, day=day, started_at=now.isoformat()
        )
        run = RunDir(info, data)
        for marker in dict.fromkeys((run.file(RUN_FILE), run.marker)):
            marker.parent.mkdir(parents=True, exist_ok=True)
            with files.replacing(marker) as fresh:
                fresh.write_text(json.dumps(asdict(info)), encoding="utf8")
        yield run


def _lock(data: DataDir, kind: str, key: str) -> Path:
    return data.staged / f"{kind}-{key}.lock"


def is_at_work(data: DataDir, info: RunInfo) -> bool:
    """Whether a process is at work on a run. One that begins in this very microsecond would be told that another is."""
    lock = _lock(data, info.kind, info.key)
    if not lock.exists():
        return False
    try:
        with files.exclusive(lock, wait=False):
            return False
    except BlockingIOError:
        return True


def unfinished(data: DataDir) -> list[RunInfo]:
    """Runs that began and did not end, oldest first; some process may be at work on them. InputError for a file that is none."""
    found = []
    for path in sorted(data.staged.glob(f"*/{RUN_FILE}")):
        if not (data.underway / path.parent.name / RUN_FILE).exists():  # at a URL: ended, or given up
            continue
        try:
            found.append(RunInfo(**json.loads(path.read_bytes())))
        except FileNotFoundError:  # it has ended in the meantime
            continue
        except (ValueError, TypeError) as error:
            raise InputError(f"{path}: cannot be read ({error}); remove {path.parent} to give that run up") from error
    return found


def _unfinished(data: DataDir, kind: str, key: str, now: datetime) -> RunInfo | None:
    """The oldest of them: what it found may be in no feed any more."""
    for info in unfinished(data):
        if (info.kind, info.key) == (kind, key):
            if datetime.fromisoformat(info.started_at) < now - _MEMORY:
                raise InputError(
                    f"{data.underway / info.run_id}: this {kind} began on {info.started_at[:10]}, and what of it is in the lake "
                    f"is known for {BATCH_MEMORY_DAYS} days only; remove that folder to give the run up, and start it anew"
                )
            return replace(info, resumed=info.resumed + 1)
    return None


@contextmanager
def held(lock: Path, what: str) -> Iterator[None]:
    """An advisory lock that the kernel drops when its holder dies, however it dies. BusyError if another process holds it."""
    with ExitStack() as stack:
        try:
            stack.enter_context(files.exclusive(lock, wait=False))
        except BlockingIOError:
            raise BusyError(f"{what} is running in another process; wait for it to end, or end it") from None
        yield


def utc_now() -> datetime:
    """The clock, read by flows alone: every stage below is handed the time."""
    return datetime.now(UTC)
