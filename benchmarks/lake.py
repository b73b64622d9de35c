"""The warehouse at size: commits, an upsert, upkeep, twelve queries beside native DuckDB tables, small files, and the cost of
one more night.

    python benchmarks/lake.py --out DIR                     # 1,000,000 articles of 3 kB: half an hour, 8 GB below --work
    python benchmarks/lake.py --articles 20000 --out DIR    # a look at it

Belongs here: the order of the parts. Does not belong here: the parts (lake_phases.py), the queries (lake_queries.py), tables and
bars (lake_figures.py). Rows are generated from a seed (generated.py). Every part runs in its own process. A query runs through
the views and over the native tables one after the other before the next query does, so that a slow minute of the machine slows
both; what the system keeps of the files in memory is dropped before each first run.
"""

import argparse
import json
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from lake_figures import Results, write_results
from lake_queries import QUERIES, forget

_MOST_NEGLECTED = 100
PHASES = Path(__file__).with_name("lake_phases.py")


def phase(name: str, data: Path, /, **arguments: Any) -> dict[str, Any]:
    """Run one part in its own process and give what it measured."""
    print(f"{name} {({k: v for k, v in arguments.items() if k != 'values'}) or ''}", file=sys.stderr, flush=True)
    command = [sys.executable, str(PHASES), name, json.dumps({"data": str(data), **arguments})]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
    measured: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return measured


def run(work: Path, args: argparse.Namespace) -> Results:
    """The parts that were asked for."""
    results = Results({"nights": args.nights, "articles": args.articles // args.nights, "sources": args.sources})
    for name, part in PARTS.items():
        if name in args.parts:
            part(work, args, results)
            write_results(results, args.out)  # as far as it came: the next part may take an hour
    return results


def _large(work: Path, args: argparse.Namespace, results: Results) -> None:
    data, native, shape = work / "data", work / "native.duckdb", results.shape
    results.load = phase("load", data, **shape)
    results.published = phase("first_publish", data)
    results.upsert = phase("upsert", data, **shape, rows=args.articles // 50, existing=args.articles // 200)
    results.upkeep = phase("upkeep", data)
    results.native = phase("native", data, target=str(native))
    chosen = phase("examples", data)
    for query in QUERIES:
        for side, target in (("views", None), ("native", str(native))):
            forget(data)
            forget(native)
            results.queries[query.name, side] = phase("query", data, name=query.name, target=target, values=chosen["values"])
    results.search = phase("search", data, words=chosen["words"])
    shutil.rmtree(data)
    native.unlink()


def _small_files(work: Path, args: argparse.Namespace, results: Results) -> None:
    data = work / "small"
    results.small = phase("small_files", data, files=args.small_files, articles=100)
    values = phase("examples", data)["values"]
    asked = ("volume by source and day", "article by URL")
    results.small_before = {name: phase("query", data, name=name, target=None, values=values) for name in asked}
    results.small_upkeep = phase("upkeep", data)
    results.small_after = {name: phase("query", data, name=name, target=None, values=values) for name in asked}
    shutil.rmtree(data)


def _nights(work: Path, args: argparse.Namespace, results: Results) -> None:
    """The same nights with upkeep once a week and, as far as a person would wait for it, without any."""
    for name, every, most in (("with upkeep every 7 nights", 7, max(args.nights_there)), ("without upkeep", 0, _MOST_NEGLECTED)):
        first = 0
        for there in (number for number in args.nights_there if number <= most):
            count = there - first
            measured = phase("nights", work / "nights", first=first, count=count, articles=50, maintained_every=every)
            results.nights[name, there] = measured
            first = there
        shutil.rmtree(work / "nights")


PARTS = {"large": _large, "small-files": _small_files, "nights": _nights}


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--articles", type=int, default=1_000_000)
    parser.add_argument("--parts", nargs="+", choices=PARTS, default=list(PARTS), help="only these")
    parser.add_argument("--nights", type=int, default=60)
    parser.add_argument("--sources", type=int, default=30)
    parser.add_argument("--small-files", type=int, default=1_000)
    parser.add_argument("--nights-there", type=int, nargs="+", default=[10, 100, 1_000], help="where one more night is measured")
    parser.add_argument("--work", type=Path, help="a folder for the lakes, removed at the end (default: below the system's own)")
    parser.add_argument("--out", type=Path, required=True, help="gets lake.md, lake.svg and lake.json")
    args = parser.parse_args()
    args.out.mkdir(parents=True, exist_ok=True)
    work = Path(tempfile.mkdtemp(prefix="nightdesk-lake-", dir=args.work))
    try:
        results = run(work, args)
    finally:
        shutil.rmtree(work)
    print(write_results(results, args.out))


if __name__ == "__main__":
    main()
