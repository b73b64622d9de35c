"""Who held a run before, as Prefect is told of it (that it is told: test_kill.py)."""

import logging
from pathlib import Path

import pytest

from flows.rundir import open_run, utc_now
from flows.takeover import held_run
from warehouse.paths import DataDir


def test_a_holder_that_nobody_knows_costs_a_line_of_the_log(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    data = DataDir(tmp_path)
    with open_run(data, kind="night", key="k", day="2026-03-02", now=utc_now(), holder="torn"):
        pass
    with caplog.at_level(logging.WARNING), held_run(data, kind="night", key="k") as run:
        assert (run.info.resumed, run.info.day) == (1, "2026-03-02")
    assert [record.getMessage() for record in caplog.records] == [
        "Prefect could not be told of runs that are dead: badly formed hexadecimal UUID string"
    ]


def test_outside_a_flow_nobody_is_told(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    data = DataDir(tmp_path)
    for _ in range(2):
        with held_run(data, kind="night", key="k") as run:
            assert run.held_before is None
    assert caplog.records == []
