"""Nights of thirty invented outlets, made from the bundled newsroom's stories and a seed: what the drift exam is held on.

Belongs here: how nights vary when nothing is wrong. Does not belong here: what breaks (drift_breakages.py), judging (drift.py).

What varies: 3 to 300 new articles a night, counts that spread by 5 to 15% beside what chance does, fewer at weekends,
growing or shrinking slowly; a holiday for two thirds of the outlets; a breaking story that nearly doubles a night; fields
that are filled in some share of the rows, another one every night; failures of a few per cent; a night in a hundred with network
trouble on which a fifth to three fifths of the pages fail, which is real trouble and so neither right nor wrong to alarm about.
Known pages are looked at again after one, three and seven nights, half of them to be told that nothing changed.
"""

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import numpy as np
import pyarrow as pa

from expectations.metrics import run_metrics
from expectations.verdicts import assess
from sources.newsroom.content import load_newsroom
from sources.newsroom.pages import story_html
from transforms.extract import extract_article
from transforms.records import REASON_DISPOSITION, Article, RawPage, Reason
from warehouse.schema import EXTRACTED, PAGES

FIRST_DAY = date(2026, 1, 5)  # a Monday
HOUR = timedelta(hours=1)
_LANGUAGES = ("id", "en", "de")
_REVISITED = {1: 0.5, 3: 0.5, 7: 0.5}  # nights ago -> share that came whole and not as 304
_OPTIONAL = ("lead", "tags", "section", "image_url", "site_name", "modified_at", "dateline", "is_free")

Columns = dict[str, np.ndarray[Any, np.dtype[Any]]]


@dataclass(frozen=True)
class Break:
    """What happens to one outlet's night. `rows` changes the hit rows; shares are 0 to 1."""

    rows: Callable[[Columns, np.ndarray[Any, np.dtype[np.bool_]], "Outlet"], None] | None = None
    share: float = 0.0  # of the fetched pages that it hits
    new_kept: float = 1.0  # of new articles, that discovery still finds
    known_kept: float = 1.0  # of known candidates
    failing: float = 0.0  # of the pages asked for


NOTHING = Break()


@dataclass(frozen=True)
class Outlet:
    """One source's habits."""

    name: str
    volume: float
    weekend: float
    spread: float
    growth: float
    language: str
    other_language: float
    filled: Mapping[str, float]  # logit of the share of rows in which a field is filled
    unrest: float  # standard deviation of that logit from night to night
    outlet_author: float
    wire: float  # share of articles signed by the agency
    closing: float  # share of bodies that end with the same paragraph
    day_only: float
    failure: float
    short: float
    sitemap: bool
    bodies: tuple[str, ...]
    titles: tuple[str, ...]
    staff: tuple[str, ...]

    @property
    def site_name(self) -> str:
        return self.name.replace("-", " ").title()


@dataclass
class SourceNight:
    """What one outlet's night holds before anything breaks."""

    new: Columns
    again: Columns
    known: int  # candidates that are not asked for
    unchanged: int  # 304
    trouble: float = 0.0


@dataclass
class Simulation:
    """Nights in order, from one seed."""

    seed: int
    outlets: int = 30
    nights: int = 60
    unrest: float = 1.0  # times as much spread of counts
    rng: np.random.Generator = field(init=False)
    sources: tuple[Outlet, ...] = field(init=False)
    plans: list[dict[str, SourceNight]] = field(init=False)

    def __post_init__(self) -> None:
        self.rng = np.random.default_rng(self.seed)
        texts = _texts()
        volumes = np.exp(np.linspace(np.log(3), np.log(300), self.outlets))
        self.sources = tuple(_outlet(self.rng, number, volume, texts, self.unrest) for number, volume in enumerate(volumes))
        holidays = {
            int(night): set(self.rng.choice(self.outlets, self.outlets * 2 // 3, replace=False))
            for night in self.rng.choice(self.nights, 2, replace=False)
        }
        self.plans = []
        serials = dict.fromkeys((source.name for source in self.sources), 0)
        for night in range(self.nights):
            plan = {}
            for number, source in enumerate(self.sources):
                slow = 0.6 if number in holidays.get(night, ()) else 1.0
                plan[source.name] = self._plan(source, night, slow, serials)
            self.plans.append(plan)

    def day(self, night: int) -> date:
        return FIRST_DAY + timedelta(days=night)

    def run_id(self, night: int) -> str:
        return f"{self.day(night):%Y%m%d}T200000Z-{night:06x}"

    def run_row(self, night: int) -> dict[str, Any]:
        """The night's row of table runs."""
        at = datetime.combine(self.day(night), time(20), UTC)
        counts = dict.fromkeys(("candidates", "stored", "unchanged", "duplicate", "quarantined", "failed", "skipped"), 0)
        return counts | {
            "run_id": self.run_id(night), "kind": "night", "day": self.day(night).isoformat(), "started_at": at,
            "finished_at": at + HOUR, "resumed": 0, "bytes": 0, "gate": "passed", "nightdesk_version": "0",
        }  # fmt: skip

    def _plan(self, source: Outlet, night: int, slow: float, serials: dict[str, int]) -> SourceNight:
        rng, weekday = self.rng, self.day(night).weekday()
        mean = source.volume * (1 + source.growth) ** night * (source.weekend if weekday >= 5 else 1.0) * slow
        if rng.random() < 0.005:
            mean *= 1.8
        count = int(rng.negative_binomial(1 / source.spread, 1 / (1 + source.spread * mean)))
        first = serials[source.name]
        serials[source.name] += count
        new = _articles(rng, source, np.arange(first, first + count), self.day(night), weekday >= 5)
        again, unchanged = [], 0
        for ago, whole in _REVISITED.items():
            if night >= ago:
                earlier = self.plans[night - ago][source.name].new
                keep = rng.random(len(earlier["url"])) < whole
                unchanged += int((~keep).sum())
                again.append(_taken(earlier, keep))
        # A sitemap of two days, or feeds and sections that always list as many.
        fetched = count + sum(len(part["url"]) for part in again) + unchanged
        yesterday = len(self.plans[night - 1][source.name].new["url"]) if night else 0
        known = max(0, yesterday if source.sitemap else max(30, int(4.5 * source.volume)) - fetched)
        trouble = float(rng.uniform(0.2, 0.6)) if rng.random() < 0.01 else 0.0
        return SourceNight(new, _joined([*again, _taken(new, np.zeros(count, bool))]), known, unchanged, trouble)

    def tables(self, night: int, breaks: Mapping[str, Break] | None = None) -> tuple[pa.Table, pa.Table, pa.Table]:
        """PAGES, EXTRACTED and METRICS of a night, with `breaks` by source."""
        rng = np.random.default_rng((self.seed, night))
        run_id, fetched_at = self.run_id(night), datetime.combine(self.day(night), time(20), UTC)
        parts, ledger = [], []
        for source in self.sources:
            rows, pages = _materialised(
                rng, source, self.plans[night][source.name], (breaks or {}).get(source.name, NOTHING), fetched_at
            )
            parts.append(rows)
            ledger += pages
        columns = _joined(parts)
        extracted = pa.table(
            {f.name: _array(columns.get(f.name), f, len(columns["url"]), run_id) for f in EXTRACTED}, schema=EXTRACTED
        )
        verdicts = assess(extracted, run_id)
        refused = dict(zip(verdicts.refused["url"].to_pylist(), verdicts.refused["reason"].to_pylist(), strict=True))
        pages = pa.Table.from_pylist([_page(item, refused, run_id, fetched_at) for item in ledger], schema=PAGES)
        names = [source.name for source in self.sources]
        return pages, extracted, run_metrics(pages, extracted, verdicts.checks, run_id, sources=names)


def _texts() -> dict[str, list[Article]]:
    """The bundled newsroom's stories as today's code extracts them, by language."""
    found: dict[str, list[Article]] = {language: [] for language in _LANGUAGES}
    for story in load_newsroom().stories:
        page = RawPage(story.url, story_html(story), content_type=f"text/html; charset={story.charset}")
        article = extract_article(page)
        if isinstance(article, Article) and article.title and article.body and story.outlet.language in found:
            found[story.outlet.language].append(article)
    return found


def _outlet(rng: np.random.Generator, number: int, volume: float, texts: Mapping[str, list[Article]], unrest: float) -> Outlet:
    language = _LANGUAGES[number % 3]
    paragraphs = [p for article in texts[language] for p in (article.body or "").split("\n\n")]
    count = int(max(60, volume * 9))
    length = rng.uniform(1.8, 2.8)
    bodies = tuple(
        "\n\n".join(_shuffled(rng, paragraphs[rng.integers(len(paragraphs))]) for _ in range(1 + int(rng.lognormal(length, 0.5))))
        for _ in range(count)
    )
    titles = tuple(_shuffled(rng, texts[language][rng.integers(len(texts[language]))].title or "") for _ in range(count))
    rate = {name: float(rng.choice((-4.0, rng.normal(0, 1.5), 4.0))) for name in _OPTIONAL}
    return Outlet(
        name=f"outlet-{number:02d}",
        volume=float(volume),
        weekend=float(rng.uniform(0.45, 0.95)),
        spread=float(rng.uniform(0.05, 0.15) * unrest) ** 2,
        growth=float(rng.uniform(-0.003, 0.005)),
        language=language,
        other_language=float(rng.choice((0.0, 0.0, 0.02, 0.3))),
        filled=rate | {"authors": float(rng.choice((0.5, 1.5, 3.0, 5.0))), "published_at": 5.0},
        unrest=float(rng.uniform(0.1, 0.4)),
        outlet_author=float(rng.choice((0.0, 0.0, 0.1, 0.3))),
        wire=float(rng.choice((0.0, 0.2, 0.45))),
        closing=float(rng.choice((0.0, 0.0, 0.0, 0.6, 0.95))),
        day_only=float(rng.choice((0.0, 0.0, 0.02, 1.0))),
        failure=float(rng.uniform(0.002, 0.04)),
        short=float(rng.uniform(0.0, 0.015)),
        sitemap=bool(rng.random() < 0.35),
        bodies=bodies,
        titles=titles,
        staff=tuple(f"Reporter {chr(65 + i)}{chr(97 + number % 26)}" for i in range(max(3, min(26, int(volume / 3))))),
    )


def _shuffled(rng: np.random.Generator, text: str) -> str:
    words = text.split()
    rng.shuffle(words)
    return " ".join(words)


def _articles(rng: np.random.Generator, source: Outlet, serials: np.ndarray[Any, Any], day: date, weekend: bool) -> Columns:
    count = len(serials)
    urls = [f"https://{source.name}.example/{day:%Y/%m}/{serial}" for serial in serials]
    rates = {
        name: logit + rng.normal(0, source.unrest) + (0.4 if weekend and name in ("authors", "tags") else 0.0)
        for name, logit in source.filled.items()
    }
    filled = {name: rng.random(count) < 1 / (1 + np.exp(-logit)) for name, logit in rates.items()}
    bodies = [source.bodies[serial % len(source.bodies)] for serial in serials]
    closing = f"{source.site_name} reports on the region from its own newsroom every day."
    wire = np.clip(source.wire + rng.normal(0, 0.05), 0, 1)
    staff = [source.staff[i] for i in np.minimum(rng.geometric(0.15, count) - 1, len(source.staff) - 1)]
    chosen, ends, short = rng.random(count), rng.random(count) < source.closing, rng.random(count) < source.short
    authors = [
        ([source.site_name] if c < source.outlet_author else ["Agency Desk"] if c < source.outlet_author + wire else [name])
        if f
        else []
        for c, name, f in zip(chosen, staff, filled["authors"], strict=True)
    ]
    texts = ["Photo only." if s else f"{b}\n\n{closing}" if e else b for b, e, s in zip(bodies, ends, short, strict=True)]
    at = datetime.combine(day, time(20), UTC)
    lag = rng.uniform(6, 24 * 60, count)
    day_only = rng.random(count) < source.day_only
    published = [
        None if not f else datetime.combine(at.date(), time(), UTC) if d else at - timedelta(minutes=float(m))
        for f, d, m in zip(filled["published_at"], day_only, lag, strict=True)
    ]
    other = _LANGUAGES[(_LANGUAGES.index(source.language) + 1) % 3]

    def optional(name: str, value: object) -> np.ndarray[Any, Any]:
        return _objects([value if f else None for f in filled[name]])

    return {
        "url": _objects(urls),
        "title": _objects([source.titles[serial % len(source.titles)] for serial in serials]),
        "body": _objects(texts),
        "authors": _objects(authors),
        "published_at": _objects(published),
        "published_precision": _objects(["day" if d else "minute" for d in day_only]),
        "language": _objects([other if r < source.other_language else source.language for r in rng.random(count)]),
        "site_name": optional("site_name", source.site_name),
        "lead": optional("lead", "A standfirst of the day."),
        "tags": optional("tags", ["harbour"]),
        "section": optional("section", "Region"),
        "image_url": optional("image_url", f"https://{source.name}.example/a.jpg"),
        "modified_at": optional("modified_at", at),
        "dateline": optional("dateline", "HARBOUR"),
        "is_free": optional("is_free", True),
        "source": _objects([source.name] * count),
    }


def _materialised(
    rng: np.random.Generator, source: Outlet, plan: SourceNight, broken: Break, at: datetime
) -> tuple[Columns, list[tuple[str, str, Reason]]]:
    """The extracted rows of one outlet, and (url, source, reason) of every candidate; accepted rows may yet be refused."""
    new = _taken(plan.new, rng.random(len(plan.new["url"])) < broken.new_kept)
    rows = _joined([new, _taken(plan.again, rng.random(len(plan.again["url"])) < broken.known_kept)])
    if broken.new_kept == 0 and broken.known_kept == 0:
        nothing = _taken(rows, np.zeros(len(rows["url"]), bool)) | {"fetched_at": _objects([])}
        return nothing, [(f"https://{source.name}.example/feed", source.name, Reason.UNREADABLE_FEED)]
    count, fresh = len(rows["url"]), len(new["url"])
    chance = rng.random(count)
    fails = chance < max(source.failure * rng.uniform(0.3, 2), plan.trouble, broken.failing)
    why = Reason.HTTP_CLIENT_ERROR if broken.failing else Reason.FETCH_TIMEOUT
    reasons = [why if f else Reason.NEW_ARTICLE if i < fresh else Reason.SAME_CONTENT for i, f in enumerate(fails)]
    ledger = [(url, source.name, reason) for url, reason in zip(rows["url"], reasons, strict=True)]
    ledger += [(f"{source.name}/known/{i}", source.name, Reason.NOT_DUE) for i in range(int(plan.known * broken.known_kept))]
    ledger += [
        (f"{source.name}/304/{i}", source.name, Reason.NOT_MODIFIED) for i in range(int(plan.unchanged * broken.known_kept))
    ]
    rows = _taken(rows, ~fails)
    rows["fetched_at"] = _objects([at + timedelta(seconds=2 * i) for i in range(len(rows["url"]))])
    if broken.rows is not None:
        broken.rows(rows, rng.random(len(rows["url"])) < broken.share, source)
    return rows, ledger


def _page(item: tuple[str, str, Reason], refused: Mapping[str, str], run_id: str, at: datetime) -> dict[str, Any]:
    url, source, reason = item
    if reason in (Reason.NEW_ARTICLE, Reason.SAME_CONTENT) and url in refused:
        reason = Reason(refused[url])
    return {
        "run_id": run_id, "url": url, "source": source, "discovered_via": "feed", "discovered_at": at,
        "disposition": REASON_DISPOSITION[reason], "reason": reason,
    }  # fmt: skip


def _array(values: Any, f: "pa.Field[Any]", count: int, run_id: str) -> pa.Array:
    """A column of EXTRACTED; what the simulation leaves alone is the same in every row."""
    if values is not None:
        return pa.array(list(values), f.type)
    return pa.array([_CONSTANT.get(f.name, run_id if f.name == "run_id" else None)] * count, f.type)


_CONSTANT: dict[str, Any] = {
    "published_utc_offset": 0, "published_from": "json-ld", "page_count": 1, "pages_missing": 0, "extractor": "benchmark",
    "extracted_at": datetime(2026, 1, 1, tzinfo=UTC), "warc_file": "1.warc.gz", "warc_offset": 0,
}  # fmt: skip


def _objects(values: list[Any]) -> np.ndarray[Any, np.dtype[Any]]:
    array = np.empty(len(values), dtype=object)
    array[:] = values
    return array


def _taken(columns: Columns, keep: np.ndarray[Any, np.dtype[np.bool_]]) -> Columns:
    return {name: values[keep] for name, values in columns.items()}


def _joined(parts: list[Columns]) -> Columns:
    """Columns one after the other, with what follows from the others made anew."""
    joined = {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}
    urls = joined["url"]
    joined["article_id"] = _objects([hashlib.md5(url.encode(), usedforsecurity=False).hexdigest() for url in urls])
    joined["canonical_url"] = urls
    joined["site"] = _objects([f"{name}.example" for name in joined["source"]])
    joined["body_length"] = _objects([len(body or "") for body in joined["body"]])
    joined["word_count"] = _objects([len((body or "").split()) for body in joined["body"]])
    joined["content_hash"] = joined["article_id"]
    return joined
