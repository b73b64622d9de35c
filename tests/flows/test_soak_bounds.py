"""What benchmarks/soak.py finds: nothing where all is flat, and each kind of leak."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

NIGHTS = 200


@pytest.fixture
def broken(monkeypatch: pytest.MonkeyPatch) -> Callable[..., list[str]]:
    """broken(change): what is found of 200 nights of which `change` makes each sample."""
    monkeypatch.syspath_prepend(str(Path(__file__).resolve().parents[2] / "benchmarks"))
    import soak_figures
    import soak_samples

    process = soak_samples.Process(memory_mb=280.0, files=6, sockets=7, threads=7, cpu_s=1.0, children_cpu_s=1.0)
    flat = soak_samples.Sample(
        night=0, at_s=0.0, serve=process, server=process, others=(), unfinished=0, database_mb=16.0, rows={"flow_run": 110},
        folders_mb={}, folders_files={},
    )  # fmt: skip

    def found(change: Callable[[Any], Any] = lambda sample: sample) -> list[str]:
        sentences: list[str] = soak_figures.broken_bounds([change(replace(flat, night=n)) for n in range(4, NIGHTS + 1, 4)])
        return sentences

    return found


def test_what_is_flat_breaks_no_bound(broken: Callable[..., list[str]]) -> None:
    assert broken() == []


def test_what_grows_is_found(broken: Callable[..., list[str]]) -> None:
    def grows(sample: Any) -> Any:
        serve = replace(sample.serve, memory_mb=280 + sample.night / 4, sockets=7 + sample.night // 40)
        return replace(sample, serve=serve, rows={"flow_run": 8 * sample.night})

    assert broken(grows) == [
        "memory of nightdesk serve, MB: 325.5 at the end, 319.6 allowed (290.5 before)",
        "sockets of nightdesk serve: 11.0 at the end, 10.0 allowed (8.0 before)",
        "rows in Prefect's database: 1,456.0 at the end, 1,073.6 allowed (976.0 before)",
    ]


def test_a_process_that_one_night_left_behind_is_found(broken: Callable[..., list[str]]) -> None:
    assert broken(lambda sample: replace(sample, others=("python forkserver",) if sample.night == 40 else ())) == [
        "after night 40: python forkserver"
    ]
