"""Full-text search: the shipped index (tantivy) against SQLite's FTS5, over the same generated articles.

What a build costs, how large it is, what a night adds, how long queries take, what a kill leaves. Prints a Markdown table.
"""

import argparse
import contextlib
import resource
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent))
from prose import Prose

from warehouse.fulltext import FullText, new_index, open_index
from warehouse.indexing import write_rows
from warehouse.paths import DataDir
from warehouse.position import Position
from warehouse.search import search

Row = dict[str, Any]
NIGHTS, NIGHT, KILLS, KILL_BATCH = 10, 1_000, 10, 200


def rows(prose: Prose, first: int, count: int) -> Iterator[Row]:
    for number in range(first, first + count):
        fixed = {"site": f"site-{number % 30}.example", "source": f"source-{number % 30}", "language": "id", "lead": None}
        yield fixed | {
            "article_id": f"{number:032x}",
            "title": prose.text(9),
            "body": prose.text(420),
            "day": 20_500 + number // 17_000,
        }


class Tantivy:
    name = "tantivy (shipped)"

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.data = DataDir(folder)

    def add(self, new: Iterable[Row], number: int) -> None:
        found = open_index(self.data)
        write_rows(self.data, found.index if found else new_index(self.data), new, Position(number, ""))

    def reached(self) -> tuple[int, int]:
        """Number of the last commit that is there, and articles."""
        found = open_index(self.data)
        return (found.position.version, found.index.searcher().num_docs - 1) if found else (-1, 0)

    def asker(self) -> Callable[[str, int], int]:
        found = open_index(self.data)
        assert found
        return lambda text, limit: len(search(FullText(found.index, found.position), text, limit=limit))


class Fts5:
    name = f"FTS5 (SQLite {sqlite3.sqlite_version})"

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.path = folder / "fts5.db"

    def _open(self) -> sqlite3.Connection:
        con = sqlite3.connect(self.path, isolation_level=None)
        con.execute("pragma journal_mode = wal")
        tokens = "unicode61 remove_diacritics 2"
        con.execute(f"create virtual table if not exists words using fts5(title, body, content='', tokenize='{tokens}')")
        con.execute("create table if not exists articles (number integer primary key, article_id text, site text, day integer)")
        con.execute("create table if not exists state (number integer)")
        return con

    def add(self, new: Iterable[Row], number: int) -> None:
        with contextlib.closing(self._open()) as con:
            con.execute("begin")
            for row in new:
                key = con.execute("insert into articles (article_id, site, day) values (:article_id, :site, :day)", row).lastrowid
                con.execute("insert into words (rowid, title, body) values (?, ?, ?)", (key, row["title"], row["body"]))
            con.execute("delete from state")
            con.execute("insert into state values (?)", (number,))
            con.execute("commit")

    def reached(self) -> tuple[int, int]:
        with contextlib.closing(self._open()) as con:
            ((number, count),) = con.execute("select (select number from state), (select count(*) from articles)").fetchall()
        return (-1 if number is None else number, count)

    def asker(self) -> Callable[[str, int], int]:
        con = self._open()
        sql = """select article_id from (select rowid, rank from words where words match ? and rank match 'bm25(3.0, 1.0)'
            order by rank limit ?) as hits join articles on articles.number = hits.rowid"""

        def ask(text: str, limit: int) -> int:
            query = (
                text
                if text.startswith('"')
                else " ".join(f'"{word}"' if word[-1] != "*" else f'"{word[:-1]}"*' for word in text.split())
            )
            return len(con.execute(sql, (query, limit)).fetchall())

        return ask


ENGINES: dict[str, Callable[[Path], Any]] = {"tantivy": Tantivy, "fts5": Fts5}


def queries(prose: Prose) -> dict[str, str]:
    word = prose.words
    return {
        "a word of half of the articles": word[40],
        "a word of a tenth": word[200],
        "a word of one in a hundred": word[2_000],
        "a rare word": word[60_000],
        "two of the first": f"{word[40]} {word[60]}",
        "three words": f"{word[60]} {word[300]} {word[2_000]}",
        "side by side": f'"{word[60]} {word[300]}"',
        "a beginning": word[60_000][:5] + "*",
        "no such word": "zzzzzz",
    }


def cpu_seconds() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def megabytes(folder: Path) -> float:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file()) / 1e6


def milliseconds(call: Callable[[], object]) -> float:
    """The median of nine warm calls."""
    call()
    taken = []
    for _ in range(9):
        start = time.perf_counter()
        call()
        taken.append((time.perf_counter() - start) * 1e3)
    return sorted(taken)[4]


def measure(name: str, count: int, limits: list[int], seed: int, folder: Path) -> dict[str, str]:
    engine, prose, result = ENGINES[name](folder), Prose(seed), {}
    written = list(rows(prose, 0, count)) if count <= 200_000 else None  # else made on the way, and counted with
    before = cpu_seconds()
    engine.add(written or rows(prose, 0, count), 0)
    result["build, CPU s"] = f"{cpu_seconds() - before:.1f}"
    del written
    result["size, MB"] = f"{megabytes(folder):.0f}"
    ask = engine.asker()
    for what, text in queries(prose).items():
        taken = (milliseconds(lambda limit=limit, text=text: ask(text, limit)) for limit in limits)  # type: ignore[misc]
        result[f"{what}, ms"] = "; ".join(f"{each:.2f}" for each in taken)
    nights = []
    for night in range(1, NIGHTS + 1):
        new = list(rows(prose, count + night * NIGHT, NIGHT))
        before = cpu_seconds()
        engine.add(new, night)
        nights.append(cpu_seconds() - before)
    result[f"a night of {NIGHT:,} more, CPU s (median; dearest of {NIGHTS})"] = (
        f"{sorted(nights)[NIGHTS // 2]:.2f}; {max(nights):.2f}"
    )
    result["size then, MB"] = f"{megabytes(folder):.0f}"
    return result


def kills(name: str, seed: int) -> str:
    """Writers killed at spread moments of their commits: what the index holds must be whole commits, and no fewer
    than were told.
    """
    wrong = 0
    with tempfile.TemporaryDirectory() as folder:
        for turn in range(KILLS):
            command = [sys.executable, __file__, "--write-until-killed", name, "--seed", str(seed + turn), "--folder", folder]
            with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as writer:
                assert writer.stdout
                told = int(writer.stdout.readline())
                time.sleep(0.3 + 0.13 * turn)
                writer.kill()
                told = max([told, *(int(line) for line in writer.stdout.read().split("\n") if line.strip())])
            number, articles = ENGINES[name](Path(folder)).reached()
            wrong += number < told or articles != (number + 1) * KILL_BATCH
    return f"{KILLS - wrong} of {KILLS}"


def write_until_killed(name: str, seed: int, folder: Path) -> None:
    engine, prose = ENGINES[name](folder), Prose(seed)
    number, _ = engine.reached()
    print(number, flush=True)
    while True:
        number += 1
        engine.add(rows(prose, number * KILL_BATCH, KILL_BATCH), number)
        print(number, flush=True)


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--articles", type=int, default=100_000)
    options.add_argument("--limits", default="20,1000", help="hits that a query asks for: of the command line, of SQL")
    options.add_argument("--engines", default="tantivy,fts5")
    options.add_argument("--seed", type=int, default=1)
    options.add_argument("--write-until-killed", metavar="ENGINE", help=argparse.SUPPRESS)
    options.add_argument("--folder", type=Path, help="where the indexes are made (default: a temporary folder)")
    given = options.parse_args()
    if given.write_until_killed:
        write_until_killed(given.write_until_killed, given.seed, given.folder)
    names = given.engines.split(",")
    limits = [int(limit) for limit in given.limits.split(",")]
    figures = []
    for name in names:
        with tempfile.TemporaryDirectory(dir=given.folder) as folder:
            figures.append(measure(name, given.articles, limits, given.seed, Path(folder)))
        figures[-1]["killed writers that left whole commits"] = kills(name, given.seed)
    asked = given.limits.replace(",", "; ")
    print(f"{given.articles:,} generated articles of 3 kB, seed {given.seed}; queries ask for {asked} hits.\n")
    print("| | " + " | ".join(ENGINES[name].name for name in names) + " |")  # type: ignore[attr-defined]
    print("|---|" + "---:|" * len(names))
    for what in figures[0]:
        print(f"| {what} | " + " | ".join(each[what] for each in figures) + " |")


if __name__ == "__main__":
    main()
