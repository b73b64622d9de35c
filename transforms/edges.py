"""The edges of a text: bylines and dates echoed above the first paragraph, what trails after the last, and the dateline.

Belongs here: judgements that hold only at the beginning or the end. Does not belong here: lines that are cut wherever they stand.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from transforms.blocks import HEADINGS, Block
from transforms.names import introduces_person
from transforms.phrasebook import lines
from transforms.prompts import is_comment_heading, is_last_prompt, is_tail
from transforms.region import Region, is_prose
from transforms.related import is_related_heading, is_sentence
from transforms.spaces import letters

_BYLINE = re.compile(
    r"^(?:by|von|par|por|di|af|av|door|oleh|penulis|text|tekst|words|autor|author|автор|от)\b\s*[:：]?\s*\S", re.IGNORECASE
)
_CLOCK_OR_YEAR = re.compile(r"\b\d{1,2}[:.]\d{2}\b|\b(?:19|20|25)\d\d\b|\d{1,2}[./-]\d{1,2}[./-]\d{2,4}|\d{4}年")
_LONGEST_ECHO = 110  # characters of a byline with its date
_LONGEST_STAMP = 40  # of a date that ends like a sentence: "Published at 13.30."
_ECHOES = 4  # blocks from the top within which bylines and dates stand
_LONGEST_TAIL = 450  # characters of a list of who contributed
_LONGEST_BIOGRAPHY = 1_000
_LONGEST_SIGNATURE = 80
_LONGEST_LABELLED = 160
_LABEL = re.compile(r"[^:：.!?\n]{2,40}[:：]\s?\S")
_SHORTEST_PART = 8  # letters
# "(dmk)", "dpa/AFP", "j.doe@example.org (END)", "https://...": an editor's mark, an address.
_MARK = re.compile(r"\(?[\w./, -]{2,14}\)|\S+@\S+(?:\s*\(\w+\))?|(?:https?://|www\.|twitter\.com/)\S+")

# "MINSK, NAME.com - ...", "LONDON — ...": a place in capitals, a source at most, a dash.
_DATELINE_CAPITALS = re.compile(r"(?P<place>[^\W\d_a-z][^\d\n—–:;!?\"“]{1,40}?)(?:,[^—–\n]{2,40}?)?\s*(?:[—–]|\s-|--|-\s)\s*\S")
# "HYDERABAD: For ...", as Indian papers open.
_DATELINE_COLON = re.compile(r"(?P<place>[^\W\d_a-z][^\d\n—–:;!?\"“]{2,30}?):\s\S")
_BOLD_PLACE = re.compile(r"[^\W\d_a-z][^\d\n—–:;!?\"“.]{1,40}\.?")
_DASH = re.compile(r"\s*[—–-]\s")
_LONGEST_ACRONYM = 3  # letters: "GPS - das klingt ...", where cities of so few are rare
# "Berlin (dpa) - ...", "HONOLULU, Hawaii (Agency) - ...": any place, its source in brackets, a dash.
_DATELINE_SOURCE = re.compile(
    r"(?P<place>[^\W\d_][^\d\n—–:;!?\"“(]{1,40}?)(?:,[^(\n]{2,30}?)?\s*\([^)\n]{2,40}\)\s*\.?\s*(?:[—–-]|--)\s*\S"
)


def is_byline_or_date(text: str) -> bool:
    """A short line that names who wrote or when, and is no sentence."""
    if len(text) > _LONGEST_ECHO or (is_sentence(text) and len(text) > _LONGEST_STAMP):
        return False
    return _BYLINE.match(text) is not None or _CLOCK_OR_YEAR.search(text) is not None


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of the article before its text is read: headline and names tell echoes and bylines from text, and the people
    among them tell biographies; a text may well end with what its outlet did.
    """

    title: str | None = None
    authors: Sequence[str] = ()  # people, or a house
    people: Sequence[str] = ()  # those of them who are people
    outlet: str | None = None


def without_edges(blocks: Sequence[Block], known: Known, region: Region | None = None) -> list[Block]:
    """The blocks without the headline's and byline's echoes before the text, and without what trails after it."""
    names = [letters(name) for name in known.authors if letters(name)]
    outlet = letters(known.outlet or "")
    people = [letters(name) for name in known.people]
    wanted = letters(known.title or "")
    begin = next((index for index, block in enumerate(blocks) if is_prose(block)), len(blocks))
    kept = [
        block
        for index, block in enumerate(blocks)
        if block.letters != wanted
        and not (index < _ECHOES and (_is_echo(block, names, outlet) or (index < begin and _is_part(block, wanted))))
    ]
    kept = kept[: _end_of_text(kept, people)]
    while len(kept) > 1 and (_trails(kept[-1], people, region) or _is_lost_heading(kept)):
        kept.pop()
    return kept


def _end_of_text(blocks: Sequence[Block], people: Sequence[str]) -> int:
    """How many blocks come before the readers' comments, or before a box that opens with an author's name."""
    for index in range(1, len(blocks)):
        before, rest = (sum(len(block.text) for block in part) for part in (blocks[:index], blocks[index + 1 :]))
        is_box = blocks[index].letters in people and rest <= min(before, _LONGEST_BIOGRAPHY)
        if is_box or is_comment_heading(blocks[index]):
            return index
    return len(blocks)


def _is_lost_heading(blocks: Sequence[Block]) -> bool:
    """Whether the last block is a heading whose text is gone. Several headings in a row are a list in large type."""
    is_heading = [block.tag in HEADINGS for block in blocks[-3:]]
    return is_heading[-1] and not all(is_heading)


def _is_part(block: Block, headline: str) -> bool:
    """Whether it is a part of the headline: a kicker in an element of its own."""
    return len(block.letters) >= _SHORTEST_PART and block.letters in headline


def _is_echo(block: Block, names: Sequence[str], outlet: str) -> bool:
    if block.tag in HEADINGS:
        return block.letters in names
    if block.tag == "li":
        return False
    return not block.letters or _is_only_names(block, names, outlet) or is_byline_or_date(block.text)


def _is_only_names(block: Block, names: Sequence[str], outlet: str = "") -> bool:
    """Whether a line is the authors' names, their outlet's and little else."""
    text = block.letters
    rest = text
    for name in names:
        rest = rest.replace(name, "")
    if rest == text:
        return False
    return len(rest.replace(outlet, "") if outlet else rest) <= 0.4 * len(text)


def _trails(block: Block, people: Sequence[str], region: Region | None) -> bool:
    """Whether a last block is no part of the text: a prompt, an address, who wrote and who helped."""
    text = block.letters
    is_apart = region is not None and not region.is_main_flow(block)
    return (
        not text
        or is_related_heading(block, before_links=True)
        or is_last_prompt(block, is_apart=is_apart)
        or _MARK.fullmatch(block.text) is not None
        or _is_labelled_link(block)
        or (len(block.text) <= _LONGEST_TAIL and is_tail(block.text))
        or _is_biography(block, people, is_apart=is_apart)
    )


def _is_labelled_link(block: Block) -> bool:
    """ "Our standards: ..." with a link behind the colon."""
    is_link = len(block.hrefs) == 1 and 2 * block.linked >= len(block.text)
    return is_link and len(block.text) <= _LONGEST_LABELLED and _LABEL.match(block.text) is not None


def _is_biography(block: Block, people: Sequence[str], *, is_apart: bool) -> bool:
    """Whether it says who the authors are: it begins with a name, or looks otherwise than the text and holds one."""
    looks_so = is_apart or bool(block.linked) or block.emphasised >= 0.4 * len(block.text)
    if len(block.text) > _LONGEST_TAIL:
        return looks_so and len(block.text) <= _LONGEST_BIOGRAPHY and introduces_person(block.text)
    if _is_signature(block, people):
        return True
    is_named = any(name in block.letters for name in people if len(name) > 6)
    return (looks_so and is_named) or ((looks_so or is_named) and introduces_person(block.text))


def _is_signature(block: Block, people: Sequence[str]) -> bool:
    """Whether it is an author's name with little else than a role or an address: two or three letters in Han and Hangul."""
    has_name = any(name in block.letters for name in people if name)
    return len(block.text) <= _LONGEST_SIGNATURE and has_name and ("@" in block.text or _is_only_names(block, people))


def find_dateline(blocks: Sequence[Block]) -> str | None:
    """The place that the first paragraph opens with, as printed, if it does so in the manner of news."""
    opening = next((block for block in blocks if block.tag != "li" and block.tag not in HEADINGS), None)
    if opening is None:
        return None
    first = opening.text
    for pattern in (_DATELINE_SOURCE, _DATELINE_CAPITALS, _DATELINE_COLON):
        match = pattern.match(first)
        place = match["place"].strip(" ,.") if match else ""
        if letters(place) in lines("filing", "not_places"):
            continue
        is_acronym = pattern is not _DATELINE_SOURCE and len(place) <= _LONGEST_ACRONYM and "," not in first[: len(place) + 1]
        is_capital = place.isupper() or (pattern is _DATELINE_SOURCE and place[:1].isupper())
        if is_capital and not is_acronym and len(place.split()) <= 4:
            return place
    # In bold type, and the text goes on: "Lindau. Die ..." in German regional papers, "Surabaya - Warga ..." in Indonesian ones.
    place, rest = first[: opening.emphasised].rstrip(), first[opening.emphasised :]
    is_place = _BOLD_PLACE.fullmatch(place) is not None and (rest[:1] == " " if place.endswith(".") else _DASH.match(rest))
    return place.rstrip(".") if is_place and len(place.split()) <= 3 else None
