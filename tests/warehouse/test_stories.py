"""What is one story, and that nights, kills, compaction and archives make no other stories than the whole lake at once."""

import os
import random
import shutil
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import deltalake
import duckdb
import pyarrow as pa
import pytest

from transforms.fingerprint import content_hash, minhash_bands
from warehouse import stories
from warehouse.groups import Groups
from warehouse.lake import Lake
from warehouse.load import load_articles
from warehouse.paths import DataDir
from warehouse.query import connect
from warehouse.storybook import read_book
from warehouse.views import publish

Make = Callable[..., pa.Table]
NIGHT = datetime(2026, 3, 2, 1, tzinfo=UTC)
WORDS = [f"kata{number}" for number in range(5_000)]


def text(seed: int, words: int = 200) -> list[str]:
    return random.Random(seed).choices(WORDS, k=words)


@pytest.fixture
def told(make_rows: Make) -> Callable[..., pa.Table]:
    """told(("rob", words, {"title": ...}), ...): rows with the hashes of what they say; a site of its own for each."""

    def make(*articles: Any) -> pa.Table:
        rows = []
        for name, words, *more in articles:
            fields = more[0] if more else {}
            body = " ".join(words)
            title = fields.get("title", f"Title {name}")
            hashes = {"content_hash": content_hash(title, body), "minhash": list(minhash_bands(body)), "word_count": len(words)}
            rows.append(
                (name, "", {"title": title, "body": body, "site": f"{name}.example", "published_at": NIGHT} | hashes | fields)
            )
        return make_rows(*rows)

    return make


def store(data: DataDir, rows: pa.Table, batch_id: str) -> None:
    load_articles(Lake(data.lake), rows, batch_id=batch_id, staged=data.staged_of(batch_id))
    publish(data)


def ask(data: DataDir, sql: str) -> list[tuple[Any, ...]]:
    with connect(data) as con:
        return con.execute(sql).fetchall()


def groups(data: DataDir) -> list[list[str]]:
    """The articles of each story."""
    rows = ask(data, "select list(article_id order by article_id) from story_members group by story_id order by 1")
    return [[name.removeprefix("id-") for name in names] for (names,) in rows]


A, B, C = text(1), text(2), text(3)


def test_copies_and_texts_that_were_changed_a_little_are_one_story(data: DataDir, told: Make) -> None:
    later = {"published_at": NIGHT + timedelta(hours=1)}
    rows = told(
        ("agency", A, {"title": "Banjir"}),
        ("copy", A, {"title": "Banjir"} | later),
        ("headline", A, {"title": "Banjir Besar"} | later),
        ("edited", [*text(9, 15), *A[15:]], later),
        ("other", B),
    )
    store(data, rows, "b1")
    near = pytest.approx(0.85, abs=0.12)
    assert ask(data, "select article_id, reason, matched_article_id, similarity from story_members order by 1") == [
        ("id-agency", "exact", "id-copy", 1.0),
        ("id-copy", "exact", "id-agency", 1.0),
        ("id-edited", "near", "id-agency", near),
        ("id-headline", "near", "id-agency", 1.0),
    ]
    assert ask(data, "from stories") == [
        ("id-agency", 4, 4, "id-agency", "agency.example", "harian", NIGHT, NIGHT + timedelta(hours=1), "near")
    ]


def test_a_story_of_copies_alone_is_exact(data: DataDir, told: Make) -> None:
    store(data, told(("a", A, {"title": "T"}), ("b", A, {"title": "T"})), "b1")
    assert ask(data, "select articles, reason from stories") == [(2, "exact")]


def test_a_story_grows_over_nights_and_keeps_its_id(data: DataDir, told: Make) -> None:
    store(data, told(("a", A), ("b", A)), "b1")
    earlier = {"published_at": NIGHT - timedelta(days=2)}
    store(data, told(("c", A, earlier), ("d", B)), "b2")
    store(data, told(("e", A), ("f", B)), "b3")
    assert groups(data) == [["a", "b", "c", "e"], ["d", "f"]]
    assert ask(data, "select story_id, first_article_id from stories order by 1") == [("id-a", "id-c"), ("id-d", "id-d")]


def test_two_stories_that_a_third_text_joins_become_one(data: DataDir, told: Make) -> None:
    half, other = text(4, 300), text(5, 300)
    store(data, told(("a", half), ("b", half)), "b1")
    store(data, told(("c", other), ("d", other)), "b2")
    assert groups(data) == [["a", "b"], ["c", "d"]]
    before = ask(data, "select distinct story_id from story_members order by 1")
    link = [
        ("e", half, {"title": "E"}),
        ("e2", other, {"title": "E"}),
    ]  # one title and text under two addresses cannot be; a version can
    store(data, told(link[0]), "b3")
    changed = told(("e", other))
    store(data, changed, "b4")  # the page now says what c and d say: article e was like both
    assert groups(data) == [["a", "b", "c", "d", "e"]]
    assert before == [("id-a",), ("id-c",)]
    assert ask(data, "select distinct story_id from story_members") == [("id-a",)]


def test_versions_of_one_article_are_no_story(data: DataDir, told: Make) -> None:
    store(data, told(("a", A)), "b1")
    store(data, told(("a", [*A, "koreksi"])), "b2")
    assert groups(data) == []
    store(data, told(("b", A)), "b3")
    assert groups(data) == [["a", "b"]]


def test_a_story_of_long_ago_is_another_one(data: DataDir, told: Make) -> None:
    days = {"a": 0, "b": 28, "c": 57, "d": 400}
    rows = told(*((name, A, {"title": "T", "published_at": NIGHT + timedelta(days=count)}) for name, count in days.items()))
    store(data, rows, "b1")
    assert groups(data) == [["a", "b"]]


def test_short_texts_are_one_story_only_with_the_same_title(data: DataDir, told: Make) -> None:
    short = text(6, 30)
    store(data, told(("a", short, {"title": "T"}), ("b", short, {"title": "T"}), ("c", short, {"title": "U"})), "b1")
    assert groups(data) == [["a", "b"]]


def test_a_paragraph_that_everybody_has_joins_nobody(data: DataDir, told: Make) -> None:
    paragraph = text(7, 60)
    store(data, told(*((f"n{number:02}", [*text(100 + number, 140), *paragraph]) for number in range(60))), "b1")
    assert groups(data) == []


def test_a_story_that_very_many_tell_is_one_story(data: DataDir, told: Make) -> None:
    names = [f"n{number:03}" for number in range(150)]
    store(data, told(*((name, [*text(number, 5), *A]) for number, name in enumerate(names))), "b1")
    assert groups(data) == [names]


def nights_of(seed: int) -> Iterator[list[tuple[str, list[str], dict[str, Any]]]]:
    """Nights over three months in which stories are copied, edited, corrected, and found late in archives."""
    rng = random.Random(seed)
    texts = [text(1_000 + number, 120) for number in range(8)]
    names = [f"n{number:02}" for number in range(40)]
    for night in range(5):
        rows = []
        for name in rng.sample(names, 9):
            words = list(rng.choice(texts))
            for _ in range(rng.choice((0, 0, 2, 6))):
                words[rng.randrange(len(words))] = rng.choice(WORDS)
            at = NIGHT + timedelta(days=rng.choice((0, 3, 20, 35, 60)), hours=night)
            fetched = NIGHT + timedelta(days=100 + night)
            rows.append((name, words, {"title": name, "published_at": at, "fetched_at": fetched}))
        yield rows


@pytest.mark.parametrize("seed", range(4))
def test_nights_one_by_one_give_the_stories_of_the_whole_lake(data: DataDir, told: Make, seed: int) -> None:
    for number, rows in enumerate(nights_of(seed)):
        store(data, told(*rows), f"b{number}")
    by_night = groups(data)
    shutil.rmtree(data.stories)
    publish(data)
    assert groups(data) == by_night
    assert by_night != []


def test_an_archive_too_large_for_one_go_gives_the_same_stories(
    data: DataDir, told: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number, rows in enumerate(nights_of(1)):
        store(data, told(*rows), f"b{number}")
    at_once = groups(data)
    shutil.rmtree(data.stories)
    monkeypatch.setattr(stories, "_MOST_ROWS", 0)
    publish(data)
    assert groups(data) == at_once


def test_a_night_reads_the_months_near_its_own_and_no_others(data: DataDir, told: Make) -> None:
    for month in range(1, 8):
        at = datetime(2026, month, 10, tzinfo=UTC)
        store(data, told((f"m{month}", text(month), {"published_at": at})), f"b{month}")
    snapshot = Lake(data.lake).snapshot("articles")
    near = stories._near(snapshot, [file for file in snapshot.files if "2026-01" in file])
    assert sorted(Path(file).parent.name for file in near.files) == ["published_month=2026-01", "published_month=2026-02"]


def test_neighbours_of_a_month_cross_the_year() -> None:
    assert (stories._neighbours("2026-01"), stories._neighbours("2026-12")) == (("2025-12", "2026-02"), ("2026-11", "2027-01"))


def test_compaction_changes_no_story(data: DataDir, told: Make) -> None:
    store(data, told(("a", A)), "b1")
    store(data, told(("b", A)), "b2")
    deltalake.DeltaTable(str(Lake(data.lake).folder("articles"))).optimize.compact()
    store(data, told(("c", A)), "b3")
    assert groups(data) == [["a", "b", "c"]]


def test_a_table_set_back_has_the_stories_of_its_rows(data: DataDir, told: Make) -> None:
    store(data, told(("a", A), ("b", A)), "b1")
    store(data, told(("c", A), ("d", C), ("e", C)), "b2")
    deltalake.DeltaTable(str(Lake(data.lake).folder("articles"))).restore(1)
    publish(data)
    assert groups(data) == [["a", "b"]]


def lose_state(data: DataDir) -> None:
    (data.stories / "state.json").unlink()


def damage_state(data: DataDir) -> None:
    (data.stories / "state.json").write_text('{"format": 1')


def lose_file(data: DataDir) -> None:
    next(data.stories.glob("*.parquet")).unlink()


def cut_file(data: DataDir) -> None:
    next(data.stories.glob("*.parquet")).write_bytes(b"PAR1")


@pytest.mark.parametrize("damage", [lose_state, damage_state, lose_file, cut_file])
def test_what_is_damaged_is_found_anew(data: DataDir, told: Make, damage: Callable[[DataDir], None]) -> None:
    store(data, told(("a", A), ("b", A)), "b1")
    damage(data)
    store(data, told(("c", A)), "b2")
    assert groups(data) == [["a", "b", "c"]]


def test_a_publish_that_dies_between_files_and_state_is_made_up_for(
    data: DataDir, told: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    store(data, told(("a", A), ("b", A)), "b1")

    def dies(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(stories, "write_book", dies)
        with pytest.raises(KeyboardInterrupt):
            store(data, told(("c", A)), "b2")
    assert groups(data) == [["a", "b"]]
    publish(data)
    assert groups(data) == [["a", "b", "c"]]


def test_files_that_no_reader_can_hold_are_forgotten(data: DataDir, told: Make) -> None:
    store(data, told(("a", A), ("b", A)), "b1")
    (old,) = data.stories.glob("*.parquet")
    then = time.time() - 8 * 24 * 3600
    os.utime(old, (then, then))
    with duckdb.connect(str(data.views_file), read_only=True) as held:  # opened a second before the file is replaced
        store(data, told(("c", A)), "b2")
        assert held.sql("select count(*) from story_members").fetchall() == [(2,)]
    assert old.exists()
    os.utime(old, (then, then))
    store(data, told(("d", A)), "b3")
    book = read_book(data)
    assert book is not None
    assert not old.exists()
    assert len(list(data.stories.glob("*.parquet"))) == len(book.months) + 1


def test_groups_are_what_is_linked() -> None:
    found = Groups()
    for one, two in ("ab", "cd", "ef", "bc", "gg"):
        found.link(one, two)
    assert sorted(sorted(names) for names in found.groups()) == [["a", "b", "c", "d"], ["e", "f"], ["g"]]


def test_a_long_chain_is_one_group() -> None:
    found = Groups()
    for number in range(20_000):
        found.link(str(number), str(number + 1))
    assert [len(names) for names in found.groups()] == [20_001]


def test_plain_duckdb_reads_stories(data: DataDir, told: Make) -> None:
    store(data, told(("a", A), ("b", A)), "b1")
    with duckdb.connect(str(data.views_file), read_only=True) as con:
        assert con.execute("select articles from stories").fetchall() == [(2,)]
