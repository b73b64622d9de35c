"""What a page says of a field, and where it says it.

Belongs here: the record that readers choose among and that explanations list. Does not belong here: choosing (title.py,
authors.py, times.py, ...), and what explanations look like (explain.py).
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Claim:
    """One statement of a page about a field. `source` is for people: "json-ld headline", "meta og:title", "h1"."""

    value: str
    source: str
