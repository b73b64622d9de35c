"""From a byline's text to names: lead-ins, roles and addresses taken off, several names split, people told from houses.

Belongs here: strings only. Does not belong here: where bylines stand on a page (authors.py).
"""

import re
from functools import cache

from transforms.phrasebook import alternation, phrases
from transforms.spaces import VOWEL_SIGNS, letters, plain

_LONGEST_NAME = 50
_LONGEST_BYLINE = 2_000  # characters: what is longer comes of an attribute that was never closed
_MOST_WORDS = 6

_ADDRESS = re.compile(r"\S+@\S+|https?://\S+|www\.\S+|(?<!\w)@\w+")
_BRACKETED = re.compile(r"\s*[(\[（【][^()\[\]（）【】]*[)\]）】]")
_SEPARATOR = re.compile(r"\s*[,;|•/／+&、，；]\s*|\s+[·‧∙⋅●■]\s+|\s*\n\s*|\s+\.\s+")
_DASH = re.compile(r"\s+[–—-]\s+")
_KATAKANA = re.compile("[\u30a1-\u30fa\u30fc]")
# Two words at least on each side: many first names begin with the same letter.
_ARABIC_AND = re.compile(r"((?:[\u0621-\u064a]+\s+)+[\u0621-\u064a]+)\s+و((?:[\u0621-\u064a]+\s+)+[\u0621-\u064a]+)")
_IN_A_PLACE = re.compile(r"\s+(?:in|à|en|aus|from|из)\s+(?=[^\W\d_a-zа-я]).*$")
_DEGREE = re.compile(r"^(?:jr|sr|ph\.?d|m\.?d|dds|esq|ii|iii|iv|mba|m\.?a|b\.?a|llm|cfa|rn)\.?$", re.IGNORECASE)
_ABBREVIATED = re.compile(r"(?:[A-Z][A-Za-z]{0,3}\.)+(?:[A-Z][a-z]{0,3}\.?)?")  # "S.H.", "M.Si": degrees behind Indonesian names
_DOMAIN = re.compile(r"^\S*\w\.(?:com|net|org|info|news|[a-z]{2})$", re.IGNORECASE)
_LETTERED = re.compile(rf"(?:[^\W\d_]|[{VOWEL_SIGNS}.'’׳־-])+")
_CASED = re.compile(r"[A-Za-zÀ-ɏͰ-ϿЀ-ӿԱ-֏Ⴀ-ჿ]")


def split_names(text: str) -> list[str]:
    """Names of a byline in order: "By Jane Doe, Chief Reporter, and Ali bin Omar (dpa)" -> ["Jane Doe", "Ali bin Omar"].

    Houses and agencies are kept (is_house tells them); what is no name (job titles, dates, places after a dash) is dropped, and
    so are those who took the pictures or edited.
    """
    if len(text) > _LONGEST_BYLINE:
        return []
    text = _who_wrote(_BRACKETED.sub("", _ADDRESS.sub("", plain(text))))
    text = _lead_in().sub("", text, count=1).strip()
    parts = [part for chunk in _chunks(text) for part in _joined(chunk)]
    parts = [part for whole in parts if whole for part in _eastern_parts(whole)]
    if len(parts) == 2 and text.count(",") == 1 and all(_is_single_name(part) for part in parts):
        parts = [f"{parts[1]} {parts[0]}"]  # "Doe, Jane" as library systems write it
    names = (_trimmed(part) for part in parts)
    return list(dict.fromkeys(name for name in names if name and _may_be_name(name)))


def _who_wrote(text: str) -> str:
    """Of a byline that says each one's part ("Written by: Jane Doe Edited by: Ali Omar") those who wrote."""
    first, *labelled = _label().split(text) if _has_colon(text) else (text,)
    if not labelled:
        return text
    wrote = [part for label, part in zip(labelled[::2], labelled[1::2], strict=True) if label.casefold() in _author_labels()]
    return ", ".join(part.strip(" |·•,;") for part in (first, *wrote) if part.strip(" |·•,;"))


def _chunks(text: str) -> list[str]:
    """What commas, bars and the like part. What follows a dash is a place or an outlet, unless nothing before it is a name."""
    chunks = []
    for chunk in _SEPARATOR.split(text):
        sides = _DASH.split(chunk)
        chunks.append(next((side for side in sides if (name := _trimmed(side)) and _may_be_name(name)), sides[0]))
    return chunks


def _joined(text: str) -> list[str]:
    """The names that "and" joins. Where that is one letter it may be inside a name: "Inés Ortega y Medina"."""
    parts = _joiner().split(text)
    joiners = _joiner().findall(text)
    is_inside = any(len(joiner.strip()) == 1 and joiner.strip().isalpha() for joiner in joiners)
    return [text] if is_inside and any(len(part.split()) < 2 for part in parts) else parts


def _eastern_parts(text: str) -> list[str]:
    """Names that are written together: "森下陽菜・戸田健吾" (foreign names keep their dots), Arabic "و" before the last."""
    if "・" in text and not _KATAKANA.search(text):
        return text.split("・")
    if match := _ARABIC_AND.fullmatch(text):
        return [match[1], match[2]]
    return [text]


def is_house(name: str, outlets: frozenset[str] = frozenset()) -> bool:
    """Whether a name is a desk's, an agency's or the outlet's own. `outlets`: outlet.outlet_keys()."""
    key = letters(name)
    if key in outlets or key in phrases("bylines", "agencies") or _DOMAIN.search(name):
        return True
    if any(len(outlet) > 4 and outlet in key for outlet in outlets):
        return True
    return _house_word().search(name) is not None


def looks_like_person(name: str) -> bool:
    """Whether text that nothing marks as a name could be a person's: 2 to 5 capitalised words, or 2 to 4 ideographs."""
    if not _CASED.search(name):
        return bool(
            re.fullmatch(
                r"[\u4e00-\u9fff々]{2,4}|[가-힣]{2,4}|[\u3040-\u30ff\u4e00-\u9fff々]{2,5}\s?[\u3040-\u30ff\u4e00-\u9fff々]{1,5}",
                name,
            )
        ) or (1 < len(name.split()) <= 4 and _LETTERED.fullmatch(name.replace(" ", "")) is not None)
    words = name.split()
    capitalised = [
        word
        for word in words
        if word[:1].isupper() or word.lower() in phrases("bylines", "particles") or word[:2] in ("d'", "l'", "d’", "l’")
    ]
    return 2 <= len(words) <= 5 and len(capitalised) == len(words) and sum(word[:1].isupper() for word in words) >= 2


def is_role(line: str, *roles: str) -> bool:
    """Whether a line is nothing but one of these roles (keys of phrases/bylines.toml): "Penulis", "Text:"."""
    key = line.strip(" :：").casefold()
    return any(key in phrases("bylines", role) for role in roles)


def has_lead_in(line: str) -> bool:
    """Whether a line says that a writer's name follows: at its beginning, or by a label with a colon anywhere."""
    if _lead_in().match(line) is not None:
        return True
    labels = (match[1].casefold() for match in _label().finditer(line)) if _has_colon(line) else ()
    return any(label in _author_labels() for label in labels)


def _has_colon(text: str) -> bool:
    return ":" in text or "：" in text


def introduces_person(text: str) -> bool:
    """Whether a text begins by saying who somebody is: "Jane Doe is a freelance journalist ...", as below many texts."""
    match = _introduction().match(text)
    return match is not None and looks_like_person(match[1]) and _job_word().search(text, match.end()) is not None


def _trimmed(part: str) -> str:
    part = part.strip(" \t:.·*_–—-\"'“”„‚‘’…|>")
    part = _lead_in().sub("", _joiner_first().sub("", part, count=1), count=1)
    if suffix := _suffix().search(part):
        part = part[: suffix.start()]
    before = _IN_A_PLACE.sub("", part)
    if before != part and looks_like_person(before):  # "Jane Doe in Paris"
        part = before
    titles = list(_job_word().finditer(part))
    if titles and looks_like_person(part[titles[-1].end() :].strip()):  # "Senior Business Reporter Jane Doe"
        part = part[titles[-1].end() :]
    return part.strip(" :·-")


def _may_be_name(name: str) -> bool:
    words = name.split()
    if not 1 < len(name) <= _LONGEST_NAME or len(words) > _MOST_WORDS or any(character.isdigit() for character in name):
        return False
    if ":" in name or letters(name) in phrases("bylines", "nobody"):
        return False
    if _DEGREE.match(name) or _ABBREVIATED.fullmatch(name) or is_role(name, "author_roles", "other_roles", "lead_ins", "joiners"):
        return False
    if _job_word().search(name):
        return False
    return any(character.isalpha() for character in name)


def _is_single_name(part: str) -> bool:
    return (
        len(part.split()) == 1
        and part[:1].isupper()
        and not part.isupper()
        and letters(part) not in phrases("bylines", "agencies")
        and not is_house(part)
    )


@cache
def _lead_in() -> re.Pattern[str]:
    words = phrases("bylines", "lead_ins")
    # "By Jane", "By: Jane", but neither "Byron" nor the "Di" of a name in a language without that lead-in: a space must follow.
    spaced = alternation(word for word in words if word[-1].isalpha() and word.isascii() | (ord(word[-1]) < 0x2E80))
    direct = alternation(word for word in words if not (word[-1].isalpha() and ord(word[-1]) < 0x2E80))
    return re.compile(rf"^\s*(?:(?:{spaced})(?:\s*[:：]\s*|\s+)|(?:{direct})\s*)", re.IGNORECASE)


@cache
def _label() -> re.Pattern[str]:
    """A role with its colon, wherever it stands: "Text:", "Reporter :", "Edited by:"."""
    words = {*_author_labels(), *(word.rstrip(":：") for word in phrases("bylines", "other_roles"))}
    return re.compile(rf"(?<!\w)({alternation(words)})\s*[:：]\s*", re.IGNORECASE)


@cache
def _author_labels() -> frozenset[str]:
    return frozenset(word.rstrip(":： ") for key in ("author_roles", "lead_ins") for word in phrases("bylines", key))


@cache
def _joiner() -> re.Pattern[str]:
    return re.compile(rf"\s+(?:{alternation(phrases('bylines', 'joiners'))})\s+", re.IGNORECASE)


@cache
def _joiner_first() -> re.Pattern[str]:
    """What is left of "Jane Doe, Ali Omar, and Max Roe" at the last comma. Lower case only: "Y Nhi Tran" begins with a name."""
    return re.compile(rf"^(?:{alternation(phrases('bylines', 'joiners'))})\s+")


@cache
def _introduction() -> re.Pattern[str]:
    return re.compile(
        rf"((?:[^\W\d_][\w.'’-]*\s+){{1,4}}[^\W\d_][\w.'’-]*)\s+(?:{alternation(phrases('bylines', 'introduces'))})\s"
    )


@cache
def _job_word() -> re.Pattern[str]:
    return re.compile(rf"\b(?:{alternation(phrases('bylines', 'job_words'))})\b", re.IGNORECASE)


@cache
def _house_word() -> re.Pattern[str]:
    words = phrases("bylines", "house_words")
    bounded = alternation(word for word in words if word.isascii() or ord(word[-1]) < 0x2E80)
    unbounded = alternation(word for word in words if ord(word[-1]) >= 0x2E80)
    return re.compile(rf"\b(?:{bounded})\b|(?:{unbounded})", re.IGNORECASE)


@cache
def _suffix() -> re.Pattern[str]:
    return re.compile(rf"\s*(?:{alternation(phrases('bylines', 'name_suffixes'))})$")
