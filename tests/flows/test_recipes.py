"""The page of SQL recipes, examples/reading/ and the notebook work as they stand, over two nights of the bundled newsroom."""

import importlib.util
import io
import json
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest

from sources.newsroom.content import DAYS
from warehouse.paths import DataDir
from warehouse.query import connect, run_query
from warehouse.recipes import read_recipes

Run = Callable[..., subprocess.CompletedProcess[str]]
ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "sql.md").read_text(encoding="utf-8")
RECIPES = {recipe.name: recipe.sql for recipe in read_recipes(PAGE)}
# In the newsroom no text is published twice under the same headline, and two nights tell no drift.
MAY_BE_EMPTY = {"The same text at any distance in time", "What drifted, and since when"}


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory, nightdesk: Run) -> Path:
    folder = tmp_path_factory.mktemp("recipes") / "data"
    for day in DAYS:
        done = nightdesk("run", "--sample", "--day", day, "--data", folder)
        assert done.returncode == 0, done.stderr[-3000:]
    return folder


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


def test_the_corpus_has_one_article_of_each_story(data: Path) -> None:
    assert asked(data, "select articles from stories") == [{"articles": 2}, {"articles": 2}]
    recipe = RECIPES["A corpus: one row per text, copies left out"]
    corpus = asked(data, f"select count(*) as n from ({recipe})")
    assert corpus == asked(data, "select count(*) - 2 as n from articles")


def test_links_of_the_page_lead_somewhere() -> None:
    links = re.findall(r"\]\((\.\./[^)]+)\)", PAGE)
    assert [link for link in links if not (ROOT / "docs" / link).exists()] == []
    assert {Path(link).name for link in links if link.endswith(".py")} == {
        path.name for path in (ROOT / "examples" / "reading").glob("*.py")
    }


@pytest.fixture(scope="module")
def rows(data: Path) -> Path:
    """What `nightdesk sql --format parquet` writes, as a shell redirects it."""
    path = data / "articles.parquet"
    code = f"from flows.cli import main; main(['sql', 'from articles', '--format', 'parquet', '--data', {str(data)!r}])"
    with path.open("wb") as out:
        subprocess.run([sys.executable, "-c", code], stdout=out, check=True, timeout=120)
    return path


def script(name: str, folder: str = "examples/reading") -> ModuleType:
    spec = importlib.util.spec_from_file_location(name, ROOT / folder / f"{name}.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_notebook_shows_what_the_views_hold(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NIGHTDESK_DATA", str(data))
    _, shown = script("nights", "flows/template/notebooks").app.run()
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
    table = script("read_with_pandas").volume(str(rows))
    counted = [(row.source, str(row.day), row.articles, row.median_words) for row in table.itertuples()]
    sql = "select source, day, articles, median_words from volume_by_source_day order by source, day"
    assert counted == [tuple(row.values()) for row in asked(data, sql)]


def test_polars_counts_the_tags(data: Path, rows: Path) -> None:
    pytest.importorskip("polars")
    counted = script("read_with_polars").tags(str(rows)).rows()
    sql = """select source, tag, count(*) as articles from (select source, unnest(tags) as tag from articles)
        group by all order by articles desc, source, tag"""
    assert counted == [tuple(row.values()) for row in asked(data, sql)]


def test_datasets_has_every_article_of_a_language(
    data: Path, rows: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HF_HOME", str(tmp_path))
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    pytest.importorskip("datasets")
    parts = script("read_with_datasets").corpus(str(rows), "id")
    found = sorted(article for part in parts.values() for article in part["article_id"])
    sql = "select article_id from articles where language = 'id' order by 1"
    assert found == [row["article_id"] for row in asked(data, sql)]
