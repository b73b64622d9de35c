"""From a byline's text to names: lead-ins, roles and addresses taken off, several names split, people told from houses.

Belongs here: strings only. Does not belong here: where bylines stand on a page (authors.py).
"""

import re
from functools import cache

from transforms.phrasebook import alternation, phrases
from transforms.spaces import letters, plain

_LONGEST_NAME = 50
_LONGEST_BYLINE = 2_000  # characters: what is longer comes of an attribute that was never closed
_MOST_WORDS = 6

_ADDRESS = re.compile(r"\S+@\S+|https?://\S+|www\.\S+|(?<!\w)@\w+")
_BRACKETED = re.compile(r"\s*[(\[（【][^()\[\]（）【】]*[)\]）】]")
_SEPARATOR = re.compile(r"\s*[,;|•/／+&、，；]\s*|\s+[–—·‧∙⋅●■-]\s+|\s*\n\s*|\s+\.\s+")
_DEGREE = re.compile(r"^(?:jr|sr|ph\.?d|m\.?d|dds|esq|ii|iii|iv|mba|m\.?a|b\.?a|llm|cfa|rn)\.?$", re.IGNORECASE)
_DOMAIN = re.compile(r"\w\.(?:com|net|org|info|news|[a-z]{2})$", re.IGNORECASE)
_CASED = re.compile(r"[A-Za-zÀ-ɏͰ-ϿЀ-ӿԱ-֏Ⴀ-ჿ]")


def split_names(text: str) -> list[str]:
    """Names of a byline in order: "By Jane Doe, Chief Reporter, and Ali bin Omar (dpa)" -> ["Jane Doe", "Ali bin Omar"].

    Houses and agencies are kept (is_house tells them); what is no name (job titles, dates, places after a dash) is dropped.
    """
    if len(text) > _LONGEST_BYLINE:
        return []
    text = _BRACKETED.sub("", _ADDRESS.sub("", plain(text)))
    text = _lead_in().sub("", text, count=1).strip()
    parts = [part for chunk in _SEPARATOR.split(text) for part in _joiner().split(chunk)]
    parts = [part for part in parts if part]
    if len(parts) == 2 and text.count(",") == 1 and all(_is_single_name(part) for part in parts):
        parts = [f"{parts[1]} {parts[0]}"]  # "Doe, Jane" as library systems write it
    names = (_trimmed(part) for part in parts)
    return list(dict.fromkeys(name for name in names if name and _may_be_name(name)))


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
        ) or (1 < len(name.split()) <= 4 and name.replace(" ", "").isalpha())
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
    return _lead_in().match(line) is not None


def introduces_person(text: str) -> bool:
    """Whether a text begins by saying who somebody is: "Jane Doe is a freelance journalist ...", as below many texts."""
    match = _introduction().match(text)
    return match is not None and looks_like_person(match[1]) and _job_word().search(text, match.end()) is not None


def _trimmed(part: str) -> str:
    part = part.strip(" \t:.·*_–—-\"'“”„‚‘’…|>")
    part = _lead_in().sub("", _joiner_first().sub("", part, count=1), count=1)
    if suffix := _suffix().search(part):
        part = part[: suffix.start()]
    return part.strip(" :·-")


def _may_be_name(name: str) -> bool:
    words = name.split()
    if not 1 < len(name) <= _LONGEST_NAME or len(words) > _MOST_WORDS or any(character.isdigit() for character in name):
        return False
    if _DEGREE.match(name) or is_role(name, "author_roles", "other_roles", "lead_ins", "joiners"):
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
