"""What a check of `nightdesk doctor` comes to.

Belongs here: the record and its levels. Does not belong here: the checks (machinecheck.py, warehousecheck.py, prefectcheck.py).
"""

from dataclasses import dataclass
from enum import StrEnum


class Level(StrEnum):
    """How much a finding matters: a warning is no hindrance tonight, a problem is."""

    OK = "ok"
    WARNING = "warning"
    PROBLEM = "problem"


@dataclass(frozen=True, slots=True)
class Finding:
    """`check`: the name of what was looked at. `said`: what was found. `cure`: what to do; None where all is well."""

    check: str
    level: Level
    said: str
    cure: str | None = None


def ok(check: str, said: str) -> Finding:
    """All is well."""
    return Finding(check, Level.OK, said)


def warning(check: str, said: str, cure: str) -> Finding:
    """Nights go on, but not for ever, or not as they should."""
    return Finding(check, Level.WARNING, said, cure)


def problem(check: str, said: str, cure: str) -> Finding:
    """The next night would fail, or rows are not shown."""
    return Finding(check, Level.PROBLEM, said, cure)
