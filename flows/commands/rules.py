"""`nightdesk rules`: the sites' own rules, held against their sample pages."""

from pathlib import Path

import click

from flows.cli import EXIT_DONE, EXIT_GATE_FAILED


@click.group("rules")
def command() -> None:
    """The sites' own rules ([[sites]] in sources.toml, or in files of their own)."""


@command.command("check")
@click.option(
    "--rules",
    type=click.Path(path_type=Path),
    default=Path("sources.toml"),
    show_default=True,
    metavar="FILE_OR_FOLDER",
    help="A sources.toml, a file of [[sites]] tables, or a folder of such files.",
)
@click.option("--update", is_flag=True, help="Write what the samples give now as what is expected of them.")
def check(rules: Path, update: bool) -> int:
    """Read every rule's sample pages by the rule, and show where the row is not the expected one.

    The expected row of pages/story.html is pages/story.json: --update writes it, you read it. Exit codes: 0 all as
    expected, 1 not, 2 a rule cannot be read.
    """
    from flows.rulecheck import check_site
    from sources.siterules import load_sites

    sites = load_sites(rules)
    problems = [problem for site in sites for problem in check_site(site, update=update, tell=click.echo)]
    for problem in problems:
        click.echo(problem)
    samples = sum(len(site.samples) for site in sites)
    verdict = _counted(len(problems), "problem") if problems else "all as expected"
    click.echo(f"{_counted(len(sites), 'rule')}, {_counted(samples, 'sample')}: {verdict}")
    return EXIT_GATE_FAILED if problems else EXIT_DONE


def _counted(count: int, noun: str) -> str:
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"
