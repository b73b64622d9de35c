"""Whether an article may be read without paying.

Belongs here: what the page declares of it. Does not belong here: guesses from the length of the text.
"""

from transforms.page import ParsedPage

_TIER_META = ("article:content_tier", "og:article:content_tier", "content_tier", "article.content_tier")
_FREE = {"true": True, "free": True, "yes": True, "1": True, "false": False, "locked": False, "no": False, "0": False}
_TIERS = {"free": True, "metered": True, "locked": False, "premium": False, "paid": False}


def read_is_free(parsed: ParsedPage) -> bool | None:
    """schema.org's isAccessibleForFree, else the content tier that the page declares, else None: most pages say neither."""
    structured = parsed.structured
    for node in (*structured.articles(), *structured.pages()):
        value = node.get("isAccessibleForFree")
        if value is not None and (said := _FREE.get(str(value).rpartition("/")[2].strip().lower())) is not None:
            return said
    for tier in structured.meta_values(*_TIER_META):
        if (said := _TIERS.get(tier.lower())) is not None:
            return said
    return None
