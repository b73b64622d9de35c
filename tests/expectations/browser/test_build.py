"""What a site holds: whole values of its data files, and that nothing is in it that was not asked for."""

import re
import unicodedata
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest

from expectations.browser import articles
from expectations.browser.build import Site, build
from expectations.browser.scope import Bodies, Scope, Shown
from transforms.errors import InputError
from warehouse.paths import DataDir
from warehouse.query import connect

Build = Callable[..., Site]
Value = Callable[[Site, str], Any]
Files = Callable[[Path], dict[str, bytes]]
LAST_DAY = date(2026, 3, 4)


def ids_of(site: Site, value_of: Value) -> dict[str, str]:
    """article_id by headline."""
    return {line[1]: line[0] for line in value_of(site, "list/0")}


def test_the_list_has_a_line_per_article_the_newest_first(site_of: Build, value_of: Value, tmp_path: Path) -> None:
    site = site_of(tmp_path / "site", first=LAST_DAY)
    told = value_of(site, "site")
    sources, languages = [name for name, _ in told["sources"]], [code for code, _ in told["languages"]]
    lines = [[line[1], sources[line[2]], languages[line[3]], *line[4:]] for line in value_of(site, "list/0")]
    tram = "Die Bahn fährt ab Donnerstag durch den Tunnel. " * 4
    reef = [
        "Terumbu karang ditemukan di Teluk Sindu",
        "kabar-selatan",
        "id",
        "2026-03-04 12:57",
        "Kapal riset menemukannya.",
        1,
        2,
        0,
    ]
    hostile = '<img src="x" onerror="document.title = 1"></script>"\'&amp;'
    assert lines == [
        ["Pier to close on Tuesday", "harbour-post", "en", "2026-03-04 12:59", "Until May.", 2, 0, 0],
        ["Straßenbahn fährt über Köln", "nordblick", "de", "2026-03-04 12:58", tram[:180], 1, 0, 4],
        reef,
        [*reef[:1], "teluk-raya", "id", "2026-03-04 12:56", *reef[4:]],
        [
            "空港の再開発計画",
            "minato-shimbun",
            "ja",
            "2026-03-04 12:55",
            "市は二日、港の再開発計画について説明会を開いた。",
            1,
            0,
            0,
        ],
        ["Ο ΔΡΟΜΟΣ έκλεισε", "le-phare", "el", "2026-03-04 12:54", "Ο δρόμος έκλεισε για δύο ημέρες.", 1, 0, 0],
        [hostile, "le-phare", "", "2026-03-04 12:53", "<b>bold</b> __proto__ constructor", 1, 0, 0],
    ]
    assert told["days"] == [["2026-03-04", 7]]
    assert value_of(site, "columns/0")["flags"] == [1, 4, 2, 2, 0, 0, 0]
    assert site.shown == Shown(7, 7, LAST_DAY, LAST_DAY)


@pytest.mark.parametrize(
    ("scope", "titles"),
    [
        ({"days": 1, "limit": 2}, ["Pier to close on Tuesday", "Straßenbahn fährt über Köln"]),
        ({"days": 1, "last": date(2020, 1, 1)}, []),
        ({"first": date(2026, 3, 5)}, []),
        ({"first": LAST_DAY, "last": LAST_DAY, "limit": 1}, ["Pier to close on Tuesday"]),
    ],
)
def test_days_and_limit_say_which_articles(
    scope: dict[str, Any], titles: list[str], site_of: Build, value_of: Value, tmp_path: Path
) -> None:
    site = site_of(tmp_path / "site", **scope)
    shown = [line[1] for line in value_of(site, "list/0")] if titles else []
    assert (shown, site.shown.articles) == (titles, len(titles))
    assert value_of(site, "site")["eligible"] == site.shown.eligible == (7 if titles else 0)


def test_versions_hold_what_changed_whole_and_the_rest_cut(site_of: Build, value_of: Value, tmp_path: Path) -> None:
    site = site_of(tmp_path / "site", days=1)
    pier = ids_of(site, value_of)["Pier to close on Tuesday"]
    (record,) = value_of(site, f"versions/{pier[0]}")
    assert [(told["version"], told["title"], told["paragraphs"]) for told in record["versions"]] == [
        (
            1,
            "Pier to close on Monday",
            ["The pier will close on Monday.", "The council voted 6-1 for it.", "A ferry runs instead, said Ida Brandt."],
        ),
        (
            2,
            "Pier to close on Tuesday",
            ["The pier will close on Tuesday.", "The council voted 7-0 for it.", "A ferry runs instead, said Ida Brandt."],
        ),
    ]


def test_a_story_names_its_articles_in_the_site_and_outside_of_it(site_of: Build, value_of: Value, tmp_path: Path) -> None:
    site = site_of(tmp_path / "site", days=1, limit=3)
    (story,) = value_of(site, "newest-stories")["stories"]
    (record,) = value_of(site, f"stories/{story['id'][0]}")
    told = [(member["source"], member["reason"], member["shown"]) for member in record["members"]]
    assert told == [("teluk-raya", "exact", False), ("kabar-selatan", "exact", True)]
    assert (story["articles"], story["sites"], story["reason"], record["articles"]) == (2, 2, "exact", 2)


@pytest.mark.parametrize(("bodies", "longest"), [("none", 0), ("excerpt", 600), ("full", 1_880)])
def test_as_much_of_a_text_as_was_asked_for(bodies: str, longest: int, site_of: Build, tmp_path: Path, files_of: Files) -> None:
    folder = tmp_path / "site"
    site_of(folder, days=1, bodies=Bodies(bodies))
    sentence = "Die Bahn fährt ab Donnerstag durch den Tunnel. "
    held = max(len(run) for text in files_of(folder).values() for run in re.findall(f"(?:{sentence})*", text.decode()) or [""])
    assert held == longest // len(sentence) * len(sentence)
    words = "".join(text.decode() for name, text in files_of(folder).items() if "/words/" in name)
    assert ('"donnerstag"' in words, '"strassenbahn"' in words, '"straßenbahn"' in words) == (bodies != "none", False, True)


def numbers(codes: str) -> list[int]:
    """What static/search.js reads of a list of words."""
    found, n = [], -1
    for code in re.findall("[a-z]*[A-Z]", codes):
        step = 0
        for letter in code.lower():
            step = step * 26 + ord(letter) - ord("a")
        n += step
        found.append(n)
    return found


def words_in(text: str) -> set[str]:
    """The same words by other means."""
    bare = "".join(c for c in unicodedata.normalize("NFD", text.lower()) if not unicodedata.combining(c))
    words = set(re.findall(r"[^\W_\u3040-\u30ff\u4e00-\u9fff]+", bare.replace("ς", "σ")))
    for run in re.findall(r"[\u3040-\u30ff\u4e00-\u9fff]+", bare):
        words |= {run[at : at + 2] for at in range(len(run))}
    return words


def test_every_word_leads_to_exactly_the_articles_that_have_it(site: Site, stand: DataDir, value_of: Value) -> None:
    told = value_of(site, "site")
    entries = [entry for place, _ in enumerate(told["first_words"]) for entry in value_of(site, f"words/{place}")]
    order = [line[0] for place in range(-(-told["articles"] // 500)) for line in value_of(site, f"list/{place}")]
    with connect(stand) as con:
        texts = con.execute("select article_id, title, lead, body, section, authors, tags from articles").fetchall()
    expected: dict[str, tuple[set[int], set[int]]] = {}
    for key, title, lead, body, section, authors, tags in texts:
        n, text = order.index(key), " ".join([title, lead or "", body, section or "", *authors, *tags])
        for word in words_in(text):
            expected.setdefault(word, (set(), set()))[0].add(n)
        for word in words_in(title):
            expected[word][1].add(n)
    assert {word: (set(numbers(all_)), set(numbers(titles))) for word, all_, titles in entries} == expected
    assert [entry[0].encode() for entry in entries] == sorted(entry[0].encode() for entry in entries)


def test_words_are_the_same_however_many_articles_are_read_at_once(
    site: Site, site_of: Build, tmp_path: Path, files_of: Files, monkeypatch: pytest.MonkeyPatch
) -> None:
    def words(site: Site) -> dict[str, bytes]:
        return {name.partition("/")[2]: held for name, held in files_of(site.index.parent).items() if "/words/" in name}

    monkeypatch.setattr(articles, "_ARTICLES_AT_ONCE", 60)
    assert words(site_of(tmp_path / "site", bodies=Bodies.FULL)) == words(site)


def test_the_quality_of_the_nights(site: Site, stand: DataDir, value_of: Value) -> None:
    told = value_of(site, "site")["quality"]
    assert told["nights"][:2] == [["run-1", "2026-03-01"], ["run-2", "2026-03-02"]]
    runs = value_of(site, "runs")
    assert [(run["run"], run["critical"], run["report"]) for run in runs] == [
        ("run-4", 0, False), ("run-3", 0, False), ("run-2", 1, True), ("run-1", 0, False),
    ]  # fmt: skip
    phare = value_of(site, f"quality/{told['sources'].index('le-phare')}")
    with connect(stand) as con:
        of_section = "source = 'le-phare' and metric = 'null_rate' and \"column\" = 'section'"
        shares = con.execute(f"select 1 - value from metrics where {of_section} order by run_id").fetchall()
        refused = dict(con.execute("select reason, count(*) from quarantine group by reason").fetchall())
    (section,) = [row["figures"] for row in phare["fields"] if row["field"] == "section"]
    assert section == [*(pytest.approx(share, abs=1e-4) for (share,) in shares), None, None]
    refusals = value_of(site, "refusals")
    assert {row["reason"]: row["pages"] for row in refusals["reasons"]} == refused
    assert [sum(row["figures"]) for row in refusals["reasons"]] == [row["pages"] for row in refusals["reasons"]]
    assert len(refusals["open"]) == sum(row["open"] for row in refusals["reasons"])
    assert [alarm["message"] for alarm in value_of(site, "alarms")["alarms"]] == ["harbour-post: 4 new articles."]
    (report,) = site.index.parent.glob("build-*/reports/*.html")
    assert report.read_text(encoding="utf-8") == (stand.reports_of("run-2") / "index.html").read_text(encoding="utf-8")


def test_no_file_is_large_and_the_sizes_are_told(site: Site, files_of: Files) -> None:
    sizes = [len(content) for name, content in files_of(site.index.parent).items() if name.startswith("build-")]
    assert (site.size.files, site.size.bytes, site.size.largest) == (len(sizes), sum(sizes), max(sizes))
    assert max(sizes) < 400_000


def test_a_warehouse_that_was_never_published_has_no_site(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no warehouse at"):
        build(DataDir(tmp_path / "data"), tmp_path / "site", Scope(), datetime(2026, 3, 5, tzinfo=UTC))
    assert not (tmp_path / "site").exists()
