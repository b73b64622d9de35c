"""A page as its reader sees it, navigation and all, in plain lines: for a person who wants to know what was fetched.

Belongs here: line breaks where the layout has them. Does not belong here: telling an article from the rest (body.py).
"""

from lxml.etree import iterwalk

from transforms.page import ParsedPage
from transforms.phrasebook import phrases
from transforms.spaces import squeeze

_INLINE = frozenset(phrases("markup", "inline_tags"))
_UNSEEN = frozenset(("head", "select", "datalist"))


def page_text(page: ParsedPage) -> str:
    """The page's text, one line for each run of text between two breaks of the layout. The tree is left as it is."""
    lines = [""]
    walker = iterwalk(page.tree, events=("start", "end"))
    for event, element in walker:
        if element.tag not in _INLINE and lines[-1]:
            lines.append("")
        if event == "end":
            lines[-1] += element.tail or ""
        elif element.tag in _UNSEEN:
            walker.skip_subtree()
        else:
            lines[-1] += element.text or ""
    return "\n".join(line for line in map(squeeze, lines) if line)
