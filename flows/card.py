"""A row as a card for people: what was read, and what the rules say of it.

Belongs here: layout and words. Does not belong here: how a field came about (explaining.py), tables of sources (sitetables.py).
"""

import sys
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta, timezone
from itertools import accumulate
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from expectations.ownrules import rule_by_name

Row = dict[str, Any]

# More of them are a page of a book: --out has all.
MOST_CARDS = 20
# Of a body so much is shown, in whole paragraphs: a third of a screen.
_SHOWN_CHARACTERS = 500
_PRECISIONS = {"second": "to the second", "minute": "to the minute", "day": "the day only"}


def print_cards(rows: Sequence[Row], console: Console | None = None) -> None:
    """The first MOST_CARDS rows (columns of adhoc.ROWS), one below the other."""
    console = console or Console(file=sys.stdout, highlight=False)
    for row in rows[:MOST_CARDS]:
        _print_card(row, console)
    if len(rows) > MOST_CARDS:
        console.print(f"and {len(rows) - MOST_CARDS:,} more pages; all of them: --out rows.parquet, or --format json")


def _print_card(row: Row, console: Console) -> None:
    if row["title"]:
        console.print(f"[bold]{escape(row['title'])}[/]")
    console.print(f"[dim]{escape(row['url'])}[/]")
    table = Table(box=None, padding=(0, 2, 0, 0), show_header=False)
    table.add_column(style="dim", no_wrap=True)
    table.add_column(overflow="fold")
    if row["title"] or row["body"]:
        for name, value in _fields(row):
            table.add_row(f"  {name}", escape(value))
    table.add_row("  verdict", "\n".join(_verdicts(row)))
    console.print(table)
    console.print()


def _fields(row: Row) -> Iterator[tuple[str, str]]:
    if row["canonical_url"] not in (None, row["url"]):
        yield "canonical", row["canonical_url"]
    yield "published", time_text(row) or "not found"
    if row["modified_at"]:
        yield "modified", _local(row["modified_at"], row["published_utc_offset"])
    yield "authors", ", ".join(row["authors"] or ()) or "none found"
    for name, column in (("outlet", "site_name"), ("section", "section"), ("dateline", "dateline"), ("language", "language")):
        if row[column]:
            yield name, row[column]
    if row["tags"]:
        yield "tags", ", ".join(row["tags"])
    if row["is_free"] is not None:
        yield "access", "free to read" if row["is_free"] else "behind a paywall"
    if row["page_count"] and (row["page_count"] > 1 or row["pages_missing"]):
        yield "pages", f"{row['page_count']} joined" + (f", {row['pages_missing']} not to be had" if row["pages_missing"] else "")
    if row["lead"]:
        yield "lead", row["lead"]
    yield "body", _body(row)
    if row["related_urls"]:
        yield "related", "\n".join(row["related_urls"])
    if row["image_url"]:
        yield "image", row["image_url"]


def _body(row: Row) -> str:
    if not row["body"]:
        return "none found"
    paragraphs = row["body"].split("\n\n")
    count = f"{len(paragraphs)} paragraph{'' if len(paragraphs) == 1 else 's'}"
    shown = 1 + sum(end <= _SHOWN_CHARACTERS for end in list(accumulate(map(len, paragraphs)))[1:])
    rest = f"\n\n… {len(paragraphs) - shown} more" if shown < len(paragraphs) else ""
    first = "\n\n".join(paragraph[: 2 * _SHOWN_CHARACTERS] for paragraph in paragraphs[:shown])
    return f"{row['word_count']:,} words, {count}, {len(row['body']):,} characters\n{first}{rest}"


def _verdicts(row: Row) -> Iterator[str]:
    """What a night would do with the row, and each rule that it breaks."""
    broken = row["broken_rules"] or []
    if row["rejection"] is None:
        yield "[green]✓ would be stored[/]"
    else:
        yield f"[red]✗ would not be stored: {escape(row['rejection'])}[/]" + (
            "" if broken else f": {escape(row['rejection_detail'] or '')}"
        )
    if row["url"].startswith("file:"):
        yield "[yellow]→[/] a saved page has no address of its own: --url https://... gives it one"
        broken = [rule for rule in broken if rule["column"] not in ("url", "canonical_url")]
    yield from (f"[yellow]→[/] {escape(broken_text(rule))}" for rule in broken)


def broken_text(broken: dict[str, str | None]) -> str:
    """A broken rule in words: its name, what must hold, and what was found instead."""
    found = f" Found: {broken['value']}" if broken["value"] else ""
    rule = rule_by_name().get(str(broken["rule"]))
    return f"{broken['rule']}: {rule.meaning if rule else 'not met.'}{found}"


def time_text(row: Row) -> str:
    """When it was published: by the publisher's clock, with precision and origin. Empty if that is not known."""
    moment: datetime | None = row["published_at"]
    if moment is None:
        return ""
    precision = row["published_precision"]
    told = f"{moment:%Y-%m-%d}" if precision == "day" else _local(moment, row["published_utc_offset"], precision)
    notes = [_PRECISIONS.get(precision, ""), f"from {row['published_from']}" if row["published_from"] else ""]
    return f"{told} ({', '.join(filter(None, notes))})"


def _local(moment: datetime, offset_minutes: int | None, precision: str = "minute") -> str:
    spec = "seconds" if precision == "second" else "minutes"
    if offset_minutes is None:
        return f"{moment.replace(tzinfo=None).isoformat(' ', spec)} UTC"
    return moment.astimezone(timezone(timedelta(minutes=offset_minutes))).isoformat(" ", spec)
