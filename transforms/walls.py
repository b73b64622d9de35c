"""Pages that stand in an article's place: it is not there, cookies or a login come first, a robot was met.

Belongs here: recognising them by what they say together with how they are built. Does not belong here: pages that are an article
behind a paywall (access), what the server says in its status and headers. A page that calls itself an article is one; a page
with paragraphs of text has something to say. So an article about cookies is never taken for a cookie wall, whatever its
headline.
"""

import re
from collections.abc import Iterator
from functools import cache

from lxml.html import HtmlElement

from transforms.page import ParsedPage
from transforms.phrasebook import anywhere, phrases
from transforms.records import Reason
from transforms.spaces import squeeze
from transforms.urls import canonicalise, split_url

# Characters in paragraphs beyond which a page has a text of its own. The teasers and notices of walls stay below.
_TEXT = 900
# Characters of everything that can be seen: consent pages list purposes and partners, challenges are bare.
_LONGEST_WALL = 8_000
_LONGEST_CHALLENGE = 2_500

# Scripts and widgets of the services that tell people from robots. Many sites load some of them on every page, so they count on
# pages that show next to nothing.
_CHALLENGE_MARKUP = re.compile(
    rb"/cdn-cgi/challenge-platform/|cf-chl-|cf-turnstile|captcha-delivery\.com|_Incapsula_Resource|/_sec/cp_challenge|px-captcha"
    rb"|awsWafCookieDomainList|token\.awswaf\.com|ddos-guard/js-challenge|g-recaptcha|h-captcha|recaptcha/api\.js|hcaptcha\.com/1/api\.js"
)
_BARE = 400

# What parts a page's title from its outlet's name, and how long the name may be: "Page not found | The Daily".
_SEPARATOR = re.compile(r"\s+[|·•»«–—/-]\s+|\s*\|\s*")
_LONGEST_NAME = 40
_EDGES = re.compile(r"^[\W_]+|[\W_]+$")

_KINDS = (
    (Reason.BOT_CHALLENGE, "challenge", "challenge_paths"),
    (Reason.SOFT_NOT_FOUND, "missing", "missing_paths"),
    (Reason.COOKIE_WALL, "cookies", "consent_paths"),
    (Reason.LOGIN_WALL, "login", "login_paths"),
)


def read_wall(parsed: ParsedPage) -> tuple[Reason, str] | None:
    """What the page is if it stands in an article's place, and by what that is told; None if it may be an article."""
    if _claims_article(parsed):
        return None
    text = squeeze(" ".join(parsed.tree.itertext()))  # a space where elements meet: "KurierWeiter mit Werbung" is no phrase
    if len(text) > 20 * _LONGEST_WALL or _paragraph_length(parsed.tree) > _TEXT:
        return None
    return _by_address(parsed) or _by_headline(parsed, text) or _by_markup(parsed, text)


def _claims_article(parsed: ParsedPage) -> bool:
    structured = parsed.structured
    kinds = (value.lower() for value in structured.meta_values("og:type"))
    return bool(structured.articles()) or "article" in kinds or any(structured.meta_values("article:published_time"))


def _paragraph_length(tree: HtmlElement) -> int:
    """Characters in paragraphs that are no wall's own words."""
    wall = anywhere("walls", "consent"), anywhere("walls", "proof")
    length = 0
    for paragraph in tree.iter("p", "article"):
        if paragraph.tag == "article" and paragraph.find(".//p") is not None:
            continue  # its paragraphs are counted
        text = squeeze(paragraph.text_content())
        length += 0 if any(pattern.search(text) for pattern in wall) else len(text)
    return length


def _by_address(parsed: ParsedPage) -> tuple[Reason, str] | None:
    """A redirect from an article's address to the front page, or to an address that says what it is."""
    if parsed.raw.final_url is None:
        return None
    asked, came = split_url(canonicalise(parsed.raw.url)), split_url(canonicalise(parsed.raw.final_url))
    before, after = _segments(asked.path), _segments(came.path)
    if before and not after and not came.query:
        return Reason.SOFT_NOT_FOUND, f"redirected to the front page {parsed.raw.final_url}"
    for reason, _, paths in _KINDS:
        word = next((word for word in after if word in phrases("walls", paths) and word not in before), None)
        if word is not None:
            return reason, f"redirected to {parsed.raw.final_url}"
    return None


def _segments(path: str) -> list[str]:
    return [segment.lower() for segment in path.split("/") if segment]


def _by_headline(parsed: ParsedPage, text: str) -> tuple[Reason, str] | None:
    headlines = list(_headlines(parsed))
    for reason, key, _ in _KINDS:
        said = next((headline for headline in headlines if _folded(headline) in _folded_phrases(key)), None)
        if said is not None and _bears_out(reason, parsed, text):
            return reason, f"it is headed {said!r}"
    return None


def _headlines(parsed: ParsedPage) -> Iterator[str]:
    """The title and the main headline, whole and without the outlet's name."""
    heading = next((squeeze(element.text_content()) for name in ("h1", "h2") for element in parsed.tree.iter(name)), None)
    for headline in (parsed.structured.title, heading):
        if headline:
            yield headline
            yield from (piece for piece in _SEPARATOR.split(headline) if len(headline) - len(piece) <= _LONGEST_NAME)


def _bears_out(reason: Reason, parsed: ParsedPage, text: str) -> bool:
    """Whether the rest of a page fits the headline: a challenge is bare or says what it proves, a login has a
    password to fill in.
    """
    match reason:
        case Reason.BOT_CHALLENGE:
            is_proof = (
                anywhere("walls", "proof").search(text) is not None or _CHALLENGE_MARKUP.search(parsed.raw.body) is not None
            )
            return len(text) <= _BARE or (len(text) <= _LONGEST_CHALLENGE and is_proof)
        case Reason.COOKIE_WALL:
            return len(text) <= _LONGEST_WALL and _count("consent", text) >= 2
        case Reason.LOGIN_WALL:
            return len(text) <= _LONGEST_WALL and _asks_for_password(parsed.tree)
        case _:
            return True


def _asks_for_password(tree: HtmlElement) -> bool:
    return any((field.get("type") or "").lower() in ("password", "email") for field in tree.iter("input"))


def _by_markup(parsed: ParsedPage, text: str) -> tuple[Reason, str] | None:
    """Pages without a telling headline: next to nothing but a challenge's script, or nothing but a request for consent."""
    if len(text) <= _BARE and (found := _CHALLENGE_MARKUP.search(parsed.raw.body)) is not None:
        return Reason.BOT_CHALLENGE, f"nothing but {found[0].decode('ascii')}"
    if len(text) <= _LONGEST_WALL and _count("consent", text) >= 4 and not _has_headline(parsed.tree):
        return Reason.COOKIE_WALL, "nothing but a request for consent"
    return None


def _has_headline(tree: HtmlElement) -> bool:
    return any(squeeze(element.text_content()) for element in tree.iter("h1"))


def _count(key: str, text: str) -> int:
    """How many different phrases of a kind a text holds."""
    return len({match[0].casefold() for match in anywhere("walls", key).finditer(text)})


@cache
def _folded_phrases(key: str) -> frozenset[str]:
    return frozenset(map(_folded, phrases("walls", key)))


def _folded(headline: str) -> str:
    return _EDGES.sub("", squeeze(headline)).replace("’", "'").casefold()
