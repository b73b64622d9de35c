"""Telling somebody: the gate failed, a run could not finish, a source drifts.

Belongs here: what a notice says, and sending it by a Prefect block, to a webhook and by installed notifiers. Does not belong
here: deciding that something is wrong (expectations). A notice that cannot be sent never fails a night, but is said in the log,
without the address: whoever knows that may write to it.
"""

import asyncio
import inspect
import json
import logging
import re
import threading
import urllib.request
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from functools import partial

from flows import settings
from flows.rundir import RunDir
from sources.config import NotifySettings
from transforms.errors import NightdeskError
from transforms.extensions import NOTIFIERS, extension, told

LOG = logging.getLogger(__name__)
_TIMEOUT_SECONDS = 15
_ADDRESS = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://\S+")


@dataclass(frozen=True, slots=True)
class Notice:
    """`kind`: one of sources.config.NOTICES. `sentences`: what is wrong, the most serious first."""

    kind: str
    subject: str
    sentences: tuple[str, ...]
    run_id: str | None = None
    report: str | None = None  # path of the run's report

    @property
    def text(self) -> str:
        """The sentences as a list, and where to read on."""
        lines = [f"- {sentence}" for sentence in self.sentences]
        return "\n".join([*lines, f"Report: {self.report}"] if self.report else lines)


def notify(wanted: NotifySettings, notice: Notice) -> tuple[str, ...]:
    """Send a notice where it is wanted. Gives a sentence for every way that failed, which is in the log as well."""
    if notice.kind not in wanted.on:
        return ()
    ways: list[tuple[str, Callable[[], None]]] = []
    if (block := wanted.block) is not None:
        ways.append((f"block {block}", lambda: _by_block(block, notice)))
    if (url := settings.notify_url()) is not None:
        ways.append((f"${settings.NOTIFY_VARIABLE}", lambda: _by_webhook(url, notice)))
    ways += [(f"extension {name}", partial(_by_extension, name, notice)) for name in wanted.extensions]
    failures = tuple(failure for name, send in ways if (failure := _tried(name, send)))
    for failure in failures:
        LOG.warning("%s", failure)
    return failures


def _tried(name: str, send: Callable[[], None]) -> str | None:
    try:
        send()
    except Exception as error:  # whatever it is: the night has gone on without it
        why = _ADDRESS.sub("(address)", " ".join(str(error).split()))
        return f"The notice could not be sent by {name}: {type(error).__name__}: {why}"
    return None


def _by_block(name: str, notice: Notice) -> None:
    import prefect.blocks.notifications  # noqa: F401  # a block is found by its class, which must be known
    from prefect.blocks.abstract import NotificationBlock
    from prefect.blocks.core import Block

    block = Block.load(name)
    if not isinstance(block, NotificationBlock):
        raise TypeError(f"it is a {type(block).__name__}, and no notification block")
    sent = block.notify(notice.text, subject=notice.subject)
    if inspect.isawaitable(sent):  # some blocks send when they are called, others when they are awaited
        asyncio.run(_awaited(sent))


async def _awaited(sent: Awaitable[None]) -> None:
    await sent


def _by_webhook(url: str, notice: Notice) -> None:
    """`text` is what Slack, Mattermost and others show; the rest is for programs."""
    content = {"text": f"{notice.subject}\n{notice.text}", **asdict(notice)}
    request = urllib.request.Request(url, json.dumps(content, ensure_ascii=False).encode(), {"Content-Type": "application/json"})
    if request.type not in ("http", "https"):
        raise ValueError("it is no http or https URL")
    with urllib.request.urlopen(request, timeout=_TIMEOUT_SECONDS):
        pass


def _by_extension(name: str, notice: Notice) -> None:
    """In a thread that nobody waits for: a notifier that hangs must not hold up the night."""
    known, raised = extension(NOTIFIERS, name), list[BaseException]()

    def send() -> None:
        try:
            known.load_function("notice")(notice)
        except BaseException as error:  # told by the caller
            raised.append(error)

    thread = threading.Thread(target=send, name=f"notifier {name}", daemon=True)
    thread.start()
    thread.join(_TIMEOUT_SECONDS)
    if thread.is_alive():
        raise TimeoutError(f"{known}: did not end within {_TIMEOUT_SECONDS} s")
    if raised:
        raise RuntimeError(f"{known}: {told(raised[0])}")


def tell_alarms(wanted: NotifySettings, run_id: str, sentences: Sequence[str]) -> tuple[str, ...]:
    """Tell of sources that drift, if any do: what `notify` gives."""
    if not sentences:
        return ()
    count = f"{len(sentences)} alarm" if len(sentences) == 1 else f"{len(sentences)} alarms"
    return notify(wanted, Notice("alarms", f"nightdesk: {count} in run {run_id}", tuple(sentences), run_id))


def tell_killed(wanted: NotifySettings, run: RunDir) -> tuple[str, ...]:
    """Tell of a run that was found dead, if it was: what `notify` gives. Its own process had no time to."""
    if not run.was_killed:
        return ()
    info = run.info
    sentences = (
        f"The {info.kind} of {info.day}, begun at {info.started_at}, was left by a killed process or by a dead machine.",
        "It is gone on with where it was; nothing is lost.",
    )
    return notify(wanted, Notice("unfinished", f"nightdesk: run {info.run_id} was found dead", sentences, info.run_id))


def tell_given_up(wanted: Callable[[], NotifySettings], tries: int) -> tuple[str, ...]:
    """Tell of a night that the schedule goes on with no more: what `notify` gives."""
    sentences = (
        f"Its process died again in each of {tries} runs that went on with it. The next night by the schedule tries once more.",
        "`nightdesk doctor` names the run; the log of Prefect's runs, and the system's, say what killed it.",
    )
    return notify(_or_none(wanted), Notice("unfinished", "nightdesk: a night is left unfinished", sentences))


@contextmanager
def unfinished_is_told(wanted: Callable[[], NotifySettings], what: str = "a night") -> Iterator[None]:
    """Tell of an error that ends a run, and let it pass. `wanted` is asked only then, and may fail itself."""
    try:
        yield
    except Exception as error:
        why = str(error) if isinstance(error, NightdeskError) else f"{type(error).__name__}: {error}"
        sentences = (_ADDRESS.sub("(address)", " ".join(why.split())), "Run the same command again: it goes on where it was.")
        notify(_or_none(wanted), Notice("unfinished", f"nightdesk: {what} could not finish", sentences))
        raise


def _or_none(wanted: Callable[[], NotifySettings]) -> NotifySettings:
    try:
        return wanted()
    except NightdeskError:  # sources.toml itself is what is wrong
        return NotifySettings()
