"""Of a page that Great Expectations rendered, the content: no scripts, no styles, no pictures, nothing from elsewhere.

Belongs here: picking and cleaning HTML. Does not belong here: the frame around it (templates/).
"""

from lxml import etree, html
from markupsafe import Markup

_CONTENT = "//div[contains(concat(' ', @class, ' '), ' ge-section ')]"
_DROPPED = ".//script | .//style | .//link | .//img | .//iframe | .//button | .//input | .//hr | .//svg"
# What the library's style sheets and scripts would have acted upon, and our own style sheet does not.
_KEPT_ATTRIBUTES = frozenset({"id", "href", "scope", "hidden", "colspan", "rowspan", "aria-label"})
_ICONS = {"fa-check-circle": ("✓", "kept"), "fa-times": ("✗", "broken"), "fa-exclamation-triangle": ("!", "error")}


def sections(document: str) -> list[Markup]:
    """The sections of a rendered page, as HTML that can stand in any page: the values in it must have been escaped before."""
    tree = html.document_fromstring(document)
    return [Markup(_clean(section)) for section in tree.xpath(_CONTENT)]


def _clean(section: html.HtmlElement) -> str:
    for element in section.xpath(_DROPPED):
        element.drop_tree()
    for icon in section.xpath(".//i[@class]"):
        sign, word = next((icon_text for name, icon_text in _ICONS.items() if name in icon.get("class")), ("", ""))
        icon.tag, icon.text = "strong", sign if (icon.tail or "").strip() else f"{sign} {word}"
    for header in section.xpath(".//h5"):
        header.tag = "h2"
    for header in section.xpath(".//h6"):
        header.tag = "h3"
    _unfold(section)
    for element in section.iter(etree.Element):
        _strip(element)
    return str(html.tostring(section, encoding="unicode"))


def _unfold(section: html.HtmlElement) -> None:
    """What a script would have unfolded becomes <details>, which needs none."""
    for handle in section.xpath(".//a[@data-toggle='collapse']"):
        folded = section.xpath(".//div[@id=$id]", id=handle.get("href", "#").removeprefix("#"))
        if folded:
            folded[0].tag = "details"
            summary = etree.Element("summary")
            summary.text = "More"
            folded[0].insert(0, summary)
        handle.drop_tree()


def _strip(element: html.HtmlElement) -> None:
    for name in set(element.attrib) - _KEPT_ATTRIBUTES:
        del element.attrib[name]
    if element.tag == "a" and not element.get("href", "").startswith("#"):
        element.set("href", "suite.html")  # the only other page that the library links to
    if element.tag == "th":
        element.set("scope", "col")
