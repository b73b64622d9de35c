"""Counting words.

Belongs here: the row's word count. Does not belong here: shingles for hashes (fingerprint.py).
"""

import re

from transforms.spaces import VOWEL_SIGNS

# Han, kana, Thai, Lao, Khmer and Burmese are written without spaces: each character counts as a word, as word processors do.
_UNSPACED = "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
_LETTERS = rf"(?:[^\W{_UNSPACED}][{VOWEL_SIGNS}]*)+"
_WORD = re.compile(rf"[{_UNSPACED}]|{_LETTERS}(?:['’‘.,\-]{_LETTERS})*")


def count_words(text: str | None) -> int:
    """Words of a text: "200.000", "don't" and "read-also" are one each."""
    return len(_WORD.findall(text or ""))
