"""The call to trafilatura: which of a page's text it takes for the article's body.

Belongs here: trafilatura's settings and its answer as comparable text. Does not belong here: what trafilatura is not asked about
(metadata), and what is made of its answer.
"""

from lxml.html import HtmlElement
from trafilatura import bare_extraction
from trafilatura.settings import Document, Extractor

from transforms.spaces import letters


def quick_answer(page: HtmlElement) -> str:
    """The letters of the text that trafilatura takes for the article; "" when it finds none. The tree is left as it is."""
    return _ask(page, fast=True)


def full_answer(page: HtmlElement) -> str:
    """As quick_answer, by the full cascade (readability and justext are asked as well): twice as dear."""
    return _ask(page, fast=False)


def _ask(page: HtmlElement, *, fast: bool) -> str:
    # No deduplication, ever: it remembers earlier pages, and drops what they had too.
    # Any format but "python": that one has the body serialised once more, for a text that is not wanted here.
    options = Extractor(output_format="txt", fast=fast, comments=False, dedup=False, with_metadata=False)
    document = bare_extraction(page, options=options)
    if not isinstance(document, Document) or document.body is None:
        return ""
    return letters(" ".join(document.body.itertext()))
