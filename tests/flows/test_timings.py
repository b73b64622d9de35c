"""How long stages took, whoever was in them."""

from collections.abc import Iterator

import pytest

from flows import timings
from flows.timings import Timings


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[float]]:
    """The time, to be set by hand."""
    now = [0.0]
    monkeypatch.setattr("time.monotonic", lambda: now[0])
    yield now
    monkeypatch.undo()


def test_a_stage_counts_from_the_first_in_to_the_last_out(clock: list[float]) -> None:
    kept = Timings()
    first, second = kept.timed("fetch"), kept.timed("fetch")
    first.__enter__()
    clock[0] = 2.0
    second.__enter__()
    clock[0] = 5.0
    first.__exit__(None, None, None)
    assert kept.seconds() == {}
    clock[0] = 7.0
    second.__exit__(None, None, None)
    clock[0] = 100.0
    with kept.timed("load"), kept.timed("fetch"):
        clock[0] = 101.0
    assert kept.seconds() == {"fetch": 8.0, "load": 1.0}


def test_stages_of_no_run_are_nobodys(clock: list[float]) -> None:
    with timings.kept() as kept, timings.current().timed("load"):
        clock[0] = 3.0
    with timings.current().timed("load"):
        clock[0] = 4.0
    assert (kept.seconds(), timings.current().seconds()) == ({"load": 3.0}, {})
