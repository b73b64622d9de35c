"""The command line as a shell sees it: help, exit codes, messages."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from flows.cli import VERBS


def nightdesk(*arguments: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", "from flows.cli import main; main()", *arguments],
        cwd=cwd, capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip


def test_help_lists_every_verb_and_loads_nothing_heavy(tmp_path: Path) -> None:
    code = (
        "import sys\nfrom flows.cli import main\ntry:\n main(['--help'])\nexcept SystemExit: pass\n"
        "heavy = {'prefect', 'duckdb', 'pyarrow', 'pandas', 'great_expectations', 'trafilatura', 'aiohttp'} & set(sys.modules)\n"
        "print('heavy:', sorted(heavy))"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, timeout=60, check=True)
    assert [verb for verb in VERBS if f"  {verb} " not in done.stdout] == []
    assert done.stdout.splitlines()[-1] == "heavy: []"


@pytest.mark.parametrize("verb", VERBS)
def test_every_verb_has_help(verb: str, tmp_path: Path) -> None:
    done = nightdesk(verb, "--help", cwd=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith(f"Usage: nightdesk {verb}")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["nonsense"], "No such command 'nonsense'"),
        (["run", "--day", "yesterday"], "'yesterday' does not match the format '%Y-%m-%d'"),
        (["run"], "sources.toml: there is no such file"),
        (["run", "--sample", "--day", "2001-01-01"], "the bundled newsroom has 2026-03-02 and 2026-03-03"),
        (["backfill"], "give one of --warc GLOB (or --warc-paths FILE), --urls FILE, --from DATE"),
        (["backfill", "--warc-paths", "none.gz"], "--warc-paths none.gz: there is no such file"),
        (
            ["backfill", "--warc-paths", "https://data.example/warc.paths.gz"],
            "--contact: is not set, and https://data.example/warc.paths",
        ),
        (["backfill", "--warc", "no/such*.warc.gz"], "--warc no/such*.warc.gz: no file is there by that name"),
        (["extract", "no-such.html"], "no-such.html: there is no such file"),
        (["extract", "a.html", "b.html", "--url", "https://a.example/"], "--url names the page of one HTML file"),
        (["extract", "a.html", "--out", "rows.xlsx"], "--out rows.xlsx: end the name in .parquet or .jsonl"),
        (["extract", "page.html", "--timezone", "Mars/Olympus"], "Mars/Olympus"),
        (["extract", "page.html", "--rules", "none.toml"], "none.toml: there is no such file or folder"),
        (["backfill", "--warc", "page.html", "--rules", "none.toml"], "none.toml: there is no such file or folder"),
        (["rules", "check"], "sources.toml: there is no such file or folder"),
        (["rules", "check", "--rules", "rules.toml"], "gone.html: the sample of a.example cannot be read"),
        (["sql", "select 1"], "nightdesk run --sample"),
        (["quarantine", "list"], "nightdesk run --sample"),
        (["report"], "nightdesk run --sample"),
        (["maintain"], "nightdesk run --sample"),
        (["maintain", "--drop-needed-raw"], "--drop-needed-raw needs a limit: --keep-raw-days or --max-raw-bytes"),
        (["maintain", "--max-raw-bytes", "much"], "'much' is no size"),
    ],
    ids=lambda value: "-".join(value)[:40] if isinstance(value, list) else "",
)
def test_what_a_user_can_get_wrong_is_answered_in_a_few_lines(arguments: list[str], message: str, tmp_path: Path) -> None:
    (tmp_path / "page.html").write_text("<html><title>x</title></html>")
    (tmp_path / "rules.toml").write_text('[[sites]]\nhost = "a.example"\nbody = "p"\nsamples = ["gone.html"]\n')
    done = nightdesk(*arguments, cwd=tmp_path)
    assert (done.returncode, done.stdout) == (2, "")
    assert message in done.stderr
    assert "Traceback" not in done.stderr
    assert len(done.stderr.splitlines()) <= 5


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--log-format", "json", "run", "--sources", "none.toml"], "none.toml: there is no such file"),
        (["nonsense"], "No such command 'nonsense'"),
    ],
)
def test_for_programs_an_error_is_one_line_too(
    arguments: list[str], message: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if arguments[0] == "nonsense":
        monkeypatch.setenv("NIGHTDESK_LOG_FORMAT", "json")
    done = nightdesk(*arguments, cwd=tmp_path)
    (line,) = map(json.loads, done.stderr.splitlines())
    assert (done.returncode, line["level"], line["logger"]) == (2, "ERROR", "flows.cli")
    assert line["message"].startswith(message)
