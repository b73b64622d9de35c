"""What a page itself says that may be done with it: X-Robots-Tag, meta robots, and reservations of text and data mining.

Belongs here: reading these and what they mean for a private base of articles. Does not belong here: robots.txt (robots), the
well-known file of reservations (tdmrep), fetching.

Which values keep a page out, and why. nightdesk keeps a copy of the page and makes its text searchable: `noindex` (and `none`,
which holds it) speaks of the second, `noarchive` (and its synonym `nocache`) of the first, `unavailable_after` of both from a
day on. All else is about links (`nofollow`), or about how search results look (`nosnippet`, `max-image-preview:large`,
`notranslate`), which nobody makes here. A value for another robot than ours does not concern us. Of the news pages that this was
tried on one in five bears `noarchive`, most of them for search engines' public copies: whoever keeps private ones only may
decide to leave it out of the setting.
"""

import re
from collections.abc import Collection, Sequence
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from sources.htmlhead import Meta
from transforms.records import Reason

# The values of the setting, and the reason that each ends with.
ROBOTS_TAGS = {
    "noindex": Reason.NOINDEX,
    "noarchive": Reason.NOARCHIVE,
    "unavailable_after": Reason.UNAVAILABLE_AFTER,
}
_MEANS = {"none": "noindex", "nocache": "noarchive"}

# Rules that a colon follows, so that they are no robot's name.
_WITH_VALUE = frozenset({"unavailable_after", "max-snippet", "max-image-preview", "max-video-preview"})
_ROBOT = re.compile(r"\s*(\*|[A-Za-z][A-Za-z0-9_.-]*)\s*:(.*)", re.DOTALL)

RESERVATION = "tdm-reservation"


def robots_refusal(
    headers: Sequence[str], metas: Sequence[Meta], *, agent: str, honoured: Collection[str], now: datetime
) -> tuple[Reason, str] | None:
    """Why a page asks robots not to keep it, with a detail; None if it does not, or not of `honoured` (keys of ROBOTS_TAGS).

    headers: the values of X-Robots-Tag. agent: our product name, which both may address alone.
    """
    agent = agent.lower()
    texts = [("X-Robots-Tag", value) for value in headers]
    texts += [("meta robots", meta.content) for meta in metas if meta.name in ("robots", agent)]
    said = [(where, rule) for where, text in texts for robot, rule in _rules(text) if robot in ("", "*", agent)]
    for where, (name, value) in said:
        tag = _MEANS.get(name, name)
        if tag not in honoured or tag not in ROBOTS_TAGS or (tag == "unavailable_after" and not _is_past(value, now)):
            continue
        return ROBOTS_TAGS[tag], f"{where}: {name}{f': {value}' if value else ''}"
    return None


def _rules(text: str) -> list[tuple[str, tuple[str, str]]]:
    """(robot, (name, value)) of each rule; robot "" is everybody: "noindex, otherbot: max-snippet:20" -> ("", ("noindex", "")),
    ("otherbot", ("max-snippet", "20")).
    """
    rules: list[tuple[str, tuple[str, str]]] = []
    robot = ""
    for piece in text.split(","):
        match = _ROBOT.fullmatch(piece)
        if match is not None and match[1].lower() not in _WITH_VALUE:
            robot, piece = match[1].lower(), match[2]
        if rules and rules[-1][1][0] == "unavailable_after" and re.match(r"\s*\d", piece):
            date = f"{rules[-1][1][1]},{piece}"  # "Friday, 25-Jun-27 15:00:00 GMT"
            rules[-1] = robot, ("unavailable_after", date)
            continue
        name, _, value = piece.partition(":")
        if name.strip():
            rules.append((robot, (name.strip().lower(), value.strip())))
    return rules


def _is_past(text: str, now: datetime) -> bool:
    """Whether a moment of unavailable_after (RFC 822, RFC 850 or ISO 8601) is over. One that cannot be read is not."""
    text = re.sub(r"([+-]\d\d)$", r"\1:00", text.strip())  # "2026-04-24T00:00:00+02"
    for read in (datetime.fromisoformat, parsedate_to_datetime):
        try:
            moment = read(text)
        except (ValueError, IndexError, TypeError, OverflowError):
            continue
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)) < now
    return False


def reservation_refusal(headers: Sequence[str], metas: Sequence[Meta]) -> tuple[Reason, str] | None:
    """Why a page reserves text and data mining (TDMRep), with a detail; None if it does not.

    Of several statements the one nearest to the text counts: the page's own meta element, then the header.
    """
    stated = [("meta", meta.content) for meta in metas if meta.name == RESERVATION]
    stated += [("header", value) for value in headers]
    for where, value in stated:
        if value.strip() in ("0", "1"):
            return (Reason.TDM_RESERVED, f"{RESERVATION}: 1 in a {where}") if value.strip() == "1" else None
    return None
