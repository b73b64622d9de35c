"""`nightdesk report`: the quality report of a run."""

import click

from flows import settings
from flows.commands.options import data_option
from transforms.errors import InputError


@click.command("report")
@click.option("--run", "run_id", metavar="ID", help="Which run (default: the last one).")
@click.option("--open", "open_it", is_flag=True, help="Open it in the browser.")
@data_option
def command(run_id: str | None, open_it: bool, data: settings.Place) -> None:
    """Write the quality report of a run again from the warehouse, and print its path."""
    from expectations.report import write_report
    from warehouse.query import connect

    folder = settings.warehouse(data)
    with connect(folder) as warehouse:
        runs = [row[0] for row in warehouse.execute("select run_id from runs order by started_at desc").fetchall()]
    if not runs:
        raise InputError(f"{folder.root}: no run has finished here yet; start one with `nightdesk run`")
    if run_id is not None and run_id not in runs:
        raise InputError(f"--run {run_id}: there is no such run in {folder.root}; the last ones are {', '.join(runs[:5])}")
    path = write_report(folder, run_id or runs[0])
    click.echo(path)
    if open_it:
        click.launch(str(path))
