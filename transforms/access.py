"""Whether an article may be read without paying.

Belongs here: what the page declares of it. Does not belong here: guesses from the length of the text.
"""

from collections.abc import Iterator

from transforms.claims import Claim
from transforms.page import ParsedPage

_TIER_META = ("article:content_tier", "og:article:content_tier", "content_tier", "article.content_tier")
_VALUES = {
    **dict.fromkeys(("true", "free", "yes", "1", "metered"), True),
    **dict.fromkeys(("false", "locked", "no", "0", "premium", "paid"), False),
}


def read_is_free(parsed: ParsedPage) -> bool | None:
    """schema.org's isAccessibleForFree, else the content tier that the page declares, else None: most pages say neither."""
    return next((_VALUES[claim.value.lower()] for claim in access_claims(parsed) if claim.value.lower() in _VALUES), None)


def access_claims(parsed: ParsedPage) -> Iterator[Claim]:
    """What the page declares of its price, likeliest first: "True", "false", "metered", ..."""
    structured = parsed.structured
    for node in (*structured.articles(), *structured.pages()):
        value = node.get("isAccessibleForFree")
        if value is not None:
            yield Claim(str(value).rpartition("/")[2].strip(), "json-ld isAccessibleForFree")
    yield from structured.meta_claims(*_TIER_META)
