"""Golden pages: a hand-made page for each way in which extraction can fail, and the row that a reader would make of it.

Belongs here: reading pages.toml and the expected files, and writing a row as JSON. Does not belong here: judging (the test), and
pages of the bundled newsroom, whose truth is derived from their stories (sources/newsroom/truth.py).
"""

import json
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from datetime import datetime
from pathlib import Path
from typing import Any

from transforms.extract import ExtractSettings, extract_article
from transforms.fingerprint import article_id, content_hash, minhash_bands
from transforms.records import Article, Hints, RawPage, Rejection
from transforms.words import count_words

HERE = Path(__file__).parent
PAGES, EXPECTED = HERE / "pages", HERE / "expected"

# Functions of the other fields, each with tests of its own: a person cannot check them by reading, so no file holds them.
DERIVED = ("article_id", "word_count", "body_length", "content_hash", "minhash")

_REQUIRED = {"shows", "url", "content_type", "fetched_at"}
_OPTIONAL = {"final_url", "parts", "timezone", "languages", "hints", "known_miss"}


@dataclass(frozen=True, slots=True)
class GoldenPage:
    """One entry of pages.toml with the bytes of its pages."""

    name: str
    shows: str  # what the page is there for, in a sentence
    raw: RawPage
    parts: tuple[RawPage, ...] = ()
    settings: ExtractSettings = ExtractSettings()
    known_miss: Mapping[str, str] = field(default_factory=dict)  # field of the row -> why the code does not get it right yet

    @property
    def expected_file(self) -> Path:
        return EXPECTED / f"{self.name}.json"

    def extract(self) -> Article | Rejection:
        return extract_article(self.raw, self.parts, settings=self.settings)


def load_pages() -> list[GoldenPage]:
    """Every golden page, in the order of pages.toml. An entry with a key too many or too few is an error."""
    entries = tomllib.loads((HERE / "pages.toml").read_text(encoding="utf-8"))
    return [_page(name, entry) for name, entry in entries.items()]


def _page(name: str, entry: dict[str, Any]) -> GoldenPage:
    if wrong := (_REQUIRED - set(entry)) | (set(entry) - _REQUIRED - _OPTIONAL):
        raise ValueError(f"pages.toml [{name}]: missing or unknown: {', '.join(sorted(wrong))}")
    raw = RawPage(
        entry["url"],
        (PAGES / f"{name}.html").read_bytes(),
        final_url=entry.get("final_url"),
        content_type=entry["content_type"] or None,
        fetched_at=entry["fetched_at"],
        hints=Hints(**entry.get("hints", {})),
    )
    parts = tuple(
        RawPage(part["url"], (PAGES / part["file"]).read_bytes(), content_type=raw.content_type, fetched_at=raw.fetched_at)
        for part in entry.get("parts", ())
    )
    settings = ExtractSettings(timezone=entry.get("timezone"), languages=tuple(entry.get("languages", ())))
    known_miss = entry.get("known_miss", {})
    if wrong := set(known_miss) - {column.name for column in fields(Article)} | set(known_miss) & set(DERIVED):
        raise ValueError(f"pages.toml [{name}.known_miss]: no field of an expected row: {', '.join(sorted(wrong))}")
    return GoldenPage(name, entry["shows"], raw, parts, settings, known_miss)


def as_json(outcome: Article | Rejection) -> dict[str, Any]:
    """What an expected file holds: fields that are not empty, and not DERIVED; the body as the list of its paragraphs."""
    if isinstance(outcome, Rejection):
        return {"rejection": {"url": outcome.url, "reason": str(outcome.reason), "detail": outcome.detail}}
    row: dict[str, Any] = {}
    for name, default in ((column.name, column.default) for column in fields(Article) if column.name not in DERIVED):
        value = getattr(outcome, name)
        if value == default:  # nothing there; one page, none missing
            continue
        if isinstance(value, datetime):
            row[name] = value.isoformat().replace("+00:00", "Z")
        else:
            row[name] = list(value) if isinstance(value, tuple) else value
    if outcome.body:
        row["body"] = outcome.body.split("\n\n")
    return row


def derived(outcome: Article) -> dict[str, Any]:
    """The DERIVED fields as they must follow from the others."""
    return {
        "article_id": article_id(outcome.canonical_url),
        "word_count": count_words(outcome.body),
        "body_length": len(outcome.body or ""),
        "content_hash": content_hash(outcome.title, outcome.body),
        "minhash": minhash_bands(outcome.body),
    }


def read_expected(page: GoldenPage) -> dict[str, Any]:
    """The expected row of a page. A file with an empty value is refused: it would assert nothing."""
    if not page.expected_file.exists():
        raise ValueError(f"{page.expected_file.name} is missing: write by hand the row that a reader would make of the page")
    expected: dict[str, Any] = json.loads(page.expected_file.read_text(encoding="utf-8"))
    empty = [name for name, value in expected.items() if value is None or value in ("", [], {})]
    unknown = set(expected) - {column.name for column in fields(Article)} - {"rejection"} | (set(expected) & set(DERIVED))
    if empty or unknown or not expected:
        wrong = ", ".join([*empty, *sorted(unknown)]) or "no field at all"
        raise ValueError(f"{page.expected_file.name}: empty, unknown or derived: {wrong}; leave a field out that must be empty")
    return expected


def as_text(row: Mapping[str, Any]) -> str:
    return json.dumps(row, ensure_ascii=False, indent=1, sort_keys=True) + "\n"
