"""The language an article is written in: what the page declares, checked against its text.

Belongs here: declared codes, detection, and who is believed. Does not belong here: the language of months and phrases
(datewords.py).
"""

import re
from collections.abc import Iterator, Sequence
from functools import cache

from transforms.claims import Claim
from transforms.page import ParsedPage

_META = ("content-language", "og:locale", "language", "dc.language", "dcterms.language", "inlanguage")
_CODE = re.compile(r"^\s*([a-zA-Z]{2,3})(?:[-_ ,;].*)?$")

# Codes that pages use for what ISO 639-1 calls otherwise; and three-letter codes of big languages.
_SAME = {
    "in": "id", "iw": "he", "ji": "yi", "nb": "no", "nn": "no",
    "jp": "ja", "kr": "ko", "cn": "zh", "gr": "el", "ua": "uk", "cz": "cs",
    "dk": "da", "vn": "vi", "eng": "en", "deu": "de", "ger": "de",
    "fra": "fr", "fre": "fr", "spa": "es", "ind": "id", "ita": "it",
    "por": "pt", "rus": "ru", "zho": "zh", "chi": "zh", "jpn": "ja",
    "kor": "ko", "ara": "ar", "tur": "tr", "pol": "pl", "nld": "nl",
}  # fmt: skip

# Languages that detection takes for one another on news text.
_ALIKE = (
    {"id", "ms", "jv", "su"}, {"no", "nb", "nn", "da", "sv"}, {"hr", "sr", "bs", "sl", "mk"}, {"cs", "sk"}, {"pt", "gl", "es"},
    {"hi", "mr", "ne"}, {"ru", "uk", "be", "bg"}, {"de", "lb"}, {"zu", "xh", "st", "sw"}, {"af", "nl"}, {"ar", "fa", "ur", "ps"},
)  # fmt: skip

SAMPLE = 1_000  # characters: more changes no verdict
_FIRST_LOOK = 200  # characters: enough to confirm a declared language, at a quarter of the cost
_TOO_SHORT = 120
_DOUBT = 0.05  # the declared language and those alike are ruled out below this probability


def declared_languages(parsed: ParsedPage, extra: Sequence[str] = ()) -> tuple[str, ...]:
    """ISO 639-1 codes that the page, its feed and its source declare, likeliest first, each once."""
    codes = (code for claim in language_claims(parsed, extra) if (code := _code(claim.value)))
    return tuple(dict.fromkeys(codes))


def language_claims(parsed: ParsedPage, extra: Sequence[str] = ()) -> Iterator[Claim]:
    """What is said of the language, likeliest first, as written: "id-ID". `extra`: the source's languages."""
    structured = parsed.structured
    if structured.html_language:
        yield Claim(structured.html_language, "html lang")
    for node in structured.articles():
        if isinstance(value := node.get("inLanguage"), str):
            yield Claim(value, "json-ld inLanguage")
    yield from structured.meta_claims(*_META)
    if parsed.raw.hints.language:
        yield Claim(parsed.raw.hints.language, "feed")
    yield from (Claim(value, "the source's languages") for value in extra)


def _code(value: str) -> str | None:
    match = _CODE.match(value)
    if match is None:
        return None
    code = match[1].lower()
    return _SAME.get(code) or (code if len(code) == 2 else None)


def resolve_language(declared: Sequence[str], text: str | None) -> str | None:
    """The first declared language, unless the text is surely in another one (a template's lang="en" on every page)."""
    sample = (text or "")[:SAMPLE]
    if len(sample) < _TOO_SHORT:
        return declared[0] if declared else None
    if declared and (confirmed := _confirmed(declared, _detected(sample[:_FIRST_LOOK]))):
        return confirmed
    shares = _shares(sample)
    detected = next(iter(shares), None)
    if not declared or detected is None:
        return declared[0] if declared else detected
    if confirmed := _confirmed(declared, detected):
        return confirmed
    # Detection can only contradict a language that it knows.
    is_sure = declared[0] in shares and sum(shares.get(code, 0.0) for code in _alike(declared[0])) < _DOUBT
    return detected if is_sure else declared[0]


def _confirmed(declared: Sequence[str], detected: str | None) -> str | None:
    """The first declared language that detection takes the text for, or for one that it cannot tell from it."""
    return next((code for code in declared if detected in _alike(code)), None)


def _alike(code: str) -> set[str]:
    return {code}.union(*(group for group in _ALIKE if code in group))


def _detected(sample: str) -> str:
    code = str(_identifier().classify(sample)[0])
    return _SAME.get(code, code)


def _shares(sample: str) -> dict[str, float]:
    """Probability of each known language, likeliest first; they sum to 1."""
    shares: dict[str, float] = {}
    for code, share in _identifier().rank(sample):
        code = _SAME.get(code, code)
        shares[code] = shares.get(code, 0.0) + float(share)
    return shares


@cache
def _identifier():  # type: ignore[no-untyped-def]  # py3langid ships no types
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    return LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
