"""/.well-known/tdmrep.json: which paths of a host are reserved from text and data mining (W3C Community Group, TDMRep).

Belongs here: turning one such file into an answer per URL. Does not belong here: fetching it, what single pages say
(permissions).
"""

import json
from dataclasses import dataclass

from protego import Protego

from sources.records import Answer
from transforms.records import Reason

TDMREP_PATH = "/.well-known/tdmrep.json"

# As much as of a robots.txt.
TDMREP_BYTES = 500 * 1024


@dataclass(frozen=True, slots=True)
class Reservations:
    """What one origin's file reserves. `problem` says why a file that was there could not be read."""

    rules: Protego | None = None
    problem: str | None = None

    def verdict(self, url: str) -> tuple[Reason, str] | None:
        """Why this URL's text is reserved, with a detail; None if it is not."""
        if self.rules is None or self.rules.can_fetch(url, "*"):
            return None
        return Reason.TDM_RESERVED, f"{TDMREP_PATH} reserves it"


def read_tdmrep(answer: Answer) -> Reservations:
    """The reservations in what the request for the file came to. A file that is not there, or is none, reserves nothing."""
    if answer.reason is not None:
        return Reservations()
    try:
        entries = json.loads(answer.body)
    except (ValueError, RecursionError) as exc:
        return Reservations(problem=f"it is no JSON: {str(exc)[:200]}")
    if not isinstance(entries, list):
        return Reservations(problem="it is no list of rules")
    # Its patterns are those of robots.txt, and the longest that matches counts there as here; so its reader can judge them.
    lines = [line for entry in entries if (line := _rule(entry)) is not None]
    return Reservations(Protego.parse("\n".join(["User-agent: *", *lines]))) if lines else Reservations()


def _rule(entry: object) -> str | None:
    if not isinstance(entry, dict):
        return None
    location, reserved = entry.get("location"), str(entry.get("tdm-reservation")).strip()
    if not isinstance(location, str) or not location.isprintable() or not location.strip() or "#" in location:
        return None
    path = location.strip()
    path = path if path.startswith(("/", "*")) else f"/{path}"
    return {"1": f"Disallow: {path}", "0": f"Allow: {path}"}.get(reserved)
