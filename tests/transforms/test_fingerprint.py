"""Ids and hashes are the same on every machine; near-duplicates share a band, different articles do not."""

import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from transforms.fingerprint import BANDS, article_id, content_hash, minhash_bands, overlap, shingles

WORDS = [f"word{number}" for number in range(400)]
TEXT = " ".join(WORDS)


def shared(one: str, other: str) -> int:
    return sum(a == b for a, b in zip(minhash_bands(one), minhash_bands(other), strict=True))


def test_article_id_is_the_hex_of_128_bits_and_never_changes():
    assert article_id("https://news.example/a") == "f65cc979f2fa2d3a0b030e7616628033"


def test_content_hash_and_bands_never_change_for_a_text():
    assert content_hash("A title", "One. Two.") == "d6e4c79b726e4a171ba08c5e1df0bbc8"
    assert minhash_bands("Der Rat tagt am Montag in der Stadt.")[:2] == (-812815075766982509, 111855139348686414)


@pytest.mark.parametrize(
    ("title", "body"),
    [
        ("A  title", "One.\n\nTwo."),
        ("A title", "One. Two."),
        ("A\u00a0title", "One.\u200b Two."),
        ("A title ", "O\u00adne.\nTwo.\n"),
    ],
)
def test_content_hash_ignores_white_space_and_invisible_characters(title, body):
    assert content_hash(title, body) == content_hash("A title", "One. Two.")


@pytest.mark.parametrize(("title", "body"), [("A Title", "One. Two."), ("A title", "One, two."), ("A", "title One. Two.")])
def test_content_hash_sees_every_other_difference(title, body):
    assert content_hash(title, body) != content_hash("A title", "One. Two.")


def test_a_body_without_words_has_no_bands():
    assert [minhash_bands(text) for text in (None, "", " \n", "?! ...")] == [(), (), (), ()]


def test_bands_are_the_same_in_another_process():
    program = "from transforms.fingerprint import minhash_bands; print(minhash_bands('Der Rat tagt am Montag in der Stadt.'))"
    other = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert other.stdout.strip() == str(minhash_bands("Der Rat tagt am Montag in der Stadt."))


def test_letter_case_and_punctuation_do_not_count():
    assert minhash_bands("The council met, on Monday, in town.") == minhash_bands("the COUNCIL met on monday in town")


def test_a_story_with_another_head_and_tail_shares_bands():
    edited = "Another outlet writes: " + " ".join(WORDS[10:380]) + " (with our own reporter)"
    assert shared(TEXT, edited) >= 5


def test_a_changed_word_in_a_hundred_leaves_half_of_the_bands():
    # 20 of 396 shingles change: 376 of 416 are shared, and 0.904 ** 6 = 0.545 of the bands, on average over many such texts.
    variants = [[word if (number + first) % 100 else "changed" for number, word in enumerate(WORDS)] for first in range(50)]
    mean = sum(shared(TEXT, " ".join(words)) for words in variants) / len(variants)
    assert 0.50 * BANDS <= mean <= 0.59 * BANDS


def test_another_story_shares_no_band():
    assert shared(TEXT, " ".join(f"other{number}" for number in range(400))) == 0


@pytest.mark.parametrize(
    ("one", "two", "share"),
    [
        (WORDS, WORDS, 1.0),
        (WORDS, WORDS[:202], 198 / 396),
        (WORDS[:202], WORDS[198:], 0.0),
        (WORDS[:3], WORDS[:3], 1.0),
        (WORDS, [], 0.0),
        ([], [], 0.0),
    ],
)
def test_overlap_is_the_share_of_runs_of_five_words(one, two, share):
    assert overlap(shingles(" ".join(one)), shingles("  ".join(two).upper())) == share


def test_scripts_without_spaces_are_compared_by_character():
    story = (
        "日本の首相は月曜日に記者会見を開き新しい経済対策を発表した。規模は過去最大となる見通しで野党は財源を示すよう求めている。"
    )
    assert shared(story, story.replace("月曜日", "火曜日")) >= 3


@given(st.text(max_size=300))
def test_any_text_gives_all_bands_or_none_and_each_fits_64_bits(text):
    bands = minhash_bands(text)
    assert len(bands) in (0, BANDS)
    assert all(-(2**63) <= band < 2**63 for band in bands)
    assert minhash_bands(text) == bands


@given(st.text(max_size=60), st.text(max_size=200))
def test_any_title_and_body_have_a_hash(title, body):
    assert len(content_hash(title, body)) == len(article_id(title)) == 32


@given(st.lists(st.sampled_from(WORDS), min_size=1, max_size=2000))
def test_the_length_of_a_text_does_not_matter_to_its_bands(words):
    text = " ".join(words)
    assert minhash_bands(text) == minhash_bands(f"  {text}\n\n")
