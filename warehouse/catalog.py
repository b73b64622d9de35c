"""What the published DuckDB file consists of: the tables' views, the views of views/*.sql, and how each is described.

Belongs here: the list of views, reading their files, turning both into CREATE and COMMENT statements. Does not belong here:
writing the file (views.py), and the SQL of a view (views/*.sql).
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa

from warehouse.gone import GONE_COLUMNS
from warehouse.quoting import literal, quoted
from warehouse.schema import TABLES
from warehouse.stories import MEMBER_COLUMNS

# In the order in which they are made: a view comes after those that it reads.
VIEWS = (
    "articles",
    "article_changes",
    "articles_as_of",
    "volume_by_source_day",
    "field_completeness",
    "freshness",
    "source_health",
    "top_authors",
    "top_sections",
    "language_mix",
    "stories",
    "quarantine",
)

# Tables that bear another name in SQL, because a view says what people mean by theirs: articles as they are now, and refused
# pages with what has become of them.
VIEW_OF_TABLE = {"articles": "article_versions", "quarantine": "quarantine_rows"}

# Where a view's file is silent on a column, it means what it means in the first of these tables that has it.
_DESCRIBED_BY = ("articles", "pages", "runs", "checks", "metrics", "quarantine")
# What the views of views/*.sql stand on beside the tables.
_HELPERS = {
    "superseded": "One row per version of an article that a later version replaced.",
    "superseded_rows": "One row per version of an article that a later version replaced, with the place where it lies.",
    "article_rows": "One row per version of an article, with the place where it lies.",
}
_POSITION = {"file": "Parquet file that holds the row", "row_in_file": "how many rows of the file stand before it"}
_SNAPSHOTS = {
    "table_name": "table of the lake",
    "version": "number of its last commit (-1: it was never written to)",
    "commit": "hex hash of that commit's log entry: another table's commit of the same number has another",
}
_FOLDER = Path(__file__).with_name("views")
_COLUMN_LINE = re.compile(r"-- (?P<name>[a-z_0-9]+): (?P<text>.+)")


@dataclass(frozen=True, slots=True)
class View:
    """One file of views/: the first comment line is the grain, `-- column: meaning` lines describe columns."""

    name: str
    sql: str
    grain: str
    columns: Mapping[str, str]
    parameters: tuple[str, ...]  # not empty: a macro that is called, from name(value)

    def create(self) -> str:
        """The statement that makes it."""
        if self.parameters:
            return f"create macro {quoted(self.name)}({', '.join(self.parameters)}) as table {self.sql}"
        return f"create view {quoted(self.name)} as {self.sql}"


def read_view(name: str) -> View:
    """The view of views/<name>.sql. ValueError if its first line states no grain."""
    sql = (_FOLDER / f"{name}.sql").read_text(encoding="utf-8")
    lines = sql.splitlines()
    if not lines[0].startswith("-- One row per "):
        raise ValueError(f"views/{name}.sql: the first line must state the grain: -- One row per ...")
    described = {match["name"]: match["text"] for line in lines if (match := _COLUMN_LINE.fullmatch(line))}
    parameters = described.pop("parameters", "")
    return View(name, sql, lines[0].removeprefix("-- "), described, tuple(parameters.split(", ")) if parameters else ())


def view_files() -> set[str]:
    """The names of all files of views/, to be held against VIEWS."""
    return {path.stem for path in _FOLDER.glob("*.sql")}


def comments(views: Sequence[View], columns: Mapping[str, Sequence[str]]) -> Iterator[str]:
    """The statements that describe everything that is published. `columns` are those of every view, by its name."""
    for table, schema in TABLES.items():
        grain = schema.metadata[b"grain"].decode()
        described = {field.name: description(field) for field in schema}
        yield from _view_comments(VIEW_OF_TABLE.get(table, table), grain[0].upper() + grain[1:] + ".", described)
    inherited = _inherited_descriptions()
    described = inherited | _POSITION
    for name, grain in _HELPERS.items():
        yield from _view_comments(name, grain, {column: described[column] for column in columns[name]})
    yield from _view_comments(
        "articles_gone", "One row per article whose page was not there any more at the last visit.", GONE_COLUMNS
    )
    yield from _view_comments("story_members", "One row per article that tells a story which others tell too.", MEMBER_COLUMNS)
    yield from _view_comments("snapshots", "One row per table of the lake: which version of it the views show.", _SNAPSHOTS)
    for view in views:
        if view.parameters:
            yield f"comment on macro table {quoted(view.name)} is {literal(view.grain)}"
        else:
            known = inherited | dict(view.columns)
            yield from _view_comments(view.name, view.grain, {name: known[name] for name in columns[view.name]})


def _view_comments(view: str, grain: str, columns: Mapping[str, str]) -> Iterator[str]:
    yield f"comment on view {quoted(view)} is {literal(grain)}"
    for name, text in columns.items():
        yield f"comment on column {quoted(view)}.{quoted(name)} is {literal(text)}"


def _inherited_descriptions() -> dict[str, str]:
    """What columns mean where nobody says otherwise, by name."""
    described: dict[str, str] = {}
    for table in reversed(_DESCRIBED_BY):
        described |= {field.name: description(field) for field in TABLES[table]}
    return described


def description(field: "pa.Field[pa.DataType]") -> str:
    """A declared column's meaning, with its unit: "length of body (characters)"."""
    metadata = {key.decode(): value.decode() for key, value in (field.metadata or {}).items()}
    unit = f" ({metadata['unit']})" if "unit" in metadata else ""
    return metadata["description"] + unit
