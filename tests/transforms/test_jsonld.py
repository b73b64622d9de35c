"""JSON-LD is read as sites write it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from transforms.jsonld import parse_script, walk


@pytest.mark.parametrize(
    ("script", "values"),
    [
        ('{"a": 1}', [{"a": 1}]),
        ("", []),
        ('\ufeff{"a": 1}', [{"a": 1}]),
        ('<!-- {"a": 1} -->', [{"a": 1}]),
        ('//<![CDATA[\n{"a": 1}\n//]]>', [{"a": 1}]),
        ('/*<![CDATA[*/{"a": 1}/*]]>*/', [{"a": 1}]),
        ('{"a": 1,}', [{"a": 1}]),
        ('{"a": [1, 2,],}', [{"a": [1, 2]}]),
        ('{"a": 1}{"b": 2};', [{"a": 1}, {"b": 2}]),
        ('[{"a": 1} {"b": 2}]', [[{"a": 1}, {"b": 2}]]),
        ("{&quot;a&quot;: &quot;b&quot;}", [{"a": "b"}]),
        ('{"a": "two\nlines"}', [{"a": "two\nlines"}]),
        ('{"a": , "b": 1}', [{"a": None, "b": 1}]),
        ('{\n"a": "x"\n"b": "y"}', [{"a": "x", "b": "y"}]),
        ('{"a": "it\\\'s"}', [{"a": "it's"}]),
        ("not json at all", []),
    ],
)
def test_scripts_are_read_or_repaired(script: str, values: list[object]) -> None:
    assert parse_script(script) == values


def test_what_no_repair_reads_is_salvaged_key_by_key() -> None:
    script = """{"@type": "NewsArticle", "headline": "Bridge closed",
        "description": "The "old" bridge", "datePublished": "2024-04-17T09:30:00+07:00",
        "author": {"@type": "Person", "name": "Rina Wijaya"}"""
    assert parse_script(script) == [
        {
            "@type": "NewsArticle",
            "headline": "Bridge closed",
            "datePublished": "2024-04-17T09:30:00+07:00",
            "author": {"@type": "Person", "name": "Rina Wijaya"},
        }
    ]


def test_a_broken_script_about_something_else_is_not_salvaged() -> None:
    assert parse_script('{"@type": "Organization", "name": "The "Daily"", "datePublished": "2024-01-01",') == []


def test_graphs_and_lists_are_flattened_in_order() -> None:
    document = [{"@graph": [{"n": 1}, {"n": 2, "mainEntity": {"n": 3}}]}, {"n": 4}]
    assert [node["n"] for node in walk(document) if "n" in node] == [1, 2, 3, 4]


def test_a_document_nested_without_end_is_cut() -> None:
    document: object = {"deepest": True}
    for _ in range(1000):
        document = [document]
    assert list(walk(document)) == []


@given(st.text(max_size=200))
def test_any_script_is_read_without_error(script: str) -> None:
    assert isinstance(parse_script(script), list)
