"""Walking a WARC file record by record, damaged ones included, without ever holding a whole record.

Belongs here: finding where records begin, streams that end where a record's compressed block ends, going on after
damage. Does not belong here: what a record means.
"""

import zlib
from collections.abc import Generator, Iterator
from dataclasses import dataclass
from typing import BinaryIO

from warcio.exceptions import ArchiveLoadFailed
from warcio.recordloader import ArcWarcRecord, ArcWarcRecordLoader
from warcio.statusandheaders import StatusAndHeadersParserException

_GZIP_MAGIC = b"\x1f\x8b\x08"
_PLAIN_MAGIC = b"WARC/"
_READ_BYTES = 64 * 1024

# A header line or a whole header longer than this is no header: some file that is not a WARC, or damage.
_LINE_BYTES = 64 * 1024
_HEADER_LINES = 1000


@dataclass(frozen=True, slots=True)
class Damage:
    """A stretch of the file, from byte `offset` on, that no record could be read from, and why in words."""

    offset: int
    problem: str


@dataclass(frozen=True, slots=True)
class Entry:
    """One record and the byte offset at which it can be opened again. `is_addressable` False: it lies inside a gzip
    block that another record opens, so nothing can seek to it."""

    offset: int
    record: ArcWarcRecord
    is_addressable: bool = True


class _Block:
    """The bytes of a file from `offset` on: those of one gzip member, decompressed, or plain. Never more than a piece
    is held.

    `problem` says what was wrong with the compressed data once that shows; `end` is where the next block begins.
    """

    def __init__(self, file: BinaryIO, offset: int, *, is_gzip: bool) -> None:
        self._file = file
        self._at = offset  # of the next byte to read from the file
        self._inflate = zlib.decompressobj(zlib.MAX_WBITS | 16) if is_gzip else None
        self._pending = b""  # read, not yet decompressed
        self._ready = b""  # decompressed, not yet handed out
        self._told = 0
        self._lines = 0
        self.problem: str | None = None

    @property
    def end(self) -> int:
        if self._inflate is None:
            return self._at - len(self._ready)
        return self._at - len(self._inflate.unused_data) - len(self._pending)

    @property
    def is_whole(self) -> bool:
        """Whether the block came to its regular end (plain blocks have none)."""
        return self._inflate is None or self._inflate.eof

    def begin_header(self) -> None:
        self._lines = 0

    def tell(self) -> int:
        return self._told

    def read(self, size: int | None = None) -> bytes:
        pieces, left = [], size if size is not None else -1
        while left != 0 and self._fill():
            piece = self._ready if left < 0 else self._ready[:left]
            self._ready = self._ready[len(piece) :]
            pieces.append(piece)
            left = left - len(piece) if left > 0 else left
        data = b"".join(pieces)
        self._told += len(data)
        return data

    def readline(self, size: int | None = None) -> bytes:
        most = _LINE_BYTES if size is None or size < 0 else min(size, _LINE_BYTES)
        self._lines += 1
        if self._lines > _HEADER_LINES:
            raise ArchiveLoadFailed(f"a header of more than {_HEADER_LINES} lines")
        line = b""
        while len(line) < most and self._fill():
            cut = self._ready.find(b"\n", 0, most - len(line))
            piece = self._ready[: cut + 1] if cut >= 0 else self._ready[: most - len(line)]
            self._ready = self._ready[len(piece) :]
            line += piece
            if cut >= 0:
                break
        self._told += len(line)
        return line

    def peek(self, size: int) -> bytes:
        """The next bytes, left in place (fewer at the end)."""
        while len(self._ready) < size:
            held, self._ready = self._ready, b""
            if not self._fill():
                self._ready = held
                break
            self._ready = held + self._ready
        return self._ready[:size]

    def drain(self) -> None:
        """Run to the end of the block, keeping nothing."""
        while self._inflate is not None and self._fill():
            self._told += len(self._ready)
            self._ready = b""

    def _fill(self) -> bool:
        while not self._ready:
            if self.problem is not None or (self._inflate is not None and self._inflate.eof):
                return False
            data = self._pending or self._next_piece()
            self._pending = b""
            if not data:
                if self._inflate is not None:
                    self.problem = "the file ends in the middle of a compressed record"
                return False
            self._take(data)
        return True

    def _next_piece(self) -> bytes:
        self._file.seek(self._at)
        data = self._file.read(_READ_BYTES)
        self._at += len(data)
        return data

    def _take(self, data: bytes) -> None:
        if self._inflate is None:
            self._ready = data
            return
        try:
            self._ready = self._inflate.decompress(data, 4 * _READ_BYTES)
            self._pending = b"" if self._inflate.eof else self._inflate.unconsumed_tail
        except zlib.error as exc:
            self.problem = f"the compressed data is damaged ({exc})"


def walk(file: BinaryIO) -> Iterator[Entry | Damage]:
    """Every record of an open WARC file in order, and every stretch that could not be read as one.

    A record's stream must be used before the next one is asked for; what is left of it is skipped. After damage the
    walk goes on at the next place that looks like a record.
    """
    size = file.seek(0, 2)
    offset = 0
    while offset < size:
        offset = yield from _block(file, offset, size)


def open_at(file: BinaryIO, offset: int) -> ArcWarcRecord:
    """The record that begins at a byte offset. Raises ValueError in words if none does."""
    entry = next(_block(file, offset, offset + 1), None)
    if isinstance(entry, Entry):
        return entry.record
    raise ValueError(entry.problem if entry is not None else "the file ends before it")


def _block(file: BinaryIO, offset: int, size: int) -> Generator[Entry | Damage, None, int]:
    """The records of the block at `offset`; returns where the next block begins."""
    file.seek(offset)
    start = file.read(8)
    if not start.startswith((_GZIP_MAGIC, _PLAIN_MAGIC)):
        stripped = len(start) - len(start.lstrip(b"\r\n"))
        if stripped:
            return offset + stripped  # the blank lines after a plain record
        yield Damage(offset, f"no WARC record begins here (found {start!r})")
        return _next_start(file, offset + 1, size)
    is_gzip = start.startswith(_GZIP_MAGIC)
    block = _Block(file, offset, is_gzip=is_gzip)
    loader = ArcWarcRecordLoader(verify_http=False, arc2warc=False)
    is_first = True
    while True:
        if not is_gzip:
            is_first, offset = True, block.end
        try:
            block.begin_header()
            record = loader.parse_record_stream(block, known_format="warc")
        except (ArchiveLoadFailed, StatusAndHeadersParserException, EOFError, ValueError, AttributeError) as exc:
            yield Damage(offset, block.problem or _words(exc))
            return _next_start(file, offset + 1, size) if not block.is_whole else max(block.end, offset + 1)
        yield Entry(offset, record, is_addressable=is_first)
        _skip(record)
        is_first = False
        while block.peek(1) in (b"\r", b"\n"):
            block.read(1)
        if not block.peek(1):
            break
        if not is_gzip and not block.peek(5).startswith(_PLAIN_MAGIC):
            return block.end
    if block.problem is not None:
        return _next_start(file, offset + 1, size)
    return max(block.end, offset + 1)


def _skip(record: ArcWarcRecord) -> None:
    while record.raw_stream.read(_READ_BYTES):
        pass


def _words(exc: Exception) -> str:
    if isinstance(exc, EOFError):
        return "the block holds no record"
    return f"no WARC record can be read here: {' '.join(str(exc).split())[:200]}"


def _next_start(file: BinaryIO, offset: int, size: int) -> int:
    """The next offset, from `offset` on, at which a record seems to begin: a gzip member that decompresses to one, or
    plain text.
    """
    overlap = len(_PLAIN_MAGIC) - 1
    while offset < size:
        file.seek(offset)
        data = file.read(_READ_BYTES + overlap)
        for place in _marks(data):
            if _is_start(file, offset + place):
                return offset + place
        offset += _READ_BYTES
    return size


def _marks(data: bytes) -> Iterator[int]:
    place = -1
    while True:
        found = [at for at in (data.find(_GZIP_MAGIC, place + 1), data.find(_PLAIN_MAGIC, place + 1)) if at >= 0]
        if not found:
            return
        place = min(found)
        yield place


def _is_start(file: BinaryIO, offset: int) -> bool:
    file.seek(offset)
    start = file.read(1024)
    if start.startswith(_PLAIN_MAGIC):
        return start[5:8] in (b"1.0", b"1.1") or start[5:9] in (b"0.17", b"0.18")
    try:
        return zlib.decompressobj(zlib.MAX_WBITS | 16).decompress(start, 16).startswith(_PLAIN_MAGIC)
    except zlib.error:
        return False
