"""Who wrote an article: people; a house only where the page names no person.

Belongs here: where bylines are found, and which of them is believed. Does not belong here: splitting a byline (names.py).
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cache
from typing import Any, cast

from lxml.html import HtmlElement

from transforms.claims import Claim
from transforms.jsonld import Node
from transforms.masthead import Line, Masthead
from transforms.names import has_lead_in, is_house, is_role, looks_like_person, split_names
from transforms.page import ParsedPage
from transforms.phrasebook import alternation, phrases
from transforms.spaces import letters, plain, spaced_text
from transforms.structured import types_of

_AUTHOR_META = (
    "author", "parsely-author", "sailthru.author", "article:author_name", "cxenseparse:author", "mrf:authors", "byl", "byline",
    "article:author", "og:article:author", "content_author", "dc.creator", "dcterms.creator", "authors", "dc.author",
)  # fmt: skip
# The words of most templates: looking for all of phrases/bylines.toml in the whole tree costs milliseconds.
_MARKED = "//*[@rel='author' or contains(@itemprop, 'author') or contains(@class, 'byline') or contains(@class, 'author')]"
_ELSEWHERE = frozenset(("aside", "nav", "footer", "form"))
_LONGEST_BYLINE = 160
_LONG_PARAGRAPH = 120
_LONGEST_LABEL = 25
_MOST_AUTHORS = 12
_BYLINE_WITHIN = 8  # lines below the headline: further down, short lines are subheads
_BARS = re.compile(r"\s*[|｜•]\s*|\s+·\s+")
# "[서울=통신] 김민준 기자 = ...", "[신문 = 김민준 기자] ...": Korean papers sign in the text's first line.
_OPENING_BYLINE = re.compile(
    r"^[\[(【]\s?[^\])】]{0,30}?(?:[\])】]\s?)?([가-힣]{2,4})\s?(?:기자|특파원|(?:선임|인턴)기자)\s?[=\])】]"
)
_YEAR = re.compile(r"(?<!\d)(?:19|20)\d{2}(?!\d)")


def read_authors(
    parsed: ParsedPage, masthead: Callable[[], Masthead], title: str | None, outlets: frozenset[str]
) -> tuple[str, ...]:
    """The authors in the page's order. The first source that names people decides; else the first house named is the author.

    `outlets`: outlet.outlet_keys(). `masthead` is called only where structured data names no person.
    """
    houses: list[str] = []
    for claims in author_claims(parsed, masthead):
        names = [claim.value for claim in claims if letters(claim.value) != letters(title or "")]
        people = [name for name in names if not is_house(name, outlets)]
        if people:
            return _unique(people)[:_MOST_AUTHORS]
        houses.extend(names)
    return _unique(houses)[:1]


def author_claims(parsed: ParsedPage, masthead: Callable[[], Masthead]) -> Iterator[list[Claim]]:
    """Lists of names, most trustworthy source first; the later ones cost more and are asked only if those before named nobody."""
    structured = parsed.structured
    for key in ("author", "creator"):
        for node in structured.articles():
            yield _claims(_declared(node.get(key), parsed), f"json-ld {key}")
    for name in _AUTHOR_META:
        values = (value for value in structured.meta_values(name) if _is_text(value))
        yield _claims((part for value in values for part in split_names(value)), f"meta {name}")
    items = (item for item in parsed.microdata() if item.name == "author" and item.item_type != "comment")
    yield _claims((part for item in items for part in split_names(item.value)), "microdata author")
    yield _claims(_shown(masthead()), "lines around the headline")
    yield _claims(_marked(parsed.tree), "element marked as byline")


def _claims(names: Iterable[str], source: str) -> list[Claim]:
    return [Claim(name, source) for name in names]


def _is_text(value: str) -> bool:
    """Meta tags of authors often hold a profile's address, or an image's credit."""
    return "://" not in value and not value.startswith(("@", "("))


def _declared(value: Any, parsed: ParsedPage) -> list[str]:
    """Names of schema.org's author: a string, a Person, a reference to one, or a list of these."""
    names: list[str] = []
    for item in value if isinstance(value, list) else [value]:
        if isinstance(item, str) and _is_text(item):
            names += split_names(item)
        elif isinstance(item, Mapping):
            names += _declared_name(item, parsed)
    return names


def _declared_name(item: Mapping[str, Any], parsed: ParsedPage) -> list[str]:
    node: Node | Mapping[str, Any] = item
    if "name" not in item and (found := parsed.structured.by_id(item.get("@id"))) and "imageobject" not in types_of(found):
        node = found
    name = node.get("name")
    if not name and (node.get("givenName") or node.get("familyName")):
        name = f"{node.get('givenName') or ''} {node.get('familyName') or ''}"
    values = name if isinstance(name, list) else [name]
    return [part for value in values if isinstance(value, str) and _is_text(value) for part in split_names(value)]


def _shown(masthead: Masthead) -> list[str]:
    """Names in the lines around the headline: after a lead-in ("By ..."), or beside a line that is a role only ("Penulis")."""
    lines = masthead.lines
    labelled: list[str] = []
    for index, line in enumerate(lines):
        names = (_only_people(line.text) or _single_name(line.text)) if has_lead_in(line.text) else []
        if names and not labelled:
            return names
        if is_role(line.text, "author_roles", "lead_ins"):
            labelled += _beside(lines, index)
    near = masthead.after[:_BYLINE_WITHIN]
    labelled = labelled or [match[1] for line in masthead.after if (match := _OPENING_BYLINE.match(line.text))][:1]
    return labelled or _next_to_date(near) or _in_marked_line(near) or _before_role(near) or _above_text(masthead.after)


def _single_name(text: str) -> list[str]:
    """The one word behind a label with its colon, "Penulis: Suprapto": many Indonesians, Burmese and Tamils have one name."""
    label, colon, name = text.replace("：", ":").partition(":")
    names = split_names(text) if colon and len(label) <= _LONGEST_LABEL else []
    return names if names == [name.strip()] and len(names[0]) > 2 and names[0].isalpha() and names[0].istitle() else []


def _next_to_date(lines: tuple[Line, ...]) -> list[str]:
    """A line that is nothing but names, right above or below the date: a byline without a lead-in."""
    for index, line in enumerate(lines):
        if not _YEAR.search(line.text) or len(line.text) > _LONGEST_BYLINE:
            continue
        for part in _BARS.split(line.text):
            if (names := _all_names(part)) and any(map(str.isupper, part)):
                return names
        for other in (*lines[max(0, index - 1) : index], *lines[index + 1 : index + 2]):
            # Scripts without capitals give no sign that two characters are a name and not the label of a button.
            if (names := _whole_line(other)) and any(map(str.isupper, other.text)):
                return names
    return []


def _in_marked_line(lines: tuple[Line, ...]) -> list[str]:
    """A line of nothing but names whose markup calls it a byline."""
    for line in lines:
        if _is_marked(line.element) and (names := _whole_line(line) or _before_outlet(line.text)):
            return names
    return []


def _before_outlet(text: str) -> list[str]:
    """The names of "Jane Doe - Harbour Daily"."""
    names, dash, _ = text.partition(" - ")
    return _all_names(names) if dash else []


def _before_role(lines: tuple[Line, ...]) -> list[str]:
    """A line of nothing but a name and the word for who writes, as Japanese and Korean papers sign: "山田太郎記者"."""
    for line in lines:
        text = line.text.strip()
        suffix = next((role for role in phrases("bylines", "name_suffixes") if text.endswith(role)), None)
        if suffix and (names := _only_people(text)) and letters("".join(names)) == letters(text.removesuffix(suffix)):
            return names
    return []


def _whole_line(line: Line) -> list[str]:
    """The names of a line that holds nothing else."""
    return _all_names(line.text)


def _all_names(text: str) -> list[str]:
    names = _only_people(text)
    return names if letters("".join(names)) == letters(text) else []


def _is_marked(element: HtmlElement) -> bool:
    marks = f"{element.get('rel', '')} {element.get('itemprop', '')} {element.get('class', '')}"
    return _mark().search(marks) is not None


def _above_text(lines: tuple[Line, ...]) -> list[str]:
    """A paragraph of nothing but names right above the text's first long one: many papers paste the byline with the story."""
    text = next((index for index, line in enumerate(lines) if len(line.text) > _LONG_PARAGRAPH), 0)
    line = lines[text - 1] if text else None
    if line is None or line.element.getnext() is not lines[text].element:
        return []
    return _whole_line(line) if line.element.tag == "p" and any(map(str.isupper, line.text)) else []


def _beside(lines: tuple[Line, ...], index: int) -> list[str]:
    """A label with a colon stands above the names; without one it may stand below them."""
    after = list(_run_of_names(lines, range(index + 1, len(lines)), lines[index]))
    before = list(_run_of_names(lines, range(index - 1, -1, -1), lines[index]))
    end = index + 1 + len(after)
    belongs_to_next = end < len(lines) and is_role(lines[end].text, "author_roles", "other_roles")
    if before and (belongs_to_next or not after or not lines[index].text.rstrip().endswith((":", "："))):
        return [name for names in reversed(before) for name in names]
    return [name for names in after for name in names]


def _run_of_names(lines: tuple[Line, ...], indexes: range, label: Line) -> Iterator[list[str]]:
    """Names of the lines next to a label: the first wherever it stands, the further ones only in the label's own block."""
    block = label.element.getparent()
    for index in indexes:
        names = _people(lines[index].text)
        if not names or (index != indexes.start and block not in lines[index].element.iterancestors()):
            return
        yield names


def _people(text: str) -> list[str]:
    return [name for name in split_names(text) if looks_like_person(name)] if len(text) <= _LONGEST_BYLINE else []


def _only_people(text: str) -> list[str]:
    """The names of a byline; none if any part of it is no name: then it is a sentence that begins like one."""
    names = split_names(text) if len(text) <= _LONGEST_BYLINE else []
    people = [name for name in names if looks_like_person(name) and not is_house(name)]
    return people if all(looks_like_person(name) or is_house(name) for name in names) else []


def _marked(tree: HtmlElement) -> list[str]:
    """Names in elements that their markup calls a byline, wherever they stand; the first that holds any."""
    for element in cast("list[HtmlElement]", tree.xpath(_MARKED)):
        if not _is_marked(element) or any(ancestor.tag in _ELSEWHERE for ancestor in element.iterancestors()):
            continue
        text = plain(spaced_text(element))
        if 0 < len(text) <= _LONGEST_BYLINE and (names := _only_people(text)):
            return names
    return []


@cache
def _mark() -> re.Pattern[str]:
    """The words whole: "author", "post-author", but not "authority"."""
    return re.compile(rf"(?<![a-z])(?:{alternation(phrases('bylines', 'marks'))})s?(?![a-z])", re.IGNORECASE)


def _unique(names: list[str]) -> tuple[str, ...]:
    """Each person once, as first written."""
    return tuple({letters(name): name for name in reversed(names)}[key] for key in dict.fromkeys(letters(name) for name in names))
