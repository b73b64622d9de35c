"""The raw archive: pages into WARC files, and pages out of ours and anybody's.

Belongs here: what is written of a fetch, reading one page by offset, accounting for every record of an archive.
Does not belong here: how a damaged file is walked (warcstream), which files there are.
"""

import logging
import os
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from http import HTTPStatus
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Self

from warcio.recordloader import ArcWarcRecord

from sources.content import DEFAULT_PAGE_BYTES, LARGEST_PAGE_BYTES, challenge_verdict, page_verdict, status_verdict
from sources.decoding import DecodingError, SizeLimitError
from sources.pagelog import PageLog
from sources.records import Answer, Fetched
from sources.warcbytes import exchange_bytes, warcinfo_bytes
from sources.warcrecords import (
    asked_url,
    body_of,
    content_type,
    header,
    hints_of,
    page_of,
    record_date,
    status,
    target_url,
)
from sources.warcstream import Damage, Entry, open_at, walk
from transforms.errors import InputError
from transforms.records import Candidate, RawPage, Reason, WarcPointer

log = logging.getLogger(__name__)

# As large as the specification advises (WARC 1.1, annex C.1.1: 1 GB) is unhandy to copy and to mend; a quarter is what archives
# use too.
SEGMENT_BYTES = 256_000_000
OPEN_SUFFIX = ".open"


class WarcWriter:
    """Writes pages to WARC 1.1 files, gzip per record: a context manager. Safe to call from several threads.

    A file that has reached `segment_bytes` is closed, and the next segment begun: 1.warc.gz, 1-2.warc.gz, ... Each is
    `<path>.open` until it is closed, then renamed; left by an exception it stays `.open`, readable up to its last record.
    `name` is what pointers call the first file (default: the path as given); the others are beside it.
    """

    def __init__(
        self, path: Path, *, name: str | None = None, operator: str | None = None, segment_bytes: int = SEGMENT_BYTES
    ) -> None:
        self.path = path
        self._name = name or str(path)
        self._operator = operator
        self._segment_bytes = segment_bytes
        self._lock = threading.Lock()
        self._file: BinaryIO | None = None
        # A full segment goes to the disk beside the writing of the next: it takes seconds, and pages come all the while.
        self._closer = ThreadPoolExecutor(1, thread_name_prefix="warc")
        self._closing: list[Future[None]] = []

    def __enter__(self) -> Self:
        self._begin()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        assert self._file is not None
        file, self._file = self._file, None
        try:
            _close(file, self.path, is_whole=kind is None)
            for closing in self._closing:
                closing.result()
        finally:
            self._closer.shutdown()

    def write(self, answer: Answer, candidate: Candidate) -> WarcPointer:
        """Archive one answer: a response record, then its request and its metadata. Returns where the response record begins."""
        records = exchange_bytes(answer, candidate)
        with self._lock:
            if self._file is None:
                raise RuntimeError(f"{self.path} is not open for writing")
            if self._file.tell() >= self._segment_bytes:
                self._closing.append(self._closer.submit(_close, self._file, self.path, is_whole=True))
                self.path = free_segment(self.path)
                self._name = str(Path(self._name).with_name(self.path.name))
                self._begin()
            return WarcPointer(self._name, self._append(records))

    def _begin(self) -> None:
        path = open_path(self.path)
        path.parent.mkdir(parents=True, exist_ok=True)
        self._file = path.open("wb")
        info = {"software": "nightdesk", "format": "WARC File Format 1.1", "operator": self._operator}
        self._append(warcinfo_bytes(self.path.name, info, datetime.now(UTC)))

    def _append(self, data: bytes) -> int:
        assert self._file is not None
        offset = self._file.tell()
        self._file.write(data)
        self._file.flush()
        return offset


def _close(file: BinaryIO, path: Path, *, is_whole: bool) -> None:
    """Put a segment on the disk, and under its name if it is whole."""
    file.flush()
    os.fsync(file.fileno())
    file.close()
    if is_whole:
        open_path(path).replace(path)


def open_path(path: Path) -> Path:
    """What a segment is called while it is written."""
    return path.with_name(path.name + OPEN_SUFFIX)


def free_segment(path: Path) -> Path:
    """The first segment, from `path` on, that is not there yet: 1.warc.gz, 1-2.warc.gz, 1-3.warc.gz ..."""
    stem, number = path.name.removesuffix(".warc.gz").partition("-")[0], 1
    while path.exists() or open_path(path).exists():
        number += 1
        path = path.with_name(f"{stem}-{number}.warc.gz")
    return path


def read_page(path: Path, offset: int, *, max_page_bytes: int = LARGEST_PAGE_BYTES) -> RawPage:
    """The page whose record begins at `offset` of a WARC file, decoded of its Content-Encoding. What was archived may be
    read back: the default limit is the largest that a fetch may be given.

    Raises InputError naming file and offset if there is no such page.
    """
    try:
        with path.open("rb") as file:
            record = open_at(file, offset)
            body = body_of(record, max_page_bytes)
    except (OSError, ValueError, DecodingError, SizeLimitError, EOFError) as exc:
        raise InputError(f"{path}: no page can be read at offset {offset}: {exc}") from exc
    return page_of(record, body)


def capture_at(path: Path, offset: int, *, source: str, now: Callable[[], datetime]) -> Fetched:
    """What `scan` gives for the record that begins at `offset`; one that cannot be read is a bad_warc_record."""
    try:
        with path.open("rb") as file:
            return _judged(path, Entry(offset, open_at(file, offset)), source, now, LARGEST_PAGE_BYTES)
    except OSError as exc:
        return _damaged(path, Damage(offset, f"the file cannot be opened: {exc.strerror or exc}"), source, now)
    except ValueError as exc:
        return _damaged(path, Damage(offset, str(exc)), source, now)


def scan(
    path: Path,
    *,
    source: str,
    now: Callable[[], datetime],
    max_page_bytes: int = DEFAULT_PAGE_BYTES,
) -> Iterator[Fetched]:
    """Account for an archive: one Fetched for every response and resource record and for every damaged stretch, in
    order.

    A page to extract has reason None and a pointer of (str(path), offset); no page is held longer than it takes to
    judge it. A file that cannot be opened is one bad_warc_record under its own URL.
    """
    try:
        file = path.open("rb")
    except OSError as exc:
        yield _damaged(path, Damage(0, f"the file cannot be opened: {exc.strerror or exc}"), source, now)
        return
    with file:
        if file.seek(0, os.SEEK_END) == 0:
            yield _damaged(path, Damage(0, "the file is empty"), source, now)
            return
        for found in walk(file):
            if isinstance(found, Damage):
                yield _damaged(path, found, source, now)
            elif found.record.rec_type is None:
                yield _damaged(path, Damage(found.offset, "a record without a WARC-Type"), source, now)
            elif found.record.rec_type in ("response", "resource"):
                yield _judged(path, found, source, now, max_page_bytes)


def _damaged(path: Path, damage: Damage, source: str, now: Callable[[], datetime]) -> Fetched:
    url = f"{path.absolute().as_uri()}#{damage.offset}"
    PageLog(log, source, url).warning("%s", damage.problem)
    candidate = Candidate(url, source, "warc", now(), discovered_from=str(path))
    detail = f"at byte {damage.offset}: {damage.problem}"
    return Fetched(candidate, Reason.BAD_WARC_RECORD, detail)


def _judged(path: Path, entry: Entry, source: str, now: Callable[[], datetime], limit: int) -> Fetched:
    record = entry.record
    url = target_url(record) or f"{path.absolute().as_uri()}#{entry.offset}"
    asked = asked_url(record) or url
    base = Fetched(
        Candidate(asked, source, "warc", now(), discovered_from=str(path), hints=hints_of(record)),
        fetched_at=record_date(record),
        final_url=url if url != asked else None,
        http_status=status(record),
        content_type=content_type(record),
        warc=WarcPointer(str(path), entry.offset),
        etag=header(record, "ETag"),
        last_modified=header(record, "Last-Modified"),
    )
    verdict = _verdict(record, base, limit) if entry.is_addressable else _unaddressable()
    if isinstance(verdict, bytes):
        return replace(base, bytes=len(verdict))
    reason, detail = verdict
    pointer = None if reason is Reason.BAD_WARC_RECORD else base.warc
    return replace(base, reason=reason, detail=detail, warc=pointer)


def _unaddressable() -> tuple[Reason, str]:
    return (
        Reason.BAD_WARC_RECORD,
        "it shares a gzip block with other records, so nothing can seek to it; `warcio recompress` mends such a file",
    )


def _verdict(record: ArcWarcRecord, base: Fetched, limit: int) -> bytes | tuple[Reason, str]:
    """The body of a record that holds a page; else why it does not."""
    url = base.final_url or base.candidate.url
    if not url.startswith(("http://", "https://")):
        return Reason.NOT_ARTICLE, f"its URL is no http(s) URL: {url[:200]}"
    if record.rec_type == "response" and base.http_status is None:
        return Reason.BAD_WARC_RECORD, "the record holds no HTTP response"
    if base.http_status is not None and 300 <= base.http_status < 400 and base.http_status != HTTPStatus.NOT_MODIFIED:
        return Reason.NOT_ARTICLE, f"HTTP {base.http_status}: a redirect"
    failed = None
    if base.http_status is not None:
        failed = challenge_verdict(base.http_status, partial(header, record)) or status_verdict(base.http_status)
    if failed is not None:
        return failed
    try:
        body = body_of(record, limit)
    except SizeLimitError:
        return Reason.TOO_LARGE, f"the body exceeds {limit} bytes"
    except DecodingError as exc:
        return Reason.BAD_ENCODING, str(exc)
    except EOFError as exc:
        return Reason.TRUNCATED, str(exc)
    except ValueError as exc:
        return Reason.BAD_WARC_RECORD, str(exc)
    refused = page_verdict(base.content_type, body)
    if refused is None:
        return body
    reason, detail = refused
    return (Reason.NOT_ARTICLE if reason is Reason.NOT_HTML else reason), detail
