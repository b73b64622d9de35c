"""What an article is known by: its id, the hash of what it says, and the bands that near-duplicates share.

Belongs here: hashes that are stored in rows, so the same on every machine, in every process and for ever. Does not belong here:
what the URL or the text is made of, and what is done about duplicates.
"""

import hashlib
import re
import unicodedata
import zlib
from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

from transforms.spaces import VOWEL_SIGNS

Hashes = npt.NDArray[np.uint64]
HalfHashes = npt.NDArray[np.uint32]

# 21 bands of 6 rows: two bodies whose 5-word shingles overlap by a share s (Jaccard) have a band in common with the chance
# 1 - (1 - s^6)^21: 0.02 at s = 0.3, 0.28 at 0.5, 0.64 at 0.6, 0.93 at 0.7, 0.998 at 0.8. The steepest point, (1/21)^(1/6), is
# 0.60: an agency story that two outlets cut and headed differently is found, two reports of the same event in own words are not.
BANDS = 21
ROWS_PER_BAND = 6
SHINGLE_WORDS = 5
SIMILARITY_THRESHOLD = (1 / BANDS) ** (1 / ROWS_PER_BAND)

_CHUNK = 512  # shingles hashed at once: 126 rows of 512 are 250 kB, which a core's cache holds, whatever the article's length

_WORD = re.compile(r"\w+")
# Scripts written without spaces (Thai, Lao, Burmese, Khmer, Kana, Han): a character counts as a word, else a clause would.
_UNSPACED = "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
_ANY_UNSPACED = re.compile(f"[{_UNSPACED}{VOWEL_SIGNS}]")
_WORD_OR_CHARACTER = re.compile(f"[{_UNSPACED}]|(?:[^\\W{_UNSPACED}][{VOWEL_SIGNS}]*)+")
# Soft hyphen, zero-width space and joiners, word joiner, byte order mark: invisible, and put in anew at every rendering.
_INVISIBLE = re.compile("[\u00ad\u200b\u200c\u200d\u2060\ufeff]")


def article_id(canonical_url: str) -> str:
    """The 128-bit BLAKE2b of a canonical URL, as 32 hex digits."""
    return hashlib.blake2b(canonical_url.encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()


def content_hash(title: str | None, body: str | None) -> str:
    """The 128-bit BLAKE2b of title and body, as 32 hex digits: changes when a reader would see other words.

    White space, Unicode form and invisible characters do not count; case and punctuation do.
    """
    parts = (_normalised(title or ""), _normalised(body or ""))
    return hashlib.blake2b("\x00".join(parts).encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()


def _normalised(text: str) -> str:
    return " ".join(_INVISIBLE.sub("", unicodedata.normalize("NFKC", text)).split())


def minhash_bands(body: str | None) -> tuple[int, ...]:
    """The body's BANDS band hashes (signed 64-bit), position by position comparable; () for a body without words.

    Two articles are candidates for the same cluster when the hash at any position is equal; SIMILARITY_THRESHOLD is the overlap
    at which that becomes likely. Equal bodies (letter case and punctuation aside) have equal bands.

    The 126 permutations are of 32-bit numbers: processors multiply eight of these at once and 64-bit ones singly, and two of an
    article's thousand shingles meet in one of four thousand million values once in ten thousand articles.
    """
    words = _words(body or "")
    if not words:
        return ()
    minima = np.full(BANDS * ROWS_PER_BAND, np.iinfo(np.uint32).max, dtype=np.uint32)
    shingles: HalfHashes = (_shingle_hashes(words) >> np.uint64(32)).astype(np.uint32)
    for start in range(0, len(shingles), _CHUNK):
        hashed = _HALF_MULTIPLIERS[:, None] * shingles[None, start : start + _CHUNK] + _HALF_ADDENDS[:, None]
        np.minimum(minima, hashed.min(axis=1), out=minima)
    rows = minima.astype(np.uint64).reshape(BANDS, ROWS_PER_BAND)
    bands = _mixed((rows * _MULTIPLIERS[:ROWS_PER_BAND]).sum(axis=1, dtype=np.uint64))
    return tuple(bands.view(np.int64).tolist())


def shingles(body: str | None) -> Hashes:
    """The distinct hashes of the body's runs of SHINGLE_WORDS words, sorted; none for a body without words."""
    words = _words(body or "")
    return np.unique(_shingle_hashes(words)) if words else np.empty(0, dtype=np.uint64)


def overlap(one: Hashes, two: Hashes) -> float:
    """The share of shingles that two bodies have in common (Jaccard), 0 to 1."""
    common = len(np.intersect1d(one, two, assume_unique=True))
    return common / max(len(one) + len(two) - common, 1)


def _words(text: str) -> list[str]:
    folded = _INVISIBLE.sub("", text).casefold()
    words: list[str] = (_WORD_OR_CHARACTER if _ANY_UNSPACED.search(folded) else _WORD).findall(folded)
    return words


def _shingle_hashes(words: list[str]) -> Hashes:
    """One 64-bit hash for each run of SHINGLE_WORDS words; a shorter text is one shingle."""
    checksums = [zlib.crc32(word) for word in "\n".join(words).encode("utf-8", "surrogatepass").split(b"\n")]
    hashed = np.array(checksums, dtype=np.uint64)
    width = min(SHINGLE_WORDS, len(words))
    last = len(words) - width + 1
    combined = np.zeros(last, dtype=np.uint64)
    for position in range(width):
        combined = combined * _MULTIPLIERS[0] + hashed[position : position + last]
    return _mixed(combined)


def _mixed(values: Hashes) -> Hashes:
    """The finaliser of splitmix64: every bit of the input changes half of the output's."""
    values = (values ^ (values >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    values = (values ^ (values >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return values ^ (values >> np.uint64(31))


def _constants(seed: int) -> Iterator[int]:
    """The splitmix64 sequence of a seed: constants that need no table and no library's random generator."""
    state = seed
    for _ in range(BANDS * ROWS_PER_BAND):
        state = (state + 0x9E3779B97F4A7C15) % 2**64
        mixed = ((state ^ (state >> 30)) * 0xBF58476D1CE4E5B9) % 2**64
        mixed = ((mixed ^ (mixed >> 27)) * 0x94D049BB133111EB) % 2**64
        yield mixed ^ (mixed >> 31)


_MULTIPLIERS: Hashes = np.array(list(_constants(1)), dtype=np.uint64) | np.uint64(1)  # odd: a permutation of the 64-bit numbers
# The same of the 32-bit numbers, from the upper halves, which are the better mixed.
_HALF_MULTIPLIERS: HalfHashes = (_MULTIPLIERS >> np.uint64(32)).astype(np.uint32) | np.uint32(1)
_HALF_ADDENDS: HalfHashes = (np.array(list(_constants(2)), dtype=np.uint64) >> np.uint64(32)).astype(np.uint32)
