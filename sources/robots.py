"""robots.txt as RFC 9309 has it: what its answer means, and what it allows.

Belongs here: turning one robots.txt answer into rules. Does not belong here: fetching it, waiting for hosts.
"""

from dataclasses import dataclass

from protego import Protego

from sources.politeness import LONGEST_CRAWL_DELAY_SECONDS
from sources.records import Answer
from transforms.records import Reason

# RFC 9309 2.5: at least this much must be parsed; what lies beyond is not read.
ROBOTS_BYTES = 500 * 1024

# What the whole host's pages end with, when its robots.txt did: asking for the page would end the same way.
_SAME_FOR_PAGES = frozenset({Reason.DNS_ERROR, Reason.TLS_ERROR, Reason.PRIVATE_ADDRESS})


@dataclass(frozen=True, slots=True)
class Robots:
    """What one origin's robots.txt says to one agent. `refusal` set: nothing may be fetched, for that reason.

    `crawl_delay_seconds` is 0 where none is asked for.
    """

    agent: str
    rules: Protego | None = None
    refusal: tuple[Reason, str] | None = None
    crawl_delay_seconds: float = 0.0

    def verdict(self, url: str) -> tuple[Reason, str] | None:
        """Why this URL may not be fetched, with a detail; None if it may."""
        if self.refusal is not None:
            return self.refusal
        if self.rules is None or self.rules.can_fetch(url, self.agent):
            return None
        return Reason.ROBOTS_DISALLOWED, f"robots.txt disallows it for {self.agent}"


def read_robots(answer: Answer, agent: str) -> Robots:
    """The rules for `agent` (a bare product name) in what robots.txt came to.

    A 2xx is parsed. Other 4xx and too many redirects: everything is allowed. A 429, 5xx or no answer at all: nothing
    is.
    """
    if answer.reason is None:
        return _parsed(answer.body, agent)
    detail = f"robots.txt: {answer.detail or answer.reason.value}"
    if answer.reason in _SAME_FOR_PAGES:
        return Robots(agent, refusal=(answer.reason, answer.detail or answer.reason.value))
    is_missing = answer.status is not None and 400 <= answer.status < 500 and answer.status != 429
    if is_missing or answer.reason in (Reason.TOO_MANY_REDIRECTS, Reason.BAD_REDIRECT):
        return Robots(agent)
    return Robots(agent, refusal=(Reason.ROBOTS_UNAVAILABLE, detail))


def _parsed(body: bytes, agent: str) -> Robots:
    rules = Protego.parse(body[:ROBOTS_BYTES].decode("utf-8-sig", errors="replace"))
    delay = rules.crawl_delay(agent) or 0.0
    if delay > LONGEST_CRAWL_DELAY_SECONDS:
        detail = f"robots.txt asks for {delay:g} s between requests, more than {LONGEST_CRAWL_DELAY_SECONDS:g} s"
        return Robots(agent, refusal=(Reason.ROBOTS_DISALLOWED, detail))
    return Robots(agent, rules=rules, crawl_delay_seconds=max(delay, 0.0))


def product_name(user_agent: str) -> str:
    """The name that robots.txt groups are matched with: "nightdesk" of "nightdesk/1.2 (+https://...)"."""
    return user_agent.split("/")[0].split()[0]
