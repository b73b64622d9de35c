"""Rules over a million articles: nightdesk's verdicts beside Great Expectations on its own.

    python benchmarks/quality.py --out DIR                  # 1,000,000 articles of 3 kB: ten minutes, 2 GB below --work
    python benchmarks/quality.py --rows 20000 --out DIR     # a look at it

Belongs here: the parts and their order, each in a process of its own. Does not belong here: the rows (generated.py). What is on
disk is read once before a part begins, so that no part pays for the disk. CPU is the process's own without its imports; peak
memory is its highest resident size, interpreter and imports included.
"""

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from itertools import islice
from pathlib import Path
from typing import Any

import pyarrow as pa

DAY = date(2026, 3, 2)
_CHUNK = 20_000
# Signs that half of all real articles hold and that give nothing away, letters beyond ASCII in a third of the bodies, and one row
# in a hundred that breaks a rule: what is cheap on clean ASCII alone would not count.
_AS_REAL = """
select * replace (
    body as body, length(body)::integer as body_length,
    case when n % 100 = 3 then 'A <b>bold</b> title' when n % 100 = 4 then null else title end as title,
    case when n % 9 = 0 then [] else ['Ida Brandt'] end as authors
)
from (
    select row_number() over () as n, * replace (
        case when n_ % 3 = 0 then replace(replace(body, 'a', 'ä'), 'o', 'ö') else body end
        || case when n_ % 2 = 0 then e'\\n\\n"Read [sic] it at 13:30: AT&T <3," she said of number ' || n_ else '' end
        || case n_ % 100
            when 0 then e'\\n\\nBaca juga: Lain'
            when 1 then e'\\n\\nLog in to read more'
            when 2 then ' <p>'
            else ''
        end as body
    )
    from (select row_number() over () as n_, * from rows)
)
"""


def make(path: Path, count: int) -> dict[str, Any]:
    """The rows, as extraction hands them over, by the day."""
    import duckdb
    import pyarrow.parquet as pq
    from generated import Corpus

    from warehouse.schema import EXTRACTED

    corpus, bodies = Corpus(), 0
    with pq.ParquetWriter(path, EXTRACTED, compression="zstd") as writer:
        for number, first in enumerate(range(0, count, _CHUNK)):
            rows = corpus.rows(first, min(_CHUNK, count - first), day=DAY + timedelta(days=number), run_id="run")
            with duckdb.connect() as con:
                con.execute("set TimeZone = 'UTC'")
                con.register("rows", rows)
                made = con.sql(_AS_REAL).to_arrow_table().select(EXTRACTED.names).cast(EXTRACTED)
            bodies += made["body"].nbytes
            writer.write_table(made, row_group_size=_CHUNK)
    return {"rows": count, "body_bytes": bodies // count}


def _batches(path: Path) -> Iterator[pa.Table]:
    """Row group by row group: what a reader of the whole file keeps of it grows with the file."""
    import pyarrow.parquet as pq

    file = pq.ParquetFile(path)
    return (file.read_row_group(number) for number in range(file.num_row_groups))


def verdicts(path: Path, count: int) -> dict[str, Any]:
    """Every rule over every row, batch by batch as a night does, and the counts summed."""
    from expectations.verdicts import assess, sum_checks

    cpu_s, wall_s, checks, refused = 0.0, 0.0, [], 0
    for rows in _batches(path):  # unpacking them is not counted: the other parts have theirs in memory
        before, started = _cpu(), time.perf_counter()
        found = assess(rows, "run")
        cpu_s, wall_s = cpu_s + _cpu() - before, wall_s + time.perf_counter() - started
        checks.append(found.checks)
        refused += found.refused.num_rows
    summed = _measured(lambda: _summed(sum_checks(pa.concat_tables(checks))))
    return summed | {"refused": refused, "cpu_s": cpu_s + summed["cpu_s"], "wall_s": wall_s + summed["wall_s"]}


def _summed(checks: pa.Table) -> dict[str, int]:
    rows = [row for row in checks.to_pylist() if row["source"] is None]
    return {"rules": len(rows), "broken": sum(row["broken_count"] for row in rows)}


def night(path: Path, count: int) -> dict[str, Any]:
    """One batch of 10,000 rows."""
    from expectations.verdicts import assess

    rows = next(_batches(path)).slice(0, count)
    return _measured(lambda: {"refused": assess(rows, "run").refused.num_rows})


def narrow(path: Path, count: int) -> dict[str, Any]:
    """Great Expectations over the narrow projection, with all rules: what texts give away is found already, and not counted."""
    from expectations.suite import build_suite, projected_frame

    build_suite()
    import pandas as pd

    frames = [projected_frame(rows) for rows in _batches(path)]
    frame = pd.concat(frames, ignore_index=True)
    return _measured(lambda: _validated(frame, build_suite()))


def plain(path: Path, count: int) -> dict[str, Any]:
    """Great Expectations over the rows themselves, with the rules that it can express on them: what a user of it writes."""
    from expectations.suite import build_suite

    build_suite()
    table = pa.concat_tables(islice(_batches(path), -(-count // _CHUNK))).slice(0, count)
    columns = ["article_id", "url", "canonical_url", "title", "body", "body_length", "published_at", "modified_at", "fetched_at"]
    columns += ["published_utc_offset", "published_precision", "published_from", "language", "pages_missing"]

    def whole() -> dict[str, int]:
        frame = table.select(columns).to_pandas()
        for name in ("published_at", "modified_at", "fetched_at"):
            frame[name] = frame[name].dt.tz_localize(None)
        for name in ("article_id", "url", "canonical_url", "title", "body", "language"):
            frame[name] = frame[name].astype(object)
        frame["latest_published_at"] = frame["fetched_at"] + timedelta(days=1)
        return _validated(frame, _plain_suite())

    return _measured(whole)


def _plain_suite() -> Any:
    import great_expectations as gx

    from expectations import patterns
    from expectations.rules import RULES

    texts = {
        "title_markup": ("title", patterns.TITLE_MARKUP),
        "body_markup": ("body", patterns.BODY_MARKUP),
        "title_mojibake": ("title", patterns.MOJIBAKE),
        "body_mojibake": ("body", patterns.REPEATED_MOJIBAKE),
        "body_entity": ("body", patterns.ENTITY),
        "body_lost_character": ("body", patterns.LOST_CHARACTER),
        "body_read_also": ("body", patterns.READ_ALSO),
        "body_login": ("body", patterns.LOGIN),
    }
    # Of other texts, or of what only a query over all rows finds.
    beyond = {"body_title", "body_boilerplate", "odd_author", "fetch_time", "undeclared_language", "unlike_hint_title"}
    beyond |= {"unlike_hint_published_at", "earliest_published_at"}
    made = []
    for rule in RULES:
        kwargs = dict(rule.kwargs)
        if kwargs.get("column") in texts:
            column, regex = texts[kwargs["column"]]
            made.append(gx.expectations.ExpectColumnValuesToNotMatchRegex(column=column, regex=regex))
        elif kwargs.get("column") == "title_length":
            made.append(gx.expectations.ExpectColumnValueLengthsToBeBetween(column="title", min_value=2, max_value=300))
        elif not beyond & set(map(str, kwargs.values())):
            kwargs = {key: value.replace(tzinfo=None) if hasattr(value, "tzinfo") else value for key, value in kwargs.items()}
            made.append(getattr(gx.expectations, rule.expectation)(**kwargs))
    return gx.ExpectationSuite(name="plain", expectations=made)


def _validated(frame: Any, suite: Any) -> dict[str, int]:
    import great_expectations as gx

    context = gx.get_context(mode="ephemeral")
    context.variables.progress_bars = {"globally": False}
    batch = context.data_sources.add_pandas("rows").add_dataframe_asset("rows").add_batch_definition_whole_dataframe("all")
    definition = context.validation_definitions.add(
        gx.ValidationDefinition(name="run", data=batch, suite=context.suites.add(suite))
    )
    result = definition.run(batch_parameters={"dataframe": frame}, result_format="SUMMARY")
    failed = [entry.expectation_config.type for entry in result.results if "unexpected_count" not in entry.result]
    assert not failed, failed
    return {"rules": len(result.results), "broken": sum(entry.result["unexpected_count"] for entry in result.results)}


def _measured(call: Callable[[], dict[str, int]]) -> dict[str, Any]:
    before, started = _cpu(), time.perf_counter()
    gave = call()
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    return {"cpu_s": _cpu() - before, "wall_s": time.perf_counter() - started, "peak_bytes": peak} | gave


def _cpu() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


PARTS = {"verdicts": verdicts, "night": night, "narrow": narrow, "plain": plain}


def table(results: dict[str, dict[str, Any]]) -> str:
    """The figures as Markdown."""
    lines = ["| what | rules | rows | wall s | CPU s | peak memory | µs a row | CPU µs a row |", f"|---|{'---:|' * 7}"]
    names = {
        "verdicts": "nightdesk: verdicts, counts, refused rows with their reasons",
        "night": "nightdesk: a night",
        "narrow": "Great Expectations, on the narrow projection (without the cost of making it)",
        "plain": "Great Expectations on its own, on the rows with their bodies",
    }
    for part, got in results.items():
        wall_us, cpu_us = (got[key] / got["rows"] * 1e6 for key in ("wall_s", "cpu_s"))
        times = f"{got['wall_s']:.1f} | {got['cpu_s']:.1f} | {got['peak_bytes'] / 1e9:.2f} GB | {wall_us:.0f} | {cpu_us:.0f}"
        lines.append(f"| {names[part]} | {got.get('rules', '')} | {got['rows']:,} | {times} |")
    if {"verdicts", "plain"} <= results.keys():
        wall, cpu = (
            (results["plain"][key] / results["plain"]["rows"]) / (results["verdicts"][key] / results["verdicts"]["rows"])
            for key in ("wall_s", "cpu_s")
        )
        lines.append(f"\nGreat Expectations on its own takes {wall:.1f} times as long a row, and {cpu:.1f} times the CPU time.")
    return "\n".join(lines) + "\n"


def main() -> None:
    """The command line; with `--part`, one part in this process."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument(
        "--plain-rows", type=int, default=50_000, help="rows for Great Expectations on its own: 1,000,000 need 15 GB"
    )
    parser.add_argument("--parts", nargs="+", choices=PARTS, default=list(PARTS), help="only these")
    parser.add_argument("--work", type=Path, help="a folder for the rows, removed at the end (default: below the system's own)")
    parser.add_argument("--out", type=Path, help="gets quality.md and quality.json")
    parser.add_argument("--part", nargs=3, metavar=("NAME", "FILE", "COUNT"), help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.part:
        name, path, count = args.part
        print(json.dumps({"rows": int(count)} | {"make": make, **PARTS}[name](Path(path), int(count))))
        return
    if args.out is None:
        parser.error("--out is needed")
    args.out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="nightdesk-quality-", dir=args.work) as work:
        path = Path(work) / "rows.parquet"
        made = _part("make", path, args.rows)
        print(f"{made['rows']:,} rows, bodies of {made['body_bytes']:,} bytes in the mean", file=sys.stderr)
        counts = {"night": min(10_000, args.rows), "plain": min(args.plain_rows, args.rows)}
        results: dict[str, dict[str, Any]] = {}
        for part in args.parts:
            results[part] = _part(part, path, counts.get(part, args.rows))
            (args.out / "quality.json").write_text(json.dumps(results, indent=1))
            (args.out / "quality.md").write_text(table(results))
    print(table(results))


def _part(name: str, path: Path, count: int) -> dict[str, Any]:
    print(f"{name} ({count:,} rows)", file=sys.stderr, flush=True)
    command = [sys.executable, str(Path(__file__)), "--part", name, str(path), str(count)]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
    measured: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return measured


if __name__ == "__main__":
    main()
