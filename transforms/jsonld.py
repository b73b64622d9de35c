"""JSON-LD as sites really write it: commented out, escaped twice, with trailing commas, cut off.

Belongs here: from a script's text to flat nodes. Does not belong here: what a node means (structured.py and its readers).
"""

import html
import json
import re
from collections.abc import Iterator
from typing import Any

Node = dict[str, Any]

_DECODER = json.JSONDecoder(strict=False)

# Deeper than any vocabulary nests; stops a hostile script from exhausting the stack.
_MAX_DEPTH = 24

# What old templates put around a script: <!-- ... //-->, /*<![CDATA[*/ ... /*]]>*/
_OPENING = re.compile(r"^(?:(?://|/\*)?\s*(?:<!\[CDATA\[|<!--)\s*(?:\*/)?\s*)+")
_CLOSING = re.compile(r"(?:(?://|/\*)?\s*(?:\]\]>|-->)\s*(?:\*/)?\s*)+$")
_LONGEST_CLOSING = 60
_NEXT_VALUE = re.compile(r"[\s,;]*")
_REPAIRS = (
    (re.compile(r",(\s*[}\]])"), r"\1"),  # {"a": 1,}
    (re.compile(r"([}\]])(\s*)([{\[])"), r"\1,\2\3"),  # [{...} {...}]
    (re.compile(r'(["}\]\d])(\s*\n\s*")(?=[@\w]+"\s*:)'), r"\1,\2"),  # a comma forgotten at the end of a line
    (re.compile(r"(:\s*),"), r"\1null,"),  # {"a": , "b": 1}
    (re.compile(r"\\'"), "'"),  # it\'s, as in JavaScript
    (re.compile(r'\\(?!["\\/bfnrtu])'), r"\\\\"),  # \x and the like
)

# What can be had from a script that no repair makes JSON: plain "key": "value" pairs of something that calls itself an article.
_ARTICLE_TYPE = re.compile(r'"@type"\s*:\s*\[?\s*"(\w*(?:Article|Posting))"')
_SALVAGED = re.compile(
    r'"(headline|datePublished|dateModified|dateCreated|articleSection|inLanguage)"\s*:\s*"((?:[^"\\\n]|\\.){1,500})"\s*[,}\n]'
)
_SALVAGED_AUTHOR = re.compile(
    r'"author"\s*:[^"]{0,40}(?:"[^"]{1,40}"\s*:\s*"[^"]{1,200}"[,\s]+)*?"name"\s*:\s*"((?:[^"\\\n]|\\.){1,200})"'
)


def parse_script(text: str) -> list[Any]:
    """Every JSON value of a script, repaired where needed; what cannot be repaired is salvaged key by key."""
    text = _unwrapped(text.strip().lstrip("\ufeff"))
    if not text:
        return []
    values = _decode(text)
    if values is None and "&quot;" in text[:200]:
        text = html.unescape(text)
        values = _decode(text)
    if values is None:
        values = _decode(_repair(text))
    return values if values is not None else _salvage(text)


def _unwrapped(text: str) -> str:
    end = _CLOSING.sub("", text[-_LONGEST_CLOSING:])
    return _OPENING.sub("", text[:-_LONGEST_CLOSING] + end, count=1).strip()


def _decode(text: str) -> list[Any] | None:
    """Values written one after the other ("{...}{...};"), or None if any of the text is no JSON."""
    values = []
    position = 0
    while position < len(text):
        try:
            value, position = _DECODER.raw_decode(text, position)
        except (ValueError, RecursionError):
            return None
        values.append(value)
        position = _NEXT_VALUE.match(text, position).end()  # type: ignore[union-attr]  # matches the empty string too
    return values


def _repair(text: str) -> str:
    for pattern, replacement in _REPAIRS:
        text = pattern.sub(replacement, text)
    return text


def _salvage(text: str) -> list[Any]:
    kind = _ARTICLE_TYPE.search(text)
    if kind is None:
        return []
    node: Node = {"@type": kind[1]}
    for match in _SALVAGED.finditer(text):
        node.setdefault(match[1], _unescape(match[2]))
    if author := _SALVAGED_AUTHOR.search(text):
        node["author"] = {"@type": "Person", "name": _unescape(author[1])}
    return [node]


def _unescape(value: str) -> str:
    try:
        return str(json.loads(f'"{value}"', strict=False))
    except ValueError:
        return value


def walk(value: Any, depth: int = 0) -> Iterator[Node]:
    """The nodes of a document in order: lists and @graph opened, and the main entity of a page after the page itself."""
    if depth > _MAX_DEPTH:
        return
    if isinstance(value, list):
        for item in value:
            yield from walk(item, depth + 1)
    elif isinstance(value, dict):
        yield value
        for key in ("@graph", "mainEntity", "mainEntityOfPage", "hasPart", "itemReviewed"):
            inner = value.get(key)
            if isinstance(inner, dict | list):
                yield from walk(inner, depth + 1)
