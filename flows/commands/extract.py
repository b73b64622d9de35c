"""`nightdesk extract`: rows without a warehouse."""

import sys
from pathlib import Path

import click

from flows.commands.options import rules_option, workers_option
from transforms.errors import InputError


@click.command("extract")
@click.argument("inputs", nargs=-1, required=True, metavar="(FILE.html | URL | FILE.warc.gz)...")
@click.option("--url", help="The page's URL, for an HTML file (default: its rel=canonical, else its file:// URL).")
@click.option(
    "--out",
    type=click.Path(path_type=Path, dir_okay=False),
    help="rows.parquet or rows.jsonl. Default: to stdout.",
)
@click.option(
    "--format",
    "format_",
    type=click.Choice(["card", "json"]),
    help="What goes to stdout: a card for people, or JSON lines. Default: cards on a terminal, JSON elsewhere.",
)
@click.option("--timezone", help="IANA zone for times that bear none, Asia/Jakarta.")
@click.option("--explain", is_flag=True, help="For each field where it comes from and what was passed over; what was cut.")
@rules_option
@workers_option
def command(
    inputs: tuple[str, ...],
    url: str | None,
    out: Path | None,
    format_: str | None,
    timezone: str | None,
    explain: bool,
    rules: Path | None,
    workers: int | None,
) -> None:
    """Rows from pages, without a warehouse: one row a page, in the order given.

    A page that yields no article, or one that the rules would refuse, is a row too: `rejection` says why, `broken_rules` all that
    is wrong with it. On a terminal a card a page, with what the rules say of it; JSON lines where the output goes elsewhere.
    With --explain a text for people; with --out FILE.jsonl as well, its parts as JSON lines.
    """
    if url is not None and len(inputs) != 1:
        raise InputError("--url names the page of one HTML file; give one file, or leave it out")
    if out is not None and out.suffix not in (".parquet", ".jsonl"):
        raise InputError(f"--out {out}: end the name in .parquet or .jsonl")
    if out is not None and not out.absolute().parent.is_dir():
        raise InputError(f"--out {out}: there is no folder {out.parent}; make it first")
    if explain and out is not None and out.suffix != ".jsonl":
        raise InputError(f"--out {out}: explanations are nested, so end the name in .jsonl, or leave --out away to read them")
    from flows.adhoc import explain_rows, extract_rows, write_rows
    from flows.card import print_cards
    from flows.explaining import write_explanations
    from flows.progress import shown
    from sources.siterules import load_sites
    from transforms.siterules import SiteRules

    site_rules = SiteRules(site.rule for site in load_sites(rules)) if rules else None
    if explain:
        explained = explain_rows(inputs, url=url, timezone=timezone, workers=workers, rules=site_rules)
        write_explanations(*explained, out, sys.stdout)
        return
    misses: list[str] = []
    with shown():
        rows = extract_rows(inputs, url=url, timezone=timezone, workers=workers, rules=site_rules, on_miss=misses.append)
    for miss in misses:
        click.echo(f"warning: {miss}", err=True)
    if out is None and (format_ or ("card" if sys.stdout.isatty() else "json")) == "card":
        print_cards(rows.to_pylist())
    else:
        write_rows(rows, out, sys.stdout)
