"""The processes of the crash test: `crash_roles.py ROLE DATA ...`. Each prints a line when it is ready, and one for what it
begins.

Belongs here: what each process does, and what a reader must never see. Does not belong here: who is killed when (crashes.py).
`store NUMBER ARTICLES`: one night, then it ends. `backfill ARTICLES STOP`, `maintain STOP`, `read STOP RESULT`: until the file
STOP is there. The reader opens the views anew at every look, as a program would that starts now, and keeps one old connection
beside it. DATA is a folder or a URL; at a URL each process is a machine of its own, if it is given a $NIGHTDESK_WORK of its own.
"""

import json
import sys
import time
from collections import Counter
from itertools import count
from pathlib import Path
from typing import Any

import duckdb
from nightly import Night

from flows import settings
from transforms.errors import LakeError
from warehouse.maintenance import maintain
from warehouse.paths import DataDir
from warehouse.query import connect
from warehouse.rawstore import RawLimits

# One row: how many runs are there, and how many rows, runs or articles are wrong.
_LOOK = """
with versions as (
    select run_id, count(*) as n, count(distinct (article_id, version)) as distinct_rows
    from article_versions
    group by run_id
),
ledger as (
    select run_id, count(*) as n, count(distinct url) as distinct_rows
    from pages
    group by run_id
),
others as (
    select run_id, count(*) as n
    from (select run_id from quarantine union all select run_id from checks union all select run_id from metrics)
    group by run_id
)
select
    count(*) as runs,
    count(*) filter (
        runs.run_id is null
        or runs.stored <> coalesce(versions.n, 0)
        or runs.candidates is distinct from ledger.n
        or others.n is distinct from 3
    ) as half_visible,
    count(*) filter (versions.n > versions.distinct_rows or ledger.n > ledger.distinct_rows) as doubled,
    (select count(distinct article_id) from article_versions) - (select count(*) from articles) as hidden,
    (select coalesce(sum(length(body)), 0) from articles) as characters
from runs
full join versions on versions.run_id = runs.run_id
full join ledger on ledger.run_id = coalesce(runs.run_id, versions.run_id)
full join others on others.run_id = coalesce(runs.run_id, versions.run_id, ledger.run_id)
"""
_LOOKS_PER_CONNECTION = 20


def say(line: str) -> None:
    print(line, flush=True)


def store(data: DataDir, number: str, articles: str) -> None:
    say("ready")
    Night(int(number), int(articles)).store(data, reached=say)
    say("done")


def backfill(data: DataDir, articles: str, stop: str) -> None:
    say("ready")
    for number in count():
        if Path(stop).exists():
            break
        Night(number, int(articles), writer="backfill").store(data)
        say(str(number))
        time.sleep(0.2)


def upkeep(data: DataDir, stop: str) -> None:
    def run_step(name: str, step: Any) -> Any:
        say(name)
        return step()

    say("ready")
    while not Path(stop).exists():
        say("begin")
        maintain(data, RawLimits(), now=time.time(), dry_run=False, run_step=run_step)
        time.sleep(0.3)


def read(data: DataDir, stop: str, result: str) -> None:
    seen: Counter[str] = Counter()
    errors: list[str] = []
    latest, held, first = 0, None, None
    say("ready")
    while not Path(stop).exists():
        try:
            if held is None or seen["looks"] % _LOOKS_PER_CONNECTION == 0:
                held = _opened(data)
                first = held.execute(_LOOK).fetchone()
            seen["held_changed"] += held.execute(_LOOK).fetchone() != first
            with _opened(data) as con:
                runs, half_visible, doubled, hidden, _ = con.execute(_LOOK).fetchone() or ()
            seen.update(looks=1, half_visible=half_visible, doubled=doubled, hidden=hidden, went_back=int(runs < latest))
            latest = max(latest, runs)
            time.sleep(0.3 if data.is_remote else 0)  # a store on loopback is one process, which all others wait for
        except (duckdb.Error, LakeError) as error:
            seen.update(looks=1, unreadable=1)
            errors.append(str(error))
    Path(result).write_text(json.dumps({"seen": seen, "runs": latest, "errors": errors[:5]}))


def _opened(data: DataDir) -> duckdb.DuckDBPyConnection:
    """The views as anybody's DuckDB opens them; at a URL it needs our help, or its own extension."""
    if data.is_remote:
        return connect(data)
    con = duckdb.connect(":memory:")  # a database of its own, for one process opens one file once
    con.execute(f"attach '{data.views_file}' as lake (read_only); use lake")
    return con


ROLES = {"store": store, "backfill": backfill, "maintain": upkeep, "read": read}

if __name__ == "__main__":
    ROLES[sys.argv[1]](settings.warehouse(settings.place(sys.argv[2])), *sys.argv[3:])
