"""What is watched for drift: one declaration per figure, which drives the comparison, the sentence and the example pages.

Belongs here: the figures, what a shift of each means, and the smallest shift that matters. Does not belong here: how a night is
held against earlier ones (baseline.py, drift.py), and the figures themselves (metrics.py).
"""

from dataclasses import dataclass
from enum import StrEnum

from expectations.alarms import AlarmKind
from expectations.ownrules import all_rules
from expectations.rules import RULES, Action, Rule


class Model(StrEnum):
    """How a figure varies from night to night when nothing is wrong."""

    COUNT = "count"  # how many: more than a Poisson count does, and with the day of the week
    SHARE = "share"  # of so many rows: more than a binomial share does
    LEVEL = "level"  # a median: by its own history alone


@dataclass(frozen=True, slots=True)
class Signal:
    """One figure of table `metrics`. `metric` ending in an underscore stands for all that begin so."""

    metric: str
    column: str | None
    kind: AlarmKind
    model: Model
    says: str  # of a share: what the rows do or lack; of others: what is counted or measured
    of: str = "extracted"  # of a share or level: the metric that counts its rows
    rising: bool = True  # whether a rise is an alarm
    falling: bool = False  # whether a fall is
    # The smallest shift that matters: of a share, in points (0.1: from 5% to 15%); of a level, as a ratio.
    least: float = 0.15
    # Of a count: 1 where it cannot be surer than Poisson's. A feed may have twenty entries every night.
    least_spread: float = 1.0
    # Of a count: how probable so few may be, if nothing changed, and still be an alarm.
    fewer_odds: float = 2e-3
    # Whether a large shift makes the source's rows of tonight useless.
    vital: bool = False


def _share(metric: str, column: str | None, kind: AlarmKind, says: str, *, least: float, vital: bool = False) -> Signal:
    return Signal(metric, column, kind, Model.SHARE, says, least=least, vital=vital)


def _missing(column: str, *, least: float, vital: bool = False, says: str = "") -> Signal:
    return _share("null_rate", column, AlarmKind.NULL_RATE, says or f"have no {column}", least=least, vital=vital)


def _broken(rule: Rule) -> Signal:
    return _share(f"broken_{rule.name}", rule.column, AlarmKind.TEXT, f"break the rule {rule.name}", least=0.2)


BELOW_CHARACTERS = (250, 500, 1000, 2000, 4000)

SIGNALS: tuple[Signal, ...] = (
    Signal("new_articles", None, AlarmKind.VOLUME, Model.COUNT, "new articles", rising=True, falling=True, fewer_odds=6e-3),
    Signal("candidates", None, AlarmKind.VOLUME, Model.COUNT, "candidates", rising=False, falling=True, least_spread=0.4),
    Signal(
        "failure_rate",
        None,
        AlarmKind.FAILURE_RATE,
        Model.SHARE,
        "could not be had",
        of="wanted",
        least=0.15,
        vital=True,
    ),
    Signal(
        "quarantine_rate",
        None,
        AlarmKind.QUARANTINE_RATE,
        Model.SHARE,
        "were refused by the rules",
        of="judged",
        least=0.1,
        vital=True,
    ),
    _missing("title", least=0.1, vital=True),
    _missing("body", least=0.1, vital=True),
    _missing("published_at", least=0.1, vital=True),
    _missing("published_time", least=0.2, says="have no time of day in published_at"),
    _missing("authors", least=0.15, says="have no authors"),
    _missing("language", least=0.15),
    # What outlets use or leave out as they please shifts more, and harms less.
    *(
        _missing(column, least=0.5)
        for column in ("lead", "tags", "section", "image_url", "site_name", "modified_at", "published_utc_offset", "dateline")
    ),
    Signal(
        "body_length_p50",
        "body_length",
        AlarmKind.BODY_LENGTH,
        Model.LEVEL,
        "characters in a body of middle length",
        falling=True,
        least=1.6,
        vital=True,
    ),
    *(
        _share(
            f"below_{characters}_share",
            "body_length",
            AlarmKind.BODY_LENGTH,
            f"have fewer than {characters:,} characters of body",
            least=0.15,
            vital=True,
        )
        for characters in BELOW_CHARACTERS
    ),
    _share("outlet_share", "title", AlarmKind.TITLE, "have the outlet's name as title", least=0.1, vital=True),
    _share("top_title_share", "title", AlarmKind.TITLE, "have the same title", least=0.1, vital=True),
    _share("top_title_ending_share", "title", AlarmKind.TITLE, "have a title with the same ending", least=0.3),
    _share("outlet_share", "authors", AlarmKind.AUTHORS, "have the outlet's name among the authors", least=0.15),
    _share("top_author_share", "authors", AlarmKind.AUTHORS, "have the same author", least=0.25),
    _share(
        "at_fetch_share",
        "published_at",
        AlarmKind.DATES,
        "have a published_at within five minutes of the fetch",
        least=0.1,
        vital=True,
    ),
    _share("top_instant_share", "published_at", AlarmKind.DATES, "have the same published_at", least=0.15, vital=True),
    Signal(
        "fetch_day_share",
        "published_at",
        AlarmKind.DATES,
        Model.SHARE,
        "have a published_at on the day of the fetch",
        least=0.15,
        vital=True,
    ),
    Signal(
        "lag_minutes_p50",
        "published_at",
        AlarmKind.DATES,
        Model.LEVEL,
        "minutes from publication to fetch, in the middle",
        of="new_articles",
        falling=True,
        least=1.5,
    ),
    _share("language_", "language", AlarmKind.LANGUAGE, "are in language", least=0.15, vital=True),
    _share("top_paragraph_share", "body", AlarmKind.BOILERPLATE, "hold the same paragraph in body", least=0.15, vital=True),
    _share(
        "top_opening_share", "body", AlarmKind.BOILERPLATE, "have a body that opens with the same words", least=0.15, vital=True
    ),
    *(
        _broken(rule)
        for rule in RULES
        # What quarantines is in quarantine_rate; an article under two addresses is the publisher's habit; a paragraph counts as
        # repeated from five articles on, so that a source of five has it on one night and not on the next (top_paragraph_share
        # tells it of any number).
        if rule.action is Action.WARN and rule.name not in ("article_id_unique", "body_without_boilerplate")
    ),
)


def all_signals() -> tuple[Signal, ...]:
    """Those above, and one for each rule of an installed package that only warns."""
    return (*SIGNALS, *(_broken(rule) for rule in all_rules()[len(RULES) :] if rule.action is Action.WARN))


# An alarm about the second follows from one about the first, and would only repeat it.
CONSEQUENCES: tuple[tuple[tuple[AlarmKind, str | None], tuple[AlarmKind, str | None]], ...] = (
    ((AlarmKind.NULL_RATE, "published_at"), (AlarmKind.NULL_RATE, "published_time")),
    ((AlarmKind.NULL_RATE, "published_at"), (AlarmKind.NULL_RATE, "published_utc_offset")),
    ((AlarmKind.NULL_RATE, "published_at"), (AlarmKind.DATES, "published_at")),
    ((AlarmKind.NULL_RATE, "body"), (AlarmKind.BODY_LENGTH, "body_length")),
    ((AlarmKind.NULL_RATE, "body"), (AlarmKind.NULL_RATE, "language")),
    ((AlarmKind.TITLE, "title"), (AlarmKind.TEXT, "title")),
    ((AlarmKind.BOILERPLATE, "body"), (AlarmKind.TEXT, "body")),
)
