"""A warehouse that has of everything a site shows: languages, corrections, a story, a gone page, refused pages, reports."""

import hashlib
import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from expectations.browser.build import Site, build
from expectations.browser.scope import Scope
from expectations.report import read_report, write_report
from warehouse.lake import Lake
from warehouse.load import load_articles
from warehouse.paths import DataDir
from warehouse.schema import ALARMS, EXTRACTED, PAGES, RUNS
from warehouse.views import publish

NOW = datetime(2026, 3, 5, 6, 0, tzinfo=UTC)
MADE = datetime(2026, 3, 4, 20, 0, tzinfo=UTC)

PIER = "The pier will close on Monday.\n\nThe council voted 6-1 for it.\n\nA ferry runs instead, said Ida Brandt."
TRAM = "Die Bahn fährt ab Donnerstag durch den Tunnel. "
# name, source, language, what it says; all other fields are as the rows of the nights have them
STORIES: tuple[tuple[str, str, str | None, dict[str, Any]], ...] = (
    ("pier", "harbour-post", "en", {"title": "Pier to close on Monday", "body": PIER, "lead": "Until May."}),
    ("tram", "nordblick", "de", {"title": "Straßenbahn fährt über Köln", "body": TRAM * 40}),
    ("reef", "kabar-selatan", "id", {"title": "Terumbu karang ditemukan di Teluk Sindu", "body": "Kapal riset menemukannya."}),
    ("reef-copy", "teluk-raya", "id", {"title": "Terumbu karang ditemukan di Teluk Sindu", "body": "Kapal riset menemukannya."}),
    ("port", "minato-shimbun", "ja", {"title": "空港の再開発計画", "body": "市は二日、港の再開発計画について説明会を開いた。"}),
    ("athens", "le-phare", "el", {"title": "Ο ΔΡΟΜΟΣ έκλεισε", "body": "Ο δρόμος έκλεισε για δύο ημέρες."}),
    ("hostile", "le-phare", None, {
        "title": '<img src="x" onerror="document.title = 1"></script>"\'&amp;', "body": "<b>bold</b> __proto__ constructor",
        "related_urls": ["javascript:alert(1)", "https://le-phare.example/next"], "authors": ["<i>Ada</i>"],
    }),
)  # fmt: skip

Build = Callable[..., Site]


def article_id(name: str) -> str:
    return hashlib.md5(name.encode(), usedforsecurity=False).hexdigest()


def rows(row: Callable[..., dict[str, Any]], run_id: str, at: datetime, **changes: dict[str, Any]) -> pa.Table:
    """What a run extracted of STORIES; `changes`: fields by the article's name."""
    made = []
    for number, (name, source, language, fields) in enumerate(STORIES, start=1):
        content = fields | changes.get(name, {})
        url = f"https://{source}.example/{name}"
        text = content["title"] + content["body"]
        own = {"article_id": article_id(name), "url": url, "canonical_url": url, "site": f"{source}.example", "source": source}
        own |= {"language": language, "run_id": run_id, "fetched_at": at, "extracted_at": at, "minhash": [1, 2], "tags": []}
        own |= {
            "published_at": datetime(2026, 3, 4, 12, 0, tzinfo=UTC) - timedelta(minutes=number),
            "content_hash": article_id(text),
        }
        made.append(row(number, **own | content))
    return pa.Table.from_pylist(made, schema=EXTRACTED)


def ledger(run_id: str, at: datetime, name: str, source: str, disposition: str, reason: str) -> dict[str, Any]:
    url = f"https://{source}.example/{name}"
    own = {"run_id": run_id, "url": url, "source": source, "discovered_via": "feed", "discovered_at": at, "fetched_at": at}
    return own | {"disposition": disposition, "reason": reason, "article_id": article_id(name)}


def run(run_id: str, at: datetime, pages: int) -> dict[str, Any]:
    none = dict.fromkeys(("resumed", "unchanged", "duplicate", "quarantined", "failed", "skipped", "bytes"), 0)
    own = {"run_id": run_id, "kind": "night", "day": f"{at:%Y-%m-%d}", "started_at": at, "finished_at": at + timedelta(minutes=9)}
    return none | own | {"candidates": pages, "stored": pages, "gate": "passed", "nightdesk_version": "0"}


@pytest.fixture(scope="session")
def stand(tmp_path_factory: pytest.TempPathFactory, row: Callable[..., dict[str, Any]], nights: dict[str, Any]) -> DataDir:
    """The nights of `warehouse`, and two more with STORIES: on the last one the pier is corrected, and the tram's page gone."""
    data = DataDir(tmp_path_factory.mktemp("stand"))
    lake = Lake(data.lake)
    known: set[str] = set()
    for run_id, tables in nights.items():
        for table, content in tables.items():
            if table == "articles":  # as a load would: an article that is there has no second version 1
                content = content.filter([row["version"] > 1 or row["article_id"] not in known for row in content.to_pylist()])
                known |= set(content["article_id"].to_pylist())
            lake.append_once(table, content, batch_id=f"{run_id}:{table}")
    corrected = {"body": PIER.replace("6-1", "7-0").replace("on Monday", "on Tuesday"), "title": "Pier to close on Tuesday"}
    for run_id, at, changes in (("run-3", MADE, {}), ("run-4", MADE + timedelta(hours=8), {"pier": corrected})):
        load_articles(lake, rows(row, run_id, at, **changes), batch_id=run_id, staged=data.staged_of(run_id))
        visits = [ledger(run_id, at, name, source, "stored", "new_article") for name, source, *_ in STORIES]
        if changes:
            visits[1] = ledger(run_id, at, "tram", "nordblick", "failed", "not_found")
        lake.append_once("pages", pa.Table.from_pylist(visits, schema=PAGES), batch_id=f"{run_id}:pages")
        lake.append_once("runs", pa.Table.from_pylist([run(run_id, at, len(visits))], schema=RUNS), batch_id=f"{run_id}:runs")
    alarm = {"run_id": "run-2", "day": "2026-03-02", "source": "harbour-post", "kind": "volume", "metric": "new_articles"}
    alarm |= {
        "severity": "critical",
        "nights": 21,
        "since": "2026-03-01",
        "message": "harbour-post: 4 new articles.",
        "examples": [],
    }
    lake.append_once("alarms", pa.Table.from_pylist([alarm], schema=ALARMS), batch_id="run-2:alarms")
    publish(data)
    write_report(data, read_report(data, "run-2"))
    return data


@pytest.fixture(scope="session")
def site_of(stand: DataDir) -> Build:
    """site_of(folder, limit=10): the stand's site in that folder, made at NOW."""
    return lambda folder, **scope: build(stand, folder, Scope(**scope), NOW)


@pytest.fixture(scope="session")
def site(site_of: Build, tmp_path_factory: pytest.TempPathFactory) -> Site:
    """The site with whole texts, for tests that only read."""
    return site_of(tmp_path_factory.mktemp("site") / "öffentlich & klein", bodies="full")


@pytest.fixture(scope="session")
def value_of() -> Callable[[Site, str], Any]:
    """value_of(site, "list/0"): what the page is handed by that file."""

    def read(site: Site, name: str) -> Any:
        (file,) = site.index.parent.glob(f"build-*/data/{name}.js")
        text = file.read_text(encoding="utf-8")
        head, tail = f'nightdesk.take("{name}", ', ");\n"
        assert text.startswith(head)
        assert text.endswith(tail)
        return json.loads(text.removeprefix(head).removesuffix(tail))

    return read


@pytest.fixture(scope="session")
def files_of() -> Callable[[Path], dict[str, bytes]]:
    """Every file below a folder, by its path from there."""
    return lambda folder: {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}
