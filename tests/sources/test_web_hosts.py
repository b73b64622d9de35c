"""Hosts as URLs spell them, judged before they are asked."""

import pytest

from sources.web import url_refusal


@pytest.mark.parametrize(
    "url", ["https://xn--bcher-kva.example/a", "https://b\u00fccher.example/a", "https://XN--BCHER-KVA.example/a"]
)
def test_a_host_of_other_scripts_may_be_asked_in_either_spelling(url: str) -> None:
    assert url_refusal(url, allow_private=False) is None
