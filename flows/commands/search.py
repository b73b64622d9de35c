"""`nightdesk search`: articles that have these words. Loads DuckDB, the search index and nothing heavier."""

import json
import textwrap
from datetime import datetime
from typing import Any

import click

from flows import settings
from flows.commands.options import data_option

_INDENT = "    "
_DAY = click.DateTime(["%Y-%m-%d"])


# Unknown options are words to leave out: "-hujan" must not be -h.
@click.command("search", context_settings={"ignore_unknown_options": True, "help_option_names": ["--help"]})
@click.argument("words", nargs=-1, required=True, type=click.UNPROCESSED)
@click.option("--limit", type=click.IntRange(1, 1000), default=20, show_default=True, help="How many articles at most.")
@click.option("--site", help="Only of this site: kompas.com.")
@click.option("--source", help="Only of this source, by its name in sources.toml.")
@click.option("--language", help="Only in this language, as ISO 639-1: id.")
@click.option("--since", type=_DAY, help="Published on this day or later (UTC).")
@click.option("--until", type=_DAY, help="Published on this day or earlier (UTC).")
@click.option("--format", "format_", type=click.Choice(["text", "json"]), default="text", show_default=True)
@data_option
def command(
    words: tuple[str, ...],
    limit: int,
    site: str | None,
    source: str | None,
    language: str | None,
    since: datetime | None,
    until: datetime | None,
    format_: str,
    data: settings.Place,
) -> None:
    """Articles that have all these words in title, lead or body, best first.

    Letter case and diacritics do not matter; longer words that begin with one of these, and its other forms in Indonesian,
    English or German, come after the word itself. "Words in quotes" are looked for side by side; -word leaves articles out that
    have it. In SQL: nightdesk sql "select title, rank from search('banjir jakarta') join articles using (article_id) order by
    rank"
    """
    from warehouse.query import connect
    from warehouse.search import Filters, excerpt, search
    from warehouse.searching import ready_index, views_position

    text, folder = " ".join(words), settings.warehouse(data)
    days = {name: day.date() if day else None for name, day in (("since", since), ("until", until))}
    with connect(folder) as warehouse:
        index = ready_index(folder, views_position(warehouse))
        hits = search(index, text, limit=limit, filters=Filters(site=site, source=source, language=language, **days))
        rows = _rows(warehouse, [hit.article_id for hit in hits])
    found = [rows[hit.article_id] | {"score": round(hit.score, 3)} for hit in hits if hit.article_id in rows]
    excerpts = [excerpt(index, text, row.pop("body") or "") for row in found]
    if format_ == "json":
        lines = [row | {"excerpt": " ".join(part.split())} for row, (part, _) in zip(found, excerpts, strict=True)]
        click.echo(json.dumps(lines, ensure_ascii=False, indent=1))
        return
    for rank, (row, (part, places)) in enumerate(zip(found, excerpts, strict=True), start=1):
        _print(rank, row, _marked(part, places))
    if not found:
        click.echo("No article has all of these words.", err=True)


def _rows(warehouse: Any, article_ids: list[str]) -> dict[str, dict[str, Any]]:
    """What is shown of each article, by its id."""
    sql = """
        select article_id, title, source, site, url, body, strftime(published_at at time zone 'UTC', '%Y-%m-%dT%H:%M:%SZ'),
            left(strftime((published_at at time zone 'UTC') + to_minutes(coalesce(published_utc_offset, 0)), '%Y-%m-%d %H:%M'),
                if(published_precision = 'day', 10, 16))
        from articles where article_id in (select unnest(?::varchar[]))"""
    names = ("article_id", "title", "source", "site", "url", "body", "published_at", "published_local")
    return {row[0]: dict(zip(names, row, strict=True)) for row in warehouse.execute(sql, [article_ids]).fetchall()}


def _print(rank: int, row: dict[str, Any], part: str) -> None:
    """Headline, where and when, address, and the place in the body where the words are."""
    click.echo(f"{rank:3} {click.style(row['title'] or row['url'], bold=True)}")
    click.echo(_INDENT + click.style(f"{row['source']}  {row['published_local'] or 'no date'}  {row['url']}", dim=True))
    if part:
        click.echo(textwrap.indent(textwrap.fill(part, 100), _INDENT))


def _marked(text: str, places: list[tuple[int, int]]) -> str:
    parts, last = [], 0
    for start, end in places:
        parts += [text[last:start], click.style(text[start:end], bold=True)]
        last = end
    return " ".join("".join([*parts, text[last:]]).split())
