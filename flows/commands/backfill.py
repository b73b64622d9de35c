"""`nightdesk backfill`: the same stages over archives."""

import glob
from pathlib import Path

import click

from flows import settings
from flows.cli import EXIT_DONE, EXIT_GATE_FAILED
from flows.commands.options import data_option, rules_option, workers_option
from sources.siterules import Site, load_sites
from transforms.errors import InputError


@click.command("backfill")
@click.option(
    "--warc",
    "patterns",
    multiple=True,
    required=True,
    metavar="GLOB",
    help="WARC files, as a path or a quoted pattern; may be given several times.",
)
@click.option("--source", default="archive", show_default=True, help="The name that the rows bear as their source.")
@rules_option
@workers_option
@data_option
def command(patterns: tuple[str, ...], source: str, rules: Path | None, workers: int | None, data: Path) -> int:
    """The same stages over WARC archives: extract, check, load, report; every record accounted for.

    The pages stay where they are: rows point into the archives. A backfill that was killed goes on with the file it was at.
    """
    archives = _archives(patterns)
    sites = _sites(rules)  # before Prefect is imported, so that a slip of the pen costs no seconds
    settings.prepare_libraries(data)
    settings.quiet_logs()
    from flows.backfill import backfill  # Prefect takes seconds to import
    from flows.progress import shown
    from flows.summary import print_summary

    with shown():
        summary = backfill(archives, data, source=source, sites=sites, workers=workers)
    print_summary(summary)
    return EXIT_DONE if summary.gate.passed else EXIT_GATE_FAILED


def _sites(rules: Path | None) -> tuple[Site, ...]:
    return load_sites(rules) if rules else ()


def _archives(patterns: tuple[str, ...]) -> list[Path]:
    found: dict[Path, None] = {}
    for pattern in patterns:
        paths = [Path(path).resolve() for path in sorted(glob.glob(pattern, recursive=True)) if Path(path).is_file()]  # noqa: PTH207
        if not paths:
            raise InputError(f"--warc {pattern}: no file is there by that name")
        found |= dict.fromkeys(paths)
    return list(found)
