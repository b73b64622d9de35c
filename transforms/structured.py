"""What a page says of itself for machines: JSON-LD, meta tags, links, microdata; read once, before pruning.

Belongs here: finding, repairing and flattening these. Does not belong here: deciding which of them is true (title.py, times.py,
authors.py).
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, cast

from lxml.html import HtmlElement

from transforms.claims import Claim
from transforms.jsonld import Node, parse_script, walk
from transforms.spaces import squeeze

# Ranked: of several nodes on a page the first kind found is the article. A page's WebPage node often repeats its dates.
_ARTICLE_RANK = {
    "newsarticle": 0,
    "reportagenewsarticle": 0,
    "analysisnewsarticle": 0,
    "backgroundnewsarticle": 0,
    "opinionnewsarticle": 0,
    "reviewnewsarticle": 0,
    "askpublicnewsarticle": 0,
    "advertisercontentarticle": 0,
    "satiricalarticle": 0,
    "liveblogposting": 0,
    "article": 1,
    "blogposting": 1,
    "techarticle": 1,
    "scholarlyarticle": 1,
    "report": 1,
    "socialmediaposting": 2,
    "review": 2,
    "recipe": 2,
    "creativework": 3,
    "videoobject": 4,
    "webpage": 5,
    "itempage": 5,
}
_PAGE_KINDS = 4  # ranks below this are articles; at and above it, a node that may describe the page as a whole


@dataclass(frozen=True, slots=True)
class Microdata:
    """One itemprop of the page: its value and the kind of the item that it belongs to (last part of itemtype, lower case)."""

    name: str
    value: str
    item_type: str | None
    element: HtmlElement


@dataclass(frozen=True, slots=True)
class StructuredData:
    """Everything in document order. Meta names are lower case; values are trimmed, never empty."""

    nodes: tuple[Node, ...] = ()
    meta: tuple[tuple[str, str], ...] = ()
    links: tuple[tuple[str, str], ...] = ()  # (rel, href) of <link>
    title: str | None = None  # <title>
    html_language: str | None = None
    url: str | None = None  # of the page: tells its own article from others that it describes
    _contents: dict[str, list[str]] = field(init=False, repr=False, compare=False)
    _articles: tuple[Node, ...] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        contents: dict[str, list[str]] = {}
        for name, content in self.meta:
            contents.setdefault(name, []).append(content)
        ranked = [(rank, node) for node in self.nodes if (rank := _rank(node)) is not None and rank < _PAGE_KINDS]
        nodes = [node for _, node in sorted(ranked, key=lambda pair: pair[0])]
        object.__setattr__(self, "_contents", contents)
        object.__setattr__(self, "_articles", tuple(_of_this_page(nodes, {self.url, self.link("canonical")})))

    def meta_values(self, *names: str) -> Iterator[str]:
        """Contents of the meta tags of these names: all of the first name, then all of the second, ..."""
        for name in names:
            yield from self._contents.get(name, ())

    def meta_claims(self, *names: str) -> Iterator[Claim]:
        """As meta_values, each with the name of its tag."""
        for name in names:
            for content in self._contents.get(name, ()):
                yield Claim(content, f"meta {name}")

    def link(self, rel: str) -> str | None:
        return next((href for key, href in self.links if key == rel), None)

    def by_id(self, reference: object) -> Node | None:
        """The fullest node that a JSON-LD {"@id": ...} points to."""
        if not isinstance(reference, str):
            return None
        found = [node for node in self.nodes if node.get("@id") == reference]
        return max(found, key=len, default=None)

    def articles(self) -> tuple[Node, ...]:
        """Nodes that may be the article, likeliest first; stable in document order."""
        return self._articles

    def pages(self) -> list[Node]:
        """Nodes that describe the page as a whole (WebPage, VideoObject)."""
        return [node for node in self.nodes if (rank := _rank(node)) is not None and rank >= _PAGE_KINDS]


def types_of(node: Mapping[str, Any]) -> tuple[str, ...]:
    """Lower-case schema.org types of a node: "http://schema.org/NewsArticle" -> ("newsarticle",)."""
    kinds = node.get("@type")
    listed: Sequence[object] = kinds if isinstance(kinds, list) else (kinds,)
    return tuple(kind.rpartition("/")[2].rpartition(":")[2].lower() for kind in listed if isinstance(kind, str))


def _rank(node: Mapping[str, Any]) -> int | None:
    return min((_ARTICLE_RANK[kind] for kind in types_of(node) if kind in _ARTICLE_RANK), default=None)


def _of_this_page(nodes: list[Node], urls: set[str | None]) -> list[Node]:
    """Without the nodes that name another page's address, if one names this page's: recommended articles are described too."""
    own = {_name_in_url(url) for url in urls if url} - {""}
    if len(nodes) < 2 or not own:
        return nodes
    named = [{_name_in_url(url) for url in _addresses(node)} - {""} for node in nodes]
    if all(own.isdisjoint(names) for names in named):
        return nodes
    return [node for node, names in zip(nodes, named, strict=True) if not names or not own.isdisjoint(names)]


def _addresses(node: Node) -> Iterator[str]:
    """Where a node says that its article is; only what is an address of the web."""
    page = node.get("mainEntityOfPage")
    for value in (node.get("url"), page.get("@id") if isinstance(page, Mapping) else page, node.get("@id")):
        if isinstance(value, str) and value.startswith(("http://", "https://", "/")):
            yield value


def _name_in_url(url: str) -> str:
    """The last part of a path, by which spellings of one address agree: "/news/bridge-opens.amp?x#article" -> "bridge-opens"."""
    path = url.partition("#")[0].partition("?")[0].rstrip("/")
    return path.rpartition("/")[2].partition(".")[0].lower() if path.count("/") > 2 or path.startswith("/") else ""


def read_structured(tree: HtmlElement, url: str | None = None) -> StructuredData:
    """One pass over the elements that carry data for machines. `url`: the page's."""
    nodes: list[Node] = []
    meta: list[tuple[str, str]] = []
    links: list[tuple[str, str]] = []
    title: str | None = None
    for element in tree.iter("script", "meta", "link", "title"):
        if element.tag == "script":
            if "ld+json" in element.get("type", "").lower():
                nodes.extend(node for value in parse_script(element.text or "") for node in walk(value))
        elif element.tag == "meta":
            meta.extend(_meta(element))
        elif element.tag == "link":
            links.extend(
                (rel, href) for rel in element.get("rel", "").lower().split() if (href := element.get("href", "").strip())
            )
        elif title is None and not _inside_svg(element):
            title = squeeze(element.text_content()) or None
    language = tree.get("lang") or tree.get("xml:lang") or tree.get("{http://www.w3.org/XML/1998/namespace}lang")
    return StructuredData(tuple(nodes), tuple(meta), tuple(links), title, language, url)


def _meta(element: HtmlElement) -> Iterator[tuple[str, str]]:
    content = squeeze(element.get("content", ""))
    if not content:
        return
    for attribute in ("property", "name", "itemprop", "http-equiv"):
        for name in element.get(attribute, "").lower().split():
            yield name, content


def _inside_svg(element: HtmlElement) -> bool:
    return next(element.iterancestors("svg"), None) is not None


def read_microdata(tree: HtmlElement) -> list[Microdata]:
    """Every itemprop in document order. Read only where JSON-LD is silent (ParsedPage.microdata): it visits the whole tree."""
    found: list[Microdata] = []
    for element in cast("list[HtmlElement]", tree.xpath("//*[@itemprop]")):
        value = _microdata_value(element)
        scope = next((ancestor for ancestor in element.iterancestors() if ancestor.get("itemscope") is not None), None)
        kind = scope.get("itemtype", "").rstrip("/").rpartition("/")[2].lower() if scope is not None else None
        found.extend(Microdata(name.lower(), value, kind, element) for name in element.get("itemprop", "").split() if value)
    own = _article_scope(tree) if found else None
    return found if own is None else [item for item in found if any(above is own for above in item.element.iterancestors())]


def _article_scope(tree: HtmlElement) -> HtmlElement | None:
    """The item that holds the page's headline; those beside it are of teasers and comments. None: there is none, or it is all."""
    for heading in tree.iter("h1"):
        scope = next((ancestor for ancestor in heading.iterancestors() if ancestor.get("itemscope") is not None), None)
        if scope is not None and scope.tag not in ("html", "body"):
            return scope
    return None


def _microdata_value(element: HtmlElement) -> str:
    for attribute in ("content", "datetime", "src"):
        if value := element.get(attribute):
            return squeeze(value)
    if element.get("itemscope") is not None:
        names = cast("list[HtmlElement]", element.xpath(".//*[@itemprop='name']"))
        return squeeze(names[0].get("content") or names[0].text_content()) if names else ""
    return squeeze(element.text_content())
