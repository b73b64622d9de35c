"""Reading one table of a TOML file strictly: every key known, every value of its type, every complaint with file, line
and key.

Belongs here: finding the line of a key, type and range checks. Does not belong here: what the keys of sources.toml
mean.
"""

import difflib
import re
import tomllib
from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Any

from transforms.errors import ConfigError

# What a URL may hold between // and @: not to be repeated in messages.
_CREDENTIALS = re.compile(r"//[^/?#]*@")


def read_toml(path: Path, *, if_missing: str) -> tuple[str, dict[str, Any]]:
    """The text of a TOML file and its values. ConfigError says why it cannot be read; `if_missing`: of one that is not there."""
    try:
        text = path.read_text(encoding="utf-8")
        return text, tomllib.loads(text)
    except FileNotFoundError:
        raise ConfigError(f"{path}: {if_missing}") from None
    except UnicodeDecodeError as exc:
        raise ConfigError(f"{path}: is no UTF-8 text: {exc.reason} at byte {exc.start}. Save it as UTF-8") from None
    except OSError as exc:
        cure = "Give a file that the user who runs nightdesk may read"
        raise ConfigError(f"{path}: cannot be read: {exc.strerror or exc}. {cure}") from exc
    except tomllib.TOMLDecodeError as exc:
        raise ConfigError(f"{path}: is not valid TOML: {exc}. Mend it there") from exc


class Table:
    """One table of a TOML file, e.g. `[settings]` or the third `[[sources]]`.

    Each getter returns the checked value, or the default where the key is absent; `position` counts tables of the same
    name.
    """

    def __init__(self, file: Path, text: str, name: str, values: Mapping[str, Any], position: int = 0) -> None:
        self._file, self._text, self._name, self._position = file, text, name, position
        self.values = values

    def refuse_unknown(self, known: Sequence[str]) -> None:
        """Raise ConfigError for the first key that is not known, naming the nearest that is."""
        for key in self.values:
            if key not in known:
                near = difflib.get_close_matches(key, known, n=1)
                hint = f"did you mean {near[0]!r}? " if near else ""
                raise self.error(key, f"unknown key. {hint.capitalize()}Allowed here: {', '.join(known)}")

    def error(self, key: str | None, problem: str) -> ConfigError:
        """The ConfigError for a key of this table (None: the table itself): file:line: [table] key: problem."""
        subject = f"[{self._name}]" if key is None else f"[{self._name}] {key}"
        return ConfigError(f"{self.place(key)}: {subject}: {problem}")

    def place(self, key: str | None) -> str:
        """Where a key of this table stands (None: the table itself): file:line, or the file."""
        line = line_of(self._text, self._name, key, self._position)
        return f"{self._file}:{line}" if line else str(self._file)

    def text(self, key: str, default: str | None = None) -> str | None:
        value = self.values.get(key, default)
        if value is not None and (not isinstance(value, str) or not value.strip()):
            raise self.error(key, f"must be a text between quotes that is not empty, is {value!r}")
        return value

    def flag(self, key: str, default: bool) -> bool:
        value = self.values.get(key, default)
        if not isinstance(value, bool):
            raise self.error(key, f"must be true or false, is {value!r}")
        return value

    def number(self, key: str, default: float, low: float, high: float) -> float:
        value = self.values.get(key, default)
        if isinstance(value, bool) or not isinstance(value, int | float) or not low <= value <= high:
            raise self.error(key, f"must be a number from {low:g} to {high:g}, is {value!r}")
        return float(value)

    def optional_number(self, key: str, low: float, high: float) -> float | None:
        return self.number(key, low, low, high) if key in self.values else None

    def whole(self, key: str, default: int, low: int, high: int) -> int:
        value = self.values.get(key, default)
        if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
            raise self.error(key, f"must be a whole number from {low} to {high}, is {value!r}")
        return value

    def optional_whole(self, key: str, low: int, high: int) -> int | None:
        return self.whole(key, low, low, high) if key in self.values else None

    def day(self, key: str) -> date | None:
        value = self.values.get(key)
        if value is not None and (isinstance(value, datetime) or not isinstance(value, date)):
            raise self.error(key, f"must be a day without quotes, such as 2004-05-01, is {value!r}")
        return value

    def rising(self, key: str, low: float, high: float) -> tuple[float, ...]:
        """A list of numbers, each greater than the one before; empty if the key is absent."""
        value = self.values.get(key, [])
        numbers = isinstance(value, list) and all(isinstance(item, int | float) and not isinstance(item, bool) for item in value)
        if not numbers or not all(low <= item <= high for item in value) or sorted(set(value)) != value:
            raise self.error(key, f"must be a list of rising numbers from {low:g} to {high:g}, such as [6, 24], is {value!r}")
        return tuple(float(item) for item in value)

    def texts(self, key: str, check: Callable[[str], str | None] = lambda _: None) -> tuple[str, ...]:
        """A list of texts; `check` gives the problem with one of them, or None."""
        value = self.values.get(key, [])
        if not isinstance(value, list) or not all(isinstance(item, str) and item for item in value):
            raise self.error(key, f'must be a list of texts, such as ["a", "b"], is {value!r}')
        for item in value:
            if problem := check(item):
                raise self.error(key, f"{_CREDENTIALS.sub('//...@', item)!r}: {problem}")
        repeated = next((item for item in value if value.count(item) > 1), None)
        if repeated is not None:
            raise self.error(key, f"{repeated!r} stands there twice")
        return tuple(value)


def line_of(text: str, table: str, key: str | None, position: int = 0) -> int | None:
    """The 1-based line of `key` in the `position`-th `[table]` or `[[table]]` of a TOML text; of its header for None.

    None where the file spells it in a way that this does not look for, such as an inline table.
    """
    header = re.compile(rf"^\s*\[\[?\s*[\"']?{re.escape(table)}[\"']?\s*\]\]?\s*(#.*)?$")
    any_header = re.compile(r"^\s*\[\[?[^\]=]+\]\]?\s*(#.*)?$")
    wanted = re.compile(rf"^\s*[\"']?{re.escape(key)}[\"']?\s*=") if key is not None else None
    seen, start = -1, None
    for number, line in enumerate(text.splitlines(), start=1):
        if header.match(line):
            seen += 1
            if seen > position:
                break
            if seen == position:
                start = number
        elif any_header.match(line) and start is not None:
            break
        elif start is not None and wanted is not None and wanted.match(line):
            return number
    return start
