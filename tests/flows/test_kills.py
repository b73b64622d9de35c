"""The parts of the kill test that can be wrong without anybody being killed (benchmarks/kills.py is the test itself)."""

import importlib
import json
import urllib.request
from collections import Counter
from dataclasses import asdict
from pathlib import Path
from types import ModuleType

import pytest

from sources.config import load_sources
from sources.newsroom.content import DAYS, newsroom_root

BENCHMARKS = Path(__file__).resolve().parents[2] / "benchmarks"


@pytest.fixture(autouse=True)
def _beside_the_benchmarks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(BENCHMARKS))


def module(name: str) -> ModuleType:
    return importlib.import_module(name)


def test_the_newsroom_answers_any_process_with_links_that_it_can_follow(tmp_path: Path) -> None:
    site = module("kill_site").Site(tmp_path)
    try:
        for day in DAYS:
            site.publish(day)
            moved, bundled = load_sources(site.sources), load_sources(newsroom_root() / "sources.toml")
            assert [source.name for source in moved.sources] == [source.name for source in bundled.sources]
            for source in moved.sources:
                with urllib.request.urlopen(source.feeds[0], timeout=30) as answer:
                    said = answer.read().decode()
                assert (f"{source.name}.localhost" in said, source.feeds[0].rpartition("/")[0] in said) == (False, True)
    finally:
        site.close()


def test_a_night_is_where_its_files_say(tmp_path: Path) -> None:
    stage_of, run, log = module("kill_stages").stage_of, tmp_path / "staged" / "r", tmp_path / "lake"
    seen = [stage_of(tmp_path, 1)]
    for file in ("run.json", "candidates", "planned", "fetched-1", "extracted-1", "refused-1"):
        run.mkdir(parents=True, exist_ok=True)
        (run / (file if file == "run.json" else f"{file}.parquet")).touch()
        seen.append(stage_of(tmp_path, 1))
    for table in ("pages", "runs"):
        (log / table / "_delta_log").mkdir(parents=True)
        (log / table / "_delta_log" / "00000000000000000001.json").touch()
        seen.append(stage_of(tmp_path, 1))
    (run / "run.json").unlink()
    assert [*seen, stage_of(tmp_path, 1)] == list(module("kill_stages").STAGES)
    assert stage_of(tmp_path, 2) == "start"


def test_kills_are_dealt_out_as_the_shares_say() -> None:
    victims, kills = module("kill_victims").VICTIMS, module("kills")
    whole = sum(victim.share for victim in victims)
    dealt = Counter(victim.name for chosen in kills.planned(victims, whole).values() for victim in chosen)
    assert dealt == {victim.name: victim.share for victim in victims}
    assert sum(len(chosen) for chosen in kills.planned(victims, 5).values()) == 5


def test_the_outcome_is_added_to_and_says_when_something_is_wrong(tmp_path: Path) -> None:
    page = module("kill_page")
    outcome = page.Outcome([page.Kill("worker process", 1, "fetch", 1, [], 9.6)], {"articles": 63})
    (tmp_path / "kills.json").write_text(json.dumps(asdict(outcome)))
    assert page.read_outcome(tmp_path / "kills.json") == outcome
    assert not outcome.wrong()
    assert "| worker process | 1 | fetch | 1 | 10 | yes |" in page.markdown(outcome, 7).splitlines()
    outcome.kills.append(page.Kill("worker process", 2, "load", 1, ["articles"], 9.6))
    assert outcome.wrong()
    assert "| kills after which the lake differs | 1 |" in page.markdown(outcome, 7).splitlines()
    assert page.Outcome(still_running=["fast-owl"]).wrong()
