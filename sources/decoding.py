"""Undoing HTTP's Content-Encoding piece by piece, never holding more than was asked for.

Belongs here: which codings are asked for, limits on what comes in and out. Does not belong here: how a coding is undone
(inflate), charsets, transfer encodings.
"""

from sources.inflate import CODINGS, InflateError, Inflater, inflater

# Only what can be undone is asked for.
ACCEPT_ENCODING = ", ".join(CODINGS)

# Enough output at a time to be quick, little enough that a bomb is seen long before it fills memory.
_STEP_BYTES = 256 * 1024

# Codings whose streams may stand one after the other, and the first byte of each: the second may not have come yet. What else
# comes after the end is padding.
_NEXT_STREAM = {"gzip": 0x1F, "zstd": 0x28}


class DecodingError(Exception):
    """The bytes are not what their Content-Encoding says."""


class SizeLimitError(Exception):
    """More bytes came than allowed. `args[0]`: the limit."""


class BodyDecoder:
    """Collects a body as it arrives, decoded, up to `limit` bytes.

    `feed` raises SizeLimitError as soon as there are more, before decoding or after, DecodingError if the bytes cannot be
    decoded or the encoding is unknown.
    """

    def __init__(self, encoding: str | None, limit: int) -> None:
        self._limit = limit
        self._received = 0
        self._size = 0
        self._pieces: list[bytes] = []
        names = [name.strip().lower() for name in (encoding or "").split(",")]
        encodings = [name for name in names if name not in ("", "identity")]
        if len(encodings) > 1:
            raise DecodingError(f"Content-Encoding {encoding!r}: several encodings over one another are not undone")
        self._coding = encodings[0].removeprefix("x-") if encodings else None
        if self._coding not in (None, *CODINGS):
            raise DecodingError(f"Content-Encoding {encoding!r} was not asked for and cannot be undone")
        self._stream: Inflater | None = None

    @property
    def is_gzip(self) -> bool:
        """Whether what it takes is gzip, which every reader of archives undoes."""
        return self._coding == "gzip"

    @property
    def size(self) -> int:
        """Bytes that have come out so far."""
        return self._size

    def feed(self, data: bytes) -> None:
        """Take the next bytes as received."""
        if not data:
            return
        if self._coding is None:
            self._keep(data)
            return
        # What cannot be compressed grows by a little; padding without end comes to no output at all.
        self._received += len(data)
        if self._received > 2 * self._limit + 1024:
            raise SizeLimitError(self._limit)
        try:
            self._inflate(data)
        except InflateError as exc:
            raise DecodingError(f"Content-Encoding {self._coding}: {exc}") from exc

    def body(self) -> bytes:
        """All that came out. Raises EOFError if the encoded stream was cut off before its end."""
        if self._stream is not None and not self._stream.is_whole:
            raise EOFError(f"the {self._coding} stream ends in its middle, after {self._size} decoded bytes")
        return b"".join(self._pieces)

    def start(self) -> bytes:
        """What came out before the limit was reached."""
        return b"".join(self._pieces)[: self._limit]

    def _inflate(self, data: bytes) -> None:
        assert self._coding is not None
        stream = self._stream or inflater(self._coding, data)
        while data:
            if stream.is_whole:
                if data[0] != _NEXT_STREAM.get(self._coding):
                    break
                stream = inflater(self._coding, data)
            self._stream = stream
            piece = stream.feed(data, _STEP_BYTES)
            self._keep(piece)
            while stream.pending or (len(piece) >= _STEP_BYTES and not stream.is_whole):
                piece = stream.feed(b"", _STEP_BYTES)
                self._keep(piece)
            data = stream.rest
        self._stream = stream

    def _keep(self, data: bytes) -> None:
        self._size += len(data)
        if data:
            self._pieces.append(data)
        if self._size > self._limit:
            raise SizeLimitError(self._limit)


def unpack(data: bytes, encoding: str | None, limit: int) -> bytes:
    """Decode a whole body at once. Raises as BodyDecoder does."""
    decoder = BodyDecoder(encoding, limit)
    decoder.feed(data)
    return decoder.body()
