"""Rows and nights to judge: all texts and names are invented."""

import hashlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pyarrow as pa
import pytest
from chromium import Browser, started

from expectations.figures import Row
from expectations.gate import Gate, judge_run
from expectations.metrics import run_metrics
from expectations.projection import CONTEXT
from expectations.report import Report, read_report
from expectations.verdicts import check_counts, judge
from transforms.records import REASON_DISPOSITION, Disposition, Reason
from warehouse.lake import Lake
from warehouse.paths import DataDir
from warehouse.schema import ARTICLES, EXTRACTED, PAGES, QUARANTINE, RUNS
from warehouse.views import publish

NIGHT = datetime(2026, 3, 2, 20, 0, tzinfo=UTC)

RowMaker = Callable[..., dict[str, Any]]

# source, language, pages a night, what a headline and a paragraph look like there
SOURCES = (
    (
        "kabar-selatan",
        "id",
        96,
        "Warga Desa Sukamaju Menanam Kembali Hutan Bakau Pesisir",
        "Warga menanam bibit sejak Senin. ",
    ),
    (
        "nordblick",
        "de",
        71,
        "Stadtrat beschließt nach langer Debatte den Umbau der alten Straßenbahnlinie bis zum Güterbahnhof",
        "Der Rat stimmte am Abend zu. ",
    ),
    ("minato-shimbun", "ja", 58, "港の再開発計画、住民説明会で賛否分かれる", "市は二日、港の再開発計画について説明会を開いた。"),
    ("harbour-post", "en", 83, "Ferry timetable to change as winter storms close the pier", "The pier will reopen in spring. "),
    ("valley-courier", "en", 24, "School bus route saved", "Parents had collected signatures. "),
    ("le-phare", "fr", 31, "Le phare rouvre ses portes après trois ans de travaux", "Les visiteurs sont attendus dès samedi. "),
    ("silent-times", "en", 6, "", ""),
)


def make_row(number: int = 1, **changes: Any) -> dict[str, Any]:
    """A row that no rule objects to, number `number`, but for `changes`."""
    body = changes.pop("body", "The council met on Monday and spoke about the pier. " * 4)
    url = f"https://news.example/story-{number}"
    row = {
        "article_id": hashlib.md5(url.encode(), usedforsecurity=False).hexdigest(),
        "url": url,
        "canonical_url": url,
        "site": "news.example",
        "title": f"Council meets about pier number {number}",
        "body": body,
        "authors": ["Ida Brandt"],
        "tags": ["harbour"],
        "published_at": NIGHT - timedelta(hours=number % 30),
        "published_utc_offset": 60,
        "published_precision": "minute",
        "published_from": "json-ld",
        "language": "en",
        "page_count": 1,
        "pages_missing": 0,
        "word_count": len((body or "").split()),
        "body_length": len(body or ""),
        "content_hash": f"{number:032x}",
        "source": "harbour-post",
        "fetched_at": NIGHT,
        "extracted_at": NIGHT + timedelta(minutes=5),
        "extractor": "nightdesk 0.1.0",
        "run_id": "run-2",
        "warc_file": "run-2/1.warc.gz",
        "warc_offset": 4711 * number,
    }
    return row | changes


@pytest.fixture(scope="session")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    with started(tmp_path_factory.mktemp("profile")) as browser:
        yield browser


@pytest.fixture(scope="session")
def row() -> RowMaker:
    return make_row


@pytest.fixture(scope="session")
def table() -> Callable[..., pa.Table]:
    """Rows as the extract stage stages them."""
    return lambda *rows: pa.Table.from_pylist(list(rows), schema=EXTRACTED)


@pytest.fixture(scope="session")
def context() -> Callable[..., pa.Table]:
    """What was known of pages before they were read."""
    return lambda *pages: pa.Table.from_pylist(list(pages), schema=CONTEXT)


@pytest.fixture(scope="session")
def warehouse(tmp_path_factory: pytest.TempPathFactory, nights: dict[str, dict[str, pa.Table]]) -> DataDir:
    """A data folder with two nights, run-1 and run-2, in all dispositions and several languages."""
    data = DataDir(tmp_path_factory.mktemp("data"))
    lake = Lake(data.lake)
    for run_id, tables in nights.items():
        for name, content in tables.items():
            lake.append_once(name, content, batch_id=f"{run_id}:{name}")
    publish(data)
    return data


@pytest.fixture(scope="session")
def nights() -> dict[str, dict[str, pa.Table]]:
    """What the runs of `warehouse` put into each table of the lake."""
    return {run_id: night(run_id, started_at) for run_id, started_at in (("run-1", NIGHT - timedelta(days=1)), ("run-2", NIGHT))}


@pytest.fixture(scope="session")
def large_report(warehouse: DataDir) -> Report:
    """The report of run-2 as if it had 300 sources, three weeks of history, 200 alarms, refused pages of every reason
    and a site rule that no longer fits for every second source.
    """
    report = read_report(warehouse, "run-2", gate=Gate(passed=False, reasons=("41 critical alarms, of which 0 are allowed.",)))
    few, names = report.figures, [f"{SOURCES[number % 7][0]}-{number:03d}-of-the-region" for number in range(300)]

    def spread(rows: Sequence[Row]) -> tuple[Row, ...]:
        """As many rows of each of the names as there are of one source."""
        of = [[row for row in rows if row["source"] == source[0]] for source in SOURCES]
        return tuple(dict(row, source=name) for number, name in enumerate(names) for row in of[number % 7])

    runs = [dict(few.run, started_at=NIGHT - timedelta(days=ago), day=f"2026-02-{28 - ago:02d}") for ago in range(21, 0, -1)]
    trends = {
        name: [float((7 * night + len(row["source"])) % 90) for night in range(22)] for name in TRENDS for row in few.trends
    }
    longer = [dict(row, **trends, **{f"usual_{name}": 41.0 for name in TRENDS}) for row in few.trends]
    refused = [dict(row, reason=reason, reason_pages=4711) for reason in REFUSALS for row in few.quarantined[:20]]
    figures = replace(
        few,
        history=(*runs, few.run),
        sources=spread(few.sources),
        trends=spread(longer),
        completeness=spread(few.completeness),
        quarantined=tuple(refused),
        changes=few.changes * (50 // len(few.changes)),
        checks=few.checks + tuple(dict(few.checks[0], rule=f"site_rule {name}.example body", row_count=9) for name in names[::2]),
        alarms=tuple(_alarm(name, number) for number, name in enumerate(names[:200])),
    )
    return Report(figures, report.gate_reasons)


@pytest.fixture(scope="session")
def tables_of() -> Callable[[str], dict[str, list[dict[str, Any]]]]:
    """tables_of("run-1") -> what that run put into the lake of `warehouse`; "extracted": all rows that it made."""

    def of(run_id: str) -> dict[str, list[dict[str, Any]]]:
        started_at = NIGHT if run_id == "run-2" else NIGHT - timedelta(days=1)
        tables = {name: rows.to_pylist() for name, rows in night(run_id, started_at).items()}
        missing = {page["url"] for page in tables["pages"] if page["disposition"] in ("failed", "skipped")}
        made = [_story(source, index, run_id, started_at) for source in SOURCES[:-1] for index in range(source[2])]
        return tables | {"extracted": [row for row in made if row["url"] not in missing]}

    return of


TRENDS = ("new_articles", "lag_minutes", "body_length")
REFUSALS = [reason for reason, disposition in REASON_DISPOSITION.items() if disposition is Disposition.QUARANTINED]


def _alarm(source: str, number: int) -> Row:
    kind, metric, column, usual, tonight, says = (
        ("null_rate", "null_rate", "authors", 0.04, 0.97, "38 of 39 rows have no authors (97%), usually 4% (1% to 9%)"),
        ("volume", "new_articles", None, 61.0, 4.0, "4 new articles, usually 61 on a Monday (44 to 79)"),
        ("silent", "candidates", None, 88.0, 0.0, "no candidate, usually 88 on a Monday (70 to 108)"),
        ("body_length", "body_length_p50", "body", 2900.0, 310.0, "310 characters in the median, usually 2,900 (2,400 to 3,300)"),
    )[number % 4]
    critical = number < 41
    return {
        "source": source,
        "kind": kind,
        "metric": metric,
        "column": column,
        "severity": "critical" if critical else "warning",
        "usual": usual,
        "usual_low": usual * 0.7,
        "usual_high": usual * 1.3,
        "tonight": tonight,
        "nights": 21,
        "since": "2026-03-02" if number % 3 else "2026-02-27",
        "message": f"{source}: {says}.",
        "examples": [
            f"https://{source}.example/id/{page}/a-fairly-long-slug-of-an-article-about-the-region" for page in range(3)
        ],
    }


def night(run_id: str, started_at: datetime) -> dict[str, pa.Table]:
    """All tables of one night."""
    rows = [_story(source, index, run_id, started_at) for source in SOURCES[:-1] for index in range(source[2])]
    pages = [_page(row, index, run_id, started_at) for index, row in enumerate(rows)]
    extracted = pa.Table.from_pylist(
        [row for row, page in zip(rows, pages, strict=True) if page["disposition"] not in ("failed", "skipped")], schema=EXTRACTED
    )
    refused = {item["url"]: item for item in judge(extracted).to_pylist()}
    for page in pages:
        if page["url"] in refused:
            page |= {key: refused[page["url"]][key] for key in ("reason", "detail")} | {"disposition": "quarantined"}
    pages += [_unreachable(index, run_id, started_at) for index in range(SOURCES[-1][2])]
    ledger = pa.Table.from_pylist(pages, schema=PAGES)
    checks = check_counts(extracted, run_id)
    accepted = {page["url"]: page["reason"] for page in pages if page["disposition"] == "stored"}
    return {
        "articles": _versions(extracted, accepted),
        "pages": ledger,
        "quarantine": _quarantine(extracted, refused),
        "runs": pa.Table.from_pylist([_run(run_id, started_at, pages, judge_run(ledger, checks).passed)], schema=RUNS),
        "checks": checks,
        "metrics": run_metrics(ledger, extracted, checks, run_id),
    }


def _story(source: tuple[str, str, int, str, str], index: int, run_id: str, started_at: datetime) -> dict[str, Any]:
    name, language, _, title, sentence = source
    flaws: dict[int, dict[str, Any]] = {
        5: {"title": None},
        9: {"body": "Foto: Archiv"},
        13: {"published_at": None, "published_precision": None, "published_from": None},
        17: {"published_at": started_at + timedelta(days=300)},
        21: {"body": f'{sentence * 6}<div class="ad">Iklan</div><script>alert("!")</script>'},
        22: {"title": "KÃ¶ln und DÃ¼sseldorf: BÃ¼rger <b>gegen</b> LÃ¤rm"},
    }
    changes = {
        "title": f"{title} ({index})",
        "body": f"{index}: " + sentence * (8 + index % 17),
        "language": language,
        "source": name,
        "run_id": run_id,
        "fetched_at": started_at + timedelta(seconds=index),
        "extracted_at": started_at + timedelta(minutes=20),
        "published_at": started_at - timedelta(minutes=23 * index),
        "authors": [] if index % 3 and name == "valley-courier" else ["Ratna Wijaya"],
        "section": "Region" if index % 2 else None,
        "image_url": "https://news.example/a.jpg" if index % 5 else None,
        "lead": sentence if index % 4 == 0 else None,
        "published_precision": "day" if name == "le-phare" else "minute",
    }
    # A third of each source's pages is there on both nights.
    number = index if index % 3 == 0 else index + 1000 * int(run_id[-1])
    changes |= {"url": f"https://{name}.example/{language}/{number}/a-fairly-long-slug-of-an-article-about-the-region"}
    changes |= flaws.get(index % 40, {}) if index % 3 else {}
    row = make_row(index, **changes)
    digest = hashlib.md5(row["url"].encode(), usedforsecurity=False).hexdigest()
    return row | {"article_id": digest, "canonical_url": row["url"], "site": f"{name}.example"}


def _page(row: dict[str, Any], index: int, run_id: str, started_at: datetime) -> dict[str, Any]:
    second, known = run_id == "run-2", "/1" not in row["url"] and index % 3 == 0
    reason = (Reason.NEW_VERSION if index % 9 == 0 else Reason.SAME_CONTENT) if second and known else Reason.NEW_ARTICLE
    odd = {
        7: (Reason.NOT_FOUND, 404),
        11: (Reason.HTTP_SERVER_ERROR, 503),
        16: (Reason.FETCH_TIMEOUT, None),
        19: (Reason.ROBOTS_DISALLOWED, None),
        25: (Reason.SAME_ARTICLE, 200),
    }
    reason, status = odd.get(index % 50, (reason, 200))
    return {
        "run_id": run_id,
        "url": row["url"],
        "source": row["source"],
        "discovered_via": "feed",
        "discovered_at": started_at,
        "fetched_at": row["fetched_at"],
        "disposition": REASON_DISPOSITION[reason],
        "reason": reason,
        "detail": "no answer within 30 s" if reason is Reason.FETCH_TIMEOUT else None,
        "article_id": row["article_id"],
        "http_status": status,
        "bytes": 48_000 + 997 * index if status == 200 else None,
        "elapsed_ms": 180 + 13 * (index % 70),
    }


def _unreachable(index: int, run_id: str, started_at: datetime) -> dict[str, Any]:
    row = make_row(index, source="silent-times", url=f"https://silent-times.example/{index}", fetched_at=started_at)
    reason = Reason.DNS_ERROR
    detail = "silent-times.example: the name does not resolve"
    return _page(row, 0, run_id, started_at) | {
        "article_id": None, "reason": reason, "disposition": REASON_DISPOSITION[reason], "http_status": None, "bytes": None,
        "detail": detail,
    }  # fmt: skip


def _versions(extracted: pa.Table, accepted: dict[str, str]) -> pa.Table:
    rows = [
        row
        | {
            "version": 2 if accepted[row["url"]] == "new_version" else 1,
            "first_seen_at": row["fetched_at"],
            "published_month": f"{row['published_at']:%Y-%m}",
            "title": row["title"].replace("(", "(updated, ") if accepted[row["url"]] == "new_version" else row["title"],
        }
        for row in extracted.to_pylist()
        if row["url"] in accepted
    ]
    return pa.Table.from_pylist(rows, schema=ARTICLES)


def _quarantine(extracted: pa.Table, refused: dict[str, dict[str, Any]]) -> pa.Table:
    rows = [
        row | refused[row["url"]] | {"quarantine_id": row["article_id"], "replay_state": "open"}
        for row in extracted.to_pylist()
        if row["url"] in refused
    ]
    return pa.Table.from_pylist(rows, schema=QUARANTINE)


def _run(run_id: str, started_at: datetime, pages: list[dict[str, Any]], passed: bool) -> dict[str, Any]:
    dispositions = [page["disposition"] for page in pages]
    return {
        "run_id": run_id,
        "kind": "night",
        "day": f"{started_at:%Y-%m-%d}",
        "started_at": started_at,
        "finished_at": started_at + timedelta(minutes=31),
        "resumed": 0,
        "candidates": len(pages),
        **{name: dispositions.count(name) for name in Disposition},
        "bytes": sum(page["bytes"] or 0 for page in pages),
        "gate": "passed" if passed else "failed",
        "nightdesk_version": "0.1.0",
    }
