"""`nightdesk report`: the quality report of a run."""

from pathlib import Path

import click

from flows import settings
from flows.commands.options import data_option
from transforms.errors import InputError
from warehouse.paths import DataDir


@click.command("report")
@click.option("--run", "run_id", metavar="ID", help="Which run (default: the last one).")
@click.option(
    "--format",
    "form",
    type=click.Choice(["html", "json", "markdown"]),
    default="html",
    show_default=True,
    help="html: written below reports/, its path is printed; json and markdown: printed.",
)
@click.option("--open", "open_it", is_flag=True, help="Open it in the browser.")
@data_option
def command(run_id: str | None, form: str, open_it: bool, data: settings.Place) -> None:
    """The quality report of a run, made again from the warehouse."""
    if open_it and form != "html":
        raise InputError(f"--open shows the page; it does not go with --format {form}")
    from expectations.document import as_json
    from expectations.report import markdown, read_report, write_report

    folder = settings.warehouse(data)
    report = read_report(folder, chosen_run(folder, run_id))
    if form != "html":
        click.echo(as_json(report) if form == "json" else markdown(report))
        return
    path = write_report(folder, report)
    click.echo(path)
    if open_it:
        click.launch(str(near(folder, path.parent) / path.name))


def chosen_run(data: DataDir, run_id: str | None) -> str:
    """The run of that id, or the last one. InputError if there is none."""
    from warehouse.query import connect

    with connect(data) as warehouse:
        runs = [row[0] for row in warehouse.execute("select run_id from runs order by started_at desc").fetchall()]
    if not runs:
        raise InputError(f"{data.root}: no run has finished here yet; start one with `nightdesk run`")
    if run_id is not None and run_id not in runs:
        raise InputError(f"--run {run_id}: there is no such run in {data.root}; the last ones are {', '.join(runs[:5])}")
    return run_id or str(runs[0])


def near(data: DataDir, report: Path) -> Path:
    """The folder of a report where a browser can open it: a copy, if it is an object store's."""
    if not data.is_remote:
        return report
    copy = data.report_copies / report.name
    for page in report.rglob("*.html"):
        target = copy / str(page.relative_to(report))
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(page.read_bytes())
    return copy
