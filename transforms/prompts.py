"""Lines in which a page speaks to its reader or labels its own parts: subscribe, follow us, advertisement, a photo's credit.

Belongs here: telling such a line by its words and its place. Does not belong here: links to other articles (related.py), bylines
and dates (edges.py).
"""

import re

from transforms.blocks import HEADINGS, Block
from transforms.phrasebook import anywhere, lines

_LONGEST_HEADING = 60
_LONGEST_PROMPT = 320  # characters; two sentences
_CREDIT = re.compile(
    r"^\s*(?:©|\(c\)|(?:photo|image|picture|pic|foto|bild|crédit|credit|imagen|fotografía|фото|写真|사진|图)s?"
    r"(?:\s+(?:credit|by|courtesy|de|von|di|af|av))?\s*[:：/|©])",
    re.IGNORECASE,
)
_COUNT = re.compile(r"^\(?\d[\d.,]{0,6}\)?\s+|\s*\(?\d[\d.,]{0,6}\)?$")
_SHORTCODE = re.compile(r"\[/?[A-Za-z][\w-]{2,20}(?:[\s:=][^\[\]]{0,160})?\]")
_AGENCY_MARK = re.compile(
    r"(?:©|\(c\))\s*\S|\b(?:getty images|shutterstock|istock|picture alliance|ap photo|afp via|dpa-infocom)\b", re.IGNORECASE
)


def is_label(block: Block) -> bool:
    return len(block.text) < 60 and block.text.strip(" :：.…»>|-–—()[]").casefold() in lines("prompts", "labels")


def is_shortcode(block: Block) -> bool:
    """A system's placeholder that stayed in the text: "[gallery ids=1,2]", "[Gambas: Video 20]"."""
    return _SHORTCODE.fullmatch(block.text) is not None


def is_comment_heading(block: Block) -> bool:
    """ "Comments", as a heading or with their number ("2 comments", "Comments (2)"): what follows is by readers."""
    if len(block.text) > _LONGEST_HEADING:
        return False
    text = _COUNT.sub("", block.text.strip(" :：")).casefold()
    return (block.tag in HEADINGS or text != block.text.casefold()) and text in lines("prompts", "comments")


def is_prompt(block: Block, *, is_apart: bool) -> bool:
    """A short block that asks for something, and looks the part: mostly link, or it links and is set off by type or `is_apart`.

    `is_apart`: it is marked up otherwise than the text, as boxes are.
    """
    length = len(block.text)
    links = bool(block.linked) and (is_apart or 2 * block.linked >= length or block.emphasised >= 0.8 * length)
    return links and length <= _LONGEST_PROMPT and _asks(block)


def is_last_prompt(block: Block, *, is_apart: bool) -> bool:
    """As is_prompt, of a text's last block: there one of these is enough."""
    length = len(block.text)
    looks = is_apart or bool(block.linked) or block.emphasised >= 0.8 * length
    return looks and length <= _LONGEST_PROMPT and _asks(block)


def _asks(block: Block) -> bool:
    return anywhere("prompts", "prompts").search(block.text) is not None


def is_tail(text: str) -> bool:
    """Whether a line says what only stands below a text: who contributed, where it appeared first. Ask it of last lines only."""
    start = text.lstrip("(*— ")
    return anywhere("prompts", "tail").search(text) is not None or anywhere("prompts", "tail_starts").match(start) is not None


def is_credit(block: Block) -> bool:
    """A picture's or an agency's credit as a line of its own."""
    if len(block.text) > 140 or (block.text.endswith((".", "!", "?")) and len(block.text) > 80):
        return False
    return _CREDIT.match(block.text) is not None or (len(block.text) < 90 and _AGENCY_MARK.search(block.text) is not None)
