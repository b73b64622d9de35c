"""The drift exam in small: benchmarks/drift.py over six outlets and the large breakages."""

from pathlib import Path

import pytest


@pytest.mark.timeout(300)
def test_large_breakages_are_caught_on_the_first_night(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(Path(__file__).resolve().parents[2] / "benchmarks"))
    import drift
    import drift_breakages
    import drift_nights

    sim = drift_nights.Simulation(seed=1, outlets=6, nights=31)
    night = sim.nights - 1
    history = [sim.tables(each)[2] for each in range(sim.nights)]
    injected = [
        (breakage, night, sim.tables(night, {source.name: breakage.night for source in sim.sources})[2])
        for breakage in drift_breakages.breakages()
        if breakage.size == "large"
    ]
    outcome = drift.marked(sim, history, injected)
    assert len(outcome.false_alarms) <= 1
    missed = [(item.kind, round(item.volume)) for item in outcome.injected if not item.caught and item.volume >= 10]
    assert missed == []
