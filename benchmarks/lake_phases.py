"""The parts of the warehouse benchmark, each in a process of its own: `lake_phases.py PHASE JSON` prints one line of JSON.

Belongs here: what each part does and measures. Does not belong here: their order and the page of results (lake.py).
CPU is that of all threads of the process around the calls that are measured; making the rows is not measured. Peak memory is that
of the process, interpreter, libraries and the rows handed over included.
"""

import json
import os
import resource
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from pathlib import Path
from statistics import median
from typing import Any
from unittest.mock import patch

import duckdb
import pyarrow as pa
from generated import Corpus
from lake_queries import QUERIES, filled, timed
from nightly import Night

from warehouse import catalog
from warehouse.lake import Lake
from warehouse.load import load_articles
from warehouse.maintenance import maintain
from warehouse.paths import DataDir
from warehouse.query import connect
from warehouse.rawstore import RawLimits
from warehouse.views import publish

FIRST_DAY = date(2026, 1, 1)
WARM_RUNS = 5
_NATIVE_VIEWS = ("volume_by_source_day", "freshness", "top_authors", "language_mix")


class Meter:
    """CPU and wall seconds of the blocks that it measures, added up."""

    def __init__(self) -> None:
        self.cpu_seconds: list[float] = []
        self.wall_seconds: list[float] = []

    @contextmanager
    def running(self) -> Iterator[None]:
        cpu, wall = time.process_time(), time.perf_counter()
        yield
        self.cpu_seconds.append(time.process_time() - cpu)
        self.wall_seconds.append(time.perf_counter() - wall)

    def sums(self) -> dict[str, float]:
        return {"cpu_s": sum(self.cpu_seconds), "wall_s": sum(self.wall_seconds)}


def load(data: DataDir, *, nights: int, articles: int, sources: int) -> dict[str, Any]:
    """Night after night, each one commit."""
    lake, corpus, meter, size = Lake(data.lake), Corpus(sources=sources), Meter(), 0
    for night in range(nights):
        run_id = f"night-{night:04d}"
        rows = corpus.rows(night * articles, articles, day=FIRST_DAY + timedelta(days=night), run_id=run_id)
        size += rows.nbytes
        with meter.running():
            load_articles(lake, rows, batch_id=run_id, staged=data.staged_of(run_id))
    return meter.sums() | {
        "rows": nights * articles,
        "bytes": size,
        "bytes_packed": sum(Path(file).stat().st_size for file in lake.snapshot("articles").files),
        "first_commits_cpu_s": median(meter.cpu_seconds[:5]),
        "last_commits_cpu_s": median(meter.cpu_seconds[-5:]),
    }


def first_publish(data: DataDir) -> dict[str, Any]:
    """Views, and all that is derived of all rows at once: full-text index, stories. A night does this for its own rows."""
    meter = Meter()
    with meter.running():
        publish(data)
    return meter.sums()


def upsert(data: DataDir, *, nights: int, articles: int, sources: int, rows: int, existing: int) -> dict[str, Any]:
    """One batch of which a part is known and has changed."""
    lake, corpus, meter, published = Lake(data.lake), Corpus(sources=sources), Meter(), Meter()
    day = FIRST_DAY + timedelta(days=nights)
    changed = corpus.rows(0, existing, day=day, run_id="upsert", edition=2)
    batch = pa.concat_tables([changed, corpus.rows(nights * articles, rows - existing, day=day, run_id="upsert")])
    with meter.running():
        decided = load_articles(lake, batch, batch_id="upsert", staged=data.staged_of("upsert"))
    with published.running():
        publish(data)
    reasons = {row["values"]: row["counts"] for row in decided["reason"].value_counts().to_pylist()}
    return meter.sums() | {"rows": rows, "publish_cpu_s": published.sums()["cpu_s"], "reasons": reasons}


def upkeep(data: DataDir) -> dict[str, Any]:
    """`nightdesk maintain`."""
    meter = Meter()
    with meter.running():
        done = maintain(data, RawLimits(), now=time.time(), dry_run=False, run_step=lambda name, step: step())
    articles = done.compactions[0]
    return meter.sums() | {"files": articles.files, "replaced": articles.replaced, "by": articles.by, "rows": articles.rows}


def small_files(data: DataDir, *, files: int, articles: int) -> dict[str, Any]:
    """A lake of one small file a commit, all in one month."""
    lake, corpus, meter = Lake(data.lake), Corpus(), Meter()
    rows = corpus.rows(0, files * articles, day=FIRST_DAY, run_id="small")
    for number in range(files):
        with meter.running():
            load_articles(lake, rows.slice(number * articles, articles), batch_id=f"b{number}", staged=data.staged_of("small"))
    with meter.running():
        publish(data)
    return meter.sums() | {"files": len(lake.snapshot("articles").files), "rows": rows.num_rows}


def nights(data: DataDir, *, first: int, count: int, articles: int, maintained_every: int) -> dict[str, Any]:
    """More small nights, each with all its tables; CPU of each of the last ten. Between two nights a day passes."""
    meter, kept, last = Meter(), Meter(), first + count - 1
    for number in range(first, first + count):
        with _days_ago(last - number):
            with meter.running():
                Night(number, articles).store(data)
            if maintained_every and number % maintained_every == maintained_every - 1:
                with kept.running():
                    maintain(data, RawLimits(), now=time.time(), dry_run=False, run_step=lambda name, step: step())
        _grow_a_day_older(data)
    files = {table: len(Lake(data.lake).snapshot(table).files) for table in ("articles", "pages", "runs")}
    return {
        "night_cpu_s": median(meter.cpu_seconds[-10:]),
        "upkeep_cpu_s": median(kept.cpu_seconds[-3:] or [0.0]),
        "files": files,
    }


@contextmanager
def _days_ago(days: int) -> Iterator[None]:
    """The clock that commits are stamped with: what the log forgets after 90 days would else be there to the end."""
    with patch("warehouse.lake._now_ms", side_effect=lambda: round((time.time() - days * 86_400) * 1000)):
        yield


def _grow_a_day_older(data: DataDir) -> None:
    """Derived files that were replaced are kept for a week, by their own times."""
    for folder in (data.root, data.gone, data.stories):
        for path in folder.glob("*.parquet"):
            os.utime(path, (path.stat().st_atime, path.stat().st_mtime - 86_400))


def native(data: DataDir, *, target: str) -> dict[str, Any]:
    """The same rows in DuckDB's own tables: current articles, and the versions that were replaced."""
    meter = Meter()
    with duckdb.connect(target) as con, meter.running():
        con.execute(f"attach '{data.views_file}' as lake (read_only)")
        con.execute("create table articles as from lake.articles")
        con.execute("create table replaced as from lake.article_versions semi join lake.superseded using (article_id, version)")
        con.execute("create view article_versions as from articles union all by name from replaced")
        for view in _NATIVE_VIEWS:
            con.execute(catalog.read_view(view).create())
        con.execute("detach lake")
    return meter.sums() | {"bytes": Path(target).stat().st_size}


def query(data: DataDir, *, name: str, target: str | None, values: dict[str, str]) -> dict[str, Any]:
    """One query on a connection of its own: the first run, and the median of those after it."""
    (wanted,) = (known for known in QUERIES if known.name == name)
    meter = Meter()
    with meter.running():
        con = duckdb.connect(target, read_only=True) if target else connect(data)
    if target:
        con.execute("set TimeZone = 'UTC'")
    runs = [timed(con, filled(wanted, values)) for _ in range(1 + WARM_RUNS)]
    con.close()
    warm = runs[1:]
    return {
        "connect_cpu_ms": meter.sums()["cpu_s"] * 1000,
        "cold": (runs[0].cpu_ms, runs[0].wall_ms),
        "warm": (median(run.cpu_ms for run in warm), median(run.wall_ms for run in warm)),
        "rows": runs[0].rows,
    }


def search(data: DataDir, *, words: list[str]) -> dict[str, Any]:
    """search() over the views, where it is there."""
    with connect(data) as con:
        try:
            con.sql(f"select count(*) from search('{words[0]}')").fetchall()
        except duckdb.Error as error:
            return {"missing": str(error).splitlines()[0]}
        found = {}
        for word in words:
            runs = [
                timed(con, f"select title, score from search('{word}') join articles using (article_id)")
                for _ in range(WARM_RUNS)
            ]
            alone = [timed(con, f"select * from search('{word}')") for _ in range(WARM_RUNS)]
            found[word] = (median(r.wall_ms for r in alone), median(r.wall_ms for r in runs), runs[0].rows)
    return {"found": found}


def examples(data: DataDir) -> dict[str, Any]:
    """Values that the queries ask for."""
    corpus = Corpus()
    with connect(data) as con:
        found = con.sql(
            "select article_id, url, source, strftime(published_at, '%Y-%m-%d 00:00:00+00') from articles "
            "where source = (select max(source) from articles) and version = 1 order by article_id limit 1"
        ).fetchall()
    id_, url, source, day = found[0]
    rare, common = corpus.vocabulary[20_000].as_py(), corpus.vocabulary[300].as_py()
    return {"values": {"id": id_, "url": url, "source": source, "day": day, "word": rare}, "words": [rare, common]}


PHASES: dict[str, Callable[..., dict[str, Any]]] = {
    phase.__name__: phase for phase in (load, first_publish, upsert, upkeep, small_files, nights, native, query, search, examples)
}

if __name__ == "__main__":
    arguments = json.loads(sys.argv[2])
    result = PHASES[sys.argv[1]](DataDir(Path(arguments.pop("data"))), **arguments)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    print(json.dumps(result | {"peak_bytes": peak}))
