"""The small writing language of article files: paragraphs, headings, lists, quotes, and @ lines for what sites put in between.

Belongs here: text to blocks. Does not belong here: how an outlet marks a block up (its templates), what a block links to.

    A paragraph with *emphasis*, **weight** and a [link](http://example.localhost/).

    ## A heading          - a list item          > a quotation
    @read_also slug       one line in the body that links another story of the outlet
    @read_also_box a b    the same as a block of its own
    @photo caption | credit
    @ad   @login   @newsletter   @share
    @page                 the next page of a multi-page article begins
    @paywall              what follows is for subscribers and is not served
"""

import re

from markupsafe import Markup, escape

from sources.newsroom.model import Block, BlockKind
from transforms.errors import ConfigError

_INLINE = re.compile(r"\*\*(?P<strong>.+?)\*\*|\*(?P<em>.+?)\*|\[(?P<text>.+?)\]\((?P<href>\S+?)\)")
_MARKED: tuple[tuple[str, BlockKind], ...] = (("## ", "heading"), ("- ", "item"), ("> ", "quote"))
_LINKING: dict[str, BlockKind] = {"read_also": "read_also", "read_also_box": "read_also_box"}
_BARE: dict[str, BlockKind] = {"ad": "ad", "login": "login", "newsletter": "newsletter", "share": "share", "paywall": "paywall"}


def read_pages(text: str, *, where: str) -> tuple[tuple[Block, ...], ...]:
    """The blocks of each page of an article; blocks are set apart by blank lines. `where` names the file in errors."""
    pages: list[list[Block]] = [[]]
    for chunk in re.split(r"\n\s*\n", text.strip()):
        line = " ".join(chunk.split())
        if line == "@page":
            pages.append([])
        elif line:
            pages[-1].append(_read_block(line, where))
        if line == "@paywall":
            break
    return tuple(tuple(page) for page in pages)


def _read_block(line: str, where: str) -> Block:
    if line.startswith("@"):
        return _read_directive(line, where)
    for mark, kind in _MARKED:
        if line.startswith(mark):
            return _written(kind, line.removeprefix(mark))
    return _written("text", line)


def _read_directive(line: str, where: str) -> Block:
    name, _, rest = line[1:].partition(" ")
    if name in _LINKING and rest:
        return Block(_LINKING[name], Markup(), slugs=tuple(rest.split()))
    if name == "photo" and "|" in rest:
        caption, _, credit = rest.partition("|")
        return Block("photo", html=escape(caption.strip()), plain=caption.strip(), credit=credit.strip())
    if name in _BARE and not rest:
        return Block(_BARE[name], Markup())
    raise ConfigError(f"{where}: cannot read {line!r}; see sources/newsroom/blocks.py for the @ lines there are")


def _written(kind: BlockKind, source: str) -> Block:
    html, plain, end = Markup(""), "", 0
    for found in _INLINE.finditer(source):
        before = source[end : found.start()]
        words = found["strong"] or found["em"] or found["text"]
        html += escape(before) + _tagged(found, words)
        plain += before + words
        end = found.end()
    return Block(kind, html=html + escape(source[end:]), plain=plain + source[end:])


def _tagged(found: re.Match[str], words: str) -> Markup:
    if found["href"]:
        return Markup('<a href="{}">{}</a>').format(found["href"], words)
    return Markup("<{0}>{1}</{0}>").format(Markup("strong" if found["strong"] else "em"), words)
