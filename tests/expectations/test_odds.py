from math import comb, isclose

import pytest
from hypothesis import given
from hypothesis import strategies as st

from expectations.odds import count_tails, share_tail


def test_a_share_known_exactly_is_binomial() -> None:
    exact = sum(comb(10, k) * 0.2**k * 0.8 ** (10 - k) for k in range(6, 11))
    assert share_tail(6, 10, 0.2, 1e9) == pytest.approx(exact, rel=1e-5)


def test_a_share_of_which_nothing_is_known_makes_every_count_equally_likely() -> None:
    assert [share_tail(hits, 4, 0.5, 2) for hits in range(5)] == pytest.approx([1, 0.8, 0.6, 0.4, 0.2])


def test_a_count_without_dispersion_is_poisson() -> None:
    below, above = count_tails(2, 4.0, 0.0)
    assert (below, above) == pytest.approx((0.2381033, 0.9084218), rel=1e-5)


def test_nothing_where_much_was_expected() -> None:
    assert count_tails(0, 100.0, 0.0) == pytest.approx((3.72e-44, 1.0), rel=1e-2)
    assert count_tails(0, 5.0, 0.2)[0] == pytest.approx(2.0**-5)


@given(
    hits=st.integers(0, 400),
    more=st.integers(0, 400),
    share=st.floats(0.001, 0.999),
    weight=st.floats(0.5, 1e4),
)
def test_shares_odds_are_odds_and_fall_with_the_hits(hits: int, more: int, share: float, weight: float) -> None:
    rows = hits + more
    odds, next_odds = share_tail(hits, rows, share, weight), share_tail(hits + 1, rows + 1, share, weight)
    assert 0 <= odds <= 1
    if rows > hits:
        assert share_tail(hits + 1, rows, share, weight) <= odds + 1e-9
    assert 0 <= next_odds <= 1


@given(count=st.integers(0, 3000), mean=st.floats(0.05, 3000), dispersion=st.floats(0, 3))
def test_both_tails_of_a_count_hold_it_and_all_else(count: int, mean: float, dispersion: float) -> None:
    below, above = count_tails(count, mean, dispersion)
    at_or_below_before = count_tails(count - 1, mean, dispersion)[0] if count else 0.0
    assert isclose(at_or_below_before + above, 1.0, abs_tol=1e-5)
    assert 0 <= below <= 1
