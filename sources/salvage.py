"""What a killed fetch leaves in the raw archive: closed, and used, so that no page is asked for twice.

Belongs here: segments that were open when their writer died, and which pages of a batch they already hold. Does not belong here:
writing (warc), walking damaged files of others (warcstream).
"""

import logging
import os
import zlib
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import BinaryIO

from sources.records import Fetched, FetchRequest
from sources.warc import OPEN_SUFFIX, read_page, scan
from transforms.errors import InputError
from transforms.records import RawPage, WarcPointer

log = logging.getLogger(__name__)

_READ_BYTES = 1024 * 1024

NextPage = Callable[[Sequence[RawPage]], str | None]


def close_segments(folder: Path, stem: str) -> list[Path]:
    """The segments of a batch, `<stem>.warc.gz` and on, after its writer has ended in whatever way.

    One that was left open is cut after its last whole record, and gets its name; one without a record is removed.
    """
    for path in folder.glob(f"{stem}*.warc.gz{OPEN_SUFFIX}"):
        if _is_of(path.name.removesuffix(OPEN_SUFFIX), stem):
            _close(path)
    return sorted(path for path in folder.glob(f"{stem}*.warc.gz") if _is_of(path.name, stem))


def _is_of(name: str, stem: str) -> bool:
    return name.removesuffix(".warc.gz").partition("-")[0] == stem


def _close(path: Path) -> None:
    with path.open("r+b") as file:
        end = _end_of_whole_records(file)
        file.truncate(end)
        file.flush()
        os.fsync(file.fileno())
    if end:
        path.replace(path.with_name(path.name.removesuffix(OPEN_SUFFIX)))
    else:
        path.unlink()
    log.info("%s: its writer was killed; closed after %d bytes", path, end)


def _end_of_whole_records(file: BinaryIO) -> int:
    """Where the last whole gzip member ends: each record is one."""
    end, at, data = 0, 0, b""
    member = zlib.decompressobj(zlib.MAX_WBITS | 16)
    while data := data or file.read(_READ_BYTES):
        try:
            member.decompress(data, _READ_BYTES)
        except zlib.error:
            return end
        rest = member.unused_data if member.eof else member.unconsumed_tail
        at, data = at + len(data) - len(rest), rest
        if member.eof:
            end, member = at, zlib.decompressobj(zlib.MAX_WBITS | 16)
    return end


def fetched_before(
    segments: Sequence[Path],
    requests: Sequence[FetchRequest],
    *,
    name: Callable[[Path], str],
    next_page_url: NextPage,
    now: Callable[[], datetime],
) -> dict[str, Fetched]:
    """The outcomes of those requests whose pages the segments hold, by URL. `name` is what pointers call a segment.

    An article of several pages is left out: whether all of them were had is not to be seen, so it is fetched again.
    """
    wanted = {request.candidate.url: request.candidate for request in requests}
    had: dict[str, Fetched] = {}
    for path in segments:
        for item in scan(path, source="", now=now):
            candidate = wanted.get(item.candidate.url)
            if candidate is None or item.reason is not None or item.warc is None:
                continue
            if _is_one_page(path, item.warc.offset, next_page_url):
                pointer = WarcPointer(name(path), item.warc.offset)
                had[candidate.url] = replace(item, candidate=candidate, warc=pointer)
    return had


def _is_one_page(path: Path, offset: int, next_page_url: NextPage) -> bool:
    try:
        return next_page_url([read_page(path, offset)]) is None
    except InputError:
        return False
