"""Which rule counts for a URL, and where its site shows an article whole."""

import pickle

import pytest

from transforms.siterules import SiteRule, SiteRules

WHOLE = SiteRule("news.example", body=".story")
SPORT = SiteRule("sport.news.example", timezone="UTC")
RULES = SiteRules((WHOLE, SPORT))


@pytest.mark.parametrize(
    ("url", "rule"),
    [
        ("https://news.example/a", WHOLE),
        ("https://www.news.example:8443/a", WHOLE),
        ("https://NEWS.example./a", WHOLE),
        ("https://sport.news.example/a", SPORT),
        ("https://live.sport.news.example/a", SPORT),
        ("https://fakenews.example/a", None),
        ("https://example/a", None),
        ("mailto:desk@news.example", None),
        ("http://[", None),
        ("", None),
    ],
)
def test_a_rule_counts_for_its_host_and_what_is_below_unless_a_nearer_one_is_there(url: str, rule: SiteRule | None) -> None:
    assert RULES.of(url) == rule
    assert SiteRules().of(url) is None


@pytest.mark.parametrize(
    ("url", "whole"),
    [
        ("https://news.example/a", "https://news.example/a?page=all"),
        ("https://news.example/a?page=2#top", "https://news.example/a?page=all"),
        ("https://news.example/a?id=7&page=1", "https://news.example/a?id=7&page=all"),
        ("http://[", None),
    ],
)
def test_the_query_of_the_whole_article_takes_the_place_of_the_pages_number(url: str, whole: str | None) -> None:
    assert SiteRule("news.example", all_pages="page=all").all_pages_url(url) == whole
    assert SiteRule("news.example").all_pages_url(url) is None


def test_a_rule_goes_to_worker_processes_and_says_what_pages_should_answer() -> None:
    rule = SiteRule("news.example", drop=(".ad",), body=".story", published="time")
    assert pickle.loads(pickle.dumps(rule)) == rule
    assert list(rule.expected()) == [("body", ".story"), ("published", "time")]
