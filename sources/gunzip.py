"""Which library unpacks a gzip or deflate stream: the quick one, or zlib where that one is less strict.

Belongs here: the choice, from the first bytes. Does not belong here: limits, Content-Encoding.
Unpacking is the dearest single part of a fetch; ISA-L (`isal`, zlib's interface) takes half of zlib's time.
"""

import zlib
from typing import Protocol

from isal import igzip_lib, isal_zlib

# What either library raises for bytes that are not what they should be.
UNPACKING_ERRORS: tuple[type[Exception], ...] = (zlib.error, igzip_lib.IsalError)  # type: ignore[assignment]  # stub: an instance

# Flags that a gzip header bears in practice: none, or a file name. Header checksums and reserved flags only zlib checks.
_USUAL_FLAGS = (0x00, 0x08)
_HEADER_BYTES = 10  # of a header without a name


class Decompressor(Protocol):
    """What zlib's and ISA-L's decompression objects have in common."""

    @property
    def eof(self) -> bool: ...
    @property
    def unconsumed_tail(self) -> bytes: ...
    @property
    def unused_data(self) -> bytes: ...
    def decompress(self, data: bytes, max_length: int = ..., /) -> bytes: ...


def gunzipper(first: bytes) -> Decompressor:
    """For a gzip member that begins with these bytes."""
    is_usual = len(first) >= _HEADER_BYTES and first[3] in _USUAL_FLAGS
    return isal_zlib.decompressobj(isal_zlib.MAX_WBITS | 16) if is_usual else zlib.decompressobj(zlib.MAX_WBITS | 16)
