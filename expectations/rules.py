"""What a row must be: one declaration per rule, which drives the row verdicts, the Great Expectations suite and the report.

Belongs here: rules, their bounds and the reasons for them. Does not belong here: how a rule is evaluated (verdicts.py, suite.py),
or how the columns it checks are made (projection.py). A rule that needs a page's text checks an evidence column: null when all is
well, else the piece of text that gave it away. Null passes every rule but those that ask for a value.

A row without a publication time is refused: the reason for one, where there is one, is a person's, who releases the row with it.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

from transforms.records import Reason


class Severity(StrEnum):
    """How bad a broken rule is, in Great Expectations' words."""

    CRITICAL = "critical"
    WARNING = "warning"
    INFO = "info"


class Action(StrEnum):
    """What a broken rule does: keeps the row out of `articles`, only counts it, or fails the run's gate."""

    QUARANTINE = "quarantine"
    WARN = "warn"
    FAIL = "fail"


@dataclass(frozen=True, slots=True)
class Rule:
    """One thing that every row must be.

    `column` is the article's column that a reader would look at; `kwargs` name the projection's column that is evaluated.
    `reason` is the row's reason in the ledger if the rule quarantines it; of several broken rules the first one's counts.
    `brings`: columns that the projection has for this rule's sake, each as SQL over the extracted row; where the SQL fails on a
    row it is null. Rules of other packages use it; those below have their columns in sql/projection.sql.
    """

    name: str
    column: str
    expectation: str  # a class of great_expectations.expectations
    kwargs: Mapping[str, Any]
    severity: Severity
    action: Action
    meaning: str  # what must hold, as a sentence that a report can print
    reason: Reason = field(default=Reason.INVALID_FIELD)
    brings: Mapping[str, str] = field(default_factory=dict)


# The shortest real items are one-sentence flashes: about 120 characters in Latin script, 50 to 70 in Chinese and Japanese, which
# say two to three times as much per character; paywalled pages leave a first paragraph of 150 and more. Below 50 characters
# stand only remains: a caption, "Log in to read this article", a byline.
MIN_BODY_CHARACTERS = 50
# A headline beyond this is a paragraph; a single character is a bullet or a dash.
TITLE_CHARACTERS = (2, 300)
# News sites began after this; earlier dates are unset clocks (1970) and misread numbers.
EARLIEST = datetime(1990, 1, 1, tzinfo=UTC)
# UTC-12:00 and UTC+14:00, the ends of the zones in use.
OFFSET_MINUTES = (-720, 840)
PRECISIONS = ("second", "minute", "day")
DATE_ORIGINS = ("json-ld", "meta", "microdata", "time-element", "visible-text", "url", "feed", "sitemap")

_HTTP_URL = r"^https?://[^/?# \t\r\n<>]+[^ \t\r\n<>]*$"


def _present(name: str, column: str, meaning: str, reason: Reason, *, checked: str | None = None) -> Rule:
    kwargs = {"column": checked or column}
    return Rule(name, column, "ExpectColumnValuesToNotBeNull", kwargs, Severity.CRITICAL, Action.QUARANTINE, meaning, reason)


def _absent(name: str, column: str, evidence: str, action: Action, meaning: str) -> Rule:
    severity = Severity.CRITICAL if action is Action.QUARANTINE else Severity.WARNING
    return Rule(name, column, "ExpectColumnValuesToBeNull", {"column": evidence}, severity, action, meaning)


# In the order in which a row's reason is looked for: the cause before its consequences.
RULES: tuple[Rule, ...] = (
    _present("url_present", "url", "The row has the address that it was fetched from.", Reason.INVALID_URL),
    Rule(
        name="url_is_http",
        column="url",
        expectation="ExpectColumnValuesToMatchRegex",
        kwargs={"column": "url", "regex": _HTTP_URL},
        severity=Severity.CRITICAL,
        action=Action.QUARANTINE,
        meaning="The address is a whole http or https URL.",
        reason=Reason.INVALID_URL,
    ),
    Rule(
        name="canonical_url_is_http",
        column="canonical_url",
        expectation="ExpectColumnValuesToMatchRegex",
        kwargs={"column": "canonical_url", "regex": _HTTP_URL},
        severity=Severity.CRITICAL,
        action=Action.QUARANTINE,
        meaning="The normalised address is a whole http or https URL.",
        reason=Reason.INVALID_URL,
    ),
    _present("body_present", "body", "The page has an article's text.", Reason.MISSING_BODY, checked="body_length"),
    _present("title_present", "title", "The article has a headline.", Reason.MISSING_TITLE),
    _present("published_at_present", "published_at", "The article says when it was published.", Reason.MISSING_DATE),
    Rule(
        name="body_long_enough",
        column="body_length",
        expectation="ExpectColumnValuesToBeBetween",
        kwargs={"column": "body_length", "min_value": MIN_BODY_CHARACTERS},
        severity=Severity.CRITICAL,
        action=Action.QUARANTINE,
        meaning=f"The text has at least {MIN_BODY_CHARACTERS} characters.",
        reason=Reason.SHORT_BODY,
    ),
    Rule(
        name="published_at_not_ancient",
        column="published_at",
        expectation="ExpectColumnValuesToBeBetween",
        kwargs={"column": "published_at", "min_value": EARLIEST},
        severity=Severity.CRITICAL,
        action=Action.QUARANTINE,
        meaning=f"The article was published in {EARLIEST.year} or later.",
        reason=Reason.IMPLAUSIBLE_DATE,
    ),
    Rule(
        name="published_at_not_in_future",
        column="published_at",
        expectation="ExpectColumnPairValuesAToBeGreaterThanB",
        # A day of grace: a time that bears no zone may be read up to 14 hours late.
        kwargs={
            "column_A": "latest_published_at",
            "column_B": "published_at",
            "or_equal": True,
            "ignore_row_if": "either_value_is_missing",
        },
        severity=Severity.CRITICAL,
        action=Action.QUARANTINE,
        meaning="The article was published no later than a day after it was fetched.",
        reason=Reason.IMPLAUSIBLE_DATE,
    ),
    Rule(
        name="published_at_not_before_source",
        column="published_at",
        expectation="ExpectColumnPairValuesAToBeGreaterThanB",
        kwargs={
            "column_A": "published_at",
            "column_B": "earliest_published_at",
            "or_equal": True,
            "ignore_row_if": "either_value_is_missing",
        },
        # Declared, not learned: the earliest date seen is either one wrong date (1990), or beaten by every backfill.
        severity=Severity.WARNING,
        action=Action.WARN,
        meaning="The article was published on the source's first day (`since` in sources.toml) or later.",
    ),
    _absent(
        "published_at_not_fetch_time",
        "published_at",
        "fetch_time",
        Action.WARN,
        "The articles of the site were not all published in the minute in which they were fetched.",
    ),
    _absent(
        "published_at_like_hint",
        "published_at",
        "unlike_hint_published_at",
        Action.WARN,
        "The article was published, or changed, within a day of the time that its feed or sitemap gives.",
    ),
    Rule(
        name="published_precision_known",
        column="published_precision",
        expectation="ExpectColumnValuesToBeInSet",
        kwargs={"column": "published_precision", "value_set": list(PRECISIONS)},
        severity=Severity.CRITICAL,
        action=Action.QUARANTINE,
        meaning=f"The precision of the publication time is one of {', '.join(PRECISIONS)}.",
    ),
    Rule(
        name="published_from_known",
        column="published_from",
        expectation="ExpectColumnValuesToBeInSet",
        kwargs={"column": "published_from", "value_set": list(DATE_ORIGINS)},
        severity=Severity.CRITICAL,
        action=Action.QUARANTINE,
        meaning=f"The publication time comes from one of {', '.join(DATE_ORIGINS)}.",
    ),
    Rule(
        name="published_utc_offset_possible",
        column="published_utc_offset",
        expectation="ExpectColumnValuesToBeBetween",
        kwargs={"column": "published_utc_offset", "min_value": OFFSET_MINUTES[0], "max_value": OFFSET_MINUTES[1]},
        severity=Severity.CRITICAL,
        action=Action.QUARANTINE,
        meaning="The publisher's offset is one that a zone has (-720 to 840 minutes).",
    ),
    _absent("title_without_markup", "title", "title_markup", Action.QUARANTINE, "The headline holds no tags and no entities."),
    _absent(
        "body_without_markup", "body", "body_markup", Action.QUARANTINE, "The text holds no tags of HTML and no template's code."
    ),
    _absent(
        "title_without_mojibake", "title", "title_mojibake", Action.QUARANTINE, "The headline was read in its right charset."
    ),
    _absent("body_without_mojibake", "body", "body_mojibake", Action.QUARANTINE, "The text was read in its right charset."),
    _absent("body_without_entities", "body", "body_entity", Action.WARN, "The text holds no HTML entities."),
    _absent(
        "body_without_lost_characters",
        "body",
        "body_lost_character",
        Action.WARN,
        "No character of the text was lost in decoding.",
    ),
    _absent(
        "body_without_read_also", "body", "body_read_also", Action.WARN, "No paragraph of the text points to another article."
    ),
    _absent(
        "body_without_login", "body", "body_login", Action.WARN, "The text does not ask to log in, subscribe or accept cookies."
    ),
    _absent("body_without_title", "body", "body_title", Action.WARN, "The text does not open with the headline."),
    _absent(
        "body_without_boilerplate",
        "body",
        "body_boilerplate",
        Action.WARN,
        "No paragraph of the text stands in many other articles of the site.",
    ),
    _absent(
        "title_like_hint",
        "title",
        "unlike_hint_title",
        Action.WARN,
        "The headline has a word in common with the one that the feed or sitemap gives.",
    ),
    _absent(
        "authors_are_people",
        "authors",
        "odd_author",
        Action.WARN,
        "Every author looks like a name: no address, no role, no sentence.",
    ),
    Rule(
        name="title_length_plausible",
        column="title",
        expectation="ExpectColumnValuesToBeBetween",
        kwargs={"column": "title_length", "min_value": TITLE_CHARACTERS[0], "max_value": TITLE_CHARACTERS[1]},
        severity=Severity.WARNING,
        action=Action.WARN,
        meaning=f"The headline has {TITLE_CHARACTERS[0]} to {TITLE_CHARACTERS[1]} characters.",
    ),
    Rule(
        name="modified_after_published",
        column="modified_at",
        expectation="ExpectColumnPairValuesAToBeGreaterThanB",
        kwargs={
            "column_A": "modified_at",
            "column_B": "published_at",
            "or_equal": True,
            "ignore_row_if": "either_value_is_missing",
        },
        severity=Severity.WARNING,
        action=Action.WARN,
        meaning="The article was not changed before it was published.",
    ),
    Rule(
        name="language_is_iso_639_1",
        column="language",
        expectation="ExpectColumnValuesToMatchRegex",
        kwargs={"column": "language", "regex": "^[a-z][a-z]$"},
        severity=Severity.WARNING,
        action=Action.WARN,
        meaning="The language is two small letters.",
    ),
    _absent(
        "language_declared",
        "language",
        "undeclared_language",
        Action.WARN,
        "The language is one that the source declares.",
    ),
    Rule(
        name="pages_complete",
        column="pages_missing",
        expectation="ExpectColumnValuesToBeBetween",
        kwargs={"column": "pages_missing", "max_value": 0},
        severity=Severity.INFO,
        action=Action.WARN,
        meaning="Every page of a multi-page article could be had.",
    ),
    Rule(
        name="article_id_unique",
        column="article_id",
        expectation="ExpectColumnValuesToBeUnique",
        kwargs={"column": "article_id"},
        # Two addresses may lead to one article; loading keeps one of them and says so in the ledger.
        severity=Severity.INFO,
        action=Action.WARN,
        meaning="No other page of the batch led to the same article.",
    ),
    Rule(
        name="article_id_is_hash",
        column="article_id",
        expectation="ExpectColumnValuesToMatchRegex",
        kwargs={"column": "article_id", "regex": "^[0-9a-f]{32}$"},
        # No page can cause this: versions would be numbered for an article that is not the one.
        severity=Severity.CRITICAL,
        action=Action.FAIL,
        meaning="The article's identity is the hex of a 128-bit hash.",
    ),
)
