"""`nightdesk doctor`: what is wrong with this installation."""

import json
from dataclasses import asdict
from pathlib import Path

import click

from flows.cli import EXIT_DONE, EXIT_PROBLEM
from flows.commands.options import data_option
from flows.settings import Place


@click.command("doctor")
@click.option(
    "--sources",
    type=click.Path(path_type=Path, dir_okay=False),
    help="What nights read. Default: sources.toml, if it is there.",
)
@click.option(
    "--port", type=click.IntRange(1, 65535), default=4200, show_default=True, help="Where `serve` has Prefect's server."
)
@click.option("--json", "as_json", is_flag=True, help="The findings as JSON, for programs.")
@data_option
def command(sources: Path | None, port: int, as_json: bool, data: Place) -> int:
    """What is wrong with this installation, and the cure: one line a check. Changes nothing, and asks no host of any source.

    Looks at the sources file, installed extensions, the warehouse and its credentials, folders, disk, clock, time zones,
    unfinished runs and what dead ones left, Prefect's server, its database, and runs that it takes for running while no process
    does. Exit codes: 0 no problem (there may be warnings), 1 a problem.
    """
    from flows.doctor import Examined, examine
    from flows.finding import Level
    from flows.rundir import utc_now

    findings = list(examine(Examined(data, sources, port, utc_now())))
    if as_json:
        click.echo(json.dumps([asdict(finding) for finding in findings], ensure_ascii=False, indent=2))
    else:
        width = max(len(finding.check) for finding in findings)
        for finding in findings:
            cure = f" -> {finding.cure}" if finding.cure else ""
            click.echo(f"{finding.level:<8} {finding.check:<{width}} {finding.said}{cure}")
    return EXIT_PROBLEM if any(finding.level is Level.PROBLEM for finding in findings) else EXIT_DONE
