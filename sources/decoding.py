"""Undoing HTTP's Content-Encoding piece by piece, never holding more than was asked for.

Belongs here: gzip and deflate with a limit on what comes out. Does not belong here: charsets; transfer encodings.
Brotli and zstd are not decoded, so they are not asked for either (`ACCEPT_ENCODING`).
"""

import zlib

from sources.gunzip import UNPACKING_ERRORS, Decompressor, gunzipper

ACCEPT_ENCODING = "gzip, deflate"

# Enough output at a time to be quick, little enough that a bomb is seen long before it fills memory.
_STEP_BYTES = 256 * 1024


class DecodingError(Exception):
    """The bytes are not what their Content-Encoding says."""


class SizeLimitError(Exception):
    """More bytes came out than allowed. `args[0]`: the limit."""


class BodyDecoder:
    """Collects a body as it arrives, decoded, up to `limit` bytes.

    `feed` raises SizeLimitError as soon as there are more, DecodingError if the bytes cannot be decoded or the encoding
    is unknown.
    """

    def __init__(self, encoding: str | None, limit: int) -> None:
        self._limit = limit
        self._size = 0
        self._pieces: list[bytes] = []
        names = [name.strip().lower() for name in (encoding or "").split(",")]
        self._encodings = [name for name in names if name not in ("", "identity")]
        if len(self._encodings) > 1:
            raise DecodingError(f"Content-Encoding {encoding!r}: several encodings over one another are not undone")
        self._encoding = self._encodings[0].removeprefix("x-") if self._encodings else None
        if self._encoding not in (None, "gzip", "deflate"):
            raise DecodingError(f"Content-Encoding {encoding!r} was not asked for and cannot be undone")
        self._inflate: Decompressor | None = None
        self._started = False

    @property
    def is_gzip(self) -> bool:
        """Whether what it takes is gzip, which every reader of archives undoes."""
        return self._encoding == "gzip"

    def feed(self, data: bytes) -> None:
        """Take the next bytes as received."""
        if not data:
            return
        if self._encoding is None:
            self._keep(data)
            return
        if self._inflate is None:
            self._inflate = gunzipper(data) if self._encoding == "gzip" else _deflate(data)
        try:
            self._inflate_all(data)
        except UNPACKING_ERRORS as exc:
            raise DecodingError(f"Content-Encoding {self._encoding}: {exc}") from exc

    def body(self) -> bytes:
        """All that came out. Raises EOFError if the encoded stream was cut off before its end."""
        if self._inflate is not None and self._started and not self._inflate.eof:
            raise EOFError(f"the {self._encoding} stream ends in its middle, after {self._size} decoded bytes")
        return b"".join(self._pieces)

    def start(self) -> bytes:
        """What came out before the limit was reached."""
        return b"".join(self._pieces)[: self._limit]

    def _inflate_all(self, data: bytes) -> None:
        while data:
            assert self._inflate is not None
            if self._inflate.eof:
                if self._encoding != "gzip" or not data.startswith(b"\x1f\x8b"):
                    return  # padding after the end: browsers ignore it too
                self._inflate = gunzipper(data)
            self._started = True
            self._keep(self._inflate.decompress(data, _STEP_BYTES))
            data = self._inflate.unconsumed_tail or self._inflate.unused_data

    def _keep(self, data: bytes) -> None:
        self._size += len(data)
        if data:
            self._pieces.append(data)
        if self._size > self._limit:
            raise SizeLimitError(self._limit)


def _deflate(first: bytes) -> Decompressor:
    """Servers mean either of two formats by "deflate"; a zlib stream's first byte tells (RFC 1950: CM 8, window up to
    32 K).
    """
    has_zlib_header = first[0] & 0x0F == 8 and first[0] >> 4 <= 7
    return zlib.decompressobj(zlib.MAX_WBITS if has_zlib_header else -zlib.MAX_WBITS)


def unpack(data: bytes, encoding: str | None, limit: int) -> bytes:
    """Decode a whole body at once. Raises as BodyDecoder does."""
    decoder = BodyDecoder(encoding, limit)
    decoder.feed(data)
    return decoder.body()
