"""What can be asked in SQL: views, their columns, functions, keywords, as the database describes them.

Belongs here: reading the description. Does not belong here: showing or completing it.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import duckdb

_VIEWS = "select view_name, comment from duckdb_views() where database_name = 'nightdesk' and not internal"
_COLUMNS = """
select table_name, column_name, replace(lower(data_type), 'timestamp with time zone', 'timestamptz'), comment
from duckdb_columns()
where database_name = 'nightdesk' and not internal
order by table_name, column_index"""
_TABLE_MACROS = """
select function_name || '(' || array_to_string(parameters, ', ') || ')', comment
from duckdb_functions()
where function_type = 'table_macro' and not internal"""
# Operators are functions as well, and names of the kind "__internal" are DuckDB's own.
_FUNCTIONS = r"select distinct function_name from duckdb_functions() where regexp_full_match(function_name, '[a-z]\w+')"
_KEYWORDS = "select keyword_name, keyword_category = 'reserved' from duckdb_keywords()"


@dataclass(frozen=True, slots=True)
class Column:
    """`kind`: DuckDB's type in small letters; `comment`: what it means."""

    name: str
    kind: str
    comment: str


@dataclass(frozen=True, slots=True)
class Catalogue:
    """`views`: name -> what one row is; `macros`: call -> the same, "search(text, max_hits)"; `columns`: view -> its columns.

    `reserved`: the keywords that no column's name can be without quotes.
    """

    views: Mapping[str, str]
    macros: Mapping[str, str]
    columns: Mapping[str, tuple[Column, ...]]
    functions: tuple[str, ...]
    keywords: tuple[str, ...]
    reserved: frozenset[str]


def read_catalogue(con: duckdb.DuckDBPyConnection) -> Catalogue:
    """Ask a connection of warehouse.query.connect."""
    columns: dict[str, list[Column]] = {}
    for view, name, kind, comment in con.execute(_COLUMNS).fetchall():
        columns.setdefault(view, []).append(Column(name, kind, comment or ""))
    keywords = dict(con.execute(_KEYWORDS).fetchall())
    return Catalogue(
        views=_described(con, _VIEWS),
        macros=_described(con, _TABLE_MACROS),
        columns={view: tuple(each) for view, each in columns.items()},
        functions=tuple(sorted(name for (name,) in con.execute(_FUNCTIONS).fetchall())),
        keywords=tuple(sorted(keywords)),
        reserved=frozenset(name for name, is_reserved in keywords.items() if is_reserved),
    )


def _described(con: duckdb.DuckDBPyConnection, sql: str) -> dict[str, str]:
    return {name: comment or "" for name, comment in sorted(con.execute(sql).fetchall())}
