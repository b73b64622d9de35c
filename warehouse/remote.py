"""A warehouse at s3://bucket/prefix: its objects under the names and verbs of files.

Belongs here: opening it, putting objects whole, handing them to DuckDB. Does not belong here: what lies where (paths.py), and the
commit protocol (lake.py): delta-rs talks to the store itself. Imported by who was given a URL, and by nobody else.

obstore, because it is what delta-rs has inside: both read the same AWS_* variables, and both can put an object on the condition
that nobody else did (If-None-Match, If-Match), which makes a store without locks safe for several writers. Where the network or
the store fails in the middle of reading, obstore's errors go up as they are.
"""

import functools
import re
import secrets
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, cast

import duckdb
import obstore
from fsspec.spec import AbstractBufferedFile, AbstractFileSystem
from obstore.exceptions import AlreadyExistsError, BaseError, PreconditionError
from obstore.store import S3Store
from upath.implementations.cloud import S3Path
from upath.registry import register_implementation

from transforms.errors import ConfigError, LakeError
from warehouse.files import ReplacedMeanwhileError

# What a bucket may be called, and names below it that need no escaping anywhere: in logs, SQL, glob patterns.
_URL = re.compile(r"s3://[a-z0-9][a-z0-9.-]{1,61}[a-z0-9](/[A-Za-z0-9._-]+)*")
_CODE = re.compile(r"<Code>(\w+)</Code>")
# A slip of the pen should be told in seconds; the work itself is patient (obstore's defaults: 10 tries, 3 minutes).
_PROBE: Any = {"max_retries": 1, "retry_timeout": timedelta(seconds=10)}
# Beyond what is asked for: most archived pages come in one request.
_READ_AHEAD_BYTES = 64 * 1024

_CREDENTIALS = "AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY (AWS_SESSION_TOKEN with temporary ones)"


class _Store(AbstractFileSystem):  # type: ignore[misc]  # fsspec ships no types
    """The store under fsspec's names, call by call. Not obstore's own adapter: it is asynchronous, and where one of its threads
    woke up while the interpreter ended, the process aborted, one run of twenty.
    """

    protocol = "s3"

    def info(self, path: str, **options: Any) -> dict[str, Any]:
        bucket, key = _place(path)
        if key and (found := _state(_store(bucket), key)):
            return {**found, "name": f"{bucket}/{key}", "type": "file"}
        self.ls(path)
        return {"name": f"{bucket}/{key}", "size": 0, "type": "directory"}

    def exists(self, path: str, **options: Any) -> bool:
        """fsspec's own takes any error for a no."""
        try:
            self.info(path)
        except FileNotFoundError:
            return False
        return True

    def ls(self, path: str, detail: bool = True, **options: Any) -> list[Any]:
        bucket, key = _place(path)
        found = obstore.list_with_delimiter(_store(bucket), key.rstrip("/") or None)
        entries = [{**entry, "name": f"{bucket}/{entry['path']}", "type": "file"} for entry in found["objects"]]
        entries += [{"name": f"{bucket}/{name}", "size": 0, "type": "directory"} for name in found["common_prefixes"]]
        if not entries:
            raise FileNotFoundError(path)
        return entries if detail else sorted(entry["name"] for entry in entries)

    def cat_file(self, path: str, start: int | None = None, end: int | None = None, **options: Any) -> bytes:
        bucket, key = _place(path)
        if start is None or end is None:
            return obstore.get(_store(bucket), key).bytes().to_bytes()[start:end]
        return obstore.get_range(_store(bucket), key, start=start, end=end).to_bytes()

    def rm_file(self, path: str) -> None:
        bucket, key = _place(path)
        obstore.delete(_store(bucket), key)

    def modified(self, path: str) -> datetime:
        at: datetime = self.info(path)["last_modified"]
        return at

    def _open(self, path: str, mode: str = "rb", *args: Any, **options: Any) -> AbstractBufferedFile:
        if mode != "rb":
            raise NotImplementedError(f"{path}: objects are put whole (files.replacing)")
        return AbstractBufferedFile(self, path, mode, block_size=_READ_AHEAD_BYTES, cache_type="readahead")


class _Snapshots(_Store):
    """What one connection reads: files that never change. DuckDB asks for a file's size and time at every turn, and publishing
    binds thirty views: of 1,975 requests for eight files 1,700 were that.
    """

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self._known: dict[str, dict[str, Any]] = {}

    def info(self, path: str, **options: Any) -> dict[str, Any]:
        if path not in self._known:
            self._known[path] = super().info(path)
        return self._known[path]


class RemotePath(S3Path):
    """An object, or the beginning of objects' names, with pathlib's verbs. It can be sent to another process."""

    @classmethod
    def _fs_factory(cls, urlpath: str, protocol: str, storage_options: Any) -> AbstractFileSystem:
        return filesystem()

    def mkdir(self, mode: int = 0o777, parents: bool = False, exist_ok: bool = False) -> None:
        """A store has no folders."""

    def rmdir(self, recursive: bool = False) -> None:
        """A store has no folders; UPath's own removes all that is in it."""

    def write_bytes(self, data: Any) -> int:
        """As pathlib's, in one step."""
        bucket, key = _place(str(self))
        obstore.put(_store(bucket), key, data)
        return len(data)


register_implementation("s3", RemotePath, clobber=True)


def open_folder(url: str) -> Path:
    """What lies below s3://bucket/prefix, with pathlib's verbs. ConfigError if it cannot be had, with the cure."""
    url = url.rstrip("/")
    if not _URL.fullmatch(url):
        raise ConfigError(
            f"{url}: is no place for a warehouse. It is written s3://bucket/prefix, the prefix in letters, digits, dot, dash and "
            "underscore"
        )
    # UPath has pathlib's interface without being a Path: all code is written for both.
    folder = cast(Path, RemotePath(url))
    bucket, key = _place(folder)
    try:
        next(iter(obstore.list(S3Store(bucket, retry_config=_PROBE), key or None)), None)
    except BaseError as error:
        raise ConfigError(f"{url}: {_explained(str(error), bucket)}") from None  # its text may be long, and tells no more
    return folder


def try_writing(folder: Path) -> datetime:
    """Put a small object below a folder of the store and delete it again. Gives the store's clock at that moment.

    ConfigError if the store does not let us, with the cure.
    """
    bucket, key = _place(folder / f".doctor-{secrets.token_hex(4)}")
    store = S3Store(bucket, retry_config=_PROBE)
    try:
        obstore.put(store, key, b"nightdesk doctor")
        at: datetime = obstore.head(store, key)["last_modified"]
        obstore.delete(store, key)
    except BaseError as error:
        raise ConfigError(f"{folder}: {_explained(str(error), bucket)}") from None
    return at


@functools.cache
def filesystem() -> AbstractFileSystem:
    """The store as fsspec has it."""
    return _Store()


def serve(con: duckdb.DuckDBPyConnection) -> None:
    """Let a connection read s3:// URLs, without an extension of DuckDB's."""
    con.register_filesystem(_Snapshots(skip_instance_cache=True))


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """Yield a local path to write to; its content becomes the object `path` in one step if the block ends well.

    ReplacedMeanwhileError if somebody else put the object during the block: then theirs stays.
    """
    bucket, key = _place(path)
    store = _store(bucket)
    seen = _state(store, key)
    with tempfile.TemporaryDirectory(prefix="nightdesk-") as folder:
        fresh = Path(folder) / path.name
        yield fresh
        mode: Any = "create" if seen is None else {"e_tag": seen["e_tag"]}
        try:
            obstore.put(store, key, fresh.read_bytes(), mode=mode, attributes=_attributes(path))
        except (AlreadyExistsError, PreconditionError) as error:
            raise ReplacedMeanwhileError(f"{path} was replaced by another process meanwhile") from error
        except BaseError as error:
            raise LakeError(f"{path} cannot be written: {_explained(str(error), bucket)}") from error


def put(source: Path, target: Path) -> None:
    """A file as an object, in one step. It is there already only if an earlier call was killed: names are used once.

    What is sent is signed with its hash, so that the store refuses what was damaged on the way. LakeError if it is not all there.
    """
    bucket, key = _place(target)
    store, size = _store(bucket), source.stat().st_size
    there = _state(store, key)
    if there is None or there["size"] != size:
        try:
            obstore.put(store, key, source)
        except BaseError as error:
            raise LakeError(f"{target} cannot be written: {_explained(str(error), bucket)}") from error
        there = _state(store, key)
    if there is None or there["size"] != size:
        raise LakeError(f"{target}: {size} bytes were sent, and the store does not have them. Run the same command again.")


def touch(path: Path) -> None:
    """Make an object as new as if it had been written now: a store keeps no other time of it. FileNotFoundError if it is gone."""
    path.write_bytes(path.read_bytes())


def _place(path: object) -> tuple[str, str]:
    """Bucket and key of s3://bucket/key or bucket/key."""
    bucket, _, key = str(path).removeprefix("s3://").partition("/")
    return bucket, key


@functools.cache
def _store(bucket: str) -> S3Store:
    return S3Store(bucket)


def _state(store: S3Store, key: str) -> Any:
    """Size, time and tag of an object; None if there is none."""
    try:
        return obstore.head(store, key)
    except FileNotFoundError:
        return None


def _attributes(path: Path) -> Any:
    """What a browser must be told to show a report."""
    return {"Content-Type": "text/html; charset=utf-8"} if path.suffix == ".html" else None


def _explained(text: str, bucket: str) -> str:
    """What a store's refusal means, and the cure."""
    code = found[1] if (found := _CODE.search(text)) else ""
    if code == "NoSuchBucket":
        return f"there is no bucket {bucket}. Create it, or name another with --data. AWS_ENDPOINT_URL says which store is asked"
    if "incorrectly configured region" in text or code in ("PermanentRedirect", "AuthorizationHeaderMalformed"):
        return "the bucket lies in another region. Set AWS_REGION to it"
    if "MissingSecretAccessKey" in text or "MissingAccessKeyId" in text or "/latest/api/token" in text:
        return f"there are no credentials. Set {_CREDENTIALS}, or give this machine a role"
    if code or "status code: 40" in text:
        return f"the store refuses ({code or 'no reason'}). Check {_CREDENTIALS}, and that they may list, read, write and delete"
    if "BadScheme" in text:
        return "AWS_ENDPOINT_URL is plain http. Set AWS_ALLOW_HTTP=true if that is meant, else make it https"
    return "the store cannot be reached. Check AWS_ENDPOINT_URL (for Amazon's own: leave it unset, and set AWS_REGION)"
