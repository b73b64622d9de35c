"""Every command and query of README.md and docs/ works as it stands, page by page, over two nights of the bundled newsroom."""

import http.server
import importlib.util
import io
import json
import os
import re
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from types import ModuleType

import pytest

from flows.settings import DATA_VARIABLE
from warehouse.paths import DataDir
from warehouse.query import connect, run_query
from warehouse.recipes import read_recipes

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
PAGE = (DOCS / "sql.md").read_text(encoding="utf-8")
READING = ROOT / "examples" / "reading"
# Under its heading, as a reader finds it.
RECIPES = {recipe.name: recipe.sql for recipe in read_recipes(PAGE)}
# In the newsroom no text is published twice under the same headline, and two nights tell no drift.
MAY_BE_EMPTY = {"The same text at any distance in time", "What drifted, and since when"}

# Commands that are not run here: how a line begins, and why.
NOT_RUN = {
    r"make ": "installs, or runs these tests; CI does that",
    r'export PATH="\$PWD/\.venv': "the folder of the shell that is used here is in PATH already",
    r"(pip|pipx|uv) ": "needs the network; make wheel does it",
    r"(docker|sudo|systemctl|kubectl|journalctl) ": "needs a daemon; test_deploy_files.py checks what it reads",
    r"cd deploy ": "the same",
    r"prefect |export PREFECT_API_URL=": "needs a server that stays: test_deployments.py",
    r"createuser |export PREFECT_SERVER_DATABASE_": "needs PostgreSQL: test_postgres.py",
    r"nightdesk serve": "does not end: test_serve.py",
    r"nightdesk .* --open$": "starts a browser",
    r"dask |export NIGHTDESK_ENGINE": "needs a cluster",
    r"export AWS_|nightdesk .*s3://bucket": "needs a bucket: test_object_store.py",
}
# Languages of blocks that are run, and how a block without a language begins that is.
SHELLS = ("sh", "bash", "shell", "console")
PROGRAM = re.compile(r"(?:\$ )?(?:\.venv/bin/)?(?:nightdesk|prefect|make|pip|docker|dask|export|mkdir|cp|cd) \S")
# What stands on the pages for something of the reader's own.
KABAR = "https://www.kabar.example/"
AN_ID = "6b96b288e1"

STORY = """<html lang="en"><head><title>Mill reopens</title><meta name="author" content="Ada Fenwick">
<meta property="article:published_time" content="2026-03-02T10:00:00+01:00"></head><body><article><h1>Mill reopens</h1>
{}</article></body></html>"""
SITE = {
    "index.html": '<html lang="en"><link rel="alternate" type="application/rss+xml" href="/rss.xml"></html>',
    "rss.xml": "<rss version='2.0'><channel><item><title>Mill reopens</title><link>/mill.html</link></item></channel></rss>",
    "mill.html": STORY.format(
        "<p>The old mill by the river opens again this spring, with a new wheel and its old miller.</p>" * 8
    ),
    "robots.txt": "User-agent: *\nDisallow: /closed/\n",
}

Shell = Callable[[str, Path], "subprocess.CompletedProcess[str]"]


@pytest.fixture(scope="module")
def shell(tmp_path_factory: pytest.TempPathFactory, prefect_environment: dict[str, str]) -> Iterator[Shell]:
    """shell(script, folder): run it by bash, with a `nightdesk` that has its imports behind it."""
    folder = tmp_path_factory.mktemp("shell")
    helper = script(ROOT / "tests" / "flows" / "forkingshell.py")
    helper.write_shim(folder, folder / "socket")
    environment = prefect_environment | {"PATH": f"{folder}{os.pathsep}{os.environ['PATH']}", "NIGHTDESK_CHECKOUT": str(ROOT)}

    def run(commands: str, cwd: Path) -> "subprocess.CompletedProcess[str]":
        commands = f"set -Eeuo pipefail\ntrap 'echo \"failed: $BASH_COMMAND\" >&2' ERR\n{commands}"
        return subprocess.run(
            ["bash", "-c", commands], cwd=cwd, env=environment, capture_output=True, text=True, timeout=280, check=False
        )

    server = subprocess.Popen([sys.executable, helper.__file__, folder / "socket"], env=prefect_environment)
    try:
        while not (folder / "socket").exists():
            assert server.poll() is None
            time.sleep(0.05)
        yield run
    finally:
        server.terminate()
        server.wait(30)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The home page of an outlet on 127.0.0.1."""
    folder = tmp_path_factory.mktemp("site")
    for name, text in SITE.items():
        (folder / name).write_text(text)

    class Handler(http.server.SimpleHTTPRequestHandler):
        def log_message(self, *_: object) -> None:
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), partial(Handler, directory=str(folder))) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()
        thread.join()


def commands(page: Path) -> list[str]:
    """A page's commands in their order, those that go over several lines as one."""
    found = re.findall(r"^```(\w*)\n(.*?)^```", page.read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE)
    blocks = [text for language, text in found if language in SHELLS or (not language and PROGRAM.match(text))]
    lines = [
        line.removeprefix("$ ").removeprefix(".venv/bin/") for block in blocks for line in block.replace("\\\n", " ").splitlines()
    ]
    return [line for line in lines if line.strip() and not any(re.match(begin, line) for begin in NOT_RUN)]


@pytest.fixture(scope="module")
def first_night(tmp_path_factory: pytest.TempPathFactory, shell: Shell) -> Path:
    """The folder in which the page of that name was followed to its end."""
    folder = tmp_path_factory.mktemp("pages")
    done = shell("\n".join(commands(DOCS / "first-night.md")), folder)
    assert done.returncode == 0, done.stderr[-3000:]
    (folder / "said.txt").write_text(done.stdout)
    return folder / "first-night"


@pytest.fixture(scope="module")
def data(first_night: Path) -> Path:
    return first_night / "warehouse" / "data"


def test_the_first_night_says_what_its_page_shows(first_night: Path) -> None:
    said = (first_night.parent / "said.txt").read_text().splitlines()
    (shown,) = re.findall(r"^```text\n(.*?)^```", (DOCS / "first-night.md").read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE)
    assert [line for line in shown.splitlines() if line != "..." and line not in said] == []


PAGES = [page for page in (ROOT / "README.md", *sorted(DOCS.glob("*.md"))) if page.stem != "first-night" and commands(page)]


@pytest.fixture
def folder(first_night: Path, tmp_path: Path) -> Iterator[Path]:
    """That folder, and afterwards as it was before. No copy of it: views name files by their whole path."""
    shutil.copytree(first_night, tmp_path / "kept")
    yield first_night
    shutil.rmtree(first_night)
    shutil.move(tmp_path / "kept", first_night)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_every_command_of_a_page_works(page: Path, folder: Path, shell: Shell, site: str) -> None:
    """In their order, each page where the first night left off; its warehouse is theirs, whatever folder they go to."""
    data = folder / "warehouse" / "data"
    sql = "select left(quarantine_id, 10) as id from quarantine where replay_state = 'open' and reason = 'missing_body'"
    one, *_ = asked(data, sql)
    lines = [f"export {DATA_VARIABLE}={data}", *commands(page)]
    done = shell("\n".join(lines).replace(KABAR, site).replace(AN_ID, str(one["id"])), folder)
    assert done.returncode == 0, f"{done.stdout[-2000:]}\n{done.stderr[-2000:]}"
    assert "Traceback" not in done.stderr


def asked(data: Path, sql: str) -> list[dict[str, object]]:
    """As `nightdesk sql --format json` answers."""
    out = io.TextIOWrapper(io.BytesIO())
    with connect(DataDir(data)) as warehouse:
        run_query(warehouse, sql, "json", out)
    rows: list[dict[str, object]] = json.loads(out.buffer.getvalue())  # type: ignore[attr-defined]
    return rows


def test_the_page_has_as_many_recipes_as_headings() -> None:
    assert len(RECIPES) == PAGE.count("```sql\n") >= 20
    assert RECIPES.keys() >= MAY_BE_EMPTY


@pytest.mark.parametrize("name", RECIPES)
def test_a_recipe_answers(name: str, data: Path) -> None:
    assert asked(data, RECIPES[name]) or name in MAY_BE_EMPTY


def test_queries_of_other_pages_answer(data: Path) -> None:
    pages = {page.name: page.read_text(encoding="utf-8") for page in DOCS.glob("*.md") if page.stem != "sql"}
    queries = [(name, sql) for name, text in pages.items() for sql in re.findall(r"```sql\n(.*?)```", text, re.DOTALL)]
    assert ("row.md" in dict(queries), [name for name, sql in queries if not asked(data, sql)]) == (True, [])


def test_the_corpus_has_one_article_of_each_story(data: Path) -> None:
    assert asked(data, "select articles from stories") == [{"articles": 2}, {"articles": 2}]
    recipe = RECIPES["A corpus: one row per text, copies left out"]
    corpus = asked(data, f"select count(*) as n from ({recipe})")
    assert corpus == asked(data, "select count(*) - 2 as n from articles")


def test_links_of_the_page_lead_somewhere() -> None:
    links = re.findall(r"\]\((\.\./[^)]+)\)", PAGE)
    assert [link for link in links if not (ROOT / "docs" / link).exists()] == []
    assert {Path(link).name for link in links if link.endswith(".py")} == {path.name for path in READING.glob("*.py")}


@pytest.fixture(scope="module")
def rows(data: Path) -> Path:
    """What `nightdesk sql --format parquet` writes, as a shell redirects it."""
    path = data / "articles.parquet"
    code = f"from flows.cli import main; main(['sql', 'from articles', '--format', 'parquet', '--data', {str(data)!r}])"
    with path.open("wb") as out:
        subprocess.run([sys.executable, "-c", code], stdout=out, check=True, timeout=120)
    return path


def script(path: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location(path.stem, path)
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_notebook_shows_what_the_views_hold(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NIGHTDESK_DATA", str(data))
    _, shown = script(ROOT / "flows" / "template" / "notebooks" / "nights.py").app.run()
    days = asked(data, "select day::varchar as day, stored from runs order by started_at desc")
    assert [(row.day, row.stored) for row in shown["nights"].itertuples()] == [tuple(row.values()) for row in days]
    for name, sql in (
        ("volume", "from volume_by_source_day where day > (select max(day) from volume_by_source_day) - interval 28 days"),
        ("fields", "from field_completeness where source = (select min(source) from volume_by_source_day)"),
        ("hits", "from search('council') join articles using (article_id)"),
        ("stories", "from stories"),
    ):
        assert asked(data, f"select count(*) as n {sql}") == [{"n": len(shown[name])}], name
    shown["warehouse"].close()


def test_pandas_counts_what_the_view_counts(data: Path, rows: Path) -> None:
    table = script(READING / "read_with_pandas.py").volume(str(rows))
    counted = [(row.source, str(row.day), row.articles, row.median_words) for row in table.itertuples()]
    sql = "select source, day, articles, median_words from volume_by_source_day order by source, day"
    assert counted == [tuple(row.values()) for row in asked(data, sql)]


def test_polars_counts_the_tags(data: Path, rows: Path) -> None:
    pytest.importorskip("polars")
    counted = script(READING / "read_with_polars.py").tags(str(rows)).rows()
    sql = """select source, tag, count(*) as articles from (select source, unnest(tags) as tag from articles)
        group by all order by articles desc, source, tag"""
    assert counted == [tuple(row.values()) for row in asked(data, sql)]


def test_datasets_has_every_article_of_a_language(
    data: Path, rows: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HF_HOME", str(tmp_path))
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    pytest.importorskip("datasets")
    parts = script(READING / "read_with_datasets.py").corpus(str(rows), "id")
    found = sorted(article for part in parts.values() for article in part["article_id"])
    sql = "select article_id from articles where language = 'id' order by 1"
    assert found == [row["article_id"] for row in asked(data, sql)]
