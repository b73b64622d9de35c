"""Which line around the headline says, counted from now, when the article was published.

Belongs here: telling the article's own line from those of teasers and comments, which bear such times on every news page. Does
not belong here: what a line says (agowords.py), other ways to say a time (times.py).
"""

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import cache

from lxml.html import HtmlElement

from transforms.agowords import find_ago
from transforms.datewords import Reader
from transforms.masthead import Line, Masthead
from transforms.moments import Moment
from transforms.phrasebook import alternation, phrases
from transforms.related import is_sentence

_LONGEST_LINE = 80  # characters: a byline with a job title and the time
_ABOVE = 4  # lines before the headline: further up is the site's head, often with a ticker
_BELOW = 10  # lines after it
_LONG_PARAGRAPH = 120  # characters: one may be the standfirst, with the second the text has begun
# A teaser is a small element with a headline of its own. What holds more text is a part of the page.
_LARGEST_TEASER = 300  # characters
_SHORTEST_HEADLINE = 25  # letters; links in bylines are names and sections
_HEADLINES = ("a", "h2", "h3", "h4", "h5", "h6")


@dataclass(frozen=True, slots=True)
class _Candidate:
    line: Line
    moment: Moment


def read_ago(masthead: Masthead, reader: Reader, now: datetime) -> Moment | None:
    """The time that the article's own line says. `now`: as in find_ago.

    Where several lines of the same mark-up say one they are a list, and none is the article's.
    """
    found = list(_candidates(masthead, reader, now))
    kinds = Counter(_mark(candidate.line.element) for candidate in found)
    return next((candidate.moment for candidate in found if kinds[_mark(candidate.line.element)] == 1), None)


def _candidates(masthead: Masthead, reader: Reader, now: datetime) -> Iterator[_Candidate]:
    for line in _near(masthead):
        if len(line.text) > _LONGEST_LINE or is_sentence(line.text):
            continue
        said = next(find_ago(line.text, reader, now), None)
        if said and not _any_of("updated_words").search(line.text[: said.start]) and not _is_elsewhere(line, masthead.heading):
            yield _Candidate(line, said.moment)


def _near(masthead: Masthead) -> Iterator[Line]:
    """Lines below the headline until the text begins, then those right above it."""
    paragraphs = 0
    for line in masthead.after[:_BELOW]:
        paragraphs += len(line.text) > _LONG_PARAGRAPH
        if paragraphs > 1:
            break
        yield line
    yield from reversed(masthead.before[-_ABOVE:])


def _is_elsewhere(line: Line, heading: HtmlElement | None) -> bool:
    """Whether the line stands in a link, among comments, or in a small element with another article's headline."""
    around = set(heading.iterancestors()) if heading is not None else set()
    is_small = True
    for element in (line.element, *line.element.iterancestors()):
        if element in around:
            return False
        if element.tag == "a" or _any_of("elsewhere_marks").search(f"{element.get('class', '')} {element.get('id', '')}"):
            return True
        is_small = is_small and sum(map(len, element.itertext())) <= _LARGEST_TEASER
        if is_small and any(_letters(inner) >= _SHORTEST_HEADLINE for inner in element.iter(*_HEADLINES)):
            return True
    return False


def _letters(element: HtmlElement) -> int:
    """Letters of an element's text; those of scripts that are written without spaces say as much as three."""
    text = element.text_content()
    return sum(1 if character < "\u0e00" else 3 for character in text if character.isalnum())


def _mark(element: HtmlElement) -> str:
    return f"{element.tag} {element.get('class', '')}"


@cache
def _any_of(key: str) -> re.Pattern[str]:
    return re.compile(alternation(phrases("dates", key)), re.IGNORECASE)
