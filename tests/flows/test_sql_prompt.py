"""The prompt of `nightdesk sql`: on a terminal of its own, and what it does without one."""

import contextlib
import io
import os
import pty
import re
import select
import stat
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from prompt_toolkit.completion import CompleteEvent
from prompt_toolkit.document import Document

from flows.shell.completion import SqlCompleter
from flows.shell.session import Session
from flows.shell.statements import is_complete, pieces
from transforms.errors import InputError
from warehouse.paths import DataDir
from warehouse.recipes import Recipe, read_recipes, recipes_page
from warehouse.views import publish

AddRun = Callable[..., None]


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory, add_run: AddRun) -> DataDir:
    """One run, and no article."""
    folder = DataDir(tmp_path_factory.mktemp("prompt") / "data")
    add_run(folder, datetime(2026, 3, 2, 2, tzinfo=UTC))
    publish(folder)
    return folder


@pytest.fixture
def out() -> io.TextIOWrapper:
    return io.TextIOWrapper(io.BytesIO(), encoding="utf-8", write_through=True)


@pytest.fixture
def session(data: DataDir, out: io.TextIOWrapper, monkeypatch: pytest.MonkeyPatch) -> Iterator[Session]:
    monkeypatch.setenv("COLUMNS", "60")
    with Session(data, out, is_asked=True) as session:
        yield session


def written(out: io.TextIOWrapper) -> str:
    """What was written since the last time."""
    buffer = out.buffer
    assert isinstance(buffer, io.BytesIO)
    text = buffer.getvalue().decode()
    buffer.seek(0)
    buffer.truncate()
    return text


# What a prompt begins with: from here on pasted text is to be marked as such.
READY = "\x1b[?2004h"


def _plain(shown: str) -> str:
    return re.sub(r"\x1b\[[0-9;?]*[a-zA-Z]", "", shown)


@pytest.fixture(scope="module")
def steady(data: DataDir) -> Iterator[Session]:
    """One session for tests that change nothing of it."""
    with Session(data, io.TextIOWrapper(io.BytesIO()), is_asked=True) as session:
        yield session


class Terminal:
    """`nightdesk sql` on a pseudo-terminal."""

    def __init__(self, data: Path, state: Path) -> None:
        self._fd, theirs = pty.openpty()
        # Ctrl-C is for those whose terminal it is.
        code = "import fcntl, termios; fcntl.ioctl(0, termios.TIOCSCTTY, 0); from flows.cli import main; main()"
        environment = os.environ | {"XDG_STATE_HOME": str(state), "PROMPT_TOOLKIT_NO_CPR": "1", "COLUMNS": "80", "TERM": "xterm"}
        self._process = subprocess.Popen(
            [sys.executable, "-c", code, "sql", "--data", str(data)],
            stdin=theirs, stdout=theirs, stderr=theirs, env=environment, start_new_session=True,
        )  # fmt: skip
        os.close(theirs)

    def type(self, keys: str, until: str, *, again: bool = False) -> str:
        """Type, wait until an answer is there, and give what was shown since, without colours. `again`: type until it is."""
        deadline, shown = time.monotonic() + 60, ""
        os.write(self._fd, keys.encode())
        while until not in shown and until not in _plain(shown):
            assert time.monotonic() < deadline, f"{until!r} is not in {shown!r}"
            if select.select([self._fd], [], [], 0.5)[0]:
                shown += os.read(self._fd, 65536).decode(errors="replace")
            elif again:
                os.write(self._fd, keys.encode())
        return _plain(shown)

    def leave(self) -> int:
        """Ctrl-D, until it is heard; gives the exit code."""
        deadline = time.monotonic() + 60
        while self._process.poll() is None:
            assert time.monotonic() < deadline, "it does not end"
            os.write(self._fd, b"\x04")
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._process.wait(0.5)
        return self._process.returncode

    def close(self) -> None:
        self._process.kill()
        self._process.wait(60)
        os.close(self._fd)


def test_a_person_asks_is_corrected_and_leaves(data: DataDir, tmp_path: Path) -> None:
    with contextlib.closing(Terminal(data.root, tmp_path / "state")) as terminal:
        assert "1 run, the last of 2026-03-02" in terminal.type("", READY)
        assert "Catalog Error" in terminal.type("select 1 from nowhere;\r", READY)
        terminal.type("select count(*) as n\rfrom quarantine_\t", "rows")
        assert "│     0 │" in terminal.type(";\r", READY)
        terminal.type("select count(*) from range(100000000000) a(i) where i * 7 % 3 = 1;\r", "= 1;")
        terminal.type("\x03", "cancelled", again=True)
        assert "select run_id, day" in terminal.type(".recipes 19\r", "limit 10;")
        terminal.type("\r", "│ 2026-03-02 │")
        assert terminal.leave() == 0
    history = tmp_path / "state" / "nightdesk" / "sql_history"
    assert stat.S_IMODE(history.stat().st_mode) == 0o600
    assert "+select count(*) as n\n+from quarantine_rows;\n" in history.read_text()


def test_a_script_is_run_statement_by_statement_up_to_its_first_error(data: DataDir) -> None:
    script = "select kind, day\nfrom runs; -- one\n.mode csv\nselect 'a;b' as s, 2 as n;\nselect nope;\nselect 3;\n"
    done = subprocess.run(
        [sys.executable, "-c", f"from flows.cli import main; main(['sql', '--data', {str(data.root)!r}])"],
        input=script, capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert done.stdout == "kind   day\n-----  ----------\nnight  2026-03-02\ns,n\na;b,2\n"
    assert (done.returncode, done.stderr.splitlines()[0]) == (
        2,
        'nightdesk: Binder Error: Referenced column "nope" was not found because the FROM clause is missing',
    )


def test_of_a_large_result_the_first_rows_are_shown_and_all_are_counted(session: Session, out: io.TextIOWrapper) -> None:
    session.take(".rows 2")
    session.take("select i from range(123456) t(i) order by i desc;")
    assert written(out).splitlines()[-5:] == [
        "├────────┤",
        "│ 123455 │",
        "│ 123454 │",
        "└────────┘",
        "the first 2 of 123,456 rows",
    ]
    session.take("select i from range(9999) t(i)")
    assert written(out).splitlines()[-1] == "the first 2 of 9,999 rows"
    session.take(".rows 5000")
    session.take("select i from range(5000) t(i)")
    assert sum(line.startswith("│") for line in written(out).splitlines()) == 5_002
    session.take(".mode markdown")
    session.take("select 'a|b\nc' as text, null as nothing union all select 'd', 'e'")
    assert written(out) == "| text | nothing |\n| --- | --- |\n| a\\|b c |  |\n| d | e |\n"
    session.take(".mode json")
    session.take("select 1 as n; select 2 as n")
    assert written(out) == '[{"n":1}]\n[{"n":2}]\n'


def test_commands_say_what_there_is(session: Session, out: io.TextIOWrapper) -> None:
    session.take(".tables")
    assert "runs                     One row per finished run." in written(out)
    session.take(".schema snapshots")
    assert [line.rstrip() for line in written(out).splitlines()][:2] == [
        "table_name  varchar  table of the lake",
        "version     integer  number of its last commit (-1: it was",
    ]
    session.take(".help")
    shown = written(out)
    assert [name for name in session.commands if name not in shown] == []
    assert max(map(len, shown.splitlines())) <= 60
    session.take(".recipes")
    assert "  19  How the last nights went" in written(out)
    assert str(session.take(".recipes 19")).startswith("select run_id, day")
    for text in (".quit", "exit;", "QUIT"):
        with pytest.raises(EOFError):
            session.take(text)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (".nonsense", "there is no such command. There are .help, .tables"),
        (".schema nowhere", "name one of alarms, "),
        (".mode parquet", "give one of table, csv, json, markdown"),
        (".rows all", "give a number from 1 to 5,000"),
        (".recipes 99", "give a number from 1 to 28"),
        ("drop view runs;", "only statements that read"),
        ("select ;", "Parser Error"),
    ],
)
def test_what_is_wrong_is_said(steady: Session, text: str, message: str) -> None:
    with pytest.raises(InputError, match=re.escape(message)):
        steady.take(text)


@pytest.mark.parametrize(
    ("text", "first"),
    [
        ("select * from art", ["article_changes", "article_rows", "article_versions", "articles"]),
        ("select a.publ| from articles as a", ["published_at", "published_utc_offset", "published_precision"]),
        ("select ki| from runs", ["kind"]),
        ('select | from alarms', ["run_id", "day", "source"]),
        ("select col| from alarms", ['"column"', "collate"]),
        ("SEL", ["SELECT"]),
        ("select 'art", []),
        (".sc", [".schema"]),
        (".schema ru", ["rulings", "runs"]),
        (".mode ma", ["markdown"]),
    ],
)  # fmt: skip
def test_what_may_stand_at_the_cursor(steady: Session, text: str, first: list[str]) -> None:
    place = text.find("|") if "|" in text else len(text)
    document = Document(text.replace("|", ""), place)
    found = [each.text for each in SqlCompleter(steady).get_completions(document, CompleteEvent())]
    assert found[: len(first)] == first
    assert bool(found) == bool(first)


@pytest.mark.parametrize(
    ("text", "complete"),
    [
        ("select 1;", True), ("select 1", False), ("select ';", False), ("select 'é;'; -- done;", True), ("select 1 -- ;", False),
        ("/* ; */", False), ("select $$;$$", False), (".help", True), ("", True), ("exit", True),
    ],
)  # fmt: skip
def test_a_statement_ends_with_a_semicolon_of_its_own(text: str, complete: bool) -> None:
    assert is_complete(text) is complete


def test_a_script_falls_into_commands_and_statements() -> None:
    lines = ["\n", ".mode csv\n", "select 1\n", "  , 2;\n", "select 'a;\n", "b'; select 4;\n", "select 5"]
    assert list(pieces(lines)) == [".mode csv\n", "select 1\n  , 2;\n", "select 'a;\nb'; select 4;\n", "select 5"]


def test_recipes_bear_the_nearest_headings() -> None:
    page = (
        "# Page\n\n## One\n\n```sql\nselect 1\n```\n\n### Two\n\n```\nno sql\n```\n\n```sql\nselect 2\n```\n"
        "## Three\n### Four\n```sql\nselect 4\n```\n"
    )
    assert read_recipes(page) == (
        Recipe(1, "One", "One", "select 1"),
        Recipe(2, "One", "Two", "select 2"),
        Recipe(3, "Three", "Four", "select 4"),
    )
    assert len(read_recipes(recipes_page().read_text(encoding="utf-8"))) == 28


# The last: the other tests have seen one run.
def test_a_session_sees_what_is_published_meanwhile(
    session: Session, data: DataDir, out: io.TextIOWrapper, add_run: AddRun, capsys: pytest.CaptureFixture[str]
) -> None:
    add_run(data, datetime(2026, 3, 3, 2, tzinfo=UTC))
    publish(data)
    session.take(".mode csv")
    session.take("select day from runs order by day;")
    assert written(out) == "day\n2026-03-02\n2026-03-03\n"
    assert "published anew" in capsys.readouterr().err
