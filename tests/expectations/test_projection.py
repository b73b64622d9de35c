"""The projection reads a text once for all its regular expressions, and again only if that tells: what it finds is the same
without, and the same as another engine finds with each expression alone.
"""

from collections.abc import Callable
from typing import Any

import pyarrow as pa
from hypothesis import example, given, settings
from hypothesis import strategies as st

from expectations import patterns
from expectations.projection import projected

# The evidence of a row's texts, each by its regular expression alone, as DuckDB finds it.
EXPRESSIONS = {
    "body_markup": patterns.BODY_MARKUP,
    "title_markup": patterns.TITLE_MARKUP,
    "entity": patterns.ENTITY,
    "mojibake": patterns.MOJIBAKE,
    "repeated_mojibake": patterns.REPEATED_MOJIBAKE,
    "lost_character": patterns.LOST_CHARACTER,
    "read_also": patterns.READ_ALSO,
    "login": patterns.LOGIN,
    "not_a_person": patterns.NOT_A_PERSON,
}
PLAIN = """
select
    case when nullif(trim(body, e' \\t\\r\\n'), '') is not null then body_length end as body_length,
    nullif(regexp_extract(body, $body_markup), '') as body_markup,
    nullif(regexp_extract(body, $entity), '') as body_entity,
    case when regexp_matches(body, $repeated_mojibake) then regexp_extract(body, '.{0,30}' || $mojibake || '.{0,30}') end
        as body_mojibake,
    nullif(regexp_extract(body, $lost_character), '') as body_lost_character,
    nullif(regexp_extract(body, $read_also), '') as body_read_also,
    nullif(regexp_extract(body, $login), '') as body_login,
    case
        when length(nullif(trim(title, e' \\t\\r\\n'), '')) >= 20
            and starts_with(lower(body), lower(nullif(trim(title, e' \\t\\r\\n'), '')))
            then nullif(trim(title, e' \\t\\r\\n'), '')
    end as body_title,
    nullif(regexp_extract(title, $title_markup), '') as title_markup,
    nullif(regexp_extract(title, $mojibake), '') as title_mojibake,
    list_filter(authors, lambda author: regexp_matches(author, $not_a_person))[1] as odd_author
from extracted
order by row_number
"""
COLUMNS = "body_length, body_markup, body_entity, body_mojibake, body_lost_character, body_read_also, body_login, body_title"
COLUMNS += ", title_markup, title_mojibake, odd_author"
PIECES = (
    *(
        "The council met on Monday",
        "13:30",
        "Baca juga",
        ":",
        "：",
        "\n",
        "\n\n",
        "Read also: a",
        "続きを読む：",
        "LOG IN to read",
    ),
    *(
        "we use\ncookies",
        "この記事は有料",
        "<",
        "<b>",
        "</P >",
        "[caption id=1]",
        "[sic]",
        "{{ user }}",
        "{{",
        "&",
        "&amp;",
        "&#8217;",
    ),
    *("Ã¼", "Ã", "â€™", "ðŸ˜€", "ÐŸÑ€Ð", "\ufffd", " ", "\t", "é", "東京", "ЖУРНАЛ", "ǅ", "ß", "İ", "İstanbul'da"),
)
RowMaker = Callable[..., dict[str, Any]]
Rows = Callable[..., pa.Table]


@settings(max_examples=25, deadline=None)
@given(texts=st.lists(st.lists(st.sampled_from(PIECES), max_size=14), min_size=1, max_size=40))
@example(texts=[["İstanbul'da ödül töreni yapıldı İ"], ["ǅungla na rubu grada gori ǅ"], [], ["  "], ["\ufffd"]])
def test_reading_once_changes_no_evidence(texts: list[list[str]], row: RowMaker, table: Rows) -> None:
    rows = []
    for number, pieces in enumerate(texts):
        body = "".join(pieces)
        rows.append(row(number, body=body, title=body[:30].swapcase(), authors=pieces[:3]))
    rows += [row(len(texts), body=None, body_length=0, title=None, authors=None)]
    with projected(table(*rows)) as con:
        plain = con.execute(PLAIN, EXPRESSIONS).fetchall()
        assert con.execute(f"select {COLUMNS} from checked order by row_number").fetchall() == plain
