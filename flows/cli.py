"""The command line: which verb lives where. Each verb's module is imported only when it is used, so that --help is fast."""

import atexit
import importlib
import logging
import os
import sys
from collections.abc import Sequence
from typing import NoReturn

import click

from flows import logs, settings
from transforms.errors import BusyError, EngineError, LakeError, NightdeskError, first_line

LOG = logging.getLogger(__name__)

VERBS = {
    "run": ("flows.commands.run", "One night, now: discover, fetch, extract, check, load, report."),
    "init": ("flows.commands.init", "A new project, from the home pages of sites: sources, rules, a notebook."),
    "sources": ("flows.commands.sources", "Try every source for real: what it gives, what is missing."),
    "serve": ("flows.commands.serve", "The night by a schedule, with Prefect's server and its UI."),
    "backfill": ("flows.commands.backfill", "The same stages over WARC archives, lists of URLs, past days."),
    "extract": ("flows.commands.extract", "Rows from pages, without a warehouse."),
    "rules": ("flows.commands.rules", "The sites' own rules, held against their sample pages."),
    "reextract": ("flows.commands.reextract", "The raw archive through today's code: what changes, and new versions."),
    "quarantine": ("flows.commands.quarantine", "Refused pages: what and why, another try, false alarms released."),
    "sql": ("flows.commands.sql", "Read-only SQL over the warehouse."),
    "maintain": ("flows.commands.maintain", "Upkeep: compaction, vacuum, retention of raw pages."),
    "search": ("flows.commands.search", "Articles that have these words, best first."),
    "doctor": ("flows.commands.doctor", "What is wrong with this installation, and the cure."),
    "report": ("flows.commands.report", "The quality report of a run."),
    "site": ("flows.commands.site", "The warehouse as a folder that a browser opens: search, versions, stories, quality."),
}

EXIT_DONE, EXIT_GATE_FAILED, EXIT_USAGE, EXIT_UNFINISHED = 0, 1, 2, 3
EXIT_PROBLEM = 1  # of `doctor` alone


class LazyVerbs(click.Group):
    """A group that knows its verbs by name and imports one when it is asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(VERBS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in VERBS:
            return None
        command: click.Command = importlib.import_module(VERBS[cmd_name][0]).command
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Verbs"):
            formatter.write_dl([(name, summary) for name, (_, summary) in VERBS.items()])


@click.group(cls=LazyVerbs, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="nightdesk", prog_name="nightdesk")
@click.option(
    "--log-format",
    type=click.Choice(settings.LOG_FORMATS),
    help=f"Of what goes to stderr: text, or one JSON object a line (default: ${settings.LOG_FORMAT_VARIABLE}, else text).",
)
def nightdesk(log_format: str | None) -> None:
    """Batch ETL for news pages: nightly runs, trusted rows, a reason for every page refused, SQL over it all.

    Try it: nightdesk run --sample
    """
    if log_format:
        settings.choose_log_format(log_format)
    logs.configure()


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line. Exit codes: 0 done, 1 a quality gate failed, 2 usage or configuration, 3 could not finish."""
    try:
        code = nightdesk.main(args=None if arguments is None else list(arguments), prog_name="nightdesk", standalone_mode=False)
    except click.exceptions.Abort:
        _tell("interrupted. Run the same command again: it goes on where it was.")
        code = EXIT_UNFINISHED
    except click.ClickException as error:
        if settings.is_json_log():
            _tell(error.format_message())
        else:
            error.show()
        code = EXIT_USAGE
    except NightdeskError as error:
        _tell(str(error))
        code = EXIT_UNFINISHED if isinstance(error, (BusyError, EngineError, LakeError)) else EXIT_USAGE
    except SystemExit:  # click's answer to a closed pipe, `nightdesk sql ... | head`; its 1 would mean a failed gate here
        code = EXIT_DONE
    except Exception as error:
        if settings.debug():
            raise
        _tell(
            f"could not finish: {type(error).__name__}: {first_line(error, or_else='')}\n"
            f"Run the same command again: it goes on where it was. {settings.DEBUG_VARIABLE}=1 shows the traceback.",
            error,
        )
        code = EXIT_UNFINISHED
    _leave(code if isinstance(code, int) else EXIT_DONE)


def _tell(why: str, error: Exception | None = None) -> None:
    """Why it ended. `error`: one whose traceback a log for programs has."""
    if settings.is_json_log():
        logs.configure()  # it may have ended before its verb was found
        LOG.error("%s", why, exc_info=error)
    else:
        click.echo(f"nightdesk: {why}", err=True)


def _leave(code: int) -> NoReturn:
    """End the process. After a flow without the interpreter's teardown: Prefect's threads are still there then, and DuckDB's
    binding prints a page of notices about objects that they hold. What libraries registered for the exit runs all the same.
    """
    if "prefect" in sys.modules:
        sys.stdout.flush()
        atexit._run_exitfuncs()
        sys.stderr.flush()
        os._exit(code)
    sys.exit(code)
