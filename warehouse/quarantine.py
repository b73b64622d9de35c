"""Refused pages: finding them, and writing down what became of them.

Belongs here: choosing rows of the quarantine, rulings on them. Does not belong here: extracting, judging and storing what is
replayed or released (flows), and the states that a row may be in (views/quarantine.sql).
"""

import re
import tempfile
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa

from transforms.errors import InputError
from transforms.records import Disposition, Reason
from warehouse import catalog, scan
from warehouse.lake import Lake
from warehouse.quoting import literal
from warehouse.schema import EXTRACTED, QUARANTINE, RULINGS

STATES = ("open", "replayed", "released", "superseded")
# What a person is shown of an id, and may copy: among a million rows two share these in one case of three.
ID_DIGITS = 10
_FEWEST_DIGITS = 4
_ID = re.compile(rf"[0-9a-f]{{{_FEWEST_DIGITS},16}}")
_READ = tuple(catalog.VIEW_OF_TABLE.get(name, name) for name in ("quarantine", "rulings", "pages"))


@dataclass(frozen=True, slots=True)
class Selection:
    """Which rows of the quarantine are meant: all that fit everything that is given. `ids`: whole ids."""

    ids: tuple[str, ...] = ()
    reason: str | None = None
    source: str | None = None
    run: str | None = None
    site: str | None = None

    def condition(self, states: Collection[str] = ("open",)) -> str:
        """An SQL condition over view quarantine. `states`: in which of STATES a row may be."""
        of_site = "coalesce(site, regexp_extract(url, '^https?://([^/:?#]+)', 1))"
        given = (
            ("quarantine_id in ({})", ", ".join(map(literal, self.ids))),
            ("reason = {}", literal(self.reason) if self.reason else ""),
            ("source = {}", literal(self.source) if self.source else ""),
            ("run_id = {}", literal(self.run) if self.run else ""),
            (f"({of_site} = {{0}} or ends_with({of_site}, '.' || {{0}}))", literal(self.site) if self.site else ""),
            ("replay_state in ({})", ", ".join(map(literal, states))),
        )
        return " and ".join(text.format(value) for text, value in given if value)


def list_query(condition: str, limit: int, *, in_short: bool) -> str:
    """The rows of view quarantine that fit, newest first. `in_short`: what fits a terminal, with ids as people copy them."""
    if in_short:
        day = "strftime(fetched_at, '%Y-%m-%d %H:%M') as fetched_at"
        columns = f"left(quarantine_id, {ID_DIGITS}) as id, source, reason, {day}, url, title"
    else:
        told = "source, site, reason, detail, title, url, fetched_at, run_id, ruled_at, ruled_by_run, because"
        columns = f"quarantine_id, replay_state, {told}"
    return f"select {columns} from quarantine where {condition} order by run_id desc, source, reason, url limit {limit}"


def create_view(con: duckdb.DuckDBPyConnection, lake: Lake) -> None:
    """Make view quarantine over the lake's newest snapshots, unfinished runs included, in a connection of our own."""
    for name, table in zip(_READ, ("quarantine", "rulings", "pages"), strict=True):
        con.execute(f"create temp view {name} as {scan.snapshot_query(lake.snapshot(table))}")
    con.execute(f"create temp view quarantine as {catalog.read_view('quarantine').sql}")


def whole_ids(con: duckdb.DuckDBPyConnection, ids: Collection[str]) -> tuple[str, ...]:
    """The rows of view quarantine whose ids begin with these. InputError for one that names no row, or several."""
    return tuple(dict.fromkeys(_whole_id(con, prefix) for prefix in ids))


def _whole_id(con: duckdb.DuckDBPyConnection, prefix: str) -> str:
    if not _ID.fullmatch(prefix.lower()):
        raise InputError(f"{prefix!r} is no id of the quarantine: {_FEWEST_DIGITS} to 16 digits and letters a to f")
    query = "select distinct quarantine_id from quarantine where starts_with(quarantine_id, ?) order by 1 limit 4"
    found = [row[0] for row in con.execute(query, [prefix.lower()]).fetchall()]
    if not found:
        raise InputError(f"{prefix}: no row of the quarantine has an id that begins so; `nightdesk quarantine list` shows them")
    if len(found) > 1:
        raise InputError(f"{prefix}: several rows have ids that begin so: {', '.join(found)}")
    return str(found[0])


def chosen_rows(lake: Lake, selection: Selection, *, states: Collection[str]) -> pa.Table:
    """The rows that are meant, as QUARANTINE with replay_state as it is now, in the order in which the archive holds them.

    Of several rows of one URL the newest: it is the one that a person has seen last.
    """
    with tempfile.TemporaryDirectory(prefix="nightdesk-") as spill, scan.connect(Path(spill)) as con:
        create_view(con, lake)
        answer = con.sql(f"""
            select {", ".join(QUARANTINE.names)}
            from quarantine
            where {selection.condition(states)}
            qualify row_number() over (partition by url order by fetched_at desc, run_id desc) = 1
            order by warc_file, warc_offset, url
        """).to_arrow_table()
    rows: pa.Table = answer.cast(QUARANTINE)
    return rows


def replay_rulings(chosen: pa.Table, pages: pa.Table, *, run_id: str, now: datetime) -> pa.Table:
    """What a replay's ledger (PAGES) says of the rows that it was of (QUARANTINE), as RULINGS.

    A page whose archived record cannot be read gets none: its row stays open.
    """
    outcomes = {row["url"]: row for row in pages.select(["url", "disposition", "reason", "article_id"]).to_pylist()}
    rulings = [
        _ruling(row, outcome, _ruled(outcome["disposition"]), run_id, now)
        for row in chosen.select(["quarantine_id", "url"]).to_pylist()
        if (outcome := outcomes.get(row["url"])) and outcome["reason"] != Reason.BAD_WARC_RECORD
    ]
    return pa.Table.from_pylist(rulings, schema=RULINGS)


def _ruled(disposition: str) -> str:
    passed = (Disposition.STORED, Disposition.UNCHANGED, Disposition.DUPLICATE)
    return "replayed" if disposition in passed else "superseded"


def release_rulings(chosen: pa.Table, pages: pa.Table, *, run_id: str, now: datetime, because: str) -> pa.Table:
    """That the rows `chosen` (QUARANTINE) were stored as they were, as RULINGS. `pages`: the release's ledger (PAGES)."""
    outcomes = {row["url"]: row for row in pages.select(["url", "reason", "article_id"]).to_pylist()}
    rulings = [
        _ruling(row, outcomes[row["url"]], "released", run_id, now)
        | {"because": because, "content_hash": row["content_hash"], "rules": _broken(row)}
        for row in chosen.select(["quarantine_id", "url", "content_hash", "broken_rules"]).to_pylist()
    ]
    return pa.Table.from_pylist(rulings, schema=RULINGS)


def _ruling(row: Mapping[str, Any], outcome: Mapping[str, Any], ruling: str, run_id: str, now: datetime) -> dict[str, Any]:
    return {
        "quarantine_id": row["quarantine_id"],
        "ruling": ruling,
        "ruled_at": now,
        "run_id": run_id,
        "url": row["url"],
        "reason": outcome["reason"],
        "article_id": outcome["article_id"],
    }


def _broken(row: Mapping[str, Any]) -> list[str]:
    return sorted({broken["rule"] for broken in row["broken_rules"] or ()})


def released_before(lake: Lake, rows: pa.Table, refused: pa.Table) -> pa.Table:
    """Those of `refused` (REFUSED) whose rows (EXTRACTED) a person released before: same article, same content, and no rule
    broken that was not broken then. A false alarm is not raised again every night.
    """
    with tempfile.TemporaryDirectory(prefix="nightdesk-") as spill, scan.connect(Path(spill)) as con:
        con.execute(f"create temp view rulings as {scan.snapshot_query(lake.snapshot('rulings'))}")
        con.register("extracted", rows.select(["url", "article_id", "content_hash"]))
        con.register("refused", refused)
        answer = con.sql("""
            select refused.*
            from refused
            join extracted using (url)
            semi join (from rulings where ruling = 'released') as released
                on
                    released.article_id = extracted.article_id
                    and released.content_hash = extracted.content_hash
                    and list_has_all(released.rules, list_transform(refused.broken_rules, lambda broken: broken.rule))
        """).to_arrow_table()
    released: pa.Table = answer.cast(refused.schema)
    return released


def as_extracted(chosen: pa.Table, run_id: str) -> pa.Table:
    """Rows of QUARANTINE as extraction had given them (EXTRACTED), but of another run."""
    rows = chosen.select(EXTRACTED.names)
    place = EXTRACTED.get_field_index("run_id")
    return rows.set_column(place, EXTRACTED.field(place), pa.array([run_id] * rows.num_rows, pa.string())).cast(EXTRACTED)
