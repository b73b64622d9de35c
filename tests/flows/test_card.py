"""`nightdesk extract` as a person sees it: a card a page."""

import io
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from rich.console import Console

from flows.adhoc import ROWS
from flows.card import MOST_CARDS, print_cards, time_text
from flows.commands.extract import command

NOTHING: dict[str, Any] = dict.fromkeys(ROWS.names) | {"broken_rules": []}
ROOF = NOTHING | {
    "url": "https://hall.example/roof?page=all",
    "canonical_url": "https://hall.example/roof",
    "title": "Roof to be [mended]",
    "published_at": datetime(2026, 3, 1, 8, 30, tzinfo=UTC),
    "published_utc_offset": 60,
    "published_precision": "minute",
    "published_from": "meta",
    "modified_at": datetime(2026, 3, 1, 9, tzinfo=UTC),
    "authors": ["Ilse Brandt", "Jonas Kehl"],
    "site_name": "Hall News",
    "language": "en",
    "tags": ["roofs", "storms"],
    "is_free": False,
    "page_count": 2,
    "pages_missing": 1,
    "lead": "It has rained in since autumn.",
    "body": "\n\n".join(("The council voted. " * 10).strip() for _ in range(4)),
    "word_count": 120,
    "related_urls": ["https://hall.example/clock", "https://hall.example/door"],
}
CARD = """\
Roof to be [mended]
https://hall.example/roof?page=all
  canonical  https://hall.example/roof
  published  2026-03-01 09:30+01:00 (to the minute, from meta)
  modified   2026-03-01 10:00+01:00
  authors    Ilse Brandt, Jonas Kehl
  outlet     Hall News
  language   en
  tags       roofs, storms
  access     behind a paywall
  pages      2 joined, 1 not to be had
  lead       It has rained in since autumn.
  body       120 words, 4 paragraphs, 762 characters
             The council voted. The council voted. The council voted. The
             council voted. The council voted. The council voted. The council
             voted. The council voted. The council voted. The council voted.

             The council voted. The council voted. The council voted. The
             council voted. The council voted. The council voted. The council
             voted. The council voted. The council voted. The council voted.

             … 2 more
  related    https://hall.example/clock
             https://hall.example/door
  verdict    ✓ would be stored

"""


def shown(*rows: dict[str, Any], width: int = 80) -> str:
    out = io.StringIO()
    print_cards(rows, Console(file=out, width=width, highlight=False))
    return "".join(f"{line.rstrip()}\n" for line in out.getvalue().splitlines())


def test_a_card_is_a_row_as_a_reader_would_tell_it() -> None:
    assert shown(ROOF) == CARD
    assert max(map(len, shown(ROOF, width=44).splitlines())) <= 44


def test_what_the_rules_say_stands_on_the_card() -> None:
    short = {"rule": "body_long_enough", "column": "body_length", "value": "12"}
    refused = ROOF | {"rejection": "short_body", "rejection_detail": "Not met: ...", "broken_rules": [short]}
    assert (
        "  verdict    ✗ would not be stored: short_body\n"
        "             → body_long_enough: The text has at least 50 characters. Found: 12\n"
    ) in shown(refused, width=100)
    no_page = NOTHING | {"url": "https://hall.example/x", "rejection": "not_found", "rejection_detail": "HTTP 404"}
    assert shown(no_page) == "https://hall.example/x\n  verdict  ✗ would not be stored: not_found: HTTP 404\n\n"


def test_only_the_first_of_many_pages_are_shown() -> None:
    text = shown(*[ROOF] * (MOST_CARDS + 1_000))
    assert text.count("Roof to be") == MOST_CARDS
    assert text.splitlines()[-1] == "and 1,000 more pages; all of them: --out rows.parquet, or --format json"


@pytest.mark.parametrize(
    ("precision", "offset", "text"),
    [
        ("second", 330, "2026-03-01 14:00:00+05:30 (to the second, from meta)"),
        ("minute", None, "2026-03-01 08:30 UTC (to the minute, from meta)"),
        ("day", 60, "2026-03-01 (the day only, from meta)"),
    ],
)
def test_a_time_says_how_exact_it_is(precision: str, offset: int | None, text: str) -> None:
    assert time_text(ROOF | {"published_precision": precision, "published_utc_offset": offset}) == text
    assert time_text(NOTHING) == ""


def test_a_saved_page_can_be_a_card_where_no_terminal_is(tmp_path: Path) -> None:
    page = tmp_path / "page.html"
    page.write_text("<title>Roof</title><h1>Roof to be mended</h1><p>Too short.</p>")
    done = CliRunner().invoke(command, [str(page), "--workers", "1", "--format", "card"])
    assert done.exit_code == 0
    assert "✗ would not be stored: invalid_url" in done.stdout
    assert "a saved page has no address of its own: --url https://... gives it one" in " ".join(done.stdout.split())
