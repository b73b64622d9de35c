"""Kinds of sources that installed packages add to feeds, sitemaps, lists and listings (entry points of nightdesk.sources).

Belongs here: asking such a function in a thread of its own, and taking from it what is a link. Does not belong here: what becomes
of the links (discover.py), which kinds a source names (config.py). Whatever it does costs its own place, never the night.
"""

import asyncio
import threading
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, replace

from sources.feeds import Link, joined
from sources.records import Answer
from sources.storable import storable
from transforms.extensions import SOURCES, extension, told
from transforms.records import Hints

# An API of 3,000 pages at one a second is done by then; a function that waits for ever is not waited for.
LONGEST_SECONDS = 3600.0
# As many as 20 full sitemaps name.
MOST_LINKS = 1_000_000

Ask = Callable[[str], Awaitable[Answer]]


class NotHadError(Exception):
    """A URL that an extension asked for could not be had: `answer` says why."""

    def __init__(self, answer: Answer) -> None:
        super().__init__(f"{answer.url}: {answer.reason}: {answer.detail}")
        self.answer = answer


@dataclass(frozen=True, slots=True)
class Gathered:
    """The links that one place gave, and what ended it if it did not end well. `answer`: that of a URL that was not had."""

    links: tuple[Link, ...]
    problem: str | None = None
    answer: Answer | None = None


async def gather(kind: str, place: str, ask: Ask) -> Gathered:
    """What the function of a kind finds at a place. `ask` fetches a URL as politely as a feed is fetched."""
    loop, over, links = asyncio.get_running_loop(), threading.Event(), list[Link]()
    ended: asyncio.Future[Gathered] = loop.create_future()
    known = extension(SOURCES, kind)

    def get(url: str) -> Answer:
        if over.is_set():
            raise TimeoutError("the night has gone on")
        answer = asyncio.run_coroutine_threadsafe(_asked(ask, url), loop).result()
        if answer.reason is not None:
            raise NotHadError(answer)
        return answer

    def finish(came: Gathered) -> None:
        if not ended.done():
            ended.set_result(came)

    def work() -> None:
        try:
            for link in known.load_function("place", "get")(place, get):
                if over.is_set():
                    return
                if len(links) == MOST_LINKS:
                    raise ValueError(f"more than {MOST_LINKS:,} links of one place")
                links.append(_checked(link, place))
            came = Gathered(tuple(links))
        except NotHadError as error:
            came = Gathered(tuple(links), str(error), error.answer)
        except Exception as error:  # somebody else's code
            came = Gathered(tuple(links), f"{known}: {told(error)}")
        with suppress(RuntimeError):  # the night has ended without it
            loop.call_soon_threadsafe(finish, came)

    # No thread of the loop's pool, which is waited for when the night ends.
    threading.Thread(target=work, name=f"source {kind}", daemon=True).start()
    try:
        return await asyncio.wait_for(ended, LONGEST_SECONDS)
    except TimeoutError:
        return Gathered(tuple(links), f"{known}: did not end within {LONGEST_SECONDS:g} s")
    finally:
        over.set()


async def _asked(ask: Ask, url: str) -> Answer:
    return await ask(url)


def _checked(link: object, place: str) -> Link:
    """A link as feeds give it. TypeError for what is none."""
    if not isinstance(link, Link) or not isinstance(link.url, str) or not isinstance(link.hints, Hints):
        raise TypeError(f"it gave {link!r}"[:200] + ", must be a sources.feeds.Link")
    hints = link.hints
    if any(at is not None and at.tzinfo is None for at in (hints.published_at, hints.modified_at)):
        raise TypeError(f"{link.url}: its times bear no zone")
    title = storable(hints.title) if hints.title else None
    return Link(joined(place if "://" in place else "", link.url), replace(hints, title=title))
