"""What a search finds, in which order, and that no text is an error."""

import io
import json
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path

import pyarrow as pa
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from warehouse.fulltext import FullText, open_index
from warehouse.lake import Lake
from warehouse.load import load_articles
from warehouse.paths import DataDir
from warehouse.query import connect, run_query
from warehouse.search import Filters, excerpt, search
from warehouse.views import publish

Make = Callable[..., pa.Table]

STORIES = {
    "rob": ("Banjir rob di Karangsenja", "Warga kebanjiran sejak Senin.\n\nHujan turun lagi.", "id"),
    "salat": ("Jum\u2019at di Masjid Agung", "Imam memimpin salat Jum\u2019at. Banjir surut.", "id"),
    "pegel": ("Überschwemmungen in München", "Das Hochwasser stieg, der Hochwasserschutz hielt. Straße gesperrt.", "de"),
    "wahl": ("Bürgermeisterwahl", "Die Wahlen gewann, wie erwartet, Jürgen Groß.", "de"),
    "river": ("Studies say", "The river flooded towns. Don't panic: COVID\u00ad-19 is over.", "en"),
    "cafe": ("Cafe\u0301 on the pier", "The council met on the pier on Monday.", "en"),
    "minato": ("港の再開発計画", "東京の市は二日、説明会を開いた。", "ja"),
}


def fill(data: DataDir, make_rows: Make) -> DataDir:
    rows = make_rows(
        *(
            (name, "a", {"title": title, "body": body, "language": language, "site": f"{language}.example"})
            for name, (title, body, language) in STORIES.items()
        )
    )
    load_articles(Lake(data.lake), rows, batch_id="b1", staged=data.staged)
    publish(data)
    return data


@pytest.fixture(scope="module")
def warehouse(shared_data: DataDir, make_rows: Make) -> DataDir:
    """For tests that only read."""
    return fill(shared_data, make_rows)


@pytest.fixture(scope="module")
def index(warehouse: DataDir) -> FullText:
    found = open_index(warehouse)
    assert found is not None
    return found


def found(index: FullText, text: str, **filters: object) -> list[str]:
    return [hit.article_id.removeprefix("id-") for hit in search(index, text, limit=10, filters=Filters(**filters))]  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("banjir", ["rob", "salat"]),  # the headline's before the body's
        ("BANJIR", ["rob", "salat"]),
        ("banjir hujan", ["rob"]),
        ("hujan sejak", ["rob"]),
        ("banjir -hujan", ["salat"]),
        ('banjir -"hujan turun"', ["salat"]),
        ("-banjir", []),
        ("munchen", ["pegel"]),
        ("München", ["pegel"]),
        ("Muenchen", ["pegel"]),
        ("Mu\u0308nchen", ["pegel"]),
        ("strasse", ["pegel"]),
        ("hochwasser", ["pegel"]),
        ("hochwassersch", ["pegel"]),
        ("uberschwemmung", ["pegel"]),
        ("wahl", ["wahl"]),
        ("flooding", ["river"]),
        ("study", ["river"]),
        ("towns", ["river"]),
        ("on", ["cafe"]),
        ("café", ["cafe"]),
        ("don't", ["river"]),
        ("jum'at", ["salat"]),
        ("covid-19", ["river"]),
        ('"the council met"', ["cafe"]),
        ('"met the council"', []),
        ('"pier the', []),  # headline and body are not side by side
        ('"hochwassersch"', []),  # in quotes as it is
        ("東京", ["minato"]),
        ("再開発", ["minato"]),
        ("京東", []),
        ("nothing-like-it", []),
    ],
)
def test_what_is_found(index: FullText, text: str, expected: list[str]) -> None:
    assert found(index, text) == expected


@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        ({"site": "de.example"}, []),
        ({"site": "id.example"}, ["rob", "salat"]),
        ({"language": "id"}, ["rob", "salat"]),
        ({"source": "harian"}, ["rob", "salat"]),
        ({"source": "suara"}, []),
        ({"since": date(2026, 3, 2)}, ["rob", "salat"]),
        ({"since": date(2026, 3, 3)}, []),
        ({"until": date(2026, 3, 2)}, ["rob", "salat"]),
        ({"until": date(2026, 3, 1)}, []),
    ],
    ids=str,
)
def test_filters(index: FullText, filters: dict[str, object], expected: list[str]) -> None:
    assert found(index, "banjir", **filters) == expected


@pytest.mark.parametrize(
    "text", ["", " ", '"', '""', "-", "--", "*", "(", ")", ":", "AND", "a:b", "^", "~", "[a TO b]", "\x00", "\\", "'"]
)
def test_no_sign_is_an_error(index: FullText, text: str) -> None:
    assert found(index, text) == []


@given(st.text(max_size=60))
@example('title:banjir AND (NOT "')
@example("\ud800")
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_text_finds_something_or_nothing(index: FullText, text: str) -> None:
    assert set(found(index, text)) <= STORIES.keys()


@given(st.sampled_from(sorted(STORIES)), st.data())
@settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_an_article_is_found_by_its_own_words(index: FullText, name: str, data: st.DataObject) -> None:
    words = data.draw(st.lists(st.sampled_from(" ".join(STORIES[name][:2]).split()), min_size=1, max_size=4))
    assert name in found(index, " ".join(word.lstrip("-") for word in words))


def test_an_excerpt_shows_where_the_words_are(index: FullText) -> None:
    part, places = excerpt(index, "flooding", STORIES["river"][1])
    assert [part[start:end] for start, end in places] == ["flooded"]
    assert excerpt(index, "studies", STORIES["river"][1]) == (STORIES["river"][1], [])


def answer(data: DataDir, sql: str) -> object:
    out = io.TextIOWrapper(io.BytesIO())
    with connect(data) as con:
        run_query(con, sql, "json", out)
    return json.loads(out.buffer.getvalue())  # type: ignore[attr-defined]


def test_search_is_a_table_in_sql(warehouse: DataDir) -> None:
    sql = "select title, rank from search('banjir') join articles using (article_id) order by rank"
    assert answer(warehouse, sql) == [{"title": STORIES["rob"][0], "rank": 1}, {"title": STORIES["salat"][0], "rank": 2}]
    assert answer(warehouse, "select count(*) as n from search('banjir', max_hits := 1)") == [{"n": 1}]
    assert answer(warehouse, "select count(*) as n from search('it''s \"; drop table articles; --')") == [{"n": 0}]
    assert answer(warehouse, "select count(*) as n from search(null)") == [{"n": 0}]
    both = "select a.article_id from search('banjir') a join search('hujan') b using (article_id)"
    assert answer(warehouse, both) == [{"article_id": "id-rob"}]


def test_search_describes_itself(warehouse: DataDir) -> None:
    (row,) = answer(warehouse, "select comment from duckdb_functions() where function_name = 'search'")  # type: ignore[misc]
    assert row["comment"].startswith("One row per article that has every word")


def test_days_are_of_the_publication_where_it_is_known(data: DataDir, lake: Lake, make_rows: Make) -> None:
    known = {"published_at": datetime(2020, 1, 1, 23, 59, tzinfo=UTC)}
    load_articles(lake, make_rows(("old", "a", known), ("new", "a")), batch_id="b1", staged=data.staged)
    publish(data)
    index = open_index(data)
    assert index is not None
    assert found(index, "title", until=date(2020, 1, 1)) == ["old"]
    assert found(index, "title", since=date(2020, 1, 2)) == ["new"]


def test_what_is_no_text_of_an_article_is_not_found(index: FullText, warehouse: DataDir) -> None:
    assert found(index, "state") == []
    assert found(index, "harian") == []
    assert Path(warehouse.search).is_dir()
