"""One run's work in progress on disk: what it is a run of, which stages are done, and who holds it.

Belongs here: run ids, resuming, the lock, the names of staged files.
Does not belong here: what is in those files (flows/staging.py).
Every staged file is written under another name and renamed, so a file that is there is whole: a run that was killed at any
moment goes on with the first file that is missing.
"""

import fcntl
import hashlib
import json
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from transforms.errors import InputError
from warehouse import files
from warehouse.paths import DataDir

# An unfinished run older than this is no longer gone on with: its pages would be yesterday's under today's name.
RESUME_WITHIN = timedelta(hours=20)


@dataclass(frozen=True, slots=True)
class RunInfo:
    """What a run is a run of. `key` is equal for two runs that would do the same work, so that one can go on with the other."""

    run_id: str
    kind: str  # night, sample, backfill
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

    def file(self, name: str) -> Path:
        """The path of the staged file `name`."""
        return self.staged / name

    def remove(self) -> None:
        """Forget the work in progress: the lake has it all."""
        shutil.rmtree(self.staged)


def run_key(*parts: object) -> str:
    """One name for the work that `parts` (settings, files, options) describe."""
    return hashlib.blake2b(json.dumps([str(part) for part in parts]).encode(), digest_size=8).hexdigest()


@contextmanager
def open_run(data: DataDir, *, kind: str, key: str, day: str, now: datetime) -> Iterator[RunDir]:
    """Take up the unfinished run of this kind and key, or start one, and hold it until the block ends.

    Raises InputError when another process is running the same one.
    """
    data.staged.mkdir(parents=True, exist_ok=True)
    info = _unfinished(data, kind, key, now) or RunInfo(
        run_id=f"{now:%Y%m%dT%H%M%SZ}-{secrets.token_hex(3)}", kind=kind, key=key, day=day, started_at=now.isoformat()
    )
    run = RunDir(info, data)
    run.staged.mkdir(exist_ok=True)
    with _held(run.staged / "lock", f"this {kind} (run {info.run_id})"):
        with files.replacing(run.file("run.json")) as fresh:
            fresh.write_text(json.dumps(asdict(info)), encoding="utf8")
        yield run


def _unfinished(data: DataDir, kind: str, key: str, now: datetime) -> RunInfo | None:
    for path in sorted(data.staged.glob("*/run.json"), reverse=True):
        info = RunInfo(**json.loads(path.read_bytes()))
        same = (info.kind, info.key) == (kind, key)
        if same and now - datetime.fromisoformat(info.started_at) < RESUME_WITHIN:
            return replace(info, resumed=info.resumed + 1)
    return None


@contextmanager
def _held(lock: Path, what: str) -> Iterator[None]:
    """An advisory lock that the kernel drops when its holder dies, however it dies."""
    with lock.open("w") as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise InputError(f"{what} is running in another process; wait for it to end, or end it") from None
        yield


def utc_now() -> datetime:
    """The clock, read by flows alone: every stage below is handed the time."""
    return datetime.now(UTC)
