"""The text that a page gives to machines as JSON-LD articleBody: witness for the visible text, stand-in where there is none.

Belongs here: reading it. Does not belong here: comparing it with the page (selection.py).
"""

import re

from lxml.html import fragment_fromstring

from transforms.bodyparts import BodyParts
from transforms.structured import StructuredData

_MARK_UP = re.compile(r"<(?:p|br|div|h[1-6])\b", re.IGNORECASE)
_BREAK = re.compile(r"\s*[\r\n]+\s*")
# The visible text is taken for missing below this share of what machines are told: the page is put together by a script.
_MISSING = 0.25


def article_body(structured: StructuredData) -> str | None:
    """The article's text for machines without mark-up; paragraphs stand on their own lines, where they are told apart at all."""
    texts = (node.get("articleBody") for node in structured.articles())
    text = next((text for text in texts if isinstance(text, str) and text.strip()), None)
    return _without_mark_up(text) if text and _MARK_UP.search(text) else text


def or_said(parts: BodyParts, said: str | None, structured: StructuredData) -> BodyParts:
    """The parts, or what machines are told where the visible text is missing. What is not free stays as the page shows it."""
    if not said or len(parts.text) >= _MISSING * len(said) or _is_paid(structured):
        return parts
    return BodyParts(parts.lead, tuple(line for line in (" ".join(line.split()) for line in _BREAK.split(said)) if line))


def _is_paid(structured: StructuredData) -> bool:
    return any(str(node.get("isAccessibleForFree")).lower() == "false" for node in structured.articles())


def _without_mark_up(text: str) -> str:
    """The text of an HTML fragment, each block on its own line."""
    pieces = fragment_fromstring(text, create_parent="div")
    for element in pieces.iter("p", "br", "div", "li", "h1", "h2", "h3", "h4", "h5", "h6"):
        element.tail = f"\n{element.tail or ''}"
    return str(pieces.text_content())
