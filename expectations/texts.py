"""What a row's texts give away: the piece of a headline, a body or a byline that shows that it is not clean.

Belongs here: the search, over whole columns. Does not belong here: the expressions (patterns.py), and what a match means for the
row (rules.py). Arrow searches, not DuckDB: it takes half the time a text, and it compiles an expression once, where DuckDB
compiles it for every statement and thread (60 ms a batch for these).
"""

from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from expectations import patterns

_TITLE = {"title_markup": patterns.TITLE_MARKUP, "title_mojibake": patterns.MOJIBAKE}
_BODY = {
    "body_markup": patterns.BODY_MARKUP,
    "body_entity": patterns.ENTITY,
    "body_lost_character": patterns.LOST_CHARACTER,
    "body_read_also": patterns.READ_ALSO,
    "body_login": patterns.LOGIN,
}


def title_evidence(rows: pa.Table) -> pa.Table:
    """Of `rows` (row_number, title) those whose headline holds markup or was read in a wrong charset, with the first piece."""
    suspects = _matching(rows.select(["row_number", "title"]), "title", patterns.TITLE_TELLTALE)
    found = {name: _first(suspects["title"], expression) for name, expression in _TITLE.items()}
    return pa.table({"row_number": suspects["row_number"]} | found)


def body_evidence(rows: pa.Table) -> pa.Table:
    """Of `rows` (row_number, body) those that are worth a second look, with the first piece of each kind; null: none.

    Most bodies are read once, by an expression that every match of the others holds a match of.
    """
    suspects = _matching(rows.select(["row_number", "body"]), "body", patterns.TELLTALE)
    bodies = suspects["body"]
    found = {name: _first(bodies, expression) for name, expression in _BODY.items()}
    misread = pc.match_substring_regex(bodies, patterns.REPEATED_MOJIBAKE)
    found["body_mojibake"] = pc.if_else(misread, _first(bodies, f".{{0,30}}{patterns.MOJIBAKE}.{{0,30}}"), None)
    return pa.table({"row_number": suspects["row_number"]} | found)


def author_evidence(rows: pa.Table) -> pa.Table:
    """Of `rows` (row_number, authors) those with an author that looks like no name: the first such, as odd_author."""
    authors = rows["authors"].combine_chunks()
    names = pa.table({"row": pc.list_parent_indices(authors), "odd_author": pc.list_flatten(authors)})
    odd = names.filter(pc.match_substring_regex(names["odd_author"], patterns.NOT_A_PERSON))  # in their order
    first = odd.group_by("row", use_threads=False).aggregate([("odd_author", "first")])
    return pa.table({"row_number": rows["row_number"].take(first["row"]), "odd_author": first["odd_author_first"]})


def _matching(rows: pa.Table, column: str, expression: str) -> pa.Table:
    """The rows with a match, in no order: pieces of the table are searched at the same time."""
    return rows.filter(pc.match_substring_regex(pc.field(column), expression)).combine_chunks()


def _first(texts: "pa.ChunkedArray[Any]", expression: str) -> "pa.ChunkedArray[Any]":
    found: pa.ChunkedArray[Any] = pc.struct_field(pc.extract_regex(texts, f"(?P<found>{expression})"), "found")
    return found
