"""Example pages of an alarm: up to three URLs of tonight on which a person sees what it is about.

Belongs here: which pages these are. Does not belong here: the alarm.
"""

from collections.abc import Sequence

import duckdb
import pyarrow as pa

from expectations.alarms import AlarmKind
from expectations.drift import Shift
from expectations.metrics import REFUSALS
from expectations.projection import in_memory
from expectations.signals import Model

EXAMPLES = 3
_LABEL = "split_part(site, '.', 1)"
_REFUSED = ", ".join(f"'{reason}'" for reason in REFUSALS)


def _bare(text: str) -> str:
    """Names as metrics compare them: without case, spaces and signs."""
    return f"lower(regexp_replace({text}, '[^\\p{{L}}\\p{{N}}]', '', 'g'))"


_OUTLET = f"[{_bare('site_name')}, {_bare(_LABEL)}]"
# How well a row shows it: 0 not at all, then the more the better.
_SHOWS = {
    ("null_rate", "published_time"): "published_precision is not distinct from 'day' or published_at is null",
    ("null_rate", "authors"): "coalesce(len(authors), 0) = 0",
    ("null_rate", "tags"): "coalesce(len(tags), 0) = 0",
    ("null_rate", "title"): "nullif(title, '') is null",
    ("null_rate", "body"): "nullif(body, '') is null",
    ("null_rate", "lead"): "nullif(lead, '') is null",
    ("outlet_share", "title"): f"{_bare('title')} in {_OUTLET}",
    ("outlet_share", "authors"): f"list_has_any(list_transform(authors, lambda author: {_bare('author')}), {_OUTLET})",
    ("at_fetch_share", "published_at"): "abs(date_diff('second', published_at, fetched_at)) <= 300",
    ("top_title_share", "title"): "count(*) over (partition by source, title) - 1",
    ("top_title_ending_share", "title"): "count(*) over (partition by source, right(title, 10)) - 1",
    ("top_opening_share", "body"): "count(*) over (partition by source, left(body, 30)) - 1",
    ("top_instant_share", "published_at"): "count(*) over (partition by source, published_at) - 1",
    ("top_author_share", "authors"): "count(*) over (partition by source, authors[1]) - 1",
}


def examples(found: Sequence[Shift], pages: pa.Table, extracted: pa.Table) -> list[tuple[str, ...]]:
    """For each shift its URLs, from the run's ledger (schema PAGES) and rows (EXTRACTED). A shift of all sources shows three."""
    if not found:
        return []
    with in_memory() as con:
        con.register("pages", pages)
        con.register("extracted", extracted)
        return [_urls(con, shift) for shift in found]


def _urls(con: duckdb.DuckDBPyConnection, shift: Shift) -> tuple[str, ...]:
    table, shows = _evidence(shift)
    sources = shift.alike or (shift.source or "",)
    rows = con.execute(
        f"""
        select url from (select url, ({shows})::double as shows from {table} where list_contains($sources, source))
        where shows > 0 order by shows desc, url limit {EXAMPLES}
        """,
        {"sources": list(sources)},
    ).fetchall()
    return tuple(url for (url,) in rows)


def _evidence(shift: Shift) -> tuple[str, str]:
    """The table, and how well a row of it shows the shift."""
    metric, column = shift.metric, shift.signal.column
    if metric == "failure_rate":
        return "pages", f"disposition = 'failed' or reason in ({_REFUSED})"
    if metric == "quarantine_rate":
        return "pages", "disposition = 'quarantined'"
    if shift.signal.model is Model.COUNT:
        # What failed may be the reason; else what came.
        return "pages", "case disposition when 'failed' then 4 when 'stored' then 3 when 'quarantined' then 2 else 1 end"
    if shift.kind is AlarmKind.LANGUAGE:
        return "extracted", f"language = '{metric.removeprefix('language_')}'"
    return "extracted", _SHOWS.get((metric, column or ""), _plain(shift))


def _plain(shift: Shift) -> str:
    metric, column = shift.metric, shift.signal.column
    if metric == "null_rate":
        return f'"{column}" is null'
    if shift.kind is AlarmKind.BODY_LENGTH:
        return "body_length + 1" if shift.tonight > shift.usual and shift.signal.model is Model.LEVEL else "1 / (1 + body_length)"
    if metric == "lag_minutes_p50" or metric == "fetch_day_share":
        earlier = metric == "lag_minutes_p50" and shift.tonight > shift.usual
        age = "date_diff('second', published_at, fetched_at)"
        return f"1 + greatest({age}, 0)" if earlier else f"1 / (1 + abs({age}))"
    return "1"
