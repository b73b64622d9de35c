"""Forms of one word are kin, and words that only look alike are not."""

import pytest

from warehouse.kin import families


def kin(word: str, others: str) -> list[str]:
    """Those of `others` that an index would give for the word."""
    found = families(word)
    return [other for other in others.split() if any(other.startswith(each.beginnings) and each.has(other) for each in found)]


@pytest.mark.parametrize(
    ("word", "others", "expected"),
    [
        ("banjir", "kebanjiran membanjiri banjirnya banjar", ["kebanjiran", "membanjiri", "banjirnya"]),
        ("kebanjiran", "banjir banjirnya kebanjiran", ["banjir", "banjirnya", "kebanjiran"]),
        ("pilih", "memilih pemilihan dipilih terpilih pilihan pilar", ["memilih", "pemilihan", "dipilih", "terpilih", "pilihan"]),
        ("flooding", "flood floods flooded floor", ["flood", "floods", "flooded"]),
        ("studies", "study studied student", ["study", "studied"]),
        ("elections", "election electric", ["election"]),
        ("wahlen", "wahl wahlen wahllos", ["wahl", "wahlen"]),
        ("hauser", "haus hause hausen husten", ["haus", "hause", "hausen"]),
        ("us", "use used", []),
        ("2026", "2026 20260", ["2026"]),
    ],
)
def test_kin(word: str, others: str, expected: list[str]) -> None:
    assert kin(word, others) == expected


@pytest.mark.parametrize("word", ["", "a", "東", "ß", "x" * 200])
def test_any_word_has_families_or_none(word: str) -> None:
    assert all(each.has(word) and each.beginnings != ("",) for each in families(word))
