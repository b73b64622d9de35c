"""Query keys that say where a reader came from, never what is shown.

Belongs here: the list. Does not belong here: taking them off (urls.py). Sources: the documentation of the tools that add them
(Google, Meta, Microsoft, Matomo, Adobe, AT Internet, Webtrekk, Mailchimp, HubSpot, Marketo) and the lists that browsers strip
by default.
"""

_PREFIXES = (
    "utm_", "mtm_", "pk_", "oly_", "vero_", "hsa_", "mc_", "mkt_", "at_", "ns_", "wt_", "fb_", "_hs", "guce_", "itm_", "amp_",
)  # fmt: skip
_KEYS = frozenset((
    "fbclid", "gclid", "gclsrc", "dclid", "gbraid", "wbraid",
    "msclkid", "yclid", "twclid", "ttclid", "li_fat_id", "igsh", "igshid",
    "_ga", "_gl", "wtmc", "xtor", "cmp", "cmpid", "cmpname",
    "ocid", "ncid", "icid", "intcid", "s_cid", "s_kwcid", "ref", "ref_src",
    "ref_url", "referrer", "referer", "source", "src", "from", "medium", "campaign", "partner", "traffic_source", "smid", "smtyp",
    "spm", "scm", "share", "shared", "sharetype", "sr_share", "sref", "soc_src", "soc_trk", "hss_channel", "hsctatracking",
    "_branch_match_id", "__twitter_impression", "guccounter", "rss", "feed",
    "trk", "tracking", "trackingid", "mkcid", "maca", "ito",
    "jsessionid", "phpsessid", "sid", "sessionid", "usqp", "rnd", "_", "nocache", "cb",
))  # fmt: skip
_AMP_KEYS = frozenset(("amp", "isamp", "outputtype"))


def is_tracking(key: str) -> bool:
    """Whether a query key (lower case) may go: two URLs that differ in it alone are one page, or its AMP version."""
    return key in _KEYS or key in _AMP_KEYS or key.startswith(_PREFIXES)
