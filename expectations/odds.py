"""How odd is a count, if nothing changed? Tails of the two distributions that counts of pages follow.

Belongs here: the distributions. Does not belong here: their parameters (baseline.py). Pages of a night are not independent of
each other, so shares and counts vary more than binomial and Poisson ones do: beta-binomial and negative binomial have that as a
parameter, and stay right for a source of three articles, where a normal distribution is not.
"""

from math import exp, lgamma, log, log1p

# Terms below this part of the sum so far add nothing that a threshold could see.
_NEGLIGIBLE = 1e-12


def share_tail(hits: int, rows: int, share: float, weight: float) -> float:
    """P(at least `hits` of `rows`), if the share is `share` (between 0 and 1) and known as well as `weight` rows tell it.

    Beta-binomial with alpha = share * weight, beta = (1 - share) * weight.
    """
    if hits <= 0:
        return 1.0
    a, b = share * weight, (1 - share) * weight
    log_term = _log_choose(rows, hits) + _log_beta(a + hits, b + rows - hits) - _log_beta(a, b)
    term = total = exp(log_term)
    for k in range(hits, rows):
        term *= (rows - k) / (k + 1) * (a + k) / (b + rows - k - 1)
        total += term
        if term < total * _NEGLIGIBLE:
            break
    return min(1.0, total)


def spread_tails(count: float, mean: float, spread: float) -> tuple[float, float]:
    """The tails of `count_tails` for counts whose roots (2 * square root) have this standard deviation: 1 is Poisson's.

    Below 1, as a feed of always twenty entries has it, counts are as sure as larger Poisson ones.
    """
    if spread >= 1:
        return count_tails(round(count), mean, (spread**2 - 1) / max(mean, 1.0))
    return count_tails(round(count / spread**2), mean / spread**2, 0.0)


def count_tails(count: int, mean: float, dispersion: float) -> tuple[float, float]:
    """(P(at most `count`), P(at least `count`)), if the mean is `mean` (> 0) and the variance mean + dispersion * mean^2.

    Negative binomial; Poisson where dispersion is 0.
    """
    if dispersion < 1e-6:
        log_term = count * log(mean) - mean - lgamma(count + 1)
    else:
        size = 1 / dispersion
        log_term = (
            lgamma(count + size)
            - lgamma(size)
            - lgamma(count + 1)
            - size * log1p(dispersion * mean)
            + count * log(dispersion * mean / (1 + dispersion * mean))
        )
    at = exp(log_term)
    # Only outwards, away from the mean, do the terms end: the other tail is what is left.
    if count > mean:
        above = at + _outwards(at, count, mean, dispersion, step=1)
        return min(1.0, 1 - above + at), min(1.0, above)
    below = at + _outwards(at, count, mean, dispersion, step=-1)
    return min(1.0, below), min(1.0, 1 - below + at)


def _outwards(term: float, count: int, mean: float, dispersion: float, *, step: int) -> float:
    """The terms beyond that of `count`, upwards or downwards, until they are negligible."""
    total, k = 0.0, count
    while term > total * _NEGLIGIBLE and k + step >= 0:
        # P(k + 1) / P(k) = mean * (1 + dispersion * k) / ((k + 1) * (1 + dispersion * mean))
        low = min(k, k + step)
        ratio = mean * (1 + dispersion * low) / ((low + 1) * (1 + dispersion * mean))
        term = term * ratio if step > 0 else term / ratio
        total += term
        k += step
    return total


def _log_choose(n: int, k: int) -> float:
    return lgamma(n + 1) - lgamma(k + 1) - lgamma(n - k + 1)


def _log_beta(a: float, b: float) -> float:
    return lgamma(a) + lgamma(b) - lgamma(a + b)
