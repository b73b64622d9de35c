"""The site in a real browser, from disk: what it shows, that it asks nobody, and that everybody can use it."""

import json
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import urlencode

import pytest
from chromium import Browser

from expectations.browser.build import Site

Value = Callable[[Site, str], Any]
# Until what the address leads to is shown.
SETTLED = """
new Promise(done => {
    const look = () => document.body.dataset.shown === location.hash ? done(true) : setTimeout(look, 10);
    look();
})
"""


class Reader:
    """Somebody who looks at the site."""

    def __init__(self, browser: Browser, site: Site, ids: dict[str, str]) -> None:
        self.browser, self.site, self.ids = browser, site, ids

    def open(self, address: str) -> None:
        """The page anew, at this address of it (#/...)."""
        self.browser.open("about:blank")
        self.browser.open(self.site.index.as_uri() + address)
        self.browser.value(SETTLED)

    def go(self, address: str) -> None:
        """To another address within the page."""
        self.browser.value(f"location.hash = {json.dumps(address)}")
        self.browser.value(SETTLED)

    def click(self, selector: str) -> None:
        """On a link to another address within the page."""
        self.browser.value(f"document.querySelector({json.dumps(selector)}).click()")
        self.browser.value(SETTLED)

    def article(self, title: str) -> str:
        return f"#/article/{self.ids[title]}"

    def texts(self, selector: str) -> list[str]:
        found: list[str] = self.browser.value(
            f"[...document.querySelectorAll({json.dumps(selector)})].map(found => found.textContent)"
        )
        return found

    def press(self, key: str) -> None:
        typed = {"text": "\r"} if key == "Enter" else {}
        code = {"Tab": 9, "Enter": 13}[key]
        for kind in ("keyDown", "keyUp"):
            self.browser.ask("Input.dispatchKeyEvent", type=kind, key=key, code=key, windowsVirtualKeyCode=code, **typed)


@pytest.fixture(scope="module")
def ids(site: Site, value_of: Value) -> dict[str, str]:
    return {line[1]: line[0] for line in value_of(site, "list/0")}


@pytest.fixture
def reader(browser: Browser, site: Site, ids: dict[str, str]) -> Iterator[Reader]:
    """In a light window of a desk; whatever the test did, the browser has nothing to complain of and asked for nothing else."""
    browser.look(1280, "light")
    yield Reader(browser, site, ids)
    assert browser.named("Log.entryAdded", "Runtime.exceptionThrown", "Runtime.consoleAPICalled") == []
    asked = {event["request"]["url"] for event in browser.named("Network.requestWillBeSent")}
    folder = site.index.parent.as_uri()
    assert {url for url in asked if not url.startswith((f"{folder}/", "data:"))} == set()
    assert site.index.as_uri() in {url.partition("#")[0] for url in asked}


PIER = "Pier to close on Tuesday"
REEF = "Terumbu karang ditemukan di Teluk Sindu"
HOSTILE = '<img src="x" onerror="document.title = 1"></script>"\'&amp;'


# Colours go by the scheme and places by the width: two windows show all of both.
@pytest.mark.parametrize(("width", "scheme"), [(1280, "light"), (390, "dark")])
def test_axe_finds_no_violation_and_nothing_is_beyond_the_window(reader: Reader, width: int, scheme: str) -> None:
    reader.browser.look(width, scheme)
    reader.open("#/?q=none-of-these")
    assert reader.browser.value("matchMedia('(prefers-color-scheme: dark)').matches") is (scheme == "dark")
    for address in ("#/?q=terumbu", reader.article(PIER), reader.article(REEF), "#/stories", "#/quality"):
        reader.go(address)
        assert (address, reader.browser.violations()) == (address, [])
        assert reader.browser.value("document.documentElement.scrollWidth") <= width


def test_a_search_typed_finds_and_its_address_leads_back(reader: Reader) -> None:
    reader.open("#/")
    assert reader.texts("[role=status]") == [f"{reader.site.shown.articles} articles"]
    assert len(reader.texts(".results li")) == 25
    reader.browser.value("document.querySelector('input[name=q]').focus()")
    reader.browser.ask("Input.insertText", text="Karing ")
    reader.browser.value(SETTLED.replace("location.hash", "'#/?q=Karing'"))
    assert reader.texts("[role=status]") == ["No article is like that."]
    reader.go("#/?q=karang+terumb")
    assert reader.texts(".results h2") == [REEF, REEF]
    assert reader.browser.value("document.querySelector('input[name=q]').value") == "karang terumb"


def test_who_follows_a_link_while_a_search_is_still_to_come_stays_there(reader: Reader) -> None:
    reader.open("#/")
    reader.browser.value("document.querySelector('input[name=q]').focus()")
    reader.browser.ask("Input.insertText", text="pier")
    reader.go(reader.article(REEF))
    reader.browser.value("new Promise(done => setTimeout(done, 300))")
    assert (reader.browser.value("location.hash"), reader.texts("h1")) == (reader.article(REEF), [REEF])


@pytest.mark.parametrize(
    ("query", "titles"),
    [
        ("PIER tuesday ferry", [PIER]),  # of the headline and the body
        ("pier council ferry -tuesday", []),
        ("strassen", []),  # ß is a letter of its own
        ("Straßen KOLN", ["Straßenbahn fährt über Köln"]),  # a beginning, without accents
        ("空港", ["空港の再開発計画"]),
        ("δρόμος", ["Ο ΔΡΟΜΟΣ έκλεισε"]),
        ("__proto__ constructor", [HOSTILE]),
        ("-brandt -wijaya", [HOSTILE]),
    ],
)
def test_words_are_found_as_people_write_them(query: str, titles: list[str], reader: Reader) -> None:
    reader.open(f"#/?{urlencode({'q': query, 'from': '2026-03-04'})}")
    assert reader.texts(".results h2") == titles


def test_the_words_of_a_query_are_marked(reader: Reader) -> None:
    reader.open(f"#/?{urlencode({'q': 'KOLN straß fahrt'})}")
    assert reader.texts(".results h2 mark") == ["Straßenbahn", "fährt", "Köln"]
    assert reader.texts(".results .start mark") == ["fährt"] * 4


@pytest.mark.parametrize(
    ("asked", "count"),
    [
        ({"source": "teluk-raya"}, "1 article"),
        ({"language": "el"}, "1 article"),
        ({"language": "none"}, "1 article"),
        ({"from": "2026-03-04"}, "7 articles"),
        ({"from": "2026-03-04", "language": "id", "source": "kabar-selatan"}, "1 article"),
        ({"to": "2026-02-01"}, "No article is like that."),
        ({"show": "story", "from": "2026-03-04"}, "2 articles"),
        ({"show": "gone"}, "1 article"),
        ({"show": "corrected", "from": "2026-03-04"}, "1 article"),
        ({"q": "pier", "source": "nowhere"}, "No article is like that."),
        ({"page": "999", "language": "el"}, "1 article"),
    ],
)
def test_filters_leave_out_what_is_not_asked_for(asked: dict[str, str], count: str, reader: Reader) -> None:
    reader.open(f"#/?{urlencode(asked)}")
    assert reader.texts("[role=status]") == [count]


def test_pages_of_results_lead_on(reader: Reader) -> None:
    reader.open("#/?page=2")
    first = reader.texts(".results h2")
    assert reader.texts(".pager span, .pager a") == ["← Previous", f"Page 2 of {-(-reader.site.shown.articles // 25)}", "Next →"]
    reader.click(".pager a:last-child")
    assert reader.browser.value("location.hash") == "#/?page=3"
    assert reader.browser.value("document.querySelector('.results').start") == 51
    assert set(reader.texts(".results h2")).isdisjoint(first)


def test_an_article_shows_what_changed_word_by_word(reader: Reader) -> None:
    reader.open(reader.article(PIER))
    assert reader.texts("h1, h2") == [PIER, "What changed", "About it", "Where this row comes from"]
    assert reader.texts("details del") == ["Monday", "Monday", "6", "1"]
    assert reader.texts("details ins") == ["Tuesday", "Tuesday", "7", "0"]
    assert reader.texts(".changes p") == [
        "The pier will close on MondayTuesday.", "The council voted 67-10 for it.", "A ferry runs instead, said Ida Brandt.",
    ]  # fmt: skip
    assert reader.browser.value("document.title") == f"{PIER} – nightdesk"
    assert "2026-03-04 12:59 UTC+01:00, read from json-ld" in reader.texts("dd")
    assert "run-2/1.warc.gz at 4711" in reader.texts("dd")


def test_a_story_leads_from_one_article_to_the_other(reader: Reader) -> None:
    reader.open("#/?source=teluk-raya")
    reader.click(".results a")
    assert reader.texts("tbody td:nth-child(2)") == ["teluk-raya", "kabar-selatan"]
    reader.click("tbody a")
    assert reader.texts("h1") == [REEF]
    assert reader.texts("main h1 + p") == ["kabar-selatan · 2026-03-04 12:57 UTC+01:00 · Ida Brandt"]


def test_what_a_page_said_is_never_markup_and_no_link_runs_a_script(reader: Reader) -> None:
    reader.open(reader.article(HOSTILE))
    assert reader.texts("h1") == [HOSTILE]
    assert reader.texts(".text p") == ["<b>bold</b> __proto__ constructor"]
    assert reader.browser.value("document.querySelectorAll('main img, main b, main i, main script').length") == 0
    links = reader.browser.value("[...document.querySelectorAll('main a')].map(link => link.protocol)")
    assert set(links) == {"https:"}
    assert "javascript:alert(1)" in reader.texts("dd li")
    assert reader.browser.value(
        "(() => { try { document.querySelector('h1').innerHTML = '<b>x</b>'; return 'taken' } catch { return 'refused' } })()"
    ) == "refused"  # fmt: skip
    reader.browser.events = [event for event in reader.browser.events if event.get("method") != "Log.entryAdded"]


@pytest.mark.parametrize(
    "address", ["#/article/../../../etc/passwd", "#/article/%E0%A4%A", "#/story/-", "#/nowhere", "#/quality/x"]
)
def test_an_address_that_leads_nowhere_is_answered(address: str, reader: Reader) -> None:
    reader.open(address)
    assert len(reader.texts("h1")) == 1


def test_the_quality_pages(reader: Reader) -> None:
    reader.open("#/quality")
    assert reader.texts("main h2") == ["Nights", "How complete the rows are", "Quarantine", "Alarms"]
    assert reader.texts("main tbody th a") == ["2026-03-02"]
    reader.go("#/quality/le-phare")
    assert reader.browser.value("document.querySelector('.pick select').value") == "le-phare"
    rows = reader.browser.value("[...document.querySelectorAll('.heat tbody th')].map(cell => cell.textContent)")
    assert rows[:8] == ["candidates", "stored", "quarantined", "failed", "title", "lead", "body", "authors"]
    reader.open("#/quality")
    asked = reader.browser.named("Network.requestWillBeSent")
    reader.browser.follow("main tbody th a")
    assert reader.texts("h1") == ["Quality of the night of 2026-03-02"]
    reader.browser.events += [{"method": "Network.requestWillBeSent", "params": event} for event in asked]


def test_a_keyboard_reaches_everything(reader: Reader) -> None:
    reader.open("#/")
    reader.press("Tab")
    assert reader.browser.value("document.activeElement.textContent") == "Skip to the content"
    reader.press("Enter")
    assert reader.browser.value("document.activeElement.id") == "main"
    reader.press("Tab")
    assert reader.browser.value("document.activeElement.name") == "q"
    for _ in range(40):
        if reader.browser.value("document.activeElement.matches('.results a')"):
            break
        reader.press("Tab")
    title = reader.browser.value("document.activeElement.textContent")
    reader.press("Enter")
    reader.browser.value(SETTLED)
    assert reader.texts("h1") == [title] == [PIER]
    assert reader.browser.value("document.activeElement.id") == "main"


def test_a_site_built_anew_meanwhile_is_said(reader: Reader) -> None:
    reader.open("#/stories")
    reader.browser.value("nightdesk.load('list/77').catch(error => error.message)")
    missing = "data/list/77.js is not there"
    assert reader.browser.value("nightdesk.load('list/77').catch(error => error.message)") == missing
    reader.browser.events = [event for event in reader.browser.events if event.get("method") != "Log.entryAdded"]
