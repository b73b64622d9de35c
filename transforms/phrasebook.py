"""The phrases by language that news pages repeat, read once from the TOML files in transforms/phrases.

Belongs here: loading them and turning them into patterns. Does not belong here: what a match means; a phrase alone cuts nothing,
the callers ask for structure as well.
"""

import re
import tomllib
from collections.abc import Iterable
from functools import cache
from importlib import resources

from transforms.errors import ConfigError

# Thai, Lao, Burmese, Khmer, Kana, Han.
_UNSPACED = re.compile("[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff]")


@cache
def phrases(topic: str, key: str) -> tuple[str, ...]:
    """All languages' phrases under `key` in phrases/<topic>.toml, longest first (so that alternations prefer them), each once.

    Raises ConfigError when the installation lacks the file, or holds something else than lists of strings.
    """
    found: dict[str, None] = {}
    for language, table in _table(topic).items():
        values = table.get(key, [])
        if not isinstance(values, list) or not all(isinstance(value, str) and value for value in values):
            raise ConfigError(f"phrases/{topic}.toml, [{language}] {key}: must be a list of strings, none of them empty")
        found.update(dict.fromkeys(values))
    return tuple(sorted(found, key=lambda phrase: (-len(phrase), phrase)))


@cache
def lines(topic: str, key: str) -> frozenset[str]:
    """The phrases under `key` as whole lines to be compared with: fold a line's case before."""
    return frozenset(phrase.casefold() for phrase in phrases(topic, key))


@cache
def _table(topic: str) -> dict[str, dict[str, object]]:
    source = resources.files("transforms") / "phrases" / f"{topic}.toml"
    try:
        return tomllib.loads(source.read_text(encoding="utf-8"))
    except (OSError, tomllib.TOMLDecodeError) as error:
        raise ConfigError(f"phrases/{topic}.toml cannot be read ({error}); install nightdesk again") from error


@cache
def anywhere(topic: str, key: str) -> re.Pattern[str]:
    """Finds any of the phrases at the beginning of a word, or anywhere in the scripts that do not part words."""
    words = phrases(topic, key)
    joined = [word for word in words if _UNSPACED.match(word)]
    parted = [word for word in words if not _UNSPACED.match(word)]
    return re.compile("|".join(filter(None, (alternation(joined), rf"(?<!\w)(?:{alternation(parted)})"))), re.IGNORECASE)


def alternation(words: Iterable[str]) -> str:
    """A regular expression's alternatives for literal phrases; a space in a phrase stands for any white space."""
    return "|".join(re.escape(word).replace(r"\ ", r"\s+") for word in words)
