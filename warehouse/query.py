"""SQL for people: a connection to the published views that can read them and nothing else.

Belongs here: opening, refusing, explaining errors, handing results to a writer. Does not belong here: the formats (results.py),
making the views (views.py). Imports nothing heavy: `nightdesk sql` answers in a fraction of a second.
"""

import io
import re
import shutil
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from typing import TextIO, TypeVar

import duckdb

from transforms.errors import InputError, LakeError
from warehouse import files, results
from warehouse.paths import DataDir
from warehouse.quoting import literal
from warehouse.searching import offer_search

T = TypeVar("T")

# PIVOT without a list of values is two statements in one: it looks the values up, then selects. DuckDB calls it MULTI, as it does
# COPY (PIVOT ...) TO, and shows no more of it: it is judged by its first word, and by words that it must not hold anywhere.
_PIVOT_START = re.compile(r"[\s(]*(pivot|pivot_wider|unpivot|from|with|select|describe|desc|summarize)\b", re.IGNORECASE)
_WRITING_WORD = re.compile(r"\b(copy|insert|update|delete|merge)\b", re.IGNORECASE)
# A plain query is judged by its syntax tree: WITH can hold COPY and INSERT, which are nodes of their own kind.
_READING_NODES = {"SELECT", "SET_OPERATION", "RECURSIVE_CTE", "CTE"}
_NODE = re.compile(r'"type":"(\w+)_NODE"')  # in a value of the tree the quotes would be escaped
# Functions that run a statement given as a value, which no tree shows, or that change what outlives the query.
_ACTING_FUNCTIONS = r"query|json_execute_serialized_sql|(?:force_)?checkpoint|\w+_external_resource(?:_type)?"
_ACTING_CALL = re.compile(rf'"function_name":"({_ACTING_FUNCTIONS})"', re.IGNORECASE)
_ACTING_WORD = re.compile(rf"\b({_ACTING_FUNCTIONS})\b", re.IGNORECASE)
# What search() raised: DuckDB keeps of an exception its name and its words.
_SEARCH_FAILED = re.compile(r".*executing the UDF: (\w+Error): (.*)", re.DOTALL)
_EXPLAIN = re.compile(r"\s*explain\s*(?:analyze\b|\([^)]*\))?", re.IGNORECASE)


def connect(data: DataDir) -> duckdb.DuckDBPyConnection:
    """Open the published views read-only, in UTC. No file but the lake's can be read, and no setting can be changed.

    The connection shows the snapshot that was published when it was opened, for as long as it lives. InputError if nothing was
    ever published, LakeError if the file cannot be opened. Statements from people go through `run_query`, which refuses all
    but reading.
    """
    path = data.views_file
    if not path.exists():
        raise InputError(
            f"no warehouse at {data.root}: run `nightdesk run --sample` to fill one, or name another folder with --data."
        )
    con = duckdb.connect(":memory:")
    try:
        with files.near(path) as views:
            con.execute(f"attach {literal(str(views))} as nightdesk (read_only)")
    except duckdb.Error as error:
        con.close()
        raise LakeError(f"{path} cannot be opened: {_message(error)}. The next run publishes a new one.") from error
    con.execute("use nightdesk")
    if data.is_remote:
        from warehouse import remote

        remote.serve(con)
    offer_search(con, data)
    folders = ", ".join(literal(str(folder)) for folder in (data.lake, data.stories, data.gone))
    superseded = ", ".join(literal(str(file)) for file in data.superseded_files())
    for setting in (
        "set TimeZone = 'UTC'",
        "set python_enable_replacements = false",
        "set parquet_metadata_cache = true",  # a file of the lake never changes
        f"set allowed_directories = [{folders}]",
        f"set allowed_paths = [{superseded}]",
        "set enable_external_access = false",
        "set lock_configuration = true",
    ):
        con.execute(setting)
    return con


def run_query(con: duckdb.DuckDBPyConnection, sql: str, form: str, out: TextIO) -> None:
    """Run one reading statement and write its result to `out` (stdout, or a text file) in a form of results.WRITERS.

    On a terminal a table is its first rows, drawn to fit; elsewhere it is plain and whole. Other formats: bytes below `out`.
    InputError, with DuckDB's message, for SQL that is wrong, that does more than read, or that is more than one statement;
    LakeError for a lake that was moved.
    """
    if form not in results.WRITERS:
        raise InputError(f"format {form!r} is none of {', '.join(results.WRITERS)}")
    if form == "parquet" and out.isatty():
        raise InputError("Parquet is no text: send it to a file, with --format parquet > rows.parquet")
    if form == "table" and out.isatty():
        out.write(preview(con, sql, form, width=shutil.get_terminal_size().columns))
        out.flush()
        return
    kind, query = _bound(con, sql)
    out.flush()
    with explained():
        if kind == duckdb.StatementType.EXPLAIN:
            results.write_explanation(con, query, out.buffer)
        else:
            results.WRITERS[form](con, query, out.buffer, None)
    out.buffer.flush()


def preview(con: duckdb.DuckDBPyConnection, sql: str, form: str, *, width: int, rows: int = results.TERMINAL_ROWS) -> str:
    """The first rows of one reading statement as text for a terminal of `width` columns, and a line that says how many there are.

    Raises as run_query; KeyboardInterrupt where Ctrl-C ended the query, whose connection goes on.
    """
    kind, query = _bound(con, sql)
    out, total = io.BytesIO(), None
    with explained():
        if kind == duckdb.StatementType.EXPLAIN:
            interruptible(con, lambda: results.write_explanation(con, query, out))
        else:
            total = interruptible(con, lambda: results.write_first_rows(con, query, form, rows, out, width))
    note = f"the first {rows:,} of {total:,} rows\n" if total is not None else ""
    return out.getvalue().decode() + note


def interruptible(con: duckdb.DuckDBPyConnection, work: Callable[[], T]) -> T:
    """Do `work`, and end what the connection runs at Ctrl-C: in the main thread some of DuckDB's calls do not hear it."""
    with ThreadPoolExecutor(1) as thread:
        future = thread.submit(work)
        try:
            return future.result()
        except KeyboardInterrupt:
            con.interrupt()
            with suppress(duckdb.Error):
                future.result()
            raise


def _bound(con: duckdb.DuckDBPyConnection, sql: str) -> tuple[duckdb.StatementType, str]:
    """As read_statement, bound as it was written, so that errors point into the person's own text."""
    kind, query = read_statement(con, sql)
    if kind != duckdb.StatementType.EXPLAIN:
        with explained():
            con.sql(query)
    return kind, query


def read_statement(con: duckdb.DuckDBPyConnection, sql: str) -> tuple[duckdb.StatementType, str]:
    """The kind and the bare text of the one statement in `sql`. InputError unless it is one, and only reads."""
    with explained():
        statements = con.extract_statements(sql)
    if len(statements) != 1:
        raise InputError(f"one SQL statement is wanted, not {len(statements)}.")
    kind, text = _kind(statements[0]), _without_end(statements[0].query)
    if kind == duckdb.StatementType.EXPLAIN:
        read_statement(con, _explained_statement(text))  # EXPLAIN ANALYZE runs what it explains
    elif kind == duckdb.StatementType.SELECT:
        _check_query(con, text)
    elif kind == duckdb.StatementType.MULTI:
        _check_pivot(text)
    else:
        raise _refusal(kind.name)
    return kind, text


def _kind(statement: duckdb.Statement) -> duckdb.StatementType:
    try:
        return statement.type
    except ValueError as error:  # UPDATE EXTENSIONS: a kind that the Python client has no name for
        raise _refusal("this one") from error


def _check_query(con: duckdb.DuckDBPyConnection, text: str) -> None:
    """InputError if the query holds a part that writes. Nothing of it is run."""
    with explained():
        ((tree,),) = con.execute("select json_serialize_sql(?)", [text]).fetchall()
    if not tree.startswith('{"error":false'):
        raise InputError(f"this statement cannot be checked, so it is not run: {tree}")
    for node in _NODE.findall(tree):
        if node not in _READING_NODES:
            raise _refusal(node.removesuffix("_QUERY"))
    if called := _ACTING_CALL.search(tree):
        raise _refusal(f"{called[1]}()")


def _check_pivot(text: str) -> None:
    """InputError unless a statement of kind MULTI only pivots."""
    text = _without_first_comments(text)
    if not _PIVOT_START.match(text):
        raise _refusal(text.split(maxsplit=1)[0].upper() if text else "nothing")
    if word := _WRITING_WORD.search(text) or _ACTING_WORD.search(text):
        raise InputError(
            f"only statements that read are run here, and beside PIVOT the word {word[1].upper()} is not taken. "
            "If it is a value or a name: list the values, PIVOT ... ON column IN (...)."
        )


def _refusal(what: str) -> InputError:
    return InputError(f"only statements that read are run here (SELECT, DESCRIBE, SUMMARIZE, EXPLAIN), not {what}.")


def _without_end(text: str) -> str:
    """The statement up to its semicolon, which may be followed by comments: what can stand in brackets."""
    raw = text.encode()  # token offsets count bytes
    ends = (offset for offset, kind in duckdb.tokenize(text) if kind.name == "operator" and raw[offset : offset + 1] == b";")
    return raw[: next(ends, len(raw))].decode()


def _without_first_comments(text: str) -> str:
    raw = text.encode()
    starts = (offset for offset, kind in duckdb.tokenize(text) if kind.name != "comment")
    return raw[next(starts, len(raw)) :].decode()


def _explained_statement(text: str) -> str:
    inner = _EXPLAIN.sub("", text, count=1)
    if inner == text:
        raise InputError("EXPLAIN must be the first word of the statement, without a comment before it.")
    return inner


@contextmanager
def explained() -> Iterator[None]:
    """Turn DuckDB's errors into ours: the query's fault is the user's, a missing file is the lake's."""
    try:
        yield
    except duckdb.IOException as error:
        raise LakeError(
            f"a file of the lake cannot be read: {_message(error)}. If the data folder was moved or the views are older than "
            "a week, publish them again: any `nightdesk run` does."
        ) from error
    except duckdb.PermissionException as error:
        raise InputError(
            f"{_message(error)}. Only the warehouse's own views can be read here. If this is one of them, "
            "the data folder was moved: any `nightdesk run` publishes it again."
        ) from error
    except duckdb.Error as error:
        if failed := _SEARCH_FAILED.fullmatch(_message(error)):
            raise (LakeError if failed[1] == "LakeError" else InputError)(failed[2]) from error
        raise InputError(_message(error)) from error


def _message(error: duckdb.Error) -> str:
    return str(error).strip()
