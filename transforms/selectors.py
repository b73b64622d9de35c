"""Which elements of a page a person's selector means: CSS, or XPath where it begins with a slash or a bracket.

Belongs here: compiling, checking and asking. Does not belong here: what the elements are taken for (ruling.py).
"""

from functools import lru_cache
from typing import Any

from cssselect import SelectorError
from lxml.cssselect import CSSSelector
from lxml.etree import XPath, XPathError
from lxml.html import HtmlElement, document_fromstring

# No CSS selector begins like this.
_XPATH_STARTS = ("/", "./", "(")
# What every selector is tried on when it is checked: an expression that gives no elements is told by what it gives here.
_SPECIMEN = '<html><head><title>t</title></head><body><p class="c" id="i">y <a href="h">x</a></p></body></html>'


def selector_problem(selector: str) -> str | None:
    """What is wrong with a selector, in words; None if it can be used."""
    try:
        found = _compiled(selector)(document_fromstring(_SPECIMEN))
    except (SelectorError, XPathError) as exc:
        kind = "an XPath expression" if selector.startswith(_XPATH_STARTS) else "a CSS selector"
        return f"is not {kind} that can be used: {exc}. Give CSS such as 'div.story > p', or XPath such as '//div[@id=\"story\"]'"
    if not isinstance(found, list) or not all(isinstance(item, HtmlElement) for item in found):
        return "selects no elements but their text, attributes or a figure; select the elements themselves"
    return None


def select(tree: HtmlElement, selector: str) -> list[HtmlElement]:
    """The elements of `tree` that a checked selector means, in document order; none where the page is beyond it."""
    try:
        found = _compiled(selector)(tree)
    except XPathError:  # a recursion or an operation limit, which depend on the page
        return []
    return [item for item in found if isinstance(item, HtmlElement)] if isinstance(found, list) else []


@lru_cache(maxsize=1024)  # every page of a site is asked by the same ones
def _compiled(selector: str) -> Any:
    return XPath(selector) if selector.startswith(_XPATH_STARTS) else CSSSelector(selector, translator="html")
