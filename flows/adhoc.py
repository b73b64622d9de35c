"""Rows from pages named on the command line: the same extraction and rules as the night, no warehouse.

Belongs here: telling files, archives and URLs apart, and writing rows out. Does not belong here: what a row is.
"""

import asyncio
import json
import tempfile
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any, TextIO

import pyarrow as pa
import pyarrow.parquet as pq

from expectations.verdicts import judge_all
from flows import progress, settings, staging
from flows.extraction import Extractor, Location, PageTask
from flows.rundir import utc_now
from flows.saved import saved_page
from sources.client import HttpClient
from sources.config import FetchSettings, Source, check_timezone
from sources.fetch import fetch_pages
from sources.records import Answer, Fetched, FetchRequest
from sources.warc import WarcWriter, read_page, scan
from transforms.errors import InputError
from transforms.explain import Explanation
from transforms.extract import EXTRACTOR, ExtractSettings
from transforms.paging import next_page_url
from transforms.records import Article, Candidate, RawPage, Rejection
from transforms.siterules import SiteRules
from warehouse import files, schema

SOURCE = "extract"
REJECTION = (
    pa.field("rejection", pa.string(), metadata={"description": "why the page is no article; null if it is one"}),
    pa.field("rejection_detail", pa.string(), metadata={"description": "the rejection in a person's words"}),
    pa.field("broken_rules", pa.list_(schema.BROKEN_RULE), metadata={"description": "rules the row broke, warnings too"}),
)
# What a night adds means nothing here; where the page lies does.
ROWS = pa.schema([*(f.with_nullable(True) for f in schema.EXTRACTED if f.name not in ("source", "run_id")), *REJECTION])


def extract_rows(
    inputs: Sequence[str],
    *,
    url: str | None,
    timezone: str | None,
    workers: int | None,
    rules: SiteRules | None = None,
    on_miss: Callable[[str], None] = lambda _: None,
    connect_to: Mapping[str, tuple[str, int]] | None = None,
) -> pa.Table:
    """One row of ROWS per page, in order. `rules`: the sites' own; `on_miss` is told in a sentence where one found nothing.
    `connect_to`: where hosts really are, as for HttpClient; they may be private then.

    Raises InputError for a file that is not there, ConfigError for an unknown zone.
    """
    found, tasks = _found(inputs, url, timezone, rules or SiteRules(), connect_to)
    outcomes: list[Article | Rejection] = []
    with progress.stage("extract", len(tasks)) as stage, Extractor(min(workers or 2, len(tasks) or 1)) as extractor:
        for _, outcome in extractor.extract(tasks):
            outcomes.append(outcome)
            stage.advance()
        for task, missed in extractor.ruled:
            for key in missed:
                on_miss(f"{task.url}: the site rule found nothing for {key}, which was read without it")
    return _rows(found, outcomes)


def explain_rows(
    inputs: Sequence[str], *, url: str | None, timezone: str | None, workers: int | None, rules: SiteRules | None = None
) -> tuple[pa.Table, list[Explanation]]:
    """As extract_rows, and each row's explanation beside it. A page that was not had explains itself by its rejection."""
    found, tasks = _found(inputs, url, timezone, rules or SiteRules(), None)
    with Extractor(min(workers or 2, len(tasks) or 1)) as extractor:
        explained = [explanation for _, explanation in extractor.explain(tasks)]
    answers = iter(explained)
    explanations = [
        Explanation(Rejection(item.candidate.url, item.reason, item.detail or "")) if item.reason else next(answers)
        for item in found
    ]
    return _rows(found, [explanation.outcome for explanation in explained]), explanations


def judged_samples(samples: Sequence[tuple[Candidate, Answer, Source]], rules: SiteRules) -> list[dict[str, Any]]:
    """Pages that were fetched already, each as the row that a night would make of it: columns of ROWS, in order."""
    found = [answer.fetched(candidate) for candidate, answer, _ in samples]
    tasks = [
        _task(item, [answer.page(candidate)], ExtractSettings(timezone=source.timezone, languages=source.languages), rules)
        for item, (candidate, answer, source) in zip(found, samples, strict=True)
    ]
    if not tasks:
        return []
    with Extractor(min(2, len(tasks))) as extractor:
        outcomes = [outcome for _, outcome in extractor.extract(tasks)]
    return _rows(found, outcomes).to_pylist()


def _found(
    inputs: Sequence[str],
    url: str | None,
    timezone: str | None,
    rules: SiteRules,
    connect_to: Mapping[str, tuple[str, int]] | None,
) -> tuple[list[Fetched], list[PageTask]]:
    """Every article of the arguments, and the tasks of those that were had."""
    extract_settings = ExtractSettings(timezone=check_timezone(timezone) if timezone else None)
    found = [item for name in inputs for item in _pages(name, url, rules, connect_to)]
    return [item for item, _ in found], [_task(item, pages, extract_settings, rules) for item, pages in found if not item.reason]


def _pages(
    name: str, url: str | None, rules: SiteRules, connect_to: Mapping[str, tuple[str, int]] | None
) -> Iterator[tuple[Fetched, tuple[RawPage, ...]]]:
    """Each article of one argument with its pages; none where they are left in their archive."""
    if name.startswith(("http://", "https://")):
        yield asyncio.run(_fetched(name, rules, connect_to))
        return
    path = Path(name)
    if not path.is_file():
        raise InputError(f"{name}: there is no such file; give an HTML file, a WARC file or a URL (a folder is none of these)")
    if ".warc" in path.suffixes:
        yield from ((item, ()) for item in scan(path.resolve(), source=SOURCE, now=utc_now))
    else:
        yield _file_page(path, url)


def _file_page(path: Path, url: str | None) -> tuple[Fetched, tuple[RawPage, ...]]:
    page = saved_page(path, url=url)
    return Fetched(Candidate(page.url, SOURCE, "file", utc_now(), discovered_from=str(path))), (page,)


async def _fetched(
    url: str, rules: SiteRules, connect_to: Mapping[str, tuple[str, int]] | None
) -> tuple[Fetched, tuple[RawPage, ...]]:
    """A page and its further ones, fetched as in a night, by way of an archive that is thrown away."""
    request = FetchRequest(Candidate(url, SOURCE, "file", utc_now()))
    source = Source(name=SOURCE, lists=(url,), allow_private=connect_to is not None)
    client = HttpClient(FetchSettings(contact=settings.contact()), sources=[source], connect_to=connect_to)
    further = partial(next_page_url, rules=rules)
    with tempfile.TemporaryDirectory(prefix="nightdesk-") as folder:
        with WarcWriter(Path(folder) / "pages.warc.gz") as archive:
            async with client as http:
                [item] = await fetch_pages([request], http=http, archive=archive, next_page_url=further)
        pages = tuple(read_page(Path(place.file), place.offset) for place in (item.warc, *item.parts) if place)
    return replace(item, warc=None, parts=()), pages


def _task(item: Fetched, pages: Sequence[RawPage], extract_settings: ExtractSettings, rules: SiteRules) -> PageTask:
    where: RawPage | Location
    if pages:
        where = pages[0]
    else:
        assert item.warc is not None  # a page of an archive without a reason always has its place
        where = Location(Path(item.warc.file), item.warc.offset)
    return PageTask(
        url=item.candidate.url,
        page=where,
        parts=tuple(pages[1:]),
        final_url=item.final_url,
        hints=item.candidate.hints,
        settings=replace(extract_settings, rule=rules.of(item.final_url or item.candidate.url)),
    )


def _rows(found: Sequence[Fetched], outcomes: Iterable[Article | Rejection]) -> pa.Table:
    extracted_at = utc_now()
    answers = iter(outcomes)
    pairs = [
        (item, Rejection(item.candidate.url, item.reason, item.detail or "") if item.reason else next(answers)) for item in found
    ]
    verdicts = _verdicts(pairs, extracted_at)
    origin = {"extracted_at": extracted_at, "extractor": EXTRACTOR}
    rows = [_columns(item, outcome, verdicts.get(index, _NOTHING_BROKEN)) | origin for index, (item, outcome) in enumerate(pairs)]
    return staging.table_of(rows, ROWS)


def _columns(item: Fetched, outcome: Article | Rejection, verdict: dict[str, Any]) -> dict[str, Any]:
    if isinstance(outcome, Rejection):
        values: dict[str, Any] = {"url": item.candidate.url}
        verdict = verdict | {"rejection": str(outcome.reason), "rejection_detail": outcome.detail}
    else:
        values = {field.name: getattr(outcome, field.name) for field in schema.ARTICLE_FIELDS}
    return (
        values
        | verdict
        | {
            "fetched_at": item.fetched_at,
            "warc_file": item.warc.file if item.warc else None,
            "warc_offset": item.warc.offset if item.warc else None,
        }
    )


_NOTHING_BROKEN: dict[str, Any] = {"rejection": None, "rejection_detail": None, "broken_rules": []}


def _verdicts(pairs: Sequence[tuple[Fetched, Article | Rejection]], extracted_at: datetime) -> dict[int, dict[str, Any]]:
    """Index -> what the night's rules would say of the rows that break one: the columns of REJECTION."""
    # Verdicts go by URL, of which an archive may hold several captures: the first of each are judged together, then the second.
    rounds: list[dict[str, int]] = []
    captures: Counter[str] = Counter()
    for index, (_, outcome) in enumerate(pairs):
        if isinstance(outcome, Article):
            if captures[outcome.url] == len(rounds):
                rounds.append({})
            rounds[captures[outcome.url]][outcome.url] = index
            captures[outcome.url] += 1
    return {index: verdict for indexes in rounds for index, verdict in _judged(pairs, indexes, extracted_at)}


def _judged(
    pairs: Sequence[tuple[Fetched, Article | Rejection]], indexes: dict[str, int], extracted_at: datetime
) -> Iterator[tuple[int, dict[str, Any]]]:
    rows = [
        (outcome, {"source": SOURCE, "fetched_at": item.fetched_at or extracted_at, "warc_file": None, "warc_offset": None})
        for item, outcome in (pairs[index] for index in indexes.values())
        if isinstance(outcome, Article)
    ]
    table = staging.articles_to_table(rows, run_id=SOURCE, extracted_at=extracted_at, extractor=EXTRACTOR)
    for row in judge_all(table).to_pylist():
        verdict = {"rejection": row["reason"], "rejection_detail": row["detail"], "broken_rules": row["broken_rules"]}
        yield indexes[row["url"]], verdict


def write_rows(rows: pa.Table, out: Path | None, stdout: TextIO) -> None:
    """To `out` as Parquet or JSON lines by its name, or to stdout as JSON lines."""
    if out is None:
        _write_lines(rows, stdout)
    elif out.suffix == ".parquet":
        with files.replacing(out) as fresh:
            pq.write_table(rows, fresh, compression="zstd")
    else:
        with files.replacing(out) as fresh, fresh.open("w", encoding="utf8") as handle:
            _write_lines(rows, handle)


def _write_lines(rows: pa.Table, handle: TextIO) -> None:
    for row in rows.to_pylist():
        handle.write(json.dumps(row, ensure_ascii=False, default=_plain) + "\n")


def _plain(value: object) -> str:
    if isinstance(value, datetime):
        return value.isoformat()
    raise TypeError(f"{type(value).__name__} is no column type of ours")
