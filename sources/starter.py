"""The text of a new sources.toml: commented for whoever has never seen one.

Belongs here: how what was found is written down. Does not belong here: finding it, writing files.
"""

import json
from collections.abc import Iterator, Sequence
from dataclasses import replace

from sources.finding import Found, SiteFound
from sources.homepage import FEED
from sources.tryout import Tryout

_SETTINGS = """\
# What nightdesk asks for in a night. Try every source:  nightdesk sources check
# Run a night:                                           nightdesk run

[settings]
{contact}
# delay_seconds = 1.0            # Pause between two requests to one host. A longer Crawl-delay in robots.txt is always kept.
# connections_per_host = 1       # Requests to one host at the same time.
# revisit_hours = [6, 24, 72, 168]   # How old a known page is when it is looked at again, for corrections.
{rules}

[gate]
# The night fails, and somebody is told, beyond these shares of its pages:
# max_failed_share = 0.5
# max_quarantined_share = 0.5

[notify]
# block = "slack-webhook/nightdesk"   # A Prefect notification block; or set NIGHTDESK_NOTIFY_URL, to which notices are posted.
"""
_RULES = {
    True: 'rules = "{folder}"                # Rules for sites that are misread, and pages to try them on: nightdesk rules check',
    False: '# rules = "rules"              # A folder of rules for sites that are misread; see examples/rules of nightdesk.',
}
_CONTACT = """\
# A URL or mail address where a site's operator reaches you. It is part of every request, and nothing beyond your own machine is
# asked without it.
{line}"""

_EXAMPLE = """
# One [[sources]] block per outlet: a name and one of feeds, sitemaps, lists or listings. `nightdesk sources check --site URL`
# finds what a site has and prints its block.
[[sources]]
name = "daily"
feeds = ["https://www.daily.example/rss.xml"]
# timezone = "Asia/Jakarta"      # For times that a page gives without a zone.
# languages = ["id"]             # For pages that do not say theirs.
"""

# How far back a sitemap that lists a site's whole past is followed.
_MAX_AGE_DAYS = 30


_RULE = """\
# How pages of {host} are read. Most sites need nothing here, and then this only shows that they are still read as on the day it
# was written: {sample} is one of its pages, and the .json beside it the row that it must give. Try it:
#
#     nightdesk rules check
#
# Where a page is misread, say what goes wrong, and no more. Selectors are CSS, or XPath where they begin with / or (.
# `nightdesk extract --explain URL` shows where each field was read. After a change: nightdesk rules check --update

[[sites]]
host = {quoted_host}
samples = [{quoted_sample}]
{zone}
# drop = [".promo-box"]          # Elements that are cut before the body is read.
# body = ".article-text p"       # The elements that hold the text, and nothing else does.
# title = "h1.headline"          # The headline, the names, the time, each as an element that says it.
# authors = ".byline"
# published = ".date"
# all_pages = "page=all"         # The query that shows an article of several pages whole.
"""


def sources_text(contact: str | None, sites: Sequence[SiteFound], rules: str | None = None) -> str:
    """A whole sources.toml for these sites; with an example in the place of a first one if there is none.

    `rules`: the folder of site rules beside it, if there is one.
    """
    line = f"contact = {_quoted(contact)}" if contact else '# contact = "https://example.org/crawler"'
    head = _SETTINGS.format(contact=_CONTACT.format(line=line), rules=_RULES[rules is not None].format(folder=rules))
    return head + ("\n" + "\n".join(entry_text(site) for site in named_apart(sites)) if sites else _EXAMPLE)


def rule_text(host: str, zone: str | None, sample: str) -> str:
    """A rules file for one site, with `sample`, a saved page of it as seen from the file."""
    line = f"timezone = {_quoted(zone)}" if zone else '# timezone = "Area/City"'
    return _RULE.format(
        host=host,
        sample=sample,
        quoted_host=_quoted(host),
        quoted_sample=_quoted(sample),
        zone=f"{line:<33}# For times that a page gives without a zone.",
    )


def entry_text(site: SiteFound) -> str:
    """The [[sources]] block of one site."""
    return "\n".join(_lines(site)) + "\n"


def _lines(site: SiteFound) -> Iterator[str]:
    yield f"# {site.home}"
    yield "[[sources]]"
    yield f"name = {_quoted(site.name)}"
    for key, places in (("feeds", site.feeds), ("sitemaps", site.sitemaps)):
        if places:
            yield f"{key} = ["
            yield from (f"    {_quoted(place.tryout.url)},  # {describe(place)}" for place in places)
            yield "]"
    if not site.feeds and not site.sitemaps:
        yield "# No feed and no sitemap was found. Name one, or a page that links to the newest articles:"
        yield f"listings = [{_quoted(site.home)}]"
        yield "link_pattern = '/\\d{4}/\\d{2}/'   # Which links are articles: look at a few of their addresses."
    if any(not place.tryout.is_news for place in site.sitemaps):
        yield f"max_age_days = {_MAX_AGE_DAYS}  # The sitemap lists older pages too: leave this out to fetch them all."
    yield from _zone_lines(site)
    yield from _language_lines(site)
    if site.is_local:
        yield "allow_private = true  # It lies on your own machine or network."


def _zone_lines(site: SiteFound) -> Iterator[str]:
    guess = site.zone
    if guess.zone:
        yield f"timezone = {_quoted(guess.zone)}  # For times without a zone: {guess.why}."
    elif guess.possible:
        yield f"# timezone = {_quoted(guess.possible[0])}  # For times without a zone; {guess.why}:"
        yield f"#   {', '.join(guess.possible[:8])}{' ...' if len(guess.possible) > 8 else ''}"
    else:
        yield f'# timezone = "Europe/London"  # For times without a zone, if pages give such; {guess.why}.'


def _language_lines(site: SiteFound) -> Iterator[str]:
    if site.language:
        yield f"languages = [{_quoted(site.language)}]"
    else:
        yield '# languages = ["en"]  # For pages that do not say theirs; the site does not.'


def describe(found: Found) -> str:
    """What a place holds and who named it, in a line."""
    return f"{holdings(found.tryout)}; {found.via}"


def holdings(tryout: Tryout) -> str:
    """What a place holds, in a few words."""
    kind = "" if tryout.kind == FEED else "news, " if tryout.is_news else ""
    count = f"{len(tryout.links)} entr{'y' if len(tryout.links) == 1 else 'ies'}"
    parts = f"{tryout.parts} parts, the newest with {count}" if tryout.parts else count
    newest = f", newest {tryout.newest_at:%Y-%m-%d}" if tryout.newest_at else ", no times"
    return f"{kind}{parts}{newest}"


def named_apart(sites: Sequence[SiteFound]) -> Iterator[SiteFound]:
    """Each site under a name of its own; those that have one keep it."""
    taken: set[str] = set()
    for site in sites:
        name = next(
            name for number in range(1, len(sites) + 1) if (name := site.name + (f"-{number}" if number > 1 else "")) not in taken
        )
        taken.add(name)
        yield replace(site, name=name)


def _quoted(text: str) -> str:
    """A TOML basic string: JSON's escapes are among TOML's."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")
