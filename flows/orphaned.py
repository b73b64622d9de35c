"""What a run does when whoever started it is gone: it goes on.

Belongs here: output that nobody reads any more. Does not belong here: runs that died themselves (takeover.py).
"""

from rich.console import Console


def outlive_starter() -> None:
    """Let this process's log be lost, and nothing else, when the worker or schedule that read it has been killed.

    rich, which prints Prefect's log, ends the thread that finds the pipe closed (SystemExit). If that is the network's, the night
    would wait for it for ever, and hold its lock and its deployment's one place.
    """
    Console.on_broken_pipe = _be_quiet  # type: ignore[method-assign, assignment]  # the place that rich names for it


def _be_quiet(console: Console) -> None:
    console.quiet = True
