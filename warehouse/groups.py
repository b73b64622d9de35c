"""Groups of names that are linked directly or by others (connected components).

Belongs here: the groups. Does not belong here: what the names are, and what links them.
"""

from collections.abc import Iterable


class Groups:
    """Names in groups that grow together: a union-find, nearly linear in the number of links."""

    def __init__(self) -> None:
        self._above: dict[str, str] = {}

    def link(self, one: str, two: str) -> None:
        """Put the groups of two names together."""
        self._above[self._top(one)] = self._top(two)

    def groups(self) -> Iterable[list[str]]:
        """All groups of all names that were ever linked."""
        found: dict[str, list[str]] = {}
        for name in self._above:
            found.setdefault(self._top(name), []).append(name)
        return found.values()

    def _top(self, name: str) -> str:
        above = self._above.setdefault(name, name)
        while above != name:
            self._above[name] = above = self._above[above]  # halves the way for whoever comes next
            name, above = above, self._above[above]
        return name
