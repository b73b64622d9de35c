"""`nightdesk site` as a person calls it. What a site holds: tests/expectations/browser."""

import re
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from flows.commands.site import command
from transforms.errors import InputError
from warehouse.paths import DataDir
from warehouse.views import publish


@pytest.fixture
def data(tmp_path: Path, add_run: Callable[..., None]) -> DataDir:
    """A warehouse of one night that stored nothing."""
    data = DataDir(tmp_path / "data")
    add_run(data, datetime(2026, 3, 2, 20, 0, tzinfo=UTC))
    publish(data)
    return data


def site(data: DataDir, *arguments: str) -> Result:
    return CliRunner().invoke(command, ["--data", str(data.root), *arguments])


def test_it_prints_the_page_and_what_it_took(data: DataDir, tmp_path: Path) -> None:
    done = site(data, "--out", str(tmp_path / "site"))
    assert (done.exit_code, done.stdout) == (0, f"{tmp_path / 'site' / 'index.html'}\n")
    assert re.fullmatch(r"0 articles: \d\d files, [\d.]+ kB, the largest [\d.]+ kB\n", done.stderr)
    assert "0 articles" in (tmp_path / "site" / "index.html").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--days", "3", "--from", "2026-03-01"], "--days and --from both say where to begin: give one of them"),
        (["--from", "2026-03-02", "--to", "2026-03-01"], "--from 2026-03-02 is after --to 2026-03-01: no day lies between them"),
    ],
)
def test_days_that_cannot_be(arguments: list[str], message: str, data: DataDir, tmp_path: Path) -> None:
    done = site(data, "--out", str(tmp_path / "site"), *arguments)
    assert isinstance(done.exception, InputError)
    assert str(done.exception) == message
    assert not (tmp_path / "site").exists()


def test_the_examples_of_the_docs_run(data: DataDir, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    text = (Path(__file__).parents[2] / "docs" / "site.md").read_text(encoding="utf-8")
    commands = [line.partition("#")[0].split()[2:] for line in text.splitlines() if line.startswith("nightdesk site ")]
    done = [site(data, *(argument for argument in arguments if argument != "--open")) for arguments in commands]
    assert [(each.exit_code, each.stdout) for each in done] == [(0, "site/index.html\n")] * 3


def test_the_warehouse_itself_is_no_place_for_it(data: DataDir) -> None:
    done = site(data, "--out", str(data.root))
    assert isinstance(done.exception, InputError)
    assert str(done.exception).startswith(f"--out {data.root}: the folder is not empty, and was not written by `nightdesk site`")
