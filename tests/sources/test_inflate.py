"""The quick unpacker and zlib's are one to whoever calls them."""

import gzip
import random
import zlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sources.decoding import BodyDecoder, DecodingError, SizeLimitError, unpack

PACKED = gzip.compress(b"kopi susu dan roti " * 50 + random.Random(7).randbytes(3000), mtime=0)


def by_us(data: bytes) -> tuple[str, bytes]:
    """How it ended, and what came out: of a stream that breaks, nothing."""
    try:
        return "whole", unpack(data, "gzip", 10**6)
    except DecodingError:
        return "broken", b""
    except EOFError:
        return "cut", b""


def by_zlib(data: bytes) -> tuple[str, bytes]:
    inflate = zlib.decompressobj(zlib.MAX_WBITS | 16)
    try:
        body = inflate.decompress(data)
    except zlib.error:
        return "broken", b""
    return ("whole", body) if inflate.eof else ("cut", b"")


@settings(max_examples=400, deadline=None)
@given(place=st.integers(0, len(PACKED) - 1) | st.integers(0, 12), value=st.integers(0, 255))
def test_damage_is_seen_by_the_quick_one_where_zlib_sees_it(place: int, value: int) -> None:
    damaged = PACKED[:place] + bytes([value]) + PACKED[place + 1 :]
    assert by_us(damaged) == by_zlib(damaged)


@pytest.mark.parametrize("end", range(1, len(PACKED), 97))
def test_a_stream_that_is_cut_off_is_seen_as_cut(end: int) -> None:
    assert by_us(PACKED[:end]) == ("cut", b"")


@settings(max_examples=100, deadline=None)
@given(
    size=st.integers(0, 600_000) | st.sampled_from((262_143, 262_144, 262_145, 524_288)),
    piece=st.sampled_from((1000, 65_536, 10**9)),
    seed=st.none() | st.integers(0, 10),
)
def test_a_body_comes_out_whole_whatever_its_size_and_pieces(size: int, piece: int, seed: int | None) -> None:
    body = bytes(size) if seed is None else (random.Random(seed).randbytes(500) * (size // 500 + 1))[:size]
    packed = gzip.compress(body)
    decoder = BodyDecoder("gzip", 1_000_000)
    for start in range(0, len(packed), piece):
        decoder.feed(packed[start : start + piece])
    assert decoder.body() == body


def test_a_header_with_flags_that_nobody_knows_is_broken() -> None:
    with pytest.raises(DecodingError):
        unpack(PACKED[:3] + b"\xe0" + PACKED[4:], "gzip", 10**6)


def test_a_bomb_is_stopped_at_the_limit() -> None:
    with pytest.raises(SizeLimitError):
        unpack(gzip.compress(b"\0" * 50_000_000), "gzip", 1_000_000)
