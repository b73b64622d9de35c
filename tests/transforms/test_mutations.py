"""Damaged pages: whatever bytes arrive, extraction gives a row or a reason, and the same one each time."""

import importlib.util
import random
import sys
from functools import cache
from pathlib import Path
from types import ModuleType

import pytest

from sources.newsroom.content import DAYS
from sources.newsroom.edition import edition
from transforms.extract import extract_article
from transforms.records import REASON_DISPOSITION, Article, Disposition, RawPage, Rejection

SEEDS = range(150)


@cache
def _generator() -> ModuleType:
    """benchmarks/mutate.py: the same damage as in the long run over an archive."""
    path = Path(__file__).resolve().parents[2] / "benchmarks" / "mutate.py"
    spec = importlib.util.spec_from_file_location("nightdesk_mutate", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module  # where dataclasses look their module up
    spec.loader.exec_module(module)
    return module


@cache
def _pages() -> tuple[RawPage, ...]:
    """Every page of the bundled newsroom's second day that is served whole, rendered without a server."""
    answers = sorted(edition(DAYS[1]).items())
    return tuple(
        RawPage(f"http://{address}", answer.body, content_type=answer.content_type)
        for address, answer in answers
        if answer.status == 200 and answer.manner == "whole" and "html" in (answer.content_type or "") and answer.body
    )


@cache
def _damaged(seed: int) -> RawPage:
    page: RawPage = _generator().mutate(seed, _pages()).page
    return page


# A page takes tens of milliseconds: one that takes this long hangs.
@pytest.mark.timeout(30)
@pytest.mark.parametrize("seed", SEEDS)
def test_a_damaged_page_gives_a_row_or_a_reason_and_the_same_again(seed: int) -> None:
    page = _damaged(seed)
    outcome = extract_article(page)
    assert isinstance(outcome, Article | Rejection)
    if isinstance(outcome, Rejection):
        assert REASON_DISPOSITION[outcome.reason] is Disposition.FAILED
        assert outcome.detail != ""
    assert outcome.url == page.url
    assert extract_article(page) == outcome


def test_the_same_seed_gives_the_same_damage() -> None:
    assert [_generator().mutate(seed, _pages()).page for seed in SEEDS] == [_damaged(seed) for seed in SEEDS]


def test_the_seeds_reach_every_kind_of_damage() -> None:
    mutations = [_generator().mutate(seed, _pages()) for seed in SEEDS]
    assert {kind for mutation in mutations for kind in mutation.kinds} == set(_generator().DAMAGES)


@pytest.mark.parametrize("kind", _generator().DAMAGES)
def test_every_kind_of_damage_changes_pages(kind: str) -> None:
    rng = random.Random(0)
    other = _pages()[0].body
    changed = [page.url for page in _pages() if _generator().DAMAGES[kind](rng, page.body, other) != page.body]
    assert len(changed) > len(_pages()) / 5
