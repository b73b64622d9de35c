"""What `nightdesk doctor` looks at of the engine whose workers read pages, if one is set.

Belongs here: whether it can be reached, and has workers. Does not belong here: how (engines.py), and what a worker must have:
that is looked at when a run begins.
"""

from collections.abc import Iterator

from flows import settings
from flows.engines import connected
from flows.finding import Finding, ok, problem
from transforms.errors import NightdeskError

_CURE = "see docs/scale.md, or unset NIGHTDESK_ENGINE: then pages are read by processes of this machine"


def engine() -> Iterator[Finding]:
    """A finding if an engine is set; nothing where pages are read by processes of this machine."""
    try:
        choice = settings.engine()
        if choice is not None:
            with connected(choice) as workers:
                yield ok("engine", workers.counted())
    except NightdeskError as error:
        yield problem("engine", str(error), _CURE)
