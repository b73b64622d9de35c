"""A page that is gone is marked, one that came back is not, in whatever order the visits reach the ledger."""

import os
import random
import shutil
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import duckdb
import pyarrow as pa
import pytest

from warehouse import gone
from warehouse.lake import Lake
from warehouse.load import load_articles
from warehouse.paths import DataDir
from warehouse.query import connect
from warehouse.views import publish

Make = Callable[..., pa.Table]
NIGHT = datetime(2026, 3, 2, 1, tzinfo=UTC)
THERE, MISSED = ("unchanged", "same_content"), ("failed", "not_found")


def visits(make_pages: Make, *rows: tuple[str, int, tuple[str, str]]) -> pa.Table:
    """(article, day, what came of it)"""
    pages = [
        (f"https://harian.example/{name}", *what, {"article_id": f"id-{name}", "fetched_at": NIGHT + timedelta(days=day)})
        for name, day, what in rows
    ]
    return make_pages(*pages)


def store(data: DataDir, pages: pa.Table, batch_id: str) -> None:
    Lake(data.lake).append_once("pages", pages, batch_id=batch_id)
    publish(data)


def ask(data: DataDir, sql: str) -> list[tuple[Any, ...]]:
    with connect(data) as con:
        return con.execute(sql).fetchall()


def gone_since(data: DataDir) -> dict[str, int]:
    """The day since which each page is gone."""
    return {
        name.removeprefix("id-"): (since - NIGHT).days
        for name, since in ask(data, "select article_id, gone_since from articles_gone")
    }


def test_the_article_of_a_page_that_is_gone_is_kept_and_marked(data: DataDir, make_rows: Make, make_pages: Make) -> None:
    load_articles(Lake(data.lake), make_rows(("kali", "a"), ("pasar", "a")), batch_id="b1", staged=data.staged)
    store(data, visits(make_pages, ("kali", 0, ("stored", "new_article")), ("kali", 1, MISSED)), "b1")
    marked = "select article_id, title, gone_since from articles order by 1"
    assert ask(data, marked) == [
        ("id-kali", "Title kali a", NIGHT + timedelta(days=1)),
        ("id-pasar", "Title pasar a", None),
    ]
    comment = "select comment from duckdb_columns() where table_name = 'articles' and column_name = 'gone_since'"
    assert "did not find its page" in ask(data, comment)[0][0]


def test_a_page_that_comes_back_is_there_again(data: DataDir, make_pages: Make) -> None:
    store(data, visits(make_pages, ("a", 0, THERE), ("a", 1, MISSED), ("b", 1, MISSED)), "b1")
    store(data, visits(make_pages, ("a", 2, MISSED), ("b", 2, MISSED)), "b2")
    assert gone_since(data) == {"a": 1, "b": 1}
    store(data, visits(make_pages, ("a", 3, THERE)), "b3")
    assert gone_since(data) == {"b": 1}
    store(data, visits(make_pages, ("a", 4, MISSED)), "b4")
    assert gone_since(data) == {"a": 4, "b": 1}


@pytest.fixture
def whole(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """One entry for each time that the whole ledger is read."""
    read: list[int] = []
    real = gone._gone_ever

    def counting(con: Any, snapshot: Any) -> int:
        read.append(len(snapshot.files))
        return real(con, snapshot)

    monkeypatch.setattr(gone, "_gone_ever", counting)
    return read


def test_a_night_after_the_others_reads_its_own_visits_alone(data: DataDir, make_pages: Make, whole: list[int]) -> None:
    for day in range(4):
        store(data, visits(make_pages, ("a", day, MISSED if day else THERE), ("b", day, THERE)), f"b{day}")
    assert (gone_since(data), whole) == ({"a": 1}, [1])


def test_an_archive_of_older_visits_has_the_whole_ledger_read(data: DataDir, make_pages: Make, whole: list[int]) -> None:
    store(data, visits(make_pages, ("a", 9, THERE), ("b", 9, MISSED)), "b1")
    store(data, visits(make_pages, ("a", 5, MISSED), ("b", 3, MISSED), ("b", 5, THERE), ("b", 7, MISSED)), "archive")
    assert (gone_since(data), whole) == ({"b": 7}, [1, 2])


def test_older_visits_that_say_nothing_of_gone_pages_cost_nothing(data: DataDir, make_pages: Make, whole: list[int]) -> None:
    store(data, visits(make_pages, ("b", 9, MISSED)), "b1")
    store(data, visits(make_pages, ("a", 5, THERE)), "archive")
    assert (gone_since(data), whole) == ({"b": 9}, [1])


def nights_of(seed: int) -> Iterator[list[tuple[str, int, tuple[str, str]]]]:
    rng = random.Random(seed)
    for night in range(8):
        late = rng.random() < 0.25
        yield [
            (name, rng.randrange(night + 1) if late else night, rng.choice((THERE, MISSED, MISSED)))
            for name in rng.sample("abcdefgh", 4)
        ]


@pytest.mark.parametrize("seed", range(6))
def test_any_order_of_visits_gives_what_the_whole_ledger_says(data: DataDir, make_pages: Make, seed: int) -> None:
    history: dict[str, list[tuple[int, bool]]] = {}
    for number, rows in enumerate(nights_of(seed)):
        store(data, visits(make_pages, *rows), f"b{number}")
        for name, day, what in rows:
            history.setdefault(name, []).append((day, what == MISSED))
        there = {name: max((day for day, missed in seen if not missed), default=-1) for name, seen in history.items()}
        since = {
            name: min((day for day, missed in seen if missed and day > there[name]), default=-1) for name, seen in history.items()
        }
        assert gone_since(data) == {name: day for name, day in since.items() if day >= 0}


@pytest.mark.parametrize("lost", ["state.json", "*.parquet", ""])
def test_what_is_lost_is_made_again(data: DataDir, make_pages: Make, lost: str) -> None:
    store(data, visits(make_pages, ("a", 0, THERE), ("a", 1, MISSED)), "b1")
    if lost:
        next(data.gone.glob(lost)).unlink()
    else:
        shutil.rmtree(data.gone)
    store(data, visits(make_pages, ("b", 2, MISSED)), "b2")
    assert gone_since(data) == {"a": 1, "b": 2}


def test_an_open_reader_keeps_the_file_that_is_replaced_however_old_it_is(data: DataDir, make_pages: Make) -> None:
    store(data, visits(make_pages, ("a", 0, THERE), ("a", 1, MISSED)), "b1")
    (old,) = data.gone.glob("*.parquet")
    then = time.time() - 8 * 24 * 3600
    os.utime(old, (then, then))
    with duckdb.connect(str(data.views_file), read_only=True) as held:
        store(data, visits(make_pages, ("b", 2, MISSED)), "b2")
        assert held.sql("select count(*) from articles_gone").fetchall() == [(1,)]
    os.utime(old, (then, then))
    store(data, visits(make_pages, ("c", 3, MISSED)), "b3")
    assert not old.exists()
    assert gone_since(data) == {"a": 1, "b": 2, "c": 3}
