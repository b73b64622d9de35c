"""What is usual on a night like tonight, source by source, and how far nights stray from it when nothing is wrong.

Belongs here: estimates over the earlier nights, vectorised over all sources. Does not belong here: what is odd enough for an
alarm (drift.py). Arrays are [..., night] for earlier nights, nan where a night does not count: the caller leaves out nights that
raised an alarm, and medians see to those that should have.
"""

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Numbers = npt.NDArray[np.float64]
Weekdays = npt.NDArray[np.int64]

# From here on each day of the week has been seen three times, and a source's own rhythm can be told from chance.
OWN_RHYTHM_NIGHTS = 21
# So many sources show what a night was like for all.
FLEET_SOURCES = 8
# The middle nine of ten nights are what is called usual.
_USUAL = (0.05, 0.95)
# A normal distribution's median absolute deviation times this is its standard deviation.
_MAD = 1.4826
# Pages of a night have causes in common even where the earlier nights do not show it: a share is never known better than 300
# independent rows would tell.
_MOST_WEIGHT = 300.0
# The square root of a count has nearly the same spread whatever its mean (Anscombe 1948): 2 * sqrt(count + 3/8), spread 1.
_ANSCOMBE = 0.375
# What all sources say about a source's spread counts as so many of its own nights; where they are too few, counts spread by 15%.
_FLEET_WEIGHT, _DISPERSION = 20.0, 0.15**2
# A night on which roots lie a tenth from what is usual, so counts a fifth, is no usual one.
_UNLIKE = 0.1


@dataclass(frozen=True, slots=True)
class Usual:
    """`middle` is what is expected tonight, `low` to `high` the usual range, `nights` how many nights tell it."""

    middle: Numbers
    low: Numbers
    high: Numbers
    nights: Numbers
    spread: Numbers  # of a share: its weight in rows; of a count: of its roots (1: Poisson); of a level: of its logarithm


def usual_shares(hits: Numbers, rows: Numbers) -> Usual:
    """A share's middle is that of all rows of all nights; its weight falls as nights differ more than chance would have them."""
    counts = ~np.isnan(hits) & (rows > 0)
    hits, rows = np.where(counts, hits, 0.0), np.where(counts, rows, 0.0)
    nights, of = counts.sum(axis=-1), rows.sum(axis=-1)
    share = (hits.sum(axis=-1) + 0.5) / (of + 1)
    expected = rows * share[..., None]
    chi2 = ((hits - expected) ** 2 / np.where(counts, expected * (1 - share[..., None]), 1.0)).sum(axis=-1)
    # Rows a night, as the spread between nights weighs them (Williams 1982).
    typical = np.where(nights > 1, (of - (rows**2).sum(axis=-1) / np.maximum(of, 1)) / np.maximum(nights - 1, 1), 1.0)
    excess = chi2 / np.maximum(nights - 1, 1) - 1
    alike = np.clip(excess / np.maximum(typical - 1, 0.5), 0.0, 0.95)
    weight = 1 / (alike / (1 - alike) + 1 / (of + 1) + 1 / _MOST_WEIGHT)
    with _quiet():
        shares = np.where(counts, hits / np.where(counts, rows, 1.0), np.nan)
        low, high = np.nanquantile(shares, _USUAL, axis=-1) if shares.shape[-1] else np.full((2, *share.shape), np.nan)
    return Usual(share, low, high, nights.astype(float), weight)


def usual_levels(levels: Numbers) -> Usual:
    """A level's middle is its median; spread: of log(1 + level)."""
    logs = np.log1p(np.maximum(levels, 0.0))
    with _quiet():
        middle = np.nanmedian(logs, axis=-1)
        spread = _MAD * np.nanmedian(np.abs(logs - middle[..., None]), axis=-1)
        low, high = np.nanquantile(levels, _USUAL, axis=-1)
    return Usual(np.expm1(middle), low, high, (~np.isnan(levels)).sum(axis=-1).astype(float), spread)


def usual_counts(counts: Numbers, weekdays: Weekdays, tonight: int, *, least_spread: float = 1.0) -> Usual:
    """Counts [source, night] on nights of `weekdays` (0 to 6), for a night of weekday `tonight`.

    With OWN_RHYTHM_NIGHTS the source's own weekdays, as far as they stand out from chance; with fewer those of all sources
    together; with neither only what varies. `least_spread`: 1 where counts cannot be surer than Poisson's.
    """
    roots = 2 * np.sqrt(counts + _ANSCOMBE)
    nights = (~np.isnan(counts)).sum(axis=-1).astype(float)
    alike = (weekdays >= 5) == (tonight >= 5)
    with _quiet():
        middle = np.nanmedian(roots, axis=-1)
        rhythm = np.where(
            (nights >= OWN_RHYTHM_NIGHTS)[:, None], _own_rhythm(roots, middle, weekdays), _fleet_rhythm(roots, middle, weekdays)
        )
        rest = roots - middle[:, None] - rhythm[:, weekdays]
        rest = rest - middle[:, None] * _nights_of_all(rest / middle[:, None])
        # Means tell more than medians do, once what is far out is drawn in: a broken night must not widen what is usual.
        rough = np.maximum(1.0, _MAD * np.nanmedian(np.abs(rest), axis=-1))[:, None]
        drawn_in = np.clip(rest, -2 * rough, 2 * rough)
        here, elsewhere = (np.nan_to_num(np.nanmean(drawn_in[:, which], axis=-1)) for which in (alike, ~alike))
        own = np.where(alike, here[:, None], elsewhere[:, None])
        lately = 0.5 * np.nan_to_num(np.nanmean((drawn_in - own)[:, -7:], axis=-1))
        freedom = np.maximum(nights - 4, 1)
        variance = np.nansum((np.clip(rest, -3 * rough, 3 * rough) - own) ** 2, axis=-1) / freedom
        variance = _shrunk(variance, freedom, np.nanmean(counts, axis=-1), nights)
        low, high = np.nanquantile(rest, _USUAL, axis=-1)
    fitted = middle + rhythm[:, tonight] + here + lately
    # The middle is an estimate itself, and a poor one of few nights.
    of_alike = np.maximum((~np.isnan(counts[:, alike])).sum(axis=-1), 1)
    spread = np.sqrt(np.maximum(least_spread**2, variance) * (1 + 1 / of_alike + 0.5 / np.maximum(nights, 1)))
    return Usual(_counts(fitted), _counts(fitted + low), _counts(fitted + high), nights, spread)


def _nights_of_all(relative: Numbers) -> Numbers:
    """[night]: how far the middle source strayed, on nights that were unlike others for all of them: a holiday. Else 0."""
    enough = (~np.isnan(relative)).sum(axis=0) >= FLEET_SOURCES
    middle: Numbers = np.where(enough, np.nanmedian(relative, axis=0), 0.0)
    return np.where(np.abs(middle) > _UNLIKE, middle, 0.0)


def _shrunk(variance: Numbers, freedom: Numbers, means: Numbers, nights: Numbers) -> Numbers:
    """[source]: variance of roots, drawn towards that of all sources, 1 + dispersion * mean.

    A small source's nights hardly show by themselves whether they vary more than chance.
    """
    told = (nights >= 7) & (means >= 5)
    enough = told.sum() >= FLEET_SOURCES
    dispersion = float(np.median(np.maximum(variance[told] - 1, 0) / means[told])) if enough else _DISPERSION
    weight = _FLEET_WEIGHT if enough else _FLEET_WEIGHT / 2
    shrunk: Numbers = (freedom * variance + weight * (1 + dispersion * means)) / (freedom + weight)
    return shrunk


def _counts(roots: Numbers) -> Numbers:
    # The mean of such roots is that of count + 1/8, not + 3/8 (Anscombe 1948).
    return np.maximum((roots / 2) ** 2 * (roots > 0) - 0.125, 0.05)


def _own_rhythm(roots: Numbers, middle: Numbers, weekdays: Weekdays) -> Numbers:
    """[source, weekday]: how far its weekdays lie from its middle.

    That of working days or weekends, which many nights tell, and what a single weekday has beyond it, shrunk towards 0 where
    chance would do as much (James and Stein 1961).
    """
    of_class = np.stack([np.nanmedian(roots[:, (weekdays >= 5) == weekend], axis=-1) for weekend in (False, True)], axis=-1)
    shared = np.nan_to_num(of_class[:, [0, 0, 0, 0, 0, 1, 1]] - middle[:, None])
    rest = roots - middle[:, None] - shared[:, weekdays]
    of_day = [rest[:, weekdays == day] for day in range(7)]
    own = np.nan_to_num(np.stack([np.nanmedian(nights, axis=-1) for nights in of_day], axis=-1))
    seen = np.stack([(~np.isnan(nights)).sum(axis=-1) for nights in of_day], axis=-1)
    spread = np.maximum(1.0, _MAD * np.nanmedian(np.abs(rest), axis=-1))
    chance = 1.57 * spread[:, None] ** 2 / np.maximum(seen, 1)  # a median's variance is pi / 2 that of a mean
    rhythm: Numbers = shared + own * np.clip(1 - chance / np.maximum((own**2).mean(axis=-1, keepdims=True), 1e-9), 0.0, 1.0)
    return rhythm


def _fleet_rhythm(roots: Numbers, middle: Numbers, weekdays: Weekdays) -> Numbers:
    """[source, weekday]: what all sources together do on a weekday; 0 where they are too few to tell."""
    relative = roots / middle[:, None] - 1
    enough = (~np.isnan(relative)).sum(axis=0) >= FLEET_SOURCES
    nightly = np.where(enough, np.nanmedian(relative, axis=0), np.nan)
    of_day = [nightly[weekdays == day] for day in range(7)]
    effects = np.nan_to_num(np.array([np.nanmedian(nights) if nights.size else 0.0 for nights in of_day]))
    rhythm: Numbers = middle[:, None] * effects
    return rhythm


def common_factor(tonight: Numbers, usual: Usual) -> float:
    """What tonight is like for all sources: 0.7 on a holiday. Between 0.5 and 2; 1 where they are too few to tell."""
    told = (usual.middle >= 5) & (usual.nights >= 7) & ~np.isnan(tonight)
    if told.sum() < FLEET_SOURCES:
        return 1.0
    return float(np.clip(np.median((tonight[told] + 0.5) / (usual.middle[told] + 0.5)), 0.5, 2.0))


@contextmanager
def _quiet() -> Iterator[None]:
    """A source of which no night counts gives nan, without a warning."""
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore", RuntimeWarning)
        yield
