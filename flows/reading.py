"""Archived pages of a batch as tables of rows: what the run's own process and workers elsewhere do alike.

Belongs here: from rows of FETCHED to rows of EXTRACTED, REFUSED and CHECKS. Does not belong here: the pool (extraction.py), where
tables are staged (stages.py, shares.py), Prefect: workers elsewhere import this without it.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

import pyarrow as pa
import pyarrow.compute as pc

from expectations.sitechecks import RuleUse, site_checks
from flows import staging
from flows.extraction import Extractor, Location, PageTask
from sources.config import Source
from transforms.extract import EXTRACTOR, ExtractSettings
from transforms.records import Article, Rejection, WarcPointer
from transforms.siterules import SiteRules
from warehouse import schema
from warehouse.paths import DataDir


@dataclass(frozen=True, slots=True)
class Manner:
    """How pages are read: what is said of each source's, the sites' own rules, processes (None: one a processor)."""

    settings: Mapping[str, ExtractSettings]
    rules: SiteRules
    workers: int | None = None


def manner_of(sources: Iterable[Source], rules: SiteRules, *, max_page_bytes: int, workers: int | None) -> Manner:
    """How the pages of `sources` are read."""
    settings = {
        source.name: ExtractSettings(timezone=source.timezone, languages=source.languages, max_bytes=max_page_bytes)
        for source in sources
    }
    return Manner(settings, rules, workers)


@dataclass(frozen=True, slots=True)
class Extracted:
    """What became of pages: rows (EXTRACTED), those that gave none (REFUSED), how the sites' own rules fared (CHECKS)."""

    rows: pa.Table
    rejected: pa.Table
    site_checks: pa.Table


def pages_of(fetched: pa.Table) -> pa.Table:
    """Those rows of FETCHED that have a page to read."""
    return fetched.filter(pc.is_null(fetched["reason"]))


def read_pages(
    data: DataDir, run_id: str, pages: pa.Table, manner: Manner, *, now: datetime, on_page: Callable[[], None] = lambda: None
) -> Extracted:
    """Every page of `pages` (FETCHED) ends in `rows` or in `rejected`. `now`: their extracted_at."""
    by_url = {row["url"]: row for row in pages.to_pylist()}
    articles: list[tuple[Article, dict[str, object]]] = []
    rejections: list[Rejection] = []
    uses: list[RuleUse] = []
    if by_url:  # a night with nothing new does not pay for worker processes
        with Extractor(manner.workers) as extractor:
            for task, outcome in extractor.extract(_page_task(data, row, manner) for row in by_url.values()):
                if isinstance(outcome, Rejection):
                    rejections.append(outcome)
                else:
                    articles.append((outcome, by_url[task.url]))
                on_page()
            uses = [_rule_use(task, missed, by_url) for task, missed in extractor.ruled]
    return Extracted(
        staging.articles_to_table(articles, run_id=run_id, extracted_at=now, extractor=EXTRACTOR),
        staging.rejections_to_table(rejections),
        site_checks(uses, run_id),
    )


def joined(read: Iterable[Extracted]) -> Extracted:
    """What became of several lots of pages, in their order."""
    lots = list(read)
    return Extracted(
        pa.concat_tables([schema.EXTRACTED.empty_table(), *(lot.rows for lot in lots)]),
        pa.concat_tables([schema.REFUSED.empty_table(), *(lot.rejected for lot in lots)]),
        pa.concat_tables([schema.CHECKS.empty_table(), *(lot.site_checks for lot in lots)]),
    )


def _rule_use(task: PageTask, missed: Sequence[str], pages: Mapping[str, dict[str, object]]) -> RuleUse:
    assert task.settings.rule is not None  # the pool lists no other
    return RuleUse(str(pages[task.url]["source"]), task.settings.rule, tuple(missed))


def _page_task(data: DataDir, row: dict[str, object], manner: Manner) -> PageTask:
    parts = tuple(_location(data, WarcPointer(part["file"], part["offset"])) for part in row["parts"] or ())  # type: ignore[attr-defined]
    settings = manner.settings.get(str(row["source"]), ExtractSettings())
    return PageTask(
        url=str(row["url"]),
        page=_location(data, WarcPointer(str(row["warc_file"]), int(str(row["warc_offset"])))),
        parts=parts,
        final_url=row["final_url"],  # type: ignore[arg-type]
        hints=staging.hints_of(row),
        settings=replace(settings, rule=manner.rules.of(str(row["final_url"] or row["url"]))),
    )


def _location(data: DataDir, pointer: WarcPointer) -> Location:
    return Location(data.raw_page(pointer.file), pointer.offset)
