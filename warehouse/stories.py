"""Stories: articles that say the same, whoever published them. Found at the end of a night among its rows and those near in time.

Belongs here: candidates by shared text and shared MinHash bands, checking them, groups of those that are linked. Does not belong
here: hashes (transforms/fingerprint.py), the files' state (storybook.py), what people are shown (views/stories.sql).

An article is held against those published up to 28 days before or after it, which lie in its own month's files and those of the
months beside it: one more night costs the same however many nights there are. What belongs together is never parted again: an
article is with those that any of its versions was like. So the stories of the lake do not depend on the nights they came in.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import duckdb
import pyarrow as pa

from transforms.fingerprint import BANDS, ROWS_PER_BAND, Hashes, overlap, shingles
from warehouse import files, scan
from warehouse.groups import Groups
from warehouse.increments import appended_since, position
from warehouse.lake import Lake, Snapshot
from warehouse.paths import DataDir
from warehouse.quoting import literal
from warehouse.storybook import Book, read_book, write_book

# Agencies' stories are printed within days; a story of last year is another one, even in the same words.
WINDOW_DAYS = 28
# Shorter texts are what pages say instead of one ("Watch the video above"): only the very same title and text are one story then.
FEWEST_WORDS = 50
# So many bands in common mean an overlap of 0.76; two texts that share less than half of it have them once in 3,000 times.
SURE_BANDS = 4
# Fewer are looked at closely. Two reports of one event that share half of their text as quotes have an overlap of 0.3; a story
# with its head and tail replaced on two fifths of its length, or with half of it dropped, still has more than this.
NEAR = 0.4

MEMBER_COLUMNS = {
    "story_id": "the story: article_id of the article that it was first found with",
    "article_id": "an article that tells it; its rows are in articles and article_versions",
    "site": "registrable domain, kompas.com",
    "source": "name in sources.toml",
    "published_at": "instant of first publication, or of the fetch where the page gave none",
    "first_seen_at": "when version 1 of this article was fetched",
    "content_hash": "hex of a 128-bit hash of the normalised title and body, as they were first seen",
    "reason": "exact: another article of the story has the same title and text; near: the texts share most of their words",
    "matched_article_id": "the article of the story that it is most like",
    "similarity": "to that one: share of 5-word shingles that both texts have, 0 to 1 (an estimate beyond 0.75)",
}
_TYPES = ("VARCHAR",) * 4 + ("TIMESTAMPTZ",) * 2 + ("VARCHAR",) * 3 + ("DOUBLE",)
_COLUMNS = (
    *("article_id", "version", "site", "source", "content_hash", "minhash", "word_count"),
    *("published_at", "fetched_at", "first_seen_at", "published_month"),
)
# Beyond so many rows at once, an archive's or a whole lake's, they are taken month by month, so that memory stays small.
_MOST_ROWS = 100_000
_CHUNK = 2_048
# No article has an id that begins so.
_STORY = "story "


def keep_up(data: DataDir, snapshot: Snapshot) -> Book:
    """Bring the stories to the snapshot of table `articles`: with the rows that they lack, or anew if those cannot be told.

    Under the publisher's lock. Killed at any moment, the stories are what they were before, or are found again.
    """
    lake = Lake(data.lake)
    reached = position(lake, snapshot)
    book = read_book(data)
    if book and book.position == reached:
        return book
    added = appended_since(lake, snapshot, book.position) if book else None
    if book is None or added is None:
        book, added = Book(reached), snapshot
    data.stories.mkdir(parents=True, exist_ok=True)
    months = dict(book.months)
    for portion in _portions(data, added):
        with scan.connect(data.spill) as con:
            _link(con, portion, _near(snapshot, portion.files))
            _enter(con, data, months, reached.version)
    book = Book(reached, months)
    write_book(data, book)
    return book


def _portions(data: DataDir, added: Snapshot) -> Iterator[Snapshot]:
    """What was added, at once, or month by month if it is much."""
    with scan.connect(data.spill) as con:
        ((rows,),) = con.execute(f"select count(*) from ({scan.snapshot_query(added, ['version'])})").fetchall()
    if rows <= _MOST_ROWS:
        yield from [added] if rows else []
        return
    for month in sorted({_month(file) for file in added.files}):
        yield replace(added, files=tuple(file for file in added.files if _month(file) == month))


def _near(snapshot: Snapshot, fresh: Sequence[str]) -> Snapshot:
    """The snapshot's files of the months of files `fresh`, and of those beside them."""
    months = {_month(file) for file in fresh}
    near = months | {neighbour for month in months for neighbour in _neighbours(month)}
    return replace(snapshot, files=tuple(file for file in snapshot.files if _month(file) in near))


def _month(file: str) -> str:
    """The partition of a file of table `articles`: .../published_month=2026-03/part-0.parquet."""
    return Path(file).parent.name.removeprefix("published_month=")


def _neighbours(month: str) -> tuple[str, str]:
    year, number = (int(part) for part in month.split("-"))
    before = (year - 1, 12) if number == 1 else (year, number - 1)
    after = (year + 1, 1) if number == 12 else (year, number + 1)
    return f"{before[0]:04}-{before[1]:02}", f"{after[0]:04}-{after[1]:02}"


def _link(con: duckdb.DuckDBPyConnection, fresh: Snapshot, near: Snapshot) -> None:
    """Tables `links`, of pairs that tell one story, and `touched`, of the articles in them."""
    con.execute(f"create temp view fresh as select *, true as is_fresh from ({scan.snapshot_query(fresh, _COLUMNS)})")
    con.execute("create temp table fresh_keys as select distinct article_id, version from fresh")
    con.execute(f"create temp view near_rows as {scan.snapshot_query(near, _COLUMNS)}")
    con.execute("create temp view nearby as " + scan.statement("story_nearby").replace("$window_days", str(WINDOW_DAYS)))
    things = scan.statement("story_things")
    con.execute(f"create temp macro things(view_name, fewest := {FEWEST_WORDS}) as table {things}")
    con.execute("create temp table fresh_bands as select distinct band from things('fresh')")
    con.execute(f"create temp table bands as {scan.statement('story_bands')}")
    con.execute(f"create temp table candidates as {scan.statement('story_candidates')}", {"window_days": WINDOW_DAYS})
    doubtful = "select one, two from candidates where not is_exact and shared_bands < $sure_bands"
    con.execute(f"create temp table doubtful as {doubtful}", {"sure_bands": SURE_BANDS})
    con.register("measured", _measured(con, near))
    limits = {"bands": BANDS, "rows_per_band": ROWS_PER_BAND, "sure_bands": SURE_BANDS, "near": NEAR}
    con.execute(f"create temp table links as {scan.statement('story_links')}", limits)
    con.execute("create temp table touched as select one as article_id from links union select two from links")


def _measured(con: duckdb.DuckDBPyConnection, near: Snapshot) -> pa.Table:
    """How much the bodies of each doubtful pair overlap. Of several versions those that are most alike count."""
    bodies = scan.snapshot_query(near, ["article_id", "body"])
    doubtful = "select one as article_id from doubtful union select two from doubtful"
    versions: dict[str, list[Hashes]] = {}
    result = con.execute(f"select article_id, body from ({bodies}) semi join ({doubtful}) using (article_id)")
    while rows := result.fetchmany(_CHUNK):
        for article_id, body in rows:
            versions.setdefault(article_id, []).append(shingles(body))
    pairs = con.execute("select one, two from doubtful").fetchall()
    shares = [max(overlap(a, b) for a in versions[one] for b in versions[two]) for one, two in pairs]
    ones, twos = ([pair[side] for pair in pairs] for side in (0, 1))
    columns = {
        "one": pa.array(ones, pa.string()),
        "two": pa.array(twos, pa.string()),
        "similarity": pa.array(shares, pa.float64()),
    }
    return pa.table(columns)


def _enter(con: duckdb.DuckDBPyConnection, data: DataDir, months: dict[str, Path], version: int) -> None:
    """Write tonight's links into the files of the months that they touch, and name the new files in `months`."""
    if not con.execute("from touched limit 1").fetchall():
        return
    seen = {month for (month,) in con.execute(scan.statement("story_months")).fetchall()}
    con.execute(f"create temp view known as {_members(path for month, path in months.items() if month in seen)}")
    con.execute("create temp table kept as from known semi join touched using (article_id)")
    assigned, merged = _assign(con)
    con.register("assigned", assigned)
    con.register("merged", merged)
    con.execute(f"create temp table entered as {scan.statement('story_rows')}")
    if merged.num_rows:
        seen |= _months_of_merged(con, months)
    for month in sorted(seen):
        before = _members([months[month]] if month in months else [])
        path = data.derived_file(data.stories, f"{month}-{version:08d}")
        with files.replacing(path) as fresh:
            con.execute(f"create or replace temp view before as {before}")
            statement = scan.statement("story_month").replace("$month", literal(month))
            con.execute(f"copy ({statement}) to {literal(str(fresh))} (format parquet, compression zstd)")
        months[month] = path


def _months_of_merged(con: duckdb.DuckDBPyConnection, months: dict[str, Path]) -> set[str]:
    """The months that have members of stories which are now part of another."""
    query = "select 1 from ({}) semi join (select old as story_id from merged) using (story_id) limit 1"
    return {month for month, path in months.items() if con.execute(query.format(_members([path]))).fetchall()}


def _assign(con: duckdb.DuckDBPyConnection) -> tuple[pa.Table, pa.Table]:
    """Which story each touched article is part of, and which stories turned out to be part of another (old, new).

    A story keeps its id when it grows. Of several that turn out to be one, the id of the earliest stays.
    """
    articles = {article_id: (told, story) for article_id, told, story in con.execute(scan.statement("story_told")).fetchall()}
    groups = Groups()
    for one, two in con.execute("from (select one, two from links) order by all").fetchall():
        groups.link(one, two)
    for article_id, (_, story) in articles.items():
        if story is not None:
            groups.link(article_id, _STORY + story)
    assigned: dict[str, str] = {}
    merged: dict[str, str] = {}
    for names in groups.groups():
        members = [name for name in names if not name.startswith(_STORY)]
        stories = {story for name in members if (story := articles[name][1])}
        _, first = min((articles[name][0], articles[name][1] or name) for name in members if articles[name][1] or not stories)
        assigned |= dict.fromkeys(members, first)
        merged |= dict.fromkeys(stories - {first}, first)
    return _pairs("article_id", "story_id", assigned), _pairs("old", "new", merged)


def _pairs(key: str, value: str, pairs: dict[str, str]) -> pa.Table:
    return pa.table({key: pa.array(pairs.keys(), pa.string()), value: pa.array(pairs.values(), pa.string())})


def _members(paths: Iterable[Path]) -> str:
    """A query that gives the members in these files."""
    names = sorted(str(path) for path in paths)
    if not names:
        nulls = (f"null::{type_} as {name}" for name, type_ in zip(MEMBER_COLUMNS, _TYPES, strict=True))
        return f"select {', '.join(nulls)} where false"
    listed = ", ".join(literal(name) for name in names)
    return f"select {', '.join(MEMBER_COLUMNS)} from read_parquet([{listed}], hive_partitioning = false)"


def members_query(book: Book) -> str:
    """The query of view `story_members`."""
    return _members(book.months.values())
