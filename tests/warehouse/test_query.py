"""`nightdesk sql`: reads the views, reads nothing else, writes nothing, says what is wrong."""

import csv
import hashlib
import io
import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from transforms.errors import InputError, LakeError
from warehouse.catalog import description
from warehouse.lake import Lake
from warehouse.load import load_articles
from warehouse.paths import DataDir
from warehouse.query import connect, run_query
from warehouse.schema import ARTICLES
from warehouse.views import publish

Make = Callable[..., pa.Table]


class Terminal(io.TextIOWrapper):
    """A stdout that says it is a terminal."""

    def isatty(self) -> bool:
        return True


def answer(data: DataDir, sql: str, form: str = "json") -> bytes:
    out = io.TextIOWrapper(io.BytesIO())
    with connect(data) as con:
        run_query(con, sql, form, out)
    written: bytes = out.buffer.getvalue()  # type: ignore[attr-defined]
    return written


def fill(data: DataDir, make_rows: Make) -> DataDir:
    rows = make_rows(
        ("kali", "a", {"title": 'Banjir, "besar"', "body": "Satu.\n\nDua.", "authors": ["Sari", "Tono"]}),
        ("pasar", "a", {"title": None}),
    )
    load_articles(Lake(data.lake), rows, batch_id="b1", staged=data.staged)
    publish(data)
    return data


@pytest.fixture(scope="module")
def warehouse(shared_data: DataDir, make_rows: Make) -> DataDir:
    """Two articles, for tests that only read."""
    return fill(shared_data, make_rows)


QUERY = "select title, body, authors, fetched_at, version from articles order by url"


def test_json_is_an_array_of_objects_with_types(warehouse: DataDir) -> None:
    assert json.loads(answer(warehouse, QUERY)) == [
        {
            "title": 'Banjir, "besar"',
            "body": "Satu.\n\nDua.",
            "authors": ["Sari", "Tono"],
            "fetched_at": "2026-03-02 01:00:00+00",
            "version": 1,
        },
        {
            "title": None,
            "body": "Body pasar a",
            "authors": ["Sari Wulandari"],
            "fetched_at": "2026-03-02 01:00:00+00",
            "version": 1,
        },
    ]
    assert answer(warehouse, "from articles where false") == b"[]\n"


def test_csv_round_trips_quotes_and_line_breaks(warehouse: DataDir) -> None:
    text = answer(warehouse, QUERY, "csv").decode()
    assert list(csv.reader(io.StringIO(text))) == [
        ["title", "body", "authors", "fetched_at", "version"],
        ['Banjir, "besar"', "Satu.\n\nDua.", "[Sari, Tono]", "2026-03-02 01:00:00+00", "1"],
        ["", "Body pasar a", "[Sari Wulandari]", "2026-03-02 01:00:00+00", "1"],
    ]


def test_parquet_round_trips_types(warehouse: DataDir) -> None:
    table = pq.read_table(io.BytesIO(answer(warehouse, "select title, authors, version from articles order by url", "parquet")))
    assert table.to_pydict() == {
        "title": ['Banjir, "besar"', None],
        "authors": [["Sari", "Tono"], ["Sari Wulandari"]],
        "version": [1, 1],
    }


def test_a_table_for_a_file_has_whole_values_in_padded_columns(warehouse: DataDir) -> None:
    assert answer(warehouse, "select title, body, version from articles order by url", "table").decode() == (
        "title            body           version\n"
        "---------------  -------------  -------\n"
        'Banjir, "besar"  Satu.\\n\\nDua.  1\n'
        "NULL             Body pasar a   1\n"
    )


def test_a_table_for_a_terminal_fits_its_width(warehouse: DataDir, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "100")
    out = Terminal(io.BytesIO(), encoding="utf-8")
    with connect(warehouse) as con:
        run_query(con, "from articles", "table", out)
    lines = out.buffer.getvalue().decode().splitlines()  # type: ignore[attr-defined]
    assert lines[0].startswith("┌")
    assert max(len(line) for line in lines) <= 100


def test_parquet_is_not_poured_into_a_terminal(warehouse: DataDir) -> None:
    with connect(warehouse) as con, pytest.raises(InputError, match="Parquet is no text"):
        run_query(con, "select 1", "parquet", Terminal(io.BytesIO()))


@pytest.mark.parametrize(
    "sql",
    [
        "select 1 as n",
        "select 1 as n;",
        "-- one\nselect 1 as n; -- done; really",
        "/* a */ select 1 as n /* ; */ ;",
        "with one as (select 1 as n) from one",
        "values (1)",
    ],
)
def test_comments_and_semicolons_do_not_matter(warehouse: DataDir, sql: str) -> None:
    assert [list(row.values()) for row in json.loads(answer(warehouse, sql))] == [[1]]


@pytest.mark.parametrize("sql", ["show tables", "describe articles", "summarize volume_by_source_day", "explain from articles"])
def test_looking_around_is_reading(warehouse: DataDir, sql: str) -> None:
    assert answer(warehouse, sql, "table").decode().strip()


def test_a_pivot_is_reading(warehouse: DataDir) -> None:
    pivot = "pivot articles on source using count(*) group by site"
    assert json.loads(answer(warehouse, pivot)) == [{"site": "harian.example", "harian": 2}]


def test_explain_analyze_of_a_query_is_reading(warehouse: DataDir) -> None:
    assert "Total Time" in answer(warehouse, "explain analyze select count(*) from articles", "table").decode()


@pytest.mark.parametrize(
    ("sql", "message"),
    [
        ("create table x (a int)", "not CREATE"),
        ("create temp table x as select 1", "not CREATE"),
        ("insert into articles values (1)", "not INSERT"),
        ("drop view articles", "not DROP"),
        ("copy articles to '{lake}/x.csv'", "not COPY"),
        ("copy (select 1) to '/tmp/x.csv'", "not COPY"),
        ("explain analyze copy (select 1) to '{lake}/x.csv'", "not COPY"),
        ("explain (analyze) copy (select 1) to '{lake}/x.csv'", "not COPY"),
        ("/* x */ explain analyze copy (select 1) to '{lake}/x.csv'", "not COPY"),
        ("export database '{lake}'", "not EXPORT"),
        ("attach '{lake}/x.duckdb'", "not ATTACH"),
        ("detach nightdesk", "not DETACH"),
        ("install httpfs", "not LOAD"),
        ("set lock_configuration = false", "not SET"),
        ("call pragma_version()", "not CALL"),
        ("prepare p as select 1", "not PREPARE"),
        ("from read_text('/etc/hostname')", "Only the warehouse's own views"),
        ("from read_text('{lake}/../.publish.lock')", "Only the warehouse's own views"),
        ("from '/etc/hostname'", "does not exist"),
        ("from glob('/etc/*')", "Only the warehouse's own views"),
        ("from query('copy (select 1) to ''/tmp/x.csv''')", r"not query\(\)"),
        ("select 1; select 2", "one SQL statement is wanted, not 2"),
        ("", "one SQL statement is wanted, not 0"),
        ("selec 1", 'syntax error at or near "selec"'),
        ("select titel from articles", r'"titel" not found in FROM clause!\nCandidate bindings: "title"'),
        ("from article", "Did you mean .*article"),
        ("select title::integer from articles", "Could not convert string"),
        ("select 1 as n) from articles; drop view articles; from (select 1", "syntax error"),
    ],
)
def test_anything_but_reading_the_views_is_refused(warehouse: DataDir, sql: str, message: str) -> None:
    before = sorted(str(path) for path in warehouse.root.rglob("*"))
    with pytest.raises(InputError, match=message):
        answer(warehouse, sql.format(lake=str(warehouse.lake).replace("'", "''")))
    assert sorted(str(path) for path in warehouse.root.rglob("*")) == before


def hashes(folder: Path) -> dict[str, str]:
    return {str(path): hashlib.sha256(path.read_bytes()).hexdigest() for path in folder.rglob("*") if path.is_file()}


PIVOT = "pivot (select source from articles) on source using count(*)"


@pytest.mark.parametrize(
    "sql",
    [
        f"copy ({PIVOT}) to '{{lake}}/x.csv'",
        f"/* pivot */ copy ({PIVOT}) to '{{lake}}/x.csv'",
        f"-- select\n copy ({PIVOT}) to '{{lake}}/x.csv';",
        f"explain analyze copy ({PIVOT}) to '{{lake}}/x.csv'",
        f"/* x */ explain (analyze, format json) copy ({PIVOT}) to '{{lake}}/x.csv'",
        f"with x as (copy ({PIVOT}) to '{{lake}}/x.csv') from x",
        f"with x as (copy (select 1) to '{{lake}}/x.csv'), y as ({PIVOT}) from y",
        f"from ({PIVOT}), query('select 1')",
        f"{PIVOT}; copy (select 1) to '{{lake}}/x.csv'",
        f"create table x as {PIVOT}",
        f"create temp table x as from ({PIVOT})",
        f"insert into articles {PIVOT}",
        f"with x as ({PIVOT}) insert into articles from x",
        "with x as (copy (select 1) to '{lake}/x.csv') from x",
        "with x as (CoPy (select 1) to '{lake}/x.parquet' (format parquet)) select 1",
        "explain analyze with x as (copy (select 1) to '{lake}/x.csv') from x",
        "with x as (insert into articles values (1) returning *) from x",
        "with x as (delete from articles returning *) from x",
        "select (with x as (update articles set title = '' returning title) from x)",
        "from query('with x as (copy (select 1) to ''{lake}/x.csv'') from x')",
        """from "Query"('select 1')""",
        "from json_execute_serialized_sql(json_serialize_sql('with x as (copy (select 1) to ''{lake}/x.csv'') from x'))",
        "from enable_logging(storage = 'file', storage_path = '{lake}/x')",
        "from enable_profiling(save_location = '{lake}/x.json')",
        "from checkpoint()",
        "merge into articles using articles as a on true when matched then delete",
        "copy articles to '{lake}/x' (format parquet, partition_by (source))",
        "pragma enable_profiling",
        "pragma database_list",
        "attach '{lake}/x.duckdb' as x",
        "export database '{lake}/x'",
        "import database '{lake}'",
        "create macro x() as table select 1",
        "create secret (type s3)",
        "set profiling_output = '{lake}/x.json'",
        "reset all",
        "install httpfs",
        "load httpfs",
        "call enable_logging(storage = 'file', storage_path = '{lake}/x')",
        "checkpoint",
        "update extensions",
        "vacuum",
        "use memory",
        "comment on view articles is 'x'",
    ],
)
def test_no_statement_changes_a_file_of_the_data_folder(warehouse: DataDir, sql: str) -> None:
    before = hashes(warehouse.root)
    with pytest.raises(InputError):
        answer(warehouse, sql.replace("{lake}", str(warehouse.lake).replace("'", "''")))
    assert hashes(warehouse.root) == before


@pytest.mark.parametrize(
    ("sql", "rows"),
    [
        (PIVOT, [{"harian": 2}]),
        (f"-- a comment\n{PIVOT};", [{"harian": 2}]),
        (f"from ({PIVOT})", [{"harian": 2}]),
        (f"with p as ({PIVOT}) select harian + 1 as n from p", [{"n": 3}]),
        ("pivot (select source from articles) on source in ('harian', 'copy') using count(*)", [{"harian": 2, "copy": 0}]),
        ("unpivot (select 1 as a, 2 as b) on a, b", [{"name": "a", "value": 1}, {"name": "b", "value": 2}]),
        ("select count(*) as n from articles where title ilike '%copy (select%'", [{"n": 0}]),
        ("select 'delete' as copy union all select 'insert'", [{"copy": "delete"}, {"copy": "insert"}]),
        ("""select '"type":"COPY_QUERY_NODE"' as a""", [{"a": '"type":"COPY_QUERY_NODE"'}]),
        ("with recursive r as (select 1 as n union all select n + 1 from r where n < 2) from r", [{"n": 1}, {"n": 2}]),
        ("from articles select count(*) as n", [{"n": 2}]),
        ("values (1), (2)", [{"col0": 1}, {"col0": 2}]),
    ],
)
def test_every_form_of_a_query_is_read(warehouse: DataDir, sql: str, rows: list[dict[str, object]]) -> None:
    assert json.loads(answer(warehouse, sql)) == rows


def test_every_column_of_a_view_says_what_it_means(warehouse: DataDir) -> None:
    columns = "select column_name, comment from duckdb_columns() where table_name = 'articles'"
    described = {row["column_name"]: row["comment"] for row in json.loads(answer(warehouse, columns))}
    rows = json.loads(answer(warehouse, "describe articles"))
    assert list(described) == [row["column_name"] for row in rows]
    assert all(described.values())
    assert described["version"] == description(ARTICLES.field("version"))


def test_variables_of_the_program_are_not_tables(warehouse: DataDir) -> None:
    secret = pa.table({"a": [1]})
    assert secret.num_rows == 1
    with pytest.raises(InputError, match="secret does not exist"):
        answer(warehouse, "from secret")


def test_an_unknown_format_names_the_known_ones(warehouse: DataDir) -> None:
    with pytest.raises(InputError, match="'yaml' is none of table, csv, json, markdown, parquet"):
        answer(warehouse, "select 1", "yaml")


def test_a_missing_warehouse_says_how_to_get_one(data: DataDir) -> None:
    with pytest.raises(InputError, match=r"no warehouse at .*nightdesk run --sample"):
        connect(data)


def test_a_views_file_that_is_none_is_said(data: DataDir) -> None:
    data.root.mkdir()
    data.views_file.write_bytes(b"not a database" * 1000)
    with pytest.raises(LakeError, match=r"nightdesk\.duckdb cannot be opened"):
        connect(data)


def test_a_moved_warehouse_says_how_to_publish_it_again(data: DataDir, make_rows: Make, tmp_path: Path) -> None:
    moved = DataDir(tmp_path / "moved")
    shutil.move(fill(data, make_rows).root, moved.root)
    with pytest.raises(InputError, match="the data folder was moved: any `nightdesk run` publishes it again"):
        answer(moved, "from articles")


def test_a_connection_keeps_its_snapshot_and_a_new_one_sees_the_next(data: DataDir, lake: Lake, make_rows: Make) -> None:
    warehouse = fill(data, make_rows)
    counts = "select count(*) from articles"
    with connect(warehouse) as held:
        load_articles(lake, make_rows(("baru", "a")), batch_id="b2", staged=warehouse.staged)
        publish(warehouse)
        with connect(warehouse) as fresh:
            assert (held.execute(counts).fetchall(), fresh.execute(counts).fetchall()) == ([(2,)], [(3,)])


def test_the_first_answer_needs_nothing_heavy() -> None:
    code = (
        "import sys, warehouse.query\n"
        "heavy = {'pyarrow', 'pandas', 'numpy', 'deltalake', 'prefect', 'great_expectations'}\n"
        "print(sorted(heavy & sys.modules.keys()))"
    )
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "[]\n"


def test_what_people_could_do_on_a_connection_of_their_own_is_read_only_too(warehouse: DataDir) -> None:
    with connect(warehouse) as con:
        with pytest.raises(duckdb.Error, match="read-only"):
            con.execute("create view nightdesk.x as select 1")
        with pytest.raises(duckdb.Error, match="locked"):
            con.execute("set enable_external_access = true")
