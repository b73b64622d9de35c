"""A process whose output nobody reads any more."""

import os
from contextlib import suppress

import pytest
from rich.console import Console

from flows.orphaned import outlive_starter


def test_a_closed_pipe_costs_the_log_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Console, "on_broken_pipe", Console.on_broken_pipe)  # put back afterwards
    outlive_starter()
    reader, writer = os.pipe()
    with suppress(BrokenPipeError), os.fdopen(writer, "w") as pipe:  # what is lost is told once more when it is closed
        console = Console(file=pipe)
        os.close(reader)
        console.print("Beginning flow run")
        console.print("discover")
    assert console.quiet
