"""The full-text index beside the lake: the words of every current article, and which version of the table they are of.

Belongs here: what the index holds, making it, opening it. Does not belong here: filling it (indexing.py), and what a person's
query means (search.py). Imports nothing heavier than tantivy: a search from the command line waits for it.

tantivy, because it was measured against SQLite's FTS5 (benchmarks/README.md): on 100,000 articles a common word is answered in
0.4 ms instead of 35, from half of the space, for the same cost of building; and FTS5 cannot forget a replaced version without
its old text before SQLite 3.43. A commit of tantivy is one rename, so a killed writer leaves the index of the commit before.
"""

import shutil
from dataclasses import dataclass
from datetime import date

import tantivy

from warehouse.paths import DataDir
from warehouse.position import Position

# To be raised when the fields below, or how words are cut, change: an index of another format is built anew.
FORMAT = 1
# The one document that is no article: which version of the table the others are of. It is committed with them, so it is true.
STATE_ID = ":state"
_EPOCH = date(1970, 1, 1)
# Longer words are file names and encoded data.
_LONGEST_WORD_BYTES = 80


@dataclass(frozen=True, slots=True)
class FullText:
    """An index that is open, and what of table `articles` it is of."""

    index: tantivy.Index
    position: Position


def open_index(data: DataDir) -> FullText | None:
    """The index as it lies there; None if there is none that can be trusted: never finished, damaged, or of another format."""
    if not (data.search / "meta.json").exists():
        return None
    try:
        index = tantivy.Index.open(str(data.search))
        _register(index)
        searcher = index.searcher()
        hits = searcher.search(tantivy.Query.term_query(index.schema, "article_id", STATE_ID), 1, count=False).hits
        state = searcher.doc(hits[0][1]) if hits else None
    except (ValueError, OSError):
        return None
    if state is None or state.get_first("format") != FORMAT:
        return None
    return FullText(index, Position(int(state["table_version"][0]), str(state["table_commit"][0])))


def day_number(day: date) -> int:
    """Days since 1970-01-01: what field `day` holds of an article's publication (UTC), or of its fetch."""
    return (day - _EPOCH).days


def new_index(data: DataDir) -> tantivy.Index:
    """An empty index in the place of whatever lies there. It is none that `open_index` trusts before its first commit."""
    folder = data.search
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    schema = tantivy.SchemaBuilder()
    schema.add_text_field("article_id", stored=True, tokenizer_name="raw", index_option="basic")
    # One field for title, lead and body: a query over two of them takes five times as long, because then no document can be
    # skipped.
    schema.add_text_field("text", tokenizer_name="folded", index_option="position")
    for name in ("site", "source", "language", "table_commit"):
        schema.add_text_field(name, stored=name == "table_commit", tokenizer_name="raw", index_option="basic")
    schema.add_integer_field("day", indexed=True, fast=True)
    for name in ("format", "table_version"):
        schema.add_integer_field(name, stored=True)
    index = tantivy.Index(schema.build(), str(folder))
    _register(index)
    return index


def _register(index: tantivy.Index) -> None:
    index.register_tokenizer("folded", analyzer())


def analyzer() -> tantivy.TextAnalyzer:
    """How titles, bodies and queries are cut into words: at whatever is no letter or digit, in lower case, without diacritics."""
    builder = tantivy.TextAnalyzerBuilder(tantivy.Tokenizer.simple())
    for step in (
        tantivy.Filter.remove_long(_LONGEST_WORD_BYTES),
        tantivy.Filter.lowercase(),
        tantivy.Filter.ascii_fold(),
    ):
        builder = builder.filter(step)
    return builder.build()
