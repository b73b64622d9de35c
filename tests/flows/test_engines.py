"""Which engine reads pages, and what is said when there is none: in one process, with Dask's own scheduler and workers."""

import importlib
import queue
import re
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from flows import enginecheck, settings
from flows.finding import Level, ok
from flows.reading import Manner
from flows.settings import ENGINE_ADDRESS_VARIABLE, ENGINE_VARIABLE, EngineChoice
from flows.shares import Share, Station
from transforms.errors import ConfigError, EngineError
from transforms.siterules import SiteRules

distributed = pytest.importorskip("distributed", reason="Dask is not installed: pip install 'nightdesk[dask]'")


@pytest.mark.parametrize(
    ("name", "address", "choice"),
    [
        (None, None, None),
        ("", "tcp://127.0.0.1:8786", None),
        ("local", None, None),
        ("dask", "tcp://127.0.0.1:8786", EngineChoice("dask", "tcp://127.0.0.1:8786")),
        ("ray", "127.0.0.1:6379", EngineChoice("ray", "127.0.0.1:6379")),
    ],
)
def test_the_environment_names_the_engine(
    name: str | None, address: str | None, choice: EngineChoice | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    for variable, value in ((ENGINE_VARIABLE, name), (ENGINE_ADDRESS_VARIABLE, address)):
        monkeypatch.delenv(variable, raising=False) if value is None else monkeypatch.setenv(variable, value)
    assert settings.engine() == choice


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("spark", "NIGHTDESK_ENGINE=spark: there is no such engine. There are: local, dask, ray"),
        ("dask", "nothing says where its scheduler listens. Set NIGHTDESK_ENGINE_ADDRESS=tcp://HOST:8786"),
    ],
)
def test_a_slip_of_the_pen_is_told(name: str, told: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(ENGINE_VARIABLE, name)
    monkeypatch.delenv(ENGINE_ADDRESS_VARIABLE, raising=False)
    with pytest.raises(ConfigError, match=re.escape(told)):
        settings.engine()


@pytest.mark.parametrize(("name", "library", "extra"), [("Dask", "distributed", "dask"), ("Ray", "ray", "ray")])
def test_an_engine_that_is_not_installed_is_told_with_the_cure(
    name: str, library: str, extra: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, library, None)
    monkeypatch.delitem(sys.modules, f"flows.{extra}engine", raising=False)
    told = rf"{name} is not installed .*Run: pip install 'nightdesk\[{extra}\]', here and for its workers"
    with pytest.raises(ConfigError, match=told):
        importlib.import_module(f"flows.{extra}engine")


@pytest.fixture
def daskengine(monkeypatch: pytest.MonkeyPatch) -> Any:
    module = importlib.import_module("flows.daskengine")
    monkeypatch.setattr(module, "_CONNECT_SECONDS", 0.5)
    return module


@pytest.fixture
def cluster() -> Iterator[Any]:
    with distributed.LocalCluster(
        n_workers=0, processes=False, protocol="tcp", host="127.0.0.1", dashboard_address="127.0.0.1:0", silence_logs=False
    ) as cluster:
        yield cluster


def test_a_scheduler_that_cannot_be_reached_is_told_with_the_cure(daskengine: Any, free_port: int) -> None:
    address = f"tcp://127.0.0.1:{free_port}"
    told = f"scheduler at {address} cannot be reached .* set NIGHTDESK_ENGINE_ADDRESS to where it listens"
    with pytest.raises(EngineError, match=told), daskengine.connected(address):
        pass


def test_a_scheduler_without_a_worker_is_told_with_the_cure(daskengine: Any, cluster: Any, tmp_path: Path) -> None:
    with daskengine.connected(cluster.scheduler_address) as engine:
        told = f"has no worker. Start some: dask worker {cluster.scheduler_address} --no-nanny"
        with pytest.raises(EngineError, match=re.escape(told)):
            engine.admit(Station(tmp_path, "run"))


def test_a_worker_that_does_not_see_the_warehouse_is_refused_before_anything_is_read(
    daskengine: Any, cluster: Any, tmp_path: Path
) -> None:
    cluster.scale(1)
    with daskengine.connected(cluster.scheduler_address) as engine:
        told = r"Dask's worker tcp://127.0.0.1:\d+ cannot be used: worker on .*: there is no .*/staged/run/run.json"
        with pytest.raises(ConfigError, match=told):
            engine.admit(Station(tmp_path, "run"))


def test_the_doctor_counts_the_workers_and_names_what_is_missing(
    daskengine: Any, cluster: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    address = cluster.scheduler_address
    monkeypatch.delenv(ENGINE_VARIABLE, raising=False)
    assert list(enginecheck.engine()) == []
    monkeypatch.setenv(ENGINE_VARIABLE, "dask")
    monkeypatch.setenv(ENGINE_ADDRESS_VARIABLE, address)
    (without,) = enginecheck.engine()
    assert without.level == Level.PROBLEM
    assert without.said.startswith(f"Dask's scheduler at {address} has no worker.")
    cluster.scale(2)
    (found,) = enginecheck.engine()
    threads = sum(worker.nthreads for worker in cluster.scheduler.workers.values())
    assert found == ok("engine", f"Dask at {address}: 2 workers, {threads} shares at a time")


def test_a_scheduler_that_is_lost_while_pages_are_read_ends_the_run(
    daskengine: Any, cluster: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(daskengine, "read_share", lambda _: time.sleep(2))
    share = Share(Station(tmp_path, "run"), 1, 0, 500, Manner({}, SiteRules()), datetime(2026, 3, 2, tzinfo=UTC))
    cluster.scale(1)
    with daskengine.connected(cluster.scheduler_address) as engine:
        handed = engine.submit(share)
        done: queue.SimpleQueue[Any] = queue.SimpleQueue()
        handed.add_done_callback(done.put)
        cluster.close()
        with pytest.raises(distributed.client.FutureCancelledError) as lost:
            done.get(timeout=60).result()
        told = "was lost. Start it again, then run the same command again: it goes on where it was"
        assert str(engine.explained(lost.value, share)).endswith(told)
        with pytest.raises(EngineError, match=re.escape(told)):
            engine.look()
        with pytest.raises(EngineError, match=re.escape(told)):
            engine.submit(share)
