"""Full-text search: a person's words, what they mean to the index, and the articles that have them, best first.

Belongs here: reading the query, ranking, filters. Does not belong here: what is in the index, and keeping it up (fulltext.py).
"""

import functools
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from math import inf

import tantivy
from tantivy import Occur, Query

from transforms.words import with_word_breaks
from warehouse.fulltext import FullText, analyzer, day_number
from warehouse.kin import families

# What a longer word or another form counts for, beside the word itself, whose BM25 is rarely below 1.
_KIN_WEIGHT = 0.4
# The most frequent ones, so that "per" does not become half of the dictionary.
_MOST_KIN = 50
# Fewer letters begin too much: among a million articles' words, 60 ms' worth.
_SHORTEST_BEGINNING = 4
_EXCERPT_CHARACTERS = 200
_SPELLED_OUT = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss"})
_WRITTEN_OUT = re.compile("([aou])e")
_PIECE = re.compile(r'(?P<minus>(?<!\S)-)?(?:"(?P<phrase>[^"]*)"?|(?P<word>[^\s"]+))')


@dataclass(frozen=True, slots=True)
class Hit:
    """An article that was found. `score`: BM25, comparable within one search only."""

    article_id: str
    score: float


@dataclass(frozen=True, slots=True)
class Filters:
    """Which articles are looked at. `since` and `until`: first and last day of publication (UTC), or of the fetch
    where the page gave none.
    """

    site: str | None = None
    source: str | None = None
    language: str | None = None
    since: date | None = None
    until: date | None = None


def search(full_text: FullText, text: str, *, limit: int, filters: Filters = Filters()) -> list[Hit]:
    """The best `limit` articles that have every word of `text` in title, lead or body, best first.

    A word is found in any letter case, with and without diacritics. Where that gives fewer than `limit`, articles follow that
    have, in place of a word, longer ones that begin with it or its other forms in Indonesian, English or German. "Words in
    quotes" are found side by side as they are; -word leaves articles out that have it. Nothing in a text is an error: what is
    neither letter nor digit parts words. A text without a word finds nothing.
    """
    schema, searcher = full_text.index.schema, full_text.index.searcher()
    restrictions = list(_restrictions(schema, filters))
    hits: dict[str, Hit] = {}
    for widened in (False, True):
        wanted = _Words(schema, searcher, widened).read(text)
        if wanted is None or len(hits) >= limit:
            break
        query = Query.boolean_query([(Occur.Must, wanted), *restrictions])
        lowest = min((hit.score for hit in hits.values()), default=inf)
        for score, address in searcher.search(query, limit, count=False).hits:
            article_id = searcher.doc(address)["article_id"][0]
            hits.setdefault(article_id, Hit(article_id, min(score, lowest)))
    return list(hits.values())[:limit]


def _restrictions(schema: tantivy.Schema, filters: Filters) -> Iterator[tuple[Occur, Query]]:
    """Filters must hold and add nothing to the score."""
    for name in ("site", "source", "language"):
        if (value := getattr(filters, name)) is not None:
            yield Occur.Must, Query.const_score_query(Query.term_query(schema, name, value, "basic"), 0.0)
    if filters.since or filters.until:
        first = day_number(filters.since) if filters.since else None
        last = day_number(filters.until) if filters.until else None
        days = Query.range_query(schema, "day", tantivy.FieldType.Integer, first, last)
        yield Occur.Must, Query.const_score_query(days, 0.0)


@dataclass(frozen=True, slots=True)
class _Words:
    """The words of a query against the words of an index."""

    schema: tantivy.Schema
    searcher: tantivy.Searcher
    widened: bool  # to the words that are kin

    def read(self, text: str) -> Query | None:
        """What `text` asks for; None if it has no word that an article should have."""
        clauses = [
            clause for piece in _PIECE.finditer(text.encode("utf-8", "replace").decode()) if (clause := self._clause(piece))
        ]
        if not any(occur == Occur.Must for occur, _ in clauses):
            return None
        return Query.boolean_query(clauses)

    def _clause(self, piece: re.Match[str]) -> tuple[Occur, Query] | None:
        words = analyzed(piece["phrase"] or piece["word"] or "")
        if not words:
            return None
        as_it_is = len(words) > 1 or piece["phrase"] is not None or piece["minus"]
        query = self._side_by_side(words) if as_it_is or not self.widened else self._word_and_kin(words[0], piece["word"])
        return (Occur.MustNot if piece["minus"] else Occur.Must), query

    def _side_by_side(self, words: list[str]) -> Query:
        if len(words) == 1:
            return Query.term_query(self.schema, "text", words[0], "freq")
        return Query.phrase_query(self.schema, "text", list(words))

    def _word_and_kin(self, word: str, typed: str) -> Query:
        either = [self._side_by_side([word])]
        if kin := self._kin(word, typed):
            either.append(Query.boost_query(Query.term_set_query(self.schema, "text", kin), _KIN_WEIGHT))
        return Query.disjunction_max_query(either)

    def _kin(self, word: str, typed: str) -> list[str]:
        """The words of the index that begin as this one does, or are forms of it, the most frequent first."""
        umlaut = _WRITTEN_OUT.sub(r"\1", word)  # typed Muenchen, written München
        found = {umlaut: self.searcher.doc_freq("text", umlaut)}
        for beginning in _spellings(word, typed):
            found |= dict(self.searcher.terms_with_prefix("text", beginning))
        for family in families(word):
            for beginning in family.beginnings:
                terms = self.searcher.terms_with_prefix("text", beginning)
                found |= {term: count for term, count in terms if term not in found and family.has(term)}
        found.pop(word, None)
        return sorted(found, key=lambda term: (-found[term], term))[:_MOST_KIN]


def excerpt(full_text: FullText, text: str, body: str) -> tuple[str, list[tuple[int, int]]]:
    """The part of an article's body that shows best why it was found, and where in it the words are (start, end).

    The beginning of the body, without places, where only the headline has them.
    """
    searcher = full_text.index.searcher()
    wanted = _Words(full_text.index.schema, searcher, widened=True).read(text) or Query.empty_query()
    generator = tantivy.SnippetGenerator.create(searcher, wanted, full_text.index.schema, "text")
    generator.set_max_num_chars(_EXCERPT_CHARACTERS)
    snippet = generator.snippet_from_doc(tantivy.Document(text=body))
    if found := snippet.highlighted():
        return snippet.fragment(), [(place.start, place.end) for place in found]
    return body[:_EXCERPT_CHARACTERS], []


def analyzed(text: str) -> list[str]:
    """The text's words as the index has them."""
    return _analyzer().analyze(with_word_breaks(text))


def _spellings(word: str, typed: str) -> list[str]:
    """The word, and with its umlauts written out as they are elsewhere (Muenchen), as far as they are long enough to
    begin others.
    """
    spelled_out = typed.lower().translate(_SPELLED_OUT)
    words = [word, *(analyzed(spelled_out)[:1] if spelled_out != typed.lower() else ())]
    return [each for each in words if len(each) >= _SHORTEST_BEGINNING]


@functools.cache
def _analyzer() -> tantivy.TextAnalyzer:
    return analyzer()
