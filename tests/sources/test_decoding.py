"""Every content coding: whole, in pieces, cut, damaged, blown up."""

import gzip
import subprocess
import sys
import zlib
from collections.abc import Callable

import brotli
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sources.decoding import ACCEPT_ENCODING, BodyDecoder, DecodingError, SizeLimitError, unpack
from sources.inflate import zstd

PACK: dict[str, Callable[[bytes], bytes]] = {
    "gzip": lambda data: gzip.compress(data, mtime=0),
    "deflate": zlib.compress,
    "raw deflate": lambda data: zlib.compress(data)[2:-4],
    "br": brotli.compress,
    "zstd": zstd.compress,
}
PAGE = b"<html><body>" + b"".join(b"<p>%d kopi</p>" % number for number in range(40_000)) + b"</body></html>"


def coding_of(name: str) -> str:
    return name.removeprefix("raw ")


def test_what_can_be_undone_is_asked_for() -> None:
    assert ACCEPT_ENCODING == "gzip, deflate, br, zstd"


@pytest.mark.parametrize(("coding", "library"), [("br", "brotli"), ("zstd", zstd.__name__)])
def test_a_library_that_is_missing_is_not_asked_for_and_breaks_nothing(coding: str, library: str) -> None:
    code = f"""
import gzip, sys
sys.modules[{library!r}] = None
from sources.decoding import ACCEPT_ENCODING, DecodingError, unpack
assert unpack(gzip.compress(b"kopi"), "gzip", 9) == b"kopi"
try:
    unpack(b"x", {coding!r}, 9)
except DecodingError as error:
    print(ACCEPT_ENCODING, "|", error)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    left = ACCEPT_ENCODING.replace(f", {coding}", "")
    assert done.stdout.strip() == f"{left} | Content-Encoding '{coding}' was not asked for and cannot be undone"


@settings(deadline=None)  # a loaded machine is no failure
@given(
    data=st.binary(max_size=2000) | st.binary(min_size=1, max_size=20).map(lambda piece: piece * 40_000),
    name=st.sampled_from(sorted(PACK)),
    size=st.integers(1, 3000),
)
def test_a_body_comes_out_whole_however_it_is_cut_into_pieces(data: bytes, name: str, size: int) -> None:
    packed = PACK[name](data)
    decoder = BodyDecoder(coding_of(name), len(data))
    for at in range(0, len(packed), size):
        decoder.feed(packed[at : at + size])
    assert decoder.body() == data


@pytest.mark.parametrize("length", [256 * 1024 - 1, 256 * 1024, 256 * 1024 + 1, 512 * 1024])
@pytest.mark.parametrize("name", sorted(PACK))
def test_a_body_as_long_as_a_step_is_not_taken_for_a_cut_one(name: str, length: int) -> None:
    assert unpack(PACK[name](b"x" * length), coding_of(name), length) == b"x" * length


@pytest.mark.parametrize("name", sorted(PACK))
def test_a_stream_that_is_cut_off_is_told_from_a_whole_one(name: str) -> None:
    packed = PACK[name](PAGE)
    with pytest.raises(EOFError, match=f"the {coding_of(name)} stream ends in its middle"):
        unpack(packed[: len(packed) // 2], coding_of(name), len(PAGE))


@pytest.mark.parametrize("name", ["gzip", "br", "zstd"])
def test_bytes_of_another_kind_are_no_stream(name: str) -> None:
    with pytest.raises(DecodingError, match=f"Content-Encoding {name}: "):
        unpack(b"<html>this is plain text</html>", name, 1000)


@pytest.mark.parametrize("name", sorted(PACK))
def test_a_bomb_is_stopped_at_the_limit(name: str) -> None:
    decoder = BodyDecoder(coding_of(name), 1_000_000)
    with pytest.raises(SizeLimitError):
        decoder.feed(PACK[name](b"\0" * 50_000_000))
    assert decoder.start() == b"\0" * 1_000_000
    # One step at most beyond the limit was ever held; brotli's library rounds a step up to what it has ready.
    assert sum(map(len, decoder._pieces)) <= 1_000_000 + 2 * 256 * 1024


def test_a_zstd_frame_that_wants_more_memory_than_http_allows_is_refused() -> None:
    wide = {
        zstd.CompressionParameter.window_log: 27,
        zstd.CompressionParameter.content_size_flag: 0,
        zstd.CompressionParameter.enable_long_distance_matching: 1,
    }
    compressor = zstd.ZstdCompressor(options=wide)
    packed = compressor.compress(PAGE) + compressor.flush()
    with pytest.raises(DecodingError, match=r"zstd: .*memory"):
        unpack(packed, "zstd", len(PAGE))


@pytest.mark.parametrize("name", ["gzip", "zstd"])
@pytest.mark.parametrize("size", [1, 7, 10_000])
def test_streams_one_after_the_other_are_one_body(name: str, size: int) -> None:
    packed = PACK[name](PAGE[:700]) + PACK[name](PAGE[700:1400])
    decoder = BodyDecoder(name, 5000)
    for at in range(0, len(packed), size):
        decoder.feed(packed[at : at + size])
    assert decoder.body() == PAGE[:1400]


@pytest.mark.parametrize("name", ["gzip", "deflate", "zstd"])
def test_padding_after_the_end_is_no_body_and_has_an_end(name: str) -> None:
    decoder = BodyDecoder(name, 5000)
    decoder.feed(PACK[name](b"kopi") + b"\0\0\0")
    decoder.feed(b"\0" * 1000)
    assert decoder.body() == b"kopi"
    with pytest.raises(SizeLimitError):
        decoder.feed(b"\0" * 11_000)
