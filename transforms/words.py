"""Where words begin and end.

Belongs here: the row's word count, and text made ready for a search index. Does not belong here: shingles for hashes
(fingerprint.py).
"""

import re
import unicodedata

from transforms.spaces import VOWEL_SIGNS

# Han, kana, Thai, Lao, Khmer and Burmese are written without spaces: each character counts as a word, as word processors do.
_UNSPACED = "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
_LETTERS = rf"(?:[^\W{_UNSPACED}][{VOWEL_SIGNS}]*)+"
_WORD = re.compile(rf"[{_UNSPACED}]|{_LETTERS}(?:['’‘.,\-]{_LETTERS})*")
_UNSPACED_CHARACTER = re.compile(f"([{_UNSPACED}])")
# Soft hyphen, zero-width space and joiners, word joiner, byte order mark: they stand inside words and are none of their letters.
_INVISIBLE = re.compile("[\u00ad\u200b\u200c\u200d\u2060\ufeff]")


def count_words(text: str | None) -> int:
    """Words of a text: "200.000", "don't" and "read-also" are one each."""
    return len(_WORD.findall(text or ""))


def with_word_breaks(text: str) -> str:
    """The text as an index that breaks words at whatever is no letter should be given it: "Jum\u00adat" is one word, 東京 two.

    Compatibility characters and letters with loose accents are composed, else the accent would end the word.
    """
    composed = _INVISIBLE.sub("", text if text.isascii() else unicodedata.normalize("NFKC", text))
    return composed if composed.isascii() else _UNSPACED_CHARACTER.sub(r" \1 ", composed)
