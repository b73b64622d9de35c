"""Words that are forms of one another: banjir, kebanjiran; flood, flooding; Wahl, Wahlen.

Belongs here: stems, and where in a sorted list of words those of one stem stand. Does not belong here: any index. The words of
an index stay as they are written: only the few words of a query are stemmed, and the index's words near them.
"""

import functools
from dataclasses import dataclass
from itertools import takewhile

import snowballstemmer

# A shorter stem says too little: English "us" is one of many words.
_SHORTEST_STEM = 4
# Indonesian words grow at the front as well: what a root stands behind, and what it becomes there when its own first letter goes.
_FRONTS = ("me", "mem", "men", "meng", "memper", "di", "diper", "ber", "ter", "ke", "pe", "pem", "pen", "peng", "per", "se")
_MELTED = {"p": ("mem", "pem"), "t": ("men", "pen"), "s": ("meny", "peny"), "k": ("meng", "peng")}
_LANGUAGES = ("indonesian", "english", "german")


@dataclass(frozen=True, slots=True)
class Family:
    """The words of one language that have one stem. Each of them begins with one of `beginnings`."""

    language: str
    stem: str
    beginnings: tuple[str, ...]

    def has(self, word: str) -> bool:
        """Whether a word belongs to it."""
        return _stem(self.language, word) == self.stem


def families(word: str) -> list[Family]:
    """What a word (lower case, without diacritics) may be a form of: at most one family a language."""
    found = ((language, _stem(language, word)) for language in _LANGUAGES)
    return [Family(language, stem, _beginnings(language, word, stem)) for language, stem in found if len(stem) >= _SHORTEST_STEM]


def _beginnings(language: str, word: str, stem: str) -> tuple[str, ...]:
    """What its words begin with. A stem need not: that of "study" is "studi", that of "university" is "universiti"."""
    shared = "".join(letter for letter, other in takewhile(lambda pair: pair[0] == pair[1], zip(word, stem, strict=False)))
    if language != "indonesian":
        shared = shared.removesuffix("i") if language == "english" else shared
        return (shared,) if len(shared) >= _SHORTEST_STEM else ()
    return (stem, *(front + stem for front in _FRONTS), *(front + stem[1:] for front in _MELTED.get(stem[0], ())))


def _stem(language: str, word: str) -> str:
    stem: str = _stemmer(language).stemWord(word)
    return stem


@functools.cache
def _stemmer(language: str) -> snowballstemmer.stemmer:
    return snowballstemmer.stemmer(language)
