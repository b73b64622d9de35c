"""The keywords that the publisher gave an article.

Belongs here: keywords from structured data, and from the lists of them that pages show. Does not belong here: the section
(section.py), keywords guessed from the text.
"""

from collections.abc import Iterable, Iterator
from functools import cache
from typing import cast

from lxml.html import HtmlElement

from transforms.claims import Claim
from transforms.page import ParsedPage
from transforms.phrasebook import phrases
from transforms.spaces import letters, plain

_TAG_META = ("article:tag", "og:article:tag", "news_keywords", "parsely-tags", "sailthru.tags")
_LONGEST = 60
_MOST_TAGS = 30
_LONGEST_LABEL = 40
_LONGEST_SHOWN = 40  # characters: a longer link below "Topics" is another article's headline
_CLIMB = 2  # from a link to the list that it is an entry of

# Blog systems mark a post's keywords rel="tag", and its categories rel="category tag".
_TAG_LINKS = "//a[contains(@rel, 'tag') and not(contains(@rel, 'category'))]"


def read_tags(parsed: ParsedPage) -> tuple[str, ...]:
    """Keywords in the publisher's order, each once whatever its case; the keywords meta only where nothing better is."""
    given = next((claims for claims in tag_claims(parsed) if claims), [])
    return tuple(_unique(claim.value for claim in given))[:_MOST_TAGS]


def tag_claims(parsed: ParsedPage) -> Iterator[list[Claim]]:
    """What read_tags chooses among: lists of keywords, best first; one value may hold several, divided by commas."""
    structured = parsed.structured
    declared = list(structured.meta_claims(*_TAG_META))
    for node in structured.articles():
        value = node.get("keywords")
        texts = [item for item in (value if isinstance(value, list) else [value]) if isinstance(item, str)]
        declared += [Claim(text, "json-ld keywords") for text in texts]
    yield declared
    yield [Claim(text, "links marked as tags") for text in _linked(parsed.tree)]
    yield [Claim(text, "microdata keywords") for text in _microdata(parsed.tree)]
    yield list(structured.meta_claims("keywords"))
    yield [Claim(text, "links below a label") for text in _labelled(parsed.tree)]


def _unique(values: Iterable[str]) -> Iterable[str]:
    tags: dict[str, str] = {}
    for name in (name for value in values for name in split_tags(value)):
        tags.setdefault(name.casefold(), name)
    return tags.values()


def split_tags(value: str) -> Iterator[str]:
    """The keywords of a list written as one: "harbour, bridge; ferry"."""
    for part in plain(value).replace(";", ",").replace("、", ",").replace("،", ",").split(","):
        if (name := plain(part)) and len(name) <= _LONGEST and ":" not in name[:12]:
            yield name


def _linked(tree: HtmlElement) -> list[str]:
    """Links marked as tags, of the longest list of them: a kicker is a list of one, and teasers bear fewer than the article."""
    lists: dict[HtmlElement, list[str]] = {}
    for link in cast("list[HtmlElement]", tree.xpath(_TAG_LINKS)):
        if "tag" in link.get("rel", "").split() and (name := plain(link.text_content())):
            lists.setdefault(_list_of(link), []).append(name)
    return max(lists.values(), key=len, default=[])


def _list_of(link: HtmlElement) -> HtmlElement:
    """The nearest ancestor that holds further links, or where there is none so near, the link's parent."""
    ancestors = [ancestor for ancestor, _ in zip(link.iterancestors(), range(_CLIMB), strict=False)]
    return next((ancestor for ancestor in ancestors if sum(1 for _ in ancestor.iter("a")) > 1), ancestors[0])


def _microdata(tree: HtmlElement) -> list[str]:
    elements = cast("list[HtmlElement]", tree.xpath("//*[@itemprop='keywords']"))
    return [value for element in elements if (value := element.get("content") or element.text_content())]


def _labelled(tree: HtmlElement) -> list[str]:
    """Short links after a label ("Tags:", "Schlagwörter"), in the label's element or in the next one."""
    for label in _labels(tree):
        for container in (label, *label.itersiblings()):
            links = [plain(link.text_content()) for link in container.iter("a") if link.get("href")]
            if links:
                if all(len(name) <= _LONGEST_SHOWN for name in links):
                    return [name for name in links if name]
                break
    return []


def _labels(tree: HtmlElement) -> Iterator[HtmlElement]:
    """Elements that begin with such a label and say little else before their first link."""
    for element in tree.iter("p", "div", "span", "h2", "h3", "h4", "h5", "strong", "b", "li", "dt", "section", "ul"):
        text = element.text
        if text and len(text) <= _LONGEST_LABEL * 2 and letters(text) in _label_keys():
            yield element


@cache
def _label_keys() -> frozenset[str]:
    return frozenset(letters(phrase) for phrase in phrases("filing", "tag_labels"))
