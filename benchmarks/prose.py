"""Articles for measuring: invented words, as frequent as words are (Zipf), the same for the same seed.

Belongs here: texts. Does not belong here: rows of a table, and what is measured.
"""

import numpy as np

_SYLLABLES = [
    "ba",
    "ke",
    "ti",
    "mu",
    "ra",
    "se",
    "no",
    "lu",
    "ga",
    "pi",
    "da",
    "wo",
    "hal",
    "ber",
    "kan",
    "sta",
    "ung",
    "mer",
    "tor",
    "lin",
    "vel",
    "shi",
    "rak",
    "pun",
    "des",
    "fro",
    "gli",
    "han",
    "jo",
    "mal",
    "nor",
    "ost",
    "quer",
]
WORDS = 200_000
# The second most frequent word is half as frequent as the first, and so on; the flat start is that of real text.
_EXPONENT, _FLAT = 1.07, 2.7


class Prose:
    """A writer with a seed. Its first words are the most frequent ones."""

    def __init__(self, seed: int) -> None:
        self._random = np.random.default_rng(seed)
        self.words = _vocabulary()
        weights = 1 / (np.arange(1, WORDS + 1) + _FLAT) ** _EXPONENT
        self._chances = np.cumsum(weights / weights.sum())

    def draw(self, count: int) -> list[str]:
        """So many words, each by its own chance."""
        places = np.searchsorted(self._chances, self._random.random(count))
        return [self.words[place] for place in np.minimum(places, WORDS - 1)]

    def text(self, words: int) -> str:
        """A text of so many words: 420 make about 3 kB."""
        return " ".join(self.draw(words))

    def number(self, below: int) -> int:
        """A whole number from 0."""
        return int(self._random.integers(below))


def _vocabulary() -> list[str]:
    """Distinct words, the short ones first. Always the same ones: a seed decides texts, not the language."""
    random = np.random.default_rng(0)
    words: dict[str, None] = {}
    while len(words) < WORDS:
        words["".join(_SYLLABLES[place] for place in random.integers(0, len(_SYLLABLES), random.integers(1, 5)))] = None
    return sorted(words, key=len)
