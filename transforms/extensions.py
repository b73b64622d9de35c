"""Extensions: what other installed packages add to nightdesk, found by their entry points.

Belongs here: finding them, loading them, and the errors that name the package at fault. It lies in the lowest layer because each
layer has a point of its own. Does not belong here: what an extension must be and what is done with it (expectations/ownrules.py,
sources/kinds.py, flows/notices.py). An extension is code: it runs with all the rights of the night.
"""

import inspect
from collections.abc import Callable
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cache
from importlib.metadata import EntryPoint, entry_points
from itertools import pairwise
from typing import Any

from transforms.errors import ConfigError

RULES = "nightdesk.rules"
SOURCES = "nightdesk.sources"
NOTIFIERS = "nightdesk.notifiers"
GROUPS = (RULES, SOURCES, NOTIFIERS)


class ExtensionError(ConfigError):
    """An extension that is named is not installed, or one that is installed is not what it must be."""


@dataclass(frozen=True, slots=True)
class Extension:
    """One entry point of one of GROUPS. `distribution`: the package that brings it, with its version."""

    group: str
    name: str
    target: str  # module:attribute
    distribution: str

    def __str__(self) -> str:
        return f"extension {self.name!r} of {self.distribution} ({self.group}: {self.target})"

    def load(self) -> Any:
        """What the entry point leads to. ExtensionError if it cannot be imported."""
        try:
            return EntryPoint(self.name, self.target, self.group).load()
        except Exception as error:  # a module may raise anything while it is imported
            raise self.error(f"cannot be imported: {told(error)}") from error

    def load_function(self, *arguments: str) -> Callable[..., Any]:
        """The same where it must be a function. ExtensionError if it is none, or does not take these positional arguments."""
        function: Any = self.load()
        wanted = f"a plain function of ({', '.join(arguments)})"
        if not callable(function) or inspect.isclass(function):
            raise self.error(f"must be {wanted}, is {function!r}")
        if inspect.iscoroutinefunction(function):
            raise self.error(f"must be {wanted}, is an async one")
        try:
            inspect.signature(function).bind(*arguments)
        except (TypeError, ValueError) as error:
            raise self.error(f"must be {wanted}: {error}") from None
        checked: Callable[..., Any] = function
        return checked

    def error(self, problem: str) -> ExtensionError:
        """The ExtensionError that says what is wrong with it, and the cure."""
        package = self.distribution.partition(" ")[0]
        return ExtensionError(f"{self}: {problem}. Mend that package, or do without it: pip uninstall {package}")


def told(error: BaseException) -> str:
    """An error of somebody else's code in one line."""
    return " ".join(f"{type(error).__name__}: {error}".split())[:500]


@cache
def installed(group: str) -> tuple[Extension, ...]:
    """All extensions of a group, by name. ExtensionError if two have the same name: it would be chance which one counts."""
    found = sorted(
        (
            Extension(group, each.name, each.value, f"{each.dist.name} {each.dist.version}" if each.dist else "no package")
            for each in _entry_points()
            if each.group == group
        ),
        key=lambda extension: (extension.name, extension.distribution),
    )
    for first, second in pairwise(found):
        if first.name == second.name:
            raise ExtensionError(f"{first} and {second} have the same name. Uninstall one of these packages, or have one renamed")
    return tuple(found)


@cache
def _entry_points() -> tuple[EntryPoint, ...]:
    """Of all packages: to look through them takes 20 to 100 ms."""
    found = entry_points()
    return tuple(each for group in GROUPS for each in found.select(group=group))


def extension(group: str, name: str) -> Extension:
    """The extension of this name. ExtensionError if none is installed."""
    names = [each.name for each in installed(group)]
    if name not in names:
        near = get_close_matches(name, names, n=1)
        hint = f"Did you mean {near[0]!r}? " if near else ""
        there = f"Installed are {', '.join(names)}" if names else "None is"
        raise ExtensionError(
            f"no extension {name!r} of {group} is installed. {hint}{there}; install the package that brings it beside nightdesk"
        )
    return next(each for each in installed(group) if each.name == name)


def forget() -> None:
    """Look anew at what is installed."""
    installed.cache_clear()
    _entry_points.cache_clear()
