"""The decompressors behind HTTP's content codings, all with one face: never more output at a time than is asked for.

Belongs here: what each library calls its errors, its end and its limits. Does not belong here: how much is too much (decoding).
brotli and zstd are libraries that may be missing on an odd platform: then they are not asked for, and nothing else changes.
"""

import sys
import zlib
from typing import Protocol

from isal import igzip_lib, isal_zlib

try:
    import brotli
except ImportError:
    brotli = None
try:
    if sys.version_info >= (3, 14):
        from compression import zstd
    else:
        from backports import zstd
except ImportError:
    zstd = None  # type: ignore[assignment]

# What this installation can undo, in the order of preference of servers' defaults.
CODINGS = ("gzip", "deflate", *(("br",) if brotli else ()), *(("zstd",) if zstd else ()))

# Flags that a gzip header bears in practice: none, or a file name. Header checksums and reserved flags only zlib checks.
_USUAL_GZIP_FLAGS = (0x00, 0x08)
_GZIP_HEADER_BYTES = 10  # of one without a name

# RFC 9659: over HTTP no zstd frame may need a larger window, which the decoder has to hold.
_ZSTD_WINDOW_LOG = 23


_ZLIB_ERRORS: tuple[type[Exception], ...] = (zlib.error, igzip_lib.IsalError)  # type: ignore[assignment]  # stub: an instance


class InflateError(Exception):
    """The bytes are not of this coding."""


class Inflater(Protocol):
    """One compressed stream. `feed` gives up to about `most` bytes; `pending` says that more can be had by feeding b""."""

    @property
    def pending(self) -> bool: ...
    @property
    def is_whole(self) -> bool: ...
    @property
    def rest(self) -> bytes: ...
    def feed(self, data: bytes, most: int) -> bytes: ...


def inflater(coding: str, first: bytes) -> Inflater:
    """A decompressor for one of CODINGS; `first` are the stream's first bytes."""
    match coding:
        case "gzip":
            # ISA-L takes half of zlib's time, and unpacking is the dearest part of a fetch (benchmarks/fetch.py).
            is_usual = len(first) >= _GZIP_HEADER_BYTES and first[3] in _USUAL_GZIP_FLAGS
            return _Zlib(zlib.MAX_WBITS | 16, is_quick=is_usual)
        case "deflate":
            # Servers mean either of two formats; a zlib stream's first byte tells (RFC 1950: CM 8, window up to 32 K).
            has_zlib_header = first[0] & 0x0F == 8 and first[0] >> 4 <= 7
            return _Zlib(zlib.MAX_WBITS if has_zlib_header else -zlib.MAX_WBITS)
        case "br":
            return _Brotli()
        case _:
            return _Zstd()


class _Zlib:
    """zlib, or ISA-L, which has the same interface."""

    def __init__(self, window: int, *, is_quick: bool = False) -> None:
        self._stream = isal_zlib.decompressobj(window) if is_quick else zlib.decompressobj(window)

    @property
    def pending(self) -> bool:
        return bool(self._stream.unconsumed_tail)

    @property
    def is_whole(self) -> bool:
        return self._stream.eof

    @property
    def rest(self) -> bytes:
        return self._stream.unused_data

    def feed(self, data: bytes, most: int) -> bytes:
        try:
            return self._stream.decompress(self._stream.unconsumed_tail + data, most)
        except _ZLIB_ERRORS as exc:
            raise InflateError(str(exc)) from exc


class _Brotli:
    def __init__(self) -> None:
        self._stream = brotli.Decompressor()

    @property
    def pending(self) -> bool:
        return not self._stream.can_accept_more_data()

    @property
    def is_whole(self) -> bool:
        return bool(self._stream.is_finished())

    @property
    def rest(self) -> bytes:
        return b""

    def feed(self, data: bytes, most: int) -> bytes:
        try:
            piece: bytes = self._stream.process(data, output_buffer_limit=most)
        except brotli.error as exc:
            raise InflateError(str(exc)) from exc
        return piece


class _Zstd:
    def __init__(self) -> None:
        self._stream = zstd.ZstdDecompressor(options={zstd.DecompressionParameter.window_log_max: _ZSTD_WINDOW_LOG})

    @property
    def pending(self) -> bool:
        return not self._stream.needs_input and not self._stream.eof

    @property
    def is_whole(self) -> bool:
        return self._stream.eof

    @property
    def rest(self) -> bytes:
        return self._stream.unused_data

    def feed(self, data: bytes, most: int) -> bytes:
        try:
            return self._stream.decompress(data, most)
        except zstd.ZstdError as exc:
            raise InflateError(str(exc)) from exc
